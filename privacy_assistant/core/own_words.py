"""Whose words were heard while we spoke: ours, out of the loudspeaker, or somebody's.

What a recogniser makes of the rest of an echo is our own sentence, a little wrong: "the capitol of frances paris". So
words are compared by how they sound, roughly, and by stretches: the heard ones are laid along the best matching
stretch of what we were saying. One heard word may be two said ones ("alarm", "a larm") and the other way round.

`said` is what the voice was given to speak, with numbers as words where the voice says words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

OWN = 0.8
"""From this similarity on, what was heard is taken for our own speech."""

_LEAST_ALIKE = 0.6  # two words below this are as different as any others
_IN_A_RUN = 0.8  # the same where our words are cut out of theirs: "what" is not "which"
_SKIPPED = 2.0  # what it costs to leave out a word that we said; a word that was heard weighs 1 and its sounds
_FEWEST = 2  # a run of our own words has at least so many: one word in common is chance
_LEAST_RUN = 5.0  # and weighs at least so much: "of the" is chance, too

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^wh", "w"),
        (r"mb$", "m"),
        (r"ph", "f"),
        (r"ght", "t"),
        (r"gh$", ""),
        (r"gh", "g"),
        (r"tch|ch|sch|sh|[ts]i(?=on)", "j"),
        (r"c(?=[eiy])", "s"),
        (r"dg|g(?=[eiy])", "j"),
        (r"ck|[cq]|g", "k"),
        (r"x", "ks"),
        (r"th|d", "t"),
        (r"z", "s"),
        (r"b", "p"),
        (r"v", "f"),
        (r"(?<=[aeiou])[hw]", ""),
        (r"[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
)
"""Spelling to rough sound: what a recogniser confuses is one letter, and every vowel is the same."""

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _folded(word: str) -> str:
    """Without case, accents and apostrophes."""
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in bare if letter.isalnum())


def _set(words: str) -> frozenset[str]:
    return frozenset(_folded(word) for word in words.split())


_LISTENING = _set(
    "mhm mmhm mm mmm hm hmm hmmm m mh aha uhhuh uh huh um umm ah aah oh ooh eh er erm ok okay okey k wow yep yup"
)
"""What people utter while they listen, whatever their language."""

_AGREEING: dict[str, frozenset[str]] = {
    "en": _set("yeah yes yea ya right sure really alright good great fine cool nice true exactly"),
    "de": _set("ja jaja jo genau gut klar echt achso stimmt richtig schön verstehe"),
    "fr": _set("oui ouais daccord d'accord bon bien voilà ben bah exact"),
    "es": _set("sí si ya vale claro bueno bien exacto eso ajá entiendo"),
    "it": _set("sì si già certo bene esatto giusto capisco ecco"),
    "nl": _set("ja jaja goed precies juist oké klopt leuk"),
    "pt": _set("sim pois tá certo bem claro exato isso entendi é"),
}
_AGREEING_SENTENCES = frozenset({"i see", "i got it", "got it", "ach so", "cest ca", "je vois", "va bene"})
_MOST_WORDS = 4  # "yeah yeah okay right" is listening; more of them is talking

_HALTING: dict[str, frozenset[str]] = {
    "en": _set("stop wait no cancel quiet enough pause hey halt silence hold nevermind shut"),
    "de": _set("stopp stop halt warte warten nein abbrechen ruhe genug pause leise moment"),
    "fr": _set("stop arrête arrêtez attends attendez non annule silence assez pause"),
    "es": _set("para alto espera no cancela silencio basta pausa"),
    "it": _set("stop ferma fermati aspetta no annulla silenzio basta pausa"),
    "nl": _set("stop wacht nee annuleer stil genoeg pauze"),
    "pt": _set("para pare espera espere não cancela silêncio chega pausa"),
}


@dataclass(frozen=True, slots=True)
class _Run:
    """Heard words from `start` to `end` that are ours."""

    start: int
    end: int
    weight: float


def similarity(heard: str, said: str) -> float:
    """0..1: how much of `heard` lies, in order, in the best matching stretch of `said`. 0 where either has no word."""
    theirs, ours = _Sounds(_spoken(_words(heard))), _Sounds(_spoken(_words(said)))
    if not theirs.words or not ours.words:
        return 0.0
    total = sum(theirs.weights)
    best = [0.0] * (len(ours.words) + 1)
    rows = [best]
    for row in range(1, len(theirs.words) + 1):
        scores = [0.0]
        for column in range(1, len(ours.words) + 1):
            score = max(rows[row - 1][column], scores[column - 1] - _SKIPPED)
            for there, here, alike in _moves(theirs, ours, row, column):
                score = max(score, rows[row - there][column - here] + alike * sum(theirs.weights[row - there : row]))
            scores.append(score)
        rows.append(scores)
    return min(1.0, max(0.0, max(rows[-1]) / total))


def is_own(heard: str, said: str) -> bool:
    """Whether what was heard is what we said."""
    return similarity(heard, said) >= OWN


def strip_own(heard: str, said: str) -> str:
    """What remains of `heard` without our own words: "the capital of France is stop" leaves "stop".

    Words go in runs of two or more, with a word between them that was misheard; one word that both used stays. What
    remains is as it was written, marks and all: an address is found by its "@", a time by its colon.
    """
    heard = unicodedata.normalize("NFC", heard)
    places = [found.span() for found in _WORD.finditer(heard)]
    words, ours = _words(heard), _Sounds(_spoken(_words(said)))
    if len(words) == 1 and is_own(heard, said):
        return ""
    kept = _without(words, ours) if ours.words else list(range(len(words)))
    if len(kept) == len(words):
        return heard.strip()
    parts: list[tuple[int, int]] = []
    for index in kept:
        start, end = places[index]
        if index and index - 1 in kept:
            start, _ = parts.pop()
        parts.append((start, _end_of_marks(heard, end)))
    return " ".join(heard[start:end] for start, end in parts)


def _end_of_marks(text: str, end: int) -> int:
    while end < len(text) and not text[end].isspace() and not text[end].isalnum():
        end += 1
    return end


def is_back_channel(text: str, language: str = "en") -> bool:
    """Whether somebody only shows that they listen ("mhm", "ok", "yeah right"); in a language unknown here, English."""
    words = [_folded(word) for word in _words(text)]
    if not words or len(words) > _MOST_WORDS:
        return False
    return " ".join(words) in _AGREEING_SENTENCES or _LISTENING | _of(_AGREEING, language) >= set(words)


def is_halting(text: str, language: str = "en") -> bool:
    """Whether a word in it asks us to be silent ("stop", "wait", "no"): one such word is enough."""
    return any(_folded(word) in _of(_HALTING, language) for word in _words(text))


def count_words(text: str) -> int:
    """The words that say something: neither a sound of listening nor a single letter."""
    return sum(1 for word in _words(text) if len(word) > 1 and _folded(word) not in _LISTENING)


def _of(table: dict[str, frozenset[str]], language: str) -> frozenset[str]:
    return table.get(language.partition("-")[0].lower(), table["en"])


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text))


def _spoken(words: list[str]) -> list[str]:
    """Numbers in digits as the words that are spoken: "15" is "fifteen", "2026" its digits, which is near enough."""
    return [part for word in words for part in (_number(word) if word.isascii() and word.isdigit() else (word,))]


def _number(digits: str) -> tuple[str, ...]:
    value = int(digits) if len(digits) < 3 else -1
    if value < 0 or digits.startswith("0"):
        return tuple(_UNITS[int(digit)] for digit in digits)
    if value < len(_UNITS):
        return (_UNITS[value],)
    return (_TENS[value // 10], _UNITS[value % 10]) if value % 10 else (_TENS[value // 10],)


def _sound(word: str) -> str:
    sound = _folded(word)
    for pattern, letters in _SOUNDS:
        sound = pattern.sub(letters, sound)
    return sound or "a"


class _Sounds:
    """Words with their rough sounds, alone and joined with the next, and what each weighs."""

    __slots__ = ("joined", "seen", "sounds", "weights", "words")

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.sounds = [_sound(word) for word in words]
        self.joined = [_sound(a + b) for a, b in pairwise(words)]
        self.weights = [1.0 + len(sound) for sound in self.sounds]
        self.seen: dict[tuple[str, str], float] = {}

    def alike(self, a: str, b: str) -> float:
        """How alike two sounds are; kept for the length of one comparison."""
        if (a, b) not in self.seen:
            alike = 1.0 - _distance(a, b) / max(len(a), len(b))
            self.seen[a, b] = alike if alike >= _LEAST_ALIKE else 0.0
        return self.seen[a, b]


def _moves(theirs: _Sounds, ours: _Sounds, row: int, column: int) -> list[tuple[int, int, float]]:
    """How many heard and said words end here together, and how alike they are."""
    moves = [(1, 1, ours.alike(theirs.sounds[row - 1], ours.sounds[column - 1]))]
    if row > 1:
        moves.append((2, 1, ours.alike(theirs.joined[row - 2], ours.sounds[column - 1])))
    if column > 1:
        moves.append((1, 2, ours.alike(theirs.sounds[row - 1], ours.joined[column - 2])))
    return moves


def _distance(a: str, b: str) -> int:
    """Letters to change, add or take away between two words."""
    if a == b:
        return 0
    before = list(range(len(b) + 1))
    for row, letter in enumerate(a, start=1):
        now = [row]
        for column, other in enumerate(b, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != other)))
        before = now
    return before[-1]


def _without(words: list[str], ours: _Sounds, offset: int = 0) -> list[int]:
    """Which of the words are in no run of ours; the heaviest run goes first, then what stands on both its sides."""
    run = _heaviest(_Sounds(words), ours) if len(words) >= _FEWEST else None
    if run is None:
        return list(range(offset, offset + len(words)))
    before = _without(words[: run.start], ours, offset)
    return before + _without(words[run.end :], ours, offset + run.end)


def _heaviest(theirs: _Sounds, ours: _Sounds) -> _Run | None:
    """The best local alignment (Smith and Waterman): likeness adds, other words and gaps take away."""
    best: _Run | None = None
    nothing = (0.0, 0, 0)  # the score, where its run starts, how many words of it are alike
    rows = [[nothing] * (len(ours.words) + 1)]
    for row in range(1, len(theirs.words) + 1):
        scores = [(0.0, row, 0)]
        for column in range(1, len(ours.words) + 1):
            above, beside = rows[row - 1][column], scores[column - 1]
            cell = max(
                (0.0, row, 0),
                (above[0] - theirs.weights[row - 1] / 2, above[1], above[2]),
                (beside[0] - _SKIPPED, beside[1], beside[2]),
            )
            for there, here, alike in _moves(theirs, ours, row, column):
                before = rows[row - there][column - here]
                start = before[1] if before[0] > 0 else row - there
                weight = sum(theirs.weights[row - there : row])
                is_alike = alike >= _IN_A_RUN
                score = before[0] + (weight * (2 * alike - 1) if is_alike else -weight / 2)
                cell = max(cell, (score, start, before[2] + there * is_alike))
            scores.append(cell)
            if cell[0] >= _LEAST_RUN and cell[2] >= _FEWEST and (best is None or cell[0] > best.weight):
                best = _Run(cell[1], row, cell[0])
        rows.append(scores)
    return best
