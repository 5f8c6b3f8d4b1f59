"""One key of config.toml is written, and nothing else in the file moves."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from privacy_assistant.app import files
from privacy_assistant.app.config_writing import set_key
from privacy_assistant.app.paths import Paths, paths_for
from privacy_assistant.core.settings import Models, parse_settings
from privacy_assistant.errors import AssistantError, SettingsError, UsageError

posix = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")

TEXT = """\
language = "de"   # at home\t

[models]          # what is mine
# stt = "small"
llm = 'mine'

# who it is
[persona]
system = \"\"\"You are brief.
[models]
llm = 1\"\"\"
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A home with settings that are their owner's own."""
    paths = paths_for(tmp_path)
    paths.config.write_bytes(TEXT.encode())
    paths.config.chmod(0o600)
    return paths


def unchanged(paths: Paths, act: Callable[[], object], kind: type[AssistantError] = SettingsError) -> str:
    """What is said where nothing is written: the bytes are the same, and no draft is left behind."""
    before, names = paths.config.read_bytes(), sorted(os.listdir(paths.config_dir))
    with pytest.raises(kind) as caught:
        act()
    assert paths.config.read_bytes() == before
    assert sorted(os.listdir(paths.config_dir)) == names
    assert caught.value.hint
    return caught.value.message


# ---------------------------------------------------------------- what is written


def test_a_key_that_is_there_is_changed_where_it_stands(paths: Paths) -> None:
    """Quotes of its own kind go, nothing else does."""
    assert set_key(paths, "models", "llm", 'a "b" \\ é')
    assert paths.config.read_text() == TEXT.replace("'mine'", '"a \\"b\\" \\\\ é"')
    assert files.read_settings(paths).models.llm == 'a "b" \\ é'


def test_a_key_that_is_commented_out_is_written_below_its_comment(paths: Paths) -> None:
    """A text in a long string that looks like a table is none."""
    assert set_key(paths, "models", "stt", "small")
    assert paths.config.read_text() == TEXT.replace('# stt = "small"\n', '# stt = "small"\nstt = "small"\n')


def test_removing_what_was_written_leaves_the_file_that_was(paths: Paths) -> None:
    """Byte for byte; a key that is not there needs no writing."""
    set_key(paths, "models", "tts", "amy")
    assert set_key(paths, "models", "tts", None)
    assert paths.config.read_bytes() == TEXT.encode()
    assert not set_key(paths, "models", "tts", None)
    assert not set_key(paths, "network", "offline", None)


def test_what_stands_there_already_is_not_written_again(paths: Paths) -> None:
    """The file is the very same one."""
    before = paths.config.stat()
    assert not set_key(paths, "models", "llm", "mine")
    assert paths.config.stat() == before


def test_the_template_takes_every_key_in_its_place(tmp_path: Path) -> None:
    """Each one below the comment that shows it; the top of the file before the first table."""
    paths = paths_for(tmp_path)
    files.init_config(paths)
    set_key(paths, "", "language", "de")
    set_key(paths, "network", "no_cloud", True)
    set_key(paths, "models", "llm", "mine")
    written = paths.config.read_text()
    assert '# language = "en"\nlanguage = "de"\n' in written
    assert "# no_cloud = false      # nothing to a cloud\nno_cloud = true\n" in written
    assert written.endswith('# llm = "/path/to/model.gguf"\nllm = "mine"\n')
    for key, table in (("language", ""), ("no_cloud", "network"), ("llm", "models")):
        set_key(paths, table, key, None)
    assert paths.config.read_text() == files.CONFIG_TEMPLATE


@posix
def test_a_file_that_was_not_there_is_its_owners_alone(tmp_path: Path) -> None:
    """Made with its directory; taking away from nothing makes nothing."""
    paths = paths_for(tmp_path / "new" / "home")
    assert not set_key(paths, "models", "llm", None)
    assert not paths.config.exists()
    assert set_key(paths, "models", "llm", "mine")
    assert paths.config.read_text() == '[models]\nllm = "mine"\n'
    assert stat.S_IMODE(paths.config.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.config_dir.stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400])
def test_mode_and_link_stay(paths: Paths, mode: int) -> None:
    """What a link leads to is changed; the link is still one."""
    real = paths.config_dir / "mine.toml"
    paths.config.rename(real)
    real.chmod(mode)
    paths.config.symlink_to(real)
    set_key(paths, "models", "llm", "other")
    assert paths.config.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == mode
    assert "other" in real.read_text()


def test_the_mark_of_an_editor_and_its_line_ends_stay(paths: Paths) -> None:
    """A byte order mark at the start, carriage returns at every end."""
    data = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    paths.config.write_bytes(data)
    set_key(paths, "models", "tts", "amy")
    assert paths.config.read_bytes() == data.replace(b"llm = 'mine'\r\n", b"llm = 'mine'\r\ntts = \"amy\"\r\n")


# ---------------------------------------------------------------- what is not


def test_a_file_with_a_mistake_is_not_touched(paths: Paths) -> None:
    """The mistake is told by its line."""
    paths.config.write_text(TEXT + "[log]\nlevel = 7\n")
    assert "line 13" in unchanged(paths, lambda: set_key(paths, "models", "llm", "other"))
    paths.config.write_text("[models\n")
    unchanged(paths, lambda: set_key(paths, "models", "llm", "other"))


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [("", "language", "No Such!"), ("models", "llm", True), ("models", "lmm", "x"), ("log", "level", "loud")],
)
def test_a_value_that_cannot_stand_there_is_refused(paths: Paths, table: str, key: str, value: str | bool) -> None:
    """A wrong type, a key that nobody knows, a word that is none of those."""
    unchanged(paths, lambda: set_key(paths, table, key, value))
    fresh = paths_for(paths.config_dir / "fresh")
    with pytest.raises(SettingsError):
        set_key(fresh, table, key, value)
    assert not fresh.config.exists()


def test_half_a_letter_is_refused(paths: Paths) -> None:
    """A name of a file that is no text cannot be written."""
    unchanged(paths, lambda: set_key(paths, "models", "llm", "\udce9"))


@posix
def test_a_file_that_others_may_write_is_not_changed(paths: Paths) -> None:
    """Nor is a pipe waited for, or a directory taken for a file."""
    paths.config.chmod(0o666)
    assert "yours alone" in unchanged(paths, lambda: set_key(paths, "models", "llm", "other"))
    paths.config.unlink()
    os.mkfifo(paths.config, 0o600)
    with pytest.raises(SettingsError):
        set_key(paths, "models", "llm", "other")
    paths.config.unlink()
    paths.config.mkdir()
    with pytest.raises(SettingsError):
        set_key(paths, "models", "llm", "other")


@posix
def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    """There is no place for the settings."""
    (tmp_path / "home").write_text("")
    with pytest.raises(UsageError):
        set_key(paths_for(tmp_path / "home"), "models", "llm", "mine")


# ---------------------------------------------------------------- any settings

NAMES = ("stt", "llm", "tts", "turn", "wake", "pii", "manifest")
WORDS = st.text("aé\"\\'#= []{},", min_size=1, max_size=12)


@st.composite
def configs(draw: st.DrawFn) -> str:
    """Settings as people write them: in any order, as tables, dotted or in one line, with comments between."""
    note = draw(st.sampled_from(["", "# note\n", "\n# llm = 1\n\n", "  \n"]))
    top = draw(st.sampled_from(["", 'language = "de-AT"  # here\n', "'language'='fr'\n"]))
    models: Mapping[str, str] = draw(st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=4))
    pairs = [f"{name} = {quote(word)}" for name, word in models.items()]
    tables = ["[network]\noffline = true # always\n", '[log]\n\nlevel = "info"\n[audio]\nspeed = 1\n']
    form = draw(st.sampled_from(["table", "dotted", "inline", "none"]))
    if form == "dotted":
        top += "".join(f"models.{pair}\n{note}" for pair in pairs)
    elif form == "inline":
        top += "models = { " + ", ".join(pairs) + " }\n"
    elif form == "table":
        tables.append("[ models ]  # mine\n" + "".join(f"{note}  {pair} # {pair!r}\n" for pair in pairs))
    text = note + top + note.join(draw(st.permutations(tables)))
    return draw(st.sampled_from([text, text.rstrip("\n"), text.replace("\n", "\r\n")]))


def quote(word: str) -> str:
    return "'" + word.replace("'", "") + "'"


@hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configs(), st.sampled_from(NAMES), WORDS | st.none())
def test_of_any_settings_one_changes_and_nothing_else(tmp_path: Path, text: str, name: str, value: str | None) -> None:
    """What is read afterwards is what was read before with that one key as meant; every comment is still there."""
    paths = paths_for(tmp_path)
    paths.config.unlink(missing_ok=True)
    paths.config.write_bytes(text.encode())
    paths.config.chmod(0o600)
    before = parse_settings(text, str(paths.config))
    meant = replace(before, models=with_model(before.models, name, value))
    assert set_key(paths, "models", name, value) or meant == before
    after = files.read_settings(paths)
    assert after == meant
    assert paths.config.read_bytes().count(b"# note") == text.count("# note")
    set_key(paths, "", "language", "is")
    assert files.read_settings(paths) == replace(meant, language="is")


def with_model(models: Models, name: str, value: str | None) -> Models:
    words: dict[str, Any] = {name: "" if value is None else value}
    return replace(models, **words)
