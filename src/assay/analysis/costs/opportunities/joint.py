"""What several savings come to together, each taken from what those before it leave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.costs.opportunities.money import GOOD, Sized
from assay.analysis.costs.opportunities.result import Opportunity, ranked
from assay.core.finding import Estimate
from assay.stats.random_groups import Total

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_SHARED: Final = 0.02
"""Part of a saving on calls that another one concerns too, from which both are told to overlap."""


def taken_in_turn(
    ledger: Ledger, own: tuple[Sized, ...], others: tuple[Opportunity, ...]
) -> tuple[tuple[Opportunity, ...], Total | None]:
    """All opportunities ranked, each with what is left of it, and the saving of all together.

    Call by call: where one step leaves two thirds of a call's cost, the next saves two thirds of
    what it would have saved alone. Of opportunities that were found elsewhere only the sum is
    known; it is spread over the calls of their scope by cost. What their errors are beyond those of
    a sum over calls is added.
    """
    spent = np.maximum(ledger.numbers("spent_usd"), 0.0)
    worth = {one.opportunity.key: one.worth.astype(np.float64) for one in own}
    worth |= {one.key: _spread(ledger, one, spent) for one in others if one.state in GOOD}
    everyone = ranked((*(one.opportunity for one in own), *others))
    left = np.ones(len(ledger.frame))
    whole = np.zeros(len(ledger.frame))
    beyond = 0.0
    before: list[str] = []
    concerned = {key: mine != 0 for key, mine in worth.items()}
    found: list[Opportunity] = []
    for one in everyone:
        if one.state not in GOOD:
            found.append(one)
            continue
        mine = worth[one.key]
        partners = tuple(
            key
            for key, part in zip(
                before, _overlaps(mine, [concerned[k] for k in before]), strict=True
            )
            if part > _SHARED
        )
        rest = mine * left
        share = float(rest.sum() / mine.sum()) if mine.sum() else 1.0
        remains = ledger.monthly(rest)
        alone = ledger.monthly(mine).variance
        more = max(_variance(one, ledger) - alone, 0.0) * share**2
        beyond += more
        remains = Total(remains.value, remains.variance + more, remains.degrees_of_freedom)
        size = ledger.estimate(remains, positive=bool((rest >= 0).all())) if partners else None
        found.append(replace(one, left=_at_most(size, one.saving), overlaps=partners))
        whole += rest
        left *= 1 - np.clip(np.divide(mine, spent, where=spent > 0, out=np.zeros_like(mine)), 0, 1)
        before.append(one.key)
    if not before:
        return tuple(found), None
    together = ledger.monthly(whole)
    return tuple(found), Total(
        together.value, together.variance + beyond, together.degrees_of_freedom
    )


def _at_most(left: Estimate | None, saving: Estimate | None) -> Estimate | None:
    """What is left is no more than the saving alone, nor are its ends."""
    if left is None or saving is None:
        return left
    value, low, high = (
        one if most is None or one is None else min(one, most)
        for one, most in (
            (left.value, saving.value),
            (left.low, saving.low),
            (left.high, saving.high),
        )
    )
    return Estimate(value=value, low=low, high=high)


def _overlaps(one: Real, others: list[Mask]) -> list[float]:
    """Parts of a saving that lie on calls to which each of the others adds as well."""
    here = np.flatnonzero(one)
    size = np.abs(one[here])
    whole = size.sum()
    return [float(size[other[here]].sum() / whole) if whole else 0.0 for other in others]


def _spread(ledger: Ledger, one: Opportunity, spent: Real) -> Real:
    """A saving of a scope, spread over its calls by what they cost."""
    inside = np.ones(len(ledger.frame), dtype=bool)
    for name in ("agent_id", "provider", "model", "service_tier"):
        if wanted := getattr(one.scope, name):
            values: pl.Series = ledger.frame[name]
            inside &= (values == wanted).fill_null(value=False).to_numpy()
    here = np.where(inside, spent, 0.0)
    saved = (one.saving.value or 0.0) if one.saving else 0.0
    return here * (saved / ledger.to_month / here.sum()) if here.sum() else here


def _variance(one: Opportunity, ledger: Ledger) -> float:
    """Of a saving that is known by its interval alone."""
    if one.saving is None or one.saving.low is None or one.saving.high is None:
        return 0.0
    low, high = Total(0.0, 1.0, 100.0).interval(ledger.level)
    return ((one.saving.high - one.saving.low) / (high - low)) ** 2
