"""Harmonic regression: a line and waves, and what is left of them as an autoregression.

References:
    Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, 3rd ed., ch. 10.5
    (dynamic harmonic regression).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.stats.forecasting.autoregression import paths_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.forecasting.panel import Panel

HARMONICS = 8
"""Waves per season, at most half of its length."""
WINDOW = 6
"""Longest seasons that the line is fitted to, back from each cut."""
RIDGE = 1e-6
"""Keeps waves apart that the window can hardly tell from each other."""
SHORTEST = 60
"""Values that the line is fitted to at least, where there are as many."""


def harmonic(given: Panel) -> NDArray[np.float64]:
    """Forecasts with season, (origins, horizon)."""
    plan = given.plan
    waves = design(plan.n + plan.horizon, given.periods, int(plan.cuts.min()))
    window = max(SHORTEST, WINDOW * max(given.periods, default=1))
    fits = np.empty((plan.cuts.size, plan.n + plan.horizon))
    for cut in np.unique(plan.cuts):
        first, rows = max(0, int(cut) - window), np.flatnonzero(plan.cuts == cut)
        part, known = waves[first:cut], given.values[rows, first:cut]
        middle = known.mean(axis=1, keepdims=True)
        gram = part.T @ part
        size = np.sqrt(np.diag(gram)) + 1e-300
        system = gram / np.outer(size, size) + RIDGE * np.eye(size.size)
        solved = np.linalg.solve(system, ((known - middle) @ part / size).T)
        fits[rows] = middle + (solved.T / size) @ waves.T
    tail = paths_of(given.values - fits[:, : plan.n], plan, given.periods, centred=False)
    return replace(given, seasons=fits).seasoned(tail)


def design(length: int, periods: tuple[int, ...], known: int) -> NDArray[np.float64]:
    """Columns of one, time, and sine and cosine of each wave that `known` values can tell."""
    place = np.arange(length, dtype=float)
    columns = [np.ones(length), place / max(length, 1)]
    rates = {j / m for m in periods if known > 2 * m for j in range(1, min(HARMONICS, m // 2) + 1)}
    for rate in sorted(rates):
        angle = 2 * np.pi * rate * place
        columns.append(np.cos(angle))
        if rate < 0.5:
            columns.append(np.sin(angle))
    return np.stack(columns, axis=1)
