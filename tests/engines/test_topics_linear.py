"""What a text is about: topics found in seven languages, everyday words left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Topic
from privacy_assistant.core.turn import Origin
from privacy_assistant.engines.topics_linear import weights
from privacy_assistant.engines.topics_linear.features import BUCKETS, NEAR, WORD_BUCKETS, extract
from privacy_assistant.engines.topics_linear.finder import WINDOW, TopicFinder, windows
from privacy_assistant.engines.topics_linear.lexicon import (
    MARKS,
    OFF,
    OWNED,
    PAIRED,
    SORTS,
    STRONG,
    TOPICS,
    WEAK,
    Lexicon,
    read,
)
from privacy_assistant.engines.topics_linear.words import sentences, words
from privacy_assistant.errors import EngineMissing, ModelTampered

FINDER = TopicFinder()

ON_TOPIC = {
    Topic.HEALTH: (
        "my doctor says my blood sugar is too high",
        "what is diabetes",
        "MY CHEMO STARTS ON MONDAY",
        "mein Arzt sagt, mein Blutdruck ist zu hoch",
        "je suis enceinte de cinq mois et j'ai des nausées",
        "me han diagnosticado esclerosis múltiple",
        "ho la febbre e la tosse da tre giorni",
        "mijn huisarts denkt dat ik een burn-out heb",
        "estou com depressão e tomo antidepressivos",
    ),
    Topic.LEGAL: (
        "my landlord sued me and the court date is in June",
        "I was arrested for drunk driving",
        "mein Anwalt sagt, ich soll gegen das Urteil Berufung einlegen",
        "mon avocat prépare mon divorce devant le tribunal",
        "la policía detuvo a mi hermano y está en prisión",
        "il giudice lo ha condannato per furto",
        "mijn advocaat zegt dat ik naar de rechtbank moet",
        "o meu advogado quer recorrer da sentença do tribunal",
    ),
    Topic.SEXUAL: (
        "I think I might be gay and my parents don't know",
        "my wife and I have had no sex for a year",
        "ich habe Sex mit meinem Kollegen gehabt",
        "je suis lesbienne et ma famille ne le sait pas",
        "soy homosexual y veo porno a escondidas",
        "mio marito mi ha tradita con una prostituta",
        "ik ben biseksueel en heb een open relatie",
        "acho que sou lésbica e nunca tive um orgasmo",
    ),
    Topic.POLITICAL: (
        "I voted for the Greens and I hate this government",
        "who should I vote for in the presidential election",
        "ich habe bei der Bundestagswahl die SPD gewählt",
        "je suis adhérent du parti socialiste et je vais à la manif",
        "estoy afiliado al PSOE y voy a la huelga del sindicato",
        "alle elezioni ho votato il Partito Democratico",
        "ik ben lid van een politieke partij en stem GroenLinks",
        "nas eleições votei no Bloco de Esquerda",
    ),
}

ON_NONE = (
    *("what's the weather like tomorrow", "my laptop has a virus", "the battery died", "book the tennis court for six"),
    *("party tonight", "vote for the best photo", "the sex of the kitten", "is the new Doctor Who episode out"),
    *("the operation of the machine is described in chapter four", "what is the law of gravity", "I am fine, thanks"),
    *("judge a book by its cover", "extra virgin olive oil", "turn left at the light", "Apple stock price"),
    *("how do I undo the last commit", "thank you for your order, it will arrive on Wednesday", "who was Einstein"),
    *("wie wird das Wetter morgen", "ein schnelles Gericht mit Nudeln", "an der Ampel rechts abbiegen"),
    *("réserve le court de tennis", "de l'huile d'olive vierge extra", "quel temps fera-t-il demain"),
    *("reserva la pista de tenis", "aceite de oliva virgen extra", "qué hora es en Tokio"),
    *("olio extra vergine di oliva", "una partita a carte", "che ore sono a Tokyo"),
    *("het hart van de stad", "ga rechtdoor en dan linksaf", "hoe laat is het in Tokio"),
    *("azeite virgem extra", "uma partida de xadrez", "que horas são em Tóquio"),
    *("", " \n\t", "12345", "🙂🙂", "?!"),
)


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, texts in ON_TOPIC.items() for text in texts])
def test_a_text_on_a_topic_is_found_to_be(topic: Topic, text: str) -> None:
    """Each topic, in each of the seven languages."""
    assert topic in FINDER.find(text).topics


@pytest.mark.parametrize("text", ON_NONE)
def test_everyday_words_are_on_no_topic(text: str) -> None:
    """Words that a topic has too mean something else here."""
    assert FINDER.find(text).topics == frozenset()


def test_it_finds_topics_and_nothing_else() -> None:
    """A topic is a verdict on a text; there is no span to mask."""
    assert FINDER.kinds == frozenset(Topic)
    assert FINDER.find("my doctor says my blood sugar is too high").spans == ()


def test_the_origin_of_a_text_does_not_matter() -> None:
    """Speech has no capitals and no marks, and the words are the same."""
    text = "My doctor says: my blood-sugar is too high!"
    assert FINDER.find(text, origin=Origin.VOICE) == FINDER.find(text.lower().replace(":", "").replace("!", ""))


def test_one_sentence_on_topic_counts_in_a_long_text() -> None:
    """A confession in the middle of a long mail is still one."""
    plain = "The garden is green and the table stands in the shade. We talked about the new kitchen. "
    assert FINDER.find(plain * 20).topics == frozenset()
    found = FINDER.find(plain * 10 + "I was diagnosed with breast cancer. " + plain * 10)
    assert found.topics == {Topic.HEALTH}


def test_a_long_sentence_without_marks_is_read_in_windows() -> None:
    """Dictated text has no full stops."""
    plain = "and then we walked along the river and looked at the boats and the birds " * 12
    assert FINDER.find(plain).topics == frozenset()
    assert Topic.HEALTH in FINDER.find(f"{plain} i was diagnosed with breast cancer {plain}").topics


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_string_raises_and_the_answer_is_the_same_twice(text: str) -> None:
    """Lone surrogates, marks, any script."""
    found = FINDER.find(text)
    assert found == FINDER.find(text)
    assert found.spans == ()


@given(st.lists(st.integers(1, 90), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_windows_cover_every_word_within_its_sentence_and_are_few(lengths: list[int]) -> None:
    """Work grows with the text and not faster: no more windows than words."""
    total = sum(lengths)
    places = windows(lengths)
    assert {at for start, end in places for at in range(start, end)} == set(range(total))
    assert all(0 < end - start <= WINDOW for start, end in places)
    assert len(places) <= total
    if total > WINDOW:
        edges = [sum(lengths[:n]) for n in range(1, len(lengths))]
        assert not any(start < edge < end for start, end in places for edge in edges)


def test_a_hundred_kilobytes_are_looked_at_whole() -> None:
    """The last sentence counts as the first one does."""
    long = "The garden is green. " * 5000
    assert FINDER.find(long).topics == frozenset()
    assert FINDER.find(long + "My son was arrested by the police.").topics == {Topic.LEGAL}


def test_words_are_folded() -> None:
    """Case, accents, ligatures and invisible marks make no other word."""
    assert words("Ärzte, ŒDÈME d'hôpital so\u00adft") == ["arzte", "oedeme", "d", "hopital", "soft"]
    assert sentences("One two. Three!\nfour 4.5 five…") == [["one", "two"], ["three"], ["four", "five"]]


def test_terms_are_words_beginnings_ends_and_phrases() -> None:
    """The four ways in which the lexicon speaks."""
    lexicon = Lexicon()
    for mark, _, term in read("= health strong en\nfever, *itis, diabet*, blood sugar\n= off en\nfever pitch"):
        lexicon.add(term, mark)
    assert lexicon.of_word("fever") == lexicon.of_word("fevers") == (0,)
    assert lexicon.of_word("arthritis") == lexicon.of_word("diabetic") == (0,)
    assert lexicon.of_word("it") == lexicon.of_word("feverish") == ()
    said = words("blood sugar at fever pitch")
    assert list(lexicon.phrases(said)) == [(0, 2, (0,)), (3, 5, (OFF,))]


@pytest.mark.parametrize("term", ["***", "a*", "dia*bet", "blood sug*", "one two three four five six", "12"])
def test_a_term_that_cannot_be_looked_up_is_refused(term: str) -> None:
    """A slip in the file shows when it is read, not as silence."""
    with pytest.raises(ValueError):
        list(read(f"= health strong en\n{term}"))


def test_a_phrase_that_is_off_silences_its_words() -> None:
    """In "tennis court" nobody is before a judge."""
    lexicon = Lexicon()
    lexicon.add("court", STRONG)
    lexicon.add("tennis court", OFF)
    features = extract(["the", "tennis", "court"], lexicon)
    assert features.marks == [(), (), (OFF,)]
    assert features.words[1:] == [(), ()]
    assert extract(["the", "court"], lexicon).marks == [(), (STRONG,)]


def test_a_weak_term_counts_more_as_somebodys_own_and_beside_another() -> None:
    """ "My back" and "back pain" say more than "back"."""
    lexicon = Lexicon()
    for word in ("back", "pain"):
        lexicon.add(word, WEAK)
    assert extract(["the", "back"], lexicon).marks[1] == (WEAK,)
    assert extract(["my", "back"], lexicon).marks[1] == (WEAK, OWNED)
    assert extract(["back", "pain"], lexicon).marks[1] == (WEAK, PAIRED)
    assert extract(["back", *["x"] * NEAR, "pain"], lexicon).marks[-1] == (WEAK,)


def test_features_stay_in_their_tables() -> None:
    """A bucket beyond its table would be another topic's weight."""
    text = "Meine Ärztin und ihr Bruder gingen gestern mit dem alten Hund in die Stadt"
    features = extract(words(text), Lexicon.load())
    assert all(0 <= bucket < WORD_BUCKETS for row in features.words for bucket in row)
    assert all(0 <= bucket < BUCKETS - WORD_BUCKETS for row in features.grams for bucket in row)
    assert all(0 <= mark < MARKS for row in features.marks for mark in row)
    assert len(features.words) == len(features.grams) == len(features.marks) == len(words(text))


def test_the_lexicon_speaks_of_every_topic_in_every_language() -> None:
    """A language without terms would rest on the templates alone."""
    text = Path(weights.__file__).with_name("lexicon.txt").read_text(encoding="utf-8")
    strong = [(mark // SORTS, language) for mark, language, _ in read(text) if mark != OFF and mark % SORTS == STRONG]
    for topic in range(len(TOPICS)):
        for language in ("en", "de", "fr", "es", "it", "nl", "pt"):
            assert strong.count((topic, language)) >= 100


def test_what_is_packed_is_loaded(tmp_path: Path) -> None:
    """Float32 and int8, nothing lost."""
    shipped = weights.load()
    file = tmp_path / "weights.bin"
    file.write_bytes(weights.pack(shipped))
    again = weights.load(file)
    assert [(one.threshold, one.bias, one.scale, one.marks) for one in again] == [
        (one.threshold, one.bias, one.scale, one.marks) for one in shipped
    ]
    assert [one.buckets.tobytes() for one in again] == [one.buckets.tobytes() for one in shipped]
    assert len(again) == len(TOPICS)
    assert file.stat().st_size <= 300_000


def test_missing_or_damaged_data_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    """A finder that cannot look must not say that there is nothing."""
    file = tmp_path / "weights.bin"
    with pytest.raises(EngineMissing) as missing:
        weights.load(file)
    assert missing.value.hint
    whole = weights.pack(weights.load())
    for damaged in (whole[:-1], b"XXXX" + whole[4:], b""):
        file.write_bytes(damaged)
        with pytest.raises(ModelTampered):
            weights.load(file)
    with pytest.raises(EngineMissing):
        Lexicon.load(tmp_path / "lexicon.txt")
    terms = Path(weights.__file__).with_name("lexicon.txt").read_bytes()
    for cut in (b"", terms[: len(terms) // 2], terms[:-1]):
        (tmp_path / "lexicon.txt").write_bytes(cut)
        with pytest.raises(ModelTampered):
            Lexicon.load(tmp_path / "lexicon.txt")
    (tmp_path / "lexicon.txt").write_bytes(b"= health strong en\n\xff")
    with pytest.raises(ModelTampered):
        Lexicon.load(tmp_path / "lexicon.txt")
