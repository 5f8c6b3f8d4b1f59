"""How a house is to be opened: what a face found out before it opens the door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.ports import Consent
from privacy_assistant.vault.factors import PassphraseSource as PassphraseSource
from privacy_assistant.vault.factors import Prompt as Prompt


class Silence:
    """ports.Consent where nobody can be asked: no."""

    def ask(self, request: Request) -> Answer:
        """NO."""
        return Answer.NO


@dataclass(frozen=True, slots=True)
class Opening:
    """How a house is to be opened.

    `question` is the one that will be asked, if it is known already; `say` gets one line at a time for the person;
    `consent` is who is asked about a parcel; `environment` holds no secrets.
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
    expects_cloud: bool = False
    question: str = field(default="", repr=False)
    consent: Consent = field(default_factory=Silence)
    is_verbose: bool = False
    say: Callable[[str], None] = lambda _line: None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
