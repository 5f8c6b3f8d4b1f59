"""What `doctor` says of the process that opens model files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from privacy_assistant.app import proofs
from privacy_assistant.app.paths import paths_for
from privacy_assistant.engines.worker.landlock import landlock_abi
from privacy_assistant.engines.worker.wall import Wall
from privacy_assistant.errors import EngineFailed
from tests.faces.said_aloud import writes_settings


def test_what_holds_in_a_real_worker_is_told(home: Path) -> None:
    """Network and files, each by what closes it; nothing is made in the home."""
    before = sorted(home.rglob("*"))
    [check] = proofs.worker_is_walled_off(paths_for(home))
    assert check.name == "worker"
    if sys.platform.startswith("linux") and landlock_abi() >= 6:
        assert check.state == "ok"
        assert f"landlock abi {landlock_abi()}" in check.says
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize(
    "wall",
    [
        Wall("none: there is no wall on darwin", "none: there is no wall on darwin"),
        Wall("seccomp", "none: this system has no Landlock"),
        Wall("only TCP: landlock abi 4", "landlock abi 4"),
    ],
)
def test_half_a_wall_is_a_note_with_a_remedy(wall: Wall) -> None:
    """It says which half, and what would be whole."""
    check = proofs.walled(wall)
    assert check.state == "note"
    assert wall.network in check.says
    assert wall.files in check.says
    assert "Landlock" in check.remedy


def test_models_opened_in_this_process_are_a_note(home: Path) -> None:
    """It can be set, and then doctor says what it means."""
    writes_settings(home, "[models]\nin_worker = false\n")
    [check] = proofs.worker_is_walled_off(paths_for(home))
    assert check.state == "note"
    assert "in_worker = true" in check.remedy


def test_a_worker_that_cannot_be_started_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, which `doctor` makes a fault of."""
    monkeypatch.setattr(sys, "executable", str(home / "no-such-python"))
    with pytest.raises(EngineFailed, match="the process for model files"):
        list(proofs.worker_is_walled_off(paths_for(home)))
