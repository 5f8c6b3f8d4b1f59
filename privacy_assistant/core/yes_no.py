"""A spoken yes or no to a question of ours."""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "en": (
        _set("yes yeah yep yup sure correct right ok okay exactly please do confirm"),
        _set("no nope nah not don't dont cancel stop wrong never"),
    ),
    "de": (_set("ja jawohl genau richtig klar ok okay bitte"), _set("nein nee nicht falsch")),
    "fr": (_set("oui ouais exact ok"), _set("non pas faux annule")),
    "es": (_set("sí si claro vale correcto"), _set("no cancela")),
}
_WORD = re.compile(r"[\w']+")
_LONGEST = 6


def says_yes(text: str, language: str = "en") -> bool | None:
    """True for yes, False for no, None for anything else; one word of no outweighs those of yes."""
    words = [word.casefold() for word in _WORD.findall(text.replace("’", "'"))]
    if not words or len(words) > _LONGEST:
        return None
    yes, no = _WORDS.get(language.partition("-")[0].lower(), _WORDS["en"])
    if any(word in no for word in words):
        return False
    return True if any(word in yes for word in words) else None
