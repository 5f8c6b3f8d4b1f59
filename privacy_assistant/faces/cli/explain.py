"""`explain`: why a past turn was answered where it was."""

from __future__ import annotations

import click

from privacy_assistant.app.reasons import reasons_of
from privacy_assistant.core.turn import Role, StoredMessage
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Command, invocation
from privacy_assistant.faces.stream import json_line, write


@click.command(cls=Command, name="explain", short_help="Tell why a past turn was answered where it was.")
@click.argument("which", metavar="[last|ID[.TURN]]", default="last")
def command(which: str) -> int:
    """Why a turn was answered where it was, and what left this machine for it.

    "last", a conversation's ID (its newest turn), or ID.TURN as `history search` prints it.
    """
    inv = invocation()
    from privacy_assistant.app.account import what_left
    from privacy_assistant.faces.cli.opening import durable_house

    with durable_house(inv) as house:
        rows, seq = _conversation(house.history, which)
        answer = _answer(rows, seq)
        decision = answer.message.decision
        if decision is None:
            raise UsageError("nothing is recorded about this turn")
        is_answered = answer.message.role is Role.ASSISTANT
        turn = answer.seq - 1 if is_answered else answer.seq
        sent, line = what_left(house, answer.conversation, turn, decision.ledger_seq)
        if inv.json:
            body = {
                "conversation": answer.conversation,
                "turn": turn,
                "is_answered": is_answered,
                "at": answer.message.at.isoformat(),
                "answered_by": decision.answered_by,
                "model": decision.model,
                "zone": str(decision.zone),
                "wanted": str(decision.wanted),
                "verdict": decision.verdict,
                "rule": decision.rule,
                "policy_hash": decision.policy_hash,
                "reasons": list(decision.reasons),
                "rejected": [{"backend": name, "why": why} for name, why in decision.rejected],
                "findings": dict(decision.findings),
                "redacted": decision.redacted,
                "label": str(answer.message.label),
                "estimated_cost": decision.estimated_cost,
                "cost": decision.cost,
                "flaw": decision.flaw or None,
                "ledger": decision.ledger_seq,
                "ledger_line": line,
                "sent": sent,
                "is_cut": answer.message.is_cut,
                "latency_ms": dict(answer.message.latency_ms),
            }
            click.echo(json_line(body))
        else:
            click.echo(
                f"turn {answer.conversation[:8]}.{turn}, {answer.message.at.astimezone():%Y-%m-%d %H:%M}"
                + ("" if is_answered else ", not answered")
            )
            for reason in reasons_of(decision, sent):
                click.echo(reason)
            for name, value in (line or {}).items():
                click.echo(f"  {name} {value}")
            for attempt in sent:
                what = "sent to" if attempt["left"] else "it came to no connection; what would have left to"
                click.echo(f"{what} {attempt['backend']}, {attempt['at']}, exactly:")
                write(f"{attempt['body']}\n")
    return ExitCode.OK


def _conversation(history: object, which: str) -> tuple[list[StoredMessage], int | None]:
    from privacy_assistant.ports import History

    kept: History = history  # type: ignore[assignment] # the port, named here to keep this module's import light
    if which == "last":
        newest = kept.newest()
        if newest is None:
            raise UsageError("no turn is kept", hint="ask something first")
        return kept.messages(newest), None
    prefix, _, turn = which.partition(".")
    if turn and not (turn.isascii() and turn.isdecimal() and len(turn) < 16):
        raise UsageError(f"{which} names no turn", hint="last, ID or ID.TURN; history search prints them")
    return kept.messages(kept.resolve(prefix)), int(turn) if turn else None


def _answer(rows: list[StoredMessage], seq: int | None) -> StoredMessage:
    """The answer of a turn; its question, where no answer came."""
    questions = [row for row in rows if row.message.role is Role.USER]
    if seq is not None:
        questions = [row for row in questions if row.seq in (seq, seq - 1)]
    if not questions:
        raise UsageError("there is no such turn", hint="history show ID prints the conversation")
    question = questions[-1]
    return next((row for row in rows if row.seq == question.seq + 1 and row.message.role is Role.ASSISTANT), question)
