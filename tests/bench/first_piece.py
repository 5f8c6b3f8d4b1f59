"""What a cold child of `bench_worker` does: find the model, load it, print a byte at the first piece of an answer.

`python -m tests.bench.first_piece in-process|worker [PATH]`; nothing is imported but what that way needs.
"""

from __future__ import annotations

import os
import sys

from privacy_assistant.core.turn import Role
from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.ports import ChatMessage, GenerationRequest, LocalModel, Piece, Sampling


def main() -> None:
    """Answer until the first piece."""
    kind, *path = sys.argv[1:]
    file = find_llm({"llm": path[0]} if path else {})
    model: LocalModel
    if kind == "worker":
        from privacy_assistant.engines.worker.language_model import WorkerModel

        model = WorkerModel(file, context_tokens=2048)
    else:
        from privacy_assistant.engines.llm_llamacpp import LlamaCppModel

        model = LlamaCppModel(file, context_tokens=2048)
    request = GenerationRequest("r", (ChatMessage(Role.USER, "Why is the sky blue?"),), Sampling(max_tokens=4))
    for item in model.generate(request):
        if isinstance(item, Piece):
            os.write(1, b".")
            break
    model.close()


if __name__ == "__main__":
    main()
