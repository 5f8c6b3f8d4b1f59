"""Secrets that came in the environment: taken out of it at once, handed on by name, inherited by no child process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privacy_assistant.core.policy_terms import Policy  # the command line imports this module first of all

_PREFIXES = ("OPENAI_", "AZURE_OPENAI_")
_MORE = frozenset(
    {"AWS_BEARER_TOKEN_BEDROCK", "AWS_BEDROCK_BASE_URL", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN"}
)

_taken: dict[str, str] = {}


def steers_a_cloud(name: str) -> bool:
    """Whether a variable is one by which the SDKs of clouds take a key, an address or headers behind the policy.

    All that begin like OpenAI's and Azure OpenAI's, also those that a later version of an SDK may read.
    """
    return name.startswith(_PREFIXES) or name in _MORE


def take_out(names: Iterable[str] = ()) -> None:
    """Take these variables, and always those that steer a cloud, out of the environment of this process.

    To be called before anything is imported or started that could read or inherit them. What the kernel shows of the
    start of a process (`/proc/PID/environ`) is not changed by it; `guard_memory` closes that to other processes.
    """
    for name in [*filter(steers_a_cloud, list(os.environ)), *names]:
        value = os.environ.pop(name, None)
        if value is not None:
            _taken[name] = value


def taken() -> Mapping[str, str]:
    """What was taken in the life of this process; the view follows later calls of `take_out`. Not to be shown."""
    return MappingProxyType(_taken)


def variables_of(policy: Policy) -> tuple[str, ...]:
    """The variables that a policy names as places of keys."""
    sources = [backend.key for backend in policy.backends if backend.key is not None]
    return tuple(dict.fromkeys(name for source in sources if source.how == "env" for name in source.where))
