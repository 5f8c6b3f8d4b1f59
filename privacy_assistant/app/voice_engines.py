"""Which engine hears, understands and speaks on this machine: what is installed, else the spare one in the wheels.

An installed model that is not what it was, or fails at its first work, is told of by `say`, and the spare one stands
in. A model that settings name by its path, or one that never was installed, is an error.

What did not come inside the package or its wheels is opened in a process of its own, unless settings say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from privacy_assistant.app.comparing import tell_of_comparison
from privacy_assistant.app.voice_spares import SparedSpeaker, SparedTranscriber, SparedTurnDetector
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.settings import Settings
from privacy_assistant.engines.installed import Found, check, find_installed
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import EngineError, EngineMissing, SettingsError, UsageError
from privacy_assistant.ports.sound import EchoCanceller, Speaker, Transcriber, TurnDetector, WakeWord

SPARE_EAR = "pocketsphinx"
"""The name of the recogniser that is always there, for `[models] stt`."""

STOP_PHRASES = ("stop",)
"""What stops us by itself, while we speak."""

_STT_HINT = (
    "privacy-assistant models pull, or put a CTranslate2 Whisper into models/stt, "
    f"or set [models] stt to its directory or to {SPARE_EAR!r}"
)

E = TypeVar("E")

Say = Callable[[str], None]


def _nobody(_line: str) -> None:
    """Who is told nothing."""


def find_transcriber(settings: Settings, models_dir: Path, say: Say = _nobody) -> Transcriber:
    """The Whisper that is installed, put there or set, else pocketsphinx. Raises EngineMissing, EngineFailed,
    SettingsError."""
    wanted = settings.models.stt
    if wanted == SPARE_EAR:
        return _spare_ear()
    try:
        found = _usable(ModelRole.STT, wanted, settings, models_dir, say)
        if found is not None:
            return SparedTranscriber(
                _tried(found, lambda: _whisper(found.path, settings, say)),
                _spare_ear,
                lambda: say(_EAR.fails(found.name)),
            )
    except _UnusableError as error:
        say(_EAR.line(error))
        return _spare_ear()
    directory = _whisper_directory(wanted, models_dir)
    return _spare_ear() if directory is None else _whisper(directory, settings, say)


def find_speaker(
    settings: Settings, models_dir: Path, say: Say = _nobody, *, voice: str = "", speed: float | None = None
) -> Speaker:
    """The voice that is asked for, set or installed, else the one of the package. Raises EngineMissing, EngineFailed,
    SettingsError."""
    from privacy_assistant.engines.tts_piper import PiperSpeaker
    from privacy_assistant.engines.voices import SHIPPED, find_voice

    wanted = voice or settings.models.tts
    pace = speed or settings.audio.speed

    def spare() -> Speaker:
        return PiperSpeaker(SHIPPED, speed=pace)

    def speaker(path: Path, name: str = "") -> Speaker:
        if path == SHIPPED or not settings.models.in_worker:
            return PiperSpeaker(path, speed=pace, name=name)
        from privacy_assistant.engines.worker.speech import WorkerSpeaker

        return WorkerSpeaker(path, speed=pace, name=name, say=say)

    try:
        found = _usable(ModelRole.TTS, wanted, settings, models_dir, say)
        if found is not None:
            return SparedSpeaker(
                _tried(found, lambda: speaker(found.path, found.name)), spare, lambda: say(_MOUTH.fails(found.name))
            )
    except _UnusableError as error:
        say(_MOUTH.line(error))
        return spare()
    return speaker(find_voice(wanted, models_dir, settings.language))


def find_turn_detector(settings: Settings, models_dir: Path | None = None, say: Say = _nobody) -> TurnDetector:
    """Smart Turn where it is installed, set, or in its wheel, else the small one of the package. Raises EngineMissing
    where a file is set that is not there, EngineFailed for a broken one."""
    from privacy_assistant.engines.turn_smart import SmartTurn, find_smart_turn

    wanted = settings.models.turn
    try:
        found = _usable(ModelRole.TURN, wanted, settings, models_dir, say)
        if found is not None:
            return SparedTurnDetector(
                _tried(found, lambda: _smart_turn(found.path, settings, say)),
                _spare_turn,
                lambda: say(_TURN.fails(found.name)),
            )
    except _UnusableError as error:
        say(_TURN.line(error))
        return _spare_turn()
    if wanted:
        return _smart_turn(find_smart_turn(wanted), settings, say)
    try:
        return SmartTurn(find_smart_turn())
    except EngineMissing:
        return _spare_turn()


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


def find_wake_word(words: Sequence[str], models_dir: Path | None = None, say: Say = _nobody) -> WakeWord:
    """Whatever listens for these words; the name of an installed model is what that listens for. Raises UsageError for
    a word that nothing here knows, EngineError."""
    from privacy_assistant.engines.wake import wake_words

    try:
        return wake_words([_installed_word(word, models_dir) for word in words])
    except _UnusableError as error:
        say(_WAKE.line(error))
    except EngineError:
        if not any(find_installed(ModelRole.WAKE, word, "", models_dir) for word in words):
            raise
        say(_WAKE.fails(", ".join(words)))
    plain = [word.replace("-", " ").replace("_", " ") for word in words]
    try:
        return wake_words(plain)
    except UsageError as error:
        raise UsageError(error.message, hint="privacy-assistant models verify, then pull or import it again") from None


def _installed_word(word: str, models_dir: Path | None) -> str:
    """The description of a network, where the word is the name of an installed one."""
    try:
        found = find_installed(ModelRole.WAKE, word, "", models_dir) if word else None
        if found is None or models_dir is None:
            return word
        check(found, models_dir)
    except SettingsError:
        return word
    except EngineError:
        raise _UnusableError(word, "is not as it was installed") from None
    return str(found.path)


# ---------------------------------------------------------------- what is installed


class _UnusableError(Exception):
    """A model is installed and cannot be used; "" where it cannot be told which. Never leaves this module."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name
        self.why = why


class _Role:
    """How a person is told that the spare engine of a role stands in."""

    def __init__(self, what: str, instead: str) -> None:
        self._what = what
        self._instead = instead

    def line(self, error: _UnusableError) -> str:
        """For a model that was not tried, or not at all."""
        if not error.name:
            return f"the list of installed models {error.why}; {self._instead} · privacy-assistant models list"
        return f"the {self._what} {error.name} {error.why}; {self._instead} · {_verify(error.name)}"

    def fails(self, name: str) -> str:
        """For a model that was tried."""
        return f"the {self._what} {name} cannot be used; {self._instead} · {_verify(name)}, or use another one"


_EAR = _Role("recogniser", "the spare one listens")
_MOUTH = _Role("voice", "the spare one speaks")
_TURN = _Role("detector of a turn's end", "the spare one decides")
_WAKE = _Role("wake word", "another ear listens for it")


def _verify(name: str) -> str:
    return f"privacy-assistant models verify {name}"


def _usable(role: ModelRole, wanted: str, settings: Settings, models_dir: Path | None, say: Say) -> Found | None:
    """The installed model for this, as it was installed; None where it is to be looked for elsewhere."""
    try:
        found = find_installed(role, wanted, settings.language, models_dir)
    except SettingsError:
        raise _UnusableError("", "cannot be read") from None
    if found is not None and models_dir is not None:
        tell_of_comparison(Store(models_dir), found.installed, say)
        try:
            check(found, models_dir)
        except EngineError:
            raise _UnusableError(found.name, "is not as it was installed") from None
    return found


def _tried(found: Found, make: Callable[[], E]) -> E:
    try:
        return make()
    except EngineError:
        raise _UnusableError(found.name, "cannot be used") from None


# ---------------------------------------------------------------- engines


def _whisper(directory: Path, settings: Settings, say: Say) -> Transcriber:
    if settings.models.in_worker:
        from privacy_assistant.engines.worker.hearing import WorkerTranscriber

        return WorkerTranscriber(directory, say=say)
    from privacy_assistant.engines.stt_whisper import WhisperTranscriber

    return WhisperTranscriber(directory)


def _smart_turn(path: Path, settings: Settings, say: Say) -> TurnDetector:
    if settings.models.in_worker:
        from privacy_assistant.engines.worker.turn import WorkerTurnDetector

        return WorkerTurnDetector(path, say=say)
    from privacy_assistant.engines.turn_smart import SmartTurn

    return SmartTurn(path)


def _spare_turn() -> TurnDetector:
    from privacy_assistant.engines.turn_small import SmallTurn

    return SmallTurn()


def _spare_ear() -> Transcriber:
    from privacy_assistant.engines.stt_pocketsphinx import PocketsphinxTranscriber

    return PocketsphinxTranscriber()


def _whisper_directory(wanted: str, models_dir: Path) -> Path | None:
    """One that was put there by hand, or is set by its path."""
    folder = models_dir / "stt"
    if not wanted:
        # Those that are installed and not for this language are none of them, nor what an update left behind: their
        # files were not compared.
        taken = {model.name for model in Store(models_dir).lock().of_role(ModelRole.STT)}
        there = [file.parent for file in folder.glob("*/model.bin")]
        found = sorted(place for place in there if place.name.partition("+")[0] not in taken)
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
    if not (folder / wanted).is_dir():
        raise EngineMissing("the recogniser set under [models] is not installed", hint=_STT_HINT)
    return folder / wanted
