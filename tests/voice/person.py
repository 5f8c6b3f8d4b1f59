"""A person in the room: a list of things to do, one after the other, who listens and looks before doing the next.

What can be done, as it stands in a scenario (`Person.of` reads these):

    says: TEXT            aloud; `voice` low, high or ours; `louder` dB
    plays: FILE           a recording of the public data
    makes: cough          or hum, knock, hoover; `for` seconds
    waits: 0.9            seconds
    waits until: answered (answered, speaking, silent, transcribed, told, woken, rings); `at most` seconds
    listens for: 2.0      seconds of our voice that they hear, and then the next thing, over it
    types: TEXT
    presses / releases / toggles / stops / closes: key
    unplugs: microphone   or loudspeaker
    plugs in: microphone
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ
from privacy_assistant.core.voice_events import Answered, Done, FirstAudio, Told, Transcribed, VoiceEvent, Woke
from tests.voice.acoustics import STEP, Sound, gain
from tests.voice.voices import noise_of, recording, spoken

QUIET = np.zeros(STEP, dtype=np.float32)
PATIENCE_S = 30.0
"""How long a person waits for something to happen before they go on."""

_AUDIBLE = 0.004  # of full scale: when the loudspeaker is heard


Script = Sequence[Mapping[str, object]]
"""What a person does, step by step."""


class Keys(Protocol):
    """What a person can do to the loop with their fingers."""

    def press(self) -> None: ...
    def release(self) -> None: ...
    def toggle(self) -> None: ...
    def type(self, text: str) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


class NoKeys:
    """Nobody is there to press them."""

    def press(self) -> None:
        """Nothing."""

    def release(self) -> None:
        """Nothing."""

    def toggle(self) -> None:
        """Nothing."""

    def type(self, text: str) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words that were spoken in the room: from when to when on the sample clock, and how they sound."""

    text: str = field(repr=False)
    start: float
    sound: Sound = field(repr=False)

    @property
    def end(self) -> float:
        """When it was over."""
        return self.start + len(self.sound) / HEARD_HZ


@dataclass(slots=True)
class Devices:
    """What is plugged in."""

    microphone: bool = True
    loudspeaker: bool = True


class Person:
    """Does what the script says, 10 ms at a time: `next_sound` is what they utter in the next tick."""

    def __init__(self, script: Script, keys: Keys | None = None) -> None:
        self.keys: Keys = keys or NoKeys()
        self.devices = Devices()
        self.said: list[Said] = []
        self.events: list[VoiceEvent] = []
        self._at = 0.0
        self._heard_s = 0.0  # of our voice, since it began to speak last
        self._quiet_s = 10.0  # since it fell silent
        self._steps = self._does(script)
        self.is_done = False

    def next_sound(self, at: float, played: Sound) -> Sound:
        """What they utter now, having heard `played` a moment ago."""
        self._at = at
        if played.size and float(np.abs(played).max()) > _AUDIBLE:
            if self._quiet_s > 1.0:
                self._heard_s = 0.0
            self._heard_s += 0.01
            self._quiet_s = 0.0
        else:
            self._quiet_s += 0.01
        sound = next(self._steps, None)
        self.is_done = sound is None
        return QUIET if sound is None else sound

    def saw(self, event: VoiceEvent) -> None:
        """The loop told of something."""
        self.events.append(event)

    # ------------------------------------------------------------ what they do

    def _does(self, script: Script) -> Iterator[Sound]:
        for step in script:
            deed = next(iter(step))
            what = step[deed]
            match deed:
                case "says":
                    sound = spoken(str(what), str(step.get("voice", "low")))
                    yield from self._utters(str(what), sound * np.float32(gain(_number(step.get("louder", 0)))))
                case "plays":
                    yield from self._utters(str(step.get("which says", "")), recording(str(what)))
                case "makes":
                    sound = noise_of(str(what))
                    seconds = _number(step.get("for", len(sound) / HEARD_HZ))
                    yield from _in_ticks(sound[: int(seconds * HEARD_HZ)])
                case "waits":
                    yield from _in_ticks(np.zeros(int(_number(what) * HEARD_HZ), dtype=np.float32))
                case "waits until":
                    yield from self._waits_until(str(what), _number(step.get("at most", PATIENCE_S)))
                case "listens for":
                    yield from self._listens_for(_number(what))
                case "types":
                    self.keys.type(str(what))
                case "presses" | "releases" | "toggles" | "stops" | "closes":
                    getattr(self.keys, {"presses": "press"}.get(deed, deed[:-1]))()
                case "unplugs" | "plugs in":
                    setattr(self.devices, str(what), deed == "plugs in")
                case _:
                    raise ValueError(f"nobody knows how to do that: {deed}")

    def _utters(self, text: str, sound: Sound) -> Iterator[Sound]:
        self.said.append(Said(text, self._at, sound))
        yield from _in_ticks(sound)

    def _waits_until(self, what: str, at_most: float) -> Iterator[Sound]:
        since, until = len(self.events), self._at + at_most
        while self._at < until and not self._has_come(what, self.events[since:]):
            yield QUIET

    def _has_come(self, what: str, events: Sequence[VoiceEvent]) -> bool:
        match what:
            case "answered":
                answers = [number for number, event in enumerate(events) if isinstance(event, Answered)]
                return bool(answers) and any(isinstance(event, Done) for event in events[answers[0] :])
            case "speaking":
                return any(isinstance(event, FirstAudio) for event in events)
            case "silent":
                return self._quiet_s > 0.7
            case "transcribed":
                return any(isinstance(event, Transcribed) for event in events)
            case "told":
                return any(isinstance(event, Told) for event in events)
            case "woken":
                return any(isinstance(event, Woke) for event in events)
            case _:
                raise ValueError(f"nobody can wait for that: {what}")

    def _listens_for(self, seconds: float) -> Iterator[Sound]:
        until = self._at + PATIENCE_S
        while self._at < until and (self._quiet_s > 1.0 or self._heard_s < seconds):
            yield QUIET


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | str) else 0.0


def _in_ticks(sound: Sound) -> Iterator[Sound]:
    """Whole ticks; the last is filled up with silence."""
    for start in range(0, len(sound), STEP):
        piece = sound[start : start + STEP]
        yield piece if len(piece) == STEP else np.concatenate([piece, QUIET[len(piece) :]])
