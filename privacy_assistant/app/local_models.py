"""The language model of this machine: the one that is set or was installed last, and the spare one in its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from privacy_assistant.app.comparing import tell_of_comparison
from privacy_assistant.app.deferred import DeferredModel
from privacy_assistant.app.paths import Paths
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.settings import Settings
from privacy_assistant.engines.catalogue import ModelFile, find_llm, spare_llm
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import AssistantError, EngineCrashed, EngineError, EngineMissing, ModelTampered
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, ModelInfo, Piece, Remark

_T = TypeVar("_T")

_MOST_CANCELLED = 64


def local_model(settings: Settings, paths: Paths, say: Callable[[str], None] = lambda _line: None) -> LocalModel:
    """The model that is to answer; nothing is looked at or loaded before it is asked.

    One that is installed and does not work is stood in for. What settings name and was never installed is an error.
    `say` takes a line where a large one has to be read before it is loaded.
    """

    def find() -> LocalModel:
        try:
            found = find_llm({"llm": settings.models.llm}, paths.models, language=settings.language)
        except AssistantError as error:
            if not is_installed(settings, paths):
                raise
            return StandingIn(None, spare, why=error)
        if found.installed is not None:
            tell_of_comparison(Store(paths.models), found.installed, say)
        model = opened(settings, found)
        return StandingIn(model, spare) if is_installed(settings, paths) else model

    def spare() -> LocalModel:
        return opened(settings, spare_llm())

    return DeferredModel(find)


def opened(settings: Settings, found: ModelFile) -> LocalModel:
    """A model of this file, in a process of its own unless settings say otherwise; not loaded."""
    if settings.models.in_worker:
        from privacy_assistant.engines.worker.language_model import WorkerModel

        return WorkerModel(found)
    from privacy_assistant.engines.llm_llamacpp import LlamaCppModel

    return LlamaCppModel(found)


def is_installed(settings: Settings, paths: Paths) -> bool:
    """Whether the model that is to answer is one of the lock file, also one that cannot be read."""
    wanted = settings.models.llm
    try:
        lock = Store(paths.models).lock()
    except AssistantError:
        return not wanted
    if wanted:
        named = lock.get(wanted)
        return named is not None and named.role is ModelRole.LLM
    return bool(lock.of_role(ModelRole.LLM))


class StandingIn:
    """Implements `ports.LocalModel` by one model, and by the spare one from the moment on at which the first does not
    work. The person is told once, with the answer that it happened to.

    `model` None and `why`: the first one did not even get so far.
    """

    def __init__(
        self, model: LocalModel | None, spare: Callable[[], LocalModel], *, why: AssistantError | None = None
    ) -> None:
        self._spare = spare
        self._lock = threading.RLock()
        self._remark: Remark | None = None
        self._is_spare = self._is_ready = False
        self._cancelled: set[str] = set()
        if model is None:
            self._is_spare = True
            model = spare()
            self._remark = _remark(why)
        self._model = model

    @property
    def info(self) -> ModelInfo:
        """Of the one that answers."""
        return self._model.info

    def warm(self) -> None:
        """Load it. Raises EngineError where the spare one does not work either."""
        self._by_either(lambda model: model.warm())
        self._is_ready = True

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """As the one counts that will answer."""
        return self._by_either(lambda model: model.count_tokens(messages))

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        """Read ahead."""
        self._by_either(lambda model: model.prefill(messages))

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Remark | Finished]:
        """As the one answers; what was shown by one that crashed is not gone on with by another."""
        # The model knows the request from now on, so that it can be cancelled before anybody reads.
        model = self._model
        return self._stream(request, model, model.generate(request))

    def _stream(
        self, request: GenerationRequest, model: LocalModel, stream: Iterator[Piece | Remark | Finished]
    ) -> Iterator[Piece | Remark | Finished]:
        try:
            while True:
                if not self._is_ready:
                    self.warm()
                if model is not self._model:
                    model = self._model
                    stream = model.generate(request)
                    if request.id in self._cancelled:
                        model.cancel(request.id)
                with self._lock:
                    remark, self._remark = self._remark, None
                if remark is not None:
                    yield remark
                has_shown = False
                try:
                    for item in stream:
                        has_shown = has_shown or isinstance(item, Piece)
                        yield item
                    return
                except EngineError as error:
                    # The last two: its process had to be started again, and its file is not what it was before.
                    is_broken = isinstance(error, EngineCrashed | EngineMissing | ModelTampered)
                    if not is_broken and model is self._model:
                        raise
                    self._fall_back(model, error)
                    if has_shown:
                        raise
        finally:
            self._cancelled.discard(request.id)

    def cancel(self, request_id: str) -> None:
        """End that generation."""
        # Only what is under way need be remembered; a name of none is forgotten with the next few.
        if len(self._cancelled) >= _MOST_CANCELLED:
            self._cancelled.clear()
        self._cancelled.add(request_id)
        self._model.cancel(request_id)

    def close(self) -> None:
        """Free what is loaded."""
        self._model.close()

    def _by_either(self, work: Callable[[LocalModel], _T]) -> _T:
        model = self._model
        try:
            return work(model)
        except EngineError as error:
            self._fall_back(model, error)
        return work(self._model)

    def _fall_back(self, failed: LocalModel, error: EngineError) -> None:
        """Let the spare one answer from now on. Raises the error where it is the spare one that failed, and where
        somebody closed what works."""
        with self._lock:
            if failed is not self._model:
                return  # somebody else had the spare one take over, and closed this one
            if error.is_closed or self._is_spare:
                raise error
            self._model, self._is_spare, self._is_ready = self._spare(), True, False
            self._remark = _remark(error)
        failed.close()


def _remark(error: AssistantError | None) -> Remark:
    why = error.message if error is not None else "the model cannot be used"
    remedy = f" · {error.hint}" if error is not None and error.hint else ""
    return Remark(f"{why}; the spare model answers{remedy}")
