"""What a day would cost if something were different: the mix of the last days, priced anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.costs.outlook.daily import unseen, within
from assay.core.errors import nearest
from assay.features.pricing import with_list_prices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from assay.core.budgets import Scenario

MIX: Final = 28
"""Days whose calls are taken as the mix to come."""
OTHERS: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What a day costs in a scenario, over what it costs without.

    Attributes:
        error: standard error, by how the mix of days differs.
        concerned: share of the cost that is changed.
        assumed: what is taken for granted, in words.
        left_out: why there is no factor, empty where there is.
    """

    value: float
    error: float
    concerned: float
    assumed: tuple[str, ...] = ()
    left_out: str = ""


def factor_of(
    lines: pl.DataFrame,
    scenario: Scenario,
    prices: pl.DataFrame | None,
    through: date,
    *,
    every: pl.DataFrame | None = None,
) -> Factor:
    """The factor of a scenario on what these lines cost, by the mix of the last days.

    Calls keep their tokens where another model does them: what it charges for them is its list
    price of the day that the scenario begins.

    Args:
        lines: counted, with `spent_usd`.
        scenario: what is different.
        prices: of the table prices, in USD; needed where a model is replaced.
        through: the last complete day.
        every: lines of everybody, where `lines` are of some: a model that only others call is
            known, and changes nothing.
    """
    every = lines if every is None else every
    age = (pl.lit(through) - pl.col("day")).dt.total_days()
    recent = lines.filter(age.is_between(0, MIX - 1), pl.col("spent_usd").is_not_null())
    lately = every.filter((pl.lit(through) - pl.col("day")).dt.total_days().is_between(0, MIX - 1))
    problem = unseen(every, scenario.scope) if scenario.scope else ""
    problem = problem or _unknown_models(within(lately, scenario.scope), scenario)
    if problem:
        return _without(problem)
    mine = within(recent, scenario.scope)
    whole = float(recent["spent_usd"].sum())
    if not whole > 0:
        return _without(f"nothing was spent in the last {MIX} days")
    told = _replaced(mine, scenario, prices, max(scenario.first or through, through))
    if isinstance(told, str):
        return _without(told)
    changed = told.with_columns(
        changed=pl.col("changed") * _price_factor(scenario) * scenario.traffic
    ).filter(pl.col("changed") != pl.col("spent_usd"))
    by_day = (
        recent.group_by("day")
        .agg(pl.col("spent_usd").sum().alias("base"))
        .join(
            changed.group_by("day").agg(
                (pl.col("changed") - pl.col("spent_usd")).sum().alias("more")
            ),
            on="day",
            how="left",
        )
        .sort("day")
        .fill_null(0.0)
    )
    base, more = by_day["base"].to_numpy(), by_day["more"].to_numpy()
    ratio = float(more.sum()) / whole
    left = more - ratio * base
    count = base.size
    error = float(np.sqrt(count / max(count - 1, 1) * (left @ left))) / whole
    return Factor(
        value=1 + ratio,
        error=error,
        concerned=float(changed["spent_usd"].sum()) / whole,
        assumed=tuple(_assumed(scenario)),
    )


def _without(reason: str) -> Factor:
    return Factor(value=1.0, error=0.0, concerned=0.0, left_out=reason)


def _unknown_models(lines: pl.DataFrame, scenario: Scenario) -> str:
    known = lines["model"].drop_nulls().unique().to_list()
    replaced = {new for _, (_, new) in scenario.replace}
    named = [old for old, _ in scenario.replace]
    named += [name for name, _ in scenario.prices if name != OTHERS and name not in replaced]
    return "; ".join(
        f"no call of the last {MIX} days is of the model {name!r} ({nearest(name, known)})"
        for name in named
        if name not in known
    )


def _replaced(
    lines: pl.DataFrame, scenario: Scenario, prices: pl.DataFrame | None, day: date
) -> pl.DataFrame | str:
    """Lines with `then`, the model that does them, and `changed`, what it charges; or why not."""
    kept = lines.with_columns(then=pl.col("model"), changed=pl.col("spent_usd"))
    if not scenario.replace:
        return kept
    if prices is None:
        return "there are no prices, so that another model's cost is not known"
    parts = [kept.filter(~pl.col("model").is_in([old for old, _ in scenario.replace]))]
    for old, (provider, new) in scenario.replace:
        mine = kept.filter(pl.col("model") == old)
        asked = mine.with_columns(
            pl.lit(new).alias("model"),
            pl.lit(day).alias("day"),
            _provider(provider, new, mine, prices).alias("provider"),
        )
        priced = with_list_prices(asked, prices)
        lost = priced.filter(pl.col("list_usd").is_null())
        if lost.height:
            return f"{lost['priced'][0]} on {day.isoformat()}: {new}"
        parts.append(mine.with_columns(then=pl.lit(new), changed=priced["list_usd"]))
    return pl.concat(parts)


def _provider(given: str, model: str, lines: pl.DataFrame, prices: pl.DataFrame) -> pl.Expr:
    """The provider that is given; else that of the calls, or the only one that has the model."""
    if given:
        return pl.lit(given)
    having = prices.filter(pl.col("model") == model)["provider"].unique().to_list()
    calling = lines["provider"].unique().to_list()
    return pl.lit(having[0]) if len(having) == 1 and having != calling else pl.col("provider")


def _price_factor(scenario: Scenario) -> pl.Expr:
    factor = pl.lit(dict(scenario.prices).get(OTHERS, 1.0))
    for model, by in scenario.prices:
        if model != OTHERS:
            factor = pl.when(pl.col("then") == model).then(by).otherwise(factor)
    return factor


def _assumed(scenario: Scenario) -> Sequence[str]:
    told = [f"the mix of calls stays that of the last {MIX} days"]
    if scenario.replace:
        told.append(
            "the other model takes the same tokens for a call, and as many calls, at its list price"
        )
    if scenario.traffic != 1:
        told.append("a call costs what it costs now, and other traffic is of the same kind")
    if scenario.prices:
        told.append("nobody calls more or less because of the price")
    return told
