"""The family tree of everything raised on purpose.

Each error is one clear line for a person and a `hint` with the remedy. Messages are static or name
files, keys, rules and kinds; they never hold what a person said or wrote. `exit_code` is the contract
of the command line (docs: README, "Exit codes").
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PENDING = 3
    REFUSED = 4
    UNREACHABLE = 5
    BUDGET = 6
    LOCKED = 7
    MODEL = 8
    INTERRUPTED = 130


class AssistantError(Exception):
    """The root: `message` says what happened, `hint` what to do about it, `rule` which rule decided, if one did."""

    exit_code: ExitCode = ExitCode.ERROR

    def __init__(self, message: str, *, hint: str = "", rule: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.rule = rule

    @property
    def kind(self) -> str:
        """The class name: the stable word for programs (`error.kind` in JSON)."""
        return type(self).__name__


class UsageError(AssistantError):
    """The command line or the request itself is off."""

    exit_code = ExitCode.USAGE


class SettingsError(AssistantError):
    """A setting cannot be used. Names the file, the line where it is known, and the key."""

    def __init__(self, message: str, *, key: str, file: str = "", line: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.key = key
        self.file = file
        self.line = line


class EngineError(AssistantError):
    """A local engine (model, recogniser, voice) cannot do its work.

    `is_closed`: it was closed while it worked, by us, and nothing is wrong with it.
    """

    exit_code = ExitCode.MODEL
    is_closed = False


class EngineMissing(EngineError):
    """The library or the model file of an engine is not there."""


class EngineFailed(EngineError):
    """An engine is there and broke: a foreign or truncated file, a crash, no memory."""


class EngineCrashed(EngineFailed):
    """The process of an engine ended by itself, and did so again when it was started anew."""


class ModelTampered(EngineError):
    """A model file is not the one that was installed."""


class EgressError(AssistantError):
    """Something that would have left the machine did not, or did not come back whole."""


class EgressDenied(EgressError):
    """A rule forbids it; `rule` names it."""

    exit_code = ExitCode.REFUSED


class ConsentMissing(EgressDenied):
    """The person was asked and did not say yes; silence is no."""


class PolicyUnreadable(EgressDenied):
    """The policy cannot be read, which is a refusal."""


class Unreachable(EgressError):
    """No back end, no network, or nobody answers."""

    exit_code = ExitCode.UNREACHABLE


class TimedOut(Unreachable):
    """The deadline passed."""


class BackendRefused(Unreachable):
    """The back end answered, and does not want this: a key it does not know, a model it does not have, no credit."""


class KeyMissing(Unreachable):
    """The key of a back end is not where the policy says, or cannot be one."""


class BudgetExceeded(EgressError):
    """The person's own limit would be passed."""

    exit_code = ExitCode.BUDGET


class ReplyMalformed(Unreachable):
    """What came back is not what the protocol says, or broke off."""


class VaultError(AssistantError):
    """What stays on this machine cannot be reached or trusted."""


class VaultLocked(VaultError):
    """There is a key store and it did not open."""

    exit_code = ExitCode.LOCKED


class WrongPassphrase(VaultLocked):
    """The passphrase does not open the key store."""


class RecordTampered(VaultError):
    """A sealed record was changed, moved, replayed or cut."""


class PurgePending(VaultError):
    """A purge is decided and its physical part waits."""

    exit_code = ExitCode.PENDING
