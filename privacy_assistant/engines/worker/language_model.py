"""A language model in a process of its own, behind the same port as `LlamaCppModel`.

The child works ahead of whoever reads: at most one answer, which `max_tokens` bounds. What it wrote and nobody read is
thrown away where the answer is cancelled, so `Usage` of a cancelled one counts what was computed.

The file is looked at here, and not in the child, each time before a child is told to open it: the looking is Python of
ours without a native parser, what was verified is kept in a file that the child may not write, and a child that has
opened a bad file is no witness for it.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from privacy_assistant.core.turn import Usage
from privacy_assistant.engines import catalogue
from privacy_assistant.engines.catalogue import ModelFile
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.llamacpp_runtime import Decoding
from privacy_assistant.engines.runs import Run, Runs
from privacy_assistant.engines.worker.frames import Packet
from privacy_assistant.engines.worker.process import Answer, Hello, Running, WorkerEnded, WorkerProcess
from privacy_assistant.engines.worker.wall import Wall
from privacy_assistant.errors import EngineCrashed, EngineError
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, ModelInfo, Piece, Remark

TITLE = "the language model"

_MOST_LETTERS = 512
"""Letters of one token: of no vocabulary that is known is any half as long. What goes on for longer than a context can
hold is no answer, and would fill the memory of who reads it."""

_REASONS = ("stop", "length", "cancelled")

_T = TypeVar("_T")


class WorkerModel:
    """Implements `ports.LocalModel` for a GGUF file, as `LlamaCppModel` does, with the same promises to many threads.

    A child that breaks is started again, and what it was asked is asked once more, unless a piece of the answer was
    shown; the next answer begins with a Remark that says so. A second time in a row is an error.
    """

    def __init__(
        self,
        model_file: ModelFile,
        *,
        context_tokens: int | None = None,
        threads: int | None = None,
        decoding: Decoding | None = None,
    ) -> None:
        """Starts nothing yet."""
        self._file = model_file
        wanted_context = context_tokens or model_file.context_tokens
        self._info = ModelInfo(
            name=model_file.name,
            path=str(model_file.path),
            bytes=model_file.bytes,
            context_tokens=wanted_context,
            licence=model_file.licence,
        )
        built = {
            "name": model_file.name,
            "path": str(model_file.path),
            "bytes": model_file.bytes,
            "context_tokens": wanted_context,
            "threads": threads or physical_cores(),
            "decoding": asdict(decoding or Decoding()),
        }
        self._most_letters = wanted_context * _MOST_LETTERS
        self._process = WorkerProcess(Hello(TITLE, "llama.cpp", built, _files(model_file)))
        self._loading = threading.Lock()
        """Held while a child is started and loads; never across a yield."""
        self._loaded: Running | None = None
        self._broke = ""
        """How the last child ended, until a Remark has told it."""
        self._runs = Runs()
        self._answer: Answer | None = None
        """Of the run that has the turn, once the child was asked."""

    @property
    def info(self) -> ModelInfo:
        """`context_tokens` is what is wanted until `warm` has seen what the model can do."""
        return self._info

    @property
    def pid(self) -> int | None:
        """Of the process that has the model, None where none runs."""
        return self._process.pid

    def wall(self) -> Wall:
        """What closes that process off; starts it where none runs. Raises EngineFailed."""
        return self._process.running().wall()

    def warm(self) -> None:
        """Load the model if it is not loaded. Raises EngineMissing, EngineFailed or ModelTampered."""
        self._twice(lambda _: None)

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Tokens of these messages through the model's own template and tokenizer, generation prompt included."""
        args = {"messages": _plain(messages)}

        def ask(running: Running) -> int:
            return _number(running, running.call("count", args).one(), "tokens")

        return self._twice(ask)

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        """Evaluate these messages now, so that a prompt which begins with them starts sooner. Skipped when busy."""
        run = Run()
        if not self._runs.enter_if_free(run):
            return
        args = {"messages": _plain(messages)}
        try:
            self._twice(lambda running: running.call("prefill", args).wait())
        finally:
            self._runs.leave(run)

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Remark | Finished]:
        """Stream an answer. Ends with exactly one Finished. Raises EngineFailed, EngineMissing, ModelTampered.

        Nothing runs before the first item is asked for. Close the stream (or exhaust it) to let the next one run.
        """
        return self._stream(request, self._runs.announce(request.id))

    def cancel(self, request_id: str) -> None:
        """End that generation within one token; its stream ends with Finished("cancelled"). Any thread may call."""
        answer = self._runs.cancel(request_id, lambda: self._answer)
        if answer is not None:
            answer.cancel()

    def close(self) -> None:
        """End what runs, and the process. A later call starts another and loads again."""
        self._runs.cancel_all()
        self._process.close()

    # ------------------------------------------------------------ the process

    def _ready(self) -> Running:
        """A process that has loaded the model. Raises WorkerEnded where it breaks over that, else as `warm`."""
        with self._loading:
            # It starts while the file is looked at.
            running = self._process.running()
            if running is self._loaded:
                return running
            if self._loaded is not None:
                self._note(self._loaded.ended())
                self._loaded = None
            try:
                catalogue.check(self._file, is_unwanted=lambda: not running.is_alive)
            except BaseException as error:
                ended = running.ended()
                self._process.close()
                if isinstance(error, EngineError) and error.is_closed:
                    raise ended from None
                raise
            context_tokens = _number(running, running.call("warm").one(), "context_tokens")
            self._info = replace(self._info, context_tokens=context_tokens)
            self._loaded = running
            return running

    def _twice(self, ask: Callable[[Running], _T]) -> _T:
        """Ask a process that has loaded the model; once more where that one breaks."""
        with_first = True
        while True:
            try:
                return ask(self._ready())
            except WorkerEnded as ended:
                if ended.is_closed:
                    raise
                self._note(ended)
                if not with_first:
                    raise self._given_up(ended) from None
                with_first = False

    def _note(self, ended: WorkerEnded) -> None:
        if not ended.is_closed:
            self._broke = ended.how

    def _given_up(self, ended: WorkerEnded) -> EngineCrashed:
        return EngineCrashed(
            f"{TITLE}'s process {ended.how}, twice in a row: {self._file.name}",
            hint=f"privacy-assistant models verify {self._file.name}; or use another model",
        )

    def _remark(self) -> Iterator[Remark]:
        how, self._broke = self._broke, ""
        if how:
            yield Remark(f"{TITLE}'s process {how} and was started again")

    # ------------------------------------------------------------ one at a time

    def _asked(self, answer: Answer | None) -> None:
        self._answer = answer

    def _stream(self, request: GenerationRequest, run: Run) -> Iterator[Piece | Remark | Finished]:
        self._runs.enter(run)
        try:
            if run.is_cancelled():
                yield Finished("cancelled", Usage())
                return
            yield from self._items(request, run)
        except WorkerEnded as ended:
            self._note(ended)
            if not run.is_cancelled():
                raise
            yield Finished("cancelled", Usage())
        finally:
            self._runs.leave(run, lambda: self._asked(None))

    def _items(self, request: GenerationRequest, run: Run) -> Iterator[Piece | Remark | Finished]:
        """Raises WorkerEnded where the process ends after a piece was shown, or was closed."""
        args = {
            "messages": _plain(request.messages),
            "sampling": asdict(request.sampling),
            "grammar": request.grammar,
        }
        is_second = False
        while True:
            is_shown = False
            try:
                running = self._ready()
                yield from self._remark()
                for item in self._answered(running, args, run):
                    is_shown = True
                    yield item
                return
            except WorkerEnded as ended:
                if is_shown or ended.is_closed or run.is_cancelled():
                    raise
                self._note(ended)
                if is_second:
                    raise self._given_up(ended) from None
                is_second = True

    def _answered(self, running: Running, args: Mapping[str, Any], run: Run) -> Iterator[Piece | Finished]:
        """What one process answers. Raises EngineError; WorkerEnded where it ends."""
        answer = running.call("generate", args)
        left = self._most_letters
        try:
            self._runs.note(lambda: self._asked(answer))
            if run.is_cancelled():
                # Before there was anything to be told of it.
                answer.cancel()
            while not isinstance(items := _items_of(running, answer.next()), Finished):
                for item in items:
                    left -= len(item.text)
                    if left < 0:
                        raise running.distrust()
                    if not run.is_cancelled():
                        yield item
            answer.wait()
        finally:
            answer.close()
        yield replace(items, reason="cancelled") if run.is_cancelled() else items


def _files(model_file: ModelFile) -> list[Path]:
    """What the child has to read: the file, the other parts of one in parts, or the folder of an installed one."""
    path = model_file.path
    if model_file.installed is not None:
        return [path.parent]
    part = re.fullmatch(r"(.*-)\d{5}(-of-\d{5}\.gguf)", path.name)
    if part is None:
        return [path]
    with contextlib.suppress(OSError):
        siblings = (other for other in path.parent.iterdir() if other.name.startswith(part[1]))
        return sorted(other for other in siblings if other.name.endswith(part[2]))
    return [path]  # there is no such folder, which is told when the file is looked at


def _plain(messages: Sequence[ChatMessage]) -> list[tuple[str, str]]:
    return [(message.role.value, message.text) for message in messages]


def _number(running: Running, untrusted_packet: Packet, name: str) -> int:
    untrusted_number = untrusted_packet.fields.get(name)
    if type(untrusted_number) is not int or not 0 <= untrusted_number < 1 << 40:
        raise running.distrust()
    return untrusted_number


def _items_of(running: Running, untrusted_packet: Packet | None) -> list[Piece] | Finished:
    """A packet of an answer, as what it says. Ends a child that says nothing of the kind, and raises WorkerEnded."""
    if untrusted_packet is None:
        raise running.distrust()
    fields = untrusted_packet.fields
    untrusted_pieces, untrusted_usage = fields.get("pieces"), fields.get("usage")
    if isinstance(untrusted_pieces, list) and all(map(_is_text, untrusted_pieces)):
        return [Piece(untrusted_piece) for untrusted_piece in untrusted_pieces]
    if fields.get("finished") not in _REASONS or not isinstance(untrusted_usage, dict):
        raise running.distrust()
    untrusted_mean = untrusted_usage.get("mean_logprob")
    if untrusted_mean is not None and (type(untrusted_mean) is not float or not -1e9 < untrusted_mean < 1e9):
        raise running.distrust()
    prompt, reused, written = (
        _number(running, Packet(untrusted_usage), name)
        for name in ("prompt_tokens", "reused_tokens", "completion_tokens")
    )
    return Finished(str(fields["finished"]), Usage(prompt, reused, written, untrusted_mean))


def _is_text(untrusted_piece: object) -> bool:
    """Whether it is some text in which no half of a code point stands: that breaks whoever prints it."""
    if not isinstance(untrusted_piece, str):
        return False
    try:
        return bool(untrusted_piece.encode("utf-8"))
    except UnicodeEncodeError:
        return False
