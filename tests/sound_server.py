"""A sound server of the tests' own, with sinks that nobody hears and whose monitors are the microphones."""

from __future__ import annotations

import ctypes.util
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


class SoundServer:
    """A PulseAudio daemon in a directory of its own, and the commands of it that tests need."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._modules: dict[str, str] = {}
        self._daemon: subprocess.Popen[bytes] | None = None
        self.environment = {
            "HOME": str(place),
            "XDG_RUNTIME_DIR": str(place),
            "XDG_CONFIG_HOME": str(place / "config"),
            "PULSE_RUNTIME_PATH": str(place / "pulse"),
        }

    def start(self) -> None:
        """Start it without any sink."""
        command = [
            "pulseaudio",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--disable-shm=yes",
            "-n",
        ]
        self._daemon = subprocess.Popen(
            [*command, "-L", "module-native-protocol-unix auth-anonymous=1"],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._modules.clear()
        for _ in range(200):
            if self._asked("info").returncode == 0:
                return
            if self._daemon.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        pytest.skip("PulseAudio does not start here")

    def stop(self) -> None:
        """As if it had crashed."""
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGKILL)
            self._daemon.wait()
            self._daemon = None
            (self._place / "pulse" / "native").unlink(missing_ok=True)

    def plug_in(self, name: str, label: str) -> None:
        """A new sink. Without rewinds it answers within 50 ms, with them within 2 s."""
        arguments = f"sink_name={name} norewinds=1 rate=48000 sink_properties=device.description={label}".split()
        done = self._asked("load-module", "module-null-sink", *arguments)
        assert done.returncode == 0, done.stderr
        self._modules[name] = done.stdout.strip()

    def unplug(self, name: str) -> None:
        """The sink is gone, with its monitor."""
        assert self._asked("unload-module", self._modules.pop(name)).returncode == 0

    def unplug_all(self) -> None:
        """No sink is left."""
        for name in list(self._modules):
            self.unplug(name)

    def _asked(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pactl", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )


@pytest.fixture(scope="session")
def _daemon() -> Iterator[SoundServer]:
    for program in ("pulseaudio", "pactl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if ctypes.util.find_library("portaudio") is None:
        pytest.skip("PortAudio (libportaudio2) is not installed")
    if not any(glob.glob(f"/usr/lib*/{folder}/libasound_module_pcm_pulse.so") for folder in ("alsa-lib", "*/alsa-lib")):
        pytest.skip("ALSA's plug-in for PulseAudio (libasound2-plugins) is not installed")
    # A socket's path may be 107 characters long, and pytest's own directories are not short.
    with tempfile.TemporaryDirectory(prefix="snd-") as place:
        server = SoundServer(Path(place))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def sound_server(_daemon: SoundServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """The server of this person, with one sink: `kitchen`, told as "Kitchen"."""
    for name, value in _daemon.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("PULSE_SERVER", "PULSE_SINK", "PULSE_SOURCE", "DISPLAY", "ALSA_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
    _daemon.plug_in("kitchen", "Kitchen")
    yield _daemon
    _daemon.unplug_all()
