"""Leaks that redactors and their libraries had, each by its number, kept out of this house.

On a real house, with a server of this machine declared a cloud; the other half is `test_bugs_of_others`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.turn import Origin
from privacy_assistant.engines import silence
from privacy_assistant.errors import EgressDenied, EngineFailed
from privacy_assistant.flow import searching
from tests.egress.household import ask, household, policy_of
from tests.egress.servers.capturing import CapturingServer, echo
from tests.egress.servers.http_messages import Request
from tests.egress.servers.openai_shapes import Says
from tests.fakes import FakeFinder

ROOT = Path(__file__).parents[2]
NAME = "Rosalind Featherstonehaugh"


class Part(FakeFinder):
    """A finder that does as it is told, the first time or when it is asked again."""

    def __init__(self, act: Callable[[str], Any], *, again: Callable[[str], Any] | None = None) -> None:
        super().__init__()
        self._act = act
        self._again = again or act

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        found: Findings = self._act(text)
        return found

    def find_again(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        found: Findings = self._again(text)
        return found


def breaks(text: str) -> Findings:
    raise RuntimeError(f"no idea what {text} is")


def fails(text: str) -> Findings:
    raise EngineFailed("the finder failed")


def finds_nothing(text: str) -> Findings:
    return Findings()


def finds_elsewhere(text: str) -> Findings:
    return Findings((Finding(len(text), len(text) + 40, Kind.PERSON, 1.0, "fake"),))


def finds_backwards(text: str) -> Findings:
    return Findings((Finding(9, 2, Kind.PERSON, 1.0, "fake"),))


def says_none(text: str) -> Any:
    return None


def says_a_list(text: str) -> Any:
    return [(0, 3, "PERSON")]


GARBAGE = [breaks, fails, finds_elsewhere, finds_backwards, says_none, says_a_list]


# ---------------------------------------------------------------- what fails, fails closed


@pytest.mark.parametrize("act", GARBAGE)
@pytest.mark.parametrize("is_wrapped", [True, False])
def test_litellm_31062_and_langwatch_430_a_finder_that_fails_lets_nothing_leave(
    act: Callable[[str], Any], is_wrapped: bool, home: Path, capturing_server: CapturingServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whether it raises or says what cannot be: this machine answers, a cloud alone is refused, no byte leaves."""
    finder = Part(act)
    monkeypatch.setattr(
        "privacy_assistant.app.house.finder", lambda *_, **__: Detector([finder]) if is_wrapped else finder
    )
    living = household(home, policy_of(capturing_server.url))
    with living.opened() as house:
        here = ask(house, f"Where is {NAME}?")
        with pytest.raises(EgressDenied) as denied:
            ask(house, f"Where is {NAME}?", asked="cloud")
    assert here.reply.text == "The answer of this machine."
    assert here.reply.decision.answered_by == "local"
    assert NAME not in denied.value.message + denied.value.hint
    assert capturing_server.connections == 0


@pytest.mark.parametrize("act", GARBAGE)
def test_litellm_31062_a_second_look_that_fails_lets_nothing_leave(
    act: Callable[[str], Any], home: Path, capturing_server: CapturingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where the finder fails while the parcel is made, when the verdict to leave was already there."""
    finder = Part(lambda text: FakeFinder({NAME: Kind.PERSON}).find(text), again=act)
    monkeypatch.setattr("privacy_assistant.app.house.finder", lambda *_, **__: finder)
    living = household(home, policy_of(capturing_server.url))
    with living.opened() as house:
        here = ask(house, f"Where is {NAME}?")
        with pytest.raises(EgressDenied) as denied:
            ask(house, f"Where is {NAME}?", asked="cloud")
    assert here.reply.decision.answered_by == "local"
    assert NAME not in denied.value.message + denied.value.hint
    assert capturing_server.connections == 0


@pytest.fixture
def stuck() -> Iterator[Callable[[str], Findings]]:
    """A search that does not end before the test does."""
    over = threading.Event()

    def wait(text: str) -> Findings:
        over.wait()
        return Findings()

    yield wait
    over.set()


@pytest.mark.parametrize("is_second", [False, True])
def test_litellm_31062_a_search_that_hangs_lets_nothing_leave(
    is_second: bool, stuck: Callable[[str], Findings], home: Path, capturing_server: CapturingServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It is left after a while, this machine answers, and a cloud alone is refused."""
    found = FakeFinder({NAME: Kind.PERSON})
    finder = Part(found.find, again=stuck) if is_second else Part(stuck)
    monkeypatch.setattr("privacy_assistant.app.house.finder", lambda *_, **__: finder)
    monkeypatch.setattr(searching, "MOST_SECONDS", 0.05)
    living = household(home, policy_of(capturing_server.url))
    with living.opened() as house:
        here = ask(house, f"Where is {NAME}?")
        with pytest.raises(EgressDenied):
            ask(house, f"Where is {NAME}?", asked="cloud")
    assert here.reply.decision.answered_by == "local"
    assert capturing_server.connections == 0


# ---------------------------------------------------------------- every channel, and the way back


PLANTED = [
    "rosalind.f@featherstone.example",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "536-90-4399",
    "203.0.113.77",
    "+49 30 901820",
    "Operation Quillfeather",
]


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_litellm_38841_and_35951_no_channel_carries_a_value(
    api: str, home: Path, capturing_server: CapturingServer
) -> None:
    """Instructions, history, question and attachment, each holding each value: it is in no string of any body, in no
    header and no target, whatever is the case it is written in; and the answer has it back."""
    living = household(home, policy_of(capturing_server.url, api=api))
    living.lists("Operation Quillfeather")
    capturing_server.answer = lambda request: f"You said so: {request.question} I heard it well, and so I say it."
    for value in PLANTED:
        living.writes("config.toml", f"[persona]\nsystem = 'Be brief. Reach me by {value} only.'\n")
        with living.opened() as house:
            first = ask(house, f"I wrote {value} on the box of tomatoes, is it easy to read?")
            second = ask(house, "Now read this and tell me more.", first.reply.conversation, attachment=f"By {value}.")
        assert first.reply.decision.answered_by == second.reply.decision.answered_by == "there"
        assert f"I wrote {value} on the box" in first.reply.text
        assert f"By {value}." in second.reply.text
    assert len(capturing_server.requests) == 2 * len(PLANTED)
    for request in capturing_server.requests:
        texts = [*request.strings, request.target, *(" ".join(header) for header in request.headers)]
        leaked = [value for value in PLANTED for text in texts if value.casefold() in text.casefold()]
        assert leaked == []
        assert sum("⟦" in text for text in request.strings) >= 2


def test_gomodel_941_an_echo_of_the_system_text_restores_nothing_and_closes_nothing(
    home: Path, capturing_server: CapturingServer
) -> None:
    """A placeholder of the persona that comes back is shown as it is, and the conversation goes on there."""
    living = household(home, policy_of(capturing_server.url))
    living.writes("config.toml", f"[persona]\nsystem = 'You serve {NAME}.'\n")
    capturing_server.answer = lambda request: f"This was in the first line: {request.messages[0][1].splitlines()[0]}"
    with living.opened() as house:
        first = ask(house, "What do you know about me?")
        second = ask(house, "And what do you know about bread?", first.reply.conversation)
        third = ask(house, f"Is it {NAME} whom you serve?", first.reply.conversation)
    assert [one.reply.decision.answered_by for one in (first, second, third)] == ["there"] * 3
    assert "⟦PERSON" in first.reply.text
    assert NAME not in first.reply.text + second.reply.text
    assert not any(NAME in text for request in capturing_server.requests for text in request.strings)


def _echo_cut(cut: Says, request: Request) -> Says:
    return replace(cut, text=request.question)


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_mastra_23783_and_21049_a_placeholder_cut_anywhere_comes_back_whole(
    api: str, home: Path, capturing_server: CapturingServer
) -> None:
    """Through the real stream, for every length of the first delta, and for bytes cut one to seven at a time: the
    answer is exact, and no piece that is shown has a part of a placeholder."""
    text = f"Dear {NAME}, is ann@example.org yours?"
    living = household(home, policy_of(capturing_server.url, api=api))
    with living.opened() as house:
        capturing_server.answer = echo
        whole = ask(house, f"Read: {text}")
        length = len(capturing_server.requests[0].question)
        cuts = [Says(piece=size) for size in range(1, length + 1)] + [Says(piece=4, write=size) for size in range(1, 8)]
        for cut in cuts:
            capturing_server.answer = partial(_echo_cut, cut)
            heard = ask(house, f"Read: {text}")
            assert heard.reply.text == f"Read: {text}"
            assert "".join(heard.pieces) == heard.reply.text
            assert not any(mark in piece for piece in heard.pieces for mark in "⟦⟧·")
    assert whole.reply.text == f"Read: {text}"
    assert len(capturing_server.requests) == len(cuts) + 1


# ---------------------------------------------------------------- libraries


def run_time_distributions() -> dict[str, metadata.Distribution]:
    """Everything that an installation without extras brings, by its name."""
    root = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    excluded = set(root["tool"]["uv"]["exclude-dependencies"])
    waiting = [Requirement(line) for line in root["project"]["dependencies"]]
    found: dict[str, metadata.Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found or name in excluded or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        found[name] = metadata.distribution(name)
        waiting += [Requirement(line) for line in found[name].requires or ()]
    return found


REPORTERS = (
    *("opentelemetry", "sentry", "posthog", "segment", "mixpanel", "amplitude", "analytics", "datadog", "ddtrace"),
    *("newrelic", "bugsnag", "rollbar", "honeycomb", "scarf", "statsd", "prometheus", "telemetry", "statsig"),
    *("huggingface", "transformers", "chromadb", "prisma", "langchain", "langsmith", "litellm", "wandb", "mlflow"),
)
"""Distributions that report what happens in a program, ask a hub, or were seen to phone home."""

SILENCED = {"huggingface-hub": "faster-whisper imports it, and is only ever given a directory (test_stt_whisper)"}
"""Those that stand in REPORTERS and are installed all the same, with the reason."""

ENDPOINTS = re.compile(
    rb"(?:posthog|sentry|segment|mixpanel|amplitude|datadoghq|scarf|honeycomb|newrelic|nr-data|bugsnag|rollbar|statsig"
    rb"|google-analytics|googletagmanager|launchdarkly|heapanalytics|loggly|logz|splunkcloud|applicationinsights)"
    rb"\.(?:com|io|sh|net|dev)\b|huggingface\.co/api|/v1/traces\b|api/telemetry|telemetry\.(?:com|io)"
)
"""Where reports go."""


def test_promptfoo_9968_and_ollama_17155_there_is_nothing_that_could_report() -> None:
    """No distribution that a plain installation brings is an exporter or a client of a hub, but for one that another
    needs, and which is told to be offline before it is loaded."""
    assert len(run_time_distributions()) > 30
    reporting = [name for name in run_time_distributions() if any(word in name for word in REPORTERS)]
    assert reporting == list(SILENCED)
    assert silence.WORDS["HF_HUB_OFFLINE"] == silence.WORDS["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_promptfoo_9968_no_python_of_a_library_names_a_place_for_reports() -> None:
    """Not one line of ours, nor of what is installed with it, but for what is silenced."""
    sources = list((ROOT / "privacy_assistant").rglob("*.py"))
    for distribution in (found for name, found in run_time_distributions().items() if name not in SILENCED):
        files = (Path(str(file.locate())) for file in distribution.files or () if file.suffix == ".py")
        sources += [file for file in files if file.is_file()]
    assert len(sources) > 2000
    assert [str(file) for file in sources if ENDPOINTS.search(file.read_bytes())] == []


LOOKS = """
import os
from privacy_assistant.app.pieces import finder
print(len(finder().find("Anneliese Kowalczyk lives in Graz").spans), os.environ["ORT_DISABLE_TELEMETRY"])
"""


def test_ollama_17155_the_library_of_the_name_finder_reports_nothing(tmp_path: Path) -> None:
    """onnxruntime holds an uploader in native code, which no tripwire of Python sees: where it is on, an identifier of
    this device and a file of events appear in the home as soon as the library starts."""
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": "", "ORT_DISABLE_TELEMETRY": ""}
    done = subprocess.run(
        [sys.executable, "-c", LOOKS], env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["2", "1"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_faster_whisper_116_and_chroma_no_library_of_ours_can_ask_a_hub() -> None:
    """Models are files that a manifest names: the package imports no client of a hub, and what an extra brings is
    handed a folder."""
    hub = re.compile(rb"huggingface_hub|hf_hub_download|snapshot_download|from_pretrained\((?!str\(folder\))")
    named = [file.name for file in (ROOT / "privacy_assistant").rglob("*.py") if hub.search(file.read_bytes())]
    assert named == []
