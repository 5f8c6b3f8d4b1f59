"""The language model of this machine, asked for personal data that others missed. It only ever adds.

A grammar lets it write nothing but kinds and runs of words of the text, so that it cannot invent; what it names is
looked up in the text all the same. Slow (seconds), and as good as the model is: off by default.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence

from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.patterns.words import words as words_of
from privacy_assistant.core.turn import Origin, Role
from privacy_assistant.errors import EngineFailed
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, Piece, Sampling

SCORE = 0.3
"""What such a finding is worth: the small model that comes with the package is right about as often."""

_KINDS = (Kind.PERSON, Kind.LOCATION, Kind.ORG, Kind.ADDRESS, Kind.PHONE, Kind.OTHER)
_WORD = re.compile(r"[^\W_]+(?:[-'’.@+/][^\W_]+)*")
_PLACEHOLDER = re.compile(r"⟦[^⟦⟧\n]{1,40}⟧")
_GAP = re.compile(r"[ \t.,'’-]{1,3}")
_WORDS_AT_ONCE = 120
_OVERLAP = 8
_LONGEST_ITEM = 6
_MOST_LINES = 12
_TOKENS = 160
_SMALL = words_of(
    "a an and are as at be but by call can do email for from give go has have he her hi his how i in is it me my no "
    "not of on or our please say she so tell that the their them they this to us was we what when where who will with "
    "yes you your der die das und ich ist ein eine le la les et un une je el los y una yo il lo e o de het een en ik os"
)
_TASK = (
    "List every name, place, company, address, number or other detail in the text that could tell who somebody is. "
    'One per line, as KIND: words. Copy the words exactly. Write "none" if there are none.'
)
_EXAMPLES = (
    ("remind me to ring olga petrova about the keys", "PERSON: olga petrova\n"),
    ("how do i cook rice", "none"),
    ("We moved from Acme to 4 Mill Lane in Dover.", "ORG: Acme\nADDRESS: 4 Mill Lane\nLOCATION: Dover\n"),
)


class LocalModelFinder:
    """Implements `ports.Finder` by a `ports.LocalModel`. Linear in the text; the same answer for the same text."""

    def __init__(self, model: LocalModel) -> None:
        self._model = model

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """None that a policy may rely on: it adds to what others find."""
        return frozenset()

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """What the model names and stands in the text word for word. Raises EngineMissing, EngineFailed."""
        hidden = _PLACEHOLDER.sub(lambda match: " " * len(match.group()), text)
        words = list(_WORD.finditer(hidden))
        spans: list[Finding] = []
        for first in range(0, len(words), _WORDS_AT_ONCE - _OVERLAP):
            part = words[first : first + _WORDS_AT_ONCE]
            if first and len(part) <= _OVERLAP:
                break
            if all(word.group().casefold() in _SMALL for word in part):
                continue
            piece = hidden[part[0].start() : part[-1].end()]
            for kind, named in _read(self._ask(piece, part)):
                spans += _places(hidden, named, kind)
        return Findings(_settled(spans))

    def _ask(self, piece: str, words: Sequence[re.Match[str]]) -> str:
        messages = [ChatMessage(Role.SYSTEM, _TASK)]
        for said, answer in _EXAMPLES:
            messages += [ChatMessage(Role.USER, said), ChatMessage(Role.ASSISTANT, answer)]
        request = GenerationRequest(
            id=uuid.uuid4().hex,
            messages=(*messages, ChatMessage(Role.USER, piece)),
            sampling=Sampling(temperature=0.0, max_tokens=_TOKENS),
            grammar=grammar_of(piece, [(word.start() - words[0].start(), word.group()) for word in words]),
        )
        written = []
        for item in self._model.generate(request):
            if isinstance(item, Finished):
                if item.reason == "cancelled":
                    raise EngineFailed("the search for personal data was interrupted", hint="ask again")
                break
            if isinstance(item, Piece):
                written.append(item.text)
        return "".join(written)


def grammar_of(text: str, words: Sequence[tuple[int, str]]) -> str:
    """GBNF: "none", or lines of a kind and up to six neighbouring words of the text (given with their places)."""
    rules = [
        f'root ::= "none" | line{{1,{_MOST_LINES}}}',
        'line ::= kind ": " item "\\n"',
        "kind ::= " + " | ".join(_literal(kind.value) for kind in _KINDS),
    ]
    begins = []
    for at, (start, word) in enumerate(words):
        if word.casefold() not in _SMALL:
            begins.append(f"w{at}-{_LONGEST_ITEM}")
        for length in range(_LONGEST_ITEM, 0, -1):
            rule = f"w{at}-{length} ::= {_literal(word)}"
            if length > 1 and at + 1 < len(words):
                gap = text[start + len(word) : words[at + 1][0]]
                if _GAP.fullmatch(gap):
                    rule += f" ({_literal(gap)} w{at + 1}-{length - 1})?"
            rules.append(rule)
    rules.append("item ::= " + " | ".join(begins))
    return "\n".join(rules)


def _literal(text: str) -> str:
    """As GBNF quotes it; everything beyond ASCII as it is."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


def _read(answer: str) -> Iterator[tuple[Kind, str]]:
    """Kind and words of each line that has both; whatever else a model wrote is no finding."""
    for line in answer.splitlines():
        kind, mark, named = line.partition(": ")
        named = named.strip()
        if not mark or kind not in {known.value for known in _KINDS} or len(named) < 2:
            continue
        if all(word.group().casefold() in _SMALL for word in _WORD.finditer(named)):
            continue
        yield Kind(kind), named


def _places(text: str, named: str, kind: Kind) -> Iterator[Finding]:
    """Everywhere the words stand as whole words."""
    at = text.find(named)
    while at >= 0:
        end = at + len(named)
        is_whole = not (text[at - 1 : at].isalnum() and at > 0) and not text[end : end + 1].isalnum()
        if is_whole:
            yield Finding(at, end, kind, SCORE, "llm")
        at = text.find(named, end)


def _settled(spans: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sorted, and of those that overlap the longest."""
    kept: list[Finding] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = Finding(kept[-1].start, span.end, kept[-1].kind, SCORE, "llm")
    return tuple(kept)
