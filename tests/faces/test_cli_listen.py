"""`listen --input FILE`: the loop by files, as a person at the command line uses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from tests.architecture.reading import ROOT
from tests.faces.conftest import Person, Shown
from tests.faces.said_aloud import (
    CAPITAL,
    OUR_WHISPER,
    STORY,
    TIME,
    TIMER,
    events_of,
    flac_of,
    loudness_of,
    named,
    pcm_of,
    sound_of,
    trains_the_ear,
    wav_of,
    writes_settings,
)
from tests.voice.voices import recording

FIELDS = {
    "wake": ["word"],
    "speech_start": [],
    "soft_end": ["revision", "speech_end"],
    "turn_end": ["revision", "speech_end", "complete"],
    "transcript": ["text", "confidence", "engine", "language", "rejected"],
    "answer": ["text", "zone", "clarify", "answered_by", "model", "rule", "redacted"],
    "first_audio": ["stages_ms"],
    "barge_in": ["step"],
    "notice": ["line"],
    "done": ["heard_s", "was_cut", "conversation", "turn"],
}
"""What stands in an event behind its name and its two times, in order."""

SPEECH_RMS = 300.0
"""A voice at the level of the package's is louder than this, over an answer with its pauses."""


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory beside the home, which is where the person stands and the only place for temporary files."""
    where = home.parent / "here"
    where.mkdir()
    temporary = home.parent / "temporary"
    temporary.mkdir()
    monkeypatch.chdir(where)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return where


@pytest.fixture
def talker(person: Person, place: Path) -> Person:
    """A person whose assistant knows a few sentences by ear."""
    trains_the_ear(person.home)
    return person


def is_refused(shown: Shown, code: int, *words: str) -> None:
    """One line with these words, this exit code, and nothing on standard output."""
    assert (shown.code, shown.out) == (code, ""), shown.err
    assert shown.err.count("\n") == 1, shown.err
    assert "Traceback" not in shown.err
    for word in words:
        assert word in shown.err


def kept(person: Person) -> list[dict[str, object]]:
    """The messages of the only conversation."""
    [conversation] = person.types("history", "list", "--json").json
    found: list[dict[str, object]] = person.types("history", "show", conversation["conversation"], "--json").json
    return found


# ---------------------------------------------------------------- a question and its answer


def test_a_spoken_question_is_answered_in_words_in_sound_and_in_the_history(talker: Person, place: Path) -> None:
    """Two lines on standard output, a WAV with a voice, and both messages are kept, which a purge removes for good."""
    shown = talker.types("listen", "--input", str(wav_of(place / "q.wav", TIMER)), "--output", "a.wav")
    assert (shown.code, shown.out) == (0, "you: Set a timer for 5 minutes.\nTimer set for 5 minutes.\n")
    assert "[local · skill:timers" in shown.err
    sound = loudness_of(place / "a.wav")
    assert sound["rms"] > SPEECH_RMS
    assert sound["rate"] in (16_000, 24_000, 48_000)
    assert (place / "a.wav").stat().st_mode & 0o777 == 0o600
    assert [(row["role"], row["text"]) for row in kept(talker)] == [
        ("user", "Set a timer for 5 minutes."),
        ("assistant", "Timer set for 5 minutes."),
    ]
    assert talker.types("purge-history", "--all", "--yes").code == 0
    assert talker.types("history", "list", "--json").json == []


def test_events_come_in_the_order_and_with_the_fields_of_the_contract(talker: Person, place: Path) -> None:
    """One JSON object a line; the sample clock runs forward, and the commit is the time of `turn_end`."""
    shown = talker.types("listen", "--input", str(flac_of(place / "q.flac", 0.4, TIME, 0.3)), "--json")
    events = events_of(shown)
    assert shown.code == 0
    for event in events:
        assert list(event) == ["event", "t", "wall", *FIELDS[event["event"]]]
    names = [event["event"] for event in events]
    assert names[:4] == ["speech_start", "soft_end", "turn_end", "transcript"]
    assert sorted(names[4:-1]) == ["answer", "first_audio"]
    assert names[-1] == "done"
    assert [event["t"] for event in events] == sorted(event["t"] for event in events)
    [start], [end], [heard] = (named(events, name) for name in ("speech_start", "turn_end", "transcript"))
    assert 0.3 < start["t"] < 0.8
    assert end["speech_end"] < end["t"] < end["speech_end"] + 3.0
    assert (heard["text"], heard["engine"], heard["rejected"]) == ("What time is it?", "whisper tiny_whisper", "")
    [answer], [done] = named(events, "answer"), named(events, "done")
    assert (answer["zone"], answer["answered_by"], answer["clarify"]) == ("device", "skill:clock", False)
    assert done["turn"] == 1
    assert not done["was_cut"]


def test_what_no_skill_answers_goes_to_the_model_of_this_machine(talker: Person, place: Path) -> None:
    """The embedded one, whose words are spoken."""
    shown = talker.types("listen", "--input", str(wav_of(place / "q.wav", CAPITAL)), "--output", "a.wav", "--json")
    [answer] = named(events_of(shown), "answer")
    assert "Paris" in answer["text"]
    assert (answer["answered_by"], answer["model"]) == ("local", "smollm2-135m-instruct")
    assert loudness_of(place / "a.wav")["rms"] > SPEECH_RMS


def test_three_turns_and_an_answer_that_is_spoken_over(talker: Person, place: Path) -> None:
    """A timer, a story, and a question over the story: it is silent at once, and the history has what was heard."""
    file = wav_of(place / "talk.wav", TIMER, 4.0, STORY, 4.2, TIME, 0.5, voice="high")
    events = events_of(talker.types("listen", "--input", str(file), "--output", "a.wav", "--json"))
    assert [event["text"].rstrip(".?") for event in named(events, "transcript")] == [
        "Set a timer for 5 minutes",
        "Tell me a long story",
        "What time is it",
    ]
    assert [event["was_cut"] for event in named(events, "done")] == [False, True, False]
    assert [event["step"] for event in named(events, "barge_in")][:2] == ["duck", "stop"]
    rows = kept(talker)
    assert [row["is_cut"] for row in rows] == [False, False, False, True, False, False]
    assert rows[3]["text"] == named(events, "answer")[1]["text"]
    assert 0 < len(str(rows[3]["text"]).split()) < 40
    stopped = next(event["t"] for event in named(events, "barge_in") if event["step"] == "stop")
    started = named(events, "first_audio")[1]["t"]
    assert abs(named(events, "done")[1]["heard_s"] - (stopped - started)) < 0.2


def test_once_is_one_question_and_its_answer(talker: Person, place: Path) -> None:
    """What is said after it is not for us any more."""
    file = wav_of(place / "two.wav", TIME, 4.0, TIMER)
    events = events_of(talker.types("listen", "--input", str(file), "--once", "--json"))
    assert [event["text"] for event in named(events, "transcript")] == ["What time is it?"]
    assert events[-1]["event"] == "done"


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2)])
def test_sound_of_another_rate_and_in_stereo_is_heard(talker: Person, place: Path, rate: int, channels: int) -> None:
    """What a telephone and what a studio records, at its own pace; the tiny Whisper understands only the studio."""
    file = wav_of(place / "q.wav", 0.2, TIMER, rate=rate, channels=channels)
    events = events_of(talker.types("listen", "--input", str(file), "--json"))
    [heard] = named(events, "transcript")
    assert rate == 8_000 or "timer" in heard["text"]
    [end] = named(events, "turn_end")
    assert abs(end["speech_end"] - 0.2 - len(sound_of(TIMER)) / 16_000) < 0.4
    assert len(named(events, "done")) == 1


@pytest.mark.parametrize("sound", ["zeros", "noise"])
def test_where_nobody_speaks_nothing_is_answered_and_nothing_kept(talker: Person, place: Path, sound: str) -> None:
    """Silence, and the hiss of a room: no question, an output without a voice, exit 0."""
    draws = np.random.default_rng(1)
    hiss = (draws.standard_normal(32_000) * 0.003).astype(np.float32)
    file = wav_of(place / "q.wav", 2.0 if sound == "zeros" else hiss)
    shown = talker.types("listen", "--input", str(file), "--output", "a.wav", "--json")
    assert (shown.code, shown.out) == (0, "")
    assert loudness_of(place / "a.wav")["rms"] == 0.0
    assert talker.types("history", "list", "--json").json == []


# ---------------------------------------------------------------- where it is kept, and where not


def test_ephemeral_keeps_nothing(talker: Person, place: Path) -> None:
    """No key store is made for it, and `done` names no place."""
    file = wav_of(place / "q.wav", TIME)
    shown = talker.types("listen", "--input", str(file), "--ephemeral", "--json", with_key=False)
    [done] = named(events_of(shown), "done")
    assert (shown.code, done["conversation"], done["turn"]) == (0, None, None)
    assert not list(talker.home.rglob("*.db"))


def test_without_a_key_store_it_answers_and_says_that_nothing_is_kept(talker: Person, place: Path) -> None:
    """As a question that is typed: exit 0, and the ways out in a line."""
    shown = talker.types("listen", "--input", str(wav_of(place / "q.wav", TIME)), with_key=False)
    assert shown.code == 0
    assert shown.out.startswith("you: What time is it?\n")
    assert "nothing of this is kept" in shown.err


def test_a_locked_key_store_is_exit_7(talker: Person, place: Path) -> None:
    """Nothing is heard, nothing is answered, no output is made."""
    file = wav_of(place / "q.wav", TIME)
    assert talker.types("ask", "what is 2+2?").code == 0
    shown = talker.types("listen", "--input", str(file), "--output", "a.wav", with_key=False)
    is_refused(shown, 7)
    assert not (place / "a.wav").exists()


def test_of_the_sound_there_is_no_trace_but_the_output(talker: Person, place: Path) -> None:
    """No file of the home, of the temporary files or of the place holds a tenth of a second of it, heard or spoken."""
    sound = sound_of(0.2, TIMER)
    file = wav_of(place / "q.wav", sound)
    assert talker.types("listen", "--input", str(file), "--output", "a.wav").code == 0
    heard, answer = pcm_of(sound), (place / "a.wav").read_bytes()
    marks = [pcm[at : at + 320] for pcm in (heard, answer) for at in range(44, len(pcm), 3200)]
    marks = [mark for mark in marks if len(set(mark)) > 40]
    assert len(marks) > 8
    file.unlink()
    (place / "a.wav").unlink()
    everything = {path: path.read_bytes() for path in place.parent.rglob("*") if path.is_file()}
    assert len(everything) > 2
    assert not [path for path, content in everything.items() if any(mark in content for mark in marks)]


# ---------------------------------------------------------------- what is refused before anything is computed


def test_an_output_that_cannot_be_is_told_before_anything_is_heard(person: Person, place: Path) -> None:
    """Exit 2 and one line: it exists, is a directory, is the screen, or its directory is not there; no key store."""
    file = wav_of(place / "q.wav", 0.3)
    (place / "old.wav").write_bytes(b"old")
    for output, word in (
        ("old.wav", "exists already"),
        (str(place), "exists already"),
        ("-", "not to the screen"),
        ("nowhere/a.wav", "there is no directory"),
    ):
        is_refused(person.types("listen", "--input", str(file), "--output", output), 2, word)
    assert (place / "old.wav").read_bytes() == b"old"
    assert list(person.home.iterdir()) == []


def test_an_input_that_holds_no_sound_is_one_clear_line(person: Person, place: Path) -> None:
    """A file that is missing, empty, a text or a WAV without samples: exit 2, and no output is left."""
    (place / "empty.wav").write_bytes(b"")
    (place / "text.wav").write_text("What time is it?")
    wav_of(place / "silent.wav")
    for name in ("missing.wav", "empty.wav", "text.wav", "silent.wav"):
        shown = person.types("listen", "--input", name, "--output", "a.wav")
        is_refused(shown, 2, name)
    assert not (place / "a.wav").exists()
    assert list(person.home.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        ["--wake", "hey jarvis", "--hold"],
        ["--hold", "--toggle"],
        ["--continuous", "--wake", "alexa"],
        ["--output", "a.wav"],
        ["--realtime"],
        ["--input", "q.wav", "--hold"],
        ["--input", "q.wav", "--toggle"],
    ],
)
def test_options_that_do_not_go_together_are_exit_2(person: Person, place: Path, options: list[str]) -> None:
    """One line, and what to write instead."""
    wav_of(place / "q.wav", 0.3)
    is_refused(person.types("listen", *options), 2, " · ")
    assert list(person.home.iterdir()) == []


def test_a_wake_word_that_nobody_knows_is_exit_2_with_those_that_are_known(person: Person, place: Path) -> None:
    """Words that no dictionary has, and what is no word at all."""
    file = wav_of(place / "q.wav", 0.3)
    for word in ("xyzzyqq", "42", ""):
        shown = person.types("listen", "--input", str(file), "--wake", word, "--ephemeral", with_key=False)
        is_refused(shown, 2, "alexa, hey jarvis, hey mycroft, okay nabu")


# ---------------------------------------------------------------- the wake word


def test_after_the_wake_word_a_question_is_answered(talker: Person, place: Path) -> None:
    """The word of a recording opens the ear for what follows, and is no part of it."""
    alexa = recording("wake/wyoming_oww/alexa.flac")
    file = wav_of(place / "q.wav", 0.5, alexa, 0.4, TIME)
    events = events_of(talker.types("listen", "--input", str(file), "--wake", "alexa", "--json"))
    assert [event["word"] for event in named(events, "wake")] == ["alexa"]
    assert [event["text"] for event in named(events, "transcript")] == ["What time is it?"]


def test_without_the_wake_word_nothing_is_heard(talker: Person, place: Path) -> None:
    """Not even that somebody speaks."""
    shown = talker.types("listen", "--input", str(wav_of(place / "q.wav", TIME)), "--wake", "alexa", "--json")
    assert (shown.code, shown.out) == (0, "")


# ---------------------------------------------------------------- models


def test_the_spare_ear_is_taken_where_the_settings_name_it(person: Person, place: Path) -> None:
    """pocketsphinx understands the time."""
    writes_settings(person.home, '[models]\nstt = "pocketsphinx"\n')
    events = events_of(person.types("listen", "--input", str(wav_of(place / "q.wav", 0.3, TIME, 0.3)), "--json"))
    [heard] = named(events, "transcript")
    assert heard["engine"] == "pocketsphinx (spare)"
    assert named(events, "answer")[0]["answered_by"] == "skill:clock"


def test_a_model_that_is_missing_or_broken_is_exit_8(talker: Person, place: Path) -> None:
    """Of the recogniser, the voice and the detector of a turn's end: one line that says what to do; no output."""
    file = wav_of(place / "q.wav", TIME)
    broken = place / "broken"
    broken.mkdir()
    (broken / "model.bin").write_bytes(b"no model")
    (broken / "tokenizer.json").write_text("{}")
    voice = place / "voice.onnx"
    voice.write_bytes(b"no voice")
    (place / "voice.onnx.json").write_text("{}")
    for role, path in (
        ("stt", place / "nowhere"),
        ("stt", broken),
        ("tts", place / "nowhere.onnx"),
        ("tts", voice),
        ("turn", place / "nowhere.onnx"),
        ("turn", voice),
    ):
        settings = {"stt": str(OUR_WHISPER), role: str(path)}
        writes_settings(talker.home, "[models]\n" + "".join(f'{key} = "{value}"\n' for key, value in settings.items()))
        shown = talker.types(
            "listen", "--input", str(file), "--output", "a.wav", "--ephemeral", "--quiet", with_key=False
        )
        is_refused(shown, 8, " · ")
        assert not (place / "a.wav").exists()


def test_a_whisper_that_answers_nonsense_is_not_acted_on(person: Person, place: Path) -> None:
    """The stand-in of random weights: the loop ends with 0, and what it cannot have understood is no question."""
    data = Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA") or ROOT.parent / "shared" / "data")
    stand_in = data / "models" / "whisper-random-weights"
    if not stand_in.is_dir():
        pytest.skip("the test data has no stand-in for a Whisper (PRIVACY_ASSISTANT_TEST_DATA)")
    writes_settings(person.home, f'[models]\nstt = "{stand_in}"\n')
    shown = person.types("listen", "--input", str(wav_of(place / "q.wav", TIME)), "--json")
    events = events_of(shown)
    assert shown.code == 0
    assert all(event["clarify"] for event in named(events, "answer"))
    assert person.types("history", "list", "--json").json == []


# ---------------------------------------------------------------- a process of its own


def test_a_fresh_machine_without_a_network_hears_answers_and_speaks(person: Person, place: Path) -> None:
    """With the wheels alone, in a namespace in which nothing can be reached: a home that was never there before."""
    if not sys.platform.startswith("linux"):
        pytest.skip("network namespaces are Linux's")
    file = wav_of(place / "q.wav", 0.3, TIME, 0.3)
    command = [sys.executable, "-m", "privacy_assistant", "--home", str(person.home / "new"), "listen"]
    done = subprocess.run(
        [str(ROOT / ".ci" / "without-network"), "--if-possible", *command, "--input", str(file), "--output", "a.wav"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "PRIVACY_ASSISTANT_PASSPHRASE": "words"},
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("you: what time is it\nIt's ")
    assert "Traceback" not in done.stderr
    assert loudness_of(place / "a.wav")["rms"] > SPEECH_RMS


@pytest.mark.parametrize("in_worker", [True, False])
def test_ctrl_c_while_a_model_loads_is_one_line(talker: Person, place: Path, in_worker: bool) -> None:
    """Pressed twice, as one does: exit 130 and no abort of a library that was in the middle of something."""
    if not sys.platform.startswith("linux"):
        pytest.skip("what a process has loaded or started is told by /proc")
    trains_the_ear(talker.home, f"in_worker = {str(in_worker).lower()}\n")
    command = [sys.executable, "-m", "privacy_assistant", "--home", str(talker.home), "--key-file", str(talker.key)]
    process = subprocess.Popen(
        [*command, "listen", "--input", str(wav_of(place / "q.wav", STORY)), "--output", "a.wav"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    own = Path(f"/proc/{process.pid}")
    while process.poll() is None:
        children = [pid for task in (own / "task").iterdir() for pid in (task / "children").read_text().split()]
        if len(children) >= 2 if in_worker else "ctranslate2" in (own / "maps").read_text():
            break
        time.sleep(0.005)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "terminate called" not in err
    assert "Traceback" not in err
    assert not (place / "a.wav").exists()


def test_as_slow_as_a_person_speaks_it_is_the_same(talker: Person, place: Path) -> None:
    """`--realtime` does its work beside the sound, as by devices."""
    events = events_of(talker.types("listen", "--input", str(wav_of(place / "q.wav", TIME)), "--realtime", "--json"))
    assert [event["text"] for event in named(events, "transcript")] == ["What time is it?"]
    assert named(events, "answer")[0]["answered_by"] == "skill:clock"
    assert events[-1]["event"] == "done"
