"""What a model file is to those who open it. By itself, because a worker needs this and nothing of how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from privacy_assistant.core.prompt import DEFAULT_CONTEXT_TOKENS

if TYPE_CHECKING:
    from privacy_assistant.core.model_lock import Installed


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file on this machine. `bytes` is its size now; digests are empty for a file nobody vouches for.

    `context_tokens` is the most that will be used, even where the model was trained for more. `installed` is its entry
    in the lock file, for one that is in it.
    """

    name: str
    role: str
    path: Path
    bytes: int
    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    licence: str = ""
    source: str = ""
    sha256: str = ""
    header_bytes: int = 0
    header_sha256: str = ""
    installed: Installed | None = None
