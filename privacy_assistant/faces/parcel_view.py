"""What would leave, for a person to read: who gets it, what was taken out of it, and on wish every word of it.

Every line of a text has our mark in front, wrapped lines too: no text can draw a question or an answer of its own.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import Enum

import click

from privacy_assistant.core.consent import Request
from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.sound_parcel import SoundParcel
from privacy_assistant.core.turn import Role
from privacy_assistant.faces.stream import printable

_PLACEHOLDER = re.compile(r"(⟦[^⟧\n]*⟧)")
_WORD = re.compile(r"⟦[^⟧\n]*⟧|\w+|\s|[^\w\s]")
_MOST_ROWS = 40
_LONGEST_LINE = 1000
_CONTEXT = 1
_MOST_COMPARED = 4_000_000
_NARROWEST = 20

_TITLES = {Role.SYSTEM: "instructions", Role.USER: "you", Role.ASSISTANT: "an answer", Role.TOOL: "what a tool gave"}


class _Mark(Enum):
    """What stands in front of a line, and how what is special in it is coloured."""

    SAME = ("  | ", None)
    BEFORE = ("  - ", "red")
    AFTER = ("  + ", "green")


@dataclass(frozen=True, slots=True)
class _Part:
    """One text of the parcel; `original` None where it is not known."""

    title: str = field(repr=False)
    text: str = field(repr=False)
    original: str | None = field(repr=False)
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A line to show: pieces of text, each with whether it was changed. Without a mark it is a remark of ours."""

    mark: _Mark | None
    pieces: tuple[tuple[str, bool], ...] = field(repr=False)


def describe(request: Request) -> str:
    """Who gets it and why it is asked; of each text what was taken out, and the question whole. Long texts are cut."""
    width = _width()
    rows = [*_head(request), ""]
    for part in _parts(request):
        rows.append(click.style(printable(part.title), bold=True))
        rows += [row for line in _cut(list(_changes(part))) for row in _rows(line, width)]
    return "\n".join(rows) + "\n"


def everything(request: Request) -> str:
    """Every text as it would leave, nothing cut. Placeholders are coloured."""
    width = _width()
    rows: list[str] = []
    for part in _parts(request):
        rows.append(click.style(printable(part.title), bold=True))
        for line in _lines(part.text):
            pieces = tuple((part, bool(index % 2)) for index, part in enumerate(_PLACEHOLDER.split(line)))
            rows += _rows(_Line(_Mark.AFTER, pieces), width)
    return "\n".join(rows or [click.style("it is sound, which cannot be shown", dim=True)]) + "\n"


def _head(request: Request) -> Iterator[str]:
    parcel = request.parcel
    model = f", model {parcel.model}" if parcel.model else ""
    yield click.style("May this leave your machine?", bold=True)
    yield printable(f"  to       {parcel.backend} at {parcel.host}, zone {parcel.zone}{model}")
    for cause in request.causes or request.asks:
        yield printable(f"  because  {cause}")
    yield f"  holds    {_sound_held(parcel) if isinstance(parcel, SoundParcel) else _words_held(parcel)}"


def _words_held(parcel: Parcel) -> str:
    taken = ", ".join(f"{n} {kind}" for kind, n in parcel.counts.items()) or "nothing"
    messages, tools = len(parcel.body), len(parcel.tools)
    holds = f"{messages} message{'s' * (messages != 1)}" + (f", {tools} tool{'s' * (tools != 1)}" if tools else "")
    return f"{holds}, {_characters(text.text for text in parcel.texts)}; taken out: {taken}"


def _sound_held(parcel: SoundParcel) -> str:
    if parcel.recording is not None:
        recording = parcel.recording
        size = f"{recording.seconds:.1f} s, {len(recording.pcm) / 1000:.0f} kB"
        return f"a recording, {size}; it cannot be redacted"
    voice = f" by the voice {printable(parcel.voice)}" if parcel.voice else ""
    return f"words to be spoken{voice}, {_characters([parcel.text.text] if parcel.text else [])}; nothing is taken out"


def _characters(texts: Iterable[str]) -> str:
    """How many, and how many of them nobody sees."""
    all_of_it = "".join(texts)
    unseen = sum(unicodedata.category(char) == "Cf" for char in all_of_it)
    return f"{len(all_of_it)} characters" + (f" ({unseen} of them invisible)" if unseen else "")


def _parts(request: Request) -> Iterator[_Part]:
    """The texts in the order of `Parcel.texts`, each with its original."""
    parcel = request.parcel
    if isinstance(parcel, SoundParcel):
        if parcel.text is not None:
            yield _Part("to be spoken", parcel.text.text, next(iter(request.originals), None), is_question=True)
        return
    known = len(request.originals) == len(parcel.texts)
    originals: Iterator[str | None] = iter(request.originals if known else [None] * len(parcel.texts))
    questions = [index for index, message in enumerate(parcel.body) if message.role is Role.USER]
    for index, message in enumerate(parcel.body):
        is_question = index in questions[-1:]
        yield _Part(_TITLES[message.role], message.text.text, next(originals), is_question)
        for call in message.calls:
            yield _Part(f"a call of the tool {call.name}", call.arguments.text, next(originals))
    for tool in parcel.tools:
        yield _Part(f"the tool {tool.name}", tool.description.text, next(originals))
        yield _Part(f"the parameters of the tool {tool.name}", tool.parameters.text, next(originals))


def _lines(text: str) -> list[str]:
    # Characters that would steer the terminal go; what remains cannot end a line but by ending it here.
    return printable(text).expandtabs(4).splitlines() or [""]


# ---------------------------------------------------------------- what was changed


def _changes(part: _Part) -> Iterator[_Line]:
    after = _lines(part.text)
    if part.original is None:
        yield from (_Line(_Mark.AFTER, ((line, False),)) for line in after)
        return
    before = _lines(part.original)
    steps = SequenceMatcher(None, before, after).get_opcodes()
    for number, (what, i, j, start, end) in enumerate(steps):
        if what != "equal":
            yield from _changed(before[i:j], after[start:end])
        elif part.is_question:
            yield from (_Line(_Mark.SAME, ((line, False),)) for line in after[start:end])
        else:
            yield from _surroundings(after[start:end], is_first=number == 0, is_last=number == len(steps) - 1)


def _surroundings(lines: list[str], *, is_first: bool, is_last: bool) -> Iterator[_Line]:
    """Of lines that are as they were: those beside a change, and how many others."""
    head = 0 if is_first else _CONTEXT
    tail = 0 if is_last else _CONTEXT
    hidden = len(lines) - head - tail
    if hidden <= 0:
        head, tail, hidden = len(lines), 0, 0
    yield from (_Line(_Mark.SAME, ((line, False),)) for line in lines[:head])
    if hidden:
        yield _remark(f"{hidden} line{'s' * (hidden != 1)} as written")
    yield from (_Line(_Mark.SAME, ((line, False),)) for line in lines[len(lines) - tail :])


def _changed(before: list[str], after: list[str]) -> Iterator[_Line]:
    """The lines before and after, with what differs in them."""
    old, new = _compared("\n".join(before), "\n".join(after))
    if before:
        yield from _in_lines(_Mark.BEFORE, old)
    if after:
        yield from _in_lines(_Mark.AFTER, new)


def _compared(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """The pieces of two texts, each with whether it differs: values against the placeholders in their place."""
    parts = _PLACEHOLDER.split(after)
    values = _values(before, parts[::2])
    if values is not None:
        old = [(parts[0], False)]
        for value, literal in zip(values, parts[2::2], strict=True):
            old += [(value, True), (literal, False)]
        return old, [(part, bool(index % 2)) for index, part in enumerate(parts)]
    # Something else was changed too (a placeholder that a person wrote): compare by words, as far as that is quick.
    old_words, new_words = _WORD.findall(before), _WORD.findall(after)
    if len(old_words) * len(new_words) > _MOST_COMPARED:
        return [(before, False)], [(after, False)]
    steps = SequenceMatcher(None, old_words, new_words, autojunk=False).get_opcodes()
    return (
        [(word, what != "equal") for what, i, j, _, _ in steps for word in old_words[i:j]],
        [(word, what != "equal") for what, _, _, i, j in steps for word in new_words[i:j]],
    )


def _values(before: str, literals: list[str]) -> list[str] | None:
    """What stood between the literals of a redacted text; None where they do not stand in the text in this order."""
    first, last = literals[0], literals[-1]
    end = len(before) - len(last)
    if len(literals) < 2 or not before.startswith(first) or not before.endswith(last):
        return None
    at = len(first)
    values: list[str] = []
    for literal in literals[1:-1]:
        found = before.find(literal, at + 1, end)
        if found < 0:
            return None
        values.append(before[at:found])
        at = found + len(literal)
    return [*values, before[at:end]] if at < end else None


def _in_lines(mark: _Mark, pieces: Sequence[tuple[str, bool]]) -> Iterator[_Line]:
    line: list[tuple[str, bool]] = []
    for text, is_changed in pieces:
        head, *rest = text.split("\n")
        line.append((head, is_changed))
        for piece in rest:
            yield _Line(mark, tuple(line))
            line = [(piece, is_changed)]
    yield _Line(mark, tuple(line))


# ---------------------------------------------------------------- how it is written


def _remark(text: str) -> _Line:
    return _Line(None, ((f"    … {text}", False),))


def _cut(lines: list[_Line]) -> Iterator[_Line]:
    """The first and the last lines, and how many are between them."""
    if len(lines) > _MOST_ROWS:
        half = _MOST_ROWS // 2
        hidden = len(lines) - 2 * half
        lines = [*lines[:half], _remark(f"{hidden} lines more, [s] shows them"), *lines[-half:]]
    yield from map(_shortened, lines)


def _shortened(line: _Line) -> _Line:
    size = sum(len(text) for text, _ in line.pieces)
    if size <= _LONGEST_LINE:
        return line
    half = _LONGEST_LINE // 2
    between = (f" … {size - 2 * half} characters more, [s] shows them … ", False)
    return _Line(line.mark, (*_first(line.pieces, half), between, *_last(line.pieces, half)))


def _first(pieces: Sequence[tuple[str, bool]], room: int) -> list[tuple[str, bool]]:
    taken: list[tuple[str, bool]] = []
    for text, is_changed in pieces:
        if room <= 0:
            break
        taken.append((text[:room], is_changed))
        room -= len(text)
    return taken


def _last(pieces: Sequence[tuple[str, bool]], room: int) -> list[tuple[str, bool]]:
    mirrored = _first([(text[::-1], is_changed) for text, is_changed in reversed(pieces)], room)
    return [(text[::-1], is_changed) for text, is_changed in reversed(mirrored)]


def _rows(line: _Line, width: int) -> list[str]:
    """The rows of a terminal that a line takes, each with the mark in front."""
    sign, colour = line.mark.value if line.mark is not None else ("", None)
    room = max(width - len(sign), _NARROWEST)
    rows: list[list[tuple[str, bool]]] = [[]]
    used = 0
    for text, is_changed in line.pieces:
        for char in text:
            wide = 2 if unicodedata.east_asian_width(char) in "WF" else 1
            if used + wide > room:
                rows.append([])
                used = 0
            used += wide
            if rows[-1] and rows[-1][-1][1] is is_changed:
                rows[-1][-1] = (rows[-1][-1][0] + char, is_changed)
            else:
                rows[-1].append((char, is_changed))
    paint = [
        "".join(click.style(text, fg=colour, bold=True) if is_changed else text for text, is_changed in row)
        for row in rows
    ]
    return [
        click.style(sign, fg=colour) + row if line.mark is not None else click.style(row, dim=True) for row in paint
    ]


def _width() -> int:
    """Columns of the terminal, less the last one: a full row would be wrapped once more by some."""
    return shutil.get_terminal_size((80, 24)).columns - 1
