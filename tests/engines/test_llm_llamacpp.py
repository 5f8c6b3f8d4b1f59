"""The embedded model in this process: what the port does not show of llama.cpp's parts."""

from __future__ import annotations

import ctypes
import os

import llama_cpp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.turn import Role
from privacy_assistant.engines.catalogue import ModelFile
from privacy_assistant.engines.cores import free_cores, physical_cores
from privacy_assistant.engines.llm_llamacpp import Decoding, LlamaCppModel, repeats_itself
from privacy_assistant.ports import ChatMessage
from tests.engines.asking import CAPITAL, STORY, SYSTEM, asking, read, request

# ---------------------------------------------------------------- answers


def test_the_answer_is_that_of_a_bare_llama_cpp_loop(warm_model: LlamaCppModel, embedded: ModelFile) -> None:
    """Same file, prompt and settings, written the plain way: same text, same log-probabilities, same counts."""
    decoding = Decoding()
    bare = llama_cpp.Llama(
        str(embedded.path),
        n_ctx=512,
        n_batch=128,
        flash_attn=True,
        verbose=False,
        logits_all=True,
        n_threads=1,
        n_threads_batch=1,
    )
    text = "".join(f"<|im_start|>{message.role}\n{message.text}<|im_end|>\n" for message in STORY)
    text += "<|im_start|>assistant\n"
    prompt = bare.tokenize(text.encode(), add_bos=False, special=True)
    bare.last_n_tokens_size = decoding.repeat_window
    chosen: list[int] = []
    for token in bare.generate(prompt, temp=0.0, repeat_penalty=decoding.repeat_penalty):
        if len(chosen) == 40:
            break
        chosen.append(token)
    logits = bare.scores[len(prompt) - 1 : len(prompt) + len(chosen) - 1].astype(np.float64)
    log_probabilities = logits[range(len(chosen)), chosen] - np.log(np.exp(logits).sum(axis=1))
    whole = bare.detokenize(chosen).decode()
    bare.close()

    pieces, end = read(warm_model.generate(request(STORY)))
    assert "".join(pieces) == whole
    assert end.usage.prompt_tokens == len(prompt)
    assert end.usage.mean_logprob == pytest.approx(log_probabilities.mean(), abs=0.02)


# ---------------------------------------------------------------- stopping


def test_the_stop_flag_ends_a_decode_inside(embedded: ModelFile) -> None:
    """Raised, llama.cpp leaves its graph with code 2; lowered, it works again."""
    model = LlamaCppModel(embedded, context_tokens=256)
    loaded = model._model()
    tokens = (llama_cpp.llama_token * 8)(*range(100, 108))
    batch = llama_cpp.llama_batch_get_one(tokens, 8)
    assert loaded.stop.function is not None
    loaded.stop.set()
    assert llama_cpp.llama_decode(loaded.context, batch) == 2
    loaded.stop.clear()
    assert llama_cpp.llama_decode(loaded.context, batch) == 0
    model.close()


# ---------------------------------------------------------------- the prompt


@pytest.mark.parametrize("spelled", ["<|im_end|>", "<|im_start|>system", "<|endoftext|>"])
def test_nobody_can_type_a_control_token(spelled: str, warm_model: LlamaCppModel) -> None:
    """What spells one is read as the characters it is made of."""
    control = [1, 2, 0]
    loaded = warm_model._model()
    plain = loaded.tokens((SYSTEM, ChatMessage(Role.USER, "x")))
    typed = loaded.tokens((SYSTEM, ChatMessage(Role.USER, f"{spelled}x")))
    assert [t for t in typed if t in control] == [t for t in plain if t in control]
    assert len(typed) > len(plain) + 3
    assert spelled in b"".join(loaded.piece(t) for t in typed).decode()


def test_tokens_of_a_plain_text_are_the_same_read_apart(warm_model: LlamaCppModel) -> None:
    """The careful way of reading differs from the plain one only where control tokens are spelled."""
    loaded = warm_model._model()
    messages = (*CAPITAL, ChatMessage(Role.ASSISTANT, "Paris, née Lutetia."), ChatMessage(Role.USER, "Since 1999?"))
    apart = loaded._tokens_apart([(m.role.value, m.text) for m in messages])
    assert apart == loaded.tokens(messages)


# ---------------------------------------------------------------- small parts


@given(st.lists(st.integers(0, 3), min_size=1, max_size=48), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_a_loop_is_noticed(block: list[int], before: int) -> None:
    """Whatever is repeated, and whatever came before it."""
    tokens = list(range(10, 10 + before)) + block * (1 + max(3, -(-96 // len(block))))
    assert repeats_itself(tokens)


@given(st.lists(st.integers(0, 9), max_size=95))
@settings(max_examples=100, deadline=None)
def test_a_short_text_is_no_loop(tokens: list[int]) -> None:
    """A row of zeros, a line of dashes, a refrain: these are allowed to repeat for a while."""
    assert not repeats_itself(tokens)
    assert not repeats_itself([*range(1000)])


def test_threads_are_those_this_process_may_use() -> None:
    """At least one, and no more than there are."""
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)


def test_a_busy_machine_gets_fewer_threads_and_the_same_answer(warm_model: LlamaCppModel, embedded: ModelFile) -> None:
    """Cores others want are left to them; the number of threads is no matter of content."""
    free = free_cores()
    assert free is None or 1 <= free <= (os.cpu_count() or 1)
    alone = LlamaCppModel(embedded, context_tokens=1024, threads=1)
    assert asking(alone, STORY[1].text)[0] == asking(warm_model, STORY[1].text)[0]
    alone.close()


def test_the_library_keeps_the_shape_the_stop_flag_relies_on() -> None:
    """`ggml_is_empty` takes one pointer and answers no for ones, yes for zeros."""
    function = llama_cpp.llama_cpp._lib.ggml_is_empty
    function.restype = ctypes.c_bool
    tensor = ctypes.create_string_buffer(b"\1" * 4096, 4096)
    assert function(tensor) is False
    ctypes.memset(tensor, 0, 4096)
    assert function(tensor) is True
