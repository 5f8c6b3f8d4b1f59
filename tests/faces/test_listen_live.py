"""`listen` by devices: real PortAudio, on a sound server whose sinks nobody hears. What is played into the one is what
the microphone hears, and what the program says is recorded at the other."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest

from tests.faces.conftest import Person
from tests.faces.said_aloud import STORY, TIME, TIMER, trains_the_ear, wav_of, writes_settings
from tests.faces.test_terminal import Screen
from tests.sound_server import SoundServer

PATIENCE_S = 60.0
LOUD = 500

_DEVICES = '[audio]\ninput = "Room"\noutput = "Kitchen"\n'


class Listening:
    """`listen --json` in a process of its own; its events as they come."""

    def __init__(self, person: Person, *arguments: str) -> None:
        command = [sys.executable, "-m", "privacy_assistant", "--home", str(person.home), "--key-file", str(person.key)]
        self._process = subprocess.Popen(
            [*command, "listen", "--json", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONFAULTHANDLER": "1"},  # a library that ends the process leaves a trace
            text=True,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.events: list[dict[str, Any]] = []
        self.err: list[str] = []
        self._threads = [threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def waits_until_open(self) -> None:
        """Until the microphone is open."""
        deadline = time.monotonic() + PATIENCE_S
        while not subprocess.check_output(["pactl", "list", "short", "source-outputs"], text=True).strip():
            assert self._process.poll() is None, self.err
            assert time.monotonic() < deadline, self.err
            time.sleep(0.05)

    def gives(self, name: str, **wanted: object) -> dict[str, Any]:
        """The next event of this name with these fields; whatever comes before it is passed over."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            line = self._lines.get(timeout=max(0.1, deadline - time.monotonic()))
            assert line is not None, (self.events, self.err)
            event: dict[str, Any] = json.loads(line)
            self.events.append(event)
            if event["event"] == name and all(event.get(key) == value for key, value in wanted.items()):
                return event

    def notices(self, text: str) -> str:
        """The next notice in which that stands."""
        while text not in (line := str(self.gives("notice")["line"])):
            pass
        return line

    def leaves(self) -> int:
        """Ctrl-C, and the exit code; the events until then are taken."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(timeout=PATIENCE_S)
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            self.events.append(json.loads(line))
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.err.extend(self._process.stderr)


class Recorder:
    """What comes out of the loudspeaker from now on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        command = ["parec", "--device=kitchen.monitor", "--format=s16le", "--rate=16000", "--channels=1"]
        with file.open("wb") as out:
            self._process = subprocess.Popen([*command, "--latency-msec=20"], stdout=out, stderr=subprocess.DEVNULL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def hears_a_voice(self, seconds: float = 0.1) -> None:
        """Wait until so much in all is louder than any silence."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            pcm = self._file.read_bytes()
            samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.int32)
            if int((np.abs(samples) > LOUD).sum()) > seconds * 16_000:
                return
            assert time.monotonic() < deadline, len(pcm)
            time.sleep(0.05)


def says(place: Path, *parts: str | float) -> None:
    """A person in the room says that, in real time."""
    subprocess.run(["paplay", "--device=room", str(wav_of(place / "said.wav", *parts))], check=True, timeout=30)


def messages(person: Person) -> list[dict[str, Any]]:
    """Of the only conversation."""
    [conversation] = person.types("history", "list", "--json").json
    found: list[dict[str, Any]] = person.types("history", "show", conversation["conversation"], "--json").json
    return found


@pytest.fixture
def talker(person: Person, sound_server: SoundServer) -> Person:
    """A person in a room with a microphone, and with a loudspeaker in the kitchen."""
    for program in ("parec", "paplay"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    sound_server.plug_in("room", "Room")
    trains_the_ear(person.home, _DEVICES)
    return person


def test_a_question_by_microphone_and_devices_that_go_in_the_middle_of_the_answer(
    talker: Person, sound_server: SoundServer, tmp_path: Path
) -> None:
    """A timer is set aloud; a story goes on when the loudspeaker, and then the microphone, went and came back; Ctrl-C
    in the middle of it is 130, and the history tells that it was cut."""
    with Listening(talker) as listening:
        listening.waits_until_open()
        with Recorder(tmp_path / "answer.raw") as recorder:
            says(tmp_path, 0.2, TIMER, 0.2)
            assert listening.gives("transcript")["text"] == "Set a timer for 5 minutes."
            recorder.hears_a_voice()
        assert listening.gives("done")["was_cut"] is False
        says(tmp_path, 0.2, STORY, 0.2)
        listening.gives("first_audio")
        sound_server.unplug("kitchen")
        assert "Kitchen is gone" in listening.notices("the loudspeaker")
        sound_server.plug_in("kitchen", "Kitchen")
        assert "Kitchen is back" in listening.notices("the loudspeaker")
        with Recorder(tmp_path / "rest.raw") as recorder:
            recorder.hears_a_voice()
        sound_server.unplug("room")
        assert "Room is gone" in listening.notices("the microphone")
        sound_server.plug_in("room", "Room")
        assert "Room is back" in listening.notices("the microphone")
        code = listening.leaves()
    done = listening.events[-1]
    assert done["event"] == "done"
    # A model that is done early is heard to the end.
    assert code == (130 if done["was_cut"] else 0), listening.err
    assert "Traceback" not in "".join(listening.err)
    rows = messages(talker)
    assert [(row["role"], row["is_cut"]) for row in rows][2:] == [("user", False), ("assistant", done["was_cut"])]
    assert rows[3]["text"]


def test_ctrl_c_while_nobody_speaks_leaves_with_0(talker: Person) -> None:
    """One line said who listens and speaks; nothing else."""
    with Listening(talker) as listening:
        listening.waits_until_open()
        assert listening.leaves() == 0
    assert any("whisper tiny_whisper listens" in line for line in listening.err)
    assert "Traceback" not in "".join(listening.err)
    assert not [event for event in listening.events if event["event"] != "notice"]


def test_once_by_microphone_ends_after_the_answer(talker: Person, tmp_path: Path) -> None:
    """Exit 0 by itself, when the answer was heard."""
    with Listening(talker, "--once") as listening:
        listening.waits_until_open()
        says(tmp_path, 0.2, TIME, 0.2)
        assert listening.gives("answer")["answered_by"] == "skill:clock"
        assert listening.gives("done")["was_cut"] is False
        assert listening.leaves() == 0


def test_without_any_device_it_is_one_clear_line(person: Person, sound_server: SoundServer) -> None:
    """Exit 8: there is nothing to hear with and nothing to speak with."""
    sound_server.unplug_all()
    shown = person.starts("listen", "--ephemeral", PULSE_SERVER="unix:/nowhere/at/all")
    assert (shown.code, shown.out) == (8, "")
    assert "there is no microphone and no loudspeaker" in shown.err
    assert "Traceback" not in shown.err


def test_a_device_that_is_named_and_not_there_lists_those_that_are(talker: Person) -> None:
    """Exit 8 and their names."""
    writes_settings(talker.home, '[audio]\ninput = "Gramophone"\n')
    shown = talker.starts("listen", "--ephemeral", "--quiet")
    assert shown.code in (2, 8)
    assert shown.err.count("\n") == 1
    assert "Kitchen" in shown.err


@pytest.mark.terminal
@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux (Debian: apt install tmux)")
def test_on_a_terminal_there_is_a_meter_and_a_typed_question_stops_the_voice(
    talker: Person, tmp_path: Path, sound_server: SoundServer
) -> None:
    """What is typed while it speaks is answered at once; Ctrl-C leaves; what was heard is kept."""
    assert os.environ["PULSE_RUNTIME_PATH"]
    screen = Screen(tmp_path / "tmux", talker, "listen")
    try:
        screen.shows("] listening")
        with Recorder(tmp_path / "story.raw") as recorder:
            screen.types("Tell me a long story.")
            screen.shows("speaking")
            recorder.hears_a_voice(1.0)
        screen.types("what is 12 times 12")
        assert "you: what is 12 times 12" in screen.shows("144")
        screen.presses("C-c")
        screen.shows("ended ")  # 130 where the sum was still being said
    finally:
        screen.close()
    rows = messages(talker)
    assert [row["is_cut"] for row in rows[:3]] == [False, True, False]
    assert rows[2]["text"] == "what is 12 times 12"
