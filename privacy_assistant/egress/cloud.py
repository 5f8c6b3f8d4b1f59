"""A model behind the gate: the dialect encodes, the SDK asks, the gate lets it out, the decoder reads what comes.

One loop tries again, here; the SDK never does. Nothing of what a back end says in words reaches a message: its errors
quote the question.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from privacy_assistant.core.address import Address, address_of, is_versioned
from privacy_assistant.core.breaker import Failure, failure_of
from privacy_assistant.core.model_facts import facts_for, prices_for
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Api, Backend, BackendKind
from privacy_assistant.core.turn import Usage
from privacy_assistant.egress.attempts import EVEN, Attempts, Problem, problem_of, problem_of_answer
from privacy_assistant.egress.broken import ASK_AGAIN, Broken, Halted
from privacy_assistant.egress.dialects import Decoder, dialect_for
from privacy_assistant.egress.gate import Gate, Passage, load_certificates
from privacy_assistant.egress.goods import Words
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.sse import Reader
from privacy_assistant.egress.timeouts import Timeouts, timeouts_for
from privacy_assistant.errors import BackendRefused, ReplyMalformed
from privacy_assistant.ports import ChatMessage, CloudInfo, Delayed, Dispatch, Finished, Piece, Sent, ToolCall

if TYPE_CHECKING:
    from openai import APIResponse, OpenAI

Item = Sent | Delayed | Piece | ToolCall | Finished

_NO_KEY = "made-by-the-gate"
"""What the SDK is given for a key; the gate writes the real one, after all its checks."""

_SMALL = bytes(range(ord("a"), ord("z") + 1)) + b" \n"
_UNAUTHORIZED = 401
_HIGH = bytes(range(128, 256))
_PER_MESSAGE = 8


def load_library(*, with_certificates: bool) -> None:
    """Load the SDK, and what proves who answers: half a second that the first question need not wait for."""
    from openai.resources import chat, responses  # noqa: F401 - each is loaded when it is first used

    if with_certificates:
        load_certificates()


class OpenAICloud:
    """Implements `ports.CloudModel` for one back end of kind openai, azure or openai-compatible.

    `key` gives the key (an Entra token where the back end has a token_command) when it is needed, "" for none;
    `why_no_key` says why there is none, without asking anybody, `key_refused` is told that it was not accepted. `draw`
    gives even random numbers of [0, 1), `monotonic` counts seconds. Several answers may run at once, each in a thread
    of its own.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        gate: Gate,
        reach: Reach,
        key: Callable[[], str],
        why_no_key: Callable[[], str] = lambda: "",
        key_refused: Callable[[], None] = lambda: None,
        timeouts: Timeouts | None = None,
        draw: Callable[[], float] = EVEN,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._gate = gate
        self._reach = reach
        self._key = key
        self._why_no_key = why_no_key
        self._key_refused = key_refused
        self._timeouts = timeouts_for(backend, timeouts or Timeouts())
        self._attempts = Attempts(backend, reach, self._timeouts.total, draw=draw, monotonic=monotonic)
        self._halts: dict[str, Halt] = {}
        self._passages: dict[str, Passage] = {}
        self._address = _address(backend)
        self._info = CloudInfo(
            name=backend.name,
            model=backend.asked_model,
            host=self._address.shown if self._address is not None else "",
            zone=backend.zone,
            kind=backend.kind.value,
            context_tokens=backend.context_tokens or _context_of(backend),
        )

    @property
    def info(self) -> CloudInfo:
        """What is known of it without asking."""
        return self._info

    def why_not(self) -> str:
        """Why it cannot be tried now; "" where it can. Asks nobody."""
        if self._address is None:
            return "the policy gives no address for it"
        if not self._info.model:
            return "the policy names no model for it"
        return self._why_no_key() or self._reach.why_not(self._backend)

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """More than it will be, as a rule, without a tokenizer (each model has its own, and some are secret).

        A token for every capital, digit and sign, for 2.5 small letters or blanks, and for 1.5 bytes beyond ASCII.
        That is over what the embedded model's tokenizer counts (measured in the tests), and those of cloud models,
        which know four times as many tokens, need fewer. 8 more for a message are its role and the marks around it.
        """
        return sum(_PER_MESSAGE + _bound(message.text) for message in messages)

    def cost(self, prompt_tokens: int, completion_tokens: int) -> Money | None:
        """By the back end's own prices, else by those of the table; None where nothing is known or charged."""
        prices = prices_for(self._backend)
        return None if prices is None else prices.cost(prompt_tokens, completion_tokens)

    def cancel(self, parcel_id: str) -> None:
        """End that answer at once, also while it waits, or before it begins. Any thread or a signal handler may."""
        halt = self._halts.setdefault(parcel_id, Halt())
        halt.say()
        passage = self._passages.get(parcel_id)
        if passage is not None:
            passage.abort(halt)

    def close(self) -> None:
        """End every answer that still runs."""
        for parcel_id in list(self._passages):
            self.cancel(parcel_id)

    # ------------------------------------------------------------ the one loop

    def generate(self, dispatch: Dispatch) -> Iterator[Item]:
        """Stream an answer; ends with exactly one Finished.

        Raises EgressDenied and the errors of a key (nothing left), BackendRefused, Unreachable, TimedOut,
        ReplyMalformed. No attempt follows what was shown.
        """
        parcel_id = dispatch.parcel.id
        halt = self._halts.setdefault(parcel_id, Halt())
        try:
            yield from self._attempts.run(lambda deadline: self._attempt(dispatch, halt, deadline), halt)
        except Halted:
            yield Finished("cancelled", Usage())
        finally:
            self._halts.pop(parcel_id, None)

    def _attempt(self, dispatch: Dispatch, halt: Halt, deadline: float) -> Generator[Item, None, Problem | None]:
        """One attempt; returns what was the matter where nothing was shown yet, and None after a Finished."""
        dialect = dialect_for(self._backend)
        goods = Words(dispatch, dialect)
        passage = self._gate.open(
            self._backend, goods, self._key, halt=halt, timeouts=self._timeouts, deadline=deadline
        )
        parcel_id = dispatch.parcel.id
        self._passages[parcel_id] = passage
        response = None
        try:
            outcome = self._asked(passage, goods)
            if passage.sent is not None:
                yield passage.sent
            if isinstance(outcome, Halted):
                raise outcome
            if isinstance(outcome, Problem):
                return outcome
            response = outcome
            return (yield from self._read(outcome, passage, dialect.decoder(), halt))
        finally:
            self._passages.pop(parcel_id, None)
            if response is not None:
                response.close()
            passage.close()

    def _asked(self, passage: Passage, goods: Words) -> APIResponse[Any] | Problem | Halted:
        """The head of the answer, or what was the matter. Raises what the gate raises: then nothing left."""
        from openai import APIStatusError, OpenAIError

        try:
            response = self._create(passage, goods)
        except Halted as halted:
            return halted
        except Broken as broken:
            return problem_of(broken, self._backend, may_pass=not broken.why)
        except APIStatusError as error:
            answer = error.response
            if answer.status_code == _UNAUTHORIZED:
                self._key_refused()
            return problem_of_answer(
                answer.status_code,
                answer.headers,
                answer.content,
                self._backend,
                self._gate.clock(),
                is_sealed=self._is_sealed,
            )
        except OpenAIError:
            return problem_of(Broken(Failure.MALFORMED), self._backend, may_pass=False)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == "text/event-stream":
            return response
        response.close()
        failure = failure_of(response.status_code, media_type, is_sealed=self._is_sealed)
        why = "it does not stream its answer" if failure is None else "it sent a web page and no answer"
        is_portal = failure is Failure.CAPTIVE
        hint = "" if is_portal else "check base_url and api in the policy"
        problem = Broken(failure or Failure.MALFORMED, "" if is_portal else why, hint)
        return problem_of(problem, self._backend, may_pass=False)

    def _create(self, passage: Passage, goods: Words) -> APIResponse[Any]:
        sdk = self._sdk(passage)
        api = sdk.responses if self._backend.api is Api.RESPONSES else sdk.chat.completions
        create: Callable[..., Any] = api.with_streaming_response.create
        response: APIResponse[Any] = create(**goods.encode()).__enter__()
        return response

    def _sdk(self, passage: Passage) -> OpenAI:
        """A client for one passage; making one takes a fifth of a millisecond. What is given is not looked for in the
        environment; what the environment adds all the same (headers), the gate leaves out."""
        from openai import AzureOpenAI, OpenAI

        backend = self._backend
        base_url = address_of(backend).url
        if is_versioned(backend):
            return AzureOpenAI(
                base_url=base_url,
                api_version=backend.api_version,
                api_key=_NO_KEY,
                admin_api_key="",
                organization="",
                webhook_secret="",
                timeout=None,
                max_retries=0,
                http_client=passage.client,
            )
        return OpenAI(
            base_url=base_url,
            api_key=_NO_KEY,
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            timeout=None,
            max_retries=0,
            http_client=passage.client,
        )

    def _read(
        self, response: APIResponse[Any], passage: Passage, decoder: Decoder, halt: Halt
    ) -> Generator[Item, None, Problem | None]:
        """The answer, piece by piece. Raises what was the matter once something was shown, and returns it before."""
        name = self._backend.name
        chunks = response.http_response.iter_raw()
        has_begun = False
        try:
            for item in _items(chunks, decoder):
                if isinstance(item, Finished):
                    passage.drain()
                    with suppress(Broken, Halted):
                        for _ in chunks:
                            pass
                    yield item
                    return None
                if not has_begun:
                    has_begun = True
                    passage.answering()
                yield item
            raise ReplyMalformed("its answer broke off")
        except Broken as broken:
            problem = problem_of(broken, self._backend, may_pass=not broken.why)
        except BackendRefused as error:
            problem = Problem(BackendRefused(f"{name}: {error.message}", hint=error.hint), "it refuses", None)
        except ReplyMalformed as error:
            if halt.is_said:
                raise Halted from None
            told = ReplyMalformed(f"{name}: {error.message}", hint=ASK_AGAIN)
            problem = Problem(told, error.message, Failure.MALFORMED, may_pass=True)
        if has_begun:
            self._attempts.tell(problem)
            raise problem.error
        return problem

    @property
    def _is_sealed(self) -> bool:
        return self._address is not None and self._address.is_sealed


def _items(chunks: Iterator[bytes], decoder: Decoder) -> Iterator[Piece | ToolCall | Finished]:
    """What the bytes say, in order. Raises ReplyMalformed where they end before the answer does."""
    reader = Reader()
    for chunk in chunks:
        for event in reader.feed(chunk):
            yield from decoder.feed(event)
    for event in reader.close():
        yield from decoder.feed(event)
    yield from decoder.close()


def _address(backend: Backend) -> Address | None:
    try:
        return address_of(backend)
    except ValueError:
        return None


def _bound(text: str) -> int:
    raw = text.encode("utf-8", "replace")
    others = raw.translate(None, _SMALL)
    signs = others.translate(None, _HIGH)
    return math.ceil((len(raw) - len(others)) / 2.5 + len(signs) + (len(others) - len(signs)) / 1.5)


def _context_of(backend: Backend) -> int:
    """What the table says of the maker's own models; others may serve one of that name with less."""
    facts = facts_for(backend.model) if backend.kind is not BackendKind.OPENAI_COMPATIBLE else None
    return facts.context_tokens if facts is not None else 0
