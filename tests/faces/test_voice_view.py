"""The view of the voice: in a real terminal by tmux, and as lines where there is none."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.utils import get_cwidth

from privacy_assistant.faces.voice_view import State, status
from tests.faces import scripted_voice

ANSWERED = 'Answered(2, 12, "It is noon.", decision=Decision("skill", answered_by="skill:clock"))'
HEARD = 'Transcribed(2, 11, Transcript("what time is it", 0.9, "fake ear"))'

needs_tmux = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux (Debian: apt install tmux)"),
]


def soon(is_so: Callable[[], bool], *, within_s: float = 20) -> bool:
    """Whether it comes to be so: neither a terminal nor a file has an event to wait for."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


class Talk:
    """One tmux session of its own server with the view in it, fed by a pipe."""

    def __init__(self, place: Path, *, columns: int = 100, variables: str = "") -> None:
        self._socket = place / "tmux"
        self._told = place / "told"
        self._told.touch()
        pipe = place / "events"
        os.mkfifo(pipe)
        command = [sys.executable, "-m", "tests.faces.scripted_voice", str(pipe), str(self._told)]
        inside = f"cd {shlex.quote(str(Path(scripted_voice.__file__).parents[2]))}; env {variables}"
        ending = f"echo $? > {shlex.quote(str(place / 'code'))}; echo ended; sleep 60"
        self._code = place / "code"
        self._tmux("new-session", "-d", "-x", str(columns), "-y", "20", f"{inside} {shlex.join(command)}; {ending}")
        self._pipe = pipe.open("w", buffering=1, encoding="utf-8")
        self.plays('Level(0, 0, -60, "listening")')
        self.shows("listening")

    def plays(self, *events: str) -> None:
        for event in events:
            self._pipe.write(event + "\n")

    def ends(self) -> None:
        self._pipe.close()

    def presses(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def types(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def resizes(self, columns: int) -> None:
        self._tmux("resize-window", "-x", str(columns))

    @property
    def screen(self) -> str:
        """What is visible: tmux keeps a screen that was cleared among the lines that scrolled off."""
        return self._tmux("capture-pane", "-p")

    @property
    def everything(self) -> str:
        """With what scrolled off."""
        return self._tmux("capture-pane", "-p", "-S", "-200")

    @property
    def coloured(self) -> str:
        return self._tmux("capture-pane", "-p", "-e")

    @property
    def told(self) -> list[str]:
        return self._told.read_text(encoding="utf-8").splitlines()

    def shows(self, text: str) -> str:
        assert soon(lambda: text in self.screen), f"{text!r} did not come; the screen is:\n{self.screen}"
        return self.screen

    def stands(self, *rows: str) -> None:
        """Wait until these rows, and no other, stand on the screen."""
        assert soon(lambda: rows_of(self.screen) == list(rows)), f"the screen is:\n{self.screen}"

    def hides(self, text: str) -> None:
        assert soon(lambda: text not in self.screen), f"{text!r} stayed; the screen is:\n{self.screen}"

    def hears(self, *lines: str) -> None:
        assert soon(lambda: self.told == list(lines)), f"the controls were told {self.told}\n{self.screen}"

    def code(self) -> int:
        assert soon(self._code.exists), f"it did not end; the screen is:\n{self.screen}"
        self.shows("ended")
        return int(self._code.read_text())

    def closes_the_window(self) -> None:
        self._tmux("kill-window")

    def close(self) -> None:
        self._pipe.close()
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True, check=False)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments], capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """The view at 100 columns."""
    opened = Talk(tmp_path)
    yield opened
    opened.close()


def rows_of(screen: str) -> list[str]:
    """What stands on the screen, without empty rows."""
    return [row.rstrip() for row in screen.splitlines() if row.strip()]


class TestAtATerminal:
    """Driven by tmux."""

    pytestmark = needs_tmux

    def test_the_conversation_scrolls_above_the_meter(self, talk: Talk) -> None:
        """What was said, the answer with its badge and a notice stand in order; meter and state follow the events."""
        talk.plays('Level(1, 10, -30, "hearing")')
        talk.shows("[#####.....] hearing · space talk · esc stop · F2 microphone · ^C quit")
        talk.plays(HEARD, ANSWERED, 'Told(3, 13, "the microphone is back")', 'Level(3, 13, -60, "speaking")')
        talk.shows("[..........] speaking")
        talk.stands(
            "you: what time is it",
            "It is noon.",
            "[local · skill:clock · skill]",
            "the microphone is back",
            "›",
            "[..........] speaking · space talk · esc stop · F2 microphone · ^C quit",
        )

    def test_an_answer_grows_above_the_input_line_and_stands_once(self, talk: Talk) -> None:
        """Its words are shown as they come, before the row is full; the whole answer adds its badge alone."""
        talk.plays(HEARD, 'Worded(2, 12, "It is")')
        talk.shows("It is\n›")
        talk.types("typed meanwhile")
        talk.plays('Worded(2, 12, " noon.")')
        talk.shows("It is noon.\n› typed meanwhile")
        talk.plays(ANSWERED, 'Level(3, 13, -60, "speaking")')
        talk.stands(
            "you: what time is it",
            "It is noon.",
            "[local · skill:clock · skill]",
            "› typed meanwhile",
            "[..........] speaking · space talk · esc stop · F2 microphone · ^C quit",
        )

    def test_an_answer_that_begins_again_is_marked(self, talk: Talk) -> None:
        """What was shown is superseded, not unsaid."""
        talk.plays('Worded(2, 12, "It is mid")', 'Worded(2, 12, "It is noon.", True)', ANSWERED)
        talk.shows("It is mid\nonce more:\nIt is noon.\n[local")

    def test_long_answers_wrap_between_words(self, tmp_path: Path) -> None:
        """At 40 columns, word by word: no word is cut, none is lost, and the rows that are full scroll."""
        talk = Talk(tmp_path, columns=40)
        words = [f"word{number}" for number in range(60)]
        try:
            talk.plays(*[f'Worded(2, 12, "{word} ")' for word in words], ANSWERED)
            talk.shows("[local")
            assert " ".join(talk.everything.split("listening", 1)[-1].split()).count(" ".join(words)) == 1
        finally:
            talk.close()

    def test_a_typed_question_arrives_and_is_shown_once(self, talk: Talk) -> None:
        """The line goes to the loop, stands in the conversation, and does not stand there again when it is heard."""
        talk.types("what time is it")
        talk.presses("Enter")
        talk.hears("type what time is it")
        talk.plays(HEARD, ANSWERED)
        assert talk.shows("[local").count("what time is it") == 1

    def test_a_space_within_a_line_is_a_space(self, talk: Talk) -> None:
        """The key talks on an empty line alone."""
        talk.types("a b")
        talk.presses("Enter")
        talk.hears("type a b")

    def test_a_tap_opens_and_the_next_one_closes(self, talk: Talk) -> None:
        """A key that does not repeat stays down until it is pressed again; the state says that it hears."""
        talk.presses("Space")
        talk.hears("press")
        talk.shows("hearing")
        time.sleep(1.2)  # longer than any terminal takes until a key repeats
        assert talk.told == ["press"]
        talk.presses("Space")
        talk.hears("press", "release")

    def test_a_held_key_is_let_go_when_its_repeats_stop(self, talk: Talk) -> None:
        """Repeats keep it down, and nothing of them reaches the input line."""
        talk.presses(*["Space"] * 3)
        talk.hears("press", "release")
        talk.types("x")
        talk.presses("Enter")
        talk.hears("press", "release", "type x")

    def test_keys_stop_and_mute(self, talk: Talk) -> None:
        """Escape stops speaking; F2 and Ctrl-T toggle the microphone."""
        talk.presses("Escape")
        talk.hears("stop")
        talk.presses("F2", "C-t")
        talk.hears("stop", "toggle", "toggle")

    def test_ctrl_c_between_questions_ends_with_zero(self, talk: Talk) -> None:
        """Nothing is cut where nothing is said: the loop is closed and its events are read to the end."""
        talk.presses("C-c")
        assert talk.code() == 0
        assert talk.told == ["close", "ended"]

    def test_ctrl_c_in_an_answer_ends_as_interrupted(self, talk: Talk) -> None:
        """Somebody was spoken to, and that was cut."""
        talk.plays('Level(1, 10, -30, "speaking")')
        talk.shows("speaking")
        talk.presses("C-c")
        assert talk.code() == 130

    def test_ctrl_d_ends_it_too(self, talk: Talk) -> None:
        """End of input on an empty line, as in `chat`."""
        talk.presses("C-d")
        assert talk.code() == 0

    def test_the_end_of_the_events_ends_the_view(self, talk: Talk) -> None:
        """A file that was heard to its end: nobody has to press a key, and the last words stand there."""
        talk.plays(HEARD, ANSWERED)
        talk.ends()
        assert talk.code() == 0
        assert "It is noon." in talk.screen
        assert "[....." not in talk.screen

    def test_an_error_of_the_loop_ends_the_view_and_is_raised(self, talk: Talk) -> None:
        """The terminal is as it was, and the error reaches the command."""
        talk.plays('EngineMissing("There is no microphone.")')
        assert talk.code() == 8
        assert "failed: There is no microphone." in talk.screen

    def test_a_narrow_terminal_keeps_meter_and_state(self, tmp_path: Path) -> None:
        """At 40 columns the help gives way, and nothing wraps but the conversation."""
        talk = Talk(tmp_path, columns=40)
        try:
            talk.plays(HEARD, 'Level(1, 10, -30, "speaking")')
            talk.stands("you: what time is it", "›", "[#####.....] speaking · space talk")
        finally:
            talk.close()

    def test_a_resize_is_followed(self, talk: Talk) -> None:
        """From 100 to 40 columns and back, the help goes and comes back."""
        talk.resizes(40)
        talk.hides("quit")
        talk.shows("listening · space talk")
        talk.resizes(100)
        talk.shows("^C quit")

    def test_wide_letters_and_control_characters_do_no_harm(self, talk: Talk) -> None:
        """Chinese, combining and right-to-left text scrolls; an escape sequence of an answer steers nothing."""
        talk.plays(
            r'Transcribed(1, 1, Transcript("你好 naïve שלום", 0.9, "fake ear"))',
            r'Answered(2, 2, "one \x1b[2J\x1b[31mtwo\u202e three")',
        )
        screen = talk.shows("three")
        assert "你好 naïve שלום" in screen
        assert "one [2J[31mtwo three" in screen

    def test_without_colour_there_is_none(self, tmp_path: Path) -> None:
        """NO_COLOR takes colour and faintness from the meter and from the lines."""
        talk = Talk(tmp_path, variables="NO_COLOR=1")
        try:
            talk.plays(HEARD, ANSWERED, 'Level(1, 10, -30, "speaking")')
            talk.shows("speaking")
            talk.shows("[local")
            assert "\x1b[" not in talk.coloured.replace("\x1b[0m", "").replace("\x1b[39m", "").replace("\x1b[49m", "")
        finally:
            talk.close()

    def test_with_colour_the_badge_is_faint_and_the_meter_is_not(self, talk: Talk) -> None:
        """The counterpart: so the test before can fail."""
        talk.plays(HEARD, ANSWERED, 'Level(1, 10, -30, "speaking")')
        talk.shows("[local")
        talk.shows("#")
        assert "\x1b[2m[local" in talk.coloured
        assert "\x1b[32m#####" in talk.coloured

    def test_a_terminal_that_is_closed_ends_the_loop(self, talk: Talk) -> None:
        """The window goes: the loop is told to close, and its events are read to the end."""
        talk.plays('Level(1, 10, -30, "speaking")')
        talk.shows("speaking")
        talk.closes_the_window()
        assert soon(lambda: talk.told == ["close", "ended"]), f"the controls were told {talk.told}"


class Piped:
    """The view in a child without a terminal, fed by a pipe."""

    def __init__(self, place: Path, *arguments: str) -> None:
        self._told = place / "told"
        pipe = place / "events"
        os.mkfifo(pipe)
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.faces.scripted_voice", str(pipe), str(self._told), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._pipe = pipe.open("w", buffering=1, encoding="utf-8")

    def plays(self, *events: str) -> None:
        for event in events:
            self._pipe.write(event + "\n")

    def ends(self) -> tuple[str, str]:
        self._pipe.close()
        return self.child.communicate(timeout=20)

    @property
    def told(self) -> list[str]:
        return self._told.read_text(encoding="utf-8").splitlines() if self._told.exists() else []


def test_without_a_terminal_there_are_plain_lines(tmp_path: Path) -> None:
    """Words go to standard output, what is about them to the other stream, and no escape code to either."""
    view = Piped(tmp_path)
    view.plays(
        'Level(0, 0, -30, "hearing")', HEARD, ANSWERED, 'Told(3, 13, "no loudspeaker")', "Done(4, 14, 1.0, True)"
    )
    out, err = view.ends()
    assert out == "you: what time is it\nIt is noon.\n"
    assert err == "[local · skill:clock · skill]\nno loudspeaker\nstopped; 1.0 s of it were heard\n"
    assert view.child.returncode == 0


def test_words_that_reach_a_terminal_steer_none(tmp_path: Path) -> None:
    """Where the input alone is no terminal: plain lines, and what an answer would do to the screen is taken out."""
    ours, theirs = os.openpty()
    pipe, told = tmp_path / "events", tmp_path / "told"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "tests.faces.scripted_voice", str(pipe), str(told)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        pipe.write_text(
            r'Answered(2, 2, "one \x1b[2Jtwo")' + "\n" + r'Told(3, 3, "a \x1b[2Jb")' + "\n", encoding="utf-8"
        )
        shown = b""
        while b"b" not in shown:
            shown += os.read(ours, 1000)
        assert child.wait(timeout=20) == 0
    os.close(ours)
    assert shown.split() == [b"one", b"[2Jtwo", b"a", b"[2Jb"]


def test_as_json_each_event_is_a_line_and_the_meter_is_none(tmp_path: Path) -> None:
    """Only objects come, in order, and nothing on the other stream."""
    view = Piped(tmp_path, "json")
    view.plays('Woke(0, 0, "alexa")', 'Level(0, 0, -30, "hearing")', HEARD, ANSWERED, "Done(4, 14, 1.0)")
    out, err = view.ends()
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["wake", "transcript", "answer", "done"]
    assert err == ""


def test_an_interrupt_without_a_terminal_closes_the_loop(tmp_path: Path) -> None:
    """Ctrl-C while it speaks: the loop ends by itself, and the exit code says that something was cut."""
    view = Piped(tmp_path)
    view.plays(HEARD, "FirstAudio(3, 12)", ANSWERED)
    assert view.child.stdout is not None
    assert view.child.stderr is not None
    view.child.stderr.readline()  # the badge: it is in the answer now
    view.child.send_signal(signal.SIGINT)
    assert view.child.wait(timeout=20) == 130
    assert view.told == ["close", "ended"]
    view.ends()


def test_a_cut_that_comes_after_the_person_left_counts() -> None:
    """The loop's last event tells what the state of a moment ago did not."""
    state = State()
    state.take(scripted_voice.read('Level(0, 0, -30, "listening")'))  # type: ignore[arg-type] # it is no error
    state.leave()
    assert not state.is_cut
    state.take(scripted_voice.read("Done(4, 14, 1.0, True)"))  # type: ignore[arg-type] # it is no error
    assert state.is_cut


@pytest.mark.parametrize("word", ["asleep", "listening", "hearing", "thinking", "speaking"])
@pytest.mark.parametrize("width", [1, 8, 20, 24, 40, 47, 80, 200])
def test_the_line_is_narrower_than_the_terminal(word: str, width: int) -> None:
    """It never wraps, and where there is room it begins with the meter."""
    text = "".join(part[1] for part in status(-20.0, word, width))
    assert get_cwidth(text) < max(width, 1)
    assert text == "" or word.startswith(text) or f"] {word}" in text


@pytest.mark.parametrize(
    ("dbfs", "cells", "style"),
    [
        (-120.0, 0, "level"),
        (-60.0, 0, "level"),
        (-30.0, 5, "level"),
        (-6.0, 9, "level.loud"),
        (0.0, 10, "level.clipping"),
    ],
)
def test_the_meter_grows_with_the_level(dbfs: float, cells: int, style: str) -> None:
    """Ten cells for 60 dB; a colour for loud, and another for what is cut off."""
    fragments = status(dbfs, "hearing", 80)
    assert fragments[1][1] == "#" * cells + "." * (10 - cells)
    assert fragments[1][0] == f"class:{style}"
