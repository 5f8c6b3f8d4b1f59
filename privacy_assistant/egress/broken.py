"""How an attempt can fail on the way, and what a person is told of it: static words, and the name of the back end."""

from __future__ import annotations

from privacy_assistant.core.breaker import Failure
from privacy_assistant.errors import ReplyMalformed, TimedOut, Unreachable

ASK_AGAIN = "ask again"
"""The remedy where nothing better is known."""

_WORDS: dict[Failure, tuple[type[Unreachable], str, str]] = {
    Failure.OFFLINE: (Unreachable, "there is no network", "`privacy-assistant doctor` looks at the network"),
    Failure.DNS: (Unreachable, "its name could not be looked up", "check the network of this machine"),
    Failure.NAME: (Unreachable, "there is no host of its name", "check base_url in the policy"),
    Failure.REFUSED: (Unreachable, "it takes no connection", "check that it runs, and base_url in the policy"),
    Failure.CONNECT_TIMEOUT: (TimedOut, "it does not answer", "check the network, and that it runs"),
    Failure.TIMEOUT: (TimedOut, "it took too long", "ask again later, or set timeout in its table of the policy"),
    Failure.SERVER: (Unreachable, "it reports a fault of its own", "ask again later"),
    Failure.BUSY: (Unreachable, "it takes no more requests now", "ask again later"),
    Failure.MALFORMED: (ReplyMalformed, "what it sent could not be read or broke off", ASK_AGAIN),
    Failure.CAPTIVE: (
        Unreachable,
        "the network wants a log-in page first",
        "open any page in a browser and log in to the network",
    ),
    Failure.TLS: (
        Unreachable,
        "it could not be proved to be itself",
        "nothing was sent; who signs certificates of its own is named by ca_file in the policy",
    ),
}


class Broken(Exception):
    """One attempt failed on the way. `why` says more than the failure does, `hint` a better remedy; static words."""

    def __init__(self, failure: Failure, why: str = "", hint: str = "") -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.why = why
        self.hint = hint

    @property
    def words(self) -> str:
        """What happened, without the name of the back end."""
        return self.why or _WORDS[self.failure][1]

    def told(self, name: str) -> Unreachable:
        """The error for a person; `name` is that of the back end."""
        kind, _, hint = _WORDS[self.failure]
        return kind(f"{name}: {self.words}", hint=self.hint or hint)


class Halted(Exception):
    """Somebody said halt."""
