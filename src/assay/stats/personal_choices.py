"""Whether users keep to what they chose: agreement of a user's weeks beyond that of two users."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

FEWEST: Final = 10
"""Users with two weeks from which on agreement is told."""
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What users chose, one entry per user, week and value.

    Attributes:
        who, week, value: numbers from 0, sorted in that order, each triple once.
        times: how often.
        stratum: of each user: chance agreement is that of two users of one stratum.

    Raises:
        DataError: where arrays differ in length, or are in another order.
    """

    who: Whole
    week: Whole
    value: Whole
    times: Floats
    stratum: Whole

    def __post_init__(self) -> None:
        if len({self.who.size, self.week.size, self.value.size, self.times.size}) != 1:
            raise DataError("choices: users, weeks, values and times differ in number")
        if self.who.size and not (np.diff(self.keys()) > 0).all():
            raise DataError("choices: expected entries by user, week and value, each once")

    def keys(self, *, ahead: int = 0) -> Whole:
        """One number per entry, of the same value so many weeks later."""
        weeks, values = self.shape()
        return (self.who * weeks + self.week + ahead) * values + self.value

    def shape(self) -> tuple[int, int]:
        """Weeks, with room for those that are asked for beyond the last, and values."""
        return 2 * int(self.week.max(initial=0)) + 2, int(self.value.max(initial=0)) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two choices of different weeks agree.

    Attributes:
        lag: weeks between; None over all lags that were asked for.
        users: with a pair of such weeks; `pairs` of them.
        within: chance that two choices of a user agree; `between`: of two users of one stratum.
        beyond: (within − between) / (1 − between), 1 where nobody ever changes, 0 where a user is
            no more like themselves than like others: the share of variance that users explain
            (intraclass correlation, repeatability). Each with its standard error.
    """

    lag: int | None
    users: int
    pairs: int
    within: tuple[float, float]
    between: tuple[float, float]
    beyond: tuple[float, float]


def agreements(given: Choices, lags: Sequence[int]) -> tuple[tuple[Agreement, ...], Agreement]:
    """Agreement at each lag, and over all of them; every user is one voice.

    A week's choices are shares; that two choices agree is the sum of products of shares. What two
    users would agree in by chance is taken from others of the stratum in the very weeks that are
    compared, so that what all were moved to in a week is not taken for stability. Errors count how
    users differ, and that each stands twice in a comparison of two (Hájek's projection).

    Lags without ten users are left out.

    Raises:
        DataError: where fewer than ten users have two weeks, or nothing is left to choose.

    References:
        Nakagawa & Schielzeth (2010), Repeatability for Gaussian and non-Gaussian data, Biological
        Reviews 85; Fleiss (1971), Psychological Bulletin 76 (agreement beyond chance); van der
        Vaart (1998), Asymptotic Statistics, ch. 12 (U-statistics).
    """
    users = given.stratum.size
    within, between, pairs = np.zeros(users), np.zeros(users), np.zeros(users)
    found = []
    board = _Board.of(given)
    for lag in (one for one in lags if one <= int(given.week.max(initial=0))):
        same, other, count = board.at(lag)
        told = _told(lag, same, other, count)
        if told is not None:
            found.append(told)
        within += same
        between += other
        pairs += count
    if int((pairs > 0).sum()) < FEWEST:
        raise DataError(
            f"{int((pairs > 0).sum())} users chose in two different weeks, expected {FEWEST}"
        )
    whole = _told(None, within, between, pairs)
    if whole is None:
        raise DataError("all users of a kind choose the same, so there is no choice to keep to")
    return tuple(found), whole


@dataclass(frozen=True, slots=True)
class _Board:
    given: Choices
    keys: Whole
    cells: Whole
    share: Floats
    of_cell: Whole
    chosen: Floats
    present: Floats

    @classmethod
    def of(cls, given: Choices) -> _Board:
        weeks, values = given.shape()
        cell = given.who * weeks + given.week
        cells, of_cell = np.unique(cell, return_inverse=True)
        share = given.times / np.bincount(of_cell, weights=given.times)[of_cell]
        strata = int(given.stratum.max(initial=0)) + 1
        chosen = np.zeros((strata, weeks, values))
        np.add.at(chosen, (given.stratum[given.who], given.week, given.value), share)
        return cls(given, given.keys(), cells, share, of_cell, chosen, chosen.sum(axis=2))

    def at(self, lag: int) -> tuple[Floats, Floats, Floats]:
        """Per user, over pairs of weeks: agreement with themselves, with others, and pairs."""
        given, users = self.given, self.given.stratum.size
        weeks, _ = given.shape()
        paired = _found(self.cells, self.cells + lag) >= 0
        who, week = self.cells // weeks, self.cells % weeks
        others = self.present[given.stratum[who], week + lag] - 1
        paired &= others > 0
        place = _found(self.keys, given.keys(ahead=lag))
        later = np.where(place >= 0, self.share[place], 0.0)
        kept = paired[self.of_cell]
        same = np.where(kept, self.share * later, 0.0)
        stands = self.chosen[given.stratum[given.who], given.week + lag, given.value]
        alike = self.share * (stands - later) / np.where(kept, others[self.of_cell], 1.0)
        return (
            np.bincount(given.who, weights=same, minlength=users).astype(np.float64),
            np.bincount(given.who, weights=np.where(kept, alike, 0.0), minlength=users).astype(
                np.float64
            ),
            np.bincount(who[paired], minlength=users).astype(np.float64),
        )


def _found(known: Whole, asked: Whole) -> Whole:
    """Where each stands among sorted ones; −1 where it does not."""
    place = np.minimum(np.searchsorted(known, asked), known.size - 1)
    return np.where(known[place] == asked, place, -1)


def _told(lag: int | None, same: Floats, other: Floats, pairs: Floats) -> Agreement | None:
    mine = pairs > 0
    users = int(mine.sum())
    if users < FEWEST:
        return None
    within, between = same[mine] / pairs[mine], other[mine] / pairs[mine]
    w, b = float(within.mean()), float(between.mean())
    if 1 - b < _SAME:
        return None
    off_w, off_b = within - w, 2 * (between - b)
    off = off_w / (1 - b) - off_b * (1 - w) / (1 - b) ** 2
    errors = [sqrt(float((part @ part) / (users * (users - 1)))) for part in (off_w, off_b, off)]
    return Agreement(
        lag=lag,
        users=users,
        pairs=int(pairs.sum()),
        within=(w, errors[0]),
        between=(b, errors[1]),
        beyond=((w - b) / (1 - b), errors[2]),
    )
