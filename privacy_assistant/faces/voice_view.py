"""What a person sees while they talk: the conversation, a line with the state and the loudness, and an input line."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style

from privacy_assistant.core.voice_events import (
    Answered,
    Done,
    FirstAudio,
    Level,
    Transcribed,
    TurnEnded,
    VoiceEvent,
    Worded,
)
from privacy_assistant.errors import ExitCode
from privacy_assistant.faces.stream import dim, interruptible, json_line, printable
from privacy_assistant.faces.voice_keys import Controls, TalkKey, Turn, bindings
from privacy_assistant.faces.voice_lines import Line, LiveRow, about, as_json, shown, spoken

_KEYS = ("space talk", "esc stop", "F2 microphone", "^C quit")
_CELLS = 10
_QUIETEST_DB = -60.0
_LOUD_DB, _CLIPPING_DB = -12.0, -1.0
_LOOK_EVERY_S = 0.05
_LEAVE_WITHIN_S = 10.0
_STYLE = Style.from_dict(
    {"bottom-toolbar": "noreverse", "level": "ansigreen", "level.loud": "ansiyellow", "level.clipping": "ansired"}
)
_IS_BUSY = frozenset({"thinking", "speaking"})


def show(
    events: Iterator[VoiceEvent], controls: Controls, *, say: Callable[[str], None], is_json: bool = False
) -> ExitCode:
    """Show the events until they end or the person leaves: on a terminal with meter and keys, else as plain lines.

    `say` takes what is not data to the other stream. `is_json`: one JSON object per line instead (`as_json`). Where the
    person leaves, the loop is closed and its last events are shown. INTERRUPTED where that cut a question or an
    answer. Raises what the iterator raises.
    """
    if is_json:
        return _follow(events, controls, _json_writer())
    if sys.stdin and sys.stdin.isatty() and sys.stdout.isatty():
        return VoiceView(controls, say=say).run(events)
    return _follow(events, controls, _plain_writer(say))


# ---------------------------------------------------------------- without a terminal


class State:
    """What the loop does now, by its events, and whether something was cut when the person left."""

    def __init__(self) -> None:
        self.word = "listening"
        self.dbfs = _QUIETEST_DB
        self._is_left = False
        self.is_cut = False

    def take(self, event: VoiceEvent) -> None:
        """Follow one event."""
        match event:
            case Level():
                self.word, self.dbfs = event.state, event.dbfs
            case TurnEnded() | Transcribed():
                self.word = "thinking"
            case FirstAudio():
                self.word = "speaking"
            case Done():
                self.word = "listening"
                self.is_cut = self.is_cut or (self._is_left and event.was_cut)

    def leave(self) -> None:
        """The person leaves now."""
        self._is_left = True
        self.is_cut = self.is_cut or self.word in _IS_BUSY


def _follow(events: Iterator[VoiceEvent], controls: Controls, write: Callable[[VoiceEvent], None]) -> ExitCode:
    state = State()

    def leave() -> None:
        state.leave()
        controls.close()

    try:
        with interruptible(leave):
            for event in events:
                state.take(event)
                write(event)
    finally:
        controls.close()
    return ExitCode.INTERRUPTED if state.is_cut else ExitCode.OK


def _json_writer() -> Callable[[VoiceEvent], None]:
    def write(event: VoiceEvent) -> None:
        if (value := as_json(event)) is not None:
            _put(json_line(value))

    return write


def _plain_writer(say: Callable[[str], None]) -> Callable[[VoiceEvent], None]:
    def write(event: VoiceEvent) -> None:
        for line in shown(event):
            if line.is_data:
                # Where only the input is no terminal, the words may still reach one.
                _put(printable(line.text) if sys.stdout.isatty() else line.text)
            else:
                say(printable(line.text))

    return write


def _put(text: str, stream: TextIO | None = None) -> None:
    out = stream or sys.stdout
    out.write(text + "\n")
    out.flush()


# ---------------------------------------------------------------- on a terminal


class VoiceView:
    """One session at a terminal. Lines that are typed are kept in memory, never in a file."""

    def __init__(self, controls: Controls, *, say: Callable[[str], None]) -> None:
        self._controls = controls
        self._say = say
        self._state = State()
        self._key = TalkKey()
        self._key_lock = threading.Lock()
        self._key_moved = threading.Event()
        self._is_over = threading.Event()
        self._typed: list[str] = []
        self._live = LiveRow()
        self._has_words = False
        self._failure: BaseException | None = None
        self._is_plain = bool(os.environ.get("NO_COLOR"))
        self._session: PromptSession[str] = PromptSession(
            message=self._prompt,
            history=InMemoryHistory(),
            bottom_toolbar=self._status,
            style=_STYLE,
            key_bindings=bindings(talk=self._talk, controls=controls, send=self._send, leave=self._leave),
            erase_when_done=True,
            enable_open_in_editor=False,
            enable_suspend=False,
        )
        self._session.app.ttimeoutlen = 0.1

    def run(self, events: Iterator[VoiceEvent]) -> ExitCode:
        """Until the events end or the person leaves. Raises what the iterator raises."""
        listener = threading.Thread(target=self._listen, args=(events,), name="voice-view", daemon=True)
        ticker = threading.Thread(target=self._watch_key, name="talk-key", daemon=True)
        ticker.start()
        try:
            with interruptible(self._leave), patch_stdout(raw=True):
                try:
                    self._session.prompt(pre_run=listener.start)
                except EOFError:
                    pass  # the terminal was closed
                except OSError as error:  # so it was, and this came of drawing on it
                    if error.errno not in (errno.EIO, errno.EBADF, errno.ENXIO):
                        raise
                if not self._is_over.is_set():
                    self._leave()
                if listener.ident is not None:
                    listener.join(timeout=_LEAVE_WITHIN_S)
        finally:
            self._is_over.set()
            self._key_moved.set()
            self._controls.close()
        if self._failure is not None:
            raise self._failure
        return ExitCode.INTERRUPTED if self._state.is_cut else ExitCode.OK

    # ------------------------------------------------------------ what comes from the loop

    def _listen(self, events: Iterator[VoiceEvent]) -> None:
        try:
            for event in events:
                self._take(event)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for this one
            self._failure = error
        finally:
            self._is_over.set()
            self._end_prompt()

    def _take(self, event: VoiceEvent) -> None:
        before = self._state.word
        self._state.take(event)
        match event:
            case Worded():
                self._word(event)
            case Transcribed() if self._was_typed(event.transcript.text):
                pass
            case _:
                self._show_all(event)
        if isinstance(event, Level | Worded) or before != self._state.word:
            self._session.app.invalidate()

    def _word(self, event: Worded) -> None:
        if event.is_again:
            self._end_row()
            self._show(Line("once more:"))
        self._has_words = True
        for row in self._live.add(printable(event.text), self._width()):
            _put(row)

    def _show_all(self, event: VoiceEvent) -> None:
        lines = shown(event)
        if isinstance(event, Answered):
            if self._has_words:
                lines = about(event)  # its words stand there already
            self._has_words = False
        if lines:
            self._end_row()
        for line in lines:
            self._show(line)

    def _end_row(self) -> None:
        for row in self._live.finish():
            _put(row)

    def _was_typed(self, text: str) -> bool:
        """A question that was typed stands there already."""
        if text in self._typed:
            self._typed.remove(text)
            return True
        return False

    def _show(self, line: Line) -> None:
        if line.is_data:
            _put(printable(line.text))
        else:
            text = printable(line.text)
            self._say(text if self._is_plain else dim(text))

    # ------------------------------------------------------------ what comes from the person

    def _talk(self) -> None:
        with self._key_lock:
            self._move(self._key.reported(time.monotonic()))
        self._key_moved.set()

    def _watch_key(self) -> None:
        """The terminal does not tell when a key comes up: look whether it still repeats."""
        while not self._is_over.is_set():
            self._key_moved.wait()
            with self._key_lock:
                if not self._key.is_held:
                    self._key_moved.clear()
                self._move(self._key.look(time.monotonic()))
            self._is_over.wait(_LOOK_EVERY_S)

    def _move(self, turn: Turn | None) -> None:
        if turn is Turn.DOWN:
            self._controls.press()
        elif turn is Turn.UP:
            self._controls.release()

    def _send(self, text: str) -> None:
        self._typed = [*self._typed[-9:], text]
        self._show(Line(spoken(text), is_data=True))
        self._controls.type(text)

    def _leave(self) -> None:
        self._state.leave()
        self._controls.close()
        self._end_prompt()

    def _end_prompt(self) -> None:
        """Any thread may call, and a signal handler. Nothing where the prompt does not run."""
        loop = self._session.app.loop
        if loop is not None:
            # The loop may close between the two lines; then the prompt is over.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._exit)

    def _exit(self) -> None:
        app = self._session.app
        if app.is_running and not app.is_done:
            app.exit()

    # ------------------------------------------------------------ the line below

    def _prompt(self) -> StyleAndTextTuples:
        """The row that still grows stands above the input line: nothing of it scrolls before it is full."""
        row = self._live.text
        return [("", f"{row}\n› ")] if row.strip() else [("", "› ")]

    def _status(self) -> StyleAndTextTuples:
        with self._key_lock:
            word = "hearing" if self._key.is_down and self._state.word in ("asleep", "listening") else self._state.word
        return status(self._state.dbfs, word, self._width())

    def _width(self) -> int:
        return self._session.app.output.get_size().columns


def status(dbfs: float, word: str, width: int) -> StyleAndTextTuples:
    """Meter, state and as many of the keys as fit: fragments of style and text, narrower than `width`."""
    filled = min(_CELLS, max(0, round((dbfs - _QUIETEST_DB) / -_QUIETEST_DB * _CELLS)))
    style = "class:level.clipping" if dbfs > _CLIPPING_DB else "class:level.loud" if dbfs > _LOUD_DB else "class:level"
    meter = "#" * filled + "." * (_CELLS - filled)
    room = width - 1 - len(word)
    if room < _CELLS + 3:
        return [("", word[: max(0, width - 1)])]
    room -= _CELLS + 3
    help_text = ""
    for key in _KEYS:
        if len(help_text) + len(key) + 3 > room:
            break
        help_text += f" · {key}"
    return [("", "["), (style, meter), ("", f"] {word}{help_text}")]


__all__ = ["State", "VoiceView", "show", "status"]
