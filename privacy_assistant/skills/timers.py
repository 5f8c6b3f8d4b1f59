"""Sets, lists and cancels timers, alarms and reminders; what waits and fires is in `agenda`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from privacy_assistant.core.turn import Label
from privacy_assistant.ports import Drawer, SkillAnswer, SkillRequest
from privacy_assistant.skills import moments
from privacy_assistant.skills.agenda import KIND, Fired, Pending, bare, due, infinitive, next_due, pending
from privacy_assistant.skills.numbers import to_digits
from privacy_assistant.skills.reminding import REPEATS, said_back, split
from privacy_assistant.skills.spans import say_span, span
from privacy_assistant.skills.wording import counted, joined, pattern, sentence

__all__ = ["KIND", "Fired", "Pending", "Timers", "due", "next_due", "pending"]

_GATE = pattern(r"\b(?:timers?|alarms?|remind|reminders?|wake me|countdown|count down|time (?:is )?left|is left)\b")
_LONGEST = 240

_SET = r"(?:(?:set|start|create|make|begin|add|give me|put on|run|i need|i want)(?: me)?(?: up)? )?"
_ART = r"(?:an?other |an? |the |my |one )?"
_NAME = (
    r"(?P<name>(?!(?:set|start|make|new|to|from|on|in|off|and|for|at|by|the|my|an?|list|show|cancel|stop|delete|what|how|which|why|when"
    r"|an)\b)[^\W\d][^\W\d_'-]*(?:['-][^\W\d]+)?(?: [^\W\d]+){0,2}?)"
)
_CALLED = r"(?:,? (?:called|named|labell?ed|for) (?:the |my |an? )?(?P<called>[\w' -]{1,40}))?"

_TIMER_FORMS = tuple(
    pattern(form)
    for form in (
        rf"{_SET}{_ART}(?:{_NAME} )??(?:timer|countdown) (?:for|of|to|with|in|at)? ?(?P<span>(?:\d|an? |half|quarter"
        rf"|three quarters).*?){_CALLED}",
        rf"{_SET}{_ART}(?P<span_name>(?:\d|half|quarter).*?)[ -]?(?:timer|countdown){_CALLED}",
        rf"{_SET}{_ART}timer (?:called|named|labell?ed|for) (?:the |my |an? )?(?P<called>[\w' -]{{1,40}}?) (?:for|of"
        rf"|in) (?P<span>(?:\d|an? |half|quarter).*)",
        r"(?:count ?down|start counting down)(?: from| for)? (?P<span>(?:\d|an? |half).*)",
        r"time (?P<span>\d.*)",
    )
)
_TIMER_BARE = pattern(
    rf"(?:set|start|create|begin|add|i need|i want)(?: me)? (?:an?other |an? |the |my )?(?:{_NAME} )?(?P<kind>timer"
    rf"|alarm|reminder)|(?P<remind>remind me(?: to)?)"
)
_ALARM_FORMS = tuple(
    pattern(form)
    for form in (
        rf"{_SET}{_ART}(?:{_NAME} )??alarm(?: clock)? (?:for |at |to )?(?P<when>.+?)(?:,? (?:called|named"
        rf"|labell?ed) (?P<called>[\w' -]{{1,40}}))?",
        rf"{_SET}{_ART}(?P<when>\d{{1,2}}(?:[:.]\d\d)? ?(?:[ap]\.?m\.?|o'?clock)?) alarm",
        r"wake me(?: up)? (?P<when>.+)",
    )
)
_EXTEND = pattern(
    r"(?:add|put|give me) (?P<span>.+?)(?: more)? (?:to|on|onto) (?:the |my )"
    r"(?:(?P<name>[\w'-]+(?: [\w'-]+){0,2}?) )?timer"
    r"|extend (?:the |my )(?:(?P<name2>[\w'-]+(?: [\w'-]+){0,2}?) )?timer by (?P<span2>.+)"
)
_CLOCK_ONLY = pattern(r"(?:at )?(?:noon|midnight|\d{1,2}(?:[:.]\d\d)?)(?: o'?clock)?(?: ?(?P<half>[ap])\.?m\.?)?")
_REMINDER = pattern(
    r"(?:remind me|(?:set|create|make|add|give me|i need|i want)(?: me)? (?:an? |another )?reminder)(?P<rest> .+)"
)
_WHICH = r"(?P<kind>timers?|alarms?|reminders?|countdowns?)"
_LIST = pattern(
    rf"(?:(?:list|show|read|tell|give)(?: me)?(?: out)? (?:all )?(?:of )?(?:my |the )?(?:active |running |current "
    rf"|pending |upcoming )?{_WHICH}"
    rf"|(?:what|which|how many)(?: are| is)? ?(?:my |the |all my )?(?:active |running |current |pending "
    rf"|upcoming )?{_WHICH.replace('kind', 'kind2')}"
    r"(?: (?:do i have|have i(?: got)?|are (?:there|set|running|active|on|left|pending)|is (?:set|running|on)"
    r"|did i set|i have))?(?: (?:set|running|active|right now|now|today|tomorrow|left|going))?"
    rf"|(?:do i have|are there|have i got|have i set) (?:any |an? )?(?:active |running "
    rf"|pending )?{_WHICH.replace('kind', 'kind3')}(?: (?:set|running|active|today|tomorrow|left|going))?"
    rf"|(?:my |all (?:my )?){_WHICH.replace('kind', 'kind4')}|timers|reminders|alarms"
    rf"|check (?:on )?my {_WHICH.replace('kind', 'kind5')})"
)
_LEFT = pattern(
    r"(?:how (?:long|much time|much longer|many (?:minutes|seconds|hours))(?:'s| is| does| do| until| till"
    r"| are)?(?: there)?(?: i)?(?: have)?(?: still)?"
    r"(?: (?P<the>(?:the|my) (?:[\w'-]+ ){0,3}?(?:timer|alarm|countdown)))?(?: have| has| is| goes off| ends| rings"
    r"| to go)?(?: still)?(?: left| remaining| to go)?"
    r"(?: (?:on|in|of|for|until|before|till) (?P<on>(?:the|my) (?:[\w'-]+ ){0,3}?(?:timer|alarm"
    r"|countdown))(?: goes off| ends| is done| rings| is up)?)?"
    r"|(?:how much )?time (?:is )?(?:left|remaining)(?: (?:on|in) (?P<on2>(?:the|my) (?:[\w'-]+ ){0,3}?(?:timer"
    r"|alarm)))?"
    r"|when (?:does|will|is) (?P<on3>(?:the|my) (?:[\w'-]+ ){0,3}?(?:timer|alarm))(?: (?:go off|end|ring|finish|over"
    r"|due|done))?"
    r"|check (?:on )?(?P<on4>(?:the|my) (?:[\w'-]+ ){0,3}?(?:timer|alarm))"
    r"|what(?:'s| is) left on (?P<on5>(?:the|my) (?:[\w'-]+ ){0,3}?(?:timer|alarm))"
    r"|is (?P<on6>(?:the|my) (?:[\w'-]+ ){0,3}?(?:timer|alarm)) (?:still )?(?:running|on|set|done))"
)
_CANCEL = pattern(
    rf"(?:cancel|stop|delete|remove|clear|end|kill|turn off|switch off|dismiss|get rid of"
    rf"|forget) (?P<all>all (?:of )?(?:the |my )?|every |both )?(?:the |my |that |this )?"
    rf"(?:(?P<name>(?!all\b)[\w':]+(?:[ -][\w':]+){{0,3}}?) )??{_WHICH}(?: (?P<number>\d{{1,3}}))?(?: (?:to|for"
    rf"|about|called|named|at|of|that) (?P<about>.+))?"
)


class Timers:
    """Sets, lists and cancels timers, alarms and reminders in a drawer."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer

    @property
    def name(self) -> str:
        return "timers"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """What was set, listed or cancelled (labelled to stay), or a question back; None for anything else."""
        if len(request.text) > _LONGEST or not _GATE.search(request.text):
            return None
        said = sentence(request.text)
        if not said:
            return None
        now = request.now
        digits = to_digits(said)
        # A reminder's words are kept as they were said: "no one" is no number.
        text = self._remind(said, now)
        for understand in (self._cancel, self._remaining, self._list, self._extend, self._set_timer, self._set_alarm):
            text = text or understand(digits, now)
        if text is not None:
            return SkillAnswer(text, label=Label.STAY)
        if found := _TIMER_BARE.fullmatch(said):
            kind = (found["kind"] or "reminder").lower()
            example = {
                "timer": "set a timer for 10 minutes",
                "alarm": "set an alarm for 7 AM",
                "reminder": "remind me to call mum tomorrow at 5 PM",
            }[kind]
            return SkillAnswer(f"{'For how long' if kind == 'timer' else 'For when'}? Say, for example, “{example}”.")
        return None

    # ------------------------------------------------------------ setting

    def _keep(self, kind: str, name: str, at: datetime, now: datetime) -> None:
        payload = {
            "kind": kind,
            "name": name,
            "due": at.astimezone(UTC).isoformat(),
            "created": now.astimezone(UTC).isoformat(),
        }
        self._drawer.put(KIND, payload)

    def _set_timer(self, said: str, now: datetime) -> str | None:
        for form in _TIMER_FORMS:
            found = form.fullmatch(said)
            if found is None:
                continue
            groups = found.groupdict()
            words, name = groups.get("span") or "", groups.get("name") or ""
            if groups.get("span_name"):
                words, name = _span_and_name(groups["span_name"])
            length = span(words)
            if length is None:
                continue
            name = (name or groups.get("called") or "").strip().lower()
            try:
                at = length.after(now)
            except OverflowError:
                return None
            self._keep("timer", name, at, now)
            seconds = (at.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
            return f"{_capital(f'{name} timer'.strip())} set for {say_span(seconds)}."
        return None

    def _extend(self, said: str, now: datetime) -> str | None:
        """More time on a timer that runs."""
        found = _EXTEND.fullmatch(said)
        length = None if found is None else span(found["span"] or found["span2"])
        if found is None or length is None:
            return None
        name = (found["name"] or found["name2"] or "").lower()
        waiting = [each for each in pending(self._drawer) if each.kind == "timer"]
        named = list(filter(_fitting(name, now), waiting)) if name else waiting
        if not named:
            return f"You have no {name} timer.".replace("  ", " ")
        if len(named) > 1:
            return _ask_which(named, waiting, now)
        timer = named[0]
        try:
            at = length.after(timer.due)
        except OverflowError:
            return None
        payload = {"kind": "timer", "name": timer.name, "due": at.isoformat(), "created": timer.created.isoformat()}
        self._drawer.replace(timer.id, KIND, payload)
        return f"{_capital(say_span((at - now).total_seconds()))} left on the {f'{timer.name} timer'.strip()}."

    def _set_alarm(self, said: str, now: datetime) -> str | None:
        for form in _ALARM_FORMS:
            found = form.fullmatch(said)
            if found is None:
                continue
            groups = found.groupdict()
            words = groups["when"]
            if REPEATS.search(words):
                return _no_repeats(
                    moments.moment(REPEATS.sub("", words).strip(), now) is not None or "alarm" in said.lower()
                )
            is_waking = said.lower().startswith("wake")
            moment = (
                moments.moment(words, now, in_the_morning=is_waking)
                or moments.moment(f"at {words}", now, in_the_morning=is_waking)
                or moments.moment(f"in {words}", now)
            )
            if moment is None or moment.is_hour_assumed:
                continue
            if moment.at <= now:
                return "That time has already passed."
            name = (groups.get("name") or groups.get("called") or "").strip().lower()
            self._keep("alarm", name, moment.at, now)
            return f"{_capital(f'{name} alarm'.strip())} set {moments.say_moment(moment.at, now)}."
        return None

    def _remind(self, said: str, now: datetime) -> str | None:
        found = _REMINDER.fullmatch(said)
        if found is None:
            return None
        rest = found["rest"].strip()
        what, words, repeats = split(rest, now)
        if repeats:
            return _no_repeats(True)
        moment = moments.moment(words, now) if words else None
        if moment is None:
            asked = said.lower().startswith("remind me to ") or re.match(
                r"(?:set|create|make|add).* reminder to ", said, re.IGNORECASE
            )
            return (
                "When shall I remind you? Say, for example, “remind me to call mum tomorrow at 5 PM”."
                if asked
                else None
            )
        if moment.at <= now:
            return "That time has already passed."
        self._keep("reminder", what, moment.at, now)
        about = f" {infinitive(said_back(what))}" if what else ""
        return f"I'll remind you{about} {moments.say_moment(moment.at, now)}."

    # ------------------------------------------------------------ looking

    def _list(self, said: str, now: datetime) -> str | None:
        found = _LIST.fullmatch(said)
        if found is None:
            return None
        word = next((value for value in found.groupdict().values() if value), said).lower().rstrip("s")
        kind = "timer" if word == "countdown" else word
        waiting = [each for each in pending(self._drawer) if each.kind == kind]
        if not waiting:
            return f"You have no {kind}s."
        lines = [_described(each, now) for each in waiting]
        if len(lines) == 1:
            return f"You have 1 {kind}: {lines[0]}."
        numbered = "; ".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
        return f"You have {counted(len(lines), kind)}: {numbered}."

    def _remaining(self, said: str, now: datetime) -> str | None:
        found = _LEFT.fullmatch(said)
        if found is None:
            return None
        asked = next((value for value in found.groupdict().values() if value), "").lower()
        if not asked and "left" not in said.lower() and "remaining" not in said.lower():
            return None
        waiting = [each for each in pending(self._drawer) if each.kind != "reminder"]
        kind = "alarm" if asked.endswith("alarm") else "timer"
        name = re.sub(r"^(?:the|my) |\s?(?:timer|alarm|countdown)$", "", asked).strip()
        if asked:
            waiting = [each for each in waiting if each.kind == kind]
            waiting = list(filter(_fitting(name, now), waiting)) if name else waiting
        elif any(each.kind == "timer" for each in waiting):
            waiting = [each for each in waiting if each.kind == "timer"]
        if not waiting:
            if not asked:
                return None
            return f"You have no {name} {kind}.".replace("  ", " ")
        said_each = [
            f"{say_span((each.due - now).total_seconds())} left on {each.title}"
            if each.kind == "timer"
            else f"{each.title} goes off {moments.say_moment(each.due, now)}"
            for each in waiting
        ]
        return f"{_capital(joined(said_each))}."

    # ------------------------------------------------------------ cancelling

    def _cancel(self, said: str, now: datetime) -> str | None:
        found = _CANCEL.fullmatch(said)
        if found is None:
            return None
        word = found["kind"].lower()
        kind = "timer" if word.startswith("countdown") else word.rstrip("s")
        waiting = [each for each in pending(self._drawer) if each.kind == kind]
        wants_all = found["all"] is not None or (word.endswith("s") and not found["name"])
        name = (found["name"] or found["about"] or "").lower().strip()
        if not waiting:
            return f"You have no {kind}s."
        if found["number"]:
            number = int(found["number"])
            if not 1 <= number <= len(waiting):
                return f"You have {counted(len(waiting), kind)}."
            return self._remove([waiting[number - 1]], kind)
        if name:
            named = list(filter(_fitting(name, now), waiting))
            if not named:
                return f"You have no {kind} like that."
            return self._remove(named, kind) if wants_all or len(named) == 1 else _ask_which(named, waiting, now)
        if wants_all or len(waiting) == 1:
            return self._remove(waiting, kind)
        return _ask_which(waiting, waiting, now)

    def _remove(self, chosen: list[Pending], kind: str) -> str:
        gone = [each for each in chosen if self._drawer.remove(each.id)]
        if len(gone) == 1:
            return f"Cancelled {gone[0].title}."
        return f"Cancelled {counted(len(gone), kind)}."


def _span_and_name(words: str) -> tuple[str, str]:
    """The span and the name of "20 minute pasta": the longest beginning that is a span, and the rest."""
    each = words.split(" ")
    for cut in range(len(each), 0, -1):
        if span(" ".join(each[:cut])) is not None:
            return " ".join(each[:cut]), " ".join(each[cut:])
    return words, ""


def _ask_which(several: list[Pending], waiting: list[Pending], now: datetime) -> str:
    """Ask with the numbers that "cancel timer 2" goes by: the places among all of the kind that wait."""
    numbered = (f"{waiting.index(each) + 1}. {_described(each, now)}" for each in several)
    return f"Which one? You have {counted(len(several), several[0].kind)} like that: {'; '.join(numbered)}."


def _described(each: Pending, now: datetime) -> str:
    if each.kind == "timer":
        left = say_span((each.due - now).total_seconds())
        return f"{each.name}, {left} left" if each.name else f"{left} left"
    at = moments.say_moment(each.due, now)
    return f"{bare(said_back(each.name))} {at}" if each.name else at


def _fitting(name: str, now: datetime) -> Callable[[Pending], bool]:
    """Whether one is meant by a name: by its words, a timer also by its length, the others by their day or hour."""
    wanted = set(re.findall(r"\w+", name)) - {"the", "my", "to", "a", "an", "for", "about"}
    length = span(name.removesuffix(" long"))
    seconds = 0 if length is None else length.days * 86400 + length.seconds
    moment = moments.moment(name, now) or moments.moment(f"at {name}", now)
    clock = _CLOCK_ONLY.fullmatch(name)

    def fits(each: Pending) -> bool:
        if wanted and wanted <= set(re.findall(r"\w+", each.name.lower())):
            return True
        if each.kind == "timer":
            return seconds > 0 and round((each.due - each.created).total_seconds()) == seconds
        if moment is None:
            return False
        here = each.due.astimezone(now.tzinfo)
        if moment.is_hour_assumed:
            return here.date() == moment.at.date()
        if clock is None:
            return each.due == moment.at
        # "the 7 o'clock alarm" may be of any day, and of the other half of it.
        round_the_clock = 24 if clock["half"] else 12
        apart = (here.hour - moment.at.hour) % round_the_clock
        return apart == 0 and here.minute == moment.at.minute

    return fits


def _no_repeats(is_mine: bool) -> str | None:
    return "I can't repeat reminders yet. I can set a single one." if is_mine else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
