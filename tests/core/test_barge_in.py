"""Tests of the ladder that a voice goes down when somebody speaks over it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.barge_in import BargeIn, Step

WINDOW = 0.032
SAID = "The capital of France is Paris, which has been the seat of government for centuries."


class Loop:
    """Feeds a ladder window after window and keeps each step with its time."""

    def __init__(self, ladder: BargeIn) -> None:
        self.ladder = ladder
        self.at = 0.0
        self.steps: list[tuple[float, Step]] = []

    def hears(self, seconds: float, probability: float, *, is_playing: bool = True) -> Loop:
        """So many whole windows as fit into the time."""
        for _ in range(round(seconds / WINDOW)):
            self.at += WINDOW
            self._keep(self.ladder.feed(self.at, WINDOW, probability, is_playing=is_playing))
        return self

    def speech(self, seconds: float) -> Loop:
        """Somebody speaks."""
        return self.hears(seconds, 0.9)

    def silence(self, seconds: float) -> Loop:
        """Nobody does."""
        return self.hears(seconds, 0.02)

    def words(self, heard: str, said: str = SAID) -> Loop:
        """A transcript comes."""
        self._keep(self.ladder.words(self.at, heard, said))
        return self

    def _keep(self, step: Step | None) -> None:
        if step is not None:
            self.steps.append((round(self.at, 2), step))

    @property
    def taken(self) -> list[Step]:
        """The steps without their times."""
        return [step for _, step in self.steps]


@pytest.fixture
def alone() -> Loop:
    """Nobody transcribes along."""
    return Loop(BargeIn())


@pytest.fixture
def listened() -> Loop:
    """Words come in meanwhile."""
    return Loop(BargeIn(has_words=True))


def test_speech_lowers_the_voice_and_then_stops_it(alone: Loop) -> None:
    """Within a quarter of a second, then at half a second."""
    alone.silence(1).speech(1)
    assert alone.taken == [Step.DUCK, Step.STOP]
    assert 1.1 < alone.steps[0][0] < 1.25 + WINDOW
    assert alone.steps[1][0] == pytest.approx(1.5, abs=WINDOW)


def test_nothing_comes_after_a_stop_until_the_voice_was_silent(alone: Loop) -> None:
    """The next answer can be interrupted again."""
    alone.speech(3).words("and another thing").silence(1)
    assert alone.taken == [Step.DUCK, Step.STOP]
    alone.hears(0.5, 0.9, is_playing=False).speech(1)
    assert alone.taken == [Step.DUCK, Step.STOP] * 2


def test_a_burst_after_a_jump_of_the_delay_stops_nothing(alone: Loop, listened: Loop) -> None:
    """The canceller needs 416 ms to find the echo again, and what comes through until then sounds like speech."""
    for loop in (alone, listened):
        loop.silence(1).speech(0.416).silence(1)
        assert loop.taken == [Step.DUCK, Step.RESUME]


def test_a_cough_lets_the_voice_go_on(alone: Loop, listened: Loop) -> None:
    """Also one after the other: each of them is short."""
    for loop in (alone, listened):
        for _ in range(3):
            loop.speech(0.3).silence(0.35)
        loop.silence(1)
        assert Step.STOP not in loop.taken
        assert loop.taken[-1] is Step.RESUME


def test_clicks_do_not_even_lower_the_voice(alone: Loop) -> None:
    """A moment of something, again and again; and one that is longer."""
    for _ in range(20):
        alone.speech(0.04).silence(0.25)
    assert alone.taken == []
    alone.silence(1).speech(0.13).silence(1)
    assert alone.taken == []


def test_scraps_of_speech_lower_the_voice(alone: Loop) -> None:
    """A canceller leaves no more of somebody who is quieter than our echo, and lowered we hear the rest."""
    alone.silence(1).hears(0.064, 0.3).silence(0.1).hears(0.096, 0.3).silence(0.2)
    assert alone.taken == [Step.DUCK]
    assert alone.silence(0.2).taken == [Step.DUCK, Step.RESUME]


def test_a_short_breath_between_two_words_ends_nothing(alone: Loop) -> None:
    """A gap below a fifth of a second is within an utterance."""
    alone.speech(0.3).silence(0.13).speech(0.3)
    assert alone.taken == [Step.DUCK, Step.STOP]


def test_speech_where_nothing_is_played_interrupts_nothing(alone: Loop) -> None:
    """It is the next turn, and not ours to judge; and it does not count towards a step later."""
    alone.hears(3, 0.9, is_playing=False).words("stop it")
    assert alone.taken == []
    alone.speech(0.1)
    assert alone.taken == []


def test_half_a_second_waits_for_words_where_words_will_come(listened: Loop) -> None:
    """And not for ever."""
    listened.speech(0.6)
    assert listened.taken == [Step.DUCK]
    listened.speech(0.6)
    assert listened.taken == [Step.DUCK, Step.STOP]
    assert listened.steps[-1][0] == pytest.approx(1.0, abs=2 * WINDOW)


def test_words_end_the_wait(listened: Loop) -> None:
    """Two of them at any time, one of them with half a second of speech."""
    assert listened.speech(0.3).words("what about").taken == [Step.DUCK, Step.STOP]
    other = Loop(BargeIn(has_words=True)).speech(0.6).words("louder")
    assert other.taken == [Step.DUCK, Step.STOP]
    third = Loop(BargeIn(has_words=True)).speech(0.4).words("louder").speech(0.15)
    assert third.taken == [Step.DUCK, Step.STOP]


@pytest.mark.parametrize("heard", ["stop", "wait", "No!", "the capital of france is stop"])
def test_one_word_that_asks_for_silence_is_enough(listened: Loop, heard: str) -> None:
    """However short, and also among our own words."""
    assert listened.speech(0.26).words(heard).taken[-1] is Step.STOP


def test_a_spotted_stop_needs_no_speech_at_all(alone: Loop) -> None:
    """The spotter is surer than a probability."""
    alone.silence(0.1)
    assert alone.ladder.key_phrase(alone.at) is Step.STOP
    assert alone.speech(1).taken == []


@pytest.mark.parametrize("heard", ["mhm", "ok", "yeah, right", "", "um", "capital of frances paris"])
def test_a_sound_of_listening_or_our_own_words_let_the_voice_go_on(listened: Loop, heard: str) -> None:
    """When they fell silent before the transcript came."""
    listened.speech(0.55).silence(0.35).words(heard)
    assert listened.taken == [Step.DUCK, Step.RESUME]
    assert not listened.ladder.is_ducked


@pytest.mark.parametrize("heard", ["mhm", ""])
def test_nothing_understood_while_they_speak_waits_until_they_are_silent(listened: Loop, heard: str) -> None:
    """The voice stays low meanwhile, and goes on with the end of the sound."""
    listened.speech(0.45).words(heard)
    assert listened.ladder.is_ducked
    listened.speech(0.2).silence(0.35)
    assert listened.taken == [Step.DUCK, Step.RESUME]


def test_yeah_may_be_the_beginning_of_a_but(listened: Loop) -> None:
    """The first transcript of it is a sound of listening, the second one is not."""
    listened.speech(0.5).words("yeah").speech(0.4).words("yeah but what about")
    assert listened.taken == [Step.DUCK, Step.STOP]


def test_noise_without_words_does_not_keep_the_voice_low(listened: Loop) -> None:
    """The second empty transcript of what sounds like speech lets it go on."""
    listened.speech(0.5).words("").speech(0.45).words("")
    assert listened.taken == [Step.DUCK, Step.RESUME]


def test_our_own_words_let_the_voice_go_on_at_once(listened: Loop) -> None:
    """It is an echo: it falls silent when we do, and no earlier."""
    listened.speech(0.5).words("the capital of france is")
    assert listened.taken == [Step.DUCK, Step.RESUME]


def test_yes_to_a_question_that_is_still_asked_is_an_answer(listened: Loop) -> None:
    """A back-channel under a statement, an answer under a question."""
    listened.speech(0.4).words("yes", "Did you mean 15 minutes?")
    assert listened.taken == [Step.DUCK, Step.STOP]


def test_words_that_never_come_leave_it_to_the_length(listened: Loop) -> None:
    """After a long utterance the voice stops, after a short one it goes on."""
    listened.speech(0.6).silence(1)
    assert listened.taken == [Step.DUCK, Step.STOP]
    other = Loop(BargeIn(has_words=True)).speech(0.4).silence(1)
    assert other.taken == [Step.DUCK, Step.RESUME]


WINDOWS = st.lists(st.tuples(st.floats(0, 1), st.booleans() | st.just(True)), max_size=120)
HEARD = st.sampled_from(["", "mhm", "what about it", "louder", "capital of france", "stop"])
WORDS = st.dictionaries(st.integers(0, 119), HEARD, max_size=6)


def _steps(ladder: BargeIn, windows: Iterable[tuple[float, bool]], words: dict[int, str]) -> list[Step | None]:
    """The steps, with None where the voice fell silent."""
    steps: list[Step | None] = []
    for number, (probability, is_playing) in enumerate(windows):
        at = (number + 1) * WINDOW
        taken = [ladder.feed(at, WINDOW, probability, is_playing=is_playing)]
        if number in words:
            taken.append(ladder.words(at, words[number], SAID))
        steps += [None] if not is_playing else [step for step in taken if step is not None]
    return steps


@given(WINDOWS, WORDS, st.booleans())
def test_steps_follow_one_another_in_order(
    windows: list[tuple[float, bool]], words: dict[int, str], has_words: bool
) -> None:
    """Never low twice, never on without low, nothing after a stop until the voice fell silent."""
    before: Step | None = None
    for step in _steps(BargeIn(has_words=has_words), windows, words):
        if step is Step.DUCK:
            assert before in (None, Step.RESUME)
        elif step is Step.RESUME:
            assert before is Step.DUCK
        elif step is Step.STOP:
            assert before is not Step.STOP
        before = step


@given(st.lists(st.booleans(), max_size=120), st.booleans())
def test_nothing_is_stopped_before_half_a_second_of_speech(speaks: list[bool], has_words: bool) -> None:
    """Whatever the pattern of windows, as long as nobody understands a word."""
    ladder = BargeIn(has_words=has_words)
    spoken = 0.0
    for number, is_speech in enumerate(speaks):
        spoken += WINDOW * is_speech
        step = ladder.feed((number + 1) * WINDOW, WINDOW, float(is_speech), is_playing=True)
        if step is Step.STOP:
            assert spoken >= 0.5 - 1e-6
            return
        assert spoken >= 0.1 - 1e-6 or not ladder.is_ducked


@given(st.lists(st.sampled_from([0.01, 0.02, 0.03, 0.1, 0.16]), min_size=1, max_size=200))
def test_how_speech_is_cut_into_windows_moves_a_step_by_one_window_at_most(cuts: list[float]) -> None:
    """The sums count, not the windows."""
    ladder = BargeIn()
    at = 0.0
    for seconds in cuts:
        at += seconds
        step = ladder.feed(at, seconds, 1.0, is_playing=True)
        if step is Step.STOP:
            assert 0.5 - 1e-6 <= at < 0.5 + seconds + 1e-6
            return
    assert at < 0.5
