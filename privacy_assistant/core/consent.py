"""What a person is asked about a parcel, and what they may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.sound_parcel import SoundParcel


class Answer(StrEnum):
    """A person's word on one parcel. Silence is NO.

    CONVERSATION also answers later parcels of this conversation to the same back end that are asked about for no
    other reason. ALWAYS writes `[[always]]` tables into the policy, where the person sees them and can take them out.
    """

    NO = "no"
    ONCE = "once"
    CONVERSATION = "conversation"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: the parcel, the texts it was made of (in its order, to show what changed), and why it is asked.

    `originals` has one text for each of `parcel.texts`, for words to be spoken those, and none for a recording. `asks`
    are the names of what asks (`Verdict.asks`), `causes` the same in words.
    """

    parcel: Parcel | SoundParcel
    originals: tuple[str, ...] = field(repr=False)
    asks: tuple[str, ...]
    causes: tuple[str, ...]
