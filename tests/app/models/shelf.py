"""A home with a folder of models, a few cards, and a fetcher that gives what it was given."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.events import Done, Event
from privacy_assistant.app.paths import paths_for
from privacy_assistant.core.model_card import Card, CardFile, Maker, ModelRole, Tier
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.core.settings import Models, Settings
from privacy_assistant.engines.catalogue import read_manifest
from privacy_assistant.engines.model_store import Store
from privacy_assistant.engines.voices import SHIPPED
from privacy_assistant.ports.models import Order
from tests.engines.conftest import tiny_gguf
from tests.fakes import FakeFetcher

if TYPE_CHECKING:
    from privacy_assistant.app.models import pulling

GGUF = tiny_gguf()
OTHER_GGUF = tiny_gguf(shape=128)
COMMIT = "1" * 40
HUB = "https://huggingface.co"


def address(repository: str, path: str, revision: str = "main") -> str:
    """Where the hub has a file."""
    return f"{HUB}/{repository}/resolve/{revision}/{path}"


def card(name: str = "tiny", data: bytes = GGUF, **changes: object) -> Card:
    """A card of a language model with a published digest, one file NAME.gguf at some/NAME."""
    plain = Card(
        name=name,
        role=ModelRole.LLM,
        maker=Maker.LLAMA_CPP,
        tier=Tier.SMALL,
        files=(CardFile(f"{name}.gguf", len(data), sha256(data).hexdigest()),),
        licence="Apache-2.0",
        languages=("en",),
        repository=f"some/{name}",
        for_gb=(4, 8, 16, 32),
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # the fields of the card, as the caller names them


def desk(home: Path, *cards: Card, **models: str) -> Desk:
    """The desk of a home that knows these cards and the one of the package; `models` is what is set."""
    paths = paths_for(home)
    spare = tuple(one for one in read_manifest() if one.package)
    return Desk(paths, Settings(models=Models(**models)), Store(paths.models), (*cards, *spare))  # type: ignore[arg-type] # texts by role


@dataclass
class FakeLine:
    """A way out that shows no token but where it is wanted; `shown` are the orders for which it was."""

    fetcher: FakeFetcher
    has_token: bool = False
    shown: list[Order] = field(default_factory=list)
    opened: int = 0

    def show_token(self, order: Order, *, is_wanted: bool) -> bool:
        if is_wanted and self.has_token:
            self.shown.append(order)
        return is_wanted and self.has_token

    def opener(self) -> Callable[[], contextlib.AbstractContextManager[FakeLine]]:
        """What `pull` opens."""

        @contextlib.contextmanager
        def opened() -> Iterator[FakeLine]:
            self.opened += 1
            yield self

        return opened


def line(files: Mapping[str, bytes], **how: object) -> FakeLine:
    """A way out to files by their address."""
    return FakeLine(FakeFetcher(files, **how))  # type: ignore[arg-type] # what the fetcher takes


def done(events: Iterator[Event]) -> list[Installed]:
    """Everything that was put into its place."""
    return [event.model for event in events if isinstance(event, Done)]


def voice(folder: Path, name: str = "de_DE-anna-low", *, code: str = "de_DE") -> Path:
    """A voice that looks like one and cannot speak; the path of its network."""
    folder.mkdir(parents=True, exist_ok=True)
    network = folder / f"{name}.onnx"
    network.write_bytes(b"\x08\x08" + bytes(100))
    description = json.loads(SHIPPED.with_name(f"{SHIPPED.name}.json").read_text(encoding="utf-8"))
    description["language"] = {"code": code}
    network.with_name(f"{network.name}.json").write_text(json.dumps(description), encoding="utf-8")
    return network


def pairs_of_the_wake_word(folder: Path) -> None:
    """One of the words that the wheel brings."""
    spec = find_spec("pymicro_wakeword")
    assert spec is not None
    assert spec.origin is not None
    for file in (Path(spec.origin).parent / "models").glob("hey_jarvis.*"):
        (folder / file.name).write_bytes(file.read_bytes())


if TYPE_CHECKING:

    def check_the_line(line: FakeLine) -> pulling.Line:
        """The fake is what `pull` takes."""
        return line
