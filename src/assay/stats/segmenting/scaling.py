"""Features of any unit and any tail brought to one scale, so that none decides by its unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LARGEST: Final = 1e100
FAR: Final = 12.0
"""Robust standard deviations from the median; past it a feature counts as heavy-tailed.

The largest of 5,000 normal values lies 4 away, of exponential values 10.
"""
NORMAL_QUARTILES: Final = 1.349


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scaling:
    """How rows were brought to one scale, to be done again to new rows."""

    features: int
    kept: NDArray[np.int64]
    left_out: tuple[int, ...]
    bent: tuple[int, ...]
    middle: NDArray[np.float64]
    bend: NDArray[np.float64]
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]

    def __call__(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Rows on the common scale; heavy tails through the inverse hyperbolic sine."""
        found = readable(rows)
        if found.shape[1] != self.features:
            raise DataError(
                f"{found.shape[1]} features in a row, expected {self.features}",
                remedy="give new rows the features that the segments were formed of, in order",
            )
        scaled = found[:, self.kept] if self.left_out else found.copy()
        self.straighten(scaled)
        scaled -= self.centre
        scaled /= self.spread
        return scaled

    def straighten(self, values: NDArray[np.float64]) -> None:
        """Bend heavy tails in, in place."""
        for at, width in enumerate(self.bend):
            if np.isfinite(width):
                values[:, at] = np.arcsinh((values[:, at] - self.middle[at]) / width)


def readable(rows: ArrayLike) -> NDArray[np.float64]:
    """A table of finite numbers, one entity a row.

    Raises:
        DataError: no table, no rows, no features, or values that are not finite numbers.
    """
    try:
        held = np.asarray(rows)
        table = (held if held.dtype.kind in "biuf" else held.astype("O")).astype(np.float64)
    except (TypeError, ValueError, OverflowError) as reason:
        raise DataError(
            "features cannot be read as numbers",
            remedy="lay categories out beside numbers with assay.stats.segmenting.embed",
        ) from reason
    if table.ndim != 2:
        raise DataError(
            f"features of shape {table.shape}, expected a table of numbers, entities × features",
            remedy="give one row per entity and one column per feature",
        )
    if not table.shape[0] or not table.shape[1]:
        raise DataError(
            f"{table.shape[0]} entities × {table.shape[1]} features, expected at least one of each",
            remedy="look whether a filter has left nothing",
        )
    _all_finite(table)
    return table


def _all_finite(table: NDArray[np.float64]) -> None:
    total = float(np.abs(table).sum())
    if total <= LARGEST:
        return
    missing = np.isnan(table)
    if missing.all():
        raise DataError(
            "every value is missing, expected numbers",
            remedy="look whether the features were computed at all",
        )
    whole = np.flatnonzero(missing.all(axis=0))
    if whole.size:
        raise DataError(
            f"feature {whole[0]} is missing for every entity, expected numbers",
            remedy="leave the feature out",
        )
    if missing.any():
        at = int(missing.any(axis=0).argmax())
        raise DataError(
            f"feature {at} is missing for {int(missing[:, at].sum())} of {len(table)} entities,"
            " expected a number for each",
            remedy="fill it by the missing rule of the feature, or leave those entities out",
        )
    at = int((~(np.abs(table) <= LARGEST)).any(axis=0).argmax())
    worst = table[np.abs(table[:, at]).argmax(), at]
    raise DataError(
        f"feature {at} holds {worst}, expected finite numbers within ±1e+100",
        remedy="a rate with a zero exposure? give it a missing rule, or leave those entities out",
    )


def scaling_of(table: NDArray[np.float64], *, scale: bool = True) -> Scaling:
    """The common scale of a table: constants out, heavy tails bent, unit standard deviation.

    Without `scale` constants are left out and nothing else is done.

    Raises:
        DataError: one entity, no feature that varies, fewer entities than features.
    """
    n, p = table.shape
    if n == 1:
        raise DataError(
            "one entity, expected at least as many as features",
            remedy="segments need entities to be told apart; widen the period or the filter",
        )
    varies = np.ptp(table, axis=0) > 1e-12 * np.abs(table).max(axis=0)
    if not varies.any():
        raise DataError(
            f"all of {p} features are constant over {n} entities, expected one that varies",
            remedy="entities that are all alike form one segment; add features that vary",
        )
    kept = np.flatnonzero(varies)
    if n < kept.size:
        raise DataError(
            f"{n} entities with {kept.size} features, expected at least as many entities",
            remedy="leave features out, or take more entities",
        )
    values = table[:, kept]
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    width = (high - low) / NORMAL_QUARTILES
    width = np.where(width > 0, width, np.std(values, axis=0))
    heavy = scale & (np.abs(values - middle).max(axis=0) > FAR * width)
    bend = np.where(heavy, width, np.inf)
    found = Scaling(
        features=p,
        kept=kept,
        left_out=tuple(np.flatnonzero(~varies).tolist()),
        bent=tuple(kept[heavy].tolist()),
        middle=middle,
        bend=bend,
        centre=np.zeros(kept.size),
        spread=np.ones(kept.size),
    )
    bent = values.copy()
    found.straighten(bent)
    return Scaling(
        features=p,
        kept=kept,
        left_out=found.left_out,
        bent=found.bent,
        middle=middle,
        bend=bend,
        centre=bent.mean(axis=0),
        spread=bent.std(axis=0) if scale else np.ones(kept.size),
    )
