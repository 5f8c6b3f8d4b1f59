"""Only what a verdict on speech lets leave becomes a parcel of speech, and it cannot be changed unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from privacy_assistant.core import policy
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.redaction import Redacted, redact
from privacy_assistant.core.sound import Recording
from privacy_assistant.core.sound_parcel import (
    MOST_CHARACTERS,
    MOST_PCM_BYTES,
    SoundParcel,
    pack_recording,
    pack_speech,
)
from privacy_assistant.core.turn import Zone
from privacy_assistant.errors import EgressDenied

SOUND = Recording(b"\1\2" * 800, 16_000)


def verdict(
    matter: Literal["words", "stt", "tts"], stance: Stance = Stance.LEAVE, backend: str = "lab"
) -> policy.Verdict:
    """Any verdict on speech; the tests of the policy show which one is given when."""
    return policy.Verdict(stance, "a rule", (), "0" * 64, backend, (), matter)


def redacted(text: str) -> Redacted:
    return redact(text, PatternFinder().find(text), Legend("AAA"))


def recording(zone: Zone = Zone.LAN, by: policy.Verdict | None = None, sound: Recording = SOUND) -> SoundParcel:
    return pack_recording(*("01", by or verdict("stt"), "lab", "lab.example", zone, sound), model="ears", language="en")


def words(text: str = "Good morning.", zone: Zone = Zone.LAN, by: policy.Verdict | None = None) -> SoundParcel:
    return pack_speech(
        *("01", by or verdict("tts"), "lab", "lab.example", zone, redacted(text)), model="mouth", voice="alto"
    )


def test_what_may_leave_is_packed_whole() -> None:
    """A recording as it is, words as they are, each with a digest."""
    for packed in (recording(), words()):
        assert packed.is_intact
        assert len(packed.digest) == 64
        assert not packed.needs_consent
        assert packed.counts == {}
    assert recording().recording == SOUND
    assert SOUND.seconds == 0.05


def test_what_must_be_asked_is_packed_and_says_so() -> None:
    """Consent is given to a parcel; on this device nobody is asked."""
    ask = verdict("stt", Stance.ASK)
    assert recording(by=ask).needs_consent
    assert not recording(Zone.DEVICE, ask).needs_consent


@pytest.mark.parametrize("stance", [Stance.STAY, Stance.REFUSE])
def test_what_must_stay_is_packed_for_this_device_alone(stance: Stance) -> None:
    """A server of this machine may hear what nobody else may."""
    for pack, what in ((recording, "stt"), (words, "tts")):
        by: Any = verdict(what, stance)  # type: ignore[arg-type]  # the loop forgets which words they are
        with pytest.raises(EgressDenied) as denied:
            pack(by=by)
        assert denied.value.rule == "a rule"
        assert pack(zone=Zone.DEVICE, by=by).is_intact


def test_only_a_verdict_on_this_very_thing_packs_it() -> None:
    """Not one on words, on the other way of speech, on another back end or on none."""
    for by in (verdict("words"), verdict("tts"), verdict("stt", backend="other"), verdict("stt", backend="")):
        with pytest.raises(EgressDenied):
            recording(by=by)
    for by in (verdict("words"), verdict("stt"), verdict("tts", backend="other"), verdict("tts", backend="")):
        with pytest.raises(EgressDenied):
            words(by=by)


def test_words_with_anything_found_in_them_are_not_packed() -> None:
    """Neither masked nor in clear."""
    for zone in Zone:
        with pytest.raises(EgressDenied) as denied:
            words("Write to a@b.co", zone)
        assert denied.value.rule == "speech:personal"
    raw: Any = "Good morning."
    with pytest.raises(EgressDenied):
        pack_speech("01", verdict("tts"), "lab", "lab.example", Zone.LAN, raw)


@pytest.mark.parametrize("text", ["", " \n", "x" * (MOST_CHARACTERS + 1)])
def test_nothing_and_too_much_are_not_spoken(text: str) -> None:
    """One request takes so much."""
    with pytest.raises(EgressDenied):
        words(text)


@pytest.mark.parametrize(
    "sound",
    [
        Recording(b"", 16_000),
        Recording(b"abc", 16_000),
        Recording(b"ab", 0),
        Recording(b"ab", 96_000),
        Recording(bytes(MOST_PCM_BYTES + 2), 16_000),
    ],
    ids=["empty", "half a sample", "no rate", "a high rate", "too long"],
)
def test_what_is_no_recording_is_not_packed(sound: Recording) -> None:
    """Whole samples at a rate of speech, and not without end."""
    with pytest.raises(EgressDenied):
        recording(sound=sound)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "02"},
        {"backend": "other"},
        {"host": "other.example"},
        {"zone": Zone.CLOUD},
        {"what": "tts"},
        {"model": "other"},
        {"language": "de"},
        {"voice": "bass"},
        {"recording": Recording(SOUND.pcm[:-1] + b"\0", 16_000)},
        {"recording": Recording(SOUND.pcm, 8_000)},
        {"recording": None},
        {"text": redact("Good night.", Findings(), Legend("AAA"))},
        {"verdict": verdict("stt", Stance.ASK)},
        {"verdict": verdict("words")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_is_in_the_digest(change: dict[str, Any]) -> None:
    """Whatever is changed, the parcel is not intact any more."""
    for packed in (recording(), words()):
        changed = replace(packed, **change)
        assert changed == packed or not changed.is_intact


def test_neither_sound_nor_words_show_in_a_repr() -> None:
    """What a person said is not content for a log."""
    shown = f"{recording()!r} {words()!r} {SOUND!r}"
    assert "Good morning" not in shown
    assert "x01" not in shown
