"""Personal data that a pattern, a checksum or a cue word can prove."""

from __future__ import annotations

from privacy_assistant.core.patterns.finder import PatternFinder

__all__ = ["PatternFinder"]
