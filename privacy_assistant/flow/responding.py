"""What to do with what was understood: answer it, ask back before anything is changed on a guess, or say once that it
was not understood."""

from __future__ import annotations

from privacy_assistant.core.sound import Transcript
from privacy_assistant.core.speech_gate import Clarifier, Outcome, outcome
from privacy_assistant.core.turn import Origin, Utterance
from privacy_assistant.core.yes_no import says_yes
from privacy_assistant.flow.conversing import Conversing

CLARIFY = "Sorry, I didn't catch that."
CONFIRM = "Did you say: {}?"
NOT_DONE = "OK, I leave it."


class Responder:
    """Remembers what was asked back."""

    def __init__(self, conversing: Conversing, language: str) -> None:
        self._talk = conversing
        self._language = language
        self._clarifier = Clarifier()
        self._confirming: Transcript | None = None

    @property
    def is_asking(self) -> bool:
        """Whether an answer to a question of ours is waited for."""
        return self._confirming is not None or self._clarifier.is_waiting

    def typed(self, text: str) -> None:
        """A question by the keyboard: nothing about it is unsure."""
        self._confirming = None
        self._talk.ask(Utterance(text))

    def respond(self, heard: Transcript, speech_s: float) -> None:
        """Act on a committed turn in which somebody spoke for so many seconds."""
        confirming, self._confirming = self._confirming, None
        if confirming is not None and heard.text:
            answer = says_yes(heard.text, self._language)
            if answer is not None:
                if answer:
                    self._ask(confirming)
                else:
                    self._talk.say(NOT_DONE)
                return
        has_effects = bool(heard.text) and self._talk.would_act(heard.text)
        match outcome(heard, has_effects=has_effects, speech_s=speech_s):
            case Outcome.ANSWER:
                self._clarifier.understood()
                self._ask(heard)
            case Outcome.CONFIRM:
                self._confirming = heard
                self._talk.say(CONFIRM.format(heard.text.rstrip(".?! ")), clarify=True)
            case Outcome.CLARIFY:
                if self._clarifier.may_ask():
                    self._talk.say(CLARIFY, clarify=True)
            case Outcome.IGNORE:
                pass

    def _ask(self, heard: Transcript) -> None:
        self._talk.ask(Utterance(heard.text, Origin.VOICE, heard.confidence))
