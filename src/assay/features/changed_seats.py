"""Changes of configurations → whom they reached, and in which week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError, nearest
from assay.features.clock import day_number, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.personal_weeks import PersonalWeeks

    Whole = NDArray[np.int64]

BY_SYSTEM, BY_USER, BY_OTHERS = "system", "user", "somebody else"
MOST_CELLS: Final = 60_000_000
"""Seats × weeks that are compared; beyond, seats without a change are drawn by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSeats:
    """Users with an agent, in a workspace, by week; and the changes that reached them.

    Attributes:
        n, mean: seats × weeks: ratings, their mean.
        stratum: the agent of each; `cluster`: the workspace, where any change is of a whole one,
            else the user; `who`: the user.
        seat, week: one entry per change and seat that it reached.
        by: who changed it: the user, the system, somebody else; `kind`: of the change.
        changes: rows of configurations that reach somebody and not everybody.
        common: rows that reach all users of an agent at once, whom nobody can be compared with.
        unread: rows that are not valid, have no time, or reach nobody who rated.
        deciders: workspace or user: of whom clusters are.
    """

    n: NDArray[np.float64]
    mean: NDArray[np.float64]
    stratum: Whole
    cluster: Whole
    who: Whole
    seat: Whole
    week: Whole
    by: NDArray[np.str_]
    kind: NDArray[np.str_]
    changes: int
    common: int
    unread: int
    deciders: str

    def marks(self, mine: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Seats × weeks: whether one of the chosen changes fell on it."""
        found = np.zeros(self.n.shape, dtype=bool)
        kept = slice(None) if mine is None else mine
        found[self.seat[kept], self.week[kept]] = True
        return found


def changed_seats(
    given: PersonalWeeks,
    configurations: pl.LazyFrame,
    *,
    system: Sequence[str] = ("system", "auto", "assay"),
    time_zone: str = "UTC",
    seed: int = 1,
) -> ChangedSeats:
    """Whom each change reached: the named user, or all of the named workspace, of the agent.

    A change that names neither reaches all users of its agent at once.

    Args:
        given: of `personal_weeks`.
        configurations: the table: agent_id, changed_at, and user_id, workspace_id, changed_by,
            kind, valid where it has them.
        system: values of changed_by that mean that no person did it.
        time_zone: whose weeks are meant.
        seed: of seats without a change, where there are too many.

    Raises:
        DataError: where a column is missing.
    """
    zone_of(time_zone)
    schema = configurations.collect_schema()
    for name in ("agent_id", "changed_at"):
        if name not in schema:
            raise DataError(
                f"the configurations have no column {name!r}", remedy=nearest(name, schema)
            )
    zone = getattr(schema["changed_at"], "time_zone", None)
    at = pl.col("changed_at").cast(pl.Datetime("us", zone))
    at = at.dt.replace_time_zone("UTC") if zone is None else at
    day = at.dt.convert_time_zone(time_zone).dt.date().cast(pl.Int32).cast(pl.Int64)
    texts = [
        (pl.col(name).cast(pl.String) if name in schema else pl.lit(None, pl.String)).alias(name)
        for name in ("agent_id", "user_id", "workspace_id", "changed_by", "kind")
    ]
    valid = pl.col("valid").fill_null(value=True) if "valid" in schema else pl.lit(value=True)
    week = (day - day_number(given.start)) // 7
    rows = configurations.select(week.alias("on"), valid.alias("valid"), *texts).collect()
    usable = rows.filter(pl.col("valid") & pl.col("on").is_between(0, given.weeks - 1))
    aimed = usable.filter(pl.col("user_id").is_not_null() | pl.col("workspace_id").is_not_null())
    aimed = aimed.with_row_index("change")
    names = given.users.with_row_index("who").select(pl.col("who").cast(pl.Int64), "user")
    seats = (
        given.seats.select("who", "agent_id", "workspace_id")
        .unique()
        .sort("who", "agent_id", "workspace_id", nulls_last=True)
        .with_row_index("seat")
        .join(names, on="who")
    )
    reached = _reached(seats, aimed)
    changed_by = pl.col("changed_by")
    named = reached.with_columns(
        by=pl.when(changed_by.str.to_lowercase().is_in([one.lower() for one in system]))
        .then(pl.lit(BY_SYSTEM))
        .when(changed_by == pl.col("user"))
        .then(pl.lit(BY_USER))
        .otherwise(pl.lit(BY_OTHERS)),
        kind=pl.col("kind").fill_null("unknown"),
    )
    kept = _few_enough(seats, named, given.weeks, seed)
    return _laid_out(given, kept, named, rows, usable, aimed)


def _reached(seats: pl.DataFrame, aimed: pl.DataFrame) -> pl.DataFrame:
    """Change × seat: by user and agent, or by workspace and agent."""
    columns = ["change", "on", "agent_id", "user_id", "workspace_id", "changed_by", "kind"]
    aimed = aimed.select(columns)
    personal = aimed.filter(pl.col("user_id").is_not_null()).rename({"workspace_id": "place"})
    shared = aimed.filter(pl.col("user_id").is_null()).drop("user_id")
    own = personal.join(seats, left_on=["user_id", "agent_id"], right_on=["user", "agent_id"])
    own = own.filter(pl.col("place").is_null() | (pl.col("place") == pl.col("workspace_id")))
    wide = shared.join(seats, on=["workspace_id", "agent_id"])
    keep = ["change", "seat", "on", "user", "changed_by", "kind"]
    return pl.concat(
        [
            own.rename({"user_id": "user"}).select(keep).with_columns(shared=pl.lit(value=False)),
            wide.select(keep).with_columns(shared=pl.lit(value=True)),
        ]
    ).sort("change", "seat")


def _few_enough(seats: pl.DataFrame, reached: pl.DataFrame, weeks: int, seed: int) -> pl.DataFrame:
    """All seats with a change, and of the others as many as can be held."""
    most = MOST_CELLS // max(weeks, 1)
    if seats.height <= most:
        return seats
    touched = pl.col("seat").is_in(reached["seat"].unique().implode())
    mine, others = seats.filter(touched), seats.filter(~touched)
    room = max(most - mine.height, min(mine.height, others.height))
    return pl.concat([mine, others.sample(min(room, others.height), seed=seed)]).sort("seat")


def _laid_out(  # noqa: PLR0913, PLR0917  private: tables of one step
    given: PersonalWeeks,
    seats: pl.DataFrame,
    reached: pl.DataFrame,
    rows: pl.DataFrame,
    usable: pl.DataFrame,
    aimed: pl.DataFrame,
) -> ChangedSeats:
    seats = seats.with_row_index("place")
    cells = given.seats.join(
        seats, on=["who", "agent_id", "workspace_id"], nulls_equal=True, how="inner"
    )
    shape = (seats.height, given.weeks)
    n, mean = np.zeros(shape), np.zeros(shape)
    at = (cells["place"].to_numpy(), cells["week"].to_numpy())
    n[at], mean[at] = cells["n"].to_numpy(), cells["mean"].to_numpy()
    shared = bool(reached["shared"].any())
    known = reached.join(seats.select("seat", "place"), on="seat")
    decider = pl.coalesce("workspace_id", "user") if shared else pl.col("user")
    told = known.n_unique("change")
    return ChangedSeats(
        n=n,
        mean=mean,
        stratum=_numbered(seats["agent_id"].fill_null("")),
        cluster=_numbered(seats.select(decider.alias("of"))["of"]),
        who=seats["who"].to_numpy(),
        seat=known["place"].to_numpy().astype(np.int64),
        week=known["on"].to_numpy(),
        by=known["by"].to_numpy().astype(np.str_),
        kind=known["kind"].to_numpy().astype(np.str_),
        changes=told,
        common=usable.height - aimed.height,
        unread=rows.height - usable.height + aimed.height - told,
        deciders="workspace" if shared else "user",
    )


def _numbered(names: pl.Series) -> Whole:
    return names.rank("dense").to_numpy().astype(np.int64) - 1
