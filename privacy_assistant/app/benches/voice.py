"""From the end of somebody's speech to the first sound of the answer, with the wait for the end of the turn in it.

Sentences spoken by the voice of the package are heard in real time by the whole loop, in a home of its own: voice
detector, end of turn, recogniser, skills or model, voice. The end of the speech is where the clip's last loud frame is
given to the loop, on the wall's clock; the answer begins with the first sample that the loudspeaker takes. What a sound
card adds by its own buffers comes on top (`devices` tells it).
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privacy_assistant.app.benches.asking_card import AskingCard, as_heard, speech_end_s
from privacy_assistant.app.benches.speed import quantile
from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.paths import Paths
from privacy_assistant.app.proofs import Check
from privacy_assistant.app.voice_loop import Voice, VoiceOpening, open_voice
from privacy_assistant.core.sound import HEARD_HZ, Frame, Recording
from privacy_assistant.core.voice_events import Answered, Done, FirstAudio, Transcribed, TurnEnded, VoiceEvent
from privacy_assistant.engines.sound_file import resampled
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.voices import SHIPPED

COMMANDS = (
    "what time is it",
    "set a timer for ten minutes",
    "what is fifteen percent of eighty",
    "what day is it",
    "how many miles are ten kilometers",
    "cancel the timer",
    "add milk to the shopping list",
    "what is seven times eight",
)
"""Answered by skills."""
QUESTIONS = (
    "what is the capital of france",
    "tell me about the sea",
    "why is the sky blue",
    "who wrote hamlet",
)
"""Answered by the model of this machine."""

STAGES = (
    ("eot_wait", "wait for the end of the turn"),
    ("stt", "recogniser, what was left after the turn was over"),
    ("hand_over", "hand over"),
    ("route", "find, decide, route"),
    ("first_word", "first word of the answer"),
    ("first_piece", "first piece that can be spoken"),
    ("tts", "voice"),
    ("device", "until the loudspeaker takes it"),
)
"""In the order in which they come; together they are the time from where the loop saw the speech end."""

_GIVE_UP_S = 20.0
_BETWEEN_S = 0.6


@dataclass(frozen=True, slots=True)
class Asked:
    """One sentence that was spoken to the loop, and when the answer began.

    `kind` is skill, model, none (a line of the loop's own: it did not understand, or asks back), cut (the turn was over
    before the speech was) or silent. Milliseconds; `total_ms` counts from where the speech ended in the clip.
    """

    sentence: str
    kind: str
    total_ms: float = 0.0
    wait_ms: float = 0.0
    is_word_for_word: bool = False
    stages_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured, and by which engines."""

    recogniser: str
    voice: str
    asked: tuple[Asked, ...]

    def of(self, *kinds: str) -> list[Asked]:
        """Those that ended so."""
        return [one for one in self.asked if one.kind in kinds]


def measure(
    rounds: int = 1,
    *,
    installed: Paths | None = None,
    say: Callable[[str], None] = lambda _line: None,
    sentences: Sequence[str] = (*COMMANDS, *QUESTIONS),
) -> Report:
    """Ask every sentence so many times. `installed`: with the settings and models of that home; without, as delivered.

    Nothing of the person is opened, read or kept. Raises EngineError, SettingsError.
    """
    with tempfile.TemporaryDirectory(prefix="privacy-assistant-") as name:
        opening = _new_home(Path(name), installed)
        with House(opening) as house:
            house.settle()
            # Whoever speaks to it is always the same, whichever voice answers.
            with contextlib.closing(PiperSpeaker(SHIPPED)) as speaker:
                clips = [_clip(speaker.speak(sentence)) for sentence in sentences]
            with open_voice(house, VoiceOpening(is_live=True)) as voice:
                asked: list[Asked] = []
                with contextlib.closing(_Session(voice)) as session:
                    session.ask(sentences[0], clips[0])  # whatever is loaded late is loaded now
                    for number in range(rounds):
                        say(f"round {number + 1} of {rounds}")
                        asked += [session.ask(text, clip) for text, clip in zip(sentences, clips, strict=True)]
                return Report(voice.transcriber.name, voice.speaker.name, tuple(asked))


def _new_home(place: Path, installed: Paths | None) -> Opening:
    """A home without a policy, so nothing leaves; with the models and the settings of another one."""
    place.chmod(0o700)
    key_file = place / "key"
    key_file.write_bytes(os.urandom(64))
    key_file.chmod(0o600)
    home = place / "home"
    home.mkdir(mode=0o700)
    if installed is not None:
        if installed.models.is_dir():
            (home / "models").symlink_to(installed.models.resolve(), target_is_directory=True)
        if installed.config.is_file():
            shutil.copy(installed.config, home / "config.toml")
    return Opening(home=home, key_file=key_file, expects_model=True)


def _clip(frames: Iterator[Frame]) -> Recording:
    pieces = list(frames)
    sound = resampled(Recording(b"".join(frame.pcm for frame in pieces), pieces[0].rate_hz), HEARD_HZ)
    return Recording(as_heard(sound.pcm), HEARD_HZ)


class _Session:
    """One loop that is asked one thing after the other."""

    def __init__(self, voice: Voice) -> None:
        self._loop = voice.loop
        self._card = AskingCard(voice.rate_hz)
        self._events = self._loop.run(self._card)

    def ask(self, sentence: str, clip: Recording) -> Asked:
        """Say this to it, and wait until it begins to answer; the answer is cut then."""
        self._card.ask(clip, speech_end_s(clip))
        heard = _Heard()
        give_up = time.monotonic() + clip.seconds + _GIVE_UP_S
        for event in self._events:
            heard.take(event)
            if isinstance(event, FirstAudio) and self._card.is_over:
                self._loop.stop()
            if (heard.is_done and self._card.is_over) or time.monotonic() > give_up:
                break
        self._rest()
        return heard.asked(sentence, self._card)

    def close(self) -> None:
        """End the loop."""
        self._loop.close()
        for _ in self._events:
            pass

    def _rest(self) -> None:
        """Let the room be quiet for a moment, so that each sentence is a turn of its own."""
        until = time.monotonic() + _BETWEEN_S
        for _ in self._events:
            if time.monotonic() > until and not self._loop.is_busy:
                return


class _Heard:
    """What came of one sentence."""

    def __init__(self) -> None:
        self.is_done = False
        self._first: FirstAudio | None = None
        self._ended: TurnEnded | None = None
        self._answer: Answered | None = None
        self._words = ""

    def take(self, event: VoiceEvent) -> None:
        """Follow one event."""
        match event:
            case TurnEnded():
                self._ended = self._ended or event
            case Transcribed():
                self._words = event.transcript.text
            case FirstAudio():
                self._first = self._first or event
            case Answered():
                self._answer = self._answer or event
            case Done():
                self.is_done = True
            case _:
                pass

    def asked(self, sentence: str, card: AskingCard) -> Asked:
        """The measurement."""
        is_word_for_word = _plain(self._words) == _plain(sentence)
        if self._ended is not None and (card.ended_t is None or self._ended.t < card.ended_t):
            return Asked(sentence, "cut", is_word_for_word=is_word_for_word)
        if self._first is None or self._ended is None or card.ended_wall is None:
            return Asked(sentence, "silent", is_word_for_word=is_word_for_word)
        return Asked(
            sentence,
            self._kind(),
            1000 * (self._first.wall - card.ended_wall),
            1000 * (self._ended.wall - card.ended_wall),
            is_word_for_word,
            dict(self._first.stages_ms),
        )

    def _kind(self) -> str:
        decision = self._answer.decision if self._answer is not None else None
        if decision is None:
            return "model" if self._answer is None else "none"  # cut before its end was known
        return "skill" if decision.answered_by.startswith("skill:") else "model"


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split())


# ---------------------------------------------------------------- what is shown


def check(paths: Paths) -> Iterator[Check]:
    """For `doctor --latency`: a few sentences, with the models and the settings of this home."""
    report = measure(installed=paths, sentences=(*COMMANDS[:4], *QUESTIONS[:2]))
    answered = report.of("skill", "model")
    who = f"{report.recogniser} listens, {report.voice} speaks"
    if not answered:
        yield Check("latency", "note", f"{who}: none of {len(report.asked)} spoken sentences was answered", _TRY)
        return
    totals, waits = [one.total_ms for one in answered], [one.wait_ms for one in answered]
    yield Check(
        "latency",
        "ok",
        f"end of speech to first sound {quantile(totals, 0.5):.0f} ms, at most {max(totals):.0f}, of it "
        f"{quantile(waits, 0.5):.0f} until the turn is over ({who}; {len(answered)} of {len(report.asked)} answered)",
    )


_TRY = "set other models under [models]; privacy-assistant bench voice shows each sentence"


def lines(report: Report) -> Iterator[str]:
    """The tables, for a terminal or a page (Markdown)."""
    yield f"recogniser {report.recogniser}, voice {report.voice}; {len(report.asked)} sentences in real time"
    yield ""
    yield "| end of speech to first sound, ms | n | p50 | p95 | of it until the turn was over, p50 |"
    yield "|---|---|---|---|---|"
    for label, kinds in (("skills", ("skill",)), ("the model", ("model",)), ("all answers", ("skill", "model"))):
        some = report.of(*kinds)
        if some:
            totals, waits = [one.total_ms for one in some], [one.wait_ms for one in some]
            yield (
                f"| {label} | {len(some)} | {quantile(totals, 0.5):.0f} | {quantile(totals, 0.95):.0f} "
                f"| {quantile(waits, 0.5):.0f} |"
            )
    yield ""
    yield "| stage, ms | p50 | p95 |"
    yield "|---|---|---|"
    answered = report.of("skill", "model")
    for name, label in STAGES:
        times = [one.stages_ms[name] for one in answered if name in one.stages_ms]
        if times:
            yield f"| {label} | {quantile(times, 0.5):.0f} | {quantile(times, 0.95):.0f} |"
    yield ""
    yield (
        f"understood word for word {sum(one.is_word_for_word for one in report.asked)} of {len(report.asked)}; "
        f"cut off {len(report.of('cut'))}, asked back {len(report.of('none'))}, without an answer "
        f"{len(report.of('silent'))}"
    )


def to_json(report: Report) -> dict[str, Any]:
    """The same for a program."""
    answered = report.of("skill", "model")
    totals = [one.total_ms for one in answered]
    return {
        "machine": {"cpu": platform.machine(), "python": platform.python_version()},
        "recogniser": report.recogniser,
        "voice": report.voice,
        "first_audio_ms": {"p50": round(quantile(totals, 0.5), 1), "p95": round(quantile(totals, 0.95), 1)}
        if totals
        else None,
        "asked": [
            {
                "sentence": one.sentence,
                "kind": one.kind,
                "total_ms": round(one.total_ms, 1),
                "wait_ms": round(one.wait_ms, 1),
                "word_for_word": one.is_word_for_word,
                "stages_ms": one.stages_ms,
            }
            for one in report.asked
        ],
    }
