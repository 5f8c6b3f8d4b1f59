"""Sound as a WAV file in memory, and the sound in what a back end sends: no file is ever written."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Iterator

from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.core.sound_parcel import HIGHEST_HZ, LOWEST_HZ
from privacy_assistant.egress.dialects.reading import malformed

MOST_HEAD_BYTES = 64 * 1024
"""What may stand before the sound in a WAV file: names of songs, and the like."""

_PCM, _EXTENSIBLE = 1, 0xFFFE


def wav_of(recording: Recording) -> bytes:
    """The recording as a WAV file, always the same bytes for the same recording."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(recording.rate_hz)
        file.writeframes(recording.pcm)
    return written.getvalue()


class SoundReader:
    """Frames of the bytes as they come: of a WAV file, or of bare PCM at `rate_hz` (None: only a WAV will do).

    One channel of 16 bits; other sound is malformed. A WAV that is streamed does not know its length, so what its
    head says of that is not believed: the sound ends where the bytes do, or where a length that is there says.
    """

    def __init__(self, rate_hz: int | None = None) -> None:
        self._rate_hz = rate_hz
        self._buffer = bytearray()
        self._is_sound = False
        self._left: int | None = None
        self._samples = 0

    def feed(self, untrusted: bytes) -> Iterator[Frame]:
        """The sound that is whole now; a sample that was cut waits for its other half. Raises ReplyMalformed."""
        self._buffer += untrusted
        if not self._is_sound and not self._found_sound():
            return
        whole = len(self._buffer) - len(self._buffer) % 2
        if self._left is not None:
            whole = min(whole, self._left)
            self._left -= whole
        yield from self._frame(whole)
        if self._left == 0:
            self._buffer.clear()

    def close(self) -> None:
        """The bytes have ended. Raises ReplyMalformed where there was no sound, or less than its head promised."""
        if not self._samples or self._left:
            raise malformed("sound")

    def _frame(self, size: int) -> Iterator[Frame]:
        if size and self._rate_hz:
            frame = Frame(bytes(self._buffer[:size]), self._rate_hz, self._samples / self._rate_hz)
            del self._buffer[:size]
            self._samples += size // 2
            yield frame

    def _found_sound(self) -> bool:
        """Whether the sound begins at the start of what is there now."""
        if len(self._buffer) < 12:
            return False
        if self._buffer[:4] != b"RIFF" or self._buffer[8:12] != b"WAVE":
            if self._rate_hz is None:
                raise malformed("WAV")
            self._is_sound = True
            return True
        at, rate = 12, None
        while at + 8 <= len(self._buffer):
            name, size = struct.unpack_from("<4sI", self._buffer, at)
            at += 8
            if name == b"data":
                if rate is None:
                    raise malformed("WAV")
                self._rate_hz, self._is_sound = rate, True
                # 0 and the largest numbers stand for "not known yet" in what is written as it is made.
                self._left = size if 0 < size < 0x7FFF_F000 else None
                if self._left is not None and self._left % 2:
                    raise malformed("WAV")
                del self._buffer[:at]
                return True
            if at + size > MOST_HEAD_BYTES:
                raise malformed("WAV")
            if name == b"fmt " and at + size <= len(self._buffer):
                rate = _rate_of(bytes(self._buffer[at : at + size]))
            at += size + size % 2
        return False


def _rate_of(untrusted_format: bytes) -> int:
    if len(untrusted_format) < 16:
        raise malformed("WAV")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", untrusted_format)
    if kind not in (_PCM, _EXTENSIBLE) or channels != 1 or bits != 16 or not LOWEST_HZ <= rate <= HIGHEST_HZ:
        raise malformed("WAV: not one channel of 16 bits")
    return int(rate)
