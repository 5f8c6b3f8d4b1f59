"""What the spare recogniser can hear is what the skills understand."""

from __future__ import annotations

from random import Random

from privacy_assistant.core.spoken_commands import ORDERS, as_written, rules
from privacy_assistant.core.word_graph import word_graph
from tests.skills.asking import ask_all

EACH = 40


def test_sentences_of_the_grammar_are_taken_by_the_skills() -> None:
    """Of random sentences of each kind at least 95 in 100 are answered by a skill, and no kind by less than 80."""
    random = Random(20261121)
    taken: dict[str, int] = {}
    for order in ORDERS:
        graph = word_graph(rules(), f"<{order}>")
        sentences = [as_written(graph.sentence(random.randrange)) for _ in range(EACH)]
        taken[order] = sum(ask_all(sentence, last="Hello.") is not None for sentence in sentences)
    assert min(taken.values()) >= 0.8 * EACH, taken
    assert sum(taken.values()) >= 0.95 * EACH * len(ORDERS), taken
