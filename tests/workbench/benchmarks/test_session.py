"""Runs in random order, failures that are never times, and what is left of a run broken off."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.workbench.benchmarks.declared import Suite, Trial, read_suite
from assay.workbench.benchmarks.hands import FailedError, Overhead, Took
from assay.workbench.benchmarks.session import measure

FILE = """
sizes: {quick: {runs: 3, rounds: 4, warm_up: 2}}
workloads:
  one: {call: "a:b", items: 5}
  two: {call: "a:b"}
  cmd: {command: x}
"""


@dataclass
class FakeHand:
    hands: "FakeHands"
    trial: Trial

    def fit(self, seconds: float) -> int:
        assert seconds == 0.005
        return 1 if self.trial.command else 10

    def round(self, number: int) -> Took:
        assert number == (1 if self.trial.command else 10)
        self.hands.order.append(self.trial.workload)
        if self.hands.fails(self.trial.workload, len(self.hands.order)):
            raise FailedError("ended with 3", "oh no")
        return Took(seconds=0.02, cpu=0.01, memory=3e6 if self.trial.command else None)

    def peak(self) -> float | None:
        return None if self.trial.command else 5e6

    def close(self) -> None:
        self.hands.closed += 1


@dataclass
class FakeHands:
    failing: frozenset[str] = frozenset()
    stops_at: int = 10**9
    order: list[str] = field(default_factory=list)
    closed: int = 0

    def fails(self, name: str, at: int) -> bool:
        if at >= self.stops_at:
            raise KeyboardInterrupt
        return name in self.failing

    def take(self, trial: Trial) -> FakeHand:
        return FakeHand(self, trial)

    def loop(self) -> float:
        return 0.001

    def overhead(self) -> Overhead:
        return Overhead(call=0, round=0, command=0)


def clock() -> Iterator[datetime]:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    while True:
        now += timedelta(seconds=1)
        yield now


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    path = tmp_path / "b.yaml"
    path.write_text(FILE)
    return read_suite(path, "quick")


def runs(suite: Suite, hands: FakeHands, seed: int = 1) -> list:
    times = clock()
    return list(measure(suite, hands, now=lambda: next(times), seed=seed))


def test_every_workload_is_warmed_up_and_measured_as_often_in_each_run(suite: Suite) -> None:
    hands = FakeHands()
    found = runs(suite, hands)
    assert [one.number for one in found] == [1, 2, 3]
    assert Counter(hands.order) == dict.fromkeys(("one", "two", "cmd"), 3 * (2 + 4))
    values = {(r.trial.workload, r.metric): r.value for r in found[0].readings}
    assert values["one", "time"] == pytest.approx(0.002)
    assert values["cmd", "time"] == 0.02
    assert values["one", "cpu"] == pytest.approx(0.001)
    assert values["one", "throughput"] == pytest.approx(10 * 5 / 0.02)
    assert values["two", "throughput"] == pytest.approx(10 / 0.02)
    assert (values["one", "peak_memory"], values["cmd", "peak_memory"]) == (5.0, 3.0)
    assert values["one", "succeeded"] == 1.0
    counts = Counter((r.trial.workload, r.metric) for r in found[0].readings)
    assert (counts["one", "time"], counts["one", "peak_memory"]) == (4, 1)
    assert counts["cmd", "peak_memory"] == 4
    keys = [(r.trial.workload, r.metric, r.at) for one in found for r in one.readings]
    assert len(set(keys)) == len(keys)
    assert found[0].worked == pytest.approx(3 * 4 * 0.02)
    assert hands.closed == 9


def test_the_seed_decides_the_order_and_rounds_are_interleaved(suite: Suite) -> None:
    orders = []
    for seed in (1, 1, 2):
        hands = FakeHands()
        runs(suite, hands, seed)
        orders.append(hands.order)
    assert orders[0] == orders[1] != orders[2]
    measured = [orders[0][i : i + 3] for i in range(6, 18, 3)]  # after the first run's warm-up
    assert all(set(one) == {"one", "two", "cmd"} for one in measured)
    assert len({tuple(one) for one in measured}) > 1


def test_a_failing_workload_has_no_times_and_leaves_the_others_alone(suite: Suite) -> None:
    found = runs(suite, FakeHands(failing=frozenset({"two"})))
    for run in found:
        told = {(r.metric, r.value) for r in run.readings if r.trial.workload == "two"}
        assert told == {("succeeded", 0.0)}
        assert [f.what for f in run.failures] == ["ended with 3"] * 3  # then it is given up
        assert sum(r.metric == "time" for r in run.readings) == 8
        assert 1 not in run.rounds


def test_a_run_that_is_broken_off_leaves_nothing_and_ends_its_processes(suite: Suite) -> None:
    hands, times = FakeHands(stops_at=25), clock()
    found = measure(suite, hands, now=lambda: next(times), seed=1)
    assert next(found).number == 1
    with pytest.raises(KeyboardInterrupt):
        next(found)
    assert hands.closed == 6


def test_only_the_metrics_that_are_wanted_are_kept(suite: Suite) -> None:
    found = runs(replace(suite, metrics=("time",)), FakeHands())
    assert {r.metric for r in found[0].readings} == {"time"}


def test_measuring_is_a_share_of_the_time(suite: Suite) -> None:
    one, _, command = suite.trials
    overhead = Overhead(call=1e-8, round=2e-7, command=1e-4)
    assert overhead.share(one, 100, 1e-5) == pytest.approx((100 * 1e-8 + 2e-7) / 1e-5)
    assert overhead.share(command, 1, 0.002) == pytest.approx(0.05)
    assert overhead.share(one, 1, 0.0) == 1.0
