"""Scores → one row per judgement, on one scale per name, with what it is of and who gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.provenance import LeftOut
from assay.features.series import series
from assay.params import Metric, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.periods import Every

NEEDED: Final = ("name", "value", "scale_low", "scale_high", "source", "judge_id")
POINTS: Final = "points"
"""Unit of scores that have one scale of their own; others are shares of their scale."""
_MEAN: Final = Metric(name="mean", kind="ratio", numerator="value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From where to where a name's scores go; a share of it where several are in use."""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """Every judgement that counts.

    Attributes:
        rows: name, source, judge, item, cluster, value, at, and the columns that groups are by.
        scales: of each name.
        left_out: rows that do not count, and why.
    """

    rows: pl.DataFrame
    scales: dict[str, Scale]
    left_out: tuple[LeftOut, ...]


def judgements(  # noqa: PLR0913  two tables, and which of their columns say what
    scores: pl.LazyFrame,
    interactions: pl.LazyFrame | None = None,
    *,
    by: Sequence[str] = (),
    whom: dict[str, str] | None = None,
    cluster: str = "session_id",
    time: str = "judged_at",
    window: Window | None = None,
) -> Judgements:
    """The scores, each name on one scale, joined with what is known of the interaction.

    Args:
        scores: the table of scores.
        interactions: the table of interactions; needed where `by`, `whom` or `cluster` name a
            column that the scores lack.
        by: columns that groups are by.
        whom: column → value: only these count.
        cluster: what judgements may share, and so resemble each other in: a session, a user.
        time: of a judgement, or of the interaction (`occurred_at`).
        window: days that count.

    Raises:
        DataError: where a column is missing, or nothing is left.
    """
    window = None if window is None else Window.model_validate(window)
    wanted = list(dict.fromkeys([*by, *(whom or {}), cluster, time]))
    have = scores.collect_schema().names()
    missing = [name for name in NEEDED if name not in have]
    if missing:
        raise DataError(f"the scores have no column {missing[0]!r}", remedy="see data/README.md")
    joined = [name for name in wanted if name not in have]
    if joined:
        known = [] if interactions is None else interactions.collect_schema().names()
        for name in joined:
            if name not in known:
                raise ParameterError(
                    f"neither scores nor interactions have a column {name!r}",
                    remedy="name another column, or give the interactions",
                )
        if interactions is not None:
            scores = scores.join(
                interactions.select("interaction_id", *joined), on="interaction_id", how="left"
            )
    of = [pl.col(name).cast(pl.String) for name in ("interaction_id", "session_id") if name in have]
    if not of:
        raise DataError("the scores have neither interaction_id nor session_id")
    item = pl.coalesce(*of)
    rows = scores.select(
        pl.col("name").cast(pl.String),
        pl.col("source").cast(pl.String).fill_null("unknown"),
        pl.coalesce(pl.col("judge_id").cast(pl.String), pl.col("source").cast(pl.String)).alias(
            "judge"
        ),
        item.alias("item"),
        pl.coalesce(pl.col(cluster).cast(pl.String), item).alias("cluster"),
        pl.col("value").cast(pl.Float64),
        pl.col("scale_low").cast(pl.Float64),
        pl.col("scale_high").cast(pl.Float64),
        pl.col(time).alias("at"),
        *(pl.col(name).cast(pl.String).alias(f"by_{name}") for name in by),
        *(pl.col(name).cast(pl.String).alias(f"for_{name}") for name in whom or {}),
    ).collect(engine="streaming")
    for name, value in (whom or {}).items():
        there = rows[f"for_{name}"].drop_nulls().unique().to_list()
        rows = rows.filter(pl.col(f"for_{name}") == value)
        if rows.is_empty():
            raise DataError(
                f"no score is of {name} {value!r}",
                remedy=nearest(value, there) if there else f"{name} is empty",
            )
    dated, undated = rows.filter(pl.col("at").is_not_null()), rows["at"].null_count()
    rows = _within(dated, window)
    finite = pl.col("value").is_finite().fill_null(value=False)
    beyond = (pl.col("value") < pl.col("scale_low")) | (pl.col("value") > pl.col("scale_high"))
    within = ~beyond.fill_null(value=False)
    counts = {
        f"no {time}": undated,
        "no finite value": rows.filter(~finite).height,
        "beyond the scale": rows.filter(finite & ~within).height,
    }
    left = rows.filter(finite & within)
    if left.is_empty():
        raise _nothing(dated, rows, window, counts)
    rows, scales = _on_scales(left.sort("at", "name", "item", "judge"))
    out = [
        LeftOut(what="scores", count=count, reason=reason)
        for reason, count in counts.items()
        if count
    ]
    return Judgements(rows=rows, scales=scales, left_out=tuple(out))


def _nothing(
    dated: pl.DataFrame, within: pl.DataFrame, window: Window | None, counts: dict[str, int]
) -> DataError:
    """Why no score counts."""
    if window is not None and within.is_empty() and not dated.is_empty():
        days = dated["at"].dt.date().cast(pl.String).sort()
        return DataError(
            f"no score lies in the window; scores are from {days[0]} to {days[-1]}",
            remedy="widen the window",
        )
    why = ", ".join(f"{count} have {reason}" for reason, count in counts.items() if count)
    if why:
        return DataError(f"no score is left: {why.replace('have beyond', 'are beyond')}")
    return DataError("there is no score of what is asked for", remedy="look at its filters")


def _within(rows: pl.DataFrame, window: Window | None) -> pl.DataFrame:
    if window is not None and window.start is not None:
        rows = rows.filter(pl.col("at").dt.date() >= window.start)
    if window is not None and window.end is not None:
        rows = rows.filter(pl.col("at").dt.date() <= window.end)
    return rows


def _on_scales(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Scale]]:
    ends = rows.group_by("name").agg(
        pl.col("scale_low").n_unique().alias("lows"),
        pl.col("scale_high").n_unique().alias("highs"),
        pl.col("scale_low").min(),
        pl.col("scale_high").max(),
        pl.col("scale_low").is_null().any().alias("open"),
        pl.col("value").min().alias("least"),
        pl.col("value").max().alias("most"),
    )
    scales, share = {}, []
    for row in ends.sort("name").iter_rows(named=True):
        name = row["name"]
        if row["lows"] == row["highs"] == 1:
            low, high = row["scale_low"], row["scale_high"]
            low, high = (row["least"], row["most"]) if None in {low, high} else (low, high)
            scales[name] = Scale(low=low, high=high, unit=POINTS)
        elif row["open"]:
            raise DataError(
                f"scores {name!r} have a scale in some rows and none in others",
                remedy="fill scale_low and scale_high",
            )
        else:
            scales[name] = Scale(low=0.0, high=1.0, unit="share")
            share.append(name)
    span = pl.col("scale_high") - pl.col("scale_low")
    value = (
        pl.when(pl.col("name").is_in(share))
        .then((pl.col("value") - pl.col("scale_low")) / span)
        .otherwise(pl.col("value"))
    )
    return rows.with_columns(value=value).drop("scale_low", "scale_high"), scales


def score_series(
    rows: pl.DataFrame, *, every: Every = "week", window: Window | None = None
) -> pl.DataFrame:
    """Mean score by name in every period, rows of one cluster as one voice."""
    window = None if window is None else Window.model_validate(window)
    return series(
        rows.lazy(),
        _MEAN,
        every=every,
        time="at",
        by=("name",),
        unit="cluster",
        start=None if window is None else window.start,
        end=None if window is None else window.end,
    )
