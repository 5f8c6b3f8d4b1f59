"""Sound files of every kind: the sound as it is, one clear line for what is none, and nothing else opened."""

from __future__ import annotations

import io
import struct
import time
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy_assistant.core.sound import HEARD_HZ, Recording, Tick
from privacy_assistant.engines.sound_file import FileCard, read_sound, resampled
from privacy_assistant.errors import UsageError

EASY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)


def speech(samples: int = 4800, seed: int = 1) -> bytes:
    """Something loud, never the same twice."""
    noise: npt.NDArray[np.int16] = np.random.default_rng(seed).integers(-30_000, 30_000, samples).astype("<i2")
    return noise.tobytes()


def encoded(pcm: bytes, *, kind: str, codec: str, rate: int = 16_000, layout: str = "mono", form: str = "s16") -> bytes:
    """Such a file, by the same library that reads it. `pcm` is interleaved."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.codec_context.layout = layout
        stream.codec_context.time_base = Fraction(1, rate)
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2").reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(format=form, layout=layout, rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            for packet in stream.encode(part):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return out.getvalue()


def kept(place: Path, data: bytes) -> Path:
    """A file; its name says nothing."""
    file = place / "sound"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
def test_a_flac_file_is_read_to_the_sample(tmp_path: Path, rate: int) -> None:
    """It loses nothing, so nothing may be lost."""
    pcm = speech()
    assert read_sound(kept(tmp_path, encoded(pcm, kind="flac", codec="flac", rate=rate))) == Recording(pcm, rate)


def test_two_channels_become_their_mean(tmp_path: Path) -> None:
    """The same mean in FLAC as in WAV."""
    both = speech(9600)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(both)
    by_flac = read_sound(kept(tmp_path, encoded(both, kind="flac", codec="flac", layout="stereo")))
    assert by_flac == read_sound(kept(tmp_path, out.getvalue()))
    assert by_flac.seconds == 0.3


def test_wide_samples_and_floating_point_are_read_as_16_bits(tmp_path: Path) -> None:
    """24 bits in FLAC, 32 of floating point in WAV."""
    pcm = speech()
    wide = encoded(pcm, kind="flac", codec="flac", form="s32")
    floating = encoded(pcm, kind="wav", codec="pcm_f32le", form="flt")
    for data in (wide, floating):
        assert read_sound(kept(tmp_path, data)) == Recording(pcm, 16_000)


@pytest.mark.parametrize(
    ("kind", "codec", "form"), [("mp3", "libmp3lame", "s16p"), ("ogg", "flac", "s16"), ("aiff", "pcm_s16be", "s16")]
)
def test_other_kinds_are_told_by_their_first_bytes(tmp_path: Path, kind: str, codec: str, form: str) -> None:
    """Whatever the file is called."""
    try:
        data = encoded(speech(), kind=kind, codec=codec, form=form)
    except (av.FFmpegError, ValueError):
        pytest.skip(f"this FFmpeg writes no {codec}")
    assert read_sound(kept(tmp_path, data)).seconds == pytest.approx(0.3, abs=0.1)


def test_a_file_that_was_cut_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    """As a WAV does."""
    pcm = speech(48_000)
    whole = encoded(pcm, kind="flac", codec="flac")
    cut = read_sound(kept(tmp_path, whole[: len(whole) // 2]))
    assert 0.5 < cut.seconds < 3
    assert pcm.startswith(cut.pcm)


@pytest.mark.parametrize(
    "untrusted",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        b"<?xml version='1.0'?><MPD></MPD>",
        b"",
        b"fLaC",
        b"fLaC" + bytes(100),
        b"RIFF" + struct.pack("<I", 4) + b"WAVE",
    ],
)
def test_a_list_of_other_files_is_no_sound(tmp_path: Path, untrusted: bytes) -> None:
    """FFmpeg would open what such a file names, here or far away."""
    file = kept(tmp_path, untrusted)
    with pytest.raises(UsageError) as told:
        read_sound(file)
    assert str(file) in told.value.message
    assert "\n" not in told.value.message


@EASY
@given(st.lists(st.tuples(st.integers(4, 600), st.integers(0, 255)), max_size=8), st.integers(0, 3000))
def test_a_damaged_flac_file_is_a_recording_or_one_clear_line(
    tmp_path: Path, changes: list[tuple[int, int]], length: int
) -> None:
    """Whatever the decoder makes of it, it stays within the bounds."""
    data = bytearray(encoded(speech(1000), kind="flac", codec="flac"))
    for at, value in changes:
        data[at % len(data)] = value
    data[:4] = b"fLaC"
    try:
        recording = read_sound(kept(tmp_path, bytes(data[: max(length, 4)])), most_pcm_bytes=100_000)
    except UsageError:
        return
    assert 0 < len(recording.pcm) <= 100_000


def test_more_sound_than_is_wanted_is_refused_while_it_is_decoded(tmp_path: Path) -> None:
    """Silence packs ten thousand to one: the size of the file says nothing."""
    packed = encoded(bytes(2 * 160_000), kind="flac", codec="flac")
    assert len(packed) < 20_000
    with pytest.raises(UsageError, match="too long"):
        read_sound(kept(tmp_path, packed), most_pcm_bytes=100_000)


@given(st.integers(1, 2000), st.sampled_from([8_000, 16_000, 22_050, 44_100, 48_000]))
def test_another_rate_is_as_long(samples: int, rate: int) -> None:
    """To the next whole sample."""
    again = resampled(Recording(speech(samples), rate), HEARD_HZ)
    assert again.rate_hz == HEARD_HZ
    assert len(again.pcm) == 2 * -(-samples * HEARD_HZ // rate)


def heard(ticks: list[Tick]) -> bytes:
    """All that was heard."""
    return b"".join(tick.heard.pcm for tick in ticks)


def test_a_file_is_heard_whole_and_then_silence_for_as_long_as_is_wanted() -> None:
    """What was played meanwhile is kept, sample for sample."""
    pcm = speech(1000)
    left = [True, True, True, False]
    card = FileCard(Recording(pcm, HEARD_HZ), 24_000, wants_more=lambda: left.pop(0))
    said = iter(range(1000))
    ticks = list(card.ticks(lambda samples: next(said).to_bytes(2, "little") * samples))
    assert heard(ticks) == pcm + bytes(2 * (10 * 160 - 1000))
    assert [tick.heard.at for tick in ticks] == pytest.approx([number / 100 for number in range(10)])
    assert card.played() == Recording(b"".join(number.to_bytes(2, "little") * 240 for number in range(10)), 24_000)
    assert all(len(tick.played.pcm) == 480 for tick in ticks)


def test_a_file_at_another_rate_is_heard_at_ours() -> None:
    """One second stays one second."""
    card = FileCard(Recording(bytes(2 * 44_100), 44_100))
    assert len(list(card.ticks(lambda samples: bytes(2 * samples)))) == 100


def test_a_closed_file_ends() -> None:
    """In the middle, and though more was wanted."""
    card = FileCard(Recording(speech(16_000), HEARD_HZ), wants_more=lambda: True)
    taken = []
    for tick in card.ticks(lambda samples: bytes(2 * samples)):
        taken.append(tick)
        if len(taken) == 5:
            card.close()
    assert len(taken) == 5


def test_in_real_time_a_file_is_never_ahead_of_the_wall() -> None:
    """It takes as long as it lasts, or longer."""
    card = FileCard(Recording(bytes(2 * 1600), HEARD_HZ), is_realtime=True)
    begin = time.monotonic()
    ticks = list(card.ticks(lambda samples: bytes(2 * samples)))
    assert time.monotonic() - begin >= len(ticks) / 100 == 0.1


def test_a_rate_of_which_10_ms_are_no_whole_samples_is_refused() -> None:
    """The loop counts whole samples."""
    with pytest.raises(ValueError):
        FileCard(Recording(b"ab", HEARD_HZ), 22_050)
