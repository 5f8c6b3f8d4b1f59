"""What to do with what was understood: answer it, ask back before anything is changed on a guess, or say once that it
was not understood."""

from __future__ import annotations

import math

from privacy_assistant.core.sound import Transcript
from privacy_assistant.core.speech_gate import Clarifier, Outcome, outcome
from privacy_assistant.core.turn import Origin, Utterance
from privacy_assistant.core.yes_no import says_yes
from privacy_assistant.flow.conversing import Conversing

CLARIFY = "Sorry, I didn't catch that."
CONFIRM = "Did you say: {}?"
NOT_DONE = "OK, I leave it."

CONFIRMED_WITHIN_S = 10.0
"""Seconds after our question in which somebody has to begin to say yes: later it is a yes to something else."""


class Responder:
    """Remembers what was asked back."""

    def __init__(self, conversing: Conversing, language: str) -> None:
        self._talk = conversing
        self._language = language
        self._clarifier = Clarifier()
        self._confirming: Transcript | None = None
        self._until = math.inf

    @property
    def is_confirming(self) -> bool:
        """Whether a yes or no is waited for."""
        return self._confirming is not None

    @property
    def is_asking(self) -> bool:
        """Whether an answer to a question of ours is waited for."""
        return self._confirming is not None or self._clarifier.is_waiting

    def was_said(self, t: float, *, is_question: bool) -> None:
        """Something of ours was said; where it was a question, the answer to it is waited for from now on."""
        if is_question:
            self._until = t + CONFIRMED_WITHIN_S
        elif t > self._until:
            self._confirming = None

    def typed(self, text: str, t: float) -> None:
        """A question by the keyboard, or a yes or no: nothing about it is unsure."""
        if not self._is_settled(text, t):
            self._talk.ask(Utterance(text))

    def respond(self, heard: Transcript, speech_s: float, began: float) -> None:
        """Act on a committed turn in which somebody spoke for so many seconds, from `began` on."""
        has_effects = bool(heard.text) and self._talk.would_act(heard.text)
        done = outcome(heard, has_effects=has_effects, speech_s=speech_s)
        is_understood = done in (Outcome.ANSWER, Outcome.CONFIRM)
        if is_understood and self._is_settled(heard.text, began):
            self._clarifier.understood()
            return
        match done:
            case Outcome.ANSWER:
                self._clarifier.understood()
                self._ask(heard)
            case Outcome.CONFIRM:
                self._confirming, self._until = heard, math.inf
                self._talk.say(CONFIRM.format(heard.text.rstrip(".?! ")), clarify=True)
            case Outcome.CLARIFY:
                if self._clarifier.may_ask():
                    self._talk.say(CLARIFY, clarify=True)
            case Outcome.IGNORE:
                pass

    def _is_settled(self, text: str, began: float) -> bool:
        """Whether this was the yes or no to a question of ours; anything else that is understood drops the question."""
        confirming, self._confirming = self._confirming, None
        if confirming is None or began > self._until:
            return False
        match says_yes(text, self._language):
            case True:
                self._ask(confirming)
            case False:
                self._talk.say(NOT_DONE)
            case None:
                return False
        return True

    def _ask(self, heard: Transcript) -> None:
        self._talk.ask(Utterance(heard.text, Origin.VOICE, heard.confidence))
