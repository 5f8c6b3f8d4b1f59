"""The manifest of models: what is understood, what is a mistake and where, and that no path leads out of a folder."""

from __future__ import annotations

import ntpath
import posixpath
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.model_card import (
    MAKER_OF,
    Card,
    CardFile,
    Maker,
    ModelRole,
    Tier,
    card_of,
    is_safe_path,
    model_name,
    parse_manifest,
    with_revision,
)
from privacy_assistant.errors import SettingsError, UsageError

FULL = """\
[[model]]
name = "small"
role = "llm"
tier = "small"
licence = "MIT"
languages = ["en", "de-AT"]
repository = "Owner/Name-GGUF"
revision = "1234567890abcdef1234567890abcdef12345678"
about = "a small one"
unverified = "its size"
memory_gb = 1.5
for_gb = ["4", "8"]
context_tokens = 2048
header_bytes = 3
header_sha256 = "{digest}"
package = "some_package"
requirement = "some-package==1"
is_gated = true
is_default = true

[[model.file]]
path = "deep/small.gguf"
bytes = 10
sha256 = "{digest}"
md5 = "{md5}"

[[model.file]]
path = "more.json"
url = "https://elsewhere.example/more.json"
is_optional = true

[[model]]
name = "ears"
role = "stt"
licence = "MIT"
source = "a friend"
repository = "a/b"

[[model.file]]
path = "model.bin"
""".format(digest="0" * 64, md5="1" * 32)


def test_everything_that_is_written_is_read() -> None:
    """Every key ends in the card."""
    small, ears = parse_manifest(FULL, "m.toml")
    assert small == Card(
        name="small",
        role=ModelRole.LLM,
        maker=Maker.LLAMA_CPP,
        tier=Tier.SMALL,
        files=(
            CardFile("deep/small.gguf", 10, "0" * 64, "1" * 32),
            CardFile("more.json", url="https://elsewhere.example/more.json", is_optional=True),
        ),
        licence="MIT",
        languages=("en", "de-AT"),
        repository="Owner/Name-GGUF",
        revision="1234567890abcdef1234567890abcdef12345678",
        about="a small one",
        unverified="its size",
        memory_gb=1.5,
        for_gb=(4, 8),
        context_tokens=2048,
        header_bytes=3,
        header_sha256="0" * 64,
        package="some_package",
        requirement="some-package==1",
        is_gated=True,
        is_default=True,
    )
    assert ears == Card(
        "ears", ModelRole.STT, Maker.FASTER_WHISPER, Tier.GOOD, (CardFile("model.bin"),), "MIT", ("*",), "a/b", "main",
        "a friend",
    )  # fmt: skip


def test_what_a_card_says_of_itself() -> None:
    """Bytes where they are all known, where it is from, whether its bytes are settled, what it speaks."""
    small, ears = parse_manifest(FULL, "m.toml")
    assert (small.bytes, ears.bytes) == (10, 0)
    assert (small.shown_source, ears.shown_source) == ("Owner/Name-GGUF@1234567890ab", "a friend")
    assert (small.is_pinned, ears.is_pinned) == (True, False)
    assert with_revision(ears, "0" * 40).is_pinned
    assert [small.speaks(tag) for tag in ("en", "en-GB", "DE", "fr", "")] == [True, True, True, False, False]
    assert ears.speaks("fr")
    assert small.files[0].name == "small.gguf"


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('name = "small"', 'name = "Small"', 2, "model[1].name"),
        ('name = "small"', 'name = "a..b"', 2, "model[1].name"),
        ('name = "small"', 'name = "con"', 2, "model[1].name"),
        ('name = "small"', 'name = "x."', 2, "model[1].name"),
        ('name = "small"\n', "", 1, "model[1].name"),
        ('name = "ears"', 'name = "small"', 33, "model[2].name"),
        ('role = "llm"', 'role = "cook"', 3, "model[1].role"),
        ('tier = "small"', 'tier = "tiny"', 4, "model[1].tier"),
        ('tier = "small"', 'tier = "small"\nmaker = "piper"', 5, "model[1].maker"),
        ('licence = "MIT"', "licence = 1", 5, "model[1].licence"),
        ('languages = ["en", "de-AT"]', 'languages = ["English"]', 6, "model[1].languages"),
        ('"Owner/Name-GGUF"', '"Name"', 7, "model[1].repository"),
        ('"Owner/Name-GGUF"', '"../.."', 7, "model[1].repository"),
        ('"Owner/Name-GGUF"', '"Owner/a..b"', 7, "model[1].repository"),
        ('revision = "1', 'revision = "../1', 8, "model[1].revision"),
        ("memory_gb = 1.5", "memory_gb = -1", 11, "model[1].memory_gb"),
        ('["4", "8"]', "[4, 8]", 12, "model[1].for_gb"),
        ('["4", "8"]', '["4", "x"]', 12, "model[1].for_gb"),
        ("context_tokens = 2048", "context_tokens = 0", 13, "model[1].context_tokens"),
        ("header_bytes = 3\n", "", 14, "model[1].header_sha256"),
        ("is_gated = true", "is_gated = 1", 18, "model[1].is_gated"),
        ("is_gated = true", "is_gate = true", 18, "model[1].is_gate"),
        ('"deep/small.gguf"', '"../small.gguf"', 22, "model[1].file[1].path"),
        ('"deep/small.gguf"', '"/small.gguf"', 22, "model[1].file[1].path"),
        ('"deep/small.gguf"', '"More.JSON"', 21, "model[1].file"),
        ("bytes = 10", "bytes = 0", 23, "model[1].file[1].bytes"),
        ("bytes = 10", "bytes = true", 23, "model[1].file[1].bytes"),
        ('md5 = "1', 'md5 = "A', 25, "model[1].file[1].md5"),
        ("https://elsewhere", "http://elsewhere", 29, "model[1].file[2].url"),
        ('repository = "a/b"\n', "", 32, "model[2].repository"),
        ('[[model.file]]\npath = "model.bin"\n', "", 32, "model[2].file"),
        ("[[model]]", "[[modell]]", 1, "modell"),
        ("[[model]]", "[model]", 32, "model"),
    ],
)
def test_every_mistake_names_its_line_and_key(old: str, new: str, line: int, key: str) -> None:
    """One line with file, line and key."""
    assert old in FULL
    with pytest.raises(SettingsError) as caught:
        parse_manifest(FULL.replace(old, new), "m.toml")
    assert caught.value.file == "m.toml"
    assert (caught.value.line, caught.value.key) == (line, key)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_text_is_cards_or_a_settings_error(raw: str | bytes) -> None:
    """And nothing else."""
    try:
        parse_manifest(raw, "m.toml")
    except SettingsError as error:
        assert "\n" not in error.message  # noqa: PT017 - either outcome is right, this one has a shape


TOKENS = st.sampled_from(
    [
        *("[[model]]\n", "[[model.file]]\n", "[model]\n", '"../x"', '"C:\\\\x"', "'C:x'", "''", '"a/b"', '"llm"', "[]"),
        *(
            "[[]]",
            "{}",
            "nan",
            "-1",
            "1e400",
            "9" * 30,
            "true",
            "name =",
            "path =",
            "for_gb = [",
            "\0",
            "\ud800",
            '"""',
        ),
        *("1979-05-27", "file = 3\n", "model = 3\n", 'url = "https://"\n', "languages = [1]\n", "is_optional = 1\n"),
    ]
)


@given(st.data())
def test_a_mutated_manifest_is_cards_that_are_safe_or_a_settings_error(data: st.DataObject) -> None:
    """Cut, doubled, and with what does not belong there: no path leads out, whatever is accepted."""
    text = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        text = text[:start] + data.draw(TOKENS | st.just(text[start : start + 60])) + text[start + length :]
    try:
        cards = parse_manifest(text, "m.toml")
    except SettingsError:
        return
    assert len({card.name for card in cards}) == len(cards)
    for card in cards:
        assert is_safe_path(card.name)
        assert card.maker is MAKER_OF[card.role]
        assert all(is_safe_path(file.path) and is_safe_path(file.name) for file in card.files)
        assert all(file.url == "" or file.url.startswith("https://") for file in card.files)


# ---------------------------------------------------------------- paths


@pytest.mark.parametrize("path", ["a", "a/b", "Model-1.5_Q4+x.gguf", "a/b/c.json", "1", "a" * 128, "console", "com10"])
def test_a_path_of_plain_names_is_safe(path: str) -> None:
    """Letters, digits, dots, dashes, folders."""
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            "..",
            "../a",
            "a/..",
            "a/../b",
            ".",
            "./a",
            ".hidden",
            "-a",
            "a..b",
            "a.",
            "a./b",
        ),
        *(
            "\\a",
            "a\\b",
            "C:",
            "C:a",
            "C:/a",
            "c:\\a",
            "\\\\host\\share",
            "//host/share",
            "a:b",
            "~",
            "~root/a",
            "$HOME",
        ),
        *("con", "CON", "con.txt", "a/NUL", "aux.gguf", "com1", "LPT9.bin", "prn", "a\0b", "a\nb", "a\n", "a b", "a*"),
        *("ä", "a\u2024b", "a\u2215b", "\uff0e\uff0e/a", "a\u202e", "COM\u00b9", "a" * 129, "%2e%2e/a", "a?b", 'a"b'),
    ],
)
def test_a_path_that_could_lead_elsewhere_is_not(path: str) -> None:
    """Out of the folder, to a drive, a share or a device, to a hidden file, or to what systems read differently."""
    assert not is_safe_path(path)


@given(
    st.lists(st.sampled_from([*"aZ0.-_+/\\: ~\0\n", "..", "nul", "é", "\uff0e"]), max_size=12).map("".join) | st.text()
)
def test_no_safe_path_escapes_on_any_system(path: str) -> None:
    """Joined to a folder it stays below it, by the rules of Linux and of Windows."""
    if not is_safe_path(path):
        return
    assert posixpath.normpath(f"/models/{path}") == f"/models/{path}"
    assert ntpath.normpath(f"C:\\models\\{path}") == "C:\\models\\" + path.replace("/", "\\")
    assert PurePosixPath("/models", path).is_relative_to("/models")
    windows = PureWindowsPath("C:/models", path)
    assert windows.is_relative_to("C:/models")
    assert not windows.is_reserved()
    assert not any(part.startswith(".") or part != part.rstrip(". ") for part in windows.parts[1:])


@given(st.text(max_size=150) | st.sampled_from(["con", "NUL.", "..", "-._", "a..b", "aux.gguf", "A" * 99 + ".x", "é"]))
def test_whatever_a_model_calls_itself_becomes_a_name(text: str) -> None:
    """Which a manifest and a lock file accept."""
    name = model_name(text)
    assert is_safe_path(name)
    row = f"[[model]]\nname = '{name}'\nrole = 'llm'\nlicence = 'MIT'\nrepository = 'a/b'\n[[model.file]]\npath = 'x'\n"
    assert parse_manifest(row, "m")[0].name == name


def test_a_good_name_stays() -> None:
    """And one with other letters is near to it."""
    assert model_name("qwen2.5-1.5b_q4") == "qwen2.5-1.5b_q4"
    assert model_name("Qwen 2.5/Instruct") == "qwen-2.5-instruct"


# ---------------------------------------------------------------- what stands in no manifest


@pytest.mark.parametrize(
    ("wanted", "role", "name", "paths"),
    [
        ("Own/Repo/deep/X.Q4.gguf", ModelRole.LLM, "x.q4", ("deep/X.Q4.gguf",)),
        ("Own/Repo/en-amy.onnx@v1.0", ModelRole.TTS, "en-amy", ("en-amy.onnx", "en-amy.onnx.json")),
        ("Own/Repo/turn.onnx", ModelRole.TURN, "turn", ("turn.onnx",)),
        ("Own/Whisper-Small", ModelRole.STT, "whisper-small", ("model.bin", "config.json", "tokenizer.json")),
    ],
)  # fmt: skip
def test_a_repository_is_a_card(wanted: str, role: ModelRole, name: str, paths: tuple[str, ...]) -> None:
    """Of which nothing is known but where it is; what may be missing there is optional."""
    card = card_of(wanted, role)
    assert (card.name, card.role, card.repository) == (name, role, "/".join(wanted.split("@")[0].split("/")[:2]))
    assert tuple(file.path for file in card.files if not file.is_optional) == paths
    assert card.revision == (wanted.partition("@")[2] or "main")
    assert card.unverified
    assert not card.is_pinned


@pytest.mark.parametrize(
    ("wanted", "role"),
    [
        ("", ModelRole.LLM),
        ("name", ModelRole.LLM),
        ("a/b", ModelRole.LLM),
        ("a/b/x.bin", ModelRole.LLM),
        ("a/b/../x.gguf", ModelRole.LLM),
        ("a/b//x.gguf", ModelRole.LLM),
        ("../b/x.gguf", ModelRole.LLM),
        ("a/b/x.gguf@", ModelRole.WAKE),
        ("a/b/x.gguf@a b", ModelRole.LLM),
        ("a/b/x.gguf@../main", ModelRole.LLM),
        ("a/b/x.gguf@a/../b", ModelRole.LLM),
        ("https://huggingface.co/a/b", ModelRole.LLM),
        ("a/b/model.bin", ModelRole.STT),
        ("a/b", ModelRole.TTS),
        ("a/b/x.json", ModelRole.WAKE),
        ("a/b", ModelRole.PII),
        ("a/b/x.gguf\n", ModelRole.LLM),
    ],
)
def test_what_names_no_model_is_a_usage_error_with_the_form(wanted: str, role: ModelRole) -> None:
    """One line, and how it is written."""
    with pytest.raises(UsageError) as caught:
        card_of(wanted, role)
    assert "OWNER/NAME" in caught.value.hint


@given(
    st.text(max_size=60) | st.from_regex(r"[A-Za-z./@-]{1,20}/[A-Za-z./@-]{1,40}", fullmatch=True),
    st.sampled_from(ModelRole),
)
def test_any_words_are_a_card_or_a_usage_error(wanted: str, role: ModelRole) -> None:
    """A card that comes of it is one that a manifest could hold."""
    try:
        card = card_of(wanted, role)
    except UsageError:
        return
    assert is_safe_path(card.name)
    assert all(is_safe_path(file.path) for file in card.files)
    assert ".." not in card.repository + card.revision


def test_a_card_at_a_commit_is_otherwise_the_same() -> None:
    """Only its revision changes."""
    card = card_of("a/b/x.gguf", ModelRole.LLM)
    assert with_revision(card, "0" * 40) == replace(card, revision="0" * 40)
