"""`doctor`: what works here, and the remedy for what does not."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from privacy_assistant.app.checks import run_checks
from privacy_assistant.app.paths import paths_for
from privacy_assistant.errors import ExitCode
from privacy_assistant.faces.cli.invocation import Command, home_of, invocation

_MARKS = {"ok": ("ok   ", "green"), "note": ("note ", "yellow"), "fault": ("FAULT", "red")}


@click.command(cls=Command, name="doctor", short_help="Check this installation, with a remedy for each fault.")
@click.option(
    "--latency", is_flag=True, help="Also measure the model, and spoken questions from end to end (half a minute)."
)
@click.option("--network", is_flag=True, help="Also prove that a question is answered where no network exists.")
def command(latency: bool, network: bool) -> int:
    """Check this installation; exit 1 when something is broken."""
    inv = invocation()
    checks = run_checks(paths_for(home_of(inv.home)), wants_latency=latency, wants_network=network)
    faults = sum(check.state == "fault" for check in checks)
    if inv.json:
        click.echo(json.dumps({"checks": [asdict(check) for check in checks], "faults": faults}, ensure_ascii=False))
    else:
        for check in checks:
            mark, colour = _MARKS[check.state]
            remedy = f" · {check.remedy}" if check.remedy else ""
            click.echo(f"{click.style(mark, fg=colour)} {check.name:9} {check.says}{remedy}")
    return ExitCode.ERROR if faults else ExitCode.OK
