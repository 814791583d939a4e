"""When users of each group are active, and how evenly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.cohorts.result import Habit, HabitRule, Hour
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.features.activity import gaps_of
from assay.stats.lifetimes import regularity_of, wilson
from assay.stats.lifetimes.regularity import BURSTY, EVEN, FEWEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.features.activity import UserActivity

    Floats = NDArray[np.float64]

RULE: Final = HabitRule(
    night_from=22,
    night_to=6,
    office_from=9,
    office_to=18,
    even_below=EVEN**-0.5,
    bursty_above=BURSTY**-0.5,
)
_SATURDAY: Final = 5


def habits_of(given: UserActivity, *, k: int, level: float) -> tuple[Habit, ...]:
    """Of all users, then of each group of k or more.

    Every user is one voice, however busy: shares are means over users of their own shares, with
    intervals from how much users differ.
    """
    voices = given.hours.with_columns(
        voice=pl.col("uses") / pl.col("uses").sum().over("who")
    ).with_columns(
        night=(pl.col("hour") >= RULE.night_from) | (pl.col("hour") < RULE.night_to),
        weekend=pl.col("weekday") >= _SATURDAY,
        office=(pl.col("weekday") < _SATURDAY)
        & pl.col("hour").is_between(RULE.office_from, RULE.office_to - 1),
    )
    groups = given.users["group"].to_numpy()
    names = np.unique(groups)
    spacing = _spacing(given)
    found = [_habit("", np.ones(groups.size, dtype=bool), voices, spacing, k=k, level=level)]
    if names.size > 1:
        found += [
            _habit(str(name), groups == name, voices, spacing, k=k, level=level)
            for name in names
            if (groups == name).sum() >= k
        ]
    return tuple(found) if groups.size >= k else ()


def _habit(  # noqa: PLR0913  whose, what they did, how evenly, what is told
    name: str,
    mine: NDArray[np.bool_],
    voices: pl.DataFrame,
    spacing: tuple[Floats, Floats, Floats] | None,
    *,
    k: int,
    level: float,
) -> Habit:
    users = int(mine.sum())
    own = voices.filter(pl.Series(mine[voices["who"].to_numpy()]))
    cells = {
        (row[0], row[1]): row[2:]
        for row in own.group_by("weekday", "hour")
        .agg(pl.len(), pl.col("voice").sum(), pl.col("voice").pow(2).sum().alias("squares"))
        .iter_rows()
    }
    hours = []
    for weekday in range(7):
        for hour in range(24):
            there, total, squares = cells.get((weekday, hour), (0, 0.0, 0.0))
            told = there == 0 or there >= k
            hours.append(
                Hour(
                    weekday=weekday,
                    hour=hour,
                    users=there if there >= k else 0,
                    share=_mean(users, total, squares, level) if told else None,
                )
            )
    paced = None
    if spacing is not None:
        gaps, even, bursty = spacing
        enough = mine & (gaps >= FEWEST)
        if enough.sum() >= k:
            number = int(enough.sum())
            shares = float(even[enough].mean()), float(bursty[enough].mean())
            told = (_part_of(share, number, level) for share in shares)
            paced = number, *told, max(1 - sum(shares), 0.0)
    return Habit(
        group=name,
        users=users,
        hours=tuple(hours),
        nights=_part(own, "night", users, level),
        weekends=_part(own, "weekend", users, level),
        office=_part(own, "office", users, level),
        paced=paced[0] if paced else 0,
        even=paced[1] if paced else None,
        bursty=paced[2] if paced else None,
        by_chance=paced[3] if paced else None,
    )


def _part_of(share: float, users: int, level: float) -> Estimate:
    """A mean of chances, by Wilson's interval for as many yes-or-no answers."""
    low, high = wilson(np.array([share * users]), np.array([users]), level)
    return Estimate(value=share, low=min(float(low[0]), share), high=max(float(high[0]), share))


def _part(own: pl.DataFrame, which: str, users: int, level: float) -> Estimate:
    each = own.filter(which).group_by("who").agg(pl.col("voice").sum())["voice"].to_numpy()
    return _mean(users, float(each.sum()), float((each**2).sum()), level)


def _mean(users: int, total: float, squares: float, level: float) -> Estimate:
    """A mean of shares, by Wilson's interval for as many yes-or-no answers as vary so much."""
    mean = min(total / users, 1.0)
    variance = max(squares / users - mean**2, 0.0) / max(users - 1, 1)
    size = mean * (1 - mean) / variance if variance > 0 else float(users)
    low, high = wilson(np.array([mean * size]), np.array([size]), level)
    return Estimate(value=mean, low=min(float(low[0]), mean), high=max(float(high[0]), mean))


def _spacing(given: UserActivity) -> tuple[Floats, Floats, Floats] | None:
    """Of each user: gaps between active days, how likely they are even, how likely in bursts."""
    gaps = gaps_of(given)
    numbers = [gaps[name].to_numpy().astype(np.float64) for name in ("gaps", "logs", "total")]
    try:
        found = regularity_of(*numbers)
    except DataError:  # nobody was there often enough
        return None
    return numbers[0], found.even, found.bursty
