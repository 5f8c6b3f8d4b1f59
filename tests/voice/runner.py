"""Scenarios as they are written: a household, what a person does in it, and what has to happen, in order.

    name: a sentence
    room: {echo_db: 6, delay_s: 0.2}          fields of `Acoustics`
    household: {answers: [TEXT], ...}         fields of `Living`
    person: [...]                             see `Person`
    expects: [...]                            in this order, with anything between
    never: [...]                              nothing like it at any time
    history: [user: TEXT, assistant: TEXT]    all that is kept, in order; "assistant in part" begins like that, and
                                              is the beginning of an answer and not all of it

An expectation is one key and what it says, and perhaps `within` so many seconds of the one before:

    speech: started        somebody was heard to begin
    pause: 2               the second revision of the turn
    turn: 2                it was committed at its second revision (0 for whichever)
    understood: TEXT       these words, case and punctuation apart; "" for none; "... TEXT" for the last of them
    answers: TEXT          this is in the answer, case apart
    asks back: TEXT        the same, of a line that clarifies
    sounds: true           the first sample of an answer is played
    voice: duck            or stop, resume
    told: TEXT             this is in the line
    woken: WORD            by this word, or "key"
    done: whole            everything was heard; or cut
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from privacy_assistant.core.activation import Activation
from privacy_assistant.core.sound import Transcript
from privacy_assistant.core.voice_events import (
    Answered,
    BargedIn,
    Done,
    FirstAudio,
    SoftEnded,
    SpeechStarted,
    Told,
    Transcribed,
    TurnEnded,
    VoiceEvent,
    Woke,
)
from tests.voice.acoustics import Acoustics
from tests.voice.household import Household, Living
from tests.voice.person import Script

FOLDER = Path(__file__).with_name("scenarios")

_KEYS = frozenset({"name", "about", "room", "household", "person", "expects", "never", "history", "slow"})
_KINDS: dict[str, type[VoiceEvent]] = {
    "speech": SpeechStarted,
    "pause": SoftEnded,
    "turn": TurnEnded,
    "understood": Transcribed,
    "answers": Answered,
    "asks back": Answered,
    "sounds": FirstAudio,
    "voice": BargedIn,
    "told": Told,
    "woken": Woke,
    "done": Done,
}
_IN_PART = " in part"
_SHOWN = 60  # characters of a text in a report


@dataclass(frozen=True, slots=True)
class Scenario:
    """One of them, read."""

    name: str
    living: Living
    person: Script
    expects: tuple[Mapping[str, Any], ...]
    never: tuple[Mapping[str, Any], ...] = ()
    history: tuple[Mapping[str, str], ...] | None = None
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: everything that was not as it should be, and all that happened, for a person to read."""

    problems: tuple[str, ...]
    told: str = field(repr=False)


def scenarios(folder: Path = FOLDER) -> list[Scenario]:
    """All scenarios of a folder, by file and order; a file may hold several. Raises ValueError for what is none."""
    found = [
        scenario_of(document)
        for path in sorted(folder.glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text("utf-8"))
        if document
    ]
    names = [scenario.name for scenario in found]
    if len(set(names)) != len(names):
        raise ValueError("two scenarios have one name")
    return found


def scenario_of(document: Mapping[str, Any]) -> Scenario:
    """Read one. Raises ValueError for a key that nobody knows."""
    unknown = set(document) - _KEYS
    expected = (*document.get("expects", ()), *document.get("never", ()))
    unknown |= {key for step in expected for key in step if key not in _KINDS and key != "within"}
    if unknown:
        raise ValueError(f"nobody knows {sorted(unknown)}")
    house = dict(document.get("household", {}))
    house["acoustics"] = Acoustics(**_tuples(document.get("room", {})))
    if "activation" in house:
        house["activation"] = Activation(house["activation"])
    house["mishears"] = {
        text: Transcript(
            taken.get("text", text), taken.get("confidence", 0.0), "misheard", "en", taken.get("rejected", "")
        )
        for text, taken in house.get("mishears", {}).items()
    }
    known = {one.name for one in fields(Living)}
    if not known >= set(house):
        raise ValueError(f"no household has {sorted(set(house) - known)}")
    return Scenario(
        name=document["name"],
        living=Living(**_tuples(house)),
        person=document["person"],
        expects=tuple(document.get("expects", ())),
        never=tuple(document.get("never", ())),
        history=tuple(document["history"]) if "history" in document else None,
        is_slow=bool(document.get("slow")),
    )


def play(scenario: Scenario) -> Outcome:
    """Run it, and compare."""
    household = Household(scenario.living, scenario.person)
    events = household.lives()
    problems = [
        *_missing(scenario.expects, events),
        *(f"never: {_told(event)}" for event in events for step in scenario.never if matches(step, event)),
    ]
    if scenario.history is not None:
        problems += _kept_otherwise(scenario.history, household.kept(), scenario.living.answers)
    told = [f"{event.t:7.2f}  {_told(event)}" for event in events if _told(event)]
    kept = [f"         kept {line[:_SHOWN]}" for line in household.kept()]
    return Outcome(tuple(problems), "\n".join([*told, *kept]))


def matches(step: Mapping[str, Any], event: VoiceEvent) -> bool:
    """Whether an event is what a step of `expects` or `never` speaks of."""
    kind, wanted = next((key, value) for key, value in step.items() if key != "within")
    if not isinstance(event, _KINDS[kind]):
        return False
    match event:
        case SoftEnded() | TurnEnded():
            return bool(wanted in (0, event.revision))
        case Transcribed():
            return str(wanted) == "*" or _says(event.transcript.text, str(wanted))
        case Answered():
            return event.clarify == (kind == "asks back") and _plain(str(wanted)) in _plain(event.text)
        case BargedIn():
            return str(wanted) in ("*", str(event.step))
        case Told():
            return _plain(str(wanted)) in _plain(event.line)
        case Woke():
            return str(wanted) in ("*", event.word)
        case Done():
            return str(wanted) == "*" or event.was_cut is (wanted == "cut")
        case _:
            return True


def _missing(expects: Sequence[Mapping[str, Any]], events: Sequence[VoiceEvent]) -> list[str]:
    """The first expectation that does not come after those before it."""
    place, last = 0, 0.0
    for step in expects:
        found = next((n for n in range(place, len(events)) if matches(step, events[n])), None)
        if found is None:
            return [f"expected after {last:.2f} s: {dict(step)}"]
        if "within" in step and events[found].t - last > step["within"]:
            return [f"too late, {events[found].t - last:.2f} s after the one before: {dict(step)}"]
        place, last = found + 1, events[found].t
    return []


def _kept_otherwise(wanted: Sequence[Mapping[str, str]], kept: Sequence[str], answers: Sequence[str]) -> list[str]:
    steps = [(role, text) for step in wanted for role, text in step.items()]
    if len(steps) != len(kept):
        return [f"kept {len(kept)} messages and not {len(steps)}"]
    problems = []
    whole = {answer.strip() for answer in answers}
    for (role, text), found in zip(steps, kept, strict=True):
        who, _, what = found.partition(": ")
        if not role.endswith(_IN_PART):
            is_same = who == role and _says(what, text)
        else:  # it begins so, and is the beginning of an answer and not all of it
            is_part = what.strip() not in whole and any(answer.startswith(what.strip()) for answer in whole)
            is_same = who == role.removesuffix(_IN_PART) and is_part and _plain(what).startswith(_plain(text))
        if not is_same:
            problems.append(f"kept {found[:_SHOWN]!r} and not {role}: {text[:_SHOWN]!r}")
    return problems


def _says(text: str, wanted: str) -> bool:
    return _plain(text).endswith(_plain(wanted)) if wanted.startswith("...") else _plain(text) == _plain(wanted)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.casefold()))


def _told(event: VoiceEvent) -> str:
    """An event in a few words; "" for what is not worth a line."""
    match event:
        case SpeechStarted():
            return "speech"
        case SoftEnded():
            return f"pause {event.revision}, silent since {event.speech_end:.2f}"
        case TurnEnded():
            return f"turn {event.revision}, complete {event.complete:.2f}"
        case Transcribed():
            return f"understood {event.transcript.text!r} {event.transcript.rejected}"
        case Answered():
            return f"{'asks back' if event.clarify else 'answers'} {event.text[:_SHOWN]!r}"
        case FirstAudio():
            return "sounds"
        case BargedIn():
            return f"voice {event.step}"
        case Told():
            return f"told {event.line[:_SHOWN]!r}"
        case Woke():
            return f"woken {event.word}"
        case Done():
            return f"done, {'cut' if event.was_cut else 'whole'} after {event.heard_s:.2f} s"
        case _:
            return ""


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as tuples, inside too."""
    return {key: _tuple(value) for key, value in values.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(part) for part in value) if isinstance(value, list) else value
