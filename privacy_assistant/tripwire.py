"""A tripwire for Python libraries that open connections behind our back.

`install()` adds an audit hook (`sys.addaudithook`, PEP 578) that refuses name look-ups, making an internet socket
(its `connect` would look a name up before the hook is asked), and every connect, bind and send, unless the code
that runs holds a permit:

* `sending(host, port)`: held by `egress.wire` while its one request runs. That host may be looked up and that
  port connected to. When the host is this machine, only loopback addresses are let through.
* `listening(port)`: held by a face while it opens its server. Only a loopback address may be bound.

AF_UNIX always passes (keyrings, audio servers). A permit belongs to the context it was taken in
(`contextvars`): another thread does not have it, a task started while it is held does.

It is a tripwire, not a wall. It does not see native code or child processes, and code that wants to can take a
permit. The wall is the operating system: a network namespace, Landlock, seccomp, a firewall rule. A hook cannot
be removed, so what is not installed at the start of a process is not there (and a test runs it in a child).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from privacy_assistant.errors import EgressDenied

RULE = "tripwire"

_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
_WATCHED = _CONNECTS | _LOOKUPS | {"socket.__new__", "socket.bind"}

_SOCKETPAIR = frozenset({"socketpair", "_fallback_socketpair"})


@dataclass(frozen=True, slots=True)
class _Permit:
    """What one context may do. `is_listening` allows to bind, otherwise to look up and connect."""

    host: str
    port: int
    is_listening: bool


_permit: ContextVar[_Permit | None] = ContextVar("privacy_assistant_tripwire_permit", default=None)
_installed = False


def install() -> None:
    """Add the hook to this process, once. Nothing takes it away again."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_watch)


def is_installed() -> bool:
    """Whether this process has the hook; `doctor` says so."""
    return _installed


@contextmanager
def sending(host: str, port: int) -> Iterator[None]:
    """Let this context look up `host` and connect to `port`. For `egress.wire` only (a contract checks who imports)."""
    with _holding(_Permit(host, port, is_listening=False)):
        yield


@contextmanager
def listening(port: int) -> Iterator[None]:
    """Let this context bind `port` (0: any free one) on a loopback address. For the faces that listen."""
    with _holding(_Permit("", port, is_listening=True)):
        yield


@contextmanager
def _holding(permit: _Permit) -> Iterator[None]:
    token = _permit.set(permit)
    try:
        yield
    finally:
        _permit.reset(token)


def is_loopback(untrusted_host: object) -> bool:
    """True for a literal loopback address and for `localhost`; anything else, None and "" too, is not loopback."""
    if isinstance(untrusted_host, bytes | bytearray):
        untrusted_host = untrusted_host.decode("ascii", "replace")
    if not isinstance(untrusted_host, str):
        return False
    if untrusted_host.lower() == "localhost":
        return True
    from ipaddress import ip_address

    try:
        address = ip_address(untrusted_host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1 is loopback, ::ffff:8.8.8.8 is not
    return bool((mapped or address).is_loopback)


def _watch(event: str, args: tuple[object, ...]) -> None:
    """The hook. It runs for every audit event of the interpreter, so what is not watched leaves on the first line."""
    if event not in _WATCHED:
        return
    permit = _permit.get()
    if event in _LOOKUPS:
        _look_up(permit, args[0])
        return
    # Imported late: every start of the program loads this file, and few open a socket. It is loaded by now.
    import socket

    unix = getattr(socket, "AF_UNIX", None)  # Windows has none
    if event == "socket.__new__":
        if permit is None and args[1] != unix and not _is_adopting() and not _is_socketpair():
            raise _refusal("a socket")
        return
    family, address = getattr(args[0], "family", -1), args[1]
    if family == unix:
        return
    if family not in {socket.AF_INET, socket.AF_INET6}:
        raise _refusal("a socket that is neither of this machine nor of the internet")
    if address is None:  # `sendmsg` on a socket that `connect` let through
        return
    host, port = address[0], address[1]  # type: ignore[index]  # parsed as an internet address before it came here
    if is_loopback(host) and _is_socketpair():
        return
    if event == "socket.bind":
        if permit is None or not permit.is_listening:
            raise _refusal("listening on a port")
        if not is_loopback(host):
            raise _refusal("listening beyond this machine")
        if permit.port not in (0, port):
            raise _refusal("listening on another port than the one that was opened")
        return
    if permit is None or permit.is_listening:
        raise _refusal("a connection")
    if port != permit.port:
        raise _refusal("a connection to another port than the gate allowed")
    if host != permit.host and (not _is_address(host) or is_loopback(permit.host) != is_loopback(host)):
        raise _refusal("a connection to another machine than the gate allowed")


def _look_up(permit: _Permit | None, untrusted_name: object) -> None:
    if isinstance(untrusted_name, tuple):  # getnameinfo passes (host, port)
        untrusted_name = untrusted_name[0]
    if isinstance(untrusted_name, bytes | bytearray):
        untrusted_name = untrusted_name.decode("ascii", "replace")
    if permit is None:
        raise _refusal("looking up a name")
    if permit.is_listening:
        if not is_loopback(untrusted_name):
            raise _refusal("looking up a name while opening a port")
        return
    if not isinstance(untrusted_name, str) or untrusted_name.lower() != permit.host.lower():
        raise _refusal("looking up another name than the gate allowed")


def _is_address(untrusted_host: object) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(untrusted_host)  # type: ignore[arg-type]  # anything may stand there; what is no address raises
    except ValueError:
        return False
    return isinstance(untrusted_host, str)


def _is_adopting() -> bool:
    """True while `socket.socket(fileno=...)` wraps a descriptor that exists, as `accept` does."""
    import socket

    maker = sys._getframe(2)  # here <- _watch <- socket.socket.__init__
    return maker.f_code is socket.socket.__init__.__code__ and maker.f_locals.get("fileno") is not None


def _is_socketpair() -> bool:
    """True inside `socket.socketpair` where the system has no pairs (Windows): it joins two loopback sockets.

    An event loop begins with one, so without this a prompt could not even be drawn.
    """
    import socket

    caller = sys._getframe(2)  # here <- _watch <- whoever called bind or connect, or socket.socket.__init__
    if caller.f_code is socket.socket.__init__.__code__:
        caller = caller.f_back or caller
    return caller.f_globals is vars(socket) and caller.f_code.co_name in _SOCKETPAIR


def _refusal(what: str) -> EgressDenied:
    # Neither host nor port: the name that was looked up may hold what a person wrote.
    return EgressDenied(
        f"The tripwire stopped {what} outside of the gate.",
        hint="Nothing was sent. This is a bug of the assistant or of a library it uses: please report it.",
        rule=RULE,
    )
