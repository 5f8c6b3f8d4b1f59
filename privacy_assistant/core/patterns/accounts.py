"""Numbers with letters in them: IBAN, wallets, vehicles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import checksums
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.words import words

# A look-ahead, so that a match that begins in the words before ("in 20 DE89 …") does not swallow the true one.
_IBAN = re.compile(r"(?i)(?<![a-z0-9])(?=([a-z]{2}) ?\d\d((?:[ -]?[a-z0-9]){11,30}))")
_IBAN_GROUPED = re.compile(r"(?i)[a-z]{2}[ ]?\d\d(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?(?![a-z0-9])")
_IBAN_CUE = re.compile(r"(?i)\biban\b[^.\d\n]{0,24}$")
_FEWEST_DIGITS = 8
_COUNTRIES = words(
    "AD AE AL AT AZ BA BE BG BH BI BR BY CH CR CY CZ DE DJ DK DO EE EG ES FI FK FO FR GB GE GI GL GR GT HN HR HU IE IL "
    "IQ IS IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MN MR MT MU NI NL NO OM PK PL PS PT QA RO RS RU SA SC SD SE SI "
    "SK SM SO ST SV TL TN TR UA VA VG XK YE"
)
_BITCOIN = re.compile(r"\b(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|BC1)[02-9ac-hj-np-zAC-HJ-NP-Z]{11,71})\b")
_ETHEREUM = re.compile(r"\b0x[0-9a-fA-F]{40}\b")
_VIN = re.compile(r"(?i)(?<![a-z0-9])[a-hj-npr-z0-9]{17}(?![a-z0-9])")
_VIN_CUE = re.compile(r"(?i)\b(?:vin|vehicle id\w*|chassis|fahrgestell\w*)\b[^.\n]{0,24}$")


def find(text: str) -> Iterator[Candidate]:
    """IBANs that their remainder proves or a cue names, wallets and vehicle numbers with their checksums."""
    yield from _ibans(text)
    for match in _BITCOIN.finditer(text):
        if _is_bitcoin(match.group()):
            yield Candidate(match.start(), match.end(), Kind.WALLET, 1.0, "rule:wallet")
    for match in _ETHEREUM.finditer(text):
        yield Candidate(match.start(), match.end(), Kind.WALLET, 1.0, "rule:wallet")
    for match in _VIN.finditer(text):
        number = match.group().upper()
        if number.isalpha() or number.isdigit():
            continue
        if checksums.vin(number):
            yield Candidate(match.start(), match.end(), Kind.VIN, 1.0, "rule:vin")
        elif _VIN_CUE.search(text[max(0, match.start() - 40) : match.start()]):
            yield Candidate(match.start(), match.end(), Kind.VIN, 0.9, "rule:vin-cue")


def _ibans(text: str) -> Iterator[Candidate]:
    for match in _IBAN.finditer(text):
        if match.group(1).upper() not in _COUNTRIES:
            continue
        start, end = match.start(), match.end(2)
        # The match may run into the next words: the longest end at a border of words that the checksum accepts.
        ends = [end] if end == len(text) or not text[end].isalnum() else []
        ends += [at for at in range(end - 1, start + 14, -1) if not text[at].isalnum()]
        for stop in ends:
            compact = "".join(char for char in text[start:stop] if char.isalnum()).upper()
            digits = sum(char.isdigit() for char in compact)
            if digits >= _FEWEST_DIGITS and compact.isascii() and checksums.iban(compact):
                yield Candidate(start, stop, Kind.IBAN, 1.0, "rule:iban")
                break
        else:
            grouped = _IBAN_GROUPED.match(text, start)
            if grouped and _IBAN_CUE.search(text[max(0, start - 40) : start]):
                yield Candidate(start, grouped.end(), Kind.IBAN, 0.8, "rule:iban-cue")


def _is_bitcoin(address: str) -> bool:
    from stdnum import bitcoin  # 40 ms that a text without such an address need not pay

    return bool(bitcoin.is_valid(address))
