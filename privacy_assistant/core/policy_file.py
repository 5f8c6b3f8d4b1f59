"""The text of `policy.toml` → a `Policy`; every mistake names its file, line and key.

The language is described in docs/policy-language.md. What a policy may hold is a closed list: a key that is not
known is a mistake, because a misspelt prohibition would otherwise be silently untrue.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable
from datetime import time, timedelta
from urllib.parse import SplitResult, urlsplit

from privacy_assistant.core.duration import parse_duration
from privacy_assistant.core.kinds import Topic
from privacy_assistant.core.level import Level
from privacy_assistant.core.money import parse_money
from privacy_assistant.core.policy import compile_pattern
from privacy_assistant.core.policy_terms import (
    CATEGORIES,
    DEFAULT,
    Action,
    Api,
    Backend,
    BackendKind,
    Budget,
    Extra,
    Hours,
    KeySource,
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
from privacy_assistant.core.turn import Origin, Zone
from privacy_assistant.errors import SettingsError

OWN_RULES = ("policy", "category", "label", "level", "switch", "mode", "backend", "speech", "escalate", "skill")
"""First words of the rule names that the program itself gives; a person's rule may not pretend to be one."""

_BACKEND_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*\.?", re.ASCII)
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|(24:00))", re.ASCII)
# How keys of well-known services begin, as their documentation and secret scanners give it.
_LITERAL_KEY = re.compile(
    r"sk-|sk_(?:live|test)_|gh[pousr]_[A-Za-z0-9]{20}|github_pat_|glpat-|xox[abprs]-|AIza[A-Za-z0-9_-]{20}"
    r"|A[KS]IA[A-Z0-9]{16}|hf_[A-Za-z]{20}|gsk_[A-Za-z0-9]{20}|eyJ[A-Za-z0-9_-]{10,}\.|Bearer ",
    re.ASCII,
)
_KEY_WORDS = {"api_key", "apikey", "key", "token", "secret", "password", "authorization", "bearer", "headers"}
_KEY_HINT = "name where the key is: api_key_env, api_key_keyring or api_key_command"
_SCHEMES = {BackendKind.WYOMING: ("tcp",)}
_OPENAI_URL = "https://api.openai.com/v1"


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
    backends = _backends(root.table("backend"))
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
        if name.partition(":")[0].strip() in OWN_RULES and (":" in name or name == "skill"):
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
            table.mistake("backend", "names a back end that the policy does not have", likeliest(backend, sorted(backends)))
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


# ---------------------------------------------------------------- back ends


def _backends(tables: Table) -> tuple[Backend, ...]:
    backends: list[Backend] = []
    for name in tables.keys():  # noqa: SIM118 - a Table is no mapping
        table = tables.table(name)
        if not _BACKEND_NAME.fullmatch(name):
            tables.mistake(name, "is no name for a back end", "letters, digits, - and _; at most 40")
        backends.append(_backend(name, table))
    return tuple(backends)


def _backend(name: str, table: Table) -> Backend:
    for key in table.keys():  # noqa: SIM118 - a Table is no mapping
        if key.casefold() in _KEY_WORDS:
            table.mistake(key, "would be a key written in the policy", _KEY_HINT)
    for key in ("zone", "kind"):
        if key not in table:
            table.mistake(key, "is missing")
    zone = table.word("zone", Zone, Zone.CLOUD)
    kind = table.word("kind", BackendKind, BackendKind.OPENAI)
    is_insecure = table.flag("insecure")
    is_redacted = table.flag("redact", True)
    if not is_redacted and zone is Zone.CLOUD:
        table.mistake("redact", "cannot be false for a back end in the cloud", "only zone lan or device may say so")
    backend = Backend(
        name=name,
        zone=zone,
        kind=kind,
        base_url=_base_url(table, zone, kind, is_insecure),
        api=table.word("api", Api, Api.RESPONSES if kind is BackendKind.OPENAI else Api.CHAT),
        model=_no_key(table, "model"),
        key=_key_source(table),
        is_insecure=is_insecure,
        is_redacted=is_redacted,
        deployment=_no_key(table, "deployment"),
        api_version=_no_key(table, "api_version"),
        context_tokens=table.whole("context_tokens", 0, 1, 100_000_000) or 0,
        input_price=table.parsed("input_price", parse_money, None),
        output_price=table.parsed("output_price", parse_money, None),
        timeout=table.parsed("timeout", _parse_timeout, None),
        organization=_no_key(table, "organization"),
        project=_no_key(table, "project"),
        data_residency=_no_key(table, "data_residency", 20),
        token_command=_token_command(table, kind),
        stt_model=_no_key(table, "stt_model"),
        tts_model=_no_key(table, "tts_model"),
        voice=_no_key(table, "voice"),
        line=table.line,
    )
    if kind is BackendKind.AZURE and not backend.deployment:
        table.mistake("deployment", "is missing", "Azure OpenAI names a model by its deployment")
    table.close(more=[key for key in table.keys() if key.casefold() in _KEY_WORDS])  # noqa: SIM118 - no mapping
    return backend


def _no_key(table: Table, key: str, longest: int = 200) -> str:
    """A text that may not be a secret."""
    text = table.text(key, longest=longest)
    if _LITERAL_KEY.search(text):
        table.mistake(key, "holds what looks like a key", _KEY_HINT)
        return ""
    return text


def _key_source(table: Table) -> KeySource | None:
    sources = [KeySource(how, table.texts(f"api_key_{how}", longest=400)) for how in ("env", "keyring", "command")]
    given = [source for source in sources if f"api_key_{source.how}" in table]
    for source in given:
        key = f"api_key_{source.how}"
        if not source.where:
            continue  # what is wrong with it has been said
        is_one = source.how == "command" or len(source.where) == 1
        is_name = source.how != "env" or _ENV_NAME.fullmatch(source.where[0]) is not None
        if any(_LITERAL_KEY.search(part) for part in source.where):
            table.mistake(key, "holds what looks like the key itself", _KEY_HINT)
        elif source.how == "command" and len(source.where) == 1 and " " in source.where[0]:
            table.mistake(key, "runs without a shell", 'write a list of words: ["pass", "show", "openai"]')
        elif not is_one:
            table.mistake(key, "takes one name")
        elif not is_name:
            table.mistake(key, "is not the name of an environment variable", _KEY_HINT)
    if len(given) > 1:
        table.mistake(f"api_key_{given[1].how}", "is a second place for the key", "keep one of them")
    return given[0] if given else None


def _token_command(table: Table, kind: BackendKind) -> tuple[str, ...]:
    words = table.texts("token_command", longest=400)
    if words and kind is not BackendKind.AZURE:
        table.mistake("token_command", "is for kind azure; others take api_key_command")
    elif len(words) == 1 and " " in words[0]:
        table.mistake("token_command", "runs without a shell", 'write a list of words: ["az", "account", …]')
    return words


def _parse_timeout(text: str) -> timedelta:
    """A time-out between a second and an hour. Raises ValueError."""
    given = parse_duration(text)
    if given is None or not timedelta(seconds=1) <= given <= timedelta(hours=1):
        raise ValueError("must be between 1s and 1h")
    return given


def _base_url(table: Table, zone: Zone, kind: BackendKind, is_insecure: bool) -> str:
    """The address, checked: nothing but scheme, host, port and path; in clear only where nobody can listen in."""
    if "base_url" not in table and kind is not BackendKind.OPENAI:
        table.mistake("base_url", "is missing", "the address up to and without the last part, e.g. https://host/v1")
    url = _no_key(table, "base_url", 500) or (_OPENAI_URL if kind is BackendKind.OPENAI else "")
    if not url:
        return ""
    parts = _split(url)
    if parts is None or not parts.hostname:
        table.mistake("base_url", "is not an address like https://host/v1")
        return ""
    if parts.username is not None or parts.password is not None:
        table.mistake("base_url", "holds a user name or password", _KEY_HINT)
    if parts.query or parts.fragment:
        table.mistake("base_url", "has a part behind ? or #", "leave it out; api_version has a key of its own")
    is_local = _is_loopback(parts.hostname)
    schemes = _SCHEMES.get(kind, ("https", "http"))
    if parts.scheme not in schemes:
        table.mistake("base_url", f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    elif parts.scheme != "https" and not is_local and not is_insecure:
        hint = "use https; 127.0.0.1 for this machine; or insecure = true if anybody on the way may read along"
        table.mistake("base_url", "would send in clear", hint)
    if zone is Zone.DEVICE and not is_local:
        table.mistake(
            "base_url", "is not on this device", "zone device takes 127.0.0.1 or [::1]; else it is lan or cloud"
        )
    return url


def _split(url: str) -> SplitResult | None:
    if not url.isascii() or any(char in url for char in " \\%\"'<>"):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    host = parts.hostname or ""
    return parts if ":" in host or _HOST_NAME.fullmatch(host) else None


def _is_loopback(host: str) -> bool:
    """Whether a host is a loopback address as such; a name, even localhost, is whatever somebody's table says."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_loopback
    return address == ipaddress.IPv6Address("::1")


def _budget(table: Table) -> Budget:
    budget = Budget(**{key: table.parsed(key, parse_money, None) for key in Budget.__slots__})
    first = next((limit for limit in (budget.day, budget.month, budget.conversation) if limit is not None), None)
    for key in ("month", "conversation"):
        limit = getattr(budget, key)
        if first is not None and limit is not None and limit.currency != first.currency:
            table.mistake(key, "is in another currency than the limit before it")
    table.close()
    return budget
