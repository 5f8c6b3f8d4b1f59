"""Is that speech: the Silero network that faster-whisper carries among its files, through onnxruntime.

faster-whisper itself is not loaded for it: that costs a second, and this is wanted before anything is understood.
The method (windows of 512 samples, each with the last 64 samples of the one before, two states of 128 numbers) is
that of `faster_whisper.vad`, and gives the same probabilities.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import HEARD_HZ, Frame
from privacy_assistant.engines.onnx_session import opened
from privacy_assistant.errors import EngineFailed, EngineMissing

WINDOW = 512
"""Samples of a window: 32 ms at HEARD_HZ."""

_CONTEXT = 64
_STATE = (1, 1, 128)
_FILE = Path("assets", "silero_vad_v6.onnx")

Numbers = npt.NDArray[np.float32]


class SileroDetector:
    """Implements `ports.SpeechDetector`: a probability each 32 ms, 0.2 ms of work on one core.

    Raises EngineMissing or EngineFailed on construction when the library or the network is missing or broken.
    """

    def __init__(self, network: Path | None = None) -> None:
        self._session = opened(
            network or _find(), "the voice detector", "install faster-whisper again", has_arena=False
        )
        self._unread = bytearray()
        self.reset()

    def probability(self, frame: Frame) -> float | None:
        """0..1 for the window that this frame completes, the highest where it completes several; None for none.

        Raises EngineFailed when the network stops.
        """
        if frame.rate_hz != HEARD_HZ:
            raise EngineFailed(f"the voice detector hears {HEARD_HZ} Hz and was given {frame.rate_hz}")
        self._unread += frame.pcm
        highest: float | None = None
        while len(self._unread) >= 2 * WINDOW:
            self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
            self._input[0, _CONTEXT:] = np.frombuffer(self._unread[: 2 * WINDOW], dtype="<i2") * np.float32(1 / 32768)
            del self._unread[: 2 * WINDOW]
            highest = max(self._run(), highest or 0.0)
        return highest

    def reset(self) -> None:
        """Forget what was heard."""
        self._unread.clear()
        self._input: Numbers = np.zeros((1, _CONTEXT + WINDOW), dtype=np.float32)
        self._h: Numbers = np.zeros(_STATE, dtype=np.float32)
        self._c: Numbers = np.zeros(_STATE, dtype=np.float32)

    def _run(self) -> float:
        try:
            chance, self._h, self._c = self._session.run(None, {"input": self._input, "h": self._h, "c": self._c})
        except Exception as error:  # noqa: BLE001 - onnxruntime raises its own classes, one per cause
            raise EngineFailed(f"the voice detector stopped: {type(error).__name__}") from None
        return float(chance.item())


def _find() -> Path:
    # Looking for the spec of a top-level package does not import it.
    spec = importlib.util.find_spec("faster_whisper")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(place) / _FILE).is_file():
            return path
    raise EngineMissing(
        "the network of the voice detector is missing: it comes with faster-whisper",
        hint="install it again: pip install --force-reinstall --no-deps faster-whisper",
    )
