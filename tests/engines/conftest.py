"""The embedded model, loaded once for all tests of this room, and small GGUF files to break."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping

import pytest

from privacy_assistant.engines.catalogue import ModelFile, find_llm
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.engines.worker.language_model import WorkerModel
from tests.engines.asking import Make, Model


@pytest.fixture(scope="session")
def embedded() -> ModelFile:
    """The model that comes with the package."""
    return find_llm()


@pytest.fixture(scope="session")
def warm_model(embedded: ModelFile) -> Iterator[LlamaCppModel]:
    """One warm model; a test must leave no stream of it open."""
    model = LlamaCppModel(embedded, context_tokens=1024)
    model.warm()
    yield model
    model.close()


@pytest.fixture(scope="session", params=[LlamaCppModel, WorkerModel], ids=["in-process", "worker"])
def make(request: pytest.FixtureRequest) -> Make:
    """Each way to have a local model."""
    made: Make = request.param
    return made


@pytest.fixture(scope="session")
def model(make: Make, embedded: ModelFile) -> Iterator[Model]:
    """One warm model of each; a test must leave no stream of it open."""
    model = make(embedded, context_tokens=1024)
    model.warm()
    yield model
    model.close()


@pytest.fixture(scope="session")
def patched(
    embedded: ModelFile, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Mapping[bytes, bytes]], ModelFile]:
    """Copies of the embedded model with some bytes of the header replaced by as many others."""
    folder = tmp_path_factory.mktemp("patched")
    raw = embedded.path.read_bytes()

    def patch(changes: Mapping[bytes, bytes]) -> ModelFile:
        head = raw[: embedded.header_bytes]
        for old, new in changes.items():
            assert old in head
            assert len(old) == len(new)
            head = head.replace(old, new)
        # One file at a time: a copy has 98 MB.
        path = folder / "patched.gguf"
        path.unlink(missing_ok=True)
        with path.open("wb") as file:
            file.write(head)
            file.write(memoryview(raw)[len(head) :])
        return ModelFile(name="patched", role="llm", path=path, bytes=len(raw), context_tokens=512)

    return patch


def string(text: bytes) -> bytes:
    """A GGUF string."""
    return struct.pack("<Q", len(text)) + text


def tiny_gguf(*, tensor_type: int = 0, shape: int = 64, version: int = 3, alignment: int = 32) -> bytes:
    """A GGUF with four keys, three tokens and one tensor: well-formed, and useless as a model."""
    tokens = b"".join(string(token) for token in (b"a", b"b", b"c"))
    keys = [
        string(b"general.architecture") + struct.pack("<I", 8) + string(b"llama"),
        string(b"general.alignment") + struct.pack("<II", 4, alignment),
        string(b"llama.context_length") + struct.pack("<II", 4, 77),
        string(b"tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 3) + tokens,
    ]
    tensor = string(b"token_embd.weight") + struct.pack("<IQIQ", 1, shape, tensor_type, 0)
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(keys)) + b"".join(keys) + tensor
    return head + bytes(-len(head) % 32) + bytes(shape * 4)
