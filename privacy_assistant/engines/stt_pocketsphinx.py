"""The spare recogniser: pocketsphinx, with the model of American English that is in its wheel.

It searches twice: along the sentences that the skills understand, which it knows well and at a twentieth of real time,
and only where the sound does not fit one of those by its general language model, in which every second word is wrong
when people speak freely. How well a sentence fits is its acoustic score for each frame of speech, which stands against
the best of all sounds that were considered (tests/bench/bench_stt.py has the figures).
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

from privacy_assistant.core.sound import Recording, Transcript
from privacy_assistant.core.speech_gate import why_unheard
from privacy_assistant.core.spoken_commands import as_written, spoken_commands
from privacy_assistant.core.word_graph import WordGraph
from privacy_assistant.engines.hearable import at_heard_rate, loudest_dbfs
from privacy_assistant.errors import EngineFailed, EngineMissing

NAME = "pocketsphinx (spare)"

_COMMANDS = "commands"
_GENERAL = "_default"
_MODEL = "en-us"
_FILES = ("cmudict-en-us.dict", "en-us.lm.bin", "en-us/mdef", "en-us/means")
_LONGEST_S = 20.0
"""No sentence of a skill is longer; what is goes to the language model at once."""
_PIECE_S = 30.0
_NAME_WORDS = re.compile(r"[a-z][a-z']*(?: [a-z][a-z']*){0,3}")
_VARIANT = re.compile(r"\(\d+\)$")
_LEAST_SCORE = -700.0

FITS = -7.5
"""Nats for each frame of speech from which on a sentence of the skills is taken for what was said."""

_SENTENCE = ((-12.0, 0.05), (FITS, 0.5), (-6.0, 0.75), (-5.0, 0.85), (-3.0, 0.95))
_FREE = ((-12.0, 0.02), (-4.0, 0.1), (-1.0, 0.3), (0.0, 0.5))


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search came to: its words, nats for each frame of speech, and the natural logarithm of its posterior."""

    text: str = field(repr=False)
    fit: float
    posterior: float


class PocketsphinxTranscriber:
    """Implements `ports.sound.Transcriber`. It knows English, whatever the language that is asked for.

    `grammar` gives the sentences, with these names in them. Everything is loaded by `warm` or the first `transcribe`.
    """

    def __init__(self, *, grammar: Callable[[Iterable[str]], WordGraph] = spoken_commands) -> None:
        self._grammar = grammar
        self._decoder: Any = None
        self._names: tuple[str, ...] | None = None
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
            for search in (_COMMANDS, _GENERAL):
                self._search(search, bytes(16_000))

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """What was said, in lower case and without marks. Names whose words are in the dictionary can stand where a
        timer, a list or a person is named. Raises EngineMissing, EngineFailed."""
        if why := why_unheard(loudest_dbfs(sound)):
            return Transcript("", 0.0, NAME, "en", why)
        heard = at_heard_rate(sound)
        with self._lock:
            self._load(hints)
            if heard.seconds <= _LONGEST_S:
                found = self._search(_COMMANDS, heard.pcm)
                if found.text and found.fit >= FITS:
                    return Transcript(as_written(found.text), _height(_SENTENCE, found.fit), NAME, "en")
            return self._freely(heard)

    def close(self) -> None:
        """Let go of the models, after what is under way."""
        with self._lock:
            self._decoder, self._is_closed = None, True

    def _freely(self, heard: Recording) -> Transcript:
        step = 2 * round(heard.rate_hz * _PIECE_S)
        found = [self._search(_GENERAL, heard.pcm[at : at + step]) for at in range(0, len(heard.pcm), step)]
        found = [each for each in found if each.text]
        if not found:
            return Transcript("", 0.0, NAME, "en", "noise")
        words = sum(len(each.text.split()) for each in found)
        posterior = sum(each.posterior for each in found) / words
        return Transcript(" ".join(each.text for each in found), _height(_FREE, posterior), NAME, "en")

    # ------------------------------------------------------------ the decoder

    def _load(self, hints: Sequence[str]) -> None:
        if self._is_closed:
            raise EngineFailed("the recogniser is closed")
        if self._decoder is None:
            self._decoder = _decoder()
        names = tuple(sorted({name for hint in hints if (name := self._speakable(hint))}))
        if names == self._names:
            return
        graph = self._grammar(names)
        last = len(graph.states)
        ways: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
        for number, (may_end, behind) in enumerate(graph.states):
            # Each way out is as likely as the others.
            share = 1.0 / max(1, len(behind) + may_end)
            ways += [(number, after, share, word) for word, after in sorted(behind) if self._knows(word)]
            ways += [(number, last, share)] if may_end else []
        try:
            if self._names is not None:
                self._decoder.remove_search(_COMMANDS)
            self._decoder.add_fsg(_COMMANDS, self._decoder.create_fsg(_COMMANDS, graph.start, last, ways))
        except (RuntimeError, ValueError, KeyError) as error:
            self._decoder, self._names = None, None
            raise EngineFailed(f"the grammar of the recogniser is refused: {type(error).__name__}") from None
        self._names = names

    def _speakable(self, hint: str) -> str:
        """A name in lower case, "" where the dictionary lacks a word of it."""
        name = " ".join(hint.lower().replace("’", "'").split())
        is_known = _NAME_WORDS.fullmatch(name) is not None and all(map(self._knows, name.split()))
        return name if is_known else ""

    def _knows(self, word: str) -> bool:
        return self._decoder.lookup_word(word) is not None

    def _search(self, name: str, pcm: bytes) -> _Found:
        try:
            self._decoder.activate_search(name)
            self._decoder.start_utt()
            self._decoder.process_raw(pcm, False, True)
            self._decoder.end_utt()
            hypothesis = self._decoder.hyp()
            if hypothesis is None or not hypothesis.hypstr:
                return _Found("", _LEAST_SCORE, _LEAST_SCORE)
            parts = [part for part in self._decoder.seg() if part.word[0] not in "<[+("]
            frames = sum(part.end_frame - part.start_frame + 1 for part in parts)
            score = sum(_log(part.ascore) for part in parts)
            words = " ".join(_VARIANT.sub("", part.word) for part in parts)
            return _Found(words, score / max(frames, 1), _log(hypothesis.prob))
        except (RuntimeError, KeyError) as error:
            raise EngineFailed(f"the recogniser stopped: {type(error).__name__}", hint="start again") from None


def _decoder() -> Any:
    place = _place()
    try:
        import pocketsphinx  # type: ignore[import-untyped]  # it carries no types

        # Its messages go to the terminal of whoever runs this, and name files only.
        pocketsphinx.set_loglevel("FATAL")
        return pocketsphinx.Decoder(
            hmm=str(place / "en-us"),
            dict=str(place / "cmudict-en-us.dict"),
            lm=str(place / "en-us.lm.bin"),
            loglevel="FATAL",
        )
    except ImportError:
        raise EngineMissing("the spare recogniser needs pocketsphinx", hint="pip install pocketsphinx") from None
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineFailed(
            f"the spare recogniser cannot be loaded: {type(error).__name__}",
            hint="install it again: pip install --force-reinstall pocketsphinx",
        ) from None


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
