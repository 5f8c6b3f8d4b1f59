"""The nets themselves: each injected violation is caught by its net at its line, and honest code passes all of them."""

from __future__ import annotations

import pytest

from tests.architecture import nets, nets_of_writing, surface
from tests.architecture.reading import Source, Violation

_DOC = '"""A module."""\n'


def caught(module: str, text: str) -> list[Violation]:
    """What all nets together say about one source that stands in the package under this name."""
    source = Source.of(f"privacy_assistant.{module}", _DOC + text)
    found = [violation for net in nets.NETS for violation in net(source)]
    return found + list(nets_of_writing.public_things_are_documented(source, frozenset({"find"})))


INJECTED = [
    # (net, module, source): the violation stands on the last line
    ("library", "skills.lists", "import requests"),
    ("library", "skills.lists", "def _late():\n    from cryptography.fernet import Fernet"),
    ("library", "vault.history", "__import__('keyring')"),
    ("library", "vault.history", "import importlib\nimportlib.import_module('keyring.backends')"),
    ("library", "vault.history", "from importlib import import_module as bring\nbring('llama_cpp')"),
    ("library", "vault.history", "import pkgutil\npkgutil.resolve_name('llm:get_model')"),
    ("library", "core.routing", "import phonenumbers"),
    ("door", "engines.sound", "import socket"),
    ("door", "engines.sound", "from urllib.request import urlopen"),
    ("door", "engines.sound", "from urllib import request"),
    ("door", "vault.keys", "import subprocess"),
    ("door", "vault.keys", "import pickle"),
    ("door", "flow.assistant", "__import__('http.client')"),
    ("door", "flow.assistant", "import asyncio"),
    ("door", "skills.lists", "import sqlite3"),
    ("door", "core.prompt", "import logging"),
    ("protected", "skills.lists", "from privacy_assistant.egress import wire"),
    ("protected", "egress.cloud", "import importlib\nimportlib.import_module('privacy_assistant.egress.wire')"),
    ("protected", "engines.sound", "from privacy_assistant.tripwire import sending"),
    ("computed", "skills.lists", "import importlib\nname = 'x'\nimportlib.import_module(name)"),
    ("computed", "skills.lists", "bring = __import__"),
    ("computed", "skills.lists", "import importlib\nimportlib.import_module(f'privacy_assistant.egress.{1}')"),
    ("pure", "core.policy", "import os"),
    ("pure", "core.policy", "import random"),
    ("pure", "core.policy", "from time import monotonic"),
    ("pure", "errors", "import pathlib"),
    ("pure", "ports", "import secrets"),
    ("pure", "core.policy", "def _peek():\n    return open('policy.toml')"),
    ("pure", "core.policy", "reveal = print"),
    ("pure", "core.policy", "import builtins"),
    ("pure", "core.policy", "_here = globals()"),
    ("pure", "core.policy", "_at = moment.astimezone()"),
    ("pure", "core.policy", "_all = place.read_text()"),
    ("clock", "core.retention", "from datetime import datetime\n_now = datetime.now()"),
    ("clock", "core.retention", "import datetime as dt\n_now = dt.datetime.utcnow()"),
    ("clock", "vault.history", "from datetime import date\n_clock = date.today"),
    ("clock", "flow.assistant", "from time import time as tell\n_now = tell()"),
    ("sealed", "flow.assistant", "from privacy_assistant.core.redaction import Redacted\n_raw = Redacted('x', {})"),
    ("sealed", "egress.cloud", "from privacy_assistant.core import policy\n_yes = policy.Verdict(0, '', (), '')"),
    ("sealed", "egress.cloud", "from privacy_assistant.core.parcel import Parcel as Box\n_box = Box('x')"),
    ("sealed", "egress.cloud", "from privacy_assistant.core.parcel import Parcel\nmake = Parcel"),
    ("sealed", "egress.cloud", "from privacy_assistant.core.parcel import Parcel\nmake = [Parcel][0]"),
    ("sealed", "egress.cloud", "from privacy_assistant.core.parcel import Parcel\n_box = Parcel.__new__(Parcel)"),
    ("sealed", "egress.cloud", "from privacy_assistant.core.parcel import Parcel\nclass _Box(Parcel): pass"),
    ("sealed", "egress.cloud", "from privacy_assistant.core import parcel\n_box = getattr(parcel, 'Parcel')('x')"),
    ("sealed", "egress.cloud", "_box = vars(parcel)['Parcel']"),
    ("sealed", "core.routing", "from typing import cast\n_verdict = cast('Verdict', object())"),
    ("sealed", "core.routing", "from dataclasses import replace\n_open = replace(verdict, rule='mine')"),
    ("sealed", "core.routing", "import dataclasses\n_open = dataclasses.replace(anything, stance=0)"),
    ("sealed", "core.routing", "from dataclasses import replace as alter\n_open = alter(decide(1), rule='mine')"),
    ("sealed", "core.routing", "from dataclasses import replace\n_open = replace(thing, **changes)"),
    (
        "sealed",
        "core.routing",
        "from dataclasses import replace\nfrom privacy_assistant.core.policy import Verdict\n"
        "def _widen(it: Verdict) -> Verdict:\n    return replace(it, rule='mine')",
    ),
    ("sealed", "core.routing", "_open = object.__new__(kind)"),
    ("sealed", "core.routing", "object.__setattr__(verdict, 'stance', 0)"),
    ("sealed", "core.routing", "_open = type(verdict)(0, 'mine', (), '')"),
    ("sealed", "core.routing", "_open = verdict.__class__(0, 'mine', (), '')"),
    ("sealed", "core.routing", "lookalike.__class__ = other"),
    ("banned", "skills.calculator", "_sum = eval('1 + 1')"),
    ("banned", "skills.calculator", "import builtins\n_run = builtins.exec"),
    ("banned", "skills.calculator", "import os\nos.system('date')"),
    ("banned", "skills.calculator", "from os import popen\npopen('date')"),
    ("banned", "skills.calculator", "import os\n_run = getattr(os, 'system')"),
    ("banned", "vault.keys", "_start(command, shell=True)"),
    ("url", "engines.sound", "_WHERE = 'https://models.example/v1'"),
    ("url", "engines.sound", "_WHERE = f'http://{host}/v1'"),
    ("url", "engines.sound", "_WHERE = b'wss://models.example'"),
    ("telemetry", "app", "_telemetry = True"),
    ("telemetry", "app", "_ENDPOINT = 'posthog project'"),
    ("repr", "core.turn", "from dataclasses import dataclass\n@dataclass\nclass _Said:\n    text: str"),
    (
        "repr",
        "core.turn",
        "from dataclasses import dataclass, field\n@dataclass(frozen=True)\nclass _Said:\n"
        "    passphrase: bytes | None = field(default=None)",
    ),
    ("repr", "core.turn", "from typing import NamedTuple\nclass _Said(NamedTuple):\n    body: str"),
    ("content", "flow.assistant", "raise ValueError(f'cannot read {text!r}')"),
    ("content", "flow.assistant", "raise EngineFailed('cannot', hint=question[:10])"),
    ("content", "flow.assistant", "raise EngineFailed(str(self.answer))"),
    ("content", "app", "import logging\n_log = logging.getLogger()\n_log.info('asked %s', request.text)"),
    ("unfinished", "core.turn", "# TODO: think"),
    ("except", "core.turn", "try:\n    pass\nexcept Exception:\n    pass\n".rstrip()),
    ("except", "core.turn", "try:\n    pass\nexcept (ValueError, BaseException):  # noqa: BLE001\n    pass"),
    ("except", "core.turn", "try:\n    pass\nexcept:\n    pass"),
    ("waiver", "core.turn", "_x = 1  # noqa"),
    ("waiver", "core.turn", "_x = 1  # type: ignore"),
    ("waiver", "core.turn", "_x = 1  # type: ignore[assignment]"),
    ("waiver", "core.turn", "_x = 1  # noqa: S105"),
    ("docstring", "core.turn", "def speak() -> None: ..."),
    ("docstring", "core.turn", "class Mouth: ..."),
    (
        "docstring",
        "core.turn",
        "class Mouth:\n    'A mouth.'\n    def speak(self) -> None:\n        self.a = 1\n        self.b = 2",
    ),
]


@pytest.mark.parametrize(("net", "module", "text"), INJECTED)
def test_an_injected_violation_is_caught_at_its_line(net: str, module: str, text: str) -> None:
    """Every forbidden thing, put into a module where it is forbidden, is reported by its own net and near its line."""
    lines = len((_DOC + text).splitlines())
    found = [violation for violation in caught(module, text) if violation.net == net]
    assert found
    assert all(violation.file == f"privacy_assistant/{module.replace('.', '/')}.py" for violation in found)
    assert max(violation.line for violation in found) >= lines - 2


def test_names_that_say_nothing_and_endless_files_are_caught() -> None:
    """Modules called utils, a file of 401 lines and a module without a docstring are reported."""
    assert [v.net for v in caught("core.utils", "")] == ["name"]
    assert [v.net for v in caught("core.text_helpers", "")] == ["name"]
    assert [v.net for v in caught("core.turn", "_x = 1\n" * 400)] == ["long"]
    bare = Source.of("privacy_assistant.core.turn", "x = 1\n")
    assert [v.net for v in nets_of_writing.public_things_are_documented(bare)] == ["docstring"]


HONEST = [
    # (module, source): nothing may be said about it
    ("vault.seal", "from cryptography.hazmat.primitives.ciphers.aead import AESGCM"),
    ("core.patterns.numbers", "def _late():\n    import phonenumbers"),
    ("engines.llamacpp_runtime", "def _late():\n    import llama_cpp"),
    ("faces.cli", "import importlib\n_it = importlib.import_module(f'privacy_assistant.faces.cli.{name}')"),
    ("core.policy", "import json, re, tomllib, unicodedata\nfrom urllib.parse import urlsplit"),
    (
        "core.retention",
        "from datetime import datetime, timedelta\ndef _is_old(now: datetime): return now - timedelta(1)",
    ),
    ("core.retention", "_now = request.now\n_when = moment.astimezone(zone)"),
    ("app", "from datetime import UTC, datetime\n_now = datetime.now(UTC)"),
    ("file_lock", "import time\n_end = time.monotonic() + 3"),
    ("egress.gate", "from privacy_assistant.egress import wire"),
    ("egress.wire", "import socket, ssl\nfrom privacy_assistant import tripwire"),
    (
        "egress.gate",
        "from privacy_assistant.core.parcel import Parcel\nfrom privacy_assistant.core.policy import Verdict\n"
        "_Pair = tuple[Parcel, Verdict]\n"
        "def _look(it: Parcel, other: list[Verdict] | None = None) -> Parcel | None:\n"
        "    kept: dict[str, Parcel] = {}\n"
        "    if isinstance(it, Parcel | Verdict):\n        return it\n"
        "    match it:\n        case Parcel(): return it\n    return None",
    ),
    ("core.policy", "class Verdict:\n    'A verdict.'\n_stay = Verdict()"),
    (
        "core.parcel",
        "class Parcel:\n    'A parcel.'\n    def __init__(self):\n        object.__setattr__(self, 'x', 1)",
    ),
    ("flow.assistant", "from dataclasses import replace\n_next = replace(message, is_cut=True)"),
    (
        "core.turn",
        "from dataclasses import dataclass, field\n@dataclass\nclass _Said:\n    text: str = field(repr=False)",
    ),
    ("core.turn", "from dataclasses import dataclass\n@dataclass(repr=False)\nclass _Said:\n    text: str"),
    (
        "core.turn",
        "from dataclasses import dataclass\n@dataclass\nclass _Usage:\n    text: int\n    tokens: float | None",
    ),
    ("flow.assistant", "raise ValueError(f'more than {len(text)} characters')"),
    ("flow.assistant", "raise EngineFailed('cannot' if text else 'empty')"),
    ("core.turn", "try:\n    pass\nexcept Exception:  # noqa: BLE001 - a plug-in may raise anything at all\n    pass"),
    ("core.turn", "try:\n    pass\nexcept BaseException:\n    undo()\n    raise"),
    ("core.turn", "_x = 1  # type: ignore[assignment] # the stub is wrong"),
    ("core.turn", "_x = 1  # noqa: S105 - a name"),
    ("engines.stt", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sqlite_utils"),
    ("vault.history", "class Finder:\n    'Finds.'\n    def find(self):\n        a = 1\n        return a"),
    ("app", "_environment = {'HF_HUB_DISABLE_TELEMETRY': '1'}"),
]


@pytest.mark.parametrize(("module", "text"), HONEST)
def test_honest_code_passes_every_net(module: str, text: str) -> None:
    """What the rules allow raises no alarm, or people would learn to overlook them."""
    assert [str(violation) for violation in caught(module, text)] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def test_it():\n    'One sentence.'\n    assert 1", "is no sentence"),
        ("def test_a_purged_word_is_gone():\n    assert 1", "has no docstring"),
        ("def test_a_purged_word_is_gone():\n    'no full stop'\n    assert 1", "full stop"),
        ("def test_a_purged_word_is_gone():\n    '''One.\n\n    Two.'''\n    assert 1", "full stop"),
        ("def test_a_purged_word_is_gone():\n    'One sentence.'\n    purge()", "asserts nothing"),
        ("class TestX:\n    def test_a_b_c(self):\n        'One sentence.'\n        purge()", "asserts nothing"),
    ],
)
def test_a_test_that_is_no_sentence_is_caught(text: str, message: str) -> None:
    """A test without a name, a docstring or an assertion is reported."""
    found = list(nets_of_writing.tests_are_sentences(Source.of("tests.core.test_x", text)))
    assert len(found) == 1
    assert message in found[0].message


def test_a_raising_block_counts_as_an_assertion() -> None:
    """`pytest.raises`, helpers called assert_… and helpers of the same file that assert are assertions."""
    text = "def test_a_b_c():\n    'One sentence.'\n    with pytest.raises(ValueError):\n        go()"
    assert not list(nets_of_writing.tests_are_sentences(Source.of("tests.x", text)))
    text = "def test_a_b_c():\n    'One sentence.'\n    assert_gone(go())"
    assert not list(nets_of_writing.tests_are_sentences(Source.of("tests.x", text)))
    text = "def gone(x):\n    assert not x\ndef test_a_b_c():\n    'One sentence.'\n    gone(go())"
    assert not list(nets_of_writing.tests_are_sentences(Source.of("tests.x", text)))


def test_a_listed_exception_silences_its_net_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of exceptions work, and only for the module they name."""
    monkeypatch.setitem(surface.URLS, "engines.sound", "an example")
    monkeypatch.setitem(surface.LONG, "engines.sound", "one thing")
    monkeypatch.setitem(surface.WALL_CLOCKS, "engines.sound", "its own clock")
    monkeypatch.setitem(surface.OPEN_FIELDS, "engines.sound._Said.text", "no content")
    text = (
        "import time\n_URL = 'https://x'\n_now = time.time()\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass _Said:\n    text: str\n" + "_x = 1\n" * 400
    )
    assert caught("engines.sound", text) == []
    assert {violation.net for violation in caught("engines.noise", text)} == {"clock", "long", "repr", "url"}
