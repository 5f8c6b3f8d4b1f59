"""Files of models come in here, through the gate, one request after another, each with its line in the ledger.

What is here already is gone on from; what was agreed to is held against what the hub tells, before a byte of the file
is asked for, and against the bytes at the end. Redirects are followed by hand, to hosts that were agreed to.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass

from privacy_assistant.core.backoff import next_delay
from privacy_assistant.core.breaker import Failure
from privacy_assistant.core.hub import Place
from privacy_assistant.core.model_card import MOST_BYTES
from privacy_assistant.egress.attempts import EVEN, Problem
from privacy_assistant.egress.broken import Broken, Halted
from privacy_assistant.egress.collecting import Told, Wanted
from privacy_assistant.egress.file_answers import Facts, etag_of
from privacy_assistant.egress.file_run import Busy, Run
from privacy_assistant.egress.gate import Collection, Gate
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.partial import Mark, Partial
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import ModelTampered, ReplyMalformed
from privacy_assistant.ports import Delayed
from privacy_assistant.ports.models import Arrived, Order, Progress

MOST_REDIRECTS = 5
"""A hub takes one or two."""

STEP = 1024 * 1024
"""Bytes (or a hundredth of the file, if that is less) that an attempt must bring, so that the count of those that
failed begins anew."""

_SHOWN_EVERY = 0.1
"""Seconds between two that tell how far it is, or STEP bytes."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({Failure.SERVER, Failure.BUSY, Failure.MALFORMED, Failure.TIMEOUT})
"""What another attempt may mend from the beginning."""

_AGAIN_UNDER_WAY = _AGAIN | {Failure.OFFLINE, Failure.DNS, Failure.REFUSED, Failure.CONNECT_TIMEOUT}
"""And once something of the file came: the way was there a moment ago."""

_GOES_ON = "run it again: it goes on where it broke off"
_HINTS = {
    Failure.OFFLINE: "`privacy-assistant doctor` looks at the network; models can be brought, with models import",
    Failure.NAME: "check the address, and HF_ENDPOINT where it names a mirror",
    Failure.REFUSED: "check the network, and HF_ENDPOINT where it names a mirror",
    Failure.TLS: "nothing was asked; the certificates of this system must prove who answers",
    Failure.TIMEOUT: _GOES_ON,
    Failure.MALFORMED: _GOES_ON,
    Failure.SERVER: f"later, {_GOES_ON}",
    Failure.BUSY: f"later, {_GOES_ON}",
}


@dataclass(frozen=True, slots=True)
class Pace:
    """What comes slower than so many bytes in so many seconds is broken off."""

    bytes: int = 60_000
    seconds: float = 60.0


PATIENCE = Timeouts(connect=10.0, first_byte=30.0, stall=20.0, write=10.0, total=60.0)
"""`total` is until an answer has begun: how long a file takes, nobody knows."""


class HubFetcher:
    """ports.models.Fetcher. One file at a time.

    `token` gives the person's token for the first host of an order, "" for none. `draw` gives even random numbers of
    [0, 1), `monotonic` counts seconds.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        token: Callable[[], str] = lambda: "",
        draw: Callable[[], float] = EVEN,
        monotonic: Callable[[], float] = time.monotonic,
        timeouts: Timeouts = PATIENCE,
        pace: Pace = Pace(),
    ) -> None:
        self._gate = gate
        self._token = token
        self._draw = draw
        self._monotonic = monotonic
        self._timeouts = timeouts
        self._pace = pace
        self._halt: Halt | None = None
        self._way: Collection | None = None

    def fetch(self, order: Order, partial: str) -> Iterator[Progress | Delayed | Arrived]:
        """As the port says. A file that is here and has the digest that was published is not asked for again."""
        halt = self._halt = Halt()
        try:
            with Partial(partial, with_md5=bool(order.md5)) as file:
                run = Run(order, file, halt, order.place)
                file.read_again(lambda: _look_up(halt))
                if not (order.sha256 and run.is_proved):
                    yield from self._attempts(run)
                yield self._arrived(run)
        except Halted:
            raise KeyboardInterrupt from None
        finally:
            self._halt = None

    def cancel(self) -> None:
        halt, way = self._halt, self._way
        if halt is not None:
            halt.say()
            if way is not None:
                way.abort(halt)

    def close(self) -> None:
        """End what still runs."""
        self.cancel()

    # ------------------------------------------------------------ as often as it takes

    def _attempts(self, run: Run) -> Generator[Progress | Delayed, None, None]:
        failed = 0
        best = run.file.have
        while True:
            _look_up(run.halt)
            problem = yield from self._attempt(run)
            if problem is None:
                return
            # The most that was ever here counts: a file that is another one each time would never end.
            if run.file.have - best >= min(STEP, max(1, (run.bytes or STEP) // 100)):
                failed, best = 0, run.file.have
            failed += 1
            delay = next_delay(failed, self._draw(), problem.retry_after, math.inf) if problem.may_pass else None
            if delay is None:
                raise problem.error
            yield Delayed(delay, problem.words)
            run.halt.wait(delay)

    def _attempt(self, run: Run) -> Generator[Progress, None, Problem | None]:
        """One attempt; what was the matter, None where the file is whole."""
        run.place, run.told = run.order.place, Facts()
        token = self._token()
        try:
            for _ in range(MOST_REDIRECTS + 1):
                following = yield from self._request(run, token)
                if following is None or run.is_proved:
                    return None
                run.place = following
                # Whoever sends us on may send us back, and would then be asked with the token by somebody's wish.
                token = token if run.is_at_first else ""
        except Broken as broken:
            return self._problem(run, broken)
        error = ReplyMalformed(f"{run.order.model}: it is led on and on", hint="try another mirror, or later")
        return Problem(error, error.message, None)

    def _problem(self, run: Run, broken: Broken) -> Problem:
        told = Broken(broken.failure, broken.why, broken.hint or _HINTS.get(broken.failure, ""))
        may = _AGAIN_UNDER_WAY if run.file.came else _AGAIN
        retry_after = broken.retry_after if isinstance(broken, Busy) else None
        who = f"{run.order.model} from {run.place.address.host}"
        return Problem(told.told(who), told.words, told.failure, told.failure in may and not broken.why, retry_after)

    # ------------------------------------------------------------ one request

    def _request(self, run: Run, token: str) -> Generator[Progress, None, Place | None]:
        """Ask for what is missing; where it leads on to, or None where the file is whole."""
        file = run.file
        wanted = Wanted(
            run.place,
            run.order.place.address,
            run.order.also,
            token if run.is_at_first else "",
            file.have,
            file.mark.etag if file.mark is not None else "",
            # A little more than the file: what is too long is told by its name here, and the wire ends it there.
            MOST_BYTES if run.bytes is None else run.bytes + STEP,
        )
        deadline = self._monotonic() + self._timeouts.total
        way = self._gate.collect(wanted, halt=run.halt, timeouts=self._timeouts, deadline=deadline)
        self._way = way
        try:
            with way.asked() as told:
                if told.status in _REDIRECTS:
                    following = run.led_on(told)
                    run.learn(told)
                    way.drain()
                    with suppress(Broken):
                        for _ in told.untrusted_chunks:
                            pass
                    return following
                if told.status in (200, 206):
                    yield from self._take(run, told, way)
                else:
                    run.refused(told, self._gate.clock())
                return None
        finally:
            self._way = None
            way.close()

    def _take(self, run: Run, told: Told, way: Collection) -> Generator[Progress, None, None]:
        """The file, or the rest of it, out of an answer."""
        headers, file = told.untrusted_headers, run.file
        run.expect_no_page(told)
        start = file.have
        run.learn(told)
        if run.is_proved:
            return
        total = run.whole_of(told, start)
        if told.status == 200 and file.have:
            file.reset()
        if not file.have:
            mark = Mark(run.order.place.shown, total, etag_of(headers), run.told.commit, run.told.sha256)
            file.note(mark)
        yield Progress(file.have, total)
        now = self._monotonic()
        way.answering(now + self._pace.seconds)
        shown, shown_at, paced = file.have, now, 0
        for chunk in told.untrusted_chunks:
            if file.have + len(chunk) > total:
                file.reset()
                raise ReplyMalformed(
                    f"{run.order.model}: {run.name} is longer than the {total} bytes that were agreed to",
                    hint="try another mirror, or look at its page",
                )
            file.write(chunk)
            now = self._monotonic()
            paced += len(chunk)
            if paced >= self._pace.bytes:
                paced = 0
                way.answering(now + self._pace.seconds)
            if file.have - shown >= STEP or now - shown_at >= _SHOWN_EVERY:
                shown, shown_at = file.have, now
                yield Progress(file.have, total)
        if file.have < total:
            raise Broken(Failure.MALFORMED)
        if shown < total:
            yield Progress(total, total)

    # ------------------------------------------------------------ the end

    def _arrived(self, run: Run) -> Arrived:
        """Hold the bytes against what they should be. Raises ModelTampered; they stay for who puts them aside."""
        order, file = run.order, run.file
        digest = file.sha256
        file.finish()
        if run.sha256 not in ("", digest) or order.md5 not in ("", file.md5):
            who = "was published" if order.sha256 or order.md5 else "the hub says"
            raise ModelTampered(
                f"{order.model}: {run.name} is not what {who}: its digest is another one",
                hint="it was not used; fetch it again, or from another mirror",
            )
        return Arrived(file.have, digest, order.place.shown, run.told.sha256, run.told.commit)


def _look_up(halt: Halt) -> None:
    if halt.is_said:
        raise Halted
