"""Written text to text that can be spoken: without markup, addresses, emojis and signs; English in words.

A URL is never spoken, only that there is one and to whom it leads. In other languages than English the numbers are
left to espeak-ng, which reads them by the rules of the voice's language, and only markup and signs go.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from privacy_assistant.core.speakable_numbers import read_numbers
from privacy_assistant.core.speakable_words import AFTER_A_NAME, ALWAYS, BEFORE_A_NAME, DAYS, HIDDEN

_LINK_WORDS: dict[str, tuple[str, str, str, str]] = {
    "en": ("a link to", "a link", " dot ", " at "),
    "de": ("ein Link zu", "ein Link", " Punkt ", " ät "),
    "fr": ("un lien vers", "un lien", " point ", " arobase "),
    "es": ("un enlace a", "un enlace", " punto ", " arroba "),
    "it": ("un link a", "un link", " punto ", " chiocciola "),
    "nl": ("een link naar", "een link", " punt ", " apenstaartje "),
    "pt": ("um link para", "um link", " ponto ", " arroba "),
}
_CODE_LEFT_OUT = {
    "en": "Code, not read aloud.",
    "de": "Code, nicht vorgelesen.",
    "fr": "Du code, non lu.",
    "es": "Código, no leído.",
    "it": "Codice, non letto.",
    "nl": "Code, niet voorgelezen.",
    "pt": "Código, não lido.",
}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
_RULE_LINE = re.compile(r"[ \t]*(?:(?:[-*_=][ \t]*){3,}|[|:\- \t]*\|[|:\- \t]*|[`~]{3,}.*)[ \t]*")
_HEADING_END = re.compile(r"[ \t]+#+[ \t]*$")
_LINE_MARK = re.compile(r"[ \t]*(?:(?:>[ \t]?)+|#{1,6}[ \t]+|[-*+•‣◦][ \t]+(?:\[[ xX]\][ \t]+)?)")
_NUMBERED = re.compile(r"[ \t]*(\d{1,3})[.)][ \t]+")
_IMAGE = re.compile(r"!\[([^\]\n]{0,200})\]\([^)\s]{0,2000}(?:\s+\"[^\"\n]{0,200}\")?\)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\](?:\([^)\s]{0,2000}(?:\s+\"[^\"\n]{0,200}\")?\)|\[[^\]\n]{0,60}\])")
_HALF_LINK = re.compile(r"\]\([^)\s]{0,2000}\)?")
_FOOTNOTE = re.compile(r"\[\^?\d{1,3}\](?!\()")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>|<!--.{0,500}?-->", re.DOTALL)
_AUTOLINK = re.compile(r"<((?:https?|mailto|ftp):[^<>\s]{1,2000})>", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"⟦\s*([A-Za-z]{2,12})?[^⟧\n]{0,60}⟧?|⟧")
_EMAIL = re.compile(r"(?:mailto:)?(?<![\w.+-])([\w.+-]{1,64})@((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})\b", re.IGNORECASE)
_URL = re.compile(
    r"(?<![\w@])(?:[a-z][a-z0-9+.-]{1,15}://[^\s<>\"'`]+"
    r"|www\.[^\s<>\"'`]+"
    r"|(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?::\d{1,5})?/[^\s<>\"'`]*)",
    re.IGNORECASE,
)
_SCRIPTS = re.compile(r"(?:data|javascript|blob):[^\s<>\"'`]+", re.IGNORECASE)
_AFTER_URL = ".,;:!?)]}*_…"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", re.IGNORECASE | re.ASCII)
_LONGEST_HOST = 60
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~|>$])")
_MATH = (
    (re.compile(r"\\(?:frac|dfrac|tfrac)\s*\{([^{}]{1,60})\}\s*\{([^{}]{1,60})\}"), r" \1 over \2 "),
    (re.compile(r"\\sqrt\s*\{([^{}]{1,60})\}"), r" the square root of \1 "),
    (re.compile(r"\\(?:text|mathrm|mathbf)\s*\{([^{}]{1,60})\}"), r"\1"),
    (re.compile(r"\\(?:times|cdot)\b"), " × "),
    (re.compile(r"\\(?:leq|le)\b"), " ≤ "),
    (re.compile(r"\\(?:geq|ge)\b"), " ≥ "),
    (re.compile(r"\\(?:approx)\b"), " ≈ "),
    (re.compile(r"\\(?:pi)\b"), " π "),
    (re.compile(r"\\[()\[\]]|\$\$"), " "),
    (re.compile(r"(?<=\w) ?\*\* ?(?=\d)"), "^"),
)
_EMPHASIS = re.compile(r"\*{2,3}|_{2,3}|~~|`+|(?<![\w*])[*_](?=[^\s*_])|(?<=[^\s*_])[*_](?![\w*])")
_DASH = re.compile(r"\s*[—―]\s*|\s+[–-]{1,2}\s+(?!\d)")
_ELLIPSIS = re.compile(r"(?:\.{3,}|…)(?=\s*\S)")
_ARROW = re.compile(r"\s*(?:->|=>|[←→↔⇒⇐⇔➜➡])\s*")
_PICTURES = re.compile(
    "[\U0001f000-\U0001faff\U0001fb00-\U0001fbff\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2500-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\ufe0e\ufe0f\u20e3\U000e0000-\U000e007f\ue000-\uf8ff©®™•‣◦†‡¶]"
)
_MARKS = re.compile(r"[\s,;:]*,[\s,;:]*(?=[,;:.!?])|\s+(?=[,;:!?](?:\s|$))|\s+(?=\.(?:\s|$))")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'"})


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ALWAYS = re.compile(rf"(?<![\w.])({_any_of(ALWAYS)})(?!\w)", re.ASCII)
_BEFORE_A_NAME = re.compile(rf"(?<!\w)({_any_of(BEFORE_A_NAME)})\s+(?=[^\W\d_a-z])")
_AFTER_A_NAME = re.compile(rf"(?<=[a-z]) ({_any_of(AFTER_A_NAME)})(?![\w])(?! [A-Z])")
_DAYS = re.compile(rf"(?<!\w)({_any_of(DAYS)})(?=,? (?:\d|[A-Z][a-z]+\.? \d)|,)")
_INITIAL = re.compile(r"(?<![\w.])((?:[A-Z]\. ?)+)(?=[A-Z][a-z])")
_HASHTAG = re.compile(r"(?<!\w)#(?=[A-Za-z])")
_SLASH = re.compile(r"(?<=[A-Za-z])/(?=[A-Za-z])")


def speakable(text: str, language: str = "en") -> str:
    """What to say of a piece of an answer; "" where nothing of it can be said."""
    base = language.split("-")[0].lower()
    lines = [_line(line) for line in _CONTROL.sub("", text.replace("\t", " ")).split("\n")]
    text = " ".join(line for line in lines if line)
    if not text:
        return ""
    text = _without_markup(text, base)
    if base == "en":
        text = _english(text, day_first=language.lower() not in ("en", "en-us", "en-ca"))
    text = _PICTURES.sub(" ", text)
    text = _MARKS.sub("", re.sub(r"\s+", " ", text)).strip(" ,;:")
    return text if any(map(_is_said, text)) else ""


def code_left_out(language: str) -> str:
    """What is said in place of a block of code."""
    return _CODE_LEFT_OUT.get(language.split("-")[0].lower(), "")


def _is_said(char: str) -> bool:
    return char.isalnum() or char in "%€$£¥°&+=√∞±" or unicodedata.category(char) == "Sm"


def _line(line: str) -> str:
    """One line without the marks of headings, lists, quotes and tables."""
    if _RULE_LINE.fullmatch(line):
        return ""
    if mark := _LINE_MARK.match(line):
        line = line[mark.end() :]
    elif mark := _NUMBERED.match(line):
        line = f"{mark[1]}, {line[mark.end() :]}"
    stripped = _HEADING_END.sub("", line).strip()
    if stripped.startswith("|"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", stripped.strip("|"))]
        stripped = ", ".join(cell for cell in cells if cell)
    return stripped


def _without_markup(text: str, language: str) -> str:
    to_host, link, dot, at = _LINK_WORDS.get(language, ("", "", " ", " "))
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub(" ", text)
    text = _FOOTNOTE.sub("", text)
    text = html.unescape(text)
    text = _PLACEHOLDER.sub(lambda m: _hidden(m[1] or "", language), text)
    text = _URL.sub(lambda m: _said_url(m[0], to_host, link, dot), text)
    text = _EMAIL.sub(lambda m: f"{m[1].replace('.', dot)}{at}{m[2].replace('.', dot)}", text)
    text = _SCRIPTS.sub(link, text)
    text = _HALF_LINK.sub("", text).replace("://", " ")
    for pattern, words in _MATH if language == "en" else ():
        text = pattern.sub(words, text)
    text = _ESCAPE.sub(r"\1", text)
    text = _EMPHASIS.sub("", text)
    text = text.translate(_QUOTES)
    text = _ARROW.sub(", ", text)
    text = _ELLIPSIS.sub(", ", text)
    return _DASH.sub(", ", text)


def _hidden(kind: str, language: str) -> str:
    if language != "en" or not kind:
        return " "
    word = HIDDEN.get(kind.upper())
    return f"a hidden {word}" if word else "something hidden"


def _said_url(url: str, to_host: str, link: str, dot: str) -> str:
    """ "a link to example dot org", with the marks that stand after it; nothing of its path."""
    bare = url.rstrip(_AFTER_URL)
    behind = url[len(bare) :].replace("*", "").replace("_", "")
    try:
        host = urlsplit(bare if "://" in bare else f"//{bare}").hostname or ""
    except ValueError:
        host = ""
    host = host.removeprefix("www.")
    if not to_host or not _HOST.fullmatch(host) or len(host) > _LONGEST_HOST or "." not in host:
        return link + behind
    return f"{to_host} {host.replace('.', dot).replace('-', ' ')}{behind}"


def _english(text: str, *, day_first: bool) -> str:
    text = _HASHTAG.sub("hashtag ", text)
    text = _ALWAYS.sub(_always, text)
    text = _BEFORE_A_NAME.sub(lambda m: f"{BEFORE_A_NAME[m[1]]} ", text)
    text = _AFTER_A_NAME.sub(lambda m: f" {AFTER_A_NAME[m[1]]}", text)
    text = _DAYS.sub(lambda m: DAYS[m[1]], text)
    text = _INITIAL.sub(lambda m: m[1].replace(".", "").strip() + " ", text)
    text = read_numbers(text, day_first=day_first)
    return _SLASH.sub(" ", text)


def _always(found: re.Match[str]) -> str:
    """The word, with the full stop that an abbreviation at the end of a sentence shares with it."""
    word = ALWAYS[found[1]]
    is_last = not found.string[found.end() :].strip("\"') ")
    return f"{word}." if found[1].endswith(".") and is_last and not word.endswith(".") else word
