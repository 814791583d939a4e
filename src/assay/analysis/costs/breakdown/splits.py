"""Spending by one column: the largest groups, the others as one, and how few make most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.costs.breakdown.ratios import Table, folded, ratios_of
from assay.analysis.costs.breakdown.result import Group, Split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Totals = tuple[float, int, int, int]
"""Of a group: USD, requests, those of unknown cost, tokens."""
MOST: Final = 12
"""Groups that are told at most; the others are one."""
VITAL: Final = 0.8
"""Part of the money of which it is told how few groups make it."""


def split_of(  # noqa: PLR0913  sums, totals and what may be told
    column: str,
    table: Table,
    *,
    totals: Mapping[str | None, Totals],
    k: int,
    level: float,
    most: int = MOST,
) -> Split:
    """The groups of one column, by money; all groups together are the whole.

    Groups that stand for fewer than k persons are told with the others, and so are the next
    smallest, until the others stand for k persons at least: else they could be had by subtraction.
    Requests without a known user stand for no person. Of groups that the table lacks, as it is of
    a part of the users, nothing is known, so that they are among the others.

    Args:
        column: its name.
        table: sums by group and random group of users.
        totals: of every group.
        k: persons that a group stands for at least.
        level: of the intervals.
        most: groups that are told.
    """
    at = {name: i for i, name in enumerate(table.names)}
    order = sorted(totals, key=lambda name: (-totals[name][0], -totals[name][1], name or ""))
    persons = {name: int(table.persons[i]) for name, i in at.items()}
    small = [name for name in order if 0 < persons.get(name, 1) < k]
    kept = _kept(order, small, persons, k=k, most=most)
    rest = [name for name in order if name not in set(kept)]
    told = folded(table, [at[name] for name in kept], [at[name] for name in rest if name in at])
    whole = sum(usd for usd, *_ in totals.values())
    sums = [totals[name] for name in kept]
    if rest:
        sums.append(_added([totals[name] for name in rest]))
    return Split(
        column=column,
        values=len(order),
        folded=len(rest),
        small=len(small),
        vital=_vital([usd for usd, *_ in totals.values()], whole),
        vital_share=VITAL,
        groups=_groups(told, sums, whole, others=bool(rest), level=level),
    )


def _added(parts: Sequence[Totals]) -> Totals:
    usd, requests, unknown, tokens = zip(*parts, strict=True)
    return sum(usd), sum(requests), sum(unknown), sum(tokens)


def _kept(
    order: Sequence[str | None],
    small: Sequence[str | None],
    persons: Mapping[str | None, int],
    *,
    k: int,
    most: int,
) -> list[str | None]:
    """The groups that are told, by money; persons of several groups may be the same ones."""
    kept = [name for name in order if name not in set(small)]
    room = most if len(kept) == len(order) <= most else most - 1
    kept, rest = kept[:room], [*kept[room:], *small]
    while small and kept and not any(persons.get(name, 0) >= k for name in rest):
        rest.append(kept.pop())
    return kept


def _groups(
    told: Table, sums: Sequence[Totals], whole: float, *, others: bool, level: float
) -> tuple[Group, ...]:
    ratios = ratios_of(told, level=level)
    added, found = 0.0, []
    for i, (usd, requests, unknown, tokens) in enumerate(sums):
        last = others and i == len(sums) - 1
        name = told.names[i] if i < len(told.names) else None
        added += usd
        found.append(
            Group(
                name="" if last or name is None else name,
                kind="others" if last else "none" if name is None else "group",
                requests=requests,
                unknown=unknown,
                tokens=tokens,
                usd=usd,
                share=usd / whole if whole > 0 else 0.0,
                cumulative=min(added / whole, 1.0) if whole > 0 else 0.0,
                ratios=ratios[i] if i < len(ratios) else (),
            )
        )
    return tuple(found)


def _vital(usd: Sequence[float], whole: float) -> int:
    """How few groups make `VITAL` of the whole; 0 where nothing was spent."""
    if not whole > 0:
        return 0
    reached = np.cumsum(np.sort(usd)[::-1]) / whole
    return int(np.searchsorted(reached, VITAL - 1e-12) + 1)
