"""`models use`: have config.toml name the model that works for a role, or none."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from privacy_assistant.app.config_writing import set_key
from privacy_assistant.app.models.answering import DEFAULT, SETTABLE_SPARES, Works, lying_there, spare_name, works
from privacy_assistant.app.models.desk import Desk, desk_of
from privacy_assistant.app.opening import Opening
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.errors import UsageError

_BY_SUFFIX = {".gguf": ModelRole.LLM, ".tflite": ModelRole.WAKE}
_LIST = "privacy-assistant models list"


def use(desk: Desk, opening: Opening, wanted: str, role: ModelRole | None) -> tuple[ModelRole, Works]:
    """Write `wanted` into config.toml: an installed model, a spare one, or a path; "default" takes the setting out.

    The role, and what works for it now. Raises UsageError, SettingsError.
    """
    if wanted == DEFAULT:
        if role is None:
            raise UsageError("say for which role", hint="privacy-assistant models use default --role llm")
        set_key(desk.paths, "models", str(role), None)
        return role, works(desk_of(opening), role)
    role, value = _meant(desk, wanted, role)
    set_key(desk.paths, "models", str(role), value)
    return role, works(desk_of(opening), role)


def _meant(desk: Desk, wanted: str, role: ModelRole | None) -> tuple[ModelRole, str]:
    installed = desk.store.lock().get(wanted)
    if installed is not None:
        if role is not None and installed.role is not role:
            raise UsageError(f"{wanted} is for the role {installed.role}", hint=f"--role {installed.role}, or none")
        return installed.role, wanted
    if "/" in wanted or "\\" in wanted or wanted.startswith("~"):
        return _path(wanted, role)
    for one in [role] if role is not None else list(ModelRole):
        if wanted == spare_name(desk, one):
            if one not in SETTABLE_SPARES:
                raise UsageError(
                    f"{wanted} works where nothing else is set or installed",
                    hint=f"privacy-assistant models use default --role {one}",
                )
            return one, wanted
        for path in lying_there(desk, one):
            name = path.parent.name if one is ModelRole.STT else path.stem
            if wanted == name:
                return one, wanted if one in SETTABLE_SPARES else str(path)
    raise UsageError("no model of that name is here", hint=_got_or_near(desk, wanted, role))


def _got_or_near(desk: Desk, wanted: str, role: ModelRole | None) -> str:
    """How a name that is not here is got, else the nearest one that is."""
    if desk.card(wanted) is not None:
        return f"privacy-assistant models pull {wanted}"
    here = [model.name for model in desk.store.lock().models if role is None or model.role is role]
    spares = [spare_name(desk, one) for one in sorted(SETTABLE_SPARES) if role is None or one is role]
    near = get_close_matches(wanted, [*here, *spares], n=1)
    return f"{_LIST} · is it {near[0]}?" if near else _LIST


def _path(wanted: str, role: ModelRole | None) -> tuple[ModelRole, str]:
    try:
        path = Path(wanted).expanduser().absolute()
    except RuntimeError:
        raise UsageError("that path begins with the ~ of a user that is not known", hint="write it whole") from None
    if not path.exists():
        raise UsageError("there is nothing at that path", hint=_LIST)
    role = role or _BY_SUFFIX.get(path.suffix)
    if role is None and (path / "model.bin").is_file():
        role = ModelRole.STT
    if role is None and path.suffix == ".onnx" and path.with_name(f"{path.name}.json").is_file():
        role = ModelRole.TTS
    if role is None:
        raise UsageError("say what that file is for", hint="--role llm, stt, tts, turn, wake, pii")
    return role, str(path)
