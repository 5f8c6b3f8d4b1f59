"""Originals taken out of the arguments of a tool call and put back: JSON, perhaps with JSON inside its strings.

What goes back into a string must not end it: `⟦PERSON·K7Q·1⟧` for `Jo "Bo" Li` becomes `Jo \\"Bo\\" Li`. So each string
is decoded, its text goes through a `Restorer`, and what comes out is encoded again; a string that holds a JSON object
or a list itself is read the same way, as deep as they go. On the way out the whole text is there; it comes back in
pieces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from privacy_assistant.core.json_text import encoded, is_json
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.redaction import Redacted, Restorer, woven
from privacy_assistant.errors import EgressDenied

_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_INNER = re.compile(r'\{\s*"|\[\s*["{]')
_MAYBE_INNER = re.compile(r"[{\[]\s*")
_LONGEST_LEAD = 16
_DEEPEST = 8
_UNIT = re.compile(r"\\u([0-9a-fA-F]{4})")
_SPECIAL = re.compile(r'["\\]')
_TOKEN = re.compile(
    r"""(?P<glue>(?:[\s{}\[\]:,]|\b(?:true|false|null|NaN)\b|-?\bInfinity\b)+)
    |"(?P<string>[^"\\]*(?:\\.[^"\\]*)*)(?P<end>"|\\?\Z)
    |(?P<bare>[^\s{}\[\]:,"](?:\s*[^\s{}\[\]:,"])*)""",
    re.VERBOSE | re.DOTALL,
)


def redact_json(text: str, redact: Callable[[str], Redacted]) -> Redacted:
    """JSON text with every string in it, the keys too, redacted by itself; the counts are those of all together.

    A string that holds an object or a list is read the same way. A number that `redact` takes something out of becomes
    a string and comes back as one; everything else keeps its place. What is no JSON is redacted as text, but for JSON
    that broke off and has escapes, whose strings are decoded: an escape hides a value from every finder. How
    characters are escaped may change. `redact` sees a repeated string once; where it learns of a value only in a
    later string, call again. Raises EgressDenied where JSON lies deeper in JSON than can be put back.
    """
    seen: dict[str, Redacted] = {}

    def once(leaf: str) -> Redacted:
        if leaf not in seen:
            seen[leaf] = redact(leaf)
        return seen[leaf]

    return _redacted_json(text, once, 0)


def _redacted_json(text: str, redact: Callable[[str], Redacted], depth: int) -> Redacted:
    if not is_json(text) and not (_INNER.match(text.lstrip()) and "\\" in text):
        return redact(text)
    return woven(_parts(text, redact, depth))


def _parts(text: str, redact: Callable[[str], Redacted], depth: int) -> Iterator[str | tuple[Redacted, bool]]:
    """Structure as it is; strings and whatever else has content redacted, with whether it stands inside quotes."""
    for token in _TOKEN.finditer(text):
        if token["glue"] is not None:
            yield token["glue"]
        elif token["bare"] is not None:
            redacted = redact(token["bare"])
            if redacted.text == token["bare"]:
                yield redacted, False
            else:
                yield from ('"', (redacted, True), '"')
        else:
            yield '"'
            plain = _decoded(token["string"])
            if _INNER.match(plain.lstrip()):
                if depth >= _DEEPEST:
                    raise EgressDenied("JSON inside JSON lies too deep to be redacted.", rule="redaction:depth")
                yield _redacted_json(plain, redact, depth + 1), True
            elif plain:
                yield redact(plain), True
            if token["end"] == '"':
                yield '"'


def _decoded(inside: str) -> str:
    """What stands between the quotes of a string; an escape that is none stays as it is."""
    at, plain = 0, []
    while at < len(inside):
        if inside[at] != "\\":
            stop = inside.find("\\", at)
            end = len(inside) if stop < 0 else stop
            plain.append(inside[at:end])
            at = end
            continue
        taken = _escape(inside, at)
        if taken is None:
            plain.append(inside[at:])
            break
        at, piece = taken
        plain.append(piece)
    return "".join(plain)


def restore_arguments(text: str, legend: Legend) -> str:
    """The whole arguments of one call, as JSON text, with the originals. Every value is what `json.loads` gives;
    how characters were escaped may change. Never raises: what is no JSON is restored as far as it can be read."""
    restorer = ArgumentsRestorer(legend)
    return restorer.feed(text) + restorer.close()


def restore_value(value: Any, legend: Legend) -> Any:
    """Arguments that were parsed already: every string in them, the keys too; everything else as it is."""
    if isinstance(value, str):
        text = _Text(legend, 0)
        return text.feed(value) + text.close()
    if isinstance(value, Mapping):
        return {restore_value(key, legend): restore_value(inner, legend) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [restore_value(inner, legend) for inner in value]
    return value


class ArgumentsRestorer:
    """Like `Restorer`, for the JSON of a tool call that arrives in pieces. The result is the same for every way of
    cutting it. Held back is an escape that is not whole and what a Restorer holds back."""

    def __init__(self, legend: Legend, *, depth: int = 0) -> None:
        self._legend = legend
        self._depth = depth
        self._outside = _Outside(legend)
        self._string: _String | None = None
        self._held = ""

    def feed(self, chunk: str) -> str:
        """The text that is certain after this piece; may be empty."""
        return self._advance(chunk, is_final=False)

    def close(self) -> str:
        """The rest. An unfinished string stays unfinished."""
        return self._advance("", is_final=True)

    def _advance(self, chunk: str, *, is_final: bool) -> str:
        text, at, out = self._held + chunk, 0, []
        while True:
            if self._string is None:
                quote = text.find('"', at)
                out.append(self._outside.feed(text[at:] if quote < 0 else text[at:quote]))
                if quote < 0:
                    at = len(text)
                    break
                out += [self._outside.close(), '"']
                self._outside = _Outside(self._legend)
                self._string = _String(self._legend, self._depth)
                at = quote + 1
            at, piece, is_over = self._string.feed(text, at)
            out.append(piece)
            if not is_over:
                break
            out += [self._string.close(), '"']
            self._string = None
        self._held = text[at:]
        if is_final:
            tail = self._outside.close() if self._string is None else self._string.close()
            out += [tail, self._held]
            self._held = ""
        return "".join(out)


class _Outside:
    """What stands between strings. A placeholder here (a model left the quotes out) becomes a string of its own."""

    def __init__(self, legend: Legend) -> None:
        self._restorer = Restorer(legend, write=json.dumps)

    def feed(self, chunk: str) -> str:
        return self._restorer.feed(chunk)

    def close(self) -> str:
        return self._restorer.close()


class _String:
    """The inside of one string: decoded, restored, encoded again."""

    def __init__(self, legend: Legend, depth: int) -> None:
        self._text = _Text(legend, depth)

    def feed(self, text: str, at: int) -> tuple[int, str, bool]:
        """Reads on from `at`: how far it came, what is certain, and whether the closing quote was read."""
        decoded: list[str] = []
        is_over = False
        while at < len(text):
            char = text[at]
            if char == '"':
                at += 1
                is_over = True
                break
            if char != "\\":
                stop = _SPECIAL.search(text, at)
                end = len(text) if stop is None else stop.start()
                decoded.append(text[at:end])
                at = end
                continue
            taken = _escape(text, at)
            if taken is None:
                break
            at, piece = taken
            decoded.append(piece)
        return at, encoded(self._text.feed("".join(decoded))), is_over

    def close(self) -> str:
        return encoded(self._text.close())


class _Text:
    """The text of a string: restored as text or, where it begins like an object or a list, as JSON of its own."""

    def __init__(self, legend: Legend, depth: int) -> None:
        self._legend = legend
        self._depth = depth
        self._inner: Restorer | ArgumentsRestorer | None = None
        self._lead = ""

    def feed(self, chunk: str) -> str:
        if self._inner is not None:
            return self._inner.feed(chunk)
        self._lead += chunk
        lead = self._lead[:_LONGEST_LEAD].lstrip()
        if len(self._lead) < _LONGEST_LEAD and (not lead or _MAYBE_INNER.fullmatch(lead)):
            return ""
        return self._choose(lead).feed(self._lead)

    def close(self) -> str:
        if self._inner is not None:
            return self._inner.close()
        inner = self._choose("")
        return inner.feed(self._lead) + inner.close()

    def _choose(self, lead: str) -> Restorer | ArgumentsRestorer:
        is_json = self._depth < _DEEPEST and _INNER.match(lead) is not None
        self._inner = ArgumentsRestorer(self._legend, depth=self._depth + 1) if is_json else Restorer(self._legend)
        return self._inner


def _escape(text: str, at: int) -> tuple[int, str] | None:
    """The escape that begins at `at`: where it ends and what it stands for; None while it is not whole.

    An escape that JSON does not know stands for itself.
    """
    kind = text[at + 1 : at + 2]
    if not kind:
        return None
    if kind != "u":
        return at + 2, _SHORT.get(kind, kind if kind in '"\\/' else "\\" + kind)
    unit = _unit(text, at)
    if unit is None:
        # Not four hexadecimal digits: cut off here, or no escape at all.
        could_be = re.fullmatch(r"\\u[0-9a-fA-F]{0,3}", text[at:])
        return None if could_be else (at + 2, "\\u")
    if 0xD800 <= unit < 0xDC00:
        following = text[at + 6 : at + 12]
        low = _unit(text, at + 6)
        if low is not None and 0xDC00 <= low < 0xE000:
            return at + 12, chr(0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00)
        if len(following) < 6 and re.fullmatch(r"(?:\\(?:u[0-9a-fA-F]{0,4})?)?", following):
            return None
    return at + 6, chr(unit)


def _unit(text: str, at: int) -> int | None:
    match = _UNIT.match(text, at)
    return int(match[1], 16) if match else None
