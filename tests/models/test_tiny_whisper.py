"""The tiny Whisper that tests listen with: what it is made from, its digests, and that it understands its sentences."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from models.tiny_whisper import grammar, vocabulary
from models.tiny_whisper.grammar import Piece
from privacy_assistant.core.sound import Recording
from privacy_assistant.engines.silence import silence
from tests.engines.speech_of_our_own import UNDERSTOOD, VOICES, joined, quiet, say
from tests.skills.asking import ask_all

FIXTURE = Path(__file__).parents[1] / "engines" / "data" / "tiny_whisper"

AS_THE_ASSISTANT = {"beam_size": 1, "without_timestamps": True, "temperature": 0.0, "condition_on_previous_text": False}


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The shipped vocabulary."""
    return Tokenizer.from_file(str(FIXTURE / "tokenizer.json"))


@pytest.fixture(scope="module")
def model() -> Any:
    """The fixture in the real faster_whisper."""
    silence()
    from faster_whisper import WhisperModel  # type: ignore[import-untyped]  # it carries no types

    return WhisperModel(str(FIXTURE), device="cpu", compute_type="int8", cpu_threads=1)


def heard(model: Any, sound: Recording, **options: object) -> str:
    """All that is understood of a recording."""
    samples = np.frombuffer(sound.pcm, dtype="<i2").astype(np.float32) / 32768
    segments, _ = model.transcribe(samples, language="en", **{**AS_THE_ASSISTANT, **options})
    return "".join(segment.text for segment in segments).strip()


def test_every_file_has_the_digest_that_is_written_down() -> None:
    """Nobody changes the fixture without training it anew, and nothing else lies beside it."""
    lines = [line.split("  ") for line in (FIXTURE / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    found = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in FIXTURE.iterdir() if f.name != "SHA256SUMS"}
    assert found == {name: digest for digest, name in lines}
    assert {"model.bin", "config.json", "tokenizer.json", "vocabulary.json", "preprocessor_config.json"} <= found.keys()
    assert sum(f.stat().st_size for f in FIXTURE.iterdir()) < 3_000_000


def test_the_vocabulary_is_the_one_that_the_templates_give(tokenizer: Tokenizer) -> None:
    """Whoever adds a word to a template has to train again."""
    assert json.loads(vocabulary.build().to_str()) == json.loads(tokenizer.to_str())


def test_a_sentence_has_the_tokens_of_its_pieces(tokenizer: Tokenizer) -> None:
    """Pieces can be laid along the sound only so; and what is written comes back."""
    rng = random.Random(2)
    for _ in range(400):
        for pieces in (grammar.sentence(rng), grammar.salad(rng)):
            text = f" {grammar.written(pieces)}"
            numbers = tokenizer.encode(text).ids
            assert numbers == [number for piece in pieces for number in tokenizer.encode(piece.written).ids]
            assert tokenizer.decode(numbers) == text


def test_no_sentence_needs_what_faster_whisper_never_lets_out(tokenizer: Tokenizer) -> None:
    """It suppresses colons and brackets, so that clock times are written with points."""
    silence()
    from faster_whisper.tokenizer import Tokenizer as Whispers  # type: ignore[import-untyped]  # it carries no types

    suppressed = set(Whispers(tokenizer, False).non_speech_tokens)
    rng = random.Random(3)
    texts = [f" {grammar.written(grammar.sentence(rng))}" for _ in range(500)]
    assert suppressed
    assert not [text for text in texts if suppressed & set(tokenizer.encode(text).ids)]


def test_the_sentences_for_skills_are_answered_by_skills() -> None:
    """Digits, points in clock times and the per cent sign are what the skills read best."""
    rng = random.Random(4)
    silent = {"Take a note,", "How long is left", "How much time is left"}
    missed = []
    for template in grammar.templates("skills"):
        for _ in range(4):
            text = grammar.written(grammar.fill(template, rng))
            if ask_all(text) is None and not any(text.startswith(each) for each in silent):
                missed.append(text)
    assert missed == []


def test_a_part_is_a_beginning_without_a_mark_or_an_end_with_one() -> None:
    """So that nobody learns to put a full stop where somebody is only thinking."""
    pieces = tuple(Piece(f" {word}", word) for word in ("Set", "a", "timer", "for", "555", "minutes."))
    parts = {grammar.written(grammar.part(pieces, random.Random(seed))) for seed in range(60)}
    whole = grammar.written(pieces)
    assert {"Set a timer for", "minutes."} <= parts
    assert all(whole.startswith(each) != each.endswith(".") for each in parts)
    assert all(whole.endswith(each) for each in parts if each.endswith("."))


def test_a_template_with_an_unknown_slot_is_an_error() -> None:
    """A slip would otherwise be trained on."""
    with pytest.raises(ValueError, match="no slot"):
        grammar.fill(grammar.Template("Set a {tiemr}.", "", 1), random.Random(1))


@pytest.mark.parametrize("voice", sorted(VOICES))
def test_the_sentences_are_understood_in_every_voice(model: Any, voice: str) -> None:
    """Word for word, as faster_whisper gives them, marks included: what tests of the voice loop rely on."""
    # All of them in the voice as it is, and a share in each of the others, which is a matter of seconds.
    first = sorted(VOICES).index(voice)
    some = UNDERSTOOD if voice == "plain" else UNDERSTOOD[first :: 2 * len(VOICES)]
    wrong = {text: got for text in some if (got := heard(model, say(text, voice))) != text}
    assert wrong == {}


def test_four_in_five_of_any_sentences_are_understood(model: Any) -> None:
    """Drawn by a seed that nobody trained on; the card has the figures."""
    rng = random.Random("drawn for the test")
    wrong = []
    for _ in range(40):
        pieces = grammar.sentence(rng)
        got = heard(model, say(grammar.said(pieces), rng.choice(sorted(VOICES))))
        if got != grammar.written(pieces):
            wrong.append((grammar.written(pieces), got))
    assert len(wrong) <= 8, wrong


def test_a_pause_inside_a_sentence_does_not_change_its_words(model: Any) -> None:
    """Who thinks in the middle of it has said the same."""
    sound = joined(say("Set a timer for"), quiet(0.3), say("5 minutes."))
    assert heard(model, sound) == "Set a timer for 5 minutes."


def test_the_beginning_of_a_sentence_is_not_completed(model: Any) -> None:
    """What has not been said yet is not made up."""
    assert heard(model, say("Set a timer for")) == "Set a timer for"


@pytest.mark.parametrize("level", [0, 3, 30, 300, 3000])
def test_there_are_no_words_in_silence_and_noise(model: Any, level: int) -> None:
    """By faster_whisper's own limits, as it comes and as the assistant asks."""
    noise = np.random.default_rng(level).standard_normal(32_000) * level
    sound = Recording(np.clip(noise, -32768, 32767).astype("<i2").tobytes(), 16_000)
    assert heard(model, sound) == ""
    assert heard(model, sound, beam_size=5, without_timestamps=False) == ""
