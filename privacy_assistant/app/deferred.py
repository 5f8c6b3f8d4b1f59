"""A model or a finder that is made when it is first needed: a skill, a list or a purge works without any."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from privacy_assistant.core.detection import Part
from privacy_assistant.core.kinds import Findings, Kind, Topic
from privacy_assistant.core.turn import Origin
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, ModelInfo, Piece, Remark


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

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        """Read ahead. Raises EngineMissing or EngineFailed."""
        self._model().prefill(messages)

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Remark | Finished]:
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


class DeferredFinder:
    """Implements `ports.Finder` by another one that `make` gives at the first text; its errors come at that moment.

    `kinds` is what it will find, which is asked of it before any text.
    """

    def __init__(self, kinds: frozenset[Kind | Topic], make: Callable[[], Part]) -> None:
        self._kinds = kinds
        self._make = make
        self._made: Part | None = None
        self._lock = threading.Lock()

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """As it was told."""
        return self._kinds

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """As the finder finds. Raises EngineMissing or EngineFailed."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return self._made.find(text, origin=origin)


class FinderBeside(DeferredFinder):
    """The same for one that mostly computes outside of the interpreter: it works in a thread while others do here.

    Such a thread has no permit of the tripwire. Nobody waits for it where another finder breaks.
    """

    def begin(self, text: str, *, origin: Origin = Origin.TYPED) -> Callable[[], Findings]:
        """Begin to find; what is returned waits for the answer. Raises what `find` raises, when it is waited for."""
        found: list[Findings] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                found.append(self.find(text, origin=origin))
            except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
                errors.append(error)

        thread = threading.Thread(target=run, name="find", daemon=True)
        thread.start()

        def answer() -> Findings:
            thread.join()
            if errors:
                raise errors[0]
            return found[0]

        return answer
