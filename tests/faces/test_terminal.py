"""`chat` in a real terminal, by tmux."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.egress.household import KEY, KEY_VARIABLE, policy_of
from tests.egress.servers.capturing import CapturingServer, name_placeholders
from tests.faces.conftest import Person

MAIL = "anna.okafor@example.org"

HELD = ("HOME", "PYTHON_KEYRING_BACKEND", KEY_VARIABLE, "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH")
"""What of the environment goes along; a sound server of the tests is found by the last three."""

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux (Debian: apt install tmux)"),
]


class Screen:
    """One tmux session of its own server, with the program in it."""

    def __init__(
        self, socket: Path, person: Person, *arguments: str, with_key: bool = True, **environment: str
    ) -> None:
        self._socket = socket
        command = [
            *(sys.executable, "-m", "privacy_assistant", "--home", str(person.home)),
            *(("--key-file", str(person.key)) if with_key else ()),
            *(arguments or ("chat",)),
        ]
        held = {name: os.environ[name] for name in HELD if name in os.environ} | environment
        inside = " ".join(f"{name}={shlex.quote(value)}" for name, value in held.items())
        self._tmux(
            "new-session", "-d", "-x", "110", "-y", "40", f"{inside} {shlex.join(command)}; echo ended $?; sleep 60"
        )

    def types(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")

    def presses(self, key: str) -> None:
        self._tmux("send-keys", key)

    def shows(self, text: str, *, within_s: float = 40) -> str:
        """Wait until the text is on the screen; the screen. Fails when it does not come."""
        deadline = time.monotonic() + within_s
        while True:
            screen = self._tmux("capture-pane", "-p", "-S", "-200")
            if text in screen:
                return screen
            if time.monotonic() > deadline:
                pytest.fail(f"{text!r} did not come; the screen is:\n{screen}")
            time.sleep(0.05)  # a terminal has no event to wait for

    def shows_after(self, line: str, characters: int, *, within_s: float = 60) -> None:
        """Wait until so much text stands below the line that was typed."""
        self.shows(line)
        deadline = time.monotonic() + within_s
        while len(self._tmux("capture-pane", "-p", "-S", "-200").rpartition(line)[2].strip()) < characters:
            if time.monotonic() > deadline:
                pytest.fail(f"nothing came after {line!r}")
            time.sleep(0.05)

    def close(self) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True, check=False)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments], capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout


@pytest.fixture
def screen(tmp_path: Path, person: Person) -> Iterator[Screen]:
    """The chat, open."""
    opened = Screen(tmp_path / "tmux", person)
    yield opened
    opened.close()


def test_a_conversation_with_badges_commands_and_an_end(screen: Screen, person: Person) -> None:
    """Questions are answered with a badge each, /why explains, /quit ends with 0, and both turns are kept."""
    screen.shows("on this machine")
    screen.types("What is the capital of France?")
    screen.shows("[local · smollm2")
    assert "Paris" in screen.shows("Paris")
    screen.types("what is 15% of 80?")
    screen.shows("[local · skill:calculator")
    screen.types("/why")
    screen.shows("nothing left this machine")
    screen.types("/quit")
    screen.shows("ended 0")
    assert len(person.types("history", "list", "--json").json) == 1
    assert person.types("history", "list", "--json").json[0]["messages"] == 4


def test_ctrl_c_in_an_answer_keeps_what_was_shown(screen: Screen, person: Person) -> None:
    """An answer is cut, the chat goes on, the shown part is in the history and marked."""
    screen.shows("on this machine")
    screen.types("Tell me a very long story about a ship.")
    screen.shows_after("story about a ship.", 40)
    screen.presses("C-c")
    screen.shows("interrupted; what you saw is kept")
    screen.types("what is 2+2?")
    screen.shows("skill:calculator")
    screen.presses("C-d")
    screen.shows("ended 0")
    (conversation,) = person.types("history", "list", "--json").json
    rows = person.types("history", "show", conversation["conversation"], "--json").json
    assert rows[1]["is_cut"] is True
    assert rows[1]["text"]


def test_a_timer_rings_while_the_chat_is_open(screen: Screen) -> None:
    """Two seconds later its line is on the screen, without anything being typed."""
    screen.shows("on this machine")
    screen.types("set a tea timer for 2 seconds")
    screen.shows("Your tea timer is done")


def test_cloud_in_the_chat_is_refused_in_one_line_and_forget_destroys(screen: Screen, person: Person) -> None:
    """/cloud without a policy: one line; /forget removes the conversation for good."""
    screen.shows("on this machine")
    screen.types("what is 2+2?")
    screen.shows("skill:calculator")
    screen.types("/cloud")
    screen.types("hello there")
    screen.shows("the policy refused")
    screen.types("/forget")
    screen.shows("the old keys are destroyed")
    screen.types("/quit")
    screen.shows("ended 0")
    assert person.types("history", "list", "--json").json == []


def test_what_was_typed_is_in_no_file(screen: Screen, person: Person) -> None:
    """Line history lives in memory: the words stand nowhere, and come back with the up key from the sealed history."""
    screen.shows("on this machine")
    screen.types("what is 2+2? zanzibar")
    screen.shows("[local")
    assert b"zanzibar" not in person.every_byte()
    home = Path(os.environ["HOME"])
    assert not any(b"zanzibar" in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_conversation_purged_elsewhere_does_not_end_the_chat(screen: Screen, person: Person) -> None:
    """It is said, and the next question begins a new conversation."""
    screen.shows("on this machine")
    screen.types("what is 2+2?")
    screen.shows("skill:calculator")
    assert person.types("purge-history", "--all", "--yes").code == 0
    screen.types("what is 3+3?")
    screen.shows("was removed meanwhile")
    screen.types("what is 20+22?")
    screen.shows("42")
    screen.types("/quit")
    screen.shows("ended 0")
    assert len(person.types("history", "list", "--json").json) == 1


def test_a_cloud_is_asked_with_a_yes_and_a_failure_is_no_answer(
    person: Person, tmp_path: Path, capturing_server: CapturingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question about the parcel stands in the chat; with /cloud a server that is gone is told in a line, after
    which /why does not speak of an earlier answer."""
    capturing_server.answer = name_placeholders
    person.writes_policy(policy_of(capturing_server.url, top='[categories]\nEMAIL = "ask"'))
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    screen = Screen(tmp_path / "tmux", person)
    try:
        screen.shows("may ask there")
        screen.types("Mail anna.okafor@example.org that I am late")
        assert "+ Mail ⟦EMAIL·" in screen.shows("[N]o:")
        screen.types("c")
        screen.shows("[cloud there (1 redacted)")
        assert "You wrote of anna.okafor@example.org." in screen.shows("You wrote of")
        capturing_server.close()
        screen.types("/cloud")
        screen.types("What is the capital of France?")
        screen.shows("there: it takes no connection · check that it runs, and base_url in the policy")
        screen.types("/why")
        screen.shows("the last question got no answer")
    finally:
        screen.close()
    assert [MAIL in request.body.decode() for request in capturing_server.requests] == [False]
