"""One utterance on its way from sound to words: a turn with revisions, and who understands them.

What is understood at a pause is a guess at the whole; speech that goes on makes it stale. Only the revision that the
turn ended with is ever acted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from privacy_assistant.core.completeness import completeness, fused
from privacy_assistant.core.endpointing import Ended, Endpointer, Paused
from privacy_assistant.core.sound import Recording, Transcript
from privacy_assistant.core.turn import Origin, Utterance
from privacy_assistant.flow.lanes import Job, Lane
from privacy_assistant.flow.sound_memory import SoundMemory
from privacy_assistant.ports.sound import Transcriber, TurnDetector

PREROLL_S = 0.3
"""Seconds before the first sure sign of speech that belong to it: consonants are soft."""

WAKE_TAIL_S = 0.15
"""Seconds by which a wake word is told too late for a question in the same breath; its own last sound lies there."""

AFTER_S = 0.15
"""Seconds after the last sure sign of speech that are still listened to."""

ANSWERABLE = 0.85
"""How complete a text is at least that a skill would answer as it stands: a wait of 0.4 s, whatever its melody."""

_HEARD_FOR_A_TURN_S = 8.0  # what the detectors of a turn's end look at

SecondEar = Callable[[Recording], Transcript | None]
"""Somebody else who may understand a committed turn better; None where nobody may or could."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What one revision was understood as, and how long that took, in seconds."""

    transcript: Transcript
    took_s: float


@dataclass(slots=True)
class Turn:
    """What somebody says now. Times are on the sample clock; `is_over_ours`: they began while we spoke."""

    began: float
    is_over_ours: bool
    revision: int = 0
    speech_end: float = 0.0
    sounds_complete: float | None = None
    job: Job[Understood] | None = field(default=None, repr=False)
    understood: Understood | None = field(default=None, repr=False)
    ended: Ended | None = None
    ended_wall: float = 0.0
    partial: Job[Understood] | None = field(default=None, repr=False)
    partial_at: float = 0.0
    was_asked_elsewhere: bool = False
    wanted: int = 0
    """The revision that somebody may still act on; 0 for none. The lane looks at it, too."""


class Listener:
    """Understands turns, on a lane of its own."""

    def __init__(
        self,
        *,
        transcriber: Transcriber,
        turn_detector: TurnDetector | None,
        endpointer: Endpointer,
        memory: SoundMemory,
        lane: Lane,
        stopwatch: Callable[[], float],
        hints: Callable[[], Sequence[str]],
        draft: Callable[[Utterance], None] | None,
        second_ear: SecondEar | None,
        language: str,
        is_whole: Callable[[str], bool] = lambda _text: False,
    ) -> None:
        """`draft` is told what would be asked, before it is certain; `hints` are names that are likely; `is_whole`
        knows a text that could be answered as it stands."""
        self._transcriber = transcriber
        self._turn_detector = turn_detector
        self._endpointer = endpointer
        self._memory = memory
        self._lane = lane
        self._stopwatch = stopwatch
        self._hints = hints
        self._draft = draft
        self._second_ear = second_ear
        self._language = language
        self._is_whole = is_whole

    def paused(self, turn: Turn, event: Paused) -> None:
        """They fell silent: judge by the sound at once, and begin to understand the words."""
        turn.revision, turn.speech_end = event.revision, event.speech_end
        turn.wanted = event.revision
        turn.understood = None
        turn.sounds_complete = None
        if self._turn_detector is not None:
            start = max(turn.began, event.at - _HEARD_FOR_A_TURN_S)
            turn.sounds_complete = self._turn_detector.probability(self._memory.between(start, event.at))
            self._endpointer.judge(turn.revision, fused(turn.sounds_complete, None))
        sound = self._memory.between(turn.began, turn.speech_end + AFTER_S)
        turn.job = self._lane.start(lambda: self._revision(turn, event.revision, sound))

    def resumed(self, turn: Turn) -> None:
        """They go on: what was understood so far is stale."""
        turn.wanted = 0
        turn.job = turn.understood = turn.sounds_complete = None

    def judge(self, turn: Turn) -> None:
        """The words of this pause are known: how complete they sound decides with the sound how long to wait."""
        if turn.understood is None or turn.ended is not None:
            return
        text = turn.understood.transcript.text
        words = completeness(text, self._language)
        complete = fused(turn.sounds_complete, words.p)
        if not words.is_long and text and self._is_whole(text):
            complete = max(complete, ANSWERABLE)
        self._endpointer.judge(turn.revision, complete, is_long=words.is_long)

    def listen_in(self, turn: Turn, at: float) -> None:
        """Begin to understand what was said so far, while it is being said; one at a time."""
        if turn.partial is None or turn.partial.is_done:
            sound = self._memory.between(turn.began, at)
            turn.partial, turn.partial_at = self._lane.start(lambda: self._understand(sound)), at

    def ask_elsewhere(self, turn: Turn) -> bool:
        """A committed turn may be understood by somebody else: begin that, where there is one. It is asked once."""
        if self._second_ear is None or turn.was_asked_elsewhere:
            return False
        turn.was_asked_elsewhere = True
        second, first = self._second_ear, turn.understood
        sound = self._memory.between(turn.began, turn.speech_end + AFTER_S)

        def understand() -> Understood:
            before = self._stopwatch()
            heard = second(sound)
            if heard is not None:
                return Understood(heard, self._stopwatch() - before)
            return first or self._understand(sound)

        turn.job, turn.understood = self._lane.start(understand), None
        return True

    def _revision(self, turn: Turn, revision: int, sound: Recording) -> Understood:
        if turn.wanted != revision:
            # It was waited for so long that they went on: nobody reads this.
            return Understood(Transcript("", 0.0, "", rejected="stale"), 0.0)
        understood = self._understand(sound)
        heard = understood.transcript
        is_wanted = turn.wanted == revision and not turn.is_over_ours
        if self._draft is not None and is_wanted and heard.text and not heard.rejected:
            self._draft(Utterance(heard.text, Origin.VOICE, heard.confidence))
        return understood

    def _understand(self, sound: Recording) -> Understood:
        before = self._stopwatch()
        heard = self._transcriber.transcribe(sound, hints=tuple(self._hints()), language=self._language)
        return Understood(heard, self._stopwatch() - before)
