"""Two streams by two clocks: each piece that was heard comes once, and the delay between the two is held."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.engines.sound.meeting import MOST_LATE, MOST_WAITING, WATCHED, Meeting, Pair, Ring

SILENCE = bytes(4)


def piece(number: int) -> bytes:
    """A piece that says which one it is; never silence."""
    return (number + 1).to_bytes(4, "little")


def opened() -> Meeting:
    """A meeting of both sides."""
    meeting = Meeting(4, 4)
    meeting.mute(False)
    return meeting


@dataclass
class Reader:
    """Takes pairs as they come, and checks what must hold of each."""

    meeting: Meeting
    heard: int = 0
    gaps: int = 0
    silent: int = 0
    offsets: list[int] = field(default_factory=list)
    _is_excused: bool = True

    def read(self) -> None:
        """All pairs that are there."""
        while (pair := self.meeting.take()) is not None:
            self._check(pair)

    def _check(self, pair: Pair) -> None:
        assert pair.heard == piece(self.heard), "a piece was lost or came twice"
        self.gaps += pair.is_gap
        self._is_excused |= pair.is_gap
        if pair.played == SILENCE:
            self.silent += 1
        else:
            offset = int.from_bytes(pair.played, "little") - 1 - self.heard
            assert self._is_excused or offset == self.offsets[-1], "the delay changed without a word"
            self.offsets.append(offset)
            self._is_excused = False
        self.heard += 1


def run(meeting: Meeting, seconds: float, ppm: float, bursts: int = 1) -> Reader:
    """Both sides for so long; the loudspeaker's clock is off by `ppm`, and it takes `bursts` pieces at once."""
    reader = Reader(meeting)
    heard = played = 0
    per_piece = 1 / (1 + ppm / 1e6)
    for heard in range(round(seconds * 100)):
        while played * per_piece <= heard:
            for _ in range(bursts):
                meeting.hand_out(piece(played))
                played += 1
        meeting.hear(piece(heard))
        reader.read()
    assert heard + 1 - reader.heard <= MOST_LATE, "what was heard waits"
    return reader


@pytest.mark.parametrize("ppm", [600.0, -600.0])
def test_half_an_hour_of_drift_loses_nothing_that_was_heard(ppm: float) -> None:
    """360 ms, as bad crystals drift in 30 minutes, here in 10: the delay stays within 60 ms, each correction told."""
    reader = run(opened(), 600, ppm)
    total = [offset - number * ppm / 1e6 for number, offset in enumerate(reader.offsets)]
    assert max(total) - min(total) <= 6
    assert 8 <= reader.gaps <= 40


@given(st.integers(1, 4), st.floats(-500, 500))
def test_bursts_change_the_delay_once_at_most(bursts: int, ppm: float) -> None:
    """A sound server hands over several pieces at a time; what it takes ahead is no drift."""
    reader = run(opened(), 10, ppm, bursts)
    assert reader.gaps <= 1 + 2 * bursts
    assert reader.silent <= MOST_LATE + bursts


def test_what_the_loudspeaker_took_ahead_does_not_delay_the_reference() -> None:
    """It stands in a buffer and is heard later, never before: the newest piece goes with the first that is heard."""
    meeting = opened()
    for number in range(8):
        meeting.hand_out(piece(number))
    meeting.hear(piece(0))
    pair = meeting.take()
    assert pair is not None
    assert pair.played == piece(7)


def test_what_was_heard_waits_a_little_for_the_loudspeaker() -> None:
    """And no longer; then it goes on alone, all of it, and the first pair after that says so."""
    meeting = opened()
    meeting.hear(piece(0))
    meeting.hand_out(piece(0))
    assert meeting.take() is not None
    for number in range(MOST_LATE):
        meeting.hear(piece(number))
        assert meeting.take() is None
    meeting.hear(piece(MOST_LATE))
    alone = [meeting.take() for _ in range(MOST_LATE + 1)]
    assert [pair.played for pair in alone if pair] == [SILENCE] * (MOST_LATE + 1)
    assert not any(pair.is_gap for pair in alone if pair)
    meeting.hand_out(piece(1))
    meeting.hear(piece(MOST_LATE + 1))
    back = meeting.take()
    assert back is not None
    assert back.is_gap
    assert back.played == piece(1)


def test_silence_is_left_out_sooner_than_speech() -> None:
    """20 ms ahead: corrected while nothing is said, left alone while something is."""
    for said, expected in ((SILENCE, 1), (piece(0), 0)):
        meeting = opened()
        meeting.hear(piece(0))
        meeting.hand_out(said)
        assert meeting.take() is not None
        meeting.hand_out(said)
        meeting.hand_out(said)
        gaps = 0
        for number in range(1, 2 * WATCHED + 2):
            meeting.hand_out(said)
            meeting.hear(piece(number))
            pair = meeting.take()
            assert pair is not None
            gaps += pair.is_gap
        assert gaps == expected


def test_nobody_waits_for_a_loudspeaker_that_is_not_there() -> None:
    """What is heard goes on at once, with silence."""
    meeting = Meeting(4, 4)
    meeting.hear(piece(0))
    pair = meeting.take()
    assert pair is not None
    assert pair.played == SILENCE


def test_a_reader_who_does_not_come_loses_the_oldest_and_is_told() -> None:
    """Of both sides, so that the rest stays in step."""
    meeting = opened()
    for number in range(MOST_WAITING + 8):
        meeting.hand_out(piece(number))
        meeting.hear(piece(number))
        if number == 0:
            assert meeting.take() is not None
    assert meeting.lost == 7
    pair = meeting.take()
    assert pair is not None
    assert (pair.heard, pair.played, pair.is_gap) == (piece(8), piece(8), True)


@given(st.lists(st.integers(0, 25), max_size=40))
def test_pieces_are_cut_from_blocks_of_any_length(lengths: list[int]) -> None:
    """Nothing is lost between two blocks."""
    meeting = Meeting(4, 4)
    sound = bytes(range(1, 256)) * 4
    at, out = 0, bytearray()
    for length in lengths:
        meeting.hear(sound[at : at + length])
        at += length
        while (pair := meeting.take()) is not None:
            out += pair.heard
    assert bytes(out) == sound[: at // 4 * 4]


def test_what_was_taken_is_overwritten_and_so_is_the_rest() -> None:
    """No sound stays in memory behind the reader, or after the end."""
    ring = Ring(4, 3)
    for number in range(3):
        ring.put(piece(number))
    ring.take()
    assert bytes(ring._store) == SILENCE + piece(1) + piece(2)
    ring.wipe()
    assert bytes(ring._store) == bytes(12)
    assert len(ring) == 0
