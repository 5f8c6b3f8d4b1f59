"""The contracts of import-linter, on the package and on a skeleton of it with each arrow turned round."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.reading import ROOT

_MODULES = (
    *("__init__", "__main__", "app", "errors", "file_lock", "ports", "tripwire"),
    *("core/__init__", "core/policy", "core/turn", "egress/__init__", "egress/cloud", "egress/gate", "egress/wire"),
    *("engines/__init__", "engines/sound", "faces/__init__", "faces/cli", "faces/web", "flow/__init__"),
    *("flow/assistant", "skills/__init__", "skills/lists", "vault/__init__", "vault/history"),
)


def lint(folder: Path) -> tuple[int, str]:
    """The exit code and the output of `lint-imports` in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--config", "pyproject.toml", "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """An empty house with the same rooms and the same contracts."""
    for module in _MODULES:
        path = tmp_path / "privacy_assistant" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(settings[settings.index("[tool.importlinter]") :], encoding="utf-8")
    return tmp_path


def test_the_arrows_of_the_package_point_down() -> None:
    """Every contract is kept by the package as it stands."""
    code, output = lint(ROOT)
    assert code == 0, output


def test_an_empty_house_keeps_every_contract(skeleton: Path) -> None:
    """The skeleton alone is clean, so a broken contract below comes from what was put in."""
    code, output = lint(skeleton)
    assert code == 0, output
    assert "0 broken" in output


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("errors", "core.turn", "Arrows point down"),
        ("core/turn", "ports", "Arrows point down"),
        ("core/turn", "tripwire", "Arrows point down"),
        ("ports", "vault.history", "Arrows point down"),
        ("ports", "tripwire", "Arrows point down"),
        ("skills/lists", "vault.history", "Arrows point down"),
        ("vault/history", "egress.gate", "Arrows point down"),
        ("engines/sound", "flow.assistant", "Arrows point down"),
        ("flow/assistant", "engines.sound", "Arrows point down"),
        ("egress/cloud", "vault.history", "Arrows point down"),
        ("egress/cloud", "app", "Arrows point down"),
        ("app", "faces.cli", "Arrows point down"),
        ("faces/cli", "__main__", "Arrows point down"),
        ("faces/cli", "vault.history", "Faces reach the house only through app"),
        ("__main__", "engines.sound", "Faces reach the house only through app"),
        ("egress/cloud", "egress.wire", "Only the gate reaches the wire"),
        ("app", "egress.wire", "Only the gate reaches the wire"),
        ("engines/sound", "tripwire", "may touch the tripwire"),
        ("faces/cli", "tripwire", "may touch the tripwire"),
    ],
)
def test_an_arrow_turned_round_breaks_its_contract(skeleton: Path, module: str, imported: str, contract: str) -> None:
    """One import against the plan, and the contract that forbids it is broken and named."""
    wrong = f"def late():\n    import privacy_assistant.{imported}\n"
    (skeleton / "privacy_assistant" / f"{module}.py").write_text(wrong, encoding="utf-8")
    code, output = lint(skeleton)
    assert code == 1
    assert any(contract in line and line.endswith("BROKEN") for line in output.splitlines()), output


def test_a_room_that_nobody_planned_is_no_room(skeleton: Path) -> None:
    """The plan is exhaustive: a new folder in the package must be given its place first."""
    (skeleton / "privacy_assistant" / "telemetry.py").touch()
    code, output = lint(skeleton)
    assert code == 1
    assert "telemetry" in output


def test_two_modules_that_need_one_another_are_caught(skeleton: Path) -> None:
    """A circle inside a room is reported."""
    for module, other in (("policy", "turn"), ("turn", "policy")):
        (skeleton / "privacy_assistant" / "core" / f"{module}.py").write_text(
            f"from privacy_assistant.core import {other}\n", encoding="utf-8"
        )
    code, output = lint(skeleton)
    assert code == 1
    assert any("No two modules" in line and line.endswith("BROKEN") for line in output.splitlines()), output
