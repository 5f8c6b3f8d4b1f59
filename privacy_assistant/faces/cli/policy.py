"""`policy`: write, look at, check and try the rules."""

from __future__ import annotations

import json
from pathlib import Path

import click

from privacy_assistant.app.files import check_policy_file, describe_policy, init_policy, try_policy_examples
from privacy_assistant.app.paths import paths_for
from privacy_assistant.errors import ExitCode, SettingsError
from privacy_assistant.faces.cli.invocation import Group, home_of, invocation


@click.group(cls=Group, name="policy", short_help="The rules about what may leave this machine.")
def command() -> None:
    """The rules about what may leave this machine (docs/policy-language.md)."""


@command.command("init", short_help="Write a commented policy file.", has_json=False)
def init() -> int:
    """Write a commented policy file; never over one that is there."""
    inv = invocation()
    file = init_policy(paths_for(home_of(inv.home)))
    inv.say(f"written: {file}. It names no back end, so nothing leaves until you add one")
    return ExitCode.OK


@command.command("show", short_help="The policy as it is understood.")
def show() -> int:
    """The policy as it is understood: mode, categories, rules, back ends."""
    inv = invocation()
    body, lines = describe_policy(paths_for(home_of(inv.home)))
    if inv.json:
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)
    return ExitCode.OK


@command.command("check", short_help="0 when the policy can be read, else 1 with file, line and key.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check(file: Path | None) -> int:
    """Exit 0 when the policy can be read, 1 with file, line and key when not; warnings either way."""
    inv = invocation()
    chosen = file or paths_for(home_of(inv.home)).policy
    try:
        warnings = check_policy_file(chosen)
    except SettingsError as error:
        if inv.json:
            raise
        click.echo(error.message + (f" · {error.hint}" if error.hint else ""), err=True)
        return ExitCode.ERROR
    if inv.json:
        click.echo(json.dumps({"file": str(chosen), "ok": True, "warnings": warnings}, ensure_ascii=False))
    else:
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        inv.say(f"{chosen}: ok")
    return ExitCode.OK


@command.command("test", short_help="Run examples with the verdicts you expect.")
@click.argument("file", type=click.Path(path_type=Path))
def test(file: Path) -> int:
    """Run the [[example]] tables of FILE (text, expect) against the policy; exit 1 when one differs."""
    inv = invocation()
    results = try_policy_examples(paths_for(home_of(inv.home)), file)
    failed = [r for r in results if not r["ok"]]
    if inv.json:
        click.echo(json.dumps({"examples": results, "failed": len(failed)}, ensure_ascii=False))
    else:
        for r in results:
            mark = "ok  " if r["ok"] else "FAIL"
            click.echo(f"{mark} {r['name']}: expected {r['expect']}, got {r['got']} (rule: {r['rule']})")
        click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed", err=True)
    return ExitCode.ERROR if failed else ExitCode.OK
