"""Does a stop end the sentence: abbreviations, initials, numbers, and what follows.

Every answer is YES, NO, or WAIT for more of the text, and more text never changes a YES or a NO.
"""

from __future__ import annotations

import re
from enum import Enum


class End(Enum):
    """Whether a sentence ends here."""

    YES = "yes"
    NO = "no"
    WAIT = "wait"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SMALL_WORDS: dict[str, frozenset[str]] = {
    "en": _words(
        "a about after all also am an and another any are as at be because been before being both but by can could did "
        "do does each either every few for from had has have having he her here his how however i if in into is it its "
        "just let many may me might more most must my neither no nor not now of off on one only onto or other our out "
        "over please shall she should since so some such than that the their them then there these they this those "
        "though through to under until up upon us very was we well were what when where whether which while who whom "
        "whose why will with within without would yes you your"
    ),
    "de": _words(
        "aber als also am an auch auf aus bei beim bis da dann das dass dein deine dem den der des die dies diese "
        "dieser dieses doch du durch ein eine einem einen einer eines er es für hat hier ich ihr ihre im in ist ja "
        "kann kein keine können man mein meine mit muss nach nicht noch nun nur ob oder sehr sein seine seit sich "
        "sie sind so und uns unser unter vom von vor war was weil wenn wer wie wir wird wo während zu zum "
        "zur zwischen über"
    ),
    "fr": _words(
        "ai au aussi aux avec car ce ces cet cette chez comme dans de des donc du elle elles en est et il ils je la "
        "le les leur leurs lui mais me mes mon ma ne non nos notre nous on ou où oui par pas pour quand que quel "
        "quelle qui sa sans se ses si son sont sous sur ta te tes ton tout très tu un une vers vos votre vous à"
    ),
    "es": _words(
        "a al aquí como con cuando de del desde donde e el ella ellos en entre era es esta este esto está están ha hay "
        "hasta la las le les lo los mi muy más ni no nos nuestro o para pero por porque que qué se según ser si sin "
        "sobre son su sus sí también te tu tus un una unos unas y ya yo"
    ),
    "it": _words(
        "a ad al alla alle anche che chi ci come con da dal dalla dei del della delle di dove e ed era gli ha i il in "
        "io la le lo loro ma mi mio molto ne nel nella no noi non o per perché più quando quel quella questa questo se "
        "si sia sono su sua sul sulla suo tra tu tuo un una uno voi è"
    ),
    "nl": _words(
        "aan als bij dan dat de deze die dit door dus een en er ge geen had haar hebben heeft hem het hier hij hoe hun "
        "ik in is ja je jouw kan maar me meer met mijn moet na naar niet nog nu of om omdat onder ons onze ook op over "
        "te tot u uit van veel voor waar wanneer want was wat we wel wie wij wordt ze zich zij zijn zo zonder"
    ),
    "pt": _words(
        "a ao aos aqui as até com como da das de do dos e ela ele eles em entre era esta este está eu foi há isso "
        "já lhe mais mas me meu minha muito na nas no nos nossa nosso não nem o os ou para pela pelo por porque "
        "quando que quem se sem ser seu seus sim sob sobre sua suas são também tem um uma você à é"
    ),
}
"""Words that begin a sentence when written large, and after which a voice that stops sounds broken."""

_NEVER = _words(
    "dr mr mrs ms mx messrs prof gen sen rep gov rev hon capt cmdr sgt lt col maj pres vs e.g i.e cf viz approx "
    "incl excl esp resp ca z.b d.h u.a bzw evtl ggf inkl vgl hr mio mrd mme mlle p.ex c.-à-d env sra srta dra uds ud "
    "p.ej sig dott avv ing dhr mevr bijv d.w.z o.a"
)
_BEFORE_A_NUMBER = _words(
    "no nos nr num núm fig figs eq eqs p pp pag pág blz vol vols ch chap sec art par ref op ver v c ext tel apt rm bd "
    "s n jan feb mar apr jun jul aug sep sept oct nov dec est"
)
_BEFORE_A_NAME = _words(
    "st mt ft inc ltd co corp jr sr bros ave blvd rd dept univ assn ph.d m.d b.a m.a b.sc m.sc d.c gmbh max min str"
)
_AT_THE_END = _words("etc a.m p.m usw ecc enz al")
_ORDINALS = frozenset({"de", "da", "nb", "nn", "no", "fi", "cs", "sk", "pl", "hu", "et", "lv", "sl", "hr", "sr", "is"})
"""Languages that write "the 3rd" as "3."."""

CLOSERS = "\"'”’»›)]}*_~`」』）】》〉"
_OPENERS = "\"'“‘«‹([{*_~`¿¡#>-—–"
_TOKEN = re.compile(r"[^\s]+$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]", re.UNICODE)
_NEXT_WORD = re.compile(rf"[\s{re.escape(_OPENERS)}]*([^\W_]+)(.?)", re.UNICODE | re.DOTALL)
_LONG_WORD = 5
"""An unknown word of so many letters before a stop is a word and no abbreviation."""


def small_words(language: str) -> frozenset[str]:
    """Of a language tag; none where the language is not known here."""
    return SMALL_WORDS.get(language.split("-")[0].lower(), frozenset())


def is_end(before: str, stop: str, closers: str, after: str, *, language: str, is_over: bool) -> End:
    """Whether a sentence ends at `stop` (one or more of ". ! ? …") with `closers` behind it.

    `before` is what stands before it, `after` what follows and begins with a space; `is_over` says that nothing more
    comes. WAIT only while `after` can still decide.
    """
    is_dotted = stop[-1] in ".…"
    if not is_dotted:
        return End.YES if not closers else _unless_small(after, is_over)
    if len(stop) > 1 or stop == "…":
        return _unless_small(after, is_over)
    found = _TOKEN.search(before)
    token = found[0].lstrip(_OPENERS) if found else ""
    # "c. 1900" is short for something, "Plan C." is not.
    word = token.lower() if len(token) > 1 or token.islower() else token
    if word in _NEVER:
        return End.YES if is_over and not after.strip() else End.NO
    if word in _BEFORE_A_NUMBER:
        return _at_a_starter(
            after, language, is_over, number=End.NO, other=End.YES if word in ("no", "s", "n", "v") else None
        )
    if word in _BEFORE_A_NAME or (_INITIALS.fullmatch(token) and word.lower() not in _AT_THE_END):
        return _at_a_starter(after, language, is_over)
    if token.isdecimal() and len(token) < 3 and language.split("-")[0] in _ORDINALS:
        return _at_a_starter(after, language, is_over)
    if word in _AT_THE_END:
        return _unless_small(after, is_over)
    if len(word) >= _LONG_WORD or word in small_words(language):
        return End.YES
    return _unless_small(after, is_over)


def _unless_small(after: str, is_over: bool) -> End:
    """A sentence goes on with a small letter."""
    rest = after.lstrip().lstrip(_OPENERS)
    if not rest:
        return End.YES if is_over else End.WAIT
    return End.NO if rest[0].islower() else End.YES


def _at_a_starter(after: str, language: str, is_over: bool, *, number: End = End.YES, other: End | None = None) -> End:
    """After "U.S." or "J." another name may follow: only a word that begins sentences is an end."""
    found = _NEXT_WORD.match(after)
    if found is None:
        if is_over:
            return End.YES
        return End.WAIT if not after.strip().lstrip(_OPENERS) else End.YES
    word, behind = found[1], found[2]
    if word[0].isdecimal():
        return number
    if word[0].islower():
        return End.NO
    if other is not None:
        return other
    if not behind and not is_over:
        return End.WAIT
    if len(word) == 1 and behind == ".":
        return End.NO
    return End.YES if word.lower() in small_words(language) else End.NO
