"""`transcribe`: what is said in a recording."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click

from privacy_assistant.core.sound import Recording
from privacy_assistant.core.turn import Decision
from privacy_assistant.errors import EgressError, EngineError, EngineMissing, ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Command, Invocation, home_of, invocation

_LANGUAGE = re.compile(r"[a-z]{2,3}")

_Recordings = list[tuple[Path, Recording]]


@click.command(cls=Command, name="transcribe", short_help="Write down what is said in a recording.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--lang", metavar="TAG", default="", help="The language that is spoken, like en; without it, any.")
@click.option("--yes-redacted", is_flag=True, help="Where the policy asks, answer once with yes.")
def command(files: tuple[Path, ...], lang: str, yes_redacted: bool) -> int:
    """Write down what is said in sound files (WAV, FLAC and others).

    A recogniser of this device listens, and needs neither key store nor policy. Only where the policy is cloud-first
    and [speech] lets it, a back end with an stt_model is asked first; and where this device has no recogniser that
    works. A recording cannot be redacted: it leaves as it is, or not at all.
    """
    if lang and not _LANGUAGE.fullmatch(lang):
        raise UsageError("--lang is no language tag of two or three letters", hint="--lang en")
    inv = invocation()

    from privacy_assistant.app.sound_files import read_recording
    from privacy_assistant.app.speech_elsewhere import is_elsewhere_first
    from privacy_assistant.core.policy import Switches
    from privacy_assistant.faces.stream import dim

    recordings = [(file, read_recording(file)) for file in files]
    switches = Switches(offline=inv.offline, no_cloud=inv.no_cloud)
    if is_elsewhere_first(home_of(inv.home), os.environ, switches, "stt"):
        try:
            return _elsewhere(inv, recordings, lang, yes_redacted)
        except (EgressError, EngineMissing) as error:
            reason = error.message.removesuffix(".")
            inv.say(dim(f"{reason}; understood on this device"))
            return _here(inv, recordings, lang, (reason,))
    try:
        return _here(inv, recordings, lang)
    except EngineError as error:
        if not _may_ask(inv):
            raise
        inv.say(dim(f"{error.message.removesuffix('.')}; a back end of the policy is asked instead"))
        return _elsewhere(inv, recordings, lang, yes_redacted)


def _may_ask(inv: Invocation) -> bool:
    from privacy_assistant.app.speech_elsewhere import check_set_up

    try:
        check_set_up(home_of(inv.home), "stt")
    except EngineMissing:
        return False
    return True


def _here(inv: Invocation, recordings: _Recordings, lang: str, reasons: Sequence[str] = ()) -> int:
    """By this device. What was written down is taken from the list, here and elsewhere."""
    import threading

    from privacy_assistant.app.writing_down import ear, short_name
    from privacy_assistant.faces.stream import dim, interruptible, json_line, write

    by = ear(home_of(inv.home), lang, inv.say)
    cancelled = threading.Event()
    try:
        with interruptible(cancelled.set):
            while recordings and not cancelled.is_set():
                file, recording = recordings[0]
                heard = by.transcribe(recording, language=lang)
                name = short_name(heard.engine)
                if inv.json:
                    said = {"file": str(file), "text": heard.text, "language": heard.language or None}
                    sure = {"seconds": round(recording.seconds, 3), "confidence": round(heard.confidence, 3)}
                    who = {"answered_by": name, "zone": "device", "model": heard.engine, "wanted": "device"}
                    why = {"rule": "local-recogniser", "reasons": list(reasons), "rejected": heard.rejected}
                    write(json_line({**said, **sure, **who, **why, "cost": "0", "ledger": None}) + "\n")
                else:
                    write(heard.text + "\n")
                    sure_of = heard.rejected or f"{round(100 * heard.confidence)} % sure"
                    inv.say(dim(f"[local · {heard.engine} · {sure_of}]"))
                recordings.pop(0)
    finally:
        by.close()
    return ExitCode.INTERRUPTED if cancelled.is_set() else ExitCode.OK


def _elsewhere(inv: Invocation, recordings: _Recordings, lang: str, yes_redacted: bool) -> int:
    """By a back end of the policy. Raises EngineMissing and EgressError where none may or can."""
    from privacy_assistant.app.speech_elsewhere import check_set_up, speaking
    from privacy_assistant.core.exchange import Notice
    from privacy_assistant.faces.cli.opening import open_house
    from privacy_assistant.faces.stream import badge, dim, interruptible, json_line, write

    check_set_up(home_of(inv.home), "stt")
    with (
        open_house(inv, yes_redacted=yes_redacted) as house,
        speaking(house) as speech,
        interruptible(speech.cancel) as is_interrupted,
    ):
        while recordings and not is_interrupted():
            file, recording = recordings[0]
            for event in speech.hear(recording, lang):
                if isinstance(event, Notice):
                    inv.say(dim(event.line))
                elif inv.json:
                    heard = {"file": str(file), "text": event.text, "language": event.language or None}
                    sure = {"seconds": round(recording.seconds, 3), "confidence": None, "rejected": ""}
                    write(json_line({**heard, **sure, **as_json(event.decision)}) + "\n")
                else:
                    write(event.text + "\n")
                    inv.say(dim(badge(event.decision)))
            recordings.pop(0)
        return ExitCode.INTERRUPTED if is_interrupted() else ExitCode.OK


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
