"""Speech by back ends that a test scripts: what is set aside and settled, who is asked instead, what is never sent."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from privacy_assistant.core.consent import Answer
from privacy_assistant.core.exchange import Notice
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy import Switches, Verdict
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.core.sound_parcel import SoundDispatch, SoundParcel, pack_recording, pack_speech
from privacy_assistant.errors import (
    AssistantError,
    BudgetExceeded,
    ConsentMissing,
    EgressDenied,
    EngineMissing,
    ReplyMalformed,
    Unreachable,
)
from privacy_assistant.flow import speaking
from privacy_assistant.flow.speaking import Heard, Speaking, Spoken
from privacy_assistant.ports import Delayed, Finder, Sent
from tests.fakes import EPOCH, FakeConsent, FakeFinder, FakePurse

MINUTE = Recording(bytes(2 * 8_000 * 60), 8_000)
ALLOW = 'stt_cloud = "allow"\ntts_cloud = "allow"'
LISTED = 'kind = "openai"\nzone = "cloud"\nstt_model = "whisper-1"\ntts_model = "tts-1"\nvoice = "alloy"'
OWN = 'kind = "openai-compatible"\nbase_url = "http://{0}.example/v1"\ninsecure = true\nstt_model = "m"\n'
LAN = OWN + 'zone = "lan"\ntts_model = "m"\nvoice = "v"'
CLOUD = OWN + 'zone = "cloud"\ntts_model = "m"\nvoice = "v"'
DEVICE = LAN.replace("{0}.example", "127.0.0.1").replace('"lan"', '"device"')
LEFT = Sent(4, "POST there", 10)


@dataclass
class Scripted:
    """A back end that gives these items in order, an error among them is raised; hears and speaks alike."""

    backend: Backend
    items: Sequence[Any] = ()
    reason: str = ""
    dispatches: list[SoundDispatch] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    on_item: Any = None

    def why_not(self) -> str:
        return self.reason

    def cancel(self, parcel_id: str) -> None:
        self.cancelled.append(parcel_id)

    def transcribe(self, dispatch: SoundDispatch) -> Generator[Any, None, None]:
        self.dispatches.append(dispatch)
        for item in self.items:
            if self.cancelled:
                return
            if isinstance(item, AssistantError):
                raise item
            yield item
            if self.on_item is not None:
                self.on_item()

    speak = transcribe


class Ears(Scripted):
    """One that hears."""

    def pack(self, parcel_id: str, verdict: Verdict, recording: Recording, language: str = "") -> SoundParcel:
        where = (self.backend.name, "there", self.backend.zone)
        return pack_recording(parcel_id, verdict, *where, recording, language=language)


class Mouth(Scripted):
    """One that speaks."""

    def pack(self, parcel_id: str, verdict: Verdict, text: Redacted) -> SoundParcel:
        return pack_speech(parcel_id, verdict, self.backend.name, "there", self.backend.zone, text)


@dataclass(frozen=True)
class Words:
    """What was understood."""

    text: str
    language: str = "en"


class Bench:
    """A policy with back ends, by name, and who stands in for them."""

    def __init__(
        self,
        backends: dict[str, str],
        *,
        speech: str = ALLOW,
        top: str = "",
        more: str = "",
        finder: Finder | None = None,
        consent: FakeConsent | None = None,
        is_offline: bool = False,
    ) -> None:
        tables = "\n".join(f"[backend.{name}]\n{keys.format(name)}" for name, keys in backends.items())
        self.policy = parse_policy(f"version = 1\n{top}\n[speech]\n{speech}\n{tables}\n{more}", "policy.toml")
        assert not self.policy.problem
        self.purse = FakePurse()
        self.consent = consent or FakeConsent()
        self.ears = {backend.name: Ears(backend) for backend in self.policy.backends}
        self.mouths = {backend.name: Mouth(backend) for backend in self.policy.backends}
        self.speaking = Speaking(
            self.policy,
            Switches(offline=is_offline),
            hearing=list(self.ears.values()),
            voices=list(self.mouths.values()),
            finder=finder or FakeFinder(),
            purse=self.purse,
            consent=self.consent,
            account="0" * 32,
            keep=lambda payload: "mac",
            new_legend=lambda: Legend.new(b"ab"),
            clock=lambda: EPOCH,
        )

    def hear(self) -> list[Notice | Heard]:
        return list(self.speaking.hear(MINUTE))

    def say(self, text: str = "Good morning.") -> list[Notice | Spoken]:
        return list(self.speaking.speak(text))


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def frame(pcm: bytes = b"ab") -> Frame:
    return Frame(pcm, 24_000, 0.0)


# ---------------------------------------------------------------- money


def test_a_recording_costs_its_minutes_and_a_text_its_characters() -> None:
    """Set aside before it leaves, settled after it left; both at the maker's prices."""
    bench = Bench({"there": LISTED}, more='[budget]\nday = "1 USD"')
    bench.ears["there"].items = [LEFT, Words("yes")]
    *_, heard = bench.hear()
    assert isinstance(heard, Heard)
    assert (heard.text, heard.language, heard.decision.cost) == ("yes", "en", "0.006 USD")
    assert bench.purse.reserved == bench.purse.settled == [("0" * 32, usd("0.006"))]
    assert (heard.decision.ledger_seq, heard.decision.model) == (4, "whisper-1")
    bench.mouths["there"].items = [LEFT, frame(), frame(b"cd")]
    *_, spoken = bench.say("a" * 1000)
    assert isinstance(spoken, Spoken)
    assert (spoken.recording, spoken.decision.cost) == (Recording(b"abcd", 24_000), "0.015 USD")


def test_what_never_left_costs_nothing_and_what_left_costs_whatever_came_back() -> None:
    """The reservation is settled either way."""
    for items, cost in (([Unreachable("no")], usd("0")), ([LEFT, Unreachable("no")], usd("0.006"))):
        bench = Bench({"there": LISTED})
        bench.ears["there"].items = items
        with pytest.raises(Unreachable):
            bench.hear()
        [(_, settled)] = bench.purse.settled
        assert settled == cost


def test_what_would_pass_the_budget_is_not_sent_and_nobody_is_asked_about_it() -> None:
    """A minute costs 0.006 USD."""
    bench = Bench({"there": LISTED}, more='[budget]\nday = "0.005 USD"', speech='stt_cloud = "ask"')
    with pytest.raises(BudgetExceeded, match="it would pass the budget for the day"):
        bench.hear()
    assert not bench.ears["there"].dispatches
    assert not bench.consent.requests


# ---------------------------------------------------------------- who is asked instead


def test_a_failure_moves_to_an_equally_private_place_and_never_outwards() -> None:
    """The lan is preferred; where all of it fails, the cloud is not asked."""
    bench = Bench({"far": CLOUD, "one": LAN, "two": LAN})
    bench.ears["one"].items = [LEFT, Unreachable("one: it is gone.")]
    bench.ears["two"].items = [Delayed(0.0, "it is busy"), LEFT, Words("yes")]
    *notices, heard = bench.hear()
    assert isinstance(heard, Heard)
    assert notices == [Notice("one: it is gone; two is asked instead"), Notice("two: it is busy, again at once")]
    assert (heard.decision.answered_by, heard.decision.rejected) == ("two", (("one", "one: it is gone."),))
    bench.ears["two"].items = [Unreachable("two: it is gone.")]
    with pytest.raises(Unreachable, match="two: it is gone"):
        bench.hear()
    assert not bench.ears["far"].dispatches


def test_where_the_cloud_comes_first_the_lan_is_asked_after_it() -> None:
    """A fallback inwards."""
    bench = Bench({"one": LAN, "far": CLOUD}, top='mode = "cloud-first"')
    bench.ears["far"].reason = "its key is not there"
    bench.ears["one"].items = [LEFT, Words("yes")]
    *_, heard = bench.hear()
    assert isinstance(heard, Heard)
    assert (heard.decision.answered_by, str(heard.decision.wanted)) == ("one", "cloud")


def test_a_no_holds_for_every_place_that_is_not_more_private() -> None:
    """Another back end of the same zone is not asked about again."""
    bench = Bench({"one": LAN, "two": LAN}, speech='stt_cloud = "ask"', consent=FakeConsent(Answer.NO, Answer.ONCE))
    with pytest.raises(ConsentMissing):
        bench.hear()
    assert len(bench.consent.requests) == 1


def test_a_yes_is_for_the_digest_that_was_asked_about() -> None:
    """And the request shows the words, or says that there are none."""
    bench = Bench({"one": LAN}, speech=ALLOW.replace("allow", "ask"), consent=FakeConsent(Answer.ONCE))
    bench.ears["one"].items, bench.mouths["one"].items = [LEFT, Words("yes")], [LEFT, frame()]
    bench.hear()
    bench.say()
    for request, there in zip(bench.consent.requests, (bench.ears["one"], bench.mouths["one"]), strict=True):
        assert there.dispatches[0].consented == request.parcel.digest == there.dispatches[0].parcel.digest
    assert [request.originals for request in bench.consent.requests] == [(), ("Good morning.",)]


# ---------------------------------------------------------------- what is never sent


def test_a_text_with_a_finding_is_not_spoken_and_one_with_an_allowed_kind_is() -> None:
    """What the policy allows in clear is nothing personal to it."""
    finder = FakeFinder({"Anna": Kind.PERSON})
    bench = Bench({"one": LAN}, finder=finder)
    with pytest.raises(EngineMissing) as told:
        bench.say("Anna is here.")
    assert (told.value.rule, "Anna" in told.value.hint) == ("speech:personal", False)
    assert not bench.mouths["one"].dispatches
    bench = Bench({"one": LAN}, finder=finder, more='[categories]\nPERSON = "allow"')
    bench.mouths["one"].items = [LEFT, frame()]
    bench.say("Anna is here.")
    [dispatch] = bench.mouths["one"].dispatches
    assert dispatch.parcel.text is not None
    assert dispatch.parcel.text.text == "Anna is here."


def test_where_the_finder_breaks_nothing_is_spoken() -> None:
    """Not on this device either: a server is another program."""

    class Broken(FakeFinder):
        def find(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("Anna")

    bench = Bench({"here": DEVICE}, finder=Broken())
    with pytest.raises(EgressDenied) as told:
        bench.say("Anna is here.")
    assert told.value.rule == "finder:failed"
    assert not bench.mouths["here"].dispatches


def test_a_rule_about_voices_keeps_a_recording_here() -> None:
    """The most private of everything that applies decides, and its name is told."""
    rule = '[[rule]]\nname = "my voice is mine"\nwhen = { origin = "voice" }\nthen = "stay"'
    bench = Bench({"one": LAN}, more=rule)
    with pytest.raises(EngineMissing) as told:
        bench.hear()
    assert told.value.rule == "my voice is mine"


def test_offline_asks_no_server_of_this_device_either() -> None:
    """No network at all, not even your own."""
    bench = Bench({"here": DEVICE}, is_offline=True)
    with pytest.raises(Unreachable, match="offline is switched on"):
        bench.hear()
    assert not bench.ears["here"].dispatches


# ---------------------------------------------------------------- what comes back


def test_a_cancelled_one_gives_nothing_and_is_told_at_once() -> None:
    """The back end is told by the parcel's id; what is half there is no transcript and no sound."""
    bench = Bench({"one": LAN})
    for there, run in ((bench.ears["one"], bench.hear), (bench.mouths["one"], bench.say)):
        there.items, there.on_item = [LEFT, frame(), Words("yes")], bench.speaking.cancel
        assert run() == []
        assert there.cancelled[0] == there.dispatches[0].parcel.id


def test_sound_without_end_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A voice could fill the memory else."""
    monkeypatch.setattr(speaking, "MOST_SOUND_BYTES", 5)
    bench = Bench({"one": LAN})
    bench.mouths["one"].items = [LEFT, *[frame()] * 4]
    with pytest.raises(ReplyMalformed, match="one: what it sent is too long"):
        bench.say()
