"""Rows → which kinds of work which models did, how well, at what cost, by like and by item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.attempts import attempt_lines, days_within, local_day
from assay.features.drawn_rows import USER
from assay.features.faults import check_columns
from assay.features.pricing import HOUR_TOKENS, with_list_prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.drawn_rows import DrawnRows
    from assay.params import Window

CONFIGURATION: Final = ("provider", "model", "service_tier")
"""What may be switched: the same model at another provider is another configuration."""
ALIKE: Final = ("user_type", "template_id", "operation")
"""Columns within which rows count as like work, beside the agent and the period."""
BUCKETS: Final = 128
"""Groups of users: whole users fall into one, so that variances over groups are honest."""
PERIOD: Final = "28d"
MOST_ROWS: Final = 300_000
"""About so many rows tell of like work: of more, whole users are left out by chance."""
_PARTS: Final = 8192
EVALUATION: Final = "evaluation"
"""The operation of calls that were made to see how good a model is."""
Quality = Literal["succeeded", "rating"]
_TOKENS: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    HOUR_TOKENS,
    "output_tokens",
)
_KEY: Final = ("kind", *CONFIGURATION)
_OWN: Final = (
    *_KEY,
    "unit",
    "bucket",
    "item",
    "try",
    "won",
    "logged_usd",
    *_TOKENS,
    "again",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What models did, as tables that an analysis of switching needs.

    `list_usd` is at the list price of the last day, which is what the coming month will cost;
    `logged_usd` is what was logged. Either is null where a line has a row without it.

    Attributes:
        days: per local day, kind and configuration: `requests`, `list_usd`, `logged_usd`, without
            what was run to evaluate models: that is no work that could be given to another.
        alike: per kind, stratum, configuration and bucket of users, retries left out: `requests`,
            `known`, `won` (their sum), `list_usd`, `logged_usd`. Of very many rows those of some
            users, chosen by chance: it is a comparison, not a total.
        items: per kind and configuration as `attempt_lines`, with costs at list price; `logged`
            the same with logged costs; empty where rows name no items, or all have list prices.
        users: per kind and configuration: units behind `alike`.
        last: newest day.
        unit: column of the users.
        quality: column of what counts as success.
        share: of the users that `alike` is of; 1 where all are.
    """

    days: pl.DataFrame
    alike: pl.DataFrame
    items: pl.DataFrame
    logged: pl.DataFrame
    users: pl.DataFrame
    last: date
    unit: str
    quality: Quality
    share: float = 1.0


def work_of(  # noqa: PLR0913  which columns say what is alike
    rows: pl.LazyFrame,
    prices: pl.DataFrame | None,
    *,
    kind: str = "agent_id",
    alike: Sequence[str] = ALIKE,
    unit: str = "user_id",
    item: str = "item_id",
    quality: Quality = "succeeded",
    time: str = "occurred_at",
    time_zone: str = "UTC",
    window: Window | None = None,
    lines: pl.DataFrame | None = None,
    drawn: DrawnRows | None = None,
) -> Work:
    """The tables, in one scan for lines and one for items.

    A trace is one attempt at an item; rows without one stand for themselves.

    Args:
        rows: interactions; without a model they are not counted.
        prices: of the table prices, in USD; None where only logged costs count.
        kind: column of the kind of work within which models are compared.
        alike: columns within which rows count as like work; those that are absent are left out.
        unit: whose rows resemble each other; a row without one stands for itself.
        item: what was worked on, where shared.
        quality: what counts as success: true and false, or a share.
        time: dates a row.
        time_zone: whose days they are.
        window: local days that count.
        lines: of `features.spending.spend_lines` for the same rows, zone and window; where they are
            by the kind of work too, days are taken from them, which saves a scan.
        drawn: of `drawn_rows` for the same rows, with the columns that are alike: like work of very
            many rows, and items, are taken from them, which saves two more.

    Raises:
        DataError: where a column is missing, or no row has a model and a time.
        ParameterError: where the quality is unknown.
    """
    if quality not in {"succeeded", "rating"}:
        raise ParameterError(f"quality={quality!r}, expected succeeded or rating")
    schema = rows.collect_schema()
    check_columns(nw.from_native(rows), [kind, "model", time, quality], table="the data")
    strata = [name for name in alike if name in schema and name != kind]

    whose = _first_of(schema, (unit, "session_id", "interaction_id"))
    attempt = _first_of(schema, ("trace_id", "interaction_id"))

    def prepared(some: pl.LazyFrame) -> pl.LazyFrame:
        found = (
            _prepared(some, schema, kind=kind, item=item, quality=quality)
            .with_columns(
                whose.alias("unit"),
                (whose.hash(seed=0) % BUCKETS).cast(pl.Int64).alias("bucket"),
                attempt.alias("try"),
            )
            .select(
                local_day(schema, time, time_zone).alias("day"),
                *_OWN,
                *(_text(schema, x).alias(f"like_{x}") for x in strata),
            )
        )
        window_holds = pl.lit(value=True) if window is None else days_within("day", window)
        return found.filter(pl.col("day").is_not_null() & window_holds)

    known = lines is not None and kind in lines.columns
    judging = (_text(schema, "operation") == EVALUATION).fill_null(value=False)
    worked = prepared(rows.filter(judging if known else ~judging))
    days = worked.group_by("day", *_KEY).agg(*_sums()).collect(engine="streaming")
    known_rows = int(lines["requests"].sum()) if known and lines is not None else None
    part, share = _some(rows, unit, whose, known_rows, drawn)
    some = prepared(part).collect(engine="streaming")
    cells = (
        some.filter(~pl.col("again"))
        .group_by(
            *_KEY,
            *(pl.col(f"like_{name}") for name in strata),
            pl.col("day").dt.truncate(PERIOD).alias("period"),
            "bucket",
        )
        .agg(*_sums(), pl.col("won").count().alias("known"), pl.col("won").sum())
    )
    users = some.group_by(*_KEY).agg(pl.col("unit").n_unique().alias("users"), pl.col("day").max())
    named = rows if drawn is None or drawn.items is None else drawn.items
    tried = prepared(named.filter(pl.col(item).is_not_null()) if item in schema else rows.head(0))
    if lines is not None and known:
        days = _without(_days_of(lines, kind), days)
    dated = [day for day in (users["day"].max(), days["day"].max()) if day is not None]
    last: date | None = max(dated, default=None)  # type: ignore[assignment]
    if last is None:
        raise DataError(
            f"no row has a model and a time in {time!r}", remedy="a month is told from days"
        )
    same = [*(f"like_{name}" for name in strata), "period"]
    numbered = cells.select(same).unique().sort(same, nulls_last=True).with_row_index("stratum")
    cells = _priced(cells, prices, last).join(numbered, on=same, nulls_equal=True)
    return Work(
        days=_priced(days, prices, last).sort(*_KEY, "day", nulls_last=True),
        alike=cells.drop(same).sort(*_KEY, "stratum", "bucket", nulls_last=True),
        users=users.drop("day").sort(*_KEY, nulls_last=True),
        last=last,
        unit=unit,
        quality=quality,
        share=share,
        **_items(tried, prices, last),
    )


NEEDED: Final = ("agent_id", "model", "occurred_at")


def work_at_hand(  # noqa: PLR0913  as work_of
    rows: pl.LazyFrame,
    prices: pl.DataFrame | None,
    *,
    quality: Quality = "succeeded",
    time_zone: str = "UTC",
    window: Window | None = None,
    lines: pl.DataFrame | None = None,
    drawn: DrawnRows | None = None,
) -> Work | None:
    """The tables of interactions; None where these lack an agent, a model, a time or a quality."""
    if not {*NEEDED, quality} <= set(rows.collect_schema()):
        return None
    if not _has_models(rows, lines):
        return None
    return work_of(
        rows,
        prices,
        quality=quality,
        time_zone=time_zone,
        window=window,
        lines=lines,
        drawn=drawn,
    )


def _has_models(rows: pl.LazyFrame, lines: pl.DataFrame | None) -> bool:
    if lines is not None:
        known = pl.col("model").is_not_null() & pl.col("day").is_not_null()
        return not lines.filter(known, ~pl.col("apart")).is_empty()
    dated = pl.col("model").is_not_null() & pl.col("occurred_at").is_not_null()
    return not rows.filter(dated).select("model").head(1).collect().is_empty()


def _some(
    rows: pl.LazyFrame, unit: str, whose: pl.Expr, total: int | None, drawn: DrawnRows | None
) -> tuple[pl.LazyFrame, float]:
    """About `MOST_ROWS` of the rows, those of some units chosen by chance; and their share.

    Where every row names its unit, that column alone decides: of a file's other columns only the
    rows that are kept are read then.
    """
    named = unit in rows.collect_schema()
    if total is None:
        total = rows.select(pl.len()).collect(engine="streaming").item()
    if total <= MOST_ROWS:
        return rows, 1.0
    if drawn is not None and unit == USER and drawn.holds(MOST_ROWS, of=total):
        return drawn.users, drawn.share
    if named and rows.filter(pl.col(unit).is_null()).select(unit).head(1).collect().is_empty():
        whose = pl.col(unit)
    kept = ceil(_PARTS * MOST_ROWS / total)
    return rows.filter(whose.hash(seed=1) % _PARTS < kept), kept / _PARTS


def _first_of(schema: pl.Schema, names: Sequence[str]) -> pl.Expr:
    """The first of these columns that a row has."""
    return pl.coalesce(_text(schema, name) for name in names)


def _days_of(lines: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Days, kinds and configurations of lines of spending, records set apart left out."""
    logged = pl.col("cost_usd").sum()
    return (
        lines.filter(~pl.col("apart") & pl.col("model").is_not_null())
        .rename({kind: "kind"})
        .group_by("day", *_KEY)
        .agg(
            pl.col("requests").sum(),
            *(pl.col(name).sum() for name in _TOKENS),
            (pl.col("requests") - pl.col("tokens_n")).sum().alias("unknown"),
            pl.when(pl.col("logged").all()).then(logged).alias("logged_usd"),
        )
    )


def _without(days: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """The days less what was run to evaluate models."""
    keys = ["day", *_KEY]
    taken = days.join(judged, on=keys, how="left", nulls_equal=True, suffix="_judged")
    numbers = ["requests", *_TOKENS, "unknown", "logged_usd"]
    left = [(pl.col(name) - pl.col(f"{name}_judged").fill_null(0)).alias(name) for name in numbers]
    return taken.with_columns(left).filter(pl.col("requests") > 0).select(*keys, *numbers)


def _text(schema: pl.Schema, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String) if name in schema else pl.lit(None, pl.String)


def _prepared(
    rows: pl.LazyFrame, schema: pl.Schema, *, kind: str, item: str, quality: str
) -> pl.LazyFrame:
    """What the tables are made of, under names of our own."""

    def number(name: str, dtype: pl.DataType) -> pl.Expr:
        return (pl.col(name) if name in schema else pl.lit(None)).cast(dtype).alias(name)

    money, share = number("cost_usd", pl.Float64()), number(quality, pl.Float64())
    return rows.filter(pl.col("model").is_not_null()).with_columns(
        _text(schema, kind).alias("kind"),
        *(_text(schema, name).alias(name) for name in CONFIGURATION),
        _text(schema, item).alias("item"),
        share.fill_nan(None).alias("won"),
        money.fill_nan(None).alias("logged_usd"),
        *(number(name, pl.Int64()) for name in _TOKENS),
        _text(schema, "retry_of").is_not_null().alias("again"),
    )


def _sums() -> list[pl.Expr]:
    """What a line holds of its rows before it is priced."""
    unknown = (pl.col("input_tokens").is_null() & pl.col("output_tokens").is_null()).sum()
    logged = pl.col("logged_usd")
    return [
        pl.len().cast(pl.Int64).alias("requests"),
        *(pl.col(name).sum() for name in _TOKENS),
        unknown.alias("unknown"),
        pl.when(logged.null_count() == 0).then(logged.sum()).alias("logged_usd"),
    ]


def _priced(lines: pl.DataFrame, prices: pl.DataFrame | None, last: date) -> pl.DataFrame:
    """The lines at the list price of the last day, their tokens dropped."""
    if prices is None:
        found = lines.with_columns(list_usd=pl.lit(None, pl.Float64))
    else:
        listed = with_list_prices(
            lines.with_columns(priced_on=pl.lit(last)), prices, day="priced_on"
        )
        found = listed.with_columns(list_usd=pl.when(pl.col("unknown") == 0).then("list_usd"))
    kept = [name for name in lines.columns if name not in {*_TOKENS, "unknown"}]
    return found.select(*kept, "list_usd")


def _items(rows: pl.LazyFrame, prices: pl.DataFrame | None, last: date) -> dict[str, pl.DataFrame]:
    """Attempts at named items, at list prices and as logged; retries of another call left out."""
    tried = rows.filter(~pl.col("again"))
    if prices is None:
        listed = tried.with_columns(list_usd=pl.lit(None, pl.Float64))
    else:
        listed = with_list_prices(
            tried.with_columns(priced_on=pl.lit(last)), prices, day="priced_on"
        )
    by = {"by": _KEY, "item": "item", "attempt": ("try",), "success": "won"}
    items = attempt_lines(listed, cost="list_usd", **by)  # type: ignore[arg-type]
    if items["costed"].sum() == items["attempts"].sum():
        return {"items": items, "logged": items.clear()}
    return {"items": items, "logged": attempt_lines(tried, cost="logged_usd", **by)}  # type: ignore[arg-type]
