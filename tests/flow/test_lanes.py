"""Slow work inside the loop and beside it gives the same; a rest waits until it is told to go on."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest

from privacy_assistant.flow.lanes import Beside, Lane, Rest, Stream, Within, _Flowing


@pytest.fixture(params=[Within, lambda: Beside("test")], ids=["within", "beside"])
def lane(request: pytest.FixtureRequest) -> Iterator[Lane]:
    """Each kind of lane."""
    made: Lane = request.param()
    yield made
    made.close()


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so, within a time that no machine needs."""
    end = time.monotonic() + 20
    while not is_so() and time.monotonic() < end:
        time.sleep(0.001)
    return is_so()


def all_of(stream: Stream[object]) -> list[object]:
    """Everything that comes, wanted all the time."""
    found: list[object] = []

    def take() -> bool:
        found.extend(stream.take(wants=True))
        return stream.is_over

    assert until(take)
    return found


def failing() -> int:
    """Work that breaks."""
    raise ValueError("broken")


def test_a_job_gives_its_result(lane: Lane) -> None:
    """It is done some time, and then has what came out."""
    job = lane.start(lambda: 42)
    assert until(lambda: job.is_done)
    assert job.result() == 42


def test_a_job_raises_where_its_result_is_read(lane: Lane) -> None:
    """What breaks in the work breaks nothing else."""
    job = lane.start(failing)
    assert until(lambda: job.is_done)
    with pytest.raises(ValueError, match="broken"):
        job.result()
    assert lane.start(lambda: 1).result() == 1


def test_a_stream_gives_its_items_in_order(lane: Lane) -> None:
    """All of them, once."""
    assert all_of(lane.follow(lambda: iter([1, 2, 3]))) == [1, 2, 3]


def test_a_stream_that_breaks_gives_what_came_before_and_then_raises(lane: Lane) -> None:
    """Nothing that was made is lost with the error."""

    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    stream, found = lane.follow(items), []

    def take() -> bool:
        found.extend(stream.take(wants=True))
        return False

    with pytest.raises(ValueError, match="broken"):
        until(take)
    assert found == [1]


def test_a_stream_rests_until_more_is_wanted(lane: Lane) -> None:
    """What comes after a rest is not made before it is asked for."""
    made: list[str] = []

    def items() -> Iterator[object]:
        yield Rest()
        made.append("after")
        yield "after"

    stream: Stream[object] = lane.follow(items)
    first: list[object] = []

    def taken() -> bool:
        first.extend(stream.take(wants=True) if not first else [])
        return bool(first)

    assert until(taken)
    assert isinstance(first[0], Rest)
    for _ in range(20):
        assert stream.take(wants=False) == []
        time.sleep(0.001)
    assert made == []
    assert all_of(stream) == ["after"]


def test_a_closed_stream_runs_to_its_end(lane: Lane) -> None:
    """Nobody listens, and what it keeps at its end is kept, rests or not."""
    kept: list[str] = []

    def items() -> Iterator[object]:
        yield 1
        yield Rest()
        kept.append("kept")

    lane.follow(items).close()
    assert kept == ["kept"]


def test_a_lane_lets_go_of_what_it_has_done() -> None:
    """The sound of a turn is not kept until there is another turn."""

    class Sound:
        pass

    lane = Beside("test")
    sound = Sound()
    kept = weakref.ref(sound)
    job = lane.start(lambda sound=sound: id(sound))  # type: ignore[misc] # bound at once
    assert until(lambda: job.is_done)
    del sound
    assert until(lambda: kept() is None)
    lane.close()


def test_a_rest_is_not_over_before_it_was_taken() -> None:
    """Whoever looks at the very moment it comes does not wake it: what is after it is not wanted yet."""
    made: list[str] = []

    class Looked(SimpleQueue[object]):
        def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
            stream.take(wants=True)
            super().put(item, block, timeout)

    def items() -> Iterator[object]:
        yield Rest()
        made.append("after")

    stream = _Flowing[object]()
    stream._items = Looked()
    thread = threading.Thread(target=stream.run, args=(items,), daemon=True)
    thread.start()
    assert until(lambda: not stream._items.empty())
    thread.join(timeout=0.05)
    assert made == []
    stream.close()
    assert made == ["after"]
