"""The end of a turn by the voice alone: a small network in the package."""

from privacy_assistant.engines.turn_small.network import SmallTurn as SmallTurn
