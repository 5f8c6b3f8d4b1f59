"""Talk in a terminal: line editing, streamed answers, a badge for each, timers that ring."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from typing import Literal

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion, WordCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from privacy_assistant.app.house import House
from privacy_assistant.app.reasons import reasons_of
from privacy_assistant.core.exchange import Notice, Question, Reply, Restarted
from privacy_assistant.core.turn import Decision, Role, Utterance
from privacy_assistant.errors import AssistantError, UsageError
from privacy_assistant.faces.stream import Rows, badge, interruptible, write
from privacy_assistant.ports import Piece

HELP = """/local    from now on this machine alone         /cloud   the next question to a cloud, or nothing
/auto     the policy decides again               /why     why the last answer was made where it was
/new      begin a new conversation               /pin     keep this conversation from retention
/forget   remove this conversation for good      /quit    leave (or Ctrl-D)"""

_COMMANDS = ("/local", "/cloud", "/auto", "/why", "/new", "/pin", "/forget", "/help", "/quit")
_RING_EVERY_S = 0.5


class _Commands(Completer):
    """Completes the slash commands, and nothing else."""

    def __init__(self) -> None:
        self._words = WordCompleter(list(_COMMANDS), sentence=True)

    def get_completions(self, document: Document, complete_event: object) -> Iterable[Completion]:
        """Only while the line begins with a slash."""
        if document.text.startswith("/"):
            yield from self._words.get_completions(document, complete_event)  # type: ignore[arg-type] # untyped upstream


class Chat:
    """One session at a terminal. The lines typed are kept in memory and in the sealed history, never in a file."""

    def __init__(self, house: House, *, say: Callable[[str], None], session: PromptSession[str]) -> None:
        self._house = house
        self._say = say
        self._session = session
        self._conversation: str | None = None
        self._asked: Literal["local", "cloud"] | None = None
        self._last: Decision | None = None
        self._has_asked = False
        self._is_answering = threading.Event()
        self._is_over = threading.Event()

    def run(self) -> None:
        """Until /quit or Ctrl-D."""
        bell = threading.Thread(target=self._ring, name="timers", daemon=True)
        bell.start()
        try:
            while True:
                try:
                    with patch_stdout(raw=True):
                        line = self._session.prompt()
                except KeyboardInterrupt:
                    continue
                except EOFError:
                    return
                line = line.strip()
                if line.startswith("/"):
                    if self._command(line):
                        return
                elif line:
                    self._answer(line)
        finally:
            self._is_over.set()
            bell.join(timeout=2 * _RING_EVERY_S)

    # ------------------------------------------------------------ one answer

    def _answer(self, line: str) -> None:
        try:
            self._stream(line)
        except AssistantError as error:
            self._last = None
            self._complain(error)
            if self._conversation is not None and not self._is_kept(self._conversation):
                self._conversation = None
                self._say("this conversation was removed meanwhile; the next question begins a new one")

    def _is_kept(self, conversation: str) -> bool:
        try:
            return self._house.history.resolve(conversation) == conversation
        except UsageError:
            return False
        except AssistantError:
            return True  # something else is wrong, and was said

    def _stream(self, line: str) -> None:
        question = Question(
            Utterance(line),
            conversation=self._conversation,
            asked=self._asked,
        )
        if self._asked == "cloud":
            self._asked = None
        self._has_asked = True
        self._is_answering.set()
        rows = Rows(self._say)
        try:
            with interruptible(self._house.assistant.cancel) as is_interrupted:
                for event in self._house.answer(question):
                    if isinstance(event, Piece):
                        rows.piece(event.text)
                    elif isinstance(event, Notice):
                        rows.line(event.line)
                    elif isinstance(event, Restarted):
                        rows.line(f"{event.why}; once more:")
                    elif isinstance(event, Reply):
                        self._conversation = event.conversation or None
                        self._last = event.decision
                        self._house.journal.answered(event)
                        cut = " interrupted; what you saw is kept" if is_interrupted() else ""
                        rows.line(badge(event.decision) + cut)
        except KeyboardInterrupt:
            write("\n")
        finally:
            rows.close()
            self._is_answering.clear()

    def _complain(self, error: AssistantError) -> None:
        self._house.journal.failed(error)
        self._say(click.style(error.message, fg="red") + (f" · {error.hint}" if error.hint else ""))

    # ------------------------------------------------------------ slash commands

    def _command(self, line: str) -> bool:
        """Run one slash command; True ends the session."""
        typed = line.split()[0].lower()
        meant = [name for name in _COMMANDS if name.startswith(typed)]
        word = meant[0] if len(meant) == 1 else typed
        try:
            match word:
                case "/quit":
                    return True
                case "/help":
                    self._say(HELP)
                case "/local":
                    self._asked = "local"
                    self._say("this machine alone, until /auto")
                case "/cloud":
                    self._asked = "cloud"
                    self._say("the next question goes to a cloud, if your policy allows it, or gets no answer")
                case "/auto":
                    self._asked = None
                    self._say("the policy decides")
                case "/new":
                    self._conversation = None
                    self._say("a new conversation")
                case "/why":
                    self._why()
                case "/pin":
                    self._pin()
                case "/forget":
                    self._forget()
                case _:
                    self._say(f"{word} is no command; /help lists them")
        except AssistantError as error:
            self._complain(error)
        return False

    def _why(self) -> None:
        if self._last is None:
            self._say("the last question got no answer" if self._has_asked else "nothing was asked yet")
            return
        for line in reasons_of(self._last):
            self._say(line)

    def _pin(self) -> None:
        if self._conversation is None:
            self._say("there is no conversation yet")
            return
        self._house.history.pin(self._conversation, True)
        self._say("pinned: retention leaves this conversation alone")

    def _forget(self) -> None:
        if self._conversation is None:
            self._say("there is no conversation yet")
            return
        for line in self._house.forget(self._conversation):
            self._say(line)
        self._conversation = None
        self._last = None

    # ------------------------------------------------------------ timers

    def _ring(self) -> None:
        """Poll the timers in the background; what rings during an answer is said after it."""
        while not self._is_over.wait(_RING_EVERY_S):
            if self._is_answering.is_set():
                continue
            try:
                for line in self._house.due():
                    sys.stdout.write(f"\a{click.style(line, bold=True)}\n")
                    sys.stdout.flush()
            except AssistantError as error:
                self._complain(error)
                return


def session_for(house: House) -> PromptSession[str]:
    """A line editor whose history is what the person asked lately, read from the sealed history into memory."""
    history = InMemoryHistory()
    newest = house.history.newest()
    if newest is not None:
        for stored in house.history.last(newest, 50):
            if stored.message.role is Role.USER and "\n" not in stored.message.text:
                history.append_string(stored.message.text)
    return PromptSession(
        message="› ", history=history, completer=_Commands(), complete_while_typing=False, enable_open_in_editor=False
    )


def chat(house: House, *, say: Callable[[str], None]) -> None:
    """Open the conversation and stay until the person leaves."""
    say(house.greeting())
    for line in house.due():
        say(click.style(line, bold=True))
    Chat(house, say=say, session=session_for(house)).run()


__all__ = ["Chat", "chat", "session_for"]
