"""Many finders as one, and the levels."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.detection import Detector, Level, join_names
from privacy_assistant.core.floor import floor
from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.turn import Origin
from privacy_assistant.errors import EngineFailed
from tests.fakes import FakeFinder


class Spans:
    """A finder that gives the spans it was told, whatever the text."""

    kinds = frozenset({Kind.PERSON})

    def __init__(self, *spans: Finding) -> None:
        self._spans = spans

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        return Findings(self._spans)


def said(text: str, findings: Findings) -> list[tuple[str, Kind]]:
    """What the spans cover."""
    return [(text[span.start : span.end], span.kind) for span in findings.spans]


def named(text: str, word: str, kind: Kind, by: str = "ner", score: float = 0.9) -> Finding:
    """A span on the first place of a word."""
    return Finding(text.index(word), text.index(word) + len(word), kind, score, by)


# ---------------------------------------------------------------- union


def test_what_any_finder_finds_is_found() -> None:
    """Spans, topics and kinds are united, sorted and free of overlaps."""
    one = FakeFinder({"John": Kind.PERSON}, kinds=[Kind.PERSON])
    two = FakeFinder(
        {"John Smith": Kind.ORG, "Oslo": Kind.LOCATION}, topics={"sick": Topic.HEALTH}, kinds=[Topic.HEALTH]
    )
    detector = Detector([one, two])
    text = "Oslo: John Smith is sick"
    found = detector.find(text)
    assert said(text, found) == [("Oslo", Kind.LOCATION), ("John Smith", Kind.ORG)]
    assert found.topics == {Topic.HEALTH}
    assert detector.kinds == {Kind.PERSON, Topic.HEALTH}


def test_what_a_rule_is_sure_of_keeps_its_kind_where_a_model_guesses_a_name() -> None:
    """A policy about telephone numbers must see one, though the model takes it for an address with more certainty."""
    text = "call me back on 020 7946 0018"
    guess = named(text, "020 7946 0018", Kind.ADDRESS, score=0.97)
    assert said(text, Detector([PatternFinder(), Spans(guess)]).find(text)) == [("020 7946 0018", Kind.PHONE)]


def test_a_number_in_a_longer_address_does_not_name_it() -> None:
    """What a rule found is the smaller part: the whole is what the model says."""
    text = "she lives at 5 Elm Street, Springfield, Illinois, fax 555 0132"
    guess = named(text, text[13:], Kind.ADDRESS, score=0.9)
    fax = named(text, "555 0132", Kind.PHONE, by="rule:phone-cue")
    assert said(text, Detector([Spans(fax), Spans(guess)]).find(text)) == [(text[13:], Kind.ADDRESS)]


def test_a_finder_that_breaks_is_never_an_empty_answer() -> None:
    """Its error reaches the caller as it is."""
    with pytest.raises(EngineFailed):
        Detector([PatternFinder(), FakeFinder(error=EngineFailed("broken"))]).find("call me on 555 123 4567")


@pytest.mark.parametrize("place", [(0, 99), (-1, 2), (2, 2), (3, 2)])
def test_a_span_outside_of_the_text_is_a_fault(place: tuple[int, int]) -> None:
    """Nothing is searched half: a finder that counts otherwise (bytes, UTF-16) is told."""
    with pytest.raises(EngineFailed):
        Detector([Spans(Finding(*place, Kind.PERSON))]).find("hello")


def test_the_threshold_leaves_out_the_unsure_and_never_the_profile() -> None:
    """A score below it is no finding, unless the person listed the value."""
    text = "Ann met Bob and Cem"
    spans = Spans(
        named(text, "Ann", Kind.PERSON, score=0.4),
        named(text, "Bob", Kind.PERSON, score=0.6),
        named(text, "Cem", Kind.PERSON, "profile", 0.3),
    )
    assert said(text, Detector([spans], threshold=0.5).find(text)) == [("Bob", Kind.PERSON), ("Cem", Kind.PERSON)]


def test_what_the_person_allows_is_free_whoever_found_it() -> None:
    """Case and accents do not matter; the deny list and what is no name stay masked."""
    text = "José wrote to Zoë about 4111 1111 1111 1111"
    finder = FakeFinder({"José": Kind.PERSON, "Zoë": Kind.PERSON, "4111 1111 1111 1111": Kind.CARD})
    free = Detector([finder], allow=["jose", "4111 1111 1111 1111"]).find(text)
    assert said(text, free) == [("Zoë", Kind.PERSON), ("4111 1111 1111 1111", Kind.CARD)]
    listed = Detector([Spans(named(text, "José", Kind.PERSON, "profile"))], allow=["jose"]).find(text)
    assert said(text, listed) == [("José", Kind.PERSON)]


def test_a_part_of_what_the_person_allows_is_free_too() -> None:
    """A model that takes the host of an allowed address for a company masks nothing; one that goes further does."""
    text = "write to support@example.com about Example"
    inside = named(text, "example.com", Kind.ORG)
    wider = named(text, "support@example.com about", Kind.ORG)
    other = named(text, "Example", Kind.ORG)
    detector = Detector([Spans(inside, other)], allow=["Support@example.com"])
    assert said(text, detector.find(text)) == [("Example", Kind.ORG)]
    wide = Detector([Spans(wider)], allow=["support@example.com"]).find(text)
    assert said(text, wide) == [("support@example.com about", Kind.ORG)]


def test_some_finders_are_asked_about_a_text_and_not_about_what_became_of_it() -> None:
    """What is asked once is not asked again, and its kinds count all the same."""
    always, once = (
        FakeFinder({"Ann": Kind.PERSON}, kinds=[Kind.PERSON]),
        FakeFinder({"Bob": Kind.ORG}, kinds=[Kind.ORG]),
    )
    detector = Detector([always], once=[once])
    assert said("Ann Bob", detector.find("Ann Bob")) == [("Ann", Kind.PERSON), ("Bob", Kind.ORG)]
    assert said("Ann Bob", detector.find_again("Ann Bob")) == [("Ann", Kind.PERSON)]
    assert len(once.texts) == 1
    assert detector.kinds == {Kind.PERSON, Kind.ORG}


# ---------------------------------------------------------------- names as one class


def test_what_came_of_redaction_is_searched_once_and_nothing_of_it_is_kept() -> None:
    """The same text gives the same answer without a second search; another text, origin or detector does not, and an
    error is no answer. Only a digest stands for the text."""
    finder = FakeFinder({"Ann": Kind.PERSON})
    detector = Detector([finder])
    first = detector.find_again("Ann \ud800")
    assert detector.find_again("Ann \ud800") == first
    assert len(finder.texts) == 1
    assert detector.find_again("or Ann") != first
    detector.find_again("or Ann", origin=Origin.VOICE)
    detector.find("Ann")
    detector.find("Ann")
    assert len(finder.texts) == 5
    assert Detector([FakeFinder()]).find_again("Ann").spans == ()
    assert "Ann" not in repr(vars(detector)["_found_again"])
    broken = Detector([FakeFinder(error=EngineFailed("broken"))])
    for _ in range(2):
        with pytest.raises(EngineFailed):
            broken.find_again("Ann")


def test_what_is_remembered_has_an_end() -> None:
    """After a thousand texts it begins anew."""
    finder = FakeFinder()
    detector = Detector([finder])
    for number in range(3000):
        detector.find_again(str(number))
        assert len(vars(detector)["_found_again"]) <= 1024
    detector.find_again("2999")
    assert len(finder.texts) == 3000


@pytest.mark.parametrize(
    ("text", "spans", "wanted"),
    [
        ("to Ludwig van Beethoven.", [("Ludwig", Kind.PERSON), ("Beethoven", Kind.PERSON)], ["Ludwig van Beethoven"]),
        ("the Bank of America", [("Bank", Kind.ORG), ("America", Kind.ORG)], ["Bank of America"]),
        ("Bank of the West here", [("Bank", Kind.ORG), ("West", Kind.ORG)], ["Bank of the West"]),
        (
            "at 12 Elm Street, Springfield 62704.",
            [("12 Elm Street", Kind.ADDRESS), ("Springfield", Kind.LOCATION), ("62704", Kind.ZIP)],
            ["12 Elm Street, Springfield 62704"],
        ),
        (
            "12 Elm Street\n  Springfield",
            [("12 Elm Street", Kind.ADDRESS), ("Springfield", Kind.LOCATION)],
            ["12 Elm Street\n  Springfield"],
        ),
        ("Ann and Bob", [("Ann", Kind.PERSON), ("Bob", Kind.PERSON)], ["Ann", "Bob"]),
        ("Ann, Bob", [("Ann", Kind.PERSON), ("Bob", Kind.PERSON)], ["Ann", "Bob"]),
        ("Ann  Bob", [("Ann", Kind.PERSON), ("Bob", Kind.PERSON)], ["Ann", "Bob"]),
        ("Ann of Oslo", [("Ann", Kind.PERSON), ("Oslo", Kind.LOCATION)], ["Ann", "Oslo"]),
        ("Paris, Texas", [("Paris", Kind.LOCATION), ("Texas", Kind.LOCATION)], ["Paris", "Texas"]),
        ("Ann 555", [("Ann", Kind.PERSON), ("555", Kind.PHONE)], ["Ann", "555"]),
    ],
)
def test_pieces_of_one_name_become_one(text: str, spans: list[tuple[str, Kind]], wanted: list[str]) -> None:
    """Small words between two pieces of a name or of an address are masked with them; two names stay two."""
    joined = join_names(text, [named(text, word, kind) for word, kind in spans])
    assert [text[span.start : span.end] for span in joined] == wanted


def test_a_family_name_filed_as_a_company_joins_its_first_name() -> None:
    """OpenTranscribe 499: of "Anna Kovacs" no half stays, and it is one person."""
    text = "ask Anna Kovacs"
    joined = join_names(text, [named(text, "Anna", Kind.PERSON, "rule:name-cue"), named(text, "Kovacs", Kind.ORG)])
    assert said(text, Findings(joined)) == [("Anna Kovacs", Kind.PERSON)]


def test_a_listed_name_is_not_joined_to_others() -> None:
    """What the person listed keeps its own placeholder."""
    text = "Anna van Berg"
    spans = [named(text, "Anna", Kind.PERSON, "profile"), named(text, "Berg", Kind.PERSON)]
    assert join_names(text, spans) == tuple(spans)


# ---------------------------------------------------------------- public names


def test_public_names_pass_in_balanced_alone() -> None:
    """The hook is asked in balanced; strict and block mask whatever it would say."""
    text = "who was Einstein"
    spans = Spans(named(text, "Einstein", Kind.PERSON))
    wanted = {Level.BALANCED: [], Level.STRICT: [("Einstein", Kind.PERSON)], Level.BLOCK: [("Einstein", Kind.PERSON)]}
    for level, expected in wanted.items():
        found = Detector([spans], level=level, is_public=lambda *_: True).find(text)
        assert said(text, found) == expected, level


def test_a_text_full_of_names_is_no_question_about_the_world() -> None:
    """Nothing passes, and nothing is asked: holding each name against all others would take quadratic time."""
    text = "Oslo " * 40
    spans = [Finding(at, at + 4, Kind.LOCATION, 0.9, "ner") for at in range(0, len(text), 5)]
    asked: list[str] = []

    def is_public(whole: str, finding: Finding, others: object) -> bool:
        asked.append(whole)
        return True

    assert len(Detector([Spans(*spans)], is_public=is_public).find(text).spans) == 40
    assert not asked
    assert not Detector([Spans(*spans[:20])], is_public=is_public).find(text).spans


@pytest.mark.parametrize("by", ["profile", "rule:name-cue"])
def test_what_is_listed_or_proven_is_never_public(by: str) -> None:
    """Also where the tagger found the same name."""
    text = "who was Einstein"
    spans = (named(text, "Einstein", Kind.PERSON, "ner"), named(text, "Einstein", Kind.PERSON, by))
    found = Detector([Spans(*spans[:1]), Spans(*spans[1:])], is_public=lambda *_: True).find(text)
    assert said(text, found) == [("Einstein", Kind.PERSON)]


def test_the_hook_is_told_what_else_is_in_the_text() -> None:
    """A name beside other findings can be judged by them."""
    asked: list[tuple[str, list[Kind]]] = []
    text = "Einstein, call 555"

    def is_public(whole: str, finding: Finding, others: object) -> bool:
        assert isinstance(others, list)
        asked.append((whole[finding.start : finding.end], [other.kind for other in others]))
        return False

    spans = (named(text, "Einstein", Kind.PERSON), named(text, "555", Kind.PHONE, "rule:phone"))
    assert len(Detector([Spans(*spans)], is_public=is_public).find(text).spans) == 2
    assert asked == [("Einstein", [Kind.PHONE])]


# ---------------------------------------------------------------- the floor


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("then Grobnik said so", ["Grobnik"]),
        ("we met at Project Falcon with Zed", ["Project Falcon", "Zed"]),
        ("the Bank of Zorn", ["Bank of Zorn"]),
        ("Grobnik said so", ["Grobnik"]),
        ("Yesterday was fine. Grobnik too", ["Grobnik"]),
        ("ref A4-2231 please", ["A4-2231"]),
        ("my code is 48213", ["48213"]),
        ("it is 48 213 771 then", ["213", "771"]),
        ("GROBNIK MUST PAY", ["GROBNIK"]),
        ("O'Grady and d'Arc", ["O'Grady"]),
        ("the number ４８２１３", ["４８２１３"]),
    ],
)
def test_the_floor_masks_capitals_and_digits(text: str, wanted: list[str]) -> None:
    """Inside a sentence every capital, at its start unknown words, and numbers that measure nothing."""
    common = {"yesterday", "project", "must", "pay", "the"}
    spans = list(floor(text, is_common=common.__contains__))
    assert [text[span.start : span.end] for span in spans] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Yesterday we ate 250 grams of rice",
        "On Monday in May I'm free at 10:30",
        "it costs $1,200 or 1500 euros",
        "2024-05-06 and 12/05/2024 at 5pm",
        "in 1999 the 21st time, 30% of 4GB",
        "Is it? Yes! It is. OK",
        "\n- It is so\n* It is not\n1. It may be",
        "",
        "⟦PERSON·K7Q·1⟧ is at ⟦ADDRESS·K7Q·12⟧",
    ],
)
def test_the_floor_leaves_plain_sentences_readable(text: str) -> None:
    """Starts of sentences, dates, times, sums and measures name nobody."""
    found = Detector([], level=Level.STRICT, is_common=lambda word: True).find(text)
    assert said(text, found) == []


def test_the_floor_spares_placeholders_and_nothing_beside_them() -> None:
    """A text that was redacted already is searched around what stands in it."""
    text = "so ⟦PERSON·K7Q·1⟧ and Grobnik met ⟦PERSON·K7Q·2⟧"
    assert said(text, Detector([], level=Level.STRICT).find(text)) == [("Grobnik", Kind.OTHER)]


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "ich sah die Katze mit Grobnik", ["Katze", "Grobnik"]),
        ("de", "ich sah die Katze mit Grobnik", ["Grobnik"]),
        ("de-CH", "ich sah die Katze mit Grobnik", ["Grobnik"]),
        ("auto", "ich sah die Katze mit Grobnik", ["Grobnik"]),
        ("auto", "I saw the Katze with Grobnik", ["Katze", "Grobnik"]),
        ("auto", "Katze Grobnik", ["Grobnik"]),
    ],
)
def test_what_a_capital_means_depends_on_the_language(language: str, text: str, wanted: list[str]) -> None:
    """In German a noun has one; which language it is can be read off its small words."""
    spans = floor(text, is_common={"katze"}.__contains__, language=language)
    assert [word for span in spans for word in text[span.start : span.end].split()] == wanted


@pytest.mark.parametrize("text", ["one hundred twenty grams of rice", "take twenty five now", "wait two three"])
def test_spoken_quantities_stay_readable(text: str) -> None:
    """What is measured, and one or two digits."""
    assert list(floor(text, origin=Origin.VOICE)) == []


def test_the_floor_hears_spoken_digits_in_voice_alone() -> None:
    """Three spoken digits are masked where a person spoke."""
    text = "it is four seven one for two cats"
    assert [text[s.start : s.end] for s in floor(text, origin=Origin.VOICE)] == ["four seven one"]
    assert list(floor(text)) == []


def test_strict_and_block_find_what_balanced_finds_and_more() -> None:
    """A higher level never masks less."""
    text = "then Grobnik wrote to ann@example.org for 48213"
    balanced = said(text, Detector([PatternFinder()]).find(text))
    assert balanced == [("ann@example.org", Kind.EMAIL)]
    for level in (Level.STRICT, Level.BLOCK):
        found = said(text, Detector([PatternFinder()], level=level).find(text))
        assert set(balanced) <= set(found)
        assert ("Grobnik", Kind.OTHER) in found
        assert ("48213", Kind.OTHER) in found


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.sampled_from(Level), st.sampled_from([Origin.TYPED, Origin.VOICE]))
def test_any_text_gives_spans_that_fit(text: str, level: Level, origin: Origin) -> None:
    """Sorted, not overlapping, inside the text, whatever the text is."""
    spans = Detector([PatternFinder()], level=level).find(text, origin=origin).spans
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))
