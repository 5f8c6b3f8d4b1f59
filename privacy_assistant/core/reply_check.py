"""What looks wrong with an answer, told without a model, in well under a millisecond or two.

An answer that is right must not be marked; of those that are not, it finds the plain ones (docs/decisions/0007).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from enum import StrEnum

from privacy_assistant.core.placeholder import WRITTEN
from privacy_assistant.core.reply_words import (
    ASKS_ABOUT,
    ASKS_FOR_ADVICE,
    ASKS_FOR_TEXT,
    ASKS_FOR_WORDS,
    ASKS_WHAT_IT_IS,
    COMMON,
    GREETING,
    KEEPS_THE_WORDS,
    NAMES_A_LANGUAGE,
    NOT_KNOWN,
    QUESTION_WORDS,
    REFUSES,
    REFUSES_AS_MACHINE,
    REFUSES_THIS,
    SAYS_LITTLE,
    STARTS_WITH_IT,
)
from privacy_assistant.core.turn import Usage

UNSURE_SHORT = -1.0
UNSURE_LONG = -1.05
SHORT_TOKENS = 24
"""An answer of fewer tokens than these is unsure below UNSURE_SHORT, a longer one below UNSURE_LONG (mean natural
log-probability): measured in docs/decisions/0007."""

_MOST_LOOKED_AT = 4000
_MOST_REFUSING_WORDS = 60
_MOST_NOT_KNOWING_WORDS = 40
_MOST_WORDS_AFTER = 25
_MOST_WORDS_ASKED = 100
"""A longer question brings a text along, which its answer may keep or leave."""
_WORD = re.compile(r"[^\W_]+")
_INSIDE_CAPITAL = re.compile(r"(?<=[\w,;] )[A-ZÀ-Þ]\w+")
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)|\n")
_NOT_PROSE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|\"[^\"]{0,400}\"|“[^”]{0,400}”|„[^“”]{0,400}[“”]|«[^»]{0,400}»|"
    r"(?<!\w)'[^'\n]{1,200}'(?!\w)|(?<!\w)‘[^’\n]{1,200}’(?!\w)",
    re.DOTALL,
)
_SCRIPTS = {
    "Latin": re.compile("[A-Za-z\u00aa-\u024f\u1e00-\u1eff]"),
    "Greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "Cyrillic": re.compile("[\u0400-\u052f]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "Indic": re.compile("[\u0900-\u0dff]"),
    "Thai": re.compile("[\u0e00-\u0eff]"),
    "East Asian": re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"),
}
_LEAST_LETTERS = 20
_LEAST_SIGNS = 8


class Flaw(StrEnum):
    """What looks wrong with an answer."""

    EMPTY = "empty"
    REFUSAL = "refusal"
    ECHO = "echo"
    WRONG_LANGUAGE = "wrong_language"
    UNRELATED = "unrelated"

    @property
    def told(self) -> str:
        """What a person is told of the answer: "this answer …"."""
        return _TOLD[self]


_TOLD = {
    Flaw.EMPTY: "was empty",
    Flaw.REFUSAL: "looks like a refusal",
    Flaw.ECHO: "only repeats the question",
    Flaw.WRONG_LANGUAGE: "is in another language",
    Flaw.UNRELATED: "seems unrelated to the question",
}


def check_reply(question: str, answer: str, language: str) -> Flaw | None:
    """The first flaw that an answer shows, None for most. `language` is the person's own: a tag, or "auto".

    Both are looked at as far as their first 4000 characters. Placeholders count as words, in no language.
    """
    question, answer = _plain(question), _plain(answer)
    if not any(char.isalnum() or unicodedata.category(char) in ("So", "Sm", "Sc") for char in answer):
        return Flaw.EMPTY
    if _refuses(question, answer):
        return Flaw.REFUSAL
    if _echoes(question, answer):
        return Flaw.ECHO
    if _is_wrong_language(question, answer, language.partition("-")[0].casefold()):
        return Flaw.WRONG_LANGUAGE
    if _is_unrelated(question, answer):
        return Flaw.UNRELATED
    return None


def is_unsure(usage: Usage, answer: str) -> bool:
    """Whether the model of this machine hardly believed what it wrote, or says that it does not know.

    Without a mean log-probability only the latter counts. The thresholds are those of the embedded model; a larger
    one is surer of what it writes, and seldom falls below them.
    """
    answer = _plain(answer)
    if len(_WORD.findall(answer)) <= _MOST_NOT_KNOWING_WORDS and NOT_KNOWN.match(answer):
        return True
    if usage.mean_logprob is None:
        return False
    return usage.mean_logprob < (UNSURE_SHORT if usage.completion_tokens < SHORT_TOKENS else UNSURE_LONG)


def _plain(text: str) -> str:
    """Composed, with one sort of apostrophe, no longer than is looked at."""
    return unicodedata.normalize("NFC", text[:_MOST_LOOKED_AT]).replace("’", "'")


def _words(text: str) -> list[str]:
    """In lower case; a placeholder is one word."""
    pieces: list[str] = []
    at = 0
    for written in WRITTEN.finditer(text):
        pieces += _WORD.findall(text[at : written.start()].casefold())
        pieces.append(written[0])
        at = written.end()
    return pieces + _WORD.findall(text[at:].casefold())


# ---------------------------------------------------------------- refusal, echo


def _refuses(question: str, answer: str) -> bool:
    words = _words(answer)
    if len(words) > _MOST_REFUSING_WORDS or NOT_KNOWN.match(answer):
        return False
    found = REFUSES_AS_MACHINE.match(answer)
    if found is None:
        found = REFUSES.match(answer)
        # "Write to Tom that I can't come": what was asked for is somebody's refusal.
        if found is None or (ASKS_FOR_TEXT.search(question) and not REFUSES_THIS.search(answer)):
            return False
    end = _SENTENCE_END.search(answer, found.end())
    rest = "" if end is None else answer[end.end() :]
    sentence = answer[found.end() : len(answer) - len(rest)]
    turn = re.search(r"\b(?:but|aber|mais|pero|ma|maar|mas|however|jedoch)\b", sentence, re.IGNORECASE)
    after = _words(sentence[turn.end() :] if turn else "") + _words(rest)
    return len(after) <= _MOST_WORDS_AFTER


def _echoes(question: str, answer: str) -> bool:
    asked, said = _words(question), _words(answer)
    if not 4 <= len(asked) <= _MOST_WORDS_ASKED or len(said) > len(asked) + 3:
        return False
    if KEEPS_THE_WORDS.search(question) or GREETING.match(question):
        return False
    added = list((Counter(said) - Counter(asked)).elements())
    if len(added) >= 3:
        return False
    same = sum(block.size for block in SequenceMatcher(None, asked, said, autojunk=False).get_matching_blocks())
    if same < 0.9 * len(asked):
        return False
    if answer.rstrip(" \"'*_»”").endswith("?"):
        return True
    if "?" in question:
        # "The Earth is round?" may be confirmed in its own words, "What is round" may not.
        return not added and not QUESTION_WORDS.isdisjoint(said)
    return not added


# ---------------------------------------------------------------- language


def _scores(words: list[str]) -> dict[str, int]:
    return {tag: sum(word in common for word in words) for tag, common in COMMON.items()}


def _script(text: str) -> tuple[str, int, int]:
    """The script of most letters, how many they are, and how many letters there are in all."""
    counts = {name: len(letters.findall(text)) for name, letters in _SCRIPTS.items()}
    name = max(counts, key=lambda script: counts[script])
    return name, counts[name], sum(counts.values())


def _told(words: list[str]) -> str:
    """The language of a text of some length, "" where that is not plain."""
    scores = _scores(words)
    first, second = sorted(scores, key=lambda tag: scores[tag], reverse=True)[:2]
    if scores[first] < 4 or scores[first] < 0.25 * len(words) or scores[first] < 1.5 * scores[second]:
        return ""
    return first


def _is_wrong_language(question: str, answer: str, own: str) -> bool:
    if NAMES_A_LANGUAGE.search(question) or ASKS_FOR_WORDS.search(question):
        return False
    bare = WRITTEN.sub(" ", answer)
    prose = _NOT_PROSE.sub(" ", bare)
    words = _WORD.findall(prose.casefold())
    asked_script, asked_letters, asked_all = _script(WRITTEN.sub(" ", question))
    script, letters, all_letters = _script(prose)
    if asked_letters >= 4 and script != asked_script and letters >= 0.8 * all_letters:
        if _SCRIPTS[script].search(question):
            return False
        if script == "Latin":
            return asked_letters >= 0.8 * asked_all and len(words) >= 6 and bool(_told(words))
        return letters >= (_LEAST_SIGNS if script == "East Asian" else _LEAST_LETTERS)
    if script != "Latin" or asked_script != "Latin" or len(words) < 6:
        return False
    told = _told(words)
    if not told:
        return False
    asked_words = _WORD.findall(_NOT_PROSE.sub(" ", WRITTEN.sub(" ", question)).casefold())
    asked = _scores(asked_words)
    of_own = COMMON[told].difference(*(words for tag, words in COMMON.items() if tag != told))
    if any(word in of_own for word in asked_words):
        return False
    best = max(asked, key=lambda tag: asked[tag])
    if told == own:
        # A question about foreign words, or with a foreign text in it, is answered in the person's language.
        return 3 <= asked[best] >= max(0.3 * len(asked_words), 2 * asked[told]) and len(asked_words) <= 40
    return asked[best] >= 2 and asked[best] >= 2 * asked[told]


# ---------------------------------------------------------------- subject


def _contents(words: list[str], tag: str) -> list[str]:
    """Words that say what a text is about, without accents."""
    common = COMMON[tag] | QUESTION_WORDS | SAYS_LITTLE
    return [_folded(word) for word in words if word not in common and len(word) >= 3]


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _is_unrelated(question: str, answer: str) -> bool:
    """A long answer to a question about something, in the same language, that never comes near its words, and whose
    first sentence begins with a subject of its own that comes back."""
    if not ASKS_ABOUT.match(question) or ASKS_FOR_ADVICE.search(question) or STARTS_WITH_IT.match(answer):
        return False
    said = _words(answer)
    if len(said) < 15 or any(char.isdigit() for char in question) or "```" in answer:
        return False
    asked = _words(question)
    told = _told(said)
    scores = _scores(asked)
    if len(asked) > _MOST_WORDS_ASKED or not told or scores[told] < 1 or scores[told] < max(scores.values()):
        return False
    wanted = set(_contents(asked, told))
    given = _contents(said, told)
    # "Why", "who" and "which" are answered with things that the question does not name.
    if len(wanted) < (2 if ASKS_WHAT_IT_IS.match(question) else 3) or not given or _touches(wanted, set(given)):
        return False
    # A name may be the answer; a thing that is spoken of again and again is a subject.
    names = {_folded(word).casefold() for word in _INSIDE_CAPITAL.findall(answer)} if told != "de" else set()
    stems = Counter(word[:5] for word in given)
    return any(len(word) >= 4 and word not in names and stems[word[:5]] >= 2 for word in given[:2] if word in said[:5])


def _touches(wanted: set[str], given: set[str]) -> bool:
    """Whether any two words are akin: the same, the same four letters first, or one within the other."""
    if wanted & given or {word[:4] for word in wanted if len(word) > 3} & {word[:4] for word in given if len(word) > 3}:
        return True
    return any(
        short in long
        for one in wanted
        for other in given
        for short, long in ((one, other), (other, one))
        if len(short) >= 4
    )
