"""Which model works and why, what the list says, and what choosing, removing and verifying change."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from privacy_assistant.app.files import read_settings
from privacy_assistant.app.models import listing, removing
from privacy_assistant.app.models.answering import spare_name, works
from privacy_assistant.app.models.desk import Desk, desk_of
from privacy_assistant.app.models.events import Done
from privacy_assistant.app.models.importing import import_models
from privacy_assistant.app.models.listing import Row, rows
from privacy_assistant.app.models.placing import PARTIAL, at_work
from privacy_assistant.app.models.removing import afterwards, clear_leftovers, leftovers, remove_model, stayed
from privacy_assistant.app.models.using import use
from privacy_assistant.app.models.verifying import verify_models
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.paths import paths_for
from privacy_assistant.core.model_card import ModelRole, Tier
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.engines.model_store import QUARANTINE
from privacy_assistant.errors import AssistantError, UsageError
from tests.app.models.shelf import GGUF, OTHER_GGUF, card, desk, done, pairs_of_the_wake_word, voice

SPARE = "smollm2-135m-instruct"


def bring(desk: Desk, folder: Path, name: str, data: bytes = GGUF) -> Installed:
    """Install a language model of this name."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.gguf"
    file.write_bytes(data)
    [model] = done(import_models(desk, file))
    return model


def states(desk: Desk, role: ModelRole = ModelRole.LLM) -> dict[str, str]:
    """What the list says of each model of a role."""
    return {row.name: row.state for row in rows(desk, (role,))}


def row_of(desk: Desk, name: str, role: ModelRole = ModelRole.LLM) -> Row:
    """One row of the list."""
    return next(row for row in rows(desk, (role,), wants_all=True) if row.name == name)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Where files are made."""
    return tmp_path / "made"


# ---------------------------------------------------------------- what works


@pytest.mark.parametrize("role", list(ModelRole))
def test_in_an_empty_home_the_spare_ones_work(home: Path, role: ModelRole) -> None:
    """Every role has one, in the list too."""
    here = desk(home)
    assert works(here, role).is_spare
    assert states(here, role) == {spare_name(here, role): listing.IN_USE}
    assert not here.store.folder.exists()


def test_what_was_installed_last_works_and_the_spare_one_waits(home: Path, made: Path) -> None:
    """And the list says why."""
    here = desk(home)
    bring(here, made, "first")
    assert states(here) == {"first": listing.IN_USE, SPARE: listing.SPARE}
    assert row_of(here, "first").says == "the one for en that was installed last"


def test_the_list_does_not_vouch_for_a_file_that_was_changed(home: Path, made: Path) -> None:
    """To list is not to read it; at its next use it will be, and until then nobody knows."""
    here = desk(home)
    model = bring(here, made, "first")
    [file] = here.store.files(model)
    file.write_bytes(GGUF[:-1] + b"\x01")
    assert "not compared with its digest yet, or changed since" in row_of(here, "first").says
    assert here.store.verify(model)
    assert "not compared" in row_of(here, "first").says
    file.write_bytes(GGUF)
    assert here.store.verify(model) == ()
    assert "not compared" not in row_of(here, "first").says


def test_a_setting_counts_before_the_last(home: Path, made: Path) -> None:
    """Whether it names an installed one, the spare one or a path."""
    here = desk(home)
    bring(here, made, "first")
    bring(here, made, "second", OTHER_GGUF)
    assert works(desk(home, llm="first"), ModelRole.LLM).name == "first"
    assert works(desk(home, llm=SPARE), ModelRole.LLM).is_spare
    assert states(desk(home, llm=SPARE))[SPARE] == listing.IN_USE
    path = str(made / "first.gguf")
    assert states(desk(home, llm=path))["first.gguf"] == listing.IN_USE


def test_a_wake_word_listens_where_it_is_named(home: Path, made: Path) -> None:
    """To install one makes nobody listen for it; a setting does."""
    made.mkdir()
    pairs_of_the_wake_word(made)
    here = desk(home)
    [event] = [event for event in import_models(here, made) if isinstance(event, Done)]
    assert "listen --wake hey_jarvis" in event.says[0]
    assert states(here, ModelRole.WAKE) == {"hey_jarvis": listing.INSTALLED, "built-in-words": listing.IN_USE}
    assert works(desk(home, wake="hey_jarvis"), ModelRole.WAKE).installed == event.model


def test_a_finder_works_beside_the_rules_and_never_instead(home: Path, made: Path) -> None:
    """Whatever its language is."""
    made.mkdir()
    (made / "gliner_config.json").write_text("{}")
    (made / "pytorch_model.bin").write_bytes(b"x")
    here = desk(home)
    assert done(import_models(here, made, languages=("de",)))
    assert states(here, ModelRole.PII) == {"made": listing.IN_USE, "rules-and-names": listing.IN_USE}
    assert "policy.toml" in works(here, ModelRole.PII).why


def test_a_broken_one_is_named_and_the_spare_one_works(home: Path, made: Path) -> None:
    """A file that is missing or of another length is seen without reading it."""
    here = desk(home)
    model = bring(here, made, "first")
    here.store.files(model)[0].write_bytes(b"short")
    now = works(here, ModelRole.LLM)
    assert (now.name, now.is_spare) == (SPARE, True)
    assert "has 5 bytes" in now.fault
    assert "models verify first" in row_of(here, "first").says
    here.store.files(model)[0].unlink()
    assert "is missing" in works(here, ModelRole.LLM).fault


def test_what_was_put_there_by_hand_is_shown_as_that(home: Path) -> None:
    """A voice for the language works where none is installed; the rest lies there."""
    here = desk(home)
    voice(here.store.folder / "tts", "en_GB-bob-low", code="en_GB")
    voice(here.store.folder / "tts", "fr_FR-eve-low", code="fr_FR")
    assert works(here, ModelRole.TTS).name == "en_GB-bob-low"
    assert states(here, ModelRole.TTS) == {
        "en_GB-bob-low": listing.IN_USE,
        "fr_FR-eve-low": listing.UNLISTED,
        "en_US-robot-low": listing.SPARE,
    }
    (here.store.folder / "mine.gguf").write_bytes(GGUF)
    assert states(here)["mine"] == listing.UNLISTED
    (here.store.folder / "stt" / "ear").mkdir(parents=True)
    (here.store.folder / "stt" / "ear" / "model.bin").write_bytes(b"x")
    assert states(here, ModelRole.STT)["ear"] == listing.IN_USE


def test_what_fits_this_machine_is_offered_with_its_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A larger one only where everything is asked for."""
    monkeypatch.setattr(listing, "memory_bytes", lambda: 8 * 1024**3)
    small, large = card("small", for_gb=(4, 8)), card("large", for_gb=(32,), tier=Tier.BEST)
    here = desk(home, small, large)
    assert states(here) == {SPARE: listing.IN_USE, "small": listing.AVAILABLE}
    row = row_of(here, "large")
    assert (row.state, row.says, row.trust) == (listing.AVAILABLE, "privacy-assistant models pull large", "published")


def test_what_is_installed_is_not_offered_again(home: Path, made: Path) -> None:
    """One line for a model, whatever is asked for."""
    here = desk(home, card("small"))
    bring(here, made, "small")
    for wants_all in (False, True):
        names = [row.name for row in rows(here, (ModelRole.LLM,), wants_all=wants_all)]
        assert names == ["small", SPARE]


# ---------------------------------------------------------------- choosing


def test_a_choice_is_written_into_the_settings_and_taken_out(home: Path, made: Path) -> None:
    """The rest of the file stays."""
    (home / "config.toml").write_text('# mine\nlanguage = "en"\n')
    opening = Opening(home=home)
    here = desk_of(opening)
    bring(here, made, "first")
    bring(here, made, "second", OTHER_GGUF)
    role, now = use(here, opening, "first", None)
    assert (role, now.name, now.why) == (ModelRole.LLM, "first", "set in config.toml")
    assert read_settings(paths_for(home)).models.llm == "first"
    assert use(here, opening, SPARE, None)[1].is_spare
    assert use(here, opening, str(made / "first.gguf"), None)[1].name == "first.gguf"
    assert use(here, opening, "default", ModelRole.LLM)[1].why == "the one for en that was installed last"
    assert (home / "config.toml").read_text().startswith('# mine\nlanguage = "en"\n')
    assert read_settings(paths_for(home)).models.llm == ""


def test_the_ear_and_the_voice_of_the_package_can_be_chosen(home: Path) -> None:
    """By their names; a role whose spare one cannot be named says what to do."""
    opening = Opening(home=home)
    assert use(desk_of(opening), opening, "pocketsphinx", None)[0] is ModelRole.STT
    assert use(desk_of(opening), opening, "en_US-robot-low", None)[0] is ModelRole.TTS
    with pytest.raises(UsageError) as refused:
        use(desk_of(opening), opening, "small-turn", None)
    assert "default --role turn" in refused.value.hint


@pytest.mark.parametrize("wanted", ["unknown", "default", "/no/such/file.gguf", "~nobody-at-all/x.gguf", "../x"])
def test_what_cannot_be_chosen_is_a_line(home: Path, wanted: str) -> None:
    """And nothing is written."""
    opening = Opening(home=home)
    with pytest.raises(UsageError) as refused:
        use(desk_of(opening), opening, wanted, None)
    assert refused.value.hint
    assert not (home / "config.toml").exists()


def test_a_model_of_another_role_is_not_chosen_for_this_one(home: Path, made: Path) -> None:
    """A language model hears nothing."""
    opening = Opening(home=home)
    here = desk_of(opening)
    bring(here, made, "first")
    with pytest.raises(UsageError, match="role llm"):
        use(here, opening, "first", ModelRole.STT)


# ---------------------------------------------------------------- removing


def test_a_model_is_removed_with_its_files_and_its_setting(home: Path, made: Path) -> None:
    """And what works then was said before."""
    opening = Opening(home=home)
    here = desk_of(opening)
    model = bring(here, made, "first")
    use(here, opening, "first", None)
    here = desk_of(opening)
    assert afterwards(here, ModelRole.LLM, [model]).name == SPARE
    assert remove_model(here, model) is True
    assert here.store.lock().models == ()
    assert not here.store.files(model)[0].parent.exists()
    assert read_settings(paths_for(home)).models.llm == ""
    assert works(desk_of(opening), ModelRole.LLM).name == SPARE


def test_what_works_after_several_are_gone_is_none_of_them(home: Path, made: Path) -> None:
    """And a setting for another role that bears the same name says nothing here."""
    here = desk(home, llm="first", stt="second")
    first, second = bring(here, made, "first"), bring(here, made, "second", OTHER_GGUF)
    assert afterwards(here, ModelRole.LLM, [first]).name == "second"
    assert afterwards(here, ModelRole.LLM, [first, second]).name == SPARE
    assert afterwards(here, ModelRole.LLM, [second]).name == "first"


def test_what_others_put_beside_a_model_stays(home: Path, made: Path) -> None:
    """Only what was installed goes."""
    here = desk(home)
    model = bring(here, made, "first")
    note = here.store.files(model)[0].with_name("note.txt")
    note.write_text("mine")
    assert remove_model(here, model) is False
    assert [path.name for path in note.parent.iterdir()] == ["note.txt"]


def test_a_file_that_cannot_be_removed_is_named(home: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes its room still, though nobody opens it as a model."""
    here = desk(home)
    model = bring(here, made, "first")
    monkeypatch.setattr(Path, "unlink", _refused_for_models)
    remove_model(here, model)
    assert here.store.lock().models == ()
    assert stayed(here, model) == [str(path) for path in here.store.files(model)]


def _refused_for_models(path: Path) -> None:
    if path.suffix == ".gguf":
        raise PermissionError
    os.unlink(path)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_what_is_cleared_is_ours_and_whatever_it_is(home: Path, made: Path) -> None:
    """A lone file, a link and a link in the place of the whole folder: of what a link leads to nothing is taken."""
    here, made_file = desk(home), made / "theirs" / "photo.jpg"
    made_file.parent.mkdir(parents=True)
    made_file.write_bytes(b"x")
    folder = here.store.folder / PARTIAL
    folder.mkdir(parents=True)
    (folder / "stray").write_bytes(b"x")
    (folder / "link").symlink_to(made_file.parent)
    assert clear_leftovers(here).names == ("link", "stray")
    assert {path.name for path in folder.iterdir()} == {".link.lock", ".stray.lock"}
    for name in (PARTIAL, QUARANTINE):
        place = here.store.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.symlink_to(made_file.parent)
    assert clear_leftovers(here).names == ()
    assert made_file.exists()


def test_the_list_says_what_is_set_and_not_here(home: Path) -> None:
    """Nothing would answer, so nothing is in use."""
    for wanted in ("gone", str(home / "gone.gguf")):
        here = desk(home, llm=wanted, stt="gone")
        assert listing.MISSING in states(here).values()
        assert states(here, ModelRole.STT)["gone"] == listing.MISSING
    own = here.store.folder / "own.gguf"
    own.parent.mkdir(parents=True)
    own.write_bytes(GGUF)
    assert [row.state for row in rows(desk(home, llm="own"), (ModelRole.LLM,)) if row.name == "own"] == [listing.IN_USE]


def test_a_model_that_is_fetched_now_is_not_removed(home: Path, made: Path) -> None:
    """Nor is what is on its way of it."""
    here = desk(home)
    model = bring(here, made, "first")
    (here.store.folder / PARTIAL / "first").mkdir()
    (here.store.folder / PARTIAL / "first" / "x.part").write_bytes(b"half")
    with at_work(here.store, "first"):
        with pytest.raises(AssistantError, match="first"):
            remove_model(here, model)
        left = clear_leftovers(here)
    assert (left.names, left.busy) == ((), ("first",))
    assert here.store.lock().get("first") == model
    assert (here.store.folder / PARTIAL / "first" / "x.part").exists()


def test_leftovers_are_counted_and_cleared(home: Path, made: Path) -> None:
    """What broke off, what an import left when it was ended, and what was quarantined."""
    here = desk(home)
    bring(here, made, "first")
    for folder in (f"{PARTIAL}/far", f"{PARTIAL}/.import-0a0a0a0a", f"{QUARANTINE}/bad-0b0b0b0b"):
        place = here.store.folder / folder
        place.mkdir(parents=True)
        (place / "file").write_bytes(bytes(100))
    assert (len(leftovers(here).names), leftovers(here).bytes) == (3, 300)
    cleared = clear_leftovers(here)
    assert (set(cleared.names), cleared.bytes) == ({"far", ".import-0a0a0a0a", "bad-0b0b0b0b"}, 300)
    assert removing.leftovers(here).names == ()
    assert here.store.lock().get("first") is not None


# ---------------------------------------------------------------- verifying


def test_every_installed_file_is_read_and_the_one_of_the_package(home: Path, made: Path) -> None:
    """Changed, missing and whole are told apart, with a remedy."""
    here = desk(home)
    for name, data in (("good", GGUF), ("bad", OTHER_GGUF)):
        bring(here, made, name, data)
    gone = bring(here, made, "gone")
    bad = here.store.lock().get("bad")
    assert bad is not None
    path = here.store.files(bad)[0]
    path.write_bytes(OTHER_GGUF[:-1] + b"\x01")
    here.store.files(gone)[0].unlink()
    found = {one.name: one for one in verify_models(here)}
    assert {name: one.state for name, one in found.items()} == {
        "bad": "changed",
        "gone": "missing",
        "good": "ok",
        SPARE: "ok",
    }
    assert str(path) in found["bad"].faults[0]
    assert "models remove bad" in found["bad"].remedy
    assert [one.name for one in verify_models(here, ["good"])] == ["good"]
    assert [one.name for one in verify_models(here, [SPARE])] == [SPARE]
    with pytest.raises(UsageError):
        list(verify_models(here, ["unknown"]))
