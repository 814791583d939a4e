"""What stands behind the amounts: what has no cost or price, was assumed, or was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from assay.core.units import Count, Share, Usd

if TYPE_CHECKING:
    from assay.analysis.costs.spending import Spending

CheckKey = Literal["cost", "price", "assumed", "implausible", "undated", "clock", "empty days"]
MOST: Final = 12
"""Models that are told one by one."""
_TOKENS: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
_BY: Final = ("provider", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        count: requests (or days) that it found, out of `among`, and `share` of them.
        tokens: their share of all tokens; 0 where it is not about tokens.
        usd: what is in doubt, in no total or assumed; 0 where that cannot be said.
        looked: whether it could be looked at; without a price list some cannot.
    """

    key: CheckKey
    count: Count
    among: Count
    share: Share
    tokens: Share
    usd: Usd
    looked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A model of which something is not known, or was assumed.

    Attributes:
        reason: in words, as prices were looked up.
        tokens: its share of all tokens.
        logged: what was logged for these requests; it counts where the basis lets it.
    """

    provider: str
    model: str
    reason: str
    requests: Count
    tokens: Share
    logged: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a reader has to know before the amounts are believed.

    Attributes:
        unpriced, assumed: the models with most tokens, at most twelve; `more_unpriced` and
            `more_assumed` are left out.
    """

    checks: tuple[Check, ...]
    unpriced: tuple[Doubt, ...]
    more_unpriced: Count
    assumed: tuple[Doubt, ...]
    more_assumed: Count


def trust_of(lines: pl.DataFrame, spending: Spending, *, kind: pl.DataType | None = None) -> Trust:
    """What stands behind the amounts.

    Args:
        lines: of `features.spending.spent`.
        spending: what was told of them.
        kind: of the column that dates a row; times without a zone are those of some clock, which
            nothing says, and are taken to be UTC.
    """
    kept = lines.filter(~pl.col("apart")).with_columns(
        tokens=pl.sum_horizontal(pl.col(name).fill_null(0) for name in _TOKENS)
    )
    requests, tokens = int(kept["requests"].sum()), int(kept["tokens"].sum())
    book = kept["priced"].null_count() < kept.height
    without = kept.filter(pl.col("spent_usd").is_null())
    unpriced = kept.filter(pl.col("list_usd").is_null()) if book else kept.clear()
    assumed = kept.clear()
    if "priced_how" in kept.columns:
        assumed = kept.filter(pl.col("list_usd").is_not_null() & _assumed())

    def check(
        key: CheckKey, found: pl.DataFrame, *, usd: float = 0.0, looked: bool = True
    ) -> Check:
        count = int(found["requests"].sum())
        return Check(
            key=key,
            count=count,
            among=requests,
            share=count / requests if requests else 0.0,
            tokens=int(found["tokens"].sum()) / tokens if tokens else 0.0,
            usd=usd,
            looked=looked,
        )

    missing = _doubts(unpriced, pl.col("priced"), tokens)
    taken = _doubts(assumed, _why_assumed(), tokens) if assumed.height else ()
    return Trust(
        checks=(
            check("cost", without),
            check("price", unpriced, usd=float(unpriced["cost_usd"].sum()), looked=book),
            check("assumed", assumed, usd=float(assumed["list_usd"].sum()), looked=book),
            _plain("implausible", spending.apart, requests + spending.apart, spending.apart_usd),
            _plain("undated", spending.undated, requests, spending.undated_usd),
            _plain("clock", _unzoned(kind, requests), requests, 0.0),
            _plain("empty days", spending.empty_days, spending.whole.days, 0.0),
        ),
        unpriced=missing[:MOST],
        more_unpriced=max(0, len(missing) - MOST),
        assumed=taken[:MOST],
        more_assumed=max(0, len(taken) - MOST),
    )


def _unzoned(kind: pl.DataType | None, requests: int) -> int:
    """Requests whose time has no zone: all or none."""
    return requests if isinstance(kind, pl.Datetime) and kind.time_zone is None else 0


def _plain(key: CheckKey, count: int, among: int, usd: float) -> Check:
    share = count / among if among else 0.0
    return Check(key=key, count=count, among=among, share=share, tokens=0.0, usd=usd)


def _assumed() -> pl.Expr:
    return pl.col("priced_how").is_not_null() | (pl.col("priced") != "priced")


def _why_assumed() -> pl.Expr:
    cached = pl.when(pl.col("priced") != "priced").then(
        pl.col("priced").str.strip_prefix("priced, ")
    )
    return pl.concat_str("priced_how", cached, separator="; ", ignore_nulls=True)


def _doubts(found: pl.DataFrame, reason: pl.Expr, tokens: int) -> tuple[Doubt, ...]:
    groups = (
        found.group_by(*_BY, reason.alias("reason"))
        .agg(pl.col("requests", "tokens", "cost_usd").sum())
        .sort("tokens", *_BY, "reason", descending=[True, False, False, False], nulls_last=True)
    )
    return tuple(
        Doubt(
            provider=row["provider"] or "",
            model=row["model"] or "",
            reason=row["reason"] or "",
            requests=row["requests"],
            tokens=row["tokens"] / tokens if tokens else 0.0,
            logged=row["cost_usd"],
        )
        for row in groups.iter_rows(named=True)
    )
