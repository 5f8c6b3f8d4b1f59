"""Notes and lists in the sealed drawer.

Notes are items of kind `NOTE`: `{"text", "created"}`. Lists are items of kind `ENTRY`, one for each thing on one:
`{"list", "item", "created"}`; a list exists as long as something is on it. `created` is ISO 8601 in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from privacy_assistant.core.turn import Label
from privacy_assistant.ports import Drawer, SkillAnswer, SkillRequest
from privacy_assistant.skills.numbers import to_digits
from privacy_assistant.skills.wording import counted, joined, pattern, sentence

NOTE = "note"
ENTRY = "list entry"

_GATE = pattern(r"\b(?:lists?|notes?|jot|write down)\b")
_KNOWN = r"(?:shopping|grocery|groceries|to-?do|to do|task|tasks|packing|wish|reading|watch|christmas|gift|present)"
"""Lists that "the" may name before anything is on them."""

_MY_LIST = r"(?:(?P<my>my)|(?P<the>the|a|our)) (?P<list>(?!list\b)[\w'-]+(?: [\w'-]+){0,2}?)(?: list)"
_TO_LIST = rf"(?:to|on|onto|in|into) {_MY_LIST}"
_TO_KNOWN = rf"(?:to|on|onto) (?P<list>{_KNOWN}) list"
_FROM_LIST = rf"(?:from|off|off of|on|in) {_MY_LIST}"

_ADD = pattern(rf"(?:add|put|write|place|append|note) (?P<items>.+?) {_TO_LIST}(?: too| as well)?")
_ADD_KNOWN = pattern(rf"(?:add|put) (?P<items>.+?) {_TO_KNOWN}")
_ADD_FIRST = pattern(
    rf"{_TO_LIST},? (?:add|put) (?P<items>.+)|add to"
    rf" {_MY_LIST.replace('?P<my>', '?P<my2>').replace('?P<the>', '?P<the2>').replace('?P<list>', '?P<list2>')}:? "
    rf"(?P<items2>.+)"
)
_READ = pattern(
    rf"(?:what(?:'s| is| do i have| have i got| are the things| all is)(?: currently)? (?:on|in) {_MY_LIST}|(?:read"
    rf"|show|list|open|display|give|see|get|check|recite|say)(?: me)?(?: out)?(?: what's"
    rf" on)? {_MY_LIST.replace('?P<', '?P<r_')}(?: items)?(?: out| aloud)?"
    rf"|(?:what's|what is) {_MY_LIST.replace('?P<', '?P<w_')})"
)
_BARE = pattern(r"(?P<my>my) (?P<list>[\w'-]+(?: [\w'-]+){0,2}?) list|(?P<known>shopping|grocery|to-?do|to do) list")
_HAS = pattern(rf"(?:is|are|do i have|have i got|is there|are there) (?P<item>.+?) {_FROM_LIST}")
_REMOVE = pattern(
    rf"(?:remove|delete|take|cross|strike|drop|scratch|tick|check|erase|get)(?: off| out)? (?P<items>.+?)(?: off"
    rf"| out)? {_FROM_LIST}"
)
_CLEAR = pattern(
    rf"(?:clear|empty|delete|erase|wipe|reset|throw away|get rid of)(?: out)? (?:(?:everything"
    rf"|all(?: items)?) (?:from|on|off|in) )?(?:all of )?{_MY_LIST}|(?:remove|delete|take|cross off) (?:everything"
    rf"|all|all items|all the items) (?:from|on|off|in) {_MY_LIST.replace('?P<', '?P<c_')}"
)
_LISTS = pattern(
    r"(?:(?:what|which) lists (?:do i have|are there|have i got)|(?:show|read|list|tell)(?: me)?(?: all)? my lists"
    r"|do i have any lists|my lists|how many lists do i have)"
)
_NEW_LIST = pattern(
    r"(?:create|make|start|add|open) (?:an? )?(?:new )?(?:empty )?list (?:called|named) (?P<list>[\w' -]{1,40})"
    r"|(?:create|start|open) (?:an? )?new list"
)

_NOTE = pattern(
    r"(?:(?:make|take|create|add|save|keep|record|leave|start)(?: me)? (?:an? |another |the |this )?(?:new |quick "
    r"|short )?note(?P<how>:| -| that| to self:?| saying:?| of the following:?|,)"
    r"|note to self:?|take this down:|(?:jot|write) (?:this )?down:?(?: that)?|(?:new |quick )?note:|remember this:"
    r"|(?:make|take) (?:an? )?note of:?(?= (?:this|the following):)(?: this| the following)?:?) ?(?P<text>.+)"
)
_NOTE_TO = pattern(
    r"(?:make|take) (?:an? |another )?(?:new |quick )?note (?P<text>to (?!self\b)(?:buy|call|get|pay|ask|check|pick"
    r"|book|bring|clean|cancel|email|e-mail|fix|go|order|renew|return|send|text|visit|wash|water|tell|take|look|see"
    r"|talk|write back|feed|move|charge|print|update|finish|schedule|message)\b.*)"
)
_TO_NOTES = pattern(
    r"(?:add|put|save|write|append) (?P<text>.+) (?:to|in|into) my notes|(?:add|put|save|write) (?:to|in"
    r"|into) my notes:? (?:that )?(?P<text2>.+)"
)
_READ_NOTES = pattern(
    r"(?:(?:read|show|list|tell|give|display|open|check)(?: me)?(?: out)?(?: all)?(?: of)? (?:my "
    r"|the )(?P<last>last |latest |newest |most recent |first )?(?P<noun>notes?)(?: out| aloud| back)?"
    r"|(?:what|which)(?: are| is|'s)? ?(?:in |my |on )*notes(?: do i have| have i(?: got| made| taken)?| are there"
    r"| did i (?:make|take))?"
    r"|what(?:'s| is) in my notes|do i have (?:any )?notes|how many notes (?:do i have|are there)|(?:all )?my notes"
    r"|what did i note(?: down)?)"
)
_READ_ONE = pattern(
    r"(?:read|show|open|what(?:'s| is)(?: in)?)(?: me)? (?:my )?note (?:number |no\.? ?)?#?(?P<number>\d{1,4})"
)
_FIND_NOTES = pattern(
    r"(?:(?:search|find in|look in|look through) my notes (?:for|about) (?P<words>.+)"
    r"|what do my notes say about (?P<words2>.+)|find (?:my |the )?notes? (?:about|on|with"
    r"|that mentions?) (?P<words3>.+))"
)
_DELETE_NOTE = pattern(
    r"(?:delete|remove|erase|clear|throw away|get rid of|forget) (?:(?:my |the )?note (?:number "
    r"|no\.? ?)?#?(?P<number>\d{1,4})|(?:my |the )(?P<which>last|latest|newest|most recent|first|oldest|second"
    r"|third) note|(?P<every>all (?:of )?(?:my |the )?notes|my notes))"
)
_ORDINALS = {"first": 0, "oldest": 0, "second": 1, "third": 2}
_MAKE_BARE = pattern(r"(?:make|take|add|create|write) (?:an? |another )?(?:new |quick )?note")


class Lists:
    """Keeps notes and lists in a drawer."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer

    @property
    def name(self) -> str:
        return "lists"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """What was kept, read or deleted, labelled to stay; None for any sentence it does not read whole."""
        if not _GATE.search(request.text[:400]):
            return None
        said = sentence(request.text)
        if not said:
            return None
        forms: tuple[Callable[[str, datetime], str | None], ...] = (
            self._delete_note,
            self._read_one,
            self._read_notes,
            self._find_notes,
            self._clear,
            self._read,
            self._has,
            self._add,
            self._remove,
            self._lists,
            self._to_notes,
            self._make_note,
        )
        for understand in forms:
            text = understand(said, request.now)
            if text is not None:
                return SkillAnswer(text, label=Label.STAY)
        return None

    # ------------------------------------------------------------ lists

    def _entries(self, of: str = "") -> list[tuple[str, str, str]]:
        """All (id, list, item), the oldest first."""
        found = []
        for item, payload in self._drawer.items(ENTRY):
            name, thing = payload.get("list"), payload.get("item")
            if isinstance(name, str) and isinstance(thing, str) and (not of or name == of):
                found.append((item, name, thing))
        return found

    def _named(self, found: re.Match[str], prefix: str = "", suffix: str = "") -> str | None:
        """The list a match names: any list of "my", but only a known one of "the"; None otherwise."""
        groups = found.groupdict()
        raw = groups.get(f"{prefix}list{suffix}")
        if not raw:
            return None
        name = _list_name(raw)
        if groups.get(f"{prefix}my{suffix}") or re.fullmatch(_KNOWN, name, re.IGNORECASE):
            return name
        return name if any(of == name for _, of, _ in self._entries()) else None

    def _add(self, said: str, now: datetime) -> str | None:
        found = _ADD.fullmatch(said) or _ADD_KNOWN.fullmatch(said)
        name = None if found is None else self._named(found)
        items = "" if found is None else found["items"]
        if found is None and (found := _ADD_FIRST.fullmatch(said)) is not None:
            name = self._named(found) or self._named(found, suffix="2")
            items = found["items"] or found["items2"]
        if name is None:
            return None
        wanted = _items(items)
        if not wanted:
            return None
        there = {thing.casefold() for _, _, thing in self._entries(name)}
        fresh = [thing for thing in wanted if thing.casefold() not in there]
        for thing in fresh:
            self._drawer.put(ENTRY, {"list": name, "item": thing, "created": _stamp(now)})
        if not fresh:
            return f"You already have {joined(wanted)} on your {name} list."
        return f"Added {joined(fresh)} to your {name} list."

    def _read(self, said: str, now: datetime) -> str | None:
        found = _READ.fullmatch(said)
        name = None
        if found is not None:
            name = self._named(found) or self._named(found, "r_") or self._named(found, "w_")
        elif (found := _BARE.fullmatch(said)) is not None:
            name = _list_name(found["list"] or found["known"])
        if name is None:
            return None
        things = [thing for _, _, thing in self._entries(name)]
        if not things:
            return f"Your {name} list is empty."
        return f"On your {name} list: {joined(things)}."

    def _has(self, said: str, now: datetime) -> str | None:
        found = _HAS.fullmatch(said)
        name = None if found is None else self._named(found)
        if found is None or name is None:
            return None
        wanted = _thing(found["item"])
        for _, _, thing in self._entries(name):
            if thing.casefold() == wanted.casefold():
                return f"Yes, you have {thing} on your {name} list."
        return f"No, I can't find {wanted} on your {name} list."

    def _remove(self, said: str, now: datetime) -> str | None:
        found = _REMOVE.fullmatch(said)
        name = None if found is None else self._named(found)
        if found is None or name is None:
            return None
        there = {thing.casefold(): (item, thing) for item, _, thing in self._entries(name)}
        gone, missing = [], []
        for thing in _items(found["items"]):
            match = there.get(thing.casefold())
            if match is not None and self._drawer.remove(match[0]):
                gone.append(match[1])
            else:
                missing.append(thing)
        if not gone:
            return f"I can't find {joined(missing)} on your {name} list."
        rest = f" I couldn't find {joined(missing)}." if missing else ""
        return f"Removed {joined(gone)} from your {name} list.{rest}"

    def _clear(self, said: str, now: datetime) -> str | None:
        found = _CLEAR.fullmatch(said)
        name = None if found is None else self._named(found) or self._named(found, "c_")
        if name is None:
            return None
        gone = [item for item, _, _ in self._entries(name) if self._drawer.remove(item)]
        if not gone:
            return f"Your {name} list is already empty."
        return f"Cleared your {name} list: {counted(len(gone), 'thing')} removed."

    def _lists(self, said: str, now: datetime) -> str | None:
        if (found := _NEW_LIST.fullmatch(said)) is not None:
            name = _list_name(found["list"] or "shopping")
            return f"A list begins with the first thing on it: say “add milk to my {name} list”."
        if not _LISTS.fullmatch(said):
            return None
        sizes: dict[str, int] = {}
        for _, name, _ in self._entries():
            sizes[name] = sizes.get(name, 0) + 1
        if not sizes:
            return "You have no lists yet."
        return f"You have {counted(len(sizes), 'list')}: {joined(f'{name} ({size})' for name, size in sizes.items())}."

    # ------------------------------------------------------------ notes

    def _notes(self) -> list[tuple[str, str]]:
        return [
            (item, text) for item, payload in self._drawer.items(NOTE) if isinstance(text := payload.get("text"), str)
        ]

    def _make_note(self, said: str, now: datetime) -> str | None:
        found = _NOTE.fullmatch(said) or _NOTE_TO.fullmatch(said)
        if found is None:
            return (
                "What shall I note? Say, for example, “make a note that the keys are in the drawer”."
                if _MAKE_BARE.fullmatch(said)
                else None
            )
        return self._keep(found["text"], now)

    def _to_notes(self, said: str, now: datetime) -> str | None:
        found = _TO_NOTES.fullmatch(said)
        if found is None:
            return None
        text = found["text"] or found["text2"]
        if text.lower() in ("this", "that", "it"):
            return None
        return self._keep(text, now)

    def _keep(self, text: str, now: datetime) -> str | None:
        kept = text.strip(' "')
        if not kept:
            return None
        self._drawer.put(NOTE, {"text": kept, "created": _stamp(now)})
        return f"Noted: {kept}."

    def _read_notes(self, said: str, now: datetime) -> str | None:
        found = _READ_NOTES.fullmatch(said)
        if found is None or ((found["noun"] or "").lower() == "note" and not found["last"]):
            return None
        notes = [text for _, text in self._notes()]
        if not notes:
            return "You have no notes."
        if found["last"]:
            return f"{notes[0] if found['last'].lower().startswith('first') else notes[-1]}."
        if len(notes) == 1:
            return f"You have 1 note: {notes[0]}."
        numbered = "; ".join(f"{number}. {text}" for number, text in enumerate(notes, start=1))
        return f"You have {counted(len(notes), 'note')}: {numbered}."

    def _read_one(self, said: str, now: datetime) -> str | None:
        found = _READ_ONE.fullmatch(to_digits(said))
        if found is None:
            return None
        notes = self._notes()
        number = int(found["number"])
        if not 1 <= number <= len(notes):
            return f"There is no note {number}; you have {counted(len(notes), 'note')}."
        return f"Note {number}: {notes[number - 1][1]}."

    def _find_notes(self, said: str, now: datetime) -> str | None:
        found = _FIND_NOTES.fullmatch(said)
        if found is None:
            return None
        words = (found["words"] or found["words2"] or found["words3"]).casefold().strip('" ').split()
        hits = [
            f"{number}. {text}"
            for number, (_, text) in enumerate(self._notes(), start=1)
            if all(word in text.casefold() for word in words)
        ]
        return f"{'; '.join(hits)}." if hits else "None of your notes says that."

    def _delete_note(self, said: str, now: datetime) -> str | None:
        found = _DELETE_NOTE.fullmatch(to_digits(said))
        if found is None:
            return None
        notes = self._notes()
        if not notes:
            return "You have no notes."
        if found["every"]:
            gone = sum(self._drawer.remove(item) for item, _ in notes)
            return f"Deleted {counted(gone, 'note')}."
        at = int(found["number"]) - 1 if found["number"] else _ORDINALS.get(found["which"].lower(), len(notes) - 1)
        if not 0 <= at < len(notes):
            return f"There is no note {at + 1}; you have {counted(len(notes), 'note')}."
        self._drawer.remove(notes[at][0])
        return f"Deleted note {at + 1}: {notes[at][1]}."


def _list_name(raw: str) -> str:
    """One name for what people call the same list."""
    name = " ".join(raw.lower().split())
    if name in ("grocery", "groceries"):
        return "shopping"
    return "to-do" if name in ("todo", "to do", "task", "tasks") else name


def _items(said: str) -> list[str]:
    """The things of "milk, eggs and two loaves of bread", each once."""
    parts = (_thing(part) for part in re.split(r", and |, | and |,(?=\D)", said, flags=re.IGNORECASE))
    return list(dict.fromkeys(part for part in parts if part))


def _thing(said: str) -> str:
    return re.sub(r"^(?:(?:the|some|any|a|an)(?: bit of)?) ", "", said.strip(" ,.\"'"), flags=re.IGNORECASE)


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat()
