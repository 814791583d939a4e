"""What the next days add up to: a distribution of the sum, tested on sums of the past.

Errors of neighbouring days go together, so an interval of a sum is neither the sum of the days'
intervals nor their root of squares: it is made from what past forecasts of such sums missed. The
same past errors make the distribution of every day, and of any span of days in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.stats.forecasting.bursts import Bursts, bursty
from assay.stats.forecasting.cleaning import ASIDE, as_it_was, made_ready
from assay.stats.forecasting.combining import combined, shares
from assay.stats.forecasting.members import naive, paths_of_members
from assay.stats.forecasting.panel import schedule
from assay.stats.forecasting.quantiles import SPANS, SUMS, VALUES, Nature, error_quantiles
from assay.stats.forecasting.spread import Spread, depth_of, fixed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from assay.stats.forecasting.cleaning import Ready
    from assay.stats.forecasting.panel import Schedule

    Sums = Callable[[NDArray[np.float64]], NDArray[np.float64]]

LEAST: Final = 14
"""Values below which nothing is said of a sum."""
TESTED: Final = 28
"""Steps that forecasts are tested over at least, however few are asked: at seven, the six weeks
that would be looked at are too short for spend that comes on few days."""
SPAN: Final = 10
"""Horizons that sums are tested over, where the past is so long: six of thirty days are too few to
tell how far out they come."""
FOLDS: Final = 3
"""Parts of the past; each is tested with quantiles made from the others."""
LATELY: Final = 28
"""Values before an origin that tell its size."""
WITH_SIZE: Final = 0.5
"""Power of the size that errors are taken to go with: as counts do. Of 0, .5 and 1 it holds spend
that comes and goes best, both simulated and aider's, and changes little elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The next values of a series and what they add up to.

    Of a series of bursts these are no more values than a sum of so many could be tested.

    Attributes:
        values: the combined forecast of each step.
        days: the distribution of each step's value.
        totals: the distribution of the sum up to each step.
        weights: name of a method → its share of the combination; empty for a constant.
        mase: of past forecasts: mean absolute error over that of the naive method of the season
            within the series; None where that is never wrong or nothing was tested.
        naive: the same of the naive method itself, from the same origins.
        stretches: horizons that fit into the tested past: about as many independent tests.
        notes: what was done to the series, or could not be done, and why.
    """

    values: NDArray[np.float64]
    days: Spread
    totals: Spread
    weights: dict[str, float]
    mase: float | None
    naive: float | None
    stretches: float
    notes: tuple[str, ...]
    _past: _Past | _Bursty | None = field(repr=False)

    def spans(self, width: int) -> Spread:
        """The distribution of the sum of `width` steps, for each step that such a span ends with.

        The first that can end is step `width`: (probabilities, steps − width + 1). Where few past
        spans tell of it, it is no narrower than that of the next `width` steps; where none does, as
        wide as the sum of all steps to its end, which hold it.
        """
        steps = self.values.size
        if not 1 <= width <= steps:
            raise DataError(f"width={width}, expected 1 to {steps} steps, as are forecast")
        if width == 1:
            return self.days
        if self._past is None:
            return fixed(_windows(self.values, width))
        if isinstance(self._past, _Bursty):
            return self._past.spread(*self._past.given.spans(width, steps))
        found = self._past.spread(lambda rows: _windows(rows, width), SPANS, width=width)
        seen = np.isfinite(_windows(self._past.come, width)).sum(axis=0)
        if seen.min() >= 2 * width:
            return found
        near = (self.totals.ends - self.totals.middle)[:, width - 1 :]
        held = np.where(seen > 0, near[:, :1], near)
        own = found.ends - found.middle
        away = np.where(np.abs(own) < np.abs(held), held, own)
        middle = np.where(seen > 0, found.middle, _windows(self.values, width))
        ends = np.maximum.accumulate(middle + away, axis=0)
        return replace(found, ends=ends if self._past.low is None else np.maximum(ends, 0.0))


def forecast_totals(
    y: ArrayLike, horizon: int, *, periods: Sequence[int] = (7,), credited: bool = False
) -> Totals:
    """The next `horizon` values of a series, and the distribution of their sum up to each step.

    Args:
        y: values at equal steps, oldest first; NaN is a gap, and no zero.
        horizon: steps ahead.
        periods: candidate lengths of seasons, in steps; those not seen twice are left out.
        credited: whether values below zero are possible; else every value and sum is 0 or more.

    Raises:
        DataError: where the series has fewer than `LEAST` values, is not one row of numbers, or
            holds an infinite value or one out of bounds; where it comes in bursts and not even its
            single values can be tested; or where the horizon is impossible.
    """
    if not horizon >= 1:
        raise DataError(f"horizon={horizon}, expected one step or more")
    wanted = tuple(sorted({int(m) for m in periods if m > 1}))
    low = None if credited else 0.0
    ready = made_ready(y, wanted, low, None)
    n = ready.values.size
    if n < LEAST:
        raise DataError(
            f"not enough data: {n} values, expected {LEAST} or more",
            remedy=f"wait for {LEAST - n} more",
        )
    if np.ptp(ready.values) == 0:
        return _constant(ready, horizon)
    seen = tuple(m for m in wanted if n > 2 * m + 2)
    if not credited:
        raw = as_it_was(y, ready)
        if bursty(raw, seen):
            return _of_bursts(raw, ready, horizon, max(seen, default=1))
    notes = list(ready.notes)
    reach = max(horizon, TESTED) + ready.overdue
    plan = schedule(n, reach, max(seen, default=1), span=SPAN)
    members = paths_of_members(ready.values, plan, seen, low, None)
    inside = np.minimum(plan.targets[:-1], n - 1)
    come = np.where(plan.targets[:-1] < n, ready.values[inside], np.nan)
    single = np.where(ready.observed[inside], come, np.nan)
    paths = np.stack([member.paths for member in members])
    tiny = 1e-12 * float(np.abs(ready.values).max()) + 1e-300
    weight = shares(paths[:, :-1] - single, tiny)
    joint = combined(paths, weight)
    if low is not None:
        joint = np.maximum(joint, low)
    relative = [
        share for member, share in zip(members, weight, strict=True) if member.scale.kind != "plain"
    ]
    tested = float(n - int(plan.origins[0]))
    cut = slice(ready.overdue, ready.overdue + horizon)
    past = _Past(
        joint=joint[:, cut],
        come=come[:, cut],
        single=single[:, cut],
        sizes=_sizes(ready.values, plan.origins),
        tested=tested,
        tilt=float(sum(relative)),
        gap=float(np.abs(ready.values).min()) / 2,
        low=low,
    )
    whole = int(np.isfinite(past.come[:, -1]).sum())
    if not whole:
        notes.append(
            f"no past sum over {horizon} steps could be tested ({n} values): its interval is "
            "extrapolated from shorter ones"
        )
    mase, reference = _accuracy(ready, plan, seen, joint[:-1], single)
    return Totals(
        values=joint[-1, cut],
        days=past.spread(lambda rows: rows, VALUES, single=True),
        totals=past.spread(lambda rows: np.cumsum(rows, axis=-1), SUMS),
        weights={m.name: float(share) for m, share in zip(members, weight, strict=True)},
        mase=mase,
        naive=reference,
        stretches=tested / horizon,
        notes=tuple(notes),
        _past=past,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What was forecast and what came.

    Attributes:
        joint: combined forecasts, (origins, steps); the last row is that of the end.
        come: what came, (past origins, steps); gaps and set-aside values are as they were filled.
        single: the same, NaN there.
        sizes: what values were like at each origin, relative to each other, (origins,): errors are
            taken to go with them.
        tested: steps of the past that the origins lie in.
        tilt: share of the combination that is made on a relative scale, and of each distribution.
        gap: nearest to zero that a number is taken to come on that scale.
        low: what no value goes below.
    """

    joint: NDArray[np.float64]
    come: NDArray[np.float64]
    single: NDArray[np.float64]
    sizes: NDArray[np.float64]
    tested: float
    tilt: float
    gap: float
    low: float | None

    def spread(self, of: Sums, nature: Nature, *, single: bool = False, width: int = 1) -> Spread:
        """The distribution of sums over steps, tested on the past in folds."""
        paths, came = of(self.joint), of(self.single if single else self.come)
        size = self.sizes[:, None]
        ends = self._ends((paths[:-1], came, size[:-1]), (paths[-1:], size[-1:]), nature, width)[
            :, 0
        ]
        depth = np.full(came.shape, np.nan)
        fold = np.arange(came.shape[0]) * FOLDS // max(came.shape[0], 1)
        for one in range(FOLDS):
            mine, others = fold == one, fold != one
            if mine.any() and np.isfinite(came[others]).any():
                past = (paths[:-1][others], came[others], size[:-1][others])
                made = self._ends(past, (paths[:-1][mine], size[:-1][mine]), nature, width)
                depth[mine] = depth_of(made, came[mine])
        return Spread(ends=ends, depth=depth)

    def _ends(
        self,
        told: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
        start: tuple[NDArray[np.float64], NDArray[np.float64]],
        nature: Nature,
        width: int,
    ) -> NDArray[np.float64]:
        """Quantiles around the paths of starts: (probabilities, starts, steps).

        Args:
            told: past paths, what came, and sizes.
            start: paths and sizes of the starts.
            nature: of such errors.
            width: steps that a number is the sum of.
        """
        past, came, was = told
        around, size = start
        away = error_quantiles((came - past) / was, self.tested, nature, width=width)[:, None, :]
        plain = around[None] + size[None] * away
        if self.tilt > 0:
            relative = replace(nature, slopes=VALUES.slopes)
            errors = self._there(came) - self._there(past)
            away = error_quantiles(errors, self.tested, relative, width=width)[:, None, :]
            held = np.exp(np.clip(self._there(around)[None] + away, -690, 690))
            plain = (1 - self.tilt) * plain + self.tilt * held
        if self.low is not None:
            plain = np.maximum(plain, self.low)
        found: NDArray[np.float64] = np.maximum.accumulate(plain, axis=0)
        return found

    def _there(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.log(np.maximum(values, self.gap))
        return found


@dataclass(frozen=True, slots=True)
class _Bursty:
    """The past of a series of bursts."""

    given: Bursts

    @staticmethod
    def spread(made: NDArray[np.float64], came: NDArray[np.float64]) -> Spread:
        """The distribution at the end, tested from each origin before it."""
        return Spread(ends=made[:, -1], depth=depth_of(made[:, :-1], came))


def _of_bursts(values: NDArray[np.float64], ready: Ready, horizon: int, period: int) -> Totals:
    given = Bursts.of(values, ready.overdue)
    zero = int((values == 0).sum())
    why = f"spend comes on {values.size - zero} of {values.size} days, or in bursts"
    steps = given.reach(horizon)
    if not steps:
        raise DataError(f"not enough data: {why}, and not even one day can be tested four times")
    notes = [note for note in ready.notes if ASIDE not in note]
    notes.append(f"{why}: what days cost together is told from the series' own past sums")
    if steps < horizon:
        notes.append(
            f"not enough data for sums of more than {steps} days: {values.size} days hold too few "
            "to test their interval four times"
        )
    past = _Bursty(given)
    made, came = given.sums(steps)
    days = past.spread(*given.spans(1, steps))
    mase, reference = given.accuracy(period, steps)
    return Totals(
        values=np.full(steps, float(made[:, -1, -1].mean()) / steps),
        days=days,
        totals=past.spread(made, came),
        weights={"past sums": 1.0},
        mase=mase,
        naive=reference,
        stretches=given.stretches(1) / steps,
        notes=tuple(notes),
        _past=past,
    )


def _sizes(values: NDArray[np.float64], origins: NDArray[np.int_]) -> NDArray[np.float64]:
    """How large values were before each origin: lately and ever, half and half, to a power."""
    sums = np.concatenate(([0.0], np.cumsum(np.abs(values))))
    ever = sums[origins] / origins
    back = np.maximum(origins - LATELY, 0)
    lately = (sums[origins] - sums[back]) / (origins - back)
    usual = (ever + lately) / 2
    return np.asarray(np.maximum(usual / usual.max(), 1e-3) ** WITH_SIZE)


def _windows(rows: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Sums over each `width` neighbouring steps, along the last axis."""
    views = np.lib.stride_tricks.sliding_window_view(rows, width, axis=-1)
    return np.asarray(views.sum(axis=-1))


def _constant(ready: Ready, horizon: int) -> Totals:
    value = float(ready.values[0])
    values = np.full(horizon, value)
    note = (
        f"constant: {value:g} in all {int(ready.observed.sum())} values; how far it may move "
        "cannot be told from it, so the interval has no width"
    )
    return Totals(
        values=values,
        days=fixed(values),
        totals=fixed(np.cumsum(values)),
        weights={},
        mase=None,
        naive=None,
        stretches=0.0,
        notes=(*ready.notes, note),
        _past=None,
    )


def _accuracy(
    ready: Ready,
    plan: Schedule,
    seen: tuple[int, ...],
    joint: NDArray[np.float64],
    come: NDArray[np.float64],
) -> tuple[float | None, float | None]:
    """Scaled errors of the combination, and of the naive method, from the past origins."""
    period, known = max(seen, default=1), np.isfinite(come)
    both = ready.observed[period:] & ready.observed[:-period]
    steps = np.abs(ready.values[period:] - ready.values[:-period])[both]
    unit = float(steps.mean()) if steps.size else 0.0
    if not unit > 0 or not known.any():
        return None, None
    reference = naive(ready.values, plan, seen)[:-1]
    one, other = (float(np.abs(p - come)[known].mean()) / unit for p in (joint, reference))
    return one, other
