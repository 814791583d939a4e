"""All methods, each on each scale, from every origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.stats.forecasting.autoregression import autoregressed, last_season
from assay.stats.forecasting.harmonic import harmonic
from assay.stats.forecasting.panel import panel
from assay.stats.forecasting.scales import FARTHEST, Scale, scales
from assay.stats.forecasting.smoothing import damped, smoothed

if TYPE_CHECKING:
    from assay.stats.forecasting.panel import Panel, Schedule

SPARE = 30
"""Values beyond a season that its method wants before the first cut."""


@dataclass(frozen=True, slots=True)
class Member:
    """A method on a scale.

    Attributes:
        name: of the method; with the scale, where it is not the plain one.
        scale: that it works on.
        paths: its forecasts, (origins, horizon), off the scale.
    """

    name: str
    scale: Scale
    paths: NDArray[np.float64]


def paths_of_members(
    values: NDArray[np.float64],
    plan: Schedule,
    periods: tuple[int, ...],
    low: float | None,
    high: float | None,
) -> tuple[Member, ...]:
    """What each method forecasts from every origin."""
    least, most = float(values.min()), float(values.max())
    spare = FARTHEST * (most - least)
    found = []
    kinds = scales(values, low, high)
    methods = _methods(panel([scale.there(values) for scale in kinds], plan, periods))
    for i, scale in enumerate(kinds):
        suffix = "" if scale.kind == "plain" else f", {scale.kind}"
        mine = slice(i * plan.origins.size, (i + 1) * plan.origins.size)
        for name, paths in methods.items():
            held = np.clip(scale.back(paths[mine]), least - spare, most + spare)
            found.append(Member(name + suffix, scale, held))
    return tuple(found)


def _methods(given: Panel) -> dict[str, NDArray[np.float64]]:
    flat, theta = smoothed(given)
    found = {
        "simple smoothing": given.seasoned(flat),
        "theta": given.seasoned(theta),
        "damped trend": given.seasoned(damped(given)),
        "autoregression": given.seasoned(autoregressed(given)),
        "harmonic": harmonic(given),
    }
    if given.periods and given.plan.cuts[0] > max(given.periods) + SPARE:
        found["last season"] = last_season(given)
    return found


def naive(
    values: NDArray[np.float64], plan: Schedule, periods: tuple[int, ...]
) -> NDArray[np.float64]:
    """The value of one (the longest) season ago, or the last one, from every origin."""
    period = max(periods, default=1)
    steps = np.arange(plan.horizon) % period
    found: NDArray[np.float64] = values[plan.origins[:, None] - period + steps[None, :]]
    return found
