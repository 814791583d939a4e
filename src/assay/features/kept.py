"""Units' own values, brought back where so few units are compared that a mean alone may mislead."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING, Final

import narwhals as nw

from assay.features.faults import collect_table
from assay.stats.gate import VALUES_BELOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.cells import Cell, Found
    from assay.features.measure import Measure

NEED_VALUES: Final = frozenset({"quantile", "time_to_event"})
"""Kinds of metrics that are made from the values, however many units there are."""
_MOST: Final = 50 * VALUES_BELOW
"""Units of all arms together, above which they are not, however small one arm is."""


def with_values(found: Found, using: Sequence[Measure]) -> list[Cell]:
    """The cells that count, with their units' values: one more query, of the columns alone."""
    columns = {name: value for measure in using for name, value in measure.kept().items()}
    if not columns:
        return [cell for cell in found.cells if cell.arm is not None]
    names = list(columns)
    values = [v.cast(nw.Float64).fill_null(nan).alias(name) for name, v in columns.items()]
    wanted = found.units.select(*found.keys, *values)
    table = collect_table(wanted)
    parts, none = table.partition_by(list(found.keys), as_dict=True), table.clear()
    cells = []
    for cell in found.cells:
        if cell.arm is None:
            continue
        mine = parts.get(tuple(cell.statistics[key] for key in found.keys), none)
        kept = {name: mine[name].to_numpy() for name in names}
        cells.append(replace(cell, kept=kept))
    return cells


def are_few(cells: Sequence[Cell]) -> bool:
    """Whether the arms have so few units that their values are wanted too."""
    arms: dict[str, int] = {}
    for cell in cells:
        if cell.arm is not None:
            arms[cell.arm] = arms.get(cell.arm, 0) + cell.units
    return bool(arms) and min(arms.values()) < VALUES_BELOW and sum(arms.values()) < _MOST
