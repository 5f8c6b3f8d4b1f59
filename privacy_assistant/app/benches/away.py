"""How long a local answer takes when its back end cannot be reached: a process of its own, for a network that is none.

`python -m privacy_assistant.app.benches.away ROUNDS [URL]` prints milliseconds to the first word as JSON: of the plain
local path, of the first question (the attempt fails, this machine answers), and of the next (it is known to be away).
Each round has a fresh home, which knows of no failure; its finder is warm. Without a URL it is a name that nobody has.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from privacy_assistant.app.benches.comparing import alternating
from privacy_assistant.app.benches.measured_home import QUESTION, ask, make_home

_NOBODY = "https://nobody.invalid/v1"


def measured(rounds: int, url: str) -> dict[str, list[float]]:
    """Milliseconds by name; one round more is made, and not counted."""
    times: dict[str, list[float]] = {"plain": [], "first": [], "next": []}
    with tempfile.TemporaryDirectory() as name:
        for number, is_plain_first in enumerate(alternating(rounds + 1)):
            for is_plain in (is_plain_first, not is_plain_first):
                place = Path(name) / f"{number}-{'plain' if is_plain else 'away'}"
                with make_home(place, url).opened() as house:
                    ask(house, QUESTION, "local")  # the finder is warm
                    if is_plain:
                        one = {"plain": ask(house, QUESTION, "local").first}
                    else:
                        one = {"first": ask(house, QUESTION).first, "next": ask(house, QUESTION).first}
                if number:
                    for what, value in one.items():
                        times[what].append(value)
    return times


def main() -> None:
    """Measure and print."""
    rounds, url = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    sys.stdout.write(json.dumps(measured(rounds, url or _NOBODY)) + "\n")


if __name__ == "__main__":
    main()
