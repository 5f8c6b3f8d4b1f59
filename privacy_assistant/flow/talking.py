"""One answer on its way to the ear: read as it comes, cut into pieces, spoken, and kept as far as it was heard.

The answer is read and spoken on a lane; what of it is due goes to the playback here. An answer that is interrupted is
told to end and read to its end all the same, so that it is kept, cut where it was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from privacy_assistant.core.exchange import Decided, Notice, Question, Reply, Restarted, Whole
from privacy_assistant.core.sentences import SentenceCutter, Speakable
from privacy_assistant.core.sound import Recording
from privacy_assistant.core.turn import Decision
from privacy_assistant.errors import AssistantError, EngineError
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.lanes import Lane, Rest, Stream
from privacy_assistant.flow.playback import Playback
from privacy_assistant.ports import Piece
from privacy_assistant.ports.sound import Speaker

AHEAD_S = 1.0
"""Seconds of speech that are made ahead where there is a choice: over files, and never in real time."""


LATELY = 250
"""Characters of our own speech that may still be heard again: an echo is late, and a room rings."""


class Mind(Protocol):
    """Who answers: the house, as far as the voice needs it."""

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        """As `Assistant.answer`."""

    def cancel(self) -> None:
        """End the answer that is being made. Any thread may call."""

    def draft(self, question: Question) -> None:
        """Work ahead on this machine, without anybody seeing it. Never raises."""

    def give_up_draft(self) -> None:
        """Nobody will ask that."""

    def read_ahead(self, conversation: str | None) -> None:
        """Somebody began to speak: read what any question will begin with. Never raises."""

    def would_act(self, text: str) -> bool:
        """Whether this would change something: a timer, a list, the volume. Nothing is changed by asking."""

    def due(self) -> list[str]:
        """Timers and reminders that have come due since the last call."""


Convert = Callable[[Recording, int], Recording]
"""Sound at another rate."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """A piece of speech at the rate of the loudspeaker; `start` and `end` are code points of the answer, `text` is what
    the voice says."""

    text: str = field(repr=False)
    pcm: bytes = field(repr=False)
    start: int
    end: int
    pause_s: float
    made_s: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer ended in an error."""

    error: AssistantError


TalkItem = Decided | Notice | Restarted | Piece | Sounding | Rest | Reply | Failed
"""What a lane gives for one answer."""


@dataclass(slots=True)
class Stages:
    """When an answer got how far, in seconds of the stopwatch; None where it did not come to it."""

    asked: float
    decided: float | None = None
    first_word: float | None = None
    first_piece: float | None = None
    tts_s: float = 0.0


class Talker:
    """Speaks one answer, or one line of our own, at a time."""

    def __init__(
        self,
        *,
        mind: Mind,
        choose_speaker: Callable[[Decision | None], Speaker],
        convert: Convert,
        playback: Playback,
        lane: Lane,
        stopwatch: Callable[[], float],
        language: str = "en",
    ) -> None:
        """`choose_speaker` gives the voice for an answer that was decided so, or for a line of our own (None)."""
        self._mind = mind
        self._choose_speaker = choose_speaker
        self._convert = convert
        self._playback = playback
        self._lane = lane
        self._stopwatch = stopwatch
        self._language = language
        self._stream: Stream[TalkItem] | None = None
        self._shown: list[str] = []
        self._is_cut = False
        self._is_answer = False
        self._is_resting = False
        self._spoken_lately = ""
        self._is_mute = False
        self._pause_s = 0.0
        self.stages = Stages(0.0)

    # ------------------------------------------------------------ what is said

    def ask(self, question: Question) -> None:
        """Begin to answer; `take` gives what comes."""
        self._begin(is_answer=True)
        self._stream = self._lane.follow(lambda: self._spoken(question))

    def say(self, text: str) -> None:
        """Begin to say a line of our own; nothing of it is kept."""
        self._begin(is_answer=False)
        self._stream = self._lane.follow(lambda: self._said(text))

    def take(self) -> list[TalkItem]:
        """What happened since; speech goes to the playback by this.

        Over files all that is wanted is made now: the sample clock stands still meanwhile.
        """
        found: list[TalkItem] = []
        while self._stream is not None:
            items = self._stream.take(wants=self._wants)
            if self._stream.is_over:
                self._stream = None
            for item in items:
                self._put(item)
            found += items
            if not items:
                break
        return found

    @property
    def _wants(self) -> bool:
        # What is kept is what was heard: so it has to be heard, or to be cut, first.
        return self._playback.pending_s <= (0 if self._is_resting else AHEAD_S)

    def _put(self, item: TalkItem) -> None:
        self._is_resting = isinstance(item, Rest)
        if isinstance(item, Restarted):
            # Also where it was cut meanwhile: of what comes now nothing was heard.
            self._playback.restart()
            self._pause_s = 0.0
        if self._is_cut:
            return
        if isinstance(item, Sounding):
            self._spoken_lately = f"{self._spoken_lately} {item.text}"[-LATELY:]
            # Pauses stand between pieces: nobody waits for one after the last.
            self._playback.add(bytes(2 * round(self._pause_s * self._playback.rate_hz)))
            self._pause_s = item.pause_s
            self._playback.add(item.pcm, start=item.start, end=item.end)

    def interrupt(self) -> None:
        """Stop speaking for good; what was heard by now is what was said."""
        self._is_cut = True
        self._playback.drop()
        if self._is_answer and self._stream is not None:
            self._mind.cancel()

    def close(self) -> None:
        """Interrupt, and wait until what was heard is kept."""
        stream = self._stream
        if stream is not None:
            self.interrupt()
            stream.close()
            self._stream = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being made or spoken, or waits in the middle of being spoken."""
        return self._stream is not None or self._playback.pending_s > 0

    @property
    def is_cut(self) -> bool:
        """Whether it was interrupted."""
        return self._is_cut

    @property
    def said(self) -> str:
        """The text of this answer, as far as it is known."""
        return "".join(self._shown)

    @property
    def spoken_lately(self) -> str:
        """What the voice said last, as it says it: about the last ten seconds."""
        return self._spoken_lately

    # ------------------------------------------------------------ on the lane

    def _begin(self, *, is_answer: bool) -> None:
        self._shown = []
        self._is_cut = False
        self._is_answer = is_answer
        self._is_resting = False
        self._is_mute = False
        self._pause_s = 0.0
        self.stages = Stages(self._stopwatch())
        self._playback.begin()

    def _heard(self) -> int:
        """Code points of the answer that were heard, not in the middle of a word."""
        text, heard = self.said, self._playback.heard
        # Before the rest there may be sound that the playback was not given yet.
        is_all_out = self._is_resting and not self._is_cut and self._playback.pending_s == 0
        if heard >= len(text.rstrip()) or is_all_out:
            return len(text)
        return len(text[:heard].rstrip()) if text[heard : heard + 1].isspace() else max(text.rfind(" ", 0, heard), 0)

    def _spoken(self, question: Question) -> Iterator[TalkItem]:
        cutter = SentenceCutter(self._language)
        speaker = self._choose_speaker(None)
        try:
            for event in self._mind.answer(question, heard=self._heard):
                if self._is_cut:
                    # Once more: where it was cut before it began, nobody was there to be told.
                    self._mind.cancel()
                if isinstance(event, Decided):
                    self.stages.decided = self._stopwatch()
                    speaker = self._choose_speaker(event.decision)
                    yield event
                elif isinstance(event, Piece):
                    if self.stages.first_word is None:
                        self.stages.first_word = self._stopwatch()
                    self._shown.append(event.text)
                    yield event
                    yield from self._sounds(cutter.feed(event.text), speaker)
                elif isinstance(event, Restarted):
                    self._shown.clear()
                    cutter = SentenceCutter(self._language)
                    yield event
                elif isinstance(event, Whole):
                    yield from self._sounds(cutter.finish(), speaker)
                    yield Rest()
                elif isinstance(event, Notice | Reply):
                    yield event
        except AssistantError as error:
            yield Failed(error)
            yield from self._said(error.message)

    def _said(self, text: str) -> Iterator[TalkItem]:
        cutter = SentenceCutter(self._language)
        self._shown = [text]
        yield from self._sounds([*cutter.feed(text), *cutter.finish()], self._choose_speaker(None))

    def _sounds(self, pieces: list[Speakable], speaker: Speaker) -> Iterator[TalkItem]:
        for piece in pieces:
            if self._is_cut:
                return
            if self.stages.first_piece is None:
                self.stages.first_piece = self._stopwatch()
            before = self._stopwatch()
            pcm = b""
            try:
                pcm = self._voiced(piece.text, speaker) if piece.text and not self._is_mute else b""
            except EngineError as error:
                # A voice that breaks loses no answer: it is still shown and kept.
                self._is_mute = True
                yield Failed(error)
            made = self._stopwatch() - before
            if not self.stages.tts_s:
                self.stages.tts_s = made
            yield Sounding(piece.text, pcm, piece.start, piece.end, piece.pause_s, made)

    def _voiced(self, text: str, speaker: Speaker) -> bytes:
        frames = list(speaker.speak(text))
        if not frames:
            return b""
        rate, sound = self._playback.rate_hz, Recording(b"".join(frame.pcm for frame in frames), frames[0].rate_hz)
        return (sound if sound.rate_hz == rate else self._convert(sound, rate)).pcm
