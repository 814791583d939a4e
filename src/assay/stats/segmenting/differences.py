"""Each group against all others, in each column: how far apart, in three ways, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri, stdtr, stdtrit

from assay.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LEAST: Final = 5
"""Entities in a group, and beside it, of which a column has to be known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Differences:
    """K groups against the rest in p columns; every array is K × p, NaN where too few are known.

    Intervals hold all at once with a chance of 1 − `alpha`, and `p_value` is adjusted to match:
    `difference` excludes 0 exactly where it is at most `alpha`.

    Attributes:
        count: known values in the group; `others`: beside it.
        inside, outside: means.
        effect: the difference in standard deviations within the two sides (pooled).
        superiority: the chance that one of the group has more of it than one of the others.
        error: standard error of `effect`.
        tests: over how many the error is spread.
    """

    count: NDArray[np.int64]
    others: NDArray[np.int64]
    inside: NDArray[np.float64]
    outside: NDArray[np.float64]
    difference: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    effect: NDArray[np.float64]
    effect_low: NDArray[np.float64]
    effect_high: NDArray[np.float64]
    error: NDArray[np.float64]
    superiority: NDArray[np.float64]
    superiority_low: NDArray[np.float64]
    superiority_high: NDArray[np.float64]
    p_value: NDArray[np.float64]
    alpha: float
    tests: int

    @property
    def claimed(self) -> NDArray[np.bool_]:
        """Where the groups differ, in any of them wrongly with a chance of at most `alpha`."""
        return np.nan_to_num(self.p_value, nan=1.0) <= self.alpha


def differences(
    values: ArrayLike, labels: NDArray[np.int64], k: int, *, alpha: float = 0.05
) -> Differences:
    """What differs between groups that were made without looking at these values.

    For labels that were given, for columns that did not form them, or for entities that did not.
    Labels that were formed of the very values differ in them always, even where they mean nothing;
    `set_apart` is for those.

    Args:
        values: entities × columns; NaN where not known.
        labels: 0 … k − 1, −1 for those in no group, who count neither here nor there.
        k: groups.
        alpha: chance of any wrong claim, over all groups and columns.

    References:
        Welch (1947), The generalization of "Student's" problem; Šidák (1967), Rectangular
        confidence regions; DeLong, DeLong & Clarke-Pearson (1988), for the chance of more.
    """
    table, labels = _checked(values, labels, k, alpha)
    p = table.shape[1]
    distinct = k if k > 2 else 1
    tests = max(p * distinct, 1)
    shape = (k, p)
    known = np.isfinite(table)
    filled = np.where(known, table, 0.0)
    middle = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, table - middle, 0.0)
    held = (labels[:, None] == np.arange(k)).astype(np.float64)
    inside, outside = _moments(held, centred, known), _moments(1 - held, centred, known)
    enough = (inside.n >= LEAST) & (outside.n >= LEAST)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = inside.mean - outside.mean
        shares = inside.spread / inside.n, outside.spread / outside.n
        variance = shares[0] + shares[1]
        freedom = variance**2 / (shares[0] ** 2 / (inside.n - 1) + shares[1] ** 2 / (outside.n - 1))
        freedom = np.where(variance > 0, freedom, 1e9)
        free = inside.n + outside.n - 2
        pooled = ((inside.n - 1) * inside.spread + (outside.n - 1) * outside.spread) / free
        deviation = np.sqrt(pooled)
        level = 1 - (1 - alpha) ** (1 / tests)
        t = stdtrit(np.where(enough, freedom, 1.0), 1 - level / 2)
        reach = t * np.sqrt(variance)
        effect = np.where(gap == 0, 0.0, gap / deviation)
        error = np.sqrt(variance / pooled + effect**2 / (2 * free))
        single = 2 * stdtr(np.where(enough, freedom, 1.0), -np.abs(gap) / np.sqrt(variance))
        single = np.where((variance == 0) & (gap == 0), 1.0, single)
        p_value = -np.expm1(tests * np.log1p(-np.minimum(single, 1 - 1e-16)))
    more = _superiority(table, labels, enough, -ndtri(level / 2))
    blank = np.where(enough, 0.0, np.nan)
    return Differences(
        count=inside.n.astype(np.int64).reshape(shape),
        others=outside.n.astype(np.int64),
        inside=inside.mean + middle + blank,
        outside=outside.mean + middle + blank,
        difference=gap + blank,
        low=gap - reach + blank,
        high=gap + reach + blank,
        effect=effect + blank,
        effect_low=effect - t * error + blank,
        effect_high=effect + t * error + blank,
        error=error + blank,
        superiority=more[0],
        superiority_low=more[1],
        superiority_high=more[2],
        p_value=p_value + blank,
        alpha=alpha,
        tests=tests,
    )


@dataclass(frozen=True, slots=True)
class _Moments:
    n: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


def _moments(
    held: NDArray[np.float64], centred: NDArray[np.float64], known: NDArray[np.bool_]
) -> _Moments:
    n = held.T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = held.T @ centred / n
        squares = held.T @ centred**2 - n * mean**2
        return _Moments(n, mean, np.maximum(squares, 0.0) / (n - 1))


def _superiority(
    table: NDArray[np.float64],
    labels: NDArray[np.int64],
    enough: NDArray[np.bool_],
    z: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """P(one inside > one outside) + P(equal) / 2, with its interval on the logit scale."""
    found = np.full((3, *enough.shape), np.nan)
    for column in range(table.shape[1]):
        known = np.isfinite(table[:, column])
        value, label = table[known, column], labels[known]
        order = np.argsort(value, kind="stable")
        value, label = value[order], label[order]
        first = np.searchsorted(value, value, side="left")
        last = np.searchsorted(value, value, side="right")
        for group in np.flatnonzero(enough[:, column]):
            ours = label == group
            below = np.concatenate(([0], np.cumsum(ours)))
            mine = (below[first] + below[last]) / 2
            rest = (first + last) / 2 - mine
            n, m = int(ours.sum()), int((~ours).sum())
            above, under = rest[ours] / m, 1 - mine[~ours] / n
            chance = float(above.mean())
            clear = min(n, m)
            held = float(np.clip(chance, 0.5 / clear, 1 - 0.5 / clear))
            least = held * (1 - held) / (n * m)
            if held != chance:
                least = held * (1 - held) / clear
            variance = max(float(above.var(ddof=1) / n + under.var(ddof=1) / m), least)
            reach = z * np.sqrt(variance) / (held * (1 - held))
            ends = expit(logit(held) - reach), expit(logit(held) + reach)
            found[:, group, column] = chance, min(ends[0], chance), max(ends[1], chance)
    return found[0], found[1], found[2]


def _checked(
    values: ArrayLike, labels: NDArray[np.int64], k: int, alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    table = np.asarray(values, dtype=np.float64)
    labels = np.asarray(labels)
    if table.ndim != 2 or labels.shape != table.shape[:1]:
        raise DataError(
            f"values of shape {table.shape} with labels of shape {labels.shape}, expected entities"
            " × columns and one label for each entity",
            remedy="give values and labels of the same entities, in the same order",
        )
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha={alpha!r}, expected between 0 and 1", remedy="try 0.05")
    if labels.size and not (labels.min() >= -1 and labels.max() < k):
        raise DataError(
            f"labels from {labels.min()} to {labels.max()}, expected −1 to {k - 1}",
            remedy="number the groups from 0 on; −1 is for those in none",
        )
    kept = labels >= 0
    return np.where(np.isinf(table[kept]), np.nan, table[kept]), labels[kept].astype(np.int64)
