"""How well the mean log-probability of an answer tells that it is wrong, with the embedded model.

    python -m tests.bench.calibrate_unsure [--answers FILE]

Asks the questions of known_answers.txt at temperature 0, with everything as the assistant asks, and calls an answer
right where it holds what a right one holds and nothing that shows it wrong. Prints, for pairs of thresholds (for
answers of fewer tokens than SHORT_TOKENS, and for the others), how many wrong answers would be called unsure and how
many right ones; for the questions in odd places, on which the pair was chosen, and for those in even places. The table
is in docs/decisions/0007. `--answers` keeps the answers as JSON lines, or reads them again.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from privacy_assistant.core.prompt import DEFAULT_SYSTEM
from privacy_assistant.core.reply_check import SHORT_TOKENS
from privacy_assistant.core.turn import Role
from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, Sampling

KNOWN = Path(__file__).with_name("known_answers.txt")
THRESHOLDS = tuple(
    (short, long) for short in (-0.6, -0.8, -0.9, -1.0, -1.1) for long in (-0.8, -0.9, -0.95, -1.0, -1.05, -1.1, -1.2)
)
MOST_TOKENS = 160


@dataclass(frozen=True, slots=True)
class Answered:
    """One question as the model answered it."""

    question: str
    answer: str
    is_right: bool
    tokens: int
    mean_logprob: float


@functools.cache
def known_answers() -> dict[str, tuple[re.Pattern[str], re.Pattern[str] | None]]:
    """By question, in the order of the file: what a right answer matches, and what shows one that is wrong."""
    known = {}
    for line in KNOWN.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            question, right, *wrong = line.split(" | ")
            patterns = [re.compile(pattern, re.IGNORECASE) for pattern in (right, *wrong)]
            known[question] = (patterns[0], patterns[1] if wrong else None)
    return known


def is_right(question: str, answer: str) -> bool:
    """As the file of known answers has it."""
    right, wrong = known_answers()[question]
    return bool(right.search(answer)) and not (wrong is not None and wrong.search(answer))


def ask_all(model: LlamaCppModel, asked: Iterable[str]) -> list[Answered]:
    """Each question by itself, as the first of a conversation."""
    answers = []
    for question in asked:
        messages = (ChatMessage(Role.SYSTEM, DEFAULT_SYSTEM), ChatMessage(Role.USER, question))
        items = list(model.generate(GenerationRequest(question, messages, Sampling(0.0, MOST_TOKENS))))
        text = "".join(item.text for item in items if not isinstance(item, Finished))
        end = items[-1]
        assert isinstance(end, Finished)
        mean = end.usage.mean_logprob
        answers.append(
            Answered(
                question, text, is_right(question, text), end.usage.completion_tokens, 0.0 if mean is None else mean
            )
        )
    return answers


def table(answers: Sequence[Answered]) -> list[str]:
    """One row for each pair of thresholds; precision and recall are those of "this answer is wrong"."""
    wrong, right = [a for a in answers if not a.is_right], [a for a in answers if a.is_right]
    rows = [f"{len(answers)} answers, {len(right)} right", "short   long  precision  recall  right called unsure"]
    for short, long in THRESHOLDS:
        hits, misses = (
            sum(a.mean_logprob < (short if a.tokens < SHORT_TOKENS else long) for a in group)
            for group in (wrong, right)
        )
        precision = f"{hits / (hits + misses):.2f}" if hits + misses else "-"
        rows.append(
            f"{short:5.2f}  {long:5.2f}  {precision:>9}  {hits / max(1, len(wrong)):6.2f}  {misses}/{len(right)}"
        )
    return rows


def main() -> None:
    """Ask, or read what was answered before, and print both halves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=Path)
    kept: Path | None = parser.parse_args().answers
    if kept is not None and kept.exists():
        answers = [Answered(**json.loads(line)) for line in kept.read_text("utf-8").splitlines()]
        answers = [replace(a, is_right=is_right(a.question, a.answer)) for a in answers]
    else:
        model = LlamaCppModel(find_llm())
        answers = ask_all(model, known_answers())
        model.close()
        if kept is not None:
            kept.write_text("".join(json.dumps(asdict(a), ensure_ascii=False) + "\n" for a in answers), "utf-8")
    for name, half in (("odd", answers[::2]), ("even", answers[1::2])):
        print(f"\n{name} places: " + "\n".join(table(half)))


if __name__ == "__main__":
    main()
