"""What days to come cost together, with what was spent already: distributions, as estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.analysis.costs.outlook.daily import Daily
from assay.analysis.costs.outlook.result import Held, Total
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.forecasting import Spread, Totals, forecast_totals
from assay.stats.forecasting.quantiles import PROBABILITIES

if TYPE_CHECKING:
    from datetime import date

    from assay.analysis.costs.outlook.scenarios import Factor

LONGEST: Final = 184
"""Days ahead beyond which nothing is told."""
EIGHTY: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """The distribution of what is spent in a period: `spent` so far, and `rest`, of one step.

    Attributes:
        least: known to be spent, as in a day that has begun; no end lies below.
        path: what each day of the rest is forecast to cost, for what begins on a later one.
    """

    spent: float
    least: float
    rest: Spread
    held: Held
    path: tuple[float, ...]

    def quantile(self, probability: float) -> float:
        """Of the whole period."""
        return max(self.spent + float(self.rest.quantile(probability)[0]), self.least)

    def estimate(self, level: float) -> Estimate:
        """Median and interval of the whole period."""
        low, high = (self.quantile((1 + side * level) / 2) for side in (-1, 1))
        return Estimate(value=self.quantile(0.5), low=low, high=high)

    def above(self, amount: float) -> float:
        """Probability that the period costs more than an amount."""
        if self.least > amount:
            return 1.0
        return float(self.rest.above(amount - self.spent)[0])

    def total(self, label: str, first: date, last: date, level: float) -> Total:
        """As the report tells it."""
        low, high = self.estimate(EIGHTY).low, self.estimate(EIGHTY).high
        return Total(
            label=label,
            first=first.isoformat(),
            last=last.isoformat(),
            spent=self.spent,
            usd=self.estimate(level),
            low_80=float(low or 0.0),
            high_80=float(high or 0.0),
            held=self.held,
        )

    def times(self, factor: Factor, skipped: int = 0) -> Sum:
        """If the rest cost a factor more from the day after the first `skipped` days on.

        What the factor leaves open widens the distribution.
        """
        path = np.array(self.path)
        whole = float(np.abs(path).sum())
        part = float(np.abs(path[skipped:]).sum()) / whole if whole > 0 else 1.0
        ends = self.rest.ends[:, 0]
        middle = float(self.rest.middle[0])
        by = 1 + part * (factor.value - 1)
        away = np.hypot(by * (ends - middle), part * factor.error * middle * ndtri(PROBABILITIES))
        moved = by * middle + np.sign(PROBABILITIES - 0.5) * away
        moved = np.maximum(moved, min(0.0, float(ends[0])))
        return Sum(
            spent=self.spent,
            least=self.least,
            rest=Spread(ends=moved[:, None], depth=np.empty((0, 1))),
            held=self.held,
            path=tuple(float(v) for v in path),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """The forecast of a series of daily spending, or why there is none."""

    daily: Daily
    found: Totals | None
    refused: str

    @property
    def beyond(self) -> str:
        """Why nothing is told of sums longer than those that are."""
        told = 0 if self.found is None else self.found.values.size
        return f"the past is too short to test sums of more than {told} days of such spend"

    def sum_of(self, skipped: int, days: int, *, spent: float = 0.0) -> Sum | None:
        """The distribution of some days to come, after those skipped; None without a forecast."""
        if self.found is None or skipped + days > self.found.values.size:
            return None
        if skipped:
            spread, at = self.found.spans(days), skipped
        else:
            spread, at = self.found.totals, days - 1
        begun = 0.0 if skipped else max(self.daily.later, 0.0)
        return Sum(
            spent=spent,
            least=spent + begun if begun else float("-inf"),
            rest=Spread(ends=spread.ends[:, at : at + 1], depth=spread.depth[:, at : at + 1]),
            held=held_of(spread, at, self.found.stretches * self.found.values.size / max(days, 1)),
            path=tuple(float(v) for v in self.found.values[skipped : skipped + days]),
        )


def foreseen(daily: Daily, horizon: int) -> Foreseen:
    """The next days of a series, by its own past since its first call."""
    if not daily.own.size:
        return Foreseen(daily=daily, found=None, refused="no call so far")
    if not daily.usd.any() and (daily.unknown >= daily.calls).all():
        return Foreseen(daily=daily, found=None, refused="no call has a known cost")
    try:
        found = forecast_totals(daily.own, min(horizon, LONGEST), credited=daily.credited)
    except DataError as error:
        return Foreseen(daily=daily, found=None, refused=error.message)
    return Foreseen(daily=daily, found=found, refused="")


def held_of(spread: Spread, at: int, stretches: float) -> Held:
    """How past intervals of such a number did."""
    eighty, most = (float(spread.coverage(level)[at]) for level in (EIGHTY, 0.95))
    return Held(
        share_80=None if np.isnan(eighty) else eighty,
        share_95=None if np.isnan(most) else most,
        tested=int(spread.tested[at]),
        stretches=stretches,
    )
