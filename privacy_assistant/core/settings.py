"""`config.toml` → `Settings`: how the assistant behaves. What may leave is not settled here but in the policy."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.toml_reader import Page, Table
from privacy_assistant.errors import SettingsError

OFFLINE_VARIABLE = "PRIVACY_ASSISTANT_OFFLINE"
NO_CLOUD_VARIABLE = "PRIVACY_ASSISTANT_NO_CLOUD"

# The shape of a BCP 47 tag, as far as a person writes one: en, de-AT, zh-Hant-TW.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_OFF = {"", "0", "false", "no", "off"}


class Level(StrEnum):
    """How much is logged; never content, at any level."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Persona:
    """Who the assistant is to the person. None and "" leave it to the model's own defaults."""

    system: str = field(default="", repr=False)
    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """Hard switches: `offline` allows no lan either."""

    offline: bool = False
    no_cloud: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    """Logging."""

    level: Level = Level.INFO


@dataclass(frozen=True, slots=True)
class Audio:
    """Devices by name, as `devices` prints them; "" is the system's default. `speed` is the voice's, 0.5 to 2."""

    input: str = ""
    output: str = ""
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Models:
    """For each role the name or the path of a model; "" is the one installed last, else what the package brings.

    `in_worker`: whether model files are opened in processes of their own. `manifest` is the path of a further list of
    models, an organisation's say; a model in it counts before one of the same name.
    """

    stt: str = ""
    llm: str = ""
    tts: str = ""
    turn: str = ""
    wake: str = ""
    pii: str = ""
    in_worker: bool = True
    manifest: str = ""

    def named(self, role: ModelRole) -> str:
        """What stands there for a role."""
        return str(getattr(self, role.value))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `config.toml` says; `Settings()` is what holds without one."""

    persona: Persona = Persona()
    language: str = "en"
    network: Network = Network()
    log: Log = Log()
    audio: Audio = Audio()
    models: Models = Models()
    file: str = ""


def parse_settings(text: str | bytes, file: str) -> Settings:
    """Read the settings. Raises SettingsError (the first mistake by line) and nothing else, whatever the text is."""
    settings, mistakes = read_settings(text, file)
    if settings is None:
        raise mistakes[0]
    return settings


def read_settings(text: str | bytes, file: str) -> tuple[Settings | None, list[SettingsError]]:
    """Read the settings and list all mistakes by line; the settings are None where there are any."""
    try:
        page = Page(text, file)
    except SettingsError as error:
        return None, [error]
    settings = _settings(page.root, file)
    mistakes = page.in_order()
    return (None if mistakes else settings), mistakes


def _settings(root: Table, file: str) -> Settings:
    persona = root.table("persona")
    network = root.table("network")
    log = root.table("log")
    audio = root.table("audio")
    models = root.table("models")
    settings = Settings(
        persona=Persona(
            system=persona.text("system", longest=20_000, multiline=True),
            temperature=persona.number("temperature", None, 0, 2),
            max_tokens=persona.whole("max_tokens", None, 1, 1_000_000),
        ),
        language=root.parsed("language", _parse_language, "en"),
        network=Network(network.flag("offline"), network.flag("no_cloud")),
        log=Log(log.word("level", Level, Level.INFO)),
        audio=Audio(
            audio.text("input", longest=200),
            audio.text("output", longest=200),
            audio.number("speed", None, 0.5, 2.0) or 1.0,
        ),
        models=Models(
            **{role.value: models.text(role, longest=1000) for role in ModelRole},
            in_worker=models.flag("in_worker", default=True),
            manifest=models.text("manifest", longest=1000),
        ),
        file=file,
    )
    for table in (persona, network, log, audio, models, root):
        table.close()
    return settings


def _parse_language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("must be a language tag like 'en' or 'de-AT'")
    return text


def switches_from(settings: Settings, env: Mapping[str, str], flags: Switches) -> Switches:
    """The union of what the settings, the environment and the command line switch on; nothing switches off.

    A variable is on unless it is empty, 0, false, no or off: a switch that was meant is never lost to its spelling.
    """
    return Switches(
        local=flags.local,
        cloud=flags.cloud,
        offline=flags.offline or settings.network.offline or _is_on(env, OFFLINE_VARIABLE),
        no_cloud=flags.no_cloud or settings.network.no_cloud or _is_on(env, NO_CLOUD_VARIABLE),
    )


def _is_on(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "").strip().casefold() not in _OFF


def is_trustworthy(st_mode: int, st_uid: int, my_uid: int) -> bool:
    """Whether a policy or a settings file is its user's own: a regular file of theirs that nobody else may write."""
    return stat.S_ISREG(st_mode) and st_uid == my_uid and not st_mode & (stat.S_IWGRP | stat.S_IWOTH)
