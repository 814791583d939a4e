"""What a month of one configuration's work costs, and what of it a cheaper one would save."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.result import DAYS_OF_MONTH
from assay.core.finding import Estimate
from assay.stats.coming_month import coming_total
from assay.stats.unequal_ends import product_of_ends

if TYPE_CHECKING:
    from datetime import date

RECENT_DAYS: Final = 56
"""Days whose level is carried on; fewer where a configuration is newer."""
FEWEST_DAYS: Final = 14
"""Days that a month can be told from; a configuration without work for so long has stopped."""
FEWEST_WORKED: Final = 7
"""Days with work among them: what ran on a day or two is a trial, not work that goes on."""


def monthly_spend(days: pl.DataFrame, column: str, *, last: date, alpha: float) -> Estimate | None:
    """A month at the level of the recent days; None where they are too few, or it has stopped.

    Args:
        days: of one configuration at one kind of work: `day` and the money.
        column: the money.
        last: newest day of the data.
        alpha: one minus the confidence.
    """
    known = days.filter(pl.col("day").is_not_null())
    if known.is_empty() or known[column].null_count():
        return None
    first: date = known["day"].min()  # type: ignore[assignment]
    start = max(first, last - timedelta(days=RECENT_DAYS - 1))
    length = (last - start).days + 1
    worked = known.filter(pl.col("day") >= start)["day"].n_unique()
    if length < FEWEST_DAYS or worked < FEWEST_WORKED or stopped(known, last):
        return None
    totals = np.zeros(length)
    recent = known.filter(pl.col("day") >= start)
    places = (recent["day"] - start).dt.total_days().to_numpy()
    np.add.at(totals, places, recent[column].to_numpy())
    value, low, high = coming_total(totals, horizon=DAYS_OF_MONTH, alpha=alpha)
    return Estimate(value=value, low=low, high=high)


def stopped(days: pl.DataFrame | None, last: date) -> bool:
    """Whether a configuration has had nothing to do of late: then it has nothing to save."""
    newest: date | None = None if days is None else days["day"].max()  # type: ignore[assignment]
    return newest is None or (last - newest).days >= FEWEST_DAYS


def saving_of(spend: Estimate | None, cost_ratio: Estimate | None) -> Estimate | None:
    """What is left of a month's spend if the same work costs that much of it; None where unknown.

    Both ends are reckoned with: of the month as it will turn out, and of what the candidate's
    tokens and prices make of the same work.
    """
    if spend is None or cost_ratio is None:
        return None
    ends = [spend.value, spend.low, spend.high, cost_ratio.value, cost_ratio.low, cost_ratio.high]
    if any(end is None for end in ends):
        return None
    value, low, high, ratio, least, most = (float(end or 0.0) for end in ends)
    found = product_of_ends((value, low, high), (1 - ratio, 1 - most, 1 - least))
    return Estimate(value=found[0], low=found[1], high=found[2])
