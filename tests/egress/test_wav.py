"""Sound in memory: a WAV of a recording, and the sound in what comes back, however it is cut."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.egress.wav import SoundReader, wav_of
from privacy_assistant.errors import ReplyMalformed

_PCM = st.binary(min_size=2, max_size=400).map(lambda raw: raw[: len(raw) // 2 * 2])


def frames_of(whole: bytes, cuts: list[int], rate: int | None = None) -> list[Frame]:
    """The frames of these bytes, cut at these places."""
    reader = SoundReader(rate)
    cuts = sorted(min(cut, len(whole)) for cut in cuts)
    found = [
        frame
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        for frame in reader.feed(whole[start:end])
    ]
    reader.close()
    return found


@given(pcm=_PCM, rate=st.integers(8_000, 48_000), cuts=st.lists(st.integers(0, 500), max_size=6))
def test_the_sound_of_a_wav_comes_back_however_it_is_cut(pcm: bytes, rate: int, cuts: list[int]) -> None:
    """Whole samples, each frame at its place in time."""
    frames = frames_of(wav_of(Recording(pcm, rate)), cuts)
    assert b"".join(frame.pcm for frame in frames) == pcm
    at = 0
    for frame in frames:
        assert (frame.rate_hz, frame.at) == (rate, at / rate)
        assert len(frame.pcm) % 2 == 0
        at += len(frame.pcm) // 2


@pytest.mark.parametrize("length", [0, 0x7FFF_FFFF, 0xFFFF_FFFF])
@pytest.mark.parametrize("form", [1, 0xFFFE])
def test_a_wav_that_is_made_as_it_goes_ends_where_it_ends(length: int, form: int) -> None:
    """Its head does not know its length, and may hold other things."""
    head = b"RIFF\xff\xff\xff\xffWAVELIST\x03\x00\x00\x00abc\x00"
    kind = struct.pack("<HHIIHH", form, 1, 24_000, 48_000, 2, 16) + bytes(24 if form != 1 else 0)
    whole = head + b"fmt " + struct.pack("<I", len(kind)) + kind + b"data" + struct.pack("<I", length) + b"abcdef"
    for cut in range(len(whole)):
        assert b"".join(frame.pcm for frame in frames_of(whole, [cut])) == b"abcdef"


def test_what_follows_the_sound_is_not_played() -> None:
    """A WAV may end with words about itself."""
    whole = wav_of(Recording(b"abcd", 16_000)) + b"LIST\x04\x00\x00\x00INFO"
    assert b"".join(frame.pcm for frame in frames_of(whole, [len(whole) - 3])) == b"abcd"


def test_bare_sound_needs_a_rate_that_is_known() -> None:
    """Of which rate it is, nothing in it tells."""
    pcm = bytes(range(40))
    assert [frame.pcm for frame in frames_of(pcm, [], 24_000)] == [pcm]
    with pytest.raises(ReplyMalformed):
        frames_of(pcm, [])


@given(untrusted=st.binary(max_size=100))
def test_whatever_comes_is_sound_or_malformed(untrusted: bytes) -> None:
    """No other error, for no bytes, behind the beginning of a WAV too."""
    for whole in (untrusted, b"RIFF\0\0\0\0WAVE" + untrusted, b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + untrusted):
        try:
            frames = frames_of(whole, [20])
        except ReplyMalformed:
            frames = []
        assert all(frame.pcm for frame in frames)


def test_a_head_without_end_is_malformed() -> None:
    """Nobody names so many songs; it is not waited for."""
    with pytest.raises(ReplyMalformed):
        list(SoundReader().feed(b"RIFF\0\0\0\0WAVELIST\xf0\xff\xff\x00"))
