"""Numbers: cards, phones, accounts, social security numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import checksums, national
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.cues import Cues
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.quantities import is_calculated, is_quantity

_DATE = Pattern(
    r"(?<!\d)(?<!\d[-/.])(?:(?:1[89]|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?![-/.]?\d)"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:(?:1[89]|20)\d\d|\d\d)(?![-/.]?\d))"
)
_RUN = Pattern(r"(?<!\d)(?<!\d[.,])(?:\+ ?)?(?:\( ?)?\+?\d(?:[ \t]{0,2}(?:[()\-/·]|\.(?![ \t])){0,2}[ (]{0,2}\d){3,}")
_GROUP = Pattern(r"\d+")
_EXTENSION = Pattern(r"(?i)\s?(?:ext(?:ension)?\.?|x|#|durchwahl)\s?:?\s?\d{1,6}(?!\w)")
_LAST_FOUR = Pattern(r"(?i)\b(?:ending|ends|last (?:4|four)(?: digits)?)\b[^.\d]{0,16}$")
_CARD_TAIL = Pattern(r"[ ,;]{1,3}(?:exp\w*:? )?\d\d ?[/-] ?\d\d(?:\d\d)?\b(?:[ ,;]{1,3}(?:cv[vc]2?:? )?\d{3,4}\b)?")

_AREA = Pattern(r"(?:\d[-. ]?)?\(0?-?\d{1,5}(?: \d{1,3})?\)")
_MARKED = Pattern(r"[\d().\- /·]+")
_YEAR = Pattern(r"(?:1[6-9]|20)\d\d")
_HEX_BEFORE = Pattern(r"(?:\b0x)?[0-9a-fA-F]{1,128}\Z")
_HEX_AFTER = Pattern(r"[0-9a-fA-F]{1,128}(?![^\W_])")
_LONGEST_HEX = 128
_CARD_GROUPS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (13,), (14,), (15,), (16,), (19,)})
_LISTED = 9
_LEAST_PHONE = 7
_FEWEST = 4
"""No run of digits that anything is made of has fewer."""
_MOST_GROUPS = 15
_LEAST_SAID, _MOST_SAID = 8, 13
_BLANKS = frozenset(" \t")
_CONSTANTS = frozenset({"2147483647", "2147483648", "4294967295", "4294967296", "1234567890"})
_ROUND = Pattern(r"\d+0000")
_GLUE = frozenset("_-/.=&#@\\")
_GLUE_AFTER = frozenset("_/=@\\")
_REGIONS = ("US", "GB", "DE", "FR", "IN", "ES", "IT", "AU", "BR", "NL")


_Group = tuple[int, int, str]
"""Start, end and digits of one group."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Groups of digits of one run, with their places in the view."""

    start: int
    groups: tuple[_Group, ...] = field(repr=False)

    @property
    def end(self) -> int:
        return self.groups[-1][1]

    @property
    def digits(self) -> str:
        return "".join(group[2] for group in self.groups)


def find(text: str, cues: Cues, *, is_spoken: bool, is_voice: bool, listed: Mapping[str, Kind]) -> Iterator[Candidate]:
    """All numbers of one view. `listed` are digits of the person's own list: found in every spelling."""
    if sum(map(text.count, "0123456789")) < _FEWEST:
        return
    for match in _RUN.finditer(text):
        for start, end in _without_dates(text, match.start(), match.end()):
            groups = tuple((g.start(), g.end(), g.group()) for g in _GROUP.finditer(text, start, end))
            yield from _in_groups(text, start, groups, cues, is_spoken, is_voice, listed)


def _in_groups(
    text: str,
    start: int,
    groups: tuple[_Group, ...],
    cues: Cues,
    is_spoken: bool,
    is_voice: bool,
    listed: Mapping[str, Kind],
) -> Iterator[Candidate]:
    at = 0
    for candidate in [*_proven(text, groups, is_spoken, listed), None]:
        upto = at
        while upto < len(groups) and (candidate is None or groups[upto][0] < candidate.start):
            upto += 1
        if upto > at:
            lead = groups[at][0] if at else start
            yield from _split(text, _Run(lead, groups[at:upto]), cues, is_spoken, is_voice)
        if candidate is not None:
            yield candidate
            at = upto
            while at < len(groups) and groups[at][0] < candidate.end:
                at += 1


def _without_dates(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run without the dates in it."""
    at = start
    if "+" not in text[start : start + 3]:
        for date in _DATE.finditer(text, start, end):
            if date.start() - at >= 4:
                yield at, date.start()
            at = date.end()
    if at < end:
        yield at, end


def _split(text: str, run: _Run, cues: Cues, is_spoken: bool, is_voice: bool) -> Iterator[Candidate]:
    """Judges a run as a whole, else the longest beginning that ends at a blank; then what is left behind it."""
    groups = run.groups
    at = 0
    while at < len(groups):
        near = groups[at : at + _MOST_GROUPS]
        start = groups[at][0] if at else run.start
        stop = len(near)
        found = None
        if stop < _MOST_GROUPS or any(len(group[2]) > 1 for group in near):  # else: a long list of single digits
            for stop in range(len(near), 0, -1):
                is_end = at + stop == len(groups) or not _BLANKS.isdisjoint(
                    text[near[stop - 1][1] : groups[at + stop][0]]
                )
                if is_end and sum(len(group[2]) for group in near[:stop]) >= 4:
                    found = _judge(text, _Run(start, near[:stop]), cues, is_spoken, is_voice)
                    if found is not None:
                        break
        if found is None:
            at += 1
            continue
        yield found
        while at < len(groups) and groups[at][0] < found.end:
            at += 1


def _judge(text: str, run: _Run, cues: Cues, is_spoken: bool, is_voice: bool) -> Candidate | None:
    """One run without any proof in it: what a cue word says it is, else what its shape tells."""
    has_cue, kind = cues.kind(run.start, run.end)
    if has_cue and kind is not None and not is_quantity(text, run.start, run.end):
        found = _as_said(text, kind, run)
        if found is not None:
            return found
    return _by_shape(text, run, has_cue and kind is None, is_spoken, is_voice)


def _proven(text: str, groups: tuple[_Group, ...], is_spoken: bool, listed: Mapping[str, Kind]) -> list[Candidate]:
    """Windows of whole groups that a check digit or the person's own list proves; the longest at each place."""
    windows: list[tuple[int, Candidate]] = []
    for first, (start, _, _) in enumerate(groups):
        compact = ""
        for last in range(first, min(len(groups), first + 19)):
            compact += groups[last][2]
            if len(compact) > 19:
                break
            end = groups[last][1]
            if compact in listed:
                windows.append((_LISTED, Candidate(start, end, listed[compact], 1.0, "profile")))
            elif checksums.is_card(compact) and not _is_in_hex(text, start, end):
                sizes = tuple(len(group[2]) for group in groups[first : last + 1])
                if is_spoken or _is_grouped(sizes):
                    tail = _CARD_TAIL.match(text, end)
                    card = Candidate(start, tail.end() if tail else end, Kind.CARD, 1.0, "rule:card")
                    windows.append(((sizes in _CARD_GROUPS) + 2 * checksums.is_issued_card(compact), card))
    # Luhn holds by chance for every tenth window: the likeliest card first, and no other over the same digits.
    windows.sort(key=lambda window: -window[0])
    proven: list[Candidate] = []
    taken: set[int] = set()
    for _, window in windows:
        places = range(window.start, window.end)
        if taken.isdisjoint(places):
            proven.append(window)
            taken.update(places)
    return sorted(proven, key=lambda candidate: candidate.start)


def _is_in_hex(text: str, start: int, end: int) -> bool:
    """Whether the digits are part of a longer hexadecimal word (a digest, an address), where Luhn holds by chance."""
    before = _HEX_BEFORE.search(text[max(0, start - _LONGEST_HEX) : start])
    after = _HEX_AFTER.match(text, end)
    around = (before.group() if before else "") + (after.group() if after else "")
    return len(around) >= 4 and any(char.isalpha() for char in around)


def _is_grouped(sizes: tuple[int, ...]) -> bool:
    """Groups like those of a card, single digits or pairs throughout; not a list of small numbers."""
    return all(3 <= size <= 8 for size in sizes[:-1]) or set(sizes) in ({1}, {2})


def _as_said(text: str, kind: Kind, run: _Run) -> Candidate | None:
    """What a cue word says, where the length fits: a cue beats a failed checksum."""
    start, end, n = run.start, run.end, len(run.digits)
    if kind is Kind.CARD and 12 <= n <= 19:
        tail = _CARD_TAIL.match(text, end)
        return Candidate(start, tail.end() if tail else end, Kind.CARD, 0.9, "rule:card-cue")
    if kind is Kind.CARD and n == 4 and _LAST_FOUR.search(text[max(0, start - 40) : start]):
        return Candidate(start, end, Kind.CARD, 0.7, "rule:card-cue")
    if kind is Kind.PHONE and 6 <= n <= 15:
        extension = _EXTENSION.match(text, end)
        return Candidate(start, extension.end() if extension else end, Kind.PHONE, 0.9, "rule:phone-cue")
    if kind is Kind.SSN and n in (9, 4):
        return Candidate(start, end, Kind.SSN, 0.95, "rule:ssn-cue")
    if kind in (Kind.IBAN, Kind.ACCOUNT) and 6 <= n <= 30:
        return Candidate(start, end, Kind.ACCOUNT, 0.9, "rule:account-cue")
    return None


def _by_shape(text: str, run: _Run, is_other: bool, is_spoken: bool, is_voice: bool) -> Candidate | None:
    """What the shape alone tells, where the number stands for itself: not inside a word, a path or an identifier."""
    start, end, digits = run.start, run.end, run.digits
    raw = text[start:end]
    n = len(digits)
    if raw.lstrip("( ").startswith("+"):
        if n < 7:
            return None
        end, score = _international(run)
        extension = _EXTENSION.match(text, end)
        return Candidate(start, extension.end() if extension else end, Kind.PHONE, score, "rule:phone")
    extension = _EXTENSION.match(text, end)
    stop = extension.end() if extension else end
    before, after = text[start - 1 : start], text[stop : stop + 1]
    if before.isalnum() or before in _GLUE or after.isalnum() or after in _GLUE_AFTER:
        return None
    sizes = [len(group[2]) for group in run.groups]
    if sizes == [3, 2, 4] and ("-" in raw or (checksums.ssn(digits) and not is_other)):
        kind = Kind.SSN if digits[0] != "9" else Kind.TAXID
        return Candidate(start, end, kind, 1.0 if checksums.ssn(digits) else 0.7, "rule:ssn")
    if (is_other and not is_voice) or is_quantity(text, run.start, run.end):
        return None
    if len(sizes) == 1 and n >= 9 and national.is_strong(digits):
        return Candidate(start, end, national.bare_kind(digits) or Kind.NATID, 0.8, "rule:national")
    if _is_phone_shape(raw, run.groups) or (extension and 6 <= n <= 13 and _MARKED.fullmatch(raw)):
        return Candidate(start, stop, Kind.PHONE, 0.8, "rule:phone-shape")
    if is_calculated(text, start, end):
        return None
    if (is_voice or is_spoken) and n >= 7 and _is_plain(digits):
        kind = Kind.PHONE if is_spoken and _LEAST_SAID <= n <= _MOST_SAID else Kind.ACCOUNT
        return Candidate(start, end, kind, 0.6, "rule:digits-spoken")
    if (
        len(sizes) == 1
        and 10 <= n <= 12
        and not _ROUND.fullmatch(digits)
        and digits not in _CONSTANTS
        and _is_national(digits)
    ):
        return Candidate(start, end, Kind.PHONE, 0.5, "rule:phone-valid")
    if len(sizes) == 1 and n == 8 and _is_plain(digits) and not _is_day(digits) and int(digits).bit_count() > 1:
        return Candidate(start, end, Kind.PHONE, 0.5, "rule:digits")
    is_years = all(_YEAR.fullmatch(group[2]) for group in run.groups)
    if len(sizes) >= 4 and 13 <= n <= 19 and all(size == 4 for size in sizes[:-1]) and not is_years:
        return Candidate(start, end, Kind.CARD, 0.6, "rule:card-shape")
    if len(sizes) == 1 and 9 <= n <= 20 and _is_plain(digits) and not _is_moment(digits):
        return Candidate(start, end, national.bare_kind(digits) or Kind.ACCOUNT, 0.5, "rule:digits")
    return None


def _is_day(digits: str) -> bool:
    """Whether eight digits can be a date."""
    return ("19" <= digits[:2] <= "20" and digits[4:6] <= "12" and digits[6:] <= "31") or (
        digits[:2] <= "31" and digits[2:4] <= "12" and "19" <= digits[4:6] <= "20"
    )


def _is_moment(digits: str) -> bool:
    """Seconds, milli- or microseconds since 1970, in this century; or a date with a time."""
    return (len(digits) in (10, 13, 16) and "12" <= digits[:2] <= "18") or (
        len(digits) in (12, 14) and digits[:2] == "20" and digits[4:6] <= "12" and digits[6:8] <= "31"
    )


def _is_phone_shape(raw: str, groups: tuple[_Group, ...]) -> bool:
    """Whether digits are grouped as telephone numbers are, and as years, thousands and short lists are not.

    Measured on the example numbers of every region in phonenumbers, written as people there write them.
    """
    parts = [group[2] for group in groups]
    sizes = [len(part) for part in parts]
    n = sum(sizes)
    if not 7 <= n <= 15 or not _MARKED.fullmatch(raw):
        return False
    if raw.startswith("00") and n >= 10:
        return True
    if _AREA.match(raw) and 7 <= n <= 13:
        return True
    if parts[0][0] != "0" and all(part.endswith("0") for part in parts):
        return False
    if parts[0][0] == "0" and sizes[0] in (2, 3) and sizes[1:] in ([3, 4], [4, 4]):
        return True
    if len(parts) == 1 or max(sizes) > 9 or any(_YEAR.fullmatch(part) for part in parts[:-1]):
        return False
    if len(parts) == 2:
        if sizes in ([3, 4], [4, 4]):
            return True
        if sizes in ([1, 7], [2, 6], [3, 5]):
            return parts[1][-1] != "0"
        return (parts[0][0] == "0" and n >= 8) or (sizes[0] in (2, 3, 4, 5) and 5 <= sizes[1] <= 7 and n >= 9)
    if sizes == [3, 2, 2]:
        return True
    is_thousands = sizes[0] <= 2 and set(sizes[1:]) == {3} and parts[0][0] != "0" and "-" not in raw
    if parts[0][0] == "0" and n >= 9 and len(parts) <= 6 and len(set(sizes)) > 1:
        return True
    return n >= 8 and not is_thousands and len(parts) <= 6 and sizes[0] <= 5 and min(sizes[1:]) >= 2


def _is_plain(digits: str) -> bool:
    return not _ROUND.fullmatch(digits) and digits not in _CONSTANTS


def _international(run: _Run) -> tuple[int, float]:
    """Where a number written with + ends, and how sure it is.

    The whole run if it is valid; else the shortest valid beginning that leaves enough digits to be a number of its
    own; else the whole run, for better one digit too many than one left.
    """
    import phonenumbers  # 20 ms that a text without such a number need not pay

    compact = ""
    score = 0.7
    total = len(run.digits)
    shortest = 0
    for _, end, digits in run.groups:
        compact += digits
        if len(compact) > 15:
            break
        if len(compact) < 7:
            continue
        try:
            is_valid = phonenumbers.is_valid_number(phonenumbers.parse("+" + compact, None))
        except phonenumbers.NumberParseException:
            continue
        if is_valid:
            score = 1.0
            if end == run.end:
                return end, score
            if not shortest and total - len(compact) >= _LEAST_PHONE:
                shortest = end
    return shortest or run.end, score


@lru_cache(maxsize=1024)
def _is_national(digits: str) -> bool:
    """Whether ten to twelve digits without any mark are a valid number in a large region."""
    import phonenumbers  # 20 ms that a text without such a number need not pay

    for region in _REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(digits, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
