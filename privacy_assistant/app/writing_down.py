"""What is said in a recording, by the recogniser of this device."""

from __future__ import annotations

from pathlib import Path

from privacy_assistant.app.files import read_settings
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.voice_engines import SPARE_EAR, find_transcriber
from privacy_assistant.errors import EngineMissing
from privacy_assistant.ports.sound import Transcriber


def ear(home: Path | None, language: str) -> Transcriber:
    """The recogniser that settings choose, loaded. No key store and no policy is looked at.

    Raises EngineMissing, EngineFailed, SettingsError; EngineMissing too where only the spare one is there, which knows
    English, and another language is asked for.
    """
    paths = paths_for(home)
    transcriber = find_transcriber(read_settings(paths), paths.models)
    if transcriber.name.startswith(SPARE_EAR) and language not in ("", "en"):
        raise EngineMissing(
            f"no recogniser of this device knows {language}: the spare one knows English",
            hint="put a CTranslate2 Whisper into models/stt",
        )
    transcriber.warm()
    return transcriber


def short_name(engine: str) -> str:
    """Who listened, in a word or two: "pocketsphinx", "whisper small"."""
    return engine.partition(" (")[0]
