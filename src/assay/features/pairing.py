"""Rows of a paired design → pairs of the items that an arm shares with the control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from assay.core.errors import DataError
from assay.core.provenance import LeftOut
from assay.features.cells import day_of
from assay.features.faults import collect, explain
from assay.features.labels import check_arms, label
from assay.features.measure import Stage
from assay.features.measures import measures
from assay.features.repeats import Repeats
from assay.features.summary import Pairs, Summary
from assay.features.values import Values
from assay.stats.moments import Moments

if TYPE_CHECKING:
    from assay.features.design import Design
    from assay.features.faults import Frame
    from assay.features.measure import Measure

Table = dict[str, dict[Any, dict[str, Any]]]
"""Arm → item → values."""


def summarise_pairs(rows: Frame, design: Design) -> Summary:
    """The items' values per arm, and their joint moments with the control's.

    Several rows of an item in an arm are averaged (rate, mean) or added (count, ratio). An item
    that only one of the two arms has tells nothing of their difference and is left out. Items come
    in the order of their names, so that what resamples them finds the same in any order of rows.

    Raises:
        DataError: as `summarise_arms` does, and where arms share fewer than two items.
    """
    schema = dict(rows.collect_schema())
    using = measures(design.metrics, Stage(grouped=True, reduce="mean"))
    found = collect(_items(rows, design, using, schema))
    for name, column in (("arm", design.arm), ("item", design.pairing)):
        absent = sum(int(row["rows"]) for row in found if label(row[name]) is None)
        if absent:
            raise DataError(
                f"{absent:,} rows have no {name} in column {column!r}, expected one in every row",
                remedy="fill it, or filter these rows out",
            )
    table: Table = {}
    for row in found:
        table.setdefault(label(row["arm"]) or "", {})[row["item"]] = row
    arms = check_arms(set(table), design)
    pairs = {
        measure.metric.name: {
            arm: _pairs(rows, measure, table[arm], table[arms[0]], arm=arm) for arm in arms[1:]
        }
        for measure in using
    }
    days = [
        day for row in found for day in (day_of(row.get("first")), day_of(row.get("last"))) if day
    ]
    return Summary(
        design=design,
        arms=arms,
        units={arm: len(table[arm]) for arm in arms},
        rows=sum(int(row["rows"]) for row in found),
        first=min(days, default=None),
        last=max(days, default=None),
        left_out=_left_out(table, arms),
        samples={},
        pairs=pairs,
    )


def _items(
    rows: Frame, design: Design, using: tuple[Measure, ...], schema: dict[str, Any]
) -> Frame:
    columns = [nw.col(design.arm).alias("arm"), nw.col(design.pairing).alias("item")]
    columns += [expr for measure in using for expr in measure.rows(schema)]
    wanted = [nw.len().alias("rows")]
    if design.time is not None:
        columns.append(nw.col(design.time).alias("time"))
        wanted += [nw.col("time").min().alias("first"), nw.col("time").max().alias("last")]
    wanted += [expr for measure in using for expr in measure.units()]
    items = rows.select(*columns).group_by(["arm", "item"]).agg(*wanted)
    repeats = [measure for measure in using if isinstance(measure, Repeats)]
    shares = [expr for measure in repeats for expr in measure.settled(nw.lit(value=False))]
    return items.with_columns(*shares) if shares else items


def _pairs(
    rows: Frame, measure: Measure, treated: dict[Any, Any], control: dict[Any, Any], *, arm: str
) -> Pairs:
    if not isinstance(measure, Values | Repeats):
        raise DataError(f"metric {measure.metric.name!r} has no value per item")
    shared = sorted((item for item in control if item in treated), key=str)
    one, other = _matrix(measure, treated, shared), _matrix(measure, control, shared)
    both = np.hstack((one, other))
    if not np.isnan(both).any() and not np.isfinite(both).all():
        raise explain(rows, measure.metric)
    complete = ~np.isnan(both).any(axis=1)
    if measure.metric.missing == "refuse" and not complete.all() and isinstance(measure, Values):
        raise explain(rows, measure.metric)
    both = both[complete]
    if len(both) < 2:
        raise DataError(
            f"arm {arm!r} shares {len(both)} items that have {measure.metric.name!r} with the"
            " control, expected at least two",
            remedy="compare arms that worked on the same items, or use design: independent",
        )
    if not np.isfinite(both).all():
        raise explain(rows, measure.metric)
    if all(np.ptp(both[:, i]) == 0 for i in range(both.shape[1])) and np.ptp(both) == 0:
        raise DataError(
            f"metric {measure.metric.name!r} is constant: {both[0, 0]:.6g} for all {len(both):,}"
            " items in both arms",
            remedy="there is nothing to compare; is this the right column?",
        )
    return Pairs(
        moments=Moments.of(*both.T),
        missing=int(len(shared) - complete.sum()),
        values=tuple(both.T),
        alone=len(treated) + len(control) - 2 * len(shared),
    )


def _matrix(
    measure: Values | Repeats, items: dict[Any, Any], shared: list[Any]
) -> np.ndarray[Any, Any]:
    table = np.array(
        [[_or_nan(items[item][name]) for name in measure.names] for item in shared], dtype=float
    ).reshape(len(shared), len(measure.names))
    if isinstance(measure, Repeats):
        table[np.isnan(_raw(measure, items, shared))] = np.inf
    elif measure.metric.missing == "exclude" and measure.metric.value is not None:
        some = np.array([items[item][f"{measure.prefix}_k"] > 0 for item in shared], dtype=bool)
        table[~some] = np.nan
    return table


def _raw(measure: Repeats, items: dict[Any, Any], shared: list[Any]) -> np.ndarray[Any, Any]:
    """Where a share is no number although its item was tried often enough: a value is at fault."""
    found = [items[item][measure.names[0]] for item in shared]
    return np.array([[0.0 if value is None else float(value)] for value in found])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _left_out(table: Table, arms: tuple[str, ...]) -> tuple[LeftOut, ...]:
    found = []
    for arm in arms[1:]:
        alone = len(set(table[arm]) ^ set(table[arms[0]]))
        if alone:
            reason = f"seen in only one of {arm} and {arms[0]}"
            share = alone / len(set(table[arm]) | set(table[arms[0]]))
            found.append(LeftOut(what="items", count=alone, reason=reason, share=share))
    return tuple(found)
