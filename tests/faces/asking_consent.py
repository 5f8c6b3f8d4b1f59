"""Requests for consent, and a program that asks for one at its terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from privacy_assistant.core import policy
from privacy_assistant.core.consent import Request
from privacy_assistant.core.parcel import PackedMessage, pack
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.redaction import Legend, Redacted, redact
from privacy_assistant.core.turn import Role, Zone
from privacy_assistant.faces.consent import TerminalConsent

QUESTION = "Write to anna.okafor@example.org.\nShe wants an answer by noon."


def request(
    *texts: tuple[Role, str],
    asks: Sequence[str] = ("mode:ask",),
    causes: Sequence[str] = ("the mode is ask",),
    host: str = "api.example",
) -> Request:
    """A request about these texts (the question of this module, if none are given), redacted."""
    legend = Legend("AAA")
    said = texts or ((Role.SYSTEM, "Be brief."), (Role.USER, QUESTION))

    def packed(text: str) -> Redacted:
        return redact(text, PatternFinder().find(text), legend)

    verdict = policy.Verdict(Stance.ASK, "mode:ask", ("the mode is ask",), "0" * 64, "far", tuple(asks))
    body = [PackedMessage(role, packed(text)) for role, text in said]
    parcel = pack("01", verdict, "far", host, Zone.CLOUD, body, model="model-7")
    return Request(parcel, tuple(text for _, text in said), tuple(asks), tuple(causes))


def main() -> None:
    """Ask once; the answer goes to standard output, after a word that tells whose handlers stand again."""
    import contextlib
    import fcntl
    import signal
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    heard: list[int] = []
    if "handled" in sys.argv:
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
        signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    answer = "none"
    with contextlib.suppress(KeyboardInterrupt):
        answer = TerminalConsent().ask(request())
    print(answer, *heard)


if __name__ == "__main__":
    main()
