"""`purge-history` at the command line: what is removed is in no byte, and nothing else is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.faces.conftest import Person

WORDS = "My zebra is called Quagmire"


def sealed_bodies(home: Path) -> list[bytes]:
    """Every ciphertext of the history, as it lies in the database."""
    with sqlite3.connect(home / "history.db") as database:
        rows = database.execute(
            "SELECT body FROM message UNION ALL SELECT head FROM conversation"
            " UNION ALL SELECT wrapped_dek FROM conversation"
        ).fetchall()
    database.close()
    return [row[0] for row in rows]


def test_after_a_purge_neither_words_nor_ciphertexts_are_in_any_byte(person: Person) -> None:
    """All conversations removed: the words, the sealed bodies, heads and wrapped keys are in no file of the home."""
    person.types("ask", WORDS)
    bodies = sealed_bodies(person.home)
    assert len(bodies) == 4
    assert all(body in person.every_byte() for body in bodies)
    shown = person.types("purge-history", "--all", "--yes", "--json")
    assert shown.code == 0
    assert shown.json["removed"]["messages"] == 2
    assert shown.json["physical"] == "done"
    left = person.every_byte()
    assert not any(body in left or body[:16] in left for body in bodies)
    for form in (WORDS.encode(), WORDS.lower().encode(), WORDS.encode("utf-16-le")):
        assert form not in left
    assert person.types("history", "list", "--json").json == []


def test_notes_and_timers_outlive_a_purge_of_all_conversations(person: Person) -> None:
    """--all keeps the drawer, --everything takes it."""
    person.types("ask", "add oat milk to my shopping list")
    person.types("purge-history", "--all", "--yes")
    assert "oat milk" in person.types("ask", "what is on my shopping list").out
    person.types("purge-history", "--everything", "--yes")
    assert "oat milk" not in person.types("ask", "what is on my shopping list").out


def test_one_conversation_is_removed_and_the_other_stays(person: Person) -> None:
    """--conversation takes the one that was named by its first digits."""
    first = person.types("ask", WORDS, "--json").json["conversation"]
    second = person.types("ask", "What is 2+2?", "--json").json["conversation"]
    assert person.types("purge-history", "--conversation", first[:8], "--yes").code == 0
    assert [row["conversation"] for row in person.types("history", "list", "--json").json] == [second]


def test_a_dry_run_counts_and_removes_nothing(person: Person) -> None:
    """--dry-run: the counts of what would go, and everything is still there."""
    person.types("ask", "What is 2+2?")
    shown = person.types("purge-history", "--all", "--dry-run", "--json")
    assert shown.json["removed"]["conversations"] == 1
    assert len(person.types("history", "list", "--json").json) == 1


def test_pinned_conversations_can_be_kept(person: Person) -> None:
    """--keep-pinned leaves the pinned one alone."""
    pinned = person.types("ask", "What is 2+2?", "--json").json["conversation"]
    person.types("history", "pin", pinned)
    person.types("ask", "What is 3+3?")
    person.types("purge-history", "--all", "--keep-pinned", "--yes")
    assert [row["conversation"] for row in person.types("history", "list", "--json").json] == [pinned]


def test_without_a_yes_and_without_a_terminal_nothing_is_removed(person: Person) -> None:
    """No --yes: exit 2, everything still there."""
    person.types("ask", "What is 2+2?")
    assert person.types("purge-history", "--all").code == 2
    assert len(person.types("history", "list", "--json").json) == 1


def test_an_open_reader_makes_it_pending_and_the_next_start_finishes(person: Person) -> None:
    """A reader in a transaction: exit 3; once it ends, the next command finishes the purge."""
    person.types("ask", WORDS)
    bodies = sealed_bodies(person.home)
    reader = sqlite3.connect(person.home / "history.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM message").fetchall()
    shown = person.types("purge-history", "--all", "--yes", "--wait", "0", "--json")
    assert shown.code == 3
    assert shown.json["physical"] == "pending"
    assert person.types("history", "list", "--json").json == []
    reader.close()
    assert person.types("history", "list").code == 0
    left = person.every_byte()
    assert not any(body in left for body in bodies)


def test_a_wrong_option_of_time_is_a_usage_error(person: Person) -> None:
    """--older-than soon: exit 2, one line."""
    shown = person.types("purge-history", "--older-than", "soon", "--yes")
    assert shown.code == 2
    assert len(shown.err.splitlines()) == 1


def test_nothing_chosen_is_a_usage_error_that_lists_the_choices(person: Person) -> None:
    """No selection: exit 2 and what could be said."""
    person.types("ask", "What is 2+2?")
    shown = person.types("purge-history", "--yes")
    assert shown.code == 2
    assert "--all" in shown.err


def test_an_empty_home_has_nothing_to_remove(person: Person) -> None:
    """No key store: exit 0, said so, nothing made."""
    shown = person.types("purge-history", "--all", "--yes", with_key=False)
    assert shown.code == 0
    assert not any(person.home.iterdir())


def test_panic_destroys_keys_and_files_at_once(person: Person) -> None:
    """--panic needs no passphrase and leaves neither database nor key store."""
    person.types("ask", WORDS)
    shown = person.types("purge-history", "--panic", "--yes", with_key=False)
    assert shown.code == 0
    assert not (person.home / "history.db").exists()
    assert not (person.home / "keys.store").exists()


def test_rotate_moves_everything_to_new_keys(person: Person) -> None:
    """key rotate: the same words under other keys."""
    person.types("ask", WORDS)
    before = sealed_bodies(person.home)
    assert person.types("key", "rotate").code == 0
    assert person.types("key", "status", "--json").json["epoch"] == 2
    assert len(person.types("history", "search", "quagmire", "--json").json) >= 1
    wrapped = before[-1]
    assert wrapped not in person.every_byte()


def test_the_log_holds_rules_and_times_and_no_word(person: Person) -> None:
    """After answers, skills and errors: the log is there, private, and knows nothing of what was said."""
    person.types("ask", WORDS, "-v")
    person.types("ask", WORDS, "--cloud")
    (file,) = (person.home / "log").iterdir()
    text = file.read_text()
    assert "answered by=local" in text
    assert "failed kind=EgressDenied code=4 rule=policy:absent" in text
    assert "zebra" not in text.lower()
    assert file.stat().st_mode & 0o077 == 0
