"""A file of members (entity → segment, as of a day) → a column of segments of an experiment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.clock import day_of_number
from assay.features.exposure import EXPOSED, exposure_of, with_exposure
from assay.features.faults import check_columns, collect_table
from assay.features.window import assigned_in_scope, in_scope, of_experiment

if TYPE_CHECKING:
    from assay.features.design import Design
    from assay.features.exposure import Exposure

COLUMN: Final = "segment"
ABSENT: Final = "(not in the file)"
_ENTITY: Final = "entity"
_DAY: Final = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedMembers:
    """When segments were formed that stand beside units of an experiment.

    Attributes:
        column: that units' segments are in.
        as_of: last day that counted, of those that formed them and those that units are placed by.
        first: UTC day on which the first unit was exposed; None where that is not known.
        late: they were formed of days on which units were exposed, or may have been.
    """

    column: str
    as_of: date
    first: date | None
    late: bool


def with_members(
    rows: pl.LazyFrame,
    design: Design,
    members: pl.LazyFrame | None,
    *,
    assigned: pl.LazyFrame | None = None,
    late: bool = False,
) -> tuple[pl.LazyFrame, pl.LazyFrame | None, Design, JoinedMembers | None]:
    """Rows, assignments and design with the segment of each unit, as `segment assign` wrote it.

    What a treatment changes must not decide which segment a unit is in: segments have to be formed
    of days before the first unit was exposed. Who is not in the file is `(not in the file)`.

    Args:
        rows: of the experiment.
        design: of it; `segment` is added to its segments.
        members: the file: `entity`, `segment` or `name`, `as_of`, and `formed_as_of` where there is
            one; None changes nothing.
        assigned: the table assignments, which then gets the column.
        late: take segments that were formed of days of the experiment, too.

    Raises:
        DataError: where columns are missing, an entity is in the file twice, no unit is in it, or
            segments were formed of days of the experiment and `late` does not say that this may be.
        ParameterError: where the design has no unit, or there is a column `segment` already.
    """
    if members is None:
        return rows, assigned, design, None
    if design.unit is None:
        raise ParameterError(
            "members are given, expected a column that names the units", remedy="name it: unit=…"
        )
    taken = COLUMN in rows.collect_schema() or (
        assigned is not None and COLUMN in assigned.collect_schema()
    )
    if taken:
        raise ParameterError(
            f"members are given, and the data have a column {COLUMN!r} already",
            remedy=f"look at that one (segments: [{COLUMN}]), or rename it",
        )
    labels, as_of = _labels(members, design.unit)
    first = _first_exposed(rows, design, assigned)
    joined = JoinedMembers(
        column=COLUMN, as_of=as_of, first=first, late=first is None or first <= as_of
    )
    if joined.late and not late:
        raise DataError(_why(joined), remedy=_remedy(joined))
    whole = rows if assigned is None else assigned
    unit = design.unit if design.unit in whole.collect_schema() else "unit_id"
    check_columns(nw.from_native(whole), [unit], table="the data")
    told = whole.with_columns(pl.col(unit).cast(pl.String).alias("assay_unit")).join(
        labels.lazy(), left_on="assay_unit", right_on="unit", how="left", maintain_order="left"
    )
    counted = of_experiment(nw.from_native(told), design).select(nw.col(COLUMN).count())
    if not collect_table(counted).item():
        raise DataError(
            f"no unit of the experiment is in the file of members, which has {labels.height:,}",
            remedy=f"are {unit} and entity alike?",
        )
    told = told.drop("assay_unit").with_columns(pl.col(COLUMN).fill_null(ABSENT))
    design = replace(design, segments=(*design.segments, COLUMN))
    return (told, None, design, joined) if assigned is None else (rows, told, design, joined)


def _labels(members: pl.LazyFrame, unit: str) -> tuple[pl.DataFrame, date]:
    """Unit and segment, one row each, and the last day that counted."""
    schema = members.collect_schema()
    key = next((name for name in (_ENTITY, unit) if name in schema), None)
    lacks = [
        what
        for what, there in (
            ("entity", key is not None),
            ("segment or name", COLUMN in schema or "name" in schema),
            ("as_of", "as_of" in schema),
        )
        if not there
    ]
    if key is None or lacks:
        raise DataError(
            f"the file of members has no column {', none of '.join(lacks)}",
            remedy="take what `assay segment assign` wrote",
        )
    days = [
        pl.col(name).str.to_date("%Y-%m-%d", strict=False)
        if schema[name] == pl.String
        else pl.col(name).cast(pl.Date)
        for name in ("as_of", "formed_as_of")
        if name in schema
    ]
    ident = pl.col(COLUMN).cast(pl.String) if COLUMN in schema else pl.lit(None, pl.String)
    name = pl.col("name").cast(pl.String) if "name" in schema else ident
    found = (
        members.select(
            pl.col(key).cast(pl.String).alias("unit"),
            ident.alias("ident"),
            name.alias("name"),
            days[0].alias("as_of"),
            pl.max_horizontal(days).alias("last"),
        )
        .drop_nulls("unit")
        .collect(engine="streaming")
    )
    if found.is_empty() or found["as_of"].null_count():
        raise DataError(
            "the file of members has no row"
            if found.is_empty()
            else "as_of is not a day in every row of the file of members",
            remedy="take what `assay segment assign` wrote",
        )
    if found["unit"].is_duplicated().any():
        raise DataError(
            "an entity is in the file of members twice, expected its likeliest segment only"
        )
    last = found["last"].max()
    return _named(found), last if isinstance(last, date) else date.max


def _named(found: pl.DataFrame) -> pl.DataFrame:
    """Segments by their names, with the ident where two have the same; quoted where one lists."""
    idents = found.select("ident", "name").unique()["name"].value_counts()
    doubled = idents.filter(pl.col("count") > 1)["name"].drop_nulls()
    name = pl.col("name")
    quoted = pl.when(name.str.contains(",")).then(pl.format("“{}”", name)).otherwise(name)
    label = (
        pl.when(name.is_in(doubled.implode()) & pl.col("ident").is_not_null())
        .then(pl.format("{} {}", "ident", quoted))
        .otherwise(pl.coalesce(quoted, "ident"))
    )
    return found.select("unit", label.alias(COLUMN))


def _first_exposed(
    rows: pl.LazyFrame, design: Design, assigned: pl.LazyFrame | None
) -> date | None:
    """The UTC day on which the first unit of the experiment was exposed; None where unknown."""
    theirs: Any = None if assigned is None else nw.from_native(assigned)
    ours: Any = nw.from_native(rows)
    exposure: Exposure | None = exposure_of(design, ours, theirs)
    if exposure is None:
        return None
    table = (
        assigned_in_scope(of_experiment(theirs, design), design)
        if exposure.assigned
        else in_scope(ours, design)
    )
    dated = with_exposure(table, exposure, assigned=exposure.assigned)
    least = collect_table(dated.select(nw.col(EXPOSED).min())).item()
    return None if least is None else day_of_number(least // _DAY)


def _why(joined: JoinedMembers) -> str:
    if joined.first is None:
        return (
            f"segments were formed up to {joined.as_of}, and when units were first exposed is not "
            "known: what the treatment did may have decided on the segment"
        )
    return (
        f"segments were formed up to {joined.as_of}, units exposed from {joined.first} on: what "
        "the treatment did may have decided on the segment"
    )


def _remedy(joined: JoinedMembers) -> str:
    before = "that day" if joined.first is None else str(joined.first)
    name = "name the column of times (time=…), or " if joined.first is None else ""
    return (
        f"{name}write the file of days before {before} (assay segment assign --as-of DAY --anew), "
        "or say that this may be: members_late=true"
    )
