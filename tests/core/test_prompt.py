"""Prompts: what goes in, what is left out, and that their beginning stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.prompt import ChatMessage, Prompt, build_prompt
from privacy_assistant.core.turn import Label, Message, Role, Zone
from privacy_assistant.errors import UsageError

AT = datetime(2026, 11, 21, tzinfo=UTC)
SYSTEM = "You help."


def turn(question: str, answer: str, label: Label = Label.FREE) -> list[Message]:
    """A question and its answer."""
    return [
        Message(role=Role.USER, text=question, at=AT, label=label),
        Message(role=Role.ASSISTANT, text=answer, at=AT, label=label),
    ]


class Counter:
    """Measures a message at a token per character and two around it, and remembers how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, messages: Sequence[ChatMessage]) -> int:
        self.calls += 1
        return sum(len(message.text) + 2 for message in messages)


def build(
    history: list[Message],
    question: str = "why?",
    *,
    zone: Zone = Zone.DEVICE,
    budget: int = 1000,
    system: str = SYSTEM,
) -> Prompt:
    """A prompt by the plain counter."""
    return build_prompt(system=system, history=history, question=question, zone=zone, budget=budget, count=Counter())


def test_a_prompt_is_system_then_history_then_question() -> None:
    """Everything that fits stands in order."""
    prompt = build(turn("a?", "A."))
    assert [(m.role, m.text) for m in prompt.messages] == [
        (Role.SYSTEM, SYSTEM),
        (Role.USER, "a?"),
        (Role.ASSISTANT, "A."),
        (Role.USER, "why?"),
    ]
    assert (prompt.left_out, prompt.withheld) == (0, 0)


def test_without_a_system_prompt_there_is_no_system_message() -> None:
    """An empty system prompt is not sent as an empty message."""
    assert [m.role for m in build([], system=" ").messages] == [Role.USER]


def test_facts_stand_at_the_end_of_the_system_prompt() -> None:
    """A fact that changes leaves the system prompt before it alone."""
    prompt = build_prompt(
        system=SYSTEM, history=[], question="q", zone=Zone.DEVICE, budget=99, count=Counter(), facts=("Today is X.",)
    )
    assert prompt.messages[0].text == f"{SYSTEM}\nToday is X."


@pytest.mark.parametrize("zone", [Zone.LAN, Zone.CLOUD])
def test_a_turn_ruled_to_stay_is_in_no_prompt_for_another_zone(zone: Zone) -> None:
    """Neither half of it, whichever of the two carries the label."""
    question, answer = turn("my pin?", "1234")
    stays = Message(role=Role.ASSISTANT, text=answer.text, at=AT, label=Label.STAY)
    prompt = build([question, stays, *turn("b?", "B.")], zone=zone)
    assert [m.text for m in prompt.messages] == [SYSTEM, "b?", "B.", "why?"]
    assert (prompt.left_out, prompt.withheld) == (0, 2)


def test_a_turn_ruled_to_stay_is_read_on_this_machine() -> None:
    """Staying means staying here, and here it may be used."""
    prompt = build(turn("my pin?", "1234", Label.STAY))
    assert [m.text for m in prompt.messages] == [SYSTEM, "my pin?", "1234", "why?"]
    assert prompt.withheld == 0


def test_a_question_without_an_answer_is_not_repeated() -> None:
    """Templates want question and answer in turns: a refused or unanswered question stands in no prompt."""
    lonely = [Message(role=Role.USER, text="refused", at=AT), *turn("b?", "  "), *turn("c?", "C.")]
    assert [m.text for m in build(lonely).messages] == [SYSTEM, "c?", "C.", "why?"]


def test_when_everything_fits_it_is_counted_once() -> None:
    """Counting costs a tokenization of everything, so the common case has one."""
    counter = Counter()
    history = [m for n in range(5) for m in turn(f"q{n}", f"a{n}")]
    build_prompt(system=SYSTEM, history=history, question="q", zone=Zone.DEVICE, budget=1000, count=counter)
    assert counter.calls == 1


def test_a_long_conversation_is_counted_a_handful_of_times() -> None:
    """Two thousand turns need no two thousand counts."""
    counter = Counter()
    history = [m for n in range(2000) for m in turn(f"question {n}", f"answer {n}")]
    prompt = build_prompt(system=SYSTEM, history=history, question="q", zone=Zone.DEVICE, budget=500, count=counter)
    assert prompt.left_out > 0
    assert counter.calls <= 12


def test_a_question_that_is_too_long_is_refused_with_its_size() -> None:
    """Nobody gets an answer to half a question."""
    with pytest.raises(UsageError, match="too long: 115 tokens, and this model takes 100") as caught:
        build(turn("a", "b"), "x" * 102, budget=100)
    assert caught.value.hint
    assert "xxx" not in str(caught.value)


def test_a_question_that_just_fits_leaves_all_history_out() -> None:
    """The question comes first, the past second."""
    prompt = build(turn("a", "b"), "x" * 87, budget=100)
    assert [m.role for m in prompt.messages] == [Role.SYSTEM, Role.USER]
    assert prompt.left_out == 2


def test_the_beginning_of_the_prompt_seldom_moves() -> None:
    """A growing conversation drops turns in blocks, so most prompts begin as the one before them."""
    history: list[Message] = []
    before: tuple[ChatMessage, ...] = ()
    moved, kept = 0, 0
    for n in range(200):
        prompt = build_prompt(
            system=SYSTEM, history=history, question=f"q{n}", zone=Zone.DEVICE, budget=1000, count=lambda ms: sum(
                len(m.text) // 4 + 3 for m in ms)
        )  # fmt: skip
        if before and prompt.messages[: len(before)] == before:
            kept += 1
        else:
            moved += bool(before)
        before = prompt.messages
        history += turn(f"q{n}", "a" * 150)
    assert moved + kept == 199
    assert 1 <= moved <= 20


texts = st.text(alphabet="ab é漢", min_size=1, max_size=60)
histories = st.lists(st.tuples(texts, texts, st.sampled_from(Label)), max_size=25)


@settings(max_examples=150, deadline=None)
@given(histories, texts, st.sampled_from(Zone), st.integers(100, 900))
def test_a_prompt_fits_ends_with_the_question_and_drops_the_oldest_first(
    said: list[tuple[str, str, Label]], question: str, zone: Zone, budget: int
) -> None:
    """For every conversation: within budget, no label broken, and what is kept is the newest part, unbroken."""
    history = [m for q, a, label in said for m in turn(q, a, label)]
    counter = Counter()
    prompt = build_prompt(system=SYSTEM, history=history, question=question, zone=zone, budget=budget, count=counter)
    assert counter(prompt.messages) <= budget
    assert prompt.messages[-1] == ChatMessage(Role.USER, question)
    allowed = [
        (q, a) for q, a, label in said if a.strip() and (zone is Zone.DEVICE or label is Label.FREE)
    ]  # fmt: skip
    middle = [m.text for m in prompt.messages[1:-1]]
    kept = list(zip(middle[::2], middle[1::2], strict=True))
    assert kept == allowed[len(allowed) - len(kept) :]
    assert prompt.left_out == 2 * (len(allowed) - len(kept))
    everything = [ChatMessage(Role.SYSTEM, SYSTEM), *(ChatMessage(Role.USER, t) for pair in allowed for t in pair)]
    if counter([*everything, prompt.messages[-1]]) <= budget:
        assert prompt.left_out == 0
