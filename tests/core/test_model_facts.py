"""What is known of cloud models: one row for one model, never that of another; prices to the last decimal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core import model_facts
from privacy_assistant.core.model_facts import (
    CHECKED,
    ModelFacts,
    Prices,
    Source,
    facts_for,
    hearing_cost,
    prices_for,
    speaking_cost,
)
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Backend, BackendKind
from privacy_assistant.core.turn import Zone

OPENAI = Backend("openai", Zone.CLOUD, BackendKind.OPENAI, "https://api.openai.com/v1", model="gpt-4o")
TABLE = model_facts._TABLE


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def known(model: str) -> ModelFacts:
    facts = facts_for(model)
    assert facts is not None
    return facts


@pytest.mark.parametrize(
    ("model", "row"),
    [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4o-transcribe", "gpt-4o-transcribe"),
        ("gpt-4-0613", "gpt-4"),
        ("gpt-3.5-turbo-0125", "gpt-3.5-turbo"),
        ("o3-2025-04-16", "o3"),
        ("gpt-4.1-nano-2025-04-14", "gpt-4.1-nano"),
        ("ft:gpt-4o-2024-08-06:me::abc", "gpt-4o"),
    ],
)
def test_a_snapshot_has_the_row_of_its_model(model: str, row: str) -> None:
    """Dates are taken off, also under a tuning; a snapshot with a row of its own keeps it."""
    assert known(model).name == row


@pytest.mark.parametrize(
    "model",
    [
        *(
            "",
            "gpt",
            "o",
            "gpt-4o-",
            "gpt-4o-audio-preview",
            "gpt-5.1-chat-latest",
            "gpt-4o-2024",
            "GPT-4O",
            "2024-08-06",
        ),
        *("openai/gpt-4o", "gpt-4-1106-preview", "ft:", "ft:mine:me", "gpt-4o-2024-99-99x", "o3-deep-research"),
    ],
)
def test_another_model_has_no_row(model: str) -> None:
    """A longer name is another model, whatever it begins with."""
    assert facts_for(model) is None


def test_a_tuned_model_has_no_price_of_the_table() -> None:
    """It ends with its base and costs something else."""
    tuned = known("ft:gpt-4o-2024-08-06:me::abc")
    assert (tuned.last_day, tuned.prices, tuned.source) == (date(2027, 1, 14), None, Source.NOBODY)


@pytest.mark.parametrize("facts", TABLE, ids=lambda facts: str(facts.name))
def test_every_row_holds_together(facts: ModelFacts) -> None:
    """It is found by its name, has a source for its numbers, and what replaces it does not end before it."""
    assert facts_for(facts.name) is facts
    has_numbers = (facts.prices, facts.minute_price, facts.characters_price) != (None, None, None)
    assert (facts.source is not Source.NOBODY) is has_numbers
    assert facts.context_tokens == 0 or facts.context_tokens >= 16_000
    if facts.prices is not None:
        assert 0 < facts.prices.input < facts.prices.output
    if facts.last_day is None:
        assert facts.replacement == ""
    elif facts.last_day < CHECKED:
        assert facts.prices is None
    after = facts_for(facts.replacement)
    assert after is None or after.last_day is None


def test_the_last_days_are_those_announced() -> None:
    """As the design writes them down, with what follows."""
    ends = {
        "gpt-5": date(2026, 12, 11),
        "o3": date(2026, 12, 11),
        "tts-1": date(2027, 1, 6),
        "tts-1-hd": date(2027, 1, 6),
        "gpt-4o-mini-tts": date(2027, 1, 6),
        "gpt-4o": date(2027, 1, 14),
        "gpt-4.1": date(2027, 1, 14),
        "whisper-1": date(2027, 2, 26),
        "gpt-4o-transcribe": date(2027, 2, 26),
    }
    assert {name: known(name).last_day for name in ends} == ends
    assert known("whisper-1").replacement == known("gpt-4o-transcribe").replacement == "gpt-transcribe"


def test_costs_are_exact() -> None:
    """No binary fractions, no rounding; what nobody asked costs nothing."""
    prices = Prices(Decimal("0.10"), Decimal("0.50"), "EUR")
    assert prices.cost(1, 1) == Money(Decimal("0.0000006"), "EUR")
    assert str(prices.cost(3, 7)) == "0.0000038 EUR"
    assert str(prices.cost(1_000_000_000, 0)) == "100 EUR"
    assert prices.cost(0, 0).amount == 0


def test_a_long_question_costs_more_as_a_whole() -> None:
    """Past the edge every token is dearer; at the edge none is."""
    prices = Prices(Decimal(1), Decimal(2), long_from=1000, long_input=Decimal(2), long_output=Decimal("1.5"))
    assert prices.cost(1000, 500) == usd("0.002")
    assert prices.cost(1001, 500) == usd("0.003502")


def test_prices_are_those_of_the_list() -> None:
    """A model with a large window is dearer past its edge, an older one never."""
    assert known("gpt-5.6-luna").prices == Prices(
        Decimal("0.20"), Decimal("1.20"), "USD", 272_000, Decimal(2), Decimal("1.5")
    )
    assert known("gpt-4o").prices == Prices(Decimal("2.5"), Decimal(10))


def test_a_back_ends_own_prices_come_first() -> None:
    """Both or none: one alone is no price, and two currencies are none either."""
    one, two = usd("1"), usd("2")
    assert prices_for(replace(OPENAI, input_price=one, output_price=two)) == Prices(Decimal(1), Decimal(2))
    assert prices_for(replace(OPENAI, input_price=one)) is None
    assert prices_for(replace(OPENAI, output_price=two)) is None
    assert prices_for(replace(OPENAI, input_price=one, output_price=Money(Decimal(2), "EUR"))) is None


def test_the_table_holds_for_its_maker_alone() -> None:
    """Others who serve a model of that name, and Azure, have prices of their own."""
    assert prices_for(OPENAI) == known("gpt-4o").prices
    assert prices_for(replace(OPENAI, model="mine")) is None
    assert prices_for(replace(OPENAI, base_url="https://proxy.example/v1")) is None
    assert prices_for(replace(OPENAI, base_url="https://evilapi.openai.com.example/v1")) is None
    assert prices_for(replace(OPENAI, kind=BackendKind.OPENAI_COMPATIBLE)) is None
    assert prices_for(replace(OPENAI, kind=BackendKind.AZURE)) is None


def test_a_region_costs_a_tenth_more() -> None:
    """By its name or by its address; the whole world is no region."""
    dearer = Prices(Decimal("2.75"), Decimal(11))
    assert prices_for(replace(OPENAI, data_residency="eu")) == dearer
    assert prices_for(replace(OPENAI, base_url="https://eu.api.openai.com/v1")) == dearer
    assert prices_for(replace(OPENAI, data_residency="global")) == known("gpt-4o").prices
    assert prices_for(replace(OPENAI, data_residency="eu", model="o3-pro")) is None


@given(st.sampled_from([facts for facts in TABLE if facts.prices]), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_tokens_never_cost_less(facts: ModelFacts, asked: int, answered: int) -> None:
    """A bound over more tokens is a bound over fewer."""
    assert facts.prices is not None
    cost = facts.prices.cost(asked, answered).amount
    assert cost <= facts.prices.cost(asked + 1, answered).amount
    assert cost <= facts.prices.cost(asked, answered + 1).amount


def test_speech_is_priced_by_the_second_that_was_begun_and_by_the_character() -> None:
    """Rounded up to a millionth, a tenth dearer where the data stays in a region."""
    speech = replace(OPENAI, stt_model="whisper-1", tts_model="tts-1-hd")
    assert hearing_cost(speech, 60.0) == usd("0.006")
    assert hearing_cost(speech, 0.01) == usd("0.0001")
    assert speaking_cost(speech, 1) == usd("0.00003")
    abroad = replace(speech, base_url="https://eu.api.openai.com/v1")
    assert hearing_cost(abroad, 59.5) == speaking_cost(abroad, 200) == usd("0.0066")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": BackendKind.OPENAI_COMPATIBLE},
        {"base_url": "https://api.openai.com.example/v1"},
        {"input_price": usd("1"), "output_price": usd("1")},
        {"stt_model": "gpt-4o-transcribe", "tts_model": "gpt-4o-mini-tts"},
        {"stt_model": "", "tts_model": ""},
    ],
)
def test_the_price_of_speech_that_nobody_listed_is_not_guessed(change: dict[str, Any]) -> None:
    """Nor for those who serve a model of this name themselves, nor from prices of tokens."""
    speech = replace(OPENAI, stt_model="whisper-1", tts_model="tts-1")
    other = replace(speech, **change)
    assert hearing_cost(other, 60.0) is None
    assert speaking_cost(other, 100) is None
