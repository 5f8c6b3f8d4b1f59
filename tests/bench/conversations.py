"""Random conversations with planted values, through finder, redaction, parcel, gate and wire, to a server that looks.

Run as `python -m tests.bench.conversations [--count 10000] [--seed 1] [--processes 2]`. Planted are values of every
kind with a pattern or a checksum, values of the profile, and names and addresses: in the system prompt, the question,
an attachment, what went before, and, in parcels of their own, in descriptions, schemas, arguments and results of tools.
The server keeps what it sees and answers with the placeholders it saw, each bent as models bend them. Told is what was
seen of each sort of value, beside what redaction alone leaves of the same texts, and whether each answer came back
exact. The end is 1 where a value with a pattern, or of the profile, was seen, or an answer was not exact.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context

from privacy_assistant import tripwire
from privacy_assistant.app.benches.marked import MarkedText
from privacy_assistant.app.benches.own_set import own_set
from privacy_assistant.app.pieces import finder as make_finder
from privacy_assistant.core.arguments import redact_json, restore_arguments
from privacy_assistant.core.exchange import Question, Reply
from privacy_assistant.core.kinds import Findings, Kind, Topic
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.parcel import PackedCall, PackedMessage, PackedTool, pack
from privacy_assistant.core.policy import Case, Switches, decide
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.redaction import Redacted, redact_again
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.turn import Origin, Role, Utterance
from privacy_assistant.egress.cloud import OpenAICloud
from privacy_assistant.egress.errands import Errands
from privacy_assistant.egress.gate import Gate
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.routing_table import Routes
from privacy_assistant.errors import EgressError
from privacy_assistant.flow.assistant import Assistant
from privacy_assistant.flow.deciding import Rules
from privacy_assistant.flow.legends import load_legend
from privacy_assistant.ports import Dispatch, Finder, Piece, ToolCall
from tests.bench.bent_placeholders import Bent, bend, found_in
from tests.egress.servers.capturing import CapturingServer
from tests.egress.servers.http_messages import Request
from tests.egress.servers.openai_shapes import Call, Says
from tests.fakes import EPOCH, FakeConsent, FakeHistory, FakeLedger, FakeLocalModel, FakePurse

BLOCK = 50
"""Conversations of one profile, with one finder and one connection."""

_NAMES = frozenset({"PERSON", "LOCATION", "ORG", "ADDRESS"})
_LISTED = (
    *("Project Falcon", "Quillfeather", "Bramblewick Hall", "Ottoline Ferncastle", "the Lantern Ledger", "XK-Wolke 7"),
    *("Operation Marzipan", "Tilda Okonkwo-Rask", "Nachtigallenweg 14", "@moorhen_owl", "Heron & Sedge", "Blaubart"),
)
_CARRIERS = (
    "What does {} mean for the garden this spring?",
    "Please say a word about {} in the second line.",
    "I found {} on the back of the envelope, nothing else.",
    "Is it {} or something else that we should print?",
)
_POLICY = """version = 1
mode = "cloud-first"
[categories]
health = "allow"
legal = "allow"
sexual = "allow"
political = "allow"
credential = "redact"
[backend.there]
zone = "cloud"
kind = "openai-compatible"
api = "{api}"
base_url = "{url}"
model = "model"
"""
_ANSWER = "Noted, and here is what I can say about it:"


@dataclass(frozen=True, slots=True)
class Planted:
    """A value and the sort of promise there is for it: `proven` by its form, `listed` in the profile, else `name`."""

    value: str = field(repr=False)
    sort: str
    kind: str


@dataclass(slots=True)
class Talk:
    """One conversation in the making: every text that may leave, and all that was planted in them."""

    number: int
    rng: random.Random
    sentences: Sequence[MarkedText]
    listed: Sequence[str]
    planted: set[Planted] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    def text(self, most: int = 2) -> str:
        """One or more sentences, with values in them."""
        written = " ".join(self._sentence() for _ in range(self.rng.randint(1, most)))
        self.texts.append(written)
        return written

    def _sentence(self) -> str:
        chance = self.rng.random()
        if chance < 0.25:
            value = self.rng.choice(self.listed)
            shown = self.rng.choice((value, value, value.upper(), value.lower()))
            self.planted.add(Planted(shown, "listed", "profile"))
            return self.rng.choice(_CARRIERS).format(shown)
        if chance < 0.45:
            kind, value = self.rng.choice(_DRAWN)(self.rng)
            self.planted.add(Planted(value, "proven", kind))
            return self.rng.choice(_CARRIERS).format(value)
        marked = self.rng.choice(self.sentences)
        for mark in marked.marks:
            value = marked.text[mark.start : mark.end]
            self.planted.add(Planted(value, "name" if mark.type in _NAMES else "proven", mark.type))
        return marked.text


class Remembering:
    """A finder that searches no text twice: the looks of this run ask for what the conversation asked for."""

    def __init__(self, search: Finder) -> None:
        self._search = search
        self._found: dict[str, Findings] = {}

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """As the finder's."""
        return self._search.kinds

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """As the finder finds; everything here is typed."""
        if text not in self._found:
            self._found[text] = self._search.find(text, origin=origin)
        return self._found[text]

    def find_again(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """As the finder finds."""
        return self._search.find_again(text, origin=origin)


def _mac(rng: random.Random) -> tuple[str, str]:
    return "MAC", ":".join(f"{rng.randrange(256):02X}" for _ in range(6))


def _key(rng: random.Random) -> tuple[str, str]:
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "KEY", rng.choice(("ghp_", "sk-proj-")) + "".join(rng.choices(letters, k=35)) + rng.choice("23456789")


def _email(rng: random.Random) -> tuple[str, str]:
    name = "".join(rng.choices("bcdfghjklmnprstvwz", k=7))
    return "EMAIL", f"{name}.{rng.randint(1, 99)}@{rng.choice(('mail', 'post'))}.example.org"


def _card(rng: random.Random) -> tuple[str, str]:
    body = "5" + "".join(str(rng.randrange(10)) for _ in range(14))
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(body)]
    number = body + str(-sum(digit - 9 * (digit > 9) for digit in doubled) % 10)
    cut = rng.choice(("", " ", "-"))
    return "CARD", cut.join(number[at : at + 4] for at in range(0, 16, 4))


_DRAWN: tuple[Callable[[random.Random], tuple[str, str]], ...] = (_mac, _key, _email, _card)


# ---------------------------------------------------------------- one conversation


class Desk:
    """Asks for a block of conversations: one profile, one finder, one back end, and what came of it in `tally`."""

    def __init__(self, server: CapturingServer, rng: random.Random, search: Finder, tally: Counter[str]) -> None:
        self._server = server
        self._rng = rng
        self._search = search
        self._tally = tally
        self._answered: dict[bytes, list[str | Bent]] = {}
        self._policy = parse_policy(
            _POLICY.format(url=server.url, api=rng.choice(("chat", "responses"))), "policy.toml"
        )
        server.answer = self._answer
        gate = Gate(policy=lambda: self._policy, ledger=FakeLedger(), rescan=search.find_again, clock=lambda: EPOCH)
        reach = Reach(lambda: None, lambda payload: None, lambda: EPOCH, lambda: Routes(is_known=False))
        self.gate = gate
        self._cloud = OpenAICloud(Errands(self._policy.backends[0], gate=gate, reach=reach, key=lambda: "secret-key"))
        self._history = FakeHistory(is_durable=False)
        self._rules = Rules(self._policy, Settings(), Switches(), "")
        self._assistant = Assistant(
            rules=self._rules,
            finder=search,
            skills=(),
            model=FakeLocalModel("An answer of this machine.", context_tokens=8192),
            clouds=(self._cloud,),
            history=self._history,
            purse=FakePurse(),
            consent=FakeConsent(),
            new_legend=lambda: Legend.new(rng.randbytes(2)),
            clock=lambda: EPOCH,
            stopwatch=time.perf_counter,
        )

    def converse(self, talk: Talk) -> None:
        """One conversation to its end, then look at all that the server saw of it."""
        rng = talk.rng
        system = f"Be brief. {talk.text()}" if rng.random() < 0.6 else "Be brief."
        self._assistant.rules = replace(self._rules, system=system)
        conversation = None
        for _ in range(rng.choice((1, 1, 2, 3))):
            attachment = talk.text(3) if rng.random() < 0.3 else ""
            question = Question(Utterance(talk.text()), conversation=conversation, attachment=attachment)
            reply = list(self._assistant.answer(question))[-1]
            assert isinstance(reply, Reply)
            conversation = reply.conversation
            self._tally["questions"] += 1
            if reply.decision.answered_by != "there":
                self._tally["held back"] += 1
                self._tally[f"held back in {talk.number}: {reply.decision.reasons[0]}"] += 1
                continue
            legend = load_legend(self._history, conversation, lambda: Legend("AAA"))
            self._compare(self._server.requests[-1], reply.text, legend)
        if rng.random() < 0.3:
            self._call_tools(talk)
        self._look(talk)
        self._server.requests.clear()
        self._answered.clear()

    def _call_tools(self, talk: Talk) -> None:
        """A parcel with tools, calls and results, which no question of this version makes yet."""
        legend = Legend.new(talk.rng.randbytes(2))

        def masked(text: str) -> Redacted:
            return redact_again(text, self._search.find(text), self._search.find_again, legend)[0]

        def masked_json(value: object) -> Redacted:
            return redact_json(json.dumps(value, ensure_ascii=talk.rng.random() < 0.5), masked)

        plain = [talk.text() for _ in range(4)]
        arguments = {"to": talk.text(), "lines": [talk.text()], "inner": json.dumps({"note": talk.text()})}
        schema = {"type": "object", "properties": {"to": {"type": "string", "description": talk.text()}}}
        for value in (plain, arguments, schema):
            masked_json(value)  # the legend learns every value before anything is packed
        parcel = pack(
            f"tools {self._tally['parcels']}",
            decide(self._policy, Case(texts=tuple(plain), counts={}, now=EPOCH), self._policy.backends[0]),
            "there",
            self._cloud.info.host,
            self._cloud.info.zone,
            [
                PackedMessage(Role.USER, masked(plain[0])),
                PackedMessage(Role.ASSISTANT, masked(""), (PackedCall("call_1", "send", masked_json(arguments)),)),
                PackedMessage(Role.TOOL, masked(plain[1]), answers="call_1"),
                PackedMessage(Role.USER, masked(plain[2])),
            ],
            model="model",
            tools=(PackedTool("send", masked(plain[3]), masked_json(schema)),),
        )
        self._tally["parcels"] += 1
        try:
            items = list(self._cloud.generate(Dispatch(parcel, legend, lambda payload: "mac")))
        except EgressError as error:
            self._tally["held back"] += 1
            self._tally[f"held back in {talk.number}: {error.message}"] += 1
            return
        call = next(item for item in items if isinstance(item, ToolCall))
        wanted = {"to": plain[2]}
        is_exact = json.loads(restore_arguments(call.arguments, legend)) == wanted
        self._tally["exact" if is_exact else "not exact"] += 1
        assert not any(isinstance(item, Piece) for item in items)

    # ------------------------------------------------------------ the server's part

    def _answer(self, request: Request) -> Says:
        rng = random.Random(request.body)
        if request.json.get("tools"):
            return Says(calls=(Call("send", json.dumps({"to": request.question})),), piece=rng.randint(1, 7))
        parts: list[str | Bent] = [_ANSWER]
        for mark in found_in(" ".join(text for _, text in request.messages)):
            parts += [
                rng.choice((" ", "\n- ", " and (", ", ")),
                bend(mark, rng),
                rng.choice((". So", ") then", ", as", "")),
            ]
        parts.append(" That is all for today.")
        self._answered[request.body] = parts
        text = "".join(part if isinstance(part, str) else part.text for part in parts)
        return Says(text, piece=rng.choice((1, 3, 7, 20, 50)), write=rng.choice((0, 0, 0, 100, 999)))

    # ------------------------------------------------------------ the looks

    def _compare(self, request: Request, shown: str, legend: Legend) -> None:
        """Whether the answer is what the server said, with every placeholder of this conversation put back."""
        entries = {legend.write(entry): entry for entry in legend}
        wanted = ""
        for part in self._answered[request.body]:
            if isinstance(part, str):
                wanted += part
                continue
            entry = entries.get(part.mark)
            wanted += part.text if entry is None or not entry.is_restorable else part.with_value(entry.original)
            self._tally["placeholders"] += 1
        self._tally["exact" if shown == wanted else "not exact"] += 1

    def _look(self, talk: Talk) -> None:
        seen = [_Seen(text) for request in self._server.requests for text in (*request.strings, request.target)]
        self._tally["requests"] += len(self._server.requests)
        self._tally["conversations"] += 1
        legend = Legend("AAA")
        left = [
            _Seen(redact_again(text, self._search.find(text), self._search.find_again, legend)[0].text)
            for text in talk.texts
        ]
        for planted in talk.planted:
            self._tally[f"planted {planted.sort}"] += 1
            if any(one.holds(planted) for one in seen):
                self._tally[f"seen {planted.sort}"] += 1
                self._tally[f"seen {planted.sort}: {planted.kind}"] += 1
            if any(one.holds(planted) for one in left):
                self._tally[f"left by redaction alone {planted.sort}"] += 1


class _Seen:
    """A text as a stranger would search it: in one case, and with the gaps in numbers closed."""

    def __init__(self, text: str) -> None:
        self._folded = text.casefold()
        self._closed = _closed(self._folded)

    def holds(self, planted: Planted) -> bool:
        """Whether the value can be read in it."""
        wanted = planted.value.casefold()
        return wanted in self._folded or (planted.sort == "proven" and _closed(wanted) in self._closed)


def _closed(text: str) -> str:
    return text.translate({ord(gap): None for gap in " -.:()"})


# ---------------------------------------------------------------- many of them


def converse(numbers: range, seed: int, search: Callable[[Sequence[str]], Finder] | None = None) -> Counter[str]:
    """The conversations of these numbers; what came of them. `search` makes the finder of a profile."""
    tripwire.install()
    tally: Counter[str] = Counter()
    with CapturingServer() as server:
        for first in range(numbers.start, numbers.stop, BLOCK):
            rng = random.Random(seed * 1_000_003 + first)
            listed = rng.sample(_LISTED, 8)
            desk = Desk(server, rng, Remembering((search or _real)(listed)), tally)
            sentences = own_set(rng.randrange(1 << 30)).texts
            for number in range(first, min(first + BLOCK, numbers.stop)):
                desk.converse(Talk(number, random.Random(seed * 1_000_003 + number), sentences, listed))
            desk.gate.close()
    return tally


def _real(listed: Sequence[str]) -> Finder:
    return make_finder(deny=[(value, Kind.OTHER) for value in listed])


def broken(tally: Counter[str]) -> list[str]:
    """The promises that a tally breaks."""
    return [name for name in ("seen proven", "seen listed", "not exact") if tally[name]]


def main(arguments: Sequence[str]) -> int:
    """Run them all; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    begin = time.perf_counter()
    parts = [range(at, min(at + 4 * BLOCK, given.count)) for at in range(0, given.count, 4 * BLOCK)]
    tally: Counter[str] = Counter()
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        for one in pool.map(converse, parts, [given.seed] * len(parts)):
            tally += one
    print(f"{given.count} conversations in {time.perf_counter() - begin:.0f} s, seed {given.seed}")
    for name, count in sorted(tally.items()):
        print(f"  {count:8d}  {name}")
    for name in broken(tally):
        print(f"broken: {name}")
    return 1 if broken(tally) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
