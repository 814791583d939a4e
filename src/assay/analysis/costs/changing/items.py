"""Which items, and which values of one column, drive a difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from assay.analysis.costs.changing.result import Drivers, Item, Part, PartKey
from assay.stats.rounding import adding_up

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from assay.analysis.costs.changing.cells import Cells
    from assay.stats.decomposing import SpendChange

    Floats = NDArray[np.float64]

CALLS: Final[tuple[PartKey, ...]] = ("days", "calendar", "volume", "owners")
"""Parts of one caller's difference that are its number of calls; of a model's, `models` is, too."""
_KEYS: Final[tuple[PartKey, ...]] = get_args(PartKey)
_TINY: Final = 1e-9
"""Share of an item's spend below which a part is rounding."""


def items_of(
    cells: Cells, found: SpendChange, columns: tuple[str, ...], *, most: int, told: Told
) -> Drivers:
    """All items, the largest difference first."""
    spent = _spent(cells)
    made = [
        _item(tuple(name or "" for name in names), found.by_item[:, i], spent[:, i], told)
        for i, names in enumerate(cells.names)
    ]
    return _listed(made, columns, most, told)


def drivers_of(  # noqa: PLR0913  items, and how they are told
    cells: Cells,
    found: SpendChange,
    columns: tuple[str, ...],
    *,
    owners: Collection[str],
    most: int,
    told: Told,
) -> tuple[Drivers, ...]:
    """The same by each column that has two values or more."""
    spent = _spent(cells)
    made = []
    for place, column in enumerate(columns):
        values = sorted({names[place] or "" for names in cells.names})
        if len(values) < 2:
            continue
        at = {value: i for i, value in enumerate(values)}
        member = np.zeros((len(cells.names), len(values)))
        for i, names in enumerate(cells.names):
            member[i, at[names[place] or ""]] = 1.0
        parts, sums = found.by_item @ member, spent @ member
        calls = CALLS if column in owners else (*CALLS, "models")
        items = [_item((value,), parts[:, i], sums[:, i], told, calls) for value, i in at.items()]
        made.append(_listed(items, (column,), most, told))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Told:
    """How amounts are shown: the difference of both totals, and its digits after the point."""

    difference: float
    decimals: int

    def of(self, amounts: Sequence[float], total: float) -> tuple[float, ...]:
        """The amounts as they are shown, adding up to the total as it is shown."""
        return adding_up(amounts, round(total, self.decimals), self.decimals)


def parts_of(amounts: Floats, told: Told, total: float, *, least: float = 0.0) -> tuple[Part, ...]:
    """The parts that are larger than `least`, in the kernel's order."""
    kept = [(key_of(int(i)), float(amounts[i])) for i in np.flatnonzero(np.abs(amounts) > least)]
    shown = told.of([amount for _, amount in kept], total)
    return tuple(
        Part(key=key, amount=amount, told=cents)
        for (key, amount), cents in zip(kept, shown, strict=True)
    )


def _listed(items: list[Item], columns: tuple[str, ...], most: int, told: Told) -> Drivers:
    ranked = sorted(items, key=lambda item: (-abs(item.difference), item.names))
    head, tail = ranked[:most], ranked[most:]
    rest = fsum(item.difference for item in tail)
    shown = told.of([*(item.difference for item in head), rest], told.difference)
    return Drivers(
        columns=columns,
        n=len(items),
        items=tuple(
            replace(item, told=cents) for item, cents in zip(head, shown[:-1], strict=True)
        ),
        rest=shown[-1],
    )


def _spent(cells: Cells) -> Floats:
    """Spend by period and item."""
    return np.stack(
        [
            which["paid_usd"].to_numpy() + which["beside_usd"].to_numpy()
            for which in (cells.before, cells.after)
        ]
    )


def _item(
    names: tuple[str, ...],
    parts: Floats,
    spent: Floats,
    told: Told,
    calls: tuple[PartKey, ...] = CALLS,
) -> Item:
    least = _TINY * float(np.abs(spent).max() + np.abs(parts).max())
    difference = float(spent[1] - spent[0])
    made = parts_of(parts, told, difference, least=least)
    return Item(
        names=names,
        state=_state({part.key for part in made}),
        before=float(spent[0]),
        after=float(spent[1]),
        difference=difference,
        told=difference,
        calls=fsum(part.told for part in made if part.key in calls),
        parts=tuple(sorted(made, key=lambda part: -abs(part.amount))),
    )


def _state(keys: set[PartKey]) -> Literal["stays", "new", "gone"]:
    if keys == {"new"}:
        return "new"
    return "gone" if keys == {"gone"} else "stays"


def key_of(place: int) -> PartKey:
    """The name of a part by its place in the kernel's order."""
    return _KEYS[place]
