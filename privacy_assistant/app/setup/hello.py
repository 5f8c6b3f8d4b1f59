"""The first words, said aloud or into a file, and the first figures of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from privacy_assistant.app.aloud import Aloud
from privacy_assistant.app.local_models import local_model
from privacy_assistant.app.models.answering import works
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.saying import Mouth, spoken
from privacy_assistant.app.setup.plan import ROLES
from privacy_assistant.app.sound_cards import loudspeaker
from privacy_assistant.app.sound_files import write_sound
from privacy_assistant.app.voice_engines import find_speaker
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.turn import Role
from privacy_assistant.errors import EngineFailed
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, Piece, Remark, Sampling
from privacy_assistant.ports.sound import Speaker

HELLO = {
    "en": "Hello. I am ready, and I work on this machine.",
    "de": "Hallo. Ich bin bereit und arbeite auf diesem Gerät.",
    "fr": "Bonjour. Je suis prête, et je travaille sur cette machine.",
    "es": "Hola. Ya puedes hablar conmigo, y trabajo en este equipo.",
    "it": "Ciao. Puoi parlare con me, e lavoro su questo computer.",
    "nl": "Hallo. Ik ben klaar, en ik werk op dit apparaat.",
    "pt": "Olá. Já pode falar comigo, e trabalho neste computador.",
}
"""By the first part of a language's tag."""

_MOST_TOKENS = 48
_QUESTION = "Tell me about the sea in five sentences."


@dataclass(frozen=True, slots=True)
class MindFigures:
    """Seconds until the model was loaded and until the first piece of an answer, then tokens a second."""

    load_s: float
    first_token_s: float
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class VoiceFigures:
    """Seconds until the voice was loaded, and from the end of a text to its first sound."""

    load_s: float
    first_sound_s: float


@dataclass(frozen=True, slots=True)
class Words:
    """The first words, and the tag of the language they are in."""

    text: str = field(repr=False)
    language: str


def hello_words(desk: Desk) -> Words:
    """In the language of the settings where the voice that works speaks it, else in English."""
    base = desk.settings.language.lower().partition("-")[0]
    now = works(desk, ModelRole.TTS)
    if now.installed is not None:
        speaks = now.installed.speaks(base)
    else:
        speaks = now.name.lower().startswith((f"{base}_", f"{base}-"))
    language = base if speaks and base in HELLO else "en"
    return Words(HELLO[language], language)


def time_mind(model: LocalModel, say: Callable[[str], None]) -> MindFigures:
    """Load a model and let it say a few sentences; `say` takes a line where another one stands in. Raises
    EngineError."""
    begin = time.perf_counter()
    model.warm()
    loaded = time.perf_counter()
    first = ended = 0.0
    tokens = 0
    messages = (ChatMessage(Role.SYSTEM, "You are a helpful assistant."), ChatMessage(Role.USER, _QUESTION))
    for item in model.generate(GenerationRequest("setup", messages, Sampling(max_tokens=_MOST_TOKENS))):
        ended = time.perf_counter()
        if isinstance(item, Remark):
            say(item.line)
        elif isinstance(item, Piece) and not first:
            first = ended
        elif isinstance(item, Finished):
            tokens = item.usage.completion_tokens
    return MindFigures(loaded - begin, first - loaded, tokens / max(ended - first, 1e-9))


def time_voice(speaker: Speaker, text: str) -> VoiceFigures:
    """Load a voice and wait for the first sound of a text. Raises EngineError."""
    begin = time.perf_counter()
    speaker.warm()
    loaded = time.perf_counter()
    first = 0.0
    for _frame in speaker.speak(text):
        first = first or time.perf_counter()
    return VoiceFigures(loaded - begin, first - loaded)


def write_hello(speaker: Speaker, words: Words, file: Path) -> float:
    """Have the first words said into a new WAV file; how many seconds. Raises EngineError, UsageError, OSError."""
    sound = spoken(Mouth(speaker, words.language), words.text, lambda: False)
    if sound is None:
        raise EngineFailed(
            f"the voice {speaker.name} says nothing", hint="privacy-assistant models use default --role tts"
        )
    write_sound(file, sound)
    return sound.seconds


def say_hello(speaker: Speaker, settings: Settings, words: Words, say: Callable[[str], None]) -> Aloud:
    """Have the first words said by the loudspeaker; `finish` of what is given waits until they were heard. Raises
    EngineError, SettingsError, UsageError, at the latest from there."""
    aloud = Aloud(speaker, loudspeaker(settings), words.language, say)
    aloud.feed(words.text)
    return aloud


def speaker_of(desk: Desk, say: Callable[[str], None]) -> Speaker:
    """The voice that speaks now. Raises EngineError, SettingsError."""
    return find_speaker(desk.settings, desk.paths.models, say)


def model_of(desk: Desk, say: Callable[[str], None]) -> LocalModel:
    """The language model that answers now; not loaded."""
    return local_model(desk.settings, desk.paths, say)


def working(desk: Desk) -> dict[str, str]:
    """Who hears, thinks and speaks now, by role."""
    return {str(role): works(desk, role).name for role in ROLES}


def is_spare(desk: Desk, role: str) -> bool:
    """Whether what the package brings works for a role."""
    return works(desk, ModelRole(role)).is_spare
