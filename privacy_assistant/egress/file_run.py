"""One file that is being fetched: what was agreed to, what the hub says of it, what is here, and if these agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from privacy_assistant.core.backoff import parse_retry_after
from privacy_assistant.core.breaker import Failure
from privacy_assistant.core.hub import Place, next_place
from privacy_assistant.egress.broken import Broken
from privacy_assistant.egress.collecting import Told
from privacy_assistant.egress.file_answers import Facts, etag_of, facts_of, is_page, length_of, span_of
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.partial import Partial
from privacy_assistant.errors import BackendRefused, EgressDenied, ModelTampered, ReplyMalformed
from privacy_assistant.ports.models import Order


class Busy(Broken):
    """The server is there and asks to come back; `retry_after` is seconds."""

    def __init__(self, failure: Failure, retry_after: float | None) -> None:
        super().__init__(failure)
        self.retry_after = retry_after


@dataclass(slots=True)
class Run:
    """One order under way. `place` is where it is asked for now, `told` what the hub said in this attempt."""

    order: Order
    file: Partial
    halt: Halt
    place: Place
    told: Facts = field(default_factory=Facts)

    @property
    def name(self) -> str:
        """The file, for a person."""
        return unquote(self.order.place.shown.rpartition("/")[2])

    @property
    def is_at_first(self) -> bool:
        """Whether it is asked for at the host that was named, and not at one that this leads to."""
        return self.place.address == self.order.place.address

    @property
    def sha256(self) -> str:
        """What the file should have, as far as anybody said."""
        return self.order.sha256 or self.told.sha256

    @property
    def bytes(self) -> int | None:
        """How long it should be, as far as anybody said."""
        return self.order.bytes or self.told.bytes

    @property
    def is_proved(self) -> bool:
        """Whether what is here has the digest that it should have."""
        return bool(self.file.have and self.sha256) and self.file.sha256 == self.sha256

    def learn(self, told: Told) -> None:
        """Hold what the hub tells against what was agreed to, and what is here against both.

        Raises ModelTampered, ReplyMalformed: nothing of the file was asked for.
        """
        order, file = self.order, self.file
        if self.is_at_first:
            facts = facts_of(told.untrusted_headers)
            self.told = Facts(
                self.told.sha256 or facts.sha256,
                facts.bytes if self.told.bytes is None else self.told.bytes,
                self.told.commit or facts.commit,
            )
        if order.sha256 and self.told.sha256 not in ("", order.sha256):
            raise ModelTampered(
                f"{order.model}: the hub has another {self.name} than the one that was published",
                hint="nothing of it was fetched; try without the mirror, or look at its page",
            )
        if order.bytes and self.told.bytes not in (None, order.bytes):
            raise self._wrong_length(order.bytes, self.told.bytes)
        if file.have and not self.is_proved and not self._goes_on():
            file.reset()

    def expect_no_page(self, told: Told) -> None:
        """Raises Broken where a page came in the place of the file."""
        if not is_page(told.untrusted_headers, self.place.target):
            return
        if not self.place.address.is_sealed:
            raise Broken(Failure.CAPTIVE)
        hint = "look at its page: it may have to be agreed to, or the network wants a log-in"
        raise Broken(Failure.CAPTIVE, "a page came in the place of the file", hint)

    def led_on(self, told: Told) -> Place:
        """Where a redirect leads. Raises EgressDenied; whether that host was agreed to is asked at the gate."""
        host = self.place.address.host
        try:
            return next_place(self.place, told.untrusted_headers.get("location", ""))
        except ValueError:
            raise EgressDenied(
                f"{self.order.model}: not fetched: {host} leads on to what is no address, or one in clear",
                hint="try another mirror",
                rule="models:host",
            ) from None

    def _goes_on(self) -> bool:
        """Whether what is here is the beginning of the file that the hub has now."""
        mark, told = self.file.mark, self.told
        if mark is None or mark.url != self.order.place.shown or mark.bytes != (self.bytes or mark.bytes):
            return False
        if self.file.have > mark.bytes or (self.file.have == mark.bytes and self.sha256):
            return False  # longer, or whole with another digest
        if told.sha256 and mark.sha256:
            return told.sha256 == mark.sha256
        if told.commit and mark.commit:
            return told.commit == mark.commit
        return bool(mark.etag)

    def whole_of(self, told: Told, start: int) -> int:
        """How long the file is. Raises ReplyMalformed where nobody says, or two say something else; Broken where a part
        came that was not asked for."""
        headers, mark = told.untrusted_headers, self.file.mark
        if told.status == 206:
            span, etag = span_of(headers), etag_of(headers)
            is_asked = span is not None and 0 < self.file.have == start == span.first
            is_other = mark is None or etag not in ("", mark.etag or etag)
            is_longer = span is None or (mark is not None and span.whole not in (None, mark.bytes))
            if mark is None or not is_asked or is_other or is_longer:
                self.file.reset()
                raise Broken(Failure.MALFORMED)
            return mark.bytes
        length = length_of(headers)
        total = length if self.bytes is None else self.bytes
        if total is None:
            raise ReplyMalformed(
                f"{self.order.model}: nobody says how long {self.name} is", hint="try another mirror, or later"
            )
        if length not in (None, total):
            raise self._wrong_length(total, length)
        return total

    def _wrong_length(self, agreed: int, other: int | None) -> ReplyMalformed:
        return ReplyMalformed(
            f"{self.order.model}: {self.name} should have {agreed} bytes, and {self.place.address.host} has {other}",
            hint="nothing of it was fetched; try another mirror, or look at its page",
        )

    def refused(self, told: Told, now: datetime) -> None:
        """What an answer without a file means; returns where the file is whole after all. `now` is aware.

        Raises Broken and BackendRefused.
        """
        status, file, model = told.status, self.file, self.order.model
        host = self.place.address.host
        if status == 416 and file.have:
            mark, span = file.mark, span_of(told.untrusted_headers)
            is_end = mark is not None and span is not None and mark.bytes == file.have == span.whole
            if is_end and not self.sha256:
                return
            file.reset()
            raise Broken(Failure.MALFORMED)
        if status == 511:
            raise Broken(Failure.CAPTIVE)
        if status in (401, 403) and self.is_at_first:
            raise BackendRefused(
                f"{model}: {host} gives {self.name} to nobody it does not know: its page must be agreed to, it is"
                f" private, or it is not there (HTTP {status})",
                hint="look at its page and agree; then privacy-assistant key token set huggingface, or HF_TOKEN",
            )
        if status in (404, 410):
            raise BackendRefused(
                f"{model}: there is no {self.name} at {host} (HTTP {status})",
                hint="check its name and revision on its page",
            )
        if status in (408, 425, 429) or status >= 500:
            failure = Failure.BUSY if status == 429 else Failure.SERVER
            raise Busy(failure, parse_retry_after(told.untrusted_headers.get("retry-after"), now))
        raise BackendRefused(f"{model}: {host} does not give {self.name} (HTTP {status})", hint="later, run it again")
