"""What a person sees of a setup: the machine, what could be fetched, the figures; and the same for a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from privacy_assistant.app.models.room import as_size
from privacy_assistant.app.setup.hello import MindFigures, VoiceFigures
from privacy_assistant.app.setup.plan import ROLES, Offer
from privacy_assistant.app.setup.survey import Machine, Network
from privacy_assistant.core.model_card import Card
from privacy_assistant.errors import AssistantError
from privacy_assistant.faces.models_view import DOES

GREETING = (
    "This sets the assistant up: three questions, your keys, what must always be",
    "masked; then it says hello.",
    "Enter takes what stands in brackets. Ctrl-C leaves, and what is done stays.",
)


@dataclass(slots=True)
class Report:
    """What was done, step by step. `left_out` are things that wait for the person; the first failure decides the exit
    code."""

    language: str = ""
    quality: str = ""
    machine: Machine | None = None
    keys: str = ""
    policy: str = ""
    changed: list[str] = field(default_factory=list)
    masked: int = 0
    fetched: list[str] = field(default_factory=list)
    working: dict[str, str] = field(default_factory=dict)
    hello: dict[str, Any] = field(default_factory=dict)
    mind: MindFigures | None = None
    voice: VoiceFigures | None = None
    left_out: list[str] = field(default_factory=list)
    next: list[str] = field(default_factory=list)
    failure: AssistantError | None = None

    def failed(self, error: AssistantError) -> None:
        """Keep the first failure."""
        self.failure = self.failure or error

    def as_json(self) -> dict[str, Any]:
        """For a program; `error` as after any failure, where there was one."""
        body: dict[str, Any] = {
            "language": self.language,
            "quality": self.quality,
            "machine": None if self.machine is None else asdict(self.machine),
            "keys": self.keys,
            "policy": self.policy,
            "settings": self.changed,
            "masked": self.masked,
            "models": self.fetched,
            "working": self.working,
            "hello": self.hello,
            "figures": {**_figures(self.mind, "mind"), **_figures(self.voice, "voice")},
            "left_out": self.left_out,
            "next": [f"privacy-assistant {command}" for command in self.next],
        }
        if self.failure is not None:
            error = self.failure
            code, line = int(error.exit_code), " ".join(error.message.split())
            body["error"] = {"code": code, "kind": error.kind, "message": line, "hint": error.hint, "rule": error.rule}
        return body


def _figures(figures: MindFigures | VoiceFigures | None, of: str) -> dict[str, float]:
    return {} if figures is None else {f"{of}_{name}": round(value, 4) for name, value in asdict(figures).items()}


# ---------------------------------------------------------------- lines


def machine_lines(machine: Machine) -> list[str]:
    """What the machine has."""
    network = str(machine.network)
    if machine.network is Network.WAY_OUT:
        network += " (read from the routing table; nothing was sent)"
    lines = [
        f"machine      {machine.memory_bytes / 1e9:.1f} GB of memory, {machine.cores} cores, "
        f"{as_size(machine.free_bytes)} free on the disk",
        f"microphone   {machine.microphone or 'none'}",
        f"loudspeaker  {machine.loudspeaker or 'none'}",
        f"network      {network}",
    ]
    if machine.sound_problem:
        lines.insert(3, f"sound        {machine.sound_problem}")
    return lines


def offer_lines(offers: Sequence[Offer], free: int) -> list[str]:
    """A little table: for each quality what hears, thinks and speaks, and how much is to be fetched."""
    cards = {card.name for offer in offers for card in offer.cards}
    width = max((len(name) for name in cards), default=0)
    lines = []
    for offer in offers:
        named = f"{offer.quality:6}"
        for card in offer.cards:
            lines.append(f"  {named} {DOES[card.role]:7} {card.name:{width}} {_size(card, offer):>8}  {card.licence}")
            named = " " * 6
        lines.append(f"  {named} {_sum(offer, free)}")
    lines.append(f"  {'none':6} what the package brings: English alone, in a robot's voice")
    return lines


def _size(card: Card, offer: Offer) -> str:
    if card not in offer.missing:
        return "is here"
    return as_size(card.bytes) if card.bytes else "unknown"


def _sum(offer: Offer, free: int) -> str:
    if not offer.cards:
        return "nothing is known for this language and this machine"
    if not offer.missing:
        return "all of it is here"
    fits = "" if offer.bytes < free else f", and only {as_size(free)} are free"
    return (f"{as_size(offer.bytes)} to fetch" if offer.bytes else "to fetch: not all sizes are known") + fits


def figure_lines(report: Report) -> list[str]:
    """Who works, and the first figures."""
    shown = [f"{DOES[role]} with {report.working[role]}" for role in ROLES if role in report.working]
    lines = [f"it {', '.join(shown)}"] if shown else []
    if report.mind is not None:
        mind = report.mind
        lines.append(
            f"model        loaded in {_seconds(mind.load_s)}, first token after {_seconds(mind.first_token_s)}, "
            f"then {mind.tokens_per_s:.0f} tokens/s"
        )
    if report.voice is not None:
        voice = report.voice
        lines.append(
            f"voice        loaded in {_seconds(voice.load_s)}, from the end of a text to its first sound "
            f"{_seconds(voice.first_sound_s)}"
        )
    return lines


_NEXT = {
    "chat": "talk in the terminal",
    "listen": "talk by microphone and loudspeaker",
    "models list": "what works, and what would fit this machine",
    "models import PATH": "bring models on a stick or from a folder",
}


def next_lines(commands: Sequence[str]) -> list[str]:
    """What a person may do now."""
    return ["next:", *(f"  privacy-assistant {command:20} {_NEXT[command]}" for command in commands)]


def bulleted(lines: Iterable[str], mark: str = "-") -> list[str]:
    """Lines of a list."""
    return [f"  {mark} {line}" for line in lines]


def _seconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"
