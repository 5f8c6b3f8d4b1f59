"""Which engine listens for which word."""

from __future__ import annotations

from collections.abc import Sequence

from privacy_assistant.core.sound import Frame
from privacy_assistant.engines.spotter_pocketsphinx import KeyphraseSpotter
from privacy_assistant.engines.wake_micro import BUILT_IN, MicroWakeWords, as_said
from privacy_assistant.errors import UsageError
from privacy_assistant.ports.sound import WakeWord

_HINT = f"name one of: {', '.join(BUILT_IN)}; or other English words"


def wake_words(words: Sequence[str]) -> WakeWord:
    """Listens for all of them: by microWakeWord where it has a network for the word, else by pocketsphinx.

    A word that ends in ".json" is the path of a network. Raises UsageError for a word that nobody knows, EngineMissing
    or EngineFailed where a library or a model is missing or broken.
    """
    trained = [word for word in words if as_said(word) in BUILT_IN or word.endswith(".json")]
    spotted = [word for word in words if word not in trained]
    ears: list[WakeWord] = []
    if trained:
        ears.append(MicroWakeWords(trained))
    if spotted:
        ears.append(_spotter(spotted))
    if not ears:
        raise UsageError("no wake word is named", hint=_HINT)
    return ears[0] if len(ears) == 1 else SeveralEars(ears)


def _spotter(words: Sequence[str]) -> WakeWord:
    try:
        return KeyphraseSpotter(words)
    except UsageError as error:
        raise UsageError(error.message, hint=_HINT) from None


class SeveralEars:
    """Implements `ports.WakeWord`: each hears everything, the first that hears its word is believed."""

    def __init__(self, ears: Sequence[WakeWord]) -> None:
        self.ears = tuple(ears)

    @property
    def words(self) -> tuple[str, ...]:
        """What they know together."""
        return tuple(word for ear in self.ears for word in ear.words)

    def heard(self, frame: Frame) -> str:
        """The word that was just spoken, "" for none."""
        # Nobody is skipped: each remembers what it heard.
        found = [ear.heard(frame) for ear in self.ears]
        return next((word for word in found if word), "")

    def reset(self) -> None:
        """Forget what was heard."""
        for ear in self.ears:
            ear.reset()
