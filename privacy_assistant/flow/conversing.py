"""The side of the loop that answers: one thing is said at a time, what else is to be said waits for its turn.

Tells what comes of it as events, and where the time went from the end of the speech to the first sound of the answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from privacy_assistant.core.exchange import Decided, Notice, Question, Reply, Restarted
from privacy_assistant.core.sound import TICKS_PER_SECOND
from privacy_assistant.core.turn import Decision, Origin, Utterance, Zone
from privacy_assistant.core.voice_events import Answered, Done, FirstAudio, Told, VoiceEvent, Worded
from privacy_assistant.errors import AssistantError
from privacy_assistant.flow.lanes import Lane, Rest
from privacy_assistant.flow.playback import Playback
from privacy_assistant.flow.talking import Failed, Mind, Talker
from privacy_assistant.flow.turns import Turn
from privacy_assistant.ports import Piece

VOLUME_STEP = 0.2
_REMEMBERED = 90 * TICKS_PER_SECOND


@dataclass(slots=True)
class _Exchange:
    """One thing that is said: an answer, or a line of our own."""

    utterance: Utterance | None = field(default=None, repr=False)
    line: str = field(default="", repr=False)
    clarify: bool = False
    decision: Decision | None = None
    is_told: bool = False
    has_sounded: bool = False
    is_again: bool = False
    conversation: str | None = None
    turn: int = 0
    timed: dict[str, float] = field(default_factory=dict)


class Conversing:
    """Says one thing after the other, and tells what comes of it."""

    def __init__(
        self,
        *,
        mind: Mind,
        talker: Talker,
        playback: Playback,
        lane: Lane,
        stopwatch: Callable[[], float],
        conversation: str | None = None,
        is_kept: bool = True,
    ) -> None:
        """`lane` is where reading ahead is done, beside what is spoken; `is_kept`: what is said can be found later."""
        self._mind = mind
        self._talker = talker
        self._playback = playback
        self._lane = lane
        self._stopwatch = stopwatch
        self._conversation = conversation
        self._is_kept = is_kept
        self._waiting: deque[_Exchange] = deque()
        self._now: _Exchange | None = None
        self._timed: dict[str, float] = {}
        self._walls: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self.has_answered = False
        self.was_answer = False
        self.was_question = False

    # ------------------------------------------------------------ what is to be said

    def ask(self, utterance: Utterance) -> None:
        """Answer this, after what is being said."""
        timed, self._timed = self._timed, {}
        self._waiting.append(_Exchange(utterance, timed=timed if utterance.origin is Origin.VOICE else {}))

    def say(self, line: str, *, clarify: bool = False) -> None:
        """Say this, after what is being said; nothing of it is kept."""
        self._waiting.append(_Exchange(line=line, clarify=clarify))

    def complain(self, error: AssistantError) -> None:
        """Tell and say what went wrong."""
        self._waiting.append(_Exchange(line=error.message))

    def interrupt(self) -> None:
        """Stop what is being said for good, and give up what waits."""
        self._waiting.clear()
        self._talker.interrupt()

    def close(self) -> None:
        """Interrupt, and wait until what was heard is kept."""
        self._waiting.clear()
        self._talker.close()

    @property
    def is_busy(self) -> bool:
        """Whether something is being said, or is about to be."""
        return self._now is not None or bool(self._waiting)

    @property
    def is_saying(self) -> bool:
        """Whether something is being said, or is being made to be said."""
        return self._now is not None

    @property
    def is_cut(self) -> bool:
        """Whether what is being said was interrupted, and only its end is waited for."""
        return self._now is not None and self._talker.is_cut

    @property
    def spoken_lately(self) -> str:
        """What the voice said last."""
        return self._talker.spoken_lately

    # ------------------------------------------------------------ for whoever answers

    def give_up_draft(self) -> None:
        """Nobody will ask that."""
        self._mind.give_up_draft()

    def read_ahead(self) -> None:
        """Somebody began to speak."""
        conversation = self._conversation
        self._lane.start(lambda: self._mind.read_ahead(conversation))

    def draft(self, utterance: Utterance) -> None:
        """Work ahead on what would be asked; on whichever thread."""
        self._mind.draft(Question(utterance, conversation=self._conversation))

    def would_act(self, text: str) -> bool:
        """Whether this would change something."""
        return self._mind.would_act(text)

    def due(self) -> list[str]:
        """Timers that ring now."""
        return self._mind.due()

    # ------------------------------------------------------------ time

    def heard_at(self, t: float) -> None:
        """A tick that ends at `t` came in now."""
        self._walls.append((t, self._stopwatch()))

    def time_turn(self, turn: Turn, understood_wall: float) -> None:
        """When the turn that is about to be asked was spoken, over and understood."""
        if turn.ended is None or turn.understood is None:
            return
        self._timed = {
            "speech_end": self._wall_of(turn.speech_end),
            "ended": turn.ended_wall,
            "understood": understood_wall,
            "stt_s": turn.understood.took_s,
        }

    def _wall_of(self, t: float) -> float:
        for at, wall in reversed(self._walls):
            if at <= t:
                return wall
        return self._walls[0][1] if self._walls else self._stopwatch()

    # ------------------------------------------------------------ what comes of it

    def events(self, t: float, *, may_begin: bool = True) -> Iterator[VoiceEvent]:
        """What happened since the last call; the next thing is begun by this where nothing is being said, and it may
        be."""
        now = self._now
        if now is None:
            if not self._waiting or not may_begin:
                return
            now = self._now = self._waiting.popleft()
            if now.utterance is not None:
                self._talker.ask(Question(now.utterance, conversation=self._conversation))
            else:
                self._talker.say(now.line)
                yield Answered(t, self._stopwatch(), now.line, clarify=now.clarify)
        for item in self._talker.take():
            yield from self._told(now, item, t)
        first_at = self._playback.first_at
        if first_at is not None and not now.has_sounded:
            now.has_sounded = True
            yield FirstAudio(t, first_at, self._stages(now, first_at))
        if not self._talker.is_busy:
            self._now = None
            self.was_answer, self.was_question = now.utterance is not None, now.clarify
            self.has_answered = self.has_answered or self.was_answer
            heard_s, was_cut = self._playback.heard_s, self._talker.is_cut
            place = (now.conversation, now.turn) if self._is_kept else (None, 0)
            yield Done(t, self._stopwatch(), heard_s, was_cut, *place)

    def _told(self, now: _Exchange, item: object, t: float) -> Iterator[VoiceEvent]:
        wall = self._stopwatch()
        if isinstance(item, Piece):
            yield Worded(t, wall, item.text, now.is_again)
            now.is_again = False
        elif isinstance(item, Decided):
            now.decision = item.decision
        elif isinstance(item, Notice):
            yield Told(t, wall, item.line)
        elif isinstance(item, Restarted):
            now.is_again = True
            yield Told(t, wall, f"{item.why}; once more:")
        elif isinstance(item, Rest):
            if not self._talker.is_cut:  # else the reply tells how much of it was heard
                yield from self._answered(now, self._talker.said, t)
        elif isinstance(item, Failed):
            hint = f" · {item.error.hint}" if item.error.hint else ""
            yield Told(t, wall, f"{item.error.message}{hint}")
        elif isinstance(item, Reply):
            self._conversation = now.conversation = item.conversation or self._conversation
            now.turn = item.turn
            now.decision = item.decision
            yield from self._answered(now, item.text, t)
            self._apply(item.effect)

    def _answered(self, now: _Exchange, text: str, t: float) -> Iterator[VoiceEvent]:
        if now.is_told or (self._talker.is_cut and not text):
            return
        now.is_told = True
        zone = now.decision.zone if now.decision is not None else Zone.DEVICE
        yield Answered(t, self._stopwatch(), text, zone, decision=now.decision)

    def _apply(self, effect: str) -> None:
        """What a skill asks of whoever speaks (see `skills.volume`)."""
        volume = self._playback.volume
        match effect.partition(":"):
            case ("volume_up", _, _):
                self._playback.set_volume(volume + VOLUME_STEP)
            case ("volume_down", _, _):
                self._playback.set_volume(volume - VOLUME_STEP)
            case ("volume_max" | "unmute", _, _):
                self._playback.set_volume(1.0)
            case ("volume_min", _, _):
                self._playback.set_volume(VOLUME_STEP / 2)
            case ("mute", _, _):
                self._playback.set_volume(0.0)
            case ("volume", _, level) if level.isdigit():
                self._playback.set_volume(int(level) / 100)
            case _:
                pass

    def _stages(self, now: _Exchange, first_at: float) -> dict[str, float]:
        """Milliseconds from the end of the speech to the first sound, stage by stage. Stages that ran inside the wait
        for the end of the turn count there: `stt` is what was left of it after the turn was over."""
        stages, timed = self._talker.stages, now.timed
        found: dict[str, float] = {}
        if timed:
            found["eot_wait"] = timed["ended"] - timed["speech_end"]
            found["stt"] = timed["understood"] - timed["ended"]
            found["hand_over"] = stages.asked - timed["understood"]
        last = stages.asked
        for name, at in (
            ("route", stages.decided),
            ("first_word", stages.first_word),
            ("first_piece", stages.first_piece),
        ):
            if at is not None:
                found[name], last = at - last, at
        found["tts"] = stages.tts_s
        found["device"] = first_at - last - stages.tts_s
        found["total"] = first_at - (timed["speech_end"] if timed else stages.asked)
        if timed:
            found["stt_work"] = timed["stt_s"]
        return {name: round(seconds * 1000, 1) for name, seconds in found.items()}
