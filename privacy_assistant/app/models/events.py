"""What happens while models are fetched or copied, for a face to show."""

from __future__ import annotations

from dataclasses import dataclass

from privacy_assistant.core.model_lock import Installed


@dataclass(frozen=True, slots=True)
class Moving:
    """So many bytes of a file are here; `total` 0 where it is not known yet. The last one of a file has both equal."""

    model: str
    file: str
    have: int
    total: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something is tried again in so many seconds."""

    model: str
    file: str
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Looking:
    """All files of a model are here, and are looked at before they get to their place."""

    model: str


@dataclass(frozen=True, slots=True)
class Done:
    """A model is in its place (or was there already), and `says` what follows from it, a line each."""

    model: Installed
    says: tuple[str, ...] = ()
    was_here: bool = False


Event = Moving | Waiting | Looking | Done
