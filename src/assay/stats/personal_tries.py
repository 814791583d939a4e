"""How many new configurations users try in a week, and whether they keep to them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_choices import Choices

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A sum over users over another one, and its standard error; users are whole."""

    value: float
    error: float
    users: int
    of: float

    def interval(self, level: float, *, most: float = inf) -> tuple[float, float]:
        """On the logarithm, which keeps it above 0; up to 3 over the weeks where none was seen."""
        from scipy.special import ndtri  # noqa: PLC0415  with its caller alone

        if self.value <= 0:
            return 0.0, min(most, -float(np.log((1 - level) / 2)) / self.of)
        reach = float(np.exp(ndtri((1 + level) / 2) * self.error / self.value))
        return self.value / reach, min(most, self.value * reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """What users of one kind tried.

    Attributes:
        rate: new configurations per week with a use, after a user's first.
        used: configurations in use per such week, new ones or not.
        new: share of new ones among them.
        stay: share of new ones that were used again within some weeks, of those whose user was
            there in these; None where no such time has passed.
        tried: new ones.
    """

    users: int
    weeks: int
    tried: int
    rate: Ratio
    used: Ratio
    new: Ratio
    stay: Ratio | None


def tries_of(
    given: Choices, users: NDArray[np.bool_], *, burn_in: int = 4, within: int = 4
) -> Tries | None:
    """Rates per exposure, of some users: weeks in which they were there and could try something.

    A user's first week counts nowhere, since all is new in it, nor do the first weeks of the data,
    before which a user may have used what looks new.

    Args:
        given: configurations in use, by user and week.
        users: one flag per user.
        burn_in: weeks at the beginning of the data that do not count.
        within: weeks after the first use in which a second makes a configuration one that stays.

    Returns:
        None where no user of them was there in two weeks that count.

    Raises:
        ParameterError: where a number of weeks is out of range.
    """
    if burn_in < 0 or within < 1:
        raise ParameterError(f"burn_in={burn_in}, within={within}, expected ≥ 0 and ≥ 1")
    if not given.who.size:
        raise DataError("no configuration of a known user in a known week")
    weeks, values = given.shape()
    count = given.stratum.size
    begun = np.full(count, weeks)
    np.minimum.at(begun, given.who, given.week)
    pair = given.who * values + given.value
    order = np.argsort(pair, kind="stable")  # weeks ascend within a pair
    first = np.append(True, np.diff(pair[order]) > 0)
    new = np.zeros(pair.size, dtype=bool)
    new[order[first]] = True
    again = np.full(pair.size, weeks)
    again[order[:-1]] = np.where(first[1:], weeks, given.week[order[1:]])
    counts = users[given.who] & (given.week > begun[given.who]) & (given.week >= burn_in)
    cell = given.who * weeks + given.week
    cells, entry = np.unique(cell, return_index=True)
    there = counts[entry]
    exposure = np.bincount(given.who[entry[there]], minlength=count).astype(np.float64)
    if not there.any():
        return None
    used = np.bincount(given.who[counts], minlength=count).astype(np.float64)
    tried = np.bincount(given.who[counts & new], minlength=count).astype(np.float64)
    follow = counts & new & (given.week + within <= int(given.week.max()))
    after = np.searchsorted(cells, cell + 1)
    seen = np.append(cells, -1)[np.minimum(after, cells.size)]
    follow &= (seen > cell) & (seen <= cell + within)
    kept = follow & (again <= given.week + within)
    follows = np.bincount(given.who[follow], minlength=count).astype(np.float64)
    keeps = np.bincount(given.who[kept], minlength=count).astype(np.float64)
    return Tries(
        users=int((exposure > 0).sum()),
        weeks=int(exposure.sum()),
        tried=int(tried.sum()),
        rate=ratio_of(tried, exposure),
        used=ratio_of(used, exposure),
        new=ratio_of(tried, used),
        stay=ratio_of(keeps, follows) if follows.any() else None,
    )


def ratio_of(top: Floats, bottom: Floats) -> Ratio:
    """Of sums over users, with the delta method's error over users."""
    mine = bottom > 0
    users, whole = int(mine.sum()), float(bottom.sum())
    value = float(top.sum()) / whole
    off = top[mine] - value * bottom[mine]
    error = sqrt(float(off @ off) * users / max(users - 1, 1)) / whole
    return Ratio(value=value, error=error, users=users, of=whole)
