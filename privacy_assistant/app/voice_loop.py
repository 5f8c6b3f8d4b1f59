"""The voice of a house: its engines, its loop, and who hears or speaks elsewhere where a policy lets them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from privacy_assistant.app.files import read_settings
from privacy_assistant.app.house import House
from privacy_assistant.app.mind import HouseMind
from privacy_assistant.app.present_voice import Present, PresentSpeaker, PresentTranscriber
from privacy_assistant.app.voice_beyond import Beyond, beyond_this_device
from privacy_assistant.app.voice_engines import (
    STOP_PHRASES,
    find_canceller,
    find_speaker,
    find_transcriber,
    find_turn_detector,
    find_wake_word,
)
from privacy_assistant.core.activation import Activation, Attention
from privacy_assistant.core.endpointing import Endpointer
from privacy_assistant.core.patience import Patience
from privacy_assistant.core.turn import Decision
from privacy_assistant.engines.sound_file import resampled
from privacy_assistant.engines.vad_silero import SileroDetector
from privacy_assistant.flow.conversing import Conversing
from privacy_assistant.flow.hearing import Ear
from privacy_assistant.flow.lanes import Beside, Lane, Within
from privacy_assistant.flow.playback import Playback
from privacy_assistant.flow.talking import Talker
from privacy_assistant.flow.turns import Listener
from privacy_assistant.flow.voice import VoiceLoop
from privacy_assistant.ports.sound import Speaker, Transcriber

PATIENCE = "patience"
"""The kind of item in the drawer that holds how long somebody's pauses are."""

LIVE_HZ = 48_000
_FILE_RATES = (16_000, 24_000, 48_000)


@dataclass(frozen=True, slots=True)
class VoiceOpening:
    """How a loop is to be opened. `is_live`: in real time, so that slow work runs beside it. `hears_us`: what is played
    can come back to the microphone, which it cannot where a file is heard."""

    activation: Activation = Activation.CONTINUOUS
    wake_words: tuple[str, ...] = ()
    is_live: bool = True
    hears_us: bool = True
    is_once: bool = False
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """A loop that is ready to run, and at which rate its card has to play."""

    loop: VoiceLoop
    rate_hz: int
    transcriber: Transcriber
    speaker: Speaker


@contextlib.contextmanager
def open_voice(house: House, opening: VoiceOpening) -> Iterator[Voice]:
    """Find, load and warm the engines of the voice. Raises EngineError, SettingsError, UsageError."""
    settings, models = house.settings, house.paths.models
    say = house.opening.say
    transcriber, speaker = _ear_and_mouth(house)
    lanes: tuple[Lane, Lane] = (Beside("listen"), Beside("speak")) if opening.is_live else (Within(), Within())
    stopwatch = time.monotonic
    with contextlib.ExitStack() as undo:
        undo.callback(transcriber.close)
        undo.callback(speaker.close)
        turn_detector = find_turn_detector(settings, models, say)
        undo.callback(getattr(turn_detector, "close", lambda: None))
        beyond = undo.enter_context(beyond_this_device(house, speaker))
        ear = Ear(
            find_canceller(hears_us=opening.hears_us),
            SileroDetector(),
            wake=find_wake_word(opening.wake_words, models, say) if opening.wake_words else None,
            stop=find_wake_word(STOP_PHRASES),
        )
        _warm([transcriber.warm, speaker.warm])
        rate_hz = LIVE_HZ if opening.is_live else next((hz for hz in _FILE_RATES if hz >= speaker.rate_hz), LIVE_HZ)
        playback = Playback(rate_hz, stopwatch)
        mind = HouseMind(house)
        patience = _patience(house)
        endpointer = Endpointer(patience)
        talker = Talker(
            mind=mind,
            choose_speaker=_chooser(speaker, beyond),
            convert=resampled,
            playback=playback,
            lane=lanes[1],
            stopwatch=stopwatch,
            language=settings.language,
        )
        conversing = Conversing(
            mind=mind,
            talker=talker,
            playback=playback,
            lane=lanes[0],
            stopwatch=stopwatch,
            conversation=opening.conversation,
            is_kept=house.history.is_durable,
        )
        listener = Listener(
            transcriber=transcriber,
            turn_detector=turn_detector,
            endpointer=endpointer,
            memory=ear.memory,
            lane=lanes[0],
            stopwatch=stopwatch,
            hints=mind.hints,
            draft=conversing.draft if opening.is_live else None,
            second_ear=beyond.hear,
            language=settings.language,
            is_whole=house.is_for_skills,
        )
        loop = VoiceLoop(
            ear=ear,
            endpointer=endpointer,
            listener=listener,
            conversing=conversing,
            playback=playback,
            lanes=lanes,
            stopwatch=stopwatch,
            attention=Attention(opening.activation),
            language=settings.language,
            is_once=opening.is_once,
        )
        yield Voice(loop, rate_hz, transcriber, speaker)
        if not house.opening.is_ephemeral:
            _keep(house, patience)


def _ear_and_mouth(house: House) -> tuple[Transcriber, Speaker]:
    """Those that are chosen now, at each utterance and each piece of an answer."""
    paths, say = house.paths, house.opening.say

    def ear() -> Transcriber:
        return find_transcriber(read_settings(paths), paths.models, say)

    def mouth() -> Speaker:
        return find_speaker(read_settings(paths), paths.models, say)

    return PresentTranscriber(Present(ear(), ear, paths, say)), PresentSpeaker(Present(mouth(), mouth, paths, say))


def _chooser(speaker: Speaker, beyond: Beyond) -> Callable[[Decision | None], Speaker]:
    """Whose voice says an answer. What was made on this device is said on this device."""
    return lambda decision: beyond.speaker if decision is not None and beyond.may_speak(decision) else speaker


def _warm(tasks: Sequence[Callable[[], None]]) -> None:
    """All at once; what is wrong with one is raised."""
    errors: list[Exception] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except Exception as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(task,), name="warm", daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        # The interpreter must not go while a library loads: its threads would end the process with an abort.
        for thread in threads:
            thread.join()
        raise
    if errors:
        raise errors[0]


def _patience(house: House) -> Patience:
    kept = house.drawer.items(PATIENCE)
    return Patience.from_payload(kept[-1][1]) if kept else Patience()


def _keep(house: House, patience: Patience) -> None:
    """What was learned of somebody's pauses; three numbers, sealed like everything."""
    kept = house.drawer.items(PATIENCE)
    if not kept:
        house.drawer.put(PATIENCE, patience.to_payload())
    else:
        house.drawer.replace(kept[-1][0], PATIENCE, patience.to_payload())
