import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.data.live.recorder import Pace, Recorder
from assay.data.live.sessions import AMBIENT

Start = Callable[..., Recorder]
Kept = Callable[[str], pl.DataFrame]


def until(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def test_what_flush_acknowledged_is_kept_once(start: Start, kept: Kept) -> None:
    recorder = start()
    keys = [recorder.record(model="gpt-4o", input_tokens=n) for n in range(10)]
    assert recorder.state().waiting == 10
    assert recorder.flush(30) == 10
    state = recorder.state()
    assert (state.recorded, state.acknowledged, state.waiting) == (10, 10, 0)
    rows = kept("interactions")
    assert sorted(rows["interaction_id"]) == sorted(map(str, keys))
    assert sorted(rows["input_tokens"]) == list(range(10))


def test_a_key_that_was_given_comes_back(start: Start) -> None:
    recorder = start()
    assert recorder.record(interaction_id="mine") == "mine"
    assert recorder.record("posts", post_id="p", day="2026-01-01") is None


def test_enough_events_are_written_unasked(start: Start) -> None:
    recorder = start(events=5)
    for _ in range(4):
        recorder.record()
    time.sleep(0.1)
    assert recorder.state().acknowledged == 0
    recorder.record()
    assert until(lambda: recorder.state().acknowledged == 5)


def test_events_are_written_when_time_is_up(start: Start) -> None:
    recorder = start(seconds=0.05)
    recorder.record()
    assert until(lambda: recorder.state().acknowledged == 1)
    recorder.record()
    assert until(lambda: recorder.state().acknowledged == 2)


def test_beyond_the_most_the_newest_are_not_taken(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = start(most=3, where=Path("/nonexistent"))
    keys = [recorder.record() for _ in range(5)]
    assert [key is None for key in keys] == [False, False, False, True, True]
    state = recorder.state()
    assert (state.recorded, state.waiting, state.dropped) == (3, 3, 2)
    with caplog.at_level(logging.WARNING, "assay"):
        recorder.flush(10)
    assert recorder.state().waiting == 3
    assert recorder.record() is None  # what waits elsewhere counts too
    told = [each.message for each in caplog.records if "too many" in each.message]
    assert len(told) == 1


def test_trouble_is_told_once_and_what_waits_is_written_when_it_is_over(
    start: Start, tmp_path: Path, kept: Kept, caplog: pytest.LogCaptureFixture, project: Path
) -> None:
    (tmp_path / "empty").mkdir()
    recorder = start(where=tmp_path / "empty")
    with caplog.at_level(logging.INFO, "assay"):
        recorder.record(model="a")
        assert recorder.flush(10) == 0
        recorder.record(model="b")
        assert recorder.flush(10) == 0
        assert "assay.toml" in recorder.state().trouble
        recorder.configure(project, Pace(seconds=3600))
        assert recorder.flush(10) == 2
    assert recorder.state().trouble == ""
    assert sorted(kept("interactions")["model"]) == ["a", "b"]
    assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"]


def test_what_failed_is_tried_again_by_itself(start: Start, tmp_path: Path, project: Path) -> None:
    (tmp_path / "empty").mkdir()
    recorder = start(where=tmp_path / "empty")
    recorder.record()
    recorder.flush(10)
    recorder.configure(project, Pace(seconds=3600))
    assert until(lambda: recorder.state().acknowledged == 1)


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_costs_nothing(start: Start, project: Path) -> None:
    project.chmod(0o500)
    try:
        recorder = start()
        recorder.record()
        assert recorder.flush(10) == 0
        assert recorder.state().waiting == 1
    finally:
        project.chmod(0o700)
    assert recorder.flush(10) == 1


def test_an_inbox_that_cannot_be_written_is_waited_for(
    start: Start, project: Path, kept: Kept
) -> None:
    recorder = start()
    recorder.record(model="a")
    assert recorder.flush(30) == 1
    inbox = project / "data" / "store" / "inbox"
    inbox.rename(inbox.with_name("aside"))
    inbox.write_text("in the way, as a full disk would be")
    recorder.record(model="b")
    assert recorder.flush(30) == 0
    assert "inbox" in recorder.state().trouble
    inbox.unlink()
    inbox.with_name("aside").rename(inbox)
    assert recorder.flush(30) == 1
    assert sorted(kept("interactions")["model"]) == ["a", "b"]


def test_many_threads_lose_nothing(start: Start, kept: Kept) -> None:
    recorder = start(events=100)

    def work(worker: int) -> None:
        for number in range(500):
            recorder.record(input_tokens=1000 * worker + number)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.flush(60)
    assert recorder.state().acknowledged == recorder.state().recorded == 4_000
    expected = sorted(1000 * worker + number for worker in range(8) for number in range(500))
    assert sorted(kept("interactions")["input_tokens"]) == expected


def test_a_flush_ends_although_events_never_stop_coming(start: Start) -> None:
    recorder = start()
    stopped = threading.Event()

    def trickle() -> None:
        while not stopped.wait(0.001):
            recorder.record()

    thread = threading.Thread(target=trickle)
    thread.start()
    began = time.monotonic()
    recorder.record()
    recorder.flush(60)
    took = time.monotonic() - began
    stopped.set()
    thread.join()
    assert took < 20


def test_handlers_of_signals_may_record_and_flush(start: Start) -> None:
    recorder = start(events=10)
    handled = 0
    flushing = False

    def handle(*_: object) -> None:
        nonlocal handled, flushing
        handled += 1
        recorder.record(model="handler")
        if handled % 20 == 0 and not flushing:
            flushing = True
            recorder.flush(5)
            flushing = False

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    try:
        end = time.monotonic() + 1.0
        mine = 0
        while time.monotonic() < end:
            for _ in range(20):
                recorder.record(model="main")
            mine += 20
            time.sleep(0.005)
            if mine % 1000 == 0:
                recorder.flush(5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    recorder.flush(30)
    state = recorder.state()
    assert handled > 10
    assert state.recorded + state.dropped == mine + handled
    assert state.waiting == 0


names = st.text() | st.sampled_from(["interaction_id", "occurred_at", "model", "table", "self"])
values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
    | st.binary() | st.builds(object) | st.lists(st.integers()) | st.dictionaries(names, st.text())
)  # fmt: skip


def test_it_never_raises_and_accounts_for_every_call(start: Start) -> None:
    recorder = start()
    calls = 0

    @given(
        table=st.sampled_from(["interactions", "scores", "sessions", "attempts", "posts"])
        | st.text() | st.none() | st.lists(st.text()) | st.tuples(st.text()),
        fields=st.dictionaries(names, values, max_size=6),
        extra=st.lists(values, max_size=1),
    )  # fmt: skip
    def whatever(table: Any, fields: dict[str, Any], extra: list[Any]) -> None:
        nonlocal calls
        calls += 1
        recorder.record(table, *extra, **fields)

    whatever()
    recorder.flush(60)
    state = recorder.state()
    assert (state.trouble, state.waiting) == ("", 0)
    assert state.recorded + state.dropped == calls
    assert state.acknowledged == state.recorded


def test_after_the_exit_nothing_is_taken(start: Start) -> None:
    recorder = start()
    recorder.record()
    recorder.leave()
    assert recorder.record() is None
    state = recorder.state()
    assert (state.acknowledged, state.dropped) == (1, 1)


def test_a_flush_of_nothing_starts_nothing() -> None:
    recorder = Recorder(ambient=AMBIENT)
    assert recorder.flush(5) == 0
    assert not recorder._started


@pytest.mark.parametrize(
    "pace", [{"events": 0}, {"most": 0}, {"seconds": 0}, {"seconds": float("nan")}]
)
def test_a_pace_that_makes_no_sense_is_refused(pace: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        Pace(**pace)
