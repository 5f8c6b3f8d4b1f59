"""The answer that is begun before it is certain that anybody asked: a local model works ahead on what was heard so far.

A draft is thrown away unless the very same prompt is asked for; until then nobody sees it, nothing is kept of it, and
no other machine can be asked for one, because it is made here, behind the port of the local model.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, ModelInfo, Piece, Remark

_Item = Piece | Remark | Finished | BaseException | None


@dataclass(slots=True)
class _Draft:
    """One generation that runs ahead. `is_taken` once somebody asked for it: from then on it is theirs."""

    request: GenerationRequest
    items: queue.SimpleQueue[_Item] = field(default_factory=queue.SimpleQueue)
    is_taken: bool = False


class DraftingModel:
    """Implements `ports.LocalModel` by another one, and can begin an answer ahead of the question."""

    def __init__(self, model: LocalModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._draft: _Draft | None = None
        self._names: dict[str, str] = {}
        """What a generation is called by whoever reads it, and by the model."""

    @property
    def info(self) -> ModelInfo:
        """Of the model."""
        return self._model.info

    def warm(self) -> None:
        """Load the model."""
        self._model.warm()

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """As the model counts."""
        return self._model.count_tokens(messages)

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        """Read ahead."""
        self._model.prefill(messages)

    def begin(self, request: GenerationRequest) -> None:
        """Work ahead on this; what was begun for anything else is given up."""
        with self._lock:
            if self._draft is not None and _same(self._draft.request, request):
                return
        self.give_up()
        draft = _Draft(request)
        # Asked for here, so that the model knows it, and can be told to end it, before the thread has begun.
        stream = self._model.generate(request)
        with self._lock:
            self._draft = draft
        threading.Thread(target=_run, args=(draft, stream), name="draft", daemon=True).start()

    def give_up(self) -> None:
        """Forget what was begun, unless somebody reads it already."""
        with self._lock:
            draft, self._draft = self._draft, None
        if draft is not None and not draft.is_taken:
            self._model.cancel(draft.request.id)

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Remark | Finished]:
        """As the model answers; from the draft where it is of the same prompt."""
        with self._lock:
            draft = self._draft
            is_same = draft is not None and _same(draft.request, request)
            if draft is not None and is_same:
                draft.is_taken = True
                self._names[request.id] = draft.request.id
        if draft is None or not is_same:
            self.give_up()
            yield from self._model.generate(request)
            return
        try:
            while True:
                item = draft.items.get()
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
                if isinstance(item, Finished):
                    return
        finally:
            # Also where the reader went away in the middle.
            self._model.cancel(draft.request.id)
            with self._lock:
                self._names.pop(request.id, None)
                if self._draft is draft:
                    self._draft = None

    def cancel(self, request_id: str) -> None:
        """End that generation, also one that was begun as a draft."""
        with self._lock:
            name = self._names.get(request_id, request_id)
        self._model.cancel(name)

    def close(self) -> None:
        """Give up what was begun, and free the model."""
        self.give_up()
        self._model.close()


def _run(draft: _Draft, stream: Iterator[Piece | Remark | Finished]) -> None:
    try:
        for item in stream:
            draft.items.put(item)
    except Exception as error:  # noqa: BLE001 - raised again where the draft is read
        draft.items.put(error)
    finally:
        draft.items.put(None)  # a model that broke off without a last word keeps nobody waiting


def _same(one: GenerationRequest, other: GenerationRequest) -> bool:
    return replace(one, id="") == replace(other, id="")
