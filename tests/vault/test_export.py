"""Tests of the export: sealed with age, or readable where that is said."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pyrage  # type: ignore[import-untyped]  # pyrage ships no stubs
import pytest

from privacy_assistant.core.turn import Role, StoredMessage
from privacy_assistant.errors import AssistantError, UsageError, VaultError
from privacy_assistant.vault.export import export
from privacy_assistant.vault.memory import MemoryHistory
from privacy_assistant.vault.record import from_json
from tests.vault.vault_fixtures import opened, said


@pytest.fixture
def history() -> MemoryHistory:
    """Two conversations."""
    history = MemoryHistory()
    one, two = history.start(), history.start()
    history.append(one, said("What is a quine?"))
    history.append(one, said("A program that prints itself. \ud800", role=Role.ASSISTANT))
    history.append(two, said("Grüße"))
    return history


def test_nothing_is_written_in_clear_without_a_word(history: MemoryHistory, tmp_path: Path) -> None:
    """No recipient, no passphrase and no explicit leave: no file."""
    with pytest.raises(UsageError, match="in clear"):
        export(history, tmp_path / "out")
    with pytest.raises(UsageError, match="not both"):
        export(history, tmp_path / "out", recipients=["age1x"], passphrase="x")
    assert list(tmp_path.iterdir()) == []


def test_json_lines_hold_every_message(history: MemoryHistory, tmp_path: Path) -> None:
    """One object per message, in order, oldest conversation first; only the owner can read the file."""
    output = tmp_path / "out.jsonl"
    assert export(history, output, is_plaintext_allowed=True) == 2
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    rows = [json.loads(line) for line in output.read_bytes().decode("utf-8", "surrogatepass").splitlines()]
    expected = [row for shown in reversed(history.conversations()) for row in history.messages(shown.id)]
    assert [(row["conversation"], row["seq"], from_json(row)) for row in rows] == [
        (row.conversation, row.seq, row.message) for row in expected
    ]


def test_markdown_is_to_be_read(history: MemoryHistory, tmp_path: Path) -> None:
    """Title, who, when, what; one conversation alone where one is named."""
    output = tmp_path / "out.md"
    newest = history.newest()
    assert newest is not None
    assert export(history, output, form="markdown", conversations=[newest], is_plaintext_allowed=True) == 1
    assert output.read_text() == "# Grüße\n\n**user** (2026-03-14 12:00+00:00)\n\nGrüße\n\n"


def test_age_seals_for_a_recipient(home: Path, tmp_path: Path) -> None:
    """The identity opens it to what a readable export holds; no word stands in the file."""
    identity = pyrage.x25519.Identity.generate()
    with opened(home) as vault:
        conversation = vault.history.start()
        for number in range(30):
            vault.history.append(conversation, said(f"xylophone {number} " + "x" * 5000))
        export(vault.history, tmp_path / "sealed", recipients=[str(identity.to_public())])
        export(vault.history, tmp_path / "clear", is_plaintext_allowed=True)
    sealed = (tmp_path / "sealed").read_bytes()
    assert b"xylophone" not in sealed
    assert stat.S_IMODE((tmp_path / "sealed").stat().st_mode) == 0o600
    assert pyrage.decrypt(sealed, [identity]) == (tmp_path / "clear").read_bytes()


def test_age_seals_under_a_passphrase(history: MemoryHistory, tmp_path: Path) -> None:
    """For a person who has no age identity."""
    export(history, tmp_path / "sealed", passphrase="correct horse")
    opened_again = pyrage.passphrase.decrypt((tmp_path / "sealed").read_bytes(), "correct horse")
    assert b"What is a quine?" in opened_again


def test_a_wrong_recipient_is_one_line(history: MemoryHistory, tmp_path: Path) -> None:
    """And no file is left behind."""
    with pytest.raises(UsageError, match="age recipient") as caught:
        export(history, tmp_path / "out", recipients=["age1nonsense"])
    assert "nonsense" not in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_not_overwritten(history: MemoryHistory, tmp_path: Path) -> None:
    """Nor is a link followed."""
    output = tmp_path / "out"
    output.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    for place in (output, link):
        with pytest.raises(UsageError, match="exists already"):
            export(history, place, is_plaintext_allowed=True)
    assert output.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_place_that_cannot_be_written_is_one_line(history: MemoryHistory, tmp_path: Path) -> None:
    """A missing directory, with its name."""
    with pytest.raises(VaultError, match="cannot be written") as caught:
        export(history, tmp_path / "missing" / "out", is_plaintext_allowed=True)
    assert caught.value.hint


@pytest.mark.parametrize("is_sealed", [True, False])
def test_half_an_export_is_removed(history: MemoryHistory, tmp_path: Path, is_sealed: bool) -> None:
    """When a conversation does not open, no file is left that looks whole."""

    class Broken(MemoryHistory):
        """One whose second conversation fails."""

        def messages(self, conversation: str) -> list[StoredMessage]:
            raise VaultError("damaged")

    broken = Broken()
    broken.append(broken.start(), said("x"))
    recipients = [str(pyrage.x25519.Identity.generate().to_public())] if is_sealed else []
    with pytest.raises(AssistantError):
        export(broken, tmp_path / "out", recipients=recipients, is_plaintext_allowed=not is_sealed)
    assert list(tmp_path.iterdir()) == []
