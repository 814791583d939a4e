"""Closed formulas that other tools print, to be held against the engine on the same draws.

Each is the formula of the tool's documentation or source, not the tool: what else a product does
(gates, corrections) is not modelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from assay.analysis.experiments.calibration.answers import Answers

if TYPE_CHECKING:
    from assay.analysis.experiments.calibration.batches import Batch
    from assay.params import Metric


@dataclass(frozen=True, slots=True)
class Estimates:
    """Means (or ratios) of both arms, their variances, and the quantile to multiply by."""

    treated: NDArray[np.float64]
    control: NDArray[np.float64]
    treated_variance: NDArray[np.float64]
    control_variance: NDArray[np.float64]
    quantile: NDArray[np.float64]

    @property
    def half_width(self) -> NDArray[np.float64]:
        """Of the difference."""
        return self.quantile * np.sqrt(self.treated_variance + self.control_variance)


Ends = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def linear(e: Estimates) -> Ends:
    """Delta method on the lift (GrowthBook, Eppo, PostHog)."""
    variance = e.treated_variance / e.control**2
    variance = variance + e.control_variance * e.treated**2 / e.control**4
    lift, half = e.treated / e.control - 1, e.quantile * np.sqrt(variance)
    return lift - half, lift + half


def logarithmic(e: Estimates) -> Ends:
    """Delta method on the log of the ratio of means (tea-tasting)."""
    variance = e.treated_variance / e.treated**2 + e.control_variance / e.control**2
    ratio, half = e.treated / e.control, e.quantile * np.sqrt(variance)
    return ratio * np.exp(-half) - 1, ratio * np.exp(half) - 1


def naive(e: Estimates) -> Ends:
    """The difference's interval over the control's mean, as if that were known (Spotify)."""
    gap = e.treated - e.control
    return (gap - e.half_width) / e.control, (gap + e.half_width) / e.control


@dataclass(frozen=True, slots=True)
class Formula:
    """Welch's interval of the difference, and one of the formulas for the lift."""

    name: str
    ends: Callable[[Estimates], Ends]

    def answer(self, metric: Metric, treated: Batch, control: Batch, alpha: float) -> Answers:
        """Intervals of every stream; none where a mean or the variance is zero."""
        del metric
        e = estimates(treated, control, alpha)
        gap = e.treated - e.control
        with np.errstate(all="ignore"):
            low, high = self.ends(e)
        good = np.isfinite(low) & np.isfinite(high) & (e.half_width > 0)
        return Answers(
            value=np.where(good, gap, np.nan),
            low=np.where(good, gap - e.half_width, np.nan),
            high=np.where(good, gap + e.half_width, np.nan),
            lift_low=np.where(good, low, np.nan),
            lift_high=np.where(good, high, np.nan),
            methods=Counter({self.name: int(good.sum()), "refused": int((~good).sum())}),
        )


FORMULAS: Final = (
    Formula("linear delta", linear),
    Formula("log delta", logarithmic),
    Formula("naive", naive),
)


def estimates(treated: Batch, control: Batch, alpha: float) -> Estimates:
    """Welch's numbers of every stream."""
    (value, variance), (before, spread) = _estimate(treated), _estimate(control)
    whole = variance + spread
    with np.errstate(all="ignore"):
        freedom = whole**2 / (variance**2 / (treated.n - 1) + spread**2 / (control.n - 1))
        quantile = np.asarray(-stdtrit(freedom, alpha / 2), dtype=float)
    return Estimates(value, before, variance, spread, quantile)


def _estimate(batch: Batch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean, or ratio of sums, with the variance of that estimate."""
    mean, scatter = batch.mean, batch.scatter
    below = (batch.n - 1) * batch.n
    if mean.shape[1] == 1:
        return mean[:, 0], scatter[:, 0, 0] / below
    ratio = mean[:, 0] / mean[:, 1]
    squares = scatter[:, 0, 0] - 2 * ratio * scatter[:, 0, 1] + ratio**2 * scatter[:, 1, 1]
    return ratio, squares / (below * mean[:, 1] ** 2)
