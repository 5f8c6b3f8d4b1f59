"""`redact`: what is personal in a text, and the text without it. No network; no key is asked for, nothing is kept."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.pieces import extra_finders, finder, new_legend
from privacy_assistant.core.detection import Detector, Part
from privacy_assistant.core.kinds import Finding, Findings
from privacy_assistant.core.level import Level
from privacy_assistant.core.policy_terms import Extra
from privacy_assistant.core.redaction import Redacted, redact_again
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.ask import LARGEST_TEXT_BYTES, question_text, read_text
from privacy_assistant.faces.cli.invocation import Command, Invocation, home_of, invocation
from privacy_assistant.faces.stream import printable, write

_TAG = re.compile(r"auto|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_AROUND = 24
_LONGEST_SHOWN = 80


@click.command(cls=Command, name="redact", short_help="Show what is personal in a text, and the text without it.")
@click.argument("text", required=False)
@click.option("--file", "file", type=click.Path(path_type=Path), help="The text of a file.")
@click.option("--jsonl", is_flag=True, help='One JSON a line in ({"id", "text"}), one out, in order.')
@click.option("--explain", is_flag=True, help="Also show each span: its text, how sure, and what found it.")
@click.option(
    "--level",
    type=click.Choice([Level.BALANCED.value, Level.STRICT.value]),
    default=Level.BALANCED.value,
    show_default=True,
    help="strict also masks unexplained capitals and numbers.",
)
@click.option(
    "--lang",
    default="en",
    show_default=True,
    metavar="TAG",
    help="Language of the text, or auto. All languages are searched; strict reads capitals by it.",
)
@click.option(
    "--also",
    multiple=True,
    type=click.Choice([extra.value for extra in Extra]),
    help="Ask a finder of others too, where it is installed; it only adds.",
)
def command(
    text: str | None, file: Path | None, jsonl: bool, explain: bool, level: str, lang: str, also: tuple[str, ...]
) -> int:
    """TEXT, a file or standard input, with each personal part replaced by a placeholder.

    Offsets are Unicode code points of the input, half-open.
    """
    if not _TAG.fullmatch(lang):
        raise UsageError("--lang takes a language tag", hint="en, de, fr, es, it, nl, pt, or auto")
    inv = invocation()
    if jsonl:
        if text is not None:
            raise UsageError("--jsonl reads lines, not TEXT", hint="pipe them in, or name a file with --file F")
        search = _finder(inv, level, lang, also)
        if file is None:
            return _lines(sys.stdin.buffer, search, explain)
        try:
            with file.open("rb") as opened:
                return _lines(opened, search, explain)
        except OSError as error:
            raise UsageError(f"the file {file} cannot be read: {error.strerror}", hint="check the path") from None
    if text is not None and file is not None:
        raise UsageError("give TEXT or --file, not both", hint="leave one of them out")
    whole = read_text(file) if file is not None else question_text(text, is_required=True, what="the text")
    redacted, found = _redact(whole, _finder(inv, level, lang, also))
    if inv.json:
        body = {"redacted": redacted.text, "spans": _shown(whole, found, explain), "findings": found.counts()}
        click.echo(json.dumps(body, ensure_ascii=False))
        return ExitCode.OK
    write(redacted.text + ("" if redacted.text.endswith("\n") else "\n"))
    if explain:
        for line in _explained(whole, found):
            click.echo(line, err=True)
    return ExitCode.OK


def _finder(inv: Invocation, level: str, language: str, also: tuple[str, ...]) -> Detector:
    """The finder with the person's own lists, where a key store opens without asking."""
    paths = paths_for(home_of(inv.home))
    more: list[Part] = []
    if also:
        from privacy_assistant.app.files import read_settings

        folder = read_settings(paths).models.pii if Extra.GLINER in also else ""
        more = extra_finders([Extra(name) for name in also], Level(level), folder, paths.models)
    if not paths.key_store.exists():
        return finder(Level(level), language=language, more=more)
    # Most homes that redact have no key store: what opens one is loaded for those that do.
    from privacy_assistant.faces.cli.opening import silent_lists

    lists = silent_lists(inv)
    return finder(Level(level), deny=lists.deny, allow=lists.allow, language=language, more=more)


def _redact(text: str, search: Detector) -> tuple[Redacted, Findings]:
    return redact_again(text, search.find(text), search.find_again, new_legend())


def _lines(stream: BinaryIO, search: Detector, wants_text: bool) -> int:
    """JSON Lines in, JSON Lines out; a line that is not of the form ends the run and is named."""
    lines = iter(lambda: stream.readline(LARGEST_TEXT_BYTES + 1), b"")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > LARGEST_TEXT_BYTES:
            raise UsageError(
                f"line {number} of the input is longer than {LARGEST_TEXT_BYTES >> 20} MiB", hint="cut it into parts"
            )
        try:
            row = json.loads(line, parse_constant=_no_number)
            text = row["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UsageError(
                f'line {number} of the input is not a JSON object with a "text"', hint='{"id": …, "text": "…"} per line'
            ) from None
        redacted, found = _redact(text, search)
        out = {"id": row.get("id"), "redacted": redacted.text, "spans": _shown(text, found, wants_text)}
        if found.topics:
            out["topics"] = sorted(found.topics)
        sys.stdout.write(json.dumps(out) + "\n")
        # A program at the other end may wait for this line before it sends the next.
        sys.stdout.flush()
    return ExitCode.OK


def _no_number(constant: str) -> None:
    """NaN and the infinities, which Python reads and JSON does not know, would come out again as the id."""
    raise ValueError(constant)


def spans(found: Findings) -> list[dict[str, Any]]:
    """Where, what, how sure, and what found it."""
    return [
        {"start": s.start, "end": s.end, "type": str(s.kind), "score": round(s.score, 4), "by": s.by}
        for s in found.spans
    ]


def _shown(text: str, found: Findings, wants_text: bool) -> list[dict[str, Any]]:
    rows = spans(found)
    if wants_text:
        for row in rows:
            row["text"] = text[row["start"] : row["end"]]
    return rows


def _explained(text: str, found: Findings) -> list[str]:
    """A line for each span with its surroundings, the span between marks; and what the text is about."""
    lines = [
        f"{f'{span.start}-{span.end}':>9}  {span.kind:<9} {span.score:.2f}  {span.by:<18}  {_marked(text, span)}"
        for span in found.spans
    ]
    if not lines:
        lines.append("nothing found, which is not proof that nothing personal is there")
    return lines + [f"{'':>9}  topic     {topic}" for topic in sorted(found.topics)]


def _marked(text: str, span: Finding) -> str:
    said = text[span.start : span.end]
    if len(said) > _LONGEST_SHOWN:
        said = said[: _LONGEST_SHOWN // 2] + "…" + said[-_LONGEST_SHOWN // 2 :]
    before = ("…" if span.start > _AROUND else "") + text[max(0, span.start - _AROUND) : span.start]
    after = text[span.end : span.end + _AROUND] + ("…" if span.end + _AROUND < len(text) else "")
    return printable(" ".join(f"{before}»{said}«{after}".split()))
