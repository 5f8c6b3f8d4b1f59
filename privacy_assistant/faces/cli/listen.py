"""`listen`: talk, by microphone and loudspeaker or by files."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from privacy_assistant.core.activation import Activation
from privacy_assistant.errors import UsageError
from privacy_assistant.faces.cli.invocation import Command, Invocation, invocation

if TYPE_CHECKING:
    from privacy_assistant.app.house import House
    from privacy_assistant.core.sound import Recording
    from privacy_assistant.faces.voice_keys import Controls


@click.command(cls=Command, name="listen", short_help="Talk: by microphone and loudspeaker, or by files.")
@click.option(
    "--input", "source", type=click.Path(path_type=Path), help="Hear this file (WAV or FLAC) instead of a microphone."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="With --input: write the spoken answers to this file, a new WAV.",
)
@click.option("--realtime", is_flag=True, help="With --input: as slow as a person speaks.")
@click.option("--once", is_flag=True, help="One question and its answer, then end.")
@click.option("--wake", metavar="WORD", multiple=True, help="Listen for this word first; may be given more than once.")
@click.option("--hold", is_flag=True, help="Hear only while the key is held.")
@click.option("--toggle", is_flag=True, help="A key opens the ear, and closes it.")
@click.option("--continuous", is_flag=True, help="Everything that is said is for the assistant (the default).")
@click.option("--ephemeral", is_flag=True, help="Keep nothing of this session.")
@click.option("--yes-redacted", is_flag=True, help="Where the policy asks, answer once with yes.")
def command(
    source: Path | None,
    output: Path | None,
    realtime: bool,
    once: bool,
    wake: tuple[str, ...],
    hold: bool,
    toggle: bool,
    continuous: bool,
    ephemeral: bool,
    yes_redacted: bool,
) -> int:
    """Talk. What is heard is in memory alone, and is overwritten when it was understood."""
    if sum((hold, toggle, continuous, bool(wake))) > 1:
        raise UsageError("--wake, --hold, --toggle and --continuous exclude one another", hint="choose one")
    if source is None and (output is not None or realtime):
        raise UsageError("--output and --realtime go with --input", hint="--input question.wav --output answer.wav")
    if source is not None and (hold or toggle):
        raise UsageError("a file has no key to press", hint="--input FILE with --continuous, or with --wake WORD")
    inv = invocation()

    from privacy_assistant.app.sound_files import check_new, read_talk
    from privacy_assistant.faces.cli.opening import open_house

    if output is not None:
        check_new(output)
    heard = read_talk(source) if source is not None else None
    with open_house(
        inv, is_ephemeral=ephemeral, expects_model=True, yes_redacted=yes_redacted, is_spoken=True
    ) as house:
        words = wake or _words(house, is_chosen=hold or toggle or continuous or source is not None)
        activation = (
            Activation.HOLD
            if hold
            else Activation.TOGGLE
            if toggle
            else Activation.WAKE
            if words
            else Activation.CONTINUOUS
        )
        if heard is None:
            return _by_devices(inv, house, activation, words, is_once=once)
        return _by_file(inv, house, heard, output, activation, words, is_once=once, is_realtime=realtime)


def _words(house: House, *, is_chosen: bool) -> tuple[str, ...]:
    """The wake word of the settings, where nothing else was chosen."""
    wanted = house.settings.models.wake
    return (wanted,) if wanted and not is_chosen else ()


def _by_devices(inv: Invocation, house: House, activation: Activation, words: tuple[str, ...], *, is_once: bool) -> int:
    from privacy_assistant.app.sound_cards import live_card
    from privacy_assistant.app.voice_loop import VoiceOpening, open_voice
    from privacy_assistant.faces.voice_view import show

    card = live_card(house.settings)
    opening = VoiceOpening(activation, words, is_live=True, is_once=is_once)
    with open_voice(house, opening) as voice, _desktop_key(inv, activation, voice.loop):
        inv.say(f"{voice.transcriber.name} listens, {voice.speaker.name} speaks; no sound is kept")
        return show(voice.loop.run(card), voice.loop, say=inv.say, is_json=inv.json)


def _desktop_key(inv: Invocation, activation: Activation, controls: Controls) -> AbstractContextManager[None]:
    """A key of the desktop, in whichever window, where a key opens the ear; the desktop asks the person once."""
    from privacy_assistant.app.hotkey import desktop_key

    match activation:
        case Activation.HOLD:
            return desktop_key(controls.press, controls.release, inv.say)
        case Activation.TOGGLE:
            return desktop_key(controls.toggle, lambda: None, inv.say)
        case _:
            return nullcontext()


def _by_file(
    inv: Invocation,
    house: House,
    heard: Recording,
    output: Path | None,
    activation: Activation,
    words: tuple[str, ...],
    *,
    is_once: bool,
    is_realtime: bool,
) -> int:
    from privacy_assistant.app.sound_cards import file_card
    from privacy_assistant.app.sound_files import write_sound
    from privacy_assistant.app.voice_loop import VoiceOpening, open_voice
    from privacy_assistant.faces.voice_view import show

    opening = VoiceOpening(activation, words, is_live=is_realtime, hears_us=False, is_once=is_once)
    with open_voice(house, opening) as voice:
        loop = voice.loop
        card = file_card(heard, voice.rate_hz, wants_more=lambda: loop.is_busy, is_realtime=is_realtime)
        try:
            return show(loop.run(card), loop, say=inv.say, is_json=inv.json)
        finally:
            if output is not None:
                write_sound(output, card.played())
