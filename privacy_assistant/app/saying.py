"""A text of any length as sound, by the voice of this device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from privacy_assistant.app.files import read_settings
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.voice_engines import find_speaker
from privacy_assistant.core.sentences import SentenceCutter
from privacy_assistant.core.sound import Recording
from privacy_assistant.ports.sound import Speaker


@dataclass(frozen=True, slots=True)
class Mouth:
    """A voice of this device, and the language of what it is given to say."""

    speaker: Speaker
    language: str


def mouth(
    home: Path | None,
    *,
    voice: str = "",
    speed: float | None = None,
    language: str = "",
    say: Callable[[str], None] = lambda _line: None,
) -> Mouth:
    """The voice to speak with: the one that is named, else what settings and the language choose. `say` takes a line
    where the spare one stands in. No key store and no policy is looked at. Raises EngineMissing, EngineFailed,
    SettingsError."""
    paths = paths_for(home)
    settings = read_settings(paths)
    language = language or settings.language
    wanted = replace(settings, language=language)
    return Mouth(find_speaker(wanted, paths.models, say, voice=voice, speed=speed), language)


def spoken(by: Mouth, text: str, is_cancelled: Callable[[], bool]) -> Recording | None:
    """The sound of all of it, sentence by sentence with the pauses between; None where nothing of it can be said, or
    where it was cancelled. Raises EngineError."""
    cutter = SentenceCutter(by.language)
    sound: list[bytes] = []
    pause = 0.0
    for piece in cutter.feed(text) + cutter.finish():
        frames = []
        for frame in by.speaker.speak(piece.text) if piece.text else ():
            if is_cancelled():
                return None
            frames.append(frame.pcm)
        if frames and sound:
            sound.append(bytes(2 * int(pause * by.speaker.rate_hz)))
        sound += frames
        pause = piece.pause_s if frames else pause + piece.pause_s
    return Recording(b"".join(sound), by.speaker.rate_hz) if sound else None
