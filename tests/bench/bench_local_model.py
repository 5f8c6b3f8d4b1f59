"""First token and tokens per second of the assistant's model against a bare llama_cpp loop, side by side.

    python -m tests.bench.bench_local_model [--rounds N] [--threads N] [--file MODEL.gguf]

Both have the same file, prompt text, sampling and threads, each its own warm context, and take turns within one run,
so that whatever else the machine does hits both. A conversation of five turns is played in every round; the first
and the fifth are reported, medians over the rounds. Both sides see the same conversation: the answers of the bare
loop. The bounds are issue 2's: at most +15 ms to the first token, at least 0.97 times the tokens per second.

Any path can be measured: a `Path` takes the messages and the most tokens, and yields text as it comes.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath

import llama_cpp

from privacy_assistant.core.prompt import DEFAULT_SYSTEM
from privacy_assistant.core.turn import Role
from privacy_assistant.engines.catalogue import ModelFile, find_llm
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.llm_llamacpp import Decoding, LlamaCppModel
from privacy_assistant.ports import ChatMessage, GenerationRequest, LocalModel, Piece, Sampling

Path = Callable[[Sequence[ChatMessage], int], Iterator[str]]
"""One way to get an answer."""

QUESTIONS = (
    "Why is the sky blue?",
    "Explain that to a child.",
    "What should I pack for a weekend at the sea?",
    "Why is the sea salty?",
    "Give me three tips for sleeping better.",
)
TOKENS = 96
CONTEXT = 2048


@dataclass
class Measured:
    """What one path showed on one turn, over all rounds: milliseconds, and pieces per second after the first."""

    first_ms: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)


def time_answer(path: Path, messages: Sequence[ChatMessage], measured: Measured) -> str:
    """Run one answer; returns its text."""
    begin = time.perf_counter()
    stamps: list[float] = []
    pieces: list[str] = []
    for piece in path(messages, TOKENS):
        stamps.append(time.perf_counter())
        pieces.append(piece)
    if stamps:
        measured.first_ms.append((stamps[0] - begin) * 1000)
    if len(stamps) > 8:
        measured.rate.append((len(stamps) - 1) / (stamps[-1] - stamps[0]))
    return "".join(pieces)


def bare_path(file: ModelFile, decoding: Decoding, threads: int) -> Path:
    """The plainest loop on llama_cpp: render, tokenize, generate, detokenize."""
    llama = llama_cpp.Llama(
        str(file.path), n_ctx=CONTEXT, n_threads=threads, n_threads_batch=threads, flash_attn=True, verbose=False
    )
    llama.last_n_tokens_size = decoding.repeat_window
    template = llama.metadata["tokenizer.chat_template"]
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    formatter = Jinja2ChatFormatter(template=template, eos_token="<|im_end|>", bos_token="<|im_start|>")
    end = llama.token_eos()

    def path(messages: Sequence[ChatMessage], most: int) -> Iterator[str]:
        prompt = formatter(messages=[{"role": m.role.value, "content": m.text} for m in messages]).prompt  # type: ignore[misc]  # a union of TypedDicts
        tokens = llama.tokenize(prompt.encode(), add_bos=False, special=True)
        for count, token in enumerate(llama.generate(tokens, temp=0.0, repeat_penalty=decoding.repeat_penalty), 1):
            if token == end:
                return
            yield llama.detokenize([token]).decode("utf-8", "ignore")
            if count == most:
                return

    return path


def engine_path(model: LocalModel) -> Path:
    """The engine behind its port, with the count that building a prompt needs."""

    def path(messages: Sequence[ChatMessage], most: int) -> Iterator[str]:
        model.count_tokens(messages)
        request = GenerationRequest(uuid.uuid4().hex, tuple(messages), Sampling(max_tokens=most))
        for item in model.generate(request):
            if isinstance(item, Piece):
                yield item.text

    return path


_PAUSE_S = 0.5


def compare(paths: dict[str, Path], rounds: int) -> dict[str, list[Measured]]:
    """Play the conversation `rounds` times on every path, taking turns; each goes on from its own answers.

    With another's answers as history a path would be measured that reads what it never wrote: at temperature 0 two
    that cut their prompts elsewhere may differ in a word, and then nothing behind it is in the cache.
    Between two paths there is a pause: threads of the one that was busy turn round for a while, and the other would
    make room for them.
    """
    names = list(paths)
    found = {name: [Measured() for _ in QUESTIONS] for name in names}
    for turn in range(rounds + 1):
        for name in names if turn % 2 == 0 else names[::-1]:
            time.sleep(_PAUSE_S)
            messages = [ChatMessage(Role.SYSTEM, DEFAULT_SYSTEM)]
            for number, question in enumerate(QUESTIONS):
                # A different first word in every round, so that no path finds the whole prompt in its cache.
                begin = f"{chr(65 + turn % 26)}. " if number == 0 else ""
                messages.append(ChatMessage(Role.USER, begin + question))
                # The first round warms up and is not counted.
                answer = time_answer(paths[name], messages, found[name][number] if turn else Measured())
                messages.append(ChatMessage(Role.ASSISTANT, answer))
    return found


def report(found: dict[str, list[Measured]]) -> str:
    """A table with a line per turn and path, and what each is against the first path."""
    names = list(found)
    lines = [f"{'turn':<5} {'path':<12} {'first token':>14} {'tokens/s':>10}   against {names[0]}"]
    for number in (0, len(QUESTIONS) - 1):
        base = found[names[0]][number]
        for name in names:
            one = found[name][number]
            first, rate = statistics.median(one.first_ms), statistics.median(one.rate)
            against = ""
            if name != names[0]:
                added = first - statistics.median(base.first_ms)
                against = f"   {added:+.1f} ms, {rate / statistics.median(base.rate):.3f}x"
            lines.append(f"{number + 1:<5} {name:<12} {first:>11.1f} ms {rate:>10.1f}{against}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="the local model against a bare llama_cpp loop")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--file", help="absolute path of a GGUF; the embedded model without it")
    parser.add_argument("--threads", type=int, default=physical_cores(), help="1 on a machine that is not idle")
    chosen = parser.parse_args()
    file = find_llm({"llm": str(FilePath(chosen.file).resolve())} if chosen.file else {})
    model = LlamaCppModel(file, context_tokens=CONTEXT, threads=chosen.threads)
    model.warm()
    print(f"{platform.machine()}, {physical_cores()} cores, {chosen.threads} threads, {file.name}, ", end="")
    print(f"{chosen.rounds} rounds of {TOKENS} tokens, load before {os.getloadavg()[0]:.1f}")
    paths = {"bare": bare_path(file, Decoding(), chosen.threads), "engine": engine_path(model)}
    print(report(compare(paths, chosen.rounds)))
    model.close()


if __name__ == "__main__":
    main()
