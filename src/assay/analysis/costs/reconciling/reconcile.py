"""Logged costs against list prices and bills, as one result."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.analysis.costs.reconciling import reasons as why
from assay.analysis.costs.reconciling.bills import Billed, bills_held
from assay.analysis.costs.reconciling.findings import findings_of
from assay.analysis.costs.reconciling.result import (
    ApartRecord,
    DayHeld,
    Held,
    ModelHeld,
    ReasonHeld,
    Reconciliation,
    RuleHeld,
    Stray,
)
from assay.analysis.costs.reconciling.verdicts import Verdicts, verdicts
from assay.core.finding import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.logged_costs import LoggedCosts

MOST_DAYS: Final = 40
MOST_STRAYS: Final = 60
MOST_APART: Final = 50
PARTS: Final = ("input", "cache_read", "cache_write", "output", "request")
KEYS: Final = ("provider", "model", "service_tier")


def reconcile(  # noqa: PLR0913  what is held against what, and the prices
    costs: LoggedCosts,
    lines: pl.DataFrame,
    prices: pl.DataFrame,
    apart: pl.DataFrame,
    *,
    bills: Sequence[Billed] = (),
    alpha: float = 0.05,
) -> Reconciliation:
    """What was logged, what the list says, which rule or reason explains the difference.

    Args:
        costs: messages with a logged cost, of `logged_costs`.
        lines: spending per day, provider, model and tier with `list_usd` and its parts.
        prices: of the table prices, in USD.
        apart: records set apart, of `implausible_records`.
        bills: what was billed.
        alpha: one minus the confidence of shares, where a part of the messages was looked at.
    """
    found = verdicts(costs.frame, prices)
    frame = found.frame
    sampled = alpha if costs.step > 1 else None
    priced = frame.filter(pl.col("list_usd").is_not_null() & (pl.col("reason") != why.APART))
    reproduced = int((priced["reason"] == why.REPRODUCED).sum())
    others = priced.filter(pl.col("reason") != why.REPRODUCED)
    unknown = sum((others["reason"] == one).sum() for one in (why.DEARER, why.CHEAPER))
    logged = lines.filter("logged")
    total = float(logged["cost_usd"].sum())
    kept = logged.filter(~pl.col("apart"))
    held = kept.filter(pl.col("list_usd").is_not_null())
    without = kept.filter(pl.col("list_usd").is_null())
    tokens = _tokens(kept)
    days = _days(held, frame)
    rules = _rules(found)
    reasons = _reasons(frame)
    bill = bills_held(lines, bills)
    strays = _strays(frame)
    n = int(kept["requests"].sum())
    return Reconciliation(
        requests=int(lines["requests"].sum()),
        logged=costs.logged,
        looked_at=len(frame),
        total=total,
        total_without=float(kept["cost_usd"].sum()),
        apart=tuple(_apart(row) for row in apart.head(MOST_APART).iter_rows(named=True)),
        apart_requests=len(apart),
        reproduced=share(reproduced, len(priced), sampled),
        named=share(len(others) - int(unknown), len(others), sampled),
        held=_held(held),
        unpriced=int(without["requests"].sum()),
        unpriced_usd=float(without["cost_usd"].sum()),
        unpriced_tokens=_tokens(without) / tokens if tokens else None,
        models=_models(held, frame, days),
        days=tuple(days[:MOST_DAYS]),
        days_off=len(days),
        rules=rules,
        reasons=reasons,
        strays=tuple(strays[:MOST_STRAYS]),
        stray_requests=len(strays),
        bills=bill,
        findings=findings_of(rules, reasons, bill, apart, n=n, confidence=1 - alpha),
    )


def share(part: int, whole: int, alpha: float | None) -> Estimate | None:
    """A share with Wilson's interval where a part of all was looked at; all need none.

    References:
        Wilson (1927), JASA 22, 209-212.
    """
    if not whole:
        return None
    value = part / whole
    if alpha is None:
        return Estimate(value=value, low=value, high=value)
    z = -NormalDist().inv_cdf(alpha / 2)
    middle = (value + z * z / (2 * whole)) / (1 + z * z / whole)
    reach = z / (1 + z * z / whole) * sqrt(value * (1 - value) / whole + z * z / (4 * whole**2))
    return Estimate(value=value, low=max(0.0, middle - reach), high=min(1.0, middle + reach))


def _tokens(lines: pl.DataFrame) -> int:
    kinds = ("input", "cache_read", "cache_write", "output")
    return sum(int(lines[f"{kind}_tokens"].sum()) for kind in kinds)


def _held(lines: pl.DataFrame) -> Held:
    sums = {name: float(lines[f"{name}_usd"].sum()) for name in PARTS}
    return Held(
        requests=int(lines["requests"].sum()),
        logged=float(lines["cost_usd"].sum()),
        listed=float(lines["list_usd"].sum()),
        **sums,
    )


def _is(row: dict[str, Any], names: Sequence[str] = KEYS) -> pl.Expr:
    return pl.all_horizontal(
        pl.col(name).eq_missing(pl.lit(row[name], dtype=pl.String)) for name in names
    )


def _models(
    held: pl.DataFrame, frame: pl.DataFrame, off: Sequence[DayHeld]
) -> tuple[ModelHeld, ...]:
    """Every model and tier, the one with the largest difference first."""
    many = frame.group_by(KEYS).agg(
        looked_at=pl.len(),
        reproduced=(pl.col("reason") == why.REPRODUCED).sum(),
        explained=(pl.col("reason") == why.BY_RULE).sum(),
    )
    models = []
    for row in held.select(KEYS).unique(maintain_order=True).iter_rows(named=True):
        mine, told = held.filter(_is(row)), many.filter(_is(row))
        key = (row["provider"], row["model"], row["service_tier"])
        models.append(
            ModelHeld(
                provider=row["provider"],
                model=row["model"],
                tier=row["service_tier"],
                held=_held(mine),
                **(
                    {name: int(told[name].item()) for name in many.columns[3:]}
                    if len(told)
                    else {"looked_at": 0, "reproduced": 0, "explained": 0}
                ),
                days=mine["day"].n_unique(),
                days_off=sum((one.provider, one.model, one.tier) == key for one in off),
            )
        )
    return tuple(sorted(models, key=lambda one: -abs(one.held.difference)))


def _days(held: pl.DataFrame, frame: pl.DataFrame) -> list[DayHeld]:
    """Days of models that differ by over one per cent, the largest difference first."""
    amounts = [f"{name}_usd" for name in PARTS]
    sums = held.group_by("day", *KEYS).agg(
        pl.col("requests", "cost_usd", "list_usd", *amounts).sum()
    )
    difference = pl.col("cost_usd") - pl.col("list_usd")
    off = sums.filter(difference.abs() > why.SLACK * pl.col("cost_usd").abs())
    main = (
        frame.filter(~pl.col("reason").is_in([why.REPRODUCED, why.APART]))
        .group_by("day", *KEYS, "reason")
        .agg(n=pl.len(), weight=difference.abs().sum())
        .sort("weight", "reason", descending=[True, False])
        .group_by("day", *KEYS, maintain_order=True)
        .first()
    )
    told = off.join(main, on=("day", *KEYS), how="left", nulls_equal=True).sort(
        difference.abs(), "day", *KEYS, descending=[True, False, False, False, False]
    )
    return [
        DayHeld(
            day=row["day"].isoformat() if row["day"] else "",
            provider=row["provider"],
            model=row["model"],
            tier=row["service_tier"],
            held=Held(
                requests=row["requests"],
                logged=row["cost_usd"],
                listed=row["list_usd"],
                **{name: row[f"{name}_usd"] for name in PARTS},
            ),
            reason=row["reason"] or "",
            reason_requests=row["n"] or 0,
        )
        for row in told.iter_rows(named=True)
    ]


def _rules(found: Verdicts) -> tuple[RuleHeld, ...]:
    frame = found.frame
    held = []
    for number, one in enumerate(found.rules):
        mine = frame.filter(pl.col("rule") == number)
        reading = one.rule.reading
        held.append(
            RuleHeld(
                provider=one.provider,
                model=one.model,
                tier=one.tier,
                cache=reading.cache,
                reasoning=reading.reasoning,
                price=reading.price,
                label=reading.label,
                factor=one.rule.factor,
                fee=one.rule.fee,
                prices=one.rule.prices,
                requests=len(mine),
                first=str(mine["day"].min() or ""),
                last=str(mine["day"].max() or ""),
                logged=float(mine["cost_usd"].sum()),
                listed=float(mine["list_usd"].sum()),
                by_rule=float(mine["explained_usd"].sum()),
            )
        )
    return tuple(held)


def _reasons(frame: pl.DataFrame) -> tuple[ReasonHeld, ...]:
    """All reasons but that a message reproduces, the most money first."""
    difference = (pl.col("cost_usd") - pl.col("list_usd").fill_null(0.0)).abs().sum()
    whole = (pl.col("tokens") - pl.col("tokens").round()).abs() <= why.WHOLE
    sums = (
        frame.filter(pl.col("reason") != why.REPRODUCED)
        .group_by("reason")
        .agg(
            n=pl.len(),
            models=pl.col("model").n_unique(),
            logged=pl.col("cost_usd").sum(),
            listed=pl.when(pl.col("list_usd").count() > 0).then(pl.col("list_usd").sum()),
            implied=pl.col("tokens").count(),
            whole=whole.sum(),
            weight=difference,
        )
        .sort("weight", "reason", descending=[True, False])
    )
    return tuple(
        ReasonHeld(
            reason=row["reason"],
            certainty=why.CERTAIN.get(row["reason"], "sure"),
            requests=row["n"],
            models=row["models"],
            logged=row["logged"],
            listed=row["listed"],
            implied=row["implied"],
            whole=row["whole"] or 0,
        )
        for row in sums.iter_rows(named=True)
    )


def _strays(frame: pl.DataFrame) -> list[Stray]:
    """Messages with a price that do not reproduce, the largest difference first."""
    told = frame.filter(
        pl.col("list_usd").is_not_null() & ~pl.col("reason").is_in([why.REPRODUCED, why.APART])
    ).sort(
        (pl.col("cost_usd") - pl.col("list_usd")).abs(),
        "interaction_id",
        descending=[True, False],
    )
    return [
        Stray(
            interaction_id=row["interaction_id"],
            day=str(row["day"] or ""),
            provider=row["provider"],
            model=row["model"],
            logged=row["cost_usd"],
            listed=row["list_usd"],
            explained=row["explained_usd"],
            reason=row["reason"],
            rule=row["rule"] if row["rule"] >= 0 else None,
            tokens=row["tokens"],
        )
        for row in told.iter_rows(named=True)
    ]


def _apart(row: dict[str, Any]) -> ApartRecord:
    return ApartRecord(
        interaction_id=row["interaction_id"],
        at=row["occurred_at"].isoformat(),
        provider=row["provider"],
        model=row["model"],
        tokens=row["tokens"],
        logged=row["cost_usd"],
        usual=row["usual_usd"],
        times=row["times"],
    )
