"""Templates to labelled texts. A sample is a list of pieces, each a string and its label; None is not personal."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache

from models.pii_ner import pools, vocabulary
from models.pii_ner.template import CHOICE, SLOT, label_of

Sample = list[tuple[str, str | None]]
"""Pieces in order; joined they are the text. IGNORE marks what neither rewards nor costs."""


@cache
def _places() -> dict[str, list[str]]:
    return pools.places()


class Filler:
    """Fills templates of one language with names of its people and places, from a seeded generator."""

    def __init__(self, language: str, rng: random.Random, *, is_held_out: bool = False) -> None:
        self._rng = rng
        self._language = language if language in pools.GROUPS else "en"
        names = pools.all_names()
        groups = [(locale, weight) for locale, weight in pools.GROUPS[self._language] if locale in names]
        self._locales = [locale for locale, _ in groups]
        self._weights = [weight for _, weight in groups]
        self._is_held_out = is_held_out

    def fill(self, template: str) -> Sample:
        """One text of the template. Raises KeyError for a slot nobody knows."""
        rng = self._rng
        text = CHOICE.sub(lambda m: rng.choice(m.group(1).split("|")), template).replace("\\n", "\n")
        sample: Sample = []
        people: dict[str, tuple[str, str]] = {}
        at = 0
        for match in SLOT.finditer(text):
            if match.start() > at:
                sample.append((text[at : match.start()], None))
            at = match.end()
            slot, number = match.group(1), match.group(2)
            if slot in ("name", "first", "last"):
                person = people.get(number)
                if person is None:
                    person = people[number] = self.person()
                value = {"name": self.full, "first": lambda p: p[0], "last": lambda p: p[1]}[slot](person)
            else:
                value = self._value(slot)
            sample.append((value, label_of(slot)))
        if at < len(text):
            sample.append((text[at:], None))
        return sample

    def value(self, label: str, words: int = 1) -> str:
        """A value of a label with about that many words, to stand in the place of another."""
        if label == "PERSON":
            person = self.person()
            return self.full(person) if words > 1 else person[self._rng.random() < 0.3]
        if label == "LOCATION":
            return self._value(
                self._rng.choices(("city", "country", "state", "landmark"), (6, 2, 1, 2 if words > 1 else 0.2))[0]
            )
        return self._value(self._rng.choices(("org", "school", "hospital", "bank", "agency"), (8, 1, 1, 1, 2))[0])

    def person(self) -> tuple[str, str]:
        """Given and family name."""
        rng = self._rng
        locale = rng.choices(self._locales, self._weights)[0]
        names = pools.all_names()
        given = self._pick(names[locale].given)
        if self._language == "en" and rng.random() < 0.07:
            given = rng.choice(pools.names_that_are_words())
        if rng.random() < 0.06 and locale != "INVENTED":
            locale = rng.choices(self._locales, self._weights)[0]
        family = self._pick(names[locale].family)
        if rng.random() < 0.03:
            family += rng.choice("- ") + self._pick(names[locale].family)
        if rng.random() < 0.25:
            given, family = pools.ascii_of(given), pools.ascii_of(family)
        return given, family

    def full(self, person: tuple[str, str]) -> str:
        """A full name as people write it."""
        rng = self._rng
        given, family = person
        form = rng.random()
        if form < 0.80:
            return f"{given} {family}"
        if form < 0.86:
            return f"{given} {rng.choice('ABCDEFGHJKLMNPRSTVW')}{rng.choice(('.', ''))} {family}"
        if form < 0.91:
            return f"{given} {self.person()[0]} {family}"
        if form < 0.94:
            return f"{given[0]}. {family}"
        if form < 0.97:
            return f"{family}, {given}"
        return f"{family} {given}"

    def _pick(self, many: list[str]) -> str:
        while True:
            name = self._rng.choice(many)
            if pools.is_held_out(name) == (self._is_held_out and self._rng.random() < 0.7):
                return name

    def _locale_with_streets(self) -> str:
        own = {"de": ("de_DE", "de_AT", "de_CH"), "fr": ("fr_FR", "fr_CH", "fr_CA"), "es": ("es_ES", "es_MX", "es_CO"), "it": ("it_IT",),
               "nl": ("nl_NL", "nl_BE"), "pt": ("pt_BR", "pt_PT"),
               "en": ("en_US", "en_US", "en_US", "en_US", "en_GB", "en_AU", "en_CA", "en_IN", "en_IE", "en_NZ", "de_DE", "fr_FR", "es_ES",
                      "it_IT", "nl_NL", "pt_BR", "sv_SE", "da_DK", "no_NO", "fi_FI", "pl_PL", "cs_CZ", "hu_HU", "es_MX")}  # fmt: skip
        return self._rng.choice(own[self._language])

    def _value(self, slot: str) -> str:
        made: Callable[[], str] | None = getattr(self, f"_{slot}", None)
        if made is not None:
            return made()
        return vocabulary.value(slot, self._rng)

    def _city(self) -> str:
        rng = self._rng
        kind = rng.random()
        if kind < 0.25:
            return rng.choice(vocabulary.LARGE_CITIES)
        if kind < 0.72:
            return rng.choice(_places()[self._language])
        if kind < 0.9:
            return rng.choice(_places()["world"])
        if kind < 0.95:
            return rng.choice(pools.all_names()["INVENTED"].family) + rng.choice(
                ("ville", " Springs", "ton", "burg", "", "", " Falls", "ford")
            )
        return rng.choice(_places()[rng.choice(("en", "de", "fr", "es", "it", "nl", "pt"))])

    def _country(self) -> str:
        return self._rng.choice(vocabulary.countries(self._language if self._rng.random() < 0.9 else "en"))

    def _state(self) -> str:
        return self._rng.choice(vocabulary.STATES)

    def _landmark(self) -> str:
        rng = self._rng
        if rng.random() < 0.3:
            return rng.choice(vocabulary.LANDMARKS)
        form = rng.choice(vocabulary.LANDMARK_FORMS[self._language])
        return self._named(form)

    def _org(self) -> str:
        rng = self._rng
        kind = rng.random()
        if kind < 0.35:
            return rng.choice(pools.companies(self._locale_with_streets()))
        if kind < 0.55:
            return rng.choice(vocabulary.WELL_KNOWN_ORGS)
        return self._named(rng.choice(vocabulary.ORG_FORMS))

    def _school(self) -> str:
        return self._named(self._rng.choice(vocabulary.SCHOOL_FORMS[self._language]))

    def _hospital(self) -> str:
        return self._named(self._rng.choice(vocabulary.HOSPITAL_FORMS[self._language]))

    def _bank(self) -> str:
        return (
            self._rng.choice(vocabulary.BANKS)
            if self._rng.random() < 0.4
            else self._named(self._rng.choice(vocabulary.BANK_FORMS))
        )

    def _agency(self) -> str:
        return self._named(self._rng.choice(vocabulary.AGENCY_FORMS))

    def _named(self, form: str) -> str:
        """A form such as "{last} Park" with its parts filled in."""
        rng = self._rng
        values = {
            "first": lambda: self.person()[0],
            "last": lambda: self.person()[1],
            "city": self._city,
            "country": self._country,
            "word": lambda: rng.choice(vocabulary.BUSINESS_WORDS),
            "plain": lambda: rng.choice(vocabulary.common_words()).capitalize(),
            "kind": lambda: rng.choice(vocabulary.BUSINESS_KINDS),
            "caps": lambda: "".join(rng.choices("ABCDEFGHIKLMNOPRSTUVW", k=rng.choice((2, 3, 3, 4)))),
            "made": lambda: rng.choice(pools.all_names()["INVENTED"].family),
        }
        return SLOT.sub(lambda m: values[m.group(1)](), form)

    def _street(self) -> str:
        rng = self._rng
        if self._language == "en" and rng.random() < 0.5:
            name = rng.choice(
                (
                    self.person()[rng.random() < 0.7],
                    self._city(),
                    rng.choice(vocabulary.STREET_WORDS),
                    rng.choice(vocabulary.STREET_WORDS),
                )
            )
            if rng.random() < 0.1:
                name = rng.choice(
                    ("1st", "2nd", "3rd", "4th", "5th", "12th", "21st", "42nd", "Second", "Third", "Fifth")
                )
            way = rng.choice(("", "", "", "", "N ", "S. ", "West ", "East ", "NE ", "North "))
            return f"{way}{name} {rng.choice(vocabulary.STREET_KINDS)}"
        return rng.choice(pools.streets(self._locale_with_streets()))

    def _number(self) -> str:
        rng = self._rng
        number = str(
            rng.choice((rng.randint(1, 99), rng.randint(1, 999), rng.randint(100, 9999), rng.randint(1000, 99999)))
        )
        return (
            number
            + (rng.choice("abcABCD") if rng.random() < 0.06 else "")
            + (f"-{rng.randint(2, 99)}" if rng.random() < 0.02 else "")
        )

    def _street_address(self) -> str:
        rng = self._rng
        street = self._street()
        number = self._number()
        is_number_last = self._language in ("de", "it", "nl", "es", "pt") or (
            self._language == "en" and rng.random() < 0.15
        )
        line = (
            f"{street}{rng.choice((' ', ' ', ', '))}{number}"
            if is_number_last
            else f"{number}{rng.choice((' ', ' ', ' ', ', ')) if self._language == 'fr' else ' '}{street}"
        )
        if rng.random() < 0.25:
            unit = rng.choice(vocabulary.UNITS[self._language]).replace(
                "#", str(rng.randint(1, 999) if rng.random() < 0.7 else f"{rng.randint(1, 40)}{rng.choice('ABCDE')}")
            )
            line = (
                f"{unit}{rng.choice((', ', ' '))}{line}"
                if rng.random() < 0.2
                else f"{line}{rng.choice((', ', ' ', ', '))}{unit}"
            )
        return line

    def _zip(self) -> str:
        return vocabulary.post_code(self._language, self._rng)

    def _pobox(self) -> str:
        rng = self._rng
        word = {
            "de": "Postfach",
            "fr": "BP",
            "es": "Apartado de correos",
            "it": "Casella postale",
            "nl": "Postbus",
            "pt": "Caixa Postal",
        }
        own = word.get(self._language) or rng.choice(("P.O. Box", "PO Box", "P. O. Box", "Post Office Box", "PO box"))
        return f"{own} {rng.randint(1, 9999)}"

    def _town_line(self) -> str:
        rng = self._rng
        city, code = self._city(), self._zip()
        if self._language == "en":
            state = rng.choice(vocabulary.STATE_CODES) if rng.random() < 0.7 else self._state()
            return rng.choice((f"{city}, {state} {code}", f"{city}, {state} {code}", f"{city}, {state}", f"{city} {code}", f"{city}, {code}",
                               f"{city} {state} {code}", f"{city}", f"{code} {city}", f"{state} {code}, {city}", f"{city}, {state}, {code}"))  # fmt: skip
        return rng.choice((f"{code} {city}", f"{code} {city}", f"{city} {code}", city))

    def _address(self) -> str:
        rng = self._rng
        if rng.random() < 0.2:
            return re.sub(
                r"\s*\n\s*",
                rng.choice((", ", ", ", " ", "\n")),
                rng.choice(pools.addresses(self._locale_with_streets())),
            )
        line = f"{self._street_address() if rng.random() < 0.94 else self._pobox()}{rng.choice((', ', ', ', ', ', ' '))}{self._town_line()}"
        if rng.random() < 0.2:
            line += rng.choice((", ", ", ", " ")) + rng.choice(
                (self._country(), "USA", "UK", "United Kingdom", "United States")
            )
        return line

    def _address_block(self) -> str:
        rng = self._rng
        if rng.random() < 0.3:
            return rng.choice(pools.addresses(self._locale_with_streets()))
        lines = [self._street_address() if rng.random() < 0.93 else self._pobox(), self._town_line()]
        if rng.random() < 0.15:
            lines.insert(
                rng.choice((0, 1)), rng.choice(vocabulary.UNITS[self._language]).replace("#", str(rng.randint(1, 99)))
            )
        if rng.random() < 0.35:
            lines.append(self._country())
        return rng.choice(("\n", "\n", "\n ", "\n")).join(lines)


def pieces_with_spans(sample: Sample) -> Iterator[tuple[int, int, str]]:
    """(start, end, label) of the labelled pieces in the joined text."""
    at = 0
    for piece, label in sample:
        if label is not None and piece.strip():
            yield at, at + len(piece), label
        at += len(piece)
