"""`ask --speak`: the answer is printed, and heard at a loudspeaker."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.faces.conftest import Person, Shown
from tests.sound_server import SoundServer

Samples = npt.NDArray[np.float64]


def recorded_while(server: SoundServer, place: Path, run: Callable[[], Shown]) -> tuple[Shown, Samples]:
    """What comes out of the kitchen's sink while this is run, at 16 kHz."""
    file = place / "heard.raw"
    command = ["parec", "--device=kitchen.monitor", "--format=s16le", "--rate=16000", "--channels=1"]
    with file.open("wb") as out:
        recorder = subprocess.Popen([*command, "--latency-msec=20"], stdout=out, stderr=subprocess.DEVNULL)
    try:
        while not file.stat().st_size:
            assert recorder.poll() is None
            time.sleep(0.02)
        result = run()
    finally:
        recorder.terminate()
        recorder.wait()
    pcm = file.read_bytes()
    return result, np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64)


def test_an_answer_is_printed_and_heard(person: Person, sound_server: SoundServer, tmp_path: Path) -> None:
    """The loudspeaker plays a second or more that is no silence, and the answer stands on standard output."""
    shown, sound = recorded_while(
        sound_server, tmp_path, lambda: person.starts("ask", "what is 12 times 12", "--speak", "--ephemeral")
    )
    assert (shown.code, shown.out.strip()) == (0, "144")
    loud = np.abs(sound) > 500
    assert loud.sum() > 1600


def test_without_a_loudspeaker_the_answer_is_printed_and_that_is_said(
    person: Person, sound_server: SoundServer
) -> None:
    """Exit 0: nothing of the answer is lost to a device."""
    sound_server.unplug_all()
    shown = person.starts("ask", "what is 12 times 12", "--speak", "--ephemeral", PULSE_SERVER="unix:/nowhere/at/all")
    assert (shown.code, shown.out.strip()) == (0, "144")
    assert "not spoken" in shown.err or "there is no loudspeaker" in shown.err
    assert "Traceback" not in shown.err
