"""`config`: where each setting comes from."""

from __future__ import annotations

import json
import os
import sys

import click

from privacy_assistant.app.files import init_config, settings_with_origin
from privacy_assistant.app.paths import paths_for
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Group, home_of, invocation


@click.group(cls=Group, name="config", short_help="Show where each setting comes from, or edit it.")
def command() -> None:
    """Settings stand in config.toml; what may leave stands in policy.toml."""


@command.command("show", short_help="Every setting and its value.")
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
def show(origin: bool) -> int:
    """Every setting and its value; with --origin where it comes from."""
    inv = invocation()
    rows = settings_with_origin(paths_for(home_of(inv.home)), os.environ, offline=inv.offline, no_cloud=inv.no_cloud)
    if inv.json:
        body = {key: {"value": value, "origin": where} if origin else value for key, value, where in rows}
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for key, value, where in rows:
            shown = json.dumps(value, ensure_ascii=False)
            click.echo(f"{key} = {shown}" + (f"   # {where}" if origin else ""))
    return ExitCode.OK


@command.command("path", short_help="Where the files are.")
def path() -> int:
    """Where the files are."""
    inv = invocation()
    rows = paths_for(home_of(inv.home)).as_json()
    if inv.json:
        click.echo(json.dumps(rows))
    else:
        for name, value in rows.items():
            click.echo(f"{name:12} {value}")
    return ExitCode.OK


@command.command("edit", short_help="Open config.toml in your editor.", has_json=False)
def edit() -> int:
    """Open config.toml in $VISUAL or $EDITOR, and check it afterwards."""
    inv = invocation()
    paths = paths_for(home_of(inv.home))
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR") or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise UsageError("editing needs a terminal", hint=f"set EDITOR, or edit {paths.config} yourself")
    file = init_config(paths)
    try:
        click.edit(filename=str(file))
    except click.ClickException:
        raise UsageError("no editor could be opened", hint=f"set EDITOR, or edit {file} yourself") from None
    settings_with_origin(paths, os.environ, offline=False, no_cloud=False)
    return ExitCode.OK
