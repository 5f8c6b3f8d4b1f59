"""A command that prints a key: real child processes, and what they can see."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from privacy_assistant.app.key_command import CommandFailed, find_program, first_line

posix = pytest.mark.skipif(os.name != "posix", reason="sessions and shells of POSIX")


def python(code: str) -> list[str]:
    """A command that runs so much Python."""
    return [sys.executable, "-c", code]


@pytest.mark.parametrize(
    ("printed", "line"),
    [("'abc\\n'", "abc"), ("'abc'", "abc"), ("'abc\\r\\n'", "abc"), ("'abc\\n' + 'user: me\\n' * 100000", "abc")],
)
def test_the_first_line_is_the_answer(printed: str, line: str) -> None:
    """With or without a line break, and however much `pass show` says below it."""
    assert first_line(python(f"import sys; sys.stdout.write({printed})")) == line


def test_a_command_sees_no_secret_no_input_and_no_directory_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is a short list; its standard input ends at once; it stands in the root directory."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PRIVACY_ASSISTANT_PASSPHRASE", "secret")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")
    code = "import json, os, sys; print(json.dumps([dict(os.environ), sys.stdin.read(), os.getcwd()]))"
    seen, read, place = json.loads(first_line(python(code)))
    assert read == ""
    assert place == os.path.abspath(os.sep)
    assert not {"OPENAI_API_KEY", "PRIVACY_ASSISTANT_PASSPHRASE", "SSH_AUTH_SOCK"} & set(seen)
    assert "PATH" in seen


@posix
def test_a_command_finds_no_terminal_to_ask_on() -> None:
    """It is the leader of a session of its own, so /dev/tty cannot be opened."""
    code = "import os\ntry: os.open('/dev/tty', os.O_RDWR)\nexcept OSError: print('none')\nelse: print('one')"
    assert first_line(python(code)) == "none"
    assert first_line(python("import os; print(os.getsid(0) == os.getpid())")) == "True"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; print('sk-secret'); sys.exit(3)", "ended with exit status 3"),
        ("print()", "printed an empty first line"),
        ("pass", "printed an empty first line"),
        ("import sys; sys.stdout.buffer.write(bytes([255, 254]))", "printed something that is no text"),
    ],
)
def test_a_command_that_fails_is_told_without_what_it_printed(
    code: str, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The exit status is named; standard output and standard error are not shown."""
    with pytest.raises(CommandFailed) as failed:
        first_line(python(f"import sys; sys.stderr.write('sk-secret'); sys.stderr.flush()\n{code}"))
    assert str(failed.value) == why
    assert "sk-secret" not in "".join(capfd.readouterr())


@posix
def test_a_command_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """The whole group is killed: what it started lets go of the pipe that it held."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(CommandFailed, match="gave no answer within"):
            first_line(["sh", "-c", f"(exec 3>'{pipe}'; echo held >&3; sleep 60) & sleep 60"], limit_s=1)
        assert os.read(reader, 100) == b"held\n"
        os.set_blocking(reader, True)
        assert os.read(reader, 100) == b""
    finally:
        os.close(reader)


@posix
def test_a_daemon_that_holds_the_pipe_does_not_hold_us(tmp_path: Path) -> None:
    """An agent that the command left behind keeps standard output open until we let it go: the line counts before."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    code = (
        f"import subprocess\nprint('abc', flush=True)\nsubprocess.Popen(['cat', {str(gate)!r}], start_new_session=True)"
    )
    assert first_line(python(code)) == "abc"
    os.close(os.open(gate, os.O_WRONLY))


@pytest.mark.parametrize("word", ["no-such-program-anywhere", "./key", "bin/key", "/nowhere/key"])
def test_a_program_that_is_not_there_is_told(word: str) -> None:
    """Also one that is named from the directory one happens to be in: it would be looked for elsewhere."""
    assert find_program(word) is None
    with pytest.raises(CommandFailed, match="is not there"):
        first_line([word])


@posix
def test_a_relative_part_of_path_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH with a dot in it would run what lies in the directory one happens to be in."""
    planted = tmp_path / "planted-program"
    planted.write_text("#!/bin/sh\necho planted\n")
    planted.chmod(0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    assert find_program("planted-program") is None
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_program("planted-program") == str(planted)
    assert first_line(["planted-program"]) == "planted"
