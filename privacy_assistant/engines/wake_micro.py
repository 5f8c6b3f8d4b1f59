"""Wake words by microWakeWord: small networks (60 kB each) with their own TensorFlow Lite, all in one wheel.

The features of the sound are made once for all words; each word costs 0.1 ms per 30 ms of sound.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy_assistant.core.sound import HEARD_HZ, Frame
from privacy_assistant.errors import EngineFailed, EngineMissing, UsageError

if TYPE_CHECKING:
    from pymicro_wakeword import MicroWakeWord

BUILT_IN = ("alexa", "hey jarvis", "hey mycroft", "okay nabu")
"""What the wheel knows, as a person says it."""

_DEAF_FRAMES = 100
"""So many frames of 10 ms without any word have to pass before the next: one call is one hit, however long it rings."""


class MicroWakeWords:
    """Implements `ports.WakeWord` for words of BUILT_IN and of model files.

    A model file is named by the path of its JSON (the form of ESPHome's micro_wake_word, with the .tflite beside it),
    and is then known by the `wake_word` that stands in it. Raises UsageError for a word that it does not know,
    EngineMissing or EngineFailed when the library or a model is missing or broken.
    """

    def __init__(self, words: Sequence[str]) -> None:
        try:
            import pymicro_wakeword
        except ImportError:
            raise EngineMissing("wake words need pymicro-wakeword", hint="pip install pymicro-wakeword") from None
        self._features: Any = pymicro_wakeword.MicroWakeWordFeatures()
        self._models: dict[str, MicroWakeWord] = {}
        for word in words:
            name, model = self._load(word)
            self._models[name] = model
        if not self._models:
            raise UsageError("no wake word is named", hint=f"name one of: {', '.join(BUILT_IN)}")
        self._deaf_frames = 0

    @property
    def words(self) -> tuple[str, ...]:
        """What it knows, as a person says it."""
        return tuple(self._models)

    def heard(self, frame: Frame) -> str:
        """The word that was just spoken, "" for none; the surest, should two nets have heard theirs."""
        if frame.rate_hz != HEARD_HZ:
            raise EngineFailed(f"the wake words hear {HEARD_HZ} Hz and were given {frame.rate_hz}")
        found = ""
        for features in self._features.process_streaming(frame.pcm):
            # Each net sees everything, also while nothing counts: it remembers the last second.
            margins = {word: self._margin(model, features) for word, model in self._models.items()}
            word = max(margins, key=margins.__getitem__)
            if margins[word] > 0:
                found = found or ("" if self._deaf_frames else word)
                self._deaf_frames = _DEAF_FRAMES
            else:
                self._deaf_frames = max(0, self._deaf_frames - 1)
        return found

    def reset(self) -> None:
        """Forget what was heard; 0.3 ms a word."""
        self._features.reset()
        for model in self._models.values():
            model.reset()
        self._deaf_frames = 0

    @staticmethod
    def _margin(model: MicroWakeWord, features: Any) -> float:
        return (model.process_streaming_prob(features) or 0.0) - model.probability_cutoff

    @staticmethod
    def _load(word: str) -> tuple[str, MicroWakeWord]:
        import pymicro_wakeword

        said = as_said(word)
        try:
            if said in BUILT_IN:
                built_in = pymicro_wakeword.Model(said.replace(" ", "_"))
                return said, pymicro_wakeword.MicroWakeWord.from_builtin(built_in)
            if not word.endswith(".json"):
                raise UsageError(
                    "there is no network for one of the wake words",
                    hint=f"known are: {', '.join(BUILT_IN)}; or the path of a model's .json",
                )
            path = Path(word).expanduser()
            if not path.is_file():
                raise EngineMissing(f"the model of a wake word is missing: {path}", hint="check the path")
            with _native_quiet():
                _check(path)
                model = pymicro_wakeword.MicroWakeWord.from_config(path)
            return as_said(model.wake_word), model
        except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise EngineFailed(
                f"the model of a wake word cannot be used: {type(error).__name__}",
                hint="install pymicro-wakeword again, or name another model",
            ) from None


def _check(path: Path) -> None:
    """Refuse what would kill the process inside of TensorFlow Lite, or reach out of the model's folder."""
    import pymicro_wakeword
    from pymicro_wakeword.wakeword import TfLiteWakeWord

    untrusted_config = json.loads(path.read_text("utf-8"))
    name, word = untrusted_config["model"], untrusted_config["wake_word"]
    if not isinstance(name, str) or Path(name).name != name or not isinstance(word, str) or not as_said(word):
        raise ValueError
    model = path.parent / name
    if not model.is_file():
        raise FileNotFoundError
    # The library verifies the file and says NULL, and pymicro_wakeword hands the NULL on, which ends the process.
    library = next((Path(pymicro_wakeword.__file__).parent / "lib").glob("*tensorflowlite_c.*"))
    native = TfLiteWakeWord(library).lib
    handle = native.TfLiteModelCreateFromFile(str(model.resolve()).encode())
    if not handle:
        raise ValueError
    native.TfLiteModelDelete(handle)


@contextmanager
def _native_quiet() -> Iterator[None]:
    """Nothing that native code prints reaches the terminal meanwhile; for a millisecond, at the start."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def as_said(word: str) -> str:
    """One way to write a word: lower case, blanks between its parts ("Hey_Jarvis" is "hey jarvis")."""
    return " ".join(word.lower().replace("_", " ").split())
