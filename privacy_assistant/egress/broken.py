"""How an attempt can fail on the way, and what a person is told of it: static words, and the name of the back end."""

from __future__ import annotations

from privacy_assistant.core.breaker import Failure
from privacy_assistant.errors import ReplyMalformed, TimedOut, Unreachable

_WORDS: dict[Failure, tuple[type[Unreachable], str, str]] = {
    Failure.OFFLINE: (Unreachable, "there is no network", "See `privacy-assistant doctor`."),
    Failure.DNS: (Unreachable, "its name could not be looked up", "Check the network of this machine."),
    Failure.NAME: (Unreachable, "there is no host of its name", "Check base_url in the policy."),
    Failure.REFUSED: (Unreachable, "it takes no connection", "Check that it runs, and base_url in the policy."),
    Failure.CONNECT_TIMEOUT: (TimedOut, "it does not answer", "Check the network, and that it runs."),
    Failure.TIMEOUT: (TimedOut, "it took too long", "Ask again later, or set timeout in its table of the policy."),
    Failure.SERVER: (Unreachable, "it reports a fault of its own", "Ask again later."),
    Failure.BUSY: (Unreachable, "it takes no more requests now", "Ask again later."),
    Failure.MALFORMED: (ReplyMalformed, "what it sent could not be read or broke off", "Ask again."),
    Failure.CAPTIVE: (
        Unreachable,
        "the network wants a log-in page first",
        "Open any page in a browser and log in to the network.",
    ),
    Failure.TLS: (
        Unreachable,
        "it could not be proved to be itself",
        "Its certificate is not valid for it. Nothing was sent.",
    ),
}


class Broken(Exception):
    """One attempt failed on the way. `why` says more than the failure does; static words."""

    def __init__(self, failure: Failure, why: str = "") -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.why = why

    @property
    def words(self) -> str:
        """What happened, without the name of the back end."""
        return self.why or _WORDS[self.failure][1]

    def told(self, name: str) -> Unreachable:
        """The error for a person; `name` is that of the back end."""
        kind, _, hint = _WORDS[self.failure]
        return kind(f"{name}: {self.words}.", hint=hint)


class Halted(Exception):
    """Somebody said halt."""
