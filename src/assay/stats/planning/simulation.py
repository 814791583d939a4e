"""How a plan works out over simulated experiments, on units that really were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

SUPPORT: Final = 2_000
"""Units that an arm is drawn from where it is larger: the most unusual ones, and a regular choice
of the others, each with its weight."""
_EXTREME: Final = 500
_DRAWS: Final = 3_000_000
"""Units drawn at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What each simulated experiment does.

    Attributes:
        lift: true change of the treated arm relative to the control, put into every unit.
        bound: lift that an interval has to exclude.
        treated, control: units of the arms at each look, rising.
        bounds: of the statistic at each look.
    """

    lift: float
    bound: float
    treated: Sequence[int]
    control: Sequence[int]
    bounds: Sequence[float]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Each simulated experiment: how it ended.

    Attributes:
        side: 1 where the change was claimed to lie above the bound, −1 below, 0 for no claim.
        look: index of the look at which it ended.
        estimate: lift estimated there.
    """

    side: NDArray[np.int8]
    look: NDArray[np.int64]
    estimate: Floats


def simulate(
    columns: Sequence[Floats], trial: Trial, *, runs: int, rng: np.random.Generator
) -> Outcomes:
    """Experiments on units drawn with replacement from those given.

    The treated arm's values are multiplied by 1 + lift (of zeros and ones, each is drawn anew with
    the changed rate), so that what is skewed stays so. At each look the difference against the
    bound is held against its standard error (unpooled, by the delta method for a ratio), as the
    analysis would.

    Args:
        columns: values of the units, or numerators and denominators.
        trial: what each experiment does.
        runs: how many experiments.
        rng: where chance comes from.

    Raises:
        DataError: without at least two units, or with a rate that the lift takes out of 0 to 1.
    """
    if len(columns[0]) < 2 or len(trial.treated) != len(trial.bounds):
        raise DataError(f"{len(columns[0])} units, expected two or more, and a bound per look")
    binary = len(columns) == 1 and bool(np.isin(columns[0], (0.0, 1.0)).all())
    if binary:
        rate = float(columns[0].mean())
        if not 0 <= rate * (1 + trial.lift) <= 1:
            raise DataError(f"a rate of {rate:.3g} cannot change by {trial.lift:+.3g} of itself")
        here = _rates(rate * (1 + trial.lift), trial.treated, runs, rng)
        there = _rates(rate, trial.control, runs, rng)
    else:
        features = _features(columns)
        moved = _features([columns[0] * (1 + trial.lift), *columns[1:]])
        here = _sums(moved, trial.treated, runs, rng)
        there = _sums(features, trial.control, runs, rng)
    return _ended(here, there, trial, ratio=len(columns) > 1)


def _ended(here: Floats, there: Floats, trial: Trial, *, ratio: bool) -> Outcomes:
    """The first look at which each run crosses a bound; the last, where none is crossed.

    `here` and `there` are sums by look, run and feature.
    """
    runs = here.shape[1]
    side, look = np.zeros(runs, dtype=np.int8), np.full(runs, len(trial.bounds) - 1)
    estimate, going = np.zeros(runs), np.ones(runs, dtype=bool)
    for k, bound in enumerate(trial.bounds):
        top, of_top = _mean(here[k], trial.treated[k], ratio=ratio)
        base, of_base = _mean(there[k], trial.control[k], ratio=ratio)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = 1 + trial.bound * np.sign(base)
            error = np.sqrt(of_top + weight**2 * of_base)
            z = np.where(error > 0, (top - weight * base) / error, 0.0)
            lift = np.where(base != 0, (top - base) / np.abs(base), 0.0)
        crossed = going & (np.abs(z) > bound)
        side[crossed], look[crossed] = np.sign(z[crossed]).astype(np.int8), k
        estimate[crossed] = lift[crossed]
        going &= ~crossed
        if k == len(trial.bounds) - 1:
            estimate[going] = lift[going]
    return Outcomes(side, look, estimate)


def _mean(sums: Floats, n: int, *, ratio: bool) -> tuple[Floats, Floats]:
    """Mean (or ratio of means) and the variance of that estimate, of each run."""
    y = sums[:, 0] / n
    squares = n / max(n - 1, 1)
    of_y = np.maximum(sums[:, 1] / n - y * y, 0.0) * squares
    if not ratio:
        return y, of_y / n
    d = sums[:, 2] / n
    of_d = np.maximum(sums[:, 3] / n - d * d, 0.0) * squares
    both = (sums[:, 4] / n - y * d) * squares
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(d != 0, y / d, 0.0)
        variance = np.maximum(of_y + found**2 * of_d - 2 * found * both, 0.0) / d**2 / n
    return found, np.where(d != 0, variance, 0.0)


def _features(columns: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Values whose sums give means and variances, per unit, with the weight of each unit.

    Values are taken about their own size, which keeps squares exact enough.
    """
    y = columns[0]
    if len(columns) == 1:
        table = np.column_stack([y, y * y])
        order = np.argsort(y)
    else:
        d = columns[1]
        table = np.column_stack([y, y * y, d, d * d, y * d])
        ratio = y.mean() / d.mean() if d.mean() else 0.0
        order = np.argsort(y - ratio * d)
    n = len(y)
    if n <= SUPPORT:
        return table, np.full(n, 1 / n)
    low, high = order[: _EXTREME // 2], order[-_EXTREME // 2 :]
    middle = order[_EXTREME // 2 : -_EXTREME // 2]
    groups = np.array_split(middle, SUPPORT - _EXTREME)
    centres = np.array([table[group].mean(axis=0) for group in groups])
    weights = np.array([len(group) for group in groups]) / n
    kept = np.concatenate([table[low], centres, table[high]])
    return kept, np.concatenate([np.full(len(low), 1 / n), weights, np.full(len(high), 1 / n)])


def _sums(
    units: tuple[Floats, Floats], sizes: Sequence[int], runs: int, rng: np.random.Generator
) -> Floats:
    """Sums of the features at each look, by look, run and feature."""
    table, weights = units
    found = np.empty((len(sizes), runs, table.shape[1]))
    sofar = np.zeros((runs, table.shape[1]))
    for k, (size, before) in enumerate(zip(sizes, (0, *sizes), strict=False)):
        sofar = sofar + _drawn(table, weights, size - before, runs, rng)
        found[k] = sofar
    return found


def _drawn(
    table: Floats, weights: Floats, size: int, runs: int, rng: np.random.Generator
) -> Floats:
    if size <= 0:
        return np.zeros((runs, table.shape[1]))
    if size > len(table):  # cheaper to draw how often each unit occurs
        return rng.multinomial(size, weights / weights.sum(), size=runs) @ table
    edges = np.cumsum(weights)
    edges[-1] = 1.0
    step = max(1, _DRAWS // size)
    parts = []
    equal = bool(np.ptp(weights) == 0)
    for start in range(0, runs, step):
        shape = (min(step, runs - start), size)
        if equal:
            chosen = rng.integers(0, len(table), shape)
        else:
            chosen = np.searchsorted(edges, rng.random(shape), side="right")
        parts.append(
            np.column_stack([table[:, j][chosen].sum(axis=1) for j in range(table.shape[1])])
        )
    return np.concatenate(parts)


def _rates(rate: float, sizes: Sequence[int], runs: int, rng: np.random.Generator) -> Floats:
    """Sums of zeros and ones and of their squares, which are the same."""
    steps = np.diff([0, *sizes])
    ones = np.cumsum(np.array([rng.binomial(step, rate, runs) for step in steps]), axis=0)
    return np.stack([ones, ones], axis=2).astype(float)


def standard_error(share: float, runs: int) -> float:
    """Of a share of so many runs; where all agree, as if one more run had not."""
    kept = min(max(share, 1 / (runs + 1)), runs / (runs + 1))
    return sqrt(kept * (1 - kept) / runs)
