"""Make the voice: `python -m models.piper_voice.build [--out DIR]`. The same bytes every time."""

from __future__ import annotations

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path

import onnx

from models.piper_voice.alphabet import ID
from models.piper_voice.graph import CLASSES_OF_SYMBOLS, Tune, make_graph
from models.piper_voice.units import How, choose, record

NAME = "en_US-robot-low"
PLACE = Path(__file__).parents[2] / "privacy_assistant" / "engines" / "voices"


def description(how: How) -> dict[str, object]:
    """What stands beside the network, as Piper reads it."""
    return {
        "audio": {"sample_rate": how.rate_hz, "quality": "low"},
        "espeak": {"voice": how.voice},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": {symbol: [number] for symbol, number in ID.items()},
        "num_symbols": CLASSES_OF_SYMBOLS,
        "num_speakers": 1,
        "speaker_id_map": {},
        "piper_version": "1.0.0",
        "hop_length": 1,
        "language": {
            "code": "en_US",
            "family": "en",
            "region": "US",
            "name_native": "English",
            "name_english": "English",
            "country_english": "United States",
        },
        "dataset": "espeak-ng (synthetic, cut by script)",
        "licence": "GPL-3.0-or-later",
    }


def build(folder: Path, how: How, tune: Tune) -> list[Path]:
    """Both files of the voice, in this folder."""
    bank = record(how)
    chosen = choose(bank, how)
    print(
        f"{len(chosen.phones)} phones, {chosen.recorded} recorded units, {chosen.composed} composed; "
        f"{len(chosen.sound) / how.rate_hz:.1f} s of sound, {len(chosen.marks)} marks, period {bank.period}"
    )
    network, beside = folder / f"{NAME}.onnx", folder / f"{NAME}.onnx.json"
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(make_graph(chosen, bank.period, tune), network)
    beside.write_text(json.dumps(description(how), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return [network, beside]


def main() -> None:
    """Make it and print what it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PLACE)
    parser.add_argument("--check", action="store_true", help="compare with the shipped files, and change nothing there")
    given = parser.parse_args()
    if given.check and given.out == PLACE:
        parser.error("--check needs --out")
    is_same = True
    for file in build(given.out, How(), Tune()):
        print(sha256(file.read_bytes()).hexdigest(), file.stat().st_size, file.name)
        is_same = is_same and file.read_bytes() == (PLACE / file.name).read_bytes()
    if given.check:
        print("the shipped voice" if is_same else "NOT the shipped voice")
        sys.exit(not is_same)


if __name__ == "__main__":
    main()
