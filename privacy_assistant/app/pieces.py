"""Small pieces that need no home: the finder of personal data, an empty legend."""

from __future__ import annotations

import os

from privacy_assistant.core.legend import TAG_BYTES, Legend
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.ports import Finder


def finder() -> Finder:
    """What finds personal data: rules, so far."""
    return PatternFinder()


def new_legend() -> Legend:
    """An empty legend with a fresh random tag."""
    return Legend.new(os.urandom(TAG_BYTES))
