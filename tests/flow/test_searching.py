"""A search ends: with what it found, or with a refusal that tells nothing of the text."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from privacy_assistant import tripwire
from privacy_assistant.core.kinds import Findings
from privacy_assistant.errors import EgressDenied
from privacy_assistant.flow import searching
from privacy_assistant.flow.searching import checked, searched


def test_what_is_found_is_given() -> None:
    """As it is."""
    found = Findings()
    assert searched(lambda: checked(found)) is found


def test_a_refusal_of_its_own_passes() -> None:
    """Its rule tells more than that something failed."""

    def refuse() -> None:
        raise EgressDenied("this text imitates placeholders", rule="redaction:forged")

    with pytest.raises(EgressDenied) as denied:
        searched(refuse)
    assert denied.value.rule == "redaction:forged"


@pytest.mark.parametrize("error", [ValueError("Anna Meier"), MemoryError(), RecursionError(), KeyError("Anna Meier")])
def test_any_other_error_is_a_refusal_without_its_words(error: Exception) -> None:
    """Nor does the refusal carry the error along."""

    def fail() -> None:
        raise error

    with pytest.raises(EgressDenied) as denied:
        searched(fail)
    assert denied.value.rule == "finder:failed"
    assert "Anna" not in repr(denied.value) + denied.value.hint
    assert denied.value.__cause__ is None
    assert denied.value.__context__ is None


@pytest.mark.parametrize("nonsense", [None, [], (), "nothing", 0])
def test_what_is_no_finding_is_a_refusal(nonsense: object) -> None:
    """An answer of another form says nothing about the text."""
    with pytest.raises(EgressDenied):
        checked(nonsense)  # type: ignore[arg-type] # a finder of somebody else


def test_a_search_that_does_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on by itself, and what it finds then is nobody's."""
    over = threading.Event()
    monkeypatch.setattr(searching, "MOST_SECONDS", 0.02)
    with pytest.raises(EgressDenied):
        searched(over.wait)
    over.set()
    assert searched(lambda: True)


def test_a_search_has_no_permit_of_the_tripwire() -> None:
    """Also where whoever asks for it holds one."""
    import socket

    def connect() -> Callable[[], None]:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM).close

    with tripwire.sending("127.0.0.1", 9), pytest.raises(EgressDenied) as denied:
        searched(connect)
    assert denied.value.rule == "tripwire"


def test_one_thread_does_one_search_after_the_other_and_none_that_hangs() -> None:
    """The next search waits for nobody, and a thread that is busy for ever is not asked again."""
    first = searched(threading.get_ident)
    assert searched(threading.get_ident) == first != threading.get_ident()
    inner = searched(lambda: (threading.get_ident(), searched(threading.get_ident)))
    assert inner[0] != inner[1]
