"""The sentences the finder of topics learns from, its training, and what it reaches on those it never saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.topics import data
from models.topics.train import train
from privacy_assistant.core.kinds import Topic
from privacy_assistant.engines.topics_linear import weights
from privacy_assistant.engines.topics_linear.finder import TopicFinder
from privacy_assistant.engines.topics_linear.lexicon import Lexicon, read
from privacy_assistant.engines.topics_linear.words import words

TEMPLATES = data.read(data.TEMPLATES)
HELD_OUT = data.read(data.HELD_OUT)

RECALL = 0.85
FALSE_ALARMS = 0.07
"""Of a topic, where more than half of the negatives are written to mislead."""

EVERYDAY_ALARMS = 0.04
"""Of any topic, on what people say all day."""


def test_alternatives_and_labels_of_a_template_are_read(tmp_path: Path) -> None:
    """`[a|b]` is two texts, `+` and `?` change the labels."""
    (tmp_path / "en_sexual.txt").write_text("?health [he|she] came\n+legal no\n", encoding="utf-8")
    (tmp_path / "en_none_near.txt").write_text("tennis court\n", encoding="utf-8")
    near, either, both = data.read(tmp_path)
    assert near.first.is_negative
    assert near.first.is_near
    assert [one.text for one in either.variants] == ["he came", "she came"]
    assert [either.first.label(topic) for topic in ("sexual", "health", "legal")] == [True, None, False]
    assert both.first.on == {"sexual", "legal"}


def test_a_slip_in_a_label_is_an_error(tmp_path: Path) -> None:
    """A misspelled topic would be a silent negative."""
    (tmp_path / "en_none.txt").write_text("+healt my back hurts\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no topic"):
        data.read(tmp_path)


def test_held_out_texts_are_in_no_template() -> None:
    """Else the figure would be memory."""
    learned = [*TEMPLATES, *data.read(data.DEV)]
    seen = {" ".join(words(one.text)) for template in learned for one in template.variants}
    assert not [one.text for template in HELD_OUT for one in template.variants if " ".join(words(one.text)) in seen]


@pytest.mark.parametrize("topic", list(Topic))
def test_there_are_enough_templates_of_every_topic(topic: Topic) -> None:
    """150 in English, 40 in each other language, and a quarter as many again held out."""
    for language in data.LANGUAGES:
        some = [t for t in TEMPLATES if t.first.language == language and topic.value in t.first.on]
        held_out = [t for t in HELD_OUT if t.first.language == language and topic.value in t.first.on]
        assert len(some) >= (150 if language == "en" else 40)
        assert 4 * len(held_out) >= len(some)
    assert sum(t.first.is_negative for t in TEMPLATES) >= 400


def test_longer_texts_hold_one_sentence_among_everyday_ones() -> None:
    """The same seed gives the same texts, in one language each."""
    on = [t.first for t in HELD_OUT if t.first.on]
    negatives = [t.first for t in HELD_OUT if t.first.is_negative]
    made = data.longer(on, negatives, 20, 3)
    assert made == data.longer(on, negatives, 20, 3)
    assert all(one.on and len(one.text.split(". ")) >= 4 for one in made)


def test_everyday_texts_have_no_term_of_the_lexicon() -> None:
    """What was written for another purpose is a negative only where nothing speaks against it."""
    lexicon = Lexicon()
    lexicon.add("bank", 0)
    everyday = data.read_everyday(lexicon, ["en"])
    assert len(everyday) > 100
    assert not [one.text for t in everyday for one in t.variants if "bank" in words(one.text)]


def test_training_twice_gives_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    """A reader can make the weights that we ship."""
    some = [t for t in TEMPLATES if t.first.language == "en"][::25]
    terms = list(read("= health strong en\nfever, doctor\n= legal strong en\ncourt\n= off en\ntennis court"))
    first, again = (weights.pack(train(some, terms, epochs=1, folds=2, everyday=[])) for _ in range(2))
    assert first == again
    assert first != weights.pack(train(some, terms, epochs=1, folds=2, everyday=[], seed=8))
    assert "threshold" in capsys.readouterr().out


def test_the_shipped_finder_reaches_its_figures_on_held_out_texts() -> None:
    """Somewhat below what models/topics/README.md states, so that a change for the worse shows."""
    finder = TopicFinder()
    texts = [one for template in HELD_OUT for one in template.variants]
    found = {one.text: finder.find(one.text).topics for one in texts}
    negatives = [one for one in texts if one.is_negative]
    for topic in Topic:
        on = [one for one in texts if one.label(topic.value)]
        assert sum(topic in found[one.text] for one in on) >= RECALL * len(on)
        assert sum(topic in found[one.text] for one in negatives) <= FALSE_ALARMS * len(negatives)
    plain = [one for one in negatives if not one.is_near]
    assert sum(bool(found[one.text]) for one in plain) <= EVERYDAY_ALARMS * len(plain)
