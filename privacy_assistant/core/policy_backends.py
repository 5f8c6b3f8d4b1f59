"""`[backend.NAME]` of a policy: where it is, how it is spoken to, where its key is. Every mistake names its key."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from privacy_assistant.core.address import REGIONS
from privacy_assistant.core.duration import parse_duration
from privacy_assistant.core.money import parse_money
from privacy_assistant.core.policy_terms import Api, Backend, BackendKind, KeySource
from privacy_assistant.core.toml_reader import Table
from privacy_assistant.core.turn import Zone

_BACKEND_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*\.?", re.ASCII)
# How keys of well-known services begin, as their documentation and secret scanners give it.
_LITERAL_KEY = re.compile(
    r"sk-|sk_(?:live|test)_|gh[pousr]_[A-Za-z0-9]{20}|github_pat_|glpat-|xox[abprs]-|AIza[A-Za-z0-9_-]{20}"
    r"|A[KS]IA[A-Z0-9]{16}|hf_[A-Za-z]{20}|gsk_[A-Za-z0-9]{20}|eyJ[A-Za-z0-9_-]{10,}\.|Bearer ",
    re.ASCII,
)
_KEY_WORDS = {"api_key", "apikey", "key", "token", "secret", "password", "authorization", "bearer", "headers"}
_KEY_HINT = "name where the key is: api_key_env, api_key_keyring or api_key_command"
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[/\\]", re.ASCII)
_SCHEMES = {BackendKind.WYOMING: ("tcp",)}
_OPENAI_URL = "https://api.openai.com/v1"


def read_backends(tables: Table) -> tuple[Backend, ...]:
    """The back ends of a policy, in the order written; what is wrong with them is noted in the page of `tables`."""
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
        data_residency=_data_residency(table),
        token_command=_token_command(table, kind),
        ca_file=_no_key(table, "ca_file", 500),
        stt_model=_no_key(table, "stt_model"),
        tts_model=_no_key(table, "tts_model"),
        voice=_no_key(table, "voice"),
        line=table.line,
    )
    if kind is BackendKind.AZURE and not backend.deployment:
        table.mistake("deployment", "is missing", "Azure OpenAI names a model by its deployment")
    _check_match(table, backend)
    table.close(more=[key for key in table.keys() if key.casefold() in _KEY_WORDS])  # noqa: SIM118 - no mapping
    return backend


def _check_match(table: Table, backend: Backend) -> None:
    """What each key by itself allows, and together they do not."""
    if backend.kind is not BackendKind.AZURE:
        for key in ("deployment", "api_version"):
            if key in table:
                table.mistake(key, "is for kind azure")
    if backend.kind is not BackendKind.OPENAI:
        for key in ("organization", "project", "data_residency"):
            if key in table:
                table.mistake(key, "is for kind openai")
    elif backend.data_residency and backend.base_url != _OPENAI_URL:
        hint = "leave out one of the two: data_residency names OpenAI's own address in that region"
        table.mistake("data_residency", "does not go with another base_url", hint)
    if backend.ca_file and not _ABSOLUTE.match(backend.ca_file):
        table.mistake("ca_file", "is not a whole path", "write it from the root: /etc/ssl/mine.pem")
    elif backend.ca_file and not backend.base_url.startswith("https:"):
        table.mistake("ca_file", "proves nothing here", "certificates are for https")
    if backend.token_command and backend.key is not None:
        table.mistake("token_command", "is a second place for the key", "keep one of them")
    prices = (backend.input_price, backend.output_price)
    if prices[0] is not None and prices[1] is not None and prices[0].currency != prices[1].currency:
        table.mistake("output_price", "is in another currency than input_price")


def _data_residency(table: Table) -> str:
    region = _no_key(table, "data_residency", 20)
    if region and region not in {"global", *REGIONS}:
        table.mistake("data_residency", f"must be one of: global, {', '.join(sorted(REGIONS))}")
        return ""
    return region


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
        table.mistake("token_command", "is for kind azure", "others take api_key_command")
    elif len(words) == 1 and " " in words[0]:
        table.mistake("token_command", "runs without a shell", 'write a list of words: ["az", "account", …]')
    return words


def _parse_timeout(text: str) -> timedelta:
    """A time-out between a second and an hour. Raises ValueError."""
    try:
        given = parse_duration(text)
    except ValueError:
        given = None
    if given is None or not timedelta(seconds=1) <= given <= timedelta(hours=1):
        raise ValueError("must be between 1s and 1h, like '90s' or '2m'")
    return given


def _base_url(table: Table, zone: Zone, kind: BackendKind, is_insecure: bool) -> str:
    """The address, checked: nothing but scheme, host, port and path; in clear only where nobody can listen in.

    Of what passes, `address_of` always makes an address.
    """
    if ("base_url" not in table or table.is_blank("base_url")) and kind is not BackendKind.OPENAI:
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
    if parts.scheme == "tcp" and kind is BackendKind.WYOMING and (parts.port is None or parts.path.strip("/")):
        table.mistake("base_url", "is not an address like tcp://127.0.0.1:10300", "Wyoming has ports, and no paths")
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
