"""`ask --speak`: the answer is printed, and heard at a loudspeaker."""

from __future__ import annotations

import subprocess

import numpy as np

from tests.faces.conftest import Person
from tests.sound_server import SoundServer


def recorded_while(server: SoundServer, run: object) -> tuple[object, np.ndarray]:
    """What comes out of the kitchen's sink while this is run, at 16 kHz."""
    command = [
        "parec",
        "--device=kitchen.monitor",
        "--format=s16le",
        "--rate=16000",
        "--channels=1",
        "--latency-msec=20",
    ]
    recorder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert recorder.stdout is not None
        recorder.stdout.read(3200)  # it records
        result = run()  # type: ignore[operator]
    finally:
        recorder.terminate()
        pcm, _ = recorder.communicate()
    return result, np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64)


def test_an_answer_is_printed_and_heard(person: Person, sound_server: SoundServer) -> None:
    """The loudspeaker plays a second or more that is no silence, and the answer stands on standard output."""
    shown, sound = recorded_while(
        sound_server, lambda: person.starts("ask", "what is 12 times 12", "--speak", "--ephemeral")
    )
    assert (shown.code, shown.out.strip()) == (0, "144")  # type: ignore[attr-defined]
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
