"""Each message with its reason: reproduced, explained by a rule, or why neither."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.analysis.costs.reconciling import reasons as why
from assay.analysis.costs.reconciling.readings import Messages
from assay.analysis.costs.reconciling.rules import (
    Rule,
    as_listed,
    is_general,
    lend_rules,
    logged_unit,
    name_rules,
)
from assay.features.list_rates import HOUR_RATE, KEYS, KINDS, RATES, other_rates
from assay.features.pricing import HAS_PRICE, HOUR_TOKENS, NO_AMOUNT, NO_MODEL, NO_TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS: Final = tuple(f"{kind}_tokens" for kind in KINDS)
NOT_TOLD: Final = "provider not told"
GROUP: Final = ("provider", "called", "service_tier")
PARTS: Final = tuple(f"{kind}_usd" for kind in KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """A rule of one provider, model and tier."""

    provider: str | None
    model: str | None
    tier: str | None
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdicts:
    """Messages with what explains their cost.

    Attributes:
        frame: messages with `list_usd` (null without a price) and its parts, `reason`, `rule` (its
            number in `rules`, -1 for none), `explained_usd` (by the list or that rule), and
            `tokens` (which the reason implies).
    """

    frame: pl.DataFrame
    rules: tuple[GroupRule, ...]


def verdicts(frame: pl.DataFrame, prices: pl.DataFrame) -> Verdicts:
    """What explains each logged cost.

    Two passes: rules on how tokens are counted hold for a provider, so that those which one model's
    many messages show may explain another's few.

    Args:
        frame: of `logged_costs`.
        prices: of the table prices, in USD.
    """
    told = (
        _with_hours(frame)
        .with_row_index("row")
        .with_columns(
            called=pl.coalesce("priced_as", "model"),
            provider=pl.col("provider"),
            reason=_plain_reason(),
            free=(pl.col("cost_usd") == 0).all().over("model"),
        )
    )
    others = other_rates(frame.unique(KEYS, maintain_order=True), prices)
    groups = [
        part
        for _, part in sorted(
            told.filter(pl.col("reason").is_null()).group_by(GROUP),
            key=lambda pair: tuple(str(name) for name in pair[0]),
        )
    ]
    sheet = _Sheet.of(told)
    seen: dict[str | None, dict[Rule, int]] = {}
    opened = []
    for part in groups:
        messages = _messages(part, others)
        listed = as_listed(messages)
        named = name_rules(messages, ~listed.rows)
        provider = part["provider"][0]
        for one in named:
            if is_general(one.rule):
                known = seen.setdefault(provider, {})
                known[one.rule] = known.get(one.rule, 0) + int(one.rows.sum())
        opened.append((part, messages, listed, named))
    rules: list[GroupRule] = []
    for part, messages, listed, first in opened:
        known = seen.get(part["provider"][0], {})
        own = {one.rule for one in first}
        lent = [rule for rule in sorted(known, key=lambda one: -known[one]) if rule not in own]
        named = list(first)
        if lent:
            left = ~listed.rows
            for one in first:
                left &= ~one.rows
            named += lend_rules(messages, left, lent)
        rows = part["row"].to_numpy()
        sheet.put(rows[listed.rows], why.REPRODUCED, listed.cost[listed.rows])
        left = ~listed.rows
        for one in named:
            sheet.put(rows[one.rows], why.BY_RULE, one.cost[one.rows], rule=len(rules))
            provider, model, tier = part.select("provider", "called", "service_tier").row(0)
            rules.append(GroupRule(provider=provider, model=model, tier=tier, rule=one.rule))
            left &= ~one.rows
        used = [(one.rule.reading.price, one.rule.reading.label) for one in named]
        _bounds(sheet, part, messages, left, [key for key in used if key in messages.others])
    return Verdicts(frame=sheet.framed(told), rules=tuple(rules))


def _with_hours(frame: pl.DataFrame) -> pl.DataFrame:
    """Messages whose rate of what they wrote to the cache is that of their own mix of stays.

    `minutes_rate` keeps the rate of the cache's usual stay, and `hour_share` the part that stays
    for an hour.
    """
    if HOUR_TOKENS not in frame.columns:
        return frame.with_columns(hour_share=pl.lit(0.0), minutes_rate=pl.lit(None, pl.Float64))
    written, hour = pl.col("cache_write_tokens").fill_null(0), pl.col(HOUR_TOKENS).fill_null(0)
    share = pl.when((hour > 0) & (hour <= written)).then(hour / written).otherwise(0.0)
    told = frame.with_columns(hour_share=share, minutes_rate=pl.col("cache_write_rate"))
    return told.with_columns(cache_write_rate=_mixed())


def _mixed() -> pl.Expr:
    share, usual, hour = (pl.col(one) for one in ("hour_share", "cache_write_rate", HOUR_RATE))
    return pl.when(share > 0).then(usual + share * (hour - usual)).otherwise(usual)


def _plain_reason() -> pl.Expr:
    """Reasons that need no price."""
    counts = [pl.col(name) for name in (*COUNTS, "reasoning_tokens", "cost_usd")]
    negative = pl.any_horizontal((one < 0).fill_null(value=False) for one in counts)
    none = pl.all_horizontal(pl.col(name).fill_null(0) == 0 for name in COUNTS)
    unknown = pl.col("input_tokens").is_null() & pl.col("output_tokens").is_null()
    free = pl.col("cost_usd") == 0
    return (
        pl.when("apart")
        .then(pl.lit(why.APART))
        .when(negative)
        .then(pl.lit(why.NEGATIVE))
        .when(free & none & ~unknown)
        .then(pl.lit(why.REPRODUCED))
        .when(free & pl.col("cache_hit").fill_null(value=False))
        .then(pl.lit(why.CACHED_FREE))
        .when(free & ~pl.col("succeeded").fill_null(value=True))
        .then(pl.lit(why.FAILED_FREE))
        .when(pl.col("model").is_null() | (pl.col("model").str.strip_chars() == ""))
        .then(pl.lit(why.NO_MODEL_NAMED))
        .when(~pl.col("priced").is_in(HAS_PRICE))
        .then(pl.col("priced").fill_null(NO_MODEL))
        .when(unknown)
        .then(pl.lit(NO_TOKENS))
        .when(_amount_lacks())
        .then(pl.lit(NO_AMOUNT))
        .when(free & (_listed() == 0))
        .then(pl.lit(why.REPRODUCED))
        .when(free & (pl.col("cost_usd") == 0).all().over("model"))
        .then(pl.lit(why.FREE))
        .when(none & (pl.col("request_rate").fill_null(0.0) == 0))
        .then(pl.lit(why.WITHOUT_TOKENS))
    )


def _listed() -> pl.Expr:
    """What the tokens and the request cost by the list."""
    amounts = [
        pl.col(f"{kind}_tokens").fill_null(0) * pl.col(f"{kind}_rate").fill_null(0.0)
        for kind in KINDS
    ]
    return pl.sum_horizontal(*amounts, pl.col("request_rate").fill_null(0.0))


def _amount_lacks() -> pl.Expr:
    """Whether there are tokens of a kind that the list has no price of."""
    return pl.any_horizontal(
        (pl.col(f"{kind}_tokens").fill_null(0) > 0) & pl.col(f"{kind}_rate").is_null()
        for kind in KINDS
    )


def _messages(part: pl.DataFrame, others: pl.DataFrame) -> Messages:
    """Rows of one model and tier as arrays, with its other prices."""
    mine = part.select(*KEYS, "hour_share").with_row_index("place")
    fitting = mine.join(others, on=KEYS, how="inner", nulls_equal=True)
    fitting = fitting.with_columns(cache_write_rate=_mixed())
    kept = (part["hour_share"] > 0).any()
    found = {}
    for (price, label), some in fitting.group_by("other", "label", maintain_order=True):
        rates = np.full((len(part), 4), np.nan)
        rates[some["place"].to_numpy()] = _numbers(some, RATES[:4])
        found[str(price), str(label)] = rates
    return Messages(
        counts=_numbers(part.with_columns(pl.col(COUNTS).fill_null(0)), COUNTS),
        reasoning=part["reasoning_tokens"].fill_null(0).cast(pl.Float64).to_numpy(),
        logged=part["cost_usd"].to_numpy(),
        rates=_numbers(part, RATES[:4]),
        request=part["request_rate"].fill_null(0.0).to_numpy(),
        others=dict(sorted(found.items(), reverse=True)),
        minutes=_numbers(part, ["minutes_rate"])[:, 0] if kept else None,
    )


def _numbers(frame: pl.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    return frame.select(pl.col(names).cast(pl.Float64).fill_null(float("nan"))).to_numpy()


def _bounds(
    sheet: _Sheet,
    part: pl.DataFrame,
    messages: Messages,
    left: NDArray[np.bool_],
    prices: Sequence[tuple[str, str]],
) -> None:
    """Reasons of the messages that no rule explains, at the day's price or one of a rule."""
    if not left.any():
        return
    rows = part["row"].to_numpy()
    zero = left & (messages.logged == 0)
    sheet.put(rows[zero], why.ZERO)
    left &= ~zero
    failed = ~part["succeeded"].fill_null(value=True).to_numpy()
    at_input = part.select(
        pl.any_horizontal(
            pl.col("at_input").list.contains(kind).fill_null(value=False)
            & (pl.col(f"{kind}_tokens").fill_null(0) > 0)
            for kind in ("cache_read", "cache_write")
        )
    )
    starts = [date for kind, date in messages.others if kind == "date"]
    starts_at = pl.Series(starts, dtype=pl.String).str.to_date(strict=False).drop_nulls()
    since = pl.concat([starts_at, part["priced_since"].drop_nulls().unique()])
    days = part["day"].to_physical().to_numpy()
    changes = since.to_physical().to_numpy()
    near = (np.abs(days[:, None] - changes[None, :]) <= why.DAYS_NEAR).any(axis=1)
    known = why.Known(
        failed=failed,
        at_input=at_input.to_series().to_numpy(),
        near=near,
        unit=logged_unit(messages.logged),
    )
    lines = [messages, *(replace(messages, rates=messages.others[key]) for key in prices)]
    for line in lines:
        for reason in why.bounds(line, left.copy(), known):
            mine = left & reason.rows
            sheet.put(rows[mine], reason.key, tokens=reason.tokens[mine])
            left &= ~mine
    how = part["priced_how"].fill_null("")
    assumed = left & ((how != "") & ~how.str.starts_with(NOT_TOLD)).to_numpy()
    sheet.put(rows[assumed], why.ASSUMED)
    left &= ~assumed
    dearer = messages.logged > as_listed(messages).cost
    sheet.put(rows[left & dearer], why.DEARER)
    sheet.put(rows[left & ~dearer], why.CHEAPER)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sheet:
    """What is found out of each row, filled in bit by bit."""

    reason: NDArray[np.object_]
    rule: NDArray[np.int64]
    cost: NDArray[np.float64]
    tokens: NDArray[np.float64]

    @classmethod
    def of(cls, told: pl.DataFrame) -> _Sheet:
        n = len(told)
        return cls(
            reason=told["reason"].to_numpy().astype(object),
            rule=np.full(n, -1),
            cost=np.full(n, np.nan),
            tokens=np.full(n, np.nan),
        )

    def put(
        self,
        rows: NDArray[np.int64],
        reason: str,
        cost: NDArray[np.float64] | None = None,
        *,
        rule: int = -1,
        tokens: NDArray[np.float64] | None = None,
    ) -> None:
        self.reason[rows] = reason
        self.rule[rows] = rule
        if cost is not None:
            self.cost[rows] = cost
        if tokens is not None:
            self.tokens[rows] = tokens

    def framed(self, told: pl.DataFrame) -> pl.DataFrame:
        has = pl.col("priced").is_in(HAS_PRICE).fill_null(value=False)
        parts = [
            pl.when(has)
            .then(
                pl.when(pl.col(f"{kind}_tokens").fill_null(0) == 0)
                .then(0.0)
                .otherwise(pl.col(f"{kind}_tokens") * pl.col(f"{kind}_rate"))
            )
            .alias(f"{kind}_usd")
            for kind in KINDS
        ]
        request = pl.when(has).then(pl.col("request_rate").fill_null(0.0)).alias("request_usd")
        sums = pl.sum_horizontal(*PARTS, "request_usd", ignore_nulls=False)
        return (
            told.with_columns(*parts, request)
            .with_columns(
                pl.Series("reason", self.reason.tolist(), dtype=pl.String),
                pl.Series("rule", self.rule),
                pl.Series("explained_usd", self.cost).fill_nan(None),
                pl.Series("tokens", self.tokens).fill_nan(None),
                list_usd=sums,
            )
            .drop("row", "free")
        )
