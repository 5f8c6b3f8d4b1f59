"""What the word lists know of a word: how common it is, and whether people or places are called so.

One byte a word, found by the CRC-32 of the folded word in a sorted table; two words of one CRC are taken for each other
(about one unknown word in fifty thousand), which costs a feature, not a decision.

Bits: 0-1 how common in English (0 rare or never seen, 3 the commonest) · 2 stands in an English dictionary in lower
case · 3-4 as 0-1 for the six other languages · 5 given name · 6 family name · 7 place.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from privacy_assistant.errors import EngineMissing, ModelTampered

_FILE = Path(__file__).with_name("words.bin")
_MAGIC = b"PAWL\x01"
ORDINARY = 1 << 2
GIVEN = 1 << 5
FAMILY = 1 << 6
PLACE = 1 << 7


class Lexicon:
    """The lists in memory, half a megabyte. `keys` are sorted CRC-32 values, `marks` one byte for each."""

    def __init__(self, keys: npt.NDArray[np.uint32], marks: npt.NDArray[np.uint8]) -> None:
        # Looked up where they lie: a dictionary of them costs 30 ms and ten times the memory.
        self._keys = array("I", keys.astype(np.uint32).tobytes())
        self._marks = marks.tobytes()

    @classmethod
    def load(cls, path: Path = _FILE) -> Lexicon:
        """Read the lists that come with the package. Raises EngineMissing or ModelTampered."""
        try:
            data = path.read_bytes()
        except OSError:
            raise EngineMissing(
                "the word lists of the name finder are missing", hint="install the package again"
            ) from None
        count, rest = divmod(len(data) - len(_MAGIC), 5)
        if data[: len(_MAGIC)] != _MAGIC or rest:
            raise ModelTampered("the word lists of the name finder are damaged", hint="install the package again")
        body = memoryview(data)[len(_MAGIC) :]
        return cls(
            np.cumsum(np.frombuffer(body[: 4 * count], dtype="<u4"), dtype=np.uint32),
            np.frombuffer(body[4 * count :], dtype=np.uint8),
        )

    @staticmethod
    def pack(marks: dict[str, int]) -> bytes:
        """The file of these words; keys as differences, so that a wheel compresses them."""
        table: dict[int, int] = {}
        for word, mark in marks.items():
            key = crc32(word.encode())
            table[key] = table.get(key, 0) | mark
        keys = np.array(sorted(table), dtype=np.uint32)
        steps = np.diff(keys, prepend=np.uint32(0)).astype("<u4")
        return _MAGIC + steps.tobytes() + bytes(table[int(key)] for key in keys)

    def lookup(self, key: str) -> int:
        """The byte of a folded word; 0 for one that no list has."""
        wanted = crc32(key.encode("utf-8", "surrogatepass"))
        at = bisect_left(self._keys, wanted)
        return self._marks[at] if at < len(self._keys) and self._keys[at] == wanted else 0
