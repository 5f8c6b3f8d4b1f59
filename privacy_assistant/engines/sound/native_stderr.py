"""What native code would print on the terminal: PortAudio, ALSA and JACK tell each other's troubles there.

They print from threads of their own, whenever a device goes, so number 2 cannot be turned away only for a moment;
and for longer it must not, for the interpreter and other threads write there. glibc keeps the stream that C code
prints to in a variable, and that alone is exchanged. Elsewhere PortAudio prints next to nothing.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_users = 0
_kept: int | None = None
_nowhere: int | None = None


@contextmanager
def quiet() -> Iterator[None]:
    """C code prints nowhere meanwhile. May be nested, and used from several threads."""
    begin()
    try:
        yield
    finally:
        end()


def begin() -> None:
    """The same for as long as a card is open; `end` must follow."""
    global _users, _kept
    with _lock:
        _users += 1
        stream, nowhere = _stream(), _null()
        if _users == 1 and stream is not None and nowhere is not None:
            _kept, stream.value = stream.value, nowhere


def end() -> None:
    """The last one who was quiet gives the stream back."""
    global _users, _kept
    with _lock:
        _users -= 1
        stream = _stream()
        if _users == 0 and stream is not None and _kept is not None:
            stream.value, _kept = _kept, None


def _stream() -> ctypes.c_void_p | None:
    """glibc's variable; None for any other C library, where it may be a constant."""
    if os.name != "posix":
        return None
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return None
    return ctypes.c_void_p.in_dll(library, "stderr")


def _null() -> int | None:
    global _nowhere
    if _nowhere is None and os.name == "posix":
        library = ctypes.CDLL(None)
        library.fopen.restype = ctypes.c_void_p
        library.fopen.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
        _nowhere = library.fopen(os.devnull.encode(), b"we")
    return _nowhere
