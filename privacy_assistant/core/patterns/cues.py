"""Words that say what a number beside them is."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property, lru_cache

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Said

_CUES: dict[Kind | None, str] = {
    Kind.CARD: r"(?:credit|debit|bank|payment|charge)[ -]?cards?|cards?|visa|master ?card|amex|american express|maestro"
    r"|discover card|diners|kreditkarte|kartennummer|carte (?:bancaire|bleue|de crédit)|tarjeta|carta di credito"
    r"|cartão|pan",
    Kind.PHONE: r"(?:tele|i|smart)?phones?|(?:my|his|her|our|their) (?:new |old |home |work )?number|tel"
    r"|cell(?:phone)?|mobile|fax|call|called|calling|dial|ring|text|sms"
    r"|whats ?app|signal|telegram|reach|contact|hotline|voicemail|telefon\w*|handy\w*|mobil\w*|téléphone|portable"
    r"|appelle\w*|teléfono|móvil|celular|llám\w+|telefono|cellulare|telefone|telefoon|rufnummer|anrufen|erreichbar|tél"
    r"|(?:mein|dein|sein|ihr)e (?:neue |alte |private )?nummer|(?:mon|ton|son|leur) (?:nouveau )?numéro"
    r"|(?:mi|tu|su) (?:nuevo )?número|(?:mio|tuo|suo) (?:nuovo )?numero|(?:mijn|zijn|haar) (?:nieuwe )?nummer"
    r"|(?:meu|teu|seu) (?:novo )?número|bel|bellen|chiama(?:mi|re)?|lig(?:a|ue|ar)(?: para)?|llama(?:r|me)?",
    Kind.SSN: r"ssn|social(?! (?:insurance|media|worker|network|care))(?: security)?(?: (?:number|no|num))?",
    Kind.IBAN: r"iban",
    Kind.ACCOUNT: r"(?:bank )?(?:account|acct|a/c)(?: (?:number|no|num))?|routing(?: (?:number|no))?|aba"
    r"|sort code|bsb|kontonummer|konto",
    Kind.PASSWORD: r"pin(?: ?codes?| ?numbers?)?|cvv2?|cvc2?|csc|security code|passcode|otp|one[- ]time (?:code"
    r"|password|passcode)"
    r"|(?:verification|access|login|auth\w*|2fa|sms) code|unlock code|door code|alarm code|geheimzahl",
    # What follows these is a number of another sort: nothing is guessed from its shape.
    None: r"order|invoice|ticket|case|issue|pull request|tracking|isbn|issn|ean|upc|sku|part|model|version"
    r"|build|port|rfc|section"
    r"|article|page|chapter|population|revenue|distance|timestamp|epoch|unix time|pi|seed|hash|commit"
    r"|error(?: code)?|status",
}  # fmt: skip
_CLAUSE_END = Pattern(r"[.!?;]\s+[A-Z\"'(]|\d{4,}|\n\s*\n")
_ATTACHED = Pattern(r"(?i)\s?(?:(?:no|number|num|nr|id|code)\b)?\.?\s?(?:is|was|of)?\s?[:#=]?\s?")
_IS_MY = Pattern(
    r"(?i)[ ,]{0,2}(?:(?:is|was|as|for|on) )?(?:(?:my|his|her|our|their|your|the|a|new|old|work|home) ){0,3}"
)
_BEFORE = 48
_AFTER = 28


@lru_cache(maxsize=1)
def _cue_pattern() -> tuple[Pattern, tuple[Kind | None, ...]]:
    kinds = tuple(_CUES)
    return Pattern("\\b(?:" + "|".join(f"({_CUES[kind]})" for kind in kinds) + ")\\b"), kinds


class Cues:
    """Where the cue words of a text stand; answers what a number is said to be."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _cues(self) -> list[tuple[int, int, Kind | None]]:
        pattern, kinds = _cue_pattern()
        return [
            (cue.start(), cue.end(), kinds[(cue.lastindex or 1) - 1])
            for cue in pattern.finditer(Said(self._text).searched)
        ]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _, _ in self._cues]

    def kind(self, start: int, end: int) -> tuple[bool, Kind | None]:
        """Whether a cue word belongs to start..end, and its kind. One before a number counts more than one after it."""
        at = bisect_left(self._starts, start)
        if at and start - self._cues[at - 1][1] <= _BEFORE:
            _, cue_end, kind = self._cues[at - 1]
            between = self._text[cue_end:start]
            if kind is None:
                if _ATTACHED.fullmatch(between):
                    return True, None
            elif not _CLAUSE_END.search(between):
                return True, kind
        if at < len(self._cues):
            cue_start, _, kind = self._cues[at]
            if kind is not None and cue_start - end <= _AFTER and _IS_MY.fullmatch(self._text, end, cue_start):
                return True, kind
        return False, None
