"""Postal addresses: a street with a number, a post box, a post code that a word names, in the forms of seven languages.

English writes the number before the street's name, French too; German and Dutch write it behind, Spanish, Italian and
Portuguese behind a word for street. What is found goes on through unit, post code and town.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.quantities import is_quantity
from privacy_assistant.core.patterns.said import Phrases, Said
from privacy_assistant.core.patterns.words import words

_SURE_STREET = words(
    "street avenue ave road rd boulevard blvd lane ln crescent parkway pkwy highway hwy mews terrace st"
)
_STREET = _SURE_STREET | words(
    "drive dr court ct way place pl square sq ter close cres circle cir row gardens grove hill park walk alley trail "
    "trl loop "
    "plaza quay wharf green view heights turnpike broadway route crossing bend ridge point run pike vale rise estate "
    "commons "
    "manor expressway freeway gate field fields path mall mount promenade esplanade parade"
)
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen"
    r"|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)"
)
_BEFORE_STREET = re.compile(
    rf"(?i)(?<![\w.,$€£:/-])(?P<number>\d{{1,6}}(?:[-/]\d{{1,5}})?[a-z]?"
    rf"|{_NUMBER_WORD}(?:[ -]{_NUMBER_WORD}){{0,5}}),? "
    r"(?P<name>(?:(?:[^\W\d_][\w'’-]{0,24}\.?|\d{1,3}(?:st|nd|rd|th)) ){0,4})\Z"
)
_NO_NAME = words(
    "minutes minute min mins hours hour hr hrs days day weeks week months month years year miles mile km kms meters "
    "metres "
    "people times percent the a an on in of at to from my your his her this that and or is are was were be by with "
    "for per "
    "down up one two cars houses blocks block feet foot steps more less other new different big small many few types "
    "kinds "
    "ways players points items lanes roads streets pm am o'clock dollars euros pounds way side stop time"
)
_UNIT = (
    r"(?:,?\s{1,2}\d{1,2}(?:st|nd|rd|th) (?:floor|fl)\b\.?|,?\s{1,2}(?:apt|apartment|suite|ste|unit|flat|floor|fl"
    r"|room|rm|bldg|building|lot|#)\b\.?\s?#?[\w-]{1,6}|,?\s#\s?[\w-]{1,6})"
)
_STATES = (
    r"(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH"
    r"|OK|OR"
    r"|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|NSW|VIC|QLD|TAS|ACT|ON|QC|BC|AB|MB|SK|NS|NB)"
)
_BRITISH_CODE = (
    r"(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]"
    r"|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})"
)
_CANADIAN_CODE = r"(?:[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d)"
_CODE = (
    rf"(?:\d{{5}}(?:-\d{{3,4}})?|{_BRITISH_CODE}|{_CANADIAN_CODE}|\d{{4}} ?[A-Z]{{2}}\b|\d{{4}}-\d{{3}}|\d{{4}}"
    rf"|\d{{6}})"
)
_TOWN = r"[^\W\d_][\w.'’-]{1,24}(?: [^\W\d_][\w.'’-]{1,24}){0,3}?"
_TAIL_CODE_LAST = re.compile(
    rf"(?i)(?:,?\s{{0,2}}\n?\s{{0,8}}|[ ,]{{1,3}}){_TOWN}(?:,?\s{{1,2}}{_TOWN})?[, \n]{{1,3}}{_CODE}(?![\w.]\w|\w)"
)
_PARTICLE = r"(?:de|la|le|les|am|an|der|den|do|da|dos|del|di|sur|en|sous|aan|bei|im|in|los|las)(?= )"
_TOWN_WORD = rf"(?:[A-ZÄÖÜÉÈÀÁÍÓÚÑÇŠŽ][\w.'’-]{{1,24}}|{_PARTICLE})"
_TAIL_CODE_FIRST = re.compile(
    r"[ ,\n–-]{1,4}(?:[A-Za-z]{1,2}-)?(?:\d{4,5}(?:-\d{3})?|\d{4} ?[A-Za-z]{2}|\d{2} ?\d{3}),? "
    rf"(?:{_TOWN_WORD}(?:[ -]{_TOWN_WORD}){{0,3}}|[a-zäöüéèàáíóúñç-]{{3,24}})(?: \([\w ]{{1,12}}\))?"
)
_TAIL_TOWN = re.compile(
    rf"(?:,\s{{1,2}}|\n\s{{0,8}})[A-ZÄÖÜÉÁ][\w.'’-]{{1,24}}(?: [A-ZÄÖÜÉÁ][\w.'’-]{{1,24}}){{0,2}}"
    rf"(?:,? {_STATES}\b)?(?!['’]s)"
)
_DIRECTION = re.compile(r"(?i)\.?,? (?:[NSEW]|NE|NW|SE|SW|north|south|east|west)\b\.?(?!['’.]\w)")

_COMPOUND_ENDS = (
    "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "damm", "ufer", "chaussee", "steig", "straat", "laan",
    "plein", "gracht", "kade", "dijk", "singel", "hof", "promenade", "stieg", "brink", "gade", "vej", "gatan", "vägen",
)  # fmt: skip
_STANDS_ALONE = words(
    "str straße strasse weg platz allee gasse damm ufer chaussee straat laan plein gracht kade dijk singel ring"
)
_NO_COMPOUND = words("hof weg str brink platz bahnhof friedhof keinesweg decade promenade unterweg gade vej")
_NUMBER_BEHIND = re.compile(
    r"\.?,? (?:nr\.? ?|no\.? ?|n°? ?)?(\d{1,4}(?: ?[a-z](?![\w'’]))?(?:[-/+] ?\d{1,4} ?[a-z]?(?!\w))?)(?![\w%€$:]"
    r"|[.,]\d| (?:uhr|euro)\b)",
    re.IGNORECASE,
)
_SPOKEN_BEHIND = re.compile(rf"\.? {_NUMBER_WORD}(?:[ -]{_NUMBER_WORD}){{0,3}}\b")
_ADJECTIVES = re.compile(r"(?<![\w.])(?:(?:[A-ZÄÖÜ][\w'’-]{1,24}|an|am|der|den|dem|zur|zum|van|de|het|'s) ){1,4}\Z")
_BEFORE_TOWN = re.compile(
    r"(?:,|\n)\s{0,2}(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{3})?|\d{4} ?[A-Z]{2}|\d{4}-\d{3}|(?!19|20)\d{4}) [A-ZÄÖÜÉ][\w-]{2}"
)
_ANY_STREET = re.compile(
    r"(?<![\w.])(?:(?:[A-ZÄÖÜÉ][\w.'’-]{1,24}|an|am|auf|der|dem|den|de|la|du|van|het|zum|zur|im|in) ){0,4}"
    r"[A-ZÄÖÜÉ][\w.'’-]{1,24},? \d{1,4} ?[a-zA-Z]?(?:[-/]\d{1,4})?\Z"
)

_FRENCH = words(
    "rue avenue boulevard bd place chemin impasse allée allee quai cours route square passage sentier faubourg "
    "ruelle venelle voie esplanade lotissement cité residence résidence"
)
_FRENCH_SURE = words("rue chemin impasse allée quai boulevard bd ruelle venelle faubourg sentier")
_FRENCH_NUMBER = re.compile(
    r"(?i)(?<![\w.,$€£])(?:(?:appt?\.?|appartement|bât\.?|bâtiment) ?\w{1,4},? )?(?:\d{1,4}(?: ?(?:bis|ter|quater"
    r"|[a-d])\b)?),? \Z"
)
_FRENCH_NAME = re.compile(
    r"(?: (?:de|du|des|la|le|les|aux?|à|et|sur|saint|sainte|st|ste|général|maréchal|docteur|président|professeur"
    r"|jean)(?= )"
    r"| ?(?:d|l)['’]|[ -]\d{1,2}(?= )|[ -]?[A-ZÀ-Ý][\w.'’-]{0,24}){1,8}"
)
_FRENCH_LOWER = re.compile(
    r"(?:(?: (?:de|du|des|la|le|les|aux?|à|saint|sainte|général|maréchal|docteur|président|jean)(?= )"
    r"| ?[dl]['’])){0,4} ?[^\W\d_]['’\w-]{2,24}"
)
_ROMANCE = words(
    "calle c avenida avda av avd plaza plz paseo carrera camino ronda travesía carretera glorieta callejón pasaje "
    "via viale "
    "piazza corso largo vicolo strada piazzale lungomare contrada rua travessa praça alameda rodovia estrada calçada "
    "beco cl pza pº"
)
_ROMANCE_SURE = words(
    "calle avenida avda plaza paseo viale piazza piazzale vicolo rua travessa praça alameda rodovia glorieta"
)
_ROMANCE_REST = re.compile(
    r"(?:[./]{0,2} ?)(?P<name>(?:[^\W\d_][\w.'’-]{0,24} |\d{1,2} (?:de |di )|(?:[^\W\d_][\w.'’-]{0,24}"
    r"|\d{1,3}), ?){1,6}?)(?:n[º°o.]{1,2} ?|núm\.? ?|número |numero |nº ?)?"
    r"(?P<number>\d{1,5}(?:[-/](?:\d{1,4}|[a-z](?!\w)))?(?: ?[a-z](?!\w))?)(?![\w%€$:]|[.,]\d)"
    r"(?:, ?(?:\d{1,2}[ºª°oa] ?[-]?(?:[a-z]|izq\w*|dcha|dta|esq)?\b\.?|(?:piso|apto|apt|int|interno|scala|andar|bloco"
    r"|puerta|esc|bajo)\.? ?[\w]{0,4}))?(?: ?- ?(?=\w))?",
    re.IGNORECASE,
)
_ROMANCE_NO_NAME = words("para por con que the to of and email mail port version is are en el in page no not option")

_BOX = re.compile(
    r"(?i)(?<![\w.])(?:p\.? ?o\.? ?box|post(?:al)? office box|postal box|post box|po box|pob|gpo box|private bag"
    r"|postfach"
    r"|postbus|bo[iî]te postale|b\.?p\.?(?= \d)|apartado(?: de correos| postal)?|casella postale|c\.p\.(?= \d)"
    r"|caixa postal"
    r"|apdo\.?)(?: (?:is|number|no\.?|nr\.?|n[°º.]))?[ :#.]{1,3}\d{1,7}(?: ?\d{2,3}){0,2}(?!\w|[.,]\d)"
)
_BOX_WORD = re.compile(r"box|bag|post|pob|b\.?p|apartado|apdo|casella|c\.p")

_ZIP: Phrases[str] = Phrases(
    {
        "code": (
            "zip", "zipcode", "zip code", "zip-code", "postal code", "postcode", "post code", "postleitzahl", "plz",
            "code postal", "código postal", "codigo postal", "codice postale", "codice di avviamento postale", "cap:",
            "pin code:", "pincode", "cep", "c.p.", "cp:", "zip/postal", "eircode", "zip_code", "postal_code",
        )
    }
)  # fmt: skip
_ZIP_VALUE = re.compile(
    rf"(?i)[\"')\]]{{0,2}}\s?(?:code|number)?\s?(?:is|was|of|for me is|ist|est|es|è|é|:|=|,"
    rf"|-)?\s{{0,2}}(?:now )?[\"'(]?"
    rf"(?P<code>{_BRITISH_CODE}|{_CANADIAN_CODE}|[A-Z]\d\d ?[A-Z0-9]{{4}}|\d{{5}}(?:[- ]\d{{4}})?|\d{{4}} ?[A-Z]{{2}}"
    rf"|\d{{5}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{3}} ?\d{{2,3}}|\d{{4}})(?!\w)"
)
_CODE_IS_MY = re.compile(
    rf"(?i)(?<!\w)(?P<code>{_BRITISH_CODE}|{_CANADIAN_CODE}|\d{{4,5}}(?:-\d{{3,4}})?|\d{{4}} ?[A-Z]{{2}})(?:,? (?:is"
    rf"|was))?,? (?:my|our|his|her|their|the) \Z"
)
_STATE_CODE_ANCHOR = re.compile(rf"\b{_STATES},? \d{{5}}(?:-\d{{4}})?(?!\w)")
_PLACE_BEFORE = re.compile(r"(?:[A-Z][\w.'-]{1,20} ){0,2}[A-Z][\w.'-]{1,20},? \Z")
_BRITISH = re.compile(rf"\b{_BRITISH_CODE}(?!\w)")
_CANADIAN = re.compile(rf"\b{_CANADIAN_CODE}(?!\w)")

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
_HOUSE = re.compile(
    r"(?i)(?: (?:is|ist|est|es|è|é|at|in|op|au|na"
    r"|no)\b)?:?\s{1,2}(?:the )?(?P<house>\d{1,5}[a-z]?,? (?-i:[A-ZÀ-Ý][\w'’.-]{1,24})"
    r"(?-i: [A-ZÀ-Ý][\w'’.-]{1,24}){0,4})(?!\w)"
)
_STREET_CUED = re.compile(
    r"(?: (?:is|ist|est|es|è|é|at|in|der|die|den|op|au|na|no"
    r"|lautet)\b){0,2}:?\s{1,2}(?P<house>[A-ZÀ-Ý][\w'’.-]{2,24}"
    r"(?: [A-ZÀ-Ý][\w'’.-]{1,24}){0,3},? \d{1,4} ?[a-z]?)(?![\w:%.,]\d|\w)"
)
_MONTHS = words(
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sep sept oct nov dec"
)


def find(said: Said) -> Iterator[Candidate]:
    """Addresses, post boxes and post codes of one view."""
    for start, end in _streets(said):
        yield Candidate(start, end, Kind.ADDRESS, 0.8, "rule:address")
    if not said.has_digit:
        return
    for match in _BOX.finditer(said.text) if _BOX_WORD.search(said.lower) else ():
        yield Candidate(match.start(), _with_town(said.text, match.end()), Kind.ADDRESS, 0.85, "rule:post-box")
    for anchor in _BEFORE_TOWN.finditer(said.text):
        street = _ANY_STREET.search(said.text, max(0, anchor.start() - 80), anchor.start())
        if street is not None:
            yield Candidate(street.start(), _with_town(said.text, anchor.start()), Kind.ADDRESS, 0.8, "rule:address")
    yield from _cued(said)
    yield from _codes(said)


def _streets(said: Said) -> Iterator[tuple[int, int]]:
    text, lower = said.text, said.lower
    until = 0
    for word, start in said.words:
        if start < until:
            continue
        end = start + len(word)
        found = None
        if word in _STREET:
            found = _english(text, lower, word, start, end)
        if found is None and word in _FRENCH:
            found = _french(text, lower, word, start, end)
        if found is None and word in _ROMANCE and said.has_digit:
            found = _romance(text, lower, word, start, end)
        if found is None and (word.endswith(_COMPOUND_ENDS) or word == "ring"):
            found = _germanic(text, lower, word, start, end)
        if found is not None:
            yield found
            until = found[1]


def _english(text: str, lower: str, word: str, start: int, end: int) -> tuple[int, int] | None:
    """12B North Oak Street, Apt 4, Springfield, IL 62704."""
    before = _BEFORE_STREET.search(text, max(0, start - 110), start)
    if before is None:
        return None
    names = before.group("name").split()
    is_capital = text[start].isupper()
    plain = [name.lower().strip(".") for name in names]
    if not names and (word != "broadway" or not is_capital):
        return None
    if is_capital:
        if not all(name[0].isupper() or name[0].isdigit() or name in ("of", "the", "de", "la") for name in names):
            return None
    elif (
        word not in _SURE_STREET
        or any(name in _NO_NAME for name in plain)
        or (word == "st" and not before["number"][0].isdigit())
    ):
        return None
    if plain[:1] and plain[0] in _NO_NAME - {"the"}:
        return None
    direction = _DIRECTION.match(text, end)
    if direction:
        end = direction.end()
    elif text[end : end + 1] == "." and len(word) <= 4 and text[end + 1 : end + 2] in (" ", ",", "\n"):
        end += (text[end + 1 : end + 3].strip() != "" and not text[end + 2 : end + 3].isupper()) or text[
            end + 1 : end + 2
        ] == ","
    return before.start("number"), _with_town(text, end)


def _french(text: str, lower: str, word: str, start: int, end: int) -> tuple[int, int] | None:
    """12 bis, rue de la Paix, 75002 Paris."""
    number = _FRENCH_NUMBER.search(text, max(0, start - 36), start)
    if number is None:
        return None
    name = _FRENCH_NAME.match(text, end)
    if (name is None or name.group().islower()) and word in _FRENCH_SURE:
        name = _FRENCH_LOWER.match(lower, end)
    if name is None or (name.group().islower() and word not in _FRENCH_SURE):
        return None
    return number.start(), _with_town(text, name.end())


def _romance(text: str, lower: str, word: str, start: int, end: int) -> tuple[int, int] | None:
    """Calle Mayor, 12, 3º B, 28013 Madrid; via Roma 5; Rua Augusta, 123."""
    if text[end : end + 1] not in (" ", ".", "/"):
        return None
    if word == "c" and text[end : end + 1] != "/":
        return None
    rest = _ROMANCE_REST.match(text, end)
    if rest is None:
        return None
    names = re.findall(r"[^\W\d_]+", rest.group("name"))
    is_capital = any(name[0].isupper() for name in names)
    if not names or any(name.lower() in _ROMANCE_NO_NAME for name in names):
        return None
    if not is_capital and (word not in _ROMANCE_SURE or len(names) > 4):
        return None
    if is_quantity(text, rest.start("number"), rest.end("number")):
        return None
    return start, _with_town(text, rest.end())


def _germanic(text: str, lower: str, word: str, start: int, end: int) -> tuple[int, int] | None:
    """Hauptstraße 5a, 10115 Berlin; Berliner Str. 12; Keizersgracht 123, 1015 CJ Amsterdam."""
    behind = _NUMBER_BEHIND.match(text, end)
    stop = behind.end() if behind else 0
    if behind is None:
        said = _SPOKEN_BEHIND.match(lower, end)
        if said is None or word in _STANDS_ALONE:
            return None
        stop = said.end()
    elif is_quantity(text, *behind.span(1)):
        return None
    begin = start
    if text[start - 1 : start] == "-" or word in _STANDS_ALONE:
        head = _HYPHENED.search(text, max(0, start - 60), start)
        begin = head.start() if head else start
    if word in _STANDS_ALONE and begin == start:
        adjective = _ADJECTIVES.search(text, max(0, start - 60), start)
        if adjective is None or adjective.group().strip().islower():
            return None
        begin = adjective.start()
    elif begin == start and (word in _NO_COMPOUND or len(word) < 5):
        return None
    return begin, _with_town(text, stop)


_HYPHENED = re.compile(r"(?<!\w)(?:[^\W\d_]{2,24}-){1,4}\Z")


def _with_town(text: str, end: int) -> int:
    """Where an address ends: behind unit, town and post code where they follow."""
    for _ in range(2):
        unit = _UNIT_PATTERN.match(text, end)
        if unit is None:
            break
        end = unit.end()
    for pattern in (_TAIL_CODE_FIRST, _TAIL_CODE_LAST, _TAIL_TOWN):
        tail = pattern.match(text, end)
        if tail:
            end = tail.end()
            if pattern is _TAIL_TOWN:
                code = _CODE_AFTER.match(text, end)
                end = code.end() if code else end
            break
    return end


_UNIT_PATTERN = re.compile("(?i)" + _UNIT)
_CODE_AFTER = re.compile(rf",? {_CODE}(?!\w)")


def _cued(said: Said) -> Iterator[Candidate]:
    """A house number and a name in capitals, where a word says that an address follows."""
    for _, end, _ in _HOME.find(said):
        for pattern in (_HOUSE, _STREET_CUED):
            house = pattern.match(said.text, end - 1 if said.text[end - 1] == ":" else end)
            if house is None:
                continue
            names = said.lower[house.start("house") : house.end("house")].split()
            if not any(
                name.strip(".,") in _MONTHS or name in _NO_NAME - {"the", "of", "a", "de", "la"} for name in names
            ):
                yield Candidate(
                    house.start("house"), _with_town(said.text, house.end()), Kind.ADDRESS, 0.7, "rule:address-cue"
                )
                break


def _codes(said: Said) -> Iterator[Candidate]:
    text = said.text
    for start, end, _ in _ZIP.find(said):
        code = _ZIP_VALUE.match(text, end - 1 if text[end - 1] == ":" else end)
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
