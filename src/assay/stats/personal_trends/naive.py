"""What is usually said instead: a slope per second above .001, a slope's sign, best less worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.stats.personal_trends.fitting import PERIOD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends.user_weeks import UserWeeks
    from assay.stats.personal_trends.whitening import Noise

    Floats = NDArray[np.float64]

SECONDS: Final = 7 * 86_400 * PERIOD
CUT: Final = 0.001
"""Of a slope against seconds since 1970: 605 points of rating a week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naive:
    """Numbers of users, of those that are counted, by rules of thumb.

    Attributes:
        cut_up, cut_down: with a least-squares slope against seconds above .001, below −.001.
        line_up, line_down: with one beyond the smallest change that matters.
        range_up: whose best week is better than their worst by that change or more; `range`: the
            mean of these differences; `range_still`: the same if nobody had changed at all, with
            the noise that was found.
    """

    users: int
    cut_up: int
    cut_down: int
    line_up: int
    line_down: int
    range_up: int
    range: float
    range_still: float


def naive_of(
    given: UserWeeks,
    noise: Noise,
    *,
    smallest: float,
    counted: NDArray[np.bool_],
    seed: int = 1,
) -> Naive:
    """The rules of thumb, of users with two weeks or more among those that are counted.

    Slopes are of weekly means, one voice each, as a query would have them.
    """
    kept = counted & (given.weeks_of() > 1)
    mine = given.of(kept)
    if not kept.any():
        return Naive(
            users=0, cut_up=0, cut_down=0, line_up=0, line_down=0, range_up=0,
            range=0.0, range_still=0.0,
        )  # fmt: skip
    starts, count = mine.starts(), mine.weeks_of().astype(np.float64)
    time = mine.week / PERIOD
    middle = np.repeat(np.add.reduceat(time, starts) / count, count.astype(np.int64))
    off = time - middle
    slope = np.add.reduceat(off * mine.mean, starts) / np.add.reduceat(off**2, starts)
    reach = _reach(mine.mean, starts)
    still = _reach(_unmoved(mine, noise, seed), starts)
    return Naive(
        users=int(kept.sum()),
        cut_up=int((slope / SECONDS > CUT).sum()),
        cut_down=int((slope / SECONDS < -CUT).sum()),
        line_up=int((slope > smallest).sum()),
        line_down=int((slope < -smallest).sum()),
        range_up=int((reach >= smallest).sum()),
        range=float(reach.mean()),
        range_still=float(still.mean()),
    )


def _reach(values: Floats, starts: NDArray[np.int64]) -> Floats:
    reach: Floats = np.maximum.reduceat(values, starts) - np.minimum.reduceat(values, starts)
    return reach


def _unmoved(given: UserWeeks, noise: Noise, seed: int) -> Floats:
    """Weekly means of users whose level stays, each about 0; weeks share nothing here."""
    rng = np.random.default_rng(seed)
    spread = np.sqrt(noise.week + noise.rating / given.n)
    found: Floats = spread * rng.standard_normal(given.n.size)
    return found
