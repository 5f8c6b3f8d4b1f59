"""Which engine hears, understands and speaks on this machine: what is installed, else the spare one in the wheels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privacy_assistant.core.settings import Settings
from privacy_assistant.errors import EngineMissing, SettingsError
from privacy_assistant.ports.sound import EchoCanceller, Speaker, Transcriber, TurnDetector, WakeWord

SPARE_EAR = "pocketsphinx"
"""The name of the recogniser that is always there, for `[models] stt`."""

STOP_PHRASES = ("stop",)
"""What stops us by itself, while we speak."""

_STT_HINT = f"put a CTranslate2 Whisper into models/stt, or set [models] stt to its directory or to {SPARE_EAR!r}"


def find_transcriber(settings: Settings, models_dir: Path) -> Transcriber:
    """Whisper where a directory of it is installed or set, else pocketsphinx. Raises EngineMissing, SettingsError."""
    wanted = settings.models.stt
    if wanted == SPARE_EAR:
        return _spare_ear()
    directory = _whisper_directory(wanted, models_dir / "stt")
    if directory is None:
        return _spare_ear()
    from privacy_assistant.engines.stt_whisper import WhisperTranscriber

    return WhisperTranscriber(directory)


def find_speaker(settings: Settings, models_dir: Path, *, voice: str = "", speed: float | None = None) -> Speaker:
    """The voice that is asked for, set or installed, else the one of the package. Raises EngineMissing, EngineFailed,
    SettingsError."""
    from privacy_assistant.engines.tts_piper import PiperSpeaker
    from privacy_assistant.engines.voices import find_voice

    return PiperSpeaker(
        find_voice(voice or settings.models.tts, models_dir, settings.language), speed=speed or settings.audio.speed
    )


def find_turn_detector(settings: Settings) -> TurnDetector:
    """Smart Turn where its file is set or its wheel installed, else the small one of the package. Raises EngineMissing
    where a file is set that is not there, EngineFailed for a broken one."""
    from privacy_assistant.engines.turn_smart import SmartTurn, find_smart_turn

    try:
        return SmartTurn(find_smart_turn(settings.models.turn))
    except EngineMissing:
        if settings.models.turn:
            raise
    from privacy_assistant.engines.turn_small import SmallTurn

    return SmallTurn()


def find_canceller(*, hears_us: bool = True) -> EchoCanceller:
    """WebRTC's with a linear one beside it; without WebRTC's we are deaf while we speak until the other has shown that
    it can do it. `hears_us`: whether what is played can come back to the microphone."""
    from privacy_assistant.engines.aec_double import DoubleCanceller
    from privacy_assistant.engines.aec_webrtc import PassThrough, WebRtcCanceller

    simple: EchoCanceller
    try:
        simple = WebRtcCanceller(hears_us=hears_us)
    except EngineMissing:
        simple = PassThrough(hears_us=hears_us)
    return DoubleCanceller(simple) if hears_us else simple


def find_wake_word(words: Sequence[str]) -> WakeWord:
    """Whatever listens for these words. Raises UsageError for one that nothing here knows."""
    from privacy_assistant.engines.wake import wake_words

    return wake_words(words)


def _spare_ear() -> Transcriber:
    from privacy_assistant.engines.stt_pocketsphinx import PocketsphinxTranscriber

    return PocketsphinxTranscriber()


def _whisper_directory(wanted: str, installed: Path) -> Path | None:
    if not wanted:
        found = sorted(file.parent for file in installed.glob("*/model.bin"))
        return found[0] if found else None
    path = Path(wanted).expanduser()
    if path.is_absolute():
        if not path.is_dir():
            raise EngineMissing("there is no such directory of a recogniser", hint=_STT_HINT)
        return path
    if "/" in wanted or "\\" in wanted or "\0" in wanted or wanted in (".", ".."):
        raise SettingsError(
            "'stt' under [models] is neither the name of a recogniser nor an absolute path",
            key="models.stt",
            hint=_STT_HINT,
        )
    if not (installed / wanted).is_dir():
        raise EngineMissing("the recogniser set under [models] is not installed", hint=_STT_HINT)
    return installed / wanted
