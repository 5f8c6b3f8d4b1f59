"""The worker itself: says hello, closes itself off, and serves calls until its standard input ends.

The first frame is the hello: `{"hello": ROLE, "built": {...}, "readable": [PATHS]}`; it is answered with what the wall
holds, `{"ready": {"network": ..., "files": ...}}`. Then come calls, `{"call": METHOD, "id": N, "args": {...}}` with a
payload, and `{"cancel": N}`. A call is answered by any number of `{"id": N, "item": {...}}` with payloads, and one
`{"id": N, "end": true}` or `{"id": N, "error": {"kind": ..., "message": ..., "hint": ...}}`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NoReturn

from privacy_assistant.engines.worker.frames import Decoder, FrameError, Packet, encode
from privacy_assistant.engines.worker.roles import ROLES
from privacy_assistant.engines.worker.sides import Call, Side
from privacy_assistant.engines.worker.wall import close_off
from privacy_assistant.errors import EngineError, EngineFailed

READ_AT_ONCE = 1 << 16

PROTOCOL_BROKEN = 3
"""What a worker ends with that was sent something else than the parent sends."""


def main() -> NoReturn:
    """Serve on standard input and output until the input ends."""
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a system without sessions sends Ctrl-C to us as well
    source, sink = _take_pipes()
    decoder = Decoder()
    hello, rest = _hello(source, decoder)
    wall = close_off([Path(place) for place in hello.fields["readable"]])
    worker = _Worker(ROLES[hello.fields["hello"]](hello.fields["built"]), sink)
    worker.send(encode({"ready": {"network": wall.network, "files": wall.files}}))
    for packet in rest:
        worker.take(packet)
    threading.Thread(target=_listen, args=(source, decoder, worker), name="listen", daemon=True).start()
    worker.work()


def _take_pipes() -> tuple[int, int]:
    """Our ends of the pipes, moved away from where a library prints: not a byte of its may come between frames."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return source, sink


def _hello(source: int, decoder: Decoder) -> tuple[Packet, list[Packet]]:
    while True:
        packets = decoder.feed(_read(source))
        if packets:
            return packets[0], packets[1:]


def _read(source: int) -> bytes:
    """What came; ends this process where nothing more will, because then nobody is there to work for."""
    try:
        read = os.read(source, READ_AT_ONCE)
    except OSError:
        read = b""
    if not read:
        # At once, in whatever the other threads are: a library in C++ is not asked.
        os._exit(0)
    return read


def _listen(source: int, decoder: Decoder, worker: _Worker) -> NoReturn:
    try:
        while True:
            for packet in decoder.feed(_read(source)):
                worker.take(packet)
    except BaseException:  # noqa: BLE001 - a worker that hears no more must not stay
        os._exit(PROTOCOL_BROKEN)


class _Worker:
    """Calls are worked on in the main thread, and in one more thread each where it is not free."""

    def __init__(self, side: Side, sink: int) -> None:
        self._side = side
        self._sink = sink
        self._writing = threading.Lock()
        self._calls: dict[int, Call] = {}
        self._todo: SimpleQueue[Call] = SimpleQueue()
        self._is_free = True

    def send(self, frame: bytes) -> None:
        """Write one frame whole; ends this process where nobody reads."""
        with self._writing:
            rest = memoryview(frame)
            while rest:
                try:
                    rest = rest[os.write(self._sink, rest) :]
                except OSError:
                    os._exit(0)

    def take(self, packet: Packet) -> None:
        """Begin a call, or cancel one."""
        fields = packet.fields
        if "cancel" in fields:
            call = self._calls.get(fields["cancel"])
            if call is not None:
                call.cancelled.set()
                self._side.cancel(call)
            return
        call = Call(fields["id"], fields["call"], fields["args"], packet.payload)
        self._calls[call.id] = call
        if self._is_free:
            self._is_free = False
            self._todo.put(call)
        else:
            threading.Thread(target=lambda: self.send(self._answer(call)), name="call", daemon=True).start()

    def work(self) -> NoReturn:
        """Import what is needed, then answer calls; ends with the process."""
        # What is missing is told to whoever calls for it.
        with contextlib.suppress(Exception):
            self._side.prepare()
        while True:
            last = self._answer(self._todo.get())
            # Before the parent hears of the end: its next call is then one for this thread.
            self._is_free = True
            self.send(last)

    def _answer(self, call: Call) -> bytes:
        """Answer a call but for its last frame, which is returned."""
        try:
            for item in self._side.serve(call):
                self.send(encode({"id": call.id, "item": item.fields}, item.payload))
            last: Mapping[str, Any] = {"end": True}
        except EngineError as error:
            last = {"error": {"kind": error.kind, "message": error.message, "hint": error.hint}}
        except MemoryError:
            last = _failure("no memory left in a process that works for the assistant", "use a smaller model")
        except FrameError:
            last = _failure("what an engine gave is too long to be passed on", "ask for something shorter")
        except Exception as error:  # noqa: BLE001 - of a library; its text may hold content, so its class is all that is told
            last = _failure(f"an engine broke with {type(error).__name__}", "ask again")
        del self._calls[call.id]
        return encode({"id": call.id, **last})


def _failure(message: str, hint: str) -> Mapping[str, Any]:
    return {"error": {"kind": EngineFailed.__name__, "message": message, "hint": hint}}
