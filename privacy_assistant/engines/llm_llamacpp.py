"""A language model in this process, by llama.cpp.

Written on llama.cpp's C functions (as `llama_cpp` exports them) instead of on `Llama.create_chat_completion`: that
one adds per-token work of its own, swaps the process's stdout and stderr for /dev/null while it loads, and cannot
be cancelled inside a decode. Nothing here is imported from llama_cpp, and nothing loaded, before it is needed.

What was once evaluated stays in the KV cache; the next prompt keeps the longest common prefix and evaluates only
the rest. `Usage.reused_tokens` is that prefix as llama.cpp kept it.
"""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from privacy_assistant.core.turn import Usage
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.llamacpp_runtime import Decoding as Decoding
from privacy_assistant.engines.llamacpp_runtime import Loaded, Sampler
from privacy_assistant.engines.model_file import ModelFile
from privacy_assistant.engines.runs import Run, Runs
from privacy_assistant.errors import EngineFailed
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, ModelInfo, Piece


class LlamaCppModel:
    """Implements `ports.LocalModel` for a GGUF file. All methods may be called from any thread.

    One generation runs at a time, a second waits; a stream that is neither exhausted nor closed keeps its turn.
    """

    def __init__(
        self,
        model_file: ModelFile,
        *,
        context_tokens: int | None = None,
        threads: int | None = None,
        decoding: Decoding | None = None,
        check: Callable[[ModelFile], None] | None = None,
    ) -> None:
        """`check` looks at the file each time before llama.cpp does; without it the catalogue does."""
        self._file = model_file
        self._check = check or _check
        self._wanted_context = context_tokens or model_file.context_tokens
        self._threads = threads or physical_cores()
        self._decoding = decoding or Decoding()
        self._info = ModelInfo(
            name=model_file.name,
            path=str(model_file.path),
            bytes=model_file.bytes,
            context_tokens=self._wanted_context,
            licence=model_file.licence,
        )
        self._loaded: Loaded | None = None
        self._inside = threading.RLock()
        """Held while llama.cpp works and while it is loaded or freed; never across a yield."""
        self._runs = Runs()

    @property
    def info(self) -> ModelInfo:
        """`context_tokens` is what is wanted until `warm` has seen what the model can do."""
        return self._info

    def warm(self) -> None:
        """Load the model if it is not loaded. Raises EngineMissing, EngineFailed or ModelTampered."""
        self._model()

    def _model(self) -> Loaded:
        with self._inside:
            if self._loaded is None:
                self._check(self._file)
                self._loaded = Loaded(self._file.path, self._wanted_context, self._threads)
                self._info = replace(self._info, context_tokens=self._loaded.context_tokens)
            return self._loaded

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Tokens of these messages through the model's own template and tokenizer, generation prompt included."""
        with self._inside:
            return len(self._model().tokens(messages))

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        """Evaluate these messages now, so that a prompt which begins with them starts sooner. Skipped when busy."""
        run = Run()
        if not self._runs.enter_if_free(run, self._go_on):
            return
        try:
            with self._inside:
                model = self._model()
                model.evaluate_prompt(model.tokens(messages), run)
        finally:
            self._runs.leave(run)

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Finished]:
        """Stream an answer. Ends with exactly one Finished. Raises EngineFailed, EngineMissing.

        Nothing runs before the first item is asked for. Close the stream (or exhaust it) to let the next one run.
        """
        return self._stream(request, self._runs.announce(request.id))

    def cancel(self, request_id: str) -> None:
        """End that generation within one token; its stream ends with Finished("cancelled"). Any thread may call."""
        self._runs.cancel(request_id, self._stop)

    def close(self) -> None:
        """End what runs and free the model. A later call loads it again."""
        self._runs.cancel_all(self._stop)
        with self._inside:
            loaded, self._loaded = self._loaded, None
            if loaded is not None:
                loaded.free()

    def _stop(self) -> None:
        if self._loaded is not None:
            self._loaded.stop.set()

    def _go_on(self) -> None:
        if self._loaded is not None:
            self._loaded.stop.clear()

    def _stream(self, request: GenerationRequest, run: Run) -> Iterator[Piece | Finished]:
        self._runs.enter(run, self._go_on)
        try:
            yield from self._pieces(request, run)
        finally:
            self._runs.leave(run)

    def _pieces(self, request: GenerationRequest, run: Run) -> Iterator[Piece | Finished]:
        usage = Usage()
        if run.is_cancelled():
            yield Finished("cancelled", usage)
            return
        asked, ours = request.sampling, self._decoding
        decoding = replace(
            ours,
            temperature=ours.temperature if asked.temperature is None else asked.temperature,
            max_tokens=ours.max_tokens if asked.max_tokens is None else asked.max_tokens,
            seed=ours.seed if asked.seed is None else asked.seed,
        )
        with self._inside:
            model = self._model()
            prompt = model.tokens(request.messages)
            room = model.context_tokens - len(prompt)
            if room < 1:
                raise EngineFailed(
                    f"the prompt has {len(prompt)} tokens and the model reads at most {model.context_tokens}",
                    hint="ask something shorter, or start a new conversation",
                )
            reused = model.evaluate_prompt(prompt, run)
            sampler = Sampler(model, decoding, request.grammar)
        usage = Usage(prompt_tokens=len(prompt), reused_tokens=reused)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        limit = min(decoding.max_tokens, room)
        written: list[int] = []
        log_probability = 0.0
        reason = "length"
        shown = False
        while True:
            text = ""
            with self._inside:
                # Freed between two tokens: close() has cancelled every run before it freed anything.
                if run.is_cancelled():
                    reason = "cancelled"
                    break
                if written and not model.evaluate(written[-1:], run):
                    reason = "cancelled"
                    break
                token, probability = sampler.next()
                if model.is_end(token):
                    reason = "stop"
                    break
                written.append(token)
                log_probability += probability
                text = decoder.decode(model.piece(token))
                model.look_around()
            if not shown:
                text = text.lstrip()
            if text:
                shown = True
                yield Piece(text)
            if len(written) >= limit or repeats_itself(written):
                break
        sampler.free()
        mean = log_probability / len(written) if written else None
        yield Finished(reason, replace(usage, completion_tokens=len(written), mean_logprob=mean))


def _check(model_file: ModelFile) -> None:
    # Imported late: a worker, for which its parent has looked, need not know how files are found.
    from privacy_assistant.engines.catalogue import check

    check(model_file)


def repeats_itself(tokens: Sequence[int], *, longest: int = 48, span: int = 96) -> bool:
    """True when the end is a block of up to `longest` tokens, at least three times and over at least `span` tokens."""
    for period in range(1, min(longest, len(tokens) - 1) + 1):
        # Nearly every period falls at this comparison, so the whole costs a few microseconds.
        if tokens[-1] != tokens[-1 - period]:
            continue
        tail = max(span, 3 * period)
        if len(tokens) >= tail and tokens[-tail:-period] == tokens[period - tail :]:
            return True
    return False
