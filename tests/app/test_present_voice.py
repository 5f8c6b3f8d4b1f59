"""A loop that runs takes up the ear and the mouth that are chosen now."""

from __future__ import annotations

from pathlib import Path

from privacy_assistant.app.paths import Paths, paths_for
from privacy_assistant.app.present_voice import Present, PresentSpeaker, PresentTranscriber
from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.errors import EngineFailed
from privacy_assistant.ports.sound import Speaker, Transcriber
from tests.fakes import FakeSpeaker, FakeTranscriber

SOUND = Recording(bytes(3200), HEARD_HZ)


class Ear(FakeTranscriber):
    """A fake ear with a name, that knows whether it was closed."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(said)
        self.name = name
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Broken(Ear):
    """Cannot be loaded."""

    def warm(self) -> None:
        raise EngineFailed("it is broken", hint="get it again")


def changed(paths: Paths, text: str) -> None:
    """Another config.toml."""
    paths.config.write_text(text, "utf-8")


def test_another_ear_listens_from_the_next_utterance_on(tmp_path: Path) -> None:
    """A changed setting is taken up without a new loop, the person is told, and the old one is let go of."""
    paths, said = paths_for(tmp_path), list[str]()
    old, new = Ear("spare", "one"), Ear("good", "two")
    present: Present[Transcriber] = Present(old, lambda: new, paths, said.append)
    ear = PresentTranscriber(present)
    assert ear.transcribe(SOUND).text == "one"
    changed(paths, 'language = "en"\n')
    assert ear.transcribe(SOUND).text == "two"
    assert (ear.name, old.is_closed, said) == ("good", True, ["good takes the place of spare"])


def test_an_ear_that_cannot_be_loaded_leaves_the_old_one_listening(tmp_path: Path) -> None:
    """One line says why, and nothing is lost."""
    paths, said = paths_for(tmp_path), list[str]()
    old = Ear("spare", "one")
    present: Present[Transcriber] = Present(old, lambda: Broken("good", "two"), paths, said.append)
    changed(paths, 'language = "en"\n')
    assert PresentTranscriber(present).transcribe(SOUND).text == "one"
    assert (old.is_closed, said) == (False, ["it is broken; spare goes on · get it again"])


def test_a_change_of_something_else_changes_no_engine(tmp_path: Path) -> None:
    """The same engine found again is closed unused, and nobody is told anything."""
    paths, said = paths_for(tmp_path), list[str]()
    old, same = Ear("spare", "one"), Ear("spare", "two")
    present: Present[Transcriber] = Present(old, lambda: same, paths, said.append)
    changed(paths, '[log]\nlevel = "debug"\n')
    assert PresentTranscriber(present).transcribe(SOUND).text == "one"
    assert (same.is_closed, said) == (True, [])


def test_another_mouth_speaks_at_its_own_rate(tmp_path: Path) -> None:
    """The frames are those of the new voice, and say so."""
    paths = paths_for(tmp_path)
    new = FakeSpeaker(rate_hz=48_000)
    new.name = "other"
    present: Present[Speaker] = Present(FakeSpeaker(), lambda: new, paths, lambda _line: None)
    mouth = PresentSpeaker(present)
    assert next(mouth.speak("hm")).rate_hz == HEARD_HZ
    changed(paths, 'language = "de"\n')
    assert next(mouth.speak("hm")).rate_hz == 48_000
    assert (mouth.name, mouth.rate_hz, new.spoken) == ("other", 48_000, ["hm"])
