"""Centred moments of one or several columns; samples merge by addition."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Self

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, means, and sums of centred products of `k` columns measured on the same units.

    `scatter[i][j]` is the sum over units of `(x_i − mean_i)(x_j − mean_j)`: sums of squares are
    never formed about zero, so a shift of the data costs no digits. `a + b` is the moments of the
    union and differs from one pass over it by rounding alone.

    Raises:
        DataError: where n is negative, a number is not finite, a sum of squares is negative, or
            the shapes disagree.

    References:
        Chan, Golub & LeVeque (1983), Algorithms for computing the sample variance, The American
        Statistician 37(3), eq. 2.1 (pairwise merge).
    """

    n: int
    mean: tuple[float, ...]
    scatter: Matrix

    def __post_init__(self) -> None:
        k = len(self.mean)
        if not self.n >= 0:
            raise DataError(f"n={self.n}, expected a count of units")
        if len(self.scatter) != k or any(len(row) != k for row in self.scatter):
            raise DataError(f"scatter of {len(self.scatter)} rows, expected {k} × {k}")
        if not all(isfinite(x) for row in (self.mean, *self.scatter) for x in row):
            raise DataError(f"moments {self.mean}, {self.scatter} are not all finite")
        if not all(self.scatter[i][i] >= 0 for i in range(k)):
            raise DataError(f"scatter {self.scatter} has a negative sum of squares")

    @classmethod
    def empty(cls, columns: int = 1) -> Self:
        """The moments of no units: adding them changes nothing."""
        return cls(0, (0.0,) * columns, ((0.0,) * columns,) * columns)

    @classmethod
    def of(cls, *columns: ArrayLike) -> Self:
        """The moments of arrays of equal length, one per column."""
        data = np.asarray(columns, dtype=float)
        if data.ndim != 2:
            raise DataError(f"{data.ndim - 1} axes per column, expected one")
        n = data.shape[1]
        if n == 0:
            return cls.empty(len(data))
        mean = data.mean(axis=1)
        centred = data - mean[:, None]
        drift = centred.mean(axis=1)  # what rounding left of the mean
        centred -= drift[:, None]
        scatter = centred @ centred.T
        return cls(
            n,
            tuple(float(x) for x in mean + drift),
            tuple(tuple(float(x) for x in row) for row in scatter),
        )

    @classmethod
    def of_counts(cls, successes: int, trials: int) -> Self:
        """The moments of `trials` zeros and ones of which `successes` are ones.

        Raises:
            DataError: unless 0 ≤ successes ≤ trials.
        """
        if not 0 <= successes <= trials:
            raise DataError(f"successes={successes}, expected 0..{trials} (trials)")
        if trials == 0:
            return cls.empty()
        return cls(trials, (successes / trials,), ((successes * ((trials - successes) / trials),),))

    def __add__(self, other: Moments) -> Moments:
        if len(self.mean) != len(other.mean):
            raise DataError(f"{len(other.mean)} columns, expected {len(self.mean)} to merge with")
        if not self.n or not other.n:
            return self if self.n else other
        n = self.n + other.n
        gap = [b - a for a, b in zip(self.mean, other.mean, strict=True)]
        weight = self.n * (other.n / n)
        columns = range(len(gap))
        return Moments(
            n,
            tuple(a + d * (other.n / n) for a, d in zip(self.mean, gap, strict=True)),
            tuple(
                tuple(
                    self.scatter[i][j] + other.scatter[i][j] + gap[i] * gap[j] * weight
                    for j in columns
                )
                for i in columns
            ),
        )

    @classmethod
    def union(cls, parts: Sequence[Moments]) -> Moments:
        """The moments of the union of many parts, one or more: as by adding them, but at once.

        Means are taken relative to the first, so that parts that are constant stay constant.
        """
        columns = len(parts[0].mean)
        some = [part for part in parts if part.n]
        if len(some) < 2 or any(len(part.mean) != columns for part in parts):
            found = parts[0]
            for part in parts[1:]:
                found += part
            return found
        n = np.array([part.n for part in some], dtype=float)
        mean = np.array([part.mean for part in some])
        total = sum(part.n for part in some)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
            gap = mean - mean[0]
            middle = n @ gap / total
            off = gap - middle
            within = np.array([part.scatter for part in some]).sum(axis=0)
            between = (off * n[:, None]).T @ off
            scatter = within + (between + between.T) / 2
        return Moments(
            total,
            tuple(float(x) for x in mean[0] + middle),
            tuple(tuple(float(x) for x in row) for row in scatter),
        )

    def project(self, weights: Sequence[Sequence[float]], *, mean: Sequence[float]) -> Moments:
        """The moments of weighted sums of the columns, one row of weights each.

        `mean` is given by the caller, who often knows it without rounding (a ratio, a residual).
        """
        rows = np.asarray(weights, dtype=float)
        scatter = rows @ np.asarray(self.scatter) @ rows.T
        np.fill_diagonal(scatter, np.maximum(scatter.diagonal(), 0.0))
        return Moments(
            self.n,
            tuple(float(x) for x in mean),
            tuple(tuple(float(x) for x in row) for row in scatter),
        )

    def column(self, index: int) -> Moments:
        """The moments of one column alone."""
        return Moments(self.n, (self.mean[index],), ((self.scatter[index][index],),))

    def variance(self, index: int = 0) -> float:
        """Variance of a column with n − 1 below.

        Raises:
            DataError: with fewer than two units.
        """
        return self.covariance(index, index)

    def covariance(self, one: int, other: int) -> float:
        """Covariance of two columns with n − 1 below.

        Raises:
            DataError: with fewer than two units.
        """
        if self.n < 2:
            raise DataError(f"n={self.n}, expected at least two units for a variance")
        return self.scatter[one][other] / (self.n - 1)
