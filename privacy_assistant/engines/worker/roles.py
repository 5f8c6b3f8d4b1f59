"""What a worker can be: each role, by its name in the hello, with what makes the child's side of it.

What a side needs is imported only in the child that is it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from privacy_assistant.engines.worker.sides import Side


def _language_model(built: Mapping[str, Any]) -> Side:
    from privacy_assistant.engines.worker.language_side import LanguageSide

    return LanguageSide(built)


ROLES: dict[str, Callable[[Mapping[str, Any]], Side]] = {
    "llama.cpp": _language_model,
}
