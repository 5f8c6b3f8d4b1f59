"""How text stands inside the strings of JSON, and whether a text is JSON."""

from __future__ import annotations

import json
import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def encoded(plain: str) -> str:
    """As it stands inside a JSON string; half a surrogate pair as an escape, for UTF-8 has no bytes for it."""
    written = json.dumps(plain, ensure_ascii=False)[1:-1]
    return _SURROGATE.sub(lambda half: f"\\u{ord(half.group()):04x}", written)


def is_json(text: str) -> bool:
    """Whether a text is one JSON value. One nested too deep to be read to its end counts as one."""
    try:
        # Numbers stay text: an endless one costs nothing, and none is too long to be read.
        json.loads(text, strict=False, parse_int=len, parse_float=len)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True
