"""The parent's side of a worker: starts it, asks it, and finds out how it ended.

The child is a fresh interpreter: it inherits no memory of ours (so no keys), no file but its two pipes, and hardly any
environment. It ends when its standard input ends, so also when this process is killed. When it ends, everybody who
waits is told how, and the next call starts another: never two at once.

What it sends is read by who waits for it, who gives others what is theirs; the next in line goes on with that. With a
thread of its own that reads, each piece of an answer would wake two threads, on cores that the child is working on.

That thread may be the main one, where Ctrl-C raises KeyboardInterrupt after any call returns. Locks are taken and bytes
are kept with `extend(map(...))`, which calls and keeps in one step; else a lock would stay taken, or bytes be lost.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from privacy_assistant.engines.worker.answers import Answer as Answer
from privacy_assistant.engines.worker.answers import WorkerEnded as WorkerEnded
from privacy_assistant.engines.worker.answers import error_of, wall_of
from privacy_assistant.engines.worker.frames import Decoder, FrameError, Packet, encode
from privacy_assistant.engines.worker.launch import how_it_ended, launch
from privacy_assistant.engines.worker.wall import Wall
from privacy_assistant.errors import EngineFailed

READ_AT_ONCE = 1 << 16

MOST_WAITING = 256 << 20
"""Bytes of one answer that nobody has read yet: more than an hour of speech. A worker that sends more is ended."""

_GOING_SECONDS = 2.0
"""So long may a child that closed its pipe take to be gone."""

_CLOSED = "was closed"
_WHO_MAY = "`doctor` shows the memory left and who may run what"


@dataclass(frozen=True, slots=True)
class Hello:
    """What a worker is to be. `who` names it to a person ("the language model"), `role` is one of `roles.ROLES`.

    `built` is JSON for the child's side, `readable` the files and folders of the model: nothing else of a person's is
    readable there.
    """

    who: str
    role: str
    built: Mapping[str, Any] = field(default_factory=dict)
    readable: Sequence[Path] = ()


class WorkerProcess:
    """Keeps at most one process of a role. All methods may be called from any thread."""

    def __init__(self, hello: Hello) -> None:
        """Starts nothing yet."""
        self._hello = hello
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._forget = weakref.finalize(self, int)

    @property
    def pid(self) -> int | None:
        """Of the process that runs now, None where none does."""
        running = self._running
        return running.pid if running is not None and running.is_alive else None

    def running(self) -> Running:
        """The process, started where none runs. Raises EngineFailed where it cannot be started."""
        with self._lock:
            if self._running is None or not self._running.is_alive:
                if self._running is not None:
                    self._running.end()
                self._forget.detach()
                self._running = Running(self._hello)
                # Who forgets to close must not leave a process behind.
                self._forget = weakref.finalize(self, self._running.forget)
            return self._running

    def call(self, method: str, args: Mapping[str, Any] | None = None, payload: bytes = b"") -> Answer:
        """Ask; returns at once. Raises WorkerEnded, or EngineFailed where it cannot be started or is asked too much."""
        return self.running().call(method, args, payload)

    def close(self) -> None:
        """End the process; who waits for it is told that it was closed. A later call starts another."""
        with self._lock:
            running, self._running = self._running, None
            if running is not None:
                running.end()


class Running:
    """One process, from its start to its end."""

    def __init__(self, hello: Hello) -> None:
        """Start it. Raises EngineFailed."""
        self._who = hello.who
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._outbox: deque[bytes] = deque()
        self._reading = threading.Lock()
        """Held by the one who reads for all."""
        self._decoder = Decoder()
        self._chunks: deque[bytes] = deque()
        self._is_broken = False
        self._is_forgotten = False
        self._greeting = Answer(self, 0)
        self._greeted = threading.Lock()
        self._wall: Wall | None = None
        self._answers: dict[int, Answer | None] = {0: self._greeting}
        """Those that are waited for; None for one that nobody wants any more and that has not ended."""
        self._last_id = 0
        self._how = ""
        self._why = ""
        try:
            first = encode(
                {"hello": hello.role, "built": hello.built, "readable": [str(place) for place in hello.readable]}
            )
            self._process = launch()
        except (OSError, ValueError, FrameError):
            raise EngineFailed(f"{hello.who}'s process cannot be started", hint=_WHO_MAY) from None
        self._watcher = threading.Thread(target=self._watch, name="worker", daemon=True)
        try:
            self._watcher.start()
        except RuntimeError:  # as many threads as there may be
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                self._close(pipe)
            raise EngineFailed(f"{hello.who}'s process cannot be started", hint=_WHO_MAY) from None
        self._write(first)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked, as far as is known."""
        return not self._how

    def wall(self) -> Wall:
        """What closes the child off, as it says; waits for its start. Raises WorkerEnded."""
        with self._greeted:
            self.fill(self._greeting)
        if self._wall is None:
            raise self.ended()
        return self._wall

    def call(self, method: str, args: Mapping[str, Any] | None = None, payload: bytes = b"") -> Answer:
        """Ask; returns at once. Raises WorkerEnded, and EngineFailed for more than fits into a frame."""
        with self._lock:
            self._last_id += 1
            id = self._last_id
            try:
                frame = encode({"call": method, "id": id, "args": dict(args or {})}, payload)
            except FrameError:
                raise EngineFailed(f"that is too long for {self._who}", hint="ask something shorter") from None
            if self._how:
                raise self.ended()
            answer = self._answers[id] = Answer(self, id)
        self._write(frame)
        return answer

    def cancel(self, id: int) -> None:
        """Tell the child that this call is to end."""
        self._write(encode({"cancel": id}))

    def drop(self, id: int) -> None:
        """Nobody waits for this answer any more."""
        with self._lock:
            if id in self._answers:
                self._answers[id] = None

    def distrust(self, why: str = "sent what it was not asked for and was ended") -> WorkerEnded:
        """End a child that does not do as it was told; returns what to raise."""
        self._why = self._why or why
        self._end()
        return self.ended()

    def end(self) -> None:
        """Close the process, and wait until it is gone."""
        self._why = self._why or _CLOSED
        self._end()

    def forget(self) -> None:
        """Close the process of a `WorkerProcess` that nobody has any more, without waiting for it."""
        self._why = self._why or _CLOSED
        self._is_forgotten = True
        self._process.kill()
        if not self._watcher.is_alive():
            self._let_go()

    def _end(self) -> None:
        self._process.kill()
        self._watcher.join()
        self._let_go()

    def _let_go(self) -> None:
        # Who reads now finds the end of the pipe. That may be this very thread, below a signal handler: no long wait.
        if self._reading.acquire(timeout=_GOING_SECONDS):
            try:
                self._clear_up()
                self._close(self._process.stdout)
            finally:
                self._reading.release()
        if self._writing.acquire(timeout=_GOING_SECONDS):
            try:
                self._close(self._process.stdin)
            finally:
                self._writing.release()

    def _close(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        pipe.close()

    def ended(self) -> WorkerEnded:
        """What to raise of one that is not alive."""
        return WorkerEnded(self._who, self._how, is_closed=self._how == _CLOSED)

    def _write(self, frame: bytes) -> None:
        """Send a frame; where the child is gone, the thread that reads tells everybody.

        Never waits for another that writes, which sends this one too: a signal handler that cancels may have
        interrupted the very thread that is at it.
        """
        self._outbox.append(frame)
        is_free = True
        while self._outbox and is_free:
            held: list[bool] = []
            try:
                held.extend(map(self._writing.acquire, (False,)))
                is_free = held == [True]
                if is_free:
                    self._send_all()
            finally:
                if held == [True]:
                    self._writing.release()

    def _send_all(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            while self._outbox:
                rest = memoryview(self._outbox.popleft())
                while rest:
                    rest = rest[pipe.write(rest) :]
        except (OSError, ValueError):
            self._outbox.clear()
        except BaseException:
            # Ctrl-C in the middle: nobody knows how much of the frame has gone.
            self._why = self._why or _CLOSED
            self._process.kill()
            raise

    def _watch(self) -> None:
        code = self._process.wait()
        with self._lock:
            self._how = self._why or how_it_ended(code)
        if self._is_forgotten:
            self._let_go()

    # ------------------------------------------------------------ reading, by whoever waits

    def fill(self, answer: Answer) -> None:
        """Wait until something has come for this answer."""
        while not answer.has_come:
            held: list[bool] = []
            try:
                held.extend(map(self._reading.acquire, (False,)))
                if held == [True]:
                    self._read_until(answer)
            finally:
                if held == [True]:
                    self._reading.release()
                    self._nudge_all()
            if held != [True]:
                answer.sleep_unless(lambda: not self._reading.locked())

    def _nudge_all(self) -> None:
        for other in list(self._answers.values()):
            if other is not None:
                other.nudge()

    def _read_until(self, answer: Answer) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        while not answer.has_come:
            try:
                self._chunks.extend(map(os.read, (pipe.fileno(),), (READ_AT_ONCE,)))
            except (OSError, ValueError):
                self._chunks.append(b"")
            while self._chunks:
                self._take()

    def _take(self) -> None:
        try:
            chunk = self._chunks.popleft()
            if not chunk:
                self._clear_up()
            elif not self._is_broken:
                for packet in self._decoder.feed(chunk):
                    self._deliver(packet)
        except FrameError:
            self._is_broken = True
            self._why = self._why or "sent what is no answer and was ended"
            self._process.kill()
        except BaseException:
            # Ctrl-C in the middle: what comes next would not fit any more.
            self._is_broken = True
            self._why = self._why or _CLOSED
            self._process.kill()
            raise

    def _deliver(self, untrusted_packet: Packet) -> None:
        """Give a packet to whoever waits for it. Raises FrameError for one that nobody can wait for."""
        fields = untrusted_packet.fields
        if self._wall is None:
            self._wall = wall_of(fields)
            with self._lock:
                del self._answers[0]
            self._greeting.deliver(Packet({}))
            return
        id = fields.get("id")
        if type(id) is not int or id not in self._answers:
            raise FrameError("an answer to nothing")
        answer = self._answers[id]
        if "item" in fields:
            item = fields["item"]
            if not isinstance(item, dict):
                raise FrameError("an item that is none")
            if answer is not None:
                answer.deliver(Packet(item, untrusted_packet.payload, untrusted_packet.size))
                if answer.waiting > MOST_WAITING:
                    raise FrameError("more than anybody can want")
            return
        error = None if fields.get("end") is True else error_of(fields.get("error"))
        with self._lock:
            answer = self._answers.pop(id)
        if answer is not None:
            answer.deliver(None, error)

    def _clear_up(self) -> None:
        """The pipe ended, so the process has ended or must: tell everybody how."""
        if threading.current_thread() is not self._watcher:
            self._watcher.join(_GOING_SECONDS)
            if self._watcher.is_alive():
                self._process.kill()
                self._watcher.join()
        with self._lock:
            answers, self._answers = list(self._answers.values()), {}
        for answer in answers:
            if answer is not None:
                answer.deliver(None, self.ended())
