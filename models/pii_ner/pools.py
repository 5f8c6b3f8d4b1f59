"""Names, places and streets to fill templates with: from Faker's lists (MIT) and phonenumbers' place names (Apache-2.0).

Drawn once into lists, because calling Faker for every slot is a hundred times slower. Names of training are a seeded
share (`HELD_OUT`) smaller than the lists, so that development sets can hold names that training never saw.
"""

from __future__ import annotations

import importlib
import random
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from zlib import crc32

from faker import Faker
from faker.config import AVAILABLE_LOCALES
from phonenumbers.geodata import GEOCODE_DATA

from models.pii_ner.template import table
from privacy_assistant.engines.pii_ner.lexicon import ORDINARY, Lexicon
from privacy_assistant.engines.pii_ner.words import fold

HELD_OUT = 0.1
GROUPS: dict[str, tuple[tuple[str, float], ...]] = {
    "en": (
        ("en_US", 30),
        ("en", 6),
        ("en_GB", 10),
        ("en_IE", 4),
        ("en_IN", 6),
        ("en_NZ", 3),
        ("en_KE", 2),
        ("en_PK", 2),
        ("en_NG", 1),
        ("de_DE", 5),
        ("fr_FR", 5),
        ("es_ES", 4),
        ("es_MX", 3),
        ("it_IT", 4),
        ("nl_NL", 3),
        ("pt_BR", 3),
        ("pl_PL", 3),
        ("sv_SE", 3),
        ("da_DK", 3),
        ("no_NO", 3),
        ("fi_FI", 2),
        ("cs_CZ", 2),
        ("sk_SK", 1),
        ("hu_HU", 3),
        ("ro_RO", 2),
        ("hr_HR", 2),
        ("sl_SI", 2),
        ("et_EE", 1),
        ("lt_LT", 1),
        ("lv_LV", 1),
        ("is_IS", 1),
        ("tr_TR", 2),
        ("vi_VN", 2),
        ("id_ID", 2),
        ("yo_NG", 1),
        ("tw_GH", 1),
        ("zu_ZA", 1),
        ("ga_IE", 1),
        ("fr_CA", 2),
        ("de_CH", 1),
        ("az_AZ", 1),
        ("uz_UZ", 1),
        ("sw", 1),
        ("pt_PT", 1),
        ("es_AR", 1),
        ("es_CO", 1),
        ("es_CL", 1),
        ("nl_BE", 1),
        ("fr_BE", 1),
        ("ig_NG", 1),
        ("ha_NG", 1),
        ("LATINISED", 9),
        ("INVENTED", 12),
    ),
    "de": (("de_DE", 60), ("de_AT", 8), ("de_CH", 8), ("en_US", 4), ("tr_TR", 5), ("pl_PL", 5), ("INVENTED", 8)),
    "fr": (("fr_FR", 60), ("fr_CA", 8), ("fr_BE", 8), ("fr_DZ", 6), ("en_US", 4), ("INVENTED", 8)),
    "es": (("es_ES", 40), ("es_MX", 20), ("es_AR", 8), ("es_CO", 8), ("en_US", 4), ("INVENTED", 8)),
    "it": (("it_IT", 70), ("en_US", 4), ("ro_RO", 5), ("INVENTED", 8)),
    "nl": (("nl_NL", 60), ("nl_BE", 15), ("en_US", 4), ("tr_TR", 5), ("INVENTED", 8)),
    "pt": (("pt_BR", 45), ("pt_PT", 30), ("en_US", 4), ("INVENTED", 8)),
}
"""Whose names a text of a language holds, by weight. LATINISED: romanised Chinese, Japanese, Korean, Arabic, Indian."""

_LATIN = re.compile(r"^[A-Za-zÀ-ɏḀ-ỿ'’.\- ]+$")
_STATES = re.compile(r", [A-Z]{2}$| - [A-Z]{2}$")


@dataclass(frozen=True)
class Names:
    """Given and family names of one locale."""

    given: list[str] = field(default_factory=list)
    family: list[str] = field(default_factory=list)


def flat(value: object) -> list[str]:
    """Faker's element lists, whatever their form."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, Iterable) else []


@cache
def all_names() -> dict[str, Names]:
    """Given and family names of every locale of Faker that are written in Latin letters."""
    found: dict[str, Names] = {}
    for locale in sorted(AVAILABLE_LOCALES):
        try:
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        except ImportError:
            continue
        given: set[str] = set()
        family: set[str] = set()
        for attribute in dir(provider):
            if "romanized" in attribute or attribute.startswith("_"):
                continue
            if "first_names" in attribute:
                given.update(flat(getattr(provider, attribute)))
            elif "last_names" in attribute:
                family.update(flat(getattr(provider, attribute)))
        given = {name for name in given if _LATIN.match(name) and len(name) > 1}
        family = {name for name in family if _LATIN.match(name) and len(name) > 1}
        if given and family:
            found[locale] = Names(sorted(given), sorted(family))
    found["LATINISED"] = _latinised()
    found["INVENTED"] = _invented(found)
    return found


@cache
def names_that_are_words() -> list[str]:
    """English given names that a dictionary has as words: Will, Mark, Hope. The frame alone tells which they are."""
    lists = Lexicon.load()
    given = {name for locale in ("en_US", "en_GB", "en") for name in all_names()[locale].given}
    return sorted(name for name in given if lists.lookup(fold(name)) & ORDINARY and not is_held_out(name))


def is_held_out(name: str) -> bool:
    """Whether a name is kept from training, the same in every run."""
    return crc32(b"held" + name.lower().encode()) % 1000 < HELD_OUT * 1000


def places() -> dict[str, list[str]]:
    """Towns and regions of the world by language of their country, from the area codes of phonenumbers."""
    codes = {
        "1": "en",
        "44": "en",
        "61": "en",
        "64": "en",
        "353": "en",
        "91": "en",
        "27": "en",
        "49": "de",
        "43": "de",
        "41": "de",
        "33": "fr",
        "32": "fr",
        "34": "es",
        "52": "es",
        "54": "es",
        "57": "es",
        "39": "it",
        "31": "nl",
        "351": "pt",
        "55": "pt",
    }
    found: dict[str, set[str]] = {language: set() for language in (*GROUPS, "world")}
    for prefix, names in GEOCODE_DATA.items():
        language = next((codes[prefix[:n]] for n in (1, 2, 3) if prefix[:n] in codes), "world")
        for written in (names.get("en"), names.get(language)):
            for part in re.split(r"/| \(|\)", _STATES.sub("", written or "")):
                place = part.split(",")[0].strip()
                if (
                    _LATIN.match(place)
                    and 2 < len(place) < 26
                    and not re.search(r"(?i)region|district|province|county", place)
                ):
                    found[language].add(place)
    return {language: sorted(names) for language, names in found.items()}


@cache
def streets(locale: str) -> list[str]:
    """Street names of a locale, without numbers."""
    fake = Faker(locale)
    fake.seed_instance(7)
    return sorted({fake.street_name() for _ in range(1500)})


@cache
def companies(locale: str) -> list[str]:
    """Made-up companies of a locale."""
    fake = Faker(locale)
    fake.seed_instance(11)
    return sorted({fake.company() for _ in range(1500)})


@cache
def addresses(locale: str) -> list[str]:
    """Whole addresses as Faker writes them there."""
    fake = Faker(locale)
    fake.seed_instance(13)
    return sorted({fake.address() for _ in range(1500)})


_CHINESE = table("chinese_family")
_CHINESE_GIVEN = table("chinese_given")
_JAPANESE = table("japanese_family")
_JAPANESE_GIVEN = table("japanese_given")
_KOREAN = table("korean_family")
_KOREAN_GIVEN = table("korean_given")
_ARABIC = table("arabic_family")
_ARABIC_GIVEN = table("arabic_given")
_INDIAN = table("indian_family")
_INDIAN_GIVEN = table("indian_given")
_SLAVIC = table("slavic_family")
_SLAVIC_GIVEN = table("slavic_given")


def _latinised() -> Names:
    rng = random.Random(3)
    chinese = {"".join(rng.sample(_CHINESE_GIVEN, 2)).capitalize() for _ in range(300)} | {
        name.capitalize() for name in _CHINESE_GIVEN
    }
    return Names(
        sorted({*chinese, *_JAPANESE_GIVEN, *_KOREAN_GIVEN, *_ARABIC_GIVEN, *_INDIAN_GIVEN, *_SLAVIC_GIVEN}),
        sorted({*_CHINESE, *_JAPANESE, *_KOREAN, *_ARABIC, *_INDIAN, *_SLAVIC}),
    )


def _invented(known: dict[str, Names]) -> Names:
    """Names nobody has, by a character chain of order 3 over all lists: what stands in no list must be found too."""

    def chain(words: list[str], count: int, rng: random.Random) -> list[str]:
        follows: dict[str, list[str]] = {}
        for word in words:
            edged = "^^" + word.lower() + "$"
            for at in range(2, len(edged)):
                follows.setdefault(edged[max(0, at - 3) : at], []).append(edged[at])
        made: set[str] = set()
        existing = {word.lower() for word in words}
        while len(made) < count:
            word = "^^"
            while not word.endswith("$") and len(word) < 16:
                options = follows.get(word[-3:])
                if not options:
                    break
                word += rng.choice(options)
            word = word.strip("^$")
            if 3 < len(word) < 12 and word not in existing:
                made.add(word.capitalize())
        return sorted(made)

    rng = random.Random(5)
    single = [name for names in known.values() for name in names.given if name.isalpha()]
    family = [name for names in known.values() for name in names.family if name.isalpha()]
    return Names(chain(single, 6000, rng), chain(family, 6000, rng))


def ascii_of(name: str) -> str:
    """Without accents, as many people type them."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
