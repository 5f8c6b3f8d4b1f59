"""Examples of what a policy should say: the `[[example]]` tables of `policy test FILE`, and trying them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from privacy_assistant.core.kinds import Findings, count
from privacy_assistant.core.policy import Case, Policy, Stance, Switches, Verdict, decide
from privacy_assistant.core.toml_reader import Page
from privacy_assistant.core.turn import Label, Origin

Find = Callable[[str, Origin], Findings]
"""Finds what is personal in a text that came this way."""

_CLOCK = "%H:%M"


@dataclass(frozen=True, slots=True)
class Example:
    """One text and the word that the policy should say of it. `at` is a time of day, None for now."""

    text: str = field(repr=False)
    expect: Stance
    name: str
    line: int
    origin: Origin = Origin.TYPED
    backend: str = ""
    at: time | None = None
    labels: frozenset[Label] = frozenset()
    switches: Switches = field(default_factory=Switches)


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What the policy said of an example."""

    example: Example
    verdict: Verdict

    @property
    def passed(self) -> bool:
        return self.verdict.stance is self.example.expect


def parse_examples(text: str | bytes, file: str) -> list[Example]:
    """Read `[[example]]` tables. Raises SettingsError, the first mistake by line, and nothing else."""
    page = Page(text, file)
    examples = []
    for number, table in enumerate(page.root.tables("example"), 1):
        for key in ("text", "expect"):
            if key not in table:
                table.mistake(key, "is missing")
        example = Example(
            text=table.text("text", longest=100_000, multiline=True),
            expect=table.word("expect", Stance, Stance.STAY),
            name=table.text("name", f"example {number}", longest=100),
            line=table.line,
            origin=table.word("origin", Origin, Origin.TYPED),
            backend=table.text("backend", longest=40),
            at=table.parsed("at", _parse_time, None),
            labels=frozenset(table.words("labels", Label)),
            switches=Switches(
                local=table.flag("local"), offline=table.flag("offline"), no_cloud=table.flag("no_cloud")
            ),
        )
        table.close()
        examples.append(example)
    page.root.close()
    mistakes = page.in_order()
    if mistakes:
        raise mistakes[0]
    return examples


def _parse_time(text: str) -> time | None:
    try:
        return datetime.strptime(text, _CLOCK).time()  # noqa: DTZ007 - a time of day on the wall has no zone
    except ValueError:
        raise ValueError("must be a time of day like '23:30'") from None


def run_examples(
    policy: Policy, examples: Sequence[Example], find: Find, detectable: frozenset[str], now: datetime
) -> list[ExampleResult]:
    """Decide every example; a back end that the policy does not have gives STAY, as nothing could go there."""
    results = []
    for example in examples:
        moment = now if example.at is None else now.replace(hour=example.at.hour, minute=example.at.minute)
        case = Case(
            texts=(example.text,),
            counts=count([find(example.text, example.origin)]),
            now=moment,
            origin=example.origin,
            labels=example.labels,
            switches=example.switches,
            detectable=detectable,
        )
        backend = policy.backend(example.backend) if example.backend else None
        results.append(ExampleResult(example, decide(policy, case, backend)))
    return results
