"""Credentials: keys by their documented forms, by the name beside them or by their randomness; passwords by a cue.

The forms are those documented by their issuers and collected by gitleaks (`config/gitleaks.toml`) and detect-secrets
(`detect_secrets/plugins`), written anew.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import checksums
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.words import words

# What a key begins with, and what follows. Lengths are lower bounds: issuers lengthen their keys now and then.
FORMS: dict[str, str] = {
    "AKIA": r"[A-Z0-9]{16}", "ASIA": r"[A-Z0-9]{16}", "ABIA": r"[A-Z0-9]{16}", "ACCA": r"[A-Z0-9]{16}",  # AWS
    "A3T": r"[A-Z0-9]{17}", "AGPA": r"[A-Z0-9]{16}", "AIDA": r"[A-Z0-9]{16}", "AROA": r"[A-Z0-9]{16}",
    "ABSK": r"[A-Za-z0-9+/]{80,}={0,2}",  # Amazon Bedrock
    "amzn.mws.": r"[0-9a-f-]{36}",
    "AIza": r"[\w-]{35}", "ya29.": r"[\w.-]{20,}", "GOCSPX-": r"[\w-]{20,}",  # Google
    "ghp_": r"[A-Za-z0-9]{30,}", "gho_": r"[A-Za-z0-9]{30,}", "ghu_": r"[A-Za-z0-9]{30,}",  # GitHub
    "ghs_": r"[A-Za-z0-9]{30,}", "ghr_": r"[A-Za-z0-9]{30,}", "github_pat_": r"\w{30,}",
    "glpat-": r"[\w.-]{20,}", "gldt-": r"[\w-]{20,}", "glrt-": r"[\w.-]{20,}", "glptt-": r"[0-9a-f]{40}",  # GitLab
    "glcbt-": r"[\w-]{20,}", "glsoat-": r"[\w-]{20,}", "glft-": r"[\w-]{20,}",
    "sk-": r"(?:proj-|svcacct-|admin-|None-|or-v1-|ant-(?:api|admin|sid)\d\d-|lf-)?[\w-]{20,}",  # OpenAI, Anthropic …
    "sess-": r"[A-Za-z0-9]{40}",
    "sk_live_": r"[A-Za-z0-9]{10,}", "sk_test_": r"[A-Za-z0-9]{10,}", "rk_live_": r"[A-Za-z0-9]{10,}",  # Stripe
    "rk_test_": r"[A-Za-z0-9]{10,}", "pk_live_": r"[A-Za-z0-9]{10,}", "whsec_": r"[A-Za-z0-9+/=]{24,}",
    "xoxb-": r"[\w-]{10,}", "xoxp-": r"[\w-]{10,}", "xoxa-": r"[\w-]{10,}", "xoxr-": r"[\w-]{10,}",  # Slack
    "xoxs-": r"[\w-]{10,}", "xoxe": r"[.-][\w.-]{10,}", "xapp-": r"\d-[A-Z0-9]{6,}-\d+-[a-z0-9]{16,}",
    "hooks.slack.com/": r"(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,}",
    "discord.com/api/webhooks/": r"\d{10,}/[\w-]{30,}", "discordapp.com/api/webhooks/": r"\d{10,}/[\w-]{30,}",
    "webhook.office.com/": r"webhookb2/[\w@/-]{40,}",
    "hf_": r"[A-Za-z0-9]{30,}", "api_org_": r"[A-Za-z]{30,}",  # Hugging Face
    "gsk_": r"[A-Za-z0-9]{30,}", "pplx-": r"[A-Za-z0-9]{40,}", "xai-": r"[A-Za-z0-9]{60,}", "r8_": r"[A-Za-z0-9]{30,}",
    "npm_": r"[A-Za-z0-9]{30,}", "pypi-": r"[\w-]{50,}", "rubygems_": r"[a-f0-9]{48}", "dckr_pat_": r"[\w-]{20,}",
    "dop_v1_": r"[a-f0-9]{64}", "doo_v1_": r"[a-f0-9]{64}", "dor_v1_": r"[a-f0-9]{64}",  # DigitalOcean
    "dapi": r"[a-f0-9]{32}(?:-\d)?",  # Databricks
    "SG.": r"[\w-]{16,}\.[\w-]{30,}", "key-": r"[a-f0-9]{32}", "SK": r"[a-f0-9]{32}",  # mail, Twilio
    "AC": r"[a-f0-9]{32}",
    "shpat_": r"[a-fA-F0-9]{32}", "shpss_": r"[a-fA-F0-9]{32}", "shpca_": r"[a-fA-F0-9]{32}",
    "shppa_": r"[a-fA-F0-9]{32}",
    "sq0atp-": r"[\w-]{22}", "sq0csp-": r"[\w-]{40,}", "EAAA": r"[\w-]{60}", "access_token$": r"production\$[\w$]{30,}",
    "lin_api_": r"[A-Za-z0-9]{40}", "secret_": r"[A-Za-z0-9]{40,}", "ntn_": r"[A-Za-z0-9]{40,}",
    "pat": r"[A-Za-z0-9]{14}\.[a-f0-9]{64}",
    "figd_": r"[\w-]{40,}", "PMAK-": r"[a-f0-9]{24}-[a-f0-9]{34}", "NRAK-": r"[A-Z0-9]{27}", "NRII-": r"[\w-]{32}",
    "glsa_": r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", "glc_": r"[A-Za-z0-9+/]{32,}={0,2}",
    "dt0c01.": r"[A-Z0-9]{24}\.[A-Z0-9]{64}",
    "hvs.": r"[\w-]{24,}", "hvb.": r"[\w-]{100,}", "sntrys_": r"[\w+/=.-]{40,}", "sntryu_": r"[a-f0-9]{64}",
    "tskey-": r"[\w-]{20,}", "pul-": r"[a-f0-9]{40}", "atlasv1.": r"[\w=-]{60,}", "ATATT3": r"[\w=-]{60,}",
    "ATCTT3": r"[\w=-]{60,}",
    "CCIPAT_": r"\w{30,}", "bkua_": r"[a-z0-9]{40}", "fio-u-": r"[\w=-]{60,}", "fo1_": r"[\w-]{40,}",
    "FlyV1 ": r"fm\d[\w+/=,-]{50,}",
    "sbp_": r"[a-f0-9]{40}", "pscale_tkn_": r"[\w=.-]{32,}", "pscale_pw_": r"[\w=.-]{32,}", "phc_": r"[A-Za-z0-9]{40,}",
    "phx_": r"[A-Za-z0-9]{40,}", "AGE-SECRET-KEY-1": r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    "age-secret-key-1": r"[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}", "xprv": r"[1-9A-HJ-NP-Za-km-z]{100,}",
    "eyJ": r"[\w-]{8,}\.eyJ?[\w-]{8,}(?:\.[\w-]*)?", "sha256~": r"[\w-]{43}", "p8e-": r"[\w-]{32}",
    "T3BlbkFJ": r"[\w-]{20,}",
}  # fmt: skip
_PREFIXED = Pattern(r"(?<![A-Za-z0-9])(?:" + "|".join(sorted(map(re.escape, FORMS), key=len, reverse=True)) + ")")
_AZURE = Pattern(r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=([\w+/%=-]{40,})")
_TELEGRAM = Pattern(r"(?<!\d)\d{8,10}:AA[\w-]{32,34}(?![\w-])")
_PEM = Pattern(r"-----BEGIN (?:[A-Z0-9 ]{0,24})PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = Pattern(r"-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = Pattern(r"(?:\s|\\[nr]|[A-Za-z0-9+/=:,-])*")
_SEED = Pattern(
    r"(?i)\b(?:seed|recovery|mnemonic|backup|wallet) (?:phrase|words|seed)\b[^\n:]{0,24}?(?::| is | are )\s*"
)
_SEED_WORDS = Pattern(r"(?:[a-z]{3,8}[ ,\n]{1,3}){11,23}[a-z]{3,8}\b", re.IGNORECASE)

_NAMED = Pattern(
    r"(?i)(?:api|access|secret|private|auth|client|session|encryption|signing|master|consumer|refresh|bearer"
    r"|service|app|account"
    r"|aws|azure|github|gitlab|slack|stripe|openai|webhook|license|storage|shared|deploy|bot)?[_ .-]?"
    r"(?:api[_ -]?key|apikey|key[_ -]?id|secret|token|credential|key|bearer|authorization|cookie|session[_ -]?id|jwt)s?"
    r"[\"'`\])]{0,2}\s{0,3}(?:is|was|:=|=>|=|:|,)?\s{0,3}(?:bearer |basic |token )?[\"'`(\[]{0,2}"
    r"(?=([\w+/=.~:%-]{16,512}))"
)
_NAME_STEMS = ("key", "secret", "token", "credential", "bearer", "authorization", "cookie", "session", "jwt")
_RANDOM = Pattern(r"(?<![\w/+.%-])[A-Za-z0-9_+/-]{28,}(?![\w+/-])={0,2}")
_USERINFO = Pattern(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,64}:([^\s/@]{1,128})@")

_PASSWORD_CUE = Pattern(
    r"(?i)(?<![a-z0-9])(?:pass[ _-]?(?:word|code|phrase|wd)s?|passwd|pwd|psw|pw|kennwort|passwort|mot de passe|mdp"
    r"|contrase(?:ñ|n)a|clave(?! pública)|senha|palavra[- ]passe"
    r"|parola d.ordine|wachtwoord|geheimcode|losungswort|l[oö]senord|parola|has[lł]o)"
    r"(?:(?: (?:for|of|to|für|de|pour|del?)(?: [^\W\d_]{1,24}){1,4}?)?[\"'`*\])]{0,3}"
    r"(?:\s{0,3}(?::=|=>|=|:)\s{0,3}"
    r"|\s(?:is|was|are|will be|ist|est|es|è|é|lautet)(?: now| still| just| currently)?[:\s]\s{0,2})"
    r"|(?:['’]s|[\"'`*\])]{0,3})\s{1,3}(?:to\s|as\s)?)(?=\S)"
)
_PASSWORD_STEMS = (
    "pass", "pw", "psw", "kennwort", "mot de", "mdp", "contrase", "clave", "senha", "palavra", "parola", "wachtwoord",
    "geheimcode", "losungswort", "senord", "haslo", "hasło",
)  # fmt: skip
_QUOTED = Pattern(r"\"([^\"\n]{1,128})\"|'([^'\n]{1,128})'|`([^`\n]{1,128})`|“([^”\n]{1,128})”|«([^»\n]{1,128})»")
_VALUE = Pattern(r"[^\s\"'`“”«»,;<>⟦⟧]{1,128}")
_PIN_CUE = Pattern(
    r"(?i)\b(?:pin|cvv2?|cvc2?|csc|security code|passcode|otp|tan|one[- ]time (?:code|password|passcode|pin)|2fa code"
    r"|(?:verification|access|login|auth\w*|sms|unlock|door|alarm|gate|garage|safe|confirmation) code|geheimzahl"
    r"|code (?:pin|secret|confidentiel)|código (?:pin|secreto)|codice (?:pin|segreto)|pincode"
    r"|(?:code|numbers?|digits) on the (?:back|reverse)(?: of (?:it|the card|my card))?|pr[uü]fziffer"
    r"|kartenprüfnummer|cryptogramme)"
    r"(?: (?:code|number|for (?:\w{1,24} ){1,4}?))?\s?(?:is|was|are|ist|lautet|est|es|è|é|:|="
    r"|-)?\s{0,2}(?=(\d(?:[ -]?\d){2,9})(?![^\W_]))"
)
_NO_PASSWORD = words(
    "incorrect wrong not too required expired invalid missing needed empty unknown forgotten lost protected "
    "correct weak strong stolen "
    "compromised changed reset secure insecure safe set being been stored saved hashed encrypted hidden visible "
    "case long short "
    "longer shorter shown sent typed used reused and or but the a an my your his her our their this that it its "
    "is are was were be "
    "to for in on at of with by from as if when where why how what which who so very really also only still no "
    "none null nil true "
    "false optional mandatory field fields manager managers generator policy policies hash hashes hashing reset "
    "resets recovery "
    "length strength requirements should must can could would will may might does do did has have had always "
    "never i you he she we "
    "they here there please manually automatically all any some something anything one two everything again "
    "already often don't "
    "doesn't isn't won't page button form screen prompt box authentication box. same different easy hard good "
    "bad better best like "
    "about after before because since until into via just now required. lately today yesterday every "
    "kannst könnte könntest du es mir ihn und aber oder bitte nicht mehr zu sehr noch wie was warum "
    "et mais ou pas très trop peux pouvez vous me le la les de du pour comment "
    "y pero o no muy puedes el los por para cómo que e ma non troppo puoi come per di "
    "en maar niet te kun kan je het voor hoe mas não muito podes pode como "
    "abgelaufen falsch weg vergessen zurückgesetzt geändert sicher unsicher expiré oublié incorrecta incorrecto "
    "caducada demasiado sbagliata sbagliato scaduta troppo verlopen fout vergeten incorreta errada expirou "
    "string str password passwords username user admin's"
)
_MOST_WORDS = 6
_LEAST_ENTROPY = 3.0
_LEAST_RANDOM = 4.0
_LEAST_RANDOM_LENGTH = 28


@cache
def _form(prefix: str) -> Pattern:
    return Pattern(FORMS[prefix])


def find(said: Said) -> Iterator[Candidate]:
    """Keys and passwords of one view."""
    text = said.text
    yield from _by_form(text)
    yield from _by_block(text)
    yield from _by_name(said)
    if said.longest >= _LEAST_RANDOM_LENGTH:
        yield from _by_randomness(text)
    yield from find_passwords(said)


def _by_form(text: str) -> Iterator[Candidate]:
    for prefix in _PREFIXED.finditer(text):
        rest = _form(prefix.group()).match(text, prefix.end())
        if rest and _looks_random(prefix.group(), rest.group()):
            yield Candidate(prefix.start(), rest.end(), Kind.KEY, 1.0, "rule:key")
    for pattern, group in ((_AZURE, 1), (_TELEGRAM, 0)):
        for match in pattern.finditer(text):
            yield Candidate(match.start(group), match.end(group), Kind.KEY, 1.0, "rule:key")


def _looks_random(prefix: str, rest: str) -> bool:
    """Guards the short and wordy prefixes ("sk-learn-…", "secret_…") against names made of words."""
    if prefix in ("sk-", "key-", "hf_", "pat", "EAAA", "api_org_", "secret_", "dapi", "SK", "AC", "A3T", "T3BlbkFJ"):
        # One key in some thousand has no digit; capitals all over one long word are no name either.
        is_jumbled = rest.isalpha() and len(rest) >= 20 and 4 <= sum(map(str.isupper, rest)) <= len(rest) - 4
        return (is_jumbled or any(char.isdigit() for char in rest)) and checksums.entropy(rest) >= _LEAST_ENTROPY
    return len(set(rest)) > 4


def _by_block(text: str) -> Iterator[Candidate]:
    ends = [(end.start(), end.end()) for end in _PEM_END.finditer(text)]
    begins = [(begin.start(), begin.end()) for begin in _PEM.finditer(text)]
    for number, (start, begun) in enumerate(begins):
        limit = begins[number + 1][0] if number + 1 < len(begins) else len(text)
        at = bisect_left(ends, (begun, 0))
        if at < len(ends) and ends[at][0] < limit:
            stop = ends[at][1]
        else:  # cut off: everything that can be part of it
            body = _PEM_BODY.match(text, begun, limit)
            stop = body.end() if body else begun
        yield Candidate(start, stop, Kind.KEY, 1.0, "rule:key-block")
    for cue in _SEED.finditer(text):
        words = _SEED_WORDS.match(text, cue.end())
        if words:
            yield Candidate(words.start(), words.end(), Kind.KEY, 0.95, "rule:seed-phrase")


def _by_name(said: Said) -> Iterator[Candidate]:
    text = said.text
    has_stem = any(stem in said.lower for stem in _NAME_STEMS) or said.is_odd
    for match in _NAMED.finditer(text) if has_stem else ():
        value = match.group(1).rstrip(".:,%-")
        has_digit = any(char.isdigit() for char in value)
        if has_digit and not value.startswith(("http", "//")) and checksums.entropy(value) >= _LEAST_ENTROPY:
            yield Candidate(match.start(1), match.start(1) + len(value), Kind.KEY, 0.85, "rule:key-named")
    for match in _USERINFO.finditer(text) if "://" in text else ():
        yield Candidate(match.start(1), match.end(1), Kind.PASSWORD, 1.0, "rule:password-url")


def _by_randomness(text: str) -> Iterator[Candidate]:
    for match in _RANDOM.finditer(text):
        value = match.group()
        body = value.strip("=_-/")
        if len(body) > 512 or body.count("/") > len(body) // 8:
            continue
        kinds = (any(c.islower() for c in body), any(c.isupper() for c in body), sum(c.isdigit() for c in body) >= 2)
        if all(kinds) and checksums.entropy(body) >= _LEAST_RANDOM and not _is_wordy(body):
            yield Candidate(match.start(), match.end(), Kind.KEY, 0.6, "rule:key-random")


def _is_wordy(body: str) -> bool:
    """Names in code and paths change between letters, digits and case seldom; random text at every second place."""
    changes = sum(_class(a) != _class(b) for a, b in pairwise(body))
    return changes < len(body) // 4


def _class(char: str) -> int:
    return 0 if char.islower() else 1 if char.isupper() else 2 if char.isdigit() else 3


def find_passwords(said_text: Said) -> Iterator[Candidate]:
    """Passwords, PINs and security codes that a cue names; in the spoken view too."""
    text = said_text.text
    has_stem = any(stem in said_text.lower for stem in _PASSWORD_STEMS) or said_text.is_odd
    for cue in _PASSWORD_CUE.finditer(text) if has_stem else ():
        quoted = _QUOTED.match(text, cue.end())
        if quoted:
            group = quoted.lastindex or 0
            yield Candidate(quoted.start(group), quoted.end(group), Kind.PASSWORD, 0.95, "rule:password-cue")
            continue
        value = _VALUE.match(text, cue.end())
        if not value:
            continue
        word = value.group().rstrip(".!?:)*_") or value.group()
        said = cue.group().rstrip()
        is_assigned = said[-1:] in ":=>" or said.lower().endswith(
            (" is", "'s", "’s", " was", " ist", " est", " es", " è", " é", " lautet")
        )
        is_plain = word.isalpha() and (word.islower() or word.istitle())
        if "phrase" in said.lower() and is_assigned:
            end = _clause_end(text, cue.end())
            if text.count(" ", cue.end(), end) >= 2:
                yield Candidate(cue.end(), end, Kind.PASSWORD, 0.9, "rule:password-cue")
                continue
        phrase = _phrase(text, cue.end()) if is_assigned and is_plain else None
        if phrase is not None:
            yield Candidate(cue.end(), phrase, Kind.PASSWORD, 0.9, "rule:password-cue")
            continue
        if word.lower().strip("*_'") in _NO_PASSWORD or not any(char.isalnum() for char in word):
            continue
        if not is_assigned and (is_plain or not any(char.isdigit() for char in word) or len(word) < 4):
            continue
        yield Candidate(cue.end(), cue.end() + len(word), Kind.PASSWORD, 0.9, "rule:password-cue")
    for cue in _PIN_CUE.finditer(text) if said_text.has_digit else ():
        yield Candidate(cue.start(1), cue.end(1), Kind.PASSWORD, 0.95, "rule:pin-cue")


def _phrase(text: str, start: int) -> int | None:
    """Where a password of several plain words ends ("open sesame", "correct horse battery staple"); None if it is one.

    All of the clause, where nothing in it is a word that a sentence about a password needs. Such a word may begin it
    where three others follow.
    """
    end = _clause_end(text, start)
    said = [word.strip("\"'*_:()").lower() for word in text[start:end].split()]
    is_one = not 2 <= len(said) <= _MOST_WORDS or any(word in _NO_PASSWORD or not word.isalnum() for word in said[1:])
    if is_one or (said[0] in _NO_PASSWORD and len(said) < 4):
        return None
    return start + len(text[start:end].rstrip(" )\"'"))


_CLAUSE_END = Pattern(r"[.,;!?\n]|\s(?:and|but|for|so)\s")


def _clause_end(text: str, start: int) -> int:
    stop = _CLAUSE_END.search(text, start, min(len(text), start + 120))
    return stop.start() if stop else min(len(text), start + 120)
