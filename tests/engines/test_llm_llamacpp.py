"""The embedded model behind its port: streams, stops, remembers, and refuses what it cannot read."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.turn import Role, Usage
from privacy_assistant.engines.catalogue import ModelFile
from privacy_assistant.engines.cores import free_cores, physical_cores
from privacy_assistant.engines.llm_llamacpp import Decoding, LlamaCppModel, repeats_itself
from privacy_assistant.errors import EngineFailed, ExitCode
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, Piece, Sampling

SYSTEM = ChatMessage(Role.SYSTEM, "You are a helpful assistant.")
CAPITAL = (SYSTEM, ChatMessage(Role.USER, "What is the capital of France?"))
STORY = (SYSTEM, ChatMessage(Role.USER, "Tell me a long story about a fox, a river and a very old bridge."))
LONG = (SYSTEM, ChatMessage(Role.USER, "a fox and a river and a bridge " * 100))


def request(
    messages: tuple[ChatMessage, ...], *, id: str = "r", max_tokens: int | None = None, **sampling: float
) -> GenerationRequest:
    """A request with a bound, so that no test runs long."""
    return GenerationRequest(
        id, messages, Sampling(max_tokens=max_tokens or 40, temperature=sampling.get("temperature"), seed=7)
    )


def read(stream: Iterator[Piece | Finished]) -> tuple[list[str], Finished]:
    """The pieces and the end of a stream, which must be its last item."""
    items = list(stream)
    end = items.pop()
    assert isinstance(end, Finished)
    pieces = [item.text for item in items if isinstance(item, Piece)]
    assert len(pieces) == len(items)
    return pieces, end


def asking(model: LlamaCppModel, text: str, *, max_tokens: int = 24) -> tuple[str, Usage]:
    """One answer and its usage."""
    pieces, end = read(model.generate(request((SYSTEM, ChatMessage(Role.USER, text)), max_tokens=max_tokens)))
    return "".join(pieces), end.usage


# ---------------------------------------------------------------- answers


def test_the_port_is_implemented(warm_model: LlamaCppModel) -> None:
    """The type checker compares the signatures."""
    port: LocalModel = warm_model
    assert port.info.name == "smollm2-135m-instruct"
    assert port.info.context_tokens == 1024
    assert port.info.licence == "Apache-2.0"


def test_a_question_is_answered_in_pieces(warm_model: LlamaCppModel) -> None:
    """Streamed word by word, none empty, ended by the model itself."""
    pieces, end = read(warm_model.generate(request(CAPITAL)))
    assert "".join(pieces) == "The capital of France is Paris."
    assert len(pieces) > 3
    assert all(pieces)
    assert end.reason == "stop"
    assert end.usage.prompt_tokens == warm_model.count_tokens(CAPITAL)
    assert end.usage.completion_tokens == len(pieces)


def test_the_same_request_gets_the_same_answer(warm_model: LlamaCppModel) -> None:
    """At temperature 0, and with a seed above it."""
    for temperature in (0.0, 0.9):
        answers = [
            "".join(read(warm_model.generate(request(STORY, temperature=temperature)))[0]) for _ in range(3)
        ]  # fmt: skip
        assert len(set(answers)) == 1
        assert answers[0]


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


def test_an_answer_stops_at_its_limit(warm_model: LlamaCppModel) -> None:
    """And says that it was the limit."""
    pieces, end = read(warm_model.generate(request(STORY, max_tokens=5)))
    assert end.reason == "length"
    assert end.usage.completion_tokens == 5
    assert pieces


def test_no_code_point_is_cut(warm_model: LlamaCppModel) -> None:
    """A pattern of signs that take several tokens each is continued whole, and cut at whole signs by the limit."""
    row = "🎉 🚀 漢字 🎉 🚀 漢字 🎉 🚀 漢字 🎉 🚀 漢字"
    turn = (ChatMessage(Role.USER, "Write the row."), ChatMessage(Role.ASSISTANT, row))
    messages = (SYSTEM, *turn, *turn, turn[0])
    for limit in range(1, 12):
        pieces, _ = read(warm_model.generate(request(messages, max_tokens=limit)))
        assert row.startswith("".join(pieces))
    pieces, _ = read(warm_model.generate(request(messages, max_tokens=12)))
    assert "🚀" in "".join(pieces)


# ---------------------------------------------------------------- what is kept between turns


def test_the_next_turn_reads_only_what_is_new(warm_model: LlamaCppModel) -> None:
    """Everything of the first turn, its answer included, is still in the cache."""
    asking(warm_model, "Something else entirely.", max_tokens=1)
    pieces, first = read(warm_model.generate(request(CAPITAL)))
    head = warm_model.count_tokens((SYSTEM, ChatMessage(Role.USER, "")))
    assert first.usage.reused_tokens < head
    follow_up = (*CAPITAL, ChatMessage(Role.ASSISTANT, "".join(pieces)), ChatMessage(Role.USER, "And of Spain?"))
    _, second = read(warm_model.generate(request(follow_up)))
    assert second.usage.reused_tokens >= first.usage.prompt_tokens + first.usage.completion_tokens - 1
    assert second.usage.reused_tokens < second.usage.prompt_tokens


def test_a_repeated_prompt_reads_one_token(warm_model: LlamaCppModel) -> None:
    """The last token has to be read again, to know what comes after it."""
    read(warm_model.generate(request(CAPITAL)))
    _, again = read(warm_model.generate(request(CAPITAL)))
    assert again.usage.reused_tokens == again.usage.prompt_tokens - 1


def test_what_was_read_ahead_is_not_read_again(warm_model: LlamaCppModel) -> None:
    """`prefill` of the system prompt makes the first question cheaper."""
    asking(warm_model, "Something else entirely.", max_tokens=1)
    warm_model.prefill((ChatMessage(Role.SYSTEM, "You know all about ships."),))
    _, end = read(
        warm_model.generate(
            request((ChatMessage(Role.SYSTEM, "You know all about ships."), CAPITAL[1]), max_tokens=1)
        )
    )  # fmt: skip
    assert end.usage.reused_tokens >= 8


# ---------------------------------------------------------------- stopping


def test_cancelling_stops_within_one_token(warm_model: LlamaCppModel) -> None:
    """No piece comes after it, and the next answer is as if nothing had happened."""
    stream = warm_model.generate(request(STORY, id="one"))
    shown = [next(stream) for _ in range(3)]
    warm_model.cancel("one")
    rest = list(stream)
    assert [type(item) for item in rest] == [Finished]
    assert isinstance(rest[0], Finished)
    assert rest[0].reason == "cancelled"
    assert rest[0].usage.completion_tokens == len(shown)
    assert asking(warm_model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_cancelling_interrupts_a_long_prompt(warm_model: LlamaCppModel) -> None:
    """From another thread, in the middle of a decode: nothing of it counts as read afterwards."""
    asking(warm_model, "Hello.", max_tokens=1)
    ends: list[Finished] = []
    began = threading.Event()

    def run() -> None:
        stream = warm_model.generate(request(LONG, id="long"))
        began.set()
        ends.append(read(stream)[1])

    thread = threading.Thread(target=run)
    thread.start()
    began.wait()
    warm_model.cancel("long")
    thread.join()
    assert [(end.reason, end.usage.completion_tokens, end.usage.mean_logprob) for end in ends] == [
        ("cancelled", 0, None)
    ]
    assert asking(warm_model, CAPITAL[1].text)[0] == "The capital of France is Paris."


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


def test_cancelling_before_the_first_piece_counts(warm_model: LlamaCppModel) -> None:
    """A stream nobody has read from yet can be cancelled by its id."""
    stream = warm_model.generate(request(STORY, id="early"))
    warm_model.cancel("early")
    assert list(stream) == [Finished("cancelled", Usage())]


def test_cancelling_an_unknown_or_ended_request_does_nothing(warm_model: LlamaCppModel) -> None:
    """It may come late, or twice."""
    read(warm_model.generate(request(CAPITAL, id="done")))
    warm_model.cancel("done")
    warm_model.cancel("never")
    assert asking(warm_model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_a_second_generation_waits_and_can_be_cancelled_while_it_waits(warm_model: LlamaCppModel) -> None:
    """One at a time; the waiting one ends at once when it is no longer wanted."""
    first = warm_model.generate(request(STORY, id="first"))
    next(first)
    ends: dict[str, Finished] = {}
    threads = [
        threading.Thread(
            target=lambda name=name: ends.update({name: read(warm_model.generate(request(CAPITAL, id=name)))[1]})
        )
        for name in ("waits", "unwanted")
    ]
    for thread in threads:
        thread.start()
    while {"waits", "unwanted"} - set(warm_model._runs):
        pass
    warm_model.cancel("unwanted")
    threads[1].join()
    assert ends["unwanted"].reason == "cancelled"
    assert "waits" not in ends
    read(first)
    threads[0].join()
    assert ends["waits"].reason == "stop"


def test_a_dropped_stream_gives_its_turn_back(warm_model: LlamaCppModel) -> None:
    """A reader that walks away does not block the model."""
    next(warm_model.generate(request(STORY)))
    gc.collect()
    assert asking(warm_model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_a_closed_model_ends_its_streams_and_loads_again(embedded: ModelFile) -> None:
    """Closing under a suspended stream is no crash: the stream ends as cancelled."""
    model = LlamaCppModel(embedded, context_tokens=256)
    stream = model.generate(request(STORY))
    next(stream)
    model.close()
    model.close()
    assert read(stream)[1].reason == "cancelled"
    assert asking(model, CAPITAL[1].text)[0] == "The capital of France is Paris."
    model.close()


# ---------------------------------------------------------------- the prompt


def test_the_template_comes_from_the_file(
    warm_model: LlamaCppModel, patched: Callable[[Mapping[bytes, bytes]], ModelFile]
) -> None:
    """Another default system prompt in the file's template means another prompt; ours has none of its own."""
    own = b"You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    model = LlamaCppModel(patched({own: b"? " * (len(own) // 2)}))
    bare = (ChatMessage(Role.USER, "Hello"),)
    assert model.count_tokens(bare) > warm_model.count_tokens(bare)
    assert model.count_tokens(CAPITAL) == warm_model.count_tokens(CAPITAL)
    model.close()


def test_a_file_without_a_template_is_refused(patched: Callable[[Mapping[bytes, bytes]], ModelFile]) -> None:
    """A base model only continues text; guessing a template would look like an answer."""
    model = LlamaCppModel(patched({b"tokenizer.chat_template": b"tokenizer.chat_templatx"}))
    with pytest.raises(EngineFailed, match="no chat template") as caught:
        model.warm()
    assert caught.value.exit_code is ExitCode.MODEL


def test_a_template_that_is_no_template_is_one_line(patched: Callable[[Mapping[bytes, bytes]], ModelFile]) -> None:
    """A syntax error when it is read."""
    model = LlamaCppModel(patched({b"{% for message in messages %}": b"{% for message in message% }}"}))
    with pytest.raises(EngineFailed, match="chat template"):
        model.warm()


def test_a_template_without_system_messages_gets_them_with_the_question(
    warm_model: LlamaCppModel, patched: Callable[[Mapping[bytes, bytes]], ModelFile]
) -> None:
    """Some refuse a system message; what it says must still be read."""
    old = b"{% if loop.first and messages[0]['role'] != 'system' %}"
    new = b"{% if message['role'] == 'system' %}{{ 1/0 }}{% endif %}"
    own = b"You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    filler = b"{{ '<|im_start|>system\n" + own + b"<|im_end|>\n' }}{% endif %}"
    model = LlamaCppModel(patched({old + filler: new + b" " * (len(old + filler) - len(new))}))
    joined = (ChatMessage(Role.USER, f"{SYSTEM.text}\n\n{CAPITAL[1].text}"),)
    assert model.count_tokens(CAPITAL) == model.count_tokens(joined)
    with pytest.raises(EngineFailed, match="does not take this conversation"):
        model.count_tokens((SYSTEM,))
    model.close()


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


def test_counting_another_prompt_is_no_echo_of_the_last(warm_model: LlamaCppModel) -> None:
    """The last count is remembered for its own messages only."""
    one, two = warm_model.count_tokens(CAPITAL), warm_model.count_tokens(STORY)
    assert one != two
    assert (warm_model.count_tokens(CAPITAL), warm_model.count_tokens(list(STORY))) == (one, two)


def test_tokens_of_a_plain_text_are_the_same_read_apart(warm_model: LlamaCppModel) -> None:
    """The careful way of reading differs from the plain one only where control tokens are spelled."""
    loaded = warm_model._model()
    messages = (*CAPITAL, ChatMessage(Role.ASSISTANT, "Paris, née Lutetia."), ChatMessage(Role.USER, "Since 1999?"))
    apart = loaded._tokens_apart([(m.role.value, m.text) for m in messages])
    assert apart == loaded.tokens(messages)


def test_a_prompt_that_does_not_fit_is_refused(warm_model: LlamaCppModel) -> None:
    """With both numbers; nothing of the text is repeated."""
    too_long = (SYSTEM, ChatMessage(Role.USER, "secret " * 1500))
    with pytest.raises(EngineFailed, match="at most 1024") as caught:
        next(warm_model.generate(request(too_long)))
    assert "secret" not in str(caught.value)
    assert asking(warm_model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_an_answer_ends_where_the_context_does(embedded: ModelFile) -> None:
    """Room for the prompt and a little more: the answer is cut, not the process."""
    model = LlamaCppModel(embedded, context_tokens=256)
    model.warm()
    said = "The fox said: so be it. " * 18
    messages = (SYSTEM, ChatMessage(Role.USER, said), STORY[1])
    assert model.info.context_tokens == 256
    room = 256 - model.count_tokens(messages)
    assert 10 < room < 200
    _, end = read(model.generate(request(messages, max_tokens=1000)))
    assert (end.reason, end.usage.completion_tokens) == ("length", room)
    model.close()


def test_odd_texts_are_taken(warm_model: LlamaCppModel) -> None:
    """Empty, NUL, lone surrogates, directions."""
    for text in ("", "\0", "\ud800", "\u202e\u200b", "\r\n\t", "🏴‍☠️"):
        assert warm_model.count_tokens((SYSTEM, ChatMessage(Role.USER, text))) > 10
        asking(warm_model, text, max_tokens=1)


# ---------------------------------------------------------------- broken files


@pytest.mark.parametrize("part", [0.0, 0.00001, 0.001, 0.01, 0.5, 0.999999])
def test_a_truncated_model_is_one_line(part: float, embedded: ModelFile, tmp_path: Path) -> None:
    """At every depth: before llama.cpp could stumble over it."""
    path = tmp_path / "cut.gguf"
    with embedded.path.open("rb") as source, path.open("wb") as target:
        target.write(source.read(int(embedded.bytes * part)))
    model = LlamaCppModel(ModelFile(name="cut", role="llm", path=path, bytes=path.stat().st_size))
    for _ in range(2):
        with pytest.raises(EngineFailed) as caught:
            next(model.generate(request(CAPITAL)))
        assert caught.value.exit_code is ExitCode.MODEL
        assert "\n" not in caught.value.message


def test_a_model_nobody_knows_is_one_line_and_nothing_is_printed(
    patched: Callable[[Mapping[bytes, bytes]], ModelFile], capfd: pytest.CaptureFixture[str]
) -> None:
    """llama.cpp's own log goes nowhere; its reason stands in the message."""
    model = LlamaCppModel(patched({b"\x05\0\0\0\0\0\0\0llama": b"\x05\0\0\0\0\0\0\0llamx"}))
    with pytest.raises(EngineFailed, match="unknown model architecture: 'llamx'"):
        model.warm()
    assert capfd.readouterr() == ("", "")


def test_loading_and_answering_prints_nothing(embedded: ModelFile, capfd: pytest.CaptureFixture[str]) -> None:
    """Not a line of llama.cpp's on the terminal."""
    model = LlamaCppModel(embedded, context_tokens=256)
    asking(model, "Hello.", max_tokens=2)
    model.close()
    assert capfd.readouterr() == ("", "")


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
