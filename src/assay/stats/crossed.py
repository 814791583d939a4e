"""Cells of two crossed names, each drawn towards what its row, its column and all cells say."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from assay.core.errors import DataError
from assay.stats.bayes.mixture import Mixture

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Array = NDArray[np.float64]

_STEPS: Final = np.array([0.0, 0.05, 0.1, 0.18, 0.32, 0.56, 1.0, 1.8])
"""Spreads that are averaged over, in units of the prior's scale."""
_MOST: Final = 600
_LEAST: Final = 1e-10
_NO_WEIGHT: Final = 1e-3
"""Of the likeliest spreads' weight, below which others are left out of what is averaged."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Crossed:
    """What is believed of each cell.

    Attributes:
        weights: of the spreads that are averaged over.
        means, sds: of each cell (rows) under each of them (columns).
        spreads: expected standard deviation between rows, between columns, and of what is left of
            cells beyond both.
        mean: of all.
    """

    weights: Array
    means: Array
    sds: Array
    spreads: tuple[float, float, float]
    mean: float

    @property
    def values(self) -> Array:
        """The pooled estimates."""
        return np.asarray(self.means @ self.weights)

    def interval(self, cell: int, alpha: float) -> tuple[float, float]:
        """Central interval of one cell."""
        return Mixture.of(self.weights, self.means[cell], self.sds[cell]).interval(alpha)


def crossed(
    estimates: ArrayLike, variances: ArrayLike, rows: ArrayLike, columns: ArrayLike
) -> Crossed:
    """Cells y = mean + row + column + interaction + error, all normal, errors of known variance.

    The mean has a flat prior; the three spreads half-normal ones, whose scale is the spread of the
    estimates, and are averaged over by their restricted likelihood, so that intervals carry what
    is not known of them. Where there is one row, or one column, or one cell, its spread is zero.

    Args:
        estimates: of each cell that there is; a row need not have all columns.
        variances: of each.
        rows: number of each cell's row, from 0.
        columns: of its column.

    References:
        Searle, Casella & McCulloch (1992), Variance components, ch. 6-7 (restricted likelihood,
        prediction); Gelman (2006), Bayesian Analysis 1(3) (half-normal priors of spreads).

    Raises:
        DataError: without a cell, with more than 600, or where a number is not finite or a variance
            not positive.
    """
    y, v = np.asarray(estimates, float), np.asarray(variances, float)
    i, j = np.asarray(rows, np.int64), np.asarray(columns, np.int64)
    fine = y.shape == v.shape == i.shape == j.shape and 0 < y.size <= _MOST
    if not fine or not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise DataError(
            f"{y.size} cells, expected 1 to {_MOST}, finite, each with a positive variance"
        )
    scale = max(float(y.std()), float(np.sqrt(np.median(v))))
    same_row = (i[:, None] == i).astype(float)
    same_column = (j[:, None] == j).astype(float)
    own = np.eye(y.size)
    many = (len(np.unique(i)) > 1, len(np.unique(j)) > 1)
    left = y.size > 1 and (y.size > len(np.unique(i)) + len(np.unique(j)) - 1 or not all(many))
    left = left and not (y.size <= max(len(np.unique(i)), len(np.unique(j))) and any(many))
    grids = [_STEPS * scale if free else np.zeros(1) for free in (*many, left)]
    found = [
        _given(y, v, (a * a) * same_row + (b * b) * same_column + (c * c) * own)
        for a, b, c in product(*grids)
    ]
    logs = np.array([one[0] for one in found])
    logs += np.array([_log_prior(point, grids, scale) for point in product(*grids)])
    weights = np.exp(logs - logs.max())
    kept = np.flatnonzero(weights > _NO_WEIGHT)
    weights = weights[kept] / weights[kept].sum()
    found = [found[place] for place in kept]
    points = np.array(list(product(*grids)))[kept]
    spreads = weights @ points
    return Crossed(
        weights=weights,
        means=np.column_stack([one[2] for one in found]),
        sds=np.column_stack([one[3] for one in found]),
        spreads=(float(spreads[0]), float(spreads[1]), float(spreads[2])),
        mean=float(weights @ [one[1] for one in found]),
    )


def _given(y: Array, v: Array, between: Array) -> tuple[float, float, Array, Array]:
    """Log restricted likelihood, mean, and every cell's mean and deviation, given the spreads."""
    factor = cho_factor(between + np.diag(v), lower=True)
    ones = np.ones(y.size)
    pulled = cho_solve(factor, np.column_stack((y, ones, between)))
    information = float(ones @ pulled[:, 1])
    mean = float(ones @ pulled[:, 0]) / information
    off = pulled[:, 0] - mean * pulled[:, 1]
    log_p = -float(np.log(np.diag(factor[0])).sum()) - (np.log(information) + y @ off) / 2
    reach = 1 - between @ pulled[:, 1]
    variance = np.diag(between) - (between * pulled[:, 2:].T).sum(axis=1) + reach**2 / information
    return float(log_p), mean, mean + between @ off, np.sqrt(np.maximum(variance, _LEAST * v))


def _log_prior(point: tuple[float, ...], grids: list[Array], scale: float) -> float:
    """Half-normal density of each spread times the width of its part of the grid."""
    found = 0.0
    for one, grid in zip(point, grids, strict=True):
        if len(grid) > 1:
            edges = np.concatenate(([0.0], (grid[1:] + grid[:-1]) / 2, [grid[-1] * 1.3]))
            found += float(np.log(np.diff(edges)[grid == one][0]) - (one / scale) ** 2 / 2)
    return found
