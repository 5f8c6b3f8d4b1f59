"""`python -m privacy_assistant` and the `privacy-assistant` script."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    from privacy_assistant import tripwire

    tripwire.install()
    from privacy_assistant.faces.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
