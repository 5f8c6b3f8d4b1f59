"""Piper's alphabet of sounds, and which of espeak-ng's phones stands for each of them."""

from __future__ import annotations

import re
import unicodedata

SYMBOLS = [
    *"_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyzæçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾ",
    *"ʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʲˈˌːˑ˞βθχᵻⱱ0123456789",
    *'\u0327\u0303\u032a\u032f\u0329ʰˤε↓#"↑\u033a\u033bgʦX\u031d\u030aɝʷ',
]
"""In the order of Piper's own table: the place of a symbol is its id."""

ID = {symbol: at for at, symbol in enumerate(SYMBOLS)}
assert (ID["a"], ID["ˈ"], ID["ː"], ID["ʷ"]) == (14, 120, 122, 160)

PAIRS = ["aɪ", "aʊ", "eɪ", "oʊ", "ɔɪ", "tʃ", "dʒ", *(f"{vowel}ː" for vowel in "iuɑɔɜoaeɛ")]
"""Code points that are one phone in the IPA of en-us."""

SILENCE = "SIL"
COMMAS = ",:;"
QUESTION = "?"
STOPS = "^$!."
"""What becomes a pause, in three kinds: the voice goes on, asks, or is done."""

UNVOICED = frozenset({"p", "t", "k", "f", "s", "ʃ", "θ", "h", "tʃ", "x", "ʔ", SILENCE})
PLOSIVES = frozenset({"p", "t", "k", "b", "d", "ɡ", "tʃ", "dʒ", "ɾ", "ʔ"})

_NEAREST = (
    "g=ɡ r=ɹ ʁ=ɹ ʀ=ɹ ɻ=ɹ ɽ=ɾ x=h χ=h ħ=h ɦ=h ç=ʃ ɕ=ʃ ʂ=ʃ ʑ=ʒ ʐ=ʒ ʝ=j ɟ=dʒ c=k q=k ɢ=ɡ ɣ=ɡ β=v ʋ=v ɸ=f ʍ=w ɥ=j ɰ=w "
    "ɫ=l ɭ=l ʎ=l ʟ=l ɬ=l ɮ=l ɱ=m ɲ=n ɳ=n ɴ=ŋ ʈ=t ɖ=d ɓ=b ɗ=d ɠ=ɡ y=uː ʏ=ʊ ø=ɜː œ=ɜː ɶ=æ ɨ=ᵻ ʉ=uː ɯ=uː ɤ=ʌ ɘ=ə ɵ=ə "
    "ɞ=ɜː ɝ=ɚ ε=ɛ ɒ=ɑː ɑ=ɑː ɜ=ɜː u=uː a=æ e=ɛ o=oʊ ʦ=s aː=ɑː eː=eɪ ɛː=ɛ oː=ɔː i=iː ɔ=ɔː X=h ʔ=t ᵻ=ɪ ɐ=ə"
)
NEAR = dict(re.findall(r"(\S+)=(\S+)", _NEAREST))
"""For sounds that the bank does not hold: the nearest one, of another language or a rarer symbol."""

_IGNORED = frozenset("ˈˌˑ˞ʲ")


def phones(ipa: str) -> list[str]:
    """espeak-ng's IPA as phones of the bank."""
    marks = [
        char for char in unicodedata.normalize("NFD", ipa) if not unicodedata.combining(char) and char not in _IGNORED
    ]
    out: list[str] = []
    at = 0
    while at < len(marks):
        pair = "".join(marks[at : at + 2])
        if pair in PAIRS:
            out.append(pair)
            at += 2
            continue
        if marks[at] != "ː":
            out.append(marks[at])
        at += 1
    return out


def phone_number(symbol: str, numbers: dict[str, int]) -> int:
    """The phone of the bank that is nearest to a symbol, -1 for none."""
    seen: set[str] = set()
    while symbol not in numbers and symbol in NEAR and symbol not in seen:
        seen.add(symbol)
        symbol = NEAR[symbol]
    if symbol in numbers:
        return numbers[symbol]
    return next((numbers[pair] for pair in PAIRS if pair[0] == symbol and pair in numbers), -1)
