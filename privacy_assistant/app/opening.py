"""How a house is to be opened: what a face found out before it opens the door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from privacy_assistant.vault.factors import PassphraseSource as PassphraseSource
from privacy_assistant.vault.factors import Prompt as Prompt


@dataclass(frozen=True, slots=True)
class Opening:
    """How a house is to be opened.

    `question` is the one that will be asked, if it is known already; `say` gets one line at a time for the person;
    `environment` holds no secrets.
    """

    home: Path | None = None
    passphrase: PassphraseSource = field(default_factory=PassphraseSource)
    key_file: Path | None = None
    offline: bool = False
    no_cloud: bool = False
    is_ephemeral: bool = False
    is_dry: bool = False
    needs_history: bool = False
    expects_model: bool = False
    question: str = field(default="", repr=False)
    yes_redacted: bool = False
    is_verbose: bool = False
    say: Callable[[str], None] = lambda _line: None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
