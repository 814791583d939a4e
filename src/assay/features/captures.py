"""What is kept of the runs of a suite: its cases, their runs, and what a change of each would mean.

Both sides of a comparison are captures: one is read from a baseline file, one made of new rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Final, Literal

from assay.core.errors import DataError, ParameterError
from assay.stats.regressions import Rules, Run

Worse = Literal["higher", "lower"]
Compared = Literal["ratios", "differences"]
_RUN_SD: Final = 0.05
_SHARE_RUN_SD: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedRun:
    """One run of a case.

    Attributes:
        run: its id.
        n: readings in it.
        values: of each statistic (`stats.regressions.STATISTICS`).
        errors: standard error that the readings alone leave; relative where ratios are compared.
    """

    run: str
    day: date
    revision: str = ""
    n: int
    values: Mapping[str, float]
    errors: Mapping[str, float]

    def __post_init__(self) -> None:
        if not self.n >= 1:
            raise DataError(f"run {self.run} has n={self.n} readings, expected one or more")
        if not self.values or self.values.keys() != self.errors.keys():
            raise DataError(f"run {self.run} lacks a value or an error of a statistic")
        for name in self.values:
            value, error = self.values[name], self.errors[name]
            if not (isfinite(value) and error >= 0 and isfinite(error)):
                raise DataError(
                    f"run {self.run} has {name}={value} with error {error}, expected finite numbers"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One metric of one workload at one provider, over several runs.

    Attributes:
        worse: the direction that is a regression.
        smallest: change that matters: a share of the baseline, or a difference in `unit`.
        compared: ratios of positive amounts; differences of shares and of what may be zero.
        quantiles: p50, p95 and p99 of all readings together, as many as so few readings show.
        run_sd: spread between runs, of the typical reading; None with a single run.
        sketch: all readings, as `stats.sketch.QuantileSketch` keeps them.
    """

    workload: str
    name: str = ""
    provider: str = ""
    metric: str
    unit: str = ""
    worse: Worse
    smallest: float
    compared: Compared = "ratios"
    quantiles: Mapping[str, float] = field(default_factory=dict)
    run_sd: float | None = None
    runs: tuple[CapturedRun, ...]
    sketch: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.runs:
            raise DataError(f"{self.label} has no run, expected one or more")
        if not self.smallest > 0:
            raise ParameterError(
                f"smallest={self.smallest} of {self.label}, expected a change above zero"
            )

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is matched by."""
        return self.workload, self.name, self.provider, self.metric

    @property
    def label(self) -> str:
        """`index · openai · time`."""
        name = "" if self.name.startswith(self.workload) else self.name
        shown = self.name if self.name and not name else self.workload
        return " · ".join(part for part in (shown, name, self.provider, self.metric) if part)

    @property
    def n(self) -> int:
        """Readings of all runs."""
        return sum(run.n for run in self.runs)

    @property
    def relative(self) -> bool:
        """Whether ratios are compared."""
        return self.compared == "ratios"

    @property
    def spread_believed(self) -> float:
        """What runs are believed to differ by before any is seen, in the unit of `smallest`."""
        if self.relative:
            return _RUN_SD
        return _SHARE_RUN_SD if self.unit == "share" else self.smallest

    def rules(self, *, alpha: float, power: float) -> Rules:
        """How its runs are held against others.

        Raises:
            ParameterError: where a number is out of range.
        """
        return Rules(
            worse=self.worse,
            smallest=self.smallest,
            alpha=alpha,
            power=power,
            run_sd=self.spread_believed,
            relative=self.relative,
        )

    def as_runs(self) -> tuple[Run, ...]:
        """Its runs as ratios are compared."""
        return tuple(Run(n=run.n, values=run.values, errors=run.errors) for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The runs of a suite in one state of the code.

    Attributes:
        name: of the baseline, "" of runs that are held against one.
        revisions, environments: in the order in which they were first measured.
        first, last: days of the readings.
    """

    name: str = ""
    suite: str
    revisions: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    first: date
    last: date
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        keys = [case.key for case in self.cases]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise DataError(f"{' · '.join(filter(None, twice[0]))} is in {self.suite} twice")
        if not self.first <= self.last:
            raise DataError(f"first day {self.first}, last {self.last}, expected them in order")

    @property
    def runs(self) -> int:
        """Runs, whatever they measured."""
        return len({run.run for case in self.cases for run in case.runs})
