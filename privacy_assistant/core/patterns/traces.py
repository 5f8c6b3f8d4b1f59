"""Traces of a person in technical text: names in social networks, home folders, places by their coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Phrases, Said
from privacy_assistant.core.patterns.words import words

_AT_NAME = Pattern(r"(?<![\w@./`:<>#$%&*+=~-])@([A-Za-z_][\w.]{1,38})(?![\w@/(:=-]|\.\w)")
_NOT_A_HANDLE = words(
    "property dataclass staticmethod classmethod abstractmethod override overload wraps pytest app media import "
    "charset "
    "keyframes supports font param params return returns throws see since author version deprecated link inheritdoc "
    "autowired component service controller entity table column test before after nonnull nullable interface "
    "everyone here "
    "channel all types angular cached_property lru_cache contextmanager final type ts echo off on the gmail yahoo "
    "hotmail "
    "outlook selector click input output mixin include extend use forward layer page"
)
_SOCIAL = Pattern(
    r"\b(?:twitter|tweet\w{0,3}|instagram|insta|tik ?tok|telegram|discord|snap(?:chat)?|threads|mastodon|bluesky|reddit"
    r"|youtube|twitch|linkedin|facebook|github|handle|username|user ?name|follow\w{0,4}|dm|dms|mention\w{0,2}"
    r"|tag(?:ged)?|ping"
    r"|cc|venmo|cash ?app|signal|whatsapp|message|nutzername|benutzername|pseudo|usuario|profile?|account|nickname"
    r"|find me)\b"
)
_RUNS_ON = Pattern(r" [a-z]|[,.!?;)]|['’]s\b|$")
_NAMED: Phrases[str] = Phrases(
    {
        "handle": (
            "username", "user name", "handle", "screen name", "screenname", "nickname", "gamertag", "gamer tag",
            "login name",
            "twitch name", "discord tag", "psn id", "steam id", "skype id", "skype name", "wechat id", "line id",
            "snapchat",
            "instagram", "insta", "twitter", "tiktok", "telegram", "venmo", "cashtag", "benutzername", "nutzername",
            "nom d'utilisateur",
            "nombre de usuario", "nome utente", "gebruikersnaam", "nome de usuário", "mastodon", "discord", "github",
            "reddit",
            "login", "user id", "apple id", "kik", "bluesky", "threads",
        )
    }
)  # fmt: skip
_HANDLE_LINK = Pattern(
    r"(?i)[\"')\]]?(?: name| handle| username| account| id| user| profile| tag)?(?: on \w{2,12})?(?:\s?[:=]\s{0,2}"
    r"|\s(?:is|was|ist|est|es|è|é|as)(?: now| still)?\s(?:called |named )?)(?:u/)?[\"'`(*]{0,2}@?"
)
_HANDLE_VALUE = Pattern(r"[A-Za-z0-9_][\w.-]{1,38}(?:#\d{4})?")
_NAME_OF_TAG = Pattern(r"(?<![\w/.#-])[\w.]{2,32}#\d{4}(?![\w-])")
_REDDIT_USER = Pattern(r"(?<![\w/.])/?u/[\w-]{3,20}(?![\w/])")
_NO_VALUE = words(
    "is not the a an my your and or but for too taken invalid required wrong unknown empty down broken unavailable "
    "used "
    "admin root user guest test anonymous here there available correct incorrect missing optional banned blocked "
    "free still "
    "now just very really better worse owned about full good bad great down fun dead trending popular true false "
    "null none string "
    "str text when where why how what who it in on at to of by with from as if so no yes suspended hacked private "
    "public case"
)

_HOME = Pattern(
    r"(?i)(?<![\w.])(?:file://)?(?:/home/|/Users/|/export/home/|/var/home/|/mnt/c/Users/|/c/Users/"
    r"|~(?=[a-z][\w.-]{1,30}/)"
    r"|\b[A-Z]:[\\/]{1,2}(?:Users|Documents and Settings|home)[\\/]{1,2}|%2Fhome%2F|%2FUsers%2F)"
    r"(?P<who>[^\s\\/:*?\"'<>|`,;()\[\]{}⟦⟧]{1,64})(?P<rest>[\\/][^\s:*?\"'<>|`,;()\[\]{}⟦⟧]{0,512})?"
)
_WITH_BLANK = Pattern(r" [A-Z][\w-]{1,24}(?=[\\/])")
_SHARE = Pattern(r"(?<![\\\w])\\\\[\w.-]{2,64}\\[\w.$-]{1,64}(?:\\[^\s:*?\"'<>|`,;⟦⟧]{0,256})?")
_NOBODY = words("shared public default user username you yourname your_name name all users xxx me <user> $user ${user}")

_DECIMALS = Pattern(
    r"(?<![\w.,/-])(?<![\d] )[-+]?(?:[1-8]?\d|90)\.\d{3,15}°?(?:\s?[NS])?(?:,\s{0,2}|;\s?|\s{1,2}|\s?/\s?|, and | and )"
    r"[-+]?(?:1[0-7]\d|\d{1,2}|180)\.\d{3,15}(?:°?\s?[EWO]\b|°)?(?![\w/]|[.,] ?[-+]?\d)"
)
_POINTED = Pattern(r"\d[.,]\d\d")
_LIST_BEFORE = Pattern(r"\d[,;]?\s{0,2}\Z")
_COORD_WORD = Pattern(
    r"(?i)\b(?:coord\w{0,9}|gps|lat(?:itude)?|lon(?:g|gitude)?|geo\w{0,9}|location|position|standort|koordinaten"
    r"|located|maps?)"
    r"\b"
)
_LATITUDE = Pattern(
    r"(?i)\b(?:lat(?:itude)?|lng|lon(?:g(?:itude)?)?|breite|länge|breitengrad|längengrad|latitud|longitud|latitudine"
    r"|longitudine)\b[\"')]{0,2}\s?(?:is|was|of|:|=|,)?\s{0,3}[\"']?([-+]?\d{1,3}(?:\.|,)\d{2,15}°?(?: ?[NSEW]\b)?)"
)
_SEXAGESIMAL = Pattern(
    r"(?i)(?<![\w.])(?:[NSEW]\s?)?\d{1,3}\s?(?:°|º|deg(?:rees)?)\s?\d{1,2}(?:[.,]\d{1,6})?\s?(?:['’′]|min(?:utes)?)?\s?"
    r"(?:\d{1,2}(?:[.,]\d{1,6})?\s?(?:[\"”″]|['’′]{2}|sec(?:onds)?))?\s?[NSEWO]\b"
)
_HEMISPHERE = Pattern(r"(?<![\w.])\d{1,3}\.\d{2,12}\s?°\s?[NSEWO]\b")
_GEO_URI = Pattern(r"(?:\bgeo:|[@=])-?\d{1,2}\.\d{2,15},-?\d{1,3}\.\d{2,15}")
_PLUS_CODE = Pattern(
    r"(?<![\w+])(?:[23456789CFGHJMPQRVWX]{8}|[23456789CFGHJMPQRVWX]{4})\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)"
)
_THREE_WORDS = Pattern(r"(?<![\w/:])///[a-z]{3,18}\.[a-z]{3,18}\.[a-z]{3,18}\b")


def find(said: Said) -> Iterator[Candidate]:
    """Handles, user paths and coordinates of one view."""
    text = said.text
    yield from _handles(said)
    for path in _HOME.finditer(text) if "/" in text or "\\" in text or "%2" in text else ():
        if path.group("who").lower().rstrip(".") not in _NOBODY:
            end = path.end()
            blank = _WITH_BLANK.match(text, end) if path.group("rest") is None else None
            if blank:
                more = _REST.match(text, blank.end())
                end = more.end() if more else blank.end()
            end -= len(text[path.start() : end]) - len(text[path.start() : end].rstrip(".!?"))
            yield Candidate(path.start(), end, Kind.PATH, 0.95, "rule:path")
    for share in _SHARE.finditer(text) if "\\\\" in text else ():
        yield Candidate(*share.span(), Kind.PATH, 0.8, "rule:path-share")
    yield from find_coordinates(said)


_REST = Pattern(r"[\\/][^\s:*?\"'<>|`,;()\[\]{}⟦⟧]{0,512}")


def _handles(said: Said) -> Iterator[Candidate]:
    text = said.text
    if "@" in text:
        is_social = None
        for match in _AT_NAME.finditer(text):
            name = match.group(1).rstrip(".")
            if len(name) < 2 or name.lower() in _NOT_A_HANDLE:
                continue
            near = _SOCIAL.search(said.lower, max(0, match.start() - 60), min(len(text), match.end() + 40))
            is_social = near is not None
            starts_line = match.start() == 0 or text[match.start() - 1] == "\n"
            if is_social or (_RUNS_ON.match(text, match.end(1)) and not (starts_line and "\n" in text)):
                yield Candidate(match.start(), match.start(1) + len(name), Kind.HANDLE, 0.8, "rule:handle")
    for _, end, _ in _NAMED.find(said):
        link = _HANDLE_LINK.match(text, end)
        value = _HANDLE_VALUE.match(text, link.end()) if link else None
        if value is None or link is None:
            continue
        name = value.group().rstrip(".-")
        is_marked = "@" in link.group() or ":" in link.group() or "=" in link.group()
        is_telling = is_marked or any(char.isdigit() or char in "_.#" for char in name)
        if (
            not is_telling
            and not said.lower[max(0, end - 24) : end].startswith("my ")
            and " my " not in said.lower[max(0, end - 24) : end]
        ):
            continue
        if len(name) >= 3 and name.lower() not in _NO_VALUE:
            yield Candidate(value.start(), value.start() + len(name), Kind.HANDLE, 0.92, "rule:handle-cue")
    if "#" in text and "discord" in said.lower:
        for tag in _NAME_OF_TAG.finditer(text):
            yield Candidate(*tag.span(), Kind.HANDLE, 0.8, "rule:handle")
    if "u/" in text:
        for user in _REDDIT_USER.finditer(text):
            yield Candidate(*user.span(), Kind.HANDLE, 0.8, "rule:handle")


def find_coordinates(said: Said) -> Iterator[Candidate]:
    """Pairs of degrees, written in any of the usual ways, and codes that stand for a place."""
    text = said.text
    if said.has_digit and _POINTED.search(text):
        for match in _DECIMALS.finditer(text):
            numbers = re.findall(r"\d+\.\d+", match.group())
            is_precise = all(len(number.split(".")[1]) >= 4 for number in numbers)
            if _LIST_BEFORE.search(text, max(0, match.start() - 4), match.start()):
                continue
            is_named = _COORD_WORD.search(text, max(0, match.start() - 60), match.start()) is not None
            if is_named or (is_precise and "," in match.group() and any(float(number) >= 1 for number in numbers)):
                yield Candidate(*match.span(), Kind.COORD, 0.85, "rule:coord")
        for match in _LATITUDE.finditer(text):
            yield Candidate(*match.span(1), Kind.COORD, 0.85, "rule:coord-cue")
        for match in _GEO_URI.finditer(text):
            start = match.start() + (0 if match.group().startswith("geo") else 1)
            yield Candidate(start, match.end(), Kind.COORD, 0.9, "rule:coord")
        for match in _HEMISPHERE.finditer(text) if "°" in text else ():
            yield Candidate(*match.span(), Kind.COORD, 0.85, "rule:coord")
    if said.has_digit and ("°" in text or "º" in text or " deg" in said.lower):
        for match in _SEXAGESIMAL.finditer(text):
            yield Candidate(*match.span(), Kind.COORD, 0.85, "rule:coord")
    if "+" in text:
        for match in _PLUS_CODE.finditer(text):
            if any(char.isdigit() for char in match.group()) and any(char.isalpha() for char in match.group()):
                yield Candidate(*match.span(), Kind.COORD, 0.8, "rule:coord-code")
    if "///" in text:
        for match in _THREE_WORDS.finditer(text):
            yield Candidate(*match.span(), Kind.COORD, 0.8, "rule:coord-code")
