"""Words that slots are filled with beside names: countries, street words, forms of organisations, dates, numbers."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path

import wordfreq
from faker import Faker

from models.pii_ner.template import table
from privacy_assistant.engines.pii_ner.lexicon import FAMILY, GIVEN, PLACE, Lexicon
from privacy_assistant.engines.pii_ner.words import fold

DICTIONARIES = Path("/usr/share/dict")
LARGE_CITIES = table("large_cities")
STATES = table("states")
STATE_CODES = table("state_codes")
STREET_KINDS = table("street_kinds")
STREET_WORDS = table("street_words")
UNITS = {
    "en": (
        "Apt #",
        "Apt. #",
        "Apartment #",
        "Suite #",
        "Ste #",
        "Unit #",
        "Flat #",
        "No. #",
        "Floor #",
        "Room #",
        "Building #",
        "Level #",
        "Lot #",
        "Bldg. #",
    ),
    "de": ("Whg. #", "# OG", "Hinterhaus", "c/o Büro", "Wohnung #", "EG links"),
    "fr": ("Appt #", "bât. #", "apt #", "escalier #", "étage #", "appartement #"),
    "es": ("piso #", "# A", "puerta #", "bajo", "#º izquierda", "Int. #", "Esc. #"),
    "it": ("interno #", "scala #", "int. #", "piano #"),
    "nl": ("huis", "bus #", "#-hoog", "appartement #"),
    "pt": ("apto #", "apto. #", "#º andar", "bloco #", "#º esq.", "casa #"),
}
LANDMARKS = table("landmarks")
LANDMARK_FORMS = {
    "en": ("{last} Park", "{city} Station", "{city} Airport", "Lake {last}", "Mount {last}", "{last} Bridge", "Hotel {made}", "{last} Hall", "{last} Square",
           "{city} Museum", "{last} Stadium", "{last} Beach", "{last} Mall", "Fort {last}", "{last} Library", "{city} International Airport",
           "St. {first}'s Church", "{last} Tower", "{last} Island", "{last} River", "{last} Valley", "Port {last}", "the {last} Inn", "{last} Theatre",
           "{city} Central", "{last} House", "Camp {last}", "{city} Zoo", "{last} Plaza", "Cape {last}", "{city} Convention Center"),
    "de": ("{city} Hauptbahnhof", "{last}-Park", "{last}platz", "Schloss {made}", "Flughafen {city}", "Gasthof {last}", "Hotel {made}", "{last}see", "Burg {made}"),
    "fr": ("gare de {city}", "parc {last}", "place {last}", "château de {made}", "aéroport de {city}", "hôtel {made}", "lac de {made}", "musée {last}"),
    "es": ("estación de {city}", "parque {last}", "plaza {last}", "aeropuerto de {city}", "hotel {made}", "museo {last}", "castillo de {made}"),
    "it": ("stazione di {city}", "parco {last}", "piazza {last}", "aeroporto di {city}", "hotel {made}", "lago di {made}", "castello di {made}"),
    "nl": ("station {city}", "{last}park", "{last}plein", "vliegveld {city}", "hotel {made}", "kasteel {made}"),
    "pt": ("estação de {city}", "parque {last}", "praça {last}", "aeroporto de {city}", "hotel {made}", "castelo de {made}"),
}  # fmt: skip
BUSINESS_WORDS = table("business_words")
BUSINESS_KINDS = table("business_kinds")
ORG_FORMS = (
    "{last} {kind}", "{word} {kind}", "{word} {word} {kind}", "{last} & {last}", "{last} and Sons", "{last} Inc.", "{last} Ltd", "{made} GmbH", "{made} AG",
    "{made}", "{made} Corp", "{made} Inc", "{word}{kind}", "{caps}", "{caps} {kind}", "{word} {kind} Inc.", "{last} {kind} LLC", "{city} {kind}", "{made} {kind}",
    "{last}, {last} & {last}", "{last} Brothers", "The {last} Company", "{first}'s {kind}", "{made} S.A.", "{made} SpA", "{made} B.V.", "{last} Foundation",
    "the {word} {kind} Company", "{word} {kind} Ltd.", "{made}.io", "{made} Labs", "{last} Group", "{city} {word} {kind}", "Cafe {made}", "{made} Bar", "{last}'s",
    "{plain} {plain}", "{plain} {kind}", "The {plain} {plain}", "{plain} & {plain}", "{plain}'s", "{first}'s {plain}", "{plain}{plain}"
)  # fmt: skip
WELL_KNOWN_ORGS = table("well_known_orgs")
SCHOOL_FORMS = {
    "en": ("{city} High School", "University of {city}", "{last} College", "{city} University", "St. {first}'s School", "{last} Elementary", "{city} Academy",
           "{last} Middle School", "{city} Community College", "{last} University", "{city} State University", "{last} Primary School", "{word} Montessori"),
    "de": ("Universität {city}", "{last}-Gymnasium", "Grundschule {city}", "Hochschule {city}", "TU {city}", "{last}-Schule", "Kita {made}"),
    "fr": ("lycée {last}", "université de {city}", "collège {last}", "école {first} {last}"),
    "es": ("Universidad de {city}", "colegio {last}", "instituto {first} {last}", "escuela {last}"),
    "it": ("Università di {city}", "liceo {last}", "istituto {first} {last}", "scuola {last}"),
    "nl": ("Universiteit {city}", "{last} College", "basisschool {made}", "Hogeschool {city}"),
    "pt": ("Universidade de {city}", "colégio {last}", "escola {first} {last}"),
}  # fmt: skip
HOSPITAL_FORMS = {
    "en": ("{city} General Hospital", "St. {first}'s Hospital", "{last} Clinic", "{city} Medical Center", "{last} Memorial Hospital", "{city} Health Centre",
           "{last} Children's Hospital", "Mount {last} Hospital", "{last} Dental", "{city} Surgery"),
    "de": ("Klinikum {city}", "St.-{first}-Krankenhaus", "Universitätsklinik {city}", "Praxis Dr. {last}", "Krankenhaus {city}"),
    "fr": ("hôpital {last}", "CHU de {city}", "clinique {last}", "hôpital Saint-{first}"),
    "es": ("Hospital {last}", "clínica {last}", "Hospital General de {city}", "Hospital San {first}"),
    "it": ("ospedale {last}", "ospedale di {city}", "clinica {last}", "policlinico di {city}"),
    "nl": ("ziekenhuis {city}", "{last} Ziekenhuis", "UMC {city}", "kliniek {last}"),
    "pt": ("Hospital de {city}", "clínica {last}", "Hospital São {first}", "Hospital {last}"),
}  # fmt: skip
BANKS = table("banks")
BANK_FORMS = (
    "Bank of {city}",
    "{last} Bank",
    "First {city} Bank",
    "{city} Credit Union",
    "{last} Savings",
    "{word} Trust",
    "{made} Bank",
    "Sparkasse {city}",
    "{city} Building Society",
)
AGENCY_FORMS = (
    "{city} City Council", "{city} Police Department", "{city} United", "{city} FC", "the {city} Tigers", "the {city} Eagles", "Friends of {city}", "{last} Institute",
    "{city} Chamber of Commerce", "St. {first} Church", "the {last} Foundation", "{city} Housing Authority", "{country} Red Cross", "Embassy of {country}", "{caps}",
    "{city} County Court", "{city} Youth Center", "Ministry of Health of {country}", "{city} Rowing Club", "the {word} Party", "{last} Society", "{city} Food Bank",
)  # fmt: skip
_WORDS: dict[str, tuple[str, ...]] = {
    "nationality": table("nationalities"),
    "month": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "job": table("jobs"),
}  # fmt: skip


@cache
def ordinary_words() -> tuple[str, ...]:
    """What two English dictionaries write in lower case. Raises FileNotFoundError where the packages are missing."""
    found: set[str] = set()
    for file in ("american-english", "british-english"):
        words = (DICTIONARIES / file).read_text(encoding="utf-8").split("\n")
        found.update(word for word in words if len(word) > 1 and word.isalpha() and word.islower())
    return tuple(sorted(found))


@cache
def common_words(language: str = "en") -> tuple[str, ...]:
    """Words of at least four letters that are used now and then; of English those that a dictionary has."""
    if language == "en":
        return tuple(w for w in ordinary_words() if len(w) > 3 and wordfreq.zipf_frequency(w, "en") > 2.6)
    lists = Lexicon.load()
    named = GIVEN | FAMILY | PLACE
    words = wordfreq.top_n_list(language, 15000)
    return tuple(w for w in words if len(w) > 3 and w.isalpha() and not lists.lookup(fold(w)) & named)


@cache
def countries(language: str) -> tuple[str, ...]:
    """Country names in a language, as Faker has them, and their short forms."""
    locale = {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "nl": "nl_NL", "pt": "pt_PT"}[
        language
    ]
    fake = Faker(locale)
    fake.seed_instance(17)
    found = {fake.country() for _ in range(2000)}
    if language == "en":
        found |= {"the US", "USA", "the UK", "America", "England", "Scotland", "Wales", "Russia", "South Korea", "Iran", "Syria", "the Netherlands", "Holland", "UAE", "U.S.", "United States", "Great Britain", "Vietnam", "Taiwan", "Czechia", "Turkey"}  # fmt: skip
    return tuple(sorted(found))


def post_code(language: str, rng: random.Random) -> str:
    """A post code as written where the language is spoken."""
    forms = {"en": ("#####", "#####", "#####", "#####-####", "AA# #AA", "A## #AA", "AA## #AA", "A#A #A#", "####", "######"), "de": ("#####", "#####", "####"),
             "fr": ("#####",), "es": ("#####",), "it": ("#####",), "nl": ("#### AA", "####AA"), "pt": ("#####-###", "####-###")}  # fmt: skip
    return pattern(rng.choice(forms[language]), rng)


def pattern(form: str, rng: random.Random) -> str:
    """'#' a digit, 'A' a capital, 'a' a letter, 'x' a letter or digit; the rest as it is."""
    sets = {
        "#": string.digits,
        "A": string.ascii_uppercase,
        "a": string.ascii_lowercase,
        "x": string.ascii_lowercase + string.digits,
    }
    return "".join(rng.choice(sets[char]) if char in sets else char for char in form)


def value(slot: str, rng: random.Random) -> str:
    """A value of a slot that is not a name. Raises KeyError for a slot nobody knows."""
    if slot in _WORDS:
        return rng.choice(_WORDS[slot])
    return _MADE[slot](rng)


def _email(rng: random.Random) -> str:
    return pattern(rng.choice(("aaaaa.aaaaaa@aaaaa.", "aaaaaa##@aaaaaa.", "aaa@aaaaaaaa.")), rng) + rng.choice(
        ("com", "org", "de", "net", "co.uk")
    )


def _date(rng: random.Random) -> str:
    day, year = rng.randint(1, 28), rng.randint(1940, 2029)
    month = rng.choice(_WORDS["month"])
    return rng.choice((f"{month} {day}", f"{day} {month} {year}", f"{day:02}/{rng.randint(1, 12):02}/{year}", f"{year}-{rng.randint(1, 12):02}-{day:02}",
                       f"{month} {day}, {year}", f"{day}.{rng.randint(1, 12)}.{year}", f"{month[:3]} {day}", f"the {day}th of {month}"))  # fmt: skip


_MADE: dict[str, Callable[[random.Random], str]] = {
    "email": _email,
    "phone": lambda rng: pattern(rng.choice(("(###) ###-####", "###-###-####", "+## ### #######", "0## ########", "+1 ### ### ####", "##########", "###.###.####", "07### ######")), rng),
    "card": lambda rng: pattern(rng.choice(("4### #### #### ####", "5###############", "3### ###### #####", "4###-####-####-####")), rng),
    "iban": lambda rng: pattern(rng.choice(("DE## #### #### #### #### ##", "GB##AAAA##############", "FR## #### #### #### #### #### ###")), rng),
    "ssn": lambda rng: pattern(rng.choice(("###-##-####", "### ## ####", "#########")), rng),
    "url": lambda rng: pattern(rng.choice(("https://www.aaaaaa.com/aaaa", "www.aaaaaaa.org", "aaaaaa.io", "http://aaaa.net/aaa-aaaa?a=#")), rng),
    "ip": lambda rng: ".".join(str(rng.randint(0, 255)) for _ in range(4)),
    "id": lambda rng: pattern(rng.choice(("A########", "#######", "AA-####-##", "xxxxxxxxxx", "AAA######", "##-####")), rng),
    "handle": lambda rng: "@" + pattern(rng.choice(("aaaaaaa", "aaaa_aaa##", "aaaaaa.aaa")), rng),
    "date": _date,
    "dob": _date,
    "time": lambda rng: rng.choice((f"{rng.randint(1, 12)}:{rng.randint(0, 59):02} pm", f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}", f"{rng.randint(1, 12)} am", f"{rng.randint(1, 12)}pm", "noon", f"half past {rng.choice(('three', 'six', 'ten'))}")),
    "age": lambda rng: str(rng.randint(1, 98)),
    "money": lambda rng: rng.choice((f"${rng.randint(1, 9999)}", f"{rng.randint(5, 900)} euros", f"€{rng.randint(1, 99)}.{rng.randint(10, 99)}", f"{rng.randint(1, 40)},000 dollars", f"£{rng.randint(2, 800)}")),
    "num": lambda rng: str(rng.choice((rng.randint(1, 12), rng.randint(1, 100), rng.randint(100, 5000)))),
}  # fmt: skip
