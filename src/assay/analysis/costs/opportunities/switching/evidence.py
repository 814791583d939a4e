"""What is known of two configurations at one kind of work: quality and cost, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtr

from assay.analysis.costs.comparing.intervals import of_cells, of_means
from assay.analysis.costs.opportunities.switching.result import Seen
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.adjustment.matching import MatchedMeans, matched_means
from assay.stats.comparisons.many_pairs import (
    PairedCells,
    PairedMeans,
    paired_cells,
    paired_means,
)
from assay.stats.contrasts import NormalContrast
from assay.stats.level import Level
from assay.stats.means import Gap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.costs.comparing.grid import Grid

    Floats = NDArray[np.float64]

LEAST_ROWS: Final = 20
"""Rows that both need in a stratum of like work."""
FEWEST_CLUSTERS: Final = 10
"""Groups of users of each configuration that like work has to come from."""
_SELECTED: Final = 0.05
"""p from which on it counts as chance that one did otherwise where the other was not tried."""
_FEW: Final = 5
"""Items that were not shared, from which on it is looked whether they were others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Two configurations side by side, before any level of an interval is chosen.

    Attributes:
        found: of quality: pairs, or means within like work; `costs`: the same of costs.
        now, then: quality of the current one and of the candidate.
        users: behind rows of like work; 0 for items.
        spread: variance of the difference that one unit of each arm brings in a trial like this
            one: of an item's difference, or of a user's mean.
        discordant: share of items in which exactly one succeeded; None where outcomes are shares.
    """

    seen: Seen
    found: PairedCells | PairedMeans | MatchedMeans
    costs: PairedMeans | MatchedMeans
    n: int
    clusters: int
    now: float
    then: float
    covered: float
    selected: bool
    users: int
    spread: float
    discordant: float | None

    @property
    def times(self) -> float | None:
        """The candidate's cost over the current one's; None where that costs nothing."""
        costs = self.costs
        if isinstance(costs, MatchedMeans):
            return costs.treated / costs.control if costs.control > 0 else None
        known = int(costs.clusters[0]) >= 2 and costs.base[0] > 0
        return float(costs.other[0] / costs.base[0]) if known else None

    def cost_ratio(self, alpha: float) -> Estimate | None:
        """The same with its ends (Fieller's), at one minus this error."""
        if self.times is None:
            return None
        if isinstance(self.costs, MatchedMeans):
            return _matched_costs(self.costs, alpha)
        return of_means(self.costs, 0, alpha=alpha)[1]

    def quality(self, alpha: float) -> Estimate | None:
        """Candidate − current, at one minus this two-sided error; None where nothing varies."""
        if isinstance(self.found, PairedCells):
            return of_cells(self.found, 0, alpha=alpha)[0]
        if isinstance(self.found, MatchedMeans):
            return _matched_quality(self.found, alpha)
        varies = self.found.variance[0] > 0
        return of_means(self.found, 0, alpha=alpha)[0] if varies else None


def paired_evidence(grid: Grid, current: int, candidate: int) -> Evidence:
    """Over the items (rows of the grid) that both of these columns tried."""
    won, cost = grid.success, grid.cost
    pick = [candidate]
    found: PairedCells | PairedMeans
    base = won[:, current]
    both = ~np.isnan(base) & ~np.isnan(won[:, candidate])
    means = paired_means(base, won[:, pick], grid.starts)
    discordant = None
    if grid.single:
        found = paired_cells(base, won[:, pick])
        discordant = float((found.other[0] + found.base[0]) / max(found.items[0], 1))
    else:
        found = means
    apart = won[both, candidate] - base[both]
    return Evidence(
        seen="paired",
        found=found,
        costs=paired_means(cost[:, current], cost[:, pick], grid.starts),
        n=int(means.items[0]),
        clusters=int(means.clusters[0]),
        now=float(means.base[0]),
        then=float(means.other[0]),
        covered=1.0,
        selected=_selected(won[:, current], both) or _selected(won[:, candidate], both),
        users=0,
        spread=float(np.var(apart, ddof=1)) if len(apart) > 1 else 0.0,
        discordant=discordant,
    )


def _selected(won: Floats, both: NDArray[np.bool_]) -> bool:
    """Whether it did otherwise on the items that the other did not try.

    Where a model is asked because another failed, the items of both are those that one failed at:
    over them every other looks better than it is.
    """
    inside, outside = won[both], won[~both & ~np.isnan(won)]
    if len(outside) < _FEW or len(inside) < _FEW:
        return False
    variances = [float(np.var(part, ddof=1)) / len(part) for part in (inside, outside)]
    gap = abs(float(inside.mean() - outside.mean()))
    if not sum(variances) > 0:
        return gap > 0
    freedom = min(len(inside), len(outside)) - 1
    return 2 * float(stdtr(freedom, -gap / sqrt(sum(variances)))) < _SELECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One configuration at one kind of work, strata by groups of users.

    Attributes:
        known, won: rows of known outcome and the sum of their outcomes.
        requests, usd: rows and what they cost.
        users: units behind them.
    """

    known: Floats
    won: Floats
    requests: Floats
    usd: Floats
    users: int


def matched_evidence(current: Rows, candidate: Rows) -> Evidence:
    """Within strata of like work, on the current one's mix of them.

    Raises:
        DataError: where they have too little like work in common.
    """
    found = matched_means(
        (candidate.known, candidate.won), (current.known, current.won), least=LEAST_ROWS
    )
    if found.freedom + 1 < FEWEST_CLUSTERS:
        raise DataError(f"{found.freedom + 1} groups of users, expected {FEWEST_CLUSTERS}")
    costs = matched_means(
        (candidate.requests, candidate.usd), (current.requests, current.usd), least=LEAST_ROWS
    )
    spread = (found.of_control * current.users + found.of_treated * candidate.users) / 2
    return Evidence(
        seen="matched",
        found=found,
        costs=costs,
        n=round(found.n_treated),
        clusters=found.freedom + 1,
        now=found.control,
        then=found.treated,
        covered=found.covered,
        selected=False,
        users=current.users + candidate.users,
        spread=spread,
        discordant=None,
    )


def _matched_quality(found: MatchedMeans, alpha: float) -> Estimate | None:
    if not found.variance > 0:
        return None
    gap = Gap(found.treated - found.control, found.variance, float(found.freedom))
    at = gap.at(Level(alpha))
    return Estimate(value=at.value, low=at.low, high=at.high)


def _matched_costs(costs: MatchedMeans, alpha: float) -> Estimate | None:
    if not costs.variance > 0:
        return None
    lift = (
        NormalContrast(
            gap=Gap(costs.treated - costs.control, costs.variance, float(costs.freedom)),
            control=costs.control,
            control_variance=costs.of_control,
            covariance=costs.together - costs.of_control,
        )
        .at(Level(alpha))
        .lift
    )
    return Estimate(
        value=costs.treated / costs.control,
        low=None if lift.low is None else max(1 + lift.low, 0.0),
        high=None if lift.high is None else 1 + lift.high,
    )
