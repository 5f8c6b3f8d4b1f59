"""An answer for always stands in the policy, and nothing else in it moves."""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.app import policy_writing
from privacy_assistant.app.consenting import RememberingConsent
from privacy_assistant.app.policy_writing import append_always
from privacy_assistant.core import policy
from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.parcel import PackedMessage, pack
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Standing
from privacy_assistant.core.redaction import Legend, redact
from privacy_assistant.core.turn import Role, Zone
from privacy_assistant.errors import SettingsError
from tests.fakes import EPOCH

posix = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")

DAY = date(2026, 11, 21)
TEXT = """\
version = 1   # my policy\t
mode = "ask"

[backend.far]
zone = "cloud"
kind = "openai"
model = "m"
api_key_env = "FAR_KEY"

[backend.lab]
zone = "lan"
kind = "openai-compatible"
base_url = "https://lab.example/v1"
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy that is its owner's own."""
    path = tmp_path / "policy.toml"
    path.write_bytes(TEXT.encode())
    path.chmod(0o600)
    return path


def append(file: Path, *rules: str, backend: str = "far") -> None:
    """Append, as a person who was asked under the policy that stands there."""
    append_always(file, rules, backend, sha256=sha256(file.read_bytes()), on=DAY)


def unchanged(file: Path, act: Callable[[], None]) -> str:
    """What is said where nothing is written: the bytes are the same, and no draft is left behind."""
    before, names = file.read_bytes(), sorted(os.listdir(file.parent))
    with pytest.raises(SettingsError) as caught:
        act()
    assert file.read_bytes() == before
    assert sorted(os.listdir(file.parent)) == names
    assert caught.value.hint
    return caught.value.message


# ---------------------------------------------------------------- the file


def test_the_tables_stand_behind_every_byte_that_was_there(file: Path) -> None:
    """Comments, tabs and order stay; each rule has a table with the date."""
    append(file, "mode:ask", "category:EMAIL")
    written = file.read_bytes()
    assert written.startswith(TEXT.encode())
    assert written[len(TEXT.encode()) :].decode() == (
        "\n# Answered with always on 2026-11-21; take this out to be asked again.\n"
        '[[always]]\nrule = "mode:ask"\nbackend = "far"\n'
        "\n# Answered with always on 2026-11-21; take this out to be asked again.\n"
        '[[always]]\nrule = "category:EMAIL"\nbackend = "far"\n'
    )
    read = parse_policy(written, "policy.toml")
    assert [replace(standing, line=0) for standing in read.always] == [
        Standing("mode:ask", "far"),
        Standing("category:EMAIL", "far"),
    ]


def test_what_is_answered_already_is_not_written_again(file: Path) -> None:
    """Another rule or another back end is."""
    append(file, "mode:ask")
    once = file.read_bytes()
    append(file, "mode:ask")
    assert file.read_bytes() == once
    append(file, "mode:ask", backend="lab")
    append(file, "mode:ask", "another", "another")
    assert [(s.rule, s.backend) for s in parse_policy(file.read_bytes(), "").always] == [
        ("mode:ask", "far"),
        ("mode:ask", "lab"),
        ("another", "far"),
    ]


@pytest.mark.parametrize(
    "text",
    [TEXT.rstrip("\n"), TEXT.replace("\n", "\r\n"), TEXT + "# ends in a comment", "\n\n" + TEXT + "\n\n"],
)
def test_a_file_ends_as_its_owner_likes(file: Path, text: str) -> None:
    """Without a last line break, with those of another system, in a comment."""
    file.write_bytes(text.encode())
    append(file, "mode:ask")
    written = file.read_bytes()
    assert written.startswith(text.encode())
    assert parse_policy(written, "").answers_always("mode:ask", parse_policy(written, "").backend("far"))
    assert (b"\r\n" in written) is ("\r\n" in text)
    assert written.count(b"\n") == written.count(b"\r\n") or "\r\n" not in text


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400])
def test_mode_and_owner_stay(file: Path, mode: int) -> None:
    """The new file is as open or as closed as the old one, and never opener on the way."""
    file.chmod(mode)
    before = file.stat()
    append(file, "mode:ask")
    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


@posix
def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    """A policy that is kept elsewhere is changed there."""
    link = tmp_path / "config" / "policy.toml"
    link.parent.mkdir()
    link.symlink_to(file)
    append(link, "mode:ask")
    assert link.is_symlink()
    assert b"[[always]]" in file.read_bytes()


@posix
def test_a_file_that_others_may_change_is_not_taken_for_its_owners_word(file: Path) -> None:
    """Nothing is added to it: what stands there may be somebody else's."""
    file.chmod(0o622)
    assert "not yours alone" in unchanged(file, lambda: append(file, "mode:ask"))


def test_a_file_that_was_changed_meanwhile_is_left_alone(file: Path) -> None:
    """The person said yes under another policy."""
    asked_under = sha256(file.read_bytes())
    file.write_bytes(TEXT.replace('"ask"', '"cloud-first"').encode())
    said = unchanged(file, lambda: append_always(file, ["mode:ask"], "far", sha256=asked_under, on=DAY))
    assert "changed meanwhile" in said


def test_an_editor_that_saves_at_the_last_moment_wins(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read once more before it is replaced."""
    saved = TEXT + "# saved by an editor\n"
    real_sync = os.fsync

    def sync(fd: int) -> None:
        real_sync(fd)
        file.write_bytes(saved.encode())

    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(SettingsError, match="changed meanwhile"):
        append(file, "mode:ask")
    assert file.read_text() == saved
    assert os.listdir(file.parent) == ["policy.toml"]


def test_a_policy_that_the_tables_would_break_is_left_alone(file: Path) -> None:
    """An array of another spelling, a back end that is not there, a rule that cannot be one."""
    file.write_bytes(b'always = [{rule = "x", backend = "far"}]\n' + TEXT.encode())
    assert "not be a policy" in unchanged(file, lambda: append(file, "mode:ask"))
    file.write_bytes(TEXT.encode())
    assert "no such back end" in unchanged(file, lambda: append(file, "mode:ask", backend="nowhere"))
    assert "not be a policy" in unchanged(file, lambda: append(file, "x" * 101))
    assert unchanged(file, lambda: append(file, ""))
    assert "not be a policy" in unchanged(file, lambda: append(file, "\ud800"))


def test_a_missing_file_and_a_full_disk_are_one_line(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither leaves a draft behind."""
    with pytest.raises(SettingsError):
        append_always(tmp_path / "none.toml", ["mode:ask"], "far", sha256="", on=DAY)

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in unchanged(file, lambda: append(file, "mode:ask"))


@given(st.text(min_size=1, max_size=100))
def test_whatever_a_rule_is_called_it_is_written_as_it_is_or_not_at_all(name: str) -> None:
    """Quotes, backslashes, brackets and line breaks end no string and begin no table."""
    data = TEXT.encode()
    try:
        tables = policy_writing._tables(data, [name], "far", DAY)
    except UnicodeEncodeError:
        return  # a lone surrogate, which no file holds
    read = tomllib.loads((data + tables).decode())
    assert read["always"] == [{"rule": name, "backend": "far"}]


# ---------------------------------------------------------------- the wrapping


class Says:
    """A person who always says the same."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def ask(self, request: Request) -> Answer:
        del request
        return self._answer


def request(file: Path, *asks: str) -> Request:
    """A question under the policy that stands in the file."""
    text = redact("hello", Findings(), Legend("AAA"))
    verdict = policy.Verdict(Stance.ASK, asks[0], (), sha256(file.read_bytes()), "far", asks)
    parcel = pack("01", verdict, "far", "far.example", Zone.CLOUD, [PackedMessage(Role.USER, text)])
    return Request(parcel, ("hello",), asks, asks)


def remembering(file: Path, answer: Answer) -> tuple[RememberingConsent, list[str], list[str]]:
    """The consent, what it said, and the policies that were read again."""
    said: list[str] = []
    read: list[str] = []
    consent = RememberingConsent(
        Says(answer), file, reload=lambda: read.append(file.read_text()), say=said.append, clock=lambda: EPOCH
    )
    return consent, said, read


@pytest.mark.parametrize("answer", [Answer.NO, Answer.ONCE, Answer.CONVERSATION])
def test_other_answers_pass_and_write_nothing(file: Path, answer: Answer) -> None:
    """The policy is as it was."""
    consent, said, read = remembering(file, answer)
    assert consent.ask(request(file, "mode:ask")) is answer
    assert (file.read_text(), said, read) == (TEXT, [], [])


def test_always_is_written_and_the_policy_read_again(file: Path) -> None:
    """After it the policy itself answers: nobody is asked for this reason about this back end."""
    consent, said, read = remembering(file, Answer.ALWAYS)
    assert consent.ask(request(file, "mode:ask", "category:EMAIL")) is Answer.ALWAYS
    assert "on 2026-11-21" in read[0]
    assert "mode:ask, category:EMAIL at far" in said[0]
    after = parse_policy(file.read_bytes(), "")
    case = policy.Case(texts=("hi",), counts={}, now=EPOCH)
    assert policy.decide(after, case, after.backend("far")).stance is Stance.LEAVE
    assert policy.decide(after, case, after.backend("lab")).stance is Stance.ASK


def test_always_that_cannot_be_written_is_once_and_said(file: Path) -> None:
    """The parcel that was shown may go; the next is asked about again."""
    asked = request(file, "mode:ask")
    file.write_text(TEXT + "# changed\n")
    consent, said, read = remembering(file, Answer.ALWAYS)
    assert consent.ask(asked) is Answer.ONCE
    assert read == []
    assert len(said) == 1
    assert said[0].startswith("once, and not always: ")
