"""What `doctor` says of the voice: who listens and speaks, by which devices, and where the sound is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from privacy_assistant.app.comparing import COMPARING
from privacy_assistant.app.files import read_settings
from privacy_assistant.app.paths import Paths
from privacy_assistant.app.proofs import Check
from privacy_assistant.app.sound_devices import Device, devices
from privacy_assistant.app.voice_engines import (
    find_canceller,
    find_speaker,
    find_transcriber,
    find_turn_detector,
)
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.sound import Recording
from privacy_assistant.engines.sound.naming import Side, choose
from privacy_assistant.errors import AssistantError, EngineError
from privacy_assistant.ports.sound import Speaker, Transcriber

_SAMPLE = "What time is it?"
_KEPT_NOWHERE = "in memory alone: overwritten when it was understood, at most 90 s of it, and in no file"


def voice(paths: Paths) -> Iterator[Check]:
    """Ear and mouth are tried on one another; then the devices, which nobody listens to here. What is broken is told
    of, and the rest is looked at all the same."""
    settings = read_settings(paths)
    for look in (_engines, _echo, _turns):
        try:
            yield from look(settings, paths.models)
        except AssistantError as error:
            yield Check("voice", "fault", error.message, error.hint)
    yield from _devices(settings)
    yield Check("voice", "ok", f"what is heard is {_KEPT_NOWHERE}")


def _engines(settings: Settings, models: Path) -> Iterator[Check]:
    lines: list[str] = []
    with contextlib.ExitStack() as undo:
        speaker = find_speaker(settings, models, lines.append)
        undo.callback(speaker.close)
        transcriber = find_transcriber(settings, models, lines.append)
        undo.callback(transcriber.close)
        yield _round_trip(speaker, transcriber)
    yield from _stood_in_for(lines)


def _echo(_settings: Settings, _models: Path) -> Iterator[Check]:
    if find_canceller().is_full_duplex:
        yield Check("voice", "ok", "echo cancellation by WebRTC: it can be spoken over; it is deaf where that fails")
    else:
        yield Check("voice", "note", "no echo cancellation: it is deaf while it speaks", "pip install livekit")


def _turns(settings: Settings, models: Path) -> Iterator[Check]:
    lines: list[str] = []
    detector = find_turn_detector(settings, models, lines.append)
    getattr(detector, "close", lambda: None)()
    yield Check("voice", "ok", f"the end of a turn is told by {detector.name}")
    yield from _stood_in_for(lines)


def _stood_in_for(lines: list[str]) -> Iterator[Check]:
    """Each model that is broken, in the words in which a person is told elsewhere: "…; the spare one … · remedy"."""
    for line in lines:
        if line.startswith(COMPARING):
            continue
        says, _, remedy = line.rpartition(" · ")
        yield Check("voice", "fault", says or line, remedy if says else "")


def _round_trip(speaker: Speaker, transcriber: Transcriber) -> Check:
    frames = list(speaker.speak(_SAMPLE))
    heard = transcriber.transcribe(Recording(b"".join(frame.pcm for frame in frames), speaker.rate_hz))
    who = f"{transcriber.name} listens, {speaker.name} speaks"
    if heard.text:
        return Check("voice", "ok", f"{who}; they understand one another")
    return Check("voice", "note", f"{who}; but the one does not understand the other", "try other models")


def _devices(settings: Settings) -> Iterator[Check]:
    try:
        found = devices()
    except EngineError as error:
        yield Check("sound", "note", error.message, error.hint)
        return
    yield _device(found, settings.audio.input, "input", "microphone")
    yield _device(found, settings.audio.output, "output", "loudspeaker")


def _device(found: list[Device], wanted: str, side: Side, what: str) -> Check:
    try:
        device = choose(found, wanted, side)
    except AssistantError as error:
        return Check("sound", "fault", f"{what}: {error.message}", error.hint)
    if device is None:
        return Check("sound", "note", f"there is no {what}", "plug one in; `privacy-assistant devices` lists them")
    return Check("sound", "ok", f"{what}: {device.name}")
