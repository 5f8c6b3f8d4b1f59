"""A person at the command line, in a home of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from privacy_assistant.app import environment
from privacy_assistant.faces.cli import invocation, run


@dataclass(frozen=True)
class Shown:
    """What a command left on the screen."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Person:
    """Types commands in one home; with a key file, so that opening the vault costs no Argon2."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.key = home.parent / "key"
        self.key.write_bytes(bytes(range(64)))
        self._capture = capture
        self._patch = patch

    def types(self, *arguments: str, stdin: bytes = b"", with_key: bool = True) -> Shown:
        """Run one command in this process, without a terminal."""
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        where = ["--home", str(self.home), *(["--key-file", str(self.key)] if with_key else [])]
        self._capture.readouterr()
        code = run([*where, *arguments])
        shown = self._capture.readouterr()
        return Shown(code, shown.out, shown.err)

    def starts(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Shown:
        """Run one command in a process of its own, as a shell does."""
        done = subprocess.run(
            [sys.executable, "-m", "privacy_assistant", "--home", str(self.home), *arguments],
            input=stdin,
            capture_output=True,
            env={**os.environ, **environment},
            timeout=120,
            check=False,
        )
        return Shown(done.returncode, done.stdout.decode(), done.stderr.decode())

    def writes_policy(self, text: str) -> None:
        """Put a policy into the home, as a careful person does."""
        file = self.home / "policy.toml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)

    def every_byte(self) -> bytes:
        """All files of the home, one after another."""
        return b"\0".join(path.read_bytes() for path in sorted(self.home.rglob("*")) if path.is_file())


@pytest.fixture
def person(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    """A person with an empty home, and no passphrase or key left over from a test before in this process."""
    monkeypatch.setattr(invocation, "_taken", [])
    monkeypatch.setattr(environment, "_taken", {})
    return Person(home, capsys, monkeypatch)
