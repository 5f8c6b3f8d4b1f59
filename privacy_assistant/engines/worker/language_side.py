"""The child's side of a language model: `LlamaCppModel`, asked by messages."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from privacy_assistant.core.turn import Role, Usage
from privacy_assistant.engines.llamacpp_runtime import Decoding, get_ready
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.engines.model_file import ModelFile
from privacy_assistant.engines.worker.frames import Packet
from privacy_assistant.engines.worker.sides import DID_NOT_STOP, Call
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, Piece, Sampling

_PATIENCE_SECONDS = 5.0
"""So long may a generation compute that was cancelled."""

_TOGETHER_SECONDS = 0.025
"""Pieces that come faster travel together: to hand one over costs 0.3 ms on both sides, because the model has driven
everything else out of the caches, and that on cores that could compute the next one. The first goes at once, and so
does the end of a sentence, for which a voice may wait; a screen shows no more than sixty in a second."""

_SENTENCE_ENDS = (".", "!", "?", ":", ";", "\n", "…", "。", "！", "？")


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

        self._computed: Call | None = None
        """The generation that computes at this moment, and is not handing over what it wrote."""

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
        held: list[str] = []
        handed_over = -math.inf
        while True:
            self._computed = call
            item = next(stream, None)
            self._computed = None
            if isinstance(item, Piece):
                held.append(item.text)
                now = time.monotonic()
                if now - handed_over < _TOGETHER_SECONDS and not item.text.endswith(_SENTENCE_ENDS):
                    continue
                handed_over = now
            if held:
                yield Packet({"pieces": held})
                held = []
            if isinstance(item, Finished):
                yield Packet({"finished": item.reason, "usage": _plain(item.usage)})
            if item is None:
                return

    def cancel(self, call: Call) -> None:
        """Within one token; where that fails, by the end of this process, so that nobody waits in vain."""
        if call.method == "generate":
            self._model.cancel(str(call.id))
            timer = threading.Timer(_PATIENCE_SECONDS, self._end_if_computing, (call,))
            timer.daemon = True
            timer.start()

    def _end_if_computing(self, call: Call) -> None:
        if self._computed is call:
            os._exit(DID_NOT_STOP)


def _plain(usage: Usage) -> dict[str, int | float | None]:
    """As JSON takes it, which has no word for what a model of nothing but noise finds probable."""
    mean = usage.mean_logprob
    return {**asdict(usage), "mean_logprob": float(mean) if mean is not None and math.isfinite(mean) else None}


def _messages(args: Mapping[str, Any]) -> tuple[ChatMessage, ...]:
    return tuple(ChatMessage(Role(role), text) for role, text in args["messages"])
