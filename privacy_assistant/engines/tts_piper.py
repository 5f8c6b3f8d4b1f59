"""Piper voices through onnxruntime: text to sound on this device.

Piper's package can fetch voices and dictionaries from a network; none of that code is called here, and a voice that
would need a dictionary of its own (Chinese, Japanese, Thai, Hebrew) is refused.

Piper makes a whole sentence at once and raises it to full scale, so the first sound comes when the first sentence is
done: a short first piece is what makes it quick. Frames are cut from that.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import Frame
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.silence import silence
from privacy_assistant.errors import EngineFailed, EngineMissing

if TYPE_CHECKING:
    from piper import PiperVoice

SLOWEST = 0.5
FASTEST = 2.0

LONGEST_PIECE = 400
"""Characters that are made at once at most; a longer run without a stop is cut at a space, or anywhere."""

LONGEST_FRAME_S = 0.1
"""Of sound in one frame, so that whoever plays it can stop soon."""

_SILENT = 0.01
"""Below this share of full scale nothing is heard; Piper's own output is full scale at its loudest."""
_BEFORE_SECONDS = 0.01
_AFTER_SECONDS = 0.05
_SMALL_BYTES = 10 * 1024 * 1024
"""Neural voices have twenty megabytes and more."""
_MOST_JSON_BYTES = 4 * 1024 * 1024
_ESPEAK_VOICE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,12}){0,4}", re.ASCII)
_UNSPOKEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+|\[\[|\]\]")
_BREAK = re.compile(r"(?<=[.!?;:,])\s+")

Samples = npt.NDArray[np.int16]


class PiperSpeaker:
    """Implements `ports.sound.Speaker` by one voice.

    `speed` is 0.5 to 2 times the voice's own pace; `speaker_id` chooses among the speakers of a voice that has
    several; `name` is what it is called where that is not the name of its file. The description beside the voice is
    read on construction, the network by `warm` or the first `speak`. Raises EngineMissing or EngineFailed.
    """

    def __init__(self, voice: Path, *, speed: float = 1.0, speaker_id: int | None = None, name: str = "") -> None:
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError("speed is 0.5 to 2")
        self._path = voice
        self._name = name or voice.stem
        self._config = _read_config(voice)
        if speaker_id is not None and not 0 <= speaker_id < self._config["num_speakers"]:
            raise EngineFailed(f"the voice {voice.stem} has no speaker {speaker_id}", hint=_count_hint(self._config))
        self._speed = speed
        self._speaker_id = speaker_id
        self._lock = threading.Lock()
        self._voice: PiperVoice | None = None

    @property
    def name(self) -> str:
        """The name that was given, else that of the voice's file."""
        return self._name

    @property
    def rate_hz(self) -> int:
        """Of its sound, as the voice was made."""
        return int(self._config["audio"]["sample_rate"])

    @property
    def language(self) -> str:
        """What it speaks, as a tag like "en-us": espeak-ng reads the text by these rules."""
        return str(self._config["espeak"]["voice"])

    def warm(self) -> None:
        """Load, and say something to nobody once."""
        for _ in self.speak("1, 2."):
            pass

    def speak(self, text: str) -> Iterator[Frame]:
        """The sound of a text, a sentence at a time, in frames of 100 ms at most; see `ports.sound.Speaker`.

        What lies below hearing is cut to 10 ms before the first sound and 50 ms after the last.
        """
        at = 0
        for samples in self.sentences(text):
            yield from frames_of(samples, self.rate_hz, at)
            at += len(samples)

    def sentences(self, text: str) -> Iterator[Samples]:
        """The same sound, as much at once as is made at once; none of it is empty."""
        voice = self._loaded()
        is_first = True
        held = np.zeros(0, dtype=np.int16)
        for piece in _pieces(text):
            for samples in self._made(voice, piece):
                first, last = _heard_part(samples, self.rate_hz)
                if is_first:
                    samples = samples[first:]
                    last -= first
                    is_first = False
                # The silence after a sentence is told of only when another one follows.
                joined = np.concatenate([held, samples[:last]]) if len(held) else samples[:last]
                held = samples[last:]
                if len(joined):
                    yield joined

    def close(self) -> None:
        """Let go of the network; the next `speak` loads it again."""
        with self._lock:
            self._voice = None

    # ------------------------------------------------------------ piper

    def _loaded(self) -> PiperVoice:
        with self._lock:
            if self._voice is None:
                self._voice = _load(self._path, self._config)
            return self._voice

    def _made(self, voice: PiperVoice, text: str) -> Iterator[Samples]:
        from piper import SynthesisConfig

        how = SynthesisConfig(speaker_id=self._speaker_id, length_scale=float(voice.config.length_scale) / self._speed)
        chunks = iter(voice.synthesize(text, how))
        while True:
            try:
                chunk = next(chunks, None)
                samples = None if chunk is None else np.atleast_1d(chunk.audio_int16_array)
            except Exception as error:  # noqa: BLE001 - onnxruntime and the bridge to espeak-ng raise their own, and the text may be in it
                raise EngineFailed(
                    f"the voice {self.name} stopped: {type(error).__name__}",
                    hint="set another voice under [models] tts",
                ) from None
            if samples is None:
                return
            if samples.ndim != 1:
                raise EngineFailed(f"the voice {self.name} does not give one channel", hint="set another voice")
            if len(samples):
                yield samples


def _load(path: Path, config: Mapping[str, Any]) -> PiperVoice:
    silence()
    try:
        import onnxruntime  # type: ignore[import-untyped]  # it carries no types
        import piper.phoneme_ids
        import piper.voice
        from piper import PiperConfig, PiperVoice
    except ImportError:
        raise EngineMissing("speaking needs piper-tts", hint="pip install piper-tts") from None
    except OSError:
        # piper asks for the working directory when it is imported, and there may be none any more.
        raise EngineFailed("the working directory is gone", hint="start again from another directory") from None
    # Both write what is said: at debug level the text, and a warning for each sound that a voice does not know.
    piper.voice._LOGGER.disabled = True
    piper.phoneme_ids._LOGGER.disabled = True
    options = onnxruntime.SessionOptions()
    # A small network is done before a second thread wakes.
    options.intra_op_num_threads = 1 if path.stat().st_size < _SMALL_BYTES else physical_cores()
    options.inter_op_num_threads = 1
    # Between two sentences nothing is to be waited for by turning round.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime raises its own classes, one per cause
        raise EngineFailed(
            f"the voice {path.name} is damaged or no voice: {type(error).__name__}",
            hint="get it again, both files of it",
        ) from None
    needed = {"input", "input_lengths", "scales"} | ({"sid"} if config["num_speakers"] > 1 else set())
    if {one.name for one in session.get_inputs()} != needed:
        raise EngineFailed(f"{path.name} is no Piper voice", hint="get a voice that was made for Piper")
    return PiperVoice(session=session, config=PiperConfig.from_dict(dict(config)))


# ---------------------------------------------------------------- text and sound in pieces


def _pieces(text: str) -> Iterator[str]:
    """A text without what is no text, in pieces of a length that can be made at once; none without a word.

    "[[" is Piper's mark for sounds written out, which nobody says here.
    """
    rest = _UNSPOKEN.sub(" ", text.encode("utf-8", "ignore").decode("utf-8")).strip()
    while rest:
        piece = rest
        if len(rest) > LONGEST_PIECE:
            window = rest[:LONGEST_PIECE]
            stops = [match.end() for match in _BREAK.finditer(window)]
            cut = stops[-1] if stops and stops[-1] > LONGEST_PIECE // 4 else window.rfind(" ") + 1
            piece = rest[: cut or LONGEST_PIECE]
        rest = rest[len(piece) :].lstrip()
        if any(char.isalnum() for char in piece):
            yield piece.strip()


def _heard_part(samples: Samples, rate_hz: int) -> tuple[int, int]:
    """From where to where a sentence is heard, with a little before and after; all of it where nothing is."""
    limit = int(_SILENT * 32767)
    loud = (samples > limit) | (samples < -limit)
    begin = int(loud.argmax())
    if not loud[begin]:
        return 0, len(samples)
    end = len(samples) - int(loud[::-1].argmax())
    return max(0, begin - int(_BEFORE_SECONDS * rate_hz)), min(len(samples), end + int(_AFTER_SECONDS * rate_hz))


def frames_of(samples: Samples, rate_hz: int, at: int) -> Iterator[Frame]:
    """Sound in frames of LONGEST_FRAME_S at most, on a clock on which it begins at sample `at`."""
    step = int(LONGEST_FRAME_S * rate_hz)
    for start in range(0, len(samples), step):
        yield Frame(samples[start : start + step].astype("<i2").tobytes(), rate_hz, (at + start) / rate_hz)


# ---------------------------------------------------------------- the description of a voice


def _read_config(voice: Path) -> dict[str, Any]:
    """The JSON beside a voice, checked as far as Piper uses it. Raises EngineMissing or EngineFailed."""
    name = f"{voice.name}.json"
    path = voice.with_name(name)
    if not voice.is_file():
        raise EngineMissing(f"there is no voice {voice.name}", hint="set tts under [models] in config.toml")
    if not path.is_file():
        raise EngineMissing(f"the voice {voice.name} lacks {name}", hint="put the .json that belongs to it beside it")
    try:
        if path.stat().st_size > _MOST_JSON_BYTES:
            raise EngineFailed(f"{name} does not describe a voice: it is too long")
        untrusted_config = json.loads(path.read_bytes())
    except OSError:
        raise EngineFailed(f"{name} cannot be read", hint="check its permissions") from None
    except (ValueError, RecursionError):
        raise EngineFailed(f"{name} is not valid JSON", hint="get the voice again, both files of it") from None
    why = _why_not(untrusted_config)
    if why:
        raise EngineFailed(f"{name} does not describe a voice: {why}", hint="get a voice that was made for Piper")
    config: dict[str, Any] = untrusted_config
    return config


def _why_not(untrusted_config: Any) -> str:
    """What keeps a description from being one; "" for nothing."""
    if not isinstance(untrusted_config, dict):
        return "it is no object"
    symbols = untrusted_config.get("num_symbols")
    if not isinstance(symbols, int) or not _is_whole(symbols, 1, 1_000_000):
        return "num_symbols"
    if not _is_whole(untrusted_config.get("num_speakers"), 1, 1_000_000):
        return "num_speakers"
    audio = untrusted_config.get("audio")
    if not isinstance(audio, dict) or not _is_whole(audio.get("sample_rate"), 8_000, 96_000):
        return "audio.sample_rate"
    espeak = untrusted_config.get("espeak")
    if not isinstance(espeak, dict) or not _ESPEAK_VOICE.fullmatch(str(espeak.get("voice"))):
        return "espeak.voice"
    kind = untrusted_config.get("phoneme_type", "espeak")
    if kind not in ("espeak", "text"):
        return "its phoneme_type needs more than this version has"
    inference = untrusted_config.get("inference", {})
    if not isinstance(inference, dict):
        return "inference"
    for key in ("noise_scale", "length_scale", "noise_w"):
        if not _is_number(inference.get(key, 1.0), 0.01 if key == "length_scale" else 0.0, 100.0):
            return f"inference.{key}"
    default = untrusted_config.get("default_speaker_id", 0)
    if not _is_whole(default, 0, untrusted_config["num_speakers"] - 1):
        return "default_speaker_id"
    if not _is_clusters(untrusted_config.get("vowel_clusters") or []):
        return "vowel_clusters"
    return "" if _is_id_map(untrusted_config.get("phoneme_id_map"), symbols) else "phoneme_id_map"


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: Any, least: float, most: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and least <= value <= most


def _is_clusters(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, list) and one and all(isinstance(part, str) for part in one) for one in value
    )


def _is_id_map(value: Any, symbols: int) -> bool:
    """Every phoneme has ids that the network has a row for, and the three marks are there."""
    return (
        isinstance(value, dict)
        and {"_", "^", "$"} <= value.keys()
        and all(isinstance(ids, list) and all(_is_whole(one, 0, symbols - 1) for one in ids) for ids in value.values())
    )


def _count_hint(config: Mapping[str, Any]) -> str:
    return f"it has {config['num_speakers']}, counted from 0"
