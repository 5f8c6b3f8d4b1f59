"""`ask`: one answer, streamed."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from privacy_assistant.core.exchange import Notice, Question, Reply, Restarted
from privacy_assistant.core.turn import Utterance
from privacy_assistant.errors import AssistantError, ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Command, Invocation, invocation
from privacy_assistant.ports import Piece

if TYPE_CHECKING:
    from privacy_assistant.app.aloud import Aloud

LARGEST_TEXT_BYTES = 16 * 1024 * 1024


@click.command(cls=Command, name="ask", short_help="Ask one question; the answer streams to standard output.")
@click.argument("text", required=False)
@click.option("--continue", "is_continued", is_flag=True, help="Go on with the newest conversation.")
@click.option("--conversation", metavar="ID", help="Go on with this conversation.")
@click.option("--local", is_flag=True, help="This machine alone; exit 8 without a usable model.")
@click.option("--cloud", is_flag=True, help="A cloud or nothing: exit 4 refused, 5 unreachable, 6 over budget.")
@click.option("--ephemeral", is_flag=True, help="Keep nothing of this turn.")
@click.option("--yes-redacted", is_flag=True, help="Where the policy asks, answer once with yes.")
@click.option("--speak", is_flag=True, help="Also say the answer, through the loudspeaker.")
@click.option("--file", "file", type=click.Path(path_type=Path), help="Add the text of a file to the question.")
def command(
    text: str | None,
    is_continued: bool,
    conversation: str | None,
    local: bool,
    cloud: bool,
    ephemeral: bool,
    yes_redacted: bool,
    speak: bool,
    file: Path | None,
) -> int:
    """Ask one question. TEXT, or standard input where TEXT is missing or "-"."""
    if local and cloud:
        raise UsageError("--local and --cloud exclude one another", hint="choose one")
    if sum((is_continued, bool(conversation), ephemeral)) > 1:
        raise UsageError("--continue, --conversation and --ephemeral exclude one another", hint="choose one")
    inv = invocation()
    asked = question_text(text, is_required=file is None)
    attachment = read_text(file) if file is not None else ""

    from privacy_assistant.faces.cli.opening import open_house
    from privacy_assistant.faces.stream import Rows, badge, interruptible, json_line

    if speak:
        from privacy_assistant.app.aloud import aloud

    with open_house(
        inv,
        is_ephemeral=ephemeral,
        expects_model=True,
        expects_cloud=cloud,
        question=asked if not attachment and not cloud else "",
        yes_redacted=yes_redacted,
    ) as house:
        chosen = house.history.resolve(conversation) if conversation else None
        if is_continued:
            chosen = house.history.newest()
            if chosen is None:
                raise UsageError("there is no conversation to go on with", hint="ask without --continue")
        question = Question(
            Utterance(asked),
            conversation=chosen,
            attachment=attachment,
            asked="local" if local else "cloud" if cloud else None,
        )
        for line in house.due():
            inv.say(line)
        reply: Reply | None = None
        rows = Rows(inv.say)
        voice = aloud(house) if speak else None

        def stop() -> None:
            house.assistant.cancel()
            if voice is not None:
                voice.cancel()

        with contextlib.closing(rows), interruptible(stop) as is_interrupted:
            for event in house.answer(question):
                if isinstance(event, Reply):
                    reply = event
                elif isinstance(event, Notice):
                    rows.line(event.line)
                elif isinstance(event, Restarted):
                    rows.line(f"{event.why}; once more:")
                elif isinstance(event, Piece):
                    if not inv.json:
                        rows.piece(event.text)
                    if voice is not None:
                        voice.feed(event.text)
            if reply is None:  # pragma: no cover - a stream that ends without a Reply has raised
                return ExitCode.ERROR
            house.journal.answered(reply)
            if inv.json:
                click.echo(json_line(as_json(reply, is_durable=house.history.is_durable)))
            else:
                rows.line(badge(reply.decision))
            if reply.decision.answered_by == "skill:timers":
                inv.say("timers ring while `chat` or `listen` is open; a missed one is shown at the next start")
            if voice is not None:
                _hear_out(inv, voice)
        return ExitCode.INTERRUPTED if is_interrupted() else ExitCode.OK


def _hear_out(inv: Invocation, voice: Aloud) -> None:
    """Wait until the answer was heard. Without a voice or a loudspeaker it was printed all the same."""
    try:
        voice.finish()
    except AssistantError as error:
        inv.say(f"not spoken: {error.message}" + (f" · {error.hint}" if error.hint else ""))


def question_text(text: str | None, *, is_required: bool, what: str = "the question") -> str:
    """The question of the command line or of standard input; never waits on a terminal. Blanks at the ends of a
    question say nothing; under another name (`what`) a text comes as it is, since places in it are counted."""
    if text is None and not is_required:
        return ""
    if text is None or text == "-":
        if sys.stdin is None or sys.stdin.isatty():
            command = click.get_current_context().info_name
            raise UsageError(f"{what} is missing", hint=f'privacy-assistant {command} "…", or pipe the text in')
        return decoded(_bounded(sys.stdin.buffer, what), what)
    return decoded(text.encode("utf-8", "surrogateescape"), what)


def read_text(file: Path) -> str:
    """The text of a file that the person named."""
    try:
        with file.open("rb") as opened:
            return decoded(_bounded(opened, f"the file {file}"), f"the file {file}")
    except OSError as error:
        raise UsageError(f"the file {file} cannot be read: {error.strerror}", hint="check the path") from None


def _bounded(stream: BinaryIO, what: str) -> bytes:
    """All of it, or one clear line: some files (/dev/zero) have no end."""
    data = stream.read(LARGEST_TEXT_BYTES + 1)
    if len(data) > LARGEST_TEXT_BYTES:
        raise UsageError(f"{what} is longer than {LARGEST_TEXT_BYTES >> 20} MiB", hint="cut it into parts")
    return data


def decoded(data: bytes, what: str) -> str:
    """UTF-8 text without NUL, or one clear line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{what} is not text (not valid UTF-8)", hint="convert it to UTF-8 text first") from None
    if "\0" in text:
        raise UsageError(f"{what} is not text (it holds NUL bytes)", hint="convert it to UTF-8 text first")
    return text.strip() if what == "the question" else text


def as_json(reply: Reply, *, is_durable: bool) -> dict[str, Any]:
    """The object that `ask --json` prints."""
    decision, usage = reply.decision, reply.usage
    return {
        "answer": reply.text,
        "answered_by": decision.answered_by,
        "zone": str(decision.zone),
        "model": decision.model,
        "wanted": str(decision.wanted),
        "rule": decision.rule,
        "reasons": list(decision.reasons),
        "findings": dict(decision.findings),
        "redacted": decision.redacted,
        "conversation": reply.conversation if is_durable and reply.turn else None,
        "turn": reply.turn if is_durable and reply.turn else None,
        "is_cut": reply.is_cut,
        "latency_ms": dict(reply.latency_ms),
        "usage": None
        if usage is None
        else {
            "prompt_tokens": usage.prompt_tokens,
            "reused_tokens": usage.reused_tokens,
            "completion_tokens": usage.completion_tokens,
            "mean_logprob": usage.mean_logprob,
        },
        "cost": decision.cost,
        "ledger": decision.ledger_seq,
        "flaw": decision.flaw or None,
    }
