"""One look at a fixed end: false positives, coverage, refusals, and whether both verdicts agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from math import exp
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.experiments.calibration.answers import Answering, Answers, Engine, Truth
from assay.analysis.experiments.calibration.formulas import FORMULAS
from assay.analysis.experiments.calibration.outcomes import Outcome
from assay.analysis.experiments.calibration.rows import (
    ALLOWED,
    Row,
    allowance,
    figure,
    within,
)
from assay.core.units import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator


PART: Final = "one look at a fixed end"
ALPHA: Final = 0.05
LIFTS: Final = (-0.2, 0.0, 0.05, 0.5, 1.0)
FEWEST_EVENTS: Final = 10
"""Expected non-zero units per arm below which an interval may be refused."""
LEAST: Final = 0.045
"""False positives below which an interval is too cautious, where Student's t is known to hold."""
SPREAD: Final = "standard deviation over mean"
FEWEST_ANSWERS: Final = 50
"""Answers below which nothing is said of them, as where all but a few streams are refused."""
LARGE: Final = 1000
"""Units per arm from which an interval must not be too wide, nor miss to one side."""
WIDEST: Final = 0.97
LOPSIDED: Final = 2.0
_AT_ONCE: Final = 4_000_000
"""Units drawn at once: bounds the memory."""


@dataclass(slots=True)
class Tally:
    """Counts over streams, of one way of answering at one lift."""

    streams: int = 0
    answered: int = 0
    positive: int = 0
    below: int = 0
    above: int = 0
    missed: int = 0
    disagreeing: int = 0
    methods: Counter[str] = field(default_factory=Counter)

    def add(self, answers: Answers, *, difference: float, lift: float) -> None:
        """Count what these streams say against the truth.

        Args:
            answers: intervals.
            difference: the true one.
            lift: the true one.
        """
        low, high = answers.low, answers.high
        up, down = answers.lift_low, answers.lift_high
        verdict, relative = (low > 0) | (high < 0), (up > 0) | (down < 0)
        unbounded = np.isinf(up) | np.isinf(down)
        self.streams += len(low)
        self.answered += int(answers.answered.sum())
        self.positive += int(verdict.sum())
        self.disagreeing += int(((verdict != relative) & answers.answered & ~unbounded).sum())
        self.missed += int(((low > difference) | (high < difference)).sum())
        self.below += int((down < lift).sum())
        self.above += int((up > lift).sum())
        self.methods.update(answers.methods)


@dataclass(frozen=True, slots=True)
class FixedEnd:
    """One kind of outcome at one size and split, at every lift.

    Attributes:
        outcome: what is drawn.
        n, n_control: units of the treated arm and of the control.
        floor: whether too few false positives are a fault, too.
        keep: whether the engine is given single units.
    """

    outcome: Outcome
    n: int
    n_control: int
    lifts: tuple[float, ...] = LIFTS
    floor: bool = False
    keep: bool = False

    def run(
        self, rng: Generator, streams: int, answering: Sequence[Answering] = (Engine(), *FORMULAS)
    ) -> list[Row]:
        """Simulate, and hold every figure against its band."""
        tallies = {(way.name, lift): Tally() for way in answering for lift in self.lifts}
        step = max(1, _AT_ONCE // (self.n + self.n_control))
        for start in range(0, streams, step):
            size = min(step, streams - start)
            control = self.outcome.draw(rng, size, self.n_control, keep=self.keep)
            treated = self.outcome.lifted(rng, size, self.n, self.lifts, keep=self.keep)
            for lift in self.lifts:
                gap = self.outcome.mean(lift) - self.outcome.mean()
                for way in answering:
                    arms = self.outcome.metric, treated[lift], control, ALPHA
                    if isinstance(way, Engine):
                        found = way.against(*arms, Truth(gap, lift))
                    else:
                        found = way.answer(*arms)
                    tallies[way.name, lift].add(found, difference=gap, lift=lift)
        return [
            row
            for (by, lift), tally in tallies.items()
            for row in self._rows(by, lift, tally, judged=by not in _NAMES)
        ]

    def owed(self, lift: float) -> bool:
        """Whether enough events are expected in either arm that an interval must be given."""
        events = min(self.n * self.outcome.events(lift), self.n_control * self.outcome.events())
        return events >= FEWEST_EVENTS

    def _rows(self, by: str, lift: float, tally: Tally, *, judged: bool) -> Iterator[Row]:
        owed = self.owed(lift)
        large = owed and min(self.n, self.n_control) >= LARGE
        s = tally.answered
        base = Row(
            part=PART,
            measure="",
            by=by,
            outcome=self.outcome.name,
            n=self.n,
            n_control=self.n_control,
            lift=lift,
            streams=s,
            value=0.0,
            error=0.0,
            note=_told(tally.methods),
        )
        most = 0.0 if owed else None
        refused = replace(base, streams=tally.streams)
        yield figure(refused, "refused", tally.streams - s, judged=judged, high=most)
        spread = self.outcome.variation
        yield replace(refused, measure=SPREAD, unit=NONE, value=spread, error=0.0)
        if s < max(FEWEST_ANSWERS, tally.streams / 50):
            return
        stray = allowance(ALPHA, s)
        if lift == 0:
            floor = min(LEAST, ALPHA - stray) if self.floor else None
            yield figure(
                base,
                "false positives",
                tally.positive,
                judged=judged,
                low=floor,
                high=ALPHA + stray,
            )
        least = 1 - ALPHA - stray
        covered = s - tally.below - tally.above
        yield figure(
            base,
            "coverage of the lift",
            covered,
            judged=judged,
            low=least,
            high=WIDEST + allowance(1 - WIDEST, s) if large else None,
        )
        covered = s - tally.missed
        yield figure(base, "coverage of the difference", covered, judged=judged, low=least)
        yield figure(base, "verdicts that differ", tally.disagreeing, judged=judged, high=0.0)
        for measure, hits in (
            ("interval below the truth", tally.below),
            ("interval above the truth", tally.above),
        ):
            yield figure(base, measure, hits, judged=False)
        if large:
            yield _sided(base, tally, judged=judged)


_NAMES: Final = {way.name for way in FORMULAS}


def _sided(base: Row, tally: Tally, *, judged: bool) -> Row:
    """The larger of both misses over the smaller; its error is the logarithm's, delta method."""
    less, more = sorted((tally.below + 0.5, tally.above + 0.5))
    ratio, error = more / less, (1 / more + 1 / less) ** 0.5
    most = LOPSIDED * exp(ALLOWED * error)
    return replace(
        base,
        measure="misses to one side over the other",
        unit=NONE,
        value=ratio,
        error=ratio * error,
        high=most if judged else None,
        holds=within(ratio, None, most) if judged else None,
    )


def _told(methods: Counter[str]) -> str:
    whole = sum(methods.values())
    return ", ".join(f"{name} {100 * k / whole:.3g} %" for name, k in methods.most_common() if k)
