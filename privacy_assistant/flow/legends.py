"""The legend of a conversation: kept sealed with it, so that a value has the same placeholder tomorrow.

It is destroyed with its conversation, for it is sealed with that conversation's key.
"""

from __future__ import annotations

from collections.abc import Callable

from privacy_assistant.core.legend import Legend
from privacy_assistant.ports import History

LEGEND = "legend"
"""The kind of what is attached to a conversation."""


def load_legend(history: History, conversation: str, new: Callable[[], Legend]) -> Legend:
    """The legend of a conversation, or the empty one that `new` gives. Raises UsageError for an unknown
    conversation, RecordTampered for a legend that was changed."""
    payload = history.attached(conversation, LEGEND)
    return new() if payload is None else Legend.from_payload(payload)


def save_legend(history: History, conversation: str, legend: Legend) -> None:
    """Keep a legend; to be called before anything that was redacted with it leaves. Replaces what was kept."""
    history.attach(conversation, LEGEND, legend.to_payload())
