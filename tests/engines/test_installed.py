"""What is installed does the work: by name, by language, by the time it came; and only as it was installed."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.engines import catalogue
from privacy_assistant.engines.catalogue import find_llm, spare_llm
from privacy_assistant.engines.installed import check, find_installed
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import EngineFailed, EngineMissing, ModelTampered, SettingsError
from tests.engines.conftest import tiny_gguf
from tests.engines.installing import ABOUT, install

# ---------------------------------------------------------------- every role


@pytest.mark.parametrize(
    ("role", "given"),
    [
        (ModelRole.LLM, "llm/m/x.gguf"),
        (ModelRole.STT, "stt/m"),
        (ModelRole.TTS, "tts/m/en-x.onnx"),
        (ModelRole.TURN, "turn/m/turn.onnx"),
        (ModelRole.WAKE, "wake/m/hey.json"),
        (ModelRole.PII, "pii/m"),
    ],
)
def test_an_engine_is_given_its_file_or_its_folder(role: ModelRole, given: str, tmp_path: Path) -> None:
    """With the name by which a person knows it, whether it is named or the only one."""
    model = install(tmp_path, role, "m")
    for wanted in ("m", ""):
        found = find_installed(role, wanted, "en", tmp_path)
        assert found is not None
        assert (found.path, found.name, found.installed) == (tmp_path / given, "m", model)
        check(found, tmp_path)
    assert found is not None
    (tmp_path / role / "m" / ABOUT[role][0]).write_bytes(b"M")
    with pytest.raises(ModelTampered):
        check(found, tmp_path)


def test_of_a_model_in_parts_the_first_is_given(tmp_path: Path) -> None:
    """llama.cpp finds the others beside it; all of them are compared."""
    parts = {f"big-0000{n}-of-00002.gguf": bytes([n]) for n in (2, 1)}
    install(tmp_path, ModelRole.LLM, "big", parts)
    found = find_installed(ModelRole.LLM, "", "en", tmp_path)
    assert found is not None
    assert found.path.name == "big-00001-of-00002.gguf"


@pytest.mark.parametrize("wanted", ["other", "/abs/m", "m/", "..\\m", "llm"])
def test_what_is_not_installed_is_looked_for_elsewhere(wanted: str, tmp_path: Path) -> None:
    """A path, a file that was put there, another role's model, and where there is no folder at all."""
    install(tmp_path, ModelRole.STT, "m")
    install(tmp_path, ModelRole.LLM, "llm")
    assert find_installed(ModelRole.STT, wanted, "en", tmp_path) is None
    assert find_installed(ModelRole.STT, wanted, "en", None) is None
    assert find_installed(ModelRole.STT, wanted, "en", tmp_path / "none") is None


# ---------------------------------------------------------------- the language model


def test_the_language_model_is_what_was_installed_last(tmp_path: Path) -> None:
    """Of those for the language; a setting names another one; nothing installed is the one in the package."""
    assert find_llm({}, tmp_path) == spare_llm()
    install(tmp_path, ModelRole.LLM, "old", on="2026-01-01T10:00:00Z")
    install(tmp_path, ModelRole.LLM, "new", on="2026-01-02T10:00:00Z", languages=("en",))
    assert find_llm({}, tmp_path).name == "new"
    assert find_llm({}, tmp_path, language="de").name == "old"
    assert find_llm({"llm": "old"}, tmp_path).name == "old"
    assert find_llm({"llm": spare_llm().name}, tmp_path) == spare_llm()


def test_what_is_installed_says_what_it_is(tmp_path: Path) -> None:
    """Name, place, size, licence, source, digest and context of the lock file."""
    model = install(tmp_path, ModelRole.LLM, "m", {"x.gguf": tiny_gguf()})
    found = find_llm({"llm": "m"}, tmp_path)
    assert found.path == tmp_path / "llm" / "m" / "x.gguf"
    assert (found.bytes, found.sha256) == (model.files[0].bytes, model.files[0].sha256)
    assert (found.licence, found.source, found.context_tokens) == ("MIT", "owner/name@main", 1234)
    catalogue.check(found)
    assert catalogue.verify(found) == found.sha256


def test_a_path_and_a_manifest_are_not_asked_for_what_is_installed(tmp_path: Path) -> None:
    """The lock file answers alone; for an absolute path not even that is read."""
    install(tmp_path, ModelRole.LLM, "m")
    assert find_llm({}, tmp_path, manifest=tmp_path / "none.toml").name == "m"
    assert find_llm({"llm": "m"}, tmp_path, manifest=tmp_path / "none.toml").name == "m"
    own = tmp_path / "own.gguf"
    own.write_bytes(b"x")
    Store(tmp_path).lock_file.write_bytes(b"damaged")
    assert find_llm({"llm": str(own)}, tmp_path, manifest=tmp_path / "none.toml").path == own
    with pytest.raises(SettingsError, match="damaged"):
        find_llm({}, tmp_path)


def test_a_changed_file_gets_as_far_as_no_parser(tmp_path: Path) -> None:
    """Not when it was seen before either; the model says so when it is loaded."""
    install(tmp_path, ModelRole.LLM, "m", {"x.gguf": tiny_gguf()})
    found = find_llm({}, tmp_path)
    catalogue.check(found)
    raw = bytearray(found.path.read_bytes())
    raw[-1] ^= 1
    found.path.write_bytes(raw)
    for look in (lambda: catalogue.check(found), LlamaCppModel(found).warm, lambda: catalogue.verify(found)):
        with pytest.raises(ModelTampered) as caught:
            look()
        assert "models verify m" in caught.value.hint
    found.path.unlink()
    with pytest.raises(EngineMissing):
        catalogue.check(found)


def test_a_file_that_came_broken_is_refused_although_it_is_what_came(tmp_path: Path) -> None:
    """Its digest says that nothing changed since, and its header is read all the same, each time."""
    install(tmp_path, ModelRole.LLM, "m", {"x.gguf": tiny_gguf()[:-100]})
    found = find_llm({}, tmp_path)
    for _ in range(2):
        with pytest.raises(EngineFailed, match="cut short"):
            catalogue.check(found)


def test_a_header_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a large vocabulary takes a tenth of a second."""
    install(tmp_path, ModelRole.LLM, "m", {"x.gguf": tiny_gguf()})
    found = find_llm({}, tmp_path)
    catalogue.check(found)
    monkeypatch.setattr(catalogue, "check_gguf", lambda _path: pytest.fail("read again"))
    catalogue.check(found)
    raw = tiny_gguf().replace(struct.pack("<II", 4, 77), struct.pack("<II", 4, 78))
    install(tmp_path, ModelRole.LLM, "m", {"x.gguf": raw})
    with pytest.raises(pytest.fail.Exception, match="read again"):
        catalogue.check(find_llm({}, tmp_path))
