"""Builds what a model reads: system prompt, facts, as much of the conversation as fits, the question.

A turn (a question with its answers) is used whole or not at all: chat templates want questions and answers to
alternate, and half an exchange misleads a small model. A turn with a message ruled to stay is in no prompt for
another zone.

When a conversation outgrows the budget, the oldest turns go, and they go in blocks. A model keeps what it has
already read and re-reads only from the first difference; dropping one turn per question would move the start of
the prompt every time, and a model on two slow cores would read its whole budget again (seconds) for every answer.
The borders of the blocks depend on the conversation alone, counted in bytes from its first turn, so the same border
is found again at the next question, without anything being remembered here, until it no longer fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from privacy_assistant.core.turn import Label, Message, Role, Zone
from privacy_assistant.errors import UsageError

DEFAULT_SYSTEM = "You are a helpful assistant."
"""Measured in docs/decisions/0003: without it, or with the one it was trained on, the embedded model wanders off."""

DEFAULT_CONTEXT_TOKENS = 4096
"""For a model of which nothing is said about it; the model's own limit counts if it is smaller."""

_BLOCK_BYTES_PER_TOKEN = 2
"""Bytes of conversation per block, for each token of budget: in English near half of the budget goes at once."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt."""

    role: Role
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads. `left_out` counts messages that did not fit, `withheld` those ruled to stay and not in it;
    `has_stay` where one of those is in it."""

    messages: tuple[ChatMessage, ...]
    left_out: int = 0
    withheld: int = 0
    has_stay: bool = False


def build_prompt(
    *,
    system: str,
    history: Sequence[Message],
    question: str,
    zone: Zone,
    budget: int,
    count: Callable[[Sequence[ChatMessage]], int],
    facts: Sequence[str] = (),
) -> Prompt:
    """Put a prompt together that `count` measures at no more than `budget` tokens.

    `history` is the conversation in order, without the question. `facts` are lines the model should know now (the
    date), kept at the end of the system prompt, the most lasting first, so that a change leaves what stands before
    it alone. `count` is called once when everything fits, and a handful of times otherwise. Raises UsageError when
    the question alone is too long.
    """
    opening = "\n".join(line for line in (system.strip(), *facts) if line)
    head = (ChatMessage(Role.SYSTEM, opening),) if opening else ()
    tail = (ChatMessage(Role.USER, question),)
    turns = _turns(history)
    usable = [turn for turn in turns if zone is Zone.DEVICE or all(m.label is not Label.STAY for m in turn)]
    withheld = sum(len(turn) for turn in turns) - sum(len(turn) for turn in usable)

    def prompt_from(start: int) -> tuple[ChatMessage, ...]:
        return (*head, *(ChatMessage(m.role, m.text) for turn in usable[start:] for m in turn), *tail)

    measured: dict[int, int] = {}

    def fits(start: int) -> bool:
        if start not in measured:
            measured[start] = count(prompt_from(start))
        return measured[start] <= budget

    start = _first_that_fits(_borders(usable, budget * _BLOCK_BYTES_PER_TOKEN), len(usable), fits)
    if start is None:
        raise UsageError(
            f"the question is too long: {measured[len(usable)]} tokens, and this model takes {budget} at once",
            hint="shorten it, or use a model that reads more (llm under [models] in config.toml)",
        )
    left_out = sum(len(turn) for turn in usable[:start])
    has_stay = any(m.label is Label.STAY for turn in usable[start:] for m in turn)
    return Prompt(messages=prompt_from(start), left_out=left_out, withheld=withheld, has_stay=has_stay)


def _turns(history: Sequence[Message]) -> list[list[Message]]:
    """Question and answer pairs, in order; what has no counterpart, or no text, is not part of any."""
    turns: list[list[Message]] = []
    question: Message | None = None
    for message in history:
        if message.role is Role.USER:
            question = message
        elif message.role is Role.ASSISTANT and question is not None and message.text.strip():
            turns.append([question, message])
            question = None
    return turns


def _borders(turns: Sequence[Sequence[Message]], block: int) -> list[int]:
    """Indices of the turns that open a block, in order; the first is 0."""
    borders = [0]
    filled = 0
    for index, turn in enumerate(turns, 1):
        filled += sum(len(message.text.encode("utf-8", "replace")) for message in turn)
        if filled >= block and index < len(turns):
            borders.append(index)
            filled = 0
    return borders


def _first_that_fits(borders: Sequence[int], end: int, fits: Callable[[int], bool]) -> int | None:
    """The oldest border whose rest fits, else the oldest single turn, else `end` (no history), else None.

    Fewer turns never measure more, so halving finds it. The newest borders are looked at first: the rest after an
    old border of a long conversation is long to count.
    """
    low = len(borders)
    step = 1
    while low > 0:
        probe = max(0, low - step)
        if not fits(borders[probe]):
            break
        low = probe
        step *= 2
    else:
        return borders[0]
    high_misfit = probe
    while low - high_misfit > 1:
        middle = (low + high_misfit) // 2
        if fits(borders[middle]):
            low = middle
        else:
            high_misfit = middle
    if low < len(borders):
        return borders[low]
    # Not even the newest block fits: its turns are long, or its script takes many tokens. Cut inside it.
    first, last = borders[-1] + 1, end
    if not fits(end):
        return None
    while first < last:
        middle = (first + last) // 2
        if fits(middle):
            last = middle
        else:
            first = middle + 1
    return first
