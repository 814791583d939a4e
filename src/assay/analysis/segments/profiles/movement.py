"""Who moved between segments from one period to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.analysis.segments.profiles.result import Flow, FlowsResult
from assay.core.finding import Estimate
from assay.privacy.disclosure import withheld
from assay.stats.segmenting.movement import movement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


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
    hidden = withheld(counts, smallest_cell).cells
    flows = []
    for at, name in enumerate(names):
        for to, other in enumerate(names):
            shown = not hidden[at, to]
            flows.append(
                Flow(
                    before=name,
                    after=other,
                    seen=float(found.seen[at, to]) if shown else None,
                    unmoved=float(found.unmoved[at, to]),
                    flow=Estimate(
                        value=float(found.flow[at, to]),
                        low=float(found.low[at, to]),
                        high=float(found.high[at, to]),
                    )
                    if shown
                    else None,
                )
            )
    return FlowsResult(
        entities=found.entities,
        only_before=len(entities_before) - len(held),
        only_after=len(entities_after) - len(held),
        moved_seen=None if hidden.any() else found.moved_seen,
        by_error=found.moved_by_error,
        moved=Estimate(value=found.moved, low=found.moved_low, high=found.moved_high),
        p_value=found.p_value,
        verdict="movement" if found.p_value <= 0.05 else "no more than errors of assignment",
        flows=tuple(flows),
    )
