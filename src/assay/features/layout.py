"""Whether arms share what they worked on, so that each item is compared with itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import narwhals as nw

from assay.core.errors import ParameterError
from assay.features.faults import collect

if TYPE_CHECKING:
    from assay.features.design import Design
    from assay.features.faults import Frame

ITEM: Final = "item_id"
"""Column of the canonical tables that holds what arms may share."""
_MOST_ITEMS: Final = 0.5
_MOST_UNITS: Final = 0.9


def settled(rows: Frame, design: Design, *, assigned: bool) -> Design:
    """The design with its layout chosen: paired where the arms share their items.

    An item is what the design names, or `item_id` where no unit is named either. Arms share items
    where at least half of them were seen in more than one arm. Assigned units are never paired:
    each was put into one arm. A unit
    that is named is not asked for here, at the cost of a scan of its own: `share_units` says so
    once the units are counted.

    Raises:
        ParameterError: where the item that is named is shared by some, but not by most.
    """
    if design.design != "auto":
        return design
    item = design.item
    if item is None and design.unit is None and ITEM in rows.collect_schema().names():
        item = ITEM
    if assigned or item is None or design.segments:
        return replace(design, design="independent")
    shared = _shared(rows, item, design.arm)
    if shared >= _MOST_ITEMS:
        return replace(design, design="paired", item=item)
    if shared > 0 and design.item is not None:
        raise ParameterError(
            f"the arms share {shared:.1%} of the items in {item!r}, neither most of them nor none",
            remedy="say design: paired to compare the shared ones alone, or design: independent",
        )
    return replace(design, design="independent", unit=design.unit or design.item)


def share_units(crossed: int, kept: int) -> bool:
    """Whether units were meant to be in several arms: nearly all of them are."""
    return crossed > 0 and crossed >= _MOST_UNITS * (crossed + kept)


def _shared(rows: Frame, item: str, arm: str) -> float:
    """Share of the items that were seen in more than one arm."""
    pairs = rows.select(nw.col(item).alias("item"), nw.col(arm).alias("arm")).unique()
    per_item = pairs.group_by("item").agg(nw.len().alias("arms"))
    several = (nw.col("arms") > 1).cast(nw.Int64)
    found = collect(per_item.select(nw.len().alias("items"), several.sum().alias("shared")))[0]
    return int(found["shared"] or 0) / max(int(found["items"]), 1)
