"""What a worker can be: each role, by its name in the hello, with what makes the child's side of it.

What a side needs is imported only in the child that is it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from privacy_assistant.engines.worker.sides import Side


def _language_model(built: Mapping[str, Any]) -> Side:
    from privacy_assistant.engines.worker.language_side import LanguageSide

    return LanguageSide(built)


def _whisper(built: Mapping[str, Any]) -> Side:
    from privacy_assistant.engines.worker.hearing_side import HearingSide

    return HearingSide(built)


def _piper(built: Mapping[str, Any]) -> Side:
    from privacy_assistant.engines.worker.speech_side import SpeechSide

    return SpeechSide(built)


def _smart_turn(built: Mapping[str, Any]) -> Side:
    from privacy_assistant.engines.worker.turn_side import TurnSide

    return TurnSide(built)


ROLES: dict[str, Callable[[Mapping[str, Any]], Side]] = {
    "llama.cpp": _language_model,
    "whisper": _whisper,
    "piper": _piper,
    "smart turn": _smart_turn,
}
