"""`key token`: keys of back ends, sealed; never on the command line, never shown."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faces.conftest import Person

KEY = "sk-test-0123456789-abcdef"


@pytest.fixture
def settled(person: Person) -> Person:
    """A person with a key store."""
    assert person.types("key", "init").code == 0
    return person


def test_a_key_is_kept_listed_by_name_and_removed(settled: Person) -> None:
    """Its value is in no output and in no file of the home."""
    kept = settled.types("key", "token", "set", "openai", stdin=f"{KEY}\n".encode())
    assert kept.code == 0
    assert "openai" in kept.err
    assert "no [backend.openai] yet" in kept.err
    assert settled.types("key", "token", "set", "lab", stdin=KEY.encode()).code == 0
    shown = settled.types("key", "token", "list")
    assert (shown.code, shown.out) == (0, "lab\nopenai\n")
    assert settled.types("key", "token", "list", "--json").json == ["lab", "openai"]
    assert KEY not in kept.out + kept.err + shown.out + shown.err
    assert KEY.encode() not in settled.every_byte()
    assert settled.types("key", "token", "remove", "openai").code == 0
    assert settled.types("key", "token", "list").out == "lab\n"
    gone = settled.types("key", "token", "remove", "openai")
    assert (gone.code, len(gone.err.splitlines())) == (2, 1)


def test_a_name_of_the_policy_is_kept_without_a_remark(settled: Person) -> None:
    """The back end stands there."""
    settled.writes_policy('[backend.far]\nzone = "cloud"\nkind = "openai"\nmodel = "m"\n')
    assert "yet" not in settled.types("key", "token", "set", "far", stdin=KEY.encode()).err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("openai", b""),
        ("openai", b"\n"),
        ("openai", b"two\nlines\n"),
        ("openai", b"with blank"),
        ("openai", "schlüssel".encode()),
        ("openai", b"\xff\xfe"),
        ("open ai", KEY.encode()),
        ("a" * 41, KEY.encode()),
        ("../x", KEY.encode()),
    ],
)
def test_what_cannot_be_a_key_or_a_name_is_one_line(settled: Person, name: str, value: bytes) -> None:
    """Exit 2, nothing is kept, and nothing of it is shown."""
    shown = settled.types("key", "token", "set", name, stdin=value)
    assert (shown.code, len(shown.err.splitlines())) == (2, 1)
    assert "schl" not in shown.err
    assert settled.types("key", "token", "list").out == ""


def test_a_key_on_the_command_line_is_refused_and_not_repeated(settled: Person) -> None:
    """It would stand in the history of the shell and in the list of processes."""
    shown = settled.types("key", "token", "set", "openai", KEY)
    assert shown.code == 2
    assert KEY not in shown.err + shown.out


def test_without_a_key_store_there_is_nothing_to_seal_it_in(person: Person) -> None:
    """Exit 7 and what to do; no key store is made on the way."""
    for words in (("set", "openai"), ("list",), ("remove", "openai")):
        shown = person.types("key", "token", *words, stdin=KEY.encode())
        assert (shown.code, len(shown.err.splitlines())) == (7, 1)
        assert "key init" in shown.err
    assert list(person.home.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals of POSIX")
def test_at_a_terminal_the_key_is_asked_for_and_not_echoed(settled: Person) -> None:
    """A real terminal: the prompt is there, what is typed is not."""
    person, terminal = pty.openpty()
    command = [sys.executable, "-m", "privacy_assistant", "--home", str(settled.home), "--key-file", str(settled.key)]
    child = subprocess.Popen(
        [*command, "key", "token", "set", "openai"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    os.close(terminal)
    seen = b""
    while b"Key: " not in seen:
        seen += os.read(person, 4096)
    os.write(person, f"{KEY}\n".encode())
    try:
        while piece := os.read(person, 4096):
            seen += piece
    except OSError:
        pass  # the other side was closed
    os.close(person)
    assert child.wait(60) == 0
    assert KEY.encode() not in seen
    assert b"kept, sealed" in seen
    assert settled.types("key", "token", "list").out == "openai\n"
