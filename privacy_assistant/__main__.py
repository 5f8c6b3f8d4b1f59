"""`python -m privacy_assistant` and the `privacy-assistant` script."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    from privacy_assistant import tripwire

    tripwire.install()
    from privacy_assistant.faces.cli import run

    end(run(sys.argv[1:]))


def end(code: int) -> NoReturn:
    """End the process.

    Where somebody left while a model loads or computes, that is still under way in a thread of a library in C++. An
    interpreter that ends takes such a thread down in the middle, for which the library aborts the whole process
    ("terminate called without an active exception"). So nothing is taken down then: what was registered for the end is
    done, and the process is over.
    """
    _flush()
    if any(thread.daemon and thread is not threading.current_thread() for thread in threading.enumerate()):
        atexit._run_exitfuncs()
        _flush()
        os._exit(code)
    sys.exit(code)


def _flush() -> None:
    """Write out what is left. What nobody takes (a full disk, a reader that left) was told of, and goes nowhere: the
    interpreter would try again, and end with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sink = os.open(os.devnull, os.O_WRONLY)
                os.dup2(sink, stream.fileno())
                os.close(sink)


if __name__ == "__main__":
    main()
