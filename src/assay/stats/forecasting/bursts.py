"""Sums of values that come on few steps or in bursts: from the series' own past sums.

A path of single values misleads there: half of them are nothing, and a month is one burst or none.
What a stretch comes to is told by what such stretches came to, the later ones weighing more: by how
much more is weighed by how well each way foretold past sums (Gneiting and Raftery 2007: the mean
pinball loss), and ends are moved out by what they missed in the past (Romano, Patterson and Candès
2019: conformal quantiles), on a relative scale. All of it walks forward: each past sum is held
against what was known before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.stats.forecasting.quantiles import MIDDLE, PROBABILITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

QUIET: Final = 0.3
"""Share of values of zero, beside those of weekdays that hardly ever have any, from which on."""
CLOSED: Final = 0.9
"""Share of zeros from which on a step of the season is one without values."""
LARGEST: Final = 0.05
MOST: Final = 0.5
"""Values come in bursts where so small a share of them holds so much of their sum."""
HALVES: Final = (20.0, 80.0, np.inf)
"""Steps after which a past sum weighs half."""
ORIGINS: Final = 40
"""From which sums are tested."""
FIRST: Final = 14
"""Values before the first origin."""
ENOUGH: Final = 4.0
"""Stretches that do not overlap, in which a sum must have been tested: with fewer, no interval made
from past ones can hold 80 % of those to come (a conformal one of 1 − a needs 1 ÷ a − 1)."""
POWER: Final = 3.0
SMALL: Final = 1.0
"""Mean past sums that are added to amounts on the relative scale, so that none is far below another
for being nearly nothing. With .1 and .3 simulated bursts are held as well, by wider intervals."""
GRID: Final = (1, 2, 4, 7, 14, 30, 61, 92, 130)
"""Steps whose sums are made; between them it is gone over straight."""


def bursty(values: Floats, periods: Sequence[int] = ()) -> bool:
    """Whether values come on few steps, other than by weekday, or in bursts."""
    here = np.ones(values.size, dtype=bool)
    for period in periods:
        place = np.arange(values.size) % period
        zero = np.bincount(place, values == 0, period) / np.bincount(place, minlength=period)
        here &= (zero < CLOSED)[place]
    share = float((values[here] == 0).mean()) if here.any() else 0.0
    size = np.sort(np.abs(values))[::-1]
    top = float(size[: max(1, int(LARGEST * size.size))].sum())
    return bool(share >= QUIET or top > MOST * float(size.sum()))


@dataclass(frozen=True, slots=True)
class Bursts:
    """A series of bursts, and the past origins that its sums are tested from.

    Attributes:
        values: up to the last one.
        lead: steps between its end and the first that is asked for.
        origins: values known at each, ascending; the last is the end.
    """

    values: Floats
    lead: int
    origins: NDArray[np.int_]

    @classmethod
    def of(cls, values: Floats, lead: int) -> Bursts:
        """With origins over all but the first values."""
        n = values.size
        starts = np.linspace(min(FIRST, n - 1), n - 1, ORIGINS).round()
        return cls(values, lead, np.unique(np.r_[starts, n].astype(int)))

    def stretches(self, width: int, skip: int = 0) -> float:
        """Sums of that width that were tested and do not overlap."""
        return (self.values.size - max(FIRST, 2 * width) - self.lead - skip) / width

    def reach(self, horizon: int) -> int:
        """The longest sum, of at most `horizon` steps, that was tested often enough."""
        widths = np.arange(1, horizon + 1)
        held = [k for k in widths if self.stretches(int(k)) >= ENOUGH]
        return int(max(held, default=0))

    def sums(self, horizon: int) -> tuple[Floats, Floats]:
        """Quantiles of the sum up to each step from each origin, and what came.

        (probabilities, origins, steps) and (origins but the last, steps), NaN where not tested.
        """
        steps = np.arange(1, horizon + 1)
        grid = np.array([k for k in GRID if k < horizon] + [horizon])
        made = np.stack([self._made(int(k), 0, self._ways(int(k))) for k in grid], axis=2)
        came = np.stack([self._came(int(k), 0) for k in steps], axis=1)
        return np.maximum.accumulate(_between(made, grid, steps), axis=2), came

    def spans(self, width: int, horizon: int) -> tuple[Floats, Floats]:
        """The same of sums of `width` steps, for each step ahead that one may begin with."""
        skips = np.arange(horizon - width + 1)
        grid = np.unique(np.linspace(0, skips[-1], min(4, skips.size)).round().astype(int))
        ways = self._ways(width)
        made = np.stack([self._made(width, int(k), ways) for k in grid], axis=2)
        came = np.stack([self._came(width, int(k)) for k in skips], axis=1)
        return _between(made, grid, skips), came

    def accuracy(self, period: int, horizon: int) -> tuple[float | None, float | None]:
        """Scaled errors of the median of single values, and of the last season, from origins."""
        unit = float(np.abs(self.values[period:] - self.values[:-period]).mean())
        starts = self.origins[:-1]
        at = starts[:, None] + self.lead + np.arange(horizon)
        back = starts[:, None] - period + np.arange(horizon) % period
        here = (at < self.values.size) & (starts >= period)[:, None]
        if not unit > 0 or not here.any():
            return None, None
        come = self.values[np.minimum(at, self.values.size - 1)]
        middle = np.broadcast_to(self._made(1, 0, self._ways(1))[MIDDLE, :-1, None], come.shape)
        naive = self.values[np.maximum(back, 0)]
        one, other = (float(np.abs(p - come)[here].mean()) / unit for p in (middle, naive))
        return one, other

    def _came(self, width: int, skip: int) -> Floats:
        """What came from each past origin on, NaN where not yet or where too little was known."""
        total = np.concatenate(([0.0], np.cumsum(self.values)))
        start = self.origins[:-1] + self.lead + skip
        last = np.minimum(start + width, self.values.size)
        known = (start + width <= self.values.size) & (self.origins[:-1] >= 2 * width)
        return np.where(known, total[last] - total[np.minimum(start, last)], np.nan)

    def _made(self, width: int, skip: int, ways: Floats) -> Floats:
        """Quantiles from each origin, (probabilities, origins)."""
        came = self._came(width, skip)
        done = self.origins[:-1] + self.lead + skip + width
        total = np.cumsum(self.values)
        scale = SMALL * total[self.origins - 1] / self.origins * width + 1e-300
        known = np.isfinite(came)
        off = np.nan_to_num(came)[None, None] - ways[:, :, :-1]
        p = PROBABILITIES[:, None]
        loss = np.where(known, np.maximum(p * off, (p - 1) * off).mean(axis=1), 0.0)
        found, plain = np.empty(ways.shape[1:]), np.empty(ways.shape[1:])
        sides = np.where(PROBABILITIES < 0.5, -1.0, 1.0)
        for k, origin in enumerate(self.origins):
            past = np.flatnonzero(known & (done <= origin)) if k else np.zeros(0, dtype=int)
            size = (
                loss[:, past].sum(axis=1) + 1e-9 * scale[k] if past.size else np.ones(len(HALVES))
            )
            weight = (size / size.min()) ** -POWER
            plain[:, k] = (weight / weight.sum()) @ ways[:, :, k]
            there = np.log(plain[:, k] + scale[k])
            if past.size:
                told = np.log(plain[:, past].T + scale[k])
                missed = sides * (np.log(came[past] + scale[k])[:, None] - told)
                there += sides * self._farther(missed, width)
            found[:, k] = np.exp(there) - scale[k]
        found = np.where(found < 1e-9 * scale, 0.0, found)
        found[MIDDLE] = np.clip(found[MIDDLE], found[MIDDLE - 1], found[MIDDLE + 1])
        return np.maximum.accumulate(np.maximum(found, 0.0), axis=0)

    def _farther(self, missed: Floats, width: int) -> Floats:
        """How much farther out each quantile must lie to have held its share of past sums."""
        ordered = np.sort(missed, axis=0)
        count = len(missed)
        apart = min(float(count), count * self.values.size / (self.origins.size * width))
        share = np.maximum(PROBABILITIES, 1 - PROBABILITIES)
        asked = np.minimum(share * (1 + 1 / max(apart, 1.0)), 1.0)
        at = asked * count - 0.5
        low = np.clip(np.floor(at), 0, count - 1).astype(int)
        high = np.minimum(low + 1, count - 1)
        place = np.arange(share.size)
        part = np.clip(at - low, 0.0, 1.0)
        moved = (1 - part) * ordered[low, place] + part * ordered[high, place]
        moved[MIDDLE] = 0.0
        return np.asarray(np.maximum(moved, 0.0))

    def _ways(self, width: int) -> Floats:
        """Quantiles of past sums, the later the heavier: (ways, probabilities, origins)."""
        total = np.concatenate(([0.0], np.cumsum(self.values)))
        found = np.zeros((len(HALVES), PROBABILITIES.size, self.origins.size))
        if width > self.values.size:
            return found
        sums = np.maximum(total[width:] - total[:-width], 0.0)
        order = np.argsort(sums, kind="stable")
        ends, ordered = order + width, sums[order]
        raised = [np.exp2((ends - self.values.size) / half) for half in HALVES]
        for k, origin in enumerate(self.origins):
            here = ends <= origin
            if not here.any():
                continue
            seen = ordered[here]
            for way, every in enumerate(raised):
                weight = every[here]
                place = np.cumsum(weight)
                asked = PROBABILITIES * place[-1]
                found[way, :, k] = np.interp(asked, place - weight / 2, seen)
        return found


def _between(made: Floats, grid: NDArray[np.int_], at: NDArray[np.int_]) -> Floats:
    """Over the last axis, from places of a grid to all."""
    share = np.stack([np.interp(at, grid, row) for row in np.eye(grid.size)])
    return np.asarray(made @ share)
