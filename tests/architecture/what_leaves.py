"""Every field that can leave, with where it comes from.

`python -m tests.architecture.what_leaves > docs/what-leaves.md` writes the page from the tables here. A test compares
them with what the dialects write and with the headers that the gate and the wire make.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum

from privacy_assistant.core.policy_terms import BackendKind
from privacy_assistant.egress.dialects import speech, transcriptions, wyoming
from privacy_assistant.egress.dialects.chat import Chat
from privacy_assistant.egress.dialects.responses import Responses


class How(StrEnum):
    """What stands in a field."""

    CONSTANT = "constant"
    REDACTED = "redacted text"
    PROTOCOL = "protocol"
    SETTING = "setting"
    SOUND = "sound, as recorded"


_OPENAI = frozenset({BackendKind.OPENAI})
_OURS = frozenset({BackendKind.OPENAI, BackendKind.AZURE})
_COMPATIBLE = frozenset({BackendKind.OPENAI_COMPATIBLE})
_ALL = _OURS | _COMPATIBLE
_WYOMING = frozenset({BackendKind.WYOMING})


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its place in the body, what it holds, where that comes from, and which kinds of back end get it."""

    place: str
    holds: str
    source: str
    how: How
    kinds: frozenset[BackendKind] = _ALL


_CACHE = (
    Field(
        "prompt_cache_options.mode",
        '"explicit": nothing of the prompt is cached; for gpt-5.6 and later models',
        "the name of the model",
        How.CONSTANT,
        _OPENAI,
    ),
    Field(
        "prompt_cache_retention",
        '"in_memory": cached for an hour at most; for older models that would keep it for a day',
        "the name of the model",
        How.CONSTANT,
        _OPENAI,
    ),
)
_MODEL = Field("model", "the model, on Azure the deployment", "`[backend.NAME]`", How.SETTING)
_STREAM = Field("stream", "true", "", How.CONSTANT)
_TEMPERATURE = Field("temperature", "how freely it answers; not to models that reason first", "settings", How.SETTING)

BODIES: dict[str, tuple[Field, ...]] = {
    Responses.path: (
        _MODEL,
        _STREAM,
        Field("store", "false: nothing is kept to continue from", "", How.CONSTANT),
        Field("include", "an empty list: no additional output", "", How.CONSTANT),
        Field("truncation", '"disabled": too long is an error, nothing is dropped silently', "", How.CONSTANT),
        Field("instructions", "the system text", "settings, profile", How.REDACTED),
        Field("input[].type", '"message", "function_call", "function_call_output"', "", How.CONSTANT),
        Field("input[].role", '"user", "assistant", "developer", "system"', "who said it", How.CONSTANT),
        Field("input[].content", "an earlier answer", "this conversation", How.REDACTED),
        Field("input[].content[].type", '"input_text"', "", How.CONSTANT),
        Field("input[].content[].text", "the question, and earlier ones", "you, this conversation", How.REDACTED),
        Field("input[].call_id", "which call this is, or answers", "the back end's earlier answer", How.PROTOCOL),
        Field("input[].name", "the tool that was called", "the tools offered", How.PROTOCOL),
        Field("input[].arguments", "what a tool was called with", "the back end's earlier answer", How.REDACTED),
        Field("input[].output", "what a tool answered", "the tool", How.REDACTED),
        Field("tools[].type", '"function"', "", How.CONSTANT),
        Field("tools[].name", "the tool", "the tools offered", How.PROTOCOL),
        Field("tools[].description", "what it does", "the tools offered", How.REDACTED),
        Field("tools[].parameters", "the JSON schema of its arguments", "the tools offered", How.REDACTED),
        Field("tools[].strict", "false", "", How.CONSTANT),
        Field("max_output_tokens", "how long the answer may be", "settings, budget", How.SETTING),
        _TEMPERATURE,
        *_CACHE,
    ),
    Chat.path: (
        _MODEL,
        _STREAM,
        Field("stream_options.include_usage", "true: how many tokens it was", "", How.CONSTANT),
        Field("store", "false: nothing is kept", "", How.CONSTANT, _OURS),
        Field("messages[].role", '"system", "developer", "user", "assistant", "tool"', "who said it", How.CONSTANT),
        Field(
            "messages[].content",
            "the system text, the question, what was said before, what a tool answered",
            "settings, profile, you, this conversation, the tool",
            How.REDACTED,
        ),
        Field("messages[].tool_call_id", "which call this answers", "the back end's earlier answer", How.PROTOCOL),
        Field("messages[].tool_calls[].id", "which call this is", "the back end's earlier answer", How.PROTOCOL),
        Field("messages[].tool_calls[].type", '"function"', "", How.CONSTANT),
        Field("messages[].tool_calls[].function.name", "the tool that was called", "the tools offered", How.PROTOCOL),
        Field(
            "messages[].tool_calls[].function.arguments",
            "what it was called with",
            "the back end's earlier answer",
            How.REDACTED,
        ),
        Field("tools[].type", '"function"', "", How.CONSTANT),
        Field("tools[].function.name", "the tool", "the tools offered", How.PROTOCOL),
        Field("tools[].function.description", "what it does", "the tools offered", How.REDACTED),
        Field("tools[].function.parameters", "the JSON schema of its arguments", "the tools offered", How.REDACTED),
        Field("max_completion_tokens", "how long the answer may be", "settings, budget", How.SETTING, _OURS),
        Field("max_tokens", "the same, by its older name", "settings, budget", How.SETTING, _COMPATIBLE),
        _TEMPERATURE,
        *_CACHE,
    ),
    transcriptions.PATH: (
        Field(
            "file",
            f'your voice, as a WAV file named "{transcriptions.FILE_NAME}"',
            "the microphone, or the file that you name",
            How.SOUND,
        ),
        Field("model", "the model for speech", "`stt_model`", How.SETTING),
        Field("response_format", '"json"', "", How.CONSTANT),
        Field("temperature", '"0"', "", How.CONSTANT),
        Field("language", "two or three letters; missing where it is not known", "settings", How.SETTING),
    ),
    speech.PATH: (
        Field("model", "the model for speech", "`tts_model`", How.SETTING),
        Field("voice", "the voice", "`voice`", How.SETTING),
        Field("input", "the answer to be spoken, in which nothing was found to redact", "the answer", How.REDACTED),
        Field("response_format", '"wav" or "pcm"', "", How.CONSTANT),
    ),
    wyoming.TRANSCRIBE: (
        Field("transcribe.name", "the model, where the policy names one", "`stt_model`", How.SETTING, _WYOMING),
        Field("transcribe.language", "a tag; missing where it is not known", "settings", How.SETTING, _WYOMING),
        Field(
            "audio-start.rate",
            "samples in a second",
            "the microphone, or the file that you name",
            How.PROTOCOL,
            _WYOMING,
        ),
        Field("audio-start.width", "2 bytes", "", How.CONSTANT, _WYOMING),
        Field("audio-start.channels", "1", "", How.CONSTANT, _WYOMING),
        Field(
            "audio-chunk.rate", "the same again", "the microphone, or the file that you name", How.PROTOCOL, _WYOMING
        ),
        Field("audio-chunk.width", "2 bytes", "", How.CONSTANT, _WYOMING),
        Field("audio-chunk.channels", "1", "", How.CONSTANT, _WYOMING),
        Field("audio-chunk payload", "your voice", "the microphone, or the file that you name", How.SOUND, _WYOMING),
    ),
    wyoming.SYNTHESIZE: (
        Field(
            "synthesize.text",
            "the answer to be spoken, in which nothing was found to redact",
            "the answer",
            How.REDACTED,
            _WYOMING,
        ),
        Field("synthesize.voice.name", "the voice, where the policy names one", "`voice`", How.SETTING, _WYOMING),
    ),
}
"""By the path of the interface, every place in the body that can be written."""

OPEN = ("tools[].parameters", "tools[].function.parameters")
"""Places that hold JSON of their own: every string and every name in it is redacted and checked."""

HEADERS: tuple[tuple[str, str], ...] = (
    ("Host", "the host of the back end, or of the hub"),
    ("User-Agent", "one fixed word, the same for everybody"),
    ("Accept", "the kind of answer that is understood; for a file of a model any"),
    ("Accept-Encoding", "identity: an answer is not compressed"),
    ("Content-Type", "JSON, or a form for a recording"),
    ("Content-Length", "the length of the body"),
    ("Range", "for a file of a model of which a part is here: the byte to go on from"),
    ("If-Range", "with it: the mark that the server gave the part that is here"),
    ("Authorization", "the key of the back end, or the token of the hub; not sent where there is none"),
    ("api-key", "Azure: the key, where it is no token"),
    ("OpenAI-Organization", "only where the policy names one"),
    ("OpenAI-Project", "only where the policy names one"),
)
"""Every header of a request: all of them are made here; what a library would add is not sent."""

NEVER = (
    *("previous_response_id", "conversation", "background", "user", "metadata", "safety_identifier"),
    *("prompt_cache_key", "service_tier"),
)
"""Fields that keep a conversation with a provider, point to a person, or let prompts of one person be matched."""

_BEGINNING = """
Written from `tests/architecture/what_leaves.py` (`python -m tests.architecture.what_leaves > docs/what-leaves.md`);
tests compare the tables with the code.

Nothing of this leaves unless the policy lets it: without a policy with a back end, nothing at all does. *Redacted text*
is text in which everything that the policy masks has become a placeholder; before it leaves, it is searched once more.
A back end in the zone `lan` or `device` with `redact = false` gets it as it is. All else in a body is one of the words
below, a number, or the name of a model, a tool or a call.
"""

_END = """
## Where it goes

One request, by POST, to the `base_url` of one back end with the path of the table; `data_residency` puts its region
before OpenAI's host. On Azure the path names the deployment and the query is `api-version`, where the policy has one.
Redirects of a back end are not followed, proxies and the environment are not asked.

To a Wyoming server the events go over a bare connection, without a header, a key or a time in them; the ledger says
`SEND` with its address. A verdict that lets words leave lets no recording leave: speech is decided by itself, and what
is spoken by a server of this very device (a loopback address) may be personal.

The line of the ledger is written before the first byte: the time, `POST` with scheme, host and path, the zone, the rule
that decided, the hash of the policy, how many of each kind were redacted, the number of bytes, and a MAC of them, whose
key is purged with the conversation. The bytes themselves are kept, sealed, with the conversation; of a recording only
its length and digest.

## Fetching a model

`models pull` and `setup` ask for the files that were shown and agreed to, one request each: GET, without a body, with
the address of a file that is the same for everybody, and the headers `Host`, `User-Agent`, `Accept`,
`Accept-Encoding`, and `Range` and `If-Range` to go on after a break. Nothing of you is in it. The token of the hub,
where you gave one, goes to the first host alone.

A hub answers for a large file with the address of a second host. It is asked with a request of its own, which is held
against the hosts that were agreed to: the first one and those below its name, the stores that it is known for, and any
that `--host` names. An address in clear is never followed to, nor one of this machine from elsewhere.

Every request has its line in the ledger before it leaves, redirects and what goes on after a break too: the time, `GET`
with scheme, host and path, without the query, in which such an address is signed; the rule `models:pull`; no bytes and
no MAC, because nothing is sent. Whoever runs the hub sees your address on the network, and which model you fetch.

## What a provider keeps

`"store": false` is not zero retention. OpenAI and Azure keep requests and answers for up to 30 days in order to look
for abuse, unless they agreed otherwise with the owner of the account, and longer where a law makes them.

Prompts can be cached beside the model: not at all for gpt-5.6 and later; for an hour at most for the older models that
know the field, and for those that have nothing else; up to a day for gpt-5.5, where it cannot be switched off. Azure
caches in memory by default up to gpt-5.4, and for a day after that; it documents no field that switches it off.

A compatible server keeps what its owner lets it keep. In a chat it is told nothing about keeping, because it may refuse
a field that it does not know.

Your address on the network, the time, and the length of what you ask are seen by whoever runs the back end.
"""


def render() -> str:
    """The page docs/what-leaves.md."""
    lines = [
        "# What leaves",
        _BEGINNING.rstrip(),
    ]
    titles = {
        Responses.path: '`api = "responses"`',
        Chat.path: '`api = "chat"`',
        transcriptions.PATH: "cloud speech to text: off unless `stt_cloud` lets it",
        speech.PATH: "text to cloud speech: off unless `tts_cloud` lets it",
        wyoming.TRANSCRIBE: "speech to text by Wyoming, `transcribe` to `audio-stop`: off unless `stt_cloud` lets it",
        wyoming.SYNTHESIZE: "text to speech by Wyoming, `synthesize`: off unless `tts_cloud` lets it",
    }
    for path, fields in BODIES.items():
        lines += ["", f"## {path}", "", f"The body: {titles[path]}.", "", "| Field | Holds | From | What | To |"]
        lines.append("|---|---|---|---|---|")
        lines += [
            f"| `{field.place}` | {field.holds} | {field.source or '–'} | {field.how} | {_to(field.kinds)} |"
            for field in fields
        ]
    lines += ["", "Never sent: " + ", ".join(f"`{name}`" for name in NEVER) + "."]
    lines += ["", "## Headers", "", "| Header | Holds |", "|---|---|"]
    lines += [f"| `{name}` | {holds} |" for name, holds in HEADERS]
    return "\n".join(lines) + "\n" + _END


def _to(kinds: frozenset[BackendKind]) -> str:
    return "all" if kinds == _ALL else ", ".join(sorted(kind.value for kind in kinds))


if __name__ == "__main__":
    sys.stdout.write(render())
