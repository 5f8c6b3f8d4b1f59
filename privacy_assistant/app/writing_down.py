"""What is said in a recording, by the recogniser of this device; and whether a back end of the policy comes first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from privacy_assistant.app.files import read_policy, read_settings
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.voice_engines import find_transcriber
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_terms import Mode, Permission
from privacy_assistant.core.settings import switches_from
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.speech import hears
from privacy_assistant.errors import EngineMissing
from privacy_assistant.ports.sound import Transcriber

SPARE = "pocketsphinx"


def is_heard_elsewhere(home: Path | None, environment: Mapping[str, str], switches: Switches) -> bool:
    """Whether the policy is for the cloud first and names somebody who may hear; nobody is asked by this.

    Raises SettingsError where config.toml cannot be read.
    """
    paths = paths_for(home)
    policy = read_policy(paths)
    if policy.mode is not Mode.CLOUD_FIRST or switches_from(read_settings(paths), environment, switches).offline:
        return False
    able = [backend for backend in policy.backends if hears(backend)]
    if policy.speech.stt_cloud is Permission.NEVER:
        able = [backend for backend in able if backend.zone is Zone.DEVICE]
    return bool(able)


def ear(home: Path | None, language: str) -> Transcriber:
    """The recogniser that settings choose, loaded. No key store and no policy is looked at.

    Raises EngineMissing, EngineFailed, SettingsError; EngineMissing too where only the spare one is there, which knows
    English, and another language is asked for.
    """
    paths = paths_for(home)
    transcriber = find_transcriber(read_settings(paths), paths.models)
    if transcriber.name.startswith(SPARE) and language not in ("", "en"):
        raise EngineMissing(
            f"no recogniser of this device knows {language}: the spare one knows English",
            hint="put a CTranslate2 Whisper into models/stt",
        )
    transcriber.warm()
    return transcriber


def short_name(engine: str) -> str:
    """Who listened, in a word or two: "pocketsphinx", "whisper small"."""
    return engine.partition(" (")[0]
