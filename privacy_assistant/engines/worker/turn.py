"""Smart Turn in a process of its own: `SmartTurn` behind the wall, asked from here.

It is for the file that comes from elsewhere. The small networks that are shipped inside the package or its wheels (the
detector of a turn's end, the voice detector, wake words, the tagger of names) stay in this process: they are installed
by digest like all code, and each of them is asked so often that a process would cost more than it keeps out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.turn_smart import SECONDS, SmartTurn
from privacy_assistant.engines.worker.process import Hello, Running
from privacy_assistant.engines.worker.retried import RetriedWorker, tell_nobody
from privacy_assistant.errors import EngineError, EngineFailed

_MOST_BYTES = 2 * SECONDS * HEARD_HZ


class WorkerTurnDetector:
    """Implements `ports.TurnDetector` as `SmartTurn` does. `is_alone`: without the small network.

    The process is started on construction, which raises EngineMissing or EngineFailed when the library or the network
    is missing or broken. Where it ends it is started again, and asked the same once more; `say` is told one line about
    it.
    """

    name = SmartTurn.name

    def __init__(self, path: Path, *, is_alone: bool = False, say: Callable[[str], None] = tell_nobody) -> None:
        place = path.absolute()
        self._worker = RetriedWorker(
            Hello("the detector of a turn's end", "smart turn", {"path": str(place), "is_alone": is_alone}, (place,)),
            say,
        )
        try:
            self._worker.asked(lambda running: running.call("warm").wait())
        except EngineError:
            self._worker.close()
            raise

    @property
    def pid(self) -> int | None:
        """Of its process, None where none runs."""
        return self._worker.pid

    def probability(self, sound: Recording) -> float:
        """How complete it sounds, 0..1. Raises EngineFailed."""
        if sound.rate_hz != HEARD_HZ:
            raise EngineFailed(f"Smart Turn hears {HEARD_HZ} Hz and was given {sound.rate_hz}")
        pcm = sound.pcm[: len(sound.pcm) // 2 * 2][-_MOST_BYTES:]

        def ask(running: Running) -> float:
            untrusted_chance = running.call("probability", {}, pcm).one().fields.get("chance")
            if not isinstance(untrusted_chance, float) or not math.isfinite(untrusted_chance):
                raise running.distrust()
            if not 0 <= untrusted_chance <= 1:
                raise running.distrust()
            return untrusted_chance

        return self._worker.asked(ask)

    def close(self) -> None:
        """End the process; the next question starts another."""
        self._worker.close()
