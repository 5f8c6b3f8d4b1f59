"""`route`: a dry run. Nothing is answered, kept or sent."""

from __future__ import annotations

import json
from pathlib import Path

import click

from privacy_assistant.core.exchange import Question
from privacy_assistant.core.turn import Utterance
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.ask import question_text, read_text
from privacy_assistant.faces.cli.invocation import Command, invocation
from privacy_assistant.faces.cli.redact import spans
from privacy_assistant.faces.stream import write


@click.command(cls=Command, name="route", short_help="Dry run: where a question would be answered, and why.")
@click.argument("text", required=False)
@click.option("--local", is_flag=True, help="As for ask.")
@click.option("--cloud", is_flag=True, help="As for ask.")
@click.option("--file", "file", type=click.Path(path_type=Path), help="Add the text of a file.")
def command(text: str | None, local: bool, cloud: bool, file: Path | None) -> int:
    """Where a question would be answered, which rule decides, and the text without its personal parts."""
    if local and cloud:
        raise UsageError("--local and --cloud exclude one another", hint="choose one")
    inv = invocation()
    question = Question(
        Utterance(question_text(text, is_required=file is None)),
        attachment=read_text(file) if file is not None else "",
        asked="local" if local else "cloud" if cloud else None,
    )
    from privacy_assistant.faces.cli.opening import dry_house

    with dry_house(inv) as house:
        considered = house.assistant.consider(question)
        preview = house.preview(question.text, considered.findings)
    route, verdict = considered.route, considered.route.verdict
    reasons = tuple(dict.fromkeys((*route.reasons, *verdict.reasons)))
    body = {
        "verdict": str(verdict.stance),
        "rule": "skill" if considered.skill else verdict.rule,
        "zone": str(route.zone),
        "wanted": str(route.wanted),
        "backend": route.backend,
        "skill": considered.skill,
        "policy_hash": verdict.policy_hash,
        "findings": dict(considered.counts),
        "spans": spans(considered.findings),
        "reasons": list(reasons),
        "rejected": [{"backend": name, "why": why} for name, why in route.rejected],
        "estimated_cost": str(route.estimated_cost or 0),
        "redacted": preview.text,
        "find_ms": round(considered.find_ms, 2),
    }
    if inv.json:
        click.echo(json.dumps(body, ensure_ascii=False))
        return ExitCode.OK
    found = ", ".join(f"{n}× {kind}" for kind, n in considered.counts.items()) or "nothing by rule"
    by = f"the skill {considered.skill}, no model" if considered.skill else (route.backend or "the local model")
    for name, value in (
        ("verdict", f"{verdict.stance} (rule: {verdict.rule})"),
        ("answered by", f"{by}, zone {route.zone}"),
        ("found", found),
        ("redacted", preview.text),
        *(("because", reason) for reason in reasons),
        *((f"not {name}", why) for name, why in route.rejected),
    ):
        write(f"{name:12} {value}\n")
    return ExitCode.OK
