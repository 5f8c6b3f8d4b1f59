"""The tripwire. A hook cannot be taken away again, so each test runs its code in a child process."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from privacy_assistant import tripwire
from privacy_assistant.errors import EgressDenied

_BEGIN = """
import socket
from privacy_assistant import tripwire
from privacy_assistant.errors import EgressDenied
tripwire.install()
def outcome(act):
    try:
        act()
    except EgressDenied as refusal:
        return refusal.rule
    except OSError:
        return "through"  # the system answered: the hook let it pass
    return "through"
def tcp():
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
def udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
"""


def outcome_in_a_child(*lines: str) -> list[str]:
    """What the child printed, line by line. `-W ignore` because the sockets of refused calls are left to die."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _BEGIN + "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    "act",
    [
        "tcp()",
        "udp()",
        "__import__('_socket').socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "tcp().connect(('192.0.2.1', 443))",
        "tcp().connect(('127.0.0.1', 9))",
        "tcp().connect_ex(('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET6).connect(('::1', 9))",
        "udp().sendto(b'x', ('127.0.0.1', 9))",
        "udp().sendmsg([b'x'], [], 0, ('127.0.0.1', 9))",
        "tcp().bind(('127.0.0.1', 0))",
        "socket.getaddrinfo('example.org', 443)",
        "socket.getaddrinfo('localhost', 80)",
        "socket.gethostbyname('localhost')",
        "socket.gethostbyaddr('127.0.0.1')",
        "socket.getnameinfo(('127.0.0.1', 80), 0)",
        "socket.create_connection(('127.0.0.1', 9))",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')",
        "__import__('http.client').client.HTTPConnection('127.0.0.1', 9).request('GET', '/')",
    ],
)
def test_nothing_connects_binds_or_looks_up_a_name_without_a_permit(act: str) -> None:
    """Every way to the network in the standard library meets the hook, loopback included."""
    assert outcome_in_a_child(f"print(outcome(lambda: {act}))") == ["tripwire"]


def test_unix_sockets_and_pairs_pass() -> None:
    """Keyrings and audio servers of this machine are reached through AF_UNIX; event loops begin with a pair."""
    assert outcome_in_a_child(
        "import asyncio",
        "print(outcome(lambda: socket.socket(socket.AF_UNIX).connect('/nonexistent/socket')))",
        "print(outcome(socket.socketpair))",
        "print(outcome(lambda: asyncio.run(asyncio.sleep(0))))",
    ) == ["through", "through", "through"]


def test_a_pair_joined_over_loopback_passes_only_inside_socketpair() -> None:
    """Where the system has no pairs, `socket.socketpair` binds and connects on loopback; nobody else may."""
    fallback = (
        'def socketpair():\\n    s = socket(AF_INET, SOCK_STREAM)\\n    s.bind(("127.0.0.1", 0))\\n    return s',
        'def innocent():\\n    s = socket(AF_INET, SOCK_STREAM)\\n    s.bind(("127.0.0.1", 0))\\n    return s',
        'def socketpair():\\n    s = socket(AF_INET, SOCK_STREAM)\\n    s.bind(("0.0.0.0", 0))\\n    return s',
    )
    calls = ("socketpair", "innocent", "socketpair")
    lines = [
        f"exec('''{code}''', vars(socket)); print(outcome(socket.{call}))"
        for code, call in zip(fallback, calls, strict=True)
    ]
    lines += ["def socketpair(): return socket.socket(socket.AF_INET)", "print(outcome(socketpair))"]
    assert outcome_in_a_child(*lines) == ["through", "tripwire", "tripwire", "tripwire"]


def test_wire_reaches_the_one_host_and_port_it_named() -> None:
    """A sending permit opens that port and that name, and nothing beside them, and ends with its block."""
    assert outcome_in_a_child(
        "with tripwire.sending('127.0.0.1', 9):",
        "    print(outcome(lambda: tcp().connect(('127.0.0.1', 9))))",
        "    print(outcome(lambda: tcp().connect(('127.0.0.1', 10))))",
        "    print(outcome(lambda: tcp().connect(('192.0.2.1', 9))))",
        "    print(outcome(lambda: socket.getaddrinfo('127.0.0.1', 9)))",
        "    print(outcome(lambda: socket.getaddrinfo('example.org', 9)))",
        "    print(outcome(lambda: socket.getaddrinfo(None, 9)))",
        "    print(outcome(lambda: tcp().bind(('127.0.0.1', 9))))",
        "print(outcome(lambda: tcp().connect(('127.0.0.1', 9))))",
    ) == ["through", "tripwire", "tripwire", "through", "tripwire", "tripwire", "tripwire", "tripwire"]


def test_a_far_name_that_resolves_to_this_machine_is_refused() -> None:
    """A permit for a far host never opens a loopback port: DNS rebinding ends here."""
    assert outcome_in_a_child(
        "with tripwire.sending('example.invalid', 9):",
        "    print(outcome(lambda: tcp().connect(('127.0.0.1', 9))))",
        "    print(outcome(lambda: socket.getaddrinfo('example.invalid', 9)))",
    ) == ["tripwire", "through"]


def test_a_permit_opens_no_other_name_on_its_port() -> None:
    """An address may be what the name resolved to; another name on the same port is another machine."""
    assert outcome_in_a_child(
        "with tripwire.sending('example.invalid', 9):",
        "    print(outcome(lambda: tcp().connect(('localhost', 9))))",
        "    print(outcome(lambda: tcp().connect(('127.1', 9))))",  # another spelling of loopback
        "    print(outcome(lambda: tcp().connect(('3221225985', 9))))",  # 192.0.2.1, spelled as one number
        "with tripwire.sending('localhost', 9):",
        "    print(outcome(lambda: tcp().connect(('127.0.0.1', 9))))",
        "    print(outcome(lambda: tcp().connect(('localhost', 9))))",
    ) == ["tripwire", "tripwire", "tripwire", "through", "through"]


def test_a_socket_made_under_a_permit_goes_nowhere_after_it() -> None:
    """What connects is asked again each time, so a socket kept beyond its block is of no use."""
    assert (
        outcome_in_a_child(
            "with tripwire.sending('127.0.0.1', 9):",
            "    kept, datagrams = tcp(), udp()",
            "print(outcome(lambda: kept.connect(('127.0.0.1', 9))))",
            "print(outcome(lambda: kept.bind(('127.0.0.1', 0))))",
            "print(outcome(lambda: datagrams.sendto(b'x', ('127.0.0.1', 9))))",
            "print(outcome(lambda: datagrams.sendmsg([b'x'], [], 0, ('127.0.0.1', 9))))",
        )
        == ["tripwire"] * 4
    )


def test_a_face_may_bind_loopback_and_nothing_wider() -> None:
    """A listening permit binds its port on a loopback address; it neither connects nor opens to the network."""
    assert outcome_in_a_child(
        "with tripwire.listening(0):",
        "    print(outcome(lambda: tcp().bind(('127.0.0.1', 0))))",
        "    print(outcome(lambda: tcp().bind(('0.0.0.0', 0))))",
        "    print(outcome(lambda: tcp().bind(('', 0))))",
        "    print(outcome(lambda: tcp().connect(('127.0.0.1', 9))))",
        "with tripwire.listening(4321):",
        "    print(outcome(lambda: tcp().bind(('127.0.0.1', 4322))))",
        "    print(outcome(lambda: tcp().connect(('192.0.2.1', 4321))))",
    ) == ["through", "tripwire", "tripwire", "tripwire", "tripwire", "tripwire"]


def test_a_server_accepts_after_its_permit_is_given_back() -> None:
    """Accepting wraps a connection that somebody of this machine made, so it needs no permit of its own."""
    assert outcome_in_a_child(
        "with tripwire.listening(0):",
        "    server = socket.create_server(('127.0.0.1', 0))",
        "port = server.getsockname()[1]",
        "with tripwire.sending('127.0.0.1', port):",
        "    client = socket.create_connection(('127.0.0.1', port))",
        "print(outcome(server.accept))",
        "def disguised(fileno=3):",
        "    return __import__('_socket').socket(socket.AF_INET, socket.SOCK_STREAM)",
        "print(outcome(disguised))",
    ) == ["through", "tripwire"]


def test_a_server_of_the_standard_library_opens_and_answers_under_its_permit() -> None:
    """asyncio and http.server open on loopback with the permit as a face would hold it, and a request comes back."""
    assert outcome_in_a_child(
        "import asyncio",
        "from http.server import HTTPServer, BaseHTTPRequestHandler",
        "async def serve():",
        "    async def answer(reader, writer):",
        "        writer.write(await reader.read(1)); await writer.drain(); writer.close()",
        "    with tripwire.listening(0):",
        "        server = await asyncio.start_server(answer, '127.0.0.1', 0)",
        "    port = server.sockets[0].getsockname()[1]",
        "    with tripwire.sending('127.0.0.1', port):",
        "        reader, writer = await asyncio.open_connection('127.0.0.1', port)",
        "    writer.write(b'y'); print((await reader.read(1)).decode())",
        "asyncio.run(serve())",
        "with tripwire.listening(0):",
        "    print(outcome(lambda: HTTPServer(('127.0.0.1', 0), BaseHTTPRequestHandler)))",
    ) == ["y", "through"]


def test_another_thread_does_not_have_the_permit() -> None:
    """A library's background thread cannot send on the request's permit."""
    assert outcome_in_a_child(
        "import threading",
        "seen = []",
        "with tripwire.sending('127.0.0.1', 9):",
        "    other = threading.Thread(target=lambda: seen.append(outcome(lambda: tcp().connect(('127.0.0.1', 9)))))",
        "    other.start(); other.join()",
        "print(*seen)",
    ) == ["tripwire"]


def test_a_refusal_names_neither_host_nor_port() -> None:
    """The name looked up may hold what a person wrote, so it is in no message; the remedy is."""
    shown = " ".join(
        outcome_in_a_child(
            "try:",
            "    socket.getaddrinfo('my-secret-word.example', 443)",
            "except EgressDenied as refusal:",
            "    print(refusal.message, refusal.hint, repr(refusal))",
        )
    )
    assert "secret" not in shown
    assert "Nothing was sent." in shown


def test_installing_twice_adds_one_hook() -> None:
    """`install` may be called by every entry point, and a process can tell whether it has the hook."""
    assert outcome_in_a_child(
        "tripwire.install()",
        "print(tripwire.is_installed())",
        "print(outcome(tcp))",
    ) == ["True", "tripwire"]
    fresh = "from privacy_assistant import tripwire; print(tripwire.is_installed())"
    assert subprocess.run([sys.executable, "-c", fresh], capture_output=True, check=True).stdout == b"False\n"


def test_the_tests_themselves_run_under_the_tripwire() -> None:
    """No test of this project opens a connection by accident: the hook is in this process too."""
    assert tripwire.is_installed()
    with pytest.raises(EgressDenied):
        socket.getaddrinfo("localhost", 80)


def test_loading_the_tripwire_loads_no_socket_module() -> None:
    """It is loaded at every start, `--help` included, so it must cost next to nothing."""
    code = "import sys, privacy_assistant.tripwire; print({'socket', 'ipaddress'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"set()\n"


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("LocalHost", True),
        (b"127.0.0.1", True),
        ("::ffff:8.8.8.8", False),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        (None, False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("2130706433", False),
        (b"\xff", False),
    ],
)
def test_only_a_literal_loopback_address_or_localhost_is_this_machine(host: object, is_here: bool) -> None:
    """Wildcards, look-alikes, decimal spellings and nothing at all are elsewhere."""
    assert tripwire.is_loopback(host) is is_here
