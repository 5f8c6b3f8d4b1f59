"""What is found is replaced, consistently and for good, and nothing else changes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.redaction import Legend, Redacted, redact, restore
from privacy_assistant.errors import EgressDenied, RecordTampered

FINDER = PatternFinder()


def found(text: str, *values: tuple[str, Kind]) -> Findings:
    """Findings of the first place of each value."""
    spans = [Finding(text.index(v), text.index(v) + len(v), kind, 1.0, "test") for v, kind in values]
    return Findings(tuple(sorted(spans, key=lambda s: s.start)))


def legend() -> Legend:
    return Legend.new(b"\x12\x34")


def test_a_value_becomes_a_placeholder_and_comes_back() -> None:
    """`⟦KIND·tag·n⟧` in, the original out."""
    book = legend()
    text = "my card is 4111 1111 1111 1111, thanks"
    redacted = redact(text, FINDER.find(text), book)
    assert redacted.text == f"my card is ⟦CARD·{book.tag}·1⟧, thanks"
    assert dict(redacted.counts) == {"CARD": 1}
    assert restore(redacted.text, book) == text


def test_the_tag_is_three_base32_letters_of_the_bytes_given() -> None:
    """Random per conversation; the core draws nothing itself."""
    assert Legend.new(b"\x00\x00").tag == "AAA"
    assert Legend.new(b"\xff\xff").tag == "777"
    assert Legend.new(b"\x12\x34").tag != Legend.new(b"\x12\x44").tag
    with pytest.raises(ValueError, match="random"):
        Legend.new(b"\x00")
    for bad in ("AB", "ABCD", "ab2", "AB1"):
        with pytest.raises(ValueError, match="base32"):
            Legend(bad)


def test_the_same_value_keeps_its_placeholder_over_turns_and_restarts() -> None:
    """LiteLLM #31959, #41600: numbering must not depend on the turn or the order."""
    book = legend()
    first = redact("Ann met Bob", found("Ann met Bob", ("Ann", Kind.PERSON), ("Bob", Kind.PERSON)), book)
    again = Legend.from_payload(json.loads(json.dumps(book.to_payload())))
    text = "Bob and Cem and Ann"
    second = redact(text, found(text, ("Bob", Kind.PERSON), ("Cem", Kind.PERSON), ("Ann", Kind.PERSON)), again)
    assert first.text == f"⟦PERSON·{book.tag}·1⟧ met ⟦PERSON·{book.tag}·2⟧"
    assert second.text == f"⟦PERSON·{book.tag}·2⟧ and ⟦PERSON·{book.tag}·3⟧ and ⟦PERSON·{book.tag}·1⟧"
    assert restore(second.text, again) == text
    assert restore(first.text, again) == "Ann met Bob"


def test_a_number_is_never_used_twice() -> None:
    """LLM Guard PR #82: two values in one vault must not collide, whatever their kinds."""
    book = legend()
    numbers = [book.add(value, kind).number for value, kind in [("a@b.co", Kind.EMAIL), ("Ann", Kind.PERSON)] * 3]
    assert numbers == ["1", "2"] * 3
    for i in range(200):
        book.add(f"value {i}", Kind.OTHER)
    assert len({entry.number for entry in book}) == len(book)


def test_spellings_share_a_number_and_each_has_its_own_letter() -> None:
    """One placeholder stands for exactly one string."""
    book = legend()

    def number(value: str, kind: Kind = Kind.PERSON) -> str:
        return book.add(value, kind).number

    assert number("John Smith") == "1"
    assert number("Smith") == "1b"
    assert number("Mr. Smith") == "1c"
    assert number("john smith") == "1d"
    assert number("Jane Doe") == "2"
    assert number("4111 1111 1111 1111", Kind.CARD) == "3"
    assert number("4111111111111111", Kind.CARD) == "3b"
    assert number("A@B.co", Kind.EMAIL) == "4"
    assert number("a@b.co", Kind.EMAIL) == "4b"
    assert number("a.b@c.co", Kind.EMAIL) == "5"
    assert number("hunter2", Kind.PASSWORD) == "6"
    assert number("hunter-2", Kind.PASSWORD) == "7"


def test_a_name_that_fits_two_people_is_a_third() -> None:
    """Who "Smith" is, when John and Jane are both there, is not guessed."""
    book = legend()
    assert book.add("John Smith", Kind.PERSON).number == "1"
    assert book.add("Jane Smith", Kind.PERSON).number == "2"
    assert book.add("Smith", Kind.PERSON).number == "3"


def test_a_surname_first_filed_as_a_company_stays_masked_under_one_placeholder() -> None:
    """OpenTranscribe #499: the kind names the placeholder and never opens a way around it."""
    book = legend()
    text = "Miller called"
    one = redact(text, found(text, ("Miller", Kind.ORG)), book)
    two = redact(text, found(text, ("Miller", Kind.PERSON)), book)
    assert one.text == two.text
    assert "Miller" not in two.text


def test_after_twenty_six_spellings_a_new_number_begins() -> None:
    """The letters end at z; placing stays exact."""
    book = legend()
    spellings = ["".join(c.upper() if n >> i & 1 else c for i, c in enumerate("abcdef")) for n in range(60)]
    numbers = {spelling: book.add(spelling, Kind.OTHER).number for spelling in spellings}
    assert "1z" in numbers.values()
    assert "2b" in numbers.values()
    assert len(set(numbers.values())) == len(numbers)
    for spelling, number in numbers.items():
        assert restore(f"⟦OTHER·{book.tag}·{number}⟧", book) == spelling


def test_every_place_of_a_known_value_is_replaced_though_no_finder_saw_it() -> None:
    """LiteLLM #38841: what is personal once is personal everywhere in the conversation."""
    book = legend()
    text = "I'm John Smith. John Smith! Write JOHN SMITH, or Smith, not Smithson. The smith is closed."
    redacted = redact(text, found(text, ("John Smith", Kind.PERSON)), book)
    assert "John" not in redacted.text
    assert "JOHN" not in redacted.text
    assert "or Smith" not in redacted.text
    assert "Smithson" in redacted.text
    assert "The smith is" in redacted.text
    assert redacted.counts == {"PERSON": 4}
    assert restore(redacted.text, book) == text
    later = redact("tell Smith and john smith", Findings(), book)
    assert "mith" not in later.text


def test_short_values_are_replaced_where_found_and_not_everywhere() -> None:
    """A found "Al" must not tear "al dente" apart."""
    book = legend()
    text = "Al eats al dente, Al"
    assert redact(text, found(text, ("Al", Kind.PERSON)), book).text.count("⟦") == 1


def test_reveals_tells_whether_an_original_is_left() -> None:
    """The gate's last look, in any case of letters for what has several words or a digit."""
    book = legend()
    book.add("John Smith", Kind.PERSON)
    book.add("4111 1111", Kind.OTHER)
    book.add("Ferris", Kind.PERSON)
    assert book.reveals("hello JOHN SMITH.")
    assert book.reveals("x 4111 1111 y")
    assert book.reveals("Ferris,")
    assert not book.reveals("ferris wheel")
    assert not book.reveals("Smith")
    assert not book.reveals("XJohn Smith")
    assert not book.reveals("4111 11112")
    assert not legend().reveals("John Smith")


def test_a_possessive_stays_outside_of_the_placeholder() -> None:
    """pasteguard #39: "Eric" and "Eric's" are one person, and no half of either is left."""
    book = legend()
    text = "Eric's dog bit Eric’s cat. Eric ran."
    spans = (Finding(0, 6, Kind.PERSON), Finding(0, 4, Kind.PERSON), Finding(15, 21, Kind.PERSON))
    redacted = redact(text, Findings(spans), book)
    token = f"⟦PERSON·{book.tag}·1⟧"
    assert redacted.text == f"{token}'s dog bit {token}’s cat. {token} ran."
    assert restore(redacted.text, book) == text


def test_findings_that_overlap_leave_nothing_between_them() -> None:
    """Two finders disagree about the borders: both are honoured."""
    text = "call John Smith Miller now"
    spans = (Finding(5, 15, Kind.PERSON), Finding(10, 22, Kind.ORG))
    book = legend()
    redacted = redact(text, Findings(spans), book)
    assert redacted.text == f"call ⟦ORG·{book.tag}·1⟧ now"


def test_kept_kinds_stay_in_clear() -> None:
    """A policy may allow a kind; the others go all the same."""
    book = legend()
    text = "mail a@b.co from 10.1.2.3"
    redacted = redact(text, FINDER.find(text), book, keep=frozenset({Kind.IP}))
    assert "10.1.2.3" in redacted.text
    assert "a@b.co" not in redacted.text
    assert redacted.counts == {"EMAIL": 1}


def test_a_kept_place_stays_in_clear_though_the_value_is_known_as_another_kind() -> None:
    """What the policy allows here is decided by what it was found as here."""
    book = legend()
    book.add("10.1.2.3", Kind.OTHER)
    text = "from 10.1.2.3"
    assert redact(text, FINDER.find(text), book, keep=frozenset({Kind.IP})).text == text
    assert redact(text, Findings(), book, keep=frozenset({Kind.IP})).text != text


@pytest.mark.parametrize("span", [(0, 99), (5, 5), (4, 2), (-1, 3)])
def test_findings_of_another_text_are_refused(span: tuple[int, int]) -> None:
    """LiteLLM #24291: offsets that do not fit are a defect, and a defect sends nothing."""
    with pytest.raises(EgressDenied) as refused:
        redact("hello", Findings((Finding(*span, Kind.PERSON),)), legend())
    assert refused.value.rule
    assert refused.value.hint


FORGED = [
    "⟦CARD·{}·1⟧", "⟦card·{}·1⟧", "⟦PERSON·{}·77⟧", "CARD·{}·1", "[[CARD_{}_1]]", "[CARD {} 1]", "⟦ CARD · {} · 1 ⟧",
    "\\u27e6CARD\\u00b7{}\\u00b71\\u27e7", "%E2%9F%A6CARD%C2%B7{}%C2%B71%E2%9F%A7",
    "&#10214;CARD&middot;{}&middot;1&#10215;",
    "⟦CARD·{}·1", "⟦ÜBER·{}·1⟧", "⟦CARD·{}·1's⟧",
]  # fmt: skip


@pytest.mark.parametrize("form", FORGED)
def test_a_placeholder_that_a_person_types_is_itself_replaced(form: str) -> None:
    """Trap 3: with the right tag too, it comes back as it was typed and not as a value."""
    book = legend()
    text = "my card is 4111 1111 1111 1111"
    redact(text, FINDER.find(text), book)
    typed = "see " + form.format(book.tag) + " and 4111 1111 1111 1111"
    redacted = redact(typed, FINDER.find(typed), book)
    # Of which kind does not matter, or whether it is masked with what stands beside it.
    assert f"see {form.format(book.tag)}" not in redacted.text
    assert redacted.counts["CARD"] == 1
    assert restore(redacted.text, book) == typed


def test_a_placeholder_of_another_conversation_is_plain_text() -> None:
    """Its tag means nothing here."""
    book = legend()
    text = "⟦CARD·ZZZ·1⟧"
    assert redact(text, Findings(), book).text == text


def test_system_text_cannot_be_restored_by_an_echo() -> None:
    """GoModel #941: a model that repeats the placeholders of its instructions reveals nothing."""
    book = legend()
    system = "You serve John Smith."
    hidden = redact(system, found(system, ("John Smith", Kind.PERSON)), book, is_restorable=False)
    assert restore(hidden.text, book) == hidden.text
    question = "I am John Smith."
    shown = redact(question, found(question, ("John Smith", Kind.PERSON)), book)
    assert "John" not in shown.text
    assert restore(shown.text, book) == question
    assert restore(hidden.text, book) == hidden.text
    again = Legend.from_payload(book.to_payload())
    assert restore(hidden.text, again) == hidden.text


def test_no_repr_and_no_error_holds_a_value() -> None:
    """LiteLLM #35951, #37965: what is printed by accident is still not personal."""
    book = legend()
    entry = book.add("John Smith", Kind.PERSON)
    redacted = redact("John Smith", Findings(), book)
    for shown in (repr(book), repr(entry), repr(redacted), str(book)):
        assert "John" not in shown
    payload = book.to_payload()
    payload["entries"].append(["NO_KIND", "2", "Jane Doe", True])
    with pytest.raises(RecordTampered) as refused:
        Legend.from_payload(payload)
    assert "Jane" not in f"{refused.value!r} {refused.value.hint} {refused.value.__cause__}"


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"tag": "aaa"},
        {"tag": None},
        {"entries": None},
        {"entries": [["PERSON", "2", "x", True]]},
        {"entries": [["PERSON", "1", "x", True], ["PERSON", "1", "y", True]]},
        {"entries": [["PERSON", "1", "x", True], ["PERSON", "2", "x", True]]},
        {"entries": [["PERSON", "1b", "x", True]]},
        {"entries": [["PERSON", "0", "x", True]]},
        {"entries": [["PERSON", "1", 7, True]]},
        {"entries": [["PERSON", "1", "x", 1]]},
        {"entries": [["PERSON", 1, "x", True]]},
        {"entries": [["PERSON", "1"]]},
    ],
)
def test_a_legend_that_was_changed_is_not_read(change: dict[str, object]) -> None:
    """A stored legend is believed only as it was written."""
    payload = {"version": 1, "tag": "AAA", "entries": [["PERSON", "1", "John", True]]}
    assert len(Legend.from_payload(payload)) == 1
    with pytest.raises(RecordTampered):
        Legend.from_payload(payload | change)


VALUES = st.sampled_from(
    ["John Smith", "Smith", "john", "4111 1111 1111 1111", "a@b.co", "⟦X⟧", "Ünal", "ß", "İpek", "👩‍👧", "x" * 40]
)
FILL = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        [
            " ",
            "'s ",
            "⟦",
            "⟧",
            "[",
            "]]",
            "·",
            "CARD",
            "PERSON·",
            "·1",
            "1b",
            "**",
            "\\u27e6",
            "%E2%9F",
            "&#10",
            "\r\n",
            "\u202e",
            "e\u0301",
        ]
    ),
    st.sampled_from(["⟦PERSON·CI2·1", "PERSON·CI2·", "CI2·2⟧", "⟦OTHER·ci2·1⟧", "[PERSON CI2 1]", "%C2%B7CI2%C2%B7"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(FILL, st.none() | VALUES), max_size=8), FILL, st.sets(st.integers(0, 60), max_size=6))
def test_restoring_what_was_redacted_gives_the_text_back(
    pieces: list[tuple[str, str | None]], tail: str, cuts: set[int]
) -> None:
    """For every text, with planted spans, forged placeholders and finders that cut words apart."""
    book = legend()
    assert book.tag == "CI2"
    book.add("Smith", Kind.PERSON)
    text = ""
    spans = []
    for fill, value in pieces:
        text += fill
        if value is not None:
            spans.append(Finding(len(text), len(text) + len(value), Kind.PERSON))
            text += value
    text += tail
    edges = sorted(cut for cut in cuts if cut <= len(text))
    spans += [Finding(a, b, Kind.OTHER) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    redacted = redact(text, Findings(tuple(spans)), book)
    assert isinstance(redacted, Redacted)
    assert restore(redacted.text, book) == text
    assert restore(redacted.text, Legend.from_payload(json.loads(json.dumps(book.to_payload())))) == text


PROVEN = [
    "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "078-05-1120", "192.168.7.31", "john.smith@example.com",
    "+49 30 901820",
    "ghp_" + "x7Kq29LmNw83BvTz51RcYd64HsGf0jPoAeUi",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.text(alphabet="abc é🙂.,\n-", max_size=12), st.sampled_from(PROVEN)), min_size=1, max_size=6)
)
def test_planted_values_never_stand_in_what_is_redacted(pieces: list[tuple[str, str]]) -> None:
    """End to end, finder and redaction: neither in whole nor without their marks."""
    text = " ".join(f"{before} {value}" for before, value in pieces) + " end"
    book = legend()
    redacted = redact(text, FINDER.find(text), book)
    bare = "".join(char for char in redacted.text if char.isalnum())
    for _, value in pieces:
        assert value not in redacted.text
        assert "".join(char for char in value if char.isalnum()) not in bare
    assert not book.reveals(redacted.text)
    assert restore(redacted.text, book) == text
