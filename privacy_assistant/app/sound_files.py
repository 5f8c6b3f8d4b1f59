"""WAV files that a person names: read as a recording that can be sent, and written from one."""

from __future__ import annotations

import io
import os
import wave
from array import array
from pathlib import Path
from sys import byteorder

from privacy_assistant.core.sound import Recording
from privacy_assistant.core.sound_parcel import HIGHEST_HZ, LOWEST_HZ, MOST_PCM_BYTES
from privacy_assistant.errors import UsageError

MOST_FILE_BYTES = 8 * MOST_PCM_BYTES + 64 * 1024
"""No WAV file that is read is longer: the longest recording, in two channels of 32 bits, twice over."""

_CONVERT = "convert it first, for example with ffmpeg -i FILE -ac 1 -ar 16000 -c:a pcm_s16le speech.wav"


def read_recording(file: Path) -> Recording:
    """The sound of a WAV file: integer PCM of 8, 16, 24 or 32 bits, at the rate that it has.

    What is wider than 16 bits loses the bits below, several channels become their mean; nothing is resampled. A file
    that was cut, or whose head does not know its length, counts as far as it goes. Raises UsageError.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the file {file} cannot be read: {error.strerror}", hint="check the path") from None
    if len(data) > MOST_FILE_BYTES:
        raise _too_long(file)
    try:
        with wave.open(io.BytesIO(data)) as sound:
            rate, width, channels = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
            raw = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, RuntimeError, OverflowError):
        raise UsageError(f"the file {file} is no WAV file of integer PCM", hint=_CONVERT) from None
    if not LOWEST_HZ <= rate <= HIGHEST_HZ or width not in (1, 2, 3, 4) or not 1 <= channels <= 8:
        told = f"{rate} Hz, {width * 8} bits, {channels} channels"
        raise UsageError(f"the file {file} has sound that cannot be used: {told}", hint=_CONVERT)
    raw = raw[: len(raw) - len(raw) % (width * channels)]
    if len(raw) // (width * channels) * 2 > MOST_PCM_BYTES:
        raise _too_long(file)
    if not raw:
        raise UsageError(f"the file {file} holds no sound", hint="record it again")
    return Recording(_one_channel(_of_16_bits(raw, width), channels), rate)


def write_sound(file: Path, recording: Recording) -> None:
    """Write a new WAV file of mode 0600. Raises UsageError where it exists, OSError where it cannot be written."""
    from privacy_assistant.egress.wav import wav_of

    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        raise exists(file) from None
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(wav_of(recording))
    except BaseException:
        # Half a file sounds like a whole one to somebody who finds it later.
        file.unlink(missing_ok=True)
        raise


def check_new(file: Path) -> None:
    """Raises UsageError where no new file can be written at this place: told before anything is computed, or leaves."""
    if str(file) == "-":
        raise UsageError("sound is written to a file, not to the screen", hint="name a file, like answer.wav")
    if file.exists() or file.is_symlink():
        raise exists(file)
    if not file.parent.is_dir():
        raise UsageError(f"there is no directory {file.parent}", hint="make it, or name another file")


def exists(file: Path) -> UsageError:
    """The error for a file that is there already."""
    return UsageError(f"{file} exists already", hint="choose another name, or remove it")


def _of_16_bits(raw: bytes, width: int) -> bytes:
    if width == 2:
        return raw
    wide = bytearray(len(raw) // width * 2)
    if width == 1:  # the only width without a sign: 128 is silence
        wide[1::2] = raw.translate(bytes(value ^ 0x80 for value in range(256)))
    else:
        wide[0::2], wide[1::2] = raw[width - 2 :: width], raw[width - 1 :: width]
    return bytes(wide)


def _one_channel(pcm: bytes, channels: int) -> bytes:
    if channels == 1:
        return pcm
    samples = array("h", pcm)
    if byteorder == "big":  # pragma: no cover - WAV is little-endian everywhere
        samples.byteswap()
    tracks = [samples[number::channels] for number in range(channels)]
    mean = array("h", [sum(together) // channels for together in zip(*tracks, strict=True)])
    if byteorder == "big":  # pragma: no cover
        mean.byteswap()
    return mean.tobytes()


def _too_long(file: Path) -> UsageError:
    minutes = MOST_PCM_BYTES // (2 * 16_000 * 60)
    return UsageError(
        f"the file {file} is too long for one request ({MOST_PCM_BYTES >> 20} MiB, {minutes} minutes at 16 kHz)",
        hint="cut it into parts",
    )
