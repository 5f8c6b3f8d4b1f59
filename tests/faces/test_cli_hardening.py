"""What a hostile shell can do to the command line: one clear line, the exit code of the contract, nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faces.conftest import Person

posix = pytest.mark.skipif(os.name != "posix", reason="shells, signals and modes of POSIX")

STORY = "Tell me a very long story about a ship and its crew."


def shell(person: Person, line: str, **environment: str) -> tuple[int, str, str]:
    """Run a line of sh; `$PA` is the program with this person's home and key."""
    program = f'"{sys.executable}" -m privacy_assistant --home "{person.home}" --key-file "{person.key}"'
    done = subprocess.run(
        ["bash", "-c", line.replace("$PA", program)],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# ---------------------------------------------------------------- standard streams


@posix
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">&- 2>&-"])
def test_a_closed_stream_stops_no_answer(person: Person, closed: str) -> None:
    """The turn is kept whichever standard stream is closed, exit 0, and no file takes the number of one."""
    code, _, err = shell(person, f"$PA ask 'what is 2+2?' {closed}")
    assert (code, "fault" in err) == (0, False)
    (row,) = person.types("history", "list", "--json").json
    assert row["messages"] == 2


@posix
@pytest.mark.parametrize("command", ["--help", "history list", "history search zebra --json", "ask 'what is 3+3?'"])
def test_a_reader_that_left_is_no_error(person: Person, command: str) -> None:
    """The other end of the pipe is closed: exit 0, nothing on stderr about it."""
    person.types("ask", "what is 2+2?")
    code, _, err = shell(person, f"(sleep 1; $PA {command}; echo $? >&2) | true")
    assert code == 0
    assert err.splitlines()[-1] == "0"
    assert "Traceback" not in err
    assert "Broken" not in err


@posix
def test_a_reader_that_left_is_no_error_in_an_error(person: Person) -> None:
    """Where the error itself cannot be written, its exit code still comes, and no traceback."""
    code, _, err = shell(person, "(sleep 1; $PA explain zzzz --json; echo $? >&2) | true")
    assert (code, "Traceback" in err) == (0, False)
    assert err.splitlines()[-1] == "2"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line(person: Person) -> None:
    """stdout full: exit 1 and one line with a remedy, with --json on stderr; stderr full: the answer, exit 0."""
    code, _, err = shell(person, "$PA -q ask 'what is 2+2?' >/dev/full")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "make room" in err
    code, _, err = shell(person, "$PA -q ask --json 'what is 2+2?' >/dev/full")
    assert (code, len(err.splitlines())) == (1, 1)
    code, out, _ = shell(person, "$PA ask 'what is 2+2?' 2>/dev/full")
    assert (code, out) == (0, "4\n")


@posix
@pytest.mark.parametrize("command", ["redact '€ ½ ß a@b.de é'", "route --json '€ ½ ß a@b.de é moon'"])
def test_no_locale_loses_a_letter_on_its_way_to_a_program(person: Person, command: str) -> None:
    """Under an ASCII locale the output of a pipe is UTF-8 all the same."""
    code, out, _ = shell(person, f"$PA {command}", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert code == 0
    assert "€ ½ ß" in out
    assert "é" in out


# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "tell", "me", "about", "zanzibar"),
        ("explain", "abcd.²"),
        ("history", "export", "-o", "-", "--plaintext", "--yes"),
        ("history", "export", "-o", "x", "--recipient", "\udcff"),
        ("redact", "--jsonl", "text"),
        ("--passphrase-fd", "99999999999999", "ask", "hi"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_exit_2(person: Person, arguments: tuple[str, ...]) -> None:
    """No fault, no echo of a question, no file called '-'."""
    person.types("key", "init")
    shown = person.types(*arguments)
    assert (shown.code, len(shown.err.splitlines())) == (2, 1)
    assert "fault" not in shown.err
    assert "zanzibar" not in shown.err
    assert not Path("-").exists()


@pytest.mark.parametrize("place", ["", "~nobody-of-this-name"])
def test_a_home_that_names_no_place_is_a_usage_error(person: Person, place: str) -> None:
    """An empty variable in a script does not become the working directory."""
    shown = person.types("--home", place, "config", "path")
    assert (shown.code, len(shown.err.splitlines())) == (2, 1)


def test_a_group_without_a_command_shows_its_help_and_exits_2(person: Person) -> None:
    """Help in lines on stderr, one object with --json."""
    shown = person.types("history")
    assert shown.code == 2
    assert len(shown.err.splitlines()) > 5
    shown = person.types()
    assert (shown.code, shown.out) == (2, "")


def test_every_hint_stays_on_the_line(person: Person) -> None:
    """A hint with an example of several lines is still one line."""
    file = person.home.parent / "examples.toml"
    file.write_text("")
    shown = person.types("policy", "test", str(file))
    assert (shown.code, len(shown.err.splitlines())) == (2, 1)


@posix
def test_a_name_that_would_steer_the_terminal_does_not_in_an_error(person: Person) -> None:
    """Of a file on a stick, which somebody else named; for programs nothing of it is lost."""
    place = person.home.parent / "a\x1b]0;mine\x07\u202e" / "not-there.txt"
    shown = person.types("say", "hello", "-o", str(place))
    assert shown.code != 0
    assert "not-there.txt" in shown.err or "]0;mine" in shown.err
    assert not set("\x1b\x07\u202e") & set(shown.err)
    told = person.types("say", "hello", "-o", str(place), "--json")
    assert not set("\x1b\x07\u202e") & set(told.out)
    assert "\x1b]0;mine\x07\u202e" in told.json["error"]["message"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
@pytest.mark.parametrize("command", [("ask", "sum", "--file"), ("redact", "--file"), ("redact", "--jsonl", "--file")])
def test_a_file_without_an_end_is_refused(person: Person, command: tuple[str, ...]) -> None:
    """/dev/zero: exit 2, one line."""
    shown = person.types(*command, "/dev/zero")
    assert (shown.code, len(shown.err.splitlines())) == (2, 1)
    assert "16 MiB" in shown.err


def test_jsonl_reads_the_named_file_and_answers_line_by_line(person: Person) -> None:
    """--jsonl --file F; and a program at the other end gets each line before it sends the next."""
    file = person.home.parent / "in.jsonl"
    file.write_text('{"id": 1, "text": "a@b.de"}\n')
    assert person.types("redact", "--jsonl", "--file", str(file)).json["id"] == 1
    process = subprocess.Popen(
        [sys.executable, "-m", "privacy_assistant", "redact", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "text": "hello"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number


# ---------------------------------------------------------------- the home


@pytest.mark.parametrize(
    "command", [("ask", "what is 2+2?"), ("route", "moon"), ("policy", "init"), ("config", "show")]
)
def test_a_home_that_is_a_file_is_one_line_with_a_remedy(person: Person, command: tuple[str, ...]) -> None:
    """What is wrong is the home, and that is said."""
    file = person.home.parent / "file"
    file.write_text("x")
    shown = person.types("--home", str(file), *command)
    assert shown.code in (1, 2)
    assert "is not a directory" in shown.err
    assert "--home" in shown.err
    assert file.read_text() == "x"


@posix
def test_a_named_pipe_in_the_place_of_the_policy_is_not_waited_for(person: Person) -> None:
    """policy check: exit 1; a local answer still comes."""
    os.mkfifo(person.home / "policy.toml")
    assert person.types("policy", "check").code == 1
    assert person.types("ask", "what is 2+2?").code == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs the right to give a file limit")
def test_a_file_that_could_not_be_written_whole_is_not_left_behind(person: Person) -> None:
    """Half a policy would be read as the person's word."""
    code, _, err = shell(person, "ulimit -f 0; $PA policy init")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert not (person.home / "policy.toml").exists()


@posix
def test_side_files_of_a_read_only_time_do_not_outlive_it(person: Person) -> None:
    """SQLite makes its side files with the database's mode; a person who gives the right back can go on."""
    person.types("ask", "what is 2+2?")
    for suffix in ("-wal", "-shm"):
        file = Path(f"{person.home / 'history.db'}{suffix}")
        file.touch()
        file.chmod(0o400)
    assert person.types("ask", "what is 3+3?").code == 0


def test_doctor_sees_a_history_without_its_keys(person: Person) -> None:
    """Exit 1 and a remedy, though doctor asks for no key."""
    person.types("ask", "what is 2+2?")
    (person.home / "keys.store").unlink()
    body = person.types("doctor", "--json", with_key=False)
    assert body.code == 1
    (keys,) = [check for check in body.json["checks"] if check["name"] == "keys"]
    assert (keys["state"], "--panic" in keys["remedy"]) == ("fault", True)
    shown = person.types("purge-history", "--panic", "--yes", with_key=False)
    assert "1 database files" in shown.out
    assert "destroyed" not in shown.out
    assert not (person.home / "history.db").exists()


@posix
def test_doctor_sees_a_history_that_is_a_link(person: Person) -> None:
    """A link is refused when it is opened, so doctor names it before."""
    person.types("ask", "what is 2+2?")
    (person.home / "history.db").rename(person.home / "elsewhere.db")
    (person.home / "history.db").symlink_to(person.home / "elsewhere.db")
    assert person.types("doctor").code == 1


def test_an_empty_home_is_not_told_that_keys_were_destroyed(person: Person) -> None:
    """A receipt claims nothing that was not done."""
    shown = person.types("purge-history", "--all", "--yes", with_key=False)
    assert "destroyed" not in shown.out


# ---------------------------------------------------------------- signals


def _answering(person: Person, *, ignored: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """A process that is in the middle of a long answer."""

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "privacy_assistant", "--home", str(person.home)),
            *("--key-file", str(person.key), "ask", STORY),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=prepare,
    )
    assert process.stdout is not None
    assert process.stdout.read(5)
    return process


@posix
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)]
)
def test_a_signal_in_an_answer_keeps_what_was_shown(person: Person, number: int, code: int) -> None:
    """Ctrl-C, a request to end and a closed window: the shown part is in the history, and marked."""
    process = _answering(person)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    (row,) = person.types("history", "list", "--json").json
    answer = person.types("history", "show", row["conversation"], "--json").json[1]
    assert answer["is_cut"] is True
    assert answer["text"]


@posix
def test_a_signal_that_was_to_be_ignored_stays_ignored(person: Person) -> None:
    """`nohup`, or `&` in a script: the answer is whole."""
    process = _answering(person, ignored=(signal.SIGINT, signal.SIGHUP))
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0


# ---------------------------------------------------------------- two processes at once


def _begins(person: Person, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "privacy_assistant", "--home", str(person.home)),
            *("--key-file", str(person.key), *arguments),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_questions_at_the_same_moment_are_all_kept(person: Person) -> None:
    """Five processes in one new home: five answers, five conversations, one key store."""
    several = [_begins(person, "ask", f"what is {n}+{n}?") for n in range(1, 6)]
    answers = {process.communicate(timeout=60)[0].decode().strip() for process in several}
    assert answers == {"2", "4", "6", "8", "10"}
    assert len(person.types("history", "list", "--json").json) == 5


def test_a_purge_in_the_middle_of_an_answer_loses_neither(person: Person) -> None:
    """The whole answer comes, exit 0, with a notice that it is not kept; and nothing of it is."""
    process = _begins(person, "ask", "What is the capital of France, and what is it known for?")
    assert process.stdout is not None
    assert process.stdout.read(1)
    assert person.types("purge-history", "--all", "--yes").code == 0
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "removed meanwhile" in err.decode()
    assert person.types("history", "list", "--json").json == []


def test_an_answer_goes_on_under_the_new_keys_of_a_purge_elsewhere(person: Person) -> None:
    """A rotation in the middle: the answer is kept with its question."""
    process = _begins(person, "ask", "What is the capital of France, and what is it known for?")
    assert process.stdout is not None
    assert process.stdout.read(1)
    assert person.types("key", "rotate").code == 0
    process.communicate(timeout=60)
    assert process.returncode == 0
    (row,) = person.types("history", "list", "--json").json
    assert row["messages"] == 2


def test_the_hint_of_a_foreign_history_leads_out(person: Person) -> None:
    """A database of another home: one line, and the command that it names works."""
    person.types("ask", "what is 2+2?")
    other = person.home.parent / "other"
    person.types("--home", str(other), "ask", "what is 3+3?")
    (other / "history.db").replace(person.home / "history.db")
    shown = person.types("ask", "what is 2+2?")
    assert (shown.code, len(shown.err.splitlines())) == (1, 1)
    assert "purge-history --everything" in shown.err
    assert person.types("purge-history", "--everything", "--yes").code == 0
    assert person.types("ask", "what is 2+2?").code == 0


def test_the_hint_of_a_lost_history_leads_out(person: Person) -> None:
    """The database is gone and its keys are there: the command that is named works."""
    person.types("ask", "what is 2+2?")
    (person.home / "history.db").unlink()
    shown = person.types("ask", "what is 2+2?")
    assert (shown.code, len(shown.err.splitlines())) == (1, 1)
    assert "purge-history --all" in shown.err
    assert person.types("purge-history", "--all", "--yes").code == 0
    assert person.types("ask", "what is 2+2?").code == 0


@posix
def test_little_memory_is_no_traceback(person: Person) -> None:
    """Nothing from the thread that loads the model; how far native code comes is up to the system."""
    _, out, err = shell(person, "ulimit -v 200000; $PA -q ask 'name a colour'")
    assert "Traceback" not in out + err
