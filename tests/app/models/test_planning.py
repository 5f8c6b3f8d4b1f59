"""What a pull would do, before anybody is asked: addresses, hosts, sizes, who vouches, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from privacy_assistant.app.models.desk import desk_of, refuse_where_switched_off
from privacy_assistant.app.models.planning import BY_HUB, BY_NOBODY, BY_PUBLISHER, plan_pull
from privacy_assistant.app.opening import Opening
from privacy_assistant.core.model_card import CardFile, ModelRole
from privacy_assistant.errors import EgressDenied, ExitCode, SettingsError, Unreachable, UsageError
from tests.app.models.shelf import GGUF, card, desk


def test_a_plan_names_address_size_and_who_vouches(home: Path) -> None:
    """For each file, and the hosts that it may lead on to."""
    [model] = plan_pull(desk(home, card()), ["tiny"]).models
    [file] = model.files
    assert file.order.place.shown == "https://huggingface.co/some/tiny/resolve/main/tiny.gguf"
    assert (file.order.bytes, file.trust) == (len(GGUF), BY_PUBLISHER)
    assert file.leads_to == ("*.hf.co", "*.huggingface.co")


def test_a_mirror_takes_the_place_of_the_hub(home: Path) -> None:
    """With its path; the hub's own stores may still be led to."""
    plan = plan_pull(desk(home, card()), ["tiny"], endpoint="https://mirror.example/hf/")
    [file] = plan.models[0].files
    assert file.order.place.shown == "https://mirror.example/hf/some/tiny/resolve/main/tiny.gguf"
    assert file.leads_to == ("*.mirror.example", "*.hf.co", "*.huggingface.co")
    [here] = plan_pull(desk(home, card()), ["tiny"], endpoint="http://127.0.0.1:8080").models[0].files
    assert here.leads_to == ("this machine",)
    with pytest.raises(SettingsError, match="HF_ENDPOINT"):
        plan_pull(desk(home, card()), ["tiny"], endpoint="http://mirror.example")


def test_a_host_that_was_agreed_to_is_in_every_order(home: Path) -> None:
    """And nothing else than the name of a host is taken."""
    [file] = plan_pull(desk(home, card()), ["tiny"], hosts=["CDN.example.org"]).models[0].files
    assert file.order.also == ("cdn.example.org",)
    assert file.leads_to[-1] == "cdn.example.org"
    for wrong in ("https://cdn.example.org", "", "a b", "x" * 300):
        with pytest.raises(UsageError):
            plan_pull(desk(home, card()), ["tiny"], hosts=[wrong])


def test_what_nobody_published_is_told_as_that(home: Path) -> None:
    """A hub may give its word; an address of its own has nobody."""
    [unknown] = plan_pull(desk(home), ["a/b/x.gguf"]).models
    assert (unknown.files[0].trust, unknown.is_measured, unknown.bytes_left) == (BY_HUB, False, 0)
    far = card(files=(CardFile("tiny.gguf", url="https://files.example/tiny.gguf"),))
    [model] = plan_pull(desk(home, far), ["tiny"]).models
    assert model.files[0].trust == BY_NOBODY
    assert model.files[0].order.place.shown == "https://files.example/tiny.gguf"


def test_one_model_is_planned_once(home: Path) -> None:
    """Whoever names it twice does not fetch it twice."""
    assert len(plan_pull(desk(home, card()), ["tiny", "tiny"]).models) == 1


@pytest.mark.parametrize(
    ("name", "role", "hint"),
    [
        ("tinny", None, "is it tiny?"),
        ("nothing-like-it", None, "models list --all"),
        ("a/b", None, "--role"),
        ("a/b/x.onnx", None, "--role"),
        ("a/../x.gguf", None, ""),
        ("a/b/../x.gguf", None, ""),
        ("tiny", ModelRole.TTS, "--role llm"),
        ("smollm2-135m-instruct", None, "nothing to fetch"),
        ("other/tiny/tiny.gguf", None, "models import"),
    ],
)
def test_what_cannot_be_planned_is_a_line_with_a_remedy(
    home: Path, name: str, role: ModelRole | None, hint: str
) -> None:
    """Exit 2."""
    with pytest.raises(UsageError) as refused:
        plan_pull(desk(home, card()), [name], role=role)
    assert hint in refused.value.hint
    assert refused.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("how", ["flag", "variable", "setting"])
def test_a_switch_refuses_with_the_line_that_imports(home: Path, how: str) -> None:
    """However it was switched on; offline is 5 and no_cloud is 4."""
    for name, kind, code in (("offline", Unreachable, 5), ("no_cloud", EgressDenied, 4)):
        (home / "config.toml").write_text(f"[network]\n{name} = {'true' if how == 'setting' else 'false'}\n")
        opening = Opening(
            home=home,
            offline=how == "flag" and name == "offline",
            no_cloud=how == "flag" and name == "no_cloud",
            environment={f"PRIVACY_ASSISTANT_{name.upper()}": "1"} if how == "variable" else {},
        )
        with pytest.raises(kind) as refused:
            refuse_where_switched_off(desk_of(opening), opening)
        assert (refused.value.exit_code, refused.value.rule) == (code, f"switch:{name}")
        assert "models import PATH" in refused.value.hint
