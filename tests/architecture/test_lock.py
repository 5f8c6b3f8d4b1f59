"""What is installed, and what builds it, is locked with hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def locked() -> dict[str, int]:
    """Each package of the lock file, and how many hashes it has."""
    found: dict[str, int] = {}
    name = ""
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            name = match[1].lower()
            found[name] = 0
        found[name] += line.count("--hash=sha256:")
    return found


def test_every_package_of_the_lock_file_has_a_hash() -> None:
    """Also those that only build, or only test."""
    packages = locked()
    assert len(packages) > 80
    assert [name for name, hashes in packages.items() if not hashes] == []


def test_what_builds_llama_cpp_and_this_package_is_in_the_lock_file() -> None:
    """The tools of the build extra, and the back end that this project names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["optional-dependencies"]["build"], *project["build-system"]["requires"]]
    names = {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in wanted}
    assert {"cmake", "ninja", "scikit-build-core", "hatchling"} <= names
    assert names <= set(locked())


def test_set_up_installs_nothing_that_has_no_hash() -> None:
    """Each call of pip takes the lock file with its hashes, or this very folder; none fetches tools of its own."""
    script = (ROOT / ".ci" / "set-up").read_text("utf-8").replace("\\\n", " ")
    calls = [
        line.strip() for line in script.splitlines() if "pip install" in line and "fail" not in line.split("pip")[0]
    ]
    assert len(calls) == 3
    for call in calls:
        is_locked = "--require-hashes" in call or "$LOCKED" in call
        is_this = call.endswith("--editable .")
        assert "--no-deps" in call or "$LOCKED" in call
        assert is_locked or is_this
        assert "--only-binary :all:" in call or "--no-build-isolation" in call
    assert 'LOCKED="--quiet --no-deps --require-hashes"' in script
