"""Keep a person's "always" in the policy, where they see it and can take it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from privacy_assistant.app.clock import now
from privacy_assistant.app.policy_writing import append_always
from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.errors import SettingsError
from privacy_assistant.ports import Consent


class RememberingConsent:
    """ports.Consent over that of a face: ALWAYS becomes `[[always]]` tables, then the policy is read again.

    Where they cannot be written the answer counts as ONCE, and `say` gets a line about it. The policy that the person
    was asked under is the one of the parcel's verdict: were the file another one by now, nothing is written.
    """

    def __init__(
        self,
        face: Consent,
        policy_file: Path,
        *,
        reload: Callable[[], None],
        say: Callable[[str], None],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._face = face
        self._file = policy_file
        self._reload = reload
        self._say = say
        self._clock = clock

    def ask(self, request: Request) -> Answer:
        """What the face says; ALWAYS only where it was written down."""
        answer = self._face.ask(request)
        if answer is not Answer.ALWAYS:
            return answer
        backend = request.parcel.backend
        try:
            append_always(
                self._file,
                request.asks,
                backend,
                sha256=request.parcel.verdict.policy_hash,
                on=self._clock().date(),
            )
        except SettingsError as error:
            self._say(f"once, and not always: {error.message} · {error.hint}")
            return Answer.ONCE
        self._say(f"{self._file} now says always for {', '.join(request.asks)} at {backend}")
        self._reload()
        return Answer.ALWAYS
