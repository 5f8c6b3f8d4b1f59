"""Streets with a number, in the forms of many languages.

English writes the number before the street's name, French too; German, Dutch and the Nordic languages write it behind,
Spanish, Italian and Portuguese behind a word for street. What is found goes on through unit, post code and town.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.patterns import towns
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.quantities import is_quantity
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.words import words

_SURE_STREET = words(
    "street avenue ave road rd boulevard blvd lane ln crescent parkway pkwy highway hwy mews terrace st"
)
_STREET = _SURE_STREET | words(
    "drive dr court ct way place pl square sq ter terr close cres circle cir row gardens grove hill park walk "
    "alley trail trl loop plaza quay wharf green view heights turnpike broadway route crossing bend ridge point "
    "run pike vale rise estate commons manor expressway freeway gate field fields path mall mount promenade "
    "esplanade parade marg nagar chowk trace landing pkway aly bnd byp cswy cv cyn expy fwy gdns grv holw hts jct "
    "knls lndg mdws plz psge rdg rte skwy tpke trce vlg vw xing broadwalk causeway cove"
)
# The words for streets that the American post knows beside those (Publication 28, C1), names of much else too.
_SELDOM_STREET = words(
    "stairs pathway circuit roadway concourse outlook retreat chase mead branch bridge brook brooks burg burgs "
    "bypass camp canyon cape center centers circles cliff cliffs club common corner corners course courts coves "
    "creek crest crossroad crossroads curve dale dam divide drives estates extension extensions fall falls ferry "
    "flat flats ford fords forest forge forges fork forks fort garden gateway glen glens greens groves harbor "
    "harbors harbour haven hills hollow inlet island islands isle junction junctions key keys knoll knolls lake "
    "lakes land light lights loaf lock locks lodge manors meadow meadows mews mill mills mission motorway "
    "mountain mountains neck orchard oval overpass parks parkways pass passage pine pines plain plains plaza "
    "points port ports prairie radial ramp ranch rapid rapids rest ridges river roads shoal shoals shore shores "
    "skyway spring springs spur spurs squares station stravenue stream streets summit throughway track trafficway "
    "tunnel underpass union unions valley valleys via viaduct views village villages ville vista walks wall ways "
    "well wells ganj colony layout sarani enclave vihar puram bagh salai sector phase"
)
_BUSINESS = words(
    "hotel hotels inn resort motel hostel restaurant cafe café bar pub club theatre theater cinema movie film "
    "band album song book review reviews rating mall school university hospital museum festival tour award awards "
    "league team match records music studio company inc ltd times"
)
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen"
    r"|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)"
)
_BEFORE_STREET = Pattern(
    rf"(?i)(?<![\w.,$€£:/-])(?P<number>\d{{1,6}}(?:[-/]\d{{1,5}})?[a-z]?"
    rf"|{_NUMBER_WORD}(?:[ -]{_NUMBER_WORD}){{0,5}}),? "
    r"(?P<name>(?:(?:[^\W\d_][\w'’-]{0,24}\.?|\d{1,3}(?:st|nd|rd|th)) ){0,4})\Z"
)
NO_NAME = words(
    "minutes minute min mins hours hour hr hrs days day weeks week months month years year miles mile km kms "
    "meters metres people times percent the a an on in of at to from my your his her this that and or is are was "
    "were be by with for per down up one two cars houses blocks block feet foot steps more less other new "
    "different big small many few types kinds ways players points items lanes roads streets pm am o'clock dollars "
    "euros pounds way side stop time"
)
_DIRECTION = Pattern(r"(?i)\.?,? (?:[NSEW]|NE|NW|SE|SW|north|south|east|west)\b\.?(?!['’.]\w)")

_COMPOUND_ENDS = (
    "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "damm", "ufer", "chaussee", "steig", "straat", "laan",
    "plein", "gracht", "kade", "dijk", "singel", "hof", "promenade", "stieg", "brink", "gade", "vej", "gatan", "vägen",
    "dreef", "steeg", "baan", "boulevard", "pad", "markt", "burgwal", "haven", "stræde", "alle", "allé", "gata",
    "veien", "vegen", "gränd", "stigen", "katu", "kuja", "polku", "utca", "winkel", "ring", "graben", "wall", "kamp",
    "acker", "park", "stiege", "zeile", "twiete", "berg", "feld",
)  # fmt: skip
_STANDS_ALONE = words(
    "str straße strasse weg platz allee gasse damm ufer chaussee straat laan plein gracht kade dijk singel ring"
)
_NO_COMPOUND = words(
    "hof weg str brink platz bahnhof friedhof keinesweg decade promenade unterweg gade vej pad baan boulevard "
    "markt haven alle allé park berg feld ring wall winkel ipad notepad launchpad touchpad keypad helipad urban "
    "spring string bring during firewall supermarkt stockmarkt flohmarkt parallel alle halle falle dreef steeg "
    "kamp acker zeile graben spielplatz arbeitsplatz parkplatz marktplatz flughafen"
)
_WEAK_ENDS = ("pad", "baan", "boulevard", "markt", "haven", "alle", "allé", "gata", "ring", "wall", "kamp", "acker",
    "park",
              "zeile", "berg", "feld", "graben", "winkel", "steeg", "dreef")  # fmt: skip
_DUTCH_ENDS = ("pad", "baan", "dreef", "steeg", "boulevard")
_NUMBER_BEHIND = Pattern(
    r"\.?,? (?:nr\.? ?|no\.? ?|n°? ?)?(\d{1,4}(?: ?[a-z](?![\w'’]))?(?:[-/+] ?\d{1,4} ?[a-z]?(?!\w))?)(?![\w%€$:]"
    r"|[.,]\d| (?:uhr|euro)\b)",
    re.IGNORECASE,
)
_SPOKEN_BEHIND = Pattern(rf"\.? {_NUMBER_WORD}(?:[ -]{_NUMBER_WORD}){{0,3}}\b")
_ADJECTIVES = Pattern(r"(?<![\w.])(?:(?:[A-ZÄÖÜ][\w'’-]{1,24}|an|am|der|den|dem|zur|zum|van|de|het|'s) ){1,4}\Z")
_FRENCH = words(
    "rue avenue boulevard bd place chemin impasse allée allee quai cours route square passage sentier faubourg "
    "ruelle venelle voie esplanade lotissement cité residence résidence"
)
_FRENCH_SURE = words("rue chemin impasse allée quai boulevard bd ruelle venelle faubourg sentier")
_FRENCH_NUMBER = Pattern(
    r"(?i)(?<![\w.,$€£])(?:(?:appt?\.?|appartement|bât\.?|bâtiment) ?\w{1,4},? )?(?:\d{1,4}(?: ?(?:bis|ter|quater"
    r"|[a-d])\b)?),? \Z"
)
_FRENCH_NAME = Pattern(
    r"(?: (?:de|du|des|la|le|les|aux?|à|et|sur|saint|sainte|st|ste|général|maréchal|docteur|président|professeur"
    r"|jean)(?= )"
    r"| ?(?:d|l)['’]|[ -]\d{1,2}(?= )|[ -]?[A-ZÀ-Ý][\w.'’-]{0,24}){1,8}"
)
_FRENCH_LOWER = Pattern(
    r"(?:(?: (?:de|du|des|la|le|les|aux?|à|saint|sainte|général|maréchal|docteur|président|jean)(?= )"
    r"| ?[dl]['’])){0,4} ?[^\W\d_]['’\w-]{2,24}"
)
_ROMANCE_SURE = words(
    "calle avenida avda plaza paseo viale piazza piazzale vicolo rua travessa praça alameda rodovia glorieta rue "
    "chemin impasse callejón carrera piazzetta praceta azinhaga"
)
_ROMANCE = _ROMANCE_SURE | words(
    "c av avd plz camino ronda travesía carretera pasaje via corso largo strada lungomare contrada estrada "
    "calçada beco cl pza pº rambla urbanización calzada circuito vial cuesta pasadizo cañada acceso cerrada "
    "privada prolongación andador boulevard diagonal stretto borgo rotonda canale località loc frazione fraz "
    "traversa salita vico galleria fondamenta r viela chácara núcleo condomínio recanto trevo campo loteamento "
    "residencial setor conjunto ladeira parque praia quadra sítio vila esplanada quinta bairro avenue allée place "
    "quai route ul ulica aleja al strada str bulevardul calea"
)
# Words of much else too: a capital, and a town or a unit behind the number.
_ROMANCE_SELDOM = words(
    "r al ul str campo parque praia vila quinta canale borgo galleria quadra trevo recanto núcleo place route "
    "avenue quai rotonda conjunto setor residencial vial circuito diagonal acceso privada cuesta loc"
)
_ROMANCE_REST = Pattern(
    r"(?:[./]{0,2} ?)(?P<name>(?:[^\W\d_][\w.'’-]{0,24} |\d{1,2} (?:de |di )|(?:[^\W\d_][\w.'’-]{0,24}"
    r"|\d{1,3}), ?){1,6}?)(?:n[º°o.]{1,2} ?|núm\.? ?|número |numero |nº ?)?"
    r"(?P<number>\d{1,5}(?:[-/](?:\d{1,4}|[a-z](?!\w)))?(?: ?[a-z](?!\w))?)(?![\w%€$:]|[.,]\d)"
    r"(?:, ?(?:\d{1,2}[ºª°oa] ?[-]?(?:[a-z]|izq\w*|dcha|dta|esq)?\b\.?|(?:piso|apto|apt|int|interno|scala|andar|bloco"
    r"|puerta|esc|bajo)\.? ?[\w]{0,4}))?(?: ?- ?(?=\w))?",
    re.IGNORECASE,
)
_ROMANCE_NO_NAME = words("para por con que the to of and email mail port version is are en el in page no not option")


def find(said: Said) -> Iterator[tuple[int, int]]:
    """Start and end of each street with a number, with all of the address behind it."""
    text, lower = said.text, said.lower
    until = 0
    for word, start in said.words:
        if start < until:
            continue
        end = start + len(word)
        found = None
        if word in _STREET or word in _SELDOM_STREET:
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
        or any(name in NO_NAME for name in plain)
        or (word == "st" and not before["number"][0].isdigit())
    ):
        return None
    if plain[:1] and plain[0] in NO_NAME - {"the"}:
        return None
    following = _NEXT_WORD.match(lower, end)
    if following is not None and following.group(1) in _BUSINESS:
        return None
    direction = _DIRECTION.match(text, end)
    if direction:
        end = direction.end()
    elif text[end : end + 1] == "." and len(word) <= 4 and text[end + 1 : end + 2] in (" ", ",", "\n"):
        end += (text[end + 1 : end + 3].strip() != "" and not text[end + 2 : end + 3].isupper()) or text[
            end + 1 : end + 2
        ] == ","
    stop = towns.extend(text, end)
    begin = before.start("number")
    if word in _SELDOM_STREET and (not is_capital or (stop == end and not _is_alone(lower, before, word))):
        return None
    return _with_house(text, begin), stop


def _is_alone(lower: str, before: re.Match[str], word: str) -> bool:
    """Whether a street whose kind means much else ("Station") is one without a town behind it."""
    begin, number = before.start("number"), before.group("number")
    if _TO.search(lower, max(0, begin - 24), begin) or _FLAT.search(lower, max(0, begin - 12), begin):
        return True
    is_year = number[:2] in ("19", "20") and len(number) == 4
    return number[0].isdigit() and len(number) >= 3 and not is_year and not word.endswith("s")


_FLAT = Pattern(r"\b(?:flat|studio|apt\.?|unit|h\. ?no\.?) \Z")
_NEXT_NAME = Pattern(r" (?:You|U|Me|All|Ever|Free|Life|Sale|Days|More)\b")
_NEXT_WORD = Pattern(r" ([^\W\d_]{2,12})")
_TO = Pattern(r"(?:\b(?:at|to|from|past|near|address|is|reach|visit)|:|\n)\s{0,3}(?:the )?\Z")
_HOUSE_BEFORE = Pattern(
    r"(?:(?i:flat|unit|apt\.?|apartment|suite|room|shop|plot|house no\.?|h\. ?no\.?|floor|level) ?#?\w{1,5},? )?"
    r"(?:[A-Z][\w'’]{1,20} (?:[A-Z][\w'’]{1,20} )?(?:House|Court|Lodge|Cottage|Tower|Mansions?|Building"
    r"|Apartments),? )?(?i:(?:flat|studio|apt|unit|h\. ?no|house no|door no|plot no)\.?:? )?\Z"
)


def _with_house(text: str, start: int) -> int:
    """Where an address begins whose number begins at `start`: before it may stand a flat and a house with a name."""
    house = _HOUSE_BEFORE.search(text, max(0, start - 64), start)
    return house.start() if house and house.group() else start


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
    return number.start(), towns.extend(text, name.end())


def _romance(text: str, lower: str, word: str, start: int, end: int) -> tuple[int, int] | None:
    """Calle Mayor, 12, 3º B, 28013 Madrid; via Roma 5; Rua Augusta, 123."""
    if text[end : end + 1] not in (" ", ".", "/"):
        return None
    if word == "c" and text[end : end + 1] not in ("/", "."):
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
    stop = towns.extend(text, rest.end())
    if word == "via" and text[start] == "v" and _NEXT_NAME.match(text, rest.end()):
        return None  # "via Coupons 4 You"
    if word in _ROMANCE_SELDOM and stop == rest.end():
        return None
    return start, stop


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
    if word.endswith(_WEAK_ENDS) and not text[start].isupper():
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
    until = towns.extend(text, stop)
    is_sure = word.endswith(_DUTCH_ENDS) and text[start + 1 : end].islower() and len(word) > 6
    if word.endswith(_WEAK_ENDS) and not is_sure and until == stop and not _AT.search(lower, max(0, begin - 16), begin):
        return None
    return begin, until


_AT = Pattern(r"(?:\b(?:am|im|in|in der|in de|op|op de|aan|aan de|adresse?|adres|anschrift)|:|\n) {0,2}\Z|\A\Z")
_HYPHENED = Pattern(r"(?<!\w)(?:[^\W\d_]{2,24}-){1,4}\Z")
