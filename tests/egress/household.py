"""A real house on loopback: home, key store, policy, finder, gate and ledger are real, the local model is scripted.

For tests of the whole way from a question to the bytes that leave.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.profile import open_profile
from privacy_assistant.core.exchange import Notice, Question, Reply
from privacy_assistant.core.profile import Wish
from privacy_assistant.core.turn import Utterance
from privacy_assistant.flow.answering import Event
from privacy_assistant.ports import Consent, LocalModel, Piece
from tests.fakes import FakeConsent, FakeLocalModel

KEY_VARIABLE = "LOOPBACK_KEY"
KEY = "sk-loopback-0123456789"


def policy_of(url: str, *, mode: str = "cloud-first", api: str = "chat", top: str = "", more: str = "") -> str:
    """A policy with one back end in the cloud, `there`, at this address. `top` are tables before it, `more` keys of
    its own table, or further tables."""
    return f"""version = 1
mode = "{mode}"
{top}
[backend.there]
zone = "cloud"
kind = "openai-compatible"
api = "{api}"
base_url = "{url}"
model = "model"
api_key_env = "{KEY_VARIABLE}"
{more}
"""


@dataclass(frozen=True)
class Household:
    """A home on the disk, and who answers in it."""

    home: Path
    model: LocalModel

    @property
    def key_file(self) -> Path:
        """What opens the key store."""
        return self.home.parent / "key"

    def writes(self, name: str, text: str) -> None:
        """Put a file of settings into the home, as a careful person does."""
        file = self.home / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)

    def lists(self, *values: str) -> None:
        """Put these into the profile: they are always masked."""
        with open_profile(Opening(home=self.home, key_file=self.key_file), may_create=True) as profile:
            profile.add([Wish(value) for value in values])

    @contextmanager
    def scripted(self) -> Iterator[None]:
        """Whoever opens a house meanwhile gets the scripted model in the place of the embedded one."""
        os.environ[KEY_VARIABLE] = KEY
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("privacy_assistant.app.local_models.local_model", lambda *_: self.model)
            yield

    @contextmanager
    def opened(self, consent: Consent | None = None, **opening: Any) -> Iterator[House]:
        """The house."""
        given = Opening(home=self.home, key_file=self.key_file, consent=consent or FakeConsent(), **opening)
        with self.scripted(), House(given) as house:
            yield house

    def every_byte(self) -> bytes:
        """All files of the home, one after another."""
        return b"\0".join(path.read_bytes() for path in sorted(self.home.rglob("*")) if path.is_file())


def household(home: Path, policy: str, model: LocalModel | None = None) -> Household:
    """A home with this policy and a key file beside it."""
    made = Household(home, model or FakeLocalModel("The answer of this machine."))
    made.key_file.write_bytes(bytes(range(64)))
    made.writes("policy.toml", policy)
    return made


@dataclass(frozen=True)
class Heard:
    """What one question brought."""

    events: Sequence[Event]

    @property
    def reply(self) -> Reply:
        """The last of it."""
        last = self.events[-1]
        assert isinstance(last, Reply)
        return last

    @property
    def pieces(self) -> list[str]:
        """What was shown, as it came."""
        return [event.text for event in self.events if isinstance(event, Piece)]

    @property
    def notices(self) -> list[str]:
        """What was said beside it."""
        return [event.line for event in self.events if isinstance(event, Notice)]


def ask(
    house: House,
    text: str,
    conversation: str | None = None,
    *,
    asked: Literal["local", "cloud"] | None = None,
    attachment: str = "",
) -> Heard:
    """Ask one question and listen to the end."""
    question = Question(Utterance(text), conversation=conversation, asked=asked, attachment=attachment)
    return Heard(list(house.answer(question)))
