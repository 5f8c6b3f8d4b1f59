"""A real OpenAI-compatible server with the embedded model: `python -m llama_cpp.server` in a child process.

It has `/v1/chat/completions` and no `/v1/responses`, answers under any model name, sends no usage in a stream, and
ends a prompt that does not fit its context with status 200 and a stream without a single event.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from privacy_assistant.engines.catalogue import find_llm
from tests.egress.servers.listening import HOST

CONTEXT_TOKENS = 1024

_PATIENCE = 120.0
"""Seconds that a cold machine may take to load the model; a warm one takes one."""

_CHILD = """
import os, runpy, sys, threading
def die_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=die_with_parent, daemon=True).start()
runpy.run_module("llama_cpp.server", run_name="__main__", alter_sys=True)
"""
"""`-m llama_cpp.server`, which also ends when the process that started it is gone, however that went."""


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """Where it listens, and the child that it is."""

    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """The base URL that a back end is given."""
        return f"http://{HOST}:{self.port}/v1"


@contextmanager
def running_llama_server(context_tokens: int = CONTEXT_TOKENS) -> Iterator[LlamaServer]:
    """Start it on a free port, wait until it listens, and end it."""
    options = {
        "--model": str(find_llm().path),
        "--model_alias": "smollm2",
        "--host": HOST,
        "--port": "0",  # any free one: it says which
        "--n_ctx": str(context_tokens),
        "--n_threads": "2",
        "--verbose": "false",
        "--interrupt_requests": "false",  # or a second request would cut the answer of the first short
    }
    command = [sys.executable, "-W", "ignore", "-c", _CHILD, *(part for option in options.items() for part in option)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    with process:
        said: list[str] = []
        ready = threading.Event()

        def read() -> None:
            assert process.stderr is not None
            for line in process.stderr:  # to its end, or a full pipe would stop the server
                said.append(line)
                if "running on" in line:
                    ready.set()
            ready.set()

        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        try:
            ready.wait(_PATIENCE)
            found = re.search(rf"running on http://{re.escape(HOST)}:(\d+)", "".join(said))
            if found is None:
                raise RuntimeError(f"llama_cpp.server did not start: {''.join(said)[-2000:]}")
            yield LlamaServer(int(found[1]), process)
        finally:
            process.kill()  # it holds nothing that would need a good end
            process.wait(_PATIENCE)
            reading.join(_PATIENCE)
