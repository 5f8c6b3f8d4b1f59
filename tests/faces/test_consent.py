"""Consent at a real terminal (a pty): what is shown, what counts as yes, and that everything else is no."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.app.opening import Silence
from privacy_assistant.core import policy
from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.redaction import Legend, redact
from privacy_assistant.core.sound import Recording
from privacy_assistant.core.sound_parcel import SoundParcel, pack_recording, pack_speech
from privacy_assistant.core.turn import Role, Zone
from privacy_assistant.faces.consent import TerminalConsent, YesRedacted
from privacy_assistant.faces.parcel_view import describe, everything
from tests.faces.asking_consent import QUESTION, request

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals of POSIX")

PROMPT = "[N]o: "


class Desk:
    """A pseudo-terminal and the person before it; what they see is collected."""

    def __init__(self) -> None:
        self.person, self._terminal = os.openpty()
        self.stdin: TextIO = os.fdopen(self._terminal, encoding="utf-8", closefd=False)
        self.stderr: TextIO = os.fdopen(self._terminal, "w", encoding="utf-8", closefd=False)
        self.seen = ""

    def types(self, text: bytes) -> None:
        os.write(self.person, text)

    def reads_until(self, text: str) -> str:
        """What is on the screen once this stands there."""
        while text not in self.seen:
            self.seen += os.read(self.person, 65536).decode("utf-8", "replace")
        return self.seen

    def answers(self, asked: Request, *lines: bytes, silence_s: float = 30) -> Answer:
        """Read up to each prompt, then type the next line; the answer that was taken."""

        def sit() -> None:
            for line in lines:
                self.reads_until(PROMPT)
                shown, _, self.seen = self.seen.rpartition(PROMPT)
                self.shown += shown
                self.types(line)

        self.shown = ""
        person = threading.Thread(target=sit, daemon=True)
        person.start()
        answer = TerminalConsent(self.stdin, self.stderr, silence_s=silence_s).ask(asked)
        person.join(10)
        return answer

    def close(self) -> None:
        self.stdin.close()
        self.stderr.close()
        os.close(self.person)
        os.close(self._terminal)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A terminal of its own."""
    opened = Desk()
    yield opened
    opened.close()


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"o\n", Answer.ONCE),
        (b" ONCE \n", Answer.ONCE),
        (b"c\n", Answer.CONVERSATION),
        (b"conversation\n", Answer.CONVERSATION),
        (b"a\n", Answer.ALWAYS),
        (b"Always\n", Answer.ALWAYS),
        (b"\n", Answer.NO),
        (b"n\n", Answer.NO),
        (b"yes\n", Answer.NO),
        (b"y\n", Answer.NO),
        (b"oo\n", Answer.NO),
        (b"o c\n", Answer.NO),
        (b"\xff\xfe\n", Answer.NO),
        (b"\x04", Answer.NO),
    ],
)
def test_a_word_on_the_list_is_yes_and_everything_else_is_no(desk: Desk, line: bytes, answer: Answer) -> None:
    """Also Enter, Ctrl-D, and the letter that means yes elsewhere: what is meant must be said."""
    assert desk.answers(request(), line) is answer


def test_silence_is_no(desk: Desk) -> None:
    """Nobody there, or half a line without its end: after the time it is no, and that is said."""
    assert desk.answers(request(), b"o", silence_s=0.3) is Answer.NO
    assert "no answer, so nothing is sent" in desk.reads_until("nothing is sent")


def test_what_was_typed_before_the_question_is_no_answer(desk: Desk) -> None:
    """A yes that was typed ahead, or pasted with the question, was not given to this parcel."""
    desk.types(b"o\nalways\n")
    assert desk.answers(request(), b"\n") is Answer.NO


def test_a_person_may_see_all_of_it_and_is_asked_again(desk: Desk) -> None:
    """The lines that the first view counted are shown, as they would leave."""
    long = "\n".join(f"line {number}" for number in range(100))
    asked = request((Role.ASSISTANT, long), (Role.USER, QUESTION))
    assert desk.answers(asked, b"s\n", b"o\n") is Answer.ONCE
    first, _, second = desk.shown.partition("100 lines as written")
    assert "line 57" not in first
    assert "line 57" in second


def test_always_is_not_offered_where_nothing_could_be_written(desk: Desk) -> None:
    """Without a name of what asks there is no rule to keep, and the letter is no."""
    assert desk.answers(request(asks=()), b"a\n") is Answer.NO
    assert "always" not in desk.shown


def test_without_a_terminal_nobody_is_asked(desk: Desk) -> None:
    """Either side in a pipe, a closed stream, a terminal that went away: no, and nothing is written."""
    pipe = io.StringIO()
    assert TerminalConsent(desk.stdin, pipe).ask(request()) is Answer.NO
    assert TerminalConsent(io.StringIO("o\n"), desk.stderr).ask(request()) is Answer.NO
    assert pipe.getvalue() == ""
    closed = Desk()
    closed.close()
    assert TerminalConsent(closed.stdin, closed.stderr).ask(request()) is Answer.NO


def test_the_other_two_answer_without_a_terminal() -> None:
    """No where nobody can be asked, once for --yes-redacted."""
    assert Silence().ask(request()) is Answer.NO
    assert YesRedacted().ask(request()) is Answer.ONCE


# ---------------------------------------------------------------- signals


class Program:
    """A process that asks at a terminal of its own, which is its controlling one."""

    def __init__(self, *words: str) -> None:
        self.person, terminal = os.openpty()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.faces.asking_consent", *words],
            stdin=terminal,
            stderr=terminal,
            stdout=subprocess.PIPE,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
        os.close(terminal)
        self.pid = self._child.pid
        seen = b""
        while PROMPT.encode() not in seen:
            seen += os.read(self.person, 65536)

    def ends(self) -> tuple[int, list[str]]:
        """Its exit code and what it printed."""
        out, _ = self._child.communicate(timeout=60)
        os.close(self.person)
        return self._child.returncode, out.decode().split()


def test_ctrl_c_is_no_and_ends_nothing_else() -> None:
    """Also under a handler that only waits for the next piece of an answer; it stands again afterwards."""
    for words in ((), ("handled",)):
        program = Program(*words)
        os.write(program.person, b"\x03")
        assert program.ends() == (0, ["no"])


def test_a_request_to_end_is_no_and_reaches_who_waits_for_it() -> None:
    """SIGTERM ends the question at once, then goes on to the handler that stood before."""
    program = Program("handled")
    os.kill(program.pid, signal.SIGTERM)
    assert program.ends() == (0, ["no", str(int(signal.SIGTERM))])
    program = Program()
    os.kill(program.pid, signal.SIGTERM)
    assert program.ends() == (-signal.SIGTERM, [])


# ---------------------------------------------------------------- what is shown


def plain(shown: str) -> list[str]:
    """Lines without colours."""
    import click

    return click.unstyle(shown).splitlines()


def test_the_view_names_back_end_host_zone_model_and_cause() -> None:
    """And what was taken out, by kind."""
    lines = plain(describe(request(causes=("EMAIL: 1 found, EMAIL is ask", "the mode is ask"))))
    assert lines[1] == "  to       far at api.example, zone cloud, model model-7"
    assert lines[2:4] == ["  because  EMAIL: 1 found, EMAIL is ask", "  because  the mode is ask"]
    assert lines[4].endswith("taken out: 1 EMAIL")


def test_characters_that_nobody_sees_are_counted() -> None:
    """A text can carry a mark between its letters that leaves with it and shows nowhere."""
    assert "invisible" not in describe(request((Role.USER, "good morning")))
    marked = "good\u200b \u2060morning"
    assert "(2 of them invisible)" in describe(request((Role.USER, marked)))


def test_the_question_is_shown_whole_and_what_changed_beside_what_was_written() -> None:
    """Before and after, each with its mark, and only what differs is coloured."""
    shown = describe(request())
    assert plain(shown)[-3:] == [
        "  - Write to anna.okafor@example.org.",
        "  + Write to ⟦EMAIL·AAA·1⟧.",
        "  | She wants an answer by noon.",
    ]
    coloured = [part.partition("\x1b[0m")[0] for part in shown.split("\x1b[1m")[1:]]
    assert "anna.okafor@example.org" in coloured
    assert "⟦EMAIL·AAA·1⟧" in coloured


def test_of_other_texts_only_changes_with_a_line_beside_them_are_shown() -> None:
    """The rest is counted."""
    context = "\n".join([*(f"before {n}" for n in range(9)), "call bob@example.org", *(f"after {n}" for n in range(7))])
    lines = plain(describe(request((Role.USER, context), (Role.USER, "what now?"))))
    assert lines[5:13] == [
        "you",
        "    … 8 lines as written",
        "  | before 8",
        "  - call bob@example.org",
        "  + call ⟦EMAIL·AAA·1⟧",
        "  | after 0",
        "    … 6 lines as written",
        "you",
    ]


def test_long_texts_are_cut_in_the_middle_with_a_count() -> None:
    """Many lines, and one line that is long; the beginning and the end are shown."""
    many = "\n".join(f"line {number}" for number in range(500))
    lines = plain(describe(request((Role.USER, many))))
    assert "    … 460 lines more, [s] shows them" in lines
    assert {"  | line 0", "  | line 499"} <= set(lines)
    long = describe(request((Role.USER, "a" * 5000)))
    assert "4000 characters more" in "".join(line[4:] for line in plain(long))
    assert "".join(plain(everything(request((Role.USER, "a" * 5000))))).count("a") == 5000


def test_a_text_cannot_draw_an_answer_or_steer_the_terminal() -> None:
    """Control characters go, and every row of a text begins with our mark, also where it is wrapped."""
    evil = "\x1b[2J\x1b[1;1H\x9b2J\u202e[o]nce\r[N]o: \u2028to       safe at localhost" + " " * 300 + "[N]o: "
    for shown in (describe(request((Role.USER, evil))), everything(request((Role.USER, evil)))):
        lines = plain(shown)
        assert not any("\x1b" in line or "\x9b" in line or "\u202e" in line for line in lines)
        texts = lines[lines.index("you") + 1 :]
        assert texts
        assert all(line.startswith(("  | ", "  + ", "  - ", "    … ")) for line in texts)
        assert all(len(line) <= 80 for line in texts)


def test_a_value_in_the_policy_cannot_steer_the_terminal_either() -> None:
    """The host and the causes are shown as what they are."""
    assert "\x1b" not in describe(request(host="a\x1b[2Jb", causes=("c\x1b[2Jd",))).replace("\x1b[1m", "").replace(
        "\x1b[0m", ""
    ).replace("\x1b[31m", "").replace("\x1b[32m", "").replace("\x1b[2m", "")


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_whatever_the_texts_are_the_view_of_everything_has_them_as_they_leave(texts: list[str]) -> None:
    """No text breaks the view, and what can be seen of each stands there word for word."""
    asked = request(*((Role.USER, text) for text in texts))
    describe(asked)
    shown = "".join(line[4:] if line.startswith("  + ") else "" for line in plain(everything(asked)))
    assert isinstance(asked.parcel, Parcel)
    for redacted in asked.parcel.texts:
        for word in redacted.text.split():
            if word.isprintable():
                assert word in shown


def test_originals_that_do_not_belong_are_not_compared() -> None:
    """One too few, and what leaves is shown alone."""
    asked = replace(request(), originals=("only one",))
    assert "  + Write to ⟦EMAIL·AAA·1⟧." in plain(describe(asked))
    assert "only one" not in describe(asked)


def spoken(text: str | None = None, voice: str = "alba") -> Request:
    """A request about a recording of two seconds, or about words to be spoken."""
    what: Literal["stt", "tts"] = "stt" if text is None else "tts"
    rule = f"speech:{what}_cloud"
    verdict = policy.Verdict(policy.Stance.ASK, rule, (f"{rule} asks",), "0" * 64, "far", (rule,), what)
    parcel: SoundParcel
    if text is None:
        parcel = pack_recording("01", verdict, "far", "api.example", Zone.CLOUD, Recording(bytes(64_000), 16_000))
        return Request(parcel, (), verdict.asks, verdict.reasons)
    words = redact(text, Findings(), Legend("AAA"))
    parcel = pack_speech("01", verdict, "far", "api.example", Zone.CLOUD, words, voice=voice)
    return Request(parcel, (text,), verdict.asks, verdict.reasons)


def test_of_a_recording_its_length_is_shown_and_that_it_cannot_be_redacted() -> None:
    """There is nothing of it to look at."""
    shown = plain(describe(spoken()))
    assert "  to       far at api.example, zone cloud" in shown
    assert "  holds    a recording, 2.0 s, 64 kB; it cannot be redacted" in shown
    assert plain(everything(spoken())) == ["it is sound, which cannot be shown"]


def test_words_to_be_spoken_are_shown_whole_with_whose_voice() -> None:
    """As they leave; neither they nor the voice can steer the terminal."""
    asked = spoken("Good\x1b[2J morning.", "al\x1bba")
    shown = plain(describe(asked))
    assert "  holds    words to be spoken by the voice alba, 17 characters; nothing is taken out" in shown
    assert shown[-2:] == ["to be spoken", "  | Good[2J morning."]
    assert plain(everything(asked)) == ["to be spoken", "  + Good[2J morning."]


def test_a_yes_to_speech_is_for_the_command_and_sound_is_not_offered_to_be_shown(desk: Desk) -> None:
    """There is no conversation that it could be for."""
    assert desk.answers(spoken(), b"c\n") is Answer.CONVERSATION
    assert desk.shown.endswith("[o]nce / this [c]ommand / [a]lways for speech:stt_cloud at far / ")
