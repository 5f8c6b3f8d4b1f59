"""The composition root: settings, policy, keys and models become a running assistant."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from privacy_assistant import tripwire
from privacy_assistant.app import local_models
from privacy_assistant.app.clock import now
from privacy_assistant.app.consenting import RememberingConsent
from privacy_assistant.app.elsewhere import Elsewhere, NoLedger, beyond, warm
from privacy_assistant.app.files import read_policy, read_settings
from privacy_assistant.app.journal import FileJournal, Journal, NoJournal
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.paths import paths_for, state_of
from privacy_assistant.app.pieces import extra_finders, finder, new_legend
from privacy_assistant.app.profile import lists_without_asking, profile_lists
from privacy_assistant.app.rereading import RereadingDrawer, RereadingHistory, RereadingLedger, RereadingPurse
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_terms import Mode, Policy
from privacy_assistant.core.prompt import DEFAULT_SYSTEM
from privacy_assistant.core.redaction import Redacted, redact_again
from privacy_assistant.core.retention import rules_for
from privacy_assistant.core.settings import Level, switches_from
from privacy_assistant.core.turn import Zone
from privacy_assistant.engines.pii_local_model import LocalModelFinder
from privacy_assistant.errors import AssistantError, PurgePending, VaultLocked
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.assistant import Assistant
from privacy_assistant.flow.deciding import Rules
from privacy_assistant.flow.drafting import DraftingModel
from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills import all_skills, first_answer
from privacy_assistant.skills.timers import due as due_timers
from privacy_assistant.vault.export import Form
from privacy_assistant.vault.export import export as write_export
from privacy_assistant.vault.memory import MemoryDrawer, MemoryHistory
from privacy_assistant.vault.memory_guard import guard_memory
from privacy_assistant.vault.purge import Predicate
from privacy_assistant.vault.purse import MemoryPurse, SealedPurse
from privacy_assistant.vault.tokens import SealedTokens

if TYPE_CHECKING:
    from privacy_assistant.app.vault import Vault
    from privacy_assistant.ports import Drawer, History, Ledger, LocalModel, Purse

WAYS_OUT = (
    "nothing of this is kept: there is no key store, and nothing to make one from. Three ways out: a passphrase "
    "(PRIVACY_ASSISTANT_PASSPHRASE or --passphrase-fd N), a key file (privacy-assistant key init --key-file F), "
    "or --ephemeral if this is what you want"
)

_MOMENT_S = 0.1


class House:
    """Everything of one home, opened. Close it, or use it with `with`."""

    def __init__(self, opening: Opening, *, local_model: LocalModel | None = None) -> None:
        """Read the files, open the keys, finish what a purge left, apply retention. A `local_model` that is given
        answers in the place of the embedded one.

        Raises SettingsError for config.toml, VaultLocked and WrongPassphrase for the key store, RecordTampered for
        the history. A policy that cannot be read does not stop a local answer.
        """
        guard_memory()
        tripwire.install()
        self.opening = opening
        self.paths = paths_for(opening.home)
        self._config_file = state_of(self.paths.config)
        self.settings = read_settings(self.paths)
        self._policy_file = state_of(self.paths.policy)
        self.policy: Policy = read_policy(self.paths)
        self.elsewhere = Elsewhere()
        self._given_model = local_model
        self._installed = state_of(self.paths.installed)
        self.model = self._open_model()
        self.journal: Journal = NoJournal()
        self.vault: Vault | None = None
        self._warming = self._start_warming()
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self.vault = self._open_vault()
            undo.pop_all()
        self.history: History = MemoryHistory()
        self.drawer: Drawer = MemoryDrawer()
        if self.vault is not None:
            self.drawer = RereadingDrawer(self.vault.drawer, self.vault.keys.reload)
            if not opening.is_ephemeral:
                self.history = RereadingHistory(self.vault.history, self.vault.keys.reload)
        self.journal = self._open_journal()
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self._assemble()
            undo.pop_all()

    def _assemble(self) -> None:
        """Put together what the policy and the profile settle."""
        opening, wanted = self.opening, self.policy.redaction
        # A dry run asks for no key; what it shows would be wrong all the same without the profile.
        lists = lists_without_asking(opening) if opening.is_dry else profile_lists(self.drawer)
        more = extra_finders(wanted.also, wanted.level, self.settings.models.pii, self.paths.models)
        if wanted.asks_local_model:
            more.append(LocalModelFinder(self.model))
        self.finder = finder(
            wanted.level, deny=lists.deny, allow=lists.allow, more=more, language=self.settings.language
        )
        self.elsewhere.close()
        self.elsewhere = self._open_doors()
        self.purse = self._open_purse()
        self.assistant = Assistant(
            rules=self._rules(),
            finder=self.finder,
            skills=all_skills(self.drawer),
            model=self.model,
            clouds=self.elsewhere.models,
            history=self.history,
            purse=self.purse,
            consent=RememberingConsent(
                opening.consent, self.paths.policy, reload=_at_the_next_question, say=opening.say
            ),
            new_legend=new_legend,
            clock=now,
            stopwatch=time.perf_counter,
        )

    def __enter__(self) -> House:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, AssistantError):
                self.journal.failed(error)
            elif error is None and self.vault is not None:
                self._sweep(self.vault, is_closing=True)
        finally:
            self.close()

    def settle(self) -> None:
        """Wait until what is loaded beside the opening is there."""
        for thread in self._warming:
            thread.join()

    def close(self) -> None:
        """Write the anchor, forget the keys, free the model."""
        for thread in self._warming:
            while thread.is_alive():
                # What loads, or never answers, is not waited for: whoever leaves has waited enough.
                self.model.close()
                thread.join(_MOMENT_S)
        self.elsewhere.close()
        self.model.close()
        self.journal.close()
        if self.vault is not None:
            self.vault.close()

    # ------------------------------------------------------------ opening

    def _open_model(self) -> DraftingModel:
        return DraftingModel(self._given_model or local_models.local_model(self.settings, self.paths, self.opening.say))

    def _foresees_model(self) -> bool:
        """Whether a model will be needed. The skills are asked first, over an empty drawer: loading slows them."""
        opening = self.opening
        if not opening.expects_model or not opening.question:
            return opening.expects_model
        return not self.is_for_skills(opening.question)

    def is_for_skills(self, text: str) -> bool:
        """Whether a skill would answer this, as far as can be told without what is kept."""
        request = SkillRequest(text, now(), self.settings.language)
        return first_answer(all_skills(MemoryDrawer()), request) is not None

    def _start_warming(self) -> list[threading.Thread]:
        """Load what will be needed while the key is derived: all of it works outside the interpreter lock, or waits
        for the disk."""
        tasks: list[Callable[[], None]] = []
        if self._foresees_model():
            if not self.opening.expects_cloud:
                tasks.append(self.model.warm)
            if self._foresees_cloud():
                tasks.append(lambda: warm(self.policy))
        threads = [threading.Thread(target=_quietly, args=(task,), name="warm", daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
        return threads

    def _foresees_cloud(self) -> bool:
        """Whether a back end is likely to be asked, so that its library should be loaded by then."""
        opening, policy = self.opening, self.policy
        if opening.offline or all(backend.zone is Zone.DEVICE for backend in policy.backends):
            return False
        return opening.expects_cloud or policy.mode is Mode.CLOUD_FIRST

    def _open_vault(self) -> Vault | None:
        opening = self.opening
        if opening.is_dry:
            return None
        has_store = self.paths.key_store.exists()
        if not has_store and (opening.is_ephemeral or opening.needs_history) and not self.paths.database.exists():
            if opening.needs_history:
                opening.say("nothing is kept here: there is no key store")
            return None
        from privacy_assistant.app.vault import open_vault

        vault = open_vault(self.paths, opening)
        if vault is None:
            if opening.needs_history:
                raise VaultLocked("there is no key store", hint="privacy-assistant key init")
            opening.say(WAYS_OUT)
            return None
        with contextlib.ExitStack() as undo:
            undo.callback(vault.close)
            self._sweep(vault)
            undo.pop_all()
        return vault

    def _open_journal(self) -> Journal:
        if self.vault is None:
            return NoJournal()
        level = Level.DEBUG if self.opening.is_verbose else self.settings.log.level
        try:
            return FileJournal(self.paths.log, level)
        except OSError:
            # A full or read-only disk stops no answer; doctor names it.
            return NoJournal()

    def _sweep(self, vault: Vault, *, is_closing: bool = False) -> None:
        """Retention, at most once a day; what it cannot do now it says, and nobody goes without an answer for it.

        It runs at the start, except the very first time: there is nothing to remove then, and how long things are
        kept is announced after the first answer, not before an error.
        """
        keeper = vault.housekeeping()
        if keeper.has_run() is is_closing:
            return
        try:
            swept = keeper.run_if_due(rules_for(self.policy), now())
            for line in swept.notices if swept is not None else ():
                self.opening.say(line)
        except PurgePending as error:
            self.opening.say(f"{error.message} · {error.hint}")

    def _open_doors(self) -> Elsewhere:
        """The back ends of the policy. A dry run sends nothing, and so needs no ledger to look at them."""
        ledger: Ledger | None = None
        if self.vault is not None:
            ledger = RereadingLedger(self.vault.ledger, self.vault.keys.reload)
        elif self.opening.is_dry:
            ledger = NoLedger()
        return beyond(
            self._policy_at_the_door,
            ledger=ledger,
            rescan=lambda text: self.finder.find_again(text),
            drawer=self.drawer,
            tokens=None if self.vault is None else SealedTokens(self.drawer),
        )

    def _policy_at_the_door(self) -> Policy:
        """The policy that is decided by while its file says the same, and nothing more than further `[[always]]`; else
        what it says now. It may be changed while a person is asked, or between two attempts."""
        if state_of(self.paths.policy) == self._policy_file:
            return self.policy
        said, known = read_policy(self.paths), self.policy
        added = said.always[: len(known.always)] == known.always
        is_same = added and replace(said, always=known.always, sha256=known.sha256) == known
        return known if is_same else said

    def _open_purse(self) -> Purse:
        if self.vault is None:
            return MemoryPurse()
        purse = SealedPurse(self.vault.roster, self.vault.drawer, self.history)
        return RereadingPurse(purse, self.vault.keys.reload)

    def _rules(self) -> Rules:
        opening = self.opening
        flags = Switches(offline=opening.offline, no_cloud=opening.no_cloud)
        return Rules(
            policy=self.policy,
            settings=self.settings,
            switches=switches_from(self.settings, opening.environment, flags),
            system=(self.settings.persona.system or DEFAULT_SYSTEM).strip(),
        )

    # ------------------------------------------------------------ questions

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        """Stream an answer under the policy, the settings and the models as they stand now: what changed is read again.
        `heard` as in `Assistant.answer`.

        Raises what `Assistant.answer` raises, and SettingsError.
        """
        self._reread()
        return self.assistant.answer(question, heard=heard)

    def _reread(self) -> None:
        """Take up what was changed since: the policy, the settings, and which models are installed."""
        found = (state_of(self.paths.policy), state_of(self.paths.config))
        installed = state_of(self.paths.installed)
        if found == (self._policy_file, self._config_file) and installed == self._installed:
            return
        before = self.settings
        self.settings = read_settings(self.paths)
        self._policy_file, self._config_file = found
        self.policy = read_policy(self.paths)
        if (installed, self.settings.models, self.settings.language) != (
            self._installed,
            before.models,
            before.language,
        ):
            self._installed = installed
            self.model.close()
            self.model = self._open_model()
        self._assemble()

    # ------------------------------------------------------------ what faces show

    def greeting(self) -> str:
        """The first line of a chat: which model, what is kept, what may leave."""
        kept = "kept, sealed" if self.history.is_durable else "kept nowhere"
        switches = self.assistant.rules.switches
        widest = Zone.LAN if switches.no_cloud else Zone.CLOUD
        infos = [model.info for model in self.elsewhere.models]
        outside = [info.name for info in infos if Zone.DEVICE < info.zone <= widest]
        is_shut = self.policy.mode is Mode.LOCAL_ONLY or switches.offline or self.elsewhere.door is None
        may_leave = outside and not is_shut
        leaves = f"may ask {', '.join(outside)}" if may_leave else "nothing leaves this machine"
        return f"{self.model.info.name} on this machine · {kept} · {leaves} · /help"

    def preview(self, text: str, findings: Findings) -> Redacted:
        """What of the text would be sent, if it were: kinds that the policy allows in clear stay."""
        keep = frozenset(kind for kind in Kind if not self.policy.masks(kind))
        redacted, _ = redact_again(text, findings, self.finder.find_again, new_legend(), keep=keep)
        return redacted

    # ------------------------------------------------------------ what is kept

    def history_stats(self) -> dict[str, Any]:
        """Counts and sizes of what is kept, JSON-able."""
        stats = asdict(MemoryHistory().stats() if self.vault is None else self.vault.history.stats())
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in stats.items()}

    def export(
        self, conversations: Sequence[str] | None, output: Path, *, form: Form, recipients: Sequence[str]
    ) -> int:
        """Write conversations (None: all) to a new file; how many. In clear where there are no recipients."""
        return write_export(
            self.history,
            output,
            form=form,
            conversations=conversations,
            recipients=recipients,
            is_plaintext_allowed=not recipients,
        )

    def forget(self, conversation: str) -> list[str]:
        """Remove one conversation for good; what was done, a line each."""
        if self.vault is None or self.opening.is_ephemeral:
            self.history.forget(conversation)
            return ["forgotten"]
        return self.vault.purge(Predicate(conversations=(conversation,))).lines()

    def change_passphrase(self, words: str) -> None:
        """Seal the key store under another passphrase."""
        if self.vault is None:
            raise VaultLocked("there is no key store", hint="privacy-assistant key init")
        self.vault.keys.change_passphrase(words)

    def due(self) -> list[str]:
        """Timers and reminders that have come due since the last call, also those missed while nothing ran."""
        moment = now()
        return [fired.line(moment) for fired in due_timers(self.drawer, moment)]


def _quietly(task: Callable[[], None]) -> None:
    # What is wrong is said when an answer needs it; a skill does not. Whatever breaks here (no memory, no threads)
    # breaks again there, where it can be told in a line.
    with contextlib.suppress(Exception):
        task()


def _at_the_next_question() -> None:
    """What `[[always]]` was added is read then: an answer is made under the policy that it was decided by."""
