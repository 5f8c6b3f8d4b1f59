"""espeak-ng by ctypes: sound of a text, with the place where each phoneme begins."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import espeakng_loader
import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]

_SYNCHRONOUS = 2
_PHONEME_EVENTS_IN_IPA = 3
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8 = 1
_PHONEME = 7


class _Which(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("uid", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Which),
    ]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """One voice of espeak-ng. There can be one of them in a process."""

    def __init__(self, voice: str) -> None:
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS_IN_IPA)
        assert self.rate_hz > 0, "espeak-ng did not start"
        # Its breath is drawn from the random numbers of C.
        ctypes.CDLL(None).srand(1)
        self._sound: list[npt.NDArray[np.int16]] = []
        self._phonemes: list[tuple[int, str]] = []
        self._callback: Callable[..., Any] = _CALLBACK(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        assert self._library.espeak_SetVoiceByName(voice.encode()) == 0, f"espeak-ng has no voice {voice}"

    def say(self, text: str, *, rate: int, pitch: int, pitch_range: int = 0) -> tuple[Sound, list[tuple[int, str]]]:
        """The sound, and (sample, IPA) of each phoneme; `rate` in words a minute, `pitch` 0..100, range 0 a monotone."""
        self._sound.clear()
        self._phonemes.clear()
        for which, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(which, value, 0)
        written = text.encode()
        self._library.espeak_Synth(written, len(written) + 1, 0, 1, 0, _UTF8, None, None)
        sound = np.concatenate(self._sound) if self._sound else np.zeros(0, np.int16)
        return sound.astype(np.float32), list(self._phonemes)

    def _take(self, sound: Any, count: int, events: Any) -> int:
        if count > 0 and sound:
            self._sound.append(np.ctypeslib.as_array(sound, shape=(count,)).copy())
        at = 0
        while events[at].type != 0:
            if events[at].type == _PHONEME:
                written = ctypes.string_at(ctypes.addressof(events[at].id), 8).split(b"\0")[0]
                self._phonemes.append((events[at].sample, written.decode("utf-8", "ignore")))
            at += 1
        return 0


def resampled(sound: Sound, old_hz: int, new_hz: int) -> Sound:
    """At another rate, by the spectrum of the whole."""
    if old_hz == new_hz or not len(sound):
        return sound
    count = round(len(sound) * new_hz / old_hz)
    spectrum = np.fft.rfft(sound)
    wanted = np.zeros(count // 2 + 1, dtype=complex)
    shared = min(len(spectrum), len(wanted))
    wanted[:shared] = spectrum[:shared]
    return (np.fft.irfft(wanted, count) * (count / len(sound))).astype(np.float32)
