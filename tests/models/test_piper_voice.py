"""What the voice of the package is made from; building it again is slow and compares every byte."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from models.piper_voice.alphabet import ID, NEAR, PAIRS, SILENCE, SYMBOLS, phone_number, phones
from models.piper_voice.texts import texts
from privacy_assistant.engines.silence import silence

ROOT = Path(__file__).parents[2]


def test_the_alphabet_is_pipers() -> None:
    """The same ids for the same symbols, since a voice says them by number."""
    silence()
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    theirs = {symbol: ids[0] for symbol, ids in DEFAULT_PHONEME_ID_MAP.items() if len(symbol) == 1}
    assert theirs == ID
    assert len(SYMBOLS) == len(set(SYMBOLS))


@pytest.mark.parametrize(
    ("ipa", "expected"),
    [
        ("həlˈoʊ", ["h", "ə", "l", "oʊ"]),
        ("tʃˈiːz", ["tʃ", "iː", "z"]),
        ("ˈaɪ", ["aɪ"]),
        ("bˈʌʔn̩", ["b", "ʌ", "ʔ", "n"]),
        ("", []),
    ],
)
def test_ipa_becomes_phones(ipa: str, expected: list[str]) -> None:
    """Diphthongs and long vowels are one, marks of stress and syllables none."""
    assert phones(ipa) == expected


def test_every_symbol_that_is_replaced_leads_to_a_phone() -> None:
    """However many steps it takes, and without a circle."""
    numbers = {name: at for at, name in enumerate([SILENCE, *sorted({*NEAR.values(), *PAIRS} - {*NEAR})])}
    assert all(phone_number(symbol, numbers) > 0 for symbol in NEAR)
    assert phone_number("😀", numbers) == -1


def test_the_texts_are_drawn_from_a_seed() -> None:
    """The same ones each time, and others from another seed."""
    first = list(texts(random.Random(1), 50))
    assert first == list(texts(random.Random(1), 50))
    assert first != list(texts(random.Random(2), 50))
    assert all(len(text.split()) == 8 for text in first)


@pytest.mark.slow
def test_building_it_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """With the interpreter that `make voice` sets up; half a minute."""
    python = ROOT / "build" / "voice" / "bin" / "python"
    if not python.exists():
        pytest.skip("make voice sets up what builds it")
    done = subprocess.run(
        [python, "-m", "models.piper_voice.build", "--out", tmp_path, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "the shipped voice" in done.stdout.splitlines()
    assert done.returncode == 0
