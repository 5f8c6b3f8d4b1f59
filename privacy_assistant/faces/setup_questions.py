"""The questions of a setup, at a terminal. What is typed is never said again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from privacy_assistant.app.setup.plan import Offer, parse_language
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.model_card import Tier
from privacy_assistant.core.profile import Wish, checked
from privacy_assistant.errors import UsageError

NOW, STICK, LATER = "now", "stick", "later"
NONE = "none"


def ask_language(default: str) -> str:
    """The first question."""

    def parsed(text: str) -> str:
        try:
            return parse_language(text)
        except ValueError as error:
            raise click.UsageError(str(error)) from None

    language: str = click.prompt(
        "1 of 3  Which language? A tag like en, de or pt-BR", default=default, value_proc=parsed, err=True
    )
    return language


def ask_quality(offers: Sequence[Offer], default: Tier) -> Tier | None:
    """The second question; None: nothing more is wanted."""
    words = [str(offer.quality) for offer in offers if offer.cards]
    chosen: str = click.prompt(
        "2 of 3  How good?",
        type=click.Choice([*words, NONE], case_sensitive=False),
        default=str(default) if str(default) in words else NONE,
        err=True,
    )
    return None if chosen == NONE else Tier(chosen)


def ask_how(*, may_fetch: bool, default: str) -> str:
    """The third question: from where."""
    words = [NOW, STICK, LATER] if may_fetch else [STICK, LATER]
    chosen: str = click.prompt(
        "3 of 3  Fetch that now, bring it on a stick (or from a folder), or later?",
        type=click.Choice(words, case_sensitive=False),
        default=default if default in words else LATER,
        err=True,
    )
    return chosen


def ask_place() -> Path | None:
    """Where the stick is; None for nowhere."""

    def found(text: str) -> Path | None:
        if not text.strip():
            return None
        path = Path(text.strip()).expanduser()
        if not path.exists():
            raise click.UsageError("there is nothing at that path")
        return path

    place: Path | None = click.prompt(
        "        Where is it? A path (empty: later)", default="", show_default=False, value_proc=found, err=True
    )
    return place


def ask_wishes(say: Callable[..., None]) -> list[Wish]:
    """The person's own name, then whatever else; an empty line ends. A line that can be none is asked for again."""
    say("What must always be masked before anything leaves?", "It is kept sealed, and not shown again.")
    wishes = [Wish(line, Kind.PERSON) for line in _lines("Your own name (empty: none)", is_one=True)]
    prompt = "Another one: a name, an address, a project (empty: that is all)"
    return wishes + [Wish(line) for line in _lines(prompt, is_one=False)]


def _lines(prompt: str, *, is_one: bool) -> list[str]:
    lines: list[str] = []
    while not (is_one and lines):
        line: str = click.prompt(f"        {prompt}", default="", show_default=False, value_proc=_checked, err=True)
        if not line:
            break
        lines.append(line)
    return lines


def _checked(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return checked(Wish(text))[0]
    except UsageError as error:
        raise click.UsageError(error.message) from None
