"""The way out for model files: the one gate with the ledger of this home, and a token where the hub asks for one."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from privacy_assistant import tripwire
from privacy_assistant.app.clock import now
from privacy_assistant.app.environment import taken
from privacy_assistant.app.files import read_policy
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.rereading import RereadingLedger
from privacy_assistant.core.hub import hub_of, place_of
from privacy_assistant.core.kinds import Findings
from privacy_assistant.errors import AssistantError, VaultLocked
from privacy_assistant.ports.models import Fetcher, Order

HUB = "huggingface"
"""The name of the hub among the sealed tokens."""

VARIABLE = "HF_TOKEN"
"""Where the tools of the hub look for one."""

_NO_LEDGER = "there is no key store, so no ledger, and nothing leaves without one"
_WAYS_OUT = (
    "privacy-assistant key init, or PRIVACY_ASSISTANT_PASSPHRASE, --passphrase-fd N, --key-file F; "
    "privacy-assistant models import PATH needs none"
)


@dataclass(slots=True)
class HubLine:
    """Implements `pulling.Line`: a fetcher, and the token that it shows where it may. `hub` is where it is for."""

    hub: str
    _token: Callable[[], str] = field(repr=False)
    _fetcher: Fetcher | None = None
    _is_shown: bool = False

    @property
    def fetcher(self) -> Fetcher:
        """What fetches."""
        assert self._fetcher is not None
        return self._fetcher

    def show_token(self, order: Order, *, is_wanted: bool) -> bool:
        """Show the token for this order, if it is the hub that is asked and there is one; whether it is."""
        self._is_shown = is_wanted and order.place.address == place_of(self.hub).address and bool(self._token())
        return self._is_shown

    def token(self) -> str:
        """What the fetcher shows to the first host now."""
        return self._token() if self._is_shown else ""


def _closing(close: Callable[[], None]) -> Callable[[object, BaseException | None, object], None]:
    """Close as a way out of a block; where something went wrong in it already (a full disk), that is what is told."""

    def closed(_kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            close()
        except AssistantError:
            if error is None:
                raise

    return closed


@contextlib.contextmanager
def hub_line(desk: Desk, opening: Opening, endpoint: str) -> Iterator[HubLine]:
    """The way out, with the vault open for as long: every request is a line in its ledger.

    Raises VaultLocked (no key store, and nothing to make one from), WrongPassphrase, RecordTampered, SettingsError.
    """
    tripwire.install()
    from privacy_assistant.app.vault import open_vault  # what is listed or copied goes without
    from privacy_assistant.egress.fetch import HubFetcher
    from privacy_assistant.egress.gate import Gate
    from privacy_assistant.vault.tokens import SealedTokens

    vault = open_vault(desk.paths, opening)
    if vault is None:
        raise VaultLocked(_NO_LEDGER, hint=_WAYS_OUT)
    with contextlib.ExitStack() as undo:
        undo.push(_closing(vault.close))
        ledger = RereadingLedger(vault.ledger, vault.keys.reload)
        # No text passes here, so there is nothing to search.
        gate = Gate(policy=lambda: read_policy(desk.paths), ledger=ledger, rescan=lambda _text: Findings(), clock=now)
        undo.callback(gate.close)
        tokens = SealedTokens(vault.drawer)
        line = HubLine(hub_of(endpoint), lambda: tokens.get(HUB) or taken().get(VARIABLE, ""))
        fetcher = HubFetcher(gate, token=line.token, draw=random.random, monotonic=time.monotonic)
        undo.callback(fetcher.close)
        line._fetcher = fetcher  # the two need one another
        yield line
