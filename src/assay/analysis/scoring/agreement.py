"""How far kinds of judges agree on the items that both judged."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.analysis.scoring.means import mean_of
from assay.analysis.scoring.result import Agreed
from assay.core.finding import Estimate
from assay.stats.judging import alpha_of, concordance_of

if TYPE_CHECKING:
    from assay.features.judgements import Judgements
    from assay.stats.judging import Agreement


def agreement_of(given: Judgements, *, level: float) -> tuple[Agreed, ...]:
    """Each name and pair of kinds, also of one kind's judges among themselves."""
    found = []
    for name, scale in given.scales.items():
        rows = given.rows.filter(pl.col("name") == name)
        kinds = sorted(rows["source"].unique())
        for first, second in [*combinations(kinds, 2), *((kind, kind) for kind in kinds)]:
            one = _between(rows, first, second, level)
            if one is not None:
                found.append(_told(name, first, second, scale.unit, one))
    return tuple(found)


def _between(
    rows: pl.DataFrame, first: str, second: str, level: float
) -> tuple[Agreement, Agreement, Agreement, Estimate] | None:
    by_judge = (
        rows.filter(pl.col("source").is_in([first, second]))
        .group_by("item", "judge", "source")
        .agg(pl.col("value").mean(), pl.col("cluster").first())
        .sort("item", "source", "judge")
    )
    if first == second:
        sides = by_judge.group_by("item", maintain_order=True).agg(
            pl.col("value").first().alias("one"),
            pl.col("value").get(1, null_on_oob=True).alias("other"),
            pl.col("cluster").first(),
        )
    else:
        sides = by_judge.group_by("item", maintain_order=True).agg(
            pl.col("value").filter(pl.col("source") == first).mean().alias("one"),
            pl.col("value").filter(pl.col("source") == second).mean().alias("other"),
            pl.col("cluster").first(),
        )
    sides = sides.drop_nulls()
    if sides.is_empty():
        return None
    both = by_judge.join(sides.select("item"), on="item", how="semi")
    item, value, cluster = (both[c].to_numpy() for c in ("item", "value", "cluster"))
    one, other, group = (sides[c].to_numpy() for c in ("one", "other", "cluster"))
    return (
        alpha_of(item.astype(str), value, cluster.astype(str), level=level),
        alpha_of(item.astype(str), value, cluster.astype(str), ordinal=True, level=level),
        concordance_of(one, other, group.astype(str), level=level),
        mean_of(one - other, np.unique(group.astype(str), return_inverse=True)[1], level),
    )


def _told(
    name: str,
    first: str,
    second: str,
    unit: str,
    found: tuple[Agreement, Agreement, Agreement, Estimate],
) -> Agreed:
    alpha, ordinal, kappa, apart = found
    same = first == second
    return Agreed(
        name=name,
        first=first,
        second=second,
        items=alpha.items,
        unit=unit,
        alpha=_estimate(alpha),
        ordinal=_estimate(ordinal),
        kappa=None if same else _estimate(kappa),
        apart=None if same else apart,
    )


def _estimate(one: Agreement) -> Estimate | None:
    if one.value is None:
        return None
    return Estimate(value=one.value, low=one.low, high=one.high)
