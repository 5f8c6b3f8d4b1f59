"""Postal addresses: a street with a number, a post box, a post code that a word names, in the forms of seven languages.

English writes the number before the street's name, French too; German and Dutch write it behind, Spanish, Italian and
Portuguese behind a word for street. What is found goes on through unit, post code and town.
"""

from __future__ import annotations

from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import postcodes, streets, towns
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.countries import STATES
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Phrases, Said
from privacy_assistant.core.patterns.words import words

_BOX = Pattern(
    r"(?i)(?<![\w.])(?:p\.? ?o\.? ?box|post(?:al)? office box|postal box|post box|po box|pob|gpo box|private bag"
    r"|postfach"
    r"|postbus|bo[iî]te postale|b\.?p\.?(?= \d)|apartado(?: de correos| postal)?|casella postale|c\.p\.(?= \d)"
    r"|caixa postal"
    r"|apdo\.?)(?: (?:is|number|no\.?|nr\.?|n[°º.]))?[ :#.]{1,3}\d{1,7}(?: ?\d{2,3}){0,2}(?!\w|[.,]\d)"
)
_MILITARY = Pattern(  # American mail to units and ships abroad
    r"(?:(?:(?:PSC|CMR|UNIT|Unit) \d{1,5},? (?:BOX|Box) \d{1,5}|US(?:S|NS|NV|CGC|AV)? [A-Z][\w'’.-]{1,24}"
    r"(?: [A-Z][\w'’.-]{1,24})?)[,\s]{1,3})?(?:APO|FPO|DPO),? A[AEP],? \d{5}(?:-\d{4})?(?!\w)"
)
_GRID = Pattern(  # Colombian: "Cra. 7 # 71-21", "Calle 85 Sur No. 11-53"
    r"(?i)\b(?:calle|cl|cll|carrera|cra|cr|kr|diagonal|dg|transversal|tv|avenida|av|ac|ak)\.? ?\d{1,3} ?[a-z]{0,3}"
    r"(?: (?:sur|norte|este|oeste|bis))?,? ?(?:#|n[o°º]\.?) ?\d{1,3} ?[a-z]{0,2} ?- ?\d{1,3}(?: (?:sur|norte"
    r"|este|oeste)\b)?"
)
_BOX_WORD = Pattern(r"box|bag|post|pob|b\.?p|apartado|apdo|casella|c\.p")

_ZIP: Phrases[str] = Phrases(
    {
        "code": (
            "zip", "zipcode", "zip code", "zip-code", "postal code", "postcode", "post code", "postleitzahl", "plz",
            "code postal", "código postal", "codigo postal", "codice postale", "codice di avviamento postale", "cap:",
            "cap è", "il mio cap", "mio cap",
            "pin code:", "pincode", "cep", "c.p.", "cp:", "zip/postal", "eircode", "zip_code", "postal_code",
        )
    }
)  # fmt: skip
_ZIP_VALUE = Pattern(
    rf"(?i)[\"')\]]{{0,2}}\s?(?:code|number)?\s?(?:is|was|of|for me is|ist|est|es|è|é|:|=|,"
    rf"|-)?\s{{0,2}}(?:now )?[\"'(]?"
    rf"(?P<code>{towns.BRITISH_CODE}|{towns.CANADIAN_CODE}|[A-Z]\d\d ?[A-Z0-9]{{4}}|\d{{5}}-\d{{3}}"
    rf"|\d{{5}}(?:[- ]\d{{4}})?"
    rf"|\d{{4}} ?[A-Z]{{2}}"
    rf"|\d{{8}}|\d{{4}}-\d{{3}}|\d{{3}} ?\d{{2,3}}|\d{{4}})(?!\w)"
)
_CODE_IS_MY = Pattern(
    rf"(?i)(?<!\w)(?P<code>{towns.BRITISH_CODE}|{towns.CANADIAN_CODE}|\d{{4,5}}(?:-\d{{3,4}})?"
    rf"|\d{{4}} ?[A-Z]{{2}})(?:,? (?:is"
    rf"|was))?,? (?:my|our|his|her|their|the) \Z"
)
_QUERY = Pattern(r"\b(?:select|update|delete|insert)\b[^;]{0,200}\b(?:from|set|into)\b")
_STATE_CODE_ANCHOR = Pattern(rf"\b{STATES},? \d{{5}}(?:-\d{{4}})?(?!\w)")
_PLACE_BEFORE = Pattern(r"(?:[A-Z][\w.'-]{1,20} ){0,2}[A-Z][\w.'-]{1,20},? \Z")
_BRITISH = Pattern(rf"\b{towns.BRITISH_CODE}(?!\w)")
_CANADIAN = Pattern(rf"\b{towns.CANADIAN_CODE}(?!\w)")

_HOME: Phrases[str] = Phrases(
    {
        "home": (
            "live at", "lives at", "living at", "lived at", "reside at", "residing at", "resides at", "stay at",
            "staying at",
            "my address is", "home address", "mailing address", "shipping address", "billing address", "street address",
            "address is", "address:", "delivered to", "deliver to", "deliver it to", "ship to", "ship it to",
            "moved to",
            "send it to", "located at", "come to", "meet me at", "pick me up at", "i'm at", "i am at", "office at",
            "house at",
            "wohne in der", "wohne am", "wohne in", "adresse", "anschrift", "j'habite", "adresse est", "vivo en",
            "dirección",
            "abito in", "indirizzo", "woon op", "adres", "moro na", "endereço", "residence at", "property at",
            "apartment at",
        )
    }
)  # fmt: skip
_HOUSE = Pattern(
    r"(?i)(?: (?:is|ist|est|es|è|é|at|in|op|au|na"
    r"|no)\b)?:?\s{1,2}(?:the )?(?P<house>\d{1,5}[a-z]?,? (?-i:[A-ZÀ-Ý][\w'’.-]{1,24})"
    r"(?-i: [A-ZÀ-Ý][\w'’.-]{1,24}){0,4})(?!\w)"
)
_STREET_CUED = Pattern(
    r"(?: (?:is|ist|est|es|è|é|at|in|der|die|den|op|au|na|no"
    r"|lautet)\b){0,2}:?\s{1,2}(?P<house>[A-ZÀ-Ý][\w'’.-]{2,24}"
    r"(?: [A-ZÀ-Ý][\w'’.-]{1,24}){0,3},? \d{1,4} ?[a-z]?)(?![\w:%.,]\d|\w)"
)
_MONTHS = words(
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec"
)


def find(said: Said) -> Iterator[Candidate]:
    """Addresses, post boxes and post codes of one view."""
    for start, end in streets.find(said):
        yield Candidate(start, end, Kind.ADDRESS, 0.8, "rule:address")
    if not said.has_digit:
        return
    for start, end in postcodes.anchored(said.text):
        yield Candidate(start, end, Kind.ADDRESS, 0.75, "rule:address-town")
    for match in _BOX.finditer(said.text) if _BOX_WORD.search(said.lower) else ():
        yield Candidate(match.start(), towns.extend(said.text, match.end()), Kind.ADDRESS, 0.85, "rule:post-box")
    for match in _MILITARY.finditer(said.text):
        yield Candidate(match.start(), match.end(), Kind.ADDRESS, 0.9, "rule:post-box")
    for match in _GRID.finditer(said.text) if "#" in said.text or "o." in said.text else ():
        yield Candidate(match.start(), towns.extend(said.text, match.end()), Kind.ADDRESS, 0.85, "rule:address")
    yield from _cued(said)
    yield from _codes(said)


def _cued(said: Said) -> Iterator[Candidate]:
    """A house number and a name in capitals, where a word says that an address follows."""
    for _, end, _ in _HOME.find(said):
        for pattern in (_HOUSE, _STREET_CUED):
            house = pattern.match(said.text, end - 1 if said.text[end - 1] == ":" else end)
            if house is None:
                continue
            names = said.lower[house.start("house") : house.end("house")].split()
            if not any(
                name.strip(".,") in _MONTHS or name in streets.NO_NAME - {"the", "of", "a", "de", "la"}
                for name in names
            ):
                yield Candidate(
                    house.start("house"), towns.extend(said.text, house.end()), Kind.ADDRESS, 0.7, "rule:address-cue"
                )
                break


def _codes(said: Said) -> Iterator[Candidate]:
    text = said.text
    for start, end, _ in _ZIP.find(said):
        code = _ZIP_VALUE.match(text, end - 1 if text[end - 1] == ":" else end)
        if code is not None and "=" in text[end : code.start("code")] and _QUERY.search(said.lower, 0, start):
            continue
        if code is None:
            code = _CODE_IS_MY.search(text, max(0, start - 40), start)
        if code is not None:
            yield Candidate(*code.span("code"), Kind.ZIP, 0.85, "rule:zip-cue")
    for anchor in _STATE_CODE_ANCHOR.finditer(text):
        place = _PLACE_BEFORE.search(text, max(0, anchor.start() - 70), anchor.start())
        if place is not None:
            yield Candidate(place.start(), anchor.end(), Kind.ADDRESS, 0.75, "rule:address-town")
    for pattern in (_BRITISH, _CANADIAN):
        for match in pattern.finditer(text):
            if " " in match.group() or len(match.group()) > 6:
                yield Candidate(*match.span(), Kind.ZIP, 0.7, "rule:zip-form")
