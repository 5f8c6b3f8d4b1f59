"""A linear echo canceller that leaves who speaks over it alone: a Kalman filter in the frequency domain, in partitions.

WebRTC's canceller suppresses whatever it takes for what is left of the echo, and with it everybody who is not louder
than the loudspeaker. This one models the way of the sound from loudspeaker to microphone, as a filter of 0.64 s, and
subtracts what that predicts. How far the filter can be trusted is part of its state, so it adapts fast while it knows
little, hardly at all once it knows the room, and is not led astray by somebody who speaks (Enzner and Vary 2006; in
partitions, Kuech et al. 2014). What the prediction cannot reach is taken out by a Wiener filter whose estimate of the
rest is the filter's own uncertainty and a share of the predicted echo.

It needs both devices on one clock: a drift of 100 ppm is more than it follows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import HEARD_HZ, TICKS_PER_SECOND

HOP = HEARD_HZ // TICKS_PER_SECOND
PARTS = 64
"""Of 10 ms each: the longest way of the sound, the delay of the devices in it."""

_FORGETS = 0.9998**2
"""How much of the room is the same a tick later."""

_UNKNOWN = 0.02
"""The power of a tap that nothing is known of, at the least."""

_SHARE, _LOOK, _LOUDER = 0.1, 25, 2.0
"""The same for a loud echo: this share of how much louder it comes back, looked at every so many ticks, and taken up
where it is that much more than was thought."""

_NOISE_SMOOTHING = 0.6
_REST_OF_ECHO = 0.03
"""Share of the predicted echo's power that is taken to be left: loudspeakers are not quite linear."""

_OVERSUBTRACTION = 2.0
_FLOOR = 0.03
_TINY = 1e-12

Samples = npt.NDArray[np.float64]
Spectra = npt.NDArray[np.complex128]


class EchoFilter:
    """One room. Samples are floats in -1..1, 10 ms at HEARD_HZ at a time; 0.4 ms of work each."""

    def __init__(self) -> None:
        self._window: Samples = np.sqrt(np.hanning(2 * HOP + 1)[:-1])
        self.reset()

    def reset(self) -> None:
        """Forget the room."""
        bins = HOP + 1
        self._played: Samples = np.zeros(2 * HOP)
        self._past: Spectra = np.zeros((PARTS, bins), dtype=np.complex128)
        self._room: Spectra = np.zeros((PARTS, bins), dtype=np.complex128)
        self._unsure: Samples = np.full((PARTS, bins), _UNKNOWN)
        self._unknown = _UNKNOWN
        self._energies = np.zeros(2)
        self._ticks = 0
        self._noise: Samples = np.full(bins, 1e-6)
        self._left: Samples = np.zeros(2 * HOP)
        self._echo: Samples = np.zeros(2 * HOP)
        self._left_power: Samples = np.zeros(bins)
        self._rest_power: Samples = np.zeros(bins)
        self._overlap: Samples = np.zeros(HOP)

    def adapt_anew(self) -> None:
        """The way of the sound is another one: trust what is known of it as little as at the beginning."""
        self._unsure.fill(self._unknown)

    def run(self, played: Samples, heard: Samples) -> tuple[Samples, Samples]:
        """What is left of `heard` without the predicted echo, and the same with what else is echo suppressed; the
        second is 10 ms late."""
        self._played = np.concatenate((self._played[HOP:], played))
        self._past = np.roll(self._past, 1, axis=0)
        self._past[0] = np.fft.rfft(self._played)
        self._weigh(played, heard)
        echo = np.fft.irfft((self._room * self._past).sum(axis=0))[HOP:]
        left = heard - echo
        unsure = self._adapt(left)
        return left, self._suppressed(left, echo, unsure)

    def _weigh(self, played: Samples, heard: Samples) -> None:
        """How loud the echo comes back sets how much a tap may hold: too little adapts slowly, too much wildly."""
        self._energies += (float(played @ played), float(heard @ heard))
        self._ticks += 1
        if self._ticks % _LOOK or self._energies[0] < 1e-3:
            return
        wanted = _SHARE * self._energies[1] / self._energies[0]
        if wanted > _LOUDER * self._unknown:
            self._unsure *= wanted / self._unknown
            self._unknown = wanted

    def _adapt(self, left: Samples) -> Samples:
        """One step of the Kalman filter; returns the power of the echo that it is unsure about."""
        error = np.fft.rfft(np.concatenate((np.zeros(HOP), left)))
        power = np.abs(self._past) ** 2
        self._noise = _NOISE_SMOOTHING * self._noise + (1 - _NOISE_SMOOTHING) * np.abs(error) ** 2
        unsure = (self._unsure * power).sum(axis=0)
        gain = self._unsure / (0.5 * unsure + self._noise + _TINY)
        # Half of each partition is no filter but the wrapping around of the transform.
        step = np.fft.irfft(gain * np.conj(self._past) * error, axis=1)
        step[:, HOP:] = 0.0
        self._room += np.fft.rfft(step, axis=1)
        grown = _FORGETS * (1 - 0.5 * gain * power) * self._unsure + (1 - _FORGETS) * np.abs(self._room) ** 2
        self._unsure = np.maximum(grown, _TINY)
        found: Samples = unsure
        return found

    def _suppressed(self, left: Samples, echo: Samples, unsure: Samples) -> Samples:
        self._left = np.concatenate((self._left[HOP:], left))
        self._echo = np.concatenate((self._echo[HOP:], echo))
        spectrum = np.fft.rfft(self._left * self._window)
        rest = 0.25 * unsure + _REST_OF_ECHO * np.abs(np.fft.rfft(self._echo * self._window)) ** 2
        self._left_power = 0.5 * self._left_power + 0.5 * np.abs(spectrum) ** 2
        self._rest_power = 0.5 * self._rest_power + 0.5 * rest
        gain = np.maximum(1 - _OVERSUBTRACTION * self._rest_power / (self._left_power + _TINY), _FLOOR)
        out = np.fft.irfft(gain * spectrum) * self._window
        ready = self._overlap + out[:HOP]
        self._overlap = out[HOP:]
        return ready
