"""How large the wheel is, and what in it is large: the finder's data is to stay under 12 MB.

Run as `python -m tests.bench.bench_wheel`; needs no network, for everything that builds is installed by `make`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

from tests.architecture.reading import ROOT

_MB = 1_000_000


def build(folder: Path) -> Path:
    """Build the wheel of this checkout into the folder."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--wheel-dir", folder],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> None:
    """Print the size of the wheel, of each room, and of the ten largest files, compressed."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder))
        print(f"{wheel.name}: {wheel.stat().st_size / _MB:.2f} MB")
        with zipfile.ZipFile(wheel) as archive:
            entries = archive.infolist()
        rooms: Counter[str] = Counter()
        for entry in entries:
            rooms["/".join(PurePosixPath(entry.filename).parts[:3][:-1] or ("",))] += entry.compress_size
        for room, size in rooms.most_common(8):
            print(f"{size / _MB:8.2f} MB  {room}")
        print("the largest files:")
        for entry in sorted(entries, key=lambda entry: -entry.compress_size)[:10]:
            print(f"{entry.compress_size / _MB:8.2f} MB  {entry.filename}")


if __name__ == "__main__":
    main()
