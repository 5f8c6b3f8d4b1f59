"""Somebody speaks while we do: lower the voice, stop it, or go on. Pure, on the sample clock.

A ladder, because nothing that is known early is sure. A quarter of a second of speech in the cleaned sound lowers the
voice: nobody minds, and what is heard gets clearer. Half a second, two words or a "stop" ends it. A cough, a "mhm", the
rest of our own echo, or the burst of 0.4 s that a jump of the echo's delay leaves behind let it go on where it was.

Where a recogniser listens along (`has_words`), half a second alone waits for its words a little, so that "mhm, right"
does not end an answer; speech that goes on past that wait ends it whatever was understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privacy_assistant.core.own_words import (
    OWN,
    count_words,
    is_back_channel,
    is_halting,
    similarity,
    strip_own,
)

DUCKED_TO = 0.3
"""How loud the voice is while it is lowered."""

_ENOUGH_WORDS = 2
_SCRAP = 0.15  # probability from which a window may be a scrap of speech
_SCRAPS_S = 0.1
_ONE_SCRAP_S = 0.14
_SCRAPS_FADE = 0.25  # seconds of scraps that a second takes away
_TINY_S = 1e-6  # sums of windows of 0.032 s are not exact


class Step(StrEnum):
    """What the voice does now."""

    DUCK = "duck"
    STOP = "stop"
    RESUME = "resume"


@dataclass(slots=True)
class _Utterance:
    """What is known of what is spoken over our voice now."""

    speech_s: float = 0.0
    silence_s: float = 0.0
    is_ducked: bool = False
    is_over: bool = False  # they fell silent, and words of it are waited for
    is_meant: bool = False  # a real word was understood, and half a second of speech makes it count
    is_unmeant: bool = False  # what was understood so far was nothing to stop for
    deadline: float | None = None  # until when words are waited for


@dataclass(slots=True)
class _Scraps:
    """What a canceller leaves of somebody who is much quieter than our echo: a window here and there that might be
    speech. Several of them close together lower the voice, so that the next words come through.
    """

    seconds: float = 0.0
    bursts: int = 0
    is_in_one: bool = False

    def feed(self, seconds: float, *, is_one: bool) -> None:
        """A window; what came before fades."""
        self.seconds = max(self.seconds - _SCRAPS_FADE * seconds, 0.0)
        if is_one:
            self.seconds += seconds
            self.bursts += not self.is_in_one
        elif self.seconds == 0.0:
            self.bursts = 0
        self.is_in_one = is_one

    @property
    def are_enough(self) -> bool:
        """One burst alone may be a click, and wants to be longer."""
        return self.seconds >= (_SCRAPS_S if self.bursts > 1 else _ONE_SCRAP_S) - _TINY_S


class BargeIn:
    """The ladder for one voice.

    `feed` wants each window of the voice detector, on the sound from which the echo was taken; `words` each partial
    transcript of what was heard over our speech, the last of an utterance as well; `key_phrase` a spotted "stop".
    Each gives the step to take now, or None; a step comes once, until the next one undoes it. After STOP nothing more
    comes until the voice fell silent or `reset`.

    Seconds: `duck_s` and `stop_s` of speech for a step; `gap_s` of silence ends an utterance (a shorter one is a pause
    between two sounds, and does not count as speech), `low_gap_s` while the voice is lowered, as a canceller swallows
    syllables; `words_wait_s` is how long words are waited for, where `has_words`. `threshold` is the probability from
    which a window is speech.
    """

    def __init__(
        self,
        *,
        duck_s: float = 0.25,
        stop_s: float = 0.5,
        gap_s: float = 0.2,
        low_gap_s: float = 0.32,
        words_wait_s: float = 0.5,
        threshold: float = 0.5,
        has_words: bool = False,
        language: str = "en",
    ) -> None:
        self._duck_s = duck_s
        self._stop_s = stop_s
        self._gap_s = gap_s
        self._low_gap_s = low_gap_s
        self._words_wait_s = words_wait_s
        self._threshold = threshold
        self._has_words = has_words
        self._language = language
        self._is_stopped = False
        self._is_playing = False
        self._scraps = _Scraps()
        self._now = _Utterance()

    @property
    def is_ducked(self) -> bool:
        """Whether the voice is lowered now."""
        return self._now.is_ducked

    def reset(self) -> None:
        """A new answer, or another voice: nothing was heard yet."""
        self._is_stopped = False
        self._is_playing = False
        self._scraps = _Scraps()
        self._now = _Utterance()

    def feed(self, at: float, seconds: float, probability: float, *, is_playing: bool) -> Step | None:
        """A window of the voice detector that ends at `at`; `is_playing` whether the voice can be heard meanwhile."""
        if not is_playing:
            self.reset()
            return None
        self._is_playing = True
        if self._is_stopped:
            return None
        self._scraps.feed(seconds, is_one=probability >= _SCRAP)
        if probability >= self._threshold:
            return self._speech(at, seconds)
        return self._silence(at, seconds) or self._hinted()

    def words(self, at: float, heard: str, said: str) -> Step | None:
        """What was understood of the speech so far; `said` is what our voice said in the last ten seconds or so.

        Numbers in `said` are best as the voice says them, in words. Where `has_words`, it wants to be called about
        every half second of speech, and once after it: what was nothing to stop for makes the count begin anew.
        """
        if self._is_stopped or not self._is_playing:
            return None
        theirs = strip_own(heard, said)
        if is_halting(theirs, self._language):
            return self._stop()
        if similarity(heard, said) >= OWN:
            return self._resume()
        if is_back_channel(theirs, self._language):
            # "Yes" to a question that we are still asking is an answer.
            return self._stop() if said.rstrip().endswith("?") else self._nothing_meant()
        spoken = count_words(theirs)
        if not spoken:
            return self._nothing_meant()
        if spoken >= _ENOUGH_WORDS or self._is_long:
            return self._stop()
        if self._now.is_over:
            return self._resume()
        self._now.is_meant = True
        return None

    def key_phrase(self, at: float) -> Step:
        """A spotter heard "stop"."""
        return self._stop()

    # ------------------------------------------------------------ an utterance

    @property
    def _is_long(self) -> bool:
        return self._now.speech_s >= self._stop_s - _TINY_S

    def _speech(self, at: float, seconds: float) -> Step | None:
        if self._now.is_over and not self._is_long:  # a second cough is no longer than the first
            self._now.speech_s = 0.0
        if self._now.is_over:
            self._now.is_over = False
            self._now.deadline = None
        self._now.silence_s = 0.0
        self._now.speech_s += seconds
        if self._is_long:
            if not self._has_words or self._now.is_meant:
                return self._stop()
            if self._now.deadline is None:
                self._now.deadline = at + self._words_wait_s
            elif at >= self._now.deadline - _TINY_S:
                return self._stop()
        if not self._now.is_ducked and self._now.speech_s >= self._duck_s - _TINY_S:
            self._now.is_ducked = True
            return Step.DUCK
        return self._hinted()

    def _hinted(self) -> Step | None:
        if self._now.is_ducked or not self._scraps.are_enough:
            return None
        self._now.is_ducked = True
        self._now.silence_s = 0.0  # what is clear is listened for from here on
        return Step.DUCK

    def _silence(self, at: float, seconds: float) -> Step | None:
        self._now.silence_s += seconds
        if self._now.silence_s < (self._low_gap_s if self._now.is_ducked else self._gap_s) - _TINY_S:
            return None
        if not self._now.is_ducked:
            self._now = _Utterance()
            return None
        if not self._has_words or (self._now.is_unmeant and self._now.speech_s < self._duck_s):
            return self._resume()
        if not self._now.is_over:
            self._now.is_over = True
            self._now.deadline = at + self._words_wait_s
        if self._now.deadline is not None and at >= self._now.deadline - _TINY_S:
            return self._stop() if self._is_long else self._resume()
        return None

    def _nothing_meant(self) -> Step | None:
        """A sound of listening, or no word: go on at once if they are silent, else when they fall silent.

        Somebody who still speaks may be about to say more ("yeah, but what about ..."), and gets one more wait; the
        noise in which there are no words a second time does not.
        """
        if self._now.is_over or self._now.is_unmeant:
            return self._resume()
        self._now.is_unmeant = True
        self._now.speech_s = 0.0
        self._now.deadline = None
        return None

    def _stop(self) -> Step:
        self._now = _Utterance()
        self._is_stopped = True
        return Step.STOP

    def _resume(self) -> Step | None:
        was_ducked = self._now.is_ducked
        self._scraps = _Scraps()
        self._now = _Utterance()
        return Step.RESUME if was_ducked else None
