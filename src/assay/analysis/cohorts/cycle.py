"""States of users by period, moves between them, and sizes to come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from assay.analysis.cohorts.result import LifeCycle, Move, SizesTested, Standing
from assay.core.finding import Estimate
from assay.privacy.disclosure import withheld
from assay.stats.lifetimes import STATES, moves_between, past_sizes, sizes_ahead, steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from assay.features.activity import Spell
    from assay.stats.lifetimes import Activity, Rule

_DAYS = {"day": 1, "week": 7}


def cycle_of(  # noqa: PLR0913  users, the rule, how far ahead, how sure
    given: Activity,
    rule: Rule,
    starts: Sequence[date],
    every: Spell,
    *,
    ahead: int,
    since: int,
    k: int,
    seed: int,
    level: float,
) -> LifeCycle | None:
    """States and moves over complete periods; None where there are fewer than two.

    Moves, and what sizes ahead go by, are those from period `since` on. Sizes ahead leave room for
    errors as large as those of the same forecast made earlier, where the data reach back.
    """
    if given.complete < 2 or given.users < k:
        return None
    steps = steps_of(given, rule)
    moves = moves_between(steps.since(since), rule, level=level)
    coming = sizes_ahead(given, rule, ahead, seed=seed, since=since, level=level)
    past = past_sizes(given, rule, ahead, seed=seed, since=since, level=level)
    if past is not None:
        coming = coming.widened(past)
    standings = [
        _standing(starts[period].isoformat(), sizes, sizes, sizes, hidden=withheld(whole, k).cells)
        for period, (whole, sizes) in enumerate(
            zip(steps.sizes, steps.sizes.astype(np.float64), strict=True)
        )
    ]
    day = starts[given.complete - 1]
    for step in range(ahead):
        day = _next(day, every)
        standings.append(
            _standing(
                day.isoformat(),
                coming.expected[step],
                coming.low[step],
                coming.high[step],
                hidden=None,
            )
        )
    return LifeCycle(
        dormant=rule.dormant,
        lost=rule.lost,
        standings=tuple(standings),
        moves=tuple(
            Move(
                state=STATES[one],
                to=STATES[other],
                users=int(moves.count[one].sum()),
                share=Estimate(
                    value=float(moves.share[one, other]),
                    low=float(moves.low[one, other]),
                    high=float(moves.high[one, other]),
                ),
            )
            for one, other in np.argwhere(np.isfinite(moves.share)).tolist()
            if moves.count[one].sum() >= k and not withheld(moves.count[one], k).cells[other]
        ),
        tested=None
        if past is None
        else SizesTested(periods=ahead, sizes=past.seen.size, held=int(past.held.sum())),
        steady=moves.steady,
        p_value=moves.p_value,
        excess=moves.excess,
    )


def _next(day: date, every: Spell) -> date:
    if every == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=_DAYS[every])


def _standing(
    start: str,
    value: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    *,
    hidden: NDArray[np.bool_] | None,
) -> Standing:
    """One period; it is to come where nothing is said of what is hidden."""
    gone = np.zeros(value.size, dtype=bool) if hidden is None else hidden
    told = [
        None
        if away
        else Estimate(value=float(v), low=min(float(a), float(v)), high=max(float(b), float(v)))
        for v, a, b, away in zip(value, low, high, gone, strict=True)
    ]
    new, current, returning, at_risk, dormant, lost = told
    return Standing(
        start=start,
        ahead=hidden is None,
        new=new,
        current=current,
        returning=returning,
        at_risk=at_risk,
        dormant=dormant,
        lost=lost,
    )
