"""The log: what was done and how long it took; never what was said. Rotating, 5 files of 256 kB at most.

Only fixed words, names of rules, counts and times go in. There is no log where nothing is kept.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
from pathlib import Path
from typing import Protocol

from privacy_assistant.core.exchange import Reply
from privacy_assistant.core.settings import Level
from privacy_assistant.errors import AssistantError

_BYTES = 256 * 1024
_FILES = 5
_BUILT_IN = re.compile(r"(?:skill|[a-z]+:[A-Za-z_]+)?")


class Journal(Protocol):
    """What the house writes down."""

    def answered(self, reply: Reply) -> None:
        """An answer was made."""

    def failed(self, error: AssistantError) -> None:
        """Something did not work."""

    def close(self) -> None: ...


class NoJournal:
    """For a house that keeps nothing."""

    def answered(self, reply: Reply) -> None:
        """Nothing."""

    def failed(self, error: AssistantError) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class FileJournal:
    """A rotating file, mode 0600, of one home."""

    def __init__(self, path: Path, level: Level) -> None:
        """Raises OSError when the file cannot be opened."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A handler of our own and no logger: the root logger belongs to whoever imports this package.
        self._handler = _Private(path, maxBytes=_BYTES, backupCount=_FILES - 1, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
        self._level = getattr(logging, level.name)

    def answered(self, reply: Reply) -> None:
        """One line: who, where, which rule; at debug also the times and the counts."""
        decision = reply.decision
        self._write(
            logging.INFO,
            f"answered by={decision.answered_by} zone={decision.zone} wanted={decision.wanted} "
            f"rule={_word(decision.rule)} cut={reply.is_cut}",
        )
        times = " ".join(f"{name}={ms:.1f}ms" for name, ms in reply.latency_ms.items())
        counts = " ".join(f"{kind}={n}" for kind, n in decision.findings.items())
        self._write(logging.DEBUG, f"times {times} found {counts or 'nothing'}")

    def failed(self, error: AssistantError) -> None:
        """One line: the kind of the error and its exit code; its message may name a file, so it stays out."""
        self._write(logging.ERROR, f"failed kind={error.kind} code={int(error.exit_code)} rule={_word(error.rule)}")

    def close(self) -> None:
        """Close the file."""
        self._handler.close()

    def _write(self, level: int, line: str) -> None:
        if level >= self._level:
            self._handler.handle(logging.LogRecord("privacy_assistant", level, "", 0, line, None, None))


class _Private(logging.handlers.RotatingFileHandler):
    """Makes its files readable by their owner alone, and never reports a full disk on the person's screen."""

    def _open(self):  # type: ignore[no-untyped-def] # the stream's type is private to logging
        before = os.umask(0o077)
        try:
            return super()._open()
        finally:
            os.umask(before)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """A log that cannot be written stops nothing and says nothing."""


def _word(rule: str) -> str:
    """A rule's name is the person's own text: what is built in is shown, their rules by kind alone."""
    return rule or "-" if _BUILT_IN.fullmatch(rule) else "own-rule"
