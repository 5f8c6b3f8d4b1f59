"""The same value has the same placeholder over a conversation, also after a restart, and until it is purged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.redaction import redact, restore
from privacy_assistant.errors import RecordTampered, UsageError
from privacy_assistant.flow.legends import LEGEND, load_legend, save_legend
from tests.fakes import FakeHistory
from tests.vault.vault_fixtures import fill, opened


def tags() -> Callable[[], Legend]:
    """Legends with a new tag each time, as chance would give."""
    numbers: Iterator[int] = iter(range(1, 100))
    return lambda: Legend.new(bytes([next(numbers), 7]))


def sent(text: str, word: str, kind: Kind, legend: Legend) -> str:
    """The text as it would be sent."""
    return redact(text, Findings((Finding(text.index(word), text.index(word) + len(word), kind),)), legend).text


def test_a_value_keeps_its_placeholder_over_a_restart(home: Path) -> None:
    """LiteLLM 31959, 41600: numbering goes on where it ended, and an old answer can still be restored."""
    new = tags()
    with opened(home) as vault:
        conversation = fill(vault, ["hello"])
        legend = load_legend(vault.history, conversation, new)
        first = sent("I am Ann Zorn", "Ann Zorn", Kind.PERSON, legend)
        save_legend(vault.history, conversation, legend)
    with opened(home) as vault:
        again = load_legend(vault.history, conversation, new)
        assert again.tag == legend.tag
        assert sent("I am Ann Zorn", "Ann Zorn", Kind.PERSON, again) == first
        assert restore(first, again) == "I am Ann Zorn"
        other = sent("and Bob", "Bob", Kind.PERSON, again)
        assert f"·{again.tag}·2⟧" in other
        save_legend(vault.history, conversation, again)
    with opened(home) as vault:
        assert restore(f"{first} {other}", load_legend(vault.history, conversation, new)) == "I am Ann Zorn and Bob"


def test_two_conversations_share_nothing(home: Path) -> None:
    """LLM Guard 82: each has its own tag, so an answer in one never shows a value of the other."""
    new = tags()
    with opened(home) as vault:
        ids = [fill(vault, ["hello"]), fill(vault, ["hello"])]
        texts = []
        for conversation, name in zip(ids, ["Ann", "Bob"], strict=True):
            legend = load_legend(vault.history, conversation, new)
            texts.append(sent(f"to {name}", name, Kind.PERSON, legend))
            save_legend(vault.history, conversation, legend)
        assert restore(texts[0], load_legend(vault.history, ids[1], new)) == texts[0]


def test_a_legend_is_sealed_and_goes_with_its_conversation(home: Path) -> None:
    """No byte of the home holds the value, and after the conversation is gone nothing opens its legend."""
    with opened(home) as vault:
        conversation = fill(vault, ["hello"])
        legend = load_legend(vault.history, conversation, tags())
        sent("I am Ann Grobnikova", "Ann Grobnikova", Kind.PERSON, legend)
        save_legend(vault.history, conversation, legend)
    assert not any(b"Grobnik" in path.read_bytes() for path in home.rglob("*") if path.is_file())
    with opened(home) as vault:
        vault.history.forget(conversation)
        with pytest.raises(UsageError):
            load_legend(vault.history, conversation, tags())


def test_what_is_no_legend_is_a_record_that_was_changed() -> None:
    """Never an empty legend, with which numbering would begin again."""
    history = FakeHistory()
    conversation = history.start()
    history.attach(conversation, LEGEND, {"version": 1, "tag": "ABC", "entries": [["PERSON", "7", "Ann", True]]})
    with pytest.raises(RecordTampered):
        load_legend(history, conversation, tags())
