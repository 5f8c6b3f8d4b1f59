"""Every local model behind the port: streams, stops, remembers, and refuses what it cannot read.

Each test runs with llama.cpp in this process, and in one of its own.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from privacy_assistant.core.turn import Role, Usage
from privacy_assistant.engines.catalogue import ModelFile
from privacy_assistant.errors import EngineFailed, ExitCode
from privacy_assistant.ports import ChatMessage, Finished, LocalModel
from tests.engines.asking import CAPITAL, LONG, STORY, SYSTEM, Make, Model, asking, read, request

# ---------------------------------------------------------------- answers


def test_the_port_is_implemented(model: Model) -> None:
    """The type checker compares the signatures."""
    port: LocalModel = model
    assert port.info.name == "smollm2-135m-instruct"
    assert port.info.context_tokens == 1024
    assert port.info.licence == "Apache-2.0"


def test_a_question_is_answered_in_pieces(model: Model) -> None:
    """Streamed word by word, none empty, ended by the model itself."""
    pieces, end = read(model.generate(request(CAPITAL)))
    assert "".join(pieces) == "The capital of France is Paris."
    assert len(pieces) > 3
    assert all(pieces)
    assert end.reason == "stop"
    assert end.usage.prompt_tokens == model.count_tokens(CAPITAL)
    assert end.usage.completion_tokens == len(pieces)


def test_the_same_request_gets_the_same_answer(model: Model) -> None:
    """At temperature 0, and with a seed above it."""
    for temperature in (0.0, 0.9):
        answers = [
            "".join(read(model.generate(request(STORY, temperature=temperature)))[0]) for _ in range(3)
        ]  # fmt: skip
        assert len(set(answers)) == 1
        assert answers[0]


def test_an_answer_stops_at_its_limit(model: Model) -> None:
    """And says that it was the limit."""
    pieces, end = read(model.generate(request(STORY, max_tokens=5)))
    assert end.reason == "length"
    assert end.usage.completion_tokens == 5
    assert pieces


def test_no_code_point_is_cut(model: Model) -> None:
    """A pattern of signs that take several tokens each is continued whole, and cut at whole signs by the limit."""
    row = "🎉 🚀 漢字 🎉 🚀 漢字 🎉 🚀 漢字 🎉 🚀 漢字"
    turn = (ChatMessage(Role.USER, "Write the row."), ChatMessage(Role.ASSISTANT, row))
    messages = (SYSTEM, *turn, *turn, turn[0])
    for limit in range(1, 12):
        pieces, _ = read(model.generate(request(messages, max_tokens=limit)))
        assert row.startswith("".join(pieces))
    pieces, _ = read(model.generate(request(messages, max_tokens=12)))
    assert "🚀" in "".join(pieces)


# ---------------------------------------------------------------- what is kept between turns


def test_the_next_turn_reads_only_what_is_new(model: Model) -> None:
    """Everything of the first turn, its answer included, is still in the cache."""
    asking(model, "Something else entirely.", max_tokens=1)
    pieces, first = read(model.generate(request(CAPITAL)))
    head = model.count_tokens((SYSTEM, ChatMessage(Role.USER, "")))
    assert first.usage.reused_tokens < head
    follow_up = (*CAPITAL, ChatMessage(Role.ASSISTANT, "".join(pieces)), ChatMessage(Role.USER, "And of Spain?"))
    _, second = read(model.generate(request(follow_up)))
    assert second.usage.reused_tokens >= first.usage.prompt_tokens + first.usage.completion_tokens - 1
    assert second.usage.reused_tokens < second.usage.prompt_tokens


def test_a_repeated_prompt_reads_one_token(model: Model) -> None:
    """The last token has to be read again, to know what comes after it."""
    read(model.generate(request(CAPITAL)))
    _, again = read(model.generate(request(CAPITAL)))
    assert again.usage.reused_tokens == again.usage.prompt_tokens - 1


def test_what_was_read_ahead_is_not_read_again(model: Model) -> None:
    """`prefill` of the system prompt makes the first question cheaper."""
    asking(model, "Something else entirely.", max_tokens=1)
    model.prefill((ChatMessage(Role.SYSTEM, "You know all about ships."),))
    _, end = read(
        model.generate(
            request((ChatMessage(Role.SYSTEM, "You know all about ships."), CAPITAL[1]), max_tokens=1)
        )
    )  # fmt: skip
    assert end.usage.reused_tokens >= 8


# ---------------------------------------------------------------- stopping


def test_cancelling_stops_within_one_token(model: Model) -> None:
    """No piece comes after it, and the next answer is as if nothing had happened."""
    stream = model.generate(request(STORY, id="one"))
    shown = [next(stream) for _ in range(3)]
    model.cancel("one")
    rest = list(stream)
    assert [type(item) for item in rest] == [Finished]
    assert isinstance(rest[0], Finished)
    assert rest[0].reason == "cancelled"
    # One in a process of its own works ahead of who reads, by what it hands over at once.
    assert rest[0].usage.completion_tokens >= len(shown)
    assert asking(model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_cancelling_interrupts_a_long_prompt(model: Model) -> None:
    """From another thread, in the middle of a decode: nothing of it counts as read afterwards."""
    asking(model, "Hello.", max_tokens=1)
    ends: list[Finished] = []
    began = threading.Event()

    def run() -> None:
        stream = model.generate(request(LONG, id="long"))
        began.set()
        ends.append(read(stream)[1])

    thread = threading.Thread(target=run)
    thread.start()
    began.wait()
    model.cancel("long")
    thread.join()
    assert [(end.reason, end.usage.completion_tokens, end.usage.mean_logprob) for end in ends] == [
        ("cancelled", 0, None)
    ]
    assert asking(model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_cancelling_before_the_first_piece_counts(model: Model) -> None:
    """A stream nobody has read from yet can be cancelled by its id."""
    stream = model.generate(request(STORY, id="early"))
    model.cancel("early")
    assert list(stream) == [Finished("cancelled", Usage())]


def test_cancelling_an_unknown_or_ended_request_does_nothing(model: Model) -> None:
    """It may come late, or twice."""
    read(model.generate(request(CAPITAL, id="done")))
    model.cancel("done")
    model.cancel("never")
    assert asking(model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_a_second_generation_waits_and_can_be_cancelled_while_it_waits(model: Model) -> None:
    """One at a time; the waiting one ends at once when it is no longer wanted."""
    first = model.generate(request(STORY, id="first"))
    next(first)
    ends: dict[str, Finished] = {}
    threads = [
        threading.Thread(
            target=lambda name=name: ends.update({name: read(model.generate(request(CAPITAL, id=name)))[1]})
        )
        for name in ("waits", "unwanted")
    ]
    for thread in threads:
        thread.start()
    while {"waits", "unwanted"} - set(model._runs._known):
        pass
    model.cancel("unwanted")
    threads[1].join()
    assert ends["unwanted"].reason == "cancelled"
    assert "waits" not in ends
    read(first)
    threads[0].join()
    assert ends["waits"].reason == "stop"


def test_a_dropped_stream_gives_its_turn_back(model: Model) -> None:
    """A reader that walks away does not block the model."""
    next(model.generate(request(STORY)))
    gc.collect()
    assert asking(model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_a_closed_model_ends_its_streams_and_loads_again(make: Make, embedded: ModelFile) -> None:
    """Closing under a suspended stream is no crash: the stream ends as cancelled."""
    model = make(embedded, context_tokens=256)
    stream = model.generate(request(STORY))
    next(stream)
    model.close()
    model.close()
    assert read(stream)[1].reason == "cancelled"
    assert asking(model, CAPITAL[1].text)[0] == "The capital of France is Paris."
    model.close()


# ---------------------------------------------------------------- the prompt


def test_the_template_comes_from_the_file(
    model: Model, make: Make, patched: Callable[[Mapping[bytes, bytes]], ModelFile]
) -> None:
    """Another default system prompt in the file's template means another prompt; ours has none of its own."""
    own = b"You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    other = make(patched({own: b"? " * (len(own) // 2)}))
    bare = (ChatMessage(Role.USER, "Hello"),)
    assert other.count_tokens(bare) > model.count_tokens(bare)
    assert other.count_tokens(CAPITAL) == model.count_tokens(CAPITAL)
    other.close()


def test_a_file_without_a_template_is_refused(
    make: Make, patched: Callable[[Mapping[bytes, bytes]], ModelFile]
) -> None:
    """A base model only continues text; guessing a template would look like an answer."""
    model = make(patched({b"tokenizer.chat_template": b"tokenizer.chat_templatx"}))
    with pytest.raises(EngineFailed, match="no chat template") as caught:
        model.warm()
    assert caught.value.exit_code is ExitCode.MODEL


def test_a_template_that_is_no_template_is_one_line(
    make: Make, patched: Callable[[Mapping[bytes, bytes]], ModelFile]
) -> None:
    """A syntax error when it is read."""
    model = make(patched({b"{% for message in messages %}": b"{% for message in message% }}"}))
    with pytest.raises(EngineFailed, match="chat template"):
        model.warm()


def test_a_template_without_system_messages_gets_them_with_the_question(
    make: Make, patched: Callable[[Mapping[bytes, bytes]], ModelFile]
) -> None:
    """Some refuse a system message; what it says must still be read."""
    old = b"{% if loop.first and messages[0]['role'] != 'system' %}"
    new = b"{% if message['role'] == 'system' %}{{ 1/0 }}{% endif %}"
    own = b"You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    filler = b"{{ '<|im_start|>system\n" + own + b"<|im_end|>\n' }}{% endif %}"
    other = make(patched({old + filler: new + b" " * (len(old + filler) - len(new))}))
    joined = (ChatMessage(Role.USER, f"{SYSTEM.text}\n\n{CAPITAL[1].text}"),)
    assert other.count_tokens(CAPITAL) == other.count_tokens(joined)
    with pytest.raises(EngineFailed, match="does not take this conversation"):
        other.count_tokens((SYSTEM,))
    other.close()


def test_counting_another_prompt_is_no_echo_of_the_last(model: Model) -> None:
    """The last count is remembered for its own messages only."""
    one, two = model.count_tokens(CAPITAL), model.count_tokens(STORY)
    assert one != two
    assert (model.count_tokens(CAPITAL), model.count_tokens(list(STORY))) == (one, two)


def test_a_prompt_that_does_not_fit_is_refused(model: Model) -> None:
    """With both numbers; nothing of the text is repeated."""
    too_long = (SYSTEM, ChatMessage(Role.USER, "secret " * 1500))
    with pytest.raises(EngineFailed, match="at most 1024") as caught:
        next(model.generate(request(too_long)))
    assert "secret" not in str(caught.value)
    assert asking(model, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_an_answer_ends_where_the_context_does(make: Make, embedded: ModelFile) -> None:
    """Room for the prompt and a little more: the answer is cut, not the process."""
    model = make(embedded, context_tokens=256)
    model.warm()
    said = "The fox said: so be it. " * 18
    messages = (SYSTEM, ChatMessage(Role.USER, said), STORY[1])
    assert model.info.context_tokens == 256
    room = 256 - model.count_tokens(messages)
    assert 10 < room < 200
    _, end = read(model.generate(request(messages, max_tokens=1000)))
    assert (end.reason, end.usage.completion_tokens) == ("length", room)
    model.close()


def test_odd_texts_are_taken(model: Model) -> None:
    """Empty, NUL, lone surrogates, directions."""
    for text in ("", "\0", "\ud800", "\u202e\u200b", "\r\n\t", "🏴‍☠️"):
        assert model.count_tokens((SYSTEM, ChatMessage(Role.USER, text))) > 10
        asking(model, text, max_tokens=1)


# ---------------------------------------------------------------- broken files


@pytest.mark.parametrize("part", [0.0, 0.00001, 0.001, 0.01, 0.5, 0.999999])
def test_a_truncated_model_is_one_line(part: float, make: Make, embedded: ModelFile, tmp_path: Path) -> None:
    """At every depth: before llama.cpp could stumble over it."""
    path = tmp_path / "cut.gguf"
    with embedded.path.open("rb") as source, path.open("wb") as target:
        target.write(source.read(int(embedded.bytes * part)))
    model = make(ModelFile(name="cut", role="llm", path=path, bytes=path.stat().st_size))
    for _ in range(2):
        with pytest.raises(EngineFailed) as caught:
            next(model.generate(request(CAPITAL)))
        assert caught.value.exit_code is ExitCode.MODEL
        assert "\n" not in caught.value.message


def test_a_model_nobody_knows_is_one_line_and_nothing_is_printed(
    make: Make, patched: Callable[[Mapping[bytes, bytes]], ModelFile], capfd: pytest.CaptureFixture[str]
) -> None:
    """llama.cpp's own log goes nowhere; its reason stands in the message."""
    model = make(patched({b"\x05\0\0\0\0\0\0\0llama": b"\x05\0\0\0\0\0\0\0llamx"}))
    with pytest.raises(EngineFailed, match="unknown model architecture: 'llamx'"):
        model.warm()
    assert capfd.readouterr() == ("", "")


def test_loading_and_answering_prints_nothing(
    make: Make, embedded: ModelFile, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not a line of llama.cpp's on the terminal."""
    model = make(embedded, context_tokens=256)
    asking(model, "Hello.", max_tokens=2)
    model.close()
    assert capfd.readouterr() == ("", "")
