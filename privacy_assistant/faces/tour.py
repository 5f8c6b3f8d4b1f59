"""The tour: what the assistant does, run for real in a temporary home that is removed afterwards."""

from __future__ import annotations

import contextlib
import shlex
import sys
import tempfile
from pathlib import Path

import click

from privacy_assistant.app.benches.companions import Server
from privacy_assistant.errors import ExitCode
from privacy_assistant.faces.cli import run

POLICY = """\
version = 1
mode = "cloud-first"          # whatever may leave, leaves ...

[categories]
default = "redact"            # ... with placeholders instead of what is personal ...
CARD    = "local"             # ... and a text with a card number stays here

[backend.openai]
zone = "cloud"
kind = "openai"
api = "responses"
base_url = "https://api.openai.com/v1"
model = "gpt-5.2"
api_key_env = "OPENAI_API_KEY"
"""

STAND_IN = """\
version = 1
mode = "cloud-first"

[backend.stand-in]            # a server of this tour, on this machine, that we call a cloud
zone = "cloud"
kind = "openai-compatible"
base_url = "{url}"
model = "words-12"
api_key_command = ["echo", "no-real-key"]
"""

LETTER = "Write to Anna Schmidt at anna@example.org that I am late."
QUESTION = "What is the capital of France?"
PERSONAL = "My name is Anna Schmidt, my card is 4111 1111 1111 1111, my mail anna@example.org. Was I charged twice?"


def main() -> int:
    """Run the tour; 0 when every step did what it says."""
    with contextlib.suppress(AttributeError):
        # One order on the screen, also where both streams go into one pipe.
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a replaced stream may be another class
    with tempfile.TemporaryDirectory(prefix="privacy-assistant-tour-") as place:
        return _Tour(Path(place)).run()


class _Tour:
    """Types commands for the person, in a home and with a key file of its own."""

    def __init__(self, place: Path) -> None:
        self._home = place / "home"
        self._key = place / "key"
        self._failed: list[str] = []

    def run(self) -> int:
        """All steps, in order."""
        self._say("1. A key for the sealed history (your own would be a passphrase or your keyring).")
        self._type("key", "init", "--key-file", str(self._key))
        self._say("2. A question, answered by the model on this machine.")
        self._type("ask", QUESTION)
        self._say("3. Something no model is needed for.")
        self._type("ask", "What is 15% of 80?")
        self._say("4. What would happen to a text with personal data, under this policy (a dry run, nothing is sent):")
        self._write_policy(POLICY)
        self._type("route", PERSONAL)
        self._say("5. For real, with a stand-in for a cloud: it says words, and a name that it was never told.")
        with Server() as server:
            self._write_policy(STAND_IN.format(url=server.url))
            self._type("ask", LETTER)
            self._type("explain", "last")
            self._type("ledger", "verify")
        self._say("   Now it is gone, and the answer comes from here.")
        self._type("ask", QUESTION)
        self._say("6. The history is sealed: its words are in no file, and yet it can be searched.")
        self._type("history", "search", "capital")
        self._count("before the purge")
        self._say("7. Removed for good.")
        before = self._files()
        self._type("purge-history", "--all", "--yes")
        self._prove(before)
        self._type("history", "search", "capital")
        self._count("after the purge")
        if self._failed:
            self._say("this did not work: " + "; ".join(self._failed))
            return ExitCode.ERROR
        self._say("That was the tour. Its home is removed; run `.venv/bin/privacy-assistant chat` in a terminal.")
        return ExitCode.OK

    def _type(self, *arguments: str) -> None:
        shown = " ".join(shlex.quote(a) for a in arguments if a != str(self._key)).replace(
            " --key-file", " --key-file F"
        )
        click.echo(click.style(f"$ privacy-assistant {shown}", bold=True))
        sys.stdout.flush()
        where = ["--home", str(self._home), "--key-file", str(self._key)]
        code = run([*where, *arguments])
        if code != ExitCode.OK:
            self._failed.append(f"{arguments[0]} ended with {code}")

    def _say(self, text: str) -> None:
        click.echo(click.style(f"\n{text}", fg="cyan"))

    def _write_policy(self, text: str) -> None:
        file = self._home / "policy.toml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        for line in text.splitlines()[:6]:
            click.echo(f"    {line}")

    def _files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in sorted(self._home.rglob("*")) if path.is_file()}

    def _count(self, when: str) -> None:
        files = self._files()
        hits = sum(data.lower().count(b"capital of france") for data in files.values())
        size = sum(map(len, files.values())) // 1024
        click.echo(f"  the words stand {hits} times in {len(files)} files of {size} kB {when}")
        if hits:
            self._failed.append("words of the history stand in a file in clear")

    def _prove(self, before: dict[Path, bytes]) -> None:
        """Nothing of the sealed history from before stands in any byte of the home."""
        old = [data for path, data in before.items() if path.name in ("history.db", "history.db-wal")]
        # Ciphertext looks random: 32 bytes of it that are found again are a remnant. SQLite's own structure and the
        # text of its schema do not, and stay.
        pieces = {
            chunk
            for data in old
            for at in range(0, len(data) - 32, 32)
            if len(set(chunk := data[at : at + 32])) > 24 and sum(byte > 127 for byte in chunk) > 8
        }
        now = b"\0".join(self._files().values())
        remnants = sum(piece in now for piece in pieces)
        click.echo(f"  of {len(pieces)} pieces of ciphertext that stood in the history before, {remnants} are left")
        if remnants or not pieces:
            self._failed.append("ciphertext of the history is left")


if __name__ == "__main__":
    sys.exit(main())
