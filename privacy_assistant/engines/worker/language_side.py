"""The child's side of a language model: `LlamaCppModel`, asked by messages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from privacy_assistant.core.turn import Role, Usage
from privacy_assistant.engines.llamacpp_runtime import Decoding, get_ready
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.engines.model_file import ModelFile
from privacy_assistant.engines.worker.frames import Packet
from privacy_assistant.engines.worker.sides import Call
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, Piece, Sampling


class LanguageSide:
    """Implements `sides.Side`. Methods: warm, count, prefill, generate."""

    def __init__(self, built: Mapping[str, Any]) -> None:
        file = ModelFile(
            name=built["name"],
            role="llm",
            path=Path(built["path"]),
            bytes=built["bytes"],
            context_tokens=built["context_tokens"],
        )
        # The parent has looked at the file: what a child says that has opened one before is worth nothing.
        self._model = LlamaCppModel(
            file, threads=built["threads"], decoding=Decoding(**built["decoding"]), check=lambda _: None
        )

    def prepare(self) -> None:
        """Import llama.cpp."""
        get_ready()

    def serve(self, call: Call) -> Iterator[Packet]:
        """As the model answers."""
        if call.method == "generate":
            yield from self._generate(call)
        elif call.method == "count":
            yield Packet({"tokens": self._model.count_tokens(_messages(call.args))})
        elif call.method == "prefill":
            self._model.prefill(_messages(call.args))
        elif call.method == "warm":
            self._model.warm()
            yield Packet({"context_tokens": self._model.info.context_tokens})

    def _generate(self, call: Call) -> Iterator[Packet]:
        args = call.args
        request = GenerationRequest(
            str(call.id), _messages(args), Sampling(**args["sampling"]), grammar=args.get("grammar", "")
        )
        stream = self._model.generate(request)
        if call.cancelled.is_set():
            # It came before the model knew of the request.
            self._model.cancel(request.id)
        for item in stream:
            if isinstance(item, Piece):
                yield Packet({"piece": item.text})
            elif isinstance(item, Finished):
                yield Packet({"finished": item.reason, "usage": _plain(item.usage)})

    def cancel(self, call: Call) -> None:
        """Within one token."""
        if call.method == "generate":
            self._model.cancel(str(call.id))


def _plain(usage: Usage) -> dict[str, int | float | None]:
    """As JSON takes it, which has no word for what a model of nothing but noise finds probable."""
    mean = usage.mean_logprob
    return {**asdict(usage), "mean_logprob": float(mean) if mean is not None and math.isfinite(mean) else None}


def _messages(args: Mapping[str, Any]) -> tuple[ChatMessage, ...]:
    return tuple(ChatMessage(Role(role), text) for role, text in args["messages"])
