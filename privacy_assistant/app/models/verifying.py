"""`models verify`: every file that is installed, read to its end, and the language model that the package brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privacy_assistant.app.models.answering import spare_card
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.engines.catalogue import spare_llm, verify
from privacy_assistant.errors import EngineError

OK, MISSING, CHANGED = "ok", "missing", "changed"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one model. `faults` are lines that name a file each."""

    name: str
    role: ModelRole
    state: str
    bytes: int
    trust: str
    faults: tuple[str, ...] = ()
    remedy: str = ""


def verify_models(desk: Desk, names: Sequence[str] = ()) -> Iterator[Verified]:
    """Look at these models, or at all. Raises UsageError for a name that is not installed, SettingsError."""
    spare = spare_card(desk)
    wanted = dict.fromkeys(names)
    models = [desk.installed(name) for name in wanted if spare is None or name != spare.name]
    for model in models if wanted else desk.store.lock().models:
        yield _installed(desk, model)
    if spare is not None and (not wanted or spare.name in wanted):
        yield _spare(desk, spare.name, spare.bytes)


def _installed(desk: Desk, model: Installed) -> Verified:
    faults = desk.store.verify(model)
    if not faults:
        return Verified(model.name, model.role, OK, model.bytes, str(model.trust))
    state = MISSING if all(fault.is_missing for fault in faults) else CHANGED
    lines = tuple(f"{fault.path} {fault.what}" for fault in faults)
    again = f"privacy-assistant models pull {model.name}" if desk.card(model.name) else "pull or import it again"
    remedy = f"{again}, or privacy-assistant models remove {model.name}"
    return Verified(model.name, model.role, state, model.bytes, str(model.trust), lines, remedy)


def _spare(desk: Desk, name: str, size: int) -> Verified:
    try:
        verify(spare_llm(desk.store.folder))
    except EngineError as error:
        return Verified(name, ModelRole.LLM, CHANGED, size, "package", (error.message,), error.hint)
    return Verified(name, ModelRole.LLM, OK, size, "package")
