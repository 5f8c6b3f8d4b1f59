"""A machine on which the system's library is missing: one clear line, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the wheel carries PortAudio")

_START = """
import ctypes.util, sys
ctypes.util.find_library = lambda name: None  # as sounddevice asks where PortAudio is
from privacy_assistant.__main__ import main
sys.argv = ["privacy-assistant", *sys.argv[1:]]
sys.exit(main())
"""


def started(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program on such a machine."""
    return subprocess.run(
        [sys.executable, "-c", _START, "--home", str(home), *arguments],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_portaudio_the_package_to_install_is_named(home: Path) -> None:
    """Exit 8, one line, by the name that each system gives it."""
    done = started(home, "devices")
    assert (done.returncode, done.stdout) == (8, "")
    assert done.stderr.count("\n") == 1
    assert "the library PortAudio is missing" in done.stderr
    assert "libportaudio2 on Debian" in done.stderr


def test_a_program_is_told_the_same(home: Path) -> None:
    """As one object."""
    done = started(home, "devices", "--json")
    assert done.returncode == 8
    assert json.loads(done.stdout)["error"]["kind"] == "EngineMissing"
