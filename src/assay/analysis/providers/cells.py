"""Sums of cells → each cell drawn towards its agent, its provider and all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from assay.analysis.providers.result import ProviderCell, ProviderSpread
from assay.core.finding import Estimate
from assay.stats.crossed import crossed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.features.provider_cells import CellSums, ProviderCells

Array = NDArray[np.float64]

_FEWEST: Final = 2
"""Values that a cell needs to take part."""
_SCALES: Final = {"success": "log odds", "latency": "logarithm", "cost": "logarithm"}


def cells_of(
    cells: ProviderCells, *, smallest: int, alpha: float
) -> tuple[tuple[ProviderCell, ...], tuple[ProviderSpread, ...]]:
    """Every measure of every cell that may be told, and how much differs by what."""
    told: list[ProviderCell] = []
    spreads: list[ProviderSpread] = []
    rows = np.unique(np.array(cells.agents), return_inverse=True)[1]
    columns = np.unique(np.array(cells.providers), return_inverse=True)[1]
    for one in cells.measures:
        estimates, variances, back = _on_scale(one)
        known = np.isfinite(estimates) & (variances > 0) & (one.whole >= _FEWEST)
        pooled: dict[int, Estimate] = {}
        if known.any():
            places = np.flatnonzero(known)
            found = crossed(estimates[known], variances[known], rows[known], columns[known])
            for cell, place in enumerate(places):
                low, high = found.interval(cell, alpha)
                pooled[int(place)] = _back(back, low, float(found.values[cell]), high)
            spreads.append(
                ProviderSpread(
                    measure=one.name,
                    scale=_SCALES.get(one.name, one.unit),
                    agents=found.spreads[0],
                    providers=found.spreads[1],
                    beyond=found.spreads[2],
                )
            )
        told += _records(cells, one, pooled, smallest)
    return tuple(told), tuple(spreads)


def _records(
    cells: ProviderCells, one: CellSums, pooled: dict[int, Estimate], smallest: int
) -> Sequence[ProviderCell]:
    values = np.divide(one.part, one.whole, out=np.full_like(one.part, np.nan), where=one.whole > 0)
    values = np.exp(values) if one.name == "latency" else values
    return [
        ProviderCell(
            agent=cells.agents[i],
            provider=cells.providers[i],
            measure=one.name,
            unit=one.unit,
            n=int(one.whole[i]),
            persons=int(cells.persons[i]),
            value=float(values[i]) if np.isfinite(values[i]) else None,
            pooled=pooled.get(i),
        )
        for i in range(len(cells.agents))
        if cells.persons[i] >= smallest
    ]


def _on_scale(one: CellSums) -> tuple[Array, Array, Callable[[Array], Array]]:
    """Estimates that are nearly normal, their variances, and the way back."""
    some = np.maximum(one.whole, 1.0)
    if one.kind == "share":
        n = some / one.excess
        y = one.part / one.excess
        rate = (y + 0.5) / (n + 1)
        return np.log(rate / (1 - rate)), 1 / ((n + 1) * rate * (1 - rate)), expit
    mean = one.part / some
    variance = one.excess / some
    if one.kind == "log mean":
        logs = np.log(mean, out=np.full_like(mean, np.nan), where=mean > 0)
        return logs, variance, np.exp
    return mean, variance, np.exp if one.name == "latency" else np.asarray


def _back(back: Callable[[Array], Array], low: float, value: float, high: float) -> Estimate:
    ends = back(np.array([low, value, high]))
    return Estimate(value=float(ends[1]), low=float(ends[0]), high=float(ends[2]))
