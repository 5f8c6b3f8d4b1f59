"""The start of a worker: `python -I .../worker/__main__.py PATH...`, with the folders that the parent imports from.

By its path and not by `-m`: an interpreter in isolated mode (`-I`: no PYTHON* words, no folder of the person's in the
way) knows only its own folders, and the parent may have this package and its libraries from others. So it says them
all, in its order, and both run the same code.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path[:] = sys.argv[1:]
    from privacy_assistant.engines.worker.child import main

    main()
