"""WAV files: whatever the bytes are, a recording or one clear line; and what is written reads the same."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy_assistant.app import sound_files
from privacy_assistant.app.sound_files import MOST_TALK_BYTES, read_recording, read_talk, write_sound
from privacy_assistant.core.sound import Recording
from privacy_assistant.errors import UsageError

EASY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def wav(pcm: bytes, *, rate: int = 16_000, width: int = 2, channels: int = 1) -> bytes:
    """A WAV file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setframerate(rate)
        file.setsampwidth(width)
        file.setnchannels(channels)
        file.writeframes(pcm)
    return written.getvalue()


@EASY
@given(st.binary(min_size=2, max_size=400), st.integers(8_000, 48_000))
def test_what_is_written_reads_the_same(tmp_path: Path, pcm: bytes, rate: int) -> None:
    """Every sample, at its rate."""
    recording = Recording(pcm[: len(pcm) // 2 * 2], rate)
    file = tmp_path / "sound.wav"
    file.unlink(missing_ok=True)
    write_sound(file, recording)
    assert read_recording(file) == recording


@EASY
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=6), st.integers(0, 80), st.integers(1, 4))
def test_a_broken_file_is_a_recording_or_one_clear_line(
    tmp_path: Path, changes: list[tuple[int, int]], length: int, width: int
) -> None:
    """Heads that lie, sizes that are not there, ends in the middle."""
    data = bytearray(wav(bytes(24), width=width, channels=2))
    for at, value in changes:
        data[at] = value
    file = tmp_path / "sound.wav"
    file.write_bytes(data[:length] if length > 12 else data)
    try:
        recording = read_recording(file)
    except UsageError:
        return
    assert 0 < len(recording.pcm) <= 48
    assert len(recording.pcm) % 2 == 0


def test_a_head_that_does_not_know_its_length_is_not_believed(tmp_path: Path) -> None:
    """A recorder that writes as it hears leaves the largest number there."""
    data = bytearray(wav(b"ab" * 100))
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    file = tmp_path / "sound.wav"
    file.write_bytes(data)
    assert read_recording(file) == Recording(b"ab" * 100, 16_000)


def test_channels_become_their_mean_and_wide_samples_their_upper_bits(tmp_path: Path) -> None:
    """The loudest samples of both signs among them; 8 bits have no sign and are widened exactly."""
    shapes = [
        (b"\xff\x7f\x01\x00\x00\x80\xff\xff", 2, 2, b"\x00\x40\xff\xbf"),
        (b"\x99\xff\x7f\x99\x00\x80", 3, 1, b"\xff\x7f\x00\x80"),
        (b"\x99\x99\xff\x7f\x99\x99\x00\x80", 4, 1, b"\xff\x7f\x00\x80"),
        (b"\x00\x80\xff", 1, 1, b"\x00\x80\x00\x00\x00\x7f"),
    ]
    for pcm, width, channels, expected in shapes:
        file = tmp_path / "sound.wav"
        file.write_bytes(wav(pcm, width=width, channels=channels))
        assert read_recording(file).pcm == expected


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than could be a recording."""
    monkeypatch.setattr(sound_files, "MOST_FILE_BYTES", 100)
    file = tmp_path / "sound.wav"
    file.write_bytes(wav(bytes(200)))
    with pytest.raises(UsageError, match="is too long for one request"):
        read_recording(file)


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    """Also one that is a link to somewhere else."""
    file, link = tmp_path / "sound.wav", tmp_path / "link.wav"
    file.write_bytes(b"mine")
    link.symlink_to(file)
    for there in (file, link):
        with pytest.raises(UsageError, match="exists already"):
            write_sound(there, Recording(b"ab", 16_000))
    assert file.read_bytes() == b"mine"


def test_what_is_only_heard_here_may_be_longer_and_of_any_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fourteen minutes, and a studio's rate, which fit into no request; what is too long even so is told in a line."""
    file = tmp_path / "talk.wav"
    for rate, seconds in ((16_000, 14 * 60), (96_000, 1)):
        file.write_bytes(wav(bytes(2 * rate * seconds), rate=rate))
        assert read_talk(file).seconds == seconds
        with pytest.raises(UsageError):
            read_recording(file)
    monkeypatch.setattr(sound_files, "MOST_TALK_BYTES", MOST_TALK_BYTES >> 10)
    file.write_bytes(wav(bytes(MOST_TALK_BYTES >> 9)))
    with pytest.raises(UsageError, match="is too long"):
        read_talk(file)
