"""The way out for model files ends in order, whatever went wrong in it."""

from __future__ import annotations

import contextlib

import pytest

from privacy_assistant.app.models.fetching import _closing
from privacy_assistant.errors import VaultLocked


def refuse() -> None:
    """A key store that cannot be written, as on a disk that is full."""
    raise VaultLocked("the key store cannot be written")


def test_a_full_disk_is_told_and_not_what_failed_because_of_it() -> None:
    """The first error names the remedy; the key store's own would say that somebody is locked out."""

    def pull() -> None:
        with contextlib.ExitStack() as undo:
            undo.push(_closing(refuse))
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        pull()


def test_a_key_store_that_alone_fails_is_told() -> None:
    """Nothing is swallowed where nothing else went wrong."""
    with pytest.raises(VaultLocked, match="key store"), contextlib.ExitStack() as undo:
        undo.push(_closing(refuse))
