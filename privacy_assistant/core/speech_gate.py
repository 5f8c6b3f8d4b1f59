"""Whether what a recogniser says can be believed: before it is asked, after it has answered, and what is done then.

A recogniser like Whisper answers to silence and noise too, with what was often said over silence where it learned
("Thank you.", "Thanks for watching!"), or with one word again and again. So it is asked only about sound that is loud
enough and holds speech, and its answer is held against its own figures. The thresholds are those of OpenAI's
transcribe.py (no speech 0.6, mean log-probability -1, compression 2.4), but that of a known phrase, which is ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from privacy_assistant.core.sound import Transcript

QUIETEST_DBFS = -58.0
"""The loudest tenth of a second of speech at an arm's length is louder, by any microphone that can be used."""

LEAST_SPEECH_S = 0.25
"""The shortest word; a detector of speech that found less heard a click."""

SURE_SPEECH_S = 0.6
"""From then on somebody said something to us, also where nothing was understood."""

ANSWERED, CONFIRMED = 0.6, 0.35
"""Confidence from which on we answer, and from which on we ask whether that was it where an answer would change
something; below the second we ask for it again."""

_NO_SPEECH, _LEAST_LOGPROB, _MOST_COMPRESSION = 0.6, -1.0, 2.4
_NO_SPEECH_OF_A_PHRASE = 0.3
_LONG_LOOP = 4

_OF_SILENCE = frozenset(
    {
        *("thank you", "thanks", "thank you very much", "thank you so much", "thanks for watching", "bye", "bye bye"),
        *("thank you for watching", "please subscribe", "subscribe", "you", "the end", "so", "oh", "okay", "music"),
        *("thanks for listening", "see you next time", "see you in the next video", "i'll see you in the next video"),
        *("untertitel der amara.org-community", "untertitel im auftrag des zdf für funk", "vielen dank"),
        *("sous-titres réalisés par la communauté d'amara.org", "subtítulos realizados por la comunidad de amara.org"),
        *("sottotitoli creati dalla comunità amara.org", "ondertitels ingediend door de amara.org gemeenschap"),
        *("legendas pela comunidade amara.org", "subtitles by the amara.org community", "merci", "gracias"),
    }
)
"""What Whisper is known to write over silence, in lower case without the last mark."""

_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a recogniser says of its own answer: the chance that nobody spoke, the mean natural logarithm of its
    tokens' chances, and how many times smaller its text gets by zlib."""

    no_speech: float
    mean_logprob: float
    compression: float


def why_unheard(loudest_dbfs: float, speech_s: float | None = None) -> str:
    """Why nobody needs to be asked about a sound: "silence", or "" to ask.

    `loudest_dbfs` is the level of its loudest tenth of a second, `speech_s` the seconds of speech in it where a
    detector counted them.
    """
    if loudest_dbfs < QUIETEST_DBFS:
        return "silence"
    return "silence" if speech_s is not None and speech_s < LEAST_SPEECH_S else ""


def why_rejected(text: str, evidence: Evidence) -> str:
    """Why an answer is none, in a word: silence, noise, loop; "" where it can be one."""
    flat = text.strip().lower()
    said = flat.rstrip(" .!?…")
    if not _WORD.search(said):
        return "silence"
    if evidence.no_speech > _NO_SPEECH and evidence.mean_logprob < _LEAST_LOGPROB:
        return "silence"
    if said in _OF_SILENCE and evidence.no_speech > _NO_SPEECH_OF_A_PHRASE:
        return "silence"
    if said.startswith(("[", "(", "*", "♪")) and said.endswith(("]", ")", "*", "♪")):
        return "noise"
    if is_loop(flat, evidence.compression):
        return "loop"
    return "noise" if evidence.mean_logprob < 2 * _LEAST_LOGPROB else ""


def is_loop(text: str, compression: float) -> bool:
    """Whether a text is a few words again and again. Digits may repeat: telephone numbers do."""
    words = _WORD.findall(text)
    if len(words) >= _LONG_LOOP and len(set(words)) == 1 and not words[0].isdigit():
        return True
    return compression > _MOST_COMPRESSION and len(set(words)) <= len(words) // 2


_CONFIDENCE = ((-2.0, 0.02), (-1.0, 0.3), (-0.7, 0.5), (-0.5, 0.7), (-0.3, 0.88), (-0.15, 0.95), (0.0, 0.98))


def confidence(evidence: Evidence) -> float:
    """0..1, rising with the mean log-probability and falling with the chance that nobody spoke.

    The corners are set with care and not counted: the mean chance of a token, exp of the first, is more than the
    chance that every word is right, and a Whisper is surer of itself than it should be. What it says of sound without
    speech is taken off from a half on.
    """
    share = _between(_CONFIDENCE, evidence.mean_logprob)
    return round(share * min(1.0, 2.0 * (1.0 - min(1.0, max(0.0, evidence.no_speech)))), 4)


def _between(corners: tuple[tuple[float, float], ...], at: float) -> float:
    """The height of a line through these corners, level outside of them."""
    for (left, low), (right, high) in pairwise(corners):
        if at <= right:
            return low + (high - low) * max(0.0, at - left) / (right - left)
    return corners[-1][1]


class Outcome(Enum):
    """What is done with what was heard."""

    ANSWER = "answer"
    CONFIRM = "confirm"
    CLARIFY = "clarify"
    IGNORE = "ignore"


def outcome(heard: Transcript, *, has_effects: bool, speech_s: float = 0.0) -> Outcome:
    """High confidence is answered, middling confirmed first where it would change something, low asked for again.

    What was rejected is passed over, but where somebody spoke: for a loop, and for `speech_s` seconds of it.
    """
    if heard.rejected or not heard.text.strip():
        was_spoken = heard.rejected == "loop" or speech_s >= SURE_SPEECH_S
        return Outcome.CLARIFY if was_spoken else Outcome.IGNORE
    if heard.confidence >= ANSWERED:
        return Outcome.ANSWER
    if heard.confidence < CONFIRMED:
        return Outcome.CLARIFY
    return Outcome.CONFIRM if has_effects else Outcome.ANSWER


class Clarifier:
    """Says once that something was not understood, and then nothing until something was."""

    def __init__(self) -> None:
        self._asked = 0

    @property
    def is_waiting(self) -> bool:
        """Whether we asked for it again, and have not understood anything since."""
        return self._asked == 1

    def may_ask(self) -> bool:
        """Whether to say so now. Every call counts."""
        self._asked += 1
        return self._asked == 1

    def understood(self) -> None:
        """Begin anew."""
        self._asked = 0
