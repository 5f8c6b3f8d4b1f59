"""Say text through the loudspeaker while it comes: for answers that are printed as well, and for `say`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from privacy_assistant.app.house import House
from privacy_assistant.app.sound_cards import loudspeaker
from privacy_assistant.app.voice_engines import find_speaker
from privacy_assistant.app.voice_loop import LIVE_HZ
from privacy_assistant.core.sentences import SentenceCutter, Speakable
from privacy_assistant.core.sound import Recording
from privacy_assistant.engines.sound_file import resampled
from privacy_assistant.errors import AssistantError
from privacy_assistant.flow.lanes import Beside
from privacy_assistant.flow.playback import Playback
from privacy_assistant.ports.sound import SoundCard, Speaker

_LOOK_S = 0.02
_DEVICE_S = 0.3


def aloud(house: House) -> Aloud:
    """The voice and the loudspeaker that the settings name; no microphone is opened. Raises EngineError, SettingsError,
    UsageError, at the latest from `finish`."""
    speaker = find_speaker(house.settings, house.paths.models, house.opening.say)
    return Aloud(speaker, loudspeaker(house.settings), house.settings.language, house.opening.say)


class Aloud:
    """Speaks what it is fed, in order; `finish` waits until it was heard. `say` takes a line about the devices."""

    def __init__(self, speaker: Speaker, card: SoundCard, language: str, say: Callable[[str], None]) -> None:
        self._speaker = speaker
        self._card = card
        self._say = say
        self._cutter = SentenceCutter(language)
        self._playback = Playback(LIVE_HZ, time.monotonic)
        self._lane = Beside("speak")
        self._is_cancelled = threading.Event()
        self._error: AssistantError | None = None
        self._pause_s = 0.0
        self._thread = threading.Thread(target=self._run, name="loudspeaker", daemon=True)
        self._thread.start()

    def feed(self, text: str) -> None:
        """More of the text, cut anywhere."""
        self._speak(self._cutter.feed(text))

    def finish(self) -> None:
        """That was all: wait until it was heard. Raises what speaking raised."""
        self._speak(self._cutter.finish())
        self._lane.close()
        while self._playback.pending_s and self._thread.is_alive() and not self._is_cancelled.wait(_LOOK_S):
            pass
        # What was handed to the device is not heard yet; its buffers are shorter than this.
        self._is_cancelled.wait(_DEVICE_S if self._thread.is_alive() else 0)
        was_cancelled = self._is_cancelled.is_set()
        self.close()
        if self._error is not None and not was_cancelled:
            raise self._error

    def cancel(self) -> None:
        """Fall silent; any thread or a signal handler may call."""
        self._is_cancelled.set()

    def close(self) -> None:
        """Let go of the loudspeaker and the voice."""
        self._is_cancelled.set()
        self._card.close()
        self._thread.join()
        self._playback.drop()
        self._speaker.close()

    def _speak(self, pieces: list[Speakable]) -> None:
        for piece in pieces:
            self._lane.start(lambda piece=piece: self._said(piece))  # type: ignore[misc] # bound at once

    def _said(self, piece: Speakable) -> None:
        if self._is_cancelled.is_set() or self._error is not None:
            return
        try:
            frames = list(self._speaker.speak(piece.text)) if piece.text else []
        except AssistantError as error:
            self._error = error
            return
        pcm = b""
        if frames:
            pcm = resampled(Recording(b"".join(frame.pcm for frame in frames), frames[0].rate_hz), LIVE_HZ).pcm
        self._playback.add(bytes(2 * round(self._pause_s * LIVE_HZ)) + pcm)
        self._pause_s = piece.pause_s

    def _run(self) -> None:
        try:
            for tick in self._ticks():
                for line in tick:
                    self._say(line)
                if self._is_cancelled.is_set():
                    return
        except AssistantError as error:
            self._error = error

    def _ticks(self) -> Iterator[tuple[str, ...]]:
        for tick in self._card.ticks(self._playback.fill):
            yield tick.notices
