"""A claim is had by one process at a time, and by none that slept over it."""

import json
import multiprocessing
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.workbench import lease
from assay.workbench.lease import LeaseLostError, look, shared_clock, take

SPAN = timedelta(seconds=60)


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


def elsewhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """From now on this process stands on another machine."""
    monkeypatch.setattr(lease, "_machine", lambda: name)


def test_a_claim_that_is_held_is_nobody_elses(tmp_path, clock) -> None:
    first = take(tmp_path / "c", {"n": 1}, span=SPAN, now=clock)
    assert first is not None
    assert take(tmp_path / "c", {"n": 2}, span=SPAN, now=clock) is None
    first.close(n=3)
    again = take(tmp_path / "c", {"n": 2}, span=SPAN, now=clock)
    assert again is not None
    assert again.content["n"] == 3  # what was written stays


def test_who_slept_over_its_claim_is_told_before_it_writes(tmp_path, clock, monkeypatch) -> None:
    elsewhere(monkeypatch, "one")
    sleeper = take(tmp_path / "c", {}, span=SPAN, now=clock)
    elsewhere(monkeypatch, "two")
    clock.time += SPAN
    assert take(tmp_path / "c", {}, span=SPAN, now=clock) is None  # not yet lapsed
    clock.time += timedelta(seconds=1)
    other = take(tmp_path / "c", {}, span=SPAN, now=clock)
    assert other is not None
    other.write(who="other")
    for late in (sleeper.insist, sleeper.write, sleeper.close):
        with pytest.raises(LeaseLostError):
            late()
    assert look(tmp_path / "c")["who"] == "other"


def test_a_sign_of_life_keeps_the_claim(tmp_path, clock, monkeypatch) -> None:
    elsewhere(monkeypatch, "one")
    mine = take(tmp_path / "c", {}, span=SPAN, now=clock)
    elsewhere(monkeypatch, "two")
    for _ in range(5):
        clock.time += SPAN
        mine.write()
        assert take(tmp_path / "c", {}, span=SPAN, now=clock) is None


def test_the_dead_lose_their_claim_at_once_and_a_clock_set_back_keeps_none_for_ever(
    tmp_path, clock, monkeypatch
) -> None:
    code = (
        "import sys; from datetime import *; from pathlib import Path\n"
        "from assay.workbench.lease import take\n"
        "now = lambda: datetime(2026, 11, 1, tzinfo=UTC)\n"
        "assert take(Path(sys.argv[1]), {'n': 7}, span=timedelta(hours=1), now=now)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "dead")], check=True)
    assert look(tmp_path / "dead")["held"]
    heir = take(tmp_path / "dead", {}, span=SPAN, now=clock)
    assert heir is not None
    assert heir.content["n"] == 7

    elsewhere(monkeypatch, "one")
    take(tmp_path / "c", {}, span=SPAN, now=clock)
    elsewhere(monkeypatch, "two")
    clock.time -= timedelta(days=1)
    assert take(tmp_path / "c", {}, span=SPAN, now=clock) is not None


def test_what_is_finished_is_not_taken_even_where_it_was_finished_meanwhile(
    tmp_path, clock, monkeypatch
) -> None:
    def is_done(content) -> bool:
        return content.get("state") == "done"

    elsewhere(monkeypatch, "one")
    slow = take(tmp_path / "c", {"state": "begun"}, span=SPAN, now=clock)
    elsewhere(monkeypatch, "two")
    clock.time += 2 * SPAN
    create = lease._create

    def finished_just_before(path: Path, text: str) -> bool:
        monkeypatch.setattr(lease, "_create", create)
        slow.write(state="done")
        return create(path, text)

    monkeypatch.setattr(lease, "_create", finished_just_before)
    assert take(tmp_path / "c", {}, span=SPAN, now=clock, unless=is_done) is None
    assert is_done(look(tmp_path / "c"))
    assert take(tmp_path / "c", {}, span=SPAN, now=clock, unless=is_done) is None


def test_a_stale_look_at_the_folder_wins_nothing(tmp_path, clock, monkeypatch) -> None:
    """Old files are tidied away; who saw only them may not take a number that was had before."""
    for _ in range(8):
        take(tmp_path / "c", {}, span=SPAN, now=clock).close()
    numbers = lease._numbers(tmp_path / "c")
    assert numbers[-1] == 8
    assert len(numbers) < 8
    stale = [numbers[0] - 2]
    (tmp_path / "c" / f"{stale[0]:06d}.json").write_text(
        json.dumps({"beat": clock().isoformat(), "held": False})
    )
    seen = iter([stale, *[lease._numbers(tmp_path / "c")] * 5])
    monkeypatch.setattr(lease, "_numbers", lambda _folder: next(seen))
    assert take(tmp_path / "c", {}, span=SPAN, now=clock) is None


def test_without_hard_links_a_name_is_still_given_once(tmp_path, clock, monkeypatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert take(tmp_path / "c", {}, span=SPAN, now=clock) is not None
    assert not lease._create(tmp_path / "c" / "000001.json", "{}")
    assert list(tmp_path.rglob(".staging-*")) == []


def test_the_shared_clock_tells_the_time_and_leaves_nothing(tmp_path) -> None:
    now = shared_clock(tmp_path / "state")()
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
    assert list((tmp_path / "state").iterdir()) == []


def _race(folder: str, gate: object, rounds: int, won: object) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    for number in range(rounds):
        gate.wait()
        held = take(Path(folder) / str(number), {}, span=timedelta(minutes=5), now=now)
        if held is not None:
            with won.get_lock():
                won[number] += 1
        gate.wait()


def test_of_several_that_come_at_once_one_has_it(tmp_path) -> None:
    context, rounds = multiprocessing.get_context("spawn"), 25
    gate, won = context.Barrier(3), context.Array("i", rounds)
    racers = [
        context.Process(target=_race, args=(str(tmp_path), gate, rounds, won)) for _ in range(3)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert list(won) == [1] * rounds
