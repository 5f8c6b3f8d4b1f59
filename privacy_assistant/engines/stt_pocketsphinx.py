"""The spare recogniser: pocketsphinx, with the model of American English that is in its wheel.

It searches along the sentences that the skills understand, which it knows well, and along any row of the sounds of
English. Where the sentence is nearly as likely as the sounds alone, that was it; else its general language model is
asked, in which every second word is wrong when people speak freely (tests/bench/bench_stt.py has the figures). The
measure is that of key phrases: the logarithm of the ratio of both likelihoods, for each frame of speech.
"""

from __future__ import annotations

import importlib.util
import math
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Recording, Transcript
from privacy_assistant.core.speech_gate import why_unheard
from privacy_assistant.core.spoken_commands import as_written, spoken_commands
from privacy_assistant.core.word_graph import WordGraph
from privacy_assistant.engines.hearable import at_heard_rate, loudest_dbfs
from privacy_assistant.errors import EngineFailed, EngineMissing

NAME = "pocketsphinx (spare)"

_COMMANDS = "commands"
_SOUNDS = "sounds"
_GENERAL = "general"
_PHONES = (
    *(
        "AA",
        "AE",
        "AH",
        "AO",
        "AW",
        "AY",
        "B",
        "CH",
        "D",
        "DH",
        "EH",
        "ER",
        "EY",
        "F",
        "G",
        "HH",
        "IH",
        "IY",
        "JH",
        "K",
    ),
    *("L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH"),
)
"""Of the model's dictionary; each is made a word of its own."""
_MODEL = "en-us"
_FILES = ("cmudict-en-us.dict", "en-us.lm.bin", "en-us/mdef", "en-us/means")
_LONGEST_S = 20.0
"""No sentence of a skill is longer; what is goes to the language model at once."""
_PIECE_S = 30.0
_PATH = "path"
_BREATH = 12
_SCALE = 1024
"""Scores of a path that is walked back lie shifted by ten bits (`SENSCR_SHIFT`)."""
_BOUNDS = {"maxhmmpf": 2_500, "maxwpf": 20}
"""What the language model's search follows at once: 0.21 of real time instead of 0.40, and 0.24 for noise instead of
0.96 or more, at 0.45 words wrong instead of 0.44 (18 clips of people, 282 words)."""

_Way = tuple[int, int, float] | tuple[int, int, float, str]
"""From, to, how likely, and the word on it where there is one."""

_NAME_WORDS = re.compile(r"[a-z][a-z']*(?: [a-z][a-z']*){0,3}")
_VARIANT = re.compile(r"\(\d+\)$")
_LEAST_SCORE = -700.0

FITS = -1.25
"""Nats for each frame of speech from which on a sentence of the skills is taken for what was said."""

_SENTENCE = ((FITS, 0.55), (-0.4, 0.8), (0.4, 0.92))
"""How well a sentence fits, and how often it then was the one that was said: 0.85 to 0.97 from `FITS` on when 151
sentences of the grammar were spoken by synthetic voices; less is claimed, for people."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search came to: its words, the natural logarithm of their likelihood, how many frames of 10 ms they last,
    and the sum of their posterior chances."""

    text: str = field(repr=False)
    score: float
    frames: int
    posteriors: float


class PocketsphinxTranscriber:
    """Implements `ports.sound.Transcriber`. It knows English, whatever the language that is asked for.

    `grammar` gives the sentences, with these names in them. Everything is loaded by `warm` or the first `transcribe`.
    """

    def __init__(self, *, grammar: Callable[[Iterable[str]], WordGraph] = spoken_commands) -> None:
        self._grammar = grammar
        self._decoders: dict[str, Any] = {}
        self._names: tuple[str, ...] | None = None
        self._graph: WordGraph | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Says that it is the spare one."""
        return NAME

    def warm(self) -> None:
        """Load the models and the grammar, and listen to nothing. Raises EngineMissing, EngineFailed."""
        with self._lock:
            self._load(())
            for search in (_COMMANDS, _SOUNDS, _GENERAL):
                self._search(search, _breathing(bytes(16_000)))

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """What was said, in lower case and without marks. Names whose words are in the dictionary can stand where a
        timer, a list or a person is named. Raises EngineMissing, EngineFailed."""
        if why := why_unheard(loudest_dbfs(sound)):
            return Transcript("", 0.0, NAME, "en", why)
        heard = at_heard_rate(sound)
        pcm = _breathing(heard.pcm)
        with self._lock:
            self._load(hints)
            if heard.seconds <= _LONGEST_S:
                found = self._search(_COMMANDS, pcm)
                # Where no sentence could be followed to its end, what it came to is the beginning of one.
                if self._graph is not None and self._graph.says(found.text):
                    fit = (found.score - self._search(_SOUNDS, pcm).score) / found.frames
                    if fit >= FITS:
                        return Transcript(as_written(found.text), _height(_SENTENCE, fit), NAME, "en")
            return self._freely(pcm)

    def close(self) -> None:
        """Let go of the models, after what is under way."""
        with self._lock:
            self._decoders, self._is_closed = {}, True

    def _freely(self, pcm: bytes) -> Transcript:
        """By the language model. The mean posterior of the words is the share of them that is right: of 67 clips of
        people, in fifths by it, those of 0.18, 0.30, 0.43, 0.55 and 0.77 had 0.20, 0.26, 0.38, 0.56 and 0.77 right."""
        step = 2 * round(HEARD_HZ * _PIECE_S)
        found = [self._search(_GENERAL, pcm[at : at + step]) for at in range(0, len(pcm), step)]
        found = [each for each in found if each.text]
        if not found:
            return Transcript("", 0.0, NAME, "en", "noise")
        words = sum(len(each.text.split()) for each in found)
        share = sum(each.posteriors for each in found) / max(1, words)
        return Transcript(" ".join(each.text for each in found), round(min(1.0, share), 4), NAME, "en")

    # ------------------------------------------------------------ the decoder

    def _load(self, hints: Sequence[str]) -> None:
        if self._is_closed:
            raise EngineFailed("the recogniser is closed")
        if not self._decoders:
            self._decoders = _decoders()
        names = tuple(sorted({name for hint in hints if (name := self._speakable(hint))}))
        if names == self._names:
            return
        graph = self._grammar(names)
        last = len(graph.states)
        ways: list[_Way] = []
        for number, (may_end, behind) in enumerate(graph.states):
            # Each way out is as likely as the others.
            share = 1.0 / max(1, len(behind) + may_end)
            ways += [(number, after, share, word) for word, after in sorted(behind) if self._knows(word)]
            ways += [(number, last, share)] if may_end else []
        try:
            _follow(self._decoders[_COMMANDS], ways, last)
        except (RuntimeError, ValueError, KeyError) as error:
            self._decoders, self._names = {}, None
            raise EngineFailed(f"the grammar of the recogniser is refused: {type(error).__name__}") from None
        self._names, self._graph = names, graph

    def _speakable(self, hint: str) -> str:
        """A name in lower case, "" where the dictionary lacks a word of it."""
        name = " ".join(hint.lower().replace("’", "'").split())
        is_known = _NAME_WORDS.fullmatch(name) is not None and all(map(self._knows, name.split()))
        return name if is_known else ""

    def _knows(self, word: str) -> bool:
        return self._decoders[_COMMANDS].lookup_word(word) is not None

    def _search(self, name: str, pcm: bytes) -> _Found:
        try:
            decoder = self._decoders[name]
            # What it believes of the room's noise goes from one recording to the next otherwise.
            decoder.reinit_feat()
            decoder.start_utt()
            decoder.process_raw(pcm, False, True)
            decoder.end_utt()
            hypothesis = decoder.hyp()
            if hypothesis is None or not hypothesis.hypstr:
                return _Found("", _LEAST_SCORE, 1, 0.0)
            parts = list(decoder.seg())
            said = [part for part in parts if part.word[0] not in "<[+("]
            return _Found(
                " ".join(_VARIANT.sub("", part.word) for part in said),
                # Pauses count: what one search takes for a pause is a word to the other.
                sum(_log(part.ascore) for part in parts) * _SCALE,
                max(1, sum(part.end_frame - part.start_frame + 1 for part in said)),
                sum(part.prob for part in said),
            )
        except (RuntimeError, KeyError) as error:
            raise EngineFailed(f"the recogniser stopped: {type(error).__name__}", hint="start again") from None


def _decoders() -> dict[str, Any]:
    """One for each search; each has the same model of how English sounds."""
    place = _place()
    sounds, words = str(place / "en-us"), str(place / "cmudict-en-us.dict")
    # Scores are told against the best sound of each frame: with all sounds considered, that is one scale for both.
    # The mean that is taken off is that of this very recording, so that the same sound gives the same words.
    shared = {"hmm": sounds, "cmn": "batch", "loglevel": "FATAL"}
    # No lattice is made of what was considered: of all rows of sounds it takes fifteen times as long as the search.
    one_scale = {**shared, "lm": None, "compallsen": True, "bestpath": False}
    try:
        import pocketsphinx  # type: ignore[import-untyped]  # it carries no types

        # Its messages go to the terminal of whoever runs this, and name files only.
        pocketsphinx.set_loglevel("FATAL")
        made = {
            _COMMANDS: pocketsphinx.Decoder(dict=words, **one_scale),
            _SOUNDS: pocketsphinx.Decoder(dict=None, **one_scale),
            _GENERAL: pocketsphinx.Decoder(dict=words, lm=str(place / "en-us.lm.bin"), **_BOUNDS, **shared),
        }
        for phone in _PHONES:
            made[_SOUNDS].add_word(_sound(phone), phone, phone == _PHONES[-1])
        share = 1.0 / (len(_PHONES) + 1)
        _follow(made[_SOUNDS], [*((0, 0, share, _sound(phone)) for phone in _PHONES), (0, 1, share)], 1)
        return made
    except ImportError:
        raise EngineMissing("the spare recogniser needs pocketsphinx", hint="pip install pocketsphinx") from None
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        raise EngineFailed(
            f"the spare recogniser cannot be loaded: {type(error).__name__}",
            hint="install it again: pip install --force-reinstall pocketsphinx",
        ) from None


def _follow(decoder: Any, ways: Sequence[_Way], last: int) -> None:
    """Let a decoder follow these ways from state 0 to the last one."""
    decoder.add_fsg(_PATH, decoder.create_fsg(_PATH, 0, last, ways))
    decoder.activate_search(_PATH)


def _sound(phone: str) -> str:
    """The word that is one sound: no word of anybody's."""
    return f"_{phone.lower()}_"


def _place() -> Path:
    """The folder of the model. Looking for the spec of a top-level package does not import it."""
    spec = importlib.util.find_spec("pocketsphinx")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        place = Path(folder, "model", _MODEL)
        if all((place / file).is_file() for file in _FILES):
            return place
    raise EngineMissing(
        "the spare recogniser or its model is missing",
        hint="install it again: pip install --force-reinstall pocketsphinx",
    )


def _breathing(pcm: bytes) -> bytes:
    """The same over a little noise, -73 dB below full scale: digital silence is like no sound that the model knows, and
    shifts the mean that it takes from every frame."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.int32)
    noise = np.random.default_rng(0).integers(-_BREATH, _BREATH, len(samples), endpoint=True)
    return bytes(np.clip(samples + noise, -32768, 32767).astype("<i2").tobytes())


def _log(share: float) -> float:
    return math.log(share) if share > 0 else _LEAST_SCORE


def _height(corners: Sequence[tuple[float, float]], at: float) -> float:
    """The height of a line through these corners, level outside of them."""
    before = corners[0]
    for corner in corners:
        if at <= corner[0]:
            width = corner[0] - before[0]
            part = (at - before[0]) / width if width > 0 else 0.0
            return round(before[1] + (corner[1] - before[1]) * max(0.0, part), 4)
        before = corner
    return corners[-1][1]
