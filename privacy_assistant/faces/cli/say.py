"""`say`: a text as sound."""

from __future__ import annotations

from pathlib import Path

import click

from privacy_assistant.core.sound_parcel import MOST_CHARACTERS
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.ask import question_text
from privacy_assistant.faces.cli.invocation import Command, home_of, invocation
from privacy_assistant.faces.cli.transcribe import as_json


@click.command(cls=Command, name="say", short_help="Speak a text into a WAV file.")
@click.argument("text", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The WAV file to write, a new one."
)
@click.option("--yes-redacted", is_flag=True, help="Where the policy asks, answer once with yes.")
def command(text: str | None, output: Path, yes_redacted: bool) -> int:
    """Speak a text into a WAV file. TEXT, or standard input where TEXT is missing or "-".

    This version has no voice of its own: a back end of the policy with a tts_model and a voice is asked, where [speech]
    lets it. A text in which something personal is found goes to a server of this very device or nowhere.
    """
    inv = invocation()
    words = question_text(text, is_required=True, what="the text").strip()
    if not words:
        raise UsageError("the text is empty", hint='privacy-assistant say "…" -o FILE.wav')
    if len(words) > MOST_CHARACTERS:
        raise UsageError(f"the text is longer than {MOST_CHARACTERS} characters", hint="cut it into parts")

    from privacy_assistant.app.sound_files import exists, write_sound
    from privacy_assistant.app.speech_elsewhere import check_set_up, speaking
    from privacy_assistant.core.exchange import Notice
    from privacy_assistant.faces.cli.opening import open_house
    from privacy_assistant.faces.stream import badge, dim, interruptible, json_line, write

    # Before anything leaves or costs.
    if str(output) == "-":
        raise UsageError("sound is written to a file, not to the screen", hint="-o FILE.wav")
    if output.exists() or output.is_symlink():
        raise exists(output)
    if not output.parent.is_dir():
        raise UsageError(f"there is no directory {output.parent}", hint="make it, or name another file")
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
