"""The only object the gate accepts: one redacted body, the verdict that lets it leave, and a digest of it all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from privacy_assistant.core.policy import Stance, Verdict
from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.turn import Role, Zone
from privacy_assistant.errors import EgressDenied

_FORMAT = "privacy-assistant parcel 1"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would leave, exactly; made only by `pack`.

    `host` is where it goes, `body` the messages in order. `digest` is the SHA-256, in hex, of everything else:
    consent is given to a digest, and the gate counts it again.
    """

    id: str
    backend: str
    host: str
    zone: Zone
    body: tuple[tuple[Role, Redacted], ...] = field(repr=False)
    verdict: Verdict
    digest: str

    @property
    def needs_consent(self) -> bool:
        """Whether a person must say yes to this very parcel first."""
        return self.verdict.stance is Stance.ASK

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind were taken out of the body."""
        total: dict[str, int] = {}
        for _, redacted in self.body:
            for kind, n in redacted.counts.items():
                total[kind] = total.get(kind, 0) + n
        return dict(sorted(total.items()))

    @property
    def is_intact(self) -> bool:
        """Whether the digest is that of the content."""
        return self.digest == _digest(self.id, self.backend, self.host, self.zone, self.body, self.verdict)


def pack(
    parcel_id: str,
    verdict: Verdict,
    backend: str,
    host: str,
    zone: Zone,
    messages: Sequence[tuple[Role, Redacted]],
) -> Parcel:
    """One parcel for one back end.

    A verdict of ASK may be packed, so that there is something to consent to; STAY and REFUSE may not, and neither
    may a verdict about another back end, raw text or nothing at all: EgressDenied, naming the rule.
    """
    if verdict.stance not in (Stance.LEAVE, Stance.ASK):
        raise EgressDenied(
            f"The policy says that this must {verdict.stance}."
            if verdict.stance is Stance.STAY
            else "The policy refuses.",
            hint="See `privacy-assistant explain` for what decided.",
            rule=verdict.rule,
        )
    if verdict.backend and verdict.backend != backend:
        raise EgressDenied("The verdict is about another back end.", rule=verdict.rule)
    body = tuple(messages)
    if not body or not all(isinstance(redacted, Redacted) for _, redacted in body):
        raise EgressDenied("Only redacted messages can be packed.", rule="parcel")
    return Parcel(parcel_id, backend, host, zone, body, verdict, _digest(parcel_id, backend, host, zone, body, verdict))


def _digest(
    parcel_id: str,
    backend: str,
    host: str,
    zone: Zone,
    body: tuple[tuple[Role, Redacted], ...],
    verdict: Verdict,
) -> str:
    """Over canonical JSON: sorted keys, ASCII, no blanks. `json` escapes lone surrogates, so every text has one."""
    content = {
        "format": _FORMAT,
        "id": parcel_id,
        "backend": backend,
        "host": host,
        "zone": str(zone),
        "body": [[role.value, redacted.text] for role, redacted in body],
        "verdict": [str(verdict.stance), verdict.rule, verdict.policy_hash, verdict.backend],
    }
    encoded = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(encoded.encode("ascii")).hexdigest()
