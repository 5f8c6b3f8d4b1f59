"""What a person says to `listen` in these tests: sound files of sentences and silence, and an ear that knows them."""

from __future__ import annotations

import json
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from privacy_assistant.core.sound import HEARD_HZ
from tests.faces.conftest import Shown
from tests.voice.acoustics import Sound
from tests.voice.voices import spoken

OUR_WHISPER = Path(__file__).parents[1] / "engines" / "data" / "tiny_whisper"
"""A Whisper that knows the sentences of the skills and little else."""

TIMER, TIME, STORY, STOP = ("Set a timer for five minutes.", "What time is it?", "Tell me a long story.", "Stop.")
CAPITAL = "What is the capital of France?"

Part = str | float | Sound
"""A sentence, seconds of silence, or sound at 16 kHz."""


def trains_the_ear(home: Path, more: str = "") -> None:
    """The tiny Whisper listens in this home; skips the test where it is not there."""
    if not (OUR_WHISPER / "model.bin").is_file():
        pytest.skip("the tiny Whisper is not there (models/tiny_whisper makes it)")
    writes_settings(home, f"[models]\nstt = {json.dumps(str(OUR_WHISPER))}\n{more}")


def writes_settings(home: Path, text: str) -> None:
    """Put a config.toml into the home, as a careful person does."""
    file = home / "config.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)


def sound_of(*parts: Part, voice: str = "ours") -> Sound:
    """One after the other."""
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(spoken(part, voice))
        elif isinstance(part, float):
            pieces.append(np.zeros(round(part * HEARD_HZ), dtype=np.float32))
        else:
            pieces.append(part)
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


def pcm_of(sound: Sound) -> bytes:
    """As 16 bits."""
    return (np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def wav_of(file: Path, *parts: Part, rate: int = HEARD_HZ, channels: int = 1, voice: str = "ours") -> Path:
    """A WAV file of that, in which every channel is the same."""
    from privacy_assistant.core.sound import Recording
    from privacy_assistant.engines.sound_file import resampled

    pcm = resampled(Recording(pcm_of(sound_of(*parts, voice=voice)), HEARD_HZ), rate).pcm
    with wave.open(str(file), "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(np.repeat(np.frombuffer(pcm, "<i2"), channels).tobytes())
    return file


def flac_of(file: Path, *parts: Part) -> Path:
    """A FLAC file of that."""
    import av

    samples = np.frombuffer(pcm_of(sound_of(*parts)), "<i2").reshape(1, -1)
    with av.open(str(file), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=HEARD_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = HEARD_HZ
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return file


def events_of(shown: Shown) -> list[dict[str, Any]]:
    """What `--json` printed, line by line."""
    return [json.loads(line) for line in shown.out.splitlines()]


def named(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Those of one kind, in order."""
    return [event for event in events if event["event"] == name]


def loudness_of(file: Path) -> Mapping[str, float]:
    """Rate, seconds and root of the mean square of a WAV file."""
    with wave.open(str(file)) as sound:
        shape = (sound.getnchannels(), sound.getsampwidth())
        assert shape == (1, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float64)
        rate = sound.getframerate()
    rms = float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
    return {"rate": float(rate), "seconds": len(samples) / rate, "rms": rms}
