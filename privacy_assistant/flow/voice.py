"""The loop between ear and mouth, 10 ms at a time, on the sample clock of the sound card.

What is heard becomes turns; only a turn that is over is answered, kept or acted on. While we speak whoever speaks over
us is told apart from our own echo, from a cough and from a "mhm", and stops us. Slow work runs on lanes: beside the
loop in real time, inside of it over files, where the sample clock stands still meanwhile.
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Iterator
from dataclasses import replace

from privacy_assistant.core.activation import Attention
from privacy_assistant.core.barge_in import DUCKED_TO, BargeIn, Step
from privacy_assistant.core.endpointing import Ended, Endpointer, Event, Paused, Resumed, Started
from privacy_assistant.core.loudness import dbfs
from privacy_assistant.core.own_words import count_words, is_back_channel, is_halting, is_own, strip_own
from privacy_assistant.core.sound import TICKS_PER_SECOND, Tick, Transcript
from privacy_assistant.core.voice_events import (
    BargedIn,
    Done,
    Level,
    SoftEnded,
    SpeechStarted,
    Told,
    Transcribed,
    TurnEnded,
    VoiceEvent,
    Woke,
)
from privacy_assistant.core.yes_no import says_yes
from privacy_assistant.errors import AssistantError
from privacy_assistant.flow.conversing import Conversing
from privacy_assistant.flow.hearing import Ear, Sounded
from privacy_assistant.flow.lanes import Lane
from privacy_assistant.flow.playback import Playback
from privacy_assistant.flow.responding import Responder
from privacy_assistant.flow.turns import PREROLL_S, WAKE_TAIL_S, Listener, Turn
from privacy_assistant.ports.sound import SoundCard

OWN_ECHO_S = 1.5
"""Seconds after our own voice in which words that were ours are taken for its echo."""

_LISTEN_IN_S = 0.5  # how often the words of somebody who speaks over us are looked at
_RING_EVERY_S = 0.5
_BEFORE_S = 1.0  # what is remembered while nobody speaks
_HALT_WORDS = 2  # "stop", "wait, stop": what is longer says more than that
_HELD_FOR_S = 2.0  # how long a stopped answer waits for a turn that never comes


class VoiceLoop:
    """One loop over one sound card. `run` in one thread; the keys and `type` from any."""

    def __init__(
        self,
        *,
        ear: Ear,
        endpointer: Endpointer,
        listener: Listener,
        conversing: Conversing,
        playback: Playback,
        lanes: tuple[Lane, ...],
        stopwatch: Callable[[], float],
        attention: Attention,
        language: str = "en",
        is_once: bool = False,
    ) -> None:
        self._ear = ear
        self._ends = endpointer
        self._listener = listener
        self._talk = conversing
        self._playback = playback
        self._lanes = lanes
        self._stopwatch = stopwatch
        self._attention = attention
        self._language = language
        self._is_once = is_once
        self._barge = BargeIn(has_words=True, language=language)
        self._responder = Responder(conversing, language)
        self._keys: queue.SimpleQueue[Callable[[float], Iterator[VoiceEvent]]] = queue.SimpleQueue()
        self._turn: Turn | None = None
        self._t = 0.0
        self._ticks = 0
        self._held_since: float | None = None
        self._not_before = 0.0
        self._spoke_until = -OWN_ECHO_S
        self._next_ring = 0.0
        self._is_over = False

    # ------------------------------------------------------------ from any thread

    def press(self) -> None:
        """The key to talk goes down: whatever is said stops, and what follows is for us until `release`."""
        self._keys.put(self._pressed)

    def release(self) -> None:
        """The key to talk was let go: the turn is over."""
        self._keys.put(self._released)

    def toggle(self) -> None:
        """Open the ear, or close it; where it is always open, mute it."""
        self._keys.put(self._toggled)

    def type(self, text: str) -> None:
        """A question by the keyboard; it stops an answer."""
        self._keys.put(lambda t: self._typed(text, t))

    def stop(self) -> None:
        """Stop speaking."""
        self._keys.put(self._hushed)

    def close(self) -> None:
        """End the loop; what was heard of an answer is kept."""
        self._keys.put(self._closed)

    @property
    def is_busy(self) -> bool:
        """Whether somebody is in the middle of something: a turn, an answer."""
        return self._turn is not None or self._ends.is_in_turn or self._talk.is_busy or not self._keys.empty()

    # ------------------------------------------------------------ the loop

    def run(self, card: SoundCard) -> Iterator[VoiceEvent]:
        """Until the card ends or `stop`. Raises EngineError where the card cannot be opened."""
        with contextlib.ExitStack() as undo:  # all of it is undone, whatever is raised; the last comes first
            for lane in self._lanes:
                undo.callback(lane.close)
            undo.callback(self._playback.drop)
            undo.callback(self._talk.close)
            undo.callback(self._ear.memory.forget)
            undo.callback(card.close)
            for tick in card.ticks(self._playback.fill):
                yield from self._tick(tick)
                if self._is_over:
                    break
        yield from self._talk.events(self._t)

    def _tick(self, tick: Tick) -> Iterator[VoiceEvent]:
        t = self._t = tick.heard.at + tick.heard.seconds
        self._talk.heard_at(t)
        for line in tick.notices:
            yield Told(t, self._stopwatch(), line)
        while not self._keys.empty():
            yield from self._keys.get()(t)
        is_speaking = self._playback.is_audible
        self._spoke_until = t if is_speaking else self._spoke_until
        is_speaking = is_speaking and self._attention.is_stopped_by_voice
        sounded = self._ear.hear(tick, is_open=self._is_open, is_speaking=is_speaking)
        if sounded.wake:
            yield from self._woken(sounded.wake, t)
        if sounded.phrase:
            yield from self._halted(t)
        if sounded.probability is not None:
            yield from self._windowed(sounded, sounded.probability)
        yield from self._understood(t)
        # Nothing is begun while somebody speaks, or was not understood yet, or holds the key to speak.
        for event in self._talk.events(t, may_begin=self._turn is None and not self._attention.is_held):
            yield event
            if isinstance(event, Done):
                self._answer_is_over(t, event.was_cut)
        if self._held_since is not None and self._turn is None and t - self._held_since > _HELD_FOR_S:
            yield from self._climb(Step.RESUME, t)
        yield from self._ring(t)
        self._ticks += 1
        if self._ticks % (TICKS_PER_SECOND // 10) == 0:
            yield Level(t, self._stopwatch(), dbfs(tick.heard.pcm), self._state)
        if self._turn is None:
            self._ear.memory.forget(before=t - _BEFORE_S)

    @property
    def _is_open(self) -> bool:
        # Who stopped us is heard, whether or not the ear was open.
        is_in_turn = self._turn is not None or self._held_since is not None
        return self._attention.is_open(self._t, is_in_turn=is_in_turn)

    @property
    def _is_ours(self) -> bool:
        """Whether we are saying something, or are about to."""
        return self._talk.is_saying and not self._talk.is_cut

    @property
    def _state(self) -> str:
        if self._playback.is_audible:
            return "speaking"
        if self._turn is not None and self._turn.ended is None:
            return "hearing"
        if self._turn is not None or self._talk.is_busy:
            return "thinking"
        return "listening" if self._is_open else "asleep"

    # ------------------------------------------------------------ keys

    def _pressed(self, t: float) -> Iterator[VoiceEvent]:
        if self._attention.press():
            yield from self._hushed(t)
            self._ends.hold()
            yield Woke(t, self._stopwatch(), "key")

    def _released(self, t: float) -> Iterator[VoiceEvent]:
        self._attention.release()
        for event in self._ends.release(t):
            yield from self._ending(event)

    def _toggled(self, t: float) -> Iterator[VoiceEvent]:
        is_open = self._attention.toggle()
        if not is_open and not self._attention.is_held:
            if not self._attention.is_muted:
                self._ends.hold()
                yield from self._released(t)
            elif self._held_since is not None:
                yield from self._climb(Step.RESUME, t)
            elif self._turn is not None and self._turn.ended is None:
                self._give_up_turn(t)  # nobody asked what was muted in the middle
        yield Told(t, self._stopwatch(), "the ear is open" if is_open else "the ear is closed")

    def _typed(self, text: str, t: float) -> Iterator[VoiceEvent]:
        yield from self._hushed(t)
        self._give_up_turn(t)
        self._responder.typed(text, t)

    def _hushed(self, t: float) -> Iterator[VoiceEvent]:
        if self._talk.is_busy:
            self._talk.interrupt()
            was_told, self._held_since = self._held_since is not None, None
            yield from () if was_told else (BargedIn(t, self._stopwatch(), Step.STOP),)

    def _closed(self, t: float) -> Iterator[VoiceEvent]:
        yield from self._hushed(t)
        self._is_over = True

    # ------------------------------------------------------------ what is heard

    def _woken(self, word: str, t: float) -> Iterator[VoiceEvent]:
        if self._attention.is_muted:
            return
        yield from self._hushed(t)
        self._attention.woken(t)
        self._not_before = t - WAKE_TAIL_S
        self._give_up_turn(t)
        yield Woke(t, self._stopwatch(), word)

    def _halted(self, t: float) -> Iterator[VoiceEvent]:
        """Somebody said "stop"; the rest of what they say is still a turn."""
        if self._barge.key_phrase(t) is Step.STOP and self._talk.is_busy and not self._talk.is_cut:
            yield from self._hushed(t)

    def _windowed(self, sounded: Sounded, probability: float) -> Iterator[VoiceEvent]:
        t = sounded.at
        if self._is_ours and self._attention.is_stopped_by_voice:
            step = self._barge.feed(t, sounded.window_s, probability, is_playing=True)
            yield from self._climb(step, t, is_understood=False)
        elif not self._is_open:
            return
        for event in self._ends.feed(t, sounded.window_s, probability):
            yield from self._ending(event)
        turn = self._turn
        if turn is None or not turn.is_over_ours or turn.ended is not None or self._talk.is_cut:
            return
        if self._ends.is_in_turn and t - max(turn.partial_at, turn.began + PREROLL_S) >= _LISTEN_IN_S:
            self._listener.listen_in(turn, t)

    def _ending(self, event: Event) -> Iterator[VoiceEvent]:
        wall = self._stopwatch()
        match event:
            case Started(at):
                yield SpeechStarted(at, wall)
                self._began(at)
            case Paused(at, speech_end, revision) if self._turn is not None:
                yield SoftEnded(at, wall, revision, speech_end)
                self._listener.paused(self._turn, event)
            case Resumed() if self._turn is not None:
                self._listener.resumed(self._turn)
                self._talk.give_up_draft()
            case Ended(at, speech_end, revision, complete) if self._turn is not None:
                self._turn.ended, self._turn.ended_wall = event, wall
                yield TurnEnded(at, wall, revision, speech_end, complete)
            case _:
                pass

    def _began(self, at: float) -> None:
        last = self._turn
        began = max(at - PREROLL_S, self._not_before)
        if last is not None and last.ended is not None:
            # They went on before anybody acted on what they had said: it was no end, and all of it is one turn.
            began, last.wanted = min(began, last.began), 0
            self._talk.give_up_draft()
        self._turn = Turn(began, is_over_ours=self._is_ours)
        if not self._talk.is_busy:
            self._talk.read_ahead()

    # ------------------------------------------------------------ somebody speaks while we do

    def _climb(self, step: Step | None, t: float, *, is_understood: bool = True) -> Iterator[VoiceEvent]:
        match step:
            case None:
                return
            case Step.DUCK:
                self._playback.duck(DUCKED_TO)
            case Step.STOP:
                self._playback.hold()
                self._held_since = t
            case Step.RESUME:
                self._playback.resume()
                self._held_since = None
                self._barge.reset()
                if is_understood:  # else its words are still to come, and may stop us yet
                    self._give_up_turn(t)
        yield BargedIn(t, self._stopwatch(), step)

    def _give_up_turn(self, t: float) -> None:
        """Both at once: a turn whose end nobody looks for is never over."""
        if self._turn is not None:
            self._turn.wanted = 0
        self._turn = None
        self._ends.reset(t)

    # ------------------------------------------------------------ what was understood

    def _understood(self, t: float) -> Iterator[VoiceEvent]:
        turn = self._turn
        if turn is None:
            return
        try:
            if turn.partial is not None and turn.partial.is_done and turn.job is None and self._held_since is None:
                heard, turn.partial = turn.partial.result().transcript, None
                yield from self._climb(self._barge.words(t, heard.text, self._talk.spoken_lately), t)
                if self._turn is None:
                    return
            if turn.job is not None and turn.job.is_done and turn.understood is None:
                turn.understood = turn.job.result()
                self._listener.judge(turn)
                if turn.is_over_ours and turn.ended is None and self._held_since is None:
                    heard = turn.understood.transcript
                    yield from self._climb(self._barge.words(t, heard.text, self._talk.spoken_lately), t)
        except AssistantError as error:
            self._give_up_turn(t)
            self._talk.complain(error)
            return
        may_add = self._attention.is_held
        if self._turn is not None and turn.ended is not None and turn.understood is not None and not may_add:
            yield from self._committed(turn, turn.understood.transcript, t)

    def _committed(self, turn: Turn, heard: Transcript, t: float) -> Iterator[VoiceEvent]:
        """The turn is over and understood: act on it, and on nothing before."""
        is_over_ours, is_only_ours, said = turn.is_over_ours and self._is_ours, False, self._talk.spoken_lately
        if turn.is_over_ours or turn.began - self._spoke_until < OWN_ECHO_S:
            theirs = "" if is_own(heard.text, said) else strip_own(heard.text, said)
            is_only_ours = bool(heard.text) and not theirs
            heard = replace(heard, text=theirs)
        is_asked = self._responder.is_confirming or said.rstrip().endswith("?")
        is_reply = is_asked and says_yes(heard.text, self._language) is not None
        is_listening = is_back_channel(heard.text, self._language) and not is_reply
        is_nothing = heard.rejected or is_listening or not (is_reply or count_words(heard.text))
        if is_over_ours and is_nothing:
            yield from self._climb(Step.RESUME, t)
            return
        if is_only_ours or (turn.is_over_ours and is_listening):
            self._turn = None
            return
        is_halt = is_halting(heard.text, self._language) and count_words(heard.text) <= _HALT_WORDS
        is_clear = is_reply or (turn.is_over_ours and is_halt)
        if heard.text and not heard.rejected and not is_clear and self._listener.ask_elsewhere(turn):
            return
        self._turn = None
        if is_over_ours:
            yield from self._hushed(t)
        yield Transcribed(t, self._stopwatch(), heard)
        if turn.is_over_ours and is_halt and not is_reply:
            return
        self._talk.time_turn(turn, self._stopwatch())
        self._responder.respond(heard, turn.speech_end - turn.began - PREROLL_S, turn.began)

    def _answer_is_over(self, t: float, was_cut: bool) -> None:
        self._barge.reset()
        self._held_since = None
        if self._turn is None:
            self._ends.reset(t)  # a pause that spans our own speech is none of theirs
        self._responder.was_said(t, is_question=self._talk.was_question)
        if self._responder.is_asking:
            self._attention.asked(t)
        elif self._is_once and self._talk.has_answered:
            self._is_over = True
        elif self._turn is None and self._talk.was_answer and not was_cut:
            # Who cut it, by the wake word perhaps, wants to be heard; a timer that rang satisfies nobody.
            self._attention.satisfied(t)

    def _ring(self, t: float) -> Iterator[VoiceEvent]:
        """Timers: told when they are due, spoken when nobody is in the middle of something."""
        if t < self._next_ring:
            return
        self._next_ring = t + _RING_EVERY_S
        try:
            for line in self._talk.due():
                yield Told(t, self._stopwatch(), line)
                self._talk.say(line)
        except AssistantError as error:
            self._next_ring = float("inf")
            self._talk.complain(error)
