"""What `doctor` looks at: each check says what it found and, where something is wrong, the remedy."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator

import psutil

from privacy_assistant.app import cloud_checks, model_checks, proofs, voice_checks
from privacy_assistant.app.clock import now
from privacy_assistant.app.files import detectable, read_policy, read_settings
from privacy_assistant.app.local_models import local_model
from privacy_assistant.app.paths import Paths
from privacy_assistant.app.pieces import finder
from privacy_assistant.app.proofs import Check
from privacy_assistant.app.setup.hello import time_mind
from privacy_assistant.core.kinds import Kind, Topic
from privacy_assistant.core.policy_check import check_policy
from privacy_assistant.core.policy_terms import PolicyState
from privacy_assistant.errors import AssistantError
from privacy_assistant.vault.keys import describe
from privacy_assistant.vault.memory_guard import guard_memory
from privacy_assistant.vault.os_keyring import find_keyring

LOW_DISK_BYTES = 500_000_000
LOW_MEMORY_BYTES = 1_000_000_000

_SAMPLE = "My name is Anna Okafor, my mail is anna@example.org, and my doctor says that I have diabetes."
_IN_SAMPLE = frozenset({Kind.PERSON, Kind.EMAIL, Topic.HEALTH})


def run_checks(paths: Paths, *, wants_latency: bool, wants_network: bool) -> list[Check]:
    """All checks; none of them raises, asks for a passphrase or changes anything."""
    steps: list[tuple[str, Callable[[Paths], Iterator[Check]]]] = [
        ("machine", _machine),
        ("home", _home),
        ("settings", _settings),
        ("policy", _policy),
        ("back end", cloud_checks.back_ends),
        ("keys", _keys),
        ("history", _history),
        ("finder", _finder),
        ("model", model_checks.models),
        ("voice", voice_checks.voice),
        ("network", proofs.tripwire_holds),
        ("worker", proofs.worker_is_walled_off),
    ]
    if wants_latency:
        steps += [("latency", _latency), ("latency", _spoken_latency)]
    if wants_network:
        steps.append(("network", proofs.answers_without_network))
    found: list[Check] = []
    for name, step in steps:
        try:
            found += step(paths)
        except AssistantError as error:
            found.append(Check(name, "fault", error.message, error.hint))
        except OSError as error:
            found.append(
                Check(name, "fault", f"{error.strerror or 'input/output error'}", "check the mode of the home")
            )
    return found


def _machine(_paths: Paths) -> Iterator[Check]:
    memory = psutil.virtual_memory()
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    yield Check("cpu", "ok", f"{cores} cores, {platform.machine()}")
    short = memory.available < LOW_MEMORY_BYTES
    yield Check(
        "memory",
        "note" if short else "ok",
        f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free",
        "close other programs: the model needs room" if short else "",
    )
    guarded = guard_memory()
    if guarded.has_no_core is False or guarded.is_undumpable is False:
        yield Check("dumps", "note", "this system lets core dumps or other processes read the keys", "ulimit -c 0")
    else:
        yield Check("dumps", "ok", "no core dumps, no reading of this process by others")
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.release()}")


def _home(paths: Paths) -> Iterator[Check]:
    place = paths.data_dir
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    short = free < LOW_DISK_BYTES
    yield Check(
        "disk",
        "fault" if short else "ok",
        f"{free / 1e9:.1f} GB free for {paths.data_dir}",
        "make room: a full disk can stop a purge half way" if short else "",
    )
    if paths.data_dir.exists() and os.name == "posix" and paths.data_dir.stat().st_mode & 0o077:
        yield Check("home", "note", f"{paths.data_dir} can be listed by others", f"chmod 700 {paths.data_dir}")
    if not os.access(place, os.W_OK):
        yield Check("home", "fault", f"{place} cannot be written", "name another place with --home DIR")


def _settings(paths: Paths) -> Iterator[Check]:
    settings = read_settings(paths)
    where = str(paths.config) if settings.file else "no config.toml, the defaults count"
    yield Check("settings", "ok", where)


def _policy(paths: Paths) -> Iterator[Check]:
    policy = read_policy(paths)
    if policy.state is PolicyState.UNREADABLE:
        where = f" (line {policy.line})" if policy.line else ""
        yield Check("policy", "fault", f"{policy.problem}{where}: nothing leaves", "privacy-assistant policy check")
        return
    if policy.state is PolicyState.ABSENT:
        yield Check("policy", "ok", "none, so nothing leaves this machine (privacy-assistant policy init)")
        return
    yield Check("policy", "ok", f"{policy.mode}, {len(policy.backends)} back ends, {len(policy.rules)} rules")
    for warning in check_policy(policy, detectable(), now().date()):
        yield Check("policy", "note", warning)


def _keys(paths: Paths) -> Iterator[Check]:
    status = describe(paths.key_store)
    keyring = find_keyring()
    offered = keyring.name if keyring is not None else "none usable (a headless machine has none)"
    if status.state == "missing" and paths.database.exists():
        yield Check(
            "keys",
            "fault",
            f"{paths.database} is here and its key store is not: that history cannot be read",
            "put the key store back from a backup, or remove both with privacy-assistant purge-history --panic",
        )
    elif status.state == "missing":
        yield Check(
            "keys",
            "note",
            f"no key store yet, so nothing is kept; keyring: {offered}",
            "privacy-assistant key init, or set PRIVACY_ASSISTANT_PASSPHRASE",
        )
    elif status.state == "destroyed":
        yield Check("keys", "fault", "the keys of this home were destroyed", "privacy-assistant purge-history --panic")
    else:
        yield Check("keys", "ok", f"key store opens with {', '.join(status.factors)}; keyring: {offered}")


def _history(paths: Paths) -> Iterator[Check]:
    if not os.path.lexists(paths.database):
        yield Check("history", "ok", "nothing is kept yet")
        return
    if paths.database.is_symlink() or not paths.database.is_file():
        yield Check("history", "fault", f"{paths.database} is a link or no file", "put the file itself there")
        return
    if not os.access(paths.database, os.W_OK):
        yield Check("history", "fault", f"{paths.database} cannot be written", f"chmod 600 {paths.database}")
        return
    with paths.database.open("rb") as file:
        is_database = file.read(16) == b"SQLite format 3\0"
    if not is_database:
        yield Check("history", "fault", f"{paths.database} is no database", "put it back from a backup")
        return
    size = sum(p.stat().st_size for p in paths.database.parent.glob(paths.database.name + "*"))
    yield Check("history", "ok", f"{size / 1000:.0f} kB, sealed")


def _finder(_paths: Paths) -> Iterator[Check]:
    """Rules, network and topics on a sentence that holds one of each: a part that is cut short says so nowhere else."""
    detector = finder()
    detector.find(_SAMPLE)
    begin = time.perf_counter()
    found = detector.find(_SAMPLE)
    took = time.perf_counter() - begin
    missed = _IN_SAMPLE - {span.kind for span in found.spans} - found.topics
    if missed:
        yield Check(
            "finder",
            "fault",
            f"the finder of personal data does not see {', '.join(sorted(missed))} in a sample",
            "install the package again",
        )
        return
    yield Check("finder", "ok", f"rules, names and topics answer, {1000 * took:.1f} ms for a sentence")


def _latency(paths: Paths) -> Iterator[Check]:
    """Load, first token and speed of the model that is installed."""
    remarks: list[str] = []
    with contextlib.closing(local_model(read_settings(paths), paths)) as model:
        mind = time_mind(model, remarks.append)
    yield Check(
        "latency",
        "note" if remarks else "ok",
        f"load {1000 * mind.load_s:.0f} ms, first token {1000 * mind.first_token_s:.0f} ms, "
        f"{mind.tokens_per_s:.0f} tokens/s" + "".join(f"; {line}" for line in remarks),
    )


def _spoken_latency(paths: Paths) -> Iterator[Check]:
    """From the end of speech to the first sound of the answer; half a minute, since it is spoken in real time."""
    from privacy_assistant.app.benches.voice import check  # it loads all that hears and speaks

    yield from check(paths)
