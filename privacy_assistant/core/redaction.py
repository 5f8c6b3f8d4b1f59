"""Text → placeholders with a Legend, and back, chunk by chunk."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from privacy_assistant.core.json_text import encoded
from privacy_assistant.core.kinds import CLASSES, Finding, Findings, Kind
from privacy_assistant.core.legend import TAG_BYTES, Entry, Legend
from privacy_assistant.core.placeholder import Placeholder, Recogniser, Unfinished
from privacy_assistant.errors import EgressDenied

__all__ = ["TAG_BYTES", "Entry", "Legend", "Redacted", "Restorer", "redact", "redact_again", "restore", "woven"]

_MOST_ROUNDS = 50
_MOST_LOOKS = 4
_GLUE = re.compile(r'(?:[\s{}\[\]:,"]|true|false|null|NaN|-?Infinity)*')
_POSSESSIVE = frozenset({"'s", "’s", "'S", "’S"})


@dataclass(frozen=True, slots=True)
class Redacted:
    """Text without what was found in it; made only in this module. `counts` says how many of each kind were taken."""

    text: str = field(repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)


def redact(
    text: str,
    findings: Findings,
    legend: Legend,
    *,
    keep: frozenset[Kind] = frozenset(),
    is_restorable: bool = True,
) -> Redacted:
    """Replace every finding by its placeholder; `legend` grows by what is new.

    `findings` are those of exactly this text (code points); findings of a kind in `keep` stay in clear. Replaced are
    besides: every other place where a value of the legend stands, and whatever in the text could be taken for a
    placeholder of this conversation. So `restore(redact(x)) == x` for every x. With `is_restorable` false (the system
    text) the placeholders are ones that an echo of them cannot restore.

    Raises EgressDenied when the findings are not of this text: nothing half redacted is ever returned.
    """
    redacted, _ = _redacted(text, findings, legend, keep, is_restorable)
    return redacted


def redact_again(
    text: str,
    findings: Findings,
    find: Callable[[str], Findings],
    legend: Legend,
    *,
    keep: frozenset[Kind] = frozenset(),
    is_restorable: bool = True,
) -> tuple[Redacted, Findings]:
    """Like `redact`, and then a search of what came out, until nothing new is found in it, or four times.

    Masking one thing can bring a cue word beside a number that had something between them. The findings that are
    returned name everything that was replaced, also by a later look and where a value of the legend stood, in code
    points of `text`; and besides those of a kind in `keep`. The topics are those of the first look.
    """
    kept = [span for span in findings.spans if span.kind in keep]
    for look in range(_MOST_LOOKS + 1):
        redacted, draft = _redacted(text, findings, legend, keep, is_restorable)
        again = find(redacted.text).spans if draft.spans and look < _MOST_LOOKS else ()
        fresh = [span for found in again if (span := draft.fresh(found)) is not None and span.kind not in keep]
        if not fresh:
            break
        findings = replace(findings, spans=(*_merged([*draft.spans, *fresh]), *kept))
    clear = [k for k in kept if not any(span.start < k.end and k.start < span.end for span in draft.spans)]
    spans = sorted([*draft.spans, *clear], key=lambda span: span.start)
    return redacted, replace(findings, spans=tuple(spans))


def _redacted(
    text: str, findings: Findings, legend: Legend, keep: frozenset[Kind], is_restorable: bool
) -> tuple[Redacted, _Draft]:
    spans = [_trimmed(text, _checked(text, span)) for span in findings.spans if span.kind not in keep]
    in_clear = {(span.start, span.end) for span in findings.spans if span.kind in keep}
    recogniser = legend.recogniser(of_any_kind=True)

    def with_known(spans: Iterable[Finding]) -> list[Finding]:
        known = (span for span in legend.known(text) if span.kind not in keep)
        return _merged([*spans, *(span for span in known if (span.start, span.end) not in in_clear)])

    merged = with_known(spans)
    for _ in range(_MOST_ROUNDS):
        entries = [legend.add(text[span.start : span.end], span.kind, is_restorable=is_restorable) for span in merged]
        draft = _Draft(text, merged, [legend.write(entry) for entry in entries])
        widened = with_known([*merged, *draft.forged(recogniser)])
        if widened == merged:
            return Redacted(draft.text, MappingProxyType(Findings(tuple(merged)).counts())), draft
        merged = widened
    raise EgressDenied(
        "This text imitates placeholders in a way that cannot be undone.",
        hint="Leave the placeholders out of the question.",
        rule="redaction:forged",
    )


def woven(parts: Iterable[str | tuple[Redacted, bool]]) -> Redacted:
    """JSON put together from its structure and from what was redacted, each with whether it goes inside a string.

    Raises EgressDenied for structure that is more than brackets, quotes, commas, colons and the words of JSON: only
    what was redacted may hold content.
    """
    pieces: list[str] = []
    counts: dict[str, int] = {}
    for part in parts:
        if isinstance(part, str):
            if not _GLUE.fullmatch(part):
                raise EgressDenied("Content stands where only structure may.", rule="redaction:structure")
            pieces.append(part)
            continue
        redacted, is_inside = part
        pieces.append(encoded(redacted.text) if is_inside else redacted.text)
        for kind, n in redacted.counts.items():
            counts[kind] = counts.get(kind, 0) + n
    return Redacted("".join(pieces), MappingProxyType(dict(sorted(counts.items()))))


def restore(text: str, legend: Legend) -> str:
    """Put the originals back into a whole text."""
    restorer = Restorer(legend)
    return restorer.feed(text) + restorer.close()


class Restorer:
    """Puts the originals back into a stream. The result is the same for every way of cutting it.

    Held back is only what may still become a placeholder of the legend: at most PLAIN_LIMIT code points, and for
    JSON, HTML and URL escapes no more than the longest escaped placeholder of the legend. A placeholder that nobody
    wrote is shown as it is, never guessed. Knows the legend as it was when the Restorer was made. `write` is how a
    value is written that stood in a plain placeholder; as it is, without one. `restored` says where in all that came
    out originals stand: the other side chose what is around them and how they are escaped, so that no search may find
    them there again.
    """

    def __init__(self, legend: Legend, *, write: Callable[[str], str] | None = None) -> None:
        self._legend = legend
        self._write = write
        self._recogniser = legend.recogniser()
        self._before = ""
        self._held = ""
        self._is_closed = False
        self._length = 0
        self.restored: list[Finding] = []

    def feed(self, chunk: str) -> str:
        """The text that is certain after this chunk; may be empty."""
        if self._is_closed:
            raise ValueError("a closed Restorer takes no more text")
        return self._advance(chunk, is_final=False)

    def close(self) -> str:
        """The rest. A placeholder that was cut off is shown as far as it came."""
        self._is_closed = True
        return self._advance("", is_final=True)

    def _advance(self, chunk: str, *, is_final: bool) -> str:
        text = self._before + self._held + chunk
        at = len(self._before)
        if not len(self._legend):
            self._held = ""
            return text[at:]
        restored: list[str] = []
        end = len(text)
        while (found := self._recogniser.find(text, at, is_final=is_final)) is not None:
            if isinstance(found, Unfinished):
                end = found.start
                break
            entry = self._legend.resolve(found)
            self._put(restored, text[at : found.start])
            if entry is None:
                self._put(restored, text[found.start : found.end])
            elif self._write is not None:
                self._put(restored, self._write(entry.original + found.tail), entry.kind)
            else:
                self._put(restored, found.escape.write(entry.original) + found.tail, entry.kind)
            at = found.end
        self._put(restored, text[at:end])
        self._before, self._held = text[max(0, end - 1) : end], text[end:]
        return "".join(restored)

    def _put(self, restored: list[str], piece: str, kind: Kind | None = None) -> None:
        start = self._length
        self._length += len(piece)
        restored.append(piece)
        if kind is not None and piece:
            self.restored.append(Finding(start, self._length, kind, 1.0, "legend"))


class _Draft:
    """A text with its spans replaced, which knows where each of its parts came from."""

    def __init__(self, text: str, spans: list[Finding], placeholders: list[str]) -> None:
        pieces: list[str] = []
        self._written: set[tuple[int, int]] = set()
        self._starts: list[int] = []
        self._origins: list[tuple[int, int, bool]] = []
        self.spans = spans
        self._source = text
        at = length = 0
        for span, written in zip(spans, placeholders, strict=True):
            for piece, start, end, is_new in (
                (text[at : span.start], at, span.start, False),
                (written, span.start, span.end, True),
            ):
                pieces.append(piece)
                self._note(length, start, end, is_new)
                length += len(piece)
            self._written.add((length - len(written), length))
            at = span.end
        pieces.append(text[at:])
        self._note(length, at, len(text), False)
        self.text = "".join(pieces)

    def _note(self, at: int, start: int, end: int, is_new: bool) -> None:
        self._starts.append(at)
        self._origins.append((start, end, is_new))

    def forged(self, recogniser: Recogniser) -> list[Finding]:
        """What could be taken for a placeholder and was not written here, as spans of the original text."""
        spans = []
        at = 0
        while isinstance(found := recogniser.find(self.text, at), Placeholder):
            at = found.end
            if (found.start, found.end) not in self._written:
                spans.append(
                    Finding(
                        self._origin(found.start, is_end=False),
                        self._origin(found.end - 1, is_end=True),
                        Kind.OTHER,
                        1.0,
                        "rule:placeholder",
                    )
                )
        return spans

    def fresh(self, found: Finding) -> Finding | None:
        """A finding in the written text as one of the original text; None where only placeholders were found."""
        start, end = self._origin(found.start, is_end=False), self._origin(found.end - 1, is_end=True)
        covered = bytearray(end - start)
        for span in self.spans:
            begin, stop = max(start, span.start) - start, min(end, span.end) - start
            if begin < stop:
                covered[begin:stop] = b"\1" * (stop - begin)
        if all(is_masked or char.isspace() for is_masked, char in zip(covered, self._source[start:end], strict=True)):
            return None
        return replace(found, start=start, end=end)

    def _origin(self, at: int, *, is_end: bool) -> int:
        piece = bisect_right(self._starts, at) - 1
        start, end, is_new = self._origins[piece]
        if is_new:
            return end if is_end else start
        return start + at - self._starts[piece] + is_end


def _checked(text: str, span: Finding) -> Finding:
    if not 0 <= span.start < span.end <= len(text):
        raise EgressDenied(
            "What was found does not fit the text it was found in.",
            hint="This is a defect of a finder; nothing was sent.",
            rule="redaction:findings",
        )
    return span


def _trimmed(text: str, span: Finding) -> Finding:
    """Without blanks at its edges, and a name without its "'s"."""
    start, end = span.start, span.end
    if span.kind in CLASSES["name"] and text[end - 2 : end] in _POSSESSIVE and end - start > 2:
        end -= 2
    while end - start > 1 and text[end - 1].isspace():
        end -= 1
    while end - start > 1 and text[start].isspace():
        start += 1
    return replace(span, start=start, end=end)


def _merged(spans: Iterable[Finding]) -> list[Finding]:
    """Sorted, overlaps united into one: of two that overlap no letter may stay. The longest gives the kind."""
    merged: list[Finding] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        last = merged[-1] if merged else None
        if last is None or span.start >= last.end:
            merged.append(span)
        elif span.end > last.end:
            longest = max(last, span, key=lambda s: s.end - s.start)
            merged[-1] = replace(longest, start=last.start, end=span.end)
    return merged
