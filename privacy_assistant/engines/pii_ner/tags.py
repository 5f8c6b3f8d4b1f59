"""The classes of the tagger, in the order of its outputs."""

from __future__ import annotations

from privacy_assistant.core.kinds import Kind

KINDS = (Kind.PERSON, Kind.LOCATION, Kind.ORG, Kind.ADDRESS)
TAGS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in ("B", "I")))
"""B begins a name, I goes on with it, O is none (Ramshaw and Marcus 1995)."""
