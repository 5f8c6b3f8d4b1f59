"""Tests of what is in memory only; what it has in common with the encrypted kind is in test_history.py."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from privacy_assistant.errors import UsageError
from privacy_assistant.vault.memory import MemoryDrawer, MemoryHistory, resolved
from tests.vault.vault_fixtures import opened, said


def test_only_the_encrypted_history_is_durable(home: Path) -> None:
    """A face can tell the person which one it is."""
    assert MemoryHistory().is_durable is False
    with opened(home) as vault:
        assert vault.history.is_durable is True


def test_nothing_is_left_when_it_is_closed() -> None:
    """Messages and what was attached are let go."""
    history = MemoryHistory()
    conversation = history.start()
    history.append(conversation, said("a word that is nowhere else: xylophone"))
    history.attach(conversation, "legend", {"a": 1})
    history.close()
    gc.collect()
    assert history.conversations() == []
    with pytest.raises(UsageError):
        history.attached(conversation, "legend")


def test_no_file_is_made(home: Path) -> None:
    """Neither history nor drawer touches the disk."""
    history, drawer = MemoryHistory(), MemoryDrawer()
    history.append(history.start(), said("x"))
    drawer.put("note", {"x": 1})
    assert list(home.rglob("*")) == []


def test_no_text_is_in_a_repr() -> None:
    """What a person said must not come into a log by accident."""
    history = MemoryHistory()
    conversation = history.start()
    stored = history.append(conversation, said("xylophone"))
    assert "xylophone" not in repr(stored) + repr(history.conversations()) + repr(history)


def test_a_prefix_of_two_conversations_is_refused() -> None:
    """More digits are asked for."""
    known = dict.fromkeys(["abcd0" + "0" * 27, "abcd1" + "0" * 27])
    with pytest.raises(UsageError, match="more than one"):
        resolved("abcd", known)
    assert resolved("abcd1", known) == "abcd1" + "0" * 27
    with pytest.raises(UsageError, match="no such"):
        resolved("dcba", known)
