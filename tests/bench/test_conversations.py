"""The random conversations of `tests.bench.conversations`: a few of the ten thousand, and that a leak would be seen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.redaction import restore
from tests.bench.bent_placeholders import bend, found_in
from tests.bench.conversations import broken, converse
from tests.fakes import FakeFinder


@pytest.fixture(scope="module")
def tally() -> Counter[str]:
    """Two hundred conversations, by the real finder."""
    return converse(range(200), seed=7)


def test_no_value_with_a_form_and_none_of_the_profile_is_seen(tally: Counter[str]) -> None:
    """In two hundred conversations, in any string that the server was sent."""
    assert tally["conversations"] == 200
    assert tally["planted proven"] > 400
    assert tally["planted listed"] > 200
    assert (tally["seen proven"], tally["seen listed"]) == (0, 0)


def test_every_answer_comes_back_exact(tally: Counter[str]) -> None:
    """With placeholders in every shape that is promised."""
    assert tally["placeholders"] > 1000
    assert tally["not exact"] == 0
    assert tally["exact"] == tally["requests"]


def test_every_question_that_may_leave_does(tally: Counter[str]) -> None:
    """The last look takes nothing for a leak that is none: an echo of a placeholder, or a part of one."""
    assert tally["held back"] == 0


def test_names_are_seen_no_more_often_than_redaction_alone_leaves_them(tally: Counter[str]) -> None:
    """What a conversation knows already only ever masks more."""
    assert tally["planted name"] > 500
    assert tally["seen name"] <= tally["left by redaction alone name"]


def test_a_leak_is_seen() -> None:
    """A finder that finds nothing lets everything through, and the tally says so."""

    def blind(_listed: Sequence[str]) -> FakeFinder:
        return FakeFinder()

    tally = converse(range(6), seed=3, search=blind)
    assert set(broken(tally)) == {"seen proven", "seen listed"}
    assert tally["seen proven"] == tally["planted proven"]


def test_an_answer_that_is_not_exact_is_seen() -> None:
    """Each shape is what a restorer makes of it; a restorer that knows another value differs."""
    legend, other = Legend("K7Q"), Legend("K7Q")
    mark = legend.write(legend.add('Jo "Bo" Li', Kind.PERSON))
    other.add("Somebody Else", Kind.PERSON)
    assert found_in(f"to {mark} and {mark}") == [mark]
    for number in range(200):
        bent = bend(mark, random.Random(number))
        wanted = bent.with_value('Jo "Bo" Li')
        assert restore(f"Ask {bent.text} now.", legend) == f"Ask {wanted} now."
        assert restore(f"Ask {bent.text} now.", other) != f"Ask {wanted} now."
