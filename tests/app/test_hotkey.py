"""The global talk key, with a bus of the tests' own and a portal that stands in for a desktop's."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from privacy_assistant.app import hotkey
from privacy_assistant.app.hotkey import LOST, NO_BUS, NO_PORTAL, REFUSED, Hotkey, desktop_key

jeepney = pytest.importorskip("jeepney", reason="needs jeepney, which comes with keyring on Linux")

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><policy context="default">
<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>"""


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    """A message bus for this test alone; its address."""
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("needs dbus-daemon (Debian: apt install dbus-daemon)")
    configuration = tmp_path / "bus.conf"
    configuration.write_text(CONFIGURATION.format(path=tmp_path / "bus"), encoding="utf-8")
    daemon = subprocess.Popen(
        [program, f"--config-file={configuration}", "--nofork", "--nosyslog", "--print-address=1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    yield daemon.stdout.readline().strip()
    daemon.terminate()
    daemon.wait(timeout=10)
    daemon.stdout.close()


class Portal:
    """The desktop's side of GlobalShortcuts: opens sessions, binds keys, and presses them when a test says so."""

    def __init__(
        self, bus: str, *, code: int = 0, error: str = "", bound: list[Any] | None = None, is_quick: bool = False
    ) -> None:
        from jeepney.io.threading import open_dbus_connection  # type: ignore[import-untyped]  # it carries no types

        self._connection = open_dbus_connection(bus)
        self._code = code
        self._error = error
        self._bound = [("talk", {"trigger_description": ("s", "Ctrl+Alt+Space\x1b[2J")})] if bound is None else bound
        self._is_quick = is_quick
        self.session = ""
        self.client = ""
        self.asked: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._connection.send(jeepney.message_bus.RequestName(hotkey.PORTAL))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def emits(self, member: str, name: str = "talk", *, session: str = "") -> None:
        """Tell the client that a key went down or up."""
        self._emit(hotkey.PATH, hotkey.INTERFACE, member, "osta{sv}", (session or self.session, name, 7, {}))

    def closes_the_session(self) -> None:
        self._emit(self.session, "org.freedesktop.portal.Session", "Closed", "a{sv}", ({},))

    def close(self) -> None:
        if not self._thread.is_alive():
            return
        self._connection.interrupt()
        self._thread.join(timeout=5)
        self._connection.close()
        for pipe in (self._connection._stop_r, self._connection._stop_w):
            os.close(pipe)

    def _emit(self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]) -> None:
        emitter = jeepney.DBusAddress(path, interface=interface)
        signal = jeepney.new_signal(emitter, member, signature, body)
        signal.header.fields[jeepney.HeaderFields.destination] = self.client
        self._connection.send(signal)

    def _serve(self) -> None:
        from jeepney.io.threading import ReceiveStopped

        while True:
            try:
                message = self._connection.receive()
            except (ReceiveStopped, ConnectionError):
                return
            if message.header.message_type is jeepney.MessageType.method_call:
                self._answer(message)

    def _answer(self, message: Any) -> None:
        fields = message.header.fields
        self.client = fields[jeepney.HeaderFields.sender]
        member = fields[jeepney.HeaderFields.member]
        if self._error:
            self._connection.send(jeepney.new_error(message, self._error, "s", ("no",)))
            return
        options = message.body[-1]
        mine = self.client.removeprefix(":").replace(".", "_")
        request = f"{hotkey.PATH}/request/{mine}/{options['handle_token'][1]}"
        results: dict[str, Any] = {}
        if member == "CreateSession":
            self.session = f"{hotkey.PATH}/session/{mine}/{options['session_handle_token'][1]}"
            results = {"session_handle": ("s", self.session)}
        elif member == "BindShortcuts":
            self.asked.put(message.body)
            results = {"shortcuts": ("a(sa{sv})", self._bound)}
        reply = jeepney.new_method_return(message, "o", (request,))
        response = (request, "org.freedesktop.portal.Request", "Response", "ua{sv}", (self._code, results))
        if self._is_quick:  # the response may overtake the reply
            self._emit(*response)
        self._connection.send(reply)
        if not self._is_quick:
            self._emit(*response)


class Ear:
    """Keeps what the key told, in order."""

    def __init__(self, bus: str) -> None:
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.key = Hotkey(
            press=lambda: self._told.put("press"),
            release=lambda: self._told.put("release"),
            notice=self._told.put,
            address=bus,
        )

    def next(self) -> str:
        """What is told next."""
        return self._told.get(timeout=10)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing more was told."""
        return self._told.empty()


@pytest.fixture
def ear(bus: str) -> Iterator[Ear]:
    """A talk key on the bus of the test, not started."""
    made = Ear(bus)
    yield made
    made.key.close()


@pytest.fixture
def portal(bus: str) -> Iterator[Callable[..., Portal]]:
    """Makes the portal of the test."""
    made: list[Portal] = []

    def make(**how: Any) -> Portal:
        made.append(Portal(bus, **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("is_quick", [False, True])
def test_a_key_that_is_held_presses_and_releases(ear: Ear, portal: Callable[..., Portal], is_quick: bool) -> None:
    """The desktop is asked for one key by name; down and up arrive, and its name for the key steers no terminal."""
    desktop = portal(is_quick=is_quick)
    ear.key.start()
    session, shortcuts, parent, _ = desktop.asked.get(timeout=10)
    assert (session, parent) == (desktop.session, "")
    assert [name for name, _ in shortcuts] == ["talk"]
    assert ear.next() == "hold Ctrl+Alt+Space[2J anywhere to talk"
    desktop.emits("Activated")
    assert ear.next() == "press"
    desktop.emits("Deactivated")
    assert ear.next() == "release"


def test_a_key_that_repeats_is_pressed_once(ear: Ear, portal: Callable[..., Portal]) -> None:
    """Some desktops tell of every repeat; another key and another session are nobody's business."""
    desktop = portal()
    ear.key.start()
    ear.next()
    desktop.emits("Activated", "other")
    desktop.emits("Activated", session=f"{hotkey.PATH}/session/1_1/another")
    for member in ("Deactivated", "Activated", "Activated", "Deactivated", "Deactivated", "Activated"):
        desktop.emits(member)
    assert [ear.next() for _ in range(3)] == ["press", "release", "press"]


def test_another_program_cannot_press_the_key(ear: Ear, portal: Callable[..., Portal], bus: str) -> None:
    """A signal of the same shape that does not come from the portal opens no microphone."""
    desktop = portal()
    ear.key.start()
    ear.next()
    stranger = portal()  # the name is taken: it stays without
    stranger.client, stranger.session = desktop.client, desktop.session
    stranger.emits("Activated")
    time.sleep(0.1)  # nothing tells that something was not heard
    desktop.emits("Deactivated")
    desktop.emits("Activated")
    assert ear.next() == "press"
    assert ear.is_quiet


def test_a_key_that_is_down_is_let_go_when_the_desktop_goes(ear: Ear, portal: Callable[..., Portal]) -> None:
    """The portal ends: a line, and the microphone does not stay open."""
    desktop = portal()
    ear.key.start()
    ear.next()
    desktop.emits("Activated")
    assert ear.next() == "press"
    desktop.close()
    assert sorted([ear.next(), ear.next()]) == sorted([LOST, "release"])


def test_a_session_that_the_desktop_closes_is_told(ear: Ear, portal: Callable[..., Portal]) -> None:
    """The person took the key away in the settings of the desktop."""
    desktop = portal()
    ear.key.start()
    ear.next()
    desktop.closes_the_session()
    assert ear.next() == LOST


def test_closing_lets_go_without_a_word(ear: Ear, portal: Callable[..., Portal]) -> None:
    """The program ends: what is down comes up, and nothing is told."""
    desktop = portal()
    ear.key.start()
    ear.next()
    desktop.emits("Activated")
    assert ear.next() == "press"
    ear.key.close()
    assert ear.next() == "release"
    assert ear.is_quiet


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ({"code": 1}, REFUSED),
        ({"code": 2}, REFUSED),
        ({"bound": []}, REFUSED),
        ({"error": "org.freedesktop.portal.Error.NotAllowed"}, REFUSED),
        ({"error": "org.freedesktop.DBus.Error.UnknownMethod"}, NO_PORTAL),
        ({"error": "org.freedesktop.DBus.Error.UnknownInterface"}, NO_PORTAL),
    ],
)
def test_a_desktop_that_gives_no_key_is_one_line(
    ear: Ear, portal: Callable[..., Portal], how: dict[str, Any], line: str
) -> None:
    """The person said no, the desktop gives it to nobody like us, or it knows no such thing."""
    portal(**how)
    ear.key.start()
    assert ear.next() == line
    ear.key.close()
    assert ear.is_quiet


def test_a_bus_without_a_portal_is_one_line(ear: Ear) -> None:
    """A session without a desktop, such as one over ssh."""
    ear.key.start()
    assert ear.next() == NO_PORTAL


@pytest.mark.parametrize(
    "address",
    [
        "tcp:host=127.0.0.1,port=1",
        "unixexec:path=/bin/true",
        "nonce-tcp:host=127.0.0.1,port=1",
        "unix:path=/nowhere",
        "unix:tmpdir=/tmp",
        "nonsense",
    ],
)
def test_no_other_bus_than_a_unix_socket_is_taken(address: str) -> None:
    """A bus over TCP, one that is a program, one that is not there: a line, and nothing was opened."""
    ear = Ear(address)
    ear.key.start()
    assert ear.next() == NO_BUS


def test_a_session_without_a_bus_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither variable leads to one."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    ear = Ear("")
    ear.key.start()
    assert ear.next() == NO_BUS


def test_the_key_is_held_for_as_long_as_the_block_runs(
    bus: str, portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bus of the session is found by its variable; what is down when the block ends comes up."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    desktop = portal()
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    with desktop_key(lambda: told.put("press"), lambda: told.put("release"), told.put):
        assert told.get(timeout=10).startswith("hold Ctrl+Alt+Space")
        desktop.emits("Activated")
        assert told.get(timeout=10) == "press"
    assert told.get(timeout=10) == "release"


def test_the_tripwire_lets_the_key_through(bus: str, portal: Callable[..., Portal]) -> None:
    """In a process with the tripwire: a Unix socket passes, and the key is bound."""
    portal()
    script = (
        "import queue, sys; from privacy_assistant import tripwire; tripwire.install()\n"
        "from privacy_assistant.app.hotkey import Hotkey\n"
        "told = queue.SimpleQueue()\n"
        "key = Hotkey(press=lambda: None, release=lambda: None, notice=told.put)\n"
        "key.start(); print(told.get(timeout=10)); key.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": bus},
        timeout=30,
        check=False,
    )
    assert done.stdout.startswith("hold Ctrl+Alt+Space")
    assert done.stderr == ""
