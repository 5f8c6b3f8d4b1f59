"""A model that is looked for when it is first needed: a skill, a list or a purge works without any."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, ModelInfo, Piece


class DeferredModel:
    """Implements `ports.LocalModel` by another one that `find` gives, asked once; its errors come at that moment."""

    def __init__(self, find: Callable[[], LocalModel]) -> None:
        self._find = find
        self._found: LocalModel | None = None
        self._lock = threading.Lock()

    @property
    def info(self) -> ModelInfo:
        """Of the model that was found. Raises EngineMissing or EngineFailed."""
        return self._model().info

    def warm(self) -> None:
        """Find and load it. Raises EngineMissing or EngineFailed."""
        self._model().warm()

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """As the model counts."""
        return self._model().count_tokens(messages)

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Finished]:
        """As the model answers."""
        return self._model().generate(request)

    def cancel(self, request_id: str) -> None:
        """End that generation; without a model there is none."""
        if self._found is not None:
            self._found.cancel(request_id)

    def close(self) -> None:
        """Free the model, if one was found."""
        if self._found is not None:
            self._found.close()

    def _model(self) -> LocalModel:
        with self._lock:
            if self._found is None:
                self._found = self._find()
            return self._found
