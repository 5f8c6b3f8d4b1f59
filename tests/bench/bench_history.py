"""The encrypted history against plain sqlite-utils, side by side in one run: `python -m tests.bench.bench_history`.

Both hold the same messages, in the same file system, with the same journal, `synchronous` and `secure_delete`. What
is timed one by one alternates between the two, so that a busy machine slows both. Key derivation is not part of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlite_utils

from privacy_assistant.core.turn import Decision, Message, Role, Usage
from privacy_assistant.vault.purge import Predicate, purge
from privacy_assistant.vault.record import pack, title_of
from privacy_assistant.vault.roster import Roster
from tests.vault.key_fixtures import reopen_keys
from tests.vault.vault_fixtures import NOON, OpenedVault, keyring_of, opened

PER_CONVERSATION = 20
NEEDLE = "xylophone"
_WORDS = ["".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=3 + seed % 8)) for seed in range(4000)]


class PlainHistory:
    """What somebody would write without a second thought: two tables, JSON in a column, an index."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite_utils.Database(sqlite3.connect(path), execute_plugins=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            self.db.conn.execute(f"PRAGMA {pragma}")
        if "conversation" not in self.db.table_names():
            conversation: dict[str, Any] = {"id": str, "title": str, "newest": str}
            self.db.table("conversation").create(conversation, pk="id")
            message: dict[str, Any] = {"id": int, "conversation_id": str, "seq": int, "body": str}
            self.db.table("message").create(message, pk="id", foreign_keys=[("conversation_id", "conversation", "id")])
            self.db.table("message").create_index(["conversation_id", "seq"], unique=True)

    def append(self, conversation: str, seq: int, message: Message) -> None:
        """One message and the summary of its conversation, in a transaction."""
        with self.db.atomic():
            if seq == 1:
                row = {"id": conversation, "title": title_of(message.text), "newest": message.at.isoformat()}
                self.db.table("conversation").insert(row)
            else:
                self.db.table("conversation").update(conversation, {"newest": message.at.isoformat()})
            body = pack(message).decode()
            self.db.table("message").insert({"conversation_id": conversation, "seq": seq, "body": body})

    def last(self, conversation: str) -> list[Any]:
        """The last twenty, parsed."""
        rows = self.db.query(
            "SELECT body FROM message WHERE conversation_id = ? ORDER BY seq DESC LIMIT 20", (conversation,)
        )
        return [json.loads(row["body"]) for row in rows]

    def search(self, word: str) -> list[Any]:
        """A substring in all bodies."""
        rows = self.db.query("SELECT body FROM message WHERE body LIKE ? ORDER BY id DESC", (f"%{word}%",))
        return [json.loads(row["body"]) for row in rows]

    def conversations(self) -> list[Any]:
        """All conversations, newest first."""
        return list(self.db.query("SELECT * FROM conversation ORDER BY newest DESC"))

    def delete(self, conversations: list[str]) -> None:
        """Rows deleted (the pages are zeroed), the log emptied."""
        with self.db.atomic():
            for conversation in conversations:
                self.db.execute("DELETE FROM message WHERE conversation_id = ?", (conversation,))
                self.db.execute("DELETE FROM conversation WHERE id = ?", (conversation,))
        self.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def made_messages(count: int) -> list[Message]:
    """Messages of a few hundred characters, with the decision and usage of an answer on every second one."""
    dice = random.Random(1)
    messages = []
    for number in range(count):
        text = " ".join(dice.choices(_WORDS, k=dice.randint(20, 100)))
        if number % 400 == 7:
            text += f" {NEEDLE}"
        is_answer = number % 2 == 1
        messages.append(
            Message(
                role=Role.ASSISTANT if is_answer else Role.USER,
                text=text,
                at=NOON + timedelta(seconds=number),
                decision=Decision(rule="mode:local-first", answered_by="llama") if is_answer else None,
                usage=Usage(100, 50, 80, -0.5) if is_answer else None,
            )
        )
    return messages


_clock: list[Callable[[], float]] = [time.perf_counter]


def timed(work: Callable[[], object]) -> float:
    """Milliseconds on the clock that was chosen."""
    start = _clock[0]()
    work()
    return (_clock[0]() - start) * 1000


def alternating(plain: Callable[[], object], sealed: Callable[[], object], times: int) -> tuple[float, float]:
    """Medians in milliseconds of both, run in turns after one run that does not count."""
    plain()
    sealed()
    pairs = [(timed(plain), timed(sealed)) for _ in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def measure(folder: Path, count: int, singles: int) -> dict[str, tuple[float, float]]:
    """Medians (plain, sealed) by name, in milliseconds."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    results: dict[str, tuple[float, float]] = {}
    messages = made_messages(count + singles)
    with opened(home) as vault:
        plain = PlainHistory(folder / "plain.db")
        ids: list[str] = []

        def add(number: int, *, to_plain: bool) -> None:
            if number % PER_CONVERSATION == 0 and to_plain:
                ids.append(vault.history.start())
            conversation = ids[number // PER_CONVERSATION]
            if to_plain:
                plain.append(conversation, number % PER_CONVERSATION + 1, messages[number])
            else:
                vault.history.append(conversation, messages[number])

        def fill_plain() -> None:
            with plain.db.atomic():
                for number in range(count):
                    add(number, to_plain=True)

        def fill_sealed() -> None:
            with vault.database.writing(vault.keys.epoch):
                for number in range(count):
                    add(number, to_plain=False)

        bulk = timed(fill_plain), timed(fill_sealed)
        results["append, in one transaction, per message"] = (bulk[0] / count, bulk[1] / count)
        pairs = [
            (timed(partial(add, number, to_plain=True)), timed(partial(add, number, to_plain=False)))
            for number in range(count, count + singles)
        ]
        singly = [statistics.median(column) for column in zip(*pairs, strict=True)]
        results["append, one commit each"] = (singly[0], singly[1])
        dice = random.Random(2)
        results["last 20 of a conversation"] = alternating(
            lambda: plain.last(dice.choice(ids)), lambda: vault.history.last(dice.choice(ids), 20), 200
        )
        results["list of conversations"] = alternating(plain.conversations, vault.history.conversations, 7)
        results["search, all messages"] = alternating(
            lambda: plain.search(NEEDLE), lambda: vault.history.search(NEEDLE), 7
        )
        assert len(plain.search(NEEDLE)) == len(vault.history.search(NEEDLE, limit=count))
        plain.db.close()

    keys = reopen_keys(home, keyring=keyring_of(home))

    def open_plain() -> None:
        PlainHistory(folder / "plain.db").db.close()

    def open_sealed() -> None:
        vault = OpenedVault(home, keys)
        vault.database.close()

    results["open (roster checked), close"] = alternating(open_plain, open_sealed, 9)
    vault = OpenedVault(home, keys)
    results["first search after opening"] = (0.0, timed(lambda: vault.history.search(NEEDLE)))
    plain = PlainHistory(folder / "plain.db")
    results["first search after opening"] = (
        timed(lambda: plain.search(NEEDLE)),
        results["first search after opening"][1],
    )
    half = ids[: len(ids) // 2]
    results["delete / purge of half, with its self-check"] = (
        timed(lambda: plain.delete(half)),
        timed(lambda: purge(vault.database, keys, Predicate(conversations=tuple(half)))),
    )
    Roster(vault.database, keys)
    assert len(vault.history.conversations()) == len(plain.conversations()) == len(ids) - len(half)
    vault.close()
    plain.db.close()
    return results


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--singles", type=int, default=400, help="messages appended with a commit each")
    parser.add_argument("--dir", type=Path, default=None, help="where the databases are made, e.g. /dev/shm")
    parser.add_argument("--cpu", action="store_true", help="count processor time: for a machine that is busy")
    given = parser.parse_args()
    if given.cpu:
        _clock[0] = time.process_time
    with tempfile.TemporaryDirectory(dir=given.dir) as folder:
        results = measure(Path(folder), given.messages, given.singles)
    print(
        f"{given.messages} messages, {PER_CONVERSATION} in a conversation; {platform.machine()},"
        f" {os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
    unit = "ms of processor time" if given.cpu else "ms"
    print(f"\n| median, {unit} | plain sqlite-utils | sealed | ratio |\n|---|---|---|---|")
    for name, (plain, sealed) in results.items():
        print(f"| {name} | {plain:.3f} | {sealed:.3f} | {sealed / plain:.2f} |")


if __name__ == "__main__":
    main()
