"""The distribution of a number at each step, by quantiles, and how past ones of it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.forecasting.quantiles import MIDDLE, PROBABILITIES

SUREST: Final = 0.995
"""Largest probability that so few independent stretches can carry; the smallest is its rest."""
_NORMAL: Final = ndtri(PROBABILITIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The distribution of a number at each step, by its quantiles.

    Attributes:
        ends: quantiles at `PROBABILITIES`, (probabilities, steps).
        depth: of each past number, the innermost central interval of its distribution, as made
            without it, that held it: 0 for the outermost, −1 for none; (origins, steps), NaN where
            it was not known or could not be tested.
    """

    ends: NDArray[np.float64]
    depth: NDArray[np.float64]

    @property
    def middle(self) -> NDArray[np.float64]:
        """The median of each step."""
        found: NDArray[np.float64] = self.ends[MIDDLE]
        return found

    def quantile(self, probability: float) -> NDArray[np.float64]:
        """That quantile of each step, (steps,); beyond the outermost as a normal curve goes on."""
        at = float(ndtri(probability))
        return np.array([_at(at, column) for column in self.ends.T])

    def interval(self, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Ends that hold a share of `level` of each step's distribution."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def above(self, amount: float) -> NDArray[np.float64]:
        """Probability that the number exceeds an amount, at each step."""
        return np.array([1 - _below(amount, column) for column in self.ends.T])

    def coverage(self, level: float) -> NDArray[np.float64]:
        """Share of past numbers inside such intervals, by step; NaN where none could be tested.

        Raises:
            DataError: where the ends of the level are not among `PROBABILITIES`.
        """
        place = np.flatnonzero(np.isclose(PROBABILITIES, (1 - level) / 2))
        if not place.size:
            raise DataError(
                f"level={level}, expected one of "
                f"{', '.join(f'{1 - 2 * p:g}' for p in PROBABILITIES[:MIDDLE])}"
            )
        count = self.tested
        inside = (np.nan_to_num(self.depth, nan=-1.0) >= int(place[0])).sum(axis=0)
        found: NDArray[np.float64] = np.where(count > 0, inside / np.maximum(count, 1), np.nan)
        return found

    @property
    def tested(self) -> NDArray[np.int_]:
        """Past numbers that were tested, by step."""
        found: NDArray[np.int_] = np.isfinite(self.depth).sum(axis=0)
        return found


def depth_of(made: NDArray[np.float64], came: NDArray[np.float64]) -> NDArray[np.float64]:
    """The innermost central interval that holds what came, −1 where none does."""
    held = (made[:MIDDLE] <= came) & (came <= made[: -MIDDLE - 1 : -1])
    return np.where(np.isfinite(came), held.sum(axis=0) - 1.0, np.nan)


def _at(normal: float, column: NDArray[np.float64]) -> float:
    if abs(normal) <= _NORMAL[-1]:
        return float(np.interp(normal, _NORMAL, column))
    edge = -1 if normal > 0 else 0
    return float(column[edge] + (normal / _NORMAL[edge] - 1) * (column[edge] - column[MIDDLE]))


def _below(amount: float, column: NDArray[np.float64]) -> float:
    """Probability of the amount or less."""
    if column[0] == column[-1]:
        return float(column[0] <= amount)
    k = int(np.searchsorted(column, amount, side="right"))
    if 0 < k < column.size:
        share = (amount - column[k - 1]) / (column[k] - column[k - 1])
        at = _NORMAL[k - 1] + share * (_NORMAL[k] - _NORMAL[k - 1])
    else:
        edge = 0 if k == 0 else -1
        reach = abs(column[edge] - column[MIDDLE]) / abs(_NORMAL[edge])
        away = (amount - column[edge]) / reach if reach > 0 else np.inf * (1 if k else -1)
        at = _NORMAL[edge] + away
    return float(np.clip(ndtr(at), 1 - SUREST, SUREST))


def fixed(values: NDArray[np.float64]) -> Spread:
    """Values that are taken to be known."""
    return Spread(ends=np.tile(values, (PROBABILITIES.size, 1)), depth=np.empty((0, values.size)))
