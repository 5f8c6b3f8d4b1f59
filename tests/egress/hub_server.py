"""A hub of models on this machine, and the store it leads to: two ports, as the hub and what lies behind Git LFS.

    with Hub({"some/model/model.gguf": data, "some/model/config.json": b"{}"}) as hub:
        hub.faults["some/model/model.gguf"] = [Drop(1000), Status(503)]     # one for each request, then none
        hub.faults["some/model/config.json"] = Status(404)                  # for ever
        ...                                                                 # HF_ENDPOINT is hub.url
        assert [request.path for request in hub.requests] == [...]

What can go wrong is in `hub_faults`.

`GET /OWNER/NAME/resolve/REVISION/PATH` answers for a file of at least `large` bytes with 302 to the store, where its
address is signed in the query, and tells X-Repo-Commit, X-Linked-ETag (the SHA-256) and X-Linked-Size; a smaller one
is given at once. A file is bytes, or a path on the disk for what is too large to hold; `hub.files` may be changed
while it runs. As a program it serves a folder: `python -m tests.egress.hub_server FOLDER [--port N]`, in which files
lie by OWNER/NAME/PATH; it prints its address and serves until it is stopped.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha1, sha256
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import unquote

from tests.egress.hub_faults import (
    Answered,
    Becomes,
    Drip,
    Drop,
    Endless,
    Fault,
    Instead,
    Leads,
    NoAnswer,
    Packed,
    Portal,
    Rangeless,
    Silent,
    Stall,
    Status,
    Tells,
    Unmeasured,
    Where,
    WrongRange,
)
from tests.egress.servers.http_messages import Headers, HungUp, Request, chunk, head, whole
from tests.egress.servers.listening import HOST, Connection, Listener

COMMIT = "c0ffee" + "0" * 34
"""What is at `main`."""

LARGE = 1024
"""Bytes from which on a file lies in the store."""

SIGNATURE = "X-Signature=not-for-the-eyes-of-a-log"
"""What stands in the query of an address of the store; it is never shown."""

_PIECE = 256 * 1024
_BINARY = "application/octet-stream"

Content = bytes | Path


# ---------------------------------------------------------------- the hub


class Hub:
    """Serves until it is closed. `requests` are those at the hub, `store_requests` those at the store, as they came.

    `gated` are repositories (OWNER/NAME) that are given to who shows `token` only. `relays` lets a small file, too, be
    asked for in two steps, by a redirect without a host, as the hub does. `marks` is about the ETag of the store: it
    heeds If-Range, gives one and ignores it, or has none.
    """

    def __init__(
        self,
        files: Mapping[str, Content],
        *,
        commit: str = COMMIT,
        large: int = LARGE,
        gated: Collection[str] = (),
        token: str = "hf_of_a_test",
        relays: bool = False,
        marks: Literal["heeded", "ignored", "none"] = "heeded",
        faults: Mapping[str, Fault | list[Fault]] | None = None,
    ) -> None:
        self.files = dict(files)
        self.faults: dict[str, Fault | list[Fault]] = dict(faults or {})
        self.commit = commit
        self.large = large
        self.gated = frozenset(gated)
        self.token = token
        self.relays = relays
        self.marks = marks
        self.requests: list[Request] = []
        self.store_requests: list[Request] = []
        self.hub = Listener(lambda connection: self._serve(connection, "hub"))
        self.store = Listener(lambda connection: self._serve(connection, "store"))
        self._turn = threading.Lock()
        self._digests: dict[tuple[str, int], str] = {}

    @property
    def url(self) -> str:
        """The address of the hub: what HF_ENDPOINT names."""
        return f"http://{HOST}:{self.hub.port}"

    @property
    def store_url(self) -> str:
        """The address of the store."""
        return f"http://{HOST}:{self.store.port}"

    def address_of(self, name: str, revision: str = "main") -> str:
        """Where a file is asked for; `name` is OWNER/NAME/PATH."""
        owner, repository, path = name.split("/", 2)
        return f"{self.url}/{owner}/{repository}/resolve/{revision}/{path}"

    def sha256(self, name: str) -> str:
        """The digest of a file, hex."""
        content = self.files[name]
        key = (name, hash(content))
        if key not in self._digests:
            digest = sha256()
            for piece in _pieces(content, 0):
                digest.update(piece)
            self._digests[key] = digest.hexdigest()
        return self._digests[key]

    def wait_for(self, requests: int = 0, store_requests: int = 0) -> None:
        """Wait until so many requests have come to the hub and to the store."""
        self.hub.wait_for(lambda: len(self.requests) >= requests)
        self.store.wait_for(lambda: len(self.store_requests) >= store_requests)

    def open(self, port: int = 0) -> Self:
        """Begin to listen."""
        self.store.open()
        self.hub.open(port)
        return self

    def __enter__(self) -> Self:
        return self if self.hub.port else self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        try:
            self.hub.__exit__(kind, error, where)
        finally:
            self.store.__exit__(kind, error, where)

    # ------------------------------------------------------------ one request

    def _serve(self, connection: Connection, at: Where) -> None:
        kept, listener = (self.requests, self.hub) if at == "hub" else (self.store_requests, self.store)
        while (request := connection.incoming.request(connection.number)) is not None:
            with self._turn:
                kept.append(request)
            listener.happened()
            self._answer(connection, request, at)

    def _answer(self, connection: Connection, request: Request, at: Where) -> None:
        name, problem = self._asked(request, at)
        if problem is not None or name not in self.files:
            connection.send(problem or whole(404, "text/plain", b"no", [("X-Error-Code", "EntryNotFound")]))
            return
        fault = self._take(name, at)
        told = fault if isinstance(fault, Tells) else Tells()
        if isinstance(fault, Status):
            connection.send(whole(fault.code, "text/plain", fault.body, fault.headers))
        elif isinstance(fault, Leads):
            self._lead(connection, fault.location or request.target, (), fault.code)
        elif isinstance(fault, Portal):
            connection.send(whole(200, "text/html; charset=utf-8", b"<html>Welcome! Please log in.</html>"))
        elif isinstance(fault, Silent):
            connection.hold()
        elif isinstance(fault, NoAnswer):
            raise HungUp
        elif at == "hub" and self.relays and "/resolve/" in request.path and self._size(name) < self.large:
            where = f"/api/resolve-cache/models/{request.path.lstrip('/').replace('/resolve/', '/at/')}"
            self._lead(connection, where, self._facts(name, told), 307)
        elif at == "hub" and self._size(name) >= self.large:
            where = f"{self.store_url}/repos/{self.sha256(name)}/{name}?{SIGNATURE}&X-Expires=3600"
            self._lead(connection, where, self._facts(name, told), 302)
        else:
            facts = self._facts(name, told) if at == "hub" else ()
            self._give(connection, request, name, facts, fault)

    def _asked(self, request: Request, at: Where) -> tuple[str, bytes | None]:
        """The file that is asked for, and what is wrong with that."""
        if request.method not in ("GET", "HEAD"):
            return "", whole(405, "text/plain", b"no")
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        if at == "store":
            is_signed = SIGNATURE in request.target.partition("?")[2]
            return "/".join(parts[2:]), None if is_signed else whole(403, "text/plain", b"no signature")
        if parts[:3] == ["api", "resolve-cache", "models"]:
            parts = parts[3:]
        if len(parts) < 5 or parts[2] not in ("resolve", "at"):
            return "", whole(404, "text/plain", b"no")
        if parts[3] not in ("main", self.commit):
            return "", whole(404, "text/plain", b"no", [("X-Error-Code", "RevisionNotFound")])
        if f"{parts[0]}/{parts[1]}" in self.gated and request.header("authorization") != f"Bearer {self.token}":
            return "", whole(401, "text/plain", b"no", [("X-Error-Code", "GatedRepo")])
        return "/".join([*parts[:2], *parts[4:]]), None

    def _take(self, name: str, at: Where) -> Fault | None:
        """The fault of this request, if the next one shows here."""
        with self._turn:
            waiting = self.faults.get(name)
            fault = waiting[0] if isinstance(waiting, list) and waiting else waiting
            if fault is None or isinstance(fault, list):
                return None
            gives = "hub" if self._size(name) < self.large else "store"
            if at != (fault.at if isinstance(fault, Answered) else gives):
                return None
            if isinstance(waiting, list):
                waiting.pop(0)
            return fault

    def _facts(self, name: str, told: Tells) -> Headers:
        """What the hub tells of a file."""
        digest = self.sha256(name) if told.sha256 is None else told.sha256
        size = str(self._size(name)) if told.bytes is None else told.bytes
        commit = self.commit if told.commit is None else told.commit
        if self._size(name) >= self.large:
            facts = [("X-Linked-ETag", digest and f'"{digest}"'), ("X-Linked-Size", size)]
        else:
            content = b"".join(_pieces(self.files[name], 0))
            blob = sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            facts = [("ETag", f'"{told.sha256 or blob}"')]
        return tuple((key, value) for key, value in [("X-Repo-Commit", commit), *facts] if value)

    def _lead(self, connection: Connection, where: str, facts: Headers, code: int) -> None:
        connection.send(whole(code, "text/plain", b"Found. Redirecting.", [("Location", where), *facts]))

    def _give(self, connection: Connection, request: Request, name: str, facts: Headers, fault: Fault | None) -> None:
        """The file, or what the fault makes of it."""
        content = fault.content if isinstance(fault, Instead) else self.files[name]
        size = _size_of(content)
        etag = f'"{self.sha256(name)[:32]}"'
        own = next((value for key, value in facts if key == "ETag"), etag)
        start = _start(request, request.header("if-range") if self.marks != "heeded" else own)
        start = 0 if isinstance(fault, Rangeless) else fault.start if isinstance(fault, WrongRange) else start
        is_range = bool(request.header("range")) and (start > 0 or isinstance(fault, WrongRange))
        if start >= size and is_range:
            connection.send(whole(416, "text/plain", b"", [("Content-Range", f"bytes */{size}")]))
            return
        headers = [("Content-Type", _BINARY), ("Accept-Ranges", "bytes"), *facts]
        headers += [] if own != etag or self.marks == "none" else [("ETag", etag)]
        headers += [("Content-Range", f"bytes {start}-{size - 1}/{size}")] if is_range else []
        headers += [("Content-Encoding", "gzip")] if isinstance(fault, Packed) else []
        is_chunked = isinstance(fault, Unmeasured | Endless)
        headers.append(("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(size - start)))
        connection.send(head(206 if is_range else 200, headers))
        if request.method != "HEAD":
            self._send(connection, _pieces(content, start), fault)
        if isinstance(fault, Becomes):
            with self._turn:
                self.files[name], self.commit = fault.content, fault.commit
            raise HungUp

    def _send(self, connection: Connection, pieces: Iterator[bytes], fault: Fault | None) -> None:
        left = fault.after if isinstance(fault, Drop | Stall | Drip | Becomes) else None
        left = fault.after if isinstance(fault, Rangeless) and fault.after else left
        is_chunked = isinstance(fault, Unmeasured | Endless)
        for piece in pieces:
            now = piece if left is None else piece[:left]
            connection.send(chunk(now) if is_chunked and now else now)
            left = None if left is None else left - len(now)
            if isinstance(fault, Drip):
                for at in range(len(now), len(piece), fault.bytes):
                    connection.hold(fault.pause)
                    connection.send(piece[at : at + fault.bytes])
            elif left == 0:
                break
        if isinstance(fault, Stall):
            connection.hold()
        elif isinstance(fault, Drop) or (isinstance(fault, Rangeless) and fault.after):
            if isinstance(fault, Drop) and fault.resets:
                connection.reset()
            raise HungUp
        while isinstance(fault, Endless):
            connection.send(chunk(bytes(65536)))
        if is_chunked:
            connection.send(chunk(b""))

    def _size(self, name: str) -> int:
        return _size_of(self.files[name])


def _size_of(content: Content) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


def _pieces(content: Content, start: int) -> Iterator[bytes]:
    """The content from there on."""
    if isinstance(content, bytes):
        for at in range(start, len(content), _PIECE):
            yield content[at : at + _PIECE]
        return
    with content.open("rb") as file:
        file.seek(start)
        while piece := file.read(_PIECE):
            yield piece


def _start(request: Request, etag: str) -> int:
    """Where the range that is asked for begins; 0 without one, and where If-Range is about another file."""
    wanted, only_if = request.header("range"), request.header("if-range")
    if not wanted or (only_if and only_if != etag):
        return 0
    return int(wanted.removeprefix("bytes=").partition("-")[0])


def main() -> None:
    """Serve a folder until somebody stops it."""
    parser = argparse.ArgumentParser(description="a hub of models on this machine")
    parser.add_argument("folder", type=Path, help="holds OWNER/NAME/PATH")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    files = {file.relative_to(folder).as_posix(): file for file in folder.glob("*/*/**/*") if file.is_file()}
    hub = Hub(files).open(arguments.port)
    with hub:
        sys.stdout.write(f"{hub.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
