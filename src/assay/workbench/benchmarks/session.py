"""A session of measuring: runs one after another, and within each all workloads in turn.

Runs, workloads and rounds are interleaved in random order, so that what the machine does meanwhile
falls on all of them alike. A run that is broken off leaves nothing: its readings would count as
much as those of a whole one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from assay.workbench.benchmarks.declared import Trial
from assay.workbench.benchmarks.hands import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assay.workbench.benchmarks.declared import Suite
    from assay.workbench.benchmarks.hands import Hand, Hands

_GIVEN_UP: Final = 3
"""Failures of a workload one after another that end it for the run."""
_MB: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number that was measured."""

    trial: Trial
    metric: str
    unit: str
    value: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A round that did not do its work."""

    run: int
    trial: Trial
    what: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDone:
    """One run.

    Attributes:
        number: from 1.
        loop: seconds of the same arithmetic before it.
        worked: seconds that workloads took in the rounds that count.
        rounds: place of a workload → calls in a round, and what each round took.
    """

    number: int
    loop: float
    readings: tuple[Reading, ...]
    failures: tuple[Failure, ...]
    worked: float
    rounds: dict[int, tuple[int, tuple[float, ...]]]


@dataclass(slots=True)
class _Seen:
    """What came of one workload in one run."""

    seconds: list[float] = field(default_factory=list)
    tried: int = 0
    failed_on: int = 0
    readings: list[Reading] = field(default_factory=list)


def measure(
    suite: Suite, hands: Hands, *, now: Callable[[], datetime], seed: int
) -> Iterator[RunDone]:
    """The runs of a suite, each when it is whole.

    Args:
        suite: what is measured.
        hands: what measures.
        now: the time; every reading has its own.
        seed: of the order.
    """
    order = random.Random(seed)  # noqa: S311  an order, no secret
    numbers: dict[int, int] = {}
    for number in range(1, suite.effort.runs + 1):
        yield _Run(number, suite, hands, now, order, numbers).measured()


class _Run:
    def __init__(  # noqa: PLR0913, PLR0917  what a session has
        self,
        number: int,
        suite: Suite,
        hands: Hands,
        now: Callable[[], datetime],
        order: random.Random,
        numbers: dict[int, int],
    ) -> None:
        self.number, self.suite, self.hands, self.now = number, suite, hands, now
        self.order, self.numbers = order, numbers
        self.failures: list[Failure] = []
        self.seen = [_Seen() for _ in suite.trials]
        self.open: dict[int, Hand] = {}

    def measured(self) -> RunDone:
        loop = self.hands.loop()
        try:
            for place in self._shuffled(range(len(self.suite.trials))):
                self._warm_up(place)
            for _ in range(self.suite.effort.rounds):
                for place in self._shuffled(self.open):
                    self._round(place)
            for place in list(self.open):
                self._peak(place)
        finally:
            for hand in self.open.values():
                hand.close()
        for place in range(len(self.suite.trials)):
            self._close(place)
        return RunDone(
            number=self.number,
            loop=loop,
            readings=tuple(
                one
                for seen in self.seen
                for one in seen.readings
                if one.metric in self.suite.metrics
            ),
            failures=tuple(self.failures),
            worked=sum(sum(seen.seconds) for seen in self.seen),
            rounds={
                place: (self.numbers.get(place, 1), tuple(seen.seconds))
                for place, seen in enumerate(self.seen)
                if seen.seconds
            },
        )

    def _shuffled(self, places: Sequence[int] | dict[int, Hand] | range) -> list[int]:
        return self.order.sample(list(places), len(places))

    def _warm_up(self, place: int) -> None:
        trial = self.suite.trials[place]
        try:
            self.open[place] = hand = self.hands.take(trial)
            if place not in self.numbers:
                self.numbers[place] = hand.fit(self.suite.effort.seconds)
            for _ in range(self.suite.effort.warm_up):
                hand.round(self.numbers[place])
        except FailedError as failed:
            self.seen[place].tried += 1
            self._failed(place, failed)

    def _round(self, place: int) -> None:
        if place not in self.open:
            return
        seen = self.seen[place]
        number = self.numbers.get(place, 1)
        seen.tried += 1
        try:
            took = self.open[place].round(number)
        except FailedError as failed:
            self._failed(place, failed)
            return
        seen.failed_on = 0
        seen.seconds.append(took.seconds)
        at = self.now()
        self._read(place, "time", "s", took.seconds / number, at)
        self._read(place, "cpu", "s", took.cpu / number, at)
        if took.memory is not None:
            self._read(place, "peak_memory", "MB", took.memory / _MB, at)

    def _peak(self, place: int) -> None:
        try:
            peak = self.open[place].peak()
        except FailedError as failed:
            self._failed(place, failed)
            return
        if peak is not None and self.seen[place].seconds:
            self._read(place, "peak_memory", "MB", peak / _MB, self.now())

    def _failed(self, place: int, failed: FailedError) -> None:
        seen = self.seen[place]
        seen.failed_on += 1
        self.failures.append(
            Failure(
                run=self.number, trial=self.suite.trials[place], what=failed.what, told=failed.told
            )
        )
        if (failed.over or seen.failed_on >= _GIVEN_UP) and place in self.open:
            self.open.pop(place).close()

    def _close(self, place: int) -> None:
        """What is told once a run: how much was worked through, and how often it succeeded."""
        seen, trial, at = self.seen[place], self.suite.trials[place], self.now()
        if seen.seconds:
            done = len(seen.seconds) * self.numbers.get(place, 1) * trial.items
            self._read(place, "throughput", "1/s", done / sum(seen.seconds), at)
        if seen.tried:
            self._read(place, "succeeded", "share", len(seen.seconds) / seen.tried, at)

    def _read(self, place: int, metric: str, unit: str, value: float, at: datetime) -> None:
        trial = self.suite.trials[place]
        self.seen[place].readings.append(
            Reading(trial=trial, metric=metric, unit=unit, value=value, at=at)
        )
