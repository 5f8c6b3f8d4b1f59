"""The nouns of a policy: modes, actions, rules, back ends, budget. What decides with them is `core.policy`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import IntEnum, StrEnum

from privacy_assistant.core.kinds import CLASSES, Kind, Topic
from privacy_assistant.core.level import Level
from privacy_assistant.core.money import Money
from privacy_assistant.core.turn import Origin, Zone

DEFAULT = "default"
"""The key of `[categories]` that stands for everything not listed."""


class Stance(IntEnum):
    """What a policy says about leaving. A larger number is more private."""

    LEAVE = 0
    ASK = 1
    STAY = 2
    REFUSE = 3

    def __str__(self) -> str:
        """The word of the policy file: leave, ask, stay, refuse."""
        return self.name.lower()


class Mode(StrEnum):
    """What holds where nothing else does. The last two differ in preference only."""

    LOCAL_ONLY = "local-only"
    ASK = "ask"
    LOCAL_FIRST = "local-first"
    CLOUD_FIRST = "cloud-first"


class Action(IntEnum):
    """What happens to a finding of a category. A larger number is more private."""

    ALLOW = 0
    REDACT = 1
    ASK = 2
    LOCAL = 3
    REFUSE = 4

    def __str__(self) -> str:
        """The word of the policy file: allow, redact, ask, local, refuse."""
        return self.name.lower()

    @property
    def stance(self) -> Stance:
        """What the action says about leaving: allow and redact let it leave."""
        return _STANCES[self]


_STANCES = {
    Action.ALLOW: Stance.LEAVE,
    Action.REDACT: Stance.LEAVE,
    Action.ASK: Stance.ASK,
    Action.LOCAL: Stance.STAY,
    Action.REFUSE: Stance.REFUSE,
}


class Permission(StrEnum):
    """Whether speech itself may leave; sound cannot be redacted."""

    NEVER = "never"
    ASK = "ask"
    ALLOW = "allow"


class Reason(StrEnum):
    """Why local-first may use a back end (`to_cloud_when`)."""

    ASKED = "asked"
    NO_LOCAL_MODEL = "no_local_model"
    CONTEXT_TOO_LONG = "context_too_long"
    LOW_CONFIDENCE = "low_confidence"


class BackendKind(StrEnum):
    """Which protocol a back end speaks."""

    OPENAI = "openai"
    AZURE = "azure"
    OPENAI_COMPATIBLE = "openai-compatible"
    WYOMING = "wyoming"


class Api(StrEnum):
    """Which of the two OpenAI-style interfaces a back end offers."""

    RESPONSES = "responses"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of the day by the person's clock, start included, end not; it may pass midnight."""

    start: time
    end: time

    def hold(self, moment: time) -> bool:
        """Whether this time of day lies in the span."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class When:
    """The condition of a rule: keys are ANDed, the entries of one key ORed; an empty key is not asked about.

    `text` holds RE2 patterns; `categories` names of kinds, classes and topics.
    """

    text: tuple[str, ...] = field(default=(), repr=False)
    categories: tuple[str, ...] = ()
    origin: tuple[Origin, ...] = ()
    backend: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[[rule]]`; `line` is where it starts in its file."""

    name: str
    when: When
    then: Stance
    line: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One `[[always]]`: what is asked for this reason (the name of a rule or a category) about this back end is
    answered with yes. It takes back no STAY and no REFUSE."""

    rule: str
    backend: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a back end's key is found: `how` is env, keyring or command; never the key itself."""

    how: str
    where: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Backend:
    """One `[backend.NAME]`. Prices are for a million tokens; `context_tokens` 0 means not known.

    `timeout` is how long it may be silent, before and inside an answer; None is the default of the door. `key` None
    looks for a sealed token of the back end's name. `organization`, `project` and `data_residency` are OpenAI's;
    `token_command` prints an Entra token for Azure. `ca_file` holds the certificates that alone prove who answers;
    "" is for those of this system. `voice` and `stt_model`, `tts_model` are for speech.
    """

    name: str
    zone: Zone
    kind: BackendKind
    base_url: str
    api: Api = Api.CHAT
    model: str = ""
    key: KeySource | None = None
    is_insecure: bool = False
    is_redacted: bool = True
    deployment: str = ""
    api_version: str = ""
    context_tokens: int = 0
    input_price: Money | None = None
    output_price: Money | None = None
    timeout: timedelta | None = None
    organization: str = ""
    project: str = ""
    data_residency: str = ""
    token_command: tuple[str, ...] = field(default=(), repr=False)
    ca_file: str = ""
    stt_model: str = ""
    tts_model: str = ""
    voice: str = ""
    line: int = 0

    @property
    def asked_model(self) -> str:
        """What its requests name: the model, on Azure the deployment; "" for one that answers no question."""
        return self.deployment if self.kind is BackendKind.AZURE else self.model


@dataclass(frozen=True, slots=True)
class Speech:
    """`[speech]`: whether a recording or a spoken answer may leave."""

    stt_cloud: Permission = Permission.NEVER
    tts_cloud: Permission = Permission.NEVER


class Extra(StrEnum):
    """Finders of others that can be asked too; they only ever add."""

    PRESIDIO = "presidio"
    GLINER = "gliner"


@dataclass(frozen=True, slots=True)
class Redaction:
    """`[redaction]`: how much is masked, and who is asked for what was missed."""

    level: Level = Level.BALANCED
    asks_local_model: bool = False
    also: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """`[budget]`: the most that may be spent; None is no limit. Day and month are those of the person's clock."""

    day: Money | None = None
    month: Money | None = None
    conversation: Money | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """`[retention]`: how long things are kept; None keeps them, zero never writes them."""

    messages: timedelta | None = timedelta(days=30)
    temporary: timedelta | None = timedelta(0)
    ledger: timedelta | None = None


class PolicyState(StrEnum):
    """Whether there is a policy to go by."""

    READ = "read"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a policy file says. `sha256` is the hash of its bytes in hex; without a file it is empty.

    `categories` maps kinds, classes, topics and "default" to an action, as listed. `backends` stand in the
    order written, which is the order they are tried in. `problem` and `line` say why it could not be read.
    """

    mode: Mode = Mode.LOCAL_FIRST
    categories: Mapping[str, Action] = field(default_factory=lambda: {DEFAULT: Action.REDACT})
    speech: Speech = Speech()
    redaction: Redaction = Redaction()
    rules: tuple[Rule, ...] = ()
    always: tuple[Standing, ...] = ()
    backends: tuple[Backend, ...] = ()
    budget: Budget = Budget()
    to_cloud_when: tuple[Reason, ...] = (Reason.ASKED,)
    retention: Retention = Retention()
    sha256: str = ""
    file: str = ""
    state: PolicyState = PolicyState.READ
    problem: str = ""
    line: int = 0

    @classmethod
    def absent(cls) -> Policy:
        """No policy file: everything stays on this device."""
        return cls(state=PolicyState.ABSENT)

    @classmethod
    def unreadable(cls, problem: str, file: str = "", line: int = 0) -> Policy:
        """A policy that cannot be read or trusted: a refusal to leave, never a reason not to answer here."""
        return cls(state=PolicyState.UNREADABLE, problem=problem, file=file, line=line)

    def backend(self, name: str) -> Backend | None:
        """The back end of that name."""
        return next((backend for backend in self.backends if backend.name == name), None)

    def answers_always(self, rule: str, backend: Backend | None) -> bool:
        """Whether an `[[always]]` says yes to what this rule or category asks about this back end."""
        return backend is not None and any(s.rule == rule and s.backend == backend.name for s in self.always)

    def listing(self, category: str) -> tuple[str, Action]:
        """The entry of `[categories]` that speaks for a kind or topic, and its action.

        The most specific entry counts: the kind itself, then its class (the most private, were there several),
        then `default`. A topic is a verdict and cannot be redacted: under a `redact` default it stays local. A
        name that is no kind and no topic stays local too.
        """
        if category in self.categories:
            return category, self.categories[category]
        classes = [name for name in _classes_of(category) if name in self.categories]
        if classes:
            entry = max(classes, key=lambda name: self.categories[name])
            return entry, self.categories[entry]
        default = self.categories.get(DEFAULT, Action.REDACT)
        if category not in _KINDS and default is Action.REDACT:
            return DEFAULT, Action.LOCAL
        return DEFAULT, default

    def masks(self, kind: Kind, backend: Backend | None = None) -> bool:
        """Whether a finding of this kind is replaced by a placeholder before anything goes to that back end."""
        if backend is not None and not backend.is_redacted:
            return False
        return self.listing(kind.value)[1] is not Action.ALLOW

    def undetectable(self, detectable: frozenset[str]) -> Iterator[tuple[str, Action, tuple[str, ...]]]:
        """Listed entries that are to be kept from leaving, with the kinds or topics in them that nothing can find."""
        for entry, action in self.categories.items():
            if entry == DEFAULT or action.stance is Stance.LEAVE:
                continue
            missing = [member for member in members(entry) if self.listing(member)[0] == entry]
            missing = [member for member in missing if member not in detectable]
            if missing:
                yield entry, action, tuple(missing)


_KINDS = frozenset(kind.value for kind in Kind)
CATEGORIES = frozenset({*_KINDS, *CLASSES, *(topic.value for topic in Topic)})
"""Every name that a policy may use for what was found."""


def members(category: str) -> tuple[str, ...]:
    """The kinds of a class, in order; of a kind or topic, itself."""
    kinds = CLASSES.get(category)
    return (category,) if kinds is None else tuple(sorted(kind.value for kind in kinds))


def _classes_of(category: str) -> Iterator[str]:
    for name, kinds in CLASSES.items():
        if category in kinds:
            yield name
