"""Rows → per user and week: how satisfied, what was chosen, which configurations were in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.provenance import LeftOut
from assay.features.clock import day_of_number, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN: Final = "unknown"
"""Kind of users whose first row names none."""
SEAT: Final = ("agent_id", "workspace_id")
"""Columns beside the user by which a change of a configuration says whom it reaches."""
SEPARATOR: Final = " · "
_MONDAY: Final = 3
"""Days by which 1970-01-01, a Thursday, is past a Monday."""
_LINES: Final = ("user", "stamp", "group", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalWeeks:
    """What users did and thought, in weeks from Monday, numbered from the first of the data.

    Attributes:
        users: one row per user, by name: user, group (of the first row), first and last week with
            a use.
        ratings: who (row of `users`), week, n, mean, square (squared distances from the mean).
        choices: column → who, week, value, times; sorted.
        configurations: who, week, value (the columns' values joined), times; sorted.
        seats: who, agent_id, workspace_id (null where a row has none), week, n, mean.
        start: the Monday of week 0; `weeks` there are, the last one complete or not.
        time_zone: whose days and weeks they are.
        left_out: rows that do not count, and why.
    """

    users: pl.DataFrame
    ratings: pl.DataFrame
    choices: dict[str, pl.DataFrame]
    configurations: pl.DataFrame
    seats: pl.DataFrame
    start: date
    weeks: int
    last: date
    time_zone: str
    left_out: tuple[LeftOut, ...]


def rated_rows(
    rows: pl.LazyFrame,
    *,
    value: str = "rating",
    time: str = "occurred_at",
    scores: str | None = None,
    interactions: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """One row per rating: user_id, at, value (0–1), agent_id, workspace_id.

    Args:
        rows: interactions, sessions or scores.
        value: column of the satisfaction, 0–1; of scores, `value` on their own scale.
        time: column that dates it.
        scores: the name of the scores that count, where rows are the table of scores.
        interactions: that scores are of.

    Raises:
        DataError: where a column is missing.
        ParameterError: where scores come without interactions.
    """
    if scores is None:
        return _named(rows, [value, time, "user_id"]).select(
            pl.col("user_id").cast(pl.String),
            pl.col(time).alias("at"),
            pl.col(value).cast(pl.Float64).alias("value"),
            *_seat(rows),
        )
    if interactions is None:
        raise ParameterError("scores need interactions, which say whose they are")
    wanted = ["name", "value", "scale_low", "scale_high", "interaction_id", time]
    known = _named(interactions, ["interaction_id", "user_id"])
    whose = known.select(
        pl.col("interaction_id").cast(pl.String), pl.col("user_id").cast(pl.String), *_seat(known)
    )
    low, high = pl.col("scale_low").cast(pl.Float64), pl.col("scale_high").cast(pl.Float64)
    mine = _named(rows, wanted).filter(pl.col("name") == scores)
    return mine.select(
        pl.col("interaction_id").cast(pl.String),
        pl.col(time).alias("at"),
        ((pl.col("value").cast(pl.Float64) - low) / (high - low)).alias("value"),
    ).join(whose, on="interaction_id", how="inner")


def personal_weeks(  # noqa: PLR0913  the tables, and which of their columns say what
    rows: pl.LazyFrame,
    *,
    rated: pl.LazyFrame | None = None,
    by: str | None = "user_type",
    value: str = "rating",
    choices: Sequence[str] = (),
    configuration: Sequence[str] = (),
    time: str = "occurred_at",
    time_zone: str = "UTC",
    without: Sequence[str] = (),
) -> PersonalWeeks:
    """Sums per user and week, in one scan of the rows (and one of the ratings, if apart).

    Args:
        rows: interactions: what users did, when, with what.
        rated: of `rated_rows`, where satisfaction is not a column of the rows.
        by: column that tells users' kinds; the value of a user's first row counts.
        value: column of satisfaction, 0–1, of the rows.
        choices: columns of what users choose: model, template, agent, tool.
        configuration: columns that together are a configuration.
        time: column that dates a row.
        time_zone: whose weeks are meant.
        without: kinds of users that are no persons, and do not count.

    Raises:
        DataError: where a column is missing, holds no times, no row is left, or most ratings are
            on another scale.
        ParameterError: where the zone is unknown.
    """
    zone_of(time_zone)
    needed = ["user_id", time, *choices, *configuration, *([by] if by else [])]
    schema = _named(rows, needed).collect_schema()
    if not isinstance(schema[time], pl.Date | pl.Datetime):
        raise DataError(
            f"time column {time!r} holds {schema[time]}, expected dates or times",
            remedy="store it as a date or timestamp (ISO 8601 in text files)",
        )
    opinions = rated if rated is not None else _within(rows, schema, value, time)
    texts = [pl.col(name).cast(pl.String) for name in dict.fromkeys([*choices, *configuration])]
    kind = pl.col(by).cast(pl.String).fill_null(UNKNOWN) if by else pl.lit("everybody")
    lines = rows.select(
        pl.col("user_id").cast(pl.String).alias("user"),
        _stamp(pl.col(time), schema[time], time_zone).alias("stamp"),
        pl.col(time).alias("at"),
        kind.alias("group"),
        *texts,
    )
    known = lines.filter(pl.col("user").is_not_null() & pl.col("stamp").is_not_null())
    at = opinions.collect_schema()["at"]
    voices = opinions.select(
        pl.col("user_id").alias("user"),
        _stamp(pl.col("at"), at, time_zone).alias("stamp"),
        pl.col("value"),
        *SEAT,
    )
    fair = (pl.col("value") >= 0) & (pl.col("value") <= 1)
    heard = voices.filter(pl.col("user").is_not_null() & pl.col("stamp").is_not_null() & fair)
    joined = pl.concat_str(
        [pl.col(name).fill_null("–") for name in configuration], separator=SEPARATOR
    )
    week = (pl.col("stamp") + _MONDAY) // 7
    counted = known.with_columns(week=week)
    plans = [
        known.group_by("user").agg(
            pl.col("group").min_by("at"),
            pl.col("stamp").min().alias("from"),
            pl.col("stamp").max().alias("to"),
        ),
        lines.select(
            pl.len().alias("rows"),
            pl.col("user").is_null().sum().alias("nameless"),
            (pl.col("stamp").is_null() & pl.col("user").is_not_null()).sum().alias("undated"),
        ),
        voices.select((pl.col("value").is_not_null() & ~fair).sum().alias("unfair"),
                      pl.col("value").count().alias("given"),
                      (pl.col("value").is_finite() & ~fair).sum().alias("beyond"),
                      pl.col("value").filter(pl.col("value").is_finite()).max().alias("most")),
        heard.with_columns(week=week).group_by("user", *SEAT, "week").agg(
            pl.len().cast(pl.Float64).alias("n"),
            pl.col("value").mean().alias("mean"),
            (pl.col("value").var(ddof=0).fill_null(0.0) * pl.len()).alias("square"),
        ),
        *(
            counted.filter(pl.col(name).is_not_null())
            .group_by("user", "week", pl.col(name).alias("value"))
            .agg(pl.len().cast(pl.Float64).alias("times"))
            for name in choices
        ),
        *(
            [
                counted.group_by("user", "week", joined.alias("value")).agg(
                    pl.len().cast(pl.Float64).alias("times")
                )
            ]
            if configuration
            else []
        ),
    ]  # fmt: skip
    people, faults, odd, rated_weeks, *parts = pl.collect_all(plans, engine="streaming")
    people, aside = _persons(people, without)
    if people.is_empty():
        raise DataError(
            f"no row names a user and a time, of {faults['rows'][0]}", remedy="fill 'user_id'"
        )
    if 2 * odd["beyond"][0] > odd["given"][0]:
        raise DataError(
            f"{odd['beyond'][0]} of {odd['given'][0]} ratings are below 0 or above 1, the largest "
            f"is {odd['most'][0]:g}",
            remedy="store it on a scale from 0 to 1: (value − lowest) / (highest − lowest)",
        )
    left_out = _left_out(faults, odd, aside)
    return _settled(people, rated_weeks, parts, choices, left_out, bool(configuration), time_zone)


def _named(rows: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
    have = rows.collect_schema()
    for name in names:
        if name not in have:
            raise DataError(f"the data have no column {name!r}", remedy=nearest(name, have))
    return rows


def _seat(rows: pl.LazyFrame) -> list[pl.Expr]:
    have = rows.collect_schema()
    return [
        (pl.col(name).cast(pl.String) if name in have else pl.lit(None, pl.String)).alias(name)
        for name in SEAT
    ]


def _within(rows: pl.LazyFrame, schema: pl.Schema, value: str, time: str) -> pl.LazyFrame:
    """Ratings of the rows themselves; none at all where there is no such column.

    Raises:
        DataError: where the column holds no numbers.
    """
    held = schema.get(value)
    if held is not None and not (held.is_numeric() or held in {pl.Null, pl.Boolean}):
        raise DataError(
            f"rating column {value!r} holds {held}, expected numbers from 0 to 1",
            remedy="store it as numbers, or name another table of satisfaction",
        )
    rating = pl.col(value).cast(pl.Float64) if value in schema else pl.lit(None, pl.Float64)
    return rows.select(
        pl.col("user_id").cast(pl.String),
        pl.col(time).alias("at"),
        rating.alias("value"),
        *_seat(rows),
    )


def _stamp(at: pl.Expr, kind: pl.DataType, time_zone: str) -> pl.Expr:
    """The local day, counted since 1970."""
    if kind == pl.Date:
        return at.cast(pl.Int32).cast(pl.Int64)
    zoned = at.dt.replace_time_zone("UTC") if getattr(kind, "time_zone", None) is None else at
    return zoned.dt.convert_time_zone(time_zone).dt.date().cast(pl.Int32).cast(pl.Int64)


def _persons(people: pl.DataFrame, without: Sequence[str]) -> tuple[pl.DataFrame, int]:
    kept = people.filter(~pl.col("group").is_in(list(without)))
    return kept, people.height - kept.height


def _left_out(faults: pl.DataFrame, odd: pl.DataFrame, aside: int) -> tuple[LeftOut, ...]:
    whole, given = int(faults["rows"][0]), int(odd["given"][0])
    found = [
        LeftOut(what="rows", count=int(faults[name][0]), reason=why, share=faults[name][0] / whole)
        for name, why in (("nameless", "no user_id"), ("undated", "no time"))
        if faults[name][0]
    ]
    if odd["unfair"][0]:
        n = int(odd["unfair"][0])
        reason = "below 0, above 1, or no number"
        found.append(LeftOut(what="ratings", count=n, reason=reason, share=n / given))
    if aside:
        found.append(LeftOut(what="users", count=aside, reason="no persons, by their kind"))
    return tuple(found)


def _settled(  # noqa: PLR0913, PLR0917  private: the parts that were collected
    people: pl.DataFrame,
    rated: pl.DataFrame,
    parts: list[pl.DataFrame],
    choices: Sequence[str],
    left_out: tuple[LeftOut, ...],
    configured: bool,  # noqa: FBT001  private
    time_zone: str,
) -> PersonalWeeks:
    low, high = int(people["from"].min()), int(people["to"].max())  # type: ignore[arg-type]
    first = (low + _MONDAY) // 7
    users = people.sort("user").with_row_index("who").with_columns(pl.col("who").cast(pl.Int64))
    names = users.select("user", "who")

    def placed(part: pl.DataFrame, *keys: str) -> pl.DataFrame:
        found = part.join(names, on="user").drop("user")
        return found.with_columns(pl.col("week") - first).sort("who", "week", *keys)

    seats = placed(rated, *SEAT).filter(pl.col("week").is_between(0, (high + _MONDAY) // 7 - first))
    mean = (pl.col("mean") * pl.col("n")).sum() / pl.col("n").sum()
    spread = (pl.col("square") + pl.col("n") * (pl.col("mean") - mean) ** 2).sum()
    ratings = (
        seats.group_by("who", "week")
        .agg(pl.col("n").sum().alias("all"), mean.alias("middle"), spread.alias("off"))
        .rename({"all": "n", "middle": "mean", "off": "square"})
        .sort("who", "week")
    )
    settled = [placed(part, "value") for part in parts]
    empty = pl.DataFrame(
        schema={"who": pl.Int64, "week": pl.Int64, "value": pl.String, "times": pl.Float64}
    )
    return PersonalWeeks(
        users=users.select(
            "user",
            "group",
            ((pl.col("from") + _MONDAY) // 7 - first).alias("first"),
            ((pl.col("to") + _MONDAY) // 7 - first).alias("last"),
        ),
        ratings=ratings,
        choices=dict(zip(choices, settled, strict=False)),
        configurations=settled[-1] if configured else empty,
        seats=seats.select("who", *SEAT, "week", "n", "mean"),
        start=day_of_number(first * 7 - _MONDAY),
        weeks=(high + _MONDAY) // 7 - first + 1,
        last=day_of_number(high),
        time_zone=time_zone,
        left_out=left_out,
    )
