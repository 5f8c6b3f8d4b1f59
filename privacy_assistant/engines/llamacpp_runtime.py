"""llama.cpp's C functions, as far as one model and one context need them. Not thread-safe: `llm_llamacpp` locks.

Nothing is imported from llama_cpp, and nothing loaded, before it is needed.
"""

from __future__ import annotations

import ctypes
import functools
import math
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from privacy_assistant.core.turn import Role
from privacy_assistant.engines.cores import free_cores
from privacy_assistant.engines.runs import Run
from privacy_assistant.errors import EngineFailed, EngineMissing
from privacy_assistant.ports import ChatMessage

_LOOK_EVERY, _LOOK_AGAIN = 8, 4
"""Tokens until the next look at how many cores are free, and when some were not: most neighbours are brief."""

_LOG_ERROR = 4  # GGML_LOG_LEVEL_ERROR in ggml.h

_BATCH = 128
"""Prompt tokens per decode: 512 is no faster on two cores, and Ctrl-C in the same thread waits for one batch."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """What a request leaves open; measured in docs/decisions/0003. `seed` counts only above temperature 0."""

    temperature: float = 0.0
    max_tokens: int = 512
    seed: int | None = None
    repeat_penalty: float = 1.1
    repeat_window: int = 256
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05


class _StopFlag:
    """Ends a running decode from another thread, without the interpreter lock.

    llama.cpp asks `bool abort(void *data)` at every node of the graph, hundreds of times per token; a Python
    function there would fight for the interpreter lock. `ggml_is_empty(tensor)` has that very shape and says
    whether any dimension of a tensor is 0, so the data is a pretended tensor: all ones is "go on", all zeros "stop".
    """

    def __init__(self, library: ModuleType) -> None:
        self._tensor = ctypes.create_string_buffer(4096)
        self.clear()
        try:
            self.function: Any = library.llama_cpp._lib.ggml_is_empty
        except AttributeError:
            # A build that hides the symbol: cancelling then works between decodes only.
            self.function = None
        self.data = ctypes.cast(self._tensor, ctypes.c_void_p)

    def set(self) -> None:
        ctypes.memset(self._tensor, 0, len(self._tensor))

    def clear(self) -> None:
        ctypes.memset(self._tensor, 1, len(self._tensor))


@functools.cache
def _library() -> tuple[ModuleType, list[str], Any]:
    """llama_cpp with its log turned away from the terminal, the last errors it logged, and what must stay alive."""
    # On an abort the library would start a debugger on this process, which holds what a person said.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError):
        # llama_cpp raises RuntimeError when its shared library is not beside it.
        raise EngineMissing(
            "the library llama-cpp-python is not installed or does not load",
            hint="pip install llama-cpp-python==0.3.36",
        ) from None
    errors: list[str] = []

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]  # ctypes makes this decorator at run time
    def log(level: int, text: bytes, _: Any) -> None:
        if level == _LOG_ERROR:
            errors.append(text.decode("utf-8", "replace"))
            del errors[:-20]

    llama_cpp.llama_log_set(log, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp, errors, log


def get_ready() -> None:
    """Import what a model will need: a fifth of a second that can pass beside something else. Raises EngineMissing."""
    _library()
    import llama_cpp.llama_chat_format  # noqa: F401 - to be there when a model is made


class Loaded:
    """A loaded model with its one context. Not thread-safe: its owner holds a lock around every call."""

    def __init__(self, path: Path, wanted_context: int, threads: int) -> None:
        lib, errors, _ = _library()
        self.lib = lib
        self.stop = _StopFlag(lib)
        self._model: Any = None
        self.context: Any = None
        self._known: list[int] = []
        self._counted: tuple[tuple[ChatMessage, ...], list[int]] = ((), [])
        self._threads = threads
        self._until_look = 0
        errors.clear()
        try:
            self._model = lib.llama_model_load_from_file(os.fsencode(path), lib.llama_model_default_params())
            if self._model is None:
                raise EngineFailed(f"llama.cpp cannot use {path}{_why(errors)}", hint="use another GGUF file")
            self.vocab = lib.llama_model_get_vocab(self._model)
            self.vocab_size = int(lib.llama_vocab_n_tokens(self.vocab))
            if self.vocab_size < 1 or not lib.llama_model_has_decoder(self._model):
                raise EngineFailed(f"not a model that writes text: {path}", hint="use another GGUF file")
            trained = int(lib.llama_model_n_ctx_train(self._model))
            self.context = self._make_context(min(wanted_context, trained or wanted_context), threads)
            if self.context is None:
                raise EngineFailed(
                    f"no memory for a context of {wanted_context} tokens{_why(errors)}",
                    hint="close other programs, or use a smaller model",
                )
            self.context_tokens = int(lib.llama_n_ctx(self.context))
            self._memory = lib.llama_get_memory(self.context)
            self._formatter = self._make_formatter(path)
        except BaseException:
            self.free()
            raise

    def _make_context(self, tokens: int, threads: int) -> Any:
        lib = self.lib
        params = lib.llama_context_default_params()
        params.n_ctx = tokens
        params.n_batch = params.n_ubatch = min(_BATCH, tokens)
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        context = lib.llama_init_from_model(self._model, params)
        if context is not None and self.stop.function is not None:
            setter = lib.llama_cpp._lib.llama_set_abort_callback
            before, setter.argtypes = setter.argtypes, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
            try:
                setter(context, ctypes.cast(self.stop.function, ctypes.c_void_p), self.stop.data)
            finally:
                setter.argtypes = before
        return context

    def free(self) -> None:
        """Give everything back to the system; nothing may be called after it."""
        if self.context is not None:
            self.lib.llama_free(self.context)
            self.context = None
        if self._model is not None:
            self.lib.llama_model_free(self._model)
            self._model = None

    # ------------------------------------------------------------ text and tokens

    def _make_formatter(self, path: Path) -> Any:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        template = self.lib.llama_model_chat_template(self._model, None)
        if not template:
            raise EngineFailed(
                f"the model file has no chat template: {path}",
                hint="use the instruct version of the model; base models only continue text",
            )
        try:
            return Jinja2ChatFormatter(
                template=template.decode("utf-8"),
                eos_token=self._token_text(self.lib.llama_vocab_eos(self.vocab)),
                bos_token=self._token_text(self.lib.llama_vocab_bos(self.vocab)),
            )
        except Exception:  # noqa: BLE001 - a foreign template: jinja2 raises many kinds, all mean the same to a person
            raise EngineFailed(
                f"the chat template of the model cannot be read: {path}", hint="use another GGUF file"
            ) from None

    def _token_text(self, token: int) -> str:
        return self.lib.llama_vocab_get_text(self.vocab, token).decode("utf-8", "replace") if token >= 0 else ""

    def _render(self, messages: Sequence[tuple[str, str]]) -> str:
        try:
            rendered = self._formatter(messages=[{"role": role, "content": text} for role, text in messages])
            return str(rendered.prompt)
        except Exception:  # noqa: BLE001 - see _make_formatter; the message may hold the prompt, so it is dropped
            if len(messages) > 1 and messages[0][0] == Role.SYSTEM and messages[1][0] == Role.USER:
                # Some templates (Gemma's) refuse a system message; its text then opens the first question.
                joined = f"{messages[0][1]}\n\n{messages[1][1]}"
                return self._render([(Role.USER.value, joined), *messages[2:]])
        raise EngineFailed(
            "the chat template of the model does not take this conversation", hint="use another model"
        ) from None

    def tokens(self, messages: Sequence[ChatMessage]) -> list[int]:
        """The prompt for an answer. What a person wrote never becomes a control token, whatever it spells."""
        wanted = tuple(messages)
        if self._counted[0] == wanted:
            return self._counted[1]
        plain = [(message.role.value, message.text.replace("\0", " ")) for message in messages]
        if any(self._holds_control(text) for _, text in plain):
            found = self._tokens_apart(plain)
        else:
            found = self._tokenize(self._render(plain), as_control=True)
        # A prompt is counted right before it is generated from: the second time costs nothing.
        self._counted = (wanted, self._with_start(found))
        return self._counted[1]

    def _holds_control(self, text: str) -> bool:
        control = self.lib.llama_vocab_is_control
        return any(control(self.vocab, token) for token in self._tokenize(text, as_control=True))

    def _tokens_apart(self, messages: Sequence[tuple[str, str]]) -> list[int]:
        """Texts and template tokenized apart, so that only the template's control tokens count."""
        marks = [f"mark{secrets.token_hex(12)}" for _ in messages]
        rest = self._render([(role, mark) for (role, _), mark in zip(messages, marks, strict=True)])
        found: list[int] = []
        for mark, (_, text) in zip(marks, messages, strict=True):
            before, present, after = rest.partition(mark)
            if present:
                found += self._tokenize(before, as_control=True) + self._tokenize(text, as_control=False)
                rest = after
        return found + self._tokenize(rest, as_control=True)

    def _tokenize(self, text: str, *, as_control: bool) -> list[int]:
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 16
        buffer = (self.lib.llama_token * room)()
        count = self.lib.llama_tokenize(self.vocab, raw, len(raw), buffer, room, False, as_control)
        if count < 0:
            raise EngineFailed("the model's tokenizer failed", hint="use another model")
        return list(buffer[:count])

    def _with_start(self, tokens: list[int]) -> list[int]:
        start = int(self.lib.llama_vocab_bos(self.vocab))
        if start >= 0 and self.lib.llama_vocab_get_add_bos(self.vocab) and tokens[:1] != [start]:
            return [start, *tokens]
        return tokens

    def piece(self, token: int) -> bytes:
        """The bytes of a token; control tokens have none. May end inside a code point."""
        buffer = ctypes.create_string_buffer(256)
        count = self.lib.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:count] if count > 0 else b""

    def is_end(self, token: int) -> bool:
        """Whether the token ends the answer (end of text, of turn, of message)."""
        return bool(self.lib.llama_vocab_is_eog(self.vocab, token))

    # ------------------------------------------------------------ evaluation

    def evaluate_prompt(self, prompt: Sequence[int], run: Run) -> int:
        """Bring the cache to exactly this prompt; returns how many of its tokens were there already."""
        same = 0
        for known, wanted in zip(self._known, prompt, strict=False):
            if known != wanted:
                break
            same += 1
        # The last token is always evaluated: sampling needs its logits.
        same = self._keep(min(same, len(prompt) - 1))
        self._until_look = 0
        for start in range(same, len(prompt), _BATCH):
            if run.is_cancelled() or not self.evaluate(prompt[start : start + _BATCH], run):
                break
        return same

    def evaluate(self, tokens: Sequence[int], run: Run) -> bool:
        """Append tokens to the cache. False when cancelled in the middle; the cache is then as before."""
        self.look_around()
        self._until_look -= len(tokens)
        buffer = (self.lib.llama_token * len(tokens))(*tokens)
        outcome = self.lib.llama_decode(self.context, self.lib.llama_batch_get_one(buffer, len(tokens)))
        if outcome == 0:
            self._known += tokens
            return True
        self._keep(len(self._known))
        if run.is_cancelled():
            return False
        raise EngineFailed(f"llama.cpp stopped with code {outcome}", hint="ask again; `doctor` shows the memory left")

    def look_around(self) -> None:
        """Where it is time to, see how many cores are free and take no more of them.

        To be called before a piece is handed on: who reads it, in another process, would pass for a neighbour.
        """
        if self._until_look > 0:
            return
        free = free_cores()
        threads = self._threads if free is None else min(self._threads, free)
        self._until_look = _LOOK_EVERY if threads == self._threads else _LOOK_AGAIN
        self.lib.llama_set_n_threads(self.context, threads, threads)

    def _keep(self, count: int) -> int:
        # Ctrl-C can strike between any two lines: until both sides agree again, nothing counts as known.
        known, self._known = self._known[:count], []
        if self.lib.llama_memory_seq_rm(self._memory, -1, count, -1):
            self._known = known
        else:
            # Recurrent models cannot forget a part.
            self.lib.llama_memory_clear(self._memory, True)
        return len(self._known)


class Sampler:
    """Chooses tokens, and says how probable each was before any penalty or temperature."""

    def __init__(self, model: Loaded, decoding: Decoding, grammar: str = "") -> None:
        """Raises EngineFailed for a grammar that llama.cpp cannot read."""
        import numpy as np

        self._chain: Any = None
        lib = self._lib = model.lib
        self._np = np
        self._model = model
        self._work = np.empty(model.vocab_size, dtype=np.float32)
        self._chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if grammar:
            # What a grammar binds is often copied from the prompt, which a penalty for repeating would spoil.
            self._add_grammar(grammar)
        else:
            self._add("penalties", model.vocab_size, decoding.repeat_window, decoding.repeat_penalty, 0.0, 0.0)
        if decoding.temperature <= 0:
            self._add("greedy")
            return
        self._add("top_k", decoding.top_k)
        self._add("top_p", decoding.top_p, 1)
        self._add("min_p", decoding.min_p, 1)
        self._add("temp", decoding.temperature)
        seed = lib.LLAMA_DEFAULT_SEED if decoding.seed is None else decoding.seed & 0xFFFFFFFF
        self._add("dist", seed)

    def _add(self, name: str, *values: Any) -> None:
        self._lib.llama_sampler_chain_add(self._chain, getattr(self._lib, f"llama_sampler_init_{name}")(*values))

    def _add_grammar(self, grammar: str) -> None:
        bound = self._lib.llama_sampler_init_grammar(self._model.vocab, grammar.encode("utf-8", "replace"), b"root")
        if not bound:
            raise EngineFailed("the grammar of this request cannot be read", hint="this is a defect of the program")
        self._lib.llama_sampler_chain_add(self._chain, bound)

    def next(self) -> tuple[int, float]:
        """The next token and its natural log-probability."""
        context = self._model.context
        token = int(self._lib.llama_sampler_sample(self._chain, context, -1))
        pointer = self._lib.llama_get_logits_ith(context, -1)
        np, work = self._np, self._work
        logits = np.ctypeslib.as_array(pointer, shape=work.shape)
        # log p(token) = -log(sum(exp(logit - logit[token]))), in place: 40 microseconds for 49,152 tokens.
        with np.errstate(over="ignore"):
            np.subtract(logits, logits[token], out=work)
            np.exp(work, out=work)
            total = float(work.sum())
        if total < math.inf:
            return token, -math.log(total)
        # Chosen against odds of e^88 and more, which float32 cannot hold: everything but the maximum is nothing.
        return token, float(logits[token] - logits.max())

    def free(self) -> None:
        if self._chain is not None:
            self._lib.llama_sampler_free(self._chain)
            self._chain = None

    def __del__(self) -> None:
        self.free()


def _why(errors: Sequence[str]) -> str:
    """What llama.cpp said last, as a short clause. It speaks of the file, never of a conversation."""
    for line in reversed(errors):
        _, found, reason = line.strip().rpartition("error loading model: ")
        if found:
            shown = "".join(char if char.isprintable() else "?" for char in reason)
            return f": {shown[:160]}"
    return ""
