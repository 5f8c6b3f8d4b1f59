"""Writes the tables of `models/README.md` from `models/manifest.toml`: `python -m tests.models.manifest_tables`."""

from __future__ import annotations

from pathlib import Path

from privacy_assistant.core.model_card import Card, ModelRole, Tier, parse_manifest
from privacy_assistant.core.model_choice import SIZES, recommended

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "models" / "manifest.toml"
README = ROOT / "models" / "README.md"

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
TIERS = (Tier.SMALL, Tier.GOOD, Tier.BEST)

BEGIN, END = "<!-- written from manifest.toml: {} -->", "<!-- end -->"
_ROWS = (
    (ModelRole.STT, "en", "hears English"),
    (ModelRole.STT, "de", "hears other languages"),
    (ModelRole.LLM, "de", "answers"),
    (ModelRole.TURN, "de", "end of a turn"),
    (ModelRole.WAKE, "de", "wake word"),
    (ModelRole.PII, "en", "personal data, English"),
)


def cards() -> tuple[Card, ...]:
    """Those of the shipped manifest."""
    return parse_manifest(MANIFEST.read_text("utf-8"), MANIFEST.name)


def fitting(known: tuple[Card, ...]) -> str:
    """What is recommended, by role, tier and memory."""
    lines = ["| For | Tier | " + " | ".join(f"{size} GB" for size in SIZES) + " |", "|---" * (2 + len(SIZES)) + "|"]
    for role, language, what in _ROWS:
        names = {tier: [_name(recommended(known, role, tier, language, size)) for size in SIZES] for tier in TIERS}
        for number, tier in enumerate(TIERS):
            if number == 0 or names[tier] != names[TIERS[number - 1]]:
                lines.append(f"| {what} | {tier} | " + " | ".join(names[tier]) + " |")
    return "\n".join(lines)


def voices(known: tuple[Card, ...]) -> str:
    """The voices that are recommended, by language; the best from 8 GB on."""
    lines = ["| Language | " + " | ".join(TIERS) + " |", "|---" * (1 + len(TIERS)) + "|"]
    for language in LANGUAGES:
        found = [_name(recommended(known, ModelRole.TTS, tier, language, 8)) for tier in TIERS]
        lines.append(f"| {language} | " + " | ".join(found) + " |")
    return "\n".join(lines)


def everything(known: tuple[Card, ...]) -> str:
    """Each model with its download, memory, licence and what is known of its bytes beforehand."""
    lines = ["| Model | Role | Download | Memory | Licence | Digest known before |", "|---|---|---|---|---|---|"]
    for card in sorted(known, key=lambda one: (list(ModelRole).index(one.role), one.bytes or 2**60, one.name)):
        lines.append(
            f"| {card.name} | {card.role} | {_size(card.bytes)} | {_memory(card)} | {card.licence} | {digests(card)} |"
        )
    return "\n".join(lines)


def digests(card: Card) -> str:
    """Which digest every file of a card has."""
    needed = [file for file in card.files if not file.is_optional]
    if all(file.sha256 for file in needed):
        return "SHA-256"
    if all(file.sha256 or file.md5 for file in needed):
        return "SHA-256 or MD5" if any(file.sha256 for file in needed) else "MD5"
    return "of some files" if any(file.sha256 or file.md5 for file in needed) else "none"


def render(page: str) -> str:
    """The page with its tables as the manifest has them."""
    known = cards()
    for name, table in (("fitting", fitting), ("voices", voices), ("everything", everything)):
        before, mark, rest = page.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        if not mark or not end:
            raise ValueError(f"README.md has no place for the table {name}")
        page = f"{before}{mark}\n{table(known)}\n{end}{after}"
    return page


def _name(card: Card | None) -> str:
    return card.name if card else "–"


def _size(count: int) -> str:
    if not count:
        return "not known"
    return (
        f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB" if count < 1e7 else f"{count / 1e6:.0f} MB"
    )


def _memory(card: Card) -> str:
    return f"{card.memory_gb:g} GB" if card.memory_gb else "–"


if __name__ == "__main__":
    README.write_text(render(README.read_text("utf-8")), "utf-8")
