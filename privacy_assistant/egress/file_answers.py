"""What the beginning of an answer says of a file that is fetched. Pure; what cannot be read is nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from privacy_assistant.core.model_card import MOST_BYTES

_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_SHA256 = re.compile(r'"([0-9a-f]{64})"', re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_STRONG = re.compile(r'"[\x21\x23-\x7e]{1,200}"', re.ASCII)
_RANGE = re.compile(r"bytes (?:([0-9]{1,15})-([0-9]{1,15})|\*)/([0-9]{1,15}|\*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a hub tells of a file before it is there; "" and None where it does not."""

    sha256: str = ""
    bytes: int | None = None
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes that an answer holds, both ends in it; None for a range that could not be given. `whole` is how long
    the file is, where that is told."""

    first: int | None
    last: int | None
    whole: int | None


def facts_of(untrusted_headers: Mapping[str, str]) -> Facts:
    """What a hub tells. Its digest stands in X-Linked-ETag, as Git LFS has it; the plain ETag is one only beside a
    commit, because other servers write 64 digits there that are none."""
    commit = untrusted_headers.get("x-repo-commit", "")
    commit = commit if _COMMIT.fullmatch(commit) else ""
    found = _SHA256.fullmatch(untrusted_headers.get("x-linked-etag", ""))
    if found is None and commit:
        found = _SHA256.fullmatch(untrusted_headers.get("etag", ""))
    return Facts(found[1] if found else "", _count(untrusted_headers.get("x-linked-size", "")), commit)


def etag_of(untrusted_headers: Mapping[str, str]) -> str:
    """The mark of these very bytes, with its quotes; "" for none and for a weak one, which says "much the same"."""
    etag = untrusted_headers.get("etag", "")
    return etag if _STRONG.fullmatch(etag) else ""


def length_of(untrusted_headers: Mapping[str, str]) -> int | None:
    """How many bytes follow."""
    return _count(untrusted_headers.get("content-length", ""))


def span_of(untrusted_headers: Mapping[str, str]) -> Span | None:
    """Which bytes follow, where the answer is a part (206) or none (416)."""
    found = _RANGE.fullmatch(untrusted_headers.get("content-range", ""))
    if found is None:
        return None
    first, last, whole = (None if text in (None, "*") else int(text) for text in found.groups())
    return Span(first, last, whole)


def is_page(untrusted_headers: Mapping[str, str], target: str) -> bool:
    """Whether a page came where something else was asked for."""
    media_type = untrusted_headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "text/html" and not target.partition("?")[0].endswith((".html", ".htm"))


def _count(untrusted: str) -> int | None:
    return int(untrusted) if _WHOLE_NUMBER.fullmatch(untrusted) and int(untrusted) <= MOST_BYTES else None
