"""Forecasts from past origins beside what came: shares, intervals and their past coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from assay.stats.forecasting.combining import combined, shares
from assay.stats.forecasting.intervals import widths
from assay.stats.forecasting.records import COMBINATION, REFERENCE, BackTest
from assay.stats.forecasting.scales import FARTHEST, Scale

if TYPE_CHECKING:
    from assay.stats.forecasting.cleaning import Ready
    from assay.stats.forecasting.members import Member
    from assay.stats.forecasting.panel import Schedule

FOLDS = 3
"""Stretches of origins; each is tested with intervals made from the others."""


@dataclass(frozen=True, slots=True)
class Tested:
    """The combination from the last origin, and the test of everything.

    Attributes:
        values: of each step.
        low: lower ends.
        high: upper ends.
        weights: shares of methods.
        coverage: past coverage by step, None where it could not be tested.
        records: one per method, the combination first; empty where nothing could be tested.
        origins: that were tested.
    """

    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    weights: dict[str, float]
    coverage: tuple[float | None, ...]
    records: tuple[BackTest, ...]
    origins: int


@dataclass(frozen=True, slots=True)
class _Past:
    """What was forecast and what came.

    Attributes:
        paths: (methods, origins, steps), the combination first, the reference last; from the past
            origins and, last, from the end.
        tilts: of each method, the share of its interval that is made on the relative scale.
        scales: the plain one and, where there is one, the relative.
        actual: (past origins, steps), NaN where not known.
        stretches: horizons that fit into the tested part.
        within: what no end may leave.
    """

    paths: NDArray[np.float64]
    tilts: NDArray[np.float64]
    scales: tuple[Scale, ...]
    actual: NDArray[np.float64]
    stretches: float
    within: tuple[float, float]


def tested(  # noqa: PLR0913  a series, what was forecast of it, and how it is judged
    ready: Ready,
    plan: Schedule,
    members: tuple[Member, ...],
    reference: NDArray[np.float64],
    *,
    period: int,
    level: float,
) -> Tested:
    """Combine members by their past errors, and make intervals of the combination's own.

    Args:
        ready: the series.
        plan: its origins.
        members: with their paths.
        reference: paths of the naive method, whose step in the series is `period`.
        period: of the naive method.
        level: nominal share inside an interval.
    """
    series = ready.values
    inside = np.minimum(plan.targets[:-1], plan.n - 1)
    known = (plan.targets[:-1] < plan.n) & ready.observed[inside]
    actual = np.where(known, series[inside], np.nan)
    paths = np.stack([member.paths for member in members])
    weight = shares(paths[:, :-1] - actual, 1e-12 * float(np.abs(series).max()) + 1e-300)
    joint = combined(paths, weight)
    weights = {member.name: float(share) for member, share in zip(members, weight, strict=True)}
    origins = int(known.any(axis=1).sum())
    if origins < FOLDS:
        half = _walk(series, plan.horizon, level)
        untested = (None,) * plan.horizon
        return Tested(joint[-1], joint[-1] - half, joint[-1] + half, weights, untested, (), origins)
    scales = tuple(dict.fromkeys(member.scale for member in members))
    relative = np.array([member.scale != scales[0] for member in members], dtype=float)
    past = _Past(
        paths=np.concatenate((joint[None], paths, reference[None])),
        tilts=np.concatenate(([float(weight @ relative)], relative, [0.0])),
        scales=scales,
        actual=actual,
        stretches=(plan.n - int(plan.origins[0])) / plan.horizon,
        within=_room(series),
    )
    low, high = _crossed(past, known, level)
    coverage = np.where(known, (low[0] <= actual) & (actual <= high[0]), np.nan)
    count = known.sum(axis=0)
    by_step = tuple(
        float(np.nansum(coverage[:, step]) / count[step]) if count[step] else None
        for step in range(plan.horizon)
    )
    unit = _naive_error(ready, period)
    names = (COMBINATION, *weights, REFERENCE)
    shared = (1.0, *weights.values(), 0.0)
    records = tuple(
        _record((names[i], shared[i]), past.paths[i, :-1], (low[i], high[i]), actual, (unit, level))
        for i in range(len(names))
    )
    ends = _ends(past, np.ones(actual.shape[0], dtype=bool), past.paths[:1, -1:], level)
    return Tested(joint[-1], ends[0][0, 0], ends[1][0, 0], weights, by_step, records, origins)


def _crossed(
    past: _Past, known: NDArray[np.bool_], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of every past interval, each made from the errors of the other folds."""
    low = np.full(past.paths[:, :-1].shape, np.nan)
    high = low.copy()
    fold = np.arange(known.shape[0]) * FOLDS // known.shape[0]
    for one in range(FOLDS):
        mine, others = fold == one, fold != one
        if known[others].any():
            low[:, mine], high[:, mine] = _ends(past, others, past.paths[:, :-1][:, mine], level)
    return low, high


def _ends(
    past: _Past, origins: NDArray[np.bool_], paths: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends around paths (first methods, starts, steps), by the errors from some origins."""
    tilts = past.tilts[: paths.shape[0]]
    low, high = np.zeros(paths.shape), np.zeros(paths.shape)
    for scale, share in zip(past.scales, (1 - tilts, tilts), strict=False):
        mine = np.flatnonzero(share > 0)
        if not mine.size:
            continue
        before = scale.there(past.paths[mine, :-1][:, origins])
        half = widths(scale.there(past.actual[origins]) - before, past.stretches, level)[:, None, :]
        middle, part = scale.there(paths[mine]), share[mine, None, None]
        low[mine] += part * scale.back(middle - half)
        high[mine] += part * scale.back(middle + half)
    return np.maximum(low, past.within[0]), np.minimum(high, past.within[1])


def _room(series: NDArray[np.float64]) -> tuple[float, float]:
    """Where ends of intervals may be: a relative scale can make them wider than any use of them."""
    least, most = float(series.min()), float(series.max())
    spare = 2 * FARTHEST * (most - least)
    return least - spare, most + spare


def _walk(series: NDArray[np.float64], horizon: int, level: float) -> NDArray[np.float64]:
    """Half widths of a random walk whose steps are as large as the series' own."""
    steps = np.diff(series)
    size = float(np.sqrt((steps @ steps) / steps.size))
    quantile = float(stdtrit(steps.size, (1 + level) / 2))
    found: NDArray[np.float64] = quantile * size * np.sqrt(np.arange(1, horizon + 1))
    return found


def _naive_error(ready: Ready, period: int) -> float:
    """Mean absolute error of the naive method within the series."""
    both = ready.observed[period:] & ready.observed[:-period]
    away = np.abs(ready.values[period:] - ready.values[:-period])[both]
    return float(away.mean()) if away.size else 0.0


def _record(
    named: tuple[str, float],
    paths: NDArray[np.float64],
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    actual: NDArray[np.float64],
    judged_by: tuple[float, float],
) -> BackTest:
    unit, level = judged_by
    known = np.isfinite(actual)
    away = np.abs(paths - actual)[known]
    size = (np.abs(paths) + np.abs(actual))[known]
    judged = known & np.isfinite(ends[0])
    low, high, came = ends[0][judged], ends[1][judged], actual[judged]
    missed = np.maximum(low - came, 0) + np.maximum(came - high, 0)
    score = (high - low + 2 / (1 - level) * missed).mean() if came.size else None
    return BackTest(
        method=named[0],
        weight=named[1],
        mase=float(away.mean()) / unit if unit > 0 else None,
        smape=float(200 * (away / np.where(size > 0, size, 1.0)).mean()),
        msis=None if score is None or not unit > 0 else float(score) / unit,
        coverage=float((missed == 0).mean()) if came.size else None,
        origins=int(known.any(axis=1).sum()),
    )
