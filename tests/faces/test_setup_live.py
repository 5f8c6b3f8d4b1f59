"""`setup` in a real terminal, by tmux: the whole talk on a fresh home, again, and broken off."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privacy_assistant.vault import factors
from privacy_assistant.vault.keystore import FLOOR
from tests.egress.hub_server import Hub
from tests.faces.conftest import Person
from tests.faces.own_models import MOUTH, hub_of_ours, lists_our_models
from tests.faces.test_terminal import Screen

WORDS = "seven words that nobody else would choose"
NAME = "Quenby Farnsworth"
STREET = "12 Elm Road, Springfield"

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux (Debian: apt install tmux)"),
]

Opens = Callable[[], Screen]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Our models, for whoever asks."""
    with hub_of_ours() as opened:
        yield opened


@pytest.fixture
def opens(person: Person, hub: Hub, tmp_path: Path) -> Iterator[Opens]:
    """Begins a setup at a terminal of its own; a voice of ours is what fits this machine."""
    lists_our_models(person, hub, (MOUTH,))
    screens: list[Screen] = []

    def begin() -> Screen:
        socket = tmp_path / f"tmux{len(screens)}"
        screens.append(Screen(socket, person, "setup", with_key=False, HF_ENDPOINT=hub.url, LANG="C.UTF-8"))
        return screens[-1]

    yield begin
    for screen in screens:
        screen.close()


def test_a_fresh_home_is_set_up_in_three_questions_and_again(opens: Opens, person: Person) -> None:
    """Models are fetched, keys made, a name masked and in no file; the second time what is there is kept, and a
    passphrase that was mistyped is asked for again."""
    screen = opens()
    screen.shows("1 of 3")
    screen.types("")
    shown = screen.shows("2 of 3")
    assert MOUTH in shown
    assert "2.6 MB" in shown
    screen.types("small")
    shown = screen.shows("3 of 3")
    assert "/own/voice/resolve/main/en_US-robot-low.onnx" in shown.replace("\n", "")
    screen.types("now")
    screen.shows("Choose a passphrase")
    screen.types(WORDS)
    screen.shows("Again:")
    screen.types(WORDS)
    screen.shows("Your own name")
    screen.types(NAME)
    screen.shows("Another one")
    screen.types("x")
    screen.shows("needs 2 letters or digits")
    screen.types(STREET)
    screen.types("")
    shown = screen.shows("ended 0", within_s=90)
    assert "2 more always masked" in shown
    assert f"{MOUTH} is installed" in shown
    assert "speaks with" in shown
    assert "tokens/s" in shown
    assert "privacy-assistant chat" in shown
    assert WORDS not in shown
    kept = person.every_byte().lower()
    assert all(word.encode().lower() not in kept for word in (WORDS, *NAME.split(), "elm road"))

    screen = opens()
    screen.shows("1 of 3")
    screen.types("")
    screen.shows("all of it is here")
    screen.shows("(small, good, best, none) [small]")
    screen.types("")
    screen.shows("Your own name")
    screen.types("")
    screen.shows("Another one")
    screen.types("Zelda Quist")
    screen.types("")
    screen.shows("Passphrase:")
    screen.types("other words")
    screen.shows("does not open the key store")
    screen.types(WORDS)
    shown = screen.shows("ended 0", within_s=90)
    assert "1 more always masked" in shown
    assert "is written" not in shown


def test_ctrl_c_in_the_middle_leaves_a_home_that_works_and_goes_on(
    opens: Opens, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """130 and a line; what was answered is done, a question is answered, and the next setup finishes."""
    screen = opens()
    screen.shows("1 of 3")
    screen.types("fr")
    screen.shows("2 of 3")
    screen.types("none")
    screen.shows("Choose a passphrase")
    screen.presses("C-c")
    assert "`privacy-assistant setup` goes on" in screen.shows("ended 130")
    assert 'language = "fr"' in (person.home / "config.toml").read_text()
    assert not (person.home / "keys.store").exists()
    assert "12" in person.types("ask", "what is 3 times 4", "--ephemeral", with_key=False).out
    monkeypatch.setattr(factors, "calibrate", lambda: FLOOR)
    monkeypatch.setenv("PRIVACY_ASSISTANT_PASSPHRASE", WORDS)
    again = person.types("setup", "--no-sound", "--name", NAME, "--json", with_key=False).json
    assert (again["language"], again["keys"], again["policy"], again["masked"]) == ("fr", "made", "was there", 1)
