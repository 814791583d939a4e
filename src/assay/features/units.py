"""Rows that add up to units: grouped by the unit alone, so that a unit in two arms is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from assay.core.errors import DataError
from assay.features.cells import (
    Found,
    cell_of,
    check_known,
    days,
    group_columns,
    group_names,
    ready,
    statistics,
)
from assay.features.exposure import EXPOSED, exposure_day
from assay.features.faults import check_columns, collect
from assay.features.labels import MANY_ARMS, label
from assay.features.window import of_experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.design import Design
    from assay.features.faults import Frame
    from assay.features.measure import Measure

SEVERAL: Final = "(several)"
_PEEK: Final = 1000


def by_unit(
    rows: Frame, design: Design, using: Sequence[Measure], assigned: Frame | None, *, dated: bool
) -> Found:
    """One cell per arm, groups and day, where a unit has many rows; units in two arms stand apart.

    Grouping by the unit alone, with the arm as a small number whose least and greatest are kept,
    finds those units and is cheaper than grouping by unit and arm.
    """
    source = rows if assigned is None else of_experiment(assigned, design)
    arm = _arm_column(design, source, from_assignments=assigned is not None)
    arms = _peek(source, arm)
    units = _settled(rows, design, using, assigned, arms, dated=dated)
    found = _by_coded_unit(units, rows, design, using, assigned, arms)
    if found is None:
        arms = _all_arms(source, arm)
        units = _settled(rows, design, using, assigned, arms, dated=dated)
        found = _by_coded_unit(units, rows, design, using, assigned, arms)
    return found or Found([], units, ())


def _settled(  # noqa: PLR0913  two tables, and what to make of them
    rows: Frame,
    design: Design,
    using: Sequence[Measure],
    assigned: Frame | None,
    arms: list[Any],
    *,
    dated: bool,
) -> Frame:
    """One row per unit: which arm, which groups, how many rows, and its values."""
    if assigned is None:
        units = _units(rows, design, using, _code(design.arm, arms), design.groups)
        units = units.with_columns(nw.lit(value=True).alias("known"))
    else:
        units = _assigned_units(rows, design, using, assigned, arms)
    absent = nw.col("rows").is_null()
    return units.select(
        "unit",
        "known",
        "low",
        "high",
        *group_names(design),
        *([exposure_day()] if dated else []),
        nw.col("rows").fill_null(0),
        *(["first", "last"] if design.time is not None else []),
        *(expr for measure in using for expr in measure.settled(absent)),
    )


def _by_coded_unit(  # noqa: PLR0913, PLR0917  the units, and where to look for what is wrong
    settled: Frame,
    rows: Frame,
    design: Design,
    using: Sequence[Measure],
    assigned: Frame | None,
    arms: list[Any],
) -> Found | None:
    """The cells, or None where an arm turned up that is not among those given."""
    unseen, unknown = len(arms), len(arms) + 1
    dated = ["day"] if "day" in settled.collect_schema().names() else []
    keys = ("known", "low", "high", *group_names(design), *dated)
    found = [
        nw.col("rows").sum(),
        nw.col("unit").count().alias("named"),
        *statistics(using),
        *days(design),
    ]
    grouped = collect(ready(settled, using).group_by(list(keys)).agg(*found))
    known = [row for row in grouped if row["known"]]
    _check_units(grouped, design, assigned)
    if any(row["high"] == unknown for row in known):
        where = of_experiment(assigned, design) if assigned is not None else rows
        arm = _arm_column(design, where, from_assignments=assigned is not None)
        check_known(_unknown(where, arm), arm)
    if any(unseen in {row["low"], row["high"]} for row in known):
        return None
    cells = []
    for row in grouped:
        if not row["known"]:
            cells.append(cell_of(row, None, "unassigned", design, row["rows"]))
        elif row["low"] != row["high"]:
            cells.append(cell_of(row, None, "crossed", design, row["rows"]))
        else:
            name = label(arms[row["low"]])
            cells.append(cell_of(row, name, "counts", design, row["rows"]))
    counted = settled.filter(nw.col("known") & (nw.col("low") == nw.col("high")))
    return Found(cells, counted, keys)


def _units(
    rows: Frame,
    design: Design,
    using: Sequence[Measure],
    code: nw.Expr | None,
    groups: Sequence[str],
) -> Frame:
    schema = dict(rows.collect_schema())
    columns = [nw.col(design.unit or "").alias("unit")]
    columns += [expr for measure in using for expr in measure.rows(schema)]
    found = [nw.len().alias("rows")]
    if code is not None:
        columns.append(code.alias("arm"))
        found += [nw.col("arm").min().alias("low"), nw.col("arm").max().alias("high")]
    if design.time is not None:
        columns.append(nw.col(design.time).alias("time"))
        found += [nw.col("time").min().alias("first"), nw.col("time").max().alias("last")]
    if EXPOSED in schema:
        columns.append(nw.col(EXPOSED))
        found.append(nw.col(EXPOSED).min())
    columns += group_columns(groups)
    found += [expr for i in range(len(groups)) for expr in _one_value(f"s{i}")]
    found += [expr for measure in using for expr in measure.units()]
    units = rows.select(*columns).group_by("unit").agg(*found)
    return _told_apart(units, [f"s{i}" for i in range(len(groups))])


def _assigned_units(
    rows: Frame,
    design: Design,
    using: Sequence[Measure],
    assigned: Frame,
    arms: list[Any],
) -> Frame:
    """Assigned units beside the units that have rows, each where the other is missing too."""
    source = of_experiment(assigned, design)
    names = source.collect_schema().names()
    unit = design.unit if design.unit in names else "unit_id"
    check_columns(source, [unit or ""], table="the assignments")
    _check_same_kind(rows, design.unit or "", source, unit or "")
    arm = _arm_column(design, source, from_assignments=True)
    mine = [i for i, name in enumerate(design.groups) if name in names]
    theirs = [name for name in design.groups if name not in names]
    schema = dict(source.collect_schema())
    brought = [expr for measure in using for expr in measure.brought(schema)]
    covariates = source.select(*brought).collect_schema().names() if brought else []
    exposed = [EXPOSED] if EXPOSED in names else []
    chosen = source.select(
        nw.col(unit or "").alias("unit"),
        _code(arm, arms).alias("arm"),
        *brought,
        *exposed,
        *(nw.col(design.groups[i]).cast(nw.String).alias(f"s{i}") for i in mine),
    )
    chosen = chosen.group_by("unit").agg(
        nw.col("arm").min().alias("low"),
        nw.col("arm").max().alias("high"),
        *(nw.col(name).mean() for name in covariates),
        *(nw.col(name).min() for name in exposed),
        *(expr for i in mine for expr in _one_value(f"s{i}")),
    )
    chosen = _told_apart(chosen, [f"s{i}" for i in mine])
    chosen = chosen.with_columns(nw.lit(value=True).alias("known"))
    events = _units(rows, design, using, None, theirs)
    renamed = {f"s{j}": f"e{j}" for j in range(len(theirs))} | {"unit": "event_unit"}
    events = events.rename(renamed)
    joined = chosen.join(events, how="full", left_on="unit", right_on="event_unit")
    places = [i for i in range(len(design.groups)) if i not in mine]
    return joined.with_columns(
        nw.col("known").fill_null(value=False),
        nw.coalesce(nw.col("unit"), nw.col("event_unit")).alias("unit"),
        *(nw.col(f"e{j}").alias(f"s{i}") for j, i in enumerate(places)),
    )


def _one_value(name: str) -> list[nw.Expr]:
    column = nw.col(name)
    return [column.min(), column.max().alias(f"{name}_other")]


def _told_apart(units: Frame, names: Sequence[str]) -> Frame:
    """A unit's segment: its one value, or `SEVERAL`."""
    if not names:
        return units
    return units.with_columns(
        *(
            nw.when(nw.col(name) == nw.col(f"{name}_other"))
            .then(nw.col(name))
            .otherwise(nw.when(~nw.col(name).is_null()).then(nw.lit(SEVERAL)))
            .alias(name)
            for name in names
        )
    )


def _code(arm: str, arms: Sequence[Any]) -> nw.Expr:
    """The arm as a small number; one past the last for any other, two past for none."""
    column = nw.col(arm)
    code = nw.when(column.is_null()).then(nw.lit(len(arms) + 1)).otherwise(nw.lit(len(arms)))
    for i, value in enumerate(arms):
        code = nw.when(column == value).then(nw.lit(i)).otherwise(code)
    return code.cast(nw.Int16)


def _peek(source: Frame, arm: str) -> list[Any]:
    """Arms among the first rows; nearly always all of them."""
    seen = collect(source.select(arm).head(_PEEK))
    return list(dict.fromkeys(row[arm] for row in seen if label(row[arm]) is not None))[:MANY_ARMS]


def _all_arms(source: Frame, arm: str) -> list[Any]:
    values = [row[arm] for row in collect(source.select(arm).unique())]
    found = [value for value in values if label(value) is not None]
    if len(found) > MANY_ARMS:
        raise DataError(
            f"column {arm!r} has {len(found):,} values, expected at most {MANY_ARMS} arms",
            remedy="is this the arm? it looks like an identifier",
        )
    check_known(_unknown(source, arm) if len(values) > len(found) else 0, arm)
    return found


def _arm_column(design: Design, source: Frame, *, from_assignments: bool) -> str:
    if not from_assignments:
        return design.arm
    names = source.collect_schema().names()
    arm = design.arm if design.arm in names else "variant"
    check_columns(source, [arm], table="the assignments")
    return arm


def _unknown(source: Frame, arm: str) -> int:
    column = nw.col(arm)
    blank, kind = column.is_null(), source.collect_schema()[arm]
    if kind == nw.String:
        blank = blank | (column.str.strip_chars() == "")
    if kind.is_float():
        blank = blank | column.is_nan()
    return int(collect(source.filter(blank).select(nw.len().alias("rows")))[0]["rows"])


def _check_units(found: Sequence[dict[str, Any]], design: Design, assigned: Frame | None) -> None:
    nameless = [row for row in found if int(row["named"]) != int(row["units"])]
    if nameless:
        stray = assigned is None or not nameless[0]["known"]
        where = "the data" if stray else "the assignments"
        raise DataError(
            f"some rows of {where} have no unit in column {design.unit!r}, expected one in each",
            remedy="fill it, or filter these rows out",
        )


def _check_same_kind(rows: Frame, unit: str, source: Frame, key: str) -> None:
    one, other = rows.collect_schema()[unit], source.collect_schema()[key]
    alike = one == other or (one.is_integer() and other.is_integer())
    if not alike:
        raise DataError(
            f"unit {unit!r} is {one} in the data and {other} in the assignments",
            remedy="store both as text, or both as numbers",
        )
