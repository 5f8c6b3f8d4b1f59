"""Every test runs away from the machine's own home, keyring, keys and proxies, and under the tripwire."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from privacy_assistant import tripwire

pytest_plugins = ("tests.egress.servers.fixtures", "tests.sound_server")
"""Servers on this machine that tests of several rooms ask, that of sound among them."""

settings.register_profile(
    "house",
    deadline=None,  # no timed assertions: a slow machine is no bug
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

_SECRET_PREFIXES = ("PRIVACY_ASSISTANT_", "OPENAI_", "AZURE_", "ANTHROPIC_", "HF_", "HUGGING_FACE_")
_FOR_TESTS = frozenset({"PRIVACY_ASSISTANT_TEST_DATA", "PRIVACY_ASSISTANT_PEERS_PYTHON"})
"""Where public data and other libraries lie, which some tests ask for by name."""
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy"})

_ELSEWHERE = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def scrub(environment: dict[str, str], elsewhere: Path) -> dict[str, str]:
    """A copy of an environment that knows nothing of this machine's person; `elsewhere` is its home."""
    clean = {
        name: value
        for name, value in environment.items()
        if name in _FOR_TESTS or (not name.upper().startswith(_SECRET_PREFIXES) and name.lower() not in _PROXIES)
    }
    clean["HOME"] = clean["USERPROFILE"] = str(elsewhere)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        clean[name] = str(elsewhere / name.lower())
    clean["APPDATA"] = clean["LOCALAPPDATA"] = str(elsewhere / "appdata")
    clean["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    clean.pop("DBUS_SESSION_BUS_ADDRESS", None)  # where a desktop's keyring listens
    return clean


def _replace_environment(wanted: dict[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)


def pytest_configure(config: pytest.Config) -> None:
    """Scrub before the first test module is imported, for what reads the environment at import.

    The tripwire is for the life of a process, so it is there for every test: one that needs a socket of this machine
    holds a permit (`tripwire.listening`, `tripwire.sending`), as the code does that it plays.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A job in the background of a script ignores Ctrl-C, and so would every program that a test starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    tripwire.install()
    elsewhere = tempfile.TemporaryDirectory(prefix="house-")
    config.stash[_ELSEWHERE] = elsewhere
    _replace_environment(scrub(dict(os.environ), Path(elsewhere.name)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the session's home away."""
    if _ELSEWHERE in config.stash:
        config.stash[_ELSEWHERE].cleanup()


@pytest.fixture(autouse=True)
def scrubbed_environment() -> Iterator[None]:
    """Whatever a test does to the environment ends with it."""
    before = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    yield
    current = os.environ.get("PYTEST_CURRENT_TEST")
    _replace_environment(before if current is None else {**before, "PYTEST_CURRENT_TEST": current})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, for `--home`: mode 0700, and nothing in the environment names it."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return place
