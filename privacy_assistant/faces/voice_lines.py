"""What happens between ear and mouth, as text: a JSON object for a program, a line for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from prompt_toolkit.utils import get_cwidth

from privacy_assistant.core.voice_events import (
    Answered,
    BargedIn,
    Done,
    FirstAudio,
    Level,
    SoftEnded,
    SpeechStarted,
    Told,
    Transcribed,
    TurnEnded,
    VoiceEvent,
    Woke,
    Worded,
)
from privacy_assistant.faces.stream import badge


def as_json(event: VoiceEvent) -> dict[str, Any] | None:
    """The object that `listen --json` prints for an event, or None for the meter and for words that the answer holds.

    Every object begins with `event`, `t` (seconds on the sample clock) and `wall` (monotonic seconds); what follows
    comes in the order written here:

    wake: `word` · speech_start · soft_end: `revision`, `speech_end` · turn_end: `revision`, `speech_end`, `complete`,
    and its `t` is the commit · transcript: `text`, `confidence`, `engine`, `language`, `rejected` · answer: `text`,
    `zone`, `clarify`, and `answered_by`, `model`, `rule`, `redacted` (null where nobody was asked) · first_audio:
    `stages_ms` · barge_in: `step` · notice: `line` · done: `heard_s`, `was_cut`, and `conversation`, `turn` (null where
    it is not kept).
    """
    rest: dict[str, Any]
    match event:
        case Level() | Worded():
            return None
        case Woke():
            name, rest = "wake", {"word": event.word}
        case SpeechStarted():
            name, rest = "speech_start", {}
        case SoftEnded():
            name, rest = "soft_end", {"revision": event.revision, "speech_end": _seconds(event.speech_end)}
        case TurnEnded():
            name, rest = "turn_end", _turn_end(event)
        case Transcribed():
            name, rest = "transcript", _transcript(event)
        case Answered():
            name, rest = "answer", _answer(event)
        case FirstAudio():
            stages = {stage: round(took, 1) for stage, took in event.stages_ms.items()}
            name, rest = "first_audio", {"stages_ms": stages}
        case BargedIn():
            name, rest = "barge_in", {"step": event.step}
        case Told():
            name, rest = "notice", {"line": event.line}
        case Done():
            name, rest = "done", _done(event)
    return {"event": name, "t": _seconds(event.t), "wall": round(event.wall, 4), **rest}


def _seconds(value: float) -> float:
    return round(value, 3)


def _turn_end(event: TurnEnded) -> dict[str, Any]:
    return {
        "revision": event.revision,
        "speech_end": _seconds(event.speech_end),
        "complete": round(event.complete, 3),
    }


def _transcript(event: Transcribed) -> dict[str, Any]:
    heard = event.transcript
    return {
        "text": heard.text,
        "confidence": round(heard.confidence, 3),
        "engine": heard.engine,
        "language": heard.language,
        "rejected": heard.rejected,
    }


def _answer(event: Answered) -> dict[str, Any]:
    decision = event.decision
    return {
        "text": event.text,
        "zone": str(event.zone),
        "clarify": event.clarify,
        "answered_by": decision.answered_by if decision else None,
        "model": decision.model if decision else None,
        "rule": decision.rule if decision else None,
        "redacted": decision.redacted if decision else None,
    }


def _done(event: Done) -> dict[str, Any]:
    return {
        "heard_s": _seconds(event.heard_s),
        "was_cut": event.was_cut,
        "conversation": event.conversation or None,
        "turn": event.turn or None,
    }


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the conversation. `is_data`: it is what was said; otherwise it is about it, for the person alone."""

    text: str = field(repr=False)
    is_data: bool = False


def shown(event: VoiceEvent) -> tuple[Line, ...]:
    """What a person reads about an event, in order; nothing for what only the state tells of."""
    match event:
        case Transcribed():
            return _heard(event)
        case Answered():
            return (*((Line(event.text, is_data=True),) if event.text else ()), *about(event))
        case Told():
            return (Line(event.line),)
        case Done() if event.was_cut:
            return (Line(f"stopped; {event.heard_s:.1f} s of it were heard"),)
    return ()


def about(event: Answered) -> tuple[Line, ...]:
    """The badge of an answer; nothing where nobody was asked."""
    return (Line(badge(event.decision)),) if event.decision else ()


def spoken(text: str) -> str:
    """The words of the person, marked as theirs."""
    return f"you: {text}"


def _heard(event: Transcribed) -> tuple[Line, ...]:
    heard = event.transcript
    if heard.text:
        return (Line(spoken(heard.text), is_data=True),)
    return (Line(f"nothing was understood ({heard.rejected})"),) if heard.rejected else ()


class LiveRow:
    """Words as they come, cut into rows of a terminal: a row that is full scrolls away, the last one still grows."""

    def __init__(self) -> None:
        self._text = ""

    @property
    def text(self) -> str:
        """The row that grows."""
        return self._text

    def add(self, text: str, width: int) -> list[str]:
        """The rows that are full now, each narrower than `width`; cut between words where there are any."""
        self._text += text
        rows: list[str] = []
        while True:
            row, newline, rest = self._text.partition("\n")
            fits = _fitting(row, max(2, width - 1))
            if fits < len(row):
                at = row.rfind(" ", 1, fits + 1)
                at = fits if at <= 0 or not row[:at].strip() else at
                rows.append(row[:at].rstrip(" "))
                self._text = row[at:].lstrip(" ") + newline + rest
            elif newline:
                rows.append(row)
                self._text = rest
            else:
                return rows

    def finish(self) -> list[str]:
        """What is left of it; from now on it is empty."""
        text, self._text = self._text, ""
        return [text] if text.strip() else []


def _fitting(row: str, width: int) -> int:
    """How many of the first characters are at most so wide together; at least one."""
    if len(row) <= width // 2:
        return len(row)  # a character is two columns wide at most
    wide = 0
    for index, character in enumerate(row):
        wide += max(0, get_cwidth(character))
        if wide > width:
            return max(1, index)
    return len(row)
