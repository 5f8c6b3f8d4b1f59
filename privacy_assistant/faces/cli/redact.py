"""`redact`: what is personal in a text, and the text without it. No network, no key, no vault."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from privacy_assistant.app.pieces import finder, new_legend
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.redaction import Redacted, redact
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.ask import LARGEST_TEXT_BYTES, question_text, read_text
from privacy_assistant.faces.cli.invocation import Command, invocation
from privacy_assistant.faces.stream import write


@click.command(cls=Command, name="redact", short_help="Show what is personal in a text, and the text without it.")
@click.argument("text", required=False)
@click.option("--file", "file", type=click.Path(path_type=Path), help="The text of a file.")
@click.option("--jsonl", is_flag=True, help='One JSON a line in ({"id", "text"}), one out, in order.')
@click.option("--explain", is_flag=True, help="Also list each span with what found it.")
@click.option("--level", type=click.Choice(["balanced", "strict"]), default="balanced", show_default=True)
@click.option("--lang", default="en", show_default=True, metavar="TAG", help="Language of the text.")
def command(text: str | None, file: Path | None, jsonl: bool, explain: bool, level: str, lang: str) -> int:
    """TEXT, a file or standard input, with each personal part replaced by a placeholder.

    Offsets are Unicode code points of the input, half-open.
    """
    if level == "strict":
        raise UsageError(
            "this version finds by rules alone and has no level strict", hint="use --level balanced, the default"
        )
    inv = invocation()
    if jsonl:
        if text is not None:
            raise UsageError("--jsonl reads lines, not TEXT", hint="pipe them in, or name a file with --file F")
        if file is None:
            return _lines(sys.stdin.buffer)
        try:
            with file.open("rb") as opened:
                return _lines(opened)
        except OSError as error:
            raise UsageError(f"the file {file} cannot be read: {error.strerror}", hint="check the path") from None
    whole = read_text(file) if file is not None else question_text(text, is_required=True)
    found = finder().find(whole)
    redacted = redact(whole, found, new_legend())
    if inv.json:
        body = {"redacted": redacted.text, "spans": spans(found), "findings": found.counts()}
        click.echo(json.dumps(body, ensure_ascii=False))
        return ExitCode.OK
    write(redacted.text + ("" if redacted.text.endswith("\n") else "\n"))
    if explain:
        for span in found.spans:
            click.echo(f"{span.start}-{span.end} {span.kind} {span.score:.2f} {span.by}", err=True)
        if not found.spans:
            click.echo("nothing found, which is not proof that nothing personal is there", err=True)
    return ExitCode.OK


def _lines(stream: BinaryIO) -> int:
    """JSON Lines in, JSON Lines out; a line that is not of the form ends the run and is named."""
    search = finder()
    lines = iter(lambda: stream.readline(LARGEST_TEXT_BYTES + 1), b"")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > LARGEST_TEXT_BYTES:
            raise UsageError(f"line {number} of the input is longer than {LARGEST_TEXT_BYTES >> 20} MiB")
        try:
            row = json.loads(line)
            text = row["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UsageError(
                f'line {number} of the input is not a JSON object with a "text"', hint='{"id": …, "text": "…"} per line'
            ) from None
        found = search.find(text)
        result: Redacted = redact(text, found, new_legend())
        out = {"id": row.get("id"), "redacted": result.text, "spans": spans(found)}
        sys.stdout.write(json.dumps(out) + "\n")
        # A program at the other end may wait for this line before it sends the next.
        sys.stdout.flush()
    return ExitCode.OK


def spans(found: Findings) -> list[dict[str, Any]]:
    """Where, what, how sure, and what found it."""
    return [
        {"start": s.start, "end": s.end, "type": str(s.kind), "score": round(s.score, 4), "by": s.by}
        for s in found.spans
    ]
