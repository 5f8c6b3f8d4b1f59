"""How the ear is opened, and whether what is heard now is for us."""

from __future__ import annotations

from enum import StrEnum

WAKE_WINDOW_S = 8.0
"""Seconds after the wake word in which somebody may begin to speak."""

FOLLOW_UP_S = 6.0
"""Seconds after a question of ours in which no wake word is needed for the answer."""


class Activation(StrEnum):
    """HOLD a key while speaking; TOGGLE the ear with it; say a WAKE word; or CONTINUOUS: everything is for us."""

    HOLD = "hold"
    TOGGLE = "toggle"
    WAKE = "wake"
    CONTINUOUS = "continuous"


class Attention:
    """Whose words are for us. Seconds are those of the sample clock."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self._is_held = False
        self._is_toggled = False
        self._is_muted = False
        self._until = 0.0

    @property
    def is_held(self) -> bool:
        """Whether a key is held to talk."""
        return self._is_held

    @property
    def is_muted(self) -> bool:
        """Whether an ear that opens by itself was closed."""
        return self._is_muted

    def press(self) -> bool:
        """The key goes down; False where it was down already."""
        was_held, self._is_held = self._is_held, True
        return not was_held

    def release(self) -> None:
        """The key was let go."""
        self._is_held = False

    def toggle(self) -> bool:
        """Open the ear or close it; where it opens by itself, mute it or not. Whether it can hear now."""
        if self.activation is Activation.TOGGLE:
            self._is_toggled = not self._is_toggled
            return self._is_toggled
        self._is_muted = not self._is_muted
        return not self._is_muted

    def woken(self, at: float) -> None:
        """The wake word was said."""
        self._until = at + WAKE_WINDOW_S

    def asked(self, at: float) -> None:
        """We asked something: the answer needs no wake word."""
        self._until = at + FOLLOW_UP_S

    def satisfied(self, at: float) -> None:
        """They were answered: the next question needs its wake word."""
        self._until = at

    def is_open(self, at: float, *, is_in_turn: bool) -> bool:
        """Whether what is heard now is for us; whoever is in the middle of a turn may end it."""
        if self._is_held:
            return True
        if self._is_muted:
            return False
        match self.activation:
            case Activation.CONTINUOUS:
                return True
            case Activation.TOGGLE:
                return self._is_toggled or is_in_turn
            case Activation.WAKE:
                return is_in_turn or at < self._until
            case Activation.HOLD:
                return False

    @property
    def is_stopped_by_voice(self) -> bool:
        """Whether a voice alone stops us: not where every word for us begins with a key."""
        return not self._is_muted and self.activation is not Activation.HOLD
