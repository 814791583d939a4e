"""Satisfaction within users: the mean trend, users by class, and who left."""

from __future__ import annotations

from datetime import timedelta
from math import sqrt
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from assay.analysis.personalisation.kinds import kinds_of
from assay.analysis.personalisation.result import ClassCount, Leaving, Thumb, Trend, WeekLevel
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.personal_trends import (
    CLASSES,
    PersonalTrends,
    UserWeeks,
    personal_trends,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.personalisation.result import Verdict
    from assay.features.personal_weeks import PersonalWeeks

    Floats = NDArray[np.float64]

NAMES: Final[tuple[Literal["improving", "stable", "declining"], ...]] = CLASSES


def trend_of(  # noqa: PLR0913  weeks, what matters, who counts, who left, what is told, how sure
    given: PersonalWeeks,
    *,
    smallest: float,
    least_weeks: int,
    quiet: int,
    surely: float,
    k: int,
    seed: int,
    level: float,
) -> Trend:
    """The mixed model of all users with a rating.

    Raises:
        DataError: where there is too little to tell.
    """
    rated = given.ratings
    if rated.is_empty():
        raise DataError(f"no user gave a rating{_why(given)}")
    who = rated["who"].to_numpy()
    known, place = np.unique(who, return_inverse=True)
    if known.size < k:
        raise DataError(f"fewer than {k} users gave a rating: {known.size}")
    weeks = UserWeeks(
        place.astype(np.int64),
        rated["week"].to_numpy().astype(np.int64),
        rated["n"].to_numpy(),
        rated["mean"].to_numpy(),
        rated["square"].to_numpy(),
    )
    left = given.users["last"].to_numpy()[known] < given.weeks - quiet
    found = personal_trends(weeks, smallest=smallest, left=left, least_weeks=least_weeks, seed=seed)
    counted = int(found.users.counted.sum())
    if counted < k:
        raise DataError(
            f"fewer than {k} users gave ratings in {least_weeks} weeks or more: {counted}"
        )
    slope = _student(found, 1, level)
    chances = found.users.chance[found.users.counted]
    return Trend(
        verdict=verdict_of(slope, smallest),
        slope=slope,
        level=_student(found, 0, level),
        users=known.size,
        ratings=int(weeks.n.sum()),
        counted=counted,
        told=counted / known.size,
        fitted=found.fitted,
        classes=_classes(found, chances, surely, counted, seed, level),
        unclear=int((chances.max(axis=1) < surely).sum()),
        lines=found.naive.line_up + found.naive.line_down,
        thumb=_thumb(found),
        kinds=kinds_of(
            weeks,
            found,
            given.users["group"].to_numpy().astype(np.str_)[known],
            smallest=smallest,
            k=k,
            level=level,
        ),
        slopes_differ=sqrt(found.fit.spread.slope),
        levels_differ=sqrt(found.fit.spread.level),
        rating_noise=sqrt(found.fit.noise.rating) if found.fit.free[0] else 0.0,
        week_noise=sqrt(found.fit.noise.week),
        lasting=found.fit.noise.lasting,
        shock=None if found.shocks.variance is None else sqrt(found.shocks.variance),
        weeks=_weeks(given, found, weeks, k, level),
        leaving=_leaving(found, quiet, left, level),
    )


def _why(given: PersonalWeeks) -> str:
    odd = [one.count for one in given.left_out if one.what == "ratings"]
    return f" from 0 to 1: {odd[0]} are below 0, above 1, or no number" if odd else ""


def verdict_of(slope: Estimate, smallest: float) -> Verdict:
    """Beyond what matters, surely within it, surely off zero, or none of these."""
    low, high = slope.low, slope.high
    if low is None or high is None:
        return "unclear"
    if low >= smallest:
        return "improving"
    if high <= -smallest:
        return "declining"
    if -smallest < low and high < smallest:
        return "stable"
    if low > 0:
        return "rising"
    return "falling" if high < 0 else "unclear"


def _student(found: PersonalTrends, which: int, level: float) -> Estimate:
    reach = float(stdtrit(found.shocks.freedom, (1 + level) / 2))
    reach *= sqrt(float(found.shocks.covariance[which, which]))
    value = found.shocks.line[which]
    return Estimate(value=value, low=value - reach, high=value + reach)


def _classes(  # noqa: PLR0913, PLR0917  private: what one table needs
    found: PersonalTrends, chances: Floats, surely: float, counted: int, seed: int, level: float
) -> tuple[ClassCount, ...]:
    lines = {"improving": found.naive.line_up, "declining": found.naive.line_down}
    told = []
    for i, name in enumerate(NAMES):
        value, low, high = found.users.number(i, level, seed=seed)
        told.append(
            ClassCount(
                name=name,
                expected=Estimate(value=value, low=low, high=high),
                share=Estimate(value=value / counted, low=low / counted, high=high / counted),
                sure=int((chances[:, i] >= surely).sum()),
                line=lines.get(name),
            )
        )
    return tuple(told)


def _thumb(found: PersonalTrends) -> Thumb:
    said = found.naive
    return Thumb(
        users=said.users,
        cut_up=said.cut_up,
        cut_down=said.cut_down,
        range_up=said.range_up,
        range=said.range,
        range_still=said.range_still,
    )


def _weeks(
    given: PersonalWeeks, found: PersonalTrends, weeks: UserWeeks, k: int, level: float
) -> tuple[WeekLevel, ...]:
    """Weeks in which k users or more rated."""
    reach = float(ndtri((1 + level) / 2))
    there = dict(zip(*np.unique(weeks.week, return_counts=True), strict=True))
    told = []
    for week, value, error in zip(
        found.shocks.weeks.tolist(),
        found.shocks.level.tolist(),
        found.shocks.error.tolist(),
        strict=True,
    ):
        start = given.start + timedelta(weeks=week)
        if there[week] >= k:
            told.append(
                WeekLevel(
                    start=start.isoformat(),
                    level=Estimate(
                        value=value, low=value - reach * error, high=value + reach * error
                    ),
                    complete=0 < week < given.weeks - 1
                    or (week > 0 and start + timedelta(days=6) <= given.last),
                )
            )
    return tuple(told)


def _leaving(
    found: PersonalTrends, quiet: int, left: NDArray[np.bool_], level: float
) -> Leaving | None:
    patterns = found.patterns
    if patterns is None:
        return None
    reach = float(ndtri((1 + level) / 2))

    def told(one: tuple[float, float]) -> Estimate:
        value, error = one
        return Estimate(value=value, low=value - reach * error, high=value + reach * error)

    return Leaving(
        quiet=quiet,
        users=int(left.sum()),
        share=patterns.share,
        stayed=told(patterns.stayed),
        left=told(patterns.left),
        gap=told(patterns.gap),
        mixed=told(patterns.mixed),
        tipping=patterns.tipping,
    )
