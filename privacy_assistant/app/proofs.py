"""Proofs for `doctor` that nothing leaves: the tripwire refuses, what opens model files is walled off, and a question
is answered where no network is."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant import tripwire
from privacy_assistant.app.files import read_settings
from privacy_assistant.app.paths import Paths
from privacy_assistant.engines.worker.process import Hello, WorkerProcess
from privacy_assistant.engines.worker.wall import Wall
from privacy_assistant.errors import AssistantError

_TEST_ADDRESS = "192.0.2.1"
"""RFC 5737 TEST-NET-1: belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `state` is ok, note or fault; `remedy` is empty unless there is something to do."""

    name: str
    state: str
    says: str
    remedy: str = ""


def tripwire_holds(_paths: Paths) -> Iterator[Check]:
    """A connection that this very process tries must be refused before it begins."""
    tripwire.install()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(0.1)
            probe.connect((_TEST_ADDRESS, 9))
    except AssistantError:
        yield Check("tripwire", "ok", "a connection from this process was refused before it began")
        return
    except OSError:
        pass
    yield Check("tripwire", "fault", "a connection from this process was not refused", "please report this")


def worker_is_walled_off(paths: Paths) -> Iterator[Check]:
    """A process as those that open model files is started, without a model, and says what it still can do."""
    if not read_settings(paths).models.in_worker:
        yield Check(
            "worker",
            "note",
            "model files are opened in this process, which holds keys",
            "set in_worker = true under [models] in config.toml",
        )
        return
    process = WorkerProcess(Hello("the process for model files", "whisper"))
    try:
        yield walled(process.running().wall())
    finally:
        process.close()


def walled(wall: Wall) -> Check:
    """What a wall is worth, in one line."""
    parts = f"wall to the network: {wall.network}; to files: {wall.files}"
    says = f"model files are opened in a process without keys; {parts}"
    if wall.is_whole:
        return Check("worker", "ok", says)
    return Check("worker", "note", says, "Linux 5.13 or newer with Landlock, on x86_64 or aarch64, walls it off whole")


def answers_without_network(paths: Paths) -> Iterator[Check]:
    """The wall, not the tripwire: the same question is answered where no network exists at all."""
    unshare = shutil.which("unshare")
    if unshare is None or not sys.platform.startswith("linux"):
        yield Check("wall", "note", "this needs Linux and unshare (util-linux)")
        return
    flags = ["-n"] if os.geteuid() == 0 else ["-Urn"]
    begin = time.perf_counter()
    try:
        done = subprocess.run(  # noqa: S603, TID251 - unshare by its full path, our own program, no shell; no secrets in the environment
            [unshare, *flags, sys.executable, "-m", "privacy_assistant", "ask", "--ephemeral", "--local", "--quiet",
             "--home", str(Path(paths.cache_dir) / "no-such-home"), "What is the capital of France?"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
            env={key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        yield Check("wall", "fault", "no answer within two minutes without a network")
        return
    if b"unshare" in done.stderr and done.returncode != 0:
        yield Check("wall", "note", "this system does not allow a network namespace", "run it as root, or allow them")
    elif done.returncode == 0 and done.stdout.strip():
        seconds = time.perf_counter() - begin
        yield Check("wall", "ok", f"a question was answered in {seconds:.1f} s in a namespace without any network")
    else:
        yield Check("wall", "fault", f"no answer without a network (exit {done.returncode})", "please report this")
