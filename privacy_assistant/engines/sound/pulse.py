"""What PulseAudio, or PipeWire in its place, calls its devices.

PortAudio reaches the sound server through ALSA as one device ("pulse") and knows nothing of the sinks and sources
behind it, which are what a person knows by name. libpulse is asked for those; the plug-in takes the names from
PULSE_SINK and PULSE_SOURCE while a stream is opened.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_READY, _FAILED = 4, 5  # pa_context_state_t; 6 is "terminated"
_RUNNING = 0  # pa_operation_state_t
_NO_AUTOSPAWN = 1
_PATIENCE_S = 1.0
_MOST = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A sink or a source: `name` is the server's own, `label` what a person reads."""

    name: str
    label: str
    channels: int
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Server:
    """What a sound server has. `is_local` is False where it runs on another machine."""

    sinks: tuple[Endpoint, ...] = ()
    sources: tuple[Endpoint, ...] = ()
    default_sink: str = ""
    default_source: str = ""
    is_local: bool = True


class _SampleSpec(ctypes.Structure):
    _fields_ = (("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8))


class _EndpointHead(ctypes.Structure):
    """How pa_sink_info and pa_source_info begin, since version 0.9."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("index", ctypes.c_uint32),
        ("description", ctypes.c_char_p),
        ("sample_spec", _SampleSpec),
    )


class _ServerHead(ctypes.Structure):
    """How pa_server_info begins."""

    _fields_ = (
        ("user_name", ctypes.c_char_p),
        ("host_name", ctypes.c_char_p),
        ("server_version", ctypes.c_char_p),
        ("server_name", ctypes.c_char_p),
        ("sample_spec", _SampleSpec),
        ("default_sink", ctypes.c_char_p),
        ("default_source", ctypes.c_char_p),
    )


_ENDPOINT_CALL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_EndpointHead), ctypes.c_int, ctypes.c_void_p)
_SERVER_CALL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_ServerHead), ctypes.c_void_p)


def ask() -> Server | None:
    """What the sound server of this person has now, within a second; None where there is no server or no libpulse."""
    try:
        library = ctypes.CDLL("libpulse.so.0")
    except OSError:
        return None
    with _connected(library) as session:
        return None if session is None else _answer(session)


@dataclass(slots=True)
class _Session:
    """A connection that is ready."""

    library: Any
    loop: int
    context: int
    until: float
    found: Server = field(default_factory=Server)

    def turn(self) -> bool:
        """Let the library work for a moment; False when the time is over."""
        if self.library.pa_mainloop_iterate(self.loop, 0, None) < 0 or time.monotonic() > self.until:
            return False
        time.sleep(0.0005)
        return True

    def wait(self, operation: int | None) -> bool:
        """Until the server has answered; False where it does not."""
        if not operation:
            return False
        is_done = False
        while not is_done and self.turn():
            is_done = self.library.pa_operation_get_state(operation) != _RUNNING
        if not is_done:
            self.library.pa_operation_cancel(operation)
        self.library.pa_operation_unref(operation)
        return is_done


@contextmanager
def _connected(library: Any) -> Iterator[_Session | None]:
    pointer, number = ctypes.c_void_p, ctypes.c_int
    shapes: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "pa_mainloop_new": (pointer, ()),
        "pa_mainloop_get_api": (pointer, (pointer,)),
        "pa_mainloop_iterate": (number, (pointer, number, pointer)),
        "pa_mainloop_free": (None, (pointer,)),
        "pa_context_new": (pointer, (pointer, ctypes.c_char_p)),
        "pa_context_connect": (number, (pointer, ctypes.c_char_p, number, pointer)),
        "pa_context_get_state": (number, (pointer,)),
        "pa_context_is_local": (number, (pointer,)),
        "pa_context_get_server_info": (pointer, (pointer, _SERVER_CALL, pointer)),
        "pa_context_get_sink_info_list": (pointer, (pointer, _ENDPOINT_CALL, pointer)),
        "pa_context_get_source_info_list": (pointer, (pointer, _ENDPOINT_CALL, pointer)),
        "pa_context_disconnect": (None, (pointer,)),
        "pa_context_unref": (None, (pointer,)),
        "pa_operation_get_state": (number, (pointer,)),
        "pa_operation_cancel": (None, (pointer,)),
        "pa_operation_unref": (None, (pointer,)),
    }
    for name, (result, arguments) in shapes.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    loop = library.pa_mainloop_new()
    if not loop:
        yield None
        return
    context = library.pa_context_new(library.pa_mainloop_get_api(loop), b"privacy-assistant")
    try:
        session = _Session(library, loop, context or 0, time.monotonic() + _PATIENCE_S)
        # A server that is not there is not started for the asking.
        is_trying = bool(context) and library.pa_context_connect(context, None, _NO_AUTOSPAWN, None) >= 0
        state = 0
        while is_trying and state < _READY:
            is_trying = session.turn()
            state = library.pa_context_get_state(context)
        yield session if state == _READY else None
    finally:
        if context:
            library.pa_context_disconnect(context)
            library.pa_context_unref(context)
        library.pa_mainloop_free(loop)


def _answer(session: _Session) -> Server | None:
    library, context = session.library, session.context
    defaults: list[str] = []

    def tell(_context: int, info: Any, _data: int) -> None:
        if info:
            defaults.extend((_text(info.contents.default_sink), _text(info.contents.default_source)))

    told = _SERVER_CALL(tell)
    sinks, take_sink = _collector()
    sources, take_source = _collector()
    is_answered = (
        session.wait(library.pa_context_get_server_info(context, told, None))
        and session.wait(library.pa_context_get_sink_info_list(context, take_sink, None))
        and session.wait(library.pa_context_get_source_info_list(context, take_source, None))
    )
    if not is_answered or len(defaults) != 2:
        return None
    is_local = library.pa_context_is_local(context) == 1
    return Server(tuple(sinks), tuple(sources), defaults[0], defaults[1], is_local)


def _collector() -> tuple[list[Endpoint], Any]:
    found: list[Endpoint] = []

    def take(_context: int, info: Any, is_last: int, _data: int) -> None:
        if is_last or not info or len(found) >= _MOST:
            return
        head = info.contents
        found.append(
            Endpoint(_text(head.name), _text(head.description), head.sample_spec.channels, head.sample_spec.rate)
        )

    return found, _ENDPOINT_CALL(take)


def _text(untrusted: bytes | None) -> str:
    return "" if untrusted is None else untrusted.decode("utf-8", "replace")
