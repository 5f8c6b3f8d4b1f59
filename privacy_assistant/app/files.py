"""Read and write the files a person edits: policy.toml and config.toml."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from privacy_assistant.app.clock import now
from privacy_assistant.app.paths import Paths
from privacy_assistant.app.pieces import extra_finders, finder
from privacy_assistant.core.model_facts import prices_for
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_check import check_policy
from privacy_assistant.core.policy_examples import parse_examples, run_examples
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_template import policy_template
from privacy_assistant.core.policy_terms import Backend, BackendKind, Policy, PolicyState, Retention
from privacy_assistant.core.settings import (
    NO_CLOUD_VARIABLE,
    OFFLINE_VARIABLE,
    Settings,
    is_trustworthy,
    parse_settings,
    switches_from,
)
from privacy_assistant.errors import SettingsError, UsageError

_LARGEST = 1024 * 1024


def read_policy(paths: Paths) -> Policy:
    """The policy. Without a file: absent. One that cannot be read or trusted: unreadable, which refuses."""
    try:
        data = _read(paths.policy)
        distrust = None if data is None else _distrust(paths.policy) or _distrust(paths.config)
        if distrust:
            return Policy.unreadable(distrust, str(paths.policy))
        return Policy.absent() if data is None else parse_policy(data, str(paths.policy))
    except SettingsError as error:
        problem = f"{error.key}: {error.message}" if error.key and error.key not in error.message else error.message
        return Policy.unreadable(problem, error.file, error.line)


def check_policy_file(path: Path) -> list[str]:
    """Warnings about the policy in this file. Raises SettingsError with file, line and key; UsageError without one."""
    data = _read(path)
    if data is None:
        raise UsageError(f"there is no {path}", hint="privacy-assistant policy init writes one")
    policy = parse_policy(data, str(path))
    distrust = _distrust(path)
    if distrust:
        raise SettingsError(distrust, key="", file=str(path), hint=f"chmod go-w {path}")
    return check_policy(policy, detectable(), now().date())


def try_policy_examples(paths: Paths, file: Path) -> list[dict[str, Any]]:
    """What the policy says of each [[example]] in `file`: name, expect, got, rule, ok."""
    data = _read(file)
    if data is None:
        raise UsageError(f"there is no {file}", hint="a TOML file with [[example]] tables: text, expect")
    examples = parse_examples(data, str(file))
    if not examples:
        raise UsageError(f"{file} holds no [[example]]", hint='[[example]]\ntext = "…"\nexpect = "stay"')
    policy = read_policy(paths)
    more = extra_finders(policy.redaction.also, policy.redaction.level, read_settings(paths).models.pii, paths.models)
    search = finder(policy.redaction.level, more=more)
    results = run_examples(
        policy,
        examples,
        lambda text, origin: search.find(text, origin=origin),
        detectable(),
        now(),
    )
    return [
        {
            "name": r.example.name,
            "line": r.example.line,
            "expect": str(r.example.expect),
            "got": str(r.verdict.stance),
            "rule": r.verdict.rule,
            "ok": r.passed,
        }
        for r in results
    ]


def init_policy(paths: Paths) -> Path:
    """Write the commented template. Raises UsageError when there is a policy already."""
    write_new(paths.policy, policy_template())
    return paths.policy


def describe_policy(paths: Paths) -> tuple[dict[str, Any], list[str]]:
    """The policy as it is understood, for programs and as lines for a person."""
    policy = read_policy(paths)
    warnings = check_policy(policy, detectable(), now().date())
    body: dict[str, Any] = {
        "file": str(paths.policy),
        "state": str(policy.state),
        "problem": policy.problem,
        "line": policy.line,
        "hash": policy.sha256,
        "mode": str(policy.mode),
        "categories": {name: str(action) for name, action in policy.categories.items()},
        "speech": {"stt_cloud": str(policy.speech.stt_cloud), "tts_cloud": str(policy.speech.tts_cloud)},
        "redaction": {
            "level": str(policy.redaction.level),
            "ask_local_model": policy.redaction.asks_local_model,
            "also": [str(extra) for extra in policy.redaction.also],
        },
        "rules": [{"name": rule.name, "then": str(rule.then)} for rule in policy.rules],
        "always": [{"rule": standing.rule, "backend": standing.backend} for standing in policy.always],
        "backends": [_described(backend) for backend in policy.backends],
        "budget": {name: str(limit) for name, limit in _limits(policy)},
        "to_cloud_when": [str(reason) for reason in policy.to_cloud_when],
        "retention": {name: _seconds(getattr(policy.retention, name)) for name in Retention.__slots__},
        "warnings": warnings,
    }
    lines = [f"file        {paths.policy} ({policy.state})"]
    if policy.problem:
        lines.append(f"problem     {policy.problem}" + (f" (line {policy.line})" if policy.line else ""))
    if policy.state is PolicyState.READ:
        lines.append(f"mode        {policy.mode}")
        lines.append(f"level       {policy.redaction.level}")
        lines += [f"category    {name}: {action}" for name, action in policy.categories.items()]
        lines += [f"rule        {rule.name}: {rule.then}" for rule in policy.rules]
        lines += [f"always      {standing.rule}: {standing.backend}" for standing in policy.always]
        lines += [f"back end    {b.name}: {', '.join(_words(_described(b)))}" for b in policy.backends]
        if not policy.backends:
            lines.append("back end    none, so nothing leaves this machine")
        lines += [f"budget      {name}: {limit}" for name, limit in _limits(policy)]
        lines += [f"speech      {name}: {word}" for name, word in body["speech"].items()]
        lines.append(f"escalate    {', '.join(body['to_cloud_when']) or 'never'}")
        lines += [f"retention   {name}: {_span(seconds)}" for name, seconds in body["retention"].items()]
    lines += [f"warning     {warning}" for warning in warnings]
    return body, lines


def _described(backend: Backend) -> dict[str, Any]:
    """What a back end is, for programs. Where its key is found is told, never what it is."""
    prices = prices_for(backend)
    key = "token_command" if backend.token_command else ""
    return {
        "name": backend.name,
        "zone": str(backend.zone),
        "kind": str(backend.kind),
        "base_url": backend.base_url,
        "api": None if backend.kind is BackendKind.WYOMING else str(backend.api),
        "model": backend.asked_model,
        "stt_model": backend.stt_model,
        "tts_model": backend.tts_model,
        "voice": backend.voice,
        "key": f"api_key_{backend.key.how}" if backend.key is not None else key,
        "redact": backend.is_redacted,
        "insecure": backend.is_insecure,
        "ca_file": backend.ca_file,
        "data_residency": backend.data_residency,
        "organization": backend.organization,
        "project": backend.project,
        "api_version": backend.api_version,
        "context_tokens": backend.context_tokens or None,
        "timeout_s": _seconds(backend.timeout),
        "prices": None if prices is None else [f"{prices.input:f}", f"{prices.output:f}", prices.currency],
    }


def _words(described: dict[str, Any]) -> Iterator[str]:
    yield from (described[name] for name in ("zone", "kind", "base_url", "model") if described[name])
    for name, told in (("stt_model", "hears with"), ("tts_model", "speaks with"), ("data_residency", "in the region")):
        if described[name]:
            yield f"{told} {described[name]}"
    if not described["redact"]:
        yield "nothing redacted"
    if described["insecure"]:
        yield "insecure"
    if described["timeout_s"] is not None:
        yield f"silent for at most {described['timeout_s']} s"
    if described["prices"] is not None:
        asked, answered, currency = described["prices"]
        yield f"{asked} and {answered} {currency} for a million tokens"


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def _span(seconds: int | None) -> str:
    if not seconds:
        return "forever" if seconds is None else "never written"
    size, unit = next(
        (size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")) if seconds % size == 0
    )
    return f"{seconds // size}{unit}"


def _limits(policy: Policy) -> list[tuple[str, Money]]:
    budget = policy.budget
    limits = (("day", budget.day), ("month", budget.month), ("conversation", budget.conversation))
    return [(name, limit) for name, limit in limits if limit is not None]


# ---------------------------------------------------------------- config.toml


def read_settings(paths: Paths) -> Settings:
    """The settings; the defaults without a file. Raises SettingsError with file, line and key."""
    data = _read(paths.config)
    return Settings() if data is None else parse_settings(data, str(paths.config))


def settings_with_origin(
    paths: Paths, environment: Mapping[str, str], *, offline: bool, no_cloud: bool
) -> list[tuple[str, Any, str]]:
    """Every setting as (key, value, where it comes from). Raises SettingsError."""
    settings = read_settings(paths)
    plain, default = _plain(settings), _plain(Settings())
    rows = []
    for key, value in plain.items():
        origin = "default" if value == default[key] else str(paths.config)
        given = {
            "network.offline": (offline, "--offline", OFFLINE_VARIABLE),
            "network.no_cloud": (no_cloud, "--no-cloud", NO_CLOUD_VARIABLE),
        }.get(key)
        if given is not None and not value:
            flag, option, variable = given
            switched = switches_from(settings, environment, Switches())
            in_environment = switched.offline if key == "network.offline" else switched.no_cloud
            if flag or in_environment:
                rows.append((key, True, option if flag else variable))
                continue
        rows.append((key, value, origin))
    return rows


CONFIG_TEMPLATE = """\
# How the assistant behaves. What may leave this machine is not settled here but in policy.toml.

# language = "en"

[persona]
# system = "You are a helpful assistant."
# temperature = 0.0
# max_tokens = 512

[network]
# offline = false       # no network at all, not even your own
# no_cloud = false      # nothing to a cloud

[log]
# level = "info"        # debug, info, warning, error; never content

[models]
# llm = "/path/to/model.gguf"
"""


def init_config(paths: Paths) -> Path:
    """The settings file, written with everything commented out where there was none."""
    if not paths.config.exists():
        write_new(paths.config, CONFIG_TEMPLATE)
    return paths.config


def _plain(settings: Settings) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for table in fields(settings):
        value = getattr(settings, table.name)
        if is_dataclass(value) and not isinstance(value, type):
            rows.update({f"{table.name}.{key.name}": getattr(value, key.name) for key in fields(value)})
        elif table.name != "file":
            rows[table.name] = value
    return rows


# ---------------------------------------------------------------- reading and writing


def detectable() -> frozenset[str]:
    """The kinds and topics that something here can find."""
    return frozenset(str(kind) for kind in finder().kinds)


def write_new(path: Path, text: str) -> None:
    """Write a file that only its owner can read and change. Raises UsageError when there is one already."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        if error.filename != os.fspath(path):
            raise UsageError(f"{path.parent} is not a directory", hint="name another place with --home") from None
        raise UsageError(f"there is a {path} already", hint="edit it, or move it away first") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="name another place with --home") from None
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        # A file cut short would be read as what the person wrote.
        path.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="make room on that disk") from None


def _read(path: Path) -> bytes | None:
    """The bytes of a file that its owner alone can change; None when there is none."""
    try:
        # Without O_NONBLOCK a named pipe in the place of the file would be waited for, for ever.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise SettingsError(f"{path} is not a file", key="", file=str(path), hint="move it away")
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        raise SettingsError(f"{path} is a directory", key="", file=str(path), hint="move it away") from None
    except NotADirectoryError:
        raise SettingsError(
            f"{path.parent} is not a directory", key="", file=str(path), hint="name another place with --home"
        ) from None
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}", key="", file=str(path), hint="check its owner and its mode"
        ) from None
    if len(data) > _LARGEST:
        raise SettingsError(f"{path} is larger than 1 MiB", key="", file=str(path), hint="make it shorter")
    return data


def _distrust(path: Path) -> str:
    """Why a file cannot be trusted to be its owner's word; empty when it can, or is not there."""
    try:
        found = path.stat()
    except OSError:
        return ""
    if hasattr(os, "getuid") and not is_trustworthy(found.st_mode, found.st_uid, os.getuid()):
        return f"{path} is not yours alone to change (chmod go-w)"
    return ""
