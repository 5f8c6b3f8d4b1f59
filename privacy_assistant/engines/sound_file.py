"""Sound files: read as a recording, turned to another rate, and heard by the loop in the place of a microphone.

WAV files of integer PCM are read here. Everything else is left to FFmpeg's readers (by PyAV), of which some open other
files and connections by names that stand in a file: so the file is read first, what it is is told by its first bytes,
and one reader of the few below gets those bytes and may open nothing.
"""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import HEARD_HZ, TICKS_PER_SECOND, Frame, Recording, Tick
from privacy_assistant.core.sound_parcel import MOST_PCM_BYTES
from privacy_assistant.engines.sound.converter import Converter
from privacy_assistant.errors import EngineMissing, UsageError

LOWEST_HZ, HIGHEST_HZ = 4_000, 192_000
_CONVERT = "convert it first, for example with ffmpeg -i FILE -ac 1 -ar 16000 -c:a pcm_s16le speech.wav"

_MARKS: tuple[tuple[int, bytes, str], ...] = (
    # where, what stands there, FFmpeg's reader of it; none of these opens anything else
    (0, b"fLaC", "flac"),
    (8, b"WAVE", "wav"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"\xff\xf3", "mp3"),
    (0, b"\xff\xf2", "mp3"),
    (4, b"ftyp", "mov"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (8, b"AIF", "aiff"),
    (0, b".snd", "au"),
    (0, b"caff", "caf"),
)

Samples = npt.NDArray[np.int16]


def read_sound(
    file: Path,
    *,
    most_pcm_bytes: int = MOST_PCM_BYTES,
    most_file_bytes: int | None = None,
    lowest_hz: int = LOWEST_HZ,
    highest_hz: int = HIGHEST_HZ,
) -> Recording:
    """The sound of a file, as one channel of 16 bits at the rate that it has: WAV, FLAC, Ogg, MP3, MP4, WebM, AIFF.

    What is wider than 16 bits loses the bits below, several channels become their mean; nothing is resampled. A file
    that was cut, or whose head does not know its length, counts as far as it goes. Raises UsageError, for more than
    `most_pcm_bytes` of sound too (and for a file of more than `most_file_bytes`: eight times that and a head, without).
    """
    most = 8 * most_pcm_bytes + 64 * 1024 if most_file_bytes is None else most_file_bytes
    try:
        with file.open("rb") as opened:
            untrusted = opened.read(most + 1)
    except OSError as error:
        raise UsageError(f"the file {file} cannot be read: {error.strerror}", hint="check the path") from None
    if len(untrusted) > most:
        raise _too_long(file, most_pcm_bytes)
    reader = next((name for at, mark, name in _MARKS if untrusted[at : at + len(mark)] == mark), "")
    if not reader:
        raise _unreadable(file)
    bounds = _Bounds(file, most_pcm_bytes, lowest_hz, highest_hz)
    if reader == "wav" and not _is_float(untrusted):
        pcm, rate = _wav(untrusted, bounds)
    else:
        pcm, rate = _by_ffmpeg(untrusted, reader, bounds)
    if not pcm:
        raise UsageError(f"the file {file} holds no sound", hint="record it again")
    return Recording(pcm, rate)


def resampled(recording: Recording, rate_hz: int) -> Recording:
    """The same sound at another rate, and as long."""
    converter = Converter(recording.rate_hz, rate_hz)
    pcm = bytearray()
    for at in range(0, len(recording.pcm), 4096):
        pcm += converter.feed(recording.pcm[at : at + 4096])
    return Recording(bytes(pcm + converter.flush()), rate_hz)


class FileCard:
    """`ports.SoundCard` that hears a recording, and then silence for as long as `wants_more` says.

    As fast as the reader takes it, or at the pace of the wall's clock with `is_realtime`. What was to be played is
    kept in memory, in `played`.
    """

    def __init__(
        self,
        recording: Recording,
        rate_hz: int = 48_000,
        *,
        is_realtime: bool = False,
        wants_more: Callable[[], bool] = lambda: False,
    ) -> None:
        """Raises ValueError where 10 ms of `rate_hz` are no whole samples."""
        if rate_hz % TICKS_PER_SECOND:
            raise ValueError("the rate must be a multiple of 100")
        self.rate_hz = rate_hz
        self._heard = resampled(recording, HEARD_HZ).pcm
        self._is_realtime, self._wants_more = is_realtime, wants_more
        self._played = bytearray()
        self._is_closed = False

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        """10 ms at a time; see `ports.SoundCard`. `fill` is asked in the reader's thread."""
        size, number = 2 * HEARD_HZ // TICKS_PER_SECOND, 0
        begin = time.monotonic()
        while not self._is_closed and (number * size < len(self._heard) or self._wants_more()):
            if self._is_realtime:
                # By the start and not by the tick before, so that a reader who was held up makes up for it.
                time.sleep(max(0.0, begin + (number + 1) / TICKS_PER_SECOND - time.monotonic()))
            at = number / TICKS_PER_SECOND
            heard = self._heard[number * size : (number + 1) * size].ljust(size, b"\0")
            piece = fill(self.rate_hz // TICKS_PER_SECOND)
            self._played += piece
            yield Tick(Frame(heard, HEARD_HZ, at), Frame(piece, self.rate_hz, at))
            number += 1

    def close(self) -> None:
        """End `ticks`."""
        self._is_closed = True

    def played(self) -> Recording:
        """What the loudspeaker would have been given from the first tick on."""
        return Recording(bytes(self._played), self.rate_hz)


class _Bounds:
    """What is taken of a file, and what is told where it is more."""

    def __init__(self, file: Path, most_pcm_bytes: int, lowest_hz: int, highest_hz: int) -> None:
        self.file, self._most, self._lowest, self._highest = file, most_pcm_bytes, lowest_hz, highest_hz

    def check_shape(self, rate: int, channels: int, bits: int = 16) -> None:
        if not self._lowest <= rate <= self._highest or bits not in (8, 16, 24, 32) or not 1 <= channels <= 8:
            told = f"{rate} Hz, {bits} bits, {channels} channels"
            raise UsageError(f"the file {self.file} has sound that cannot be used: {told}", hint=_CONVERT)

    def check_length(self, samples: int) -> None:
        if 2 * samples > self._most:
            raise _too_long(self.file, self._most)


# ---------------------------------------------------------------- WAV files of integer PCM


def _is_float(untrusted: bytes) -> bool:
    """Whether a WAV file says that its samples are floating-point numbers, which `wave` cannot read."""
    at = untrusted.find(b"fmt ", 12, 4096) + 8
    # The kind, or of the extensible kind the first bytes of what extends it.
    kind, more = untrusted[at : at + 2], untrusted[at + 24 : at + 26]
    return at > 8 and (kind == b"\3\0" or kind + more == b"\xfe\xff\3\0")


def _wav(untrusted: bytes, bounds: _Bounds) -> tuple[bytes, int]:
    """The sound and its rate."""
    try:
        with wave.open(io.BytesIO(untrusted)) as sound:
            rate, width, channels = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
            raw = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, RuntimeError, OverflowError):
        raise _unreadable(bounds.file) from None
    bounds.check_shape(rate, channels, width * 8)
    raw = raw[: len(raw) - len(raw) % (width * channels)]
    bounds.check_length(len(raw) // (width * channels))
    return _one_channel(_of_16_bits(raw, width), channels), rate


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
    together = np.frombuffer(pcm, "<i2").reshape(-1, channels).astype(np.int32)
    mean: Samples = (together.sum(axis=1) // channels).astype("<i2")
    return mean.tobytes()


# ---------------------------------------------------------------- everything else


def _by_ffmpeg(untrusted: bytes, reader: str, bounds: _Bounds) -> tuple[bytes, int]:
    try:
        import av
    except ImportError:
        raise EngineMissing(
            f"the file {bounds.file} is no WAV file of integer PCM, and PyAV is missing", hint=_CONVERT
        ) from None
    parts: list[bytes] = []
    samples = rate = 0
    try:
        # No protocol is on the list, so nothing that the file names can be opened, whatever the reader would like.
        options = {"protocol_whitelist": "none", "format_whitelist": reader}
        with av.open(io.BytesIO(untrusted), "r", format=reader, container_options=options) as container:
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise _unreadable(bounds.file)
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                rate = rate or frame.sample_rate
                bounds.check_shape(frame.sample_rate, frame.layout.nb_channels)
                if frame.sample_rate != rate:
                    break
                samples += frame.samples
                bounds.check_length(samples)
                parts.append(_frame(frame))
    except (av.FFmpegError, IndexError, ValueError, MemoryError, EOFError):
        # Cut in the middle: what came before it counts, as in a WAV.
        if not parts:
            raise _unreadable(bounds.file) from None
    if not parts:
        raise _unreadable(bounds.file)
    return b"".join(parts), rate


def _frame(frame: Any) -> bytes:
    """One channel of 16 bits of a piece that was decoded, which may be of any kind."""
    values = frame.to_ndarray()
    channels = frame.layout.nb_channels
    if not frame.format.is_planar:
        values = values.reshape(-1, channels).T
    if values.dtype.kind == "f":
        wide = np.nan_to_num(values.astype(np.float64)) * 32768.0
    elif values.dtype == np.uint8:
        wide = (values.astype(np.float64) - 128.0) * 256.0
    else:
        wide = values.astype(np.float64) / float(1 << (8 * values.dtype.itemsize - 16))
    mean: Samples = np.clip(np.floor(wide.mean(axis=0)), -32768, 32767).astype("<i2")
    return mean.tobytes()


def _unreadable(file: Path) -> UsageError:
    return UsageError(f"the file {file} is no sound file that can be read", hint=_CONVERT)


def _too_long(file: Path, most_pcm_bytes: int) -> UsageError:
    minutes = most_pcm_bytes // (2 * HEARD_HZ * 60)
    what = "too long for one request" if most_pcm_bytes <= MOST_PCM_BYTES else "too long"
    return UsageError(
        f"the file {file} is {what} ({most_pcm_bytes >> 20} MiB, {minutes} minutes at 16 kHz)",
        hint="cut it into parts",
    )
