"""Which model works now for each role, and why: what a person set, what is installed, what was put there by hand, or
the spare one of the package. Nothing is opened for this."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.voice_engines import SPARE_EAR
from privacy_assistant.core.model_card import Card, ModelRole, Tier
from privacy_assistant.core.model_choice import chosen
from privacy_assistant.core.model_lock import Installed, Lock
from privacy_assistant.engines.model_store import Store
from privacy_assistant.engines.voices import SHIPPED, for_language

SPARES = {
    ModelRole.STT: (SPARE_EAR, "BSD-2-Clause", ("en",)),
    ModelRole.TTS: (SHIPPED.stem, "GPL-3.0-or-later", ("en",)),
    ModelRole.TURN: ("small-turn", "GPL-3.0-or-later", ("*",)),
    ModelRole.WAKE: ("built-in-words", "Apache-2.0", ("en",)),
    ModelRole.PII: ("rules-and-names", "GPL-3.0-or-later", ("*",)),
}
"""What the package brings beside its language model: name, licence, languages."""

DEFAULT = "default"
"""In the place of a name: whatever works where none is set."""

RESERVED = frozenset({DEFAULT, *(name for name, _, _ in SPARES.values())})
"""What no other model may be called: settings and commands mean something else by it."""

SETTABLE_SPARES = frozenset({ModelRole.LLM, ModelRole.STT, ModelRole.TTS})
"""Roles whose spare model config.toml can name; in the others it works where nothing else does."""

_SET = "set in config.toml"
_BESIDE = 'beside the rules, where [redaction] also in policy.toml names "gliner"'
_NAMED = "where listen --wake names it"
_BROKEN = "is not as it was installed, so the spare one works"


@dataclass(frozen=True, slots=True)
class Works:
    """The model that works. `installed` None: it is not in the lock file. `fault` says what keeps the one that should
    work from it; `is_missing`: what settings name is not here, so nothing works."""

    name: str
    why: str
    installed: Installed | None = None
    path: Path | None = None
    is_spare: bool = False
    fault: str = ""
    is_missing: bool = False


def works(desk: Desk, role: ModelRole, *, lock: Lock | None = None, wanted: str | None = None) -> Works:
    """What works for a role as things are now, or if this were what is installed and set."""
    lock = desk.store.lock() if lock is None else lock
    wanted = desk.settings.models.named(role) if wanted is None else wanted
    language = "" if role in (ModelRole.WAKE, ModelRole.PII) else desk.settings.language
    if role is ModelRole.WAKE and not wanted:
        return Works(spare_name(desk, role), _NAMED, is_spare=True)
    found = chosen(lock, role, wanted, language)
    if found is not None:
        why = _SET if wanted else f"the one for {language} that was installed last"
        why = _BESIDE if role is ModelRole.PII else why
        fault = broken(desk.store, found)
        if fault:
            return Works(spare_name(desk, role), why, is_spare=True, fault=f"{found.name} {_BROKEN}: {fault}")
        return Works(found.name, why, found)
    if wanted:
        is_path = Path(wanted).is_absolute() or wanted.startswith("~")
        name = Path(wanted).name if is_path else wanted
        path = _lies_at(desk, role, wanted)
        if wanted == spare_name(desk, role):
            return Works(name, _SET, is_spare=True)
        if path is None and (is_path or role in SETTABLE_SPARES):  # in other roles it may be a word
            return Works(name, f"{_SET}, and not here", is_missing=True)
        return Works(name, _SET, path=path)
    by_hand = _by_hand(desk, role)
    if by_hand is not None:
        return Works(by_hand.parent.name if role is ModelRole.STT else by_hand.stem, "put there by hand", path=by_hand)
    if role is ModelRole.TURN and find_spec("pipecat") is not None:
        return Works("smart-turn", "from the Python package pipecat-ai")
    return Works(spare_name(desk, role), "the spare one of the package", is_spare=True)


def _lies_at(desk: Desk, role: ModelRole, wanted: str) -> Path | None:
    """Where what settings say lies: by its path, or by the name of what was put there by hand."""
    if Path(wanted).is_absolute() or wanted.startswith("~"):
        with contextlib.suppress(OSError, RuntimeError):
            path = Path(wanted).expanduser()
            voice = path.with_name(f"{path.name}.onnx") if role is ModelRole.TTS else path
            return next((place for place in (path, voice) if place.exists()), None)
        return None
    name = wanted.removesuffix(".gguf").removesuffix(".onnx")
    lying = lying_there(desk, role)
    return next((one for one in lying if name == (one.parent.name if role is ModelRole.STT else one.stem)), None)


def now_works(desk: Desk, model: Installed) -> str:
    """What a person is told who installed this one."""
    if model.role is ModelRole.WAKE:
        return f"listen --wake {model.name} hears it; privacy-assistant models use {model.name} makes that the rule"
    now = works(desk, model.role)
    return f"{now.name} works for {model.role} now: {now.why}"


def spare_card(desk: Desk) -> Card | None:
    """The card of the language model that the package brings."""
    of_role = [card for card in desk.cards if card.role is ModelRole.LLM]
    return next((card for card in of_role if card.is_default or card.tier is Tier.SPARE), None)


def spare_name(desk: Desk, role: ModelRole) -> str:
    """How the spare model of a role is called."""
    if role is ModelRole.LLM:
        card = spare_card(desk)
        return card.name if card is not None else ""
    return SPARES[role][0]


def broken(store: Store, model: Installed) -> str:
    """What can be told of a broken model without reading it: a file that is missing, or of another size; else ""."""
    for file, path in zip(model.files, store.files(model), strict=True):
        try:
            size = path.lstat().st_size
        except OSError:
            return f"{file.name} is missing"
        if size != file.bytes:
            return f"{file.name} has {size} bytes instead of {file.bytes}"
    return ""


def lying_there(desk: Desk, role: ModelRole) -> list[Path]:
    """Files and directories that were put into the folder of models by hand: what the lock file does not name."""
    folder = desk.store.folder
    known = {path for model in desk.store.lock().models for path in desk.store.files(model)}
    patterns = {
        ModelRole.LLM: ("*.gguf", "llm/*.gguf", "llm/*/*.gguf"),
        ModelRole.STT: ("stt/*/model.bin",),
        ModelRole.TTS: ("*.onnx", "tts/*.onnx", "tts/*/*.onnx"),
        ModelRole.TURN: ("turn/*.onnx", "turn/*/*.onnx"),
        ModelRole.WAKE: ("wake/*.tflite", "wake/*/*.tflite"),
        ModelRole.PII: ("pii/*/gliner_config.json",),
    }
    found = [path for pattern in patterns[role] for path in sorted(folder.glob(pattern))]
    return [path for path in found if path not in known]


def _by_hand(desk: Desk, role: ModelRole) -> Path | None:
    """The one of them that is used without being named."""
    found = lying_there(desk, role)
    if role is ModelRole.STT:
        return next(iter(found), None)
    if role is not ModelRole.TTS:
        return None
    own = [path for path in found if path.parent.name == "tts" and path.with_name(f"{path.name}.json").is_file()]
    return for_language(own, desk.settings.language)
