"""What a rule's own score is worth: the share of such findings that were right when they were counted.

The rules give scores that order them where two overlap. Here they become shares, so that "0.9" means that nine of ten
are right. Counted by `tests/bench/calibrate_rules.py` over generated sets and prose; docs/decisions/0005 has the table,
the mixture of texts that it holds for, and which rules were too rare to be counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from privacy_assistant.core.kinds import Finding

SHARES: Mapping[tuple[str, float], float] = {
    ("rule:address", 0.80): 0.98,
    ("rule:address", 0.85): 0.96,
    ("rule:address-town", 0.75): 0.97,
    ("rule:date", 0.50): 0.87,
    ("rule:digits-spoken", 0.60): 0.98,
    ("rule:dob-cue", 0.85): 0.94,
    ("rule:licence-form", 0.50): 0.95,
    ("rule:name-cue", 0.80): 0.96,
    ("rule:national", 0.80): 0.95,
    ("rule:passport-form", 0.50): 0.95,
    ("rule:password-form", 0.50): 0.95,
    ("rule:phone-shape", 0.80): 0.98,
    ("rule:zip-cue", 0.85): 0.97,
}
"""(rule, its score) → share. Where even the prose had no false alarm no more than 0.98 is claimed."""


def calibrated(finding: Finding) -> Finding:
    """The finding with a score that is a share; as it is where its rule was not counted."""
    share = SHARES.get((finding.by, round(finding.score, 2)))
    return finding if share is None else replace(finding, score=share)
