"""Back ends that hear and speak, each behind the one gate: what the voice loop chooses from, after this device."""

from __future__ import annotations

from dataclasses import dataclass

from privacy_assistant.app.api_keys import ApiKeys
from privacy_assistant.app.elsewhere import errands_for
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.egress.gate import Gate
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.speech import CloudSpeaker, CloudTranscriber, hears, speaks


@dataclass(frozen=True, slots=True)
class SpeechElsewhere:
    """Who could hear and who could speak, in the order of the policy; whether they may is a verdict of
    `decide_speech`, for each recording and each text."""

    transcribers: tuple[CloudTranscriber, ...] = ()
    speakers: tuple[CloudSpeaker, ...] = ()

    def close(self) -> None:
        """End what still runs."""
        for transcriber in self.transcribers:
            transcriber.close()
        for speaker in self.speakers:
            speaker.close()


def speech_back_ends(policy: Policy, *, gate: Gate, reach: Reach, keys: ApiKeys) -> SpeechElsewhere:
    """Those that the policy sets up for it; nothing is looked up, asked or sent by this."""
    all_errands = [
        errands_for(backend, gate=gate, reach=reach, keys=keys)
        for backend in policy.backends
        if hears(backend) or speaks(backend)
    ]
    return SpeechElsewhere(
        tuple(CloudTranscriber(errands) for errands in all_errands if hears(errands.backend)),
        tuple(CloudSpeaker(errands) for errands in all_errands if speaks(errands.backend)),
    )
