"""Reads and bound-checks the header of a GGUF file, before llama.cpp parses it.

The C++ parser may end the whole process on a broken file; this one can only raise.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import math
import mmap
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.errors import EngineFailed, EngineMissing


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What the header of a GGUF says. `bytes` is where the tensor data starts; 0 and "" mean "not said" for the rest.

    `licence` is as somebody wrote it into the file.
    """

    architecture: str
    bytes: int
    tensors: int
    context_tokens: int
    has_chat_template: bool
    licence: str = ""


def size_of(path: Path) -> int:
    """Bytes of a regular file. Raises EngineMissing where there is none, EngineFailed where it is something else."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise EngineMissing(f"there is no model file {path}", hint="set llm under [models] in config.toml") from None
    except (OSError, ValueError):
        raise EngineFailed(f"the model file cannot be read: {path}", hint="check its permissions") from None
    if not stat.S_ISREG(found.st_mode):
        raise EngineFailed(f"not a model file: {path}", hint="set llm under [models] to a GGUF file")
    return found.st_size


_KNOWN_FORMATS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x80\x02", "a pickle"),
    (b"ggjt", "an old GGML file"),
    (b"lmgg", "an old GGML file"),
    (b"tjgg", "an old GGML file"),
    (b"\x7fELF", "a program"),
    (b"<", "a web page"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)

# GGML type number: (elements per block, bytes per block); from type_traits in ggml/src/ggml.c. The gaps are retired.
_TYPES: dict[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

_FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_INTEGERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 10: "<Q", 11: "<q"}
_MOST_TENSORS, _MOST_KEYS, _MOST_NAME = 100_000, 10_000, 64
_MOST_TEXT = 8 << 20
"""Bytes of one text in a header; a chat template has some ten thousand."""
_MOST_TEXTS, _MOST_VOCABULARY = 4_000_000, 64 << 20
"""Texts in all lists of a header together, and bytes of a vocabulary: many times those of the largest one. This is read
in the process that holds the keys: a file must not take its memory, nor an hour."""


class _NotGguf(Exception):
    """The reason, as the end of a sentence; never leaves this module."""


def check_gguf(path: Path) -> GgufHeader:
    """Read and bound-check the whole header: every length inside the file, every tensor's data too.

    Raises EngineMissing when there is no file, EngineFailed with the reason for everything else.
    """
    size = size_of(path)
    try:
        with path.open("rb") as file:
            if size < 24:
                raise _NotGguf("it is empty" if size == 0 else "it ends in its first bytes")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _Reader(view).header()
    except (struct.error, IndexError):
        reason = "it ends in the middle of its header"
    except _NotGguf as error:
        reason = str(error)
    except (OSError, ValueError):
        raise EngineFailed(f"the model file cannot be read: {path}", hint="check its permissions") from None
    raise EngineFailed(f"not a usable model file, {reason}: {path}", hint="set llm under [models] to a whole GGUF file")


class _Reader:
    """Walks one header front to back."""

    def __init__(self, view: mmap.mmap) -> None:
        self._view = view
        self._size = len(view)
        self._at = 0
        self._integers: dict[str, int] = {}
        self._strings: dict[str, str] = {}
        self._lengths: dict[str, int] = {}
        self._kinds: dict[str, int] = {}
        self._texts = 0

    def header(self) -> GgufHeader:
        magic = self._view[:24]
        if magic[:4] != b"GGUF":
            if magic[8:9] == b"{":
                raise _NotGguf("it is a safetensors file, not a GGUF")
            what = next((what for start, what in _KNOWN_FORMATS if magic.startswith(start)), "something else")
            raise _NotGguf(f"it is {what}, not a GGUF")
        _, version, tensors, keys = struct.unpack_from("<4sIQQ", magic)
        if version not in (2, 3):
            raise _NotGguf("its GGUF version is not 2 or 3, or it is big-endian")
        if not 0 < tensors <= _MOST_TENSORS or not 0 < keys <= _MOST_KEYS:
            raise _NotGguf("its header counts impossibly many parts, or none")
        self._at = 24
        for _ in range(keys):
            self._key_value()
        self._sane_values()
        ends = [self._tensor() for _ in range(tensors)]
        alignment = self._integers.get("general.alignment", 32)
        start = math.ceil(self._at / alignment) * alignment
        if start + max(ends) > self._size:
            raise _NotGguf(f"it is cut short: {self._size} of at least {start + max(ends)} bytes are there")
        architecture = self._strings["general.architecture"]
        return GgufHeader(
            architecture=architecture,
            bytes=start,
            tensors=tensors,
            context_tokens=self._integers.get(f"{architecture}.context_length", 0),
            has_chat_template="tokenizer.chat_template" in self._strings,
            licence=self._strings.get("general.license", ""),
        )

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > self._size:
            raise _NotGguf("it ends in the middle of its header")

    def _number(self, code: str, width: int) -> int:
        at = self._at
        self._skip(width)
        (value,) = struct.unpack_from(code, self._view, at)
        return int(value)

    def _string(self) -> bytes:
        length = self._number("<Q", 8)
        at = self._at
        self._skip(length)
        if length > _MOST_TEXT:
            raise _NotGguf("a text in its header is longer than any that means something")
        return self._view[at : self._at]

    def _key_value(self) -> None:
        try:
            key = self._string().decode("ascii")
        except UnicodeDecodeError:
            raise _NotGguf("a key in its header is not text") from None
        if key in self._integers or key in self._strings or key in self._lengths:
            raise _NotGguf("a key stands twice in its header")
        kind = self._number("<I", 4)
        if kind in _INTEGERS:
            self._integers[key] = self._number(_INTEGERS[kind], _FIXED[kind])
        elif kind in _FIXED:
            self._skip(_FIXED[kind])
        elif kind == _STRING:
            self._strings[key] = self._string().decode("utf-8", "replace")
        elif kind == _ARRAY:
            self._array(key)
        else:
            raise _NotGguf("its header holds an unknown kind of value")

    def _array(self, key: str) -> None:
        kind = self._number("<I", 4)
        count = self._number("<Q", 8)
        self._lengths[key] = count
        if kind in _FIXED:
            self._skip(_FIXED[kind] * count)
        elif kind == _STRING:
            if count > self._size:
                raise _NotGguf("it ends in the middle of its header")
            self._texts += count
            if self._texts > _MOST_TEXTS:
                raise _NotGguf("its header counts impossibly many words")
            # The hot loop: a vocabulary and its merges are 100,000 to 500,000 strings.
            start = self._at
            at, size, view, read = self._at, self._size, self._view, struct.Struct("<Q").unpack_from
            for _ in range(count):
                at += 8 + read(view, at)[0]
                if at > size:
                    raise _NotGguf("it ends in the middle of its header")
            self._at = at
            if key == "tokenizer.ggml.tokens":
                self._are_different(start)
        else:
            raise _NotGguf("its header holds an unknown kind of value")
        self._kinds[key] = kind

    def _are_different(self, start: int) -> None:
        """llama.cpp reads tokens as C strings and ends the process when two are the same."""
        if self._at - start > _MOST_VOCABULARY:
            raise _NotGguf("its vocabulary is larger than any")
        at, view, seen = start, self._view, set()
        while at < self._at:
            length = struct.unpack_from("<Q", view, at)[0]
            token = view[at + 8 : at + 8 + length].partition(b"\0")[0]
            at += 8 + length
            if token and token in seen:
                raise _NotGguf("two tokens of its vocabulary are the same")
            seen.add(token)

    def _tensor(self) -> int:
        """Where the data of the next tensor ends, counted from the start of all data; 0 for a type we cannot size."""
        name = self._string()
        dimensions = self._number("<I", 4)
        if not 0 < len(name) < _MOST_NAME or not 0 < dimensions <= 4:
            raise _NotGguf("a tensor in its header makes no sense")
        shape = [self._number("<Q", 8) for _ in range(dimensions)]
        kind = self._number("<I", 4)
        offset = self._number("<Q", 8)
        elements = math.prod(shape)
        if not 0 < elements < 1 << 62 or offset % self._integers.get("general.alignment", 32):
            raise _NotGguf("a tensor in its header makes no sense")
        if kind not in _TYPES:
            return offset
        per_block, block_bytes = _TYPES[kind]
        if shape[0] % per_block:
            raise _NotGguf("a tensor in its header makes no sense")
        return offset + elements // per_block * block_bytes

    def _sane_values(self) -> None:
        """Values llama.cpp divides by, allocates by or asserts on."""
        architecture = self._strings.get("general.architecture", "")
        if not architecture:
            raise _NotGguf("its header names no architecture")
        alignment = self._integers.get("general.alignment", 32)
        if not 8 <= alignment <= 1 << 16 or alignment & (alignment - 1):
            raise _NotGguf("its alignment makes no sense")
        blocks = self._integers.get(f"{architecture}.block_count", 1)
        experts = self._integers.get(f"{architecture}.expert_count", 0)
        used = self._integers.get(f"{architecture}.expert_used_count", 0)
        if not 0 < blocks <= 512 or not 0 <= used <= experts <= 512 or bool(used) != bool(experts):
            raise _NotGguf("its layers make no sense")
        # Read by llama.cpp as plain arrays, as long as the vocabulary, without another look.
        vocabulary = self._lengths.get("tokenizer.ggml.tokens", 0)
        for key, kind in (("tokenizer.ggml.scores", 6), ("tokenizer.ggml.token_type", 5)):
            if key in self._lengths and (self._lengths[key], self._kinds[key]) != (vocabulary, kind):
                raise _NotGguf("its vocabulary makes no sense")
