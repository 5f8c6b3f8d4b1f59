"""Evaluation sets of our own, by language and by sort of number: `python -m models.pii_sets.generate FOLDER`.

Writes one JSON line per text, `{"id", "text", "spans": [{"start", "end", "type"}]}`, offsets in code points, from a
fixed seed: {en,de,fr,es,it,nl,pt}.jsonl (400 texts each, a fifth of them without anything personal), phones.jsonl
(every region of phonenumbers in the forms people write), phones_spoken.jsonl (English digits as they are said),
addresses.jsonl (whole ones and
streets with a number, from 32 places),
no_cue.jsonl (dates of birth, passwords, licences in sentences that say nothing) and near.jsonl (texts that only look
like it). Names and addresses come from Faker, numbers have true check digits by python-stdnum. Needs `faker` beside
what the package itself needs. Score with `redact --jsonl` and a scorer of spans.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import phonenumbers
from faker import Faker
from stdnum import iban as ibans
from stdnum import luhn
from stdnum.br import cnpj, cpf
from stdnum.de import idnr
from stdnum.es import cif, dni
from stdnum.fr import nir, siren
from stdnum.it import codicefiscale, iva
from stdnum.nl import bsn
from stdnum.pt import nif

from models.pii_sets import spoken
from models.pii_sets.frames import BARE, CLEAN, FRAMES, NEAR

SEED = 20260301
TEXTS = 400
CLEAN_SHARE = 5
_LEAST_PHONE = 7
_SLOT = re.compile(r"\{(\w+)\}")
_LOCALES = {
    "en": ("en_US", "en_US", "en_US", "en_GB", "en_CA", "en_AU", "en_IN"), "de": ("de_DE", "de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_FR", "fr_CH"), "es": ("es_ES", "es_ES", "es_MX"), "it": ("it_IT",), "nl": ("nl_NL", "nl_BE"),
    "pt": ("pt_BR", "pt_PT"),
}  # fmt: skip
_TYPES = {
    "name": "PERSON", "first": "PERSON", "last": "PERSON", "city": "LOCATION", "address": "ADDRESS", "zip": "ZIP_CODE",
    "phone": "PHONE", "spoken": "PHONE_SPOKEN", "natid": "NATID", "taxid": "TAXID", "dob": "DOB", "iban": "IBAN",
    "email": "EMAIL", "card": "CARD", "password": "PASSWORD", "passport": "PASSPORT", "age": "AGE",
}  # fmt: skip
_IBAN_FORMS = {
    "en": "GB..AAAA14",
    "de": "DE..18",
    "fr": "FR..23",
    "es": "ES..20",
    "it": "IT..A22",
    "nl": "NL..AAAA10",
    "pt": "PT..21",
}
_REGIONS = {"en": ("US", "GB", "AU", "IN"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE"), "es": ("ES", "MX"), "it": ("IT",),
            "nl": ("NL",), "pt": ("BR", "PT")}  # fmt: skip
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}  # fmt: skip
_DATE_FORMS = {
    "en": ("{d} {B} {y}", "{B} {d}, {y}", "{m:02}/{d:02}/{y}", "{y}-{m:02}-{d:02}", "{d}/{m}/{y}"),
    "de": ("{d}. {B} {y}", "{d:02}.{m:02}.{y}", "{d}.{m}.{y}"), "fr": ("{d} {B} {y}", "{d:02}/{m:02}/{y}"),
    "es": ("{d} de {B} de {y}", "{d:02}/{m:02}/{y}"), "it": ("{d} {B} {y}", "{d:02}/{m:02}/{y}"),
    "nl": ("{d} {B} {y}", "{d:02}-{m:02}-{y}"), "pt": ("{d} de {B} de {y}", "{d:02}/{m:02}/{y}"),
}  # fmt: skip
_BARE_DATES = ("{m:02}/{d:02}/{y}", "{d:02}/{m:02}/{y}", "{y}-{m:02}-{d:02}", "{d:02}.{m:02}.{y}", "{d} {B} {y}", "{B} {d}, {y}",
               "{B} {d} {y}", "{d:02}-{m:02}-{y}", "{b} {d}, {y}", "{d} {b} {y}", "{y}/{m:02}/{d:02}", "{d}th of {B} {y}")  # fmt: skip
_ADDRESS_LOCALES = (
    "en_US en_GB en_CA en_AU en_IN en_IE en_NZ de_DE de_AT de_CH fr_FR fr_CH fr_CA es_ES es_MX es_CO it_IT nl_NL nl_BE "
    "pt_BR pt_PT sv_SE da_DK no_NO fi_FI pl_PL cs_CZ sk_SK hu_HU ro_RO hr_HR sl_SI"
)
_WORDS = (
    "sun",
    "Tiger",
    "correct",
    "Maple",
    "rocket",
    "Winter",
    "dragon",
    "coffee",
    "Blue",
    "stone",
    "Pirate",
    "velvet",
)
_SPACES = re.compile(r"\s*\n\s*")


class Maker:
    """Values of one language from one seed."""

    def __init__(self, language: str, seed: int) -> None:
        self._rng = random.Random(seed)
        self.language = language
        self._fakers = [Faker(locale) for locale in _LOCALES[language]]
        for number, faker in enumerate(self._fakers):
            faker.seed_instance(seed + number)

    def text(self, frame: str) -> tuple[str, list[dict[str, object]]]:
        """A frame filled, with its spans; the same name in both places of one frame."""
        faker = self._rng.choice(self._fakers)
        first, last = faker.first_name(), faker.last_name()
        known = {"first": first, "last": last, "name": f"{first} {last}"}
        frame = frame.replace("\\n", "\n")
        pieces: list[str] = []
        spans: list[dict[str, object]] = []
        at = size = 0
        for slot in _SLOT.finditer(frame):
            value = known.get(slot.group(1)) or self.value(slot.group(1), faker)
            pieces += [frame[at : slot.start()], value]
            size += slot.start() - at
            spans.append({"start": size, "end": size + len(value), "type": _TYPES[slot.group(1)]})
            size += len(value)
            at = slot.end()
        return "".join([*pieces, frame[at:]]), spans

    def value(self, slot: str, faker: Faker) -> str:
        """One value of a slot."""
        made: Callable[[], str] | None = getattr(self, slot, None)
        if made is not None:
            return made()
        if slot == "address":
            return _SPACES.sub(self._rng.choice((", ", ", ", "\n")), faker.address())
        return str({"city": faker.city, "zip": faker.postcode, "email": faker.email}[slot]())

    def age(self) -> str:
        return str(self._rng.randint(6, 93))

    def phone(self) -> str:
        region = self._rng.choice(_REGIONS[self.language])
        number = number_of(region, self._rng)
        return written_forms(number, self._rng)

    def spoken(self) -> str:
        number = number_of(_REGIONS[self.language][0], self._rng)
        digits = "".join(
            c for c in phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL) if c.isdigit()
        )
        return spoken.say(digits, self.language, self._rng)

    def dob(self) -> str:
        return date(self._rng, self._rng.choice(_DATE_FORMS[self.language]), self.language)

    def card(self) -> str:
        stem = "4" + self._digits(14)
        number = stem + luhn.calc_check_digit(stem)
        return self._rng.choice((number, " ".join(number[i : i + 4] for i in range(0, 16, 4))))

    def passport(self) -> str:
        return self._rng.choice(
            (self._letters(1) + self._digits(8), self._letters(2) + self._digits(7), self._digits(9))
        )

    def password(self) -> str:
        return password(self._rng)

    def iban(self) -> str:
        form = _IBAN_FORMS[self.language]
        letters = self._letters(form.count("A"))
        body = letters + self._digits(int(re.findall(r"\d+", form)[0]))
        number = form[:2] + ibans.calc_check_digits(form[:2] + "00" + body) + body
        return self._rng.choice((number, " ".join(number[i : i + 4] for i in range(0, len(number), 4))))

    def natid(self) -> str:
        rng = self._rng
        if self.language == "en":
            return f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"
        if self.language == "de":
            return f"{rng.randint(10, 65)}{rng.randint(10, 28):02}{rng.randint(1, 12):02}{rng.randint(40, 99)}{self._letters(1)}{self._digits(3)}"
        if self.language == "fr":
            stem = f"{rng.choice('12')}{rng.randint(40, 99)}{rng.randint(1, 12):02}{rng.randint(1, 95):02}{rng.randint(1, 900):03}{rng.randint(1, 900):03}"
            number = stem + nir.calc_check_digits(stem)
            return rng.choice((number, nir.format(number)))
        if self.language == "es":
            stem = self._digits(8)
            return stem + rng.choice(("", "-")) + dni.calc_check_digit(stem)
        if self.language == "it":
            stem = f"{self._consonants(6)}{rng.randint(40, 99)}{rng.choice('ABCDEHLMPRST')}{rng.randint(10, 28)}{rng.choice('ABCDEFGHIL')}{rng.randint(100, 999)}"
            return stem + codicefiscale.calc_check_digit(stem)
        if self.language == "nl":
            return self._until(bsn.is_valid, 9)
        stem = self._digits(9)
        number = self._until(cpf.is_valid, 11, stem)
        return rng.choice((number, cpf.format(number)))

    def taxid(self) -> str:
        rng = self._rng
        if self.language == "de":
            return self._until(idnr.is_valid, 11, tries=500_000)
        if self.language == "fr":
            return self._until(siren.is_valid, 9)
        if self.language == "es":
            stem = rng.choice("ABEH") + self._digits(7)
            return next(stem + digit for digit in string.digits if cif.is_valid(stem + digit))
        if self.language == "it":
            return self._until(iva.is_valid, 11)
        if self.language == "nl":
            return f"NL{self._until(bsn.is_valid, 9)}B01"
        if self.language == "pt":
            return (
                self._until(cnpj.is_valid, 14, self._digits(8) + "0001")
                if rng.random() < 0.5
                else self._until(nif.is_valid, 9)
            )
        return f"{rng.choice(('12', '36', '47', '81'))}-{self._digits(7)}"

    def _digits(self, n: int) -> str:
        return "".join(self._rng.choices(string.digits, k=n))

    def _letters(self, n: int) -> str:
        return "".join(self._rng.choices(string.ascii_uppercase, k=n))

    def _consonants(self, n: int) -> str:
        return "".join(self._rng.choices("BCDFGLMNPRSTV", k=n))

    def _until(self, check: Callable[[str], bool], n: int, stem: str = "", tries: int = 20_000) -> str:
        for _ in range(tries):
            number = stem + self._digits(n - len(stem))
            if number[0] != "0" and check(number):
                return number
            if stem.startswith("0"):
                stem = "1" + stem[1:]
        raise ValueError("no valid number found")


def date(rng: random.Random, form: str, language: str = "en") -> str:
    """A day between 1930 and 2012 in that form."""
    month = rng.randint(1, 12)
    name = _MONTHS[language].split()[month - 1]
    return form.format(d=rng.randint(1, 28), m=month, y=rng.randint(1930, 2012), B=name, b=name[:3])


def password(rng: random.Random) -> str:
    """As people make them: words with digits and marks, or random ones."""
    word, other = rng.sample(_WORDS, 2)
    mark = rng.choice("!?#$%&*+-_.@")
    forms = (
        f"{word.capitalize()}{rng.randint(10, 9999)}{mark}",
        f"{word}{mark}{other}{rng.randint(1, 99)}",
        f"{word.replace('o', '0').replace('e', '3').capitalize()}{mark}{rng.randint(1, 999)}",
        "".join(rng.choices(string.ascii_letters, k=6))
        + str(rng.randint(10, 99))
        + mark
        + rng.choice(string.ascii_uppercase),
        f"{mark}{word}{other.capitalize()}{rng.randint(1950, 2025)}",
        "".join(rng.choices(string.ascii_letters + string.digits, k=9)) + mark + str(rng.randint(0, 9)),
    )
    return rng.choice(forms)


def licence(rng: random.Random) -> str:
    """A driver's licence as states of several countries form it."""
    letter, letters = rng.choice(string.ascii_uppercase), "".join(rng.choices("BCDFGHJKLMNPRSTV", k=5))

    def digits(n: int) -> str:
        return "".join(rng.choices(string.digits, k=n))

    forms = (
        letter + digits(7), letter + digits(12), f"{letter}{digits(3)}-{digits(4)}-{digits(4)}", letter + digits(8),
        f"{letter}{letters[0]}{digits(6)}", f"{letters}{digits(1)}{rng.randint(1, 12):02}{rng.randint(10, 28)}{digits(1)}{letters[:2]}{digits(1)}{letters[2:4]}",
        f"{letter}{digits(3)} {digits(3)} {digits(3)} {digits(3)}", f"{digits(2)} {rng.randint(1, 12):02} {digits(6)}".replace(" ", ""),
        f"{letter}{digits(14)}", f"{letters[0]}{digits(2)}{letters[1]}{letters[2]}{digits(2)}{letters[3]}{digits(2)}",
        f"{letters[:2]}{digits(7)}{letters[3]}", f"{letters[:3]}{digits(6)}",
    )  # fmt: skip
    return rng.choice(forms)


def number_of(region: str, rng: random.Random) -> phonenumbers.PhoneNumber:
    """A number of the region like its example, its last four digits changed where that stays valid."""
    kind = rng.choice((phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE))
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    if example is None:
        raise ValueError(f"no example number of {region}")
    national = phonenumbers.national_significant_number(example)
    for _ in range(20):
        changed = national[:-4] + "".join(rng.choices(string.digits, k=4))
        number = phonenumbers.parse(f"+{example.country_code}{changed}", None)
        if phonenumbers.is_valid_number(number):
            return number
    return example


def written_forms(number: phonenumbers.PhoneNumber, rng: random.Random) -> str:
    """One of the ways to write a number: as the region does, with + or 00, other marks, an extension."""
    formats = phonenumbers.PhoneNumberFormat
    national = phonenumbers.format_number(number, formats.NATIONAL)
    international = phonenumbers.format_number(number, formats.INTERNATIONAL)
    form = rng.random()
    if form < 0.4:
        return national
    if form < 0.55:
        return international
    if form < 0.62:
        return phonenumbers.format_number(number, formats.E164)
    if form < 0.7:
        return "00" + international[1:]
    if form < 0.8 and "(" not in national:
        return re.sub(r"[ -]", ".", national)
    if form < 0.88 and "(" not in national:
        return re.sub(r"[ .]", "-", national)
    return national + rng.choice((" ext. 45", " x1234", " ext 9", " extension 301", "x77"))


def _rows(language: str, seed: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    maker = Maker(language, seed + sum(map(ord, language)))
    rng = random.Random(seed)
    frames = FRAMES[language].strip().splitlines()
    clean = CLEAN[language].strip().splitlines()
    filled = 0
    for number in range(TEXTS):
        if number % CLEAN_SHARE == 0:
            yield rng.choice(clean), []
        else:
            yield maker.text(frames[filled % len(frames)])
            filled += 1


def _bare(value: str, kind: str, rng: random.Random) -> tuple[str, list[dict[str, object]]]:
    frame = rng.choice(BARE.strip().splitlines())
    at = frame.index("{x}")
    return frame.replace("{x}", value), [{"start": at, "end": at + len(value), "type": kind}]


def _addresses(seed: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    rng = random.Random(seed)
    for locale in _ADDRESS_LOCALES.split():
        faker = Faker(locale)
        faker.seed_instance(seed)
        for _ in range(16):
            whole = _SPACES.sub(rng.choice((", ", "\n")), faker.address())
            yield _bare(whole, "ADDRESS_" + locale, rng)
        for _ in range(8):
            text, spans = _bare(faker.street_address().replace("\n", ", "), "STREET_" + locale, rng)
            yield text, spans


def _phones(seed: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    rng = random.Random(seed)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for _ in range(6):
            number = number_of(region, rng)
            is_short = len(phonenumbers.national_significant_number(number)) < _LEAST_PHONE
            yield _bare(written_forms(number, rng), "PHONE_SHORT" if is_short else "PHONE", rng)


def _phones_spoken(seed: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    rng = random.Random(seed)
    for number in range(100 * len(FRAMES)):
        language = sorted(FRAMES)[number % len(FRAMES)]
        region = rng.choice(_REGIONS[language])
        made = number_of(region, rng)
        national = phonenumbers.format_number(made, phonenumbers.PhoneNumberFormat.NATIONAL)
        said = spoken.say("".join(c for c in national if c.isdigit()), language, rng)
        yield _bare(said, f"PHONE_{language}", rng)


def _no_cue(seed: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    rng = random.Random(seed)
    for _ in range(200):
        yield _bare(date(rng, rng.choice(_BARE_DATES)), "DOB", rng)
        yield _bare(spoken.say_date(rng), "DOB_WORDS", rng)
        yield _bare(password(rng), "PASSWORD", rng)
        yield _bare(licence(rng), "LICENCE", rng)


def _near(seed: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    rng = random.Random(seed)
    frames = NEAR.strip().splitlines()
    for number in range(600):
        frame = frames[number % len(frames)]
        frame = re.sub(
            r"\{(n+)\}",
            lambda slot: str(rng.randint(1, 9)) + "".join(rng.choices(string.digits, k=len(slot.group(1)) - 1)),
            frame,
        )
        yield frame.format(day=rng.randint(1, 28), month=rng.choice(_MONTHS["en"].split())), []


def main() -> None:
    parser = argparse.ArgumentParser(description="Write evaluation sets of personal data.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    folder: Path = chosen.folder
    seed: int = chosen.seed
    folder.mkdir(parents=True, exist_ok=True)
    sets = {language: _rows(language, seed) for language in FRAMES}
    sets |= {
        "phones": _phones(seed),
        "phones_spoken": _phones_spoken(seed),
        "no_cue": _no_cue(seed),
        "near": _near(seed),
        "addresses": _addresses(seed),
    }
    for name, rows in sets.items():
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for number, (text, spans) in enumerate(rows):
                row = {"id": f"{name}-{number:04}", "text": text, "spans": spans}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
