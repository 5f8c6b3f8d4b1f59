"""Reads a reminder: what to say and when, in either order, with the words kept as they were said."""

from __future__ import annotations

import re
from datetime import datetime

from privacy_assistant.skills import moments
from privacy_assistant.skills.wording import pattern

REPEATS = pattern(
    r"\b(?:every|each|daily|weekly|monthly|hourly|yearly|(?:on )?(?:week ?days|weekends)|(?:mon|tues|wednes|thurs"
    r"|fri|satur|sun)days)\b"
)


def split(rest: str, now: datetime) -> tuple[str, str, bool]:
    """What to say and when, from "to call mum tomorrow at 5pm" or "tomorrow at 5pm to call mum"; and if it repeats."""
    rest = re.sub(r"^for (?=to )", "", rest, flags=re.IGNORECASE)
    leads = re.match(r"(?:to|that|about|of|for) ", rest, re.IGNORECASE)
    words = rest.split(" ")
    is_for = leads is not None and leads[0].lower() == "for "
    if is_for and _is_when(rest[4:], now):
        return "", rest[4:], False
    if leads is not None:
        for cut in range(1, len(words)):
            moment_words = " ".join(words[cut:])
            if _is_when(moment_words, now):
                what = _what(" ".join(words[:cut]))
                return f"about {what}" if is_for else what, moment_words, False
    for cut in range(len(words), 0, -1):
        moment_words = re.sub(r"^for ", "", " ".join(words[:cut]), flags=re.IGNORECASE)
        if not _is_when(moment_words, now):
            continue
        what = " ".join(words[cut:])
        if not what or re.match(r"(?:to|that|about|of) ", what, re.IGNORECASE):
            return _what(what), moment_words, False
    repeats = REPEATS.search(rest) is not None and (leads is None or leads[0].lower() == "to ")
    return _what(rest), "", repeats and bool(re.search(r"\b(?:to|at|every)\b", rest, re.IGNORECASE))


def _is_when(words: str, now: datetime) -> bool:
    """True for a moment that is marked as one: not a bare number, which may be a part of what to do."""
    return not re.fullmatch(r"[\d ]+", words) and moments.moment(words, now) is not None


def _what(words: str) -> str:
    """What to be reminded of, without the joining "to", which is said again anyway."""
    return re.sub(r"^(?:to|for) ", "", words.strip(" ,"), flags=re.IGNORECASE)


_PERSON = {
    "my": "your",
    "me": "you",
    "i": "you",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you're",
    "i've": "you've",
}


def said_back(words: str) -> str:
    """ "call my mum" said back: "call your mum"."""
    return re.sub(
        r"\b(?:i'm|i've|my|me|mine|myself|i)\b", lambda word: _PERSON[word[0].lower()], words, flags=re.IGNORECASE
    )
