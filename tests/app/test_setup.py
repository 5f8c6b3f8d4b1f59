"""Setting a home up: what a machine has, what fits it, and steps that can be done again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.app import files
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.opening import Opening, PassphraseSource, Prompt
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.setup import hello
from privacy_assistant.app.setup.plan import (
    ROLES,
    begun_quality,
    default_language,
    offers,
    parse_language,
    present_quality,
)
from privacy_assistant.app.setup.steps import MOST_TRIES, Kept, Setup
from privacy_assistant.app.setup.survey import Network, survey
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.model_card import MAKER_OF, Card, CardFile, ModelRole, Tier
from privacy_assistant.core.model_lock import Installed, Lock, LockedFile, Trust
from privacy_assistant.core.profile import Wish
from privacy_assistant.core.settings import Audio, Settings
from privacy_assistant.egress.routing_table import Routes
from privacy_assistant.engines.model_store import Store
from privacy_assistant.engines.sound.naming import Device
from privacy_assistant.errors import EngineFailed, EngineMissing, SettingsError, VaultLocked, WrongPassphrase
from privacy_assistant.ports import Remark
from privacy_assistant.vault import factors
from privacy_assistant.vault.keystore import FLOOR
from tests.fakes import FakeLocalModel, FakeSpeaker

GB = 1024**3
DIGEST = "0" * 64


def card(name: str, role: ModelRole, tier: Tier, *, languages: tuple[str, ...] = ("en",), size: int = 1000) -> Card:
    """A model for every machine."""
    return Card(
        name=name,
        role=role,
        maker=MAKER_OF[role],
        tier=tier,
        files=(CardFile(f"{name}.bin", size),),
        licence="MIT",
        languages=languages,
        repository="own/models",
        for_gb=(4, 8, 16, 32),
    )


def installed(of: Card, when: str = "2026-11-21T00:00:00+00:00") -> Installed:
    """It, as the lock file has it."""
    file = LockedFile(f"{of.role}/{of.name}/{of.name}.bin", 1000, DIGEST)
    return Installed(of.name, of.role, of.maker, (file,), Trust.PUBLISHED, languages=of.languages, installed=when)


CARDS = tuple(card(f"{role}-{tier}", role, tier) for role in ROLES for tier in (Tier.SMALL, Tier.GOOD))


# ---------------------------------------------------------------- the machine


def device(name: str, *, inputs: int = 0, outputs: int = 0) -> Device:
    """Something with a name."""
    return Device(name, "ALSA", inputs, outputs, 48_000, 0)


@pytest.mark.parametrize(
    ("routes", "network"),
    [
        (Routes(), Network.UNKNOWN),
        (Routes(is_known=True), Network.NONE),
        (Routes(is_known=True, has_any=True), Network.LOCAL),
        (Routes(is_known=True, has_any=True, has_default_v6=True), Network.WAY_OUT),
    ],
)
def test_what_a_machine_has_is_told_by_name(tmp_path: Path, routes: Routes, network: Network) -> None:
    """Memory, cores, room for models that lie nowhere yet, the devices that are taken by default, the network."""
    found = survey(
        paths_for(tmp_path / "none" / "yet"),
        Audio(),
        find_devices=lambda: [device("Mic", inputs=1), device("Box", outputs=2)],
        routes=lambda: routes,
        memory=lambda: 8 * GB,
        cores=lambda: 4,
    )
    assert (found.memory_bytes, found.cores, found.microphone, found.loudspeaker) == (8 * GB, 4, "Mic", "Box")
    assert found.free_bytes > 0
    assert (found.network, found.sound_problem) == (network, "")
    assert not (tmp_path / "none").exists()


def test_a_machine_without_sound_is_no_error(tmp_path: Path) -> None:
    """What is missing is told with its remedy; so is a device that is named and not there."""

    def none() -> list[Device]:
        raise EngineMissing("PortAudio is not installed", hint="apt install libportaudio2")

    found = survey(paths_for(tmp_path), Audio(), find_devices=none, routes=Routes)
    assert (found.microphone, found.loudspeaker) == ("", "")
    assert found.sound_problem == "PortAudio is not installed (apt install libportaudio2)"
    found = survey(paths_for(tmp_path), Audio(), find_devices=list, routes=Routes)
    assert (found.microphone, found.sound_problem) == ("", "")
    boxes = [device("Box", outputs=2)]
    found = survey(paths_for(tmp_path), Audio(output="Horn"), find_devices=lambda: boxes, routes=Routes)
    assert found.loudspeaker == ""
    assert "'Horn'" in found.sound_problem


# ---------------------------------------------------------------- what fits


def test_each_quality_offers_an_ear_a_mind_and_a_mouth() -> None:
    """What is installed need not be fetched; a quality that nobody made falls back to the smaller one."""
    lock = Lock((installed(CARDS[0]),))
    small, good, best = offers(CARDS, lock, language="en", memory=8 * GB)
    assert [one.name for one in small.cards] == ["stt-small", "llm-small", "tts-small"]
    assert [one.name for one in small.missing] == ["llm-small", "tts-small"]
    assert (small.bytes, good.bytes) == (2000, 3000)
    assert best.cards == good.cards
    assert offers(CARDS, lock, language="fr", memory=8 * GB)[0].cards == ()
    assert [one.role for one in offers(CARDS, lock, language="en", memory=0, roles=[ModelRole.TTS])[0].cards] == ["tts"]
    unknown = (card("x", ModelRole.LLM, Tier.SMALL, size=0), CARDS[0])
    assert offers(unknown, Lock(), language="en", memory=8 * GB)[0].bytes == 0


def test_the_quality_that_is_here_whole_is_known() -> None:
    """The best one; none where a part of each is missing."""
    small = [one for one in CARDS if one.tier is Tier.SMALL]
    good = [one for one in CARDS if one.tier is Tier.GOOD]

    def present(*models: Card) -> Tier | None:
        lock = Lock(tuple(installed(one) for one in models))
        return present_quality(offers(CARDS, lock, language="en", memory=8 * GB)[:2])

    assert present() is None
    assert present(small[0], good[1], good[2]) is None
    assert present(*small) is Tier.SMALL
    assert present(*small, *good) is Tier.GOOD


def test_what_was_begun_is_proposed_again() -> None:
    """Somebody who broke off a fetch means to go on with that, and not with gigabytes that were never chosen."""
    made = offers(CARDS, Lock(), language="en", memory=8 * GB)
    small, good = made[0].cards, made[1].cards
    assert begun_quality(made, ()) is None
    assert begun_quality(made, [small[0].name]) is Tier.SMALL
    assert begun_quality(made, [good[1].name, "another"]) is Tier.GOOD
    part = Lock((installed(small[1]),))
    assert begun_quality(offers(CARDS, part, language="en", memory=8 * GB), ()) is Tier.SMALL


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de-AT"),
        ({"LANG": "de_AT.UTF-8", "LC_ALL": "fr"}, "fr"),
        ({"LC_MESSAGES": "pt_BR@euro", "LANG": "de"}, "pt-BR"),
        ({"LANG": "en_GB"}, "en"),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_DE"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "\x1b[2Jde"}, "en"),
    ],
)
def test_a_language_is_proposed_by_the_locale(environment: dict[str, str], language: str) -> None:
    """Unless one is set."""
    assert default_language(Settings(), is_set=False, environment=environment) == language
    assert default_language(Settings(language="nl"), is_set=True, environment=environment) == "nl"


def test_a_language_is_a_tag_or_a_common_name() -> None:
    """In any case, with either dash."""
    assert [parse_language(text) for text in (" DE ", "de_AT", "German", "español", "pt-BR")] == [
        *("de", "de-AT", "de", "es", "pt-BR")
    ]
    for text in ("", "d", "no such one", "de-x", "../x"):
        with pytest.raises(ValueError, match="tag"):
            parse_language(text)


@given(st.text(max_size=12))
def test_whatever_is_typed_as_a_language_can_stand_in_the_settings_or_is_refused(text: str) -> None:
    """What is taken is what `config.toml` takes."""
    from privacy_assistant.core.settings import parse_settings

    try:
        tag = parse_language(text)
    except ValueError:
        return
    assert parse_settings(f'language = "{tag}"', "").language == tag


# ---------------------------------------------------------------- the steps


def setup_of(home: Path, ask: Callable[[Prompt], str | None] | None = None, given: str | None = None) -> Setup:
    """The steps for a home."""
    return Setup(Opening(home=home, passphrase=PassphraseSource(given, ask)))


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key stores at the floor of their cost."""
    monkeypatch.setattr(factors, "calibrate", lambda: FLOOR)


def test_files_are_made_once_and_a_policy_is_never_touched(home: Path) -> None:
    """The language is written where none stands, and where another one is wanted."""
    steps = setup_of(home)
    assert not steps.standing().has_policy
    assert steps.policy() == (Kept.MADE, "")
    assert steps.policy() == (Kept.THERE, "")
    assert steps.language("en")
    assert not steps.language("en")
    assert steps.standing().has_language
    assert "# temperature" in (home / "config.toml").read_text()
    mine = 'version = 1\nmode = "no such"  # mine\n'
    (home / "policy.toml").write_text(mine)
    kept, problem = steps.policy()
    assert kept is Kept.THERE
    assert "mode" in problem
    assert (home / "policy.toml").read_text() == mine


def test_settings_with_a_mistake_stop_it_before_anything_is_done(home: Path) -> None:
    """The line of the mistake is told."""
    (home / "config.toml").write_text("[log]\nlevel = 7\n")
    with pytest.raises(SettingsError, match="line 2"):
        setup_of(home).standing()
    assert [path.name for path in home.iterdir()] == ["config.toml"]


def test_a_passphrase_is_asked_for_once(home: Path) -> None:
    """For the key store and for what is kept with it; without one nothing is made."""
    asked: list[Prompt] = []

    def ask(prompt: Prompt) -> str:
        asked.append(prompt)
        return "the right words"

    assert setup_of(home).keys() is Kept.NONE
    steps = setup_of(home, ask)
    assert steps.keys() is Kept.MADE
    assert steps.keys() is Kept.THERE
    added = steps.mask([Wish("Quenby Farnsworth", Kind.PERSON)], ["entry 1"])
    assert len(added.entries) == 1
    assert asked == [Prompt.CREATE]
    again = setup_of(home, ask).mask([Wish("quenby farnsworth")], ["entry 1"])
    assert (again.entries, again.known) == ((), 1)
    assert asked == [Prompt.CREATE, Prompt.UNLOCK]


def test_who_gives_no_passphrase_is_not_asked_again(home: Path) -> None:
    """Nothing is kept then, and nothing fetched, for there is no ledger."""
    asked: list[Prompt] = []

    def decline(prompt: Prompt) -> str:
        asked.append(prompt)
        return ""

    steps = setup_of(home, decline)
    assert steps.keys() is Kept.NONE
    with pytest.raises(VaultLocked, match="no ledger"):
        list(steps.fetch(steps.plan([one for one in steps.desk().cards if one.repository][:1])))
    assert asked == [Prompt.CREATE]
    assert not (home / "keys.store").exists()


def test_a_mistyped_passphrase_is_asked_for_again_and_not_for_ever(home: Path) -> None:
    """Three times at a terminal; one that was given by a script, once."""
    assert setup_of(home, given="the right words").keys() is Kept.MADE
    answers = ["wrong", "the right words"]
    said: list[str] = []
    opening = Opening(home=home, passphrase=PassphraseSource(ask=lambda _: answers.pop(0)), say=said.append)
    assert len(Setup(opening).mask([Wish("Zelda Quist")], ["entry 1"]).entries) == 1
    assert len(said) == 1
    tries: list[Prompt] = []

    def wrong(prompt: Prompt) -> str:
        tries.append(prompt)
        return "wrong"

    with pytest.raises(WrongPassphrase):
        setup_of(home, wrong).mask([Wish("Anna Lee")], ["entry 1"])
    assert len(tries) == MOST_TRIES
    with pytest.raises(WrongPassphrase):
        setup_of(home, given="wrong").mask([Wish("Anna Lee")], ["entry 1"])
    with pytest.raises(VaultLocked, match="no key store"):
        setup_of(home / "other").mask([Wish("Anna Lee")], ["entry 1"])


def with_models(home: Path, *models: Installed) -> Setup:
    """A home in whose lock file these stand, each with a file of its size."""
    store = Store(paths_for(home).models)
    for model in models:
        store.change(lambda lock, model=model: lock.with_model(model))  # type: ignore[misc] # bound at once
        for path in store.files(model):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes(1000))
    return setup_of(home)


def test_what_is_wanted_is_named_only_where_another_would_work(home: Path) -> None:
    """The last one that was installed needs no name; an older one does, and a name that was there goes."""
    older, newer = (card(name, ModelRole.TTS, Tier.GOOD) for name in ("older", "newer"))
    steps = with_models(home, installed(older), installed(newer, "2026-11-22T00:00:00+00:00"))
    assert steps.prefer([newer]) == []
    assert not (home / "config.toml").exists()
    assert steps.prefer([older]) == [older]
    assert files.read_settings(steps.paths).models.tts == "older"
    assert steps.prefer([newer]) == [newer]
    assert files.read_settings(steps.paths).models.tts == ""
    assert steps.prefer([card("nowhere", ModelRole.TTS, Tier.GOOD)]) == []


def test_a_file_of_the_persons_own_is_left_in_its_place(home: Path) -> None:
    """Nothing is offered for a role for which one is set."""
    (home / "config.toml").write_text('[models]\nllm = "/somewhere/mine.gguf"\ntts = "en_US-robot-low"\n')
    offered = setup_of(home).offers("en", 8 * GB, 4)
    assert {one.role for offer in offered for one in offer.cards} == {ModelRole.STT, ModelRole.TTS}


# ---------------------------------------------------------------- the first words


def desk_for(home: Path, language: str, *models: Installed) -> Desk:
    """A home in this language with these models."""
    (home / "config.toml").write_text(f'language = "{language}"\n')
    return with_models(home, *models).desk()


def test_hello_is_said_in_a_language_that_the_voice_speaks(home: Path) -> None:
    """English by the voice of the package; another one by a voice for it, where there are words for it."""
    assert hello.hello_words(desk_for(home, "de-AT")).language == "en"
    german = installed(card("thorsten", ModelRole.TTS, Tier.GOOD, languages=("de",)))
    assert hello.hello_words(desk_for(home, "de-AT", german)).text == hello.HELLO["de"]
    welsh = installed(card("gwryw", ModelRole.TTS, Tier.GOOD, languages=("cy",)))
    assert hello.hello_words(desk_for(home, "cy", welsh)).language == "en"


def test_figures_are_of_what_really_works() -> None:
    """A remark about another model that stands in is passed on; what cannot load is an error."""
    said: list[str] = []
    figures = hello.time_mind(FakeLocalModel(("one ", "two ", "three")), said.append)
    assert figures.load_s >= 0
    assert figures.first_token_s >= 0
    assert figures.tokens_per_s > 0
    assert said == []

    class Standing(FakeLocalModel):
        def generate(self, request):  # type: ignore[no-untyped-def] # as the one above, with a line before it
            yield Remark("the spare model answers")
            yield from super().generate(request)

    hello.time_mind(Standing(), said.append)
    assert said == ["the spare model answers"]
    with pytest.raises(EngineFailed):
        hello.time_mind(FakeLocalModel(warm_error=EngineFailed("broken")), said.append)
    speaker = FakeSpeaker()
    assert hello.time_voice(speaker, "Hello.").first_sound_s >= 0
    assert speaker.spoken == ["Hello."]
