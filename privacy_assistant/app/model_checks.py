"""What `doctor` says of models: that each installed one is as it was installed, and which language model answers."""

from __future__ import annotations

from collections.abc import Iterator

from privacy_assistant.app.files import read_settings
from privacy_assistant.app.local_models import is_installed
from privacy_assistant.app.models.room import as_size
from privacy_assistant.app.paths import Paths
from privacy_assistant.app.proofs import Check
from privacy_assistant.core.settings import Settings
from privacy_assistant.engines.catalogue import ModelFile, check, check_gguf, find_llm, spare_llm, verify
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import AssistantError, EngineError, SettingsError


def models(paths: Paths) -> Iterator[Check]:
    """Each installed model, then who answers. Large files that were compared before are not read again: that is for
    `models verify`."""
    settings = read_settings(paths)
    store = Store(paths.models)
    try:
        installed = store.lock().models
    except SettingsError as error:
        yield Check("models", "fault", error.message, error.hint)
        installed = ()
    for model in installed:
        try:
            store.check(model)
        except EngineError as error:
            yield Check("models", "fault", error.message, error.hint)
        else:
            says = f"{model.name} ({model.role}), {as_size(model.bytes)}, {model.licence}, as it was installed"
            yield Check("models", "ok", f"{says}; digest: {model.trust}")
    yield _answers(settings, paths)


def _answers(settings: Settings, paths: Paths) -> Check:
    try:
        found = find_llm({"llm": settings.models.llm}, paths.models, language=settings.language)
        return _described(found)
    except AssistantError as error:
        if not is_installed(settings, paths):
            raise
        spare = _described(spare_llm())
        return Check("model", "fault", f"{error.message}; the spare one answers: {spare.says}", error.hint)


def _described(found: ModelFile) -> Check:
    """Raises EngineError where it is not what it should be."""
    check(found)
    header = check_gguf(found.path)
    if found.installed is not None:
        vouched = f"digest: {found.installed.trust}"
    else:
        digest = verify(found)
        vouched = "digest as published" if found.sha256 else f"sha256 {digest[:12]}…, nobody vouches for it"
    says = f"{found.name}, {as_size(found.bytes)}, {header.architecture}, {found.licence}, {vouched}"
    return Check("model", "ok", says)
