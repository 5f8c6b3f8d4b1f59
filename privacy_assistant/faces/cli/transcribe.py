"""`transcribe`: what is said in a recording."""

from __future__ import annotations

import re
from pathlib import Path

import click

from privacy_assistant.core.turn import Decision
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Command, invocation

_LANGUAGE = re.compile(r"[a-z]{2,3}")


@click.command(cls=Command, name="transcribe", short_help="Write down what is said in a recording.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--lang", metavar="TAG", default="", help="The language that is spoken, like en; without it, any.")
@click.option("--yes-redacted", is_flag=True, help="Where the policy asks, answer once with yes.")
def command(files: tuple[Path, ...], lang: str, yes_redacted: bool) -> int:
    """Write down what is said in sound files: WAV, FLAC, Ogg, MP3 and the like.

    This version has no recogniser of its own: a back end of the policy with an stt_model is asked, where [speech] lets
    it. A recording cannot be redacted; it leaves as it is, or not at all.
    """
    if lang and not _LANGUAGE.fullmatch(lang):
        raise UsageError("--lang is no language tag of two or three letters", hint="--lang en")
    inv = invocation()

    from privacy_assistant.app.sound_files import read_recording
    from privacy_assistant.app.speech_elsewhere import check_set_up, speaking
    from privacy_assistant.core.exchange import Notice
    from privacy_assistant.faces.cli.invocation import home_of
    from privacy_assistant.faces.cli.opening import open_house
    from privacy_assistant.faces.stream import badge, dim, interruptible, json_line, write

    recordings = [(file, read_recording(file)) for file in files]
    check_set_up(home_of(inv.home), "stt")
    with (
        open_house(inv, yes_redacted=yes_redacted) as house,
        speaking(house) as speech,
        interruptible(speech.cancel) as is_interrupted,
    ):
        for file, recording in recordings:
            for event in speech.hear(recording, lang):
                if isinstance(event, Notice):
                    inv.say(dim(event.line))
                elif inv.json:
                    heard = {"file": str(file), "text": event.text, "language": event.language or None}
                    seconds = {"seconds": round(recording.seconds, 3)}
                    write(json_line({**heard, **seconds, **as_json(event.decision)}) + "\n")
                else:
                    write(event.text + "\n")
                    inv.say(dim(badge(event.decision)))
            if is_interrupted():
                return ExitCode.INTERRUPTED
        return ExitCode.OK


def as_json(decision: Decision) -> dict[str, object]:
    """Who did it and why, as `transcribe --json` and `say --json` print it."""
    return {
        "answered_by": decision.answered_by,
        "zone": str(decision.zone),
        "model": decision.model,
        "wanted": str(decision.wanted),
        "rule": decision.rule,
        "reasons": list(decision.reasons),
        "cost": decision.cost,
        "ledger": decision.ledger_seq,
    }
