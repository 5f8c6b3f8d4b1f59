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
_AROUND: dict[str, frozenset[str]] = {
    "en": _set(
        "that's thats that is it i did said say am i'm was am quite very this all the one so go ahead set thanks"
    ),
    "de": _set("das es ist stimmt so ganz mach bitte sehr danke"),
    "fr": _set("c'est ça cela bien sûr tout à fait merci"),
    "es": _set("es eso así muy está bien gracias"),
}
"""What stands around a yes and changes nothing about it."""

_FIRM: dict[str, frozenset[str]] = {
    "en": _set("yes yeah yep yup"),
    "de": _set("ja jawohl"),
    "fr": _set("oui ouais"),
    "es": _set("sí si"),
}
"""Words that are a yes whatever follows: the others begin a question as well ("okay, what is ...", "do you ...")."""

_WORD = re.compile(r"[\w']+")
_LONGEST = 6


def says_yes(text: str, language: str = "en") -> bool | None:
    """True for yes, False for no, None for anything else; one word of no outweighs those of yes.

    A yes changes something, so it is one only where it comes first or where there is little else.
    """
    words = [word.casefold() for word in _WORD.findall(text.replace("’", "'"))]
    if not words or len(words) > _LONGEST:
        return None
    tag = language.partition("-")[0].lower()
    tag = tag if tag in _WORDS else "en"
    yes, no = _WORDS[tag]
    if any(word in no for word in words):
        return False
    is_yes = words[0] in _FIRM[tag] or (not yes.isdisjoint(words) and yes | _AROUND[tag] >= set(words))
    return True if is_yes else None
