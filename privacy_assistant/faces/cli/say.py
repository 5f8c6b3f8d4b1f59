"""`say`: a text as sound."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from privacy_assistant.core.sound_parcel import MOST_CHARACTERS
from privacy_assistant.errors import EgressError, EngineMissing, ExitCode, UsageError
from privacy_assistant.faces.cli.ask import question_text
from privacy_assistant.faces.cli.invocation import Command, Invocation, home_of, invocation
from privacy_assistant.faces.cli.transcribe import as_json

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)


@click.command(cls=Command, name="say", short_help="Speak a text into a WAV file.")
@click.argument("text", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The WAV file to write, a new one."
)
@click.option("--voice", metavar="NAME", default="", help="A voice in models/tts, or the path of one; on this device.")
@click.option(
    "--speed", type=click.FloatRange(0.5, 2.0), help="Of the voice of this device, 0.5 to 2; else [audio] speed."
)
@click.option("--lang", metavar="TAG", default="", help="The language of the text; without it that of the settings.")
@click.option("--yes-redacted", is_flag=True, help="Where the policy asks, answer once with yes.")
def command(text: str | None, output: Path, voice: str, speed: float | None, lang: str, yes_redacted: bool) -> int:
    """Speak a text into a WAV file. TEXT, or standard input where TEXT is missing or "-".

    A voice of this device speaks, and needs neither key store nor policy. Only where the policy is cloud-first and
    [speech] lets it, a back end with a tts_model and a voice is asked first, and never for a text in which something
    personal is found.
    """
    if lang and not _LANGUAGE.fullmatch(lang):
        raise UsageError("--lang is no language tag", hint="--lang en")
    inv = invocation()
    words = question_text(text, is_required=True, what="the text").strip()
    if not words:
        raise UsageError("the text is empty", hint='privacy-assistant say "…" -o FILE.wav')
    from privacy_assistant.app.sound_files import check_new
    from privacy_assistant.app.speech_elsewhere import is_elsewhere_first
    from privacy_assistant.core.policy import Switches
    from privacy_assistant.faces.stream import dim

    check_new(output)  # before anything leaves, costs or takes time
    switches = Switches(offline=inv.offline, no_cloud=inv.no_cloud)
    is_plain = not voice and speed is None and len(words) <= MOST_CHARACTERS
    if is_plain and is_elsewhere_first(home_of(inv.home), os.environ, switches, "tts"):
        try:
            return _elsewhere(inv, words, output, yes_redacted)
        except (EgressError, EngineMissing) as error:
            reason = error.message.removesuffix(".")
            inv.say(dim(f"{reason}; spoken on this device"))
            return _here(inv, words, output, lang=lang, reasons=(reason,))
    return _here(inv, words, output, voice=voice, speed=speed, lang=lang)


def _here(
    inv: Invocation,
    words: str,
    output: Path,
    *,
    voice: str = "",
    speed: float | None = None,
    lang: str = "",
    reasons: tuple[str, ...] = (),
) -> int:
    import threading

    from privacy_assistant.app.saying import mouth, spoken
    from privacy_assistant.app.sound_files import write_sound
    from privacy_assistant.faces.stream import dim, interruptible, json_line, write

    by = mouth(home_of(inv.home), voice=voice, speed=speed, language=lang, say=inv.say)
    cancelled = threading.Event()
    try:
        with interruptible(cancelled.set):
            sound = spoken(by, words, cancelled.is_set)
    finally:
        by.speaker.close()
    if cancelled.is_set():
        return ExitCode.INTERRUPTED
    if sound is None:
        raise UsageError("there is nothing in the text that can be said", hint="write words")
    write_sound(output, sound)
    name = by.speaker.name
    if inv.json:
        made = {"file": str(output), "seconds": round(sound.seconds, 3), "rate_hz": sound.rate_hz}
        who = {"answered_by": name, "zone": "device", "model": name, "wanted": "device", "rule": "local-voice"}
        write(json_line({**made, **who, "reasons": list(reasons), "cost": "0", "ledger": None}) + "\n")
    else:
        inv.say(dim(f"{sound.seconds:.1f} s written to {output}"))
        inv.say(dim(f"[local · {name}]"))
    return ExitCode.OK


def _elsewhere(inv: Invocation, words: str, output: Path, yes_redacted: bool) -> int:
    """By a back end of the policy. Raises EngineMissing and EgressError where none may or can."""
    from privacy_assistant.app.sound_files import write_sound
    from privacy_assistant.app.speech_elsewhere import check_set_up, speaking
    from privacy_assistant.core.exchange import Notice
    from privacy_assistant.faces.cli.opening import open_house
    from privacy_assistant.faces.stream import badge, dim, interruptible, json_line, write

    check_set_up(home_of(inv.home), "tts")
    with (
        open_house(inv, yes_redacted=yes_redacted) as house,
        speaking(house) as speech,
        interruptible(speech.cancel) as is_interrupted,
    ):
        for event in speech.speak(words):
            if isinstance(event, Notice):
                inv.say(dim(event.line))
                continue
            sound = event.recording
            write_sound(output, sound)
            if inv.json:
                made = {"file": str(output), "seconds": round(sound.seconds, 3), "rate_hz": sound.rate_hz}
                write(json_line({**made, **as_json(event.decision)}) + "\n")
            else:
                inv.say(dim(f"{sound.seconds:.1f} s written to {output}"))
                inv.say(dim(badge(event.decision)))
        return ExitCode.INTERRUPTED if is_interrupted() else ExitCode.OK
