"""Tests of the history: one contract for both kinds, and what only the encrypted one promises."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.turn import Conversation, Decision, Label, Message, Origin, Role, Usage, Zone
from privacy_assistant.errors import RecordTampered, UsageError, VaultError
from privacy_assistant.vault.database import EpochMoved
from privacy_assistant.vault.history import DurableHistory
from privacy_assistant.vault.memory import MemoryHistory
from privacy_assistant.vault.roster import ANCHOR_EVERY
from tests.vault.key_fixtures import reopen_keys
from tests.vault.vault_fixtures import (
    NOON,
    OpenedVault,
    database_of,
    fill,
    keyring_of,
    move_epoch,
    opened,
    said,
)

AnyHistory = DurableHistory | MemoryHistory

RICH = Message(
    role=Role.ASSISTANT,
    text='Grüße,\n"quoted" \\ and \u2028 \U0001f600 \ud800 end',
    at=datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    label=Label.STAY,
    origin=Origin.VOICE,
    decision=Decision(
        rule="mode:local-first",
        verdict="leave",
        zone=Zone.LAN,
        wanted=Zone.CLOUD,
        policy_hash="ab" * 32,
        answered_by="llama",
        model="a model",
        reasons=("first", "second"),
        findings={"CARD": 1, "PERSON": 2},
        rejected=(("cloud-one", "offline"), ("cloud-two", "budget")),
        redacted=3,
        estimated_cost="0.002",
        ledger_seq=7,
    ),
    usage=Usage(prompt_tokens=5, reused_tokens=3, completion_tokens=8, mean_logprob=-0.25),
    is_cut=True,
    latency_ms={"find": 1.5, "total": 200.25},
    restored=((0, 5, "PERSON"), (7, 9, "IBAN")),
)


@pytest.fixture(params=["memory", "durable"])
def history(request: pytest.FixtureRequest, home: Path) -> Iterator[AnyHistory]:
    """Both kinds, empty."""
    if request.param == "memory":
        yield MemoryHistory()
        return
    with opened(home) as vault:
        yield vault.history


@pytest.fixture
def vault(home: Path) -> Iterator[OpenedVault]:
    """An encrypted one with everything around it."""
    with opened(home) as vault:
        yield vault


def change(home: Path, script: str, parameters: tuple[object, ...] = ()) -> int:
    """What somebody does to the file with another program; how many rows it hit."""
    connection = sqlite3.connect(database_of(home))
    try:
        connection.create_function("flip", 1, lambda blob: bytes([blob[0], blob[1] ^ 1]) + blob[2:])
        with connection:
            return connection.execute(script, parameters).rowcount
    finally:
        connection.close()


def read_all(home: Path) -> list[Any]:
    """Everything a person can read of a home, opened anew."""
    with opened(home) as vault:
        rows: list[Any] = []
        for conversation in vault.history.conversations():
            rows.append(conversation)
            rows += vault.history.messages(conversation.id)
            rows.append(vault.history.attached(conversation.id, "legend"))
        rows.append(vault.drawer.items("note"))
        rows.append(vault.ledger.lines())
        return rows


# ---------------------------------------------------------------- the contract


def test_a_message_comes_back_as_it_was(history: AnyHistory) -> None:
    """Every field, and every character of the text, a lone surrogate too."""
    conversation = history.start()
    plain = said("What is the capital of France?")
    first = history.append(conversation, plain)
    second = history.append(conversation, RICH)
    assert [first.seq, second.seq] == [1, 2]
    assert history.messages(conversation) == [first, second]
    assert history.messages(conversation)[1].message == RICH
    assert history.messages(conversation)[0].message == plain


def test_nothing_is_there_before_the_first_message(history: AnyHistory) -> None:
    """A conversation that was only begun is in no list, and can be written to."""
    conversation = history.start()
    assert history.conversations() == []
    assert history.newest() is None
    assert history.messages(conversation) == []
    assert history.last(conversation, 3) == []
    with pytest.raises(UsageError):
        history.resolve(conversation)
    history.append(conversation, said("now"))
    assert history.newest() == history.resolve(conversation[:6]) == conversation


def test_ids_are_32_hex_digits_and_never_the_same(history: AnyHistory) -> None:
    """They are random, so that they tell nothing."""
    ids = {history.start() for _ in range(50)}
    assert len(ids) == 50
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in ids)


def test_an_unknown_conversation_is_a_usage_error(history: AnyHistory) -> None:
    """Every door says the same."""
    stranger = "ab" * 16
    for attempt in (
        lambda: history.messages(stranger),
        lambda: history.last(stranger, 1),
        lambda: history.append(stranger, said("x")),
        lambda: history.pin(stranger, True),
        lambda: history.attach(stranger, "legend", {}),
        lambda: history.attached(stranger, "legend"),
        lambda: history.forget(stranger),
    ):
        with pytest.raises(UsageError, match="no such conversation"):
            attempt()


def test_the_last_messages_come_in_order(history: AnyHistory) -> None:
    """`last` is the tail of `messages`, whatever is asked for."""
    conversation = history.start()
    for number in range(7):
        history.append(conversation, said(f"message {number}"))
    whole = history.messages(conversation)
    assert history.last(conversation, 3) == whole[-3:]
    assert history.last(conversation, 7) == history.last(conversation, 99) == whole
    assert history.last(conversation, 0) == history.last(conversation, -1) == []


def test_a_list_shows_the_one_written_to_last_first(history: AnyHistory) -> None:
    """Order is that of writing, not that of the clock, which may be wrong."""
    one, two = history.start(), history.start()
    history.append(one, said("first", at=NOON))
    history.append(two, said("second", at=NOON - timedelta(days=400)))
    assert [row.id for row in history.conversations()] == [two, one]
    assert history.newest() == two
    history.append(one, said("third", at=NOON - timedelta(days=500)))
    assert [row.id for row in history.conversations()] == [one, two]


def test_a_conversation_is_described_from_its_messages(history: AnyHistory) -> None:
    """Title from the first question, time of the first and of the newest message, their number."""
    conversation = history.start()
    history.append(conversation, said("Hello.", role=Role.ASSISTANT))
    history.append(conversation, said("  Where\nis\tthe   \x1b[31mcat? " + "x" * 100, at=NOON + timedelta(hours=2)))
    history.append(conversation, said("On the mat.", role=Role.ASSISTANT, at=NOON + timedelta(hours=1)))
    [shown] = history.conversations()
    assert shown == Conversation(
        id=conversation,
        title="Where is the [31mcat? " + "x" * 37 + "…",
        started=NOON,
        newest=NOON + timedelta(hours=2),
        messages=3,
    )
    assert len(shown.title) == 60


def test_pinning_shows_and_can_be_undone(history: AnyHistory) -> None:
    """A pin changes nothing else, and no clock."""
    conversation = history.start()
    with pytest.raises(UsageError):
        history.pin(conversation, True)
    history.append(conversation, said("x"))
    [before] = history.conversations()
    history.pin(conversation, True)
    history.pin(conversation, True)
    assert history.conversations() == [replace(before, is_pinned=True)]
    assert history.stats().pinned == 1
    history.append(conversation, said("y"))
    assert history.conversations()[0].is_pinned
    history.pin(conversation, False)
    assert not history.conversations()[0].is_pinned


def test_an_id_is_found_by_its_beginning(history: AnyHistory) -> None:
    """4 hex digits or more, and only where they mean one conversation."""
    ids = [history.start() for _ in range(40)]
    for conversation in ids:
        history.append(conversation, said("x"))
        assert history.resolve(conversation) == conversation
    for wrong in ("", ids[0][:3], "wxyz", ids[0].upper()[:3] + "G", "%%%%", "____"):
        with pytest.raises(UsageError):
            history.resolve(wrong)


def test_search_finds_all_words_in_any_case(history: AnyHistory) -> None:
    """Words may stand anywhere, composed or not, in any case; the newest message comes first."""
    conversation, other = history.start(), history.start()
    first = history.append(conversation, said("The Café on Straße 5 is closed", at=NOON))
    second = history.append(other, said('a "quoted" cafe\u0301 \\ backslash', at=NOON + timedelta(days=1)))
    third = history.append(conversation, said("only ascii: text role \\ user", at=NOON + timedelta(days=2)))
    assert history.search("CAFÉ") == [second, first]
    assert history.search("café", limit=1) == [second]
    assert history.search("café", limit=0) == []
    assert history.search("strasse closed") == [first]
    assert history.search("closed open") == []
    assert history.search('"quoted"') == [second]
    assert history.search("\\") == [third, second]
    assert history.search("ASCII: text") == [third]
    assert history.search("time") == history.search("seq") == history.search("role:") == []
    assert history.search("") == history.search("  \n") == []


def test_a_payload_is_kept_under_its_kind_and_replaced(history: AnyHistory) -> None:
    """Also where it is attached before the first message."""
    conversation = history.start()
    history.attach(conversation, "legend", {"early": "ü"})
    assert history.attached(conversation, "legend") == {"early": "ü"}
    history.append(conversation, said("x"))
    assert history.attached(conversation, "legend") == {"early": "ü"}
    assert history.attached(conversation, "sent") is None
    history.attach(conversation, "sent", {"1": [1, 2.5, None]})
    history.attach(conversation, "legend", {"late": True})
    history.append(conversation, said("y"))
    assert history.attached(conversation, "legend") == {"late": True}
    assert history.attached(conversation, "sent") == {"1": [1, 2.5, None]}


def test_what_json_cannot_hold_is_refused(history: AnyHistory) -> None:
    """At once, and not at the first message."""
    conversation = history.start()
    with pytest.raises(UsageError):
        history.attach(conversation, "legend", {"x": object()})
    with pytest.raises(UsageError):
        history.attach(conversation, "legend", {"x": float("nan")})


def test_a_time_without_an_offset_is_refused(history: AnyHistory) -> None:
    """A naive time would be read as another moment elsewhere."""
    conversation = history.start()
    with pytest.raises(ValueError, match="offset"):
        history.append(conversation, said("x", at=NOON.replace(tzinfo=None)))
    assert history.conversations() == []


def test_a_forgotten_conversation_is_gone(history: AnyHistory) -> None:
    """With its messages, what was attached, and its hits; the others stay."""
    one, two, begun = history.start(), history.start(), history.start()
    history.append(one, said("apple"))
    history.attach(one, "legend", {"a": 1})
    kept = history.append(two, said("apple"))
    history.forget(one)
    history.forget(begun)
    assert [row.id for row in history.conversations()] == [two]
    assert history.search("apple") == [kept]
    for gone in (one, begun):
        with pytest.raises(UsageError):
            history.messages(gone)
        with pytest.raises(UsageError):
            history.append(gone, said("x"))
        with pytest.raises(UsageError):
            history.attached(gone, "legend")


def test_temporary_conversations_work_and_are_marked(history: AnyHistory) -> None:
    """They are in the list of this process, in the order of writing, and can be forgotten."""
    lasting, fleeting = history.start(), history.start(temporary=True)
    history.append(lasting, said("apple", at=NOON))
    hit = history.append(fleeting, said("apple pie", at=NOON + timedelta(days=1)))
    history.attach(fleeting, "legend", {"a": 1})
    assert history.attached(fleeting, "legend") == {"a": 1}
    assert [(row.id, row.is_temporary) for row in history.conversations()] == [(fleeting, True), (lasting, False)]
    assert history.newest() == history.resolve(fleeting[:12]) == fleeting
    assert history.search("apple")[0] == hit
    assert history.last(fleeting, 1) == history.messages(fleeting) == [hit]
    history.pin(fleeting, True)
    history.append(lasting, said("pear"))
    assert [row.id for row in history.conversations()] == [lasting, fleeting]
    history.forget(fleeting)
    assert [row.id for row in history.conversations()] == [lasting]


def test_stats_count_what_is_kept(history: AnyHistory) -> None:
    """Conversations, messages, and the span of time."""
    assert (history.stats().conversations, history.stats().messages, history.stats().oldest) == (0, 0, None)
    one, two = history.start(), history.start()
    history.append(one, said("x", at=NOON))
    history.append(one, said("y", at=NOON + timedelta(days=3)))
    history.append(two, said("z", at=NOON + timedelta(days=1)))
    stats = history.stats()
    assert (stats.conversations, stats.messages, stats.pinned) == (2, 3, 0)
    assert (stats.oldest, stats.newest) == (NOON, NOON + timedelta(days=3))
    assert (stats.bytes > 0) is history.is_durable


# ---------------------------------------------------------------- both kinds agree

_TEXTS = st.text(alphabet=st.characters(codec="utf-16", categories=["L", "N", "P", "Zs", "Cc", "M", "So"]), max_size=40)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.booleans()),
        st.tuples(st.just("append"), st.integers(0, 5), _TEXTS, st.integers(-50_000, 50_000)),
        st.tuples(st.just("pin"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("attach"), st.integers(0, 5), st.sampled_from(["legend", "sent"]), _TEXTS),
        st.tuples(st.just("forget"), st.integers(0, 5)),
        st.tuples(st.just("search"), _TEXTS),
    ),
    max_size=14,
)


def _play(history: AnyHistory, steps: list[tuple[Any, ...]]) -> list[Any]:
    """Do the steps, and write down all that can be seen, with ids by the order of their making."""
    ids: list[str] = []
    seen: list[Any] = []

    def name(conversation: str | None) -> int | None:
        return None if conversation is None else ids.index(conversation)

    for step in steps:
        what, *rest = step
        if what == "start":
            ids.append(history.start(temporary=rest[0]))
            continue
        if what == "search":
            hits = history.search(rest[0])
            seen.append([(name(hit.conversation), hit.seq, hit.message) for hit in hits])
            continue
        if not ids:
            continue
        conversation = ids[rest[0] % len(ids)]
        try:
            if what == "append":
                history.append(conversation, said(rest[1], at=NOON + timedelta(minutes=rest[2])))
            elif what == "pin":
                history.pin(conversation, rest[1])
            elif what == "attach":
                history.attach(conversation, rest[1], {"x": rest[2]})
            else:
                history.forget(conversation)
        except UsageError:
            seen.append(("refused", what))
        seen.append([replace(row, id=str(name(row.id))) for row in history.conversations()])
        seen.append(name(history.newest()))
        for known in ids:
            try:
                seen.append([(row.seq, row.message) for row in history.messages(known)])
                seen.append([(row.seq, row.message) for row in history.last(known, 2)])
                seen.append([history.attached(known, kind) for kind in ("legend", "sent")])
            except UsageError:
                seen.append("unknown")
    return seen


@given(steps=_STEPS)
@settings(max_examples=40)
def test_the_encrypted_history_and_the_one_in_memory_agree(steps: list[tuple[Any, ...]]) -> None:
    """Whatever is done, both show the same; a search of the encrypted one checks every record besides."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "home") as vault:
        memory = _play(MemoryHistory(), steps)
        durable = _play(vault.history, steps)
        assert [_loose(part) for part in durable] == [_loose(part) for part in memory]
        vault.history.check()


def _loose(part: Any) -> Any:
    """Search results without the order of equal times."""
    if isinstance(part, list) and part and isinstance(part[0], tuple) and len(part[0]) == 3:
        return sorted(part, key=lambda hit: (hit[2].at, hit[0], hit[1]))
    return part


# ---------------------------------------------------------------- only the encrypted one


def test_what_was_appended_is_there_after_a_crash(home: Path) -> None:
    """A message that was acknowledged is on the disk: nothing has to be closed for it."""
    with opened(home) as vault:
        conversation = fill(vault, ["one", "two"])
        copy = home.parent / "copy"
        shutil.copytree(home, copy)
        shutil.copytree(home.parent / "home-keyring", home.parent / "copy-keyring")
    with opened(copy) as vault:
        assert [row.message.text for row in vault.history.messages(conversation)] == ["one", "two"]


def test_no_word_of_a_person_stands_in_the_files(home: Path) -> None:
    """Neither text, title, kind nor payload is in any byte of any file of the home."""
    words = ["xylophone", "Bärenfänger", "quixotic"]
    with opened(home) as vault:
        conversation = fill(vault, [f"first {words[0]}", words[1]])
        vault.history.attach(conversation, "zugzwang", {"k": words[2]})
        vault.drawer.put("obloquy", {"k": words[2]})
        files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        assert any(path.name.endswith("-wal") and content for path, content in files.items())
        for word in [*words, "zugzwang", "obloquy", '"user"', '"assistant"', "2026-03-14"]:
            for encoding in ("utf-8", "utf-16-le"):
                found = [path for path, content in files.items() if word.encode(encoding) in content]
                assert found == [], word


def test_temporary_conversations_are_never_written(home: Path) -> None:
    """Not one row, nor a change of a byte in the database."""
    with opened(home) as vault:
        fill(vault, ["kept"])
        counter = vault.roster.state().counter
        fleeting = vault.history.start(temporary=True)
        vault.history.append(fleeting, said("fleeting"))
        assert vault.roster.state().counter == counter
        assert vault.history.stats().conversations == 1
    with opened(home) as vault:
        assert [row.title for row in vault.history.conversations()] == ["kept"]


def test_a_policy_may_have_temporary_conversations_written(home: Path) -> None:
    """With a limit of their own instead of 0 they are kept until then, and marked for retention."""
    with opened(home, writes_temporary=True) as vault:
        fleeting = vault.history.start(temporary=True)
        vault.history.append(fleeting, said("fleeting"))
    with opened(home) as vault:
        [shown] = vault.history.conversations()
        assert (shown.id, shown.is_temporary) == (fleeting, True)


def test_the_purge_day_is_that_of_the_newest_message(vault: OpenedVault) -> None:
    """A day in UTC and no time; reading, pinning and attaching do not move it."""
    conversation = vault.history.start()
    late = datetime(2026, 3, 14, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    vault.history.append(conversation, said("x", at=late))

    def day() -> Any:
        return vault.database.query("SELECT purge_day FROM conversation")

    expected = (datetime(2026, 3, 15, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert day() == [(expected,)]
    vault.history.append(conversation, said("older", at=late - timedelta(days=9)))
    vault.history.pin(conversation, True)
    vault.history.attach(conversation, "legend", {})
    vault.history.messages(conversation)
    vault.history.search("x")
    assert day() == [(expected,)]
    vault.history.append(conversation, said("newer", at=late + timedelta(days=2)))
    assert day() == [(expected + 2,)]


def test_two_processes_write_into_one_history(home: Path) -> None:
    """Each sees what the other wrote, also in the same conversation, and no number is given twice."""
    with opened(home) as one:
        conversation = fill(one, ["from one"])
        keys = reopen_keys(home, keyring=keyring_of(home))
        two = OpenedVault(home, keys)
        for number in range(5):
            two.history.append(conversation, said(f"two {number}"))
            one.history.append(conversation, said(f"one {number}"))
        assert [row.seq for row in one.history.messages(conversation)] == list(range(1, 12))
        assert one.history.messages(conversation) == two.history.messages(conversation)
        two.close()
        assert one.history.check() == 11


def test_the_anchor_follows_at_the_first_write_every_hundred_and_at_close(home: Path) -> None:
    """It is never ahead of the database, and at most a hundred writes behind."""
    with opened(home) as vault:
        assert vault.keys.anchor() is None
        conversation = vault.history.start()
        counters = []
        for number in range(ANCHOR_EVERY + 5):
            vault.history.append(conversation, said(str(number)))
            anchor = vault.keys.anchor()
            assert anchor is not None
            counters.append(anchor.counter)
        assert sorted(set(counters)) == [1, ANCHOR_EVERY + 1]
    anchor = reopen_keys(home, keyring=keyring_of(home)).anchor()
    assert anchor is not None
    assert anchor.counter == ANCHOR_EVERY + 5


def test_the_keys_of_yesterday_neither_read_nor_write(home: Path) -> None:
    """After a purge in another process this one is told to read the keys again, and goes on when it has."""
    with opened(home) as one:
        conversation = fill(one, ["kept"])
        two = OpenedVault(home, reopen_keys(home, keyring=keyring_of(home)))
        move_epoch(two)
        two.close()
        for attempt in (
            lambda: one.history.append(conversation, said("x")),
            lambda: one.history.messages(conversation),
            lambda: one.history.search("kept"),
            lambda: one.drawer.put("note", {}),
        ):
            with pytest.raises(EpochMoved):
                attempt()
        one.keys.reload()
        one.history.append(conversation, said("again"))
        assert [row.message.text for row in one.history.messages(conversation)] == ["kept", "again"]


def test_everything_that_is_kept_survives_a_change_of_epoch(home: Path) -> None:
    """Conversations, what is attached, drawer and ledger; and the old key is needed for nothing."""
    with opened(home) as vault:
        conversation = fill(vault, ["one", "two"])
        vault.history.attach(conversation, "legend", {"a": 1})
        before = vault.history.messages(conversation)
        move_epoch(vault)
        assert vault.keys.epoch == 2
        vault.history.append(conversation, said("three"))
    with opened(home) as vault:
        assert vault.history.messages(conversation)[:2] == before
        assert vault.history.attached(conversation, "legend") == {"a": 1}
        assert vault.history.check() == 3


def test_a_payload_mac_proves_a_copy_while_its_conversation_lives(vault: OpenedVault) -> None:
    """The same for the same bytes, before and after the first message, and different elsewhere."""
    one, two = vault.history.start(), vault.history.start()
    early = vault.history.payload_mac(one, b"sent")
    vault.history.append(one, said("x"))
    vault.history.append(two, said("x"))
    assert vault.history.payload_mac(one, b"sent") == early
    assert len({early, vault.history.payload_mac(one, b"other"), vault.history.payload_mac(two, b"sent")}) == 3
    fleeting = vault.history.start(temporary=True)
    assert vault.history.payload_mac(fleeting, b"sent") != vault.history.payload_mac(fleeting, b"sent")
    vault.history.forget(one)
    with pytest.raises(UsageError):
        vault.history.payload_mac(one, b"sent")


def test_sizes_tell_the_bytes_of_each_conversation(vault: OpenedVault) -> None:
    """What is long counts more, attachments too."""
    short, long = fill(vault, ["x"]), fill(vault, ["x" * 5000])
    before = vault.roster.sizes()
    assert before[long] > before[short] + 4000
    vault.history.attach(short, "sent", {"x": "y" * 9000})
    assert vault.roster.sizes()[short] > before[short] + 8000


# ---------------------------------------------------------------- tampering

_TAMPERINGS = {
    "a message deleted": "DELETE FROM message WHERE id = 2",
    "the last message deleted": "DELETE FROM message WHERE conversation_id = :one AND seq = 4",
    "all messages of a conversation deleted": "DELETE FROM message WHERE conversation_id = :one",
    "a conversation deleted": "DELETE FROM conversation WHERE id = :one",
    "messages renumbered": "UPDATE message SET seq = 9 WHERE conversation_id = :one AND seq = 4",
    "a message moved": "UPDATE message SET conversation_id = :two, seq = 5 WHERE conversation_id = :one AND seq = 4",
    "a message doubled": "INSERT INTO message (conversation_id, seq, version, body)"
    " SELECT conversation_id, 5, version, body FROM message WHERE conversation_id = :one AND seq = 4",
    "two bodies swapped": "UPDATE message SET body = (SELECT m.body FROM message m"
    " WHERE m.conversation_id = message.conversation_id AND m.seq = 5 - message.seq)",
    "a version changed": "UPDATE message SET version = 2 WHERE seq = 1",
    "a body changed": "UPDATE message SET body = flip(body) WHERE seq = 2",
    "a body cut": "UPDATE message SET body = substr(body, 1, 20) WHERE seq = 2",
    "a body emptied": "UPDATE message SET body = x'' WHERE seq = 2",
    "a head changed": "UPDATE conversation SET head = flip(head) WHERE id = :one",
    "a head of another": "UPDATE conversation SET head = (SELECT head FROM conversation WHERE id = :two)",
    "a key of another": "UPDATE conversation SET wrapped_dek = (SELECT wrapped_dek FROM conversation WHERE id = :two)",
    "a pin set": "UPDATE conversation SET pinned = 1 WHERE id = :one",
    "a purge day moved": "UPDATE conversation SET purge_day = purge_day + 400 WHERE id = :one",
    "a row's epoch changed": "UPDATE conversation SET epoch = 2 WHERE id = :one",
    "an id changed": "UPDATE conversation SET id = replace(id, substr(id, 1, 1), '|') WHERE id = :empty",
    "an attachment deleted": "DELETE FROM attachment",
    "an attachment changed": "UPDATE attachment SET body = flip(body)",
    "an attachment versioned": "UPDATE attachment SET version = version + 1",
    "an item deleted": "DELETE FROM sealed",
    "an item doubled": "INSERT INTO sealed SELECT replace(id, substr(id, 1, 1), 'f'), kind_tag, epoch, body FROM sealed"
    " WHERE id NOT LIKE 'f%'",
    "an item changed": "UPDATE sealed SET body = flip(body)",
    "an item's tag changed": "UPDATE sealed SET kind_tag = flip(kind_tag)",
    "a ledger line deleted": "DELETE FROM ledger",
    "a ledger line changed": "UPDATE ledger SET body = flip(body)",
    "the epoch changed": "UPDATE meta SET value = 7 WHERE key = 'epoch'",
    "the epoch of another type": "UPDATE meta SET value = 'x' WHERE key = 'epoch'",
    "the epoch deleted": "DELETE FROM meta WHERE key = 'epoch'",
    "the roster deleted": "DELETE FROM meta WHERE key = 'roster'",
    "the roster changed": "UPDATE meta SET value = flip(value) WHERE key = 'roster'",
    "the roster of another type": "UPDATE meta SET value = 5 WHERE key = 'roster'",
    "everything deleted": "DELETE FROM meta",
}


def _furnished(home: Path) -> dict[str, str]:
    """A home with something in every table; the ids that the scripts above speak of."""
    from tests.vault.test_ledger import line

    with opened(home) as vault:
        one = fill(vault, ["alpha", "beta", "gamma", "delta"])
        two = fill(vault, ["eins", "zwei", "drei", "vier"])
        vault.history.attach(one, "legend", {"a": "b"})
        vault.history.attach(one, "legend", {"a": "c"})
        if not vault.drawer.put("note", {"text": "milk"}).startswith("f"):
            vault.drawer.put("note", {"text": "bread"})
        vault.ledger.append(line(1))
    return {"one": one, "two": two, "empty": one}


@pytest.mark.parametrize("what", sorted(_TAMPERINGS))
def test_tampering_is_noticed(home: Path, what: str) -> None:
    """Rows deleted, swapped, moved, cut or changed in the closed file: an error, and never a wrong text."""
    ids = _furnished(home)
    before = read_all(home)
    script = _TAMPERINGS[what]
    assert read_all(home) == before
    named = {name: ids[name] for name in ids if f":{name}" in script}
    connection = sqlite3.connect(database_of(home))
    connection.create_function("flip", 1, lambda blob: bytes([blob[0], blob[1] ^ 1]) + blob[2:])
    connection.execute("PRAGMA foreign_keys = OFF")
    with connection:
        hit = connection.execute(script, named).rowcount
    connection.close()
    if hit == 0:
        pytest.skip("the random id did not give this script a row")
    with pytest.raises(VaultError):
        read_all(home)


def test_a_message_put_back_from_another_branch_is_noticed(home: Path) -> None:
    """The same place and key, another text, genuine in its day: the chain in the head does not hold it."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
        branch = home.parent / "branch"
        shutil.copytree(home, branch)
        shutil.copytree(home.parent / "home-keyring", home.parent / "branch-keyring")
        vault.history.append(conversation, said("two"))
        vault.history.append(conversation, said("three"))
    with opened(branch) as vault:
        vault.history.append(conversation, said("not two"))
        [(body,)] = vault.database.query("SELECT body FROM message WHERE seq = 2")
    assert change(home, "UPDATE message SET body = ? WHERE seq = 2", (body,)) == 1
    with opened(home) as vault:
        with pytest.raises(RecordTampered):
            vault.history.messages(conversation)
        with pytest.raises(RecordTampered):
            vault.history.last(conversation, 2)
        with pytest.raises(RecordTampered):
            vault.history.search("anything")
        assert [row.message.text for row in vault.history.last(conversation, 1)] == ["three"]


def test_a_last_message_put_back_from_another_branch_is_noticed(home: Path) -> None:
    """No later message vouches for it; the head does."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
        branch = home.parent / "branch"
        shutil.copytree(home, branch)
        shutil.copytree(home.parent / "home-keyring", home.parent / "branch-keyring")
        vault.history.append(conversation, said("two"))
    with opened(branch) as vault:
        vault.history.append(conversation, said("not two"))
        [(body,)] = vault.database.query("SELECT body FROM message WHERE seq = 2")
    assert change(home, "UPDATE message SET body = ? WHERE seq = 2", (body,)) == 1
    with opened(home) as vault:
        with pytest.raises(RecordTampered):
            vault.history.last(conversation, 1)
        with pytest.raises(RecordTampered):
            vault.history.messages(conversation)


def test_an_attachment_put_back_is_noticed(home: Path) -> None:
    """The legend of yesterday, genuine in its day, would put back the wrong names."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
        vault.history.attach(conversation, "legend", {"a": 1})
        [old] = vault.database.query("SELECT version, body FROM attachment")
        vault.history.attach(conversation, "legend", {"a": 2})
    assert change(home, "UPDATE attachment SET version = ?, body = ?", old) == 1
    with opened(home) as vault, pytest.raises(RecordTampered):
        vault.history.attached(conversation, "legend")


def test_a_message_of_no_conversation_is_noticed(home: Path) -> None:
    """A row that belongs to nobody was not written by us; a whole read says so."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
    orphan = "INSERT INTO message (conversation_id, seq, version, body) SELECT ?, 1, 1, body FROM message"
    assert change(home, orphan, ("f" * 32,)) == 1
    with opened(home) as vault:
        assert len(vault.history.messages(conversation)) == 1
        with pytest.raises(RecordTampered):
            vault.history.search("nothing")
        with pytest.raises(RecordTampered):
            vault.history.check()


def test_a_conversation_put_back_whole_is_noticed(home: Path) -> None:
    """Row, messages and all as they were before: every record is genuine, the roster knows better."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
        [(old_head,)] = vault.database.query("SELECT head FROM conversation")
        vault.history.append(conversation, said("two"))
    change(home, "UPDATE conversation SET head = ?", (old_head,))
    change(home, "DELETE FROM message WHERE seq = 2")
    with pytest.raises(RecordTampered), opened(home):
        pass


def test_a_file_rolled_back_is_noticed(home: Path) -> None:
    """The whole database as it was before is behind the anchor in the key store."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
    old = database_of(home).read_bytes()
    with opened(home) as vault:
        vault.history.append(conversation, said("two"))
    database_of(home).write_bytes(old)
    with pytest.raises(RecordTampered, match="older than its key store") as caught, opened(home):
        pass
    assert caught.value.hint


def test_a_database_that_is_gone_is_noticed(home: Path) -> None:
    """An empty one in its place does not pass for the history."""
    with opened(home) as vault:
        fill(vault, ["one"])
    database_of(home).unlink()
    with pytest.raises(RecordTampered, match="gone"), opened(home):
        pass


def test_another_branch_of_the_same_age_is_noticed(home: Path) -> None:
    """As many writes, other content: the MAC in the anchor differs."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
    branch = home.parent / "branch"
    shutil.copytree(home, branch)
    shutil.copytree(home.parent / "home-keyring", home.parent / "branch-keyring")
    for place, text in ((home, "two"), (branch, "not two")):
        with opened(place) as vault:
            vault.history.append(conversation, said(text))
    shutil.copy(database_of(branch), database_of(home))
    with pytest.raises(RecordTampered, match="not the one that the key store remembers"), opened(home):
        pass


def test_a_crash_after_the_anchor_is_no_rollback(home: Path) -> None:
    """A database ahead of its anchor is fine: the process ended before it could write it."""
    with opened(home) as vault:
        conversation = fill(vault, ["one"])
        keys_then = (home / "keys").read_bytes()
        vault.history.append(conversation, said("two"))
    (home / "keys").write_bytes(keys_then)
    with opened(home) as vault:
        assert len(vault.history.messages(conversation)) == 2


def test_flipped_bits_never_give_a_wrong_text(home: Path) -> None:
    """Bits flipped all over the file: everything reads as before, or it is an error of ours."""
    _furnished(home)
    path = database_of(home)
    whole = path.read_bytes()
    before = read_all(home)
    whole = path.read_bytes()
    dice = random.Random(20260314)
    noticed = 0
    for _ in range(250):
        position = dice.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[position] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        try:
            after = read_all(home)
        except VaultError:
            noticed += 1
        else:
            assert after == before, position
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    assert noticed > 0
