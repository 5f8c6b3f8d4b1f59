"""The end of a turn by Smart Turn v3, a network of others that is used where it is installed: the voice alone.

pipecat-ai carries the file (8.7 MB, BSD-2-Clause). It is looked for inside the installed package without importing
that: the extra `turn` wants the file, not the code. `turn` under [models] in config.toml names a copy of one's own.

It is surer than it is right: of sentences broken off between two words it called half complete (docs/endpointing.md).
So its logit is drawn towards the middle, and the small network of the package is asked beside it.
"""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.mel import log_mel
from privacy_assistant.engines.onnx_session import opened
from privacy_assistant.engines.turn_small import SmallTurn
from privacy_assistant.errors import EngineFailed, EngineMissing

SECONDS = 8
"""What the network hears: the last of it, with silence before it where there is less."""

SLOPE, SHIFT = 0.30, -0.43
"""The line on which its logit becomes a chance, counted on the development cuts (models/turn/choose.py)."""

TOGETHER = 0.8
"""What the sum of its logit and that of the small network is multiplied by: they partly say the same."""

_PLACE = Path("audio", "turn", "smart_turn", "data")
_HINT = "pip install 'privacy-assistant[turn]'; or set turn under [models] in config.toml to the file"


def find_smart_turn(set_to: str = "") -> Path:
    """The file that settings name, or that an installed pipecat-ai carries. Raises EngineMissing with the remedy."""
    if set_to:
        path = Path(set_to).expanduser()
        if not path.is_file():
            raise EngineMissing(f"the detector of a turn's end set under [models] is not there: {path}", hint=_HINT)
        return path
    # Looking for the spec of a top-level package does not import it.
    spec = importlib.util.find_spec("pipecat")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        found = sorted((Path(place) / _PLACE).glob("smart-turn-v3*.onnx"))
        if found:
            return found[-1]
    raise EngineMissing("Smart Turn is not installed", hint=_HINT)


class SmartTurn:
    """Implements `ports.TurnDetector`; 75 ms a decision on one core. `is_alone`: without the small network.

    Raises EngineMissing or EngineFailed on construction when the library or the network is missing or broken.
    """

    name = "Smart Turn"

    def __init__(self, path: Path, *, is_alone: bool = False) -> None:
        self._session = _session(path)
        self._small = None if is_alone else SmallTurn()

    def probability(self, sound: Recording) -> float:
        """How complete it sounds, 0..1. Raises EngineFailed."""
        if sound.rate_hz != HEARD_HZ:
            raise EngineFailed(f"Smart Turn hears {HEARD_HZ} Hz and was given {sound.rate_hz}")
        samples = np.frombuffer(sound.pcm[: len(sound.pcm) // 2 * 2], dtype="<i2")[-SECONDS * HEARD_HZ :]
        heard = np.zeros(SECONDS * HEARD_HZ, dtype=np.float32)
        heard[len(heard) - len(samples) :] = samples * np.float32(1 / 32768)
        heard = (heard - heard.mean()) / np.sqrt(heard.var() + 1e-7)
        try:
            found = self._session.run(None, {"input_features": log_mel(heard)[None]})[0]
        except Exception as error:  # noqa: BLE001 - onnxruntime raises its own classes, one per cause
            raise EngineFailed(f"Smart Turn stopped: {type(error).__name__}") from None
        logit = SLOPE * _logit(float(np.asarray(found).reshape(-1)[0])) + SHIFT
        if self._small is not None:
            logit = TOGETHER * (logit + _logit(self._small.probability(sound)))
        return 1 / (1 + math.exp(-logit))


def _logit(chance: float) -> float:
    chance = min(max(chance, 0.01), 0.99)
    return math.log(chance / (1 - chance))


def _session(path: Path) -> Any:
    session = opened(path, "Smart Turn", _HINT)
    if [put.name for put in session.get_inputs()] != ["input_features"]:
        raise EngineFailed("the file set as Smart Turn is another network", hint=_HINT)
    return session
