"""Sound to a chance that the turn is over, by the network of models/turn through onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.onnx_session import opened
from privacy_assistant.engines.turn_small.features import features
from privacy_assistant.errors import EngineFailed

_FILE = Path(__file__).with_name("turn.onnx")
_AGAIN = "install the package again"


class SmallTurn:
    """Implements `ports.TurnDetector`; 10 ms a decision on one core, in any language a little.

    Raises EngineMissing or EngineFailed on construction when the library or the network is missing or broken.
    """

    name = "the small network of the package"

    def __init__(self, network: Path = _FILE) -> None:
        self._session = opened(network, "the detector of a turn's end", _AGAIN)

    def probability(self, sound: Recording) -> float:
        """How complete its last 6 seconds sound, 0..1; silence after them may be part of it. Raises EngineFailed."""
        if sound.rate_hz != HEARD_HZ:
            raise EngineFailed(f"the detector of a turn's end hears {HEARD_HZ} Hz and was given {sound.rate_hz}")
        frames, figures = features(np.frombuffer(sound.pcm[: len(sound.pcm) // 2 * 2], dtype="<i2"))
        try:
            found = self._session.run(None, {"frames": frames[None], "figures": figures[None]})[0]
        except Exception as error:  # noqa: BLE001 - onnxruntime raises its own classes, one per cause
            raise EngineFailed(f"the detector of a turn's end stopped: {type(error).__name__}") from None
        return float(found.item())
