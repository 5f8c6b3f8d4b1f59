"""`setup`: three questions, then a spoken hello; again at any time, and by flags alone."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from privacy_assistant.errors import ExitCode
from privacy_assistant.faces.cli.invocation import Command, invocation

_QUALITIES = ("small", "good", "best", "none")


@click.command(cls=Command, name="setup", short_help="Three questions, then a spoken hello.")
@click.option("--language", metavar="TAG", default="", help="en, de, pt-BR ...; without it that of config.toml.")
@click.option("--quality", type=click.Choice(_QUALITIES, case_sensitive=False), help="Which models for this machine.")
@click.option("--online", is_flag=True, help="Fetch them now; without a terminal with --yes.")
@click.option("--from", "place", type=click.Path(path_type=Path), help="Bring models from a stick or a folder instead.")
@click.option("--later", is_flag=True, help="Fetch and bring nothing.")
@click.option("--name", "names", metavar="NAME", multiple=True, help="Your own name: always masked. Repeatable.")
@click.option("--mask", "masks", metavar="TEXT", multiple=True, help="What else is always masked. Repeatable.")
@click.option(
    "--mask-file", metavar="FILE", default="", help='One value a line, or contacts as vCard; "-" is standard input.'
)
@click.option("--yes", is_flag=True, help="Agree to what --online fetches.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Have the hello in a WAV file, a new one.")
@click.option("--no-sound", is_flag=True, help="No hello.")
@click.option("--no-figures", is_flag=True, help="Measure nothing: a large model takes its time to load.")
def command(
    language: str,
    quality: str | None,
    online: bool,
    place: Path | None,
    later: bool,
    names: tuple[str, ...],
    masks: tuple[str, ...],
    mask_file: str,
    yes: bool,
    output: Path | None,
    no_sound: bool,
    no_figures: bool,
) -> int:
    """Set this home up: language, models that fit this machine, keys, what must always be masked, the policy.

    At a terminal it asks for whatever no flag says. Without one it waits for nothing: it does what needs no agreement,
    and says what it left out. It keeps what is there and can be run again.

    What stands on a command line can be seen by other programs and stays in the history of your shell. What comes from
    --mask-file or standard input does not: --name - and --mask - read it, a value a line.
    """
    inv = invocation()
    from privacy_assistant.faces.cli.setup_run import Run
    from privacy_assistant.faces.cli.setup_wanted import Wanted, tag_of

    wanted = Wanted(
        language=tag_of(language),
        quality=quality or "",
        is_online=online,
        is_later=later,
        place=place,
        has_yes=yes,
        names=names,
        masks=masks,
        mask_file=mask_file,
        output=output,
        has_sound=not no_sound,
        has_figures=not no_figures,
    )
    is_asking = not inv.json and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    wanted.check(is_asking=is_asking)
    run = Run(inv, wanted, is_asking=is_asking)
    try:
        return run.all()
    except (KeyboardInterrupt, click.Abort):
        inv.say("\ninterrupted: what is done stays; `privacy-assistant setup` goes on")
        return ExitCode.INTERRUPTED
