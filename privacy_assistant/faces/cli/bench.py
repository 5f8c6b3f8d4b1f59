"""`bench`: the figures of our pages, measured on the reader's machine."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from privacy_assistant.app.benches import gateway as gateway_bench
from privacy_assistant.app.benches import latency as latency_bench
from privacy_assistant.app.benches.children import peers_in
from privacy_assistant.app.benches.marked import MarkedSet, measured_files, read_set, usual_places
from privacy_assistant.app.benches.own_set import own_set
from privacy_assistant.app.benches.redaction import lines, measure, to_json
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.pieces import finder
from privacy_assistant.core.detection import Level
from privacy_assistant.errors import ExitCode
from privacy_assistant.faces.cli.invocation import Group, home_of, invocation


@click.group(cls=Group, name="bench", short_help="Measure on this machine what our pages claim.")
def command() -> None:
    """Measure on this machine what our pages claim."""


@command.command("redaction", short_help="What our finder and others let through, and how long they take.")
@click.option(
    "--set",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Marked texts, JSON Lines; may be repeated. Without it: the measure sets at hand, and sentences of our own.",
)
@click.option("--first", type=click.IntRange(min=1), metavar="N", help="Only the first N texts of each set.")
@click.option(
    "--peers-python",
    type=click.Path(path_type=Path),
    metavar="PYTHON",
    help="The interpreter that has Presidio, pii-anon or scrubadub; without it, this one is asked.",
)
@click.option("--no-peers", is_flag=True, help="Measure our own finder alone.")
@click.option("--level", type=click.Choice(["balanced", "strict"]), default="balanced", show_default=True)
def redaction(files: tuple[Path, ...], first: int | None, peers_python: Path | None, no_peers: bool, level: str) -> int:
    """Score our finder, and the other libraries that are installed, on the same texts.

    Each set is measured as it is, in lower case and as speech. A leak is a personal span of which any letter or digit
    can be read; over is the share of other letters and digits that are masked.
    """
    inv = invocation()
    sets = _sets(files, first)
    peers = [] if no_peers else peers_in(peers_python or Path(sys.executable))
    if not peers and not no_peers:
        inv.say("no other library is installed here; --peers-python PYTHON names an interpreter that has some")
    report = measure(sets, finder(Level(level)), peers, label=f"privacy-assistant, {level}", say=inv.say)
    if inv.json:
        click.echo(json.dumps(to_json(report), ensure_ascii=False))
    else:
        for line in lines(report):
            click.echo(line)
    for label in report.broken:
        inv.say(f"{label} broke and is left out")
    return ExitCode.OK


@command.command("gateway", short_help="Our way to a back end beside the bare openai client; and without a network.")
@click.option("--rounds", type=click.IntRange(min=1), default=30, show_default=True, help="Questions on each side.")
@click.option("--cold-rounds", type=click.IntRange(min=0), default=5, show_default=True, help="Processes on each side.")
@click.option("--away-rounds", type=click.IntRange(min=0), default=10, show_default=True, help="Homes for each case.")
def gateway(rounds: int, cold_rounds: int, away_rounds: int) -> int:
    """Ask a server of this machine through everything that we do, and with the bare openai client, taking turns.

    First word, throughput, cold start, bytes; and how long a local answer takes when the back end is not there. The
    vault is real and new, the model of this machine scripted. Nothing leaves the machine but the look-up of a name
    that nobody can have (.invalid).
    """
    inv = invocation()
    report = gateway_bench.measure(rounds, cold_rounds=cold_rounds, away_rounds=away_rounds, say=inv.say)
    if inv.json:
        click.echo(json.dumps(gateway_bench.to_json(report), ensure_ascii=False))
    else:
        for line in gateway_bench.lines(report):
            click.echo(line)
    return ExitCode.OK


@command.command("latency", short_help="Where the time of a question goes, stage by stage.")
@click.option("--rounds", type=click.IntRange(min=1), default=20, show_default=True, help="Questions of each kind.")
@click.option("--embedded", is_flag=True, help="Answer here by the embedded model; without it by a scripted one.")
def latency(rounds: int, embedded: bool) -> int:
    """Ask in a new home, warm, and tell what each stage took: answered here, and by a server of this machine.

    Opening the vault, finding, deciding, redacting, the last look, the ledger with its wait for the disk, connecting,
    the first word. The home has a key file, so no passphrase is stretched; every question opens its own connection.
    """
    inv = invocation()
    report = latency_bench.measure(rounds, is_embedded=embedded, say=inv.say)
    if inv.json:
        click.echo(json.dumps(latency_bench.to_json(report), ensure_ascii=False))
    else:
        for line in latency_bench.lines(report):
            click.echo(line)
    return ExitCode.OK


@command.command("voice", short_help="From the end of speech to the first sound of the answer, with every wait.")
@click.option("--rounds", type=click.IntRange(min=1), default=1, show_default=True, help="Times of each sentence.")
@click.option("--embedded", is_flag=True, help="As delivered; without it by the models and settings of this home.")
def voice(rounds: int, embedded: bool) -> int:
    """Speak sentences to the loop in real time, and tell when its answers begin, stage by stage.

    The voice of the package speaks, no sound is played or recorded, and nothing of this home but its models and its
    config.toml is used. About four seconds for each sentence; what a sound card adds is not in it.
    """
    from privacy_assistant.app.benches import voice as voice_bench  # it loads the engines of the voice

    inv = invocation()
    installed = None if embedded else paths_for(home_of(inv.home))
    report = voice_bench.measure(rounds, installed=installed, say=inv.say)
    if inv.json:
        click.echo(json.dumps(voice_bench.to_json(report), ensure_ascii=False))
    else:
        for line in voice_bench.lines(report):
            click.echo(line)
    return ExitCode.OK


def _sets(files: tuple[Path, ...], first: int | None) -> list[MarkedSet]:
    if files:
        return [read_set(file, first) for file in files]
    own = own_set()
    return [
        *(read_set(file, first) for file in measured_files(usual_places(os.environ))),
        own if first is None else MarkedSet(own.name, own.texts[:first]),
    ]
