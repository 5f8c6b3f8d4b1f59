"""The part of a file that is here, and the note beside it."""

from __future__ import annotations

from hashlib import md5, sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy_assistant.egress.partial import BESIDE, Mark, Partial

MARK = Mark("the address", 10, '"a"', "c" * 40, "d" * 64)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=50), max_size=8), at=st.integers(0, 8))
def test_the_digest_is_that_of_what_lies_there(tmp_path: Path, pieces: list[bytes], at: int) -> None:
    """However it was written, and read again by another run in between."""
    path = tmp_path / "file"
    path.unlink(missing_ok=True)
    whole = b"".join(pieces)
    for some in (pieces[:at], pieces[at:]):
        with Partial(str(path), with_md5=True) as file:
            file.read_again(lambda: None)
            for piece in some:
                file.write(piece)
            assert (file.have, file.came) == (path.stat().st_size, len(b"".join(some)))
    assert path.read_bytes() == whole
    with Partial(str(path), with_md5=True) as file:
        file.read_again(lambda: None)
        assert file.sha256 == sha256(whole).hexdigest()
        assert file.md5 == md5(whole, usedforsecurity=False).hexdigest()


def test_a_file_that_begins_anew_has_nothing_of_the_old_one(tmp_path: Path) -> None:
    """Neither bytes nor digest nor note."""
    path = tmp_path / "file"
    with Partial(str(path)) as file:
        file.note(MARK)
        file.write(b"old bytes")
        file.reset()
        assert (file.have, file.mark, path.read_bytes()) == (0, None, b"")
        file.write(b"new")
        assert file.sha256 == sha256(b"new").hexdigest()
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_note_is_read_by_the_next_run(tmp_path: Path) -> None:
    """As it was written, and it goes with what is whole."""
    with Partial(str(tmp_path / "file")) as file:
        file.note(MARK)
        file.write(b"x")
    with Partial(str(tmp_path / "file")) as file:
        assert file.mark == MARK
        file.finish()
    with Partial(str(tmp_path / "file")) as file:
        assert file.mark is None


def test_where_nothing_came_nothing_is_left_lying(tmp_path: Path) -> None:
    """An error before the first byte takes the empty file and the note away."""
    file = Partial(str(tmp_path / "file"))
    file.note(MARK)
    with pytest.raises(ValueError, match="embedded null"), file:
        Path("\0").stat()
    assert not list(tmp_path.iterdir())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(untrusted=st.binary(max_size=60) | _JSON.map(lambda value: repr(value).encode()))
def test_no_note_breaks_the_reading(tmp_path: Path, untrusted: bytes) -> None:
    """What an earlier run did not write is no note."""
    (tmp_path / f"file{BESIDE}").write_bytes(untrusted)
    with Partial(str(tmp_path / "file")) as file:
        assert file.mark is None


@pytest.mark.parametrize("etag", ['"a"\\r\\nX: 1', "a", '\\u0000"', 'W/\\"a\\"'])
def test_a_mark_that_no_header_can_carry_is_none(tmp_path: Path, etag: str) -> None:
    """It goes into one again."""
    note = f'{{"url": "u", "bytes": 1, "commit": "", "sha256": "", "etag": "{etag}"}}'
    (tmp_path / f"file{BESIDE}").write_text(note, encoding="utf-8")
    with Partial(str(tmp_path / "file")) as file:
        assert file.mark is None
