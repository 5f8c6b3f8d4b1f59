"""A home made for a measurement: real keys, vault, finder, gate and ledger; the model of this machine is scripted."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from privacy_assistant.app.benches.companions import Timed
from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.turn import Usage, Utterance
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, ModelInfo, Piece

KEY_VARIABLE = "BENCH_LOOPBACK_KEY"
KEY = "sk-loopback-0123456789"
"""Opens nothing; as long as a short one is."""

QUESTION = (
    "My name is Anna Kowalski, you can write to me at anna.kowalski@example.org. Yesterday I paid a hotel in Leeds "
    "with the card 4111 1111 1111 1111, and the bill says three nights where I stayed for two. Please write a short "
    "and polite letter to them that asks for one night back, and sign it with my name. Thank you."
)
"""About 300 characters with a name, a mail address, a place and a card."""


class ScriptedModel:
    """Implements `ports.LocalModel` and takes no time: what is measured is the path around a model."""

    def __init__(self, words: int = 8) -> None:
        self._words = words

    @property
    def info(self) -> ModelInfo:
        """Of a model that is none."""
        return ModelInfo(name="scripted", path="", bytes=0, context_tokens=8192)

    def warm(self) -> None:
        """Nothing is loaded."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """A token for every four characters."""
        return sum(4 + len(message.text) // 4 for message in messages)

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        """Nothing is read."""

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Finished]:
        """The same words to everything."""
        for _ in range(self._words):
            yield Piece("word ")
        yield Finished("stop", Usage(prompt_tokens=1, completion_tokens=self._words))

    def cancel(self, request_id: str) -> None:
        """It is over before anybody can."""

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class MeasuredHome:
    """A home on the disk, and the key file that opens it."""

    home: Path
    key_file: Path

    @contextmanager
    def opened(self, model: LocalModel | None = None, *, is_embedded: bool = False) -> Iterator[House]:
        """The house; its local model is `model`, or with `is_embedded` the one that is installed."""
        os.environ[KEY_VARIABLE] = KEY
        opening = Opening(home=self.home, key_file=self.key_file, expects_model=True, expects_cloud=True)
        with House(opening, local_model=None if is_embedded else model or ScriptedModel()) as house:
            house.settle()
            yield house


def make_home(place: Path, url: str, *, api: str = "chat", words: int = 8) -> MeasuredHome:
    """A home below `place` with a policy of one back end in the cloud at this address, with prices and a budget."""
    place.mkdir(mode=0o700)
    home = place / "home"
    home.mkdir(mode=0o700)
    key_file = place / "key"
    key_file.write_bytes(os.urandom(64))
    key_file.chmod(0o600)
    policy = home / "policy.toml"
    policy.write_text(
        f"""version = 1
mode = "cloud-first"
[backend.there]
zone = "cloud"
kind = "openai-compatible"
api = "{api}"
base_url = "{url}"
model = "words-{words}"
api_key_env = "{KEY_VARIABLE}"
input_price = "1 USD"
output_price = "2 USD"
[budget]
day = "1000 USD"
""",
        encoding="utf-8",
    )
    policy.chmod(0o600)
    return MeasuredHome(home, key_file)


def ask(house: House, text: str, asked: Literal["local", "cloud"] | None = None) -> Timed:
    """Ask one question in a conversation of its own, and listen to the end."""
    times: list[float] = []
    begin = time.perf_counter()
    for event in house.answer(Question(Utterance(text), asked=asked)):
        if isinstance(event, Piece):
            times.append(time.perf_counter())
    first, last = (1000 * (times[0] - begin), 1000 * (times[-1] - begin)) if times else (0.0, 0.0)
    return Timed(first, last, len(times))
