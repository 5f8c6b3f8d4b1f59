"""Rules find what they can prove, where it stands, and nothing else."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Finding, Kind
from privacy_assistant.core.patterns import PatternFinder, accounts, checksums
from privacy_assistant.core.patterns.candidate import settle
from privacy_assistant.core.patterns.views import folded, spelled, spoken, written
from privacy_assistant.core.redaction import Legend, redact, restore
from privacy_assistant.core.turn import Origin

VECTORS = Path(__file__).parent.parent / "vectors" / "pii"
FINDER = PatternFinder()


def _unescaped(line: str) -> str:
    for code in sorted({line[i : i + 6] for i in range(len(line)) if line[i : i + 2] == "\\u"}):
        line = line.replace(code, chr(int(code[2:], 16)))
    return line.replace("\\n", "\n").replace("¦", "")


def _examples(sign: str) -> list[tuple[str, str]]:
    examples = []
    for file in sorted(VECTORS.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith(sign + " "):
                examples.append((file.stem, line[2:]))
    return examples


def _marked(line: str) -> tuple[str, list[tuple[int, int]]]:
    text = ""
    spans: list[tuple[int, int]] = []
    for piece in _unescaped(line).split("{{"):
        if not spans and not text and "}}" not in piece:
            text += piece
            continue
        inside, _, outside = piece.partition("}}")
        spans.append((len(text), len(text) + len(inside)))
        text += inside + outside
    return text, spans


def _covered(finder: PatternFinder, text: str, kind: Kind | None = None) -> set[int]:
    return {i for s in finder.find(text).spans if kind in (None, s.kind) for i in range(s.start, s.end)}


@pytest.mark.parametrize(("kind", "line"), _examples("+"))
def test_what_is_marked_is_found_as_its_kind(kind: str, line: str) -> None:
    """Every letter and digit between the braces is covered by findings of that kind."""
    text, spans = _marked(line)
    assert spans
    covered = _covered(FINDER, text, Kind(kind))
    readable = [text[i] for start, end in spans for i in range(start, end) if text[i].isalnum() and i not in covered]
    assert not readable, FINDER.find(text)


@pytest.mark.parametrize(("kind", "line"), _examples("-"))
def test_what_only_looks_like_it_is_left(kind: str, line: str) -> None:
    """No finding of that kind in a line that begins with a minus."""
    assert Kind(kind) not in [span.kind for span in FINDER.find(_unescaped(line)).spans]


@pytest.mark.parametrize("line", [line for _, line in _examples("+")])
def test_nothing_is_found_in_what_was_redacted(line: str) -> None:
    """The gate looks once more with the same finder; a placeholder must not look personal itself."""
    text, _ = _marked(line)
    book = Legend("AAA")
    redacted = redact(text, FINDER.find(text), book)
    assert FINDER.find(redacted.text).spans == ()
    assert not book.reveals(redacted.text)
    assert restore(redacted.text, book) == text


def test_a_value_in_the_brackets_of_a_placeholder_is_found_all_the_same() -> None:
    """Only the exact form is passed over, and it has no room for a value."""
    assert FINDER.find("⟦4111111111111111⟧").spans
    assert FINDER.find('password: "⟦OTHER·hunter2·1⟧"').spans
    assert not FINDER.find('password: "⟦PASSWORD·K7Q·1⟧"').spans


def test_every_dependable_kind_has_examples() -> None:
    """What the finder says it finds is shown, true and false."""
    shown = {kind for kind, _ in _examples("+")} & {kind for kind, _ in _examples("-")}
    assert {str(kind) for kind in FINDER.kinds} <= shown


@pytest.mark.parametrize(
    "question",
    [
        "Apple stock price?",
        "who was Einstein?",
        "What is 15% of 80?",
        "Summarise the plot of Hamlet in three sentences.",
        "How many people live in Tokyo?",
        "When did the Second World War end?",
        "write a function that parses 2024-01-15T10:30:00Z",
        "What does HTTP 404 mean?",
        "convert 1234567 bytes to megabytes",
        "Is 7919 a prime number?",
        "set a timer for ten minutes and twenty seconds",
        "two plus two is four, four and four is eight",
        "ping 127.0.0.1 fails with error 10061",
        "What is the password policy of most banks?",
        "Tell me about Paris, please.",
        "explain std::map<int, std::string>::iterator",
        "SELECT id FROM users WHERE age > 34",
        "My flight BA2490 leaves at 18:45 from gate B12",
        "The invoice 2024-00123 over 1,234.56 EUR is due 31.12.2024",
        "Intel i7-9700K or Ryzen 5 3600?",
        "Mix 200 g flour, 2 eggs and 300 ml milk; bake 25 minutes at 180 °C",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
        "Order #112-7654321-1234567 has shipped",
        "Apollo 11 landed at 20:17 UTC on July 20, 1969",
        "Route 66 is a famous highway, 3 blocks down the street",
        "The CVE-2021-44228 vulnerability",
        "what is 482915773 times 2",
        "a 10 minute walk, then 4 wheel drive",
    ],
)
def test_public_questions_pass_untouched(question: str) -> None:
    """ai-chat-terminal #23: a question about the world is not personal."""
    assert FINDER.find(question).spans == ()


def test_offsets_are_code_points_of_the_input() -> None:
    """Emoji, combining marks, right-to-left letters, line ends, and what vanishes or grows do not shift a span."""
    mail = "jo@example.com"
    for before in ("👩‍👩‍👧 ", "e\u0301 ", "שלום ", "a\r\n", "\u200b\u200b", "ﬃ ﷺ ", "\U0001d7d9 ", "İ ", "\ud83d "):
        text = f"{before}{mail} {before}"
        assert [text[s.start : s.end] for s in FINDER.find(text).spans] == [mail]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("+49 30 901820 (078-05-1120", [Kind.PHONE, Kind.SSN]),
        ("+49 30 901820 078-05-1120", [Kind.PHONE, Kind.SSN]),
        ("DE89 3704 0044 0532 0130 00 078-05-1120", [Kind.IBAN, Kind.SSN]),
        ("192.168.7.31 078-05-1120", [Kind.IP, Kind.SSN]),
        ("078-05-1120 212-555-0123", [Kind.SSN, Kind.PHONE]),
        ("4111 1111 1111 1111 (078-05-1120)", [Kind.CARD, Kind.SSN]),
        ("4111 1111 1111 1111 5555 5555 5555 4444", [Kind.CARD, Kind.CARD]),
        ("+49 30 123 4567890", [Kind.PHONE]),
    ],
)
def test_numbers_side_by_side_are_told_apart(text: str, kinds: list[Kind]) -> None:
    """Digits of one value do not run into the next, and none is left between them."""
    findings = FINDER.find(text)
    assert [span.kind for span in findings.spans] == kinds
    assert all(i in _covered(FINDER, text) for i, char in enumerate(text) if char.isdigit())


def test_written_digits_are_not_taken_for_spoken_ones() -> None:
    """Number words elsewhere in a text do not make its other numbers dictated."""
    assert not FINDER.find("one two and later 1938-1939").spans


def test_a_credential_in_a_url_counts_as_a_credential() -> None:
    """The policy refuses credentials; a URL around one must not hide it."""
    (span,) = FINDER.find("https://user:hunter2@host.example/x").spans
    assert span.kind is Kind.PASSWORD


def test_in_voice_seven_digits_are_a_number_unless_they_count_something() -> None:
    """A recogniser writes numbers without marks; a quantity stays."""
    assert FINDER.find("it was 4839201 I think", origin=Origin.VOICE).spans
    assert not FINDER.find("it was 4839201 I think").spans
    assert not FINDER.find("there were 4839201 people", origin=Origin.VOICE).spans
    assert not FINDER.find("it was 5000000", origin=Origin.VOICE).spans


def test_the_profile_is_found_in_any_case_accent_and_spacing() -> None:
    """The person's own list is whole words, folded, and never inside other words."""
    finder = PatternFinder(deny=[("José Núñez", Kind.PERSON), ("Falcon", Kind.OTHER), ("0171 2345678", Kind.PHONE)])
    for text in ("josé  núñez", "JOSE-NUNEZ", "Jose\u0301 Nun\u0303ez", "José Núñez's"):
        (span,) = finder.find(f"ask {text} now").spans
        assert (span.kind, span.by, span.start) == (Kind.PERSON, "profile", 4)
    assert _covered(finder, "project falcon") == set(range(8, 14))
    assert not finder.find("falconry").spans
    assert _covered(finder, "josé lopez") == set(range(4))
    assert finder.find("0171/23 45 678").spans[0].by == "profile"
    assert finder.find("x 01712345678").spans[0].by == "profile"


def test_a_listed_value_that_is_no_word_is_found() -> None:
    """A symbol can be a secret too."""
    assert [s.start for s in PatternFinder(deny=[("☂☂", Kind.OTHER)]).find("a ☂☂ b").spans] == [2]


def test_the_allow_list_frees_names_and_addresses_only() -> None:
    """What is public may pass; a card never, and neither does what the person listed."""
    finder = PatternFinder(
        deny=[("Ann Lee", Kind.PERSON)], allow=["Support@Example.com", "4111111111111111", "ann lee"]
    )
    assert not finder.find("write to support@example.com").spans
    assert finder.find("write to support2@example.com").spans
    assert finder.find("4111111111111111").spans
    assert finder.find("Ann Lee").spans


def test_names_are_not_claimed() -> None:
    """Cues find some names; a policy that must rely on all of them is told that nothing does."""
    assert FINDER.kinds.isdisjoint({Kind.PERSON, Kind.LOCATION, Kind.ORG, Kind.ADDRESS, Kind.OTHER})
    assert Kind.CARD in FINDER.kinds


@pytest.mark.parametrize("form", [phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL])
def test_an_international_number_of_every_region_is_found_whole(form: int) -> None:
    """Example numbers of all regions, written with a plus."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number(region)
        assert number is not None
        written_number = phonenumbers.format_number(number, form)
        text = f"it is {written_number} there"
        assert set(range(6, 6 + len(written_number))) <= _covered(FINDER, text), text


def test_a_national_number_with_a_cue_is_found_in_nearly_every_region() -> None:
    """Where people write six or more digits; a few islands have four or five."""
    missed = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number(region)
        assert example is not None
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        missed += not _covered(FINDER, f"call me on {number} please")
    assert missed <= 15


def test_overlapping_proposals_become_one_that_covers_both() -> None:
    """pasteguard #39, "Eric" and "Eric's": no letter of either stays, and the surest kind wins."""
    both = settle([Finding(0, 4, Kind.PERSON, 0.7, "a"), Finding(2, 6, Kind.CARD, 1.0, "b"), Finding(8, 9, Kind.IP)])
    assert [(f.start, f.end, f.kind) for f in both] == [(0, 6, Kind.CARD), (8, 9, Kind.IP)]
    touching = settle([Finding(0, 2, Kind.IP), Finding(2, 4, Kind.IP)])
    assert len(touching) == 2
    guess = settle([Finding(0, 40, Kind.KEY, 0.6, "random"), Finding(0, 40, Kind.WALLET, 1.0, "checksum")])
    assert guess[0].kind is Kind.WALLET


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("four one one", "411"),
        ("double five oh", "550"),
        ("triple seven", "777"),
        ("forty one", "41"),
        ("twenty twenty four", "2024"),
        ("eight hundred five", "8005"),
        ("one, two. three", "123"),
        ("one uh two", "12"),
        ("ten dot zero dot zero dot one", "10.0.0.1"),
        ("plus four four", "+44"),
        ("four 1 1 five", "4115"),
        ("five double", "5"),
        ("double double five", "555"),
    ],
)
def test_number_words_are_seen_as_digits(said: str, seen: str) -> None:
    """The spoken view, with every character mapped to the words it came from."""
    view = spoken(written(f"a {said} b"))
    assert view is not None
    assert view.text == f"a {seen} b"
    assert view.origin(2, 2 + len(seen)) == (2, 2 + len(said)) or said == "five double"


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("a b 12 34 56 c", "AB123456C"),
        ("one h g c m eight", "1HGCM8"),
        ("bravo dash alpha bravo 1234", "B-AB1234"),
        ("alfa one two three four", "A1234"),
    ],
)
def test_letters_said_one_by_one_are_written_together(said: str, seen: str) -> None:
    """The spelled view, with every character mapped to the letter or the word it came from."""
    plain = written(f"it is {said}.")
    view = spelled(spoken(plain) or plain)
    assert view is not None
    assert view.text == f"it is {seen}."
    assert view.origin(6, 6 + len(seen)) == (6, 6 + len(said))


def test_nothing_is_spelled_in_digits_or_words_alone() -> None:
    """Digits in groups are the business of the written view; two letters are a word."""
    for text in ("12 34 56", "a b c d e", "I have a 4", "x 12"):
        assert spelled(written(text)) is None


STATES = {
    "br.cpf": "39053344705", "pl.pesel": "44051401359", "es.dni": "54362315K", "fr.nir": "295109912611193",
    "it.codicefiscale": "RCCMNL83S18D969H", "nl.bsn": "111222333", "de.idnr": "36574261809", "ch.ssn": "7569217076985",
    "no.fodselsnummer": "15108695088", "ro.cnp": "1630615123457", "tr.tckimlik": "17291716060", "gb.nhs": "9434765870",
    "in_.aadhaar": "234123412346", "za.idnr": "7503305044089", "au.abn": "83914571673", "ca.sin": "123456782",
}  # fmt: skip


@pytest.mark.parametrize(("state", "number"), STATES.items())
def test_a_number_of_a_state_is_found_bare_and_by_its_check_digit(state: str, number: str) -> None:
    """The examples of python-stdnum, in a sentence that names nothing; another last digit is not called national."""
    text = f"please enter {number} there"
    assert set(range(13, 13 + len(number))) <= _covered(FINDER, text)
    check = accounts.state_checks()[state]
    assert check(number)
    if number[-1].isdigit():
        assert sum(check(number[:-1] + digit) for digit in "0123456789") <= 2


def test_a_cue_of_another_sort_is_not_reached_over() -> None:
    """A passport beside a telephone does not turn its number into a passport's, nor a date, a fee or a count."""
    for text in (
        "my passport, phone 5551234",
        "a passport from 2019",
        "passports cost 13000 rupees",
        "passport 12.03.1985",
    ):
        assert Kind.PASSPORT not in [span.kind for span in FINDER.find(text).spans]


def test_a_capital_that_grows_in_lower_case_shifts_nothing() -> None:
    """ "İ" becomes two code points; phrases are looked up place for place."""
    text = "İİİ my passport is X1234567"
    (span,) = FINDER.find(text).spans
    assert text[span.start : span.end] == "X1234567"


def test_one_number_word_makes_no_spoken_view() -> None:
    """ "one" and "for" are words of everyday language."""
    assert spoken(written("one of them")) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_views_map_every_character_into_the_text(text: str) -> None:
    """Origins are in bounds, in order, and what is plain maps to itself."""
    for view in (written(text), folded(written(text)), spoken(written(text)), spelled(written(text))):
        if view is None:
            continue
        last = 0
        for at in range(len(view.text)):
            start, end = view.origin(at, at + 1)
            assert last <= start < end <= len(text)
            last = start
    assert written(text).text.count("\u200b") == 0


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.text(alphabet="0123456789+-. ()/:@", max_size=24),
            st.sampled_from(
                [
                    "my name is ",
                    "double ",
                    "oh ",
                    "one ",
                    " at ",
                    " dot ",
                    "password is ",
                    "IBAN ",
                    "⟦",
                    "https://",
                    "eyJ",
                    "passport ",
                    "12 rue ",
                    " street, ",
                    "born on ",
                    "C:\\Users\\",
                    "@",
                    "a b 1 ",
                    "İ",
                ]
            ),
        ),
        max_size=12,
    ).map("".join),
    st.sampled_from(Origin),
)
def test_the_finder_never_raises_and_its_findings_fit(text: str, origin: Origin) -> None:
    """For any string: sorted, in bounds, not overlapping, and the same twice."""
    findings = FINDER.find(text, origin=origin)
    end = 0
    for span in findings.spans:
        assert end <= span.start < span.end <= len(text)
        assert 0 < span.score <= 1
        assert span.by
        end = span.end
    assert FINDER.find(text, origin=origin) == findings


PLANTED = st.sampled_from(
    [
        "4111 1111 1111 1111", "378282246310005", "DE89 3704 0044 0532 0130 00", "078-05-1120", "192.168.7.31",
        "john.smith@example.com", "+49 30 901820", "00:1A:2B:3C:4D:5E", "1HGCM82633A004352", "(212) 555-0123",
        "ghp_" + "x7Kq29LmNw83BvTz51RcYd64HsGf0jPoAeUi",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["and ", "is it ", "(", "- ", "so: ", "über ", "🙂 ", "\n", "yes, "]), PLANTED),
        min_size=1,
        max_size=5,
    )
)
def test_planted_values_are_covered_wherever_they_stand(pieces: list[tuple[str, str]]) -> None:
    """Kinds with a proof are found in any surroundings."""
    text = " ".join(before + value for before, value in pieces)
    covered = _covered(FINDER, text)
    for _, value in pieces:
        at = text.index(value)
        assert all(i in covered for i in range(at, at + len(value)) if text[i].isalnum()), text


@settings(max_examples=100, deadline=None)
@given(st.integers(10**14, 10**15 - 1), st.sampled_from([" ", "-", "", "\u00a0", "\u2009", "."]))
def test_every_number_with_a_check_digit_is_a_card(stem: int, mark: str) -> None:
    """Sixteen digits that pass Luhn, in groups of four with any mark."""
    digits = str(stem)
    digits += next(d for d in "0123456789" if checksums.luhn(digits + d))
    text = mark.join(digits[i : i + 4] for i in range(0, 16, 4))
    assert _covered(FINDER, text, Kind.CARD) == set(range(len(text)))


def test_the_check_digits_are_those_of_the_standards() -> None:
    """Published numbers pass, and no other last digit does."""
    for good, check in (("4111111111111111", checksums.is_card), ("GB29NWBK60161331926819", checksums.iban)):
        assert check(good)
        assert [d for d in "0123456789" if check(good[:-1] + d)] == [good[-1]]
    assert checksums.vin("1M8GDM9AXKP042788")
    assert not checksums.vin("1M8GDM9A1KP042788")
    assert not checksums.vin("1M8GDM9AXKP04278")
    assert not checksums.ssn("666121234")
    assert not checksums.ssn("000121234")
    assert not checksums.ssn("900121234")
    assert not checksums.ssn("123001234")
    assert not checksums.ssn("123120000")
    assert checksums.entropy("abcd") == 2.0
    assert checksums.entropy("") == 0.0


def test_vectors_are_plain() -> None:
    """The example files themselves are normalised, so that what is shown is what is meant."""
    for file in VECTORS.glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        assert unicodedata.normalize("NFC", text) == text
