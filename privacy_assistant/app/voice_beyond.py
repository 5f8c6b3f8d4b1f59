"""Who else may understand or speak for the voice loop: back ends of the policy, where it is for the cloud first.

This device always hears for itself, and only a committed turn is sent to anybody. An answer that was made on this
device is spoken on this device, and so is one in which anything was masked, since what is masked is put back in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from privacy_assistant.app.house import House
from privacy_assistant.app.speech_elsewhere import comes_first, speaking
from privacy_assistant.core.exchange import Notice
from privacy_assistant.core.sound import Frame, Recording, Transcript
from privacy_assistant.core.turn import Decision, Zone
from privacy_assistant.errors import AssistantError, EngineMissing
from privacy_assistant.flow.speaking import Heard, Speaking, Spoken
from privacy_assistant.flow.turns import SecondEar
from privacy_assistant.ports.sound import Speaker


@dataclass(frozen=True, slots=True)
class Beyond:
    """`hear` is None where nobody else may; `speaker` speaks elsewhere where it may and can, and here else."""

    hear: SecondEar | None
    speaker: Speaker
    has_voice: bool = False

    def may_speak(self, decision: Decision) -> bool:
        """Whether an answer that was decided so may be spoken elsewhere, as far as its making tells."""
        return self.has_voice and decision.zone is not Zone.DEVICE and not decision.redacted


@contextlib.contextmanager
def beyond_this_device(house: House, speaker: Speaker) -> Iterator[Beyond]:
    """Whoever the policy names, as it stands now; nothing is asked or sent by this."""
    policy, switches = house.policy, house.assistant.rules.switches
    has_door = house.elsewhere.door is not None
    may_hear = has_door and comes_first(policy, "stt", is_offline=switches.offline)
    may_speak = has_door and comes_first(policy, "tts", is_offline=switches.offline)
    if not may_hear and not may_speak:
        yield Beyond(None, speaker)
        return
    with speaking(house) as speech:
        say = house.opening.say
        hear = _second_ear(speech, house.settings.language, say) if may_hear else None
        yield Beyond(hear, SpeakerElsewhere(speech, speaker, say), has_voice=may_speak)


def _second_ear(speech: Speaking, language: str, say: Callable[[str], None]) -> SecondEar:
    def hear(sound: Recording) -> Transcript | None:
        try:
            for event in speech.hear(sound, language):
                if isinstance(event, Notice):
                    say(event.line)
                elif isinstance(event, Heard) and event.text.strip():
                    return Transcript(event.text, 1.0, event.decision.answered_by, event.language)
        except AssistantError as error:
            say(f"{_why(error)}; understood on this device")
        return None

    return hear


def _why(error: AssistantError) -> str:
    """What kept it here. That nobody else may be asked is said by the hint: the message is for who has no engine."""
    return error.hint if isinstance(error, EngineMissing) and error.hint else error.message


class SpeakerElsewhere:
    """ports.Speaker by back ends of the policy, by another one wherever those may not or cannot."""

    def __init__(self, speech: Speaking, fallback: Speaker, say: Callable[[str], None]) -> None:
        self._speech = speech
        self._fallback = fallback
        self._say = say

    @property
    def name(self) -> str:
        """Of the one it falls back to; who spoke stands in the ledger."""
        return self._fallback.name

    @property
    def rate_hz(self) -> int:
        """Of the one it falls back to."""
        return self._fallback.rate_hz

    def warm(self) -> None:
        """Warm the one it falls back to."""
        self._fallback.warm()

    def speak(self, text: str) -> Iterator[Frame]:
        """The sound of a text; its findings decide whether it leaves. Raises what the fallback raises."""
        try:
            for event in self._speech.speak(text):
                if isinstance(event, Spoken):
                    yield Frame(event.recording.pcm, event.recording.rate_hz, 0.0)
                    return
        except AssistantError as error:
            self._say(f"{_why(error)}; spoken on this device")
        yield from self._fallback.speak(text)

    def close(self) -> None:
        """The fallback is closed by whoever made it."""
