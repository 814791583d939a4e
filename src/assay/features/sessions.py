"""Rows → one row per session: by its id, or by how long a user paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from assay.core.errors import ParameterError
from assay.features.clock import with_microseconds
from assay.features.faults import check_columns
from assay.features.totals import TOTALS, Totals

if TYPE_CHECKING:
    from assay.features.faults import Frame

SESSION_COLUMNS: Final = (
    "session_id",
    "user_id",
    "started_at",
    "ended_at",
    "duration_s",
    "turns",
    *TOTALS,
)
"""What a session's row holds.

- `started_at`, `ended_at`: times of its first and last row; `duration_s`: seconds between them, 0
  of a single row (how long the last answer took is not part of it);
- `turns`: rows; then `totals.TOTALS`.

Rows that belong to no session (without id; without user or time) are one last row whose
`session_id` is null: what is left over, no session.
"""
_TIME: Final = "assay_time"
_MINUTE: Final = 60_000_000


def sessions_by_id(
    rows: Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    session: str = "session_id",
    user: str = "user_id",
    time: str = "occurred_at",
) -> Any:  # noqa: ANN401
    """One row per session that the rows name: `SESSION_COLUMNS`, lazily, on the same engine.

    `user_id` is null where a session has rows of several users, or the rows have no such column.

    Raises:
        DataError: where a column is missing or holds no times.
    """
    source: Frame = nw.from_native(rows).lazy()
    check_columns(source, [session, time], table="the data")
    schema = dict(source.collect_schema())
    totals = Totals(schema, time)
    found = with_microseconds(source, time, _TIME)
    who = nw.col(user).cast(nw.String) if user in schema else nw.lit(None, dtype=nw.String)
    chosen = found.select(
        nw.col(session).cast(nw.String).alias("session_id"),
        who.alias("user_id"),
        nw.col(time).alias("started_at"),
        nw.col(time).alias("ended_at"),
        nw.col(_TIME),
        nw.col(_TIME).alias("assay_last"),
        nw.lit(1).cast(nw.Int64).alias("turns"),
        *totals.of_rows(),
    )
    grouped = chosen.group_by("session_id").agg(
        nw.col("user_id").min(),
        nw.col("user_id").max().alias("assay_other"),
        *_ends(),
        *totals.added(),
    )
    one = nw.when(nw.col("user_id") == nw.col("assay_other")).then(nw.col("user_id"))
    return _settled(grouped.with_columns(one.alias("user_id")), totals)


def sessions_by_gap(
    rows: Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    idle_minutes: float = 30,
    user: str = "user_id",
    time: str = "occurred_at",
) -> Any:  # noqa: ANN401
    """One row per session of a user, which ends where no row follows within `idle_minutes`.

    A pause of exactly so long does not end it. The id is the user's, `/`, and microseconds since
    1970 at which the session starts: it stays when later rows are added. Rows of one moment are
    taken together first, so that the order of ties decides nothing. `SESSION_COLUMNS`, lazily, on
    the same engine.

    Raises:
        DataError: where a column is missing or holds no times.
        ParameterError: unless the pause is longer than nothing.
    """
    if not 0 < idle_minutes < float("inf"):
        raise ParameterError(f"idle_minutes={idle_minutes}, expected minutes above 0")
    source: Frame = nw.from_native(rows).lazy()
    check_columns(source, [user, time], table="the data")
    totals = Totals(dict(source.collect_schema()), time)
    found = with_microseconds(source, time, _TIME)
    nobody = nw.col(user).is_null() | nw.col(_TIME).is_null()
    chosen = found.select(
        nw.when(~nobody).then(nw.col(user).cast(nw.String)).alias("user_id"),
        nw.col(time).alias("started_at"),
        nw.col(time).alias("ended_at"),
        nw.col(_TIME),
        nw.col(_TIME).alias("assay_last"),
        nw.lit(1).cast(nw.Int64).alias("turns"),
        *totals.of_rows(),
    )
    together = (
        chosen.with_columns(nw.col(_TIME).alias("assay_moment"))
        .group_by("user_id", "assay_moment")
        .agg(*_ends(), *totals.added())
    )
    since = nw.col("assay_moment") - nw.col("assay_moment").shift(1).over(
        "user_id", order_by="assay_moment"
    )
    begins = nw.when(since > round(idle_minutes * _MINUTE)).then(nw.lit(1)).otherwise(nw.lit(0))
    marked = together.with_columns(begins.cast(nw.Int64).alias("assay_begins"))
    marked = marked.with_columns(
        nw.when(~nw.col("user_id").is_null())
        .then(nw.col("assay_begins").cum_sum().over("user_id", order_by="assay_moment"))
        .alias("assay_session")
    )
    grouped = marked.group_by("user_id", "assay_session").agg(*_ends(), *totals.added())
    named = nw.concat_str(
        [nw.col("user_id"), nw.lit("/"), nw.col(_TIME).cast(nw.String)], ignore_nulls=False
    )
    return _settled(grouped.with_columns(named.alias("session_id")), totals)


def _ends() -> list[nw.Expr]:
    return [
        nw.col("started_at").min(),
        nw.col("ended_at").max(),
        nw.col(_TIME).min(),
        nw.col("assay_last").max(),
        nw.col("turns").sum(),
    ]


def _settled(grouped: Frame, totals: Totals) -> Any:  # noqa: ANN401
    length = (nw.col("assay_last") - nw.col(_TIME)) / nw.lit(1e6)
    return grouped.select(
        "session_id",
        "user_id",
        "started_at",
        "ended_at",
        length.alias("duration_s"),
        "turns",
        *totals.settled(),
    ).to_native()
