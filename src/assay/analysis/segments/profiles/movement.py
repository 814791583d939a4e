"""Who moved between segments from one period to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.analysis.segments.profiles.result import Flow, FlowsResult, Stayed
from assay.core.finding import Estimate
from assay.privacy.bounds import nearly_all
from assay.privacy.disclosure import withheld
from assay.stats.segmenting.movement import Movement, movement

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS: Final = 3


def movement_between(  # noqa: PLR0913  two periods of two columns each
    entities_before: Sequence[str],
    before: NDArray[np.floating],
    entities_after: Sequence[str],
    after: NDArray[np.floating],
    names: Sequence[str],
    *,
    smallest_cell: int = 10,
    seed: int = 0,
) -> FlowsResult:
    """Flows of the entities that both periods know, less what errors of assignment make of them.

    Args:
        entities_before: whose rows `before` has.
        before: probabilities of segments (entities × K) in the first period.
        entities_after: whose rows `after` has.
        after: probabilities of the same segments, by the same rule, in the second.
        names: of the segments.
        smallest_cell: flows of fewer entities, and those they could be worked out from, are not
            told.
        seed: of the intervals.

    Raises:
        DataError: where no entity is known in both.
    """
    place = {name: at for at, name in enumerate(entities_after)}
    held = [(at, place[name]) for at, name in enumerate(entities_before) if name in place]
    rows = np.array(held, dtype=np.int64).reshape(-1, 2)
    found = movement(np.asarray(before)[rows[:, 0]], np.asarray(after)[rows[:, 1]], seed)
    counts = np.rint(found.seen * found.entities).astype(np.int64)
    table = _guarded(counts, smallest_cell)
    fresh = len(entities_after) - found.entities
    only_after = len(entities_after) - len(held)
    known = table.total and not 0 < fresh < smallest_cell  # the page tells how many there are now
    tells = _may_be_told(counts, table.hidden, smallest_cell)
    moved = int(counts.sum() - np.trace(counts))
    all_but = nearly_all(found.entities, smallest_cell) if moved < smallest_cell else None
    split = 0 < only_after < smallest_cell or 0 < fresh - only_after < smallest_cell
    return FlowsResult(
        entities=found.entities if known else None,
        only_before=_count(len(entities_before) - len(held), smallest_cell),
        only_after=None if split or not known else only_after,
        moved_seen=round(found.moved_seen, _DIGITS) if tells else None,
        at_most=None if tells or all_but is None else round(1 - all_but, 2),
        by_error=found.moved_by_error,
        moved=_estimate(found.moved, found.moved_low, found.moved_high) if tells else None,
        p_value=found.p_value if tells and known else None,
        verdict="movement" if found.p_value <= 0.05 else "no more than errors of assignment",
        flows=tuple(
            _flow(found, (at, to), names, table)
            for at in range(len(names))
            for to in range(len(names))
        ),
        stayed=tuple(
            _stayed(name, row, at, table, known=known, k=smallest_cell)
            for at, (name, row) in enumerate(zip(names, counts, strict=True))
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """Which flows are not told; whether row totals, and the total, are."""

    hidden: NDArray[np.bool_]
    rows: bool
    total: bool


def _guarded(counts: NDArray[np.int64], k: int) -> _Table:
    """Each row for itself, its total told; where a total is of few, all flows as one line."""
    found = [withheld(row, k) for row in counts]
    if not any(one.total or 0 < row.sum() < k for one, row in zip(found, counts, strict=True)):
        return _Table(hidden=np.array([one.cells for one in found]), rows=True, total=True)
    every = withheld(counts.ravel(), k)
    return _Table(hidden=every.cells.reshape(counts.shape), rows=False, total=not every.total)


def _may_be_told(counts: NDArray[np.int64], hidden: NDArray[np.bool_], k: int) -> bool:
    """Whether the number of all who moved leaves hidden flows open: it adds up all of them."""
    apart = ~np.eye(len(counts), dtype=np.bool_)
    moved = int(counts[apart].sum())
    held = counts[apart & hidden]
    if 0 < moved < k or 0 < counts.sum() - moved < k:
        return False
    return not held.any() or (len(held) > 1 and int(held.sum()) - len(held) >= k)


def _flow(found: Movement, at: tuple[int, int], names: Sequence[str], table: _Table) -> Flow:
    """To a tenth of a percent: what is taken off for errors depends on hidden flows, too."""
    shown = not table.hidden[at]
    whole = float(found.flow[at[0]].sum())
    return Flow(
        before=names[at[0]],
        after=names[at[1]],
        seen=round(float(found.seen[at]), _DIGITS) if shown else None,
        flow=_estimate(float(found.flow[at]), float(found.low[at]), float(found.high[at]))
        if shown
        else None,
        of_before=round(float(found.flow[at]) / whole, _DIGITS)
        if shown and table.rows and whole
        else None,
    )


def _stayed(  # noqa: PLR0913  one row, and what of it is told
    name: str, row: NDArray[np.int64], at: int, table: _Table, *, known: bool, k: int
) -> Stayed:
    whole, stay = int(row.sum()), int(row[at])
    few = 0 < whole - stay < k
    if whole < k:
        return Stayed(name=name, n=None, share=None, at_least=None)
    sized = known and table.rows
    return Stayed(
        name=name,
        n=whole if sized else None,
        share=round(stay / whole, _DIGITS) if sized and not table.hidden[at, at] else None,
        at_least=nearly_all(whole, k) if few else None,
    )


def _count(number: int, k: int) -> int | None:
    return None if 0 < number < k else number


def _estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=round(value, _DIGITS), low=round(low, _DIGITS), high=round(high, _DIGITS))
