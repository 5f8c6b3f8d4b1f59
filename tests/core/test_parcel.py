"""Only what a verdict lets leave becomes a parcel, and a parcel cannot be changed unseen."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Literal, cast

import pytest

from privacy_assistant.core import policy
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.parcel import PackedCall, PackedMessage, PackedTool, Parcel, pack
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.redaction import Legend, Redacted, redact
from privacy_assistant.core.turn import Role, Zone
from privacy_assistant.errors import EgressDenied


def verdict(stance: Stance, backend: str = "lab") -> policy.Verdict:
    """Any verdict; the tests of the policy show which one is given when."""
    return policy.Verdict(stance, "a rule", (), "0" * 64, backend)


def redacted(text: str) -> Redacted:
    return redact(text, PatternFinder().find(text), Legend("AAA"))


def said(text: str) -> PackedMessage:
    return PackedMessage(Role.USER, redacted(text))


def parcel(stance: Stance = Stance.LEAVE, text: str = "hello a@b.co") -> Parcel:
    return pack("01", verdict(stance), "lab", "lab.example", Zone.LAN, [said(text)])


def test_what_may_leave_is_packed() -> None:
    """The body, the counts and a digest of 64 hex digits."""
    packed = parcel()
    assert packed.body[0].text.text == "hello ⟦EMAIL·AAA·1⟧"
    assert packed.counts == {"EMAIL": 1}
    assert len(packed.digest) == 64
    assert packed.is_intact
    assert not packed.needs_consent


def test_what_must_be_asked_is_packed_and_says_so() -> None:
    """Consent is given to a parcel, so there must be one."""
    assert parcel(Stance.ASK).needs_consent


@pytest.mark.parametrize("stance", [Stance.STAY, Stance.REFUSE])
def test_what_must_not_leave_is_not_packed(stance: Stance) -> None:
    """The error names the rule and a remedy."""
    with pytest.raises(EgressDenied) as refused:
        parcel(stance)
    assert refused.value.rule == "a rule"
    assert refused.value.hint


def test_a_verdict_about_another_back_end_packs_nothing() -> None:
    """A fallback needs a verdict of its own."""
    with pytest.raises(EgressDenied):
        pack("01", verdict(Stance.LEAVE, "cloud"), "lab", "lab.example", Zone.LAN, [said("x")])
    assert pack("01", verdict(Stance.LEAVE, ""), "lab", "lab.example", Zone.LAN, [said("x")])


@pytest.mark.parametrize("matter", ["stt", "tts"])
@pytest.mark.parametrize("zone", list(Zone))
def test_a_verdict_about_speech_packs_no_words(matter: Literal["stt", "tts"], zone: Zone) -> None:
    """Whoever may be given a recording was not asked about the conversation."""
    about_speech = replace(verdict(Stance.LEAVE), matter=matter)
    with pytest.raises(EgressDenied, match="about speech"):
        pack("01", about_speech, "lab", "lab.example", zone, [said("hello")])


def test_raw_text_and_nothing_are_not_packed() -> None:
    """By type, and at run time too."""
    raw = cast("Redacted", "my card")
    bare = cast("PackedMessage", (Role.USER, redacted("x")))
    call = PackedMessage(Role.ASSISTANT, redacted(""), calls=(PackedCall("1", "clock", raw),))
    for messages in ([PackedMessage(Role.USER, raw)], [], [bare], [call]):
        with pytest.raises(EgressDenied):
            pack("01", verdict(Stance.LEAVE), "lab", "lab.example", Zone.LAN, messages)
    for tool in (PackedTool("clock", raw, redacted("{}")), PackedTool("clock", redacted(""), raw)):
        with pytest.raises(EgressDenied):
            pack("01", verdict(Stance.LEAVE), "lab", "lab.example", Zone.LAN, [said("x")], tools=[tool])


def test_any_change_breaks_the_digest() -> None:
    """What was consented to is what is sent: identity, destination, zone, words and verdict."""
    packed = parcel()
    other = redact("another", Findings(), Legend("AAA"))
    changes: list[Parcel] = [
        replace(packed, id="02"),
        replace(packed, backend="cloud"),
        replace(packed, host="evil.example"),
        replace(packed, zone=Zone.CLOUD),
        replace(packed, body=(PackedMessage(Role.USER, other),)),
        replace(packed, body=(replace(packed.body[0], role=Role.SYSTEM),)),
        replace(packed, body=(replace(packed.body[0], answers="1"),)),
        replace(packed, body=(replace(packed.body[0], calls=(PackedCall("1", "clock", other),)),)),
        replace(packed, body=packed.body * 2),
        replace(packed, model="another"),
        replace(packed, tools=(PackedTool("clock", other, other),)),
        replace(packed, temperature=0.0),
        replace(packed, max_tokens=1),
        replace(packed, verdict=verdict(Stance.ASK)),
        replace(packed, digest="0" * 64),
    ]
    assert not any(changed.is_intact for changed in changes)
    with pytest.raises(FrozenInstanceError):
        packed.host = "evil.example"  # type: ignore[misc]  # that it cannot be assigned is the point


def test_equal_content_has_an_equal_digest() -> None:
    """Canonical: the same today and tomorrow, for any text, lone surrogates included."""
    assert parcel().digest == parcel().digest
    assert parcel(text="\ud83d é").digest != parcel(text="\ud83e é").digest
    assert parcel().digest != parcel(text="hello b@b.co!").digest


def test_a_parcel_shows_no_words_in_its_repr() -> None:
    """Even redacted words are the person's."""
    assert "hello" not in repr(parcel())


def test_every_text_of_a_parcel_is_counted_and_shown() -> None:
    """Calls and tools leave like messages: their texts and what was taken out of them are in the parcel's."""
    call = PackedCall("1", "mail", redacted('{"to": "c@d.org"}'))
    asked = PackedMessage(Role.ASSISTANT, redacted(""), calls=(call,))
    answered = PackedMessage(Role.TOOL, redacted("sent to e@f.net"), answers="1")
    tool = PackedTool("mail", redacted("writes to g@h.dev"), redacted("{}"))
    packed = pack(
        "01", verdict(Stance.LEAVE), "lab", "lab.example", Zone.LAN, [said("hi a@b.co"), asked, answered], tools=[tool]
    )
    assert [text.text.partition(" ")[0] for text in packed.texts] == ["hi", "", '{"to":', "sent", "writes", "{}"]
    assert packed.counts == {"EMAIL": 4}
    assert packed.is_intact
