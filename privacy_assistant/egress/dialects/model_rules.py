"""What differs from model to model in a request to OpenAI itself: a temperature, and how long a prompt is cached.

As documented in November 2026; a model that is not known here gets neither field, because a field that a model does
not know is an error and no answer.
"""

from __future__ import annotations

import re
from typing import Any

from privacy_assistant.core.model_facts import facts_for
from privacy_assistant.core.policy_terms import BackendKind

_REASONING = re.compile(r"(?:o[1-9]|gpt-(?:[5-9]|[1-9]\d))(?:$|[^0-9])")
"""Models that have "developer" in the place of "system"; a model that is not known understands "system"."""

_RETAINED = re.compile(
    r"(?:gpt-4\.1|gpt-5|gpt-5-codex|gpt-5\.1|gpt-5\.1-codex(?:-max|-mini)?|gpt-5\.1-chat-latest|gpt-5\.2"
    r"|gpt-5\.3-codex|gpt-5\.4)(?:-\d{4}-\d{2}-\d{2})?"
)
"""Models whose prompts can be cached for a day or in memory only: a day, where nothing is said."""

_VERSION = re.compile(r"gpt-(\d{1,2})(?:\.(\d{1,2}))?(?:$|-)")
_FIRST_WITH_OPTIONS = (5, 6)


def is_ours_to_tell(kind: BackendKind) -> bool:
    """Whether this is the service of OpenAI, or Azure's of the same models, which know all of their own fields."""
    return kind in (BackendKind.OPENAI, BackendKind.AZURE)


def takes_temperature(kind: BackendKind, model: str) -> bool:
    """Whether a temperature may be sent: anywhere but to a model of OpenAI that reasons, or that is not known."""
    if not is_ours_to_tell(kind):
        return True
    facts = facts_for(model)
    return facts is not None and facts.takes_temperature


def takes_developer(kind: BackendKind, model: str) -> bool:
    """Whether the system text of a chat has the role "developer", which the models that reason put in its place."""
    return is_ours_to_tell(kind) and _REASONING.match(_family(model)) is not None


def cache_fields(kind: BackendKind, model: str) -> dict[str, Any]:
    """The field that keeps a prompt from being cached, or from being cached for long.

    From gpt-5.6 on: "explicit", without any breakpoint, is no caching. Before: "in_memory" is an hour at most.
    gpt-5.5 can only be cached for a day. Azure keeps in memory where nothing is said, and documents no other field.
    """
    if kind is not BackendKind.OPENAI:
        return {}
    family = _family(model)
    version = _VERSION.match(family)
    if version is not None and (int(version[1]), int(version[2] or 0)) >= _FIRST_WITH_OPTIONS:
        return {"prompt_cache_options": {"mode": "explicit"}}
    return {"prompt_cache_retention": "in_memory"} if _RETAINED.fullmatch(family) else {}


CACHE_CONSTANTS = frozenset(
    {"prompt_cache_options", "mode", "explicit", "prompt_cache_retention", "in_memory"},
)
"""Every string of `cache_fields`."""


def _family(model: str) -> str:
    """The model below a fine-tuned one ("ft:gpt-4.1:…")."""
    return model.split(":")[1] if model.startswith("ft:") else model
