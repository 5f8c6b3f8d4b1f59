"""A model behind the gate: the dialect encodes, the SDK asks, the gate lets it out, the decoder reads what comes.

One loop tries again, that of all errands; the SDK never does. Nothing of what a back end says in words reaches a
message: its errors quote the question.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from privacy_assistant.core.address import is_versioned
from privacy_assistant.core.breaker import Failure, failure_of
from privacy_assistant.core.model_facts import facts_for, prices_for
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Api, Backend, BackendKind
from privacy_assistant.core.turn import Usage
from privacy_assistant.egress.attempts import Problem, problem_of
from privacy_assistant.egress.broken import Broken, Halted
from privacy_assistant.egress.dialects import Decoder, dialect_for
from privacy_assistant.egress.errands import Answer, Asking, Errands
from privacy_assistant.egress.gate import Passage, load_certificates
from privacy_assistant.egress.goods import Words
from privacy_assistant.egress.sse import Reader
from privacy_assistant.errors import ReplyMalformed
from privacy_assistant.ports import ChatMessage, CloudInfo, Delayed, Dispatch, Finished, Piece, Sent, ToolCall

if TYPE_CHECKING:
    from openai import APIResponse, OpenAI

Item = Sent | Delayed | Piece | ToolCall | Finished

_NO_KEY = "made-by-the-gate"
"""What the SDK is given for a key; the gate writes the real one, after all its checks."""

_SMALL = bytes(range(ord("a"), ord("z") + 1)) + b" \n"
_HIGH = bytes(range(128, 256))
_PER_MESSAGE = 8


def load_library(*, with_certificates: bool) -> None:
    """Load the SDK, and what proves who answers: half a second that the first question need not wait for."""
    from openai.resources import chat, responses  # noqa: F401 - each is loaded when it is first used

    if with_certificates:
        load_certificates()


class OpenAICloud:
    """Implements `ports.CloudModel` for one back end of kind openai, azure or openai-compatible.

    `errands` are those of that back end. Several answers may run at once, each in a thread of its own.
    """

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        backend = errands.backend
        self._info = CloudInfo(
            name=backend.name,
            model=backend.asked_model,
            host=errands.host,
            zone=backend.zone,
            kind=backend.kind.value,
            context_tokens=backend.context_tokens or _context_of(backend),
        )

    @property
    def backend(self) -> Backend:
        """Its entry in the policy."""
        return self._errands.backend

    @property
    def info(self) -> CloudInfo:
        """What is known of it without asking."""
        return self._info

    def why_not(self) -> str:
        """Why it cannot be tried now; "" where it can. Asks nobody."""
        return self._errands.why_not() if self._info.model else "the policy names no model for it"

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """More than it will be, as a rule, without a tokenizer (each model has its own, and some are secret).

        A token for every capital, digit and sign, for 2.5 small letters or blanks, and for 1.5 bytes beyond ASCII.
        That is over what the embedded model's tokenizer counts (measured in the tests), and those of cloud models,
        which know four times as many tokens, need fewer. 8 more for a message are its role and the marks around it.
        """
        return sum(_PER_MESSAGE + _bound(message.text) for message in messages)

    def cost(self, prompt_tokens: int, completion_tokens: int) -> Money | None:
        """By the back end's own prices, else by those of the table; None where nothing is known or charged."""
        prices = prices_for(self.backend)
        return None if prices is None else prices.cost(prompt_tokens, completion_tokens)

    def cancel(self, parcel_id: str) -> None:
        """End that answer at once, also while it waits, or before it begins. Any thread or a signal handler may."""
        self._errands.cancel(parcel_id)

    def close(self) -> None:
        """End every answer that still runs."""
        self._errands.close()

    def generate(self, dispatch: Dispatch) -> Generator[Item, None, None]:
        """Stream an answer; ends with exactly one Finished.

        Raises EgressDenied and the errors of a key (nothing left), BackendRefused, Unreachable, TimedOut,
        ReplyMalformed. No attempt follows what was shown.
        """
        dialect = dialect_for(self.backend)
        goods = Words(dispatch, dialect)
        asking: Asking[Piece | ToolCall | Finished] = Asking(
            goods,
            lambda passage: self._asked(passage, goods),
            lambda answer: _items(answer, dialect.decoder()),
            cancelled=(Finished("cancelled", Usage()),),
        )
        return self._errands.run(asking)

    # ------------------------------------------------------------ by the SDK

    def _asked(self, passage: Passage, goods: Words) -> Answer | Problem:
        """The answer once its head is there, or what was the matter. Raises what the gate raises: then nothing left."""
        from openai import APIStatusError, OpenAIError

        try:
            response = self._create(passage, goods)
        except APIStatusError as error:
            answer = error.response
            return self._errands.refusal(answer.status_code, answer.headers, answer.content)
        except OpenAIError:
            return problem_of(Broken(Failure.MALFORMED), self.backend, may_pass=False)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == "text/event-stream":
            return Answer(response.http_response.iter_raw(), response.close, passage.drain)
        response.close()
        failure = failure_of(response.status_code, media_type, is_sealed=self._errands.address.is_sealed)
        why = "it does not stream its answer" if failure is None else "it sent a web page and no answer"
        is_portal = failure is Failure.CAPTIVE
        hint = "" if is_portal else "check base_url and api in the policy"
        problem = Broken(failure or Failure.MALFORMED, "" if is_portal else why, hint)
        return problem_of(problem, self.backend, may_pass=False)

    def _create(self, passage: Passage, goods: Words) -> APIResponse[Any]:
        sdk = self._sdk(passage)
        body = goods.encode()
        is_responses = self.backend.api is Api.RESPONSES
        api = sdk.responses if is_responses else sdk.chat.completions
        create: Callable[..., Any] = api.with_streaming_response.create
        # What it is given as fields the SDK walks through by their types; what is extra, and replaces them, it takes
        # as it is, which is half a millisecond less.
        least: dict[str, Any] = {"input": ""} if is_responses else {"messages": []}
        response: APIResponse[Any] = create(model=body["model"], stream=True, extra_body=body, **least).__enter__()
        return response

    def _sdk(self, passage: Passage) -> OpenAI:
        """A client for one passage; making one takes a fifth of a millisecond. What is given is not looked for in the
        environment; what the environment adds all the same (headers), the gate leaves out."""
        from openai import AzureOpenAI, OpenAI

        backend, base_url = self.backend, self._errands.address.url
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


def _items(answer: Answer, decoder: Decoder) -> Iterator[Piece | ToolCall | Finished]:
    """What the bytes say, in order, until the one Finished. Raises ReplyMalformed where they end before it."""
    for item in _decoded(answer.chunks, decoder):
        if isinstance(item, Finished):
            # Its last bytes are read before it is given: nobody asks for more then, and the connection can be kept.
            answer.drain()
            with suppress(Broken, Halted):
                for _ in answer.chunks:
                    pass
            yield item
            return
        yield item
    raise ReplyMalformed("its answer broke off")


def _decoded(chunks: Iterator[bytes], decoder: Decoder) -> Iterator[Piece | ToolCall | Finished]:
    reader = Reader()
    for chunk in chunks:
        for event in reader.feed(chunk):
            yield from decoder.feed(event)
    for event in reader.close():
        yield from decoder.feed(event)
    yield from decoder.close()


def _bound(text: str) -> int:
    raw = text.encode("utf-8", "replace")
    others = raw.translate(None, _SMALL)
    signs = others.translate(None, _HIGH)
    return math.ceil((len(raw) - len(others)) / 2.5 + len(signs) + (len(others) - len(signs)) / 1.5)


def _context_of(backend: Backend) -> int:
    """What the table says of the maker's own models; others may serve one of that name with less."""
    facts = facts_for(backend.model) if backend.kind is not BackendKind.OPENAI_COMPATIBLE else None
    return facts.context_tokens if facts is not None else 0
