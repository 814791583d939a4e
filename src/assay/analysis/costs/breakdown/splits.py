"""Spending by one column: the largest groups, the others as one, and how few make most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.costs.breakdown.ratios import Table, folded, ratios_of
from assay.analysis.costs.breakdown.result import Group, Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST: Final = 12
"""Groups that are told at most; the others are one."""
VITAL: Final = 0.8
"""Part of the money of which it is told how few groups make it."""


def split_of(column: str, table: Table, *, k: int, level: float, most: int = MOST) -> Split:
    """The groups of one column, by money; all groups together are the whole.

    Groups that stand for fewer than k persons are told with the others, and so are the next
    smallest, until the others stand for k persons at least: else they could be had by subtraction.
    Requests without a known user stand for no person.

    Args:
        column: its name.
        table: sums by group and random group of users.
        k: persons that a group stands for at least.
        level: of the intervals.
        most: groups that are told.
    """
    usd, persons = table.total("usd"), table.persons
    requests = table.total("requests") + table.total("unknown")
    order = sorted(range(len(usd)), key=lambda i: (-usd[i], -requests[i], table.names[i] or ""))
    small = [i for i in order if 0 < persons[i] < k]
    kept = _kept(order, small, persons, k=k, most=most)
    rest = [i for i in order if i not in set(kept)]
    told = folded(table, kept, rest)
    whole = float(usd.sum())
    groups = _groups(told, whole, others=bool(rest), level=level)
    return Split(
        column=column,
        values=len(usd),
        folded=len(rest),
        small=len(small),
        vital=_vital(usd, whole),
        vital_share=VITAL,
        groups=groups,
    )


def _kept(
    order: Sequence[int],
    small: Sequence[int],
    persons: NDArray[np.int64],
    *,
    k: int,
    most: int,
) -> list[int]:
    """The groups that are told, by money; persons of several groups may be the same ones."""
    kept = [i for i in order if i not in set(small)]
    room = most if len(kept) == len(order) <= most else most - 1
    kept, rest = kept[:room], [*kept[room:], *small]
    while small and kept and not any(persons[i] >= k for i in rest):
        rest.append(kept.pop())
    return kept


def _groups(told: Table, whole: float, *, others: bool, level: float) -> tuple[Group, ...]:
    usd = told.total("usd")
    cumulative = np.cumsum(usd)
    found = []
    for i, ratios in enumerate(ratios_of(told, level=level)):
        last = others and i == len(usd) - 1
        name = told.names[i]
        found.append(
            Group(
                name="" if last or name is None else name,
                kind="others" if last else "none" if name is None else "group",
                requests=int(told.total("requests")[i] + told.total("unknown")[i]),
                unknown=int(told.total("unknown")[i]),
                tokens=int(told.total("tokens")[i]),
                usd=float(usd[i]),
                share=float(usd[i] / whole) if whole > 0 else 0.0,
                cumulative=float(min(cumulative[i] / whole, 1.0)) if whole > 0 else 0.0,
                ratios=ratios,
            )
        )
    return tuple(found)


def _vital(usd: NDArray[np.float64], whole: float) -> int:
    """How few groups make `VITAL` of the whole; 0 where nothing was spent."""
    if not whole > 0:
        return 0
    reached = np.cumsum(np.sort(usd)[::-1]) / whole
    return int(np.searchsorted(reached, VITAL - 1e-12) + 1)
