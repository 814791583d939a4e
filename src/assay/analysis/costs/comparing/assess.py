"""From lines of attempts to everything that is told of configurations."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from assay.analysis.costs.comparing.alone import configurations_of
from assay.analysis.costs.comparing.findings import with_findings
from assay.analysis.costs.comparing.grid import grid_of
from assay.analysis.costs.comparing.pairs import FEWEST_RESOLVED, pairs_of
from assay.analysis.costs.comparing.result import ComparingResult
from assay.core.errors import DataError, ParameterError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.analysis.costs.comparing.grid import Grid
    from assay.analysis.costs.comparing.result import Configuration
    from assay.stats.multiplicity.corrections import Correction


def compare_configurations(  # noqa: PLR0913  what is compared, with whom, and how surely
    lines: pl.DataFrame,
    *,
    by: Sequence[str] = (),
    against: str | None = None,
    fewest: int = 10,
    correction: Correction = "holm",
    unit: str = "item",
    alpha: float = 0.05,
) -> ComparingResult:
    """Cost per resolved task of each configuration, and paired comparisons over shared items.

    A configuration alone is told over all it tried: what was spent over what was resolved. Two are
    compared over the items that both tried and over nothing else, repeated attempts averaged within
    each item, so that one that was given easier items gains nothing by it.

    Args:
        lines: of `features.attempts.attempt_lines`.
        by: the columns that make a configuration; those of the lines by default.
        against: name of the configuration that pairs are told against, its values joined by " · ";
            the one of the lowest cost per resolved task where None. p-values are adjusted for all
            pairs, whichever are told, so the choice may follow the data.
        fewest: shared items (or clusters of them) that a comparison needs.
        correction: for all pairs of one measure.
        unit: what intervals stand on, in words.
        alpha: one minus the confidence.

    Raises:
        DataError: where nothing was tried.
        ParameterError: where the configuration to compare against is unknown, or a number is out of
            range.
    """
    if not (fewest >= 2 and 0 < alpha < 1):
        raise ParameterError(
            f"fewest={fewest}, alpha={alpha}, expected at least 2, and a share between 0 and 1"
        )
    if lines.is_empty():
        raise DataError(
            "no attempts at named items, expected some",
            remedy="give item_id: what was worked on, the same for whoever works on it",
        )
    by = by or lines.columns[: lines.columns.index("item")]
    grid = grid_of(lines, by=by)
    configurations = configurations_of(lines, by=by, alpha=alpha)
    reference = _reference(grid, configurations, against, fewest)
    families, pairs = pairs_of(
        grid, reference=reference, fewest=fewest, correction=correction, alpha=alpha
    )
    result = ComparingResult(
        by=tuple(by),
        unit=unit,
        items=len(grid.items),
        attempts=sum(one.attempts for one in configurations),
        left_out=sum(one.left_out for one in configurations),
        spent=sum(one.spent for one in configurations),
        resolved=sum(one.resolved for one in configurations),
        configurations=configurations,
        reference=grid.names[reference],
        families=families,
        pairs=pairs,
        fewest=fewest,
        correction=correction,
        confidence=1 - alpha,
        findings=(),
    )
    return with_findings(result)


def _reference(
    grid: Grid, configurations: Sequence[Configuration], against: str | None, fewest: int
) -> int:
    """The column to compare against: of those that share most, the lowest cost per resolved."""
    if against is not None:
        if against not in grid.names:
            raise ParameterError(
                f"against={against!r}, expected a configuration",
                remedy=nearest(against, grid.names),
            )
        return grid.names.index(against)
    tried = (~np.isnan(grid.both_cost)).astype(float)
    partners = ((tried.T @ tried) >= fewest).sum(axis=0)
    place = {name: k for k, name in enumerate(grid.names)}

    def rank(one: Configuration) -> tuple[bool, bool, float, str]:
        per = one.per_resolved
        value = inf if per is None or per.value is None else per.value
        lonely = 2 * partners[place[one.name]] < partners.max()
        return bool(lonely), one.resolved < FEWEST_RESOLVED, value, one.name

    return place[min(configurations, key=rank).name]
