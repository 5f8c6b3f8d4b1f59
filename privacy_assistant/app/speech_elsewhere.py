"""Back ends that hear and speak, each behind the one gate, and whoever asks them for a command.

The voice loop chooses from them too, after this device.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from privacy_assistant.app.clock import now
from privacy_assistant.app.consenting import RememberingConsent
from privacy_assistant.app.elsewhere import NO_LEDGER, Door
from privacy_assistant.app.files import read_policy, read_settings
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.pieces import new_legend
from privacy_assistant.app.rereading import RereadingPurse
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_terms import Mode, Permission, Policy
from privacy_assistant.core.settings import switches_from
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.speech import CloudSpeaker, CloudTranscriber, hears, speaks
from privacy_assistant.errors import Unreachable
from privacy_assistant.flow.permitting import require_somebody
from privacy_assistant.flow.speaking import Speaking
from privacy_assistant.vault.memory import MemoryHistory
from privacy_assistant.vault.purse import SealedPurse

if TYPE_CHECKING:
    from privacy_assistant.app.house import House


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


def speech_back_ends(policy: Policy, door: Door) -> SpeechElsewhere:
    """Those that the policy sets up for it; nothing is looked up, asked or sent by this."""
    all_errands = [door.errands(backend) for backend in policy.backends if hears(backend) or speaks(backend)]
    return SpeechElsewhere(
        tuple(CloudTranscriber(errands) for errands in all_errands if hears(errands.backend)),
        tuple(CloudSpeaker(errands) for errands in all_errands if speaks(errands.backend)),
    )


def comes_first(policy: Policy, what: Literal["stt", "tts"], *, is_offline: bool) -> bool:
    """Whether somebody else is asked to hear (stt) or to speak (tts) before this device: where the policy is for the
    cloud first and names one who may. Nobody is asked by this."""
    if policy.mode is not Mode.CLOUD_FIRST or is_offline:
        return False
    is_able, permission = (hears, policy.speech.stt_cloud) if what == "stt" else (speaks, policy.speech.tts_cloud)
    widest = Zone.DEVICE if permission is Permission.NEVER else Zone.CLOUD
    return any(is_able(backend) and backend.zone <= widest for backend in policy.backends)


def is_elsewhere_first(
    home: Path | None, environment: Mapping[str, str], switches: Switches, what: Literal["stt", "tts"]
) -> bool:
    """The same for a home, before any key is asked for. Raises SettingsError where config.toml cannot be read."""
    paths = paths_for(home)
    policy = read_policy(paths)
    return comes_first(policy, what, is_offline=switches_from(read_settings(paths), environment, switches).offline)


def check_set_up(home: Path | None, what: Literal["stt", "tts"]) -> None:
    """Raises EngineMissing where the policy, as it stands, lets nobody hear (stt) or speak (tts), before any key is
    asked for."""
    policy = read_policy(paths_for(home))
    is_able = hears if what == "stt" else speaks
    require_somebody(policy, [backend for backend in policy.backends if is_able(backend)], what)


@contextmanager
def speaking(house: House) -> Iterator[Speaking]:
    """Who hears and speaks for one command. It belongs to no conversation: what leaves stands in the ledger, with a
    MAC under a key that is gone with this process, and is counted to the day and the month.

    Raises Unreachable where there is no ledger.
    """
    vault, door, opening = house.vault, house.elsewhere.door, house.opening
    if vault is None or door is None:
        raise Unreachable(f"nobody to ask: {NO_LEDGER}", rule="gate:ledger")
    back_ends = speech_back_ends(house.policy, door)
    nowhere = MemoryHistory()
    account = nowhere.start(temporary=True)
    purse = SealedPurse(vault.roster, vault.drawer, nowhere)
    try:
        yield Speaking(
            house.policy,
            house.assistant.rules.switches,
            hearing=back_ends.transcribers,
            voices=back_ends.speakers,
            finder=house.finder,
            purse=RereadingPurse(purse, vault.keys.reload),
            # An `[[always]]` that is written now is read by the next command; this one remembers the answer.
            consent=RememberingConsent(opening.consent, house.paths.policy, reload=_later, say=opening.say),
            account=account,
            keep=lambda payload: nowhere.payload_mac(account, payload),
            new_legend=new_legend,
            clock=now,
        )
    finally:
        back_ends.close()


def _later() -> None:
    """Nothing now."""
