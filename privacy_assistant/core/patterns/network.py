"""Addresses of networks: e-mail (written, disguised, spoken), URL, IP, MAC."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.words import words

_LOCAL = Pattern(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}\Z")
_LOCAL_EDGE = "!#$%&'*/=?^`{|}~.-"
_QUOTED_LOCAL = Pattern(r'"[^"\n]{1,62}"\Z')
_DOMAIN = Pattern(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})(?![^\W_])", re.IGNORECASE
)
_ADDRESS_LITERAL = Pattern(r"\[\d{1,3}(?:\.\d{1,3}){3}\]|localhost\b")

_AT = Pattern(
    r"(?i)\s?[\[({<]\s?(?:at|@)\s?[\])}>]\s?|(?<=\w)\s{1,3}@\s{1,3}(?=\w)|(?<=\w)@\s{1,3}(?=\w)"
    r"|(?<=\w)\s{1,3}@(?=\w)|(?<=\w)\s{1,3}(?:at(?: sign)?|ät|klammeraffe|arobase|arroba|chiocciol(?:in)?a"
    r"|ap(?:en|e)staart(?:je)?)\s{1,3}(?=\w)"
)
_AT_WORDS = words(
    "at ät klammeraffe arobase arroba chiocciola chiocciolina apenstaart apenstaartje apestaart apestaartje"
)
_DOT_WORDS = words("dot punkt punto point ponto punt")
_DOT_SAID = "(?:dot|punkt|punto|point|ponto|punt)"
_DOT = rf"(?:\s?[\[({{<]\s?(?:dot|\.)\s?[\])}}>]\s?|\s{{1,3}}{_DOT_SAID}\s{{1,3}}|\.|\s{{1,3}}\.\s?)"
_DISGUISED_DOMAIN = Pattern(rf"(?i)(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?{_DOT}){{1,4}}(?:[a-z]{{2,24}})(?![^\W_])")
_MARK = (
    r"(?:dot|underscore|dash|hyphen|minus|plus|period|point|punkt|punto|ponto|punt|unterstrich|bindestrich"
    r"|tiret(?: du bas)?|gui[oó]n(?: bajo)?|trattino(?: basso)?|streepje|h[íi]fen|sublinhado)"
)
_SPOKEN_LOCAL = Pattern(
    rf"(?i)(?<![^\W_])(?:[\w.+-]{{1,64}}\s{_MARK}\s){{0,6}}(?:(?:[^\W_]\s){{1,30}})?[\w.+-]{{1,64}}\Z"
)
_MAIL_CUE = Pattern(
    r"(?i)\b(?:e-?mail|mail|email address|address|gmail|reach me|write to|send (?:it|this|that) to"
    r"|is)\b(?: (?:is|goes|address|at|to|on|me|him|her|us|it))*[:\s]+"
)
_TLD = words(
    "com org net edu gov mil int info biz io co ai app dev me tv uk de fr es it nl be ch at se no dk fi pl cz "
    "pt gr ie ru "
    "ua tr us ca mx br ar cl au nz in jp cn kr sg hk za eu"
)

_NO_WORD_TLD = frozenset({"com", "org", "net", "edu", "gov", "fr", "nl", "pt", "br", "ch", "uk", "eu", "info"})
"""Behind "point" and "punt" beside an English "at": "at this point in time" names no host in India."""

_URL = Pattern(
    r"(?i)\b(?:https?|ftps?|sftp|wss?|ssh|git|ldaps?|smb|file)://[^\s<>\"'`⟦⟧]{1,2048}"
    r"|(?<![\w@.])www\.[^\s<>\"'`⟦⟧]{2,2048}"
)
_URL_TAIL = ".,;:!?)]}*_~"
_HOST = Pattern(r"(?i)(?:[a-z]+://)?(?:[^@/\s]*@)?([^/:?#\s]+)")
_PROFILE = Pattern(
    r"(?i)(?<![\w@.-])(?:(?:www|m|[a-z]{2})\.)?(?:linkedin\.com/(?:in|pub)|github\.com|gitlab\.com|twitter\.com"
    r"|x\.com|facebook\.com|fb\.com"
    r"|instagram\.com|tiktok\.com|t\.me|wa\.me|reddit\.com/u(?:ser)?|medium\.com|youtube\.com/(?:c|user"
    r"|channel)|snapchat\.com/add"
    r"|pinterest\.com|threads\.net|bsky\.app/profile|xing\.com/profile|paypal\.me|venmo\.com|cash\.app"
    r"|onlyfans\.com|twitch\.tv)"
    r"/[@$]?[\w.%-]{2,64}"
)
_PUBLIC = words(
    "wikipedia.org wikimedia.org wiktionary.org python.org mozilla.org w3.org ietf.org rfc-editor.org "
    "stackoverflow.com "
    "stackexchange.com microsoft.com apple.com google.com bing.com duckduckgo.com openai.com debian.org "
    "ubuntu.org kernel.org "
    "gnu.org rust-lang.org docs.rs crates.io npmjs.com nodejs.org readthedocs.io arxiv.org nature.com bbc.co.uk "
    "bbc.com "
    "nytimes.com theguardian.com reuters.com imdb.com youtube.com amazon.com example.com example.org example.net "
    "localhost 127.0.0.1"
)

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = Pattern(rf"(?<![\d.])(?<!\d-){_OCTET}(?:(?:\.|\[\.\]|\(\.\)){_OCTET}){{3}}(?!\d|\.\d)")
_VERSION = Pattern(r"(?i)(?:\bv|version|release|firmware|build|python|node|section|chapter|§)\s?$")
_IPV6 = Pattern(
    r"(?i)(?<![\w:.])(?=[0-9a-f:]*:[0-9a-f]*:)[0-9a-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?:%\w{1,16})?(?![\w:])"
)
_NOBODY = frozenset({"127.0.0.1", "0.0.0.0", "255.255.255.255", "::1"})  # noqa: S104 - names no interface to bind
_MAC = Pattern(
    r"(?i)(?<![\w:-])(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}"
    r"|(?=[\d.]*[a-f])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w:-]|\.\w)"
)


def find(said: Said) -> Iterator[Candidate]:
    """E-mail addresses and URLs of one view."""
    text = said.text
    yield from _mails(text)
    if ("." in text or said.has_any(_DOT_WORDS)) and ("@" in text or said.has_any(_AT_WORDS)):
        yield from _disguised_mails(text)
    if "/" in text or "www." in said.lower:
        yield from _urls(text)


def _mails(text: str) -> Iterator[Candidate]:
    """From each @ outwards, so that no text without one costs anything."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1) or _ADDRESS_LITERAL.match(text, at + 1)
        if domain:
            before = text[max(0, at - 64) : at]
            local = _LOCAL.search(before) or _QUOTED_LOCAL.search(before)
            if local:
                name = local.group()
                name = name if name.startswith('"') else name.lstrip(_LOCAL_EDGE)
                if name:
                    yield Candidate(at - len(name), domain.end(), Kind.EMAIL, 1.0, "rule:email")
        at = text.find("@", at + 1)


def _disguised_mails(text: str) -> Iterator[Candidate]:
    """Those written as "john [at] example [dot] com", or said as "john dot smith at example dot com"."""
    for at in _AT.finditer(text):
        domain = _DISGUISED_DOMAIN.match(text, at.end())
        if not domain:
            continue
        is_bracketed = at.group().strip()[0] in "[({<"
        is_word = at.group().strip().lower() in ("at", "at sign")
        dot = re.search(rf"(?i)\b{_DOT_SAID}\b", domain.group())
        dots_are_plain = "." in domain.group() and dot is None
        last = re.split(r"[^\w]+", domain.group())[-1].lower()
        begin = max(0, at.start() - 200)
        before = text[begin : at.start()]
        local = _SPOKEN_LOCAL.search(before)
        if not local or (not is_bracketed and last not in _TLD):
            continue
        if is_word and dot is not None and dot.group().lower() in ("point", "punt") and last not in _NO_WORD_TLD:
            continue
        if is_word and dots_are_plain and not _has_mark_or_cue(before):
            continue
        start = begin + local.start()
        cue = max(_MAIL_CUE.finditer(before), key=lambda match: match.end(), default=None)
        if is_word and cue is not None and cue.end() < local.start() and len(before[cue.end() :].split()) <= 5:
            start = begin + cue.end()  # "my mail is john smith at …": both words are the name
        yield Candidate(start, domain.end(), Kind.EMAIL, 0.9, "rule:email-disguised")


def _has_mark_or_cue(before: str) -> bool:
    return bool(re.search(rf"(?i)\b(?:{_MARK}|e-?mail|mail)\b", before[-60:]))


def _urls(text: str) -> Iterator[Candidate]:
    for match in _URL.finditer(text):
        url = match.group().rstrip(_URL_TAIL)
        if url.endswith(("'s", "’s")):
            url = url[:-2]
        host = _HOST.match(url)
        name = host.group(1).lower() if host else ""
        is_public = any(name == public or name.endswith("." + public) for public in _PUBLIC)
        if len(name) > 2 and not is_public:
            yield Candidate(match.start(), match.start() + len(url), Kind.URL, 0.9, "rule:url")
    for match in _PROFILE.finditer(text):
        end = match.start() + len(match.group().rstrip("."))
        yield Candidate(match.start(), end, Kind.URL, 0.9, "rule:url-profile")


def find_numeric(text: str) -> Iterator[Candidate]:
    """MAC, IPv4 (also "192[.]0[.]2[.]1") and IPv6; not the loopback, and not four numbers called a version."""
    colons, dashes, dots = text.count(":"), text.count("-"), text.count(".")
    for match in _MAC.finditer(text) if colons > 4 or dashes > 4 or dots > 1 else ():
        yield Candidate(match.start(), match.end(), Kind.MAC, 1.0, "rule:mac")
    for match in _IPV4.finditer(text) if dots > 2 else ():
        if match.group() not in _NOBODY and not _VERSION.search(text[max(0, match.start() - 10) : match.start()]):
            yield Candidate(match.start(), match.end(), Kind.IP, 0.95, "rule:ip")
    for match in _IPV6.finditer(text) if colons > 1 else ():
        address = match.group()
        if address not in _NOBODY and _is_ipv6(address):
            yield Candidate(match.start(), match.end(), Kind.IP, 0.95, "rule:ip")


def _is_ipv6(address: str) -> bool:
    import ipaddress  # 3 ms that a text without such an address need not pay

    groups = [group for group in address.split(":") if group]
    if len(groups) < 3 and not (len(groups) == 2 and any(char.isdigit() for char in address) and len(groups[0]) == 4):
        return False
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True
