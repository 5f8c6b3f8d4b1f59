"""Recogniser, voice and detector in processes of their own: where these end, what is told, and what is not believed.

What they give is tested beside the engines themselves, in this process and in a worker.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.turn_smart import SmartTurn
from privacy_assistant.engines.voices import SHIPPED
from privacy_assistant.engines.worker import hearing
from privacy_assistant.engines.worker.hearing import WorkerTranscriber
from privacy_assistant.engines.worker.speech import WorkerSpeaker
from privacy_assistant.engines.worker.turn import WorkerTurnDetector
from privacy_assistant.errors import EngineFailed
from tests.engines.speech_of_our_own import say
from tests.engines.worker.children import program
from tests.engines.worker.turn_network import turn_network

TINY = Path(__file__).parents[1] / "data" / "tiny_whisper"
SAID = "The kettle is on the stove. The water is warm."

Worker = WorkerTranscriber | WorkerSpeaker | WorkerTurnDetector


def end(worker: Worker, how: int = signal.SIGKILL) -> None:
    """End its process from outside, and wait until that is known."""
    pid = worker.pid
    assert pid is not None
    os.kill(pid, how)
    while worker.pid == pid:
        time.sleep(0.001)


def runs(worker: Worker) -> bool:
    """Whether there is a process of it."""
    return worker.pid is not None


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A detector's file from elsewhere."""
    path = tmp_path / "turn.onnx"
    path.write_bytes(turn_network())
    return path


class Ask:
    """A worker of each kind, and one question to it."""

    def __init__(self, worker: Worker, ask: Callable[[], Any]) -> None:
        self.worker, self.ask = worker, ask


@pytest.fixture(params=["recogniser", "voice", "detector"])
def asked(request: pytest.FixtureRequest, network: Path, lines: list[str]) -> Iterator[Ask]:
    """Each of the three, as one that can be asked."""
    if request.param == "recogniser":
        ear = WorkerTranscriber(TINY, threads=1, say=lines.append)
        sound = say("what time is it")
        one = Ask(ear, lambda: ear.transcribe(sound, language="en"))
    elif request.param == "voice":
        voice = WorkerSpeaker(SHIPPED, say=lines.append)
        one = Ask(voice, lambda: [frame.pcm for frame in voice.speak(SAID)])
    else:
        detector = WorkerTurnDetector(network, say=lines.append)
        one = Ask(detector, lambda: detector.probability(Recording(bytes(range(256)) * 400, HEARD_HZ)))
    yield one
    one.worker.close()


@pytest.fixture
def lines() -> list[str]:
    """What was told."""
    return []


def test_a_process_that_ended_between_two_questions_is_started_again(asked: Ask, lines: list[str]) -> None:
    """The answer is the same, and one line says that there is another process now."""
    first = asked.ask()
    assert lines == []
    end(asked.worker)
    assert asked.ask() == first
    assert len(lines) == 1
    assert lines[0].endswith("'s process ended by signal 9 (SIGKILL) and was started again")


def test_a_process_that_ends_in_the_middle_is_asked_once_more(asked: Ask, lines: list[str]) -> None:
    """The line says by which signal it ended."""
    first = asked.ask()
    pid = asked.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(asked.ask()))
    asking.start()
    # The stopped process does not answer, so that it ends while it is asked.
    asking.join(0.2)
    os.kill(pid, signal.SIGSEGV)
    os.kill(pid, signal.SIGCONT)
    asking.join()
    assert found == [first]
    assert len(lines) == 1
    assert lines[0].endswith("'s process ended by signal 11 (SIGSEGV) and was started again")


def test_a_process_that_ends_twice_is_an_error(
    asked: Ask, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not started a third time for the same question, and the next question gets another one."""
    first = asked.ask()
    end(asked.worker)
    ends_at_once = tmp_path / "python"
    ends_at_once.write_text(f'#!/bin/sh\necho >> "{tmp_path}/starts"\nkill -9 $$\n')
    ends_at_once.chmod(0o700)
    with monkeypatch.context() as changed:
        changed.setattr(sys, "executable", str(ends_at_once))
        with pytest.raises(EngineFailed, match=r"SIGKILL.*after a new start ended by signal 9") as caught:
            asked.ask()
    assert (tmp_path / "starts").read_text() == "\n\n"
    assert caught.value.kind == "EngineFailed"
    assert "models verify" in caught.value.hint
    assert asked.ask() == first
    assert len(lines) == 3


def test_closing_ends_the_process_and_one_that_is_forgotten_goes_too(network: Path) -> None:
    """No process is left behind, whoever forgets to close."""
    voice, detector = WorkerSpeaker(SHIPPED), WorkerTurnDetector(network)
    voice.warm()
    pids = [pid for pid in (voice.pid, detector.pid) if pid is not None]
    assert len(pids) == 2
    voice.close()
    del detector
    gc.collect()
    for pid in pids:
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.001)
    assert not runs(voice)


# ---------------------------------------------------------------- the voice


@pytest.fixture(scope="module")
def voice() -> Iterator[WorkerSpeaker]:
    """The voice of the package, in a worker."""
    speaker = WorkerSpeaker(SHIPPED)
    yield speaker
    speaker.close()


def test_what_a_voice_is_called_is_known_without_a_process() -> None:
    """Its description is read here."""
    speaker = WorkerSpeaker(SHIPPED)
    assert (speaker.name, speaker.rate_hz, speaker.language) == ("en_US-robot-low", 16_000, "en-us")
    assert not runs(speaker)


def test_a_worker_speaks_the_same_sound_to_the_sample(voice: WorkerSpeaker) -> None:
    """Each frame, with its place on the clock."""
    assert list(voice.speak(SAID)) == list(PiperSpeaker(SHIPPED).speak(SAID))


def test_nothing_is_spoken_before_it_is_asked_for() -> None:
    """As with the voice in this process: the stream alone starts nothing."""
    speaker = WorkerSpeaker(SHIPPED)
    stream = speaker.speak(SAID)
    assert not runs(speaker)
    assert next(iter(stream)).pcm
    assert runs(speaker)
    speaker.close()


def test_an_abandoned_text_does_not_disturb_the_next_one(voice: WorkerSpeaker) -> None:
    """One is closed, one forgotten, one heard on."""
    whole = list(voice.speak(SAID))
    for _ in range(3):
        closed, kept = voice.speak(SAID), voice.speak(SAID)
        next(iter(voice.speak("This one is forgotten.")))
        assert next(closed) == whole[0]
        first = next(kept)
        closed.close()  # type: ignore[attr-defined]  # it is a generator
        assert [first, *kept] == whole


def test_the_process_forgets_a_text_that_was_abandoned() -> None:
    """It is told with the next text, and keeps nothing of what was said."""
    speaker = WorkerSpeaker(SHIPPED)
    next(iter(speaker.speak(SAID)))
    asking = speaker._worker.asked(lambda running: running.call("next", {"stream": 0}))
    assert asking.one().payload
    assert list(speaker.speak("Hello."))
    with pytest.raises(EngineFailed, match="what to go on with"):
        speaker._worker.asked(lambda running: running.call("next", {"stream": 0}).one())
    speaker.close()


def test_a_voice_that_ends_in_the_middle_of_a_text_is_an_error(lines: list[str]) -> None:
    """Nobody knows what was heard already; the next text is spoken by another process."""
    speaker = WorkerSpeaker(SHIPPED, say=lines.append)
    stream = speaker.speak(SAID)
    next(iter(stream))
    end(speaker)
    with pytest.raises(EngineFailed, match="SIGKILL"):
        list(stream)  # after what is left of the first sentence
    assert lines == []
    assert list(speaker.speak("Hello."))
    assert len(lines) == 1
    speaker.close()


def test_a_voice_that_is_closed_in_the_middle_of_a_text_falls_silent() -> None:
    """Whoever closed it wants to hear no more: at most the sentence that was fetched is left."""
    speaker = WorkerSpeaker(SHIPPED)
    sentence = list(speaker.speak(SAID.partition(".")[0] + "."))
    stream = speaker.speak(SAID)
    first = next(iter(stream))
    speaker.close()
    assert len([first, *stream]) <= len(sentence)
    assert list(speaker.speak("Hello."))
    speaker.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a process of our own making")
def test_a_voice_that_goes_on_without_end_is_broken_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody would say ten seconds for each letter; into a file it would fill the disk."""
    program(
        monkeypatch,
        tmp_path,
        """
take()
give(READY)
while True:
    id = take()["id"]
    give({"id": id, "item": {"is_over": False}}, bytes(8 << 20))
    give({"id": id, "end": True})
""",
    )
    speaker = WorkerSpeaker(SHIPPED)
    frames = speaker.speak("Hi.")
    assert next(iter(frames)).pcm
    with pytest.raises(EngineFailed, match="was ended"):
        deque(frames, maxlen=1)
    speaker.close()


# ---------------------------------------------------------------- the recogniser


def test_a_long_recording_goes_in_several_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is understood as one."""
    ear = WorkerTranscriber(TINY, threads=1)
    sound = say("what time is it")
    whole = ear.transcribe(sound, language="en")
    monkeypatch.setattr(hearing, "MOST_AT_ONCE", 1000)
    assert ear.transcribe(sound, language="en") == whole
    assert whole.text == "What time is it?"
    ear.close()


def test_a_recogniser_reads_its_files_and_not_the_folder_they_lie_in() -> None:
    """Settings may name a folder of a person's by its path, with much else in it."""
    ear = WorkerTranscriber(TINY)
    readable = ear._worker._process._hello.readable
    ear.close()
    assert {TINY / name for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")} <= set(readable)
    assert not any(place.is_dir() or place.name == "SHA256SUMS" for place in readable)


@pytest.mark.skipif(sys.platform == "win32", reason="a process that is stopped")
def test_a_recogniser_that_never_answers_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves does not wait for it, and who asked is told."""
    monkeypatch.setattr(hearing, "_PATIENCE_SECONDS", 0.05)
    ear = WorkerTranscriber(TINY, threads=1)
    ear.warm()
    assert ear.pid is not None
    os.kill(ear.pid, signal.SIGSTOP)
    told: list[EngineFailed] = []

    def ask() -> None:
        try:
            ear.transcribe(say("what time is it"))
        except EngineFailed as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not ear._lock.locked():
        time.sleep(0.001)
    ear.close()
    asking.join()
    assert [error.message for error in told] == ["the recogniser's process was closed"]
    assert ear.pid is None


@pytest.mark.parametrize("variable", ["encoder/num_heads", "decoder/num_heads"])
def test_a_model_that_takes_its_process_down_is_an_error_here(tmp_path: Path, lines: list[str], variable: str) -> None:
    """A well-formed file with no heads at all: CTranslate2 divides by their number. Twice, then it is told."""
    place = tmp_path / "broken"
    shutil.copytree(TINY, place)
    raw = bytearray((TINY / "model.bin").read_bytes())
    # The name, no dimensions, the type (int16), the count of bytes, and the number itself.
    head = variable.encode() + b"\0" + b"\0" + b"\x02" + struct.pack("<I", 2)
    at = raw.index(head) + len(head)
    assert raw[at : at + 2] != b"\0\0"
    raw[at : at + 2] = b"\0\0"
    (place / "model.bin").write_bytes(raw)
    ear = WorkerTranscriber(place, threads=1, say=lines.append)
    for _ in range(2):
        with pytest.raises(EngineFailed, match=r"SIGFPE.*after a new start ended by .*SIGFPE") as caught:
            ear.transcribe(say("what time is it"), language="en")
        assert "models verify" in caught.value.hint
    assert len(lines) == 3
    assert all("SIGFPE" in line for line in lines)
    ear.close()


TRUE = {"text": "Stop.", "confidence": 0.5, "language": "en", "rejected": ""}


@pytest.mark.parametrize(
    "wrong",
    [
        *({"text": None}, {"text": 7}, {"text": ["Stop."]}),
        *({"confidence": 2.0}, {"confidence": float("nan")}, {"confidence": True}, {"confidence": "0.5"}),
        *({"language": "\x1b[2J"}, {"language": "EN"}, {"language": None}, {"rejected": "loop"}, {"rejected": "fine"}),
    ],
)
def test_an_answer_of_the_recogniser_is_looked_at(wrong: dict[str, Any]) -> None:
    """What sent it has opened a foreign file."""
    assert hearing._transcript({**TRUE, **wrong}, "whisper x") is None
    assert hearing._transcript(TRUE, "whisper x") is not None


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5
)


@given(st.dictionaries(st.sampled_from(sorted(TRUE)), anything))
def test_no_answer_of_the_recogniser_breaks_who_asked(fields: dict[str, Any]) -> None:
    """Whatever stands in it, it is a transcript or none."""
    found = hearing._transcript({**TRUE, **fields}, "whisper x")
    assert found is None or (0 <= found.confidence <= 1 and found.text.encode("utf-8") is not None)


# ---------------------------------------------------------------- the detector


def test_a_network_from_elsewhere_judges_the_same_in_a_worker(network: Path) -> None:
    """With the small network beside it and alone; only the last eight seconds count."""
    draw = np.random.default_rng(4)
    long = Recording(draw.normal(0, 3000, 12 * HEARD_HZ).clip(-32768, 32767).astype("<i2").tobytes() + b"\0", HEARD_HZ)
    for is_alone in (False, True):
        worker = WorkerTurnDetector(network, is_alone=is_alone)
        here = SmartTurn(network, is_alone=is_alone)
        for sound in (long, Recording(b"", HEARD_HZ), Recording(long.pcm[:9000], HEARD_HZ)):
            assert worker.probability(sound) == here.probability(sound)
        assert worker.name == here.name
        with pytest.raises(EngineFailed, match="8000"):
            worker.probability(Recording(bytes(100), 8_000))
        worker.close()
