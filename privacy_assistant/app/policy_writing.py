"""Add to policy.toml what a person answered for always: behind all that stands there, in one step, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from privacy_assistant.app.own_file import OwnFile
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.core.toml_change import quoted
from privacy_assistant.errors import AssistantError, SettingsError

_HINT = "write the [[always]] table yourself"


def append_always(path: Path, rules: Sequence[str], backend: str, *, sha256: str, on: date) -> None:
    """Append one `[[always]]` table for each rule that has none yet, with the date in a comment.

    `sha256` is the hash of the policy that the person was asked under. Every byte of the file stays where it is, its
    mode and its owner too; a link stays a link. What would be read from the new file is compared with what is meant
    before it takes the place of the old one. Raises SettingsError, after which nothing was changed.
    """
    try:
        _append(path, rules, backend, sha256, on)
    except UnicodeEncodeError:
        raise _unwritten(path, "it would not be a policy any more") from None
    except OSError as error:
        raise _unwritten(path, error.strerror or "input/output error") from None


def _append(path: Path, rules: Sequence[str], backend: str, sha256: str, on: date) -> None:
    file = OwnFile(path, "always", _HINT)
    data, found = file.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _unwritten(path, "it was changed meanwhile")
    policy = _parsed(path, data)
    fresh = [rule for rule in dict.fromkeys(rules) if not policy.answers_always(rule, policy.backend(backend))]
    if policy.backend(backend) is None or not rules:
        raise _unwritten(path, "it has no such back end")
    if not fresh:
        return
    written = data + _tables(data, fresh, backend, on)
    _verify(path, policy, _parsed(path, written), fresh, backend)
    file.replace(data, written, found)


def _parsed(path: Path, data: bytes) -> Policy:
    try:
        return parse_policy(data, str(path))
    except AssistantError:
        raise _unwritten(path, "it would not be a policy any more") from None


def _tables(data: bytes, rules: Sequence[str], backend: str, on: date) -> bytes:
    tables = "" if data.endswith(b"\n") or not data else "\n"
    for rule in rules:
        tables += f"\n# Answered with always on {on.isoformat()}; take this out to be asked again.\n"
        tables += f"[[always]]\nrule = {quoted(rule)}\nbackend = {quoted(backend)}\n"
    return tables.replace("\n", "\r\n" if b"\r\n" in data else "\n").encode("utf-8")


def _verify(path: Path, before: Policy, after: Policy, rules: Sequence[str], backend: str) -> None:
    """The new text must say what the old one said, and these answers. Lines may not have moved either."""
    added = [(standing.rule, standing.backend) for standing in after.always[len(before.always) :]]
    kept = replace(after, always=before.always, sha256=before.sha256)
    is_kept = after.always[: len(before.always)] == before.always and kept == before
    if not is_kept or added != [(rule, backend) for rule in rules]:
        raise _unwritten(path, "it would not mean what it should")


def _unwritten(path: Path, why: str) -> SettingsError:
    return OwnFile(path, "always", _HINT).unchanged(why)
