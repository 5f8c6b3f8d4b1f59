"""Everything that is kept, moved from one epoch to the next: the part of a purge that is about rows.

The purge deletes rows (SQL is enough for that) and calls `rekey` in the same transaction; after it nothing in the
database needs the old epoch's key, and roster, ledger chain and anchor speak of what is left.
"""

from __future__ import annotations

from privacy_assistant.errors import RecordTampered, VaultError
from privacy_assistant.vault import drawer, ledger, roster
from privacy_assistant.vault.database import Database
from privacy_assistant.vault.keys import Anchor, Keys


def rekey(database: Database, keys: Keys, *, old: int, new: int, is_damage_accepted: bool = False) -> Anchor:
    """Re-wrap and re-seal every row that is left, and set the epoch; call inside `database.writing(None)`.

    Conversations keep their keys, which are wrapped anew (2 µs each); the drawer, the ledger and the roster are
    sealed anew. Returns the anchor to note once the transaction is committed. Raises RecordTampered where a row
    that is kept does not open, and where the roster does not, unless `is_damage_accepted`: then a roster is made
    from what is there (for a person who purges because the database is damaged).
    """
    if database.epoch() not in (old, None):
        raise VaultError("the history is not at the epoch that this purge leaves", hint="run 'purge-history' again")
    state = _state(database, keys, old, is_damage_accepted)
    run = database.sql.conn.execute

    for conversation, epoch, wrapped, *_ in database.query(
        "SELECT id, epoch, wrapped_dek FROM conversation", (), (str, int, bytes)
    ):
        dek = keys.unwrap(wrapped, conversation, epoch)
        run(
            "UPDATE conversation SET epoch = ?, wrapped_dek = ? WHERE id = ?",
            (new, keys.wrap(dek, conversation, epoch=new), conversation),
        )
    for row in database.query("SELECT id, kind_tag, epoch, body FROM sealed", (), (str, bytes, int, bytes)):
        item, tag, epoch, body = drawer.seal_item(keys, new, row[0], *drawer.open_item(keys, row))
        run("UPDATE sealed SET kind_tag = ?, epoch = ?, body = ? WHERE id = ?", (tag, epoch, body, item))
    _shorten(database, keys, old, new, state.ledger)

    state.counter += 1
    state.conversations, state.drawer = roster.tally(database, keys, new)
    roster.write(database, keys, new, state)
    return roster.anchor_of(keys, new, state)


def current_anchor(database: Database, keys: Keys, epoch: int) -> Anchor:
    """The anchor of a database that is at `epoch` already: for a purge that was interrupted after its commit."""
    with database.reading():
        return roster.anchor_of(keys, epoch, roster.read(database, keys, epoch))


def _state(database: Database, keys: Keys, old: int, is_damage_accepted: bool) -> roster.State:
    try:
        return roster.read(database, keys, old)
    except RecordTampered:
        if not is_damage_accepted:
            raise
    anchor = keys.anchor()
    state = roster.State(counter=anchor.counter if anchor else 0)
    lines = database.query("SELECT seq, body FROM ledger ORDER BY seq", (), (int, bytes))
    if lines:
        (first, before), (last, now) = lines[0], lines[-1]
        state.ledger = roster.Chain(
            first=first,
            before=ledger.open_line(keys, old, first, before)["before"],
            last=last,
            now=ledger.open_line(keys, old, last, now)["now"],
        )
    return state


def _shorten(database: Database, keys: Keys, old: int, new: int, chain: roster.Chain) -> None:
    """Re-seal the lines that are left, and move the checkpoint to the first of them."""
    rows = database.query("SELECT seq, body FROM ledger ORDER BY seq", (), (int, bytes))
    opened = [(seq, ledger.open_line(keys, old, seq, body)) for seq, body in rows]
    if opened:
        chain.first, chain.before = opened[0][0], opened[0][1]["before"]
    else:
        chain.first, chain.before = chain.last + 1, chain.now
    ledger.walk(keys, old, rows, chain)
    for seq, line in opened:
        database.sql.conn.execute(
            "UPDATE ledger SET body = ? WHERE seq = ?", (ledger.seal_line(keys, new, seq, line), seq)
        )
