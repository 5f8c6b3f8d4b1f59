"""One run of `setup`: asks what no flag said, does each step at once, and reports."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from pathlib import Path

import click

from privacy_assistant.app.models.desk import IMPORT_LINE, Desk
from privacy_assistant.app.models.events import Done, Event
from privacy_assistant.app.setup import hello
from privacy_assistant.app.setup.plan import Offer, begun_quality, present_quality
from privacy_assistant.app.setup.steps import Kept, Setup
from privacy_assistant.app.setup.survey import Machine, Network, survey
from privacy_assistant.core.model_card import Tier
from privacy_assistant.errors import AssistantError, ExitCode
from privacy_assistant.faces import setup_questions as questions
from privacy_assistant.faces.cli.invocation import Invocation
from privacy_assistant.faces.cli.opening import opening_of
from privacy_assistant.faces.cli.setup_wanted import Wanted
from privacy_assistant.faces.models_view import Ticker, plan_lines
from privacy_assistant.faces.setup_view import (
    GREETING,
    Report,
    bulleted,
    figure_lines,
    machine_lines,
    next_lines,
    offer_lines,
)
from privacy_assistant.faces.stream import json_line, write


class Run:
    """The steps in order. Questions go to standard error, the report to standard output."""

    def __init__(self, inv: Invocation, wanted: Wanted, *, is_asking: bool) -> None:
        self._inv = inv
        self._wanted = wanted
        self._is_asking = is_asking
        self._setup = Setup(opening_of(inv))
        self._report = Report()
        # What is wrong with them is said before anything is done.
        self._wishes, self._places = wanted.wishes()

    def all(self) -> int:
        """Everything; the exit code. Raises AssistantError where it cannot go on, click.Abort, KeyboardInterrupt."""
        report, standing = self._report, self._setup.standing()
        machine = report.machine = survey(self._setup.paths, self._setup.desk().settings.audio)
        if self._is_asking:
            self._say(*GREETING, *machine_lines(machine))
        report.language = self._wanted.language
        if not report.language:
            report.language = questions.ask_language(standing.language) if self._is_asking else standing.language
        offers = self._setup.offers(report.language, machine.memory_bytes, machine.cores)
        offer = self._chosen(offers, machine)
        how, place = self._way(offer, machine, may_fetch=not (standing.is_offline or standing.is_no_cloud))
        self._files()
        self._keys()
        self._mask()
        self._models(offer, how, place)
        self._hello(machine)
        return self._end()

    # ------------------------------------------------------------ questions

    def _chosen(self, offers: Sequence[Offer], machine: Machine) -> Offer | None:
        """The models that are wanted; None: none beyond what is here."""
        word = self._wanted.quality
        if not word and self._is_asking:
            self._say("", *offer_lines(offers, machine.free_bytes))
            quality = questions.ask_quality(
                offers, present_quality(offers) or begun_quality(offers, self._setup.begun()) or Tier.GOOD
            )
        elif not word:
            quality = Tier.GOOD if self._wanted.is_online else None
        else:
            quality = None if word == questions.NONE else Tier(word)
        self._report.quality = questions.NONE if quality is None else str(quality)
        return next((offer for offer in offers if offer.quality is quality), None)

    def _way(self, offer: Offer | None, machine: Machine, *, may_fetch: bool) -> tuple[str, Path | None]:
        """From where, and the path of a stick."""
        if self._wanted.place is not None:
            return questions.STICK, self._wanted.place.expanduser()
        if self._wanted.is_online:
            if offer is not None and offer.missing:
                self._say("", *plan_lines(self._setup.plan(offer.missing)))
                if not self._wanted.has_yes and not click.confirm("Fetch that?", default=False, err=True):
                    return questions.LATER, None
            return questions.NOW, None
        if self._wanted.is_later or not self._is_asking or offer is None or not offer.missing:
            return questions.LATER, None
        self._say("", *plan_lines(self._setup.plan(offer.missing)))
        is_reachable = machine.network in (Network.WAY_OUT, Network.UNKNOWN)
        if not may_fetch:
            self._say("offline or no_cloud is switched on, so nothing can be fetched")
        how = questions.ask_how(may_fetch=may_fetch, default=questions.NOW if is_reachable else questions.LATER)
        place = questions.ask_place() if how == questions.STICK else None
        return (questions.LATER if how == questions.STICK and place is None else how), place

    # ------------------------------------------------------------ steps

    def _files(self) -> None:
        """The policy and the settings."""
        policy, problem = self._setup.policy()
        self._report.policy = str(policy)
        if problem:
            self._left_out(f"policy.toml cannot be read ({problem}), so nothing leaves: privacy-assistant policy check")
        elif policy is Kept.MADE:
            self._done("policy", f"{self._setup.paths.policy} is written: as it stands nothing leaves this machine")
        if self._setup.language(self._report.language):
            self._report.changed.append("language")
            self._done("language", self._report.language)

    def _keys(self) -> None:
        keys = self._setup.keys()
        self._report.keys = str(keys)
        if keys is Kept.MADE:
            self._done("keys", f"{self._setup.paths.key_store} is made: what is kept is sealed with it")
        elif keys is Kept.NONE:
            self._left_out(
                "there is no key store, so nothing is kept and nothing can be fetched: PRIVACY_ASSISTANT_PASSPHRASE, "
                "--passphrase-fd N or --key-file F, then setup again"
            )

    def _mask(self) -> None:
        """The profile. Nothing of it is shown."""
        wishes, has_keys = self._wishes, self._report.keys != Kept.NONE
        if self._is_asking and not wishes and has_keys:
            wishes = questions.ask_wishes(self._say)
        if not wishes:
            if self._report.keys == Kept.MADE:
                self._left_out("nothing of yours is masked by name yet: privacy-assistant profile add")
            return
        if not has_keys:
            self._left_out("what was to be masked is not kept, for there is no key store")
            return
        added = self._setup.mask(wishes, self._places or [f"entry {n}" for n in range(1, len(wishes) + 1)])
        self._report.masked = len(added.entries)
        self._done("profile", f"{len(added.entries)} more always masked, {added.known} known already")

    def _models(self, offer: Offer | None, how: str, place: Path | None) -> None:
        """Fetch or bring; what fails is said, and the spare ones of the package work."""
        try:
            if how == questions.STICK and place is not None:
                self._show(self._setup.bring(place))
            elif how == questions.NOW and offer is not None and offer.missing:
                self._show(self._setup.fetch(self._setup.plan(offer.missing)))
            elif offer is not None and offer.missing:
                names = " ".join(card.name for card in offer.missing)
                self._left_out(f"nothing was fetched: privacy-assistant models pull {names}, or {IMPORT_LINE}")
        except AssistantError as error:
            self._failed(error)
            self._still_missing(offer, how)
        except OSError as error:
            self._failed(AssistantError(f"models: {error.strerror or 'input/output error'}", hint="look at the disk"))
        if offer is not None:
            for card in self._setup.prefer(offer.cards):
                self._report.changed.append(f"models.{card.role}")
                self._done(str(card.role), f"{card.name} from now on")

    def _still_missing(self, offer: Offer | None, how: str) -> None:
        """What was not fetched, because of the first that failed."""
        missing = [] if offer is None else [card.name for card in offer.missing]
        names = " ".join(name for name in missing if name not in self._report.fetched)
        if names and how == questions.NOW:
            self._left_out(f"not fetched: privacy-assistant models pull {names}")

    def _show(self, events: Generator[Event, None, None]) -> None:
        ticker = Ticker(self._inv.say, is_quiet=self._inv.quiet or self._inv.json)
        with contextlib.closing(events), contextlib.closing(ticker):
            for event in events:
                if isinstance(event, Done):
                    self._report.fetched.append(event.model.name)
                ticker.show(event)

    def _hello(self, machine: Machine) -> None:
        """Say hello, then who works, and the figures."""
        desk, report = self._setup.desk(), self._report
        report.working = hello.working(desk)
        for step in (self._say_hello, self._measure):
            try:
                step(desk, machine)
            except AssistantError as error:
                self._failed(error)
        base = report.language.partition("-")[0]
        deaf = [role for role in ("stt", "tts") if hello.is_spare(desk, role)]
        if base != "en" and deaf:
            what = " and ".join({"stt": "hears", "tts": "speaks"}[role] for role in deaf)
            self._left_out(f"what the package brings {what} English only, until a model for {report.language} is here")

    def _say_hello(self, desk: Desk, machine: Machine) -> None:
        wanted, report = self._wanted, self._report
        is_heard = wanted.has_sound and bool(machine.loudspeaker) and wanted.output is None
        if not (wanted.has_figures or wanted.output or is_heard):
            return
        words = hello.hello_words(desk)
        with contextlib.closing(hello.speaker_of(desk, self._say)) as speaker:
            if wanted.has_figures:
                report.voice = hello.time_voice(speaker, words.text)
            if wanted.has_sound:
                report.hello = {"text": words.text, "language": words.language, "file": None, "seconds": None}
            if wanted.output is not None:
                seconds = hello.write_hello(speaker, words, wanted.output)
                report.hello |= {"file": str(wanted.output), "seconds": round(seconds, 3)}
            elif is_heard:
                hello.say_hello(speaker, desk.settings, words, self._say).finish()
            report.working["tts"] = speaker.name

    def _measure(self, desk: Desk, _machine: Machine) -> None:
        if self._wanted.has_figures:
            with contextlib.closing(hello.model_of(desk, self._say)) as model:
                self._report.mind = hello.time_mind(model, self._say)
                self._report.working["llm"] = model.info.name

    # ------------------------------------------------------------ the end

    def _end(self) -> int:
        report, machine = self._report, self._report.machine
        report.next = ["chat", *(["listen"] if machine is not None and machine.microphone else []), "models list"]
        if not report.fetched:
            report.next.append("models import PATH")
        if self._inv.json:
            write(json_line(report.as_json()) + "\n")
        else:
            if report.hello:
                write(f"\n“{report.hello['text']}”\n")
            for line in figure_lines(report):
                write(f"{line}\n")
            if report.left_out:
                self._say("left out:", *bulleted(report.left_out))
            for line in next_lines(report.next):
                write(f"{line}\n")
        return ExitCode.OK if report.failure is None else report.failure.exit_code

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._inv.say(line)

    def _done(self, what: str, says: str) -> None:
        self._say(f"{what:12} {says}")

    def _left_out(self, line: str) -> None:
        self._report.left_out.append(line)

    def _failed(self, error: AssistantError) -> None:
        self._report.failed(error)
        line = " ".join(error.message.split())
        self._say(
            click.style(f"{line}; setup goes on without it", fg="red") + (f" · {error.hint}" if error.hint else "")
        )
