"""What is expected of users at the command line: one row for each, written as a table."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.analysis.cohorts import Foretold, foretell
from assay.app.console import print_json, say, warn
from assay.app.entity_files import check_not_data, check_place, day_of, report_values, write_table
from assay.app.place import take_in, this_project
from assay.data.read import scan
from assay.features.activity import UserActivity, user_activity
from assay.features.clock import day_of_number

if TYPE_CHECKING:
    from pathlib import Path

REPORT: Final = "cohorts"
DIGITS: Final = 6
"""Decimals of chances, days and USD that are written."""


def foretell_users(  # noqa: PLR0913  what is asked at the command line
    out: Path,
    *,
    as_of: str | None = None,
    days: int | None = None,
    data: str | None = None,
    set_name: str | None = None,
    as_json: bool = False,
) -> None:
    """Writes what is expected of every user, and says how the same forecast did earlier.

    Raises:
        ParameterError: a day or ending that is not understood, an unknown set.
        DataError: too few users who came back, a column that is missing.
        ProjectError: where the file cannot be written.
    """
    check_place(out, "--out")
    end = day_of("--as-of", as_of)
    project = this_project()
    _, values = report_values(project, REPORT, set_name)
    source = str(data or values["data"])
    check_not_data(out, source)
    if source.startswith("store"):
        take_in(project)
    given = user_activity(
        scan(source),
        values["user"],
        by=values["by"],
        time=values["time"],
        spend=values["spend"],
        time_zone=values["time_zone"],
        end=end or _set_day(values["end"]),
    )
    horizon = values["days"] if days is None else days
    found, told = foretell(given, horizon, seed=values["seed"], level=1 - values["alpha"])
    table = found.sort("user").select(
        pl.col("user").alias("entity"),
        pl.col("group"),
        *(pl.col(name).round(DIGITS) for name in ("alive", "away", "expected")),
        pl.col("low"),
        pl.col("high"),
        pl.col("spend").round(DIGITS),
        pl.lit(given.last).alias("as_of"),
        pl.lit(horizon, pl.Int64).alias("days"),
    )
    write_table(table, out)
    if as_json:
        print_json(_record(told, given, out, horizon))
        return
    _say(told, given, out, horizon)


def _set_day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)


def _record(told: Foretold, given: UserActivity, out: Path, days: int) -> dict[str, Any]:
    return {
        "file": str(out),
        "as_of": given.last.isoformat(),
        "days": days,
        "users": told.users,
        "returned": told.returned,
        "spend_reason": told.spend_reason,
        "tested": told.tested,
        "correlation": told.correlation,
        "held": told.held,
        "level": told.level,
    }


def _say(told: Foretold, given: UserActivity, out: Path, days: int) -> None:
    say(f"{told.users:,} users as of {given.last}, {days} days ahead, in {out}")
    if told.tested is None:
        warn("assay: the forecast could not be tried on the past: too few had come back by then")
    else:
        alike = "" if told.correlation is None else f"correlation {told.correlation:.2f}, and "
        say(
            f"the same forecast {told.tested} days earlier: {alike}{told.held:.0%} of users' own "
            f"intervals of {told.level:.0%} held"
        )
    seen = day_of_number(int(given.users["last"].max()))  # type: ignore[arg-type]
    if given.last > seen:
        warn(f"assay: no use is later than {seen}: as of {given.last} everybody looks away")
    if told.spend_reason:
        warn(f"assay: no spend is told: {told.spend_reason}")
