"""The same model at a lower price: of another provider, or in another tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.money import Idea, Sized, told
from assay.analysis.costs.opportunities.result import Scope, Trial
from assay.features.priced_calls import with_token_prices
from assay.features.pricing import PriceList
from assay.features.same_models import Offer, offers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger

    Mask = NDArray[np.bool_]

_OTHER_PROVIDER = (
    "the same name need not be the same weights, precision or context length",
    "speed, limits and where the data are kept differ",
    "an agreed discount of the present provider is not in a price list",
)
_OTHER_TIER = (
    "a cheaper tier answers later, or not at all when others want more",
    "an agreed discount is not in a price list",
)


def elsewhere(ledger: Ledger, prices: pl.DataFrame) -> tuple[Sized, ...]:
    """Per provider, model and tier: what the cheapest other way to buy the same model saves.

    Both are priced at the list of the last day, for what was paid in the past cannot be saved.
    """
    names = ["provider", "model", "service_tier"]
    found = []
    bought = ledger.frame.filter("priced").select(names).unique().sort(names, nulls_last=True)
    for provider, model, tier in bought.iter_rows():
        if tier == "batch":
            continue
        offers = offers_of(prices, provider, model, tier, on=ledger.last)
        if not offers:
            continue
        calls = ledger.frame.select(
            pl.all_horizontal(
                pl.col(name).eq_missing(pl.lit(value, pl.String))
                for name, value in zip(names, (provider, model, tier), strict=True)
            )
        ).to_series()
        found += _of_model(ledger, prices, (provider, model, tier), calls.to_numpy(), offers)
    return tuple(found)


def _of_model(
    ledger: Ledger,
    prices: pl.DataFrame,
    bought: tuple[str | None, str | None, str | None],
    calls: Mask,
    offers: tuple[Offer, ...],
) -> list[Sized]:
    provider, model, tier = bought
    now = _cost(ledger, prices, calls, bought)
    costs = {
        offer: _cost(ledger, prices, calls, (offer.provider, offer.model, offer.tier))
        for offer in offers
    }
    seller = provider or _taken_as(prices, model)
    found = []
    for kind in ("provider", "tier"):
        mine = {
            offer: float(np.nansum(cost))
            for offer, cost in costs.items()
            if (offer.provider != seller) == (kind == "provider") and not np.isnan(cost).any()
        }
        if not mine:
            continue
        offer = min(mine, key=lambda one: (mine[one], one))
        worth = np.zeros(len(ledger.frame))
        worth[calls] = np.nan_to_num(now - costs[offer])
        where = offer.provider if kind == "provider" else f"tier {offer.tier}"
        level = f" ({tier})" if tier and tier != "standard" else ""
        idea = Idea(
            key="/".join((kind, *(part for part in bought if part), where.replace(" ", "-"))),
            kind="provider" if kind == "provider" else "tier",
            what=f"buy the same model from {where}"
            if kind == "provider"
            else f"use {where} of the same model",
            whom=f"{model or 'no model'}{level}",
            scope=Scope(provider=provider or "", model=model or "", service_tier=tier or ""),
            state="try",
            evidence="rule",
            why=f"{offer.model} costs less there for the same tokens, by the list of today",
            why_not=f"{offer.model} costs no less there for the same tokens",
            risks=_OTHER_PROVIDER if kind == "provider" else _OTHER_TIER,
            trial=Trial(
                design="the same items sent to both, half of the traffic for a week",
                metric="cost per call, time to answer, errors",
                unit="call",
                reason="the price is known; what is to be seen is whether answers and times hold",
            ),
        )
        found.append(told(idea, ledger, calls, worth))
    return found


def _taken_as(prices: pl.DataFrame, model: str | None) -> str:
    """Whose price a call has that tells no provider: another tier of theirs is no other seller."""
    found = PriceList.of(prices).model(None, model)
    return found.provider if found else ""


def _cost(
    ledger: Ledger,
    prices: pl.DataFrame,
    calls: Mask,
    bought: tuple[str | None, str | None, str | None],
) -> NDArray[np.float64]:
    """USD of each call at that price on the last day; NaN where there is none."""
    columns = ["input", "cache_read", "cache_write", "output"]
    frame = ledger.frame.filter(pl.Series(calls)).select(
        pl.lit(bought[0], pl.String).alias("provider"),
        pl.lit(bought[1], pl.String).alias("model"),
        pl.lit(bought[2], pl.String).alias("service_tier"),
        pl.lit(ledger.last).alias("day"),
        pl.lit(None, pl.Float64).alias("cost_usd"),
        *(f"{name}_tokens" for name in columns),
    )
    return with_token_prices(frame, prices)["list_usd"].fill_null(np.nan).to_numpy()
