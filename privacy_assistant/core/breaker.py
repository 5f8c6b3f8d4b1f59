"""A breaker for what failed: leave it alone for a while, then let one attempt through, and so on (Nygard's pattern).

Pure: `now` is seconds since 1970, because states outlive a process. A state holds only between `since` and `until`,
and `until` is at most LONGEST_RETRY_AFTER after `since`; a clock that was put back before `since` therefore opens the
way instead of closing it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from privacy_assistant.core.backoff import LONG_WAIT, LONGEST_RETRY_AFTER

FIRST_PAUSE = 5.0
"""Seconds that the first pause lasts: as long as a person needs to look what is the matter."""

LONGEST_PAUSE = 300.0
"""Seconds. After this one attempt in five minutes is what an outage costs."""

LONGEST_NETWORK_PAUSE = 60.0
"""Seconds, for what a person mends by hand (a log-in page, a cable) and then does not want to wait for."""

TRIAL = 60.0
"""Seconds that a trial keeps others away; one that was killed before it could tell must not do so for ever."""

FADED = 600.0
"""Seconds after which what failed before says nothing about what fails now."""


class Failure(StrEnum):
    """What was the matter, as told by the one who tried. An answer of 4xx is none, but for `busy`."""

    OFFLINE = "offline"  # no route, or the network is down
    DNS = "dns"  # nobody answered what the name means
    NAME = "name"  # it was answered that there is no such name
    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect_timeout"
    TIMEOUT = "timeout"  # connected, then silent
    SERVER = "server"  # 5xx
    BUSY = "busy"  # 429
    MALFORMED = "malformed"  # not the protocol, or it broke off
    CAPTIVE = "captive"  # a log-in page of the network answered in its place
    TLS = "tls"  # no sealed connection: a certificate, a name, a version


@dataclass(frozen=True, slots=True)
class _Trait:
    """`opens_at` failures in a row open it; None: only a long Retry-After does. `longest` is seconds."""

    opens_at: int | None = 1
    longest: float = LONGEST_PAUSE
    is_of_the_network: bool = False
    is_of_the_path: bool = False


_TRAITS = {
    Failure.OFFLINE: _Trait(longest=LONGEST_NETWORK_PAUSE, is_of_the_network=True, is_of_the_path=True),
    Failure.DNS: _Trait(longest=LONGEST_NETWORK_PAUSE, is_of_the_network=True, is_of_the_path=True),
    Failure.CAPTIVE: _Trait(longest=LONGEST_NETWORK_PAUSE, is_of_the_network=True, is_of_the_path=True),
    Failure.NAME: _Trait(is_of_the_path=True),
    Failure.REFUSED: _Trait(is_of_the_path=True),
    Failure.CONNECT_TIMEOUT: _Trait(is_of_the_path=True),
    Failure.TLS: _Trait(is_of_the_path=True),
    Failure.TIMEOUT: _Trait(),
    Failure.SERVER: _Trait(opens_at=2),  # one 500 is often an accident
    Failure.MALFORMED: _Trait(opens_at=2),  # and so is one stream that broke off
    Failure.BUSY: _Trait(opens_at=None),  # a short wait is for the retry loop
}


def is_of_the_network(failure: Failure) -> bool:
    """Whether it says something about the way to every back end beyond this machine."""
    return _TRAITS[failure].is_of_the_network


def is_of_the_path(failure: Failure) -> bool:
    """Whether it may be over as soon as this machine is in another network."""
    return _TRAITS[failure].is_of_the_path


def failure_of(status: int, media_type: str = "", *, is_sealed: bool = True) -> Failure | None:
    """What the head of an answer says of the back end; None is that it works, also where it refuses (4xx).

    Nobody else answers on a sealed connection (TLS), so signs of a log-in page count on an open one only: a redirect,
    or a page in the place of JSON; and the status that RFC 6585 made for it. On a sealed one these are malformed.
    """
    if status == 511:
        return Failure.CAPTIVE
    if status == 429:
        return Failure.BUSY
    if status >= 500:
        return Failure.SERVER
    if 300 <= status < 400 or (status < 300 and media_type.partition(";")[0].strip().lower() == "text/html"):
        return Failure.MALFORMED if is_sealed else Failure.CAPTIVE
    return None


class Phase(StrEnum):
    """Closed lets through, open does not, half-open waits for the one that was let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one thing that can fail; `Breaker()` after a success. `failures` is in a row; times are seconds
    since 1970."""

    phase: Phase = Phase.CLOSED
    failures: int = 0
    since: float = 0.0
    until: float = 0.0
    why: Failure | None = None


def wait(state: Breaker, now: float) -> float:
    """Seconds until it may be tried; 0 is now."""
    if state.phase is Phase.CLOSED or now < state.since:
        return 0.0
    return max(0.0, state.until - now)


def may_try(state: Breaker, now: float) -> bool:
    """Whether an attempt is let through."""
    return wait(state, now) <= 0


def is_faded(state: Breaker, now: float) -> bool:
    """Whether it is so long ago, or dated so far ahead, that nothing is known any more."""
    return now - max(state.since, state.until) > FADED or state.since - now > FADED


def on_trial(state: Breaker, now: float) -> Breaker:
    """An attempt begins: out of an open one whose time is over it is a trial, and keeps others away until it ends."""
    if state.phase is Phase.CLOSED or not may_try(state, now):
        return state
    return Breaker(Phase.HALF_OPEN, state.failures, now, now + TRIAL, state.why)


def after_failure(state: Breaker, failure: Failure, now: float, retry_after: float | None = None) -> Breaker:
    """An attempt failed. `retry_after` is seconds and a lower bound, to LONGEST_RETRY_AFTER.

    What fails while it is open (a second attempt of the same answer) is the same outage: it does not double.
    """
    trait = _TRAITS[failure]
    asked = min(max(0.0, retry_after or 0.0), LONGEST_RETRY_AFTER)
    is_long = asked > LONG_WAIT
    if trait.opens_at is None and not is_long:
        # It lives and asked for a moment; nothing is learnt, but a trial is over.
        return Breaker() if state.phase is Phase.HALF_OPEN else state
    is_same = state.phase is Phase.OPEN and not may_try(state, now)
    before = 0 if is_faded(state, now) else state.failures
    failures = max(1, before) if is_same else before + 1
    opens_at = trait.opens_at or 1
    is_known_bad = state.phase is not Phase.CLOSED and before > 0
    if failures < opens_at and not is_long and not is_known_bad:
        return Breaker(Phase.CLOSED, failures, now, now, failure)
    # The exponent is bounded: a float does not hold 2 ** 2000.
    pause = min(trait.longest, FIRST_PAUSE * 2.0 ** min(max(0, failures - opens_at), 16))
    until = now + max(pause, asked)
    if is_same:
        until = min(max(until, state.until), now + LONGEST_RETRY_AFTER)
    return Breaker(Phase.OPEN, failures, now, until, failure)


def as_payload(state: Breaker) -> dict[str, str | int | float]:
    """Plain data for JSON."""
    return {
        "phase": state.phase.value,
        "failures": state.failures,
        "since": state.since,
        "until": state.until,
        "why": "" if state.why is None else state.why.value,
    }


def from_payload(untrusted_payload: object) -> Breaker:
    """A breaker from plain data; anything that `as_payload` did not write is a closed one."""
    if not isinstance(untrusted_payload, Mapping):
        return Breaker()
    failures, since, until = (untrusted_payload.get(name) for name in ("failures", "since", "until"))
    if not isinstance(failures, int) or not isinstance(since, int | float) or not isinstance(until, int | float):
        return Breaker()
    try:
        start, end = float(since), float(until)
        phase = Phase(str(untrusted_payload.get("phase")))
        why = Failure(str(untrusted_payload["why"])) if untrusted_payload.get("why") else None
    except (ValueError, OverflowError):
        return Breaker()
    if failures < 0:
        return Breaker()
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end <= start + LONGEST_RETRY_AFTER):
        return Breaker()
    if phase is not Phase.CLOSED and why is None:
        return Breaker()
    return Breaker(phase, int(failures), start, end, why)
