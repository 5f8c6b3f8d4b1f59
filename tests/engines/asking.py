"""Questions for local models, and how a test asks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from privacy_assistant.core.turn import Role, Usage
from privacy_assistant.engines.catalogue import ModelFile
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.engines.worker.language_model import WorkerModel
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, Piece, Remark, Sampling

SYSTEM = ChatMessage(Role.SYSTEM, "You are a helpful assistant.")
CAPITAL = (SYSTEM, ChatMessage(Role.USER, "What is the capital of France?"))
STORY = (SYSTEM, ChatMessage(Role.USER, "Tell me a long story about a fox, a river and a very old bridge."))
LONG = (SYSTEM, ChatMessage(Role.USER, "a fox and a river and a bridge " * 100))

Model = LlamaCppModel | WorkerModel
"""Every local model there is."""


class Make(Protocol):
    """The class of one."""

    def __call__(self, model_file: ModelFile, *, context_tokens: int | None = None) -> Model: ...


def request(
    messages: tuple[ChatMessage, ...], *, id: str = "r", max_tokens: int | None = None, **sampling: float
) -> GenerationRequest:
    """A request with a bound, so that no test runs long."""
    return GenerationRequest(
        id, messages, Sampling(max_tokens=max_tokens or 40, temperature=sampling.get("temperature"), seed=7)
    )


def read(stream: Iterator[Piece | Finished] | Iterator[Piece | Remark | Finished]) -> tuple[list[str], Finished]:
    """The pieces and the end of a stream, which must be its last item."""
    items: list[Piece | Remark | Finished] = list(stream)
    end = items.pop()
    assert isinstance(end, Finished)
    pieces = [item.text for item in items if isinstance(item, Piece)]
    assert len(pieces) == len(items)
    return pieces, end


def asking(model: Model, text: str, *, max_tokens: int = 24) -> tuple[str, Usage]:
    """One answer and its usage."""
    pieces, end = read(model.generate(request((SYSTEM, ChatMessage(Role.USER, text)), max_tokens=max_tokens)))
    return "".join(pieces), end.usage
