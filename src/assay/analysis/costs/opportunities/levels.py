"""What it would save to be as good as the best quarter of comparable agents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.money import Idea, Sized, told
from assay.analysis.costs.opportunities.trials import cost_trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_CALLS: Final = 200
"""Of an agent with a model, to be compared with."""
LEAST_OTHERS: Final = 4
"""Others among whom there is a best quarter."""
QUARTER: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """A share that agents differ in.

    Attributes:
        part, whole: of each call; the share is that of their sums.
        money: USD that a share of one of each call's whole is worth; None: the whole is money.
        better: whether more or less of it is better.
    """

    part: Real
    whole: Real
    better: Literal["more", "less"]
    money: Real | None = None


def to_the_best(ledger: Ledger, compared: Compared, idea: Idea, calls: Mask) -> Sized:
    """The saving if this agent's share were that of the best quarter of the others.

    Others are agents with one model, `LEAST_CALLS` calls at least. Which of them are best is
    told from one half of the users, how good those are from the other, and the other way round:
    the best of several by chance are not taken for better than they are.
    """
    cells, count = _cells(ledger, calls)
    if count < LEAST_OTHERS:
        few = replace(idea, why_not=f"fewer than {LEAST_OTHERS} others to compare it with")
        nothing = np.zeros(len(ledger.frame))
        return told(few, ledger, calls, nothing)
    if not compared.part.any():
        return told(idea, ledger, calls, np.zeros(len(ledger.frame)))
    sign = 1.0 if compared.better == "less" else -1.0
    rate = 1.0 if compared.money is None else compared.money
    own = np.where(calls, 1.0, 0.0)
    half = ledger.frame["group"].to_numpy() % 2
    values = [compared.part * rate * own * sign, compared.whole * rate * own * sign]
    for cell in range(count):
        for side in (0, 1):
            inside = (cells == cell) & (half == side)
            values += [np.where(inside, compared.part, 0.0), np.where(inside, compared.whole, 0.0)]

    def saved(totals: Real) -> Real:
        target = _best(totals[..., 2:].reshape(*totals.shape[:-1], count, 2, 2), sign)
        return np.asarray(totals[..., 0] - target * totals[..., 1])

    sums = ledger.sums(*values)
    target = float(_best(sums.sum(axis=(0, 1))[2:].reshape(count, 2, 2), sign))
    worth = (values[0] - target * values[1]).astype(np.float64)
    saving = ledger.monthly_of(saved, sums)
    spend = float(ledger.numbers("spent_usd")[calls].sum())
    trial = None
    if spend and worth.sum() > 0:
        trial = cost_trial(ledger, calls, float(worth.sum()) / spend, quality=True)
    return told(replace(idea, trial=trial), ledger, calls, worth, saving=saving)


def _cells(ledger: Ledger, calls: Mask) -> tuple[NDArray[np.int64], int]:
    """Per call the number of its cell, −1 for this agent's own and for small ones."""
    keys = ledger.frame.select("agent_id", "provider", "model").with_columns(
        other=pl.Series(~calls)
    )
    sizes = keys.filter("other").group_by("agent_id", "provider", "model").len()
    large = sizes.filter(pl.col("len") >= LEAST_CALLS).sort("agent_id", "provider", "model")
    numbered = large.drop("len").with_row_index("cell").with_columns(other=pl.lit(value=True))
    names = ["agent_id", "provider", "model", "other"]
    cell = keys.join(numbered, on=names, how="left", nulls_equal=True, maintain_order="left")
    return cell["cell"].cast(pl.Int64).fill_null(-1).to_numpy(), len(large)


def _best(totals: Real, sign: float) -> Real:
    """The share of the best quarter, chosen by one half of the users and measured in the other.

    Args:
        totals: … × cells × halves × (part, whole).
        sign: 1 where less is better, −1 where more is.
    """
    take = ceil(QUARTER * totals.shape[-3])
    part, whole = totals[..., 0], totals[..., 1]
    share = np.where(whole > 0, part / np.maximum(whole, 1e-300), np.inf * sign)
    order = np.argsort(sign * share, axis=-2, kind="stable")[..., :take, :]
    found = []
    for chosen_by, measured_in in ((0, 1), (1, 0)):
        best = order[..., chosen_by]
        top, bottom = (
            np.take_along_axis(one[..., measured_in], best, axis=-1).sum(axis=-1)
            for one in (part, whole)
        )
        found.append(np.where(bottom > 0, top / np.maximum(bottom, 1e-300), 0.0))
    return np.asarray((found[0] + found[1]) / 2)
