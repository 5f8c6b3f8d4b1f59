"""Numbers that states give to people: told by their form and proven by their check digits, in no language.

The arithmetic is that of python-stdnum. It is loaded where a fitting form stands, for loading it takes 50 ms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import accounts
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.quantities import is_quantity
from privacy_assistant.core.patterns.words import words

# The form (9 a digit, A a letter, marks as they stand) and who may check it. Forms of digits alone are below.
_FORMS: dict[str, str] = {
    "999.999.999-99": "br.cpf", "999 999 999 99": "br.cpf pl.nip be.nn", "99.999.999/9999-99": "br.cnpj",
    "99-99999999-9": "ar.cuit",
    "99.999.999-9": "cl.rut", "9.999.999-9": "cl.rut", "99.999.999-A": "cl.rut es.dni", "99999999-9": "cl.rut il.idnr",
    "99999999-A": "cl.rut es.dni", "999.999.999-9": "co.nit",
    "99999999A": "es.dni cl.rut", "99999999 A": "es.dni", "99.999.999A": "es.dni", "A9999999A": "es.nie sg.nric es.cif",
    "A-9999999-A": "es.nie", "A-9999999A": "es.nie", "A9999999-A": "es.nie", "A 9999999 A": "es.nie",
    "A99999999": "es.cif", "A-99999999": "es.cif",
    "AAAAAA99A99A999A": "it.codicefiscale", "AAA AAA 99A99 A999A": "it.codicefiscale",
    "AAAA999999AAAAAA99": "mx.curp", "AAAA999999AAAAAAA9": "mx.curp", "AAAA999999AA9": "mx.rfc",
    "AAAA999999A99": "mx.rfc", "AAAA9999999A9": "mx.rfc", "AAAA999999AAA": "mx.rfc", "AAAA999999999": "mx.rfc",
    "AAAA99999999A": "mx.rfc", "AAAA9999999AA": "mx.rfc", "AAAA999999A9A": "mx.rfc",
    "AAAAA9999A": "in.pan", "9999 9999 9999": "in_.aadhaar", "9999-9999-9999": "in_.aadhaar",
    "AA999999A": "gb.nino", "AA 99 99 99 A": "gb.nino", "AA 999999 A": "gb.nino", "AA-99-99-99-A": "gb.nino",
    "999 999 9999": "gb.nhs",
    "9999999A": "ie.pps", "9999999AA": "ie.pps",
    "999999-9999": "se.personnummer dk.cpr is_.kennitala fi.hetu", "99999999-9999": "se.personnummer",
    "999999+9999": "se.personnummer", "999999 9999": "is_.kennitala dk.cpr",
    "999999-999A": "fi.hetu", "999999A999A": "fi.hetu", "999999-99999": "lv.pvn", "999999 99999": "no.fodselsnummer",
    "999999A9999": "fi.hetu", "999999/9999": "cz.rc", "999999/999": "cz.rc",
    "999999-99-9999": "my.nric", "999999-9999999": "kr.rrn",
    "99999999999999999A": "cn.ric",
    "999.9999.9999.99": "ch.ssn", "999 9999 9999 99": "ch.ssn", "AAA-999.999.999": "ch.uid",
    "99.99.99-999.99": "be.nn", "99.99.99 999.99": "be.nn", "99 99 99 999 99": "be.nn",
    "9 99 99 99 999 999 99": "fr.nir", "9 99 99 9A 999 999 99": "fr.nir", "9 99 99 99 999 999": "fr.nir",
    "9999999A9999999": "fr.nir",
    "999999A99999999": "fr.nir", "99 999 999 999": "de.idnr au.abn", "99 999999999": "au.abn",
    "999 999 999": "ca.sin au.tfn nl.bsn pt.nif fr.siren nz.ird", "999-999-999": "ca.sin au.tfn nl.bsn nz.ird",
    "999.999.999": "nl.bsn pt.nif", "9999.99.999": "nl.bsn", "9999 99 999": "nl.bsn", "99-999-999": "nz.ird",
    "999 999 999 99999": "fr.siret", "999-999-99-99": "pl.nip", "999-99-99-999": "pl.nip", "999-999-999 99": "ru.snils",
    "9-9999-99999-99-9": "th.pin", "9 9999 99999 99 9": "th.pin", "999999 9999 999": "za.idnr",
    "999999 9999 99 9": "za.idnr",
    "999-9999999-9": "do.cedula", "99-9999999": "us.ein",
    "99 99 99 99 9999": "gr.amka", "999 999 999 9": "gb.nhs",
}  # fmt: skip
_TAX = words(
    "br.cnpj ar.cuit co.nit es.cif mx.rfc in.pan au.abn au.tfn nz.ird fr.siren fr.siret pl.nip us.ein ch.uid de.idnr "
    "pt.nif it.iva eu.vat ru.inn gb.utr de.vat pe.ruc ec.ruc"
)
# Digits alone. The first have a date or two check digits in them, and hardly hold by chance; the others often do.
_STRONG: dict[int, str] = {
    10: "is_.kennitala bg.egn se.personnummer cz.rc",
    11: "pl.pesel br.cpf no.fodselsnummer be.nn ee.ik tr.tckimlik gr.amka de.idnr",
    12: "se.personnummer my.nric ru.inn",
    13: "ro.cnp ba.jmbg za.idnr kr.rrn ch.ssn", 14: "br.cnpj", 15: "fr.nir", 18: "cn.ric",
}  # fmt: skip
_WEAK: dict[int, str] = {
    9: "nl.bsn ca.sin pt.nif il.idnr fr.siren au.tfn gr.vat", 10: "gb.nhs pl.nip bg.egn ru.inn",
    11: "hr.oib au.abn it.iva ar.cuit pe.ruc ec.ci do.cedula", 12: "in_.aadhaar", 13: "th.pin ec.ruc",
    14: "fr.siret",
}  # fmt: skip
_CHUNK = Pattern(r"(?<![^\W_])(?=[A-Za-z]{0,6}\d|[A-Za-z]{1,6}(?![^\W_]))[A-Za-z0-9]{1,18}(?![^\W_])", re.ASCII)
_SHAPE = str.maketrans("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "9" * 10 + "A" * 52)
_BEGINNINGS = frozenset(form[:end] for form in _FORMS for end in range(1, len(form) + 1))
_LOOSE = frozenset(
    {"999 999 999", "999 999 9999", "999-999-999", "999.999.999", "9999 9999 9999", "999 999 999 9", "99999999-9"}
)
_MARKS = frozenset(" -./+")
_GLUE_BEFORE = frozenset("-/\\.=&#@_")
_GLUE_AFTER = frozenset("-/\\=@_")
_VAT = Pattern(
    r"(?<![A-Za-z0-9])(?:ATU\d{8}|BE ?[01]\d{3}[. ]?\d{3}[. ]?\d{3}|(?:DE|EE|EL|PT|HR) ?\d{9,11}|(?:FR|ES|IE|CY|NL|GB"
    r"|IT"
    r"|PL|SE|DK|FI|LU|HU|SK|CZ|SI|RO|BG|LT|LV|MT) ?[A-Z0-9]{8,13})(?![A-Za-z0-9])"
)
_PASSPORT_ZONE = Pattern(r"(?<![A-Z<])P[A-Z<][A-Z<]{3}[A-Z0-9<]{20,39}(?:\s{1,2}[A-Z0-9<]{28,44})?")
_BOOKLET = Pattern(r"(?<![A-Za-z0-9_/.#-])(?:[A-Z]\d{7,9}|[A-Z]{2}\d{6,7}|\d{2}[A-Z]{2}\d{5})(?![A-Za-z0-9_/-])")
_NO_BOOKLET = words("KB PR ID NO SN RS PN MR QA VC")
_GERMAN_CARD = Pattern(r"(?<![A-Z0-9])[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d?(?![A-Za-z0-9])")
_BRITISH_LICENCE = Pattern(
    r"(?<![A-Z0-9])[A-Z][A-Z9]{4} ?\d[0156]\d(?:[0-2]\d|3[01])\d ?[A-Z9]{2}\d ?[A-Z]{2}(?![A-Z0-9])"
)
_AMERICAN_LICENCE = Pattern(r"(?<![A-Za-z0-9-])[A-Z]\d{3}-\d{3,4}-\d{2,4}-\d{2,4}(?:-\d{1,4})?(?![A-Za-z0-9-])")
_LONGEST_FORM = max(map(len, _FORMS))


def find(text: str) -> Iterator[Candidate]:
    """Numbers whose form and check digit agree, and the forms of passports and licences that stand for themselves."""
    yield from _by_form(text)
    for match in _VAT.finditer(text):
        if sum(char.isdigit() for char in match.group()) >= 7 and _holds("eu.vat", match.group()):
            yield Candidate(match.start(), match.end(), Kind.TAXID, 0.95, "rule:vat")
    if "<<" in text:
        for match in _PASSPORT_ZONE.finditer(text):
            if "<<" in match.group():
                yield Candidate(match.start(), match.end(), Kind.PASSPORT, 1.0, "rule:passport-zone")
    for match in _BOOKLET.finditer(text):
        if match.group()[:2] not in _NO_BOOKLET and len(set(match.group()[-5:])) > 1:
            yield Candidate(match.start(), match.end(), Kind.PASSPORT, 0.5, "rule:passport-form")
    for match in _GERMAN_CARD.finditer(text):
        number = match.group()
        digits = sum(char.isdigit() for char in number)
        if len(number) == 10 and _is_machine_readable(number):
            yield Candidate(match.start(), match.end(), Kind.PASSPORT, 0.9, "rule:passport-check")
        elif len(number) == 9 and 4 <= digits <= 7:
            yield Candidate(match.start(), match.end(), Kind.PASSPORT, 0.5, "rule:passport-form")
    for pattern in (_BRITISH_LICENCE, _AMERICAN_LICENCE):
        for match in pattern.finditer(text):
            yield Candidate(match.start(), match.end(), Kind.DRIVER, 0.9, "rule:driver-form")


def _by_form(text: str) -> Iterator[Candidate]:
    chunks = [(chunk.start(), chunk.end()) for chunk in _CHUNK.finditer(text)]
    shapes = text.translate(_SHAPE)
    until = -1
    for first, (start, end) in enumerate(chunks):
        if start < until or (text[start - 1 : start] in _GLUE_BEFORE and start):
            continue
        last = first
        best = None
        while True:
            shape = shapes[start:end]
            if shape not in _BEGINNINGS:
                break
            checks = _FORMS.get(shape)
            if checks and text[end : end + 1] not in _GLUE_AFTER and not is_quantity(text, start, end):
                best = (end, checks) if _kind(checks, text[start:end]) else best
            last += 1
            if last == len(chunks) or chunks[last][0] != end + 1 or text[end] not in _MARKS:
                break
            end = chunks[last][1]
        if best is not None:
            kind = _kind(best[1], text[start : best[0]])
            if kind is not None:
                form = shapes[start : best[0]]
                score = 0.7 if form in _LOOSE else 0.9  # telephones look like these
                yield Candidate(start, best[0], kind, score, "rule:" + kind.lower())
                until = best[0]


def is_strong(digits: str) -> bool:
    """Whether digits without any mark hold a date or two check digits as national numbers do."""
    return _kind(_STRONG.get(len(digits), ""), digits) is not None


def bare_kind(digits: str) -> Kind | None:
    """What digits without any mark may be; None where no check digit fits."""
    n = len(digits)
    return _kind(_STRONG.get(n, ""), digits) or _kind(_WEAK.get(n, ""), digits)


@lru_cache(maxsize=4096)
def _kind(checks: str, number: str) -> Kind | None:
    for check in checks.split():
        if len(set(number)) > 3 and _holds(check, number):
            return Kind.TAXID if check in _TAX else Kind.NATID
    return None


def _holds(check: str, number: str) -> bool:
    own = _OWN.get(check)
    if own is not None:
        return own("".join(char for char in number if char.isalnum()).upper())
    return bool(accounts.state_checks()[check](number))


_NINO = Pattern(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")
_PAN = Pattern(r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]")
_CHINESE_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SINGAPORE_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_EMPLOYER_PREFIXES = words(
    "01 02 03 04 05 06 10 11 12 13 14 15 16 20 21 22 23 24 25 26 27 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 "
    "47 48 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 71 72 73 74 75 76 77 80 81 82 83 84 85 86 87 88 90 "
    "91 92 93 94 95 98 99"
)


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _is_chinese(number: str) -> bool:
    """GB 11643: a date in the middle, remainder of 11 (ISO 7064 mod 11-2) at the end."""
    if len(number) != 18 or not number[:17].isdigit() or not _is_day(number[10:12], number[12:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_CHINESE_WEIGHTS, number[:17], strict=True))
    return number[6:8] in ("19", "20") and "10X98765432"[total % 11] == number[17]


def _is_malaysian(number: str) -> bool:
    """A date, a place of birth that was given out, no check digit."""
    return number.isdigit() and _is_day(number[2:4], number[4:6]) and number[6:8] not in ("00", "17", "18", "19", "20")


def _is_singaporean(number: str) -> bool:
    """A letter for the century, seven digits, a check letter."""
    if number[0] not in "STFGM" or not number[1:8].isdigit():
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_SINGAPORE_WEIGHTS, number[1:8], strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "KLJNPQRTUWX"}.get(number[0], "XWUTRQPNMLK")
    return number[8] == (letters[10 - total % 11] if number[0] == "M" else letters[total % 11])


def _is_korean(number: str) -> bool:
    """A date and a digit for the century; numbers given since October 2020 have no check digit."""
    return number.isdigit() and _is_day(number[2:4], number[4:6]) and number[6] in "12345678"


def _is_yugoslav(number: str) -> bool:
    """JMBG and EMŠO: day, month, three digits of the year, region, a check digit of 11."""
    if not number.isdigit() or not _is_day(number[2:4], number[:2]) or number[4] not in "90":
        return False
    check = 11 - sum(int(d) * w for d, w in zip(number, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0), strict=True)) % 11
    return str(check % 11 if check < 11 else 0) == number[12]


def _is_russian(number: str) -> bool:
    """SNILS: nine digits, their weighted sum of 101 at the end."""
    if not number.isdigit() or len(number) != 11:
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number[:9])) % 101 % 100
    return total == int(number[9:])


def _is_machine_readable(number: str) -> bool:
    """The check digit of ICAO 9303 (weights 7, 3, 1) behind the nine of a German card or passport."""
    total = sum(int(char, 36) * (7, 3, 1)[place % 3] for place, char in enumerate(number[:9]))
    return total % 10 == int(number[9])


_OWN: dict[str, Callable[[str], bool]] = {
    "gb.nino": lambda number: _NINO.fullmatch(number) is not None,
    "in.pan": lambda number: _PAN.fullmatch(number) is not None,
    "us.ein": lambda number: number[:2] in _EMPLOYER_PREFIXES and len(set(pairwise(number))) > 2,
    "cn.ric": _is_chinese,
    "my.nric": _is_malaysian,
    "sg.nric": _is_singaporean,
    "kr.rrn": _is_korean,
    "ba.jmbg": _is_yugoslav,
    "ru.snils": _is_russian,
}
