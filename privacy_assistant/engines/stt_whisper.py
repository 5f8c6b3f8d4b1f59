"""Whisper by faster-whisper, from a directory on this machine and from nowhere else.

Greedy, at temperature 0 alone and without what was understood before: the ladder of temperatures makes how long it
takes unbounded, and an earlier text makes loops. The directory is looked at first (`whisper_files`), so that neither a
hub is asked for what is missing nor native code given what is broken.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Recording, Transcript
from privacy_assistant.core.speech_gate import Evidence, confidence, why_rejected, why_unheard
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.hearable import at_heard_rate, loudest_dbfs
from privacy_assistant.engines.silence import silence
from privacy_assistant.engines.whisper_files import check_whisper
from privacy_assistant.errors import EngineFailed, EngineMissing

MOST_HINT_TOKENS = 200
"""Of names and terms: half of what the network reads is for them at most, and a longer list makes it slower."""

_WINDOW_S = 29.0
"""A window is 30 s; a longer recording is cut where the network says that a phrase ends, which costs time marks."""

_LEAST_TOKENS, _TOKENS_PER_SECOND, _MOST_TOKENS = 24, 16, 224
"""Nobody says more; a loop ends there."""

_TAG = re.compile(r"[a-z]{2,3}")
_WARM_S = 0.6
_HINT = "try another model: set stt under [models] in config.toml"


class WhisperTranscriber:
    """Implements `ports.sound.Transcriber`.

    The files are looked at on construction, the network is loaded by `warm` or the first `transcribe`. `threads` are
    the cores it may use. Raises EngineMissing or EngineFailed.
    """

    def __init__(self, directory: Path, *, threads: int = 0) -> None:
        self._files = check_whisper(directory)
        self._threads = threads or physical_cores()
        self._model: Any = None
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the directory."""
        return f"whisper {self._files.directory.name}"

    def warm(self) -> None:
        """Load, and listen to a little noise. Raises EngineMissing, EngineFailed."""
        noise = np.random.default_rng(0).standard_normal(int(_WARM_S * HEARD_HZ)).astype(np.float32) * 0.003
        with self._lock:
            self._understood(noise, (), "en")

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """What was said; `rejected` where it is not worth asking, or the answer cannot be one.

        The language is that of the tag's first part where the network knows it, else what it takes it for. Raises
        EngineMissing, EngineFailed.
        """
        if why := why_unheard(loudest_dbfs(sound)):
            return Transcript("", 0.0, self.name, rejected=why)
        samples = np.frombuffer(at_heard_rate(sound).pcm, dtype="<i2").astype(np.float32) * np.float32(1 / 32768)
        with self._lock:
            segments, spoken = self._understood(samples, hints, language)
        return self._judged(segments, spoken)

    def close(self) -> None:
        """Let go of the network, after what is under way."""
        with self._lock:
            self._model, self._is_closed = None, True

    # ------------------------------------------------------------ the network

    def _loaded(self) -> Any:
        if self._is_closed:
            raise EngineFailed("the recogniser is closed")
        if self._model is None:
            silence()
            try:
                from faster_whisper import WhisperModel  # type: ignore[import-untyped]  # no types; half a second
            except ImportError:
                raise EngineMissing("the recogniser needs faster-whisper", hint="pip install faster-whisper") from None
            try:
                model = WhisperModel(
                    str(self._files.directory),
                    device="cpu",
                    compute_type="int8",
                    cpu_threads=self._threads,
                    local_files_only=True,
                )
            except Exception as error:  # noqa: BLE001 - CTranslate2 and tokenizers raise what they like, down to bare Exception
                raise EngineFailed(
                    f"the recogniser in {self._files.directory} cannot be loaded: {type(error).__name__}", hint=_HINT
                ) from None
            model.logger.disabled = True  # it tells of lengths and languages, which are nobody's business
            self._model = model
        return self._model

    def _understood(self, samples: Any, hints: Sequence[str], language: str) -> tuple[list[Any], str]:
        """The segments, and the language."""
        model = self._loaded()
        seconds = len(samples) / HEARD_HZ
        try:
            segments, info = model.transcribe(
                samples,
                language=_known(language, model.supported_languages),
                beam_size=1,
                temperature=0.0,
                condition_on_previous_text=False,
                without_timestamps=seconds <= _WINDOW_S,
                hotwords=self._hotwords(model, hints),
                max_new_tokens=min(_MOST_TOKENS, _LEAST_TOKENS + round(_TOKENS_PER_SECOND * min(seconds, 30.0))),
                # What an answer is worth is judged by `speech_gate`, once it is whole.
                no_speech_threshold=None,
                log_prob_threshold=None,
                compression_ratio_threshold=None,
            )
            return list(segments), info.language
        except Exception as error:  # noqa: BLE001 - native code raises what it likes; its words may hold content
            raise EngineFailed(f"the recogniser stopped: {type(error).__name__}", hint=_HINT) from None

    def _hotwords(self, model: Any, hints: Iterable[str]) -> str | None:
        """As many of the names, in their order, as there is room for."""
        if self._files.is_distilled:
            return None
        chosen: list[str] = []
        for hint in hints:
            more = ", ".join([*chosen, hint.strip()])
            if (
                hint.strip()
                and len(model.hf_tokenizer.encode(" " + more, add_special_tokens=False).ids) <= MOST_HINT_TOKENS
            ):
                chosen.append(hint.strip())
        return ", ".join(chosen) or None

    def _judged(self, segments: Sequence[Any], language: str) -> Transcript:
        """One transcript of the segments that can be believed, with the mean of their confidences by length."""
        texts: list[str] = []
        rejected = "silence"
        total = weight = 0.0
        for segment in segments:
            evidence = Evidence(segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio)
            why = why_rejected(segment.text, evidence)
            if why:
                rejected = why
                continue
            texts.append(segment.text.strip())
            total += confidence(evidence) * len(segment.tokens)
            weight += len(segment.tokens)
        if not texts:
            return Transcript("", 0.0, self.name, language, rejected)
        return Transcript(" ".join(texts), round(total / max(weight, 1.0), 4), self.name, language)


def _known(language: str, supported: Iterable[str]) -> str | None:
    """The first part of a tag where the network knows it, None to find out."""
    found = _TAG.match(language.lower())
    return found[0] if found is not None and found[0] in set(supported) else None
