"""The finder of everything rules can prove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.patterns import (
    accounts,
    births,
    credentials,
    names,
    national,
    network,
    numbers,
    papers,
    places,
    traces,
    uncued,
)
from privacy_assistant.core.patterns.abroad import spoken_abroad
from privacy_assistant.core.patterns.candidate import Candidate, settle
from privacy_assistant.core.patterns.cues import Cues
from privacy_assistant.core.patterns.listed import ListedValues, fold
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.views import View, folded, spelled, spoken, written
from privacy_assistant.core.placeholder import outside_placeholders
from privacy_assistant.core.turn import Origin

_PROVEN: frozenset[Kind | Topic] = frozenset(Kind) - {
    Kind.PERSON,
    Kind.LOCATION,
    Kind.ORG,
    Kind.ADDRESS,
    Kind.OTHER,
}
_DROPPABLE = frozenset({Kind.PERSON, Kind.LOCATION, Kind.ORG, Kind.URL, Kind.EMAIL, Kind.PHONE, Kind.IP, Kind.HANDLE})


class PatternFinder:
    """Implements `ports.Finder` by rules: linear in the text, without state between texts, the same answer every time.

    `deny` is the person's own list of what must always be masked, compared as whole words with case and accents
    folded (`by="profile"`); `allow` is what is left in clear unless the deny list holds it too: it frees names,
    addresses and numbers to reach someone, never credentials or numbers with a checksum.
    """

    def __init__(self, deny: Sequence[tuple[str, Kind]] = (), allow: Sequence[str] = ()) -> None:
        self._deny = ListedValues(deny)
        self._allow = frozenset(fold(value) for value in allow)

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """What rules find dependably.

        PERSON and ADDRESS are not among them: names are found where a cue word proves them, addresses where they have
        a usual form, which is far from all. Dates of birth, ages, post codes, plates and the numbers of papers are
        what a word beside them says; without such a word a date is a date.
        """
        return _PROVEN

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """Everything found, sorted, not overlapping, in code points of `text`. Never raises for any string."""
        view = written(text)
        words = Said(view.text)
        findings = [candidate.finding(view) for candidate in self._in_written(view, words, origin)]
        said = spoken(view, words)
        if said is not None:
            heard = [candidate.finding(said) for candidate in self._in_spoken(said, origin)]
            findings += [f for f in heard if any(char.isalpha() for char in text[f.start : f.end])]
        foreign = spoken_abroad(view, words)
        if foreign is not None:
            heard = [candidate.finding(foreign) for candidate in self._in_spoken(foreign, origin)]
            findings += [f for f in heard if any(char.isalpha() for char in text[f.start : f.end])]
        spelt = spelled(said) if said is not None else spelled(view, words)
        if spelt is not None:
            findings += [candidate.finding(spelt) for candidate in self._in_spelled(spelt)]
        if self._deny:
            plain = folded(view)
            findings += [candidate.finding(plain) for candidate in self._deny.find(plain, text)]
        spans = settle(outside_placeholders(text, findings))
        if self._allow:
            spans = tuple(span for span in spans if not self._is_allowed(text, span))
        return Findings(spans)

    def _in_written(self, view: View, said: Said, origin: Origin) -> Iterator[Candidate]:
        text = view.text
        proven = [*network.find_numeric(text), *accounts.find(said)]
        yield from proven
        yield from network.find(said)
        yield from credentials.find(said)
        yield from names.find(said)
        if said.has_digit or "<<" in text:
            yield from national.find(text)
        yield from papers.find(said)
        yield from births.find(said)
        yield from places.find(said)
        yield from traces.find(said)
        yield from uncued.find(said)
        yield from self._numbers(_without(text, proven), origin, is_spoken=False)

    def _in_spoken(self, view: View, origin: Origin) -> Iterator[Candidate]:
        text = view.text
        said = Said(text)
        proven = [*network.find_numeric(text), *accounts.find(said)]
        yield from proven
        yield from credentials.find_passwords(said)
        yield from national.find(text)
        yield from papers.find(said)
        yield from births.find(said)
        yield from places.find(said)
        yield from traces.find_coordinates(said)
        yield from self._numbers(_without(text, proven), origin, is_spoken=True)

    def _in_spelled(self, view: View) -> Iterator[Candidate]:
        said = Said(view.text)
        yield from network.find_numeric(view.text)
        yield from accounts.find(said)
        yield from national.find(view.text)
        yield from papers.find(said)

    def _numbers(self, text: str, origin: Origin, *, is_spoken: bool) -> Iterator[Candidate]:
        cues = Cues(text)
        yield from numbers.find(
            text, cues, is_spoken=is_spoken, is_voice=origin is Origin.VOICE, listed=self._deny.numbers
        )

    def _is_allowed(self, text: str, span: Finding) -> bool:
        return span.kind in _DROPPABLE and span.by != "profile" and fold(text[span.start : span.end]) in self._allow


def _without(text: str, proven: list[Candidate]) -> str:
    """The text with what is proven blotted out, so that its digits do not run into those beside it."""
    pieces = []
    at = 0
    for candidate in sorted(proven, key=lambda candidate: candidate.start):
        if candidate.end > at:
            start = max(at, candidate.start)
            pieces += [text[at:start], "\0" * (candidate.end - start)]
            at = candidate.end
    return "".join([*pieces, text[at:]])
