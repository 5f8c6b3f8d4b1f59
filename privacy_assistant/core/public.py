"""Names of the whole world, let through when nobody's life is meant: "who was Einstein?", "Apple stock price?".

Masked all the same is a known name beside a word about the person ("my boss Tim Cook", "meeting Einstein in Paris"),
beside any other personal finding, and in a text that does not ask about the world. In doubt a name is masked: a public
question that is answered at home costs less than a life that leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from privacy_assistant.core.kinds import CLASSES, Finding
from privacy_assistant.core.patterns.listed import fold
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.public_cues import (
    ABOUT,
    ASKING,
    GIVEN_TOO,
    PLACE_PRIVATE,
    PLAIN,
    PRIVATE,
    RELATIVES,
    SUBJECTS,
    TO_KNOW,
)

LONGEST = 160
"""Code points of a text in which names are let through; a longer one tells a story."""

_NAMES = CLASSES["name"]
_FEW_WORDS = 9
_COUNTRIES = Pattern(r"\b(?:U\.?S\.?(?:A\.?)?|E\.?U\.?)(?![\w])")
_THE_US = Pattern(r"\bthe (?:us|eu)\b")
_ORDINAL = Pattern(
    r"\b(War|Alexander|Catherine|Charles|Constantine|Darius|Edward|Elizabeth|Ferdinand|Francis|Franz|Frederick|Friedrich"
    r"|George|Henry|James|Juan|Justinian|Leopold|Mary|Napoleon|Nicholas|Otto|Pedro|Peter|Philip|Ramses|Richard|Wilhelm"
    r"|William) I\b(?!['’])"
)
_HAS_RELATIVE = Pattern(rf"\bs ({'|'.join(sorted(RELATIVES))})\b")
_RELATIVE_OF = Pattern(rf"\b({'|'.join(sorted(RELATIVES))}) (?:of|von|vom|de|d|du|del|della|di|van|da|do)\b")
_ABOUT = Pattern(rf"\b{ABOUT}$")
_PIECES = Pattern(r"\s*[,/&]\s*|\s+(?:and|or|und|oder|et|ou|y|e|en|of|vs\.?|versus)\s+")
_TOWARDS = Pattern(
    r"(?i)^(?:(?:the|la|le|die|de|a|il) )?(?:(?:capital(?:e)?|hauptstadt|hoofdstad)(?: city)? (?:of|von|de|da|do|di|del"
    r"|du|van|des) ?)?(?:(?:the|die|el|la|le|il|lo|de|o) |(?:l|d|dell)['’])?"
)
"""What is no part of a name and may stand in a finding: "the Eiffel Tower", "capital of France", "dell'Australia"."""
_POSSESSIVE = Pattern(r"['’]s?$")


def is_public(text: str, finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether a found name is known to the whole world and the text asks about the world, not about somebody's life.

    `others` are the other findings of the same text: one that is not public itself keeps everything masked.
    """
    if len(text) > LONGEST or not all(_is_known(text, one) for one in (finding, *others)):
        return False
    if any(_may_be_somebody(text, one) for one in (finding, *others)):
        return False
    return _asks_about_the_world(text, has_place=any(_is_place(text, one) for one in (finding, *others)))


def _is_known(text: str, finding: Finding) -> bool:
    if finding.kind not in _NAMES or finding.by == "profile":
        return False
    known = _known()
    value = _POSSESSIVE.sub("", text[finding.start : finding.end])
    bare = value[_towards(value) :]
    return fold(value) in known or fold(bare) in known or all(fold(piece) in known for piece in _PIECES.split(bare))


def _towards(value: str) -> int:
    found = _TOWARDS.match(value)
    return found.end() if found else 0


def _may_be_somebody(text: str, finding: Finding) -> bool:
    """ "Where is Austin?", "who is Jordan?": a place that people are called after, and nothing says that it is one."""
    start = finding.start + _towards(text[finding.start : finding.end])
    value = fold(_POSSESSIVE.sub("", text[start : finding.end]))
    if value not in GIVEN_TOO:
        return False
    before = fold(text[:start])
    return _ABOUT.search(before) is None and SUBJECTS.search(fold(text)) is None


def _is_place(text: str, finding: Finding) -> bool:
    value = text[finding.start : finding.end]
    return any(fold(piece) in _places() for piece in _PIECES.split(value[_towards(value) :]))


def _asks_about_the_world(text: str, *, has_place: bool) -> bool:
    plain = _COUNTRIES.sub(" ", _ORDINAL.sub(r"\1", text))
    said = _THE_US.sub(" ", fold(plain))
    said = TO_KNOW.sub(" ", said)
    said = _RELATIVE_OF.sub(" ", _HAS_RELATIVE.sub(" ", said))
    spoken = frozenset(said.split())
    if not spoken.isdisjoint(PRIVATE) or (has_place and not spoken.isdisjoint(PLACE_PRIVATE)):
        return False
    if text.islower():
        # Dictated, mostly: there nine names of ten are somebody's, and only the plainest question is trusted.
        return PLAIN.search(said) is not None
    count = len(said.split())
    is_short = count <= _FEW_WORDS
    is_asked = ASKING.match(fold(text)) is not None or ASKING.match(said.strip()) is not None
    return is_asked or (is_short and (text.rstrip().endswith("?") or SUBJECTS.search(said) is not None))


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    from privacy_assistant.core.public_things import PLACES

    return frozenset(_entries(PLACES))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Every folded name. Imported here: a text without names needs none of it."""
    from privacy_assistant.core.public_people import PEOPLE
    from privacy_assistant.core.public_things import ORGANISATIONS

    return frozenset(_entries(PEOPLE)) | _places() | frozenset(_entries(ORGANISATIONS))


def _entries(listed: str) -> Iterable[str]:
    for entry in listed.split(";"):
        name = fold(entry)
        if name:
            yield name
            if entry.rstrip().endswith("*"):
                yield name.rpartition(" ")[2]
