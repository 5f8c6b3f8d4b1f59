"""What is known of cloud models without asking anybody: sizes, list prices, last days. All of it can be out of date.

Each row says where its numbers come from. Prices are in US dollars for a million tokens, at the standard tier, as
looked up on 21 November 2026; a back end of the policy may give its own. What could not be found is not guessed:
0, None or "". Last days and what replaces a model are from the maker's page of deprecations
(developers.openai.com/api/docs/deprecations) as it stood in November 2026.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Backend, BackendKind

CHECKED = date(2026, 11, 21)
"""The day on which the table was looked up."""


class Source(StrEnum):
    """Where the size and the prices of a row come from."""

    MAKER = "the maker's page of the model, developers.openai.com/api/docs/models"
    REPORTED = "several others who repeat the maker's price list; not seen there"
    NOBODY = "not looked up or not found"


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost. With more than `long_from` input tokens (0: never) the whole call costs more."""

    input: Decimal
    output: Decimal
    currency: str = "USD"
    long_from: int = 0
    long_input: Decimal = Decimal(1)
    long_output: Decimal = Decimal(1)

    def cost(self, input_tokens: int, output_tokens: int) -> Money:
        """What so many tokens cost, exactly, and never less than what is charged: no discount is counted on."""
        is_long = 0 < self.long_from < input_tokens
        asked = self.input * (self.long_input if is_long else 1) * input_tokens
        answered = self.output * (self.long_output if is_long else 1) * output_tokens
        return Money(((asked + answered) / 1_000_000).normalize(), self.currency)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model. `context_tokens` is what question and answer may have together, 0 where it is not known.

    Of a window with a part of its own for the answer only the rest is counted. `takes_temperature` is False where the
    model refuses the parameter, at least with the reasoning it does by default. `minute_price` is for a minute that
    is transcribed, `characters_price` for a million characters that are spoken, in US dollars.
    """

    name: str
    context_tokens: int = 0
    prices: Prices | None = None
    takes_temperature: bool = False
    last_day: date | None = None
    replacement: str = ""
    source: Source = Source.NOBODY
    minute_price: Decimal | None = None
    characters_price: Decimal | None = None


def facts_for(model: str) -> ModelFacts | None:
    """The row of a model, also for a dated snapshot of it and for what was tuned from it; None for any other name.

    A tuned model has the last day of its base and prices of its own, which are not in the table.
    """
    kind, _, rest = model.partition(":")
    if kind == "ft" and rest:
        base = facts_for(rest.partition(":")[0])
        return None if base is None else replace(base, prices=None, source=Source.NOBODY)
    known = _BY_NAME.get(model)
    if known is None and (snapshot := _SNAPSHOT.fullmatch(model)):
        known = _BY_NAME.get(snapshot[1])
    return known


def prices_for(backend: Backend) -> Prices | None:
    """What a back end charges: its own prices, else those of the table where it is the maker's; None: not known.

    Others who serve a model under the same name have their own prices, and so has a deployment in Azure.
    """
    own = (backend.input_price, backend.output_price)
    if own[0] is not None and own[1] is not None:
        if own[0].currency != own[1].currency:
            return None
        return Prices(own[0].amount, own[1].amount, own[0].currency)
    host = urlsplit(backend.base_url).hostname or ""
    is_makers = host == _MAKERS_HOST or host.endswith(f".{_MAKERS_HOST}")
    facts = facts_for(backend.model)
    if own != (None, None) or backend.kind is not BackendKind.OPENAI or not is_makers or facts is None:
        return None
    is_global = backend.data_residency in ("", "global") and host == _MAKERS_HOST
    if facts.prices is None or is_global:
        return facts.prices
    return replace(facts.prices, input=facts.prices.input * _REGIONAL, output=facts.prices.output * _REGIONAL)


def hearing_cost(backend: Backend, seconds: float) -> Money | None:
    """What it costs to have so many seconds transcribed, a second that was begun counted whole; None: not known.

    `input_price` and `output_price` are for tokens, so that a back end that gives its own has no price here.
    """
    facts = facts_for(backend.stt_model) if _is_listed(backend) else None
    if facts is None or facts.minute_price is None:
        return None
    return _priced(backend, facts.minute_price * math.ceil(seconds) / 60)


def speaking_cost(backend: Backend, characters: int) -> Money | None:
    """What it costs to have so many characters spoken; None: not known."""
    facts = facts_for(backend.tts_model) if _is_listed(backend) else None
    if facts is None or facts.characters_price is None:
        return None
    return _priced(backend, facts.characters_price * characters / 1_000_000)


def _is_listed(backend: Backend) -> bool:
    """Whether the maker's list prices are its prices."""
    host = urlsplit(backend.base_url).hostname or ""
    is_makers = host == _MAKERS_HOST or host.endswith(f".{_MAKERS_HOST}")
    own = (backend.input_price, backend.output_price)
    return backend.kind is BackendKind.OPENAI and is_makers and own == (None, None)


def _priced(backend: Backend, amount: Decimal) -> Money:
    """At the price of where it is served, rounded up to a millionth."""
    is_global = backend.data_residency in ("", "global") and urlsplit(backend.base_url).hostname == _MAKERS_HOST
    dearest = amount if is_global else amount * _REGIONAL
    return Money(dearest.quantize(_MILLIONTH, ROUND_UP).normalize(), "USD")


_MAKERS_HOST = "api.openai.com"
_MILLIONTH = Decimal("0.000001")
# "Data residency endpoints are charged a 10% uplift" for models since March 2026 (the maker's guide to data
# residency); counted for the older ones too, since a bound may be too high.
_REGIONAL = Decimal("1.1")
_SNAPSHOT = re.compile(r"(.+?)-(?:20[0-9]{2}-[01][0-9]-[0-3][0-9]|[01][0-9][0-3][0-9])", re.ASCII)


def _usd(asked: str, answered: str) -> Prices:
    return Prices(Decimal(asked), Decimal(answered))


def _windowed(asked: str, answered: str) -> Prices:
    """Above 272,000 input tokens the whole call costs twice the input and one and a half times the output price.

    Since GPT-5.6 writing to the prompt cache is charged too; the door asks for no caching, so nothing is written.
    """
    return replace(_usd(asked, answered), long_from=272_000, long_input=Decimal(2), long_output=Decimal("1.5"))


_PAST = date(2026, 10, 23)
_GPT5 = date(2026, 12, 11)
_TTS = date(2027, 1, 6)
_GPT4 = date(2027, 1, 14)
_STT = date(2027, 2, 26)
_GPT51 = date(2027, 4, 1)
_SOL, _TERRA, _LUNA = "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"
_REALTIME = "the Realtime API"
_TOLD, _SEEN = Source.REPORTED, Source.MAKER

_TABLE = (
    # a window of 1,050,000, of which 128,000 are for the answer
    ModelFacts("gpt-6.1-sol", 922_000, _windowed("2", "10"), source=_TOLD),
    ModelFacts("gpt-6.1-terra", 922_000, _windowed("1", "5"), source=_TOLD),
    ModelFacts("gpt-6-astra", 922_000, _windowed("10", "50"), source=_TOLD),
    ModelFacts("gpt-6-sol", 922_000, _windowed("2", "10"), source=_TOLD),
    ModelFacts("gpt-6-luna", 922_000, _windowed("0.10", "0.50"), source=_TOLD),
    ModelFacts("gpt-5.6-sol", 922_000, _windowed("4", "20"), source=_TOLD),
    ModelFacts("gpt-5.6-terra", 922_000, _windowed("2", "12"), source=_TOLD),
    ModelFacts("gpt-5.6-luna", 922_000, _windowed("0.20", "1.20"), source=_SEEN),
    ModelFacts("gpt-5.5", 922_000, _windowed("5", "30"), source=_TOLD),
    ModelFacts("gpt-5.4", 922_000, _windowed("2.50", "15"), source=_TOLD),
    # a window of 400,000, of which 128,000 are for the answer
    ModelFacts("gpt-5.4-mini", 272_000, _usd("0.75", "4.50"), source=_TOLD),
    ModelFacts("gpt-5.4-nano", 0, _usd("0.20", "1.25"), last_day=_GPT51, source=_TOLD),
    ModelFacts("gpt-5.3-codex", 0, _usd("1.75", "14"), last_day=_GPT51, source=_TOLD),
    ModelFacts("gpt-5.2", 0, _usd("1.75", "14"), source=_TOLD),
    ModelFacts("gpt-5.1", 272_000, _usd("1.25", "10"), last_day=_GPT51, source=_TOLD),
    ModelFacts("gpt-5", 272_000, _usd("1.25", "10"), last_day=_GPT5, replacement=_SOL, source=_TOLD),
    ModelFacts("gpt-5-mini", 272_000, _usd("0.25", "2"), last_day=_GPT5, replacement=_TERRA, source=_TOLD),
    ModelFacts("gpt-5-nano", 272_000, _usd("0.05", "0.40"), last_day=_GPT5, replacement=_LUNA, source=_TOLD),
    ModelFacts("gpt-5-pro", 272_000, _usd("15", "120"), last_day=_GPT5, replacement=_SOL, source=_TOLD),
    ModelFacts("o3", 200_000, _usd("2", "8"), last_day=_GPT5, replacement=_SOL, source=_TOLD),
    ModelFacts("o3-pro", last_day=_GPT5, replacement=_SOL),
    # without reasoning
    ModelFacts("gpt-4.1", 1_047_576, _usd("2", "8"), True, _GPT4, "gpt-6-luna", _TOLD),
    ModelFacts("gpt-4.1-mini", 1_047_576, _usd("0.40", "1.60"), True, _GPT4, "gpt-6-luna", _TOLD),
    ModelFacts("gpt-4o", 128_000, _usd("2.50", "10"), True, _GPT4, "gpt-6-luna", _TOLD),
    ModelFacts("gpt-4o-mini", 128_000, _usd("0.15", "0.60"), True, _GPT4, "gpt-6-luna", _TOLD),
    # what has ended
    ModelFacts("gpt-4.1-nano", takes_temperature=True, last_day=_PAST, replacement=_LUNA),
    ModelFacts("gpt-4o-2024-05-13", takes_temperature=True, last_day=_PAST, replacement=_SOL),
    ModelFacts("gpt-4", takes_temperature=True, last_day=_PAST, replacement=_SOL),
    ModelFacts("gpt-4-turbo", takes_temperature=True, last_day=_PAST, replacement=_SOL),
    ModelFacts("gpt-3.5-turbo", takes_temperature=True, last_day=_PAST, replacement=_TERRA),
    ModelFacts("o1", last_day=_PAST, replacement=_SOL),
    ModelFacts("o1-pro", last_day=_PAST, replacement=_SOL),
    ModelFacts("o3-mini", last_day=_PAST, replacement=_SOL),
    ModelFacts("o4-mini", last_day=_PAST, replacement=_TERRA),
    # speech; the prices of the two that count tokens are those of audio tokens
    ModelFacts("gpt-transcribe", source=_SEEN, minute_price=Decimal("0.0045")),
    ModelFacts("whisper-1", 0, None, True, _STT, "gpt-transcribe", _SEEN, minute_price=Decimal("0.006")),
    ModelFacts("gpt-4o-transcribe", 16_000, _usd("2.50", "10"), True, _STT, "gpt-transcribe", _SEEN),
    ModelFacts("gpt-4o-mini-transcribe", 16_000, _usd("1.25", "5"), True, _STT, "gpt-transcribe", _SEEN),
    ModelFacts("gpt-4o-transcribe-diarize", 0, None, True, _STT, "gpt-transcribe"),
    ModelFacts("tts-1", 0, None, False, _TTS, _REALTIME, _SEEN, characters_price=Decimal(15)),
    ModelFacts("tts-1-hd", 0, None, False, _TTS, _REALTIME, _SEEN, characters_price=Decimal(30)),
    ModelFacts("gpt-4o-mini-tts", 0, None, False, _TTS, _REALTIME),
)
_BY_NAME = {facts.name: facts for facts in _TABLE}
