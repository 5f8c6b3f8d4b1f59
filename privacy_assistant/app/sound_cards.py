"""Ear and mouth of a run: the devices of this machine, or files."""

from __future__ import annotations

from collections.abc import Callable

from privacy_assistant.app.watched_card import WatchedCard
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.sound import Recording
from privacy_assistant.engines.sound_file import FileCard
from privacy_assistant.ports.sound import SoundCard


def live_card(settings: Settings) -> SoundCard:
    """Microphone (watched for a mute) and loudspeaker as `[audio]` names them, opened when it is listened to."""
    from privacy_assistant.engines.sound import LiveCard

    return WatchedCard(LiveCard(settings.audio.input, settings.audio.output))


def loudspeaker(settings: Settings) -> SoundCard:
    """The loudspeaker alone: no microphone is opened."""
    from privacy_assistant.engines.sound import LiveCard

    return LiveCard(None, settings.audio.output)


def file_card(
    recording: Recording, rate_hz: int, *, wants_more: Callable[[], bool], is_realtime: bool = False
) -> FileCard:
    """A recording as the microphone, then silence while `wants_more`; what was played is in `played()`."""
    return FileCard(recording, rate_hz, wants_more=wants_more, is_realtime=is_realtime)
