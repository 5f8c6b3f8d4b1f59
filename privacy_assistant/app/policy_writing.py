"""Add to policy.toml what a person answered for always: behind all that stands there, in one step, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.core.settings import is_trustworthy
from privacy_assistant.errors import AssistantError, SettingsError

_LARGEST = 1024 * 1024
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


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
    real = path.resolve()
    data, found = _read(real)
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
    _replace(path, real, data, written, found)


def _read(real: Path) -> tuple[bytes, os.stat_result]:
    """The bytes and the state of a file that is its owner's own; never through a link, a pipe or a device."""
    fd = os.open(real, _OPEN | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(fd, "rb") as file:
        found = os.fstat(fd)
        is_own = not hasattr(os, "getuid") or is_trustworthy(found.st_mode, found.st_uid, os.getuid())
        if not stat.S_ISREG(found.st_mode) or not is_own:
            raise _unwritten(real, "it is not yours alone to change")
        return file.read(_LARGEST + 1), found


def _parsed(path: Path, data: bytes) -> Policy:
    try:
        return parse_policy(data, str(path))
    except AssistantError:
        raise _unwritten(path, "it would not be a policy any more") from None


def _tables(data: bytes, rules: Sequence[str], backend: str, on: date) -> bytes:
    tables = "" if data.endswith(b"\n") or not data else "\n"
    for rule in rules:
        tables += f"\n# Answered with always on {on.isoformat()}; take this out to be asked again.\n"
        tables += f"[[always]]\nrule = {_quoted(rule)}\nbackend = {_quoted(backend)}\n"
    return tables.replace("\n", "\r\n" if b"\r\n" in data else "\n").encode("utf-8")


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are among TOML's; DEL may stand in JSON and not in TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _verify(path: Path, before: Policy, after: Policy, rules: Sequence[str], backend: str) -> None:
    """The new text must say what the old one said, and these answers. Lines may not have moved either."""
    added = [(standing.rule, standing.backend) for standing in after.always[len(before.always) :]]
    kept = replace(after, always=before.always, sha256=before.sha256)
    is_kept = after.always[: len(before.always)] == before.always and kept == before
    if not is_kept or added != [(rule, backend) for rule in rules]:
        raise _unwritten(path, "it would not mean what it should")


def _replace(path: Path, real: Path, data: bytes, written: bytes, found: os.stat_result) -> None:
    draft = real.with_name(f".{real.name}.{os.urandom(6).hex()}.new")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(written)
            if hasattr(os, "fchmod"):
                if os.fstat(fd).st_gid != found.st_gid:
                    os.fchown(fd, -1, found.st_gid)
                os.fchmod(fd, stat.S_IMODE(found.st_mode))
            file.flush()
            os.fsync(fd)
        again, state = _read(real)
        if again != data or (state.st_ino, state.st_dev) != (found.st_ino, found.st_dev):
            raise _unwritten(path, "it was changed meanwhile")
        os.replace(draft, real)
    except BaseException:  # also Ctrl-C: no draft of a policy stays beside it
        draft.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # not every file system can sync a directory; the file itself is written
        directory = os.open(real.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _unwritten(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"{path} was not changed: {why}", key="always", file=str(path), hint="write the [[always]] table yourself"
    )
