"""Trends by kind of user: as each kind shows it, drawn towards the others, and against them."""

from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import ndtri

from assay.analysis.personalisation.result import KindTrend
from assay.core.finding import Estimate
from assay.privacy.disclosure import merge_small
from assay.stats.meta_analysis.heterogeneity import against_rest
from assay.stats.meta_analysis.pooling import pool
from assay.stats.personal_trends import kind_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends import PersonalTrends, UserWeeks


def kinds_of(  # noqa: PLR0913  users, their kinds, what matters, what is told, how sure
    weeks: UserWeeks,
    found: PersonalTrends,
    names: NDArray[np.str_],
    *,
    smallest: float,
    k: int,
    level: float,
) -> tuple[KindTrend, ...]:
    """Each kind of k users or more, small ones together; none where there are fewer than two.

    Differences of all kinds are one family (Šidák).

    Args:
        weeks: of all users with a rating.
        found: their trends.
        names: kind of each of them.
        smallest: change that matters; what kinds may differ by is expected to be of that size.
        k: fewer users are no kind of their own.
        level: of intervals.
    """
    rows = pl.DataFrame({"kind": names}).with_row_index("user")
    merged = merge_small(rows, "kind", person="user", k=k)["kind"].to_numpy().astype(np.str_)
    known, code = np.unique(merged, return_inverse=True)
    calm = weeks.moved(found.shocks.of(weeks.week))
    slopes = kind_slopes(calm, found.fit, found.shocks, code.astype(np.int64))
    told = np.flatnonzero(np.isfinite(slopes.variances) & (slopes.variances > 0))
    if told.size < 2:
        return ()
    values, variances = slopes.values[told], slopes.variances[told]
    pooled = pool(values, variances, scale=smallest)
    drawn, ends = pooled.values, pooled.intervals(1 - level)
    apart = against_rest(values, variances, np.full(told.size, inf))
    reach = float(ndtri((1 + level) / 2))
    wide = apart.intervals(1 - level)
    rest = reach**2 * slopes.common
    return tuple(
        KindTrend(
            kind=str(known[kind]),
            users=int((code == kind).sum()),
            slope=_around(float(values[i]), reach * sqrt(variances[i] + slopes.common)),
            drawn=Estimate(
                value=float(drawn[i]),
                low=float(drawn[i]) - sqrt((drawn[i] - ends[i, 0]) ** 2 + rest),
                high=float(drawn[i]) + sqrt((ends[i, 1] - drawn[i]) ** 2 + rest),
            ),
            apart=Estimate(
                value=float(apart.values[i]), low=float(wide[i, 0]), high=float(wide[i, 1])
            ),
            p_value=float(apart.p_values[i]),
            differs=bool(apart.p_values[i] < 1 - level),
        )
        for i, kind in enumerate(told.tolist())
    )


def _around(value: float, reach: float) -> Estimate:
    return Estimate(value=value, low=value - reach, high=value + reach)
