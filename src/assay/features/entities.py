"""Rows → one row per entity: how much it did, how often, how recently, at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from assay.core.errors import ParameterError
from assay.features.clock import day_number
from assay.features.daily import with_day
from assay.features.faults import check_columns
from assay.features.sketches import with_quantile
from assay.features.totals import TOTALS, Totals, share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from assay.features.faults import Frame

ENTITY_COLUMNS: Final = (
    "rows",
    "first_at",
    "last_at",
    "active_days",
    "recency_days",
    "tenure_days",
    "frequency",
    *TOTALS,
    "success_rate",
    "error_rate",
    "cost_mean",
    "latency_n",
    "latency_mean",
)
"""What an entity's row holds after the entity's own name.

- `rows`, times of the first and last; `active_days`: local days with at least one;
- `recency_days`: whole days from its last active day to `as_of`, 0 where that is the day;
  `tenure_days`: from its first; `frequency`: active days out of all tenure_days + 1 days, 0–1;
- `totals.TOTALS`; `success_rate` among rows whose outcome is known, `error_rate` among all rows,
  `cost_mean` in USD among rows that have a cost: null where there are none;
- `latency_n`, `latency_mean` in seconds, then one `latency_pQ` in seconds per quantile that is
  asked for, within 1 %.

Rows without an entity are a row of their own, whose name is null.
"""


def entities(  # noqa: PLR0913  which entity, when, where and how finely are asked apart
    rows: Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    entity: str = "user_id",
    *,
    as_of: date,
    time: str = "occurred_at",
    time_zone: str = "UTC",
    latency: str = "latency_s",
    quantiles: Sequence[float] = (),
) -> Any:  # noqa: ANN401
    """One row per entity: its name, `ENTITY_COLUMNS`, lazily, on the same engine.

    Nothing is read, except first and last time where the zone is not UTC.

    Args:
        rows: a Polars lazy frame, a DuckDB relation, a PySpark DataFrame.
        entity: column that names a user, an agent, a session …
        as_of: local day that recency and tenure are counted to; rows after it count as rows, and
            make them negative: filter them out.
        time: column that dates a row.
        time_zone: whose days they are.
        latency: column of seconds.
        quantiles: of the latency, in whole per cent: 0.5 is `latency_p50`.

    Raises:
        DataError: where a column is missing or holds no times.
        ParameterError: where the zone is unknown, or a quantile is no whole per cent.
    """
    for q in quantiles:
        if not 0 <= q <= 1 or abs(q * 100 - round(q * 100)) > 1e-9:
            raise ParameterError(f"quantile {q}, expected 0–1 in steps of 0.01")
    source: Frame = nw.from_native(rows).lazy()
    wanted = [entity, time, *([latency] if quantiles else [])]
    check_columns(source, wanted, table="the data")
    schema = dict(source.collect_schema())
    totals = Totals(schema, time)
    dated, day = with_day(source, time, time_zone)
    seconds = nw.col(latency).cast(nw.Float64).fill_nan(None) if latency in schema else None
    columns = [
        nw.col(entity).cast(nw.String).alias("assay_entity"),
        day.alias("assay_day"),
        nw.lit(1).cast(nw.Int64).alias("rows"),
        nw.col(time).alias("first_at"),
        nw.col(time).alias("last_at"),
        *totals.of_rows(),
    ]
    measured = [] if seconds is None else ["latency_n", "assay_latency"]
    if seconds is not None:
        columns += [
            (~seconds.is_null()).cast(nw.Int64).alias("latency_n"),
            seconds.alias("assay_latency"),
        ]
    added = [
        nw.col("rows").sum(),
        nw.col("first_at").min(),
        nw.col("last_at").max(),
        *totals.added(),
        *(nw.col(name).sum() for name in measured),
    ]
    daily = dated.select(*columns).group_by("assay_entity", "assay_day").agg(*added)
    grouped = daily.group_by("assay_entity").agg(
        nw.col("assay_day").count().alias("active_days"),
        nw.col("assay_day").min().alias("assay_first"),
        nw.col("assay_day").max().alias("assay_last"),
        *added,
    )
    found = _settled(grouped, totals, day_number(as_of), measured=seconds is not None)
    for q in quantiles:
        name = f"latency_p{round(q * 100)}"
        values = source.select(nw.col(entity).cast(nw.String).alias("assay_other"), nw.col(latency))
        quantile = with_quantile(values, latency, q, by=["assay_other"], name=name)
        joined = found.join(quantile, how="left", left_on="assay_entity", right_on="assay_other")
        found = joined.select(*found.collect_schema().names(), name)
    return found.rename({"assay_entity": entity}).to_native()


def _settled(grouped: Frame, totals: Totals, today: int, *, measured: bool) -> Frame:
    tenure = today - nw.col("assay_first")
    kinds = grouped.collect_schema().names()
    known = nw.col("successes") + nw.col("failures") if "successes" in kinds else None
    absent = nw.lit(None, dtype=nw.Float64)
    mean = share("assay_latency", nw.col("latency_n")) if measured else absent
    whole = nw.col("latency_n") if measured else nw.lit(0).cast(nw.Int64)
    return grouped.select(
        "assay_entity",
        "rows",
        "first_at",
        "last_at",
        nw.col("active_days").cast(nw.Int64),
        (today - nw.col("assay_last")).alias("recency_days"),
        tenure.alias("tenure_days"),
        share("active_days", tenure + 1).alias("frequency"),
        *totals.settled(),
        (absent if known is None else share("successes", known)).alias("success_rate"),
        (share("errors", nw.col("rows")) if "errors" in kinds else absent).alias("error_rate"),
        (share("cost_usd", nw.col("cost_n")) if "cost_n" in kinds else absent).alias("cost_mean"),
        whole.alias("latency_n"),
        mean.alias("latency_mean"),
    )
