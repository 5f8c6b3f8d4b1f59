"""A key that talks from anywhere on the desktop: held, it listens; let go, it asks.

By the desktop portal's GlobalShortcuts (KDE Plasma, GNOME 48 and later, Hyprland), over the session bus: a Unix socket,
and no other address of a bus is taken. The desktop asks the person once which key it shall be, and only then tells of
that key alone; nobody reads the keyboard. Desktops that give it to installed applications only refuse a program of a
terminal: that is told in a line, and everything else goes on.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PORTAL = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
INTERFACE = "org.freedesktop.portal.GlobalShortcuts"

SHORTCUT = "talk"
WANTED_TRIGGER = "CTRL+ALT+space"

_INSTEAD = "the space bar in this window talks"
NO_BUS = f"no global talk key: this session has no desktop bus · {_INSTEAD}"
NO_PORTAL = f"no global talk key: this desktop offers none · {_INSTEAD}"
REFUSED = f"no global talk key: the desktop did not give it · {_INSTEAD}"
LOST = f"the global talk key is gone: the desktop closed it · {_INSTEAD}"

_LOOK_EVERY_S = 0.25
_REPLY_WITHIN_S = 5.0
_LONGEST_TRIGGER = 40


class _Gone(Exception):
    """It ends here; the notice says why, "" for nothing to say."""

    def __init__(self, notice: str) -> None:
        super().__init__(notice)
        self.notice = notice


class Hotkey:
    """The talk key of the desktop. Everything is told from a thread of its own; `start` returns at once.

    Whatever becomes of the desktop, a key that was pressed is let go: no microphone stays open because of it.
    """

    def __init__(
        self,
        *,
        press: Callable[[], None],
        release: Callable[[], None],
        notice: Callable[[str], None],
        address: str = "",
    ) -> None:
        """`notice` takes lines for the person. `address` is a bus, "" for that of the session."""
        self._press = press
        self._release = release
        self._notice = notice
        self._address = address
        self._is_pressed = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="global-talk-key", daemon=True)

    def start(self) -> None:
        """Ask the desktop for the key, and listen for it until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Give the key back."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=4 * _LOOK_EVERY_S)

    def _run(self) -> None:
        try:
            connection = _open(self._address or _session_bus())
            try:
                self._listen(_Portal(connection, self._is_over))
            finally:
                connection.close()
        except _Gone as gone:
            if gone.notice and not self._is_over.is_set():
                self._notice(gone.notice)
        finally:
            self._let_go()

    def _listen(self, portal: _Portal) -> None:
        trigger = portal.bind()
        self._notice(f"hold {trigger} anywhere to talk" if trigger else "the global talk key is yours: hold it to talk")
        while True:
            match portal.next_turn():
                case "Activated" if not self._is_pressed:
                    self._is_pressed = True
                    self._press()
                case "Deactivated":
                    self._let_go()

    def _let_go(self) -> None:
        if self._is_pressed:
            self._is_pressed = False
            self._release()


@contextlib.contextmanager
def desktop_key(
    press: Callable[[], None], release: Callable[[], None], notice: Callable[[str], None]
) -> Iterator[None]:
    """The talk key of the desktop while the block runs. It raises nothing: what is wrong is a notice."""
    key = Hotkey(press=press, release=release, notice=notice)
    key.start()
    try:
        yield
    finally:
        key.close()


class _Portal:
    """One session of the desktop's global shortcuts. Everything raises _Gone where it cannot go on."""

    def __init__(self, connection: Any, is_over: threading.Event) -> None:
        self._connection = connection
        self._is_over = is_over
        self._owner = ""
        self._session = ""
        self._waiting: deque[Any] = deque()

    def bind(self) -> str:
        """Open a session and bind the key, however long the person takes to say which; the key in words, or ""."""
        from jeepney import DBusAddress, MatchRule, message_bus  # type: ignore[import-untyped]  # it carries no types

        self._call(message_bus.AddMatch(MatchRule(type="signal", sender=PORTAL)))
        gone = MatchRule(type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged")
        gone.add_arg_condition(0, PORTAL)
        self._call(message_bus.AddMatch(gone))
        shortcuts = DBusAddress(PATH, PORTAL, INTERFACE)
        token = f"privacy_assistant_{secrets.token_hex(8)}"
        untrusted_results = self._ask(
            shortcuts, "CreateSession", "a{sv}", ({"session_handle_token": ("s", token)},), at_options=0
        )
        self._session = _text(untrusted_results.get("session_handle"))
        key = (
            SHORTCUT,
            {"description": ("s", "Hold to talk to the assistant"), "preferred_trigger": ("s", WANTED_TRIGGER)},
        )
        untrusted_results = self._ask(
            shortcuts, "BindShortcuts", "oa(sa{sv})sa{sv}", (self._session, [key], "", {}), at_options=3
        )
        return _trigger_of(untrusted_results)

    def next_turn(self) -> str:
        """Wait until the key goes down ("Activated") or up ("Deactivated")."""
        while True:
            member, path, body = self._signal()
            if member == "Closed" and path == self._session:
                raise _Gone(LOST)
            if member in ("Activated", "Deactivated") and body[:2] == (self._session, SHORTCUT):
                return member

    def _ask(
        self, address: Any, method: str, signature: str, body: tuple[Any, ...], *, at_options: int
    ) -> Mapping[str, Any]:
        """Call a method that answers later, by a signal of a request; what it answered."""
        from jeepney import new_method_call

        token = f"privacy_assistant_{secrets.token_hex(8)}"
        filled = list(body)
        filled[at_options] = {**filled[at_options], "handle_token": ("s", token)}
        (untrusted_handle,) = self._call(new_method_call(address, method, signature, tuple(filled)), is_portal=True)
        sender = self._connection.unique_name.removeprefix(":").replace(".", "_")
        paths = (untrusted_handle, f"{PATH}/request/{sender}/{token}")
        while True:
            member, path, untrusted_body = self._signal()
            if member == "Response" and path in paths:
                code, untrusted_results = untrusted_body
                if code != 0:
                    raise _Gone(REFUSED)
                return dict(untrusted_results)

    def _call(self, message: Any, *, is_portal: bool = False) -> tuple[Any, ...]:
        from jeepney import HeaderFields, MessageType

        serial = next(self._connection.outgoing_serial)
        until = time.monotonic() + _REPLY_WITHIN_S
        try:
            self._connection.send(message, serial=serial)
            while True:
                reply = self._connection.receive(timeout=max(0.0, until - time.monotonic()))
                if reply.header.fields.get(HeaderFields.reply_serial) == serial:
                    break
                self._waiting.append(reply)  # the signal of a request may overtake the reply to it
        except (OSError, ValueError):  # the bus is gone, does not answer in time, or says what is no message
            raise _Gone(NO_PORTAL) from None
        if reply.header.message_type is not MessageType.method_return:
            error = str(reply.header.fields.get(HeaderFields.error_name, ""))
            is_absent = error.rpartition(".")[2] in _ABSENT
            raise _Gone(NO_PORTAL if is_absent or not is_portal else REFUSED)
        if is_portal:
            self._owner = str(reply.header.fields.get(HeaderFields.sender, ""))
        return tuple(reply.body)

    def _signal(self) -> tuple[str, str, tuple[Any, ...]]:
        """The next signal of this very portal: its name, its object, its values. Another program's are not heard."""
        from jeepney import HeaderFields, MessageType

        while True:
            try:
                message = self._waiting.popleft() if self._waiting else self._connection.receive(timeout=_LOOK_EVERY_S)
            except TimeoutError:
                if self._is_over.is_set():
                    raise _Gone("") from None
                continue
            except (OSError, ValueError):
                raise _Gone(LOST) from None
            fields = message.header.fields
            if message.header.message_type is not MessageType.signal:
                continue
            member, sender = str(fields.get(HeaderFields.member)), fields.get(HeaderFields.sender)
            if member == "NameOwnerChanged" and sender == "org.freedesktop.DBus" and message.body[1] == self._owner:
                raise _Gone(LOST)
            if sender == self._owner:
                return member, str(fields.get(HeaderFields.path)), tuple(message.body)


_ABSENT = frozenset(
    {"ServiceUnknown", "UnknownMethod", "UnknownInterface", "UnknownObject", "NameHasNoOwner", "NotSupported"}
)


def _open(address: str) -> Any:
    """A connection to that bus. Raises _Gone."""
    try:
        from jeepney.auth import AuthenticationError  # type: ignore[import-untyped]  # it carries no types
        from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]  # it carries no types
    except ImportError:  # it comes with Linux alone
        raise _Gone(NO_PORTAL) from None
    # A bus may be offered by TCP, too: only a socket of this machine's files is taken.
    unix = [offer for offer in address.split(";") if offer.startswith("unix:")]
    if not unix:
        raise _Gone(NO_BUS)
    try:
        return open_dbus_connection(";".join(unix))
    except (OSError, RuntimeError, ValueError, AuthenticationError):
        raise _Gone(NO_BUS) from None


def _session_bus() -> str:
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    if not address and (runtime := os.environ.get("XDG_RUNTIME_DIR", "")) and os.path.exists(f"{runtime}/bus"):
        address = f"unix:path={runtime}/bus"
    return address


def _text(untrusted: Any) -> str:
    """The text of a variant. Raises _Gone for anything else."""
    if isinstance(untrusted, tuple) and len(untrusted) == 2 and isinstance(untrusted[1], str):
        return untrusted[1]
    raise _Gone(NO_PORTAL)


def _trigger_of(untrusted_results: Mapping[str, Any]) -> str:
    """How the desktop calls the key, fit to be shown. Raises _Gone where it bound none."""
    untrusted_bound = untrusted_results.get("shortcuts", ("", []))[1]
    for name, properties in untrusted_bound:
        if name == SHORTCUT:
            trigger = properties.get("trigger_description", ("s", ""))[1]
            return "".join(c for c in str(trigger) if c.isprintable())[:_LONGEST_TRIGGER].strip()
    raise _Gone(REFUSED)
