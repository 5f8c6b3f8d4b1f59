"""The text of `policy.toml` → a `Policy`; every mistake names its file, line and key.

The language is described in docs/policy-language.md. What a policy may hold is a closed list: a key that is not
known is a mistake, because a misspelt prohibition would otherwise be silently untrue.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import time

from privacy_assistant.core.duration import parse_duration
from privacy_assistant.core.kinds import Topic
from privacy_assistant.core.level import Level
from privacy_assistant.core.money import parse_money
from privacy_assistant.core.policy import compile_pattern
from privacy_assistant.core.policy_backends import read_backends
from privacy_assistant.core.policy_terms import (
    CATEGORIES,
    DEFAULT,
    Action,
    Budget,
    Extra,
    Hours,
    Mode,
    Permission,
    Policy,
    Reason,
    Redaction,
    Retention,
    Rule,
    Speech,
    Stance,
    Standing,
    When,
)
from privacy_assistant.core.toml_reader import Page, Table, likeliest
from privacy_assistant.core.turn import Origin
from privacy_assistant.errors import SettingsError

OWN_RULES = frozenset(
    (
        *("policy", "category", "label", "level", "switch", "mode", "backend", "speech", "escalate", "fallback"),
        *("redaction", "finder", "parcel", "gate", "models"),
    )
)
"""First words of the rule names that the program itself gives, before a colon."""

OWN_WORDS = frozenset({"skill", "tripwire"})
"""Those that have no colon. A person's rule may not pretend to be one of the program's own."""

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|(24:00))", re.ASCII)


def parse_policy(text: str | bytes, file: str) -> Policy:
    """Read a policy. Raises SettingsError (the first mistake by line) and nothing else, whatever the text is."""
    policy, mistakes = read_policy(text, file)
    if policy is None:
        raise mistakes[0]
    return policy


def read_policy(text: str | bytes, file: str) -> tuple[Policy | None, list[SettingsError]]:
    """Read a policy and list all its mistakes by line; the policy is None where there are any."""
    try:
        page = Page(text, file)
    except SettingsError as error:
        return None, [error]
    raw = text.encode() if isinstance(text, str) else text
    policy = _policy(page.root, file, hashlib.sha256(raw).hexdigest())
    mistakes = page.in_order()
    return (None if mistakes else policy), mistakes


def _policy(root: Table, file: str, sha256: str) -> Policy:
    version = root.whole("version", 1, 0, 10**6)
    if version != 1:
        root.mistake("version", "is not a version that this program reads", "write version = 1")
    mode = root.word("mode", Mode, Mode.LOCAL_FIRST)
    categories = _categories(root.table("categories"))
    speech_table = root.table("speech")
    speech = Speech(
        speech_table.word("stt_cloud", Permission, Permission.NEVER),
        speech_table.word("tts_cloud", Permission, Permission.NEVER),
    )
    speech_table.close()
    redaction_table = root.table("redaction")
    redaction = Redaction(
        redaction_table.word("level", Level, Level.BALANCED),
        redaction_table.flag("ask_local_model"),
        redaction_table.words("also", Extra, may_be_empty=True),
    )
    redaction_table.close()
    backends = read_backends(root.table("backend"))
    rules = _rules(root.tables("rule"), {backend.name for backend in backends})
    always = _always(root.tables("always"), {backend.name for backend in backends})
    budget = _budget(root.table("budget"))
    escalate_table = root.table("escalate")
    to_cloud_when = escalate_table.words("to_cloud_when", Reason, (Reason.ASKED,), may_be_empty=True)
    escalate_table.close()
    retention_table = root.table("retention")
    kept = Retention()
    retention = Retention(
        messages=retention_table.parsed("messages", parse_duration, kept.messages),
        temporary=retention_table.parsed("temporary", parse_duration, kept.temporary),
        ledger=retention_table.parsed("ledger", parse_duration, kept.ledger),
    )
    retention_table.close()
    root.close()
    return Policy(
        mode=mode,
        categories=categories,
        speech=speech,
        redaction=redaction,
        rules=rules,
        always=always,
        backends=backends,
        budget=budget,
        to_cloud_when=to_cloud_when,
        retention=retention,
        sha256=sha256,
        file=file,
    )


def _categories(table: Table) -> dict[str, Action]:
    topics = {topic.value for topic in Topic}
    found: dict[str, Action] = {}
    for key in table.keys():  # noqa: SIM118 - a Table is no mapping
        if key != DEFAULT and key not in CATEGORIES:
            continue
        action = table.word(key, Action, Action.LOCAL)
        if key in topics and action is Action.REDACT:
            table.mistake(key, "is a topic and cannot be redacted", "write local, ask, allow or refuse")
        found[key] = action
    table.close(more=[DEFAULT, *sorted(CATEGORIES)])
    found.setdefault(DEFAULT, Action.REDACT)
    return found


# ---------------------------------------------------------------- rules


def _rules(tables: Iterable[Table], backends: set[str]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    names: set[str] = set()
    for number, table in enumerate(tables, 1):
        name = table.text("name", f"rule {number}", longest=100).strip()
        if not name:
            table.mistake("name", "is empty")
        area, colon, _ = name.partition(":")
        if area.strip() in OWN_WORDS or (colon and area.strip() in OWN_RULES):
            table.mistake("name", "looks like a name of the program's own", "choose another first word")
        if name in names:
            table.mistake("name", "is the name of an earlier rule", "give every rule its own name")
        names.add(name)
        when = _when(table, backends)
        if "then" not in table:
            table.mistake("then", "is missing", 'write then = "stay", "ask", "refuse" or "leave"')
        then = table.word("then", Stance, Stance.STAY)
        table.close()
        rules.append(Rule(name, when, then, table.line))
    return tuple(rules)


def _always(tables: Iterable[Table], backends: set[str]) -> tuple[Standing, ...]:
    standing: list[Standing] = []
    for table in tables:
        rule = table.text("rule", longest=100)
        backend = table.text("backend", longest=40)
        for key, value in (("rule", rule), ("backend", backend)):
            if not value:
                table.mistake(key, "is missing")
        if backend and backend not in backends:
            table.mistake(
                "backend", "names a back end that the policy does not have", likeliest(backend, sorted(backends))
            )
        table.close()
        standing.append(Standing(rule, backend, table.line))
    return tuple(standing)


def _when(rule: Table, backends: set[str]) -> When:
    if "when" not in rule:
        rule.mistake("when", "is missing", "a rule without a condition is what mode is for")
    table = rule.table("when")
    if "when" in rule and not table.keys():
        rule.mistake("when", "is empty", "a rule without a condition is what mode is for")
    text = table.texts("text")
    for pattern in text:
        try:
            compile_pattern(pattern)
        except ValueError as error:
            table.mistake("text", f"is {error}", "RE2 has no look-around and no back-references")
    categories = table.texts("categories")
    for category in categories:
        if category not in CATEGORIES:
            table.mistake("categories", "names something that is no category", likeliest(category, sorted(CATEGORIES)))
    asked = table.texts("backend")
    for name in asked:
        if name not in backends:
            table.mistake(
                "backend", "names a back end that the policy does not have", likeliest(name, sorted(backends))
            )
    hours: list[Hours] = []
    for span in table.texts("hours"):
        try:
            hours.append(_parse_hours(span))
        except ValueError as error:
            table.mistake("hours", str(error))
    origin = table.words("origin", Origin)
    table.close()
    return When(text, categories, origin, asked, tuple(hours))


def _parse_hours(span: str) -> Hours:
    found = _HOURS.fullmatch(span)
    if found is None:
        raise ValueError("must be written like '22:00-07:00'")
    start = time(int(found[1]), int(found[2]))
    end = time(0) if found[5] else time(int(found[3]), int(found[4]))
    if start == end:
        raise ValueError("begins and ends at the same time")
    return Hours(start, end)


# ---------------------------------------------------------------- budget


def _budget(table: Table) -> Budget:
    budget = Budget(**{key: table.parsed(key, parse_money, None) for key in Budget.__slots__})
    first = next((limit for limit in (budget.day, budget.month, budget.conversation) if limit is not None), None)
    for key in ("month", "conversation"):
        limit = getattr(budget, key)
        if first is not None and limit is not None and limit.currency != first.currency:
            table.mistake(key, "is in another currency than the limit before it")
    table.close()
    return budget
