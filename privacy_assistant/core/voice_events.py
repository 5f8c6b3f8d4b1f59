"""What happens between ear and mouth, in order; `listen --json` prints each as a line.

`t` is the sample clock in seconds, `wall` a monotonic clock in seconds: the first stands still while something is
computed, the second does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from privacy_assistant.core.sound import Transcript
from privacy_assistant.core.turn import Decision, Zone


@dataclass(frozen=True, slots=True)
class Woke:
    """The wake word, or a key, opened the ear."""

    t: float
    wall: float
    word: str


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak; `t` is when, as far as it is known now."""

    t: float
    wall: float


@dataclass(frozen=True, slots=True)
class SoftEnded:
    """They fell silent, perhaps to think; `speech_end` is where the speech ended, on the sample clock."""

    t: float
    wall: float
    revision: int
    speech_end: float


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """They are done: the turn is committed at `t`. `complete` is how sure the detectors were (0..1)."""

    t: float
    wall: float
    revision: int
    speech_end: float
    complete: float


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What was understood of the committed turn."""

    t: float
    wall: float
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Answered:
    """The whole answer, when it is known; `Done` comes when it was heard. Where it was cut, it is what was heard.

    `clarify`: "Sorry, I didn't catch that", or a question back. No `decision` where nobody was asked.
    """

    t: float
    wall: float
    text: str = field(repr=False)
    zone: Zone = Zone.DEVICE
    clarify: bool = False
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """Words of the answer as they come, to be shown; `is_again` where what came before is superseded by them."""

    t: float
    wall: float
    text: str = field(repr=False)
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class FirstAudio:
    """The first sample of an answer is played; `stages_ms` is where the time since the end of the speech went."""

    t: float
    wall: float
    stages_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BargedIn:
    """Somebody spoke while we did: `step` is duck, stop or resume."""

    t: float
    wall: float
    step: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line for the person that is not an answer: a notice, an error with its remedy, a timer that rings by the name
    that it was given."""

    t: float
    wall: float
    line: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Level:
    """For a meter: the loudness of the last tenth of a second in dB below full scale, and what the loop does now
    (asleep, listening, hearing, thinking, speaking)."""

    t: float
    wall: float
    dbfs: float
    state: str


@dataclass(frozen=True, slots=True)
class Done:
    """This exchange is over: everything was heard, or it was stopped. `heard_s` seconds of the answer were.

    `conversation` and `turn` say where it is kept; None and 0 where it is not.
    """

    t: float
    wall: float
    heard_s: float = 0.0
    was_cut: bool = False
    conversation: str | None = None
    turn: int = 0


VoiceEvent = (
    Woke
    | SpeechStarted
    | SoftEnded
    | TurnEnded
    | Transcribed
    | Answered
    | Worded
    | FirstAudio
    | BargedIn
    | Told
    | Level
    | Done
)
