"""`.ci/without-network`, under which the whole test-suite runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.reading import ROOT

_SCRIPT = ROOT / ".ci" / "without-network"


def run_without_network(*command: str) -> subprocess.CompletedProcess[str]:
    """One command under the script."""
    environment = {**os.environ, "PYTHON": sys.executable}
    return subprocess.run(
        [str(_SCRIPT), *command], capture_output=True, text=True, env=environment, timeout=60, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def _namespaces() -> None:
    if not sys.platform.startswith("linux") or run_without_network("true").returncode != 0:
        pytest.skip("this system gives no network namespace")


def test_nothing_is_reachable_inside_but_loopback() -> None:
    """A far address has no route, a name does not resolve, and a server of this machine answers."""
    done = run_without_network(
        sys.executable,
        "-c",
        "import socket\n"
        "far = socket.socket()\n"
        "print(far.connect_ex(('192.0.2.1', 80)) != 0)\n"
        "far.close()\n"
        "try:\n    socket.getaddrinfo('example.org', 80)\nexcept OSError:\n    print(True)\n"
        "near = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(near.getsockname()).close()\n"
        "print(len(open('/proc/net/route').read().splitlines()) == 1)\n",
    )
    assert done.stdout.split() == ["True", "True", "True"], done.stderr


def test_the_exit_code_and_the_output_pass_through() -> None:
    """The script is transparent: what the command prints and ends with is what the caller sees."""
    done = run_without_network("sh", "-c", "echo said; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "said\n", "")


def test_a_command_that_is_missing_is_one_clear_line() -> None:
    """No traceback for a command that does not exist, and usage for none at all."""
    missing = run_without_network("/no/such/command")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
    assert run_without_network().returncode == 2


def test_the_script_can_be_run() -> None:
    """It keeps its executable bit."""
    assert os.access(Path(_SCRIPT), os.X_OK)
