"""Pulling with a fetcher that is none: what is asked for, what is kept, what gets to its place and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import md5, sha256
from pathlib import Path

import pytest

from privacy_assistant.app.models import room
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.events import Done, Event, Moving
from privacy_assistant.app.models.placing import PARTIAL, at_work
from privacy_assistant.app.models.planning import BY_OTHERS, plan_pull
from privacy_assistant.app.models.pulling import pull
from privacy_assistant.core.model_card import Card, CardFile, Maker, ModelRole, Witness
from privacy_assistant.core.model_lock import Trust
from privacy_assistant.engines.model_store import QUARANTINE
from privacy_assistant.errors import (
    AssistantError,
    BackendRefused,
    EngineFailed,
    ExitCode,
    ModelTampered,
    ReplyMalformed,
    Unreachable,
)
from privacy_assistant.ports import Delayed
from privacy_assistant.ports.models import Arrived, Order, Progress
from tests.app.models.shelf import COMMIT, GGUF, OTHER_GGUF, FakeLine, address, card, desk, done, line, voice
from tests.fakes import FakeFetcher

URL = address("some/tiny", "tiny.gguf")


def pulled(desk: Desk, way: FakeLine, name: str = "tiny", **how: object) -> Iterator[Event]:
    """Plan and fetch one model."""
    return pull(desk, plan_pull(desk, [name], **how), way.opener())  # type: ignore[arg-type] # what a plan takes


def names_below(folder: Path) -> list[str]:
    """Every file below a folder, but for locks."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if not name.endswith(".lock") and not name.startswith("."))


# ---------------------------------------------------------------- what arrives


def test_a_published_model_gets_to_its_place_and_into_the_lock_file(home: Path) -> None:
    """With the digest that it had, who vouched for it, and where it came from."""
    here = desk(home, card())
    way = line({URL: GGUF}, commit=COMMIT)
    [model] = done(pulled(here, way))
    assert here.store.lock().get("tiny") == model
    assert (model.trust, model.source, model.revision) == (Trust.PUBLISHED, "some/tiny", COMMIT)
    assert (model.licence, model.languages) == ("Apache-2.0", ("en",))
    [file] = model.files
    assert (file.path, file.bytes, file.url) == ("llm/tiny/tiny.gguf", len(GGUF), URL)
    assert here.store.files(model)[0].read_bytes() == GGUF
    assert model.installed.endswith("+00:00")
    assert here.store.verify(model) == ()


def test_nothing_is_left_on_the_way(home: Path) -> None:
    """The folder of what is under way is empty, but for the lock of the name."""
    here = desk(home, card())
    assert done(pulled(here, line({URL: GGUF})))
    assert names_below(here.store.folder / PARTIAL) == []
    assert not (here.store.folder / PARTIAL / "tiny").exists()


def test_what_nobody_published_is_trusted_at_its_first_use(home: Path) -> None:
    """A hub that tells a digest vouches for it; one that tells none leaves it to the first use."""
    here = desk(home)
    assert done(pulled(here, line({address("a/b", "x.gguf"): GGUF}), "a/b/x.gguf"))[0].trust is Trust.FIRST_USE
    told = _Telling({address("a/c", "y.gguf"): GGUF})
    assert done(pulled(here, FakeLine(told), "a/c/y.gguf"))[0].trust is Trust.HUB


def test_a_digest_that_others_recorded_is_not_called_published(home: Path) -> None:
    """Who vouches is told as it is, in the plan and in the lock file."""
    here = desk(home, card(digests_from=Witness.OTHERS))
    assert plan_pull(here, ["tiny"]).models[0].files[0].trust == BY_OTHERS
    assert done(pulled(here, line({URL: GGUF})))[0].trust is Trust.RECORDED


def test_a_model_is_trusted_as_its_least_trusted_file(home: Path) -> None:
    """Of one file the digest is published, of the other nobody says anything."""
    made = voice(home / "made")
    network = made.read_bytes()
    known = CardFile("de/x.onnx", len(network), md5=md5(network, usedforsecurity=False).hexdigest())
    files = {
        address("some/voice", "de/x.onnx"): network,
        address("some/voice", "de/x.onnx.json"): made.with_name(f"{made.name}.json").read_bytes(),
    }
    here = desk(home, replace(_voice_card(), files=(known, CardFile("de/x.onnx.json"))))
    assert done(pulled(here, line(files), "voice"))[0].trust is Trust.FIRST_USE


def test_what_works_from_now_on_is_said(home: Path) -> None:
    """A person learns that the model that was fetched is the one that answers."""
    here = desk(home, card())
    [finished] = [event for event in pulled(here, line({URL: GGUF})) if isinstance(event, Done)]
    assert finished.says == ("tiny works for llm now: the one for en that was installed last",)


def test_a_model_of_several_files_comes_whole_or_not_at_all(home: Path) -> None:
    """The second file is refused: nothing is installed, and the first one is kept for the next time."""
    here = desk(home, _voice_card())
    network = voice(home / "made").read_bytes()
    way = line({address("some/voice", "de/x.onnx"): network})
    with pytest.raises(BackendRefused):
        done(pulled(here, way, "voice"))
    assert here.store.lock().models == ()
    assert names_below(here.store.folder / PARTIAL / "voice") == ["x.onnx.part"]


def test_a_voice_and_its_description_lie_together(home: Path) -> None:
    """Though they lie deep in folders at their source; the language is the one of the card."""
    made = voice(home / "made")
    here = desk(home, _voice_card())
    files = {
        address("some/voice", "de/x.onnx"): made.read_bytes(),
        address("some/voice", "de/x.onnx.json"): made.with_name(f"{made.name}.json").read_bytes(),
    }
    [model] = done(pulled(here, line(files), "voice"))
    assert [file.path for file in model.files] == ["tts/voice/x.onnx", "tts/voice/x.onnx.json"]
    assert model.languages == ("de",)


def test_an_optional_file_may_be_missing(home: Path) -> None:
    """Some recognisers have one vocabulary and some another."""
    optional = card(files=(*card().files, CardFile("more.txt", is_optional=True)))
    [model] = done(pulled(desk(home, optional), line({URL: GGUF})))
    assert [file.name for file in model.files] == ["tiny.gguf"]


def test_what_is_here_already_asks_nobody(home: Path) -> None:
    """The way out is not even opened."""
    here = desk(home, card())
    assert done(pulled(here, line({URL: GGUF})))
    way = line({})
    events = list(pulled(here, way))
    assert [event.was_here for event in events if isinstance(event, Done)] == [True]
    assert way.opened == 0


def test_what_is_here_and_broken_is_fetched_again(home: Path) -> None:
    """The digest of the file tells, not the lock file alone."""
    here = desk(home, card())
    [model] = done(pulled(here, line({URL: GGUF})))
    here.store.files(model)[0].write_bytes(b"x" * len(GGUF))
    [again] = done(pulled(here, line({URL: GGUF})))
    assert here.store.verify(again) == ()
    assert names_below(here.store.folder / "llm") == [f"{again.files[0].path.removeprefix('llm/')}"]


# ---------------------------------------------------------------- what breaks off


def test_what_broke_off_stays_and_is_said(home: Path) -> None:
    """So many of so many bytes; nothing is installed, and the next one goes on with the same file."""
    here = desk(home, card())
    way = line({URL: GGUF}, drops=[URL])
    said: list[str] = []
    with pytest.raises(Unreachable):
        done(pull(here, plan_pull(here, ["tiny"]), way.opener(), say=said.append))
    assert here.store.lock().models == ()
    assert said == [
        f"{len(GGUF) // 2} bytes of {len(GGUF)} bytes of tiny are here; the same command goes on from there"
    ]
    plan = plan_pull(here, ["tiny"])
    assert plan.bytes_left == len(GGUF) - len(GGUF) // 2
    assert done(pull(here, plan, way.opener()))
    assert len(set(way.fetcher.partials)) == 1


def test_an_interruption_keeps_what_came(home: Path) -> None:
    """A face that is closed in the middle leaves the bytes where they are."""
    here = desk(home, card())
    said: list[str] = []
    steps = pull(here, plan_pull(here, ["tiny"]), line({URL: GGUF}).opener(), say=said.append)
    assert isinstance(next(steps), Moving)
    steps.close()  # type: ignore[attr-defined] # it is a generator
    assert names_below(here.store.folder / PARTIAL) == ["tiny/tiny.gguf.part"]
    assert len(said) == 1


def test_files_that_had_come_together_are_taken_back(home: Path) -> None:
    """Who was ended between the last byte and the place goes on without fetching another file's bytes."""
    here = desk(home, card())
    whole = here.store.folder / PARTIAL / "tiny" / "whole"
    whole.mkdir(parents=True)
    (whole / "tiny.gguf").write_bytes(GGUF)
    plan = plan_pull(here, ["tiny"])
    assert plan.bytes_left == 0
    assert done(pull(here, plan, line({URL: GGUF}).opener()))
    assert not whole.exists()


def test_two_at_once_of_one_model_are_refused(home: Path) -> None:
    """The second one gets a line, exit 1, and asks nobody."""
    here = desk(home, card())
    way = line({URL: GGUF})
    with at_work(here.store, "tiny"), pytest.raises(AssistantError, match="model tiny") as refused:
        done(pulled(here, way))
    assert refused.value.exit_code is ExitCode.ERROR
    assert way.fetcher.orders == []
    with at_work(here.store, "another"):
        assert done(pulled(here, way))


def test_no_room_is_told_in_numbers_before_anybody_is_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the size is known only when the file begins to come."""
    monkeypatch.setattr(room, "free_bytes", lambda _place: 100)
    here = desk(home, card())
    way = line({URL: GGUF})
    with pytest.raises(AssistantError, match="100 bytes are free"):
        done(pulled(here, way))
    assert (way.opened, way.fetcher.orders) == (0, [])
    unmeasured = desk(home, card(files=(CardFile("tiny.gguf"),)))
    began = FakeLine(_Beginning({URL: GGUF}))
    with pytest.raises(AssistantError, match="not enough room"):
        done(pulled(unmeasured, began))
    assert here.store.lock().models == ()


# ---------------------------------------------------------------- what is not what it should be


def test_a_wrong_digest_is_quarantined_and_named(home: Path) -> None:
    """Nothing is installed, the bytes lie aside, and the error says where."""
    here = desk(home, card())
    with pytest.raises(ModelTampered) as refused:
        done(pulled(here, line({URL: OTHER_GGUF})))
    [aside] = (here.store.folder / QUARANTINE).iterdir()
    assert str(aside) in refused.value.message
    assert names_below(aside) == ["tiny.gguf"]
    assert here.store.lock().models == ()
    assert names_below(here.store.folder / PARTIAL) == []


def test_what_does_not_look_like_a_model_is_quarantined(home: Path) -> None:
    """A web page with the right address: our own reader sees it, and no native code does."""
    here = desk(home)
    url = address("a/b", "x.gguf")
    with pytest.raises(EngineFailed, match="a web page") as refused:
        done(pulled(here, line({url: b"<html>" + bytes(100)}), "a/b/x.gguf"))
    [aside] = (here.store.folder / QUARANTINE).iterdir()
    assert str(aside) in refused.value.message
    assert not (here.store.folder / "llm").exists()


def test_other_bytes_at_the_very_same_revision_are_refused(home: Path) -> None:
    """A mirror gives another file than the one that was locked: the model that is here stays."""
    here = desk(home)
    name, url = "a/b/x.gguf", address("a/b", "x.gguf")
    [model] = done(pulled(here, line({url: GGUF}, commit=COMMIT), name))
    mirror = "https://mirror.example"
    at_mirror = {url.replace("https://huggingface.co", mirror): OTHER_GGUF}
    for commit in (COMMIT, ""):
        with pytest.raises(ModelTampered, match="not what it was"):
            done(pulled(here, line(at_mirror, commit=commit), name, endpoint=mirror))
    assert here.store.lock().get("x") == model
    assert here.store.verify(model) == ()


def test_a_newer_revision_takes_the_place_when_it_is_whole(home: Path) -> None:
    """The old one stays until then, and its file is gone afterwards."""
    here = desk(home)
    name, url = "a/b/x.gguf", address("a/b", "x.gguf")
    [old] = done(pulled(here, line({url: GGUF}, commit=COMMIT), name))
    broken = line({url: OTHER_GGUF}, commit="2" * 40, drops=[url])
    with pytest.raises(Unreachable):
        done(pulled(here, broken, name))
    assert here.store.verify(old) == ()
    [new] = done(pulled(here, broken, name))
    assert new.revision == "2" * 40
    assert here.store.files(new)[0].read_bytes() == OTHER_GGUF
    assert not here.store.files(old)[0].exists()


def test_a_locked_commit_is_ordered_with_the_digest_it_had(home: Path) -> None:
    """Of a commit that was fetched before, the fetcher is told what to expect."""
    here = desk(home)
    name = f"a/b/x.gguf@{COMMIT}"
    [model] = done(pulled(here, line({address("a/b", "x.gguf", COMMIT): GGUF}, commit=COMMIT), name))
    here.store.files(model)[0].unlink()
    [planned] = plan_pull(here, [name]).models[0].files
    assert planned.order.sha256 == sha256(GGUF).hexdigest()
    for other in (f"a/b/x.gguf@{'2' * 40}", "a/b/x.gguf"):
        [planned] = plan_pull(here, [other]).models[0].files
        assert planned.order.sha256 == ""


def test_a_branch_that_moved_between_two_files_is_refused(home: Path) -> None:
    """Half of one version and half of the next is no model."""
    here = desk(home, _voice_card())
    made = voice(home / "made")
    files = {
        address("some/voice", "de/x.onnx"): made.read_bytes(),
        address("some/voice", "de/x.onnx.json"): made.with_name(f"{made.name}.json").read_bytes(),
    }
    with pytest.raises(ReplyMalformed, match="changed at its source"):
        done(pulled(here, FakeLine(_Moving(files)), "voice"))
    assert here.store.lock().models == ()


def test_a_file_that_changed_under_our_hands_is_not_installed(home: Path) -> None:
    """What is on the disk is read once more in its place; the model that was there before is there again."""
    here = desk(home)
    name, url = "a/b/x.gguf", address("a/b", "x.gguf")
    [old] = done(pulled(here, line({url: GGUF}, commit=COMMIT), name))
    with pytest.raises(EngineFailed, match="no usable model"):
        done(pulled(here, FakeLine(_Lying({url: OTHER_GGUF}, commit="2" * 40)), name))
    assert here.store.lock().models == (old,)
    assert here.store.verify(old) == ()
    assert len(list((here.store.folder / QUARANTINE).rglob("x.gguf"))) == 1


def test_what_others_put_in_its_place_is_not_touched(home: Path) -> None:
    """A folder of that name which the lock file does not know stays as it is."""
    here = desk(home, card())
    mine = here.store.folder / "llm" / "tiny"
    mine.mkdir(parents=True)
    (mine / "tiny.gguf").write_bytes(b"my own")
    [model] = done(pulled(here, line({URL: GGUF})))
    assert (mine / "tiny.gguf").read_bytes() == b"my own"
    assert model.folder != "llm/tiny"
    assert here.store.verify(model) == ()


def test_a_damaged_lock_file_is_mended_by_installing_again(home: Path) -> None:
    """It is set aside, and what it named can be fetched once more."""
    here = desk(home, card())
    assert done(pulled(here, line({URL: GGUF})))
    here.store.lock_file.write_text("{")
    [model] = done(pulled(here, line({URL: GGUF})))
    assert here.store.lock().models == (model,)
    assert here.store.verify(model) == ()


# ---------------------------------------------------------------- who asks


def test_a_token_is_shown_only_where_the_hub_asks_for_one(home: Path) -> None:
    """An open model is fetched by nobody in particular."""
    way = line({URL: GGUF})
    way.has_token = True
    assert done(pulled(desk(home, card()), way))
    assert way.shown == []
    gated = line({address("some/gated", "gated.gguf"): GGUF})
    gated.has_token = True
    assert done(pulled(desk(home, card("gated", is_gated=True)), gated, "gated"))
    assert len(gated.shown) == 1


def test_who_is_refused_without_a_token_is_asked_once_more_with_it(home: Path) -> None:
    """Of a model of no manifest nobody knows before whether its page has to be agreed to."""
    way = FakeLine(_Gated({URL: GGUF}), has_token=True)
    assert done(pulled(desk(home), way, "some/tiny/tiny.gguf"))
    assert len(way.shown) == 1
    with pytest.raises(BackendRefused):
        done(pulled(desk(home, card("other")), FakeLine(_Gated({})), "other"))


# ---------------------------------------------------------------- fetchers that do one thing more


class _Telling(FakeFetcher):
    """The hub tells the digest."""

    def fetch(self, order: Order, partial: str) -> Iterator[Progress | Delayed | Arrived]:
        for item in super().fetch(order, partial):
            yield replace(item, told_sha256=item.sha256) if isinstance(item, Arrived) else item


class _Lying(FakeFetcher):
    """Tells another digest than that of the bytes it wrote, as a disk that fails makes it."""

    def fetch(self, order: Order, partial: str) -> Iterator[Progress | Delayed | Arrived]:
        for item in super().fetch(order, partial):
            yield replace(item, sha256="a" * 64) if isinstance(item, Arrived) else item


class _Beginning(FakeFetcher):
    """Tells the size when it begins, and would then give the file."""

    def fetch(self, order: Order, partial: str) -> Iterator[Progress | Delayed | Arrived]:
        yield Progress(0, 10**9)
        yield from super().fetch(order, partial)


class _Moving(FakeFetcher):
    """Each file is at another commit."""

    def fetch(self, order: Order, partial: str) -> Iterator[Progress | Delayed | Arrived]:
        for item in super().fetch(order, partial):
            yield replace(item, commit=f"{len(self.orders)}" * 40) if isinstance(item, Arrived) else item


class _Gated(FakeFetcher):
    """Refuses the first time."""

    def fetch(self, order: Order, partial: str) -> Iterator[Progress | Delayed | Arrived]:
        if not self.orders:
            self.orders.append(order)
            raise BackendRefused(f"{order.model}: its page must be agreed to", hint="")
        yield from super().fetch(order, partial)


def _voice_card() -> Card:
    return Card(
        name="voice",
        role=ModelRole.TTS,
        maker=Maker.PIPER,
        tier=card().tier,
        files=(CardFile("de/x.onnx"), CardFile("de/x.onnx.json")),
        licence="MIT",
        languages=("de",),
        repository="some/voice",
    )
