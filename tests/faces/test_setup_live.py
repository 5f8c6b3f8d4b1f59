"""`setup` in a real terminal, by tmux: the whole talk on a fresh home, again, and broken off."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privacy_assistant.vault import factors
from privacy_assistant.vault.keystore import FLOOR
from tests.egress.hub_faults import Drip
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

Opens = Callable[..., Screen]


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

    def begin(*flags: str, with_key: bool = False) -> Screen:
        socket = tmp_path / f"tmux{len(screens)}"
        screens.append(Screen(socket, person, "setup", *flags, with_key=with_key, HF_ENDPOINT=hub.url, LANG="C.UTF-8"))
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


def test_ctrl_c_while_a_model_comes_keeps_what_came(
    opens: Opens, person: Person, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how much is here, and the next setup asks for the rest alone."""
    hub.faults["own/voice/en_US-robot-low.onnx"] = Drip(after=1_500_000, bytes=2000)
    screen = opens(with_key=True)
    for question, answer in (("1 of 3", "en"), ("2 of 3", "small"), ("3 of 3", "now"), ("Your own name", NAME)):
        screen.shows(question)
        screen.types(answer)
    screen.shows("Another one")
    screen.types("")
    screen.shows("#.")  # the bar has begun
    screen.presses("C-c")
    shown = screen.shows("ended 130")
    assert f"of {MOUTH} are here" in shown
    assert "`privacy-assistant setup` goes on" in shown
    hub.faults.clear()
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    count = len(hub.store_requests)
    flags = ("--quality", "small", "--online", "--yes", "--no-sound", "--no-figures", "--json")
    again = person.types("setup", *flags).json
    assert (again["models"], again["keys"], again["masked"]) == ([MOUTH], "was there", 0)
    assert "bytes=" in (hub.store_requests[count].header("range"))
    assert len(person.types("profile", "list", "--json").json) == 1


def test_offline_a_stick_is_asked_for_and_a_path_that_is_none_again(
    opens: Opens, person: Person, hub: Hub, tmp_path: Path
) -> None:
    """Fetching is not even proposed, and nobody is asked for anything."""
    stick = tmp_path / "stick"
    stick.mkdir()
    for name, content in hub.files.items():
        if name.startswith("own/voice/") and isinstance(content, Path):
            (stick / content.name).write_bytes(content.read_bytes())
    screen = opens("--offline", "--no-sound", "--no-figures", "--language", "en", "--quality", "small", with_key=True)
    shown = screen.shows("3 of 3")
    assert "(stick, later)" in shown
    assert "1 of 3" not in shown
    screen.types("stick")
    screen.shows("Where is it?")
    screen.types(str(stick / "nothing"))
    screen.shows("there is nothing at that path")
    screen.types(str(stick))
    screen.shows("Your own name")
    screen.types("")
    screen.shows("Another one")
    screen.types("")
    shown = screen.shows("ended 0")
    assert f"{MOUTH} is installed" in shown
    assert hub.requests == []
    rows = person.types("models", "list", "--role", "tts", "--json").json
    assert [row["name"] for row in rows if row["state"] == "in use"] == [MOUTH]
