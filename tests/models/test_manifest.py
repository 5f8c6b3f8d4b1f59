"""The manifest that ships: what it promises for each machine, and that it claims no more than somebody published."""

from __future__ import annotations

import re
import tomllib

import pytest

from privacy_assistant.core.hub import HUB, first_place
from privacy_assistant.core.model_card import Card, ModelRole, Tier
from privacy_assistant.core.model_choice import SIZES, recommended
from privacy_assistant.engines.catalogue import find_manifest
from tests.models import manifest_tables
from tests.models.manifest_tables import LANGUAGES, MANIFEST, README, TIERS

CARDS = manifest_tables.cards()

MOST_CARDS = 60
"""Whoever lists models reads them all."""

_FEWER = {ModelRole.PII: ("en",), ModelRole.WAKE: ("en", "de", "fr", "es", "it", "nl")}
"""Roles for which there is no model of every language."""

_PROMISED = [
    (role, tier, language, size)
    for role in ModelRole
    for tier in TIERS
    for language in _FEWER.get(role, LANGUAGES)
    for size in SIZES
]
_OF_MEMORY = 0.6
"""No model takes more of a machine: the system, the other roles and the person's own programs want some too."""


@pytest.fixture(params=CARDS, ids=lambda card: card.name)
def card(request: pytest.FixtureRequest) -> Card:
    """Each card of the manifest."""
    found = request.param
    assert isinstance(found, Card)
    return found


def test_the_manifest_that_ships_is_the_one_the_engines_read() -> None:
    """Else these tests would check another file."""
    assert find_manifest() == MANIFEST


def test_there_are_not_so_many_cards_that_a_list_is_slow() -> None:
    """Reading takes a third of a millisecond a card."""
    assert 40 <= len(CARDS) <= MOST_CARDS


@pytest.mark.parametrize(("role", "tier", "language", "size"), _PROMISED)
def test_every_machine_finds_a_model(role: ModelRole, tier: Tier, language: str, size: int) -> None:
    """For each role, tier, language and memory that the README promises."""
    found = recommended(CARDS, role, tier, language, size)
    assert found is not None
    assert found.speaks(language)
    assert not found.is_gated
    assert found.memory_gb <= _OF_MEMORY * size


@pytest.mark.parametrize("size", SIZES)
def test_a_higher_tier_is_a_larger_language_model(size: int) -> None:
    """Small, good and best differ for every machine, and grow."""
    found = [recommended(CARDS, ModelRole.LLM, tier, "de", size) for tier in TIERS]
    memory = [one.memory_gb for one in found if one is not None]
    assert len(set(memory)) == len(TIERS) or size == 16  # there the two larger ones take the same
    assert memory == sorted(memory)


def test_together_the_best_of_every_role_fit_the_machine() -> None:
    """A person who takes the best of each has memory left for everything else."""
    for size in SIZES:
        roles = [role for role in ModelRole if role is not ModelRole.PII]  # which needs an extra
        found = [recommended(CARDS, role, Tier.BEST, "en", size) for role in roles]
        assert sum(one.memory_gb for one in found if one is not None) <= 0.8 * size


def test_only_one_card_of_a_tier_is_the_choice_for_a_machine_and_a_language() -> None:
    """Else the order in the file would decide."""
    for role, tier, language, size in _PROMISED:
        rivals = [
            one
            for one in CARDS
            if one.role is role and one.tier is tier and size in one.for_gb and one.languages != ("*",)
            if one.speaks(language)
        ]
        assert len(rivals) <= 1, (role, tier, language, size)


def test_each_file_has_size_and_digest_or_the_card_says_what_is_missing(card: Card) -> None:
    """What nobody published is told, not left to be noticed."""
    needed = [file for file in card.files if not file.is_optional]
    is_known = all(file.bytes and (file.sha256 or file.md5) for file in needed)
    assert is_known or re.search(r"\b[Ss]izes?\b", card.unverified)


def test_a_digest_is_the_publishers_or_the_card_says_whose_it_is(card: Card) -> None:
    """Only a wheel whose digest the lock file pins, and MD5 of the voices' own list, are the publisher's word here."""
    if card.package or not any(file.sha256 for file in card.files):
        return
    assert re.search(r"recorded|others|copies", card.unverified)


def test_a_source_stays_what_it_was(card: Card) -> None:
    """A commit, or a digest of every file, or the card says that there is none."""
    assert card.is_pinned or all(file.md5 for file in card.files) or "ommit" in card.unverified


def test_every_file_has_an_address(card: Card) -> None:
    """Each is sealed, and the same on the hub's host where it comes from the hub."""
    for file in card.files:
        if card.package:
            continue
        place = first_place(card, file, HUB)
        assert place.address.is_sealed
        assert place.address.host in {"huggingface.co", "github.com", "raw.githubusercontent.com"}


def test_one_with_terms_of_its_own_is_recommended_for_nobody(card: Card) -> None:
    """Gated ones cannot be pulled without an account, and a restricted licence is a person's own decision."""
    is_free = bool(re.match(r"MIT|Apache-2\.0|BSD", card.licence)) and "NC" not in card.licence
    assert (is_free and not card.is_gated) or not card.for_gb


def test_a_model_for_nobody_or_somebody_has_a_line_for_a_person(card: Card) -> None:
    """What is shown before it is agreed to."""
    assert card.about or card.tier is Tier.SPARE
    assert card.memory_gb or card.tier is Tier.SPARE
    assert set(card.for_gb) <= set(SIZES)


def test_files_of_one_model_are_those_its_reader_asks_for(card: Card) -> None:
    """By role: a recogniser has a vocabulary, a voice its description, a wake word both halves."""
    names = {file.name for file in card.files}
    if card.role is ModelRole.STT:
        assert {"model.bin", "config.json", "tokenizer.json"} < names
        assert names & {"vocabulary.json", "vocabulary.txt"}
    elif card.role is ModelRole.TTS:
        assert sorted(name.rpartition(".onnx")[2] for name in names) == ["", ".json"]
    elif card.role is ModelRole.WAKE:
        assert {name.rpartition(".")[2] for name in names} == {"json", "tflite"}
    elif card.role is ModelRole.PII:
        assert {"gliner_config.json", "tokenizer.json", "tokenizer_config.json"} < names
    else:
        assert len(names) == 1


def test_one_digest_is_of_one_file() -> None:
    """A digest that stands at two files of different sizes was copied to the wrong place."""
    sizes: dict[str, set[int]] = {}
    for one in CARDS:
        for file in one.files:
            for digest in filter(None, (file.sha256, file.md5)):
                sizes.setdefault(digest, set()).add(file.bytes)
    assert all(len(found) == 1 for found in sizes.values())


def test_the_smallest_and_the_largest_sizes_are_no_slips(card: Card) -> None:
    """Four bits a parameter: a language model of N billion has about 0.6 N gigabytes."""
    if card.role is not ModelRole.LLM or not card.bytes:
        return
    named = re.search(r"(\d+(?:\.\d+)?)(b|m)\b", card.name)
    billions = float(named[1]) * (1 if named[2] == "b" else 1e-3) if named else 3.4  # micro
    assert 0.5 <= card.bytes / 1e9 / billions <= 1.1
    assert card.bytes / 1e9 < card.memory_gb or card.tier is Tier.SPARE


def test_the_tables_of_the_readme_are_those_of_the_manifest() -> None:
    """`python -m tests.models.manifest_tables` writes them."""
    page = README.read_text("utf-8")
    assert page == manifest_tables.render(page), "run: python -m tests.models.manifest_tables"


def test_every_key_of_the_manifest_is_explained_in_the_readme() -> None:
    """Whoever adds a card finds what its keys mean."""
    page = README.read_text("utf-8")
    rows = tomllib.loads(MANIFEST.read_text("utf-8"))["model"]
    keys = {key for row in rows for key in row} | {key for row in rows for file in row["file"] for key in file}
    assert not [key for key in sorted(keys - {"file"}) if f"`{key}`" not in page]
