"""What is known of users' satisfaction: per user and week a count, a mean and a spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class UserWeeks:
    """Ratings of users by week, one entry per user and week with a rating.

    Attributes:
        who: number of the user, from 0, ascending.
        week: number of the week, ascending within a user, each once.
        n: ratings; `mean` of them; `square`: their squared distances from that mean, added up.

    Raises:
        DataError: where there is none, the order is another one, or a number is not finite.
    """

    who: Whole
    week: Whole
    n: Floats
    mean: Floats
    square: Floats

    def __post_init__(self) -> None:
        if not self.who.size:
            raise DataError("no rating of a known user in a known week, expected some")
        if not all(np.isfinite(part).all() for part in (self.n, self.mean, self.square)):
            raise DataError("a count, mean or spread of ratings is not finite")
        if not ((self.n >= 1).all() and (self.square >= 0).all()):
            raise DataError("expected one rating or more of each user and week, and spreads ≥ 0")
        step, later = np.diff(self.who), np.diff(self.week) > 0
        if not ((step > 0) | ((step == 0) & later)).all():
            raise DataError("expected entries by user, then by week, each once")

    @property
    def users(self) -> int:
        """Users with a rating."""
        return 1 + int(np.count_nonzero(np.diff(self.who)))

    def weeks_of(self) -> Whole:
        """Weeks with a rating, per user."""
        starts = self.starts()
        return np.diff(np.append(starts, self.who.size))

    def starts(self) -> Whole:
        """Where each user's entries begin."""
        return np.flatnonzero(np.append(True, np.diff(self.who) > 0))

    def of(self, users: NDArray[np.bool_]) -> UserWeeks:
        """Those of some users; one flag per user, in order."""
        kept = np.repeat(users, self.weeks_of())
        return UserWeeks(
            self.who[kept], self.week[kept], self.n[kept], self.mean[kept], self.square[kept]
        )

    def moved(self, by: Floats) -> UserWeeks:
        """The same with means less a number each."""
        return UserWeeks(self.who, self.week, self.n, self.mean - by, self.square)
