"""Tests of the routing table: as the kernel writes it, in networks made for the test, and damaged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.egress.routing_table import RecentRoutes, Routes, read_routes

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT" + " " * 23 + "\n"
DEFAULT = "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
NEAR = "eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
BLACKHOLE = "*\t00000000\t00000000\t0001\t0\t0\t999\t00000000\t0\t0\t0\n"
UNREACHABLE = "*\t006433C6\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
HALF = "tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
HALVES = HALF + HALF.replace("\t00000000", "\t00000080", 1)

_ZERO = "0" * 32
DEFAULT_V6 = f"{_ZERO} 00 {_ZERO} 00 fd{'0' * 29}1 00000400 00000002 00000000 00000003     eth0\n"
NEAR_V6 = f"fd{'0' * 30} 40 {_ZERO} 00 {_ZERO} 00000100 00000001 00000000 00000001     eth0\n"
LINK_LOCAL = f"fe80{'0' * 28} 40 {_ZERO} 00 {_ZERO} 00000100 00000002 00000000 00000001     eth0\n"
OWN_ADDRESS = f"fd{'0' * 29}2 80 {_ZERO} 00 {_ZERO} 00000000 00000003 00000000 80200001     eth0\n"
MULTICAST = f"ff{'0' * 30} 08 {_ZERO} 00 {_ZERO} 00000100 00000003 00000000 00000001     eth0\n"
LOOPBACK = f"{'0' * 31}1 80 {_ZERO} 00 {_ZERO} 00000000 00000002 00000000 80200001       lo\n"
NOWHERE = f"{_ZERO} 00 {_ZERO} 00 {_ZERO} ffffffff 00000001 00000000 00200200       lo\n"
QUIET_V6 = LINK_LOCAL + LOOPBACK + OWN_ADDRESS + MULTICAST + NOWHERE
"""What stands there on a machine that is up and in no IPv6 network."""


def table(folder: Path, v4: str = "", v6: str = QUIET_V6, tables: str = "Main:\n\tLeaves: 3\nLocal:\n") -> Routes:
    """The routes that these files tell of."""
    (folder / "route").write_text(HEAD + v4)
    (folder / "ipv6_route").write_text(v6)
    (folder / "fib_triestat").write_text(tables)
    return read_routes(folder)


def says(routes: Routes) -> tuple[bool, bool, bool]:
    """Any route, a default one by IPv4, one by IPv6."""
    assert routes.is_known
    return routes.has_any, routes.has_default_v4, routes.has_default_v6


@pytest.mark.parametrize(
    ("v4", "v6", "expected"),
    [
        pytest.param("", QUIET_V6, (False, False, False), id="no network"),
        pytest.param(DEFAULT + NEAR, QUIET_V6, (True, True, False), id="IPv4"),
        pytest.param(NEAR, QUIET_V6, (True, False, False), id="a local network without a way out"),
        pytest.param("", NEAR_V6 + QUIET_V6, (True, False, False), id="a local IPv6 network"),
        pytest.param("", NEAR_V6 + DEFAULT_V6 + QUIET_V6, (True, False, True), id="IPv6"),
        pytest.param(NEAR + DEFAULT, DEFAULT_V6 + QUIET_V6, (True, True, True), id="both"),
        pytest.param(HALVES, QUIET_V6, (True, True, False), id="two halves, as VPNs write them"),
        pytest.param(BLACKHOLE + UNREACHABLE, QUIET_V6, (False, False, False), id="routes that lead nowhere"),
        pytest.param(DEFAULT.replace("0003", "0002"), QUIET_V6, (False, False, False), id="a route that is down"),
        pytest.param("", DEFAULT_V6.replace("eth0", "lo"), (False, False, False), id="a way out that is a way back"),
        pytest.param(DEFAULT, "", (True, True, False), id="a kernel without IPv6"),
    ],
)
def test_the_files_of_the_kernel_are_understood(
    tmp_path: Path, v4: str, v6: str, expected: tuple[bool, bool, bool]
) -> None:
    """What leads somewhere counts, what the kernel keeps for itself does not."""
    assert says(table(tmp_path, v4, v6)) == expected


def test_without_the_files_nothing_is_known(tmp_path: Path) -> None:
    """Another system, or one that withholds them: that is no reason to call it offline."""
    assert read_routes(tmp_path) == Routes()
    assert read_routes(tmp_path / "gone") == Routes()


def test_a_missing_default_route_proves_nothing_where_there_are_further_tables(tmp_path: Path) -> None:
    """IPv4 shows its main table only; with policy routing the way out may stand in another one."""
    further = "Id 51820:\n\tLeaves: 1\nMain:\n\tLeaves: 3\n"
    assert not table(tmp_path, NEAR, tables=further).is_known
    assert says(table(tmp_path, NEAR + DEFAULT, tables=further)) == (True, True, False)


def test_the_fingerprint_is_that_of_the_network(tmp_path: Path) -> None:
    """Counters that move and the order of the lines change nothing; another gateway or device does."""
    before = table(tmp_path, DEFAULT + NEAR, DEFAULT_V6 + QUIET_V6).fingerprint
    moved = DEFAULT_V6.replace("00000002 00000000", "00000007 0000beef")
    assert table(tmp_path, NEAR + DEFAULT, QUIET_V6 + moved).fingerprint == before
    assert table(tmp_path, DEFAULT.replace("010200C0", "FE0200C0") + NEAR, DEFAULT_V6).fingerprint != before
    assert table(tmp_path, (DEFAULT + NEAR).replace("eth0", "wlan0"), DEFAULT_V6).fingerprint != before
    assert table(tmp_path).fingerprint != ""


def test_addresses_that_come_and_go_change_no_fingerprint(tmp_path: Path) -> None:
    """IPv6 takes a new temporary address every day; that is the same network."""
    before = table(tmp_path, DEFAULT, DEFAULT_V6 + OWN_ADDRESS).fingerprint
    assert table(tmp_path, DEFAULT, DEFAULT_V6 + OWN_ADDRESS.replace("2 80", "9 80")).fingerprint == before


def test_no_address_is_in_the_repr(tmp_path: Path) -> None:
    """Where a person is at home is theirs."""
    routes = table(tmp_path, DEFAULT + NEAR)
    assert routes.fingerprint not in repr(routes)


def test_a_table_of_a_million_routes_is_cut_at_a_whole_line(tmp_path: Path) -> None:
    """The default route comes first; half a line at the end is none."""
    assert says(table(tmp_path, DEFAULT + NEAR * 100_000)) == (True, True, False)


@given(st.text(alphabet="0123456789abcdefFx*\t \nlo", max_size=400), st.text(alphabet="0f \nlo8", max_size=400))
def test_a_damaged_file_is_unknown_or_understood_and_never_an_error(
    tmp_path_factory: pytest.TempPathFactory, v4: str, v6: str
) -> None:
    """A kernel of tomorrow may write other columns."""
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    routes = table(folder, v4, v6)
    assert routes.is_known or routes == Routes()


# ---------------------------------------------------------------- real networks

_READ = (
    "import json, dataclasses; from privacy_assistant.egress.routing_table import read_routes;"
    "r = read_routes(); print(json.dumps([r.is_known, r.has_any, r.has_default_v4, r.has_default_v6, r.fingerprint]))"
)
_ENTER = ("unshare", "--net", "--user", "--map-root-user")


def _in_a_namespace(*commands: str) -> list[list[object]]:
    """What is read after each of these commands in a network of its own."""
    look = f"{sys.executable} -c '{_READ}'"
    script = "set -e; " + "; ".join(f"{command}; {look}" for command in commands)
    done = subprocess.run([*_ENTER, "sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def _links() -> None:
    """Skip where this system gives no namespace, or no link of its own in one."""
    if not sys.platform.startswith("linux"):
        pytest.skip("no network namespaces here")
    try:
        make = [*_ENTER, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"]
        done = subprocess.run(make, capture_output=True, timeout=60, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if done.returncode != 0:
        pytest.skip("this system gives no link in a network namespace")


@pytest.mark.usefixtures("_links")
def test_a_network_that_comes_and_goes_is_seen() -> None:
    """Nothing, loopback, a link, a default route by IPv4, one by IPv6, and each taken away again."""
    link = "ip link add near type veth peer name far; ip link set near up; ip link set far up"
    seen = _in_a_namespace(
        "true",
        "ip link set lo up",
        f"{link}; ip addr add 192.0.2.5/24 dev near",
        "ip route add default via 192.0.2.1",
        "ip route del default",
        "ip -6 route add default dev near",
        "ip link del near",
    )
    known, facts, prints = zip(*((item[0], item[1:4], item[4]) for item in seen), strict=True)
    assert all(known)
    assert list(facts) == [
        [False, False, False],
        [False, False, False],
        [True, False, False],
        [True, True, False],
        [True, False, False],
        [True, False, True],
        [False, False, False],
    ]
    assert prints[0] == prints[1] == prints[6]
    assert prints[2] == prints[4]
    assert len({prints[0], prints[2], prints[3], prints[5]}) == 4


@pytest.mark.usefixtures("_links")
def test_a_default_route_in_a_further_table_is_no_reason_to_call_it_offline() -> None:
    """A way out by policy routing: the main table does not show it."""
    link = "ip link add near type veth peer name far; ip link set near up; ip link set far up"
    seen = _in_a_namespace(
        f"{link}; ip addr add 192.0.2.5/24 dev near",
        "ip route add default via 192.0.2.1 table 100; ip rule add table 100",
    )
    assert [item[0] for item in seen] == [True, False]


def test_the_routes_of_a_moment_ago_are_not_read_again() -> None:
    """Within half a second the table is read once, after it again."""
    tables = [Routes(is_known=True), Routes(is_known=True, has_any=True)]
    now = [10.0]
    recent = RecentRoutes(lambda: tables.pop(0), lambda: now[0])
    assert not recent().has_any
    now[0] += 0.4
    assert not recent().has_any
    now[0] += 0.2
    assert recent().has_any
