"""The experiment that would confirm a saving: what it measures, on whom, how many, how long."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.analysis.costs.opportunities.result import Trial
from assay.stats.planning.outcomes import Mean
from assay.stats.planning.power import Claim, units_needed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger

MARGIN: Final = 0.02
"""Loss of success (or rating) that would be taken for the money."""
POWER: Final = 0.8
LEAST_DAYS: Final = 7.0
"""A test runs through a week, whatever day it begins on."""
LEAST_UNITS: Final = 30
"""In each arm; of fewer, a mean is not near normal."""
_FEW: Final = 20


def cost_trial(
    ledger: Ledger, concerned: NDArray[np.bool_], saved: float, *, quality: bool
) -> Trial:
    """An A/B test of the cost per unit and period, large enough for the saving that is expected.

    Args:
        ledger: whose calls.
        concerned: calls that the saving is about.
        saved: expected share of their cost.
        quality: that the step may change the answers, so that success (else the rating) has to be
            shown to lose less than `MARGIN`, which mostly decides the size.
    """
    column = next((name for name in ("succeeded", "rating") if _known(ledger, name)), None)
    guard = ""
    if quality and column:
        label = "success" if column == "succeeded" else "rating"
        guard = f"{label}, which may lose less than {MARGIN * 100:.0f} points"
    frame = ledger.frame.select("unit", "period", "spent_usd", "succeeded", "rating")
    each = (
        frame.filter(concerned)
        .group_by("unit", "period")
        .agg(pl.col("spent_usd").sum(), pl.col("succeeded", "rating").cast(pl.Float64).mean())
    )
    cost = each["spent_usd"].to_numpy()
    sizes = [_size(cost, -saved * float(cost.mean())) if cost.size else None]
    if guard:
        sizes.append(_size(each[str(column)].drop_nulls().to_numpy(), 0.0, bound=-MARGIN))
    metric = f"cost per {ledger.unit} and {_period(ledger)}"
    return _planned(ledger, len(each), sizes, metric, guard)


def cache_trial(ledger: Ledger, concerned: NDArray[np.bool_], gained: float) -> Trial:
    """An A/B test of the share of prompt tokens that is read from the cache.

    That share varies far less than the cost of all calls.

    Args:
        ledger: whose calls.
        concerned: calls that the saving is about.
        gained: what is expected to be added to that share.
    """
    frame = ledger.frame.select("unit", "period", "cache_read_tokens", "prompt_tokens")
    each = (
        frame.filter(concerned)
        .group_by("unit", "period")
        .agg(pl.col("cache_read_tokens", "prompt_tokens").sum().cast(pl.Float64))
    )
    read, prompt = (each[name].to_numpy() for name in ("cache_read_tokens", "prompt_tokens"))
    sizes: list[int | None] = [None]
    if prompt.sum() > 0:
        share = read.sum() / prompt.sum()
        sizes = [_size(share + (read - share * prompt) / prompt.mean(), gained)]
    return _planned(ledger, len(each), sizes, "share of prompt tokens read from the cache", "")


def _period(ledger: Ledger) -> str:
    return "week" if ledger.days >= 7 * ledger.periods else "day"


def _planned(ledger: Ledger, seen: int, sizes: list[int | None], metric: str, guard: str) -> Trial:
    design = f"A/B test, each {ledger.unit} in one arm"
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes) or not seen:
        few = f"too few {ledger.unit}s to plan it"
        return Trial(design=design, metric=metric, unit=ledger.unit, guard=guard, reason=few)
    per_arm = max(known)
    a_day = seen / ledger.share / ledger.days
    return Trial(
        design=design,
        metric=metric,
        unit=ledger.unit,
        guard=guard,
        per_arm=per_arm,
        days=max(2 * per_arm / a_day, LEAST_DAYS),
    )


def _known(ledger: Ledger, name: str) -> bool:
    return ledger.frame[name].count() >= _FEW


def _size(values: NDArray[np.float64], effect: float, *, bound: float = 0.0) -> int | None:
    """Units per arm; None where the spread of the values cannot be had, or nothing is expected."""
    if values.size < _FEW or not (bound or effect):
        return None
    base, sd = float(values.mean()), float(values.std(ddof=1))
    if not sd > 0:
        return None
    claim = Claim(side="up", bound=bound) if bound else Claim()
    outcome = Mean(base=base, sd=sd, normal=True)
    found = units_needed(outcome, effect, wanted=POWER, claim=claim)
    return None if found is None else max(LEAST_UNITS, ceil(found / 2))
