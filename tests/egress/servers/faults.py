"""What can go wrong between a back end and us, by name. `fault_proxy` does them.

`after` counts server-sent events with data: so many pass, then it happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MEBI = 1024 * 1024
NO_SUCH_NAME = "nobody.invalid"
"""A host that no resolver knows (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Status:
    """The service refuses. `echoes` puts a part of the request into the message, as services do."""

    code: int
    retry_after: str = ""
    error_code: str = ""
    echoes: bool = True


@dataclass(frozen=True, slots=True)
class Redirect:
    """It sends us elsewhere; 307 and 308 ask for the whole body again there."""

    to: str
    code: int = 307


@dataclass(frozen=True, slots=True)
class Portal:
    """The page of a captive portal: instead of the answer (200), or by redirect (302), or as RFC 6585 says (511)."""

    code: Literal[200, 302, 511] = 200
    to: str = "http://portal.invalid/login"


@dataclass(frozen=True, slots=True)
class BlackHole:
    """It accepts and says nothing, ever; `reads` False does not even read."""

    reads: bool = True


@dataclass(frozen=True, slots=True)
class HangUp:
    """It reads the request and ends the connection without a byte; `is_reset` with a reset."""

    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class SlowFirstByte:
    """The answer comes, so many seconds late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stall:
    """The answer begins and then says nothing, ever; the connection stays."""

    after: int = 2


@dataclass(frozen=True, slots=True)
class Reset:
    """The answer begins and the connection is reset."""

    after: int = 2


@dataclass(frozen=True, slots=True)
class Truncated:
    """The answer begins and ends before its end. `how`: the body ends in good order without its last event; the
    connection ends in the middle of the body; or in the middle of an event."""

    how: Literal["in order", "connection", "event"] = "in order"
    after: int = 2


@dataclass(frozen=True, slots=True)
class Garbage:
    """An event comes that cannot be read: no JSON, no UTF-8, or JSON of another shape."""

    what: Literal["json", "utf-8", "shape"] = "json"
    after: int = 2


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """The service reports an error inside the stream, with a part of the request in it."""

    after: int = 2


@dataclass(frozen=True, slots=True)
class WrongType:
    """The right body under another content type."""

    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Empty:
    """A stream of the right type with nothing in it."""


@dataclass(frozen=True, slots=True)
class Huge:
    """An answer without measure: one event without an end, endless text in good events, one header, one JSON, or
    `size` bytes of blanks packed to a thousandth (gzip)."""

    what: Literal["event", "events", "header", "json", "gzip"] = "event"
    size: int = 100 * MEBI


@dataclass(frozen=True, slots=True)
class Drip:
    """A comment every so often and never an answer: no silence is ever long enough to be noticed."""

    seconds: float = 0.02


@dataclass(frozen=True, slots=True)
class NotHttp:
    """What answers is no web server."""


Fault = (
    Status
    | Redirect
    | Portal
    | BlackHole
    | HangUp
    | SlowFirstByte
    | Stall
    | Reset
    | Truncated
    | Garbage
    | ErrorEvent
    | WrongType
    | Empty
    | Huge
    | Drip
    | NotHttp
)

FAULTS: dict[str, Fault] = {
    "401": Status(401, error_code="invalid_api_key"),
    "403": Status(403, error_code="unsupported_country_region_territory"),
    "404 model": Status(404, error_code="model_not_found"),
    "400": Status(400, error_code="invalid_value"),
    "429": Status(429, error_code="rate_limit_exceeded"),
    "429 out of money": Status(429, error_code="insufficient_quota"),
    "429 retry after 1 s": Status(429, retry_after="1", error_code="rate_limit_exceeded"),
    "429 retry after 1 h": Status(429, retry_after="3600", error_code="rate_limit_exceeded"),
    "429 retry after nonsense": Status(429, retry_after="soon\tplease", error_code="rate_limit_exceeded"),
    "500": Status(500),
    "503": Status(503),
    "503 retry after 1 s": Status(503, retry_after="1"),
    "portal 200": Portal(200),
    "portal 302": Portal(302),
    "portal 511": Portal(511),
    "black hole": BlackHole(),
    "black hole, unread": BlackHole(reads=False),
    "hang-up": HangUp(),
    "reset at once": HangUp(is_reset=True),
    "slow first byte": SlowFirstByte(0.3),
    "stall": Stall(),
    "reset mid-stream": Reset(),
    "truncated in order": Truncated("in order"),
    "truncated connection": Truncated("connection"),
    "truncated event": Truncated("event"),
    "garbage": Garbage("json"),
    "garbage at once": Garbage("json", after=0),
    "invalid utf-8": Garbage("utf-8"),
    "another shape": Garbage("shape"),
    "error event": ErrorEvent(),
    "wrong type": WrongType(),
    "wrong type json": WrongType("application/json"),
    "empty": Empty(),
    "100 MB event": Huge("event"),
    "100 MB events": Huge("events"),
    "100 MB header": Huge("header"),
    "100 MB json": Huge("json"),
    "100 MB gzip": Huge("gzip"),
    "drip": Drip(),
    "not http": NotHttp(),
}
"""Each fault of the matrix that happens behind a connection; `Redirect` wants an address of the test's own."""
