"""What leaves: the whole context redacted, packed, consented to, paid for, sent, restored in the stream.

Every text of a parcel is redacted with one legend, the conversation's own, so that a value has one placeholder in all
of them and tomorrow. The legend is kept before anything leaves; the exact bytes of each attempt are kept sealed with
the conversation, under the key that a purge destroys.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from privacy_assistant.core.arguments import restore_arguments
from privacy_assistant.core.consent import Request
from privacy_assistant.core.exchange import Notice
from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.parcel import PackedMessage, Parcel, pack
from privacy_assistant.core.policy import decide
from privacy_assistant.core.prompt import ChatMessage, Prompt, build_prompt
from privacy_assistant.core.redaction import Redacted, Restorer, redact_again
from privacy_assistant.core.turn import Label, Role, Zone
from privacy_assistant.errors import EgressDenied, EgressError, ReplyMalformed
from privacy_assistant.flow.deciding import UNKNOWN_CONTEXT_TOKENS, Judged, Rules, most_output
from privacy_assistant.flow.keeping import Keeper, Made, Work
from privacy_assistant.flow.leaving import SetAside, agreed, waiting
from privacy_assistant.flow.legends import load_legend, save_legend
from privacy_assistant.flow.searching import checked, failed, searched
from privacy_assistant.ports import (
    CloudModel,
    Consent,
    Delayed,
    Dispatch,
    Finder,
    Finished,
    History,
    Piece,
    Purse,
    Sent,
    ToolCall,
)

CONSENTS = "consents"
"""The kind of attachment that holds what was agreed to for a whole conversation."""

PLACEHOLDERS = (
    "Marks in ⟦ ⟧ stand for names, numbers and places that you are not told. "
    "Copy such a mark exactly wherever you mean what it stands for, and never guess or explain it."
)
"""Said to a model that is sent placeholders."""


MOST_CHARACTERS = 1024 * 1024
"""No answer is longer with the originals in it. A placeholder is short, and what it stands for may be long: without a
bound whoever repeats one could fill the memory."""


def sent_kind(turn: int) -> str:
    """The kind of attachment that holds what left for a turn."""
    return f"sent.{turn}"


@dataclass(slots=True)
class _Packed:
    """A parcel, the texts it was made of, and the legend that takes it back."""

    parcel: Parcel
    originals: tuple[str, ...] = field(repr=False)
    legend: Legend = field(repr=False)
    prompt: Prompt = field(repr=False)


class Sender:
    """Sends one question to one back end and streams the restored answer."""

    def __init__(
        self,
        *,
        finder: Finder,
        history: History,
        keeper: Keeper,
        purse: Purse,
        consent: Consent,
        new_legend: Callable[[], Legend],
        clock: Callable[[], datetime],
    ) -> None:
        self._finder = finder
        self._history = history
        self._keeper = keeper
        self._purse = purse
        self._consent = consent
        self._new_legend = new_legend
        self._clock = clock

    def send(
        self, rules: Rules, work: Work, judged: Judged, cloud: CloudModel, made: Made, on_start: Callable[[str], None]
    ) -> Iterator[Piece | Notice | ToolCall]:
        """Stream the answer into `made`. `on_start` gets the parcel's id, by which it can be cancelled.

        Raises ConsentMissing and EgressDenied (nothing left), BudgetExceeded, Unreachable and its kinds. What was
        shown, sent and spent until then stands in `made`, the ledger and the purse.
        """
        packed = self._pack(rules, work, judged, cloud)
        parcel = packed.parcel
        made.decision = replace(made.decision, redacted=sum(parcel.counts.values()))
        if packed.prompt.has_stay:
            made.label = Label.STAY
        yield from _going_along(work, packed, cloud)
        consented = self._consented(work, packed) if parcel.needs_consent else ""
        # Counted as it leaves: a placeholder may be longer than what it stands for.
        tokens = cloud.count_tokens([ChatMessage(message.role, message.text.text) for message in parcel.body])
        bound = cloud.cost(tokens, parcel.max_tokens or 0)
        aside = SetAside(self._purse, work.conversation, bound, rules.policy.budget, self._clock())
        save_legend(self._history, work.conversation, packed.legend)
        copies = _Copies(self._history, work, cloud.info.name, self._clock)
        dispatch = Dispatch(parcel, packed.legend, copies.keep, consented)
        restorer = Restorer(packed.legend)
        made.restored = restorer.restored
        has_left = False
        on_start(parcel.id)
        try:
            for item in self._restored(cloud.generate(dispatch), packed.legend, restorer, cloud.info.name):
                if isinstance(item, Sent):
                    made.decision = replace(made.decision, ledger_seq=item.ledger_seq)
                    has_left = True
                    aside.left()
                elif isinstance(item, Delayed):
                    yield waiting(cloud.info.name, item)
                elif isinstance(item, Finished):
                    made.usage = item.usage
                    made.is_cut = item.reason == "cancelled"
                    if not made.is_cut and item.usage.completion_tokens:
                        aside.cost = cloud.cost(item.usage.prompt_tokens, item.usage.completion_tokens)
                else:
                    if isinstance(item, Piece):
                        if not made.shown:
                            work.latency["first_token"] = self._keeper.elapsed(work)
                        made.shown.append(item.text)
                    yield item
                if has_left and not isinstance(item, Sent):
                    copies.left()  # after the first word: it was written down before, and this is no reason to wait
                    has_left = False
        finally:
            if has_left:
                copies.left()
            aside.settle(work.costs)

    # ------------------------------------------------------------ packing

    def _pack(self, rules: Rules, work: Work, judged: Judged, cloud: CloudModel) -> _Packed:
        if judged.has_failed:
            raise failed()  # a server of this device is another program too
        policy, info = rules.policy, cloud.info
        backend = policy.backend(info.name)
        keep = frozenset(kind for kind in Kind if not policy.masks(kind, backend))
        legend = load_legend(self._history, work.conversation, self._new_legend)
        is_masked = len(legend) > 0 or any(name not in keep for name in judged.counts)
        system = "\n".join(line for line in (rules.system, PLACEHOLDERS if is_masked else "") if line)
        found = {**judged.found, system: judged.found.get(rules.system, Findings())}
        context = info.context_tokens or UNKNOWN_CONTEXT_TOKENS
        output = most_output(rules.settings, context)
        prompt = build_prompt(
            system=system,
            history=[m.message for m in work.context],
            question=work.question.text,
            zone=info.zone,
            budget=context - output,
            count=cloud.count_tokens,
        )
        texts = [(message.role, message.text) for message in prompt.messages]

        def redacted() -> list[tuple[Role, Redacted]]:
            more: dict[str, Findings] = {}
            if info.zone is Zone.DEVICE:
                # What stays is part of the prompt here, and was not searched for a decision about leaving.
                more = {text: checked(self._finder.find(text)) for _, text in texts if text not in found}
            return self._redact(texts, {**found, **more}, legend, keep)

        parcel = pack(
            uuid.uuid4().hex,
            # On this device it is no verdict about leaving; the route shows that of the back end that was wanted.
            decide(policy, judged.case, backend) if info.zone is Zone.DEVICE else judged.route.verdict,
            info.name,
            info.host,
            info.zone,
            [PackedMessage(role, text) for role, text in searched(redacted)],
            model=info.model,
            temperature=rules.settings.persona.temperature,
            max_tokens=output,
        )
        return _Packed(parcel, tuple(text for _, text in texts), legend, prompt)

    def _redact(
        self, texts: list[tuple[Role, str]], found: Mapping[str, Findings], legend: Legend, keep: frozenset[Kind]
    ) -> list[tuple[Role, Redacted]]:
        """All of them with one legend: a value that only a later text gave away is masked in the earlier ones too."""

        def one(role: Role, text: str, findings: Findings) -> tuple[Redacted, Findings]:
            is_restorable = role is not Role.SYSTEM
            return redact_again(text, findings, self._finder.find_again, legend, keep=keep, is_restorable=is_restorable)

        done: list[tuple[Redacted, Findings, int]] = []
        for role, text in texts:
            findings = found.get(text)
            if findings is None:
                raise EgressDenied("A text that was not searched does not leave.", rule="redaction:unsearched")
            redacted, all_found = one(role, text, findings)
            done.append((redacted, all_found, len(legend)))
        result = []
        for (role, text), (redacted, findings, size) in zip(texts, done, strict=True):
            if size < len(legend) and legend.known(text):
                redacted, _ = one(role, text, findings)
            result.append((role, redacted))
        return result

    # ------------------------------------------------------------ consent

    def _consented(self, work: Work, packed: _Packed) -> str:
        """The digest that was agreed to. Raises ConsentMissing."""
        parcel = packed.parcel
        kept = self._history.attached(work.conversation, CONSENTS) or {}
        # Under another policy the same names may be another host, and other reasons.
        place = f"{parcel.backend} {parcel.verdict.policy_hash}"
        before = frozenset(kept.get(place, ()))
        request = Request(parcel, packed.originals, parcel.verdict.asks, parcel.verdict.reasons)
        after = agreed(self._consent, request, before)
        if after != before:
            self._history.attach(work.conversation, CONSENTS, {**kept, place: sorted(after)})
        return parcel.digest

    # ------------------------------------------------------------ what comes back

    def _restored(
        self,
        stream: Iterator[Sent | Delayed | Piece | ToolCall | Finished],
        legend: Legend,
        restorer: Restorer,
        name: str,
    ) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
        """The stream with the originals back; what is held back comes with the end, also with a broken one."""
        is_over = False
        length = 0
        try:
            for item in stream:
                if isinstance(item, Piece):
                    text = restorer.feed(item.text)
                    length += len(text)
                    if length > MOST_CHARACTERS:
                        raise ReplyMalformed(f"{name}: what it sent is too long")
                    if text:
                        yield Piece(text)
                    continue
                if isinstance(item, ToolCall):
                    item = replace(item, arguments=restore_arguments(item.arguments, legend))
                elif isinstance(item, Finished):
                    is_over = True
                    rest = restorer.close()
                    if rest:
                        yield Piece(rest)
                yield item
        except EgressError:
            if not is_over and (rest := restorer.close()):
                yield Piece(rest)
            raise


class _Copies:
    """Keeps the exact bytes of every attempt with the conversation, before they leave, and then whether they did."""

    def __init__(self, history: History, work: Work, backend: str, clock: Callable[[], datetime]) -> None:
        self._history = history
        self._work = work
        self._backend = backend
        self._clock = clock

    def keep(self, payload: bytes) -> str:
        """Keep one attempt; its MAC."""
        mac = self._history.payload_mac(self._work.conversation, payload)
        attempts = self._kept()
        attempt = {
            "at": self._clock().isoformat(),
            "backend": self._backend,
            "mac": mac,
            "left": False,
            "body": payload.decode("utf-8", "replace"),
        }
        # A second try of the same bytes is one more line of the ledger, and no second copy.
        if not any(one["mac"] == mac and one["backend"] == self._backend for one in attempts):
            self._attach([*attempts, attempt])
        return mac

    def left(self) -> None:
        """What was kept last has left; it came to a connection."""
        attempts = self._kept()
        if attempts and not attempts[-1]["left"]:
            self._attach([*attempts[:-1], {**attempts[-1], "left": True}])

    def _kept(self) -> list[Mapping[str, Any]]:
        attached = self._history.attached(self._work.conversation, sent_kind(self._work.turn)) or {}
        return list(attached.get("sent", ()))

    def _attach(self, attempts: list[Mapping[str, Any]]) -> None:
        self._history.attach(self._work.conversation, sent_kind(self._work.turn), {"sent": attempts})


def _going_along(work: Work, packed: _Packed, cloud: CloudModel) -> Iterator[Notice]:
    """Where the answers so far came from elsewhere: how much of the conversation goes along now."""
    answers = [m.message.decision for m in work.context if m.message.role is Role.ASSISTANT]
    last = next((decision for decision in reversed(answers) if decision is not None), None)
    if last is None or (last.answered_by == cloud.info.name and last.zone is not Zone.DEVICE):
        return
    earlier = sum(message.role is not Role.SYSTEM for message in packed.parcel.body) - 1
    here = packed.prompt.withheld
    masked = sum(packed.parcel.counts.values())
    parts = [f"{earlier} earlier messages go along to {cloud.info.name}"]
    if here:
        parts.append(f"{here} stay here")
    parts.append(f"{masked} personal parts are masked")
    yield Notice(", ".join(parts))
