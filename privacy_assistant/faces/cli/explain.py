"""`explain`: why a past turn was answered where it was."""

from __future__ import annotations

import json

import click

from privacy_assistant.core.turn import Role, StoredMessage
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Command, invocation
from privacy_assistant.faces.stream import write


@click.command(cls=Command, name="explain", short_help="Tell why a past turn was answered where it was.")
@click.argument("which", metavar="[last|ID[.TURN]]", default="last")
def command(which: str) -> int:
    """Why a turn was answered where it was, and what left this machine for it.

    "last", a conversation's ID (its newest turn), or ID.TURN as `history search` prints it.
    """
    inv = invocation()
    from privacy_assistant.faces.cli.opening import durable_house

    with durable_house(inv) as house:
        rows, seq = _conversation(house.history, which)
        answer = _answer(rows, seq)
        decision = answer.message.decision
        if decision is None:
            raise UsageError("nothing is recorded about this turn")
        sent = house.sent(answer.conversation, answer.seq - 1)
        line = house.ledger_line(decision.ledger_seq)
        if inv.json:
            body = {
                "conversation": answer.conversation,
                "turn": answer.seq - 1,
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
            click.echo(json.dumps(body, ensure_ascii=False))
        else:
            click.echo(
                f"turn {answer.conversation[:8]}.{answer.seq - 1}, {answer.message.at.astimezone():%Y-%m-%d %H:%M}"
            )
            for reason in house.reasons_of(decision):
                click.echo(reason)
            for name, value in (line or {}).items():
                click.echo(f"  {name} {value}")
            for attempt in sent:
                click.echo(f"sent to {attempt['backend']}, {attempt['at']}, exactly:")
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
    answers = [row for row in rows if row.message.role is Role.ASSISTANT]
    if seq is not None:
        answers = [row for row in answers if row.seq in (seq, seq + 1)]
    if not answers:
        raise UsageError("this turn has no answer to explain", hint="history show ID prints the conversation")
    return answers[-1] if seq is None else answers[0]
