"""Keys of back ends come from the place that the policy names, and show up nowhere."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.app import environment
from privacy_assistant.app.api_keys import NOT_OPEN, ApiKeys, is_key, process_keys
from privacy_assistant.core.policy_terms import Backend, BackendKind, KeySource, Policy
from privacy_assistant.core.turn import Zone
from privacy_assistant.errors import ExitCode, KeyMissing, VaultLocked
from privacy_assistant.vault.memory import MemoryDrawer
from privacy_assistant.vault.tokens import SealedTokens
from tests.fakes import EPOCH

KEY = "sk-test-0123456789"


def backend(how: str = "", *where: str, kind: BackendKind = BackendKind.OPENAI, zone: Zone = Zone.CLOUD) -> Backend:
    """A back end whose key is there, or sealed where no place is given."""
    source = KeySource(how, where) if how else None
    return Backend("there", zone, kind, "https://api.example/v1", key=source)


class Ring:
    """A keyring with texts in it; `is_locked` answers nothing."""

    def __init__(self, entries: Mapping[str, str] | None = None, *, is_locked: bool = False) -> None:
        self._entries = dict(entries or {})
        self._is_locked = is_locked
        self.asked = 0

    def text(self, account: str) -> str | None:
        self.asked += 1
        if self._is_locked:
            raise VaultLocked("the system's keyring does not answer, or is locked", hint="unlock it")
        return self._entries.get(account)


def keys(
    variables: Mapping[str, str] | None = None, ring: Ring | None = None, sealed: Mapping[str, str] | None = None
) -> ApiKeys:
    """Keys in these places, with a key store that is open."""
    tokens = SealedTokens(MemoryDrawer())
    for name, value in (sealed or {}).items():
        tokens.put(name, value)
    return ApiKeys(variables or {}, lambda: ring, tokens)


def refused(get: Callable[[], str]) -> KeyMissing:
    """The error that comes instead of a key."""
    with pytest.raises(KeyMissing) as caught:
        get()
    error = caught.value
    assert error.exit_code is ExitCode.UNREACHABLE
    assert error.hint
    assert "\n" not in error.message
    return error


# ---------------------------------------------------------------- the places


def test_a_key_of_a_variable() -> None:
    """From what was taken out of the environment."""
    found = keys({"LAB_KEY": KEY})
    assert found.key_for(backend("env", "LAB_KEY"))() == KEY
    assert found.why_no_key(backend("env", "LAB_KEY")) == ""


def test_a_key_of_the_keyring_is_read_as_it_was_stored() -> None:
    """Text, as `keyring set privacy-assistant NAME` stores it; asked for once."""
    ring = Ring({"openai": KEY})
    found = keys(ring=ring)
    get = found.key_for(backend("keyring", "openai"))
    assert (get(), get(), ring.asked) == (KEY, KEY, 1)


def test_a_key_of_a_command_is_asked_for_when_it_is_needed_and_once(tmp_path: Path) -> None:
    """A real child process; before the first call it has not run, and whether it can run is known without running."""
    count = tmp_path / "count"
    code = f"open({str(count)!r}, 'a').write('x'); print({KEY!r})"
    there = backend("command", sys.executable, "-c", code)
    found = keys()
    get = found.key_for(there)
    assert found.why_no_key(there) == ""
    assert not count.exists()
    assert (get(), get(), count.read_text()) == (KEY, KEY, "x")
    found.forget("another")
    get()
    assert count.read_text() == "x"
    found.forget("there")
    assert (get(), count.read_text()) == (KEY, "xx")


def test_a_sealed_key_bears_the_name_of_its_back_end() -> None:
    """Where the policy names no place."""
    found = keys(sealed={"there": KEY, "elsewhere": "sk-other"})
    assert found.key_for(backend())() == KEY
    assert found.why_no_key(backend()) == ""


@pytest.mark.parametrize(
    ("kind", "zone"),
    [
        (BackendKind.OPENAI_COMPATIBLE, Zone.LAN),
        (BackendKind.OPENAI_COMPATIBLE, Zone.DEVICE),
        (BackendKind.WYOMING, Zone.LAN),
    ],
)
def test_a_server_of_ones_own_may_have_no_key(kind: BackendKind, zone: Zone) -> None:
    """Then none is sent; a sealed one is, where there is one."""
    own = backend(kind=kind, zone=zone)
    assert keys().why_no_key(own) == ""
    assert keys().key_for(own)() == ""
    assert ApiKeys({}, lambda: None, None).why_no_key(own) == ""
    assert keys(sealed={"there": KEY}).key_for(own)() == KEY


# ---------------------------------------------------------------- what is not there


@pytest.mark.parametrize(
    ("there", "place"),
    [
        (backend("env", "LAB_KEY"), "LAB_KEY"),
        (backend("keyring", "openai"), "openai"),
        (backend("keyring", f"{'a' * 32}/0"), "api_key_keyring"),
        (backend("command", "no-such-program", "--secret"), "no-such-program"),
        (backend(), "there"),
        (backend(kind=BackendKind.OPENAI_COMPATIBLE), "there"),
        (backend(kind=BackendKind.AZURE, zone=Zone.LAN), "there"),
    ],
)
def test_a_key_that_is_not_there_is_one_line_that_names_the_place(there: Backend, place: str) -> None:
    """Exit 5, and the same words before anything is tried."""
    found = keys(ring=Ring({f"{'a' * 32}/0": "a device secret"}))
    error = refused(found.key_for(there))
    assert place in error.message
    assert "--secret" not in error.message
    assert found.why_no_key(there) == error.message


def test_a_keyring_that_is_locked_or_missing_is_told() -> None:
    """Exit 5 and not 7: it is this back end that cannot be asked, the history is open."""
    assert "locked" in refused(keys(ring=Ring(is_locked=True)).key_for(backend("keyring", "x"))).message
    assert "no usable keyring" in refused(keys().key_for(backend("keyring", "x"))).message


def test_without_an_open_key_store_nobody_knows_of_a_sealed_key() -> None:
    """That is said and asks for nothing."""
    assert ApiKeys({}, lambda: None, None).why_no_key(backend()) == NOT_OPEN
    refused(ApiKeys({}, lambda: None, None).key_for(backend()))


def test_a_command_that_fails_is_told_by_its_exit_status_without_its_output() -> None:
    """Nothing of what it printed is in the message."""
    there = backend("command", sys.executable, "-c", f"import sys; print({KEY!r}); sys.exit(7)")
    error = refused(keys().key_for(there))
    assert "exit status 7" in error.message
    assert KEY not in error.message + error.hint


@pytest.mark.parametrize("odd", [f"{KEY}\n", f"{KEY}\nX-Header: 1", f" {KEY}", "schlüssel", f"{KEY}\x00", "a b"])
def test_what_no_header_can_carry_is_refused_without_being_shown(odd: str) -> None:
    """Line breaks would write further headers; characters beyond ASCII would break in the client, loudly."""
    for found in (keys({"K": odd}), keys(sealed={"there": odd})):
        for there in (backend("env", "K"), backend()):
            if found.why_no_key(there).startswith("there is no key"):
                continue
            error = refused(found.key_for(there))
            assert odd not in error.message + error.hint
            assert KEY not in error.message + error.hint
            assert found.why_no_key(there) == error.message


@given(st.text(max_size=40))
def test_a_key_is_ascii_that_can_be_seen_and_nothing_else(text: str) -> None:
    """Whatever is accepted can stand in a header."""
    assert is_key(text) is (bool(text) and all("!" <= char <= "~" for char in text))


def test_nothing_that_is_shown_holds_a_key() -> None:
    """Neither the keys, nor what gives one, nor an error's context."""
    there = backend("env", "K")
    found = keys({"K": KEY}, sealed={"there": KEY})
    get = found.key_for(there)
    get()
    assert KEY not in repr(found) + repr(get) + repr(there) + repr(vars(found)["_entra"])
    error = refused(keys({"K": f"{KEY} "}).key_for(there))
    assert error.__cause__ is None


# ---------------------------------------------------------------- Entra tokens


def jwt(claims: object) -> str:
    """A token of three parts, unsigned."""
    parts = [json.dumps({"alg": "none"}), json.dumps(claims), "signature"]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize(
    ("token", "kept_minutes"),
    [
        (jwt({"exp": int((EPOCH + timedelta(hours=1)).timestamp())}), 55),
        (jwt({"exp": (EPOCH + timedelta(minutes=30)).timestamp()}), 25),
        (jwt({"sub": "no expiry"}), 10),
        (jwt({"exp": "tomorrow"}), 10),
        (jwt({"exp": True}), 10),
        (jwt({"exp": 1e300}), 10),
        (jwt(["no object"]), 10),
        ("three.parts.only", 10),
        ("opaque", 10),
        (jwt({"exp": int(EPOCH.timestamp())}), 0),
    ],
)
def test_an_entra_token_is_kept_until_shortly_before_it_runs_out(token: str, kept_minutes: int) -> None:
    """Five minutes before its `exp`, or ten minutes where it says nothing that can be read."""
    clock, calls = Clock(), 0

    def run(words: object) -> str:
        nonlocal calls
        calls += 1
        assert words == ("az", "token")
        return token

    azure = Backend("blue", Zone.CLOUD, BackendKind.AZURE, "https://blue.example", token_command=("az", "token"))
    found = ApiKeys({}, lambda: None, None, clock=clock, run=run)
    get = found.token_for(azure)
    assert get is not None
    assert found.key_for(azure)() == ""
    assert get() == token
    if kept_minutes:
        clock.now = EPOCH + timedelta(minutes=kept_minutes, seconds=-1)
        get()
        assert calls == 1
    clock.now = EPOCH + timedelta(minutes=kept_minutes, seconds=1)
    get()
    assert calls == 2
    found.forget("blue")
    get()
    assert calls == 3


def test_a_back_end_without_a_token_command_has_no_token() -> None:
    """Its key is used."""
    assert keys().token_for(backend("env", "K")) is None


# ---------------------------------------------------------------- the process


def test_the_variables_of_the_policy_leave_the_environment_before_a_command_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The key command of one back end does not see the key of another, nor what steers the SDK."""
    monkeypatch.setattr(environment, "_taken", {})
    monkeypatch.setenv("LAB_KEY", KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X: 1")
    code = "import os; print('seen' if {'LAB_KEY', 'OPENAI_CUSTOM_HEADERS'} & set(os.environ) else 'unseen')"
    lab = Backend(
        "lab", Zone.LAN, BackendKind.OPENAI_COMPATIBLE, "https://lab.example", key=KeySource("env", ("LAB_KEY",))
    )
    there = backend("command", sys.executable, "-c", code)
    found = process_keys(Policy(backends=(lab, there)), None)
    assert found.key_for(there)() == "unseen"
    assert found.key_for(lab)() == KEY


def test_a_process_without_an_allowed_keyring_says_so() -> None:
    """The real look-up, on a machine whose keyring is switched off."""
    found = process_keys(Policy(), None)
    assert "no usable keyring" in found.why_no_key(backend("keyring", "openai"))
