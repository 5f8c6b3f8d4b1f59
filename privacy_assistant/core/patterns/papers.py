"""What a word beside it says to be the number of a paper: passports, licences, national and tax numbers, number plates,
memberships, policies, patients, devices. The word may stand before the number or after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.quantities import is_quantity
from privacy_assistant.core.patterns.said import Phrases, Said
from privacy_assistant.core.patterns.words import words


@dataclass(frozen=True, slots=True)
class _Paper:
    """How a number of this sort looks: its letters and digits, its digits where the word is further away."""

    kind: Kind
    shortest: int
    longest: int
    digits: int


_PASSPORT = _Paper(Kind.PASSPORT, 6, 14, 5)
_DRIVER = _Paper(Kind.DRIVER, 5, 20, 4)
_NATID = _Paper(Kind.NATID, 6, 22, 5)
_TAXID = _Paper(Kind.TAXID, 7, 18, 5)
_PLATE = _Paper(Kind.PLATE, 3, 10, 1)
_ACCOUNT = _Paper(Kind.ACCOUNT, 4, 26, 4)
_DEVICE = _Paper(Kind.OTHER, 6, 24, 5)
_VIN = _Paper(Kind.VIN, 11, 17, 4)
_SSN = _Paper(Kind.SSN, 9, 9, 9)

_PHRASES: Phrases[_Paper] = Phrases(
    {
        _PASSPORT: (
            "passport", "travel document", "reisepass", "reisepassnummer", "passnummer", "passport-nr", "passeport",
            "pasaporte", "passaporto", "paspoort", "paspoortnummer", "passaporte", "pass-nr", "passport card",
        ),
        _DRIVER: (
            "driver license", "driver's license", "drivers license", "driver’s license", "driver licence",
            "driver's licence", "driver’s licence", "drivers licence", "driving license", "driving licence",
            "licence no",
            "license number", "licence number", "dl number", "dl no", "dl #", "dl:", "führerschein",
            "führerscheinnummer", "permis de conduire", "numéro de permis", "carnet de conducir", "permiso de conducir",
            "licencia de conducir", "patente di guida", "numero di patente", "rijbewijs", "rijbewijsnummer",
            "carta de condução", "cnh", "carteira de motorista", "driver id",
        ),
        _NATID: (
            "national id", "national identity", "national identification", "national insurance", "nino",
            "identity card",
            "identity number", "identity no", "id card", "id number", "id no", "id-number", "citizen id",
            "citizen number",
            "identification number", "personal number", "personal id", "personal code", "personal identification",
            "government id", "state id", "resident id", "residence permit", "green card", "alien registration",
            "a-number", "uscis", "visa number", "birth certificate", "nhs", "nhs number", "chi number", "aadhaar",
            "aadhar", "aadhaar number", "uid number", "voter id", "epic number", "sin number", "social insurance",
            "my sin", "ni number", "ni no",
            "medicare", "medicare number", "medicaid", "mbi", "personalausweis", "personalausweisnummer",
            "ausweisnummer",
            "ausweis", "sozialversicherungsnummer", "rentenversicherungsnummer", "versicherungsnummer", "ahv",
            "ahv-nummer",
            "svnr", "krankenversichertennummer", "carte d'identité", "carte d’identité", "numéro de sécurité sociale",
            "sécurité sociale", "numéro insee", "nir", "dni", "nie", "nif", "documento nacional", "número de identidad",
            "cédula", "cedula", "curp", "rut", "run", "seguridad social", "codice fiscale", "carta d'identità",
            "carta d’identità", "tessera sanitaria", "bsn", "burgerservicenummer", "sofinummer", "identiteitskaart",
            "cartão de cidadão", "bilhete de identidade", "rg", "cpf", "pesel", "personnummer", "fødselsnummer",
            "cpr", "cpr-nummer", "henkilötunnus", "hetu", "rodné číslo", "cnp", "egn", "oib", "jmbg", "emšo", "amka",
            "tc kimlik", "teudat zehut", "rsa id", "nric", "fin number", "hkid", "rrn", "resident registration",
            "snils", "kennitala", "rijksregisternummer", "numéro national", "registre national", "pps", "pps number",
            "ppsn", "isikukood", "asmens kodas", "personas kods", "cnic", "nik", "ktp", "mykad", "emirates id", "iqama",
            "military id", "service number", "dod id", "tribal id",
        ),
        _TAXID: (
            "tax id", "taxid", "tax identification", "tax number", "tax no", "tax file", "tax reference", "taxpayer",
            "tin", "itin", "ein", "employer identification", "utr", "unique taxpayer", "vat", "vat number", "vat id",
            "tfn",
            "abn", "acn", "gstin", "gst number", "pan number", "pan card", "pan no", "ird number", "steuer-id",
            "steueridentifikationsnummer", "steuernummer", "steuer-identifikationsnummer", "identifikationsnummer",
            "umsatzsteuer-id", "ust-id", "ust-idnr", "uid-nummer", "numéro fiscal", "numéro de tva", "tva", "siren",
            "siret",
            "número fiscal", "número de identificación fiscal", "cif", "rfc:", "rfc is", "partita iva", "p.iva",
            "p. iva",
            "btw-nummer", "btw nummer", "btw", "contribuinte", "número de contribuinte", "nipc", "cnpj", "cuit", "cuil",
            "nit", "nip", "inn", "regon", "ptin", "atin", "rsin", "cpf/cnpj",
        ),
        _PLATE: (
            "license plate", "licence plate", "number plate", "plate number", "registration plate", "plate", "plates",
            "vehicle registration", "car registration", "registration number", "reg number", "numberplate",
            "kennzeichen",
            "autokennzeichen", "nummernschild", "plaque d'immatriculation", "plaque d’immatriculation",
            "immatriculation",
            "plaque", "matrícula", "matricula", "targa", "kenteken", "nummerplaat", "placa", "chapa", "vehicle tag",
        ),
        _SSN: ("ssn", "social security number", "social security no", "social security"),
        _VIN: ("vin", "vehicle identification", "chassis", "fahrgestellnummer", "fahrzeug-identifizierungsnummer"),
        _ACCOUNT: (
            "account number", "account no", "account #", "account id", "acct", "customer number", "customer id",
            "customer no", "client number", "client id", "member id", "member number", "membership number",
            "membership id",
            "membership", "policy number", "policy no", "insurance number", "insurance id", "insurance policy",
            "health insurance", "health plan", "health card", "subscriber id", "group number", "beneficiary",
            "medical record", "mrn", "patient id", "patient number", "chart number", "hospital number",
            "prescription number",
            "rx number", "npi", "dea number", "student id", "student number", "matriculation number", "matrikelnummer",
            "employee id", "employee number", "employee no", "staff id", "staff number", "badge number", "badge id",
            "payroll number", "personnel number", "personalnummer", "library card", "loyalty card", "loyalty number",
            "frequent flyer", "mileageplus", "skymiles", "known traveler", "redress number", "global entry",
            "booking reference", "booking number", "confirmation number", "confirmation code", "flight confirmation",
            "booking confirmation", "reservation number", "pnr", "record locator",
            "claim number", "claim no", "loan number", "mortgage number", "swift", "bic", "swift code",
            "routing number",
            "sort code", "bsb", "ifsc", "iban", "clabe", "brokerage account", "investment account", "crypto account",
            "kundennummer", "vertragsnummer", "mitgliedsnummer", "versichertennummer", "policennummer", "kontonummer",
            "bankleitzahl", "blz", "numéro client", "numéro de client", "numéro de compte", "numéro de contrat",
            "numéro d'adhérent", "número de cliente", "número de cuenta", "número de póliza", "numero cliente",
            "numero di conto", "numero di polizza", "klantnummer", "rekeningnummer", "polisnummer", "lidnummer",
            "número da conta", "número de conta", "número da apólice", "certificate number", "license no",
            "permit number",
            "professional license", "medical license", "bar number", "bank account", "checking account",
            "savings account",
            "user id", "userid", "meter number", "utility account",
        ),
        _DEVICE: (
            "imei", "imsi", "iccid", "meid", "sim number", "serial number", "serial no", "serial #", "s/n:",
            "s/n is", "s/n #", "device id",
            "udid", "advertising id", "idfa", "android id", "hardware id", "seriennummer", "numéro de série",
            "número de serie", "numero di serie", "serienummer", "número de série", "device identifier", "asset tag",
        ),
    }
)  # fmt: skip
# Plates that stand for themselves: German, British, French and Italian, Spanish. Others look like product numbers.
_FREE_PLATE = Pattern(
    r"(?<![\w/.-])(?:[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?|[A-Z]{2}\d{2} [A-Z]{3}|[A-Z]{2}-\d{3}-[A-Z]{2}"
    r"|[A-Z]{2}\d{3}[A-Z]{2}"
    r"|(?!19|20)\d{4} [BCDFGHJKLMNPRSTVWXYZ]{3})(?![\w/-]|\.\d)"
)
_NO_DISTRICT = ("ISO-", "DIN-", "USB-", "SQL-", "UTF-", "IP-", "PS-", "US-", "EU-", "UN-", "ID-", "PC-", "TV-")
_ATTACHED = Pattern(
    r"(?i)[\"')\]]?[ -]?(?:card|document|certificate)?\s?(?:(?:numbers?|nums?|no|nr|nummer|numéro|número|numero"
    r"|n[°ºo]|id|code"
    r"|value)\b)?\.?\s?[:=#]{0,2}\s?(?:\([^()\n]{1,24}\)\s?)?(?:(?:is|was|reads|are|ist|lautet|war|est|es|è|é)"
    r"(?![^\W_])|[:=#])?[ :#=]{0,2}"
    r"(?:now )?[\"'(\[*`]{0,3}"
)
_TOKEN = Pattern(r"[^\W_]+(?:[./-][^\W_]+)*(?:\([0-9A-Z]\))?")
_AFTERWARDS = Pattern(
    r"(?i)[\"')\]]?(?:,|\s?-)?\s(?:(?:is|was|as|being|are|ist|est|es|è|é)\s)?(?:(?:my|his|her|our|their|your|the|a|an"
    r"|mein"
    r"|meine|mon|ma|mi|il mio|la mia|mijn|o meu|a minha|new|old|current|us|uk|german|french|indian)\s){1,4}\Z"
)
_BACKWARDS = Pattern(
    r"(?<![\w.-])[A-Za-z0-9]{1,18}(?:[ ./-][A-Za-z0-9]{1,18}){0,5}\Z",
)
_DATE = Pattern(r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})")
_OTHER_NUMBERS = words(
    "phone telephone tel mobile cell fax call card visa mastercard iban email mail order invoice ticket zip "
    "postcode born birth dob age pin cvv expires expiry exp until since from in on for costs fee page pages price "
    "room floor"
)
_NO_PART = words(
    "and the was but for you is my of or to in on at it a an i as so not no if by we he me us do are am pm st nd "
    "rd th und et y e o"
)
_REACH = 48
_MOST_TOKENS = 9
_MOST_PARTS = 8


def find(said: Said) -> Iterator[Candidate]:
    """Numbers that a word names, in letters, digits and marks."""
    if not said.has_digit:
        return
    for start, end, paper in _PHRASES.find(said):
        found = _after(said, end, paper) or _before(said, start, paper)
        if found is not None:
            yield Candidate(*found, paper.kind, 0.95, f"rule:{paper.kind.lower()}-cue")

    for plate in _FREE_PLATE.finditer(said.text):
        if plate.group().startswith(_NO_DISTRICT) or (plate.group()[-2] == " " and "-" in plate.group()):
            continue
        yield Candidate(*plate.span(), Kind.PLATE, 0.6, "rule:plate-form")


def _after(said: Said, at: int, paper: _Paper) -> tuple[int, int] | None:
    """The first number behind the word; right behind it letters alone may begin it."""
    text = said.text
    attached = _ATTACHED.match(text, at)
    begin = attached.end() if attached else at
    found = _value(text, begin, paper, is_attached=True)
    if found is not None:
        return found
    if paper is _PLATE:
        return None
    place = at
    for _ in range(_MOST_TOKENS):
        token = _TOKEN.search(text, place, min(len(text), at + _REACH))
        if token is None or said.lower[token.start() : token.end()] in _OTHER_NUMBERS:
            return None
        if not said.same_clause(at, token.start()):
            return None
        if any(char.isdigit() for char in token.group()) and not token.group().isalpha():
            return _value(text, token.start(), paper, is_attached=False)
        place = token.end()
    return None


def _value(text: str, at: int, paper: _Paper, *, is_attached: bool) -> tuple[int, int] | None:
    """The number that begins at `at`: tokens side by side that have digits, or are a few letters beside such."""
    end = at
    place = at
    digits = size = 0
    for part in range(_MOST_PARTS):
        token = _TOKEN.match(text, place)
        if token is None:
            break
        piece = token.group()
        count = sum(char.isdigit() for char in piece)
        if not count and not _is_part(piece, is_attached, digits, is_plate=paper is _PLATE):
            break
        if size + len(piece) > paper.longest + 6 or (part and _DATE.fullmatch(piece)):
            break
        if part and count and is_quantity(text, place, token.end()):
            break
        digits += count
        size += sum(char.isalnum() for char in piece)
        if size > paper.longest:
            break
        end = token.end()
        gap = text[end : end + 1]
        if gap not in (" ", "-", "\u00b7") or gap == "":
            break
        place = end + 1
    letters = sum(char.isalnum() for char in text[at:end])
    value = text[at:end]
    if (
        digits < (min(paper.digits, 2) if is_attached else paper.digits)
        or not paper.shortest <= letters <= paper.longest
    ):
        return None
    if digits < 3 and not any(char.isupper() for char in value) and paper is not _PLATE:
        return None
    if (
        _DATE.fullmatch(value)
        or is_quantity(text, at, end)
        or (value.isdigit() and len(value) < 5 and paper is not _PLATE)
    ):
        return None
    return at, end


def _is_part(piece: str, is_attached: bool, digits: int, *, is_plate: bool) -> bool:
    """Letters that can belong to a number: one to three capitals ("AB 12 34 56 C"); small ones where they are plain."""
    if not piece.replace("-", "").isalpha() or len(piece) > (4 if is_attached and not digits else 3):
        return False
    if piece.isupper() and (piece not in ("I", "A") or is_attached):
        return True
    return is_attached and piece.islower() and piece not in _NO_PART and (is_plate or len(piece) < 3)


def _before(said: Said, at: int, paper: _Paper) -> tuple[int, int] | None:
    """The number in "X1234567 is my passport number"."""
    low = max(0, at - 72)
    between = _AFTERWARDS.search(said.text, low, at)
    if between is None or between.start() == low:
        return None
    value = _BACKWARDS.search(said.text, max(0, between.start() - 40), between.start())
    if value is None:
        return None
    start = value.start()
    while start < between.start():  # words before the number are no part of it
        found = _value(said.text, start, paper, is_attached=False)
        if (
            found is not None
            and found[1] == between.start()
            and any(char.isdigit() for char in said.text[start : found[1]].split(" ")[0])
        ):
            return found
        step = said.text.find(" ", start, between.start())
        if step < 0:
            return None
        start = step + 1
    return None
