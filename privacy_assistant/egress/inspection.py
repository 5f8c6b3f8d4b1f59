"""The last look at the bytes that would leave: every string in them, however deep it is written.

Two questions, and a doubt is a no. Is every string one that the parcel and the protocol put there? Does what was
masked, or something that should have been, stand in one of them after all?
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.placeholder import outside_placeholders
from privacy_assistant.errors import EgressDenied

MOST_SECONDS = 10.0
"""How long the search may take; a text that fills a context of 8,000 tokens takes a tenth of it."""

_DEEPEST = 32
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")


class Look:
    """Looks at texts before they leave for one back end. `masks` tells the kinds that do not leave in clear there;
    `rescan` finds them by rules and lists, and its error is a refusal."""

    def __init__(
        self,
        masks: Callable[[Kind], bool],
        rescan: Callable[[str], Findings],
        *,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._masks = masks
        self._rescan = rescan
        self._most_seconds = most_seconds

    def holds_known(self, texts: Iterable[str], legend: Legend) -> None:
        """Raises EgressDenied where a value that was masked stands in one of them.

        Not inside a placeholder: an answer may hold one of the system's, and is masked with what looks like it.
        """
        for text in texts:
            known = outside_placeholders(text, legend.known(text, with_parts=False))
            if any(self._masks(found.kind) for found in known):
                raise denied("a value that was masked stands in what would leave", "gate:legend")

    def holds_personal(self, texts: Iterable[str]) -> None:
        """Raises EgressDenied where something personal is found in one of them, or cannot be looked for.

        In a thread of its own, because that is the only way to leave a search that does not end. It has no permit of
        the tripwire.
        """
        said: list[EgressDenied | None] = []
        waiting = list(texts)

        def search() -> None:
            try:
                said.append(self._search(waiting))
            except Exception:  # noqa: BLE001 - whatever a finder raises, it did not say that nothing is there
                said.append(denied("what would leave cannot be searched", "gate:rescan"))

        thread = threading.Thread(target=search, daemon=True)
        thread.start()
        thread.join(self._most_seconds)
        problem = said[0] if said else denied("the search of what would leave takes too long", "gate:rescan")
        if problem is not None:
            raise problem

    def _search(self, texts: list[str]) -> EgressDenied | None:
        until = time.monotonic() + self._most_seconds
        for text in texts:
            if time.monotonic() > until:
                return denied("the search of what would leave takes too long", "gate:rescan")
            if any(self._masks(found.kind) for found in self._rescan(text).spans):
                return denied("something personal stands in what would leave", "gate:rescan")
        return None


def denied(what: str, rule: str) -> EgressDenied:
    """The error for something that does not leave; static words."""
    return EgressDenied(
        f"not sent: {what}",
        hint="ask it here, with --local; `privacy-assistant explain` shows what was found",
        rule=rule,
    )


def decoded(body: bytes) -> object:
    """The JSON of a body, read strictly: no key twice, nothing that is no JSON. Raises EgressDenied."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise denied("the body is no JSON", "gate:body") from None


def strings_of(value: object, depth: int = 0) -> Iterator[str]:
    """Every string of a JSON value, keys too. Raises EgressDenied for what is nested too deep to be looked at."""
    if depth > _DEEPEST:
        raise denied("the body is nested too deep", "gate:body")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings_of(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings_of(inner, depth + 1)


def numbers_of(value: object) -> Iterator[int | float]:
    """Every number of a JSON value."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers_of(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def unfolded(text: str, depth: int = 0) -> Iterator[str]:
    """A text, as it reads where something is escaped in it, and where it is JSON itself, every string in it, unfolded
    too. Raises EgressDenied."""
    yield text
    if (plain := unescaped(text)) != text:
        yield plain
    if text.lstrip()[:1] not in ("{", "[", '"') or not text.strip():
        return
    if depth > _DEEPEST:
        raise denied("the body is nested too deep", "gate:body")
    try:
        inner = json.loads(text, strict=False, parse_int=str, parse_float=str)
    except ValueError:
        return
    except RecursionError:
        raise denied("the body is nested too deep", "gate:body") from None
    for string in strings_of(inner):
        yield from unfolded(string, depth + 1)


def unescaped(text: str) -> str:
    """The text without the escapes of JSON, of URLs and of HTML, wherever they stand: a line of a log, half an
    address. No finder reads through them, and whoever gets the text does."""
    plain = text
    if "\\" in plain:
        plain = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), plain)
        # Two halves of a pair become one sign.
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "%" in plain:
        plain = unquote(plain)
    return html.unescape(plain) if "&" in plain else plain


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(_word: str) -> object:
    raise ValueError("no JSON")
