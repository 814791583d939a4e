"""All pairs of configurations tested, and those with the reference told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from assay.analysis.costs.comparing.intervals import (
    least_ratio,
    of_cells,
    of_means,
    of_ratios,
)
from assay.analysis.costs.comparing.result import Family, Measure, Pair
from assay.core.finding import Estimate
from assay.stats.comparisons.many_pairs import (
    PairedCells,
    PairedMeans,
    PairedRatios,
    paired_cells,
    paired_means,
    paired_ratios,
)
from assay.stats.multiplicity.corrections import adjusted_p_values, interval_alpha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.costs.comparing.grid import Grid
    from assay.stats.multiplicity.corrections import Correction

    Compared = PairedRatios | PairedMeans | PairedCells

FEWEST_RESOLVED: Final = 5
"""Shared items that each side has to have resolved for costs per resolved task to be compared."""
MEASURES: Final[tuple[Measure, ...]] = ("cost per resolved task", "cost per attempt", "success")
UNITS: Final[dict[Measure, str]] = {
    "cost per resolved task": "USD",
    "cost per attempt": "USD",
    "success": "share",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """All pairs of one measure: (base, other) → adjusted p; None where no test could be made."""

    adjusted: Mapping[tuple[int, int], float | None]
    tests: int
    level: float
    alpha: float
    fewest: int


def pairs_of(
    grid: Grid,
    *,
    reference: int,
    fewest: int,
    correction: Correction,
    alpha: float,
) -> tuple[tuple[Family, ...], tuple[Pair, ...]]:
    """Every pair tested; those of the reference told of, differences being other − reference.

    Args:
        grid: items by configurations.
        reference: the column that the others are told against.
        fewest: shared items that a comparison needs.
        correction: for all pairs of one measure.
        alpha: one minus the confidence of all intervals of one measure together.
    """
    k = len(grid.names)
    families: list[Family] = []
    told: list[Pair] = []
    for measure in MEASURES:
        tested = _tested(grid, measure, fewest=fewest, correction=correction, alpha=alpha)
        families.append(
            Family(
                measure=measure,
                pairs=k * (k - 1) // 2,
                compared=tested.tests,
                different=sum(p is not None and p <= alpha for p in tested.adjusted.values()),
                level=1 - tested.level,
            )
        )
        others = [column for column in range(k) if column != reference]
        found = compared(grid, measure, reference, others)
        told += [
            _pair(grid, measure, found, place, (reference, other), tested)
            for place, other in enumerate(others)
        ]
    return tuple(families), tuple(told)


def compared(grid: Grid, measure: Measure, base: int, others: Sequence[int]) -> Any:  # noqa: ANN401  one of the three
    """The sums of one configuration against others over what they share.

    Rates of single attempts are compared item by item (McNemar), averages of several by Student's
    t, as are all where items belong to clusters.
    """
    chosen = np.asarray(others, dtype=np.intp)
    if measure == "cost per resolved task":
        cost, success = grid.both_cost, grid.both_success
        return paired_ratios(
            (cost[:, base], success[:, base]), (cost[:, chosen], success[:, chosen]), grid.starts
        )
    if measure == "cost per attempt":
        return paired_means(grid.cost[:, base], grid.cost[:, chosen], grid.starts)
    if grid.single:
        return paired_cells(grid.success[:, base], grid.success[:, chosen])
    return paired_means(grid.success[:, base], grid.success[:, chosen], grid.starts)


def _tested(
    grid: Grid, measure: Measure, *, fewest: int, correction: Correction, alpha: float
) -> _Tested:
    k = len(grid.names)
    p_values: dict[tuple[int, int], float | None] = {}
    for base in range(k - 1):
        others = range(base + 1, k)
        found = compared(grid, measure, base, others)
        for place, other in enumerate(others):
            if int(found.clusters[place]) >= max(fewest, 2):
                sound = not _lacking(found, place)
                p_values[base, other] = float(found.p[place]) if sound else None
    p_list, tests = list(p_values.values()), len(p_values)
    adjusted = adjusted_p_values(p_list, correction, tests=tests)
    return _Tested(
        adjusted=dict(zip(p_values, adjusted, strict=True)),
        tests=tests,
        level=interval_alpha(p_list, correction, alpha=alpha, tests=tests),
        alpha=alpha,
        fewest=fewest,
    )


def _lacking(found: Compared, place: int) -> bool:
    """Whether too little was resolved to compare costs per resolved task."""
    if not isinstance(found, PairedRatios):
        return False
    return bool(min(found.other_wins[place], found.base_wins[place]) < FEWEST_RESOLVED)


def _pair(  # noqa: PLR0913, PLR0917  private: who, of what, and how surely
    grid: Grid,
    measure: Measure,
    found: Compared,
    place: int,
    columns: tuple[int, int],
    tested: _Tested,
) -> Pair:
    base, other = columns
    items, clusters = int(found.items[place]), int(found.clusters[place])
    value_other, value_base = _values(found, place)
    difference = ratio = p = None
    verdict = reason = ""
    if clusters < max(tested.fewest, 2):
        verdict = "not compared"
        reason = f"{clusters:,} shared, expected at least {max(tested.fewest, 2):,}"
    elif isinstance(found, PairedRatios) and _lacking(found, place):
        verdict, reason, ratio = _unresolved(grid, found, place, columns, tested)
    else:
        if isinstance(found, PairedRatios):
            difference, ratio = of_ratios(found, place, alpha=tested.level)
        elif isinstance(found, PairedMeans):
            difference, ratio = of_means(found, place, alpha=tested.level)
        else:
            difference, ratio = of_cells(found, place, alpha=tested.level)
        p = float(found.p[place])
    adjusted = tested.adjusted.get((min(columns), max(columns)))
    if not verdict:
        verdict = "no difference seen"
        if adjusted is not None and adjusted <= tested.alpha and difference is not None:
            verdict = "lower" if (difference.value or 0.0) < 0 else "higher"
    return Pair(
        one=grid.names[other],
        other=grid.names[base],
        measure=measure,
        verdict=verdict,  # type: ignore[arg-type]
        unit=UNITS[measure],
        items=items,
        clusters=clusters,
        value_one=value_other,
        value_other=value_base,
        difference=difference,
        ratio=ratio,
        p=p,
        adjusted=adjusted,
        reason=reason,
    )


def _values(found: Compared, place: int) -> tuple[float | None, float | None]:
    """What the other and the base have on shared items; None where there is no such number."""
    n = int(found.items[place])
    if not n:
        return None, None
    if isinstance(found, PairedCells):
        both = int(found.both[place])
        return (both + int(found.other[place])) / n, (both + int(found.base[place])) / n
    if isinstance(found, PairedMeans):
        return float(found.other[place]), float(found.base[place])
    sides = ((found.other_cost, found.other_rate), (found.base_cost, found.base_rate))
    one, other = (
        float(cost[place] / rate[place]) if rate[place] > 0 else None for cost, rate in sides
    )
    return one, other


def _unresolved(
    grid: Grid, found: PairedRatios, place: int, columns: tuple[int, int], tested: _Tested
) -> tuple[str, str, Estimate | None]:
    """Where a side resolved little: nothing, unless a side without any is surely the dearer."""
    wins = {columns[1]: int(found.other_wins[place]), columns[0]: int(found.base_wins[place])}
    poor = min(wins, key=lambda column: wins[column])
    rich = columns[0] if poor == columns[1] else columns[1]
    told = f"{grid.names[poor]} resolved {wins[poor]:,} of {int(found.items[place]):,} shared items"
    needed = f"{told}, expected at least {FEWEST_RESOLVED}"
    if wins[poor] or wins[rich] < FEWEST_RESOLVED or grid.clustered:
        return "not compared", needed, None
    cost, success = grid.both_cost, grid.both_success
    both = ~np.isnan(cost[:, poor]) & ~np.isnan(cost[:, rich])
    times = least_ratio(
        (cost[both, poor], success[both, poor]),
        (cost[both, rich], success[both, rich]),
        alpha=tested.level,
    )
    sure = times > 1
    if poor == columns[1]:
        return (
            "higher" if sure else "not compared",
            told,
            Estimate(value=None, low=times, high=None),
        )
    most = None if not times > 0 else 1 / times
    return "lower" if sure else "not compared", told, Estimate(value=None, low=0.0, high=most)
