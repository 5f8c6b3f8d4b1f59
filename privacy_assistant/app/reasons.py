"""Why an answer was made where it was, for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from privacy_assistant.core.turn import Decision


def reasons_of(decision: Decision, sent: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Why an answer was made where it was, a line each; `sent` as `sent` below gives it, where it is known."""
    lines = [
        f"answered by {decision.answered_by}" + (f" ({decision.model})" if decision.model else ""),
        f"zone {decision.zone}, wanted {decision.wanted}",
        f"verdict {decision.verdict}, rule {decision.rule}",
    ]
    if decision.findings:
        lines.append("found " + ", ".join(f"{n}× {kind}" for kind, n in decision.findings.items()))
    lines += [f"because {reason}" for reason in decision.reasons]
    lines += [f"not {name}: {why}" for name, why in decision.rejected]
    lines.append(f"policy {decision.policy_hash[:12] or 'none'}")
    left = {seq for attempt in sent if attempt["left"] for seq in attempt["ledger"]}
    if decision.ledger_seq is not None:
        left.add(decision.ledger_seq)
    lines.append(f"ledger {', '.join(map(str, sorted(left)))}" if left else "nothing left this machine")
    return lines
