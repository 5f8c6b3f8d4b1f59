"""What is said in a recording, by the recogniser of this device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from privacy_assistant.app.files import read_settings
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.voice_engines import SPARE_EAR, find_transcriber
from privacy_assistant.errors import EngineMissing
from privacy_assistant.ports.sound import Transcriber


def ear(home: Path | None, language: str, say: Callable[[str], None] = lambda _line: None) -> Transcriber:
    """The recogniser that settings and the language choose, loaded. `say` takes a line where the spare one stands in.
    No key store and no policy is looked at.

    Raises EngineMissing, EngineFailed, SettingsError; EngineMissing too where only the spare one is there, which knows
    English, and another language is asked for.
    """
    paths = paths_for(home)
    settings = read_settings(paths)
    transcriber = find_transcriber(replace(settings, language=language or settings.language), paths.models, say)
    _expect(transcriber, language)
    transcriber.warm()
    # Where that failed, the spare one took over.
    _expect(transcriber, language)
    return transcriber


def _expect(transcriber: Transcriber, language: str) -> None:
    if transcriber.name.startswith(SPARE_EAR) and language not in ("", "en"):
        raise EngineMissing(
            f"no recogniser of this device knows {language}: the spare one knows English",
            hint="privacy-assistant models pull, or put a CTranslate2 Whisper into models/stt",
        )


def short_name(engine: str) -> str:
    """Who listened, in a word or two: "pocketsphinx", "whisper small"."""
    return engine.partition(" (")[0]
