"""Logged costs against tokens, as they are reported: models that may be named, and all together."""

from __future__ import annotations

import re
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from assay.analysis.quality.result import CostQuality, DearRows, ModelPrices, PriceChange
from assay.core.finding import Estimate
from assay.features.profile_labels import PLAIN
from assay.stats.implied_prices import PriceFit, fit_prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.profile_costs import CostProfile, PricedRows


_PLAIN: Final = re.compile(PLAIN)


def costs_of(costs: CostProfile, *, k: int, alpha: float) -> CostQuality:
    """Prices of every model, with the share of its rows that they explain.

    Args:
        costs: of `features.profile_costs`.
        k: fewest persons of a model that is named.
        alpha: one minus the confidence of intervals, where a part of the rows was looked at.
    """
    fits = [(group, fit_prices(group.tokens, group.costs, group.days)) for group in costs.groups]
    level = alpha if costs.sampled else None
    open_ = _shown([group for group, _ in fits], k)
    shown = [pair for pair, may in zip(fits, open_, strict=True) if may]
    known = [fit for _, fit in fits if fit.dated is not None]
    looked_at = sum(fit.rows for fit in known)
    explained = sum(fit.dated or 0 for fit in known)
    return CostQuality(
        rows=costs.rows,
        cost=costs.cost,
        sampled=costs.sampled,
        models=tuple(_model(group, fit, level) for group, fit in shown),
        hidden=len(fits) - len(shown),
        without_fit=len(fits) - len(known),
        explained=_share(explained, looked_at, level) if looked_at else None,
        dear=DearRows(
            count=costs.dear,
            cost=costs.dear_cost,
            share=min(1.0, costs.dear_cost / costs.cost) if costs.cost else 0.0,
            dearest=costs.dearest,
        ),
    )


def _shown(groups: Sequence[PricedRows], k: int) -> list[bool]:
    """Which groups are shown, so that the sums of all do not give a small one away.

    Where none of those that are left out has k persons, the smallest that may be shown joins them.
    """
    shown = [_may_be_shown(group, k) for group in groups]
    hidden = [group for group, may in zip(groups, shown, strict=True) if not may]
    if hidden and any(shown) and max(_persons(group) for group in hidden) < k:
        least = min((i for i, may in enumerate(shown) if may), key=lambda i: _persons(groups[i]))
        shown[least] = False
    return shown


def _persons(group: PricedRows) -> int:
    return group.persons or group.rows


def _may_be_shown(group: PricedRows, k: int) -> bool:
    named = [group.model, *([group.tier] if group.tier else [])]
    enough = group.rows >= k and (group.persons >= k or group.persons == 0)
    return enough and all(_PLAIN.match(name) for name in named)


def _model(group: PricedRows, fit: PriceFit, level: float | None) -> ModelPrices:
    prices = dict(zip(("input", "cache_read", "cache_write", "output"), fit.prices, strict=True))
    pairs = zip(fit.steps[:-1], fit.steps[1:], strict=True)
    newest = fit.steps[-1].ratio if fit.steps else 1.0
    return ModelPrices(
        model=group.model,
        tier=group.tier,
        rows=group.rows,
        looked_at=fit.rows,
        cost=group.cost,
        **{kind: None if price is None else price * newest for kind, price in prices.items()},
        explained=None if fit.explained is None else _share(fit.explained, fit.rows, level),
        explained_dated=None if fit.dated is None else _share(fit.dated, fit.rows, level),
        logged=fit.logged,
        fitted=fit.fitted,
        changes=tuple(
            PriceChange(day=now.day.isoformat(), ratio=now.ratio / old.ratio) for old, now in pairs
        ),
        reason=fit.reason,
    )


def _share(part: int, whole: int, alpha: float | None) -> Estimate:
    """Wilson's interval where the rows are a part of all; all rows need none.

    References:
        Wilson (1927), JASA 22, 209-212.
    """
    value = part / whole
    if alpha is None:
        return Estimate(value=value, low=value, high=value)
    z = -NormalDist().inv_cdf(alpha / 2)
    middle = (value + z * z / (2 * whole)) / (1 + z * z / whole)
    reach = z / (1 + z * z / whole) * sqrt(value * (1 - value) / whole + z * z / (4 * whole**2))
    return Estimate(
        value=value,
        low=0.0 if part == 0 else max(0.0, middle - reach),
        high=1.0 if part == whole else min(1.0, middle + reach),
    )
