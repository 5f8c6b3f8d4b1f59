"""Conversations on their way out of the vault by the person's own hand: JSON Lines or Markdown, sealed with age.

age is a format that outlives this program: anybody's `age -d` opens it. Readable text is written only where the
caller says so.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pyrage  # type: ignore[import-untyped]  # pyrage ships no stubs

from privacy_assistant.errors import UsageError, VaultError
from privacy_assistant.ports import History
from privacy_assistant.vault.record import as_json

Form = Literal["jsonl", "markdown"]


def as_lines(history: History, conversations: Sequence[str], form: Form) -> Iterator[str]:
    """The text of the export, piece by piece, one conversation in memory at a time. Raises RecordTampered."""
    known = {conversation.id: conversation for conversation in history.conversations()}
    for chosen in conversations:
        shown = known.get(chosen)
        messages = history.messages(chosen)
        if form == "markdown":
            yield f"# {(shown.title if shown else '') or 'Conversation'}\n\n"
        for stored in messages:
            message = stored.message
            if form == "jsonl":
                raw: dict[str, Any] = {"conversation": chosen, "seq": stored.seq, **as_json(message)}
                yield json.dumps(raw, ensure_ascii=False) + "\n"
            else:
                cut = ", interrupted" if message.is_cut else ""
                when = message.at.isoformat(sep=" ", timespec="minutes")
                yield f"**{message.role.value}** ({when}{cut})\n\n{message.text}\n\n"


def export(
    history: History,
    output: Path,
    *,
    form: Form = "jsonl",
    conversations: Sequence[str] | None = None,
    recipients: Sequence[str] = (),
    passphrase: str | None = None,
    is_plaintext_allowed: bool = False,
) -> int:
    """Write conversations (all without `conversations`, oldest first) to a new file of mode 0600; how many.

    Sealed for age `recipients` ("age1…") or under a passphrase; with neither only where `is_plaintext_allowed`.
    Raises UsageError for a recipient that is none and for a file that exists, VaultError when it cannot be written.
    """
    if recipients and passphrase:
        raise UsageError("an export is sealed for recipients or under a passphrase, not both")
    if not recipients and not passphrase and not is_plaintext_allowed:
        raise UsageError(
            "an export in clear can be read by anyone who gets the file", hint="--recipient age1…, or --plaintext --yes"
        )
    keys = [_recipient(word) for word in recipients]
    chosen = [row.id for row in reversed(history.conversations())] if conversations is None else list(conversations)
    lines = (line.encode("utf-8", "surrogatepass") for line in as_lines(history, chosen, form))
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        raise UsageError(f"{output} exists already", hint="choose another name, or remove it") from None
    except OSError as error:
        raise _unwritable(output, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            if keys:
                pyrage.encrypt_io(io.BufferedReader(_Reading(lines)), file, keys)
            elif passphrase:
                file.write(pyrage.passphrase.encrypt(b"".join(lines), passphrase))
            else:
                file.writelines(lines)
    except BaseException as error:
        # Half an export looks like a whole one to somebody who finds it later.
        output.unlink(missing_ok=True)
        if isinstance(error, (OSError, pyrage.EncryptError)):
            raise _unwritable(output, error) from None
        raise
    return len(chosen)


class _Reading(io.RawIOBase):
    """A readable stream over pieces of bytes, so that age seals without holding the whole export."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _recipient(word: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(word)
    except (pyrage.RecipientError, UnicodeEncodeError):
        raise UsageError(
            "this is not an age recipient", hint="one begins with 'age1'; 'age-keygen' makes one"
        ) from None


def _unwritable(output: Path, error: Exception) -> VaultError:
    reason = (error.strerror or "") if isinstance(error, OSError) else ""
    return VaultError(f"{output} cannot be written: {reason.lower() or 'sealing failed'}", hint="choose another place")
