"""Tests of the drawer, both kinds, and of the tokens in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_assistant.errors import RecordTampered, UsageError
from privacy_assistant.vault.drawer import DurableDrawer
from privacy_assistant.vault.memory import MemoryDrawer
from privacy_assistant.vault.tokens import SealedTokens
from tests.vault.vault_fixtures import database_of, move_epoch, opened

AnyDrawer = DurableDrawer | MemoryDrawer


@pytest.fixture(params=["memory", "durable"])
def drawer(request: pytest.FixtureRequest, home: Path) -> Iterator[AnyDrawer]:
    """Both kinds, empty."""
    if request.param == "memory":
        yield MemoryDrawer()
        return
    with opened(home) as vault:
        yield vault.drawer


def test_items_come_back_by_kind_oldest_first(drawer: AnyDrawer) -> None:
    """Each kind for itself, in the order of putting."""
    first = drawer.put("note", {"text": "Milch & süße Sahne", "n": [1, 2.5, None, True]})
    timer = drawer.put("timer", {"at": 5})
    second = drawer.put("note", {"text": "second \ud800"})
    assert drawer.items("note") == [
        (first, {"text": "Milch & süße Sahne", "n": [1, 2.5, None, True]}),
        (second, {"text": "second \ud800"}),
    ]
    assert drawer.items("timer") == [(timer, {"at": 5})]
    assert drawer.items("list") == []


def test_an_item_is_replaced_in_its_place(drawer: AnyDrawer) -> None:
    """It keeps its id and its place in the order, and may become another kind."""
    first, second = drawer.put("note", {"n": 1}), drawer.put("note", {"n": 2})
    drawer.replace(first, "note", {"n": 3})
    assert drawer.items("note") == [(first, {"n": 3}), (second, {"n": 2})]
    drawer.replace(first, "done", {"n": 4})
    assert drawer.items("note") == [(second, {"n": 2})]
    assert drawer.items("done") == [(first, {"n": 4})]


def test_an_item_is_removed_once(drawer: AnyDrawer) -> None:
    """A second time there is nothing to remove, and nothing to replace."""
    item = drawer.put("note", {"n": 1})
    assert drawer.remove(item) is True
    assert drawer.remove(item) is False
    assert drawer.remove("x|y") is False
    assert drawer.items("note") == []
    with pytest.raises(UsageError):
        drawer.replace(item, "note", {"n": 2})


def test_what_was_put_is_a_copy(drawer: AnyDrawer) -> None:
    """Changing what was given, or what was handed out, changes nothing in the drawer."""
    given = {"text": ["a"]}
    drawer.put("note", given)
    given["text"].append("b")
    handed = drawer.items("note")[0][1]
    handed["text"].append("c")
    assert drawer.items("note")[0][1] == {"text": ["a"]}


def test_what_json_cannot_hold_is_refused(drawer: AnyDrawer) -> None:
    """And nothing is kept of it."""
    for wrong in ({"x": {1, 2}}, {"x": float("inf")}):
        with pytest.raises(UsageError):
            drawer.put("note", wrong)
    assert drawer.items("note") == []


def test_a_token_is_kept_by_name(drawer: AnyDrawer) -> None:
    """A new one takes the place of the one of that name."""
    tokens = SealedTokens(drawer)
    assert tokens.get("cloud") is None
    tokens.put("cloud", "secret one")
    tokens.put("other", "secret two")
    tokens.put("cloud", "secret three")
    assert (tokens.get("cloud"), tokens.get("other")) == ("secret three", "secret two")
    assert len(drawer.items("token")) == 2


def test_tokens_are_listed_by_name_and_removed_once(drawer: AnyDrawer) -> None:
    """The list is sorted and holds no token; a second removal finds nothing."""
    tokens = SealedTokens(drawer)
    assert tokens.names() == []
    for name in ("zebra", "cloud", "zebra"):
        tokens.put(name, f"secret of {name}")
    assert tokens.names() == ["cloud", "zebra"]
    assert tokens.remove("zebra") is True
    assert tokens.remove("zebra") is False
    assert (tokens.names(), tokens.get("zebra"), tokens.get("cloud")) == (["cloud"], None, "secret of cloud")


def test_the_drawer_is_there_in_the_next_process_and_under_new_keys(home: Path) -> None:
    """Ids stay; bodies and tags are sealed anew."""
    with opened(home) as vault:
        item = vault.drawer.put("note", {"n": 1})
        before = vault.database.query("SELECT kind_tag, body FROM sealed")
        move_epoch(vault)
        assert vault.drawer.items("note") == [(item, {"n": 1})]
    with opened(home) as vault:
        assert vault.drawer.items("note") == [(item, {"n": 1})]
        [(tag, body)] = vault.database.query("SELECT kind_tag, body FROM sealed")
        assert tag != before[0][0]
        assert body != before[0][1]


def test_an_item_filed_under_another_kind_is_noticed(home: Path) -> None:
    """The tag is in clear; the kind is inside too."""
    with opened(home) as vault:
        vault.drawer.put("note", {"n": 1})
        vault.drawer.put("timer", {"n": 2})
        with vault.database.writing(None) as sql:
            sql.conn.execute("UPDATE sealed SET kind_tag = (SELECT s.kind_tag FROM sealed s ORDER BY rowid LIMIT 1)")
        with pytest.raises(RecordTampered):
            vault.drawer.items("note")


def test_an_item_put_back_is_noticed(home: Path) -> None:
    """A genuine row of yesterday in the place of today's."""
    with opened(home) as vault:
        item = vault.drawer.put("note", {"n": 1})
        [row] = vault.database.query("SELECT body FROM sealed")
        vault.drawer.replace(item, "note", {"n": 2})
    connection = sqlite3.connect(database_of(home))
    with connection:
        connection.execute("UPDATE sealed SET body = ?", row)
    connection.close()
    with pytest.raises(RecordTampered, match="note"), opened(home):
        pass
