"""What espeak-ng is given to read: small words and made-up ones, drawn from a seed; no word list is needed."""

from __future__ import annotations

import random
from collections.abc import Iterator


def _listed(words: str) -> list[str]:
    return words.split()


_SMALL = _listed(
    "the a an of to in for on with at by from is are was were be been has have had do does did will would can could "
    "this that these those there then they them their he she it his her we you your my our and or but not no yes if "
    "as so what when where who which why how all any some more most other into over under than out up down"
)
_ONSETS = [
    *_listed(
        "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl kr kw l m n p pl pr qu r s sc sch sh shr sk sl sm sn sp"
    ),
    *_listed("spl spr squ st str sw t th thr tr tw v w wh y z"),
    *("", ""),
]
_VOWELS = _listed("a e i o u ee ea oo ou ow ai ay oa oi oy ar er ir or ur air ear oor aw igh ie ew")
_CODAS = [
    *_listed(
        "b ck d ff g l ll m n ng nk p r sh ss st t th tch dge v x z lt nd nt mp ft ct ld lf lk lm lp rd rk rm rn rt"
    ),
    *_listed("sk sp ble tle ction tion ture sure ing ed es er ly y"),
]
_WORDS = 6000
_WORDS_IN_A_TEXT = 8
_SMALL_SHARE = 0.4


def texts(draw: random.Random, count: int) -> Iterator[str]:
    """So many texts of eight words; every onset, vowel and coda of English beside every other."""
    words = [word for word in (_made_up(draw) for _ in range(_WORDS)) if 1 < len(word) < 13]
    for _ in range(count):
        chosen = [
            draw.choice(_SMALL) if draw.random() < _SMALL_SHARE else draw.choice(words) for _ in range(_WORDS_IN_A_TEXT)
        ]
        yield " ".join(chosen) + draw.choice(".,?")


def _made_up(draw: random.Random) -> str:
    word = draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS)
    return word + (draw.choice(_VOWELS) + draw.choice(_CODAS) if draw.random() < 0.5 else "")
