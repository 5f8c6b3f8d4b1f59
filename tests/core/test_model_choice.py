"""Which model fits a machine, and which of the installed ones does the work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.model_card import MAKER_OF, Card, CardFile, ModelRole, Tier
from privacy_assistant.core.model_choice import SIZES, chosen, machine_size, recommended
from privacy_assistant.core.model_lock import Installed, Lock, LockedFile, Trust

GB = 1024**3


def card(name: str, tier: Tier, for_gb: tuple[int, ...], *languages: str, role: ModelRole = ModelRole.STT) -> Card:
    """A card of one file."""
    return Card(name, role, MAKER_OF[role], tier, (CardFile("x"),), "MIT", languages or ("*",), for_gb=for_gb)


def installed(name: str, when: str, *languages: str, role: ModelRole = ModelRole.STT) -> Installed:
    """An entry of one file."""
    file = LockedFile(f"{role}/{name}/x", 1, "0" * 64)
    return Installed(name, role, MAKER_OF[role], (file,), Trust.IMPORTED, languages=languages or ("*",), installed=when)


@pytest.mark.parametrize(
    ("gb", "size"),
    [(0, 4), (1, 4), (3.7, 4), (6.7, 4), (7.5, 8), (8, 8), (15.4, 16), (31.2, 32), (62.5, 32), (900, 32)],
)
def test_a_machine_is_of_the_size_it_was_sold_as(gb: float, size: int) -> None:
    """A part of the memory is never told of; a tiny machine counts as the smallest."""
    assert machine_size(int(gb * GB)) == size


CARDS = (
    card("small", Tier.SMALL, (4, 8, 16, 32)),
    card("small-english", Tier.SMALL, (4, 8, 16, 32), "en"),
    card("good", Tier.GOOD, (8, 16)),
    card("best", Tier.BEST, (16, 32), "en", "de"),
    card("voice", Tier.GOOD, (8,), "en", role=ModelRole.TTS),
)


@pytest.mark.parametrize(
    ("tier", "language", "size", "name"),
    [
        (Tier.SMALL, "en", 4, "small-english"),
        (Tier.SMALL, "en-GB", 4, "small-english"),
        (Tier.SMALL, "de", 4, "small"),
        (Tier.GOOD, "de", 8, "good"),
        (Tier.GOOD, "de", 4, "small"),
        (Tier.BEST, "de-AT", 16, "best"),
        (Tier.BEST, "fr", 16, "good"),
        (Tier.BEST, "fr", 32, "small"),
    ],
)
def test_the_card_of_a_tier_fits_language_and_memory(tier: Tier, language: str, size: int, name: str) -> None:
    """Where there is none of the tier, the nearest smaller one; a card for the language alone comes first."""
    found = recommended(CARDS, ModelRole.STT, tier, language, size)
    assert found is not None
    assert found.name == name


def test_nothing_is_recommended_where_nothing_fits() -> None:
    """Another language, another role, another size, or the spare one that is there anyway."""
    assert recommended(CARDS, ModelRole.TTS, Tier.BEST, "fr", 8) is None
    assert recommended(CARDS, ModelRole.PII, Tier.BEST, "en", 8) is None
    assert recommended(CARDS, ModelRole.TTS, Tier.BEST, "en", 4) is None
    assert recommended(CARDS, ModelRole.STT, Tier.SPARE, "en", 8) is None


LOCK = Lock(
    (
        installed("a", "2026-01-02"),
        installed("b", "2026-01-03", "en"),
        installed("c", "2026-01-01", "de"),
        installed("d", "2026-01-09", role=ModelRole.TTS),
    )
)


def test_the_last_that_came_for_a_language_does_the_work() -> None:
    """One for many languages is for this one too; one for others is not."""
    assert [getattr(chosen(LOCK, ModelRole.STT, "", tag), "name", "") for tag in ("en-US", "de", "")] == ["b", "a", "b"]
    assert chosen(LOCK, ModelRole.LLM, "", "en") is None


def test_what_is_named_is_taken_or_nothing() -> None:
    """Whatever its language; never another one in its place, and none of another role."""
    assert chosen(LOCK, ModelRole.STT, "c", "en") == LOCK.get("c")
    assert chosen(LOCK, ModelRole.STT, "d", "en") is None
    assert chosen(LOCK, ModelRole.STT, "/models/a", "en") is None


def test_of_two_that_came_at_once_the_name_decides() -> None:
    """So that two starts choose the same one."""
    twins = (installed("a", "2026-01-01"), installed("b", "2026-01-01"))
    assert chosen(Lock(twins), ModelRole.STT, "", "en") == chosen(Lock(twins[::-1]), ModelRole.STT, "", "en")


@given(st.integers(0, 2**50))
def test_every_machine_has_a_size(memory: int) -> None:
    """Never none, and more memory is never a smaller size."""
    assert machine_size(memory) in SIZES
    assert machine_size(memory, 2) <= machine_size(memory, 4) <= machine_size(memory, 8)
    assert machine_size(memory + GB) >= machine_size(memory)


def test_few_cores_make_a_machine_smaller_than_its_memory() -> None:
    """A model of eight thousand million numbers fits into 32 GB, and two cores say a word a second with it."""
    assert [machine_size(32 * GB, cores) for cores in (1, 3, 4, 7, 8, 64)] == [8, 8, 16, 16, 32, 32]
    assert machine_size(4 * GB, 64) == 4
