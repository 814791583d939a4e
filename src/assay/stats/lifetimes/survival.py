"""Who is still there after how long: curves with censoring, bands, and differences of groups."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import chdtrc, ndtri

from assay.core.errors import DataError
from assay.stats.given import numbers
from assay.stats.multiplicity.corrections import adjusted_p_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

DRAWS: Final = 2_000
"""Of the process whose largest excursion sets how wide a band is."""
LEAST_AT_RISK: Final = 5
"""Users at risk below whom a curve is not followed."""
LEAST_COMPARED: Final = 20
"""Users at risk in either group below whom curves are not compared."""
LEAST_LAPSED: Final = 10
"""Lapses in either group from which on they are: before, their errors are hardly known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Share of users who have not lapsed, at each time at which somebody did.

    Attributes:
        times: ascending; `at_risk`, `events`: users watched up to then, and who lapsed then.
        share: still there after that time; `low`, `high`: of each alone.
        band_low, band_high: hold the whole curve at once.
        until: the last time at which `LEAST_AT_RISK` users were watched.
        users, lapsed: in all.
        median: first time with half or fewer still there; None where it was not reached.
        median_low, median_high: its interval; None where the curve's ends did not come down to it.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    share: Floats
    low: Floats
    high: Floats
    band_low: Floats
    band_high: Floats
    until: float
    users: int
    lapsed: int
    median: float | None
    median_low: float | None
    median_high: float | None
    level: float


def kept_over_time(times: ArrayLike, lapsed: ArrayLike, *, seed: int, level: float = 0.95) -> Curve:
    """Kaplan and Meier's curve, with Greenwood's error on the scale log(−log).

    Right where being watched for longer or shorter says nothing of when somebody lapses. The band
    is of equal precision: the interval, widened until the largest of all excursions stays inside.

    Args:
        times: until each user lapsed, or, where they have not, until which they were watched.
        lapsed: 1 where they lapsed, 0 where they have not.
        seed: of the draws that set the width of the band.
        level: of intervals and band.

    Raises:
        DataError: where lengths differ, nobody is given, a time is missing or negative, or
            `lapsed` is not 0 or 1.

    References:
        Kaplan & Meier (1958), JASA 53; Kalbfleisch & Prentice (2002), The Statistical Analysis of
        Failure Time Data, section 1.4; Nair (1984), Technometrics 26 (band of equal precision).
    """
    time, gone = _checked(times, lapsed)
    at, risk, events, share, variance = _steps(time, gone)
    z = float(ndtri((1 + level) / 2))
    told = at.size > 0
    wide = _widest(variance, level, np.random.default_rng(seed)) if told else z
    low, high = _ends(share, variance, risk, z, level)
    band_low, band_high = _ends(share, variance, risk, wide, level)
    ordered = np.sort(time)
    until = float(ordered[max(ordered.size - LEAST_AT_RISK, 0)])
    keep = at <= until
    return Curve(
        times=at[keep],
        at_risk=risk[keep],
        events=events[keep],
        share=share[keep],
        low=low[keep],
        high=high[keep],
        band_low=band_low[keep],
        band_high=band_high[keep],
        until=until,
        users=time.size,
        lapsed=int(gone.sum()),
        median=_first(at[keep], share[keep]),
        median_low=_first(at[keep], low[keep]),
        median_high=_first(at[keep], high[keep]),
        level=level,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """One group against all the others together.

    Attributes:
        users: of the group; lapses `seen`, and `expected` were it like everybody.
        p_value: of the log-rank test, after Holm's correction for the number of groups.
        times: at which the curves are compared, none where too few lapsed.
        difference: share still there, of the group less that of the others;
            `low`, `high`: hold all times and all groups at once.
        differs: `p_value` is below 1 − level.
    """

    group: int
    users: int
    seen: float
    expected: float
    p_value: float
    times: Floats
    difference: Floats
    low: Floats
    high: Floats
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Whether groups lapse alike.

    Attributes:
        statistic, freedom, p_value: log-rank test of all groups at once.
        apart: each against the others, in their order; empty where there is one only.
    """

    statistic: float
    freedom: int
    p_value: float
    apart: tuple[Apart, ...]
    level: float


def lapse_by_group(
    times: ArrayLike,
    lapsed: ArrayLike,
    groups: ArrayLike,
    *,
    seed: int,
    level: float = 0.95,
) -> Groups:
    """Log-rank tests of groups, and where their curves part, all claims made at once.

    Args:
        times: until each user lapsed, or, where they have not, until which they were watched.
        lapsed: 1 where they lapsed, 0 where they have not.
        groups: whole number of each user's group.
        seed: of the draws that set the width of the bands.
        level: of all tests and bands together.

    Raises:
        DataError: as of `kept_over_time`, or where groups are no whole numbers, one per user.

    References:
        Mantel (1966), Cancer Chemotherapy Reports 50; Kalbfleisch & Prentice (2002), section 1.5;
        Holm (1979), Scandinavian Journal of Statistics 6.
    """
    time, gone = _checked(times, lapsed)
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    if group.shape != time.shape or names.dtype.kind not in "iu":
        raise DataError("groups are expected to be whole numbers, one per user")
    if names.size < 2:
        return Groups(statistic=0.0, freedom=0, p_value=1.0, apart=(), level=level)
    surplus, covariance, seen, expected = _log_rank(time, gone, group, names.size)
    statistic = float(surplus @ np.linalg.pinv(covariance) @ surplus)
    own = np.diag(covariance)
    alone = np.where(own > 0, surplus**2 / np.where(own > 0, own, 1.0), 0.0)
    # of two groups, one against the other is the other against the one
    claims = 1 if names.size == 2 else names.size
    raw = [float(chdtrc(1, v)) for v in alone]
    adjusted = raw if claims == 1 else adjusted_p_values(raw, "holm")
    rng = np.random.default_rng(seed)
    each = 1 - (1 - level) / claims
    return Groups(
        statistic=statistic,
        freedom=names.size - 1,
        p_value=float(chdtrc(names.size - 1, statistic)),
        level=level,
        apart=tuple(
            _apart(
                int(name),
                time,
                gone,
                group == k,
                (float(seen[k]), float(expected[k])),
                float(adjusted[k] or 0.0),
                each,
                1 - level,
                rng,
            )
            for k, name in enumerate(names)
        ),
    )


def _apart(  # noqa: PLR0913, PLR0917  whose curve, what the test said of it, how sure to be
    name: int,
    time: Floats,
    gone: Floats,
    mine: NDArray[np.bool_],
    told: tuple[float, float],
    p_value: float,
    level: float,
    alpha: float,
    rng: np.random.Generator,
) -> Apart:
    sides = [_steps(time[side], gone[side]) for side in (mine, ~mine)]
    ordered = [np.sort(time[side]) for side in (mine, ~mine)]
    until = min(float(one[max(one.size - LEAST_COMPARED, 0)]) for one in ordered)
    begins = max(_reached(side[0], side[2]) for side in sides)
    at = np.unique(np.concatenate([sides[0][0], sides[1][0]]))
    at = at[(begins <= at) & (at <= until)]
    shares, sums = [], []
    for steps, share, variance in ((s[0], s[3], s[4]) for s in sides):
        place = np.searchsorted(steps, at, side="right")
        shares.append(np.concatenate([[1.0], share])[place])
        sums.append(np.concatenate([[0.0], variance])[place])
    # where nobody of a group is left, Greenwood's sum has no end, and nothing is said any more
    sums = [np.where(np.isfinite(total), total, 0.0) for total in sums]
    error = np.sqrt(shares[0] ** 2 * sums[0] + shares[1] ** 2 * sums[1])
    known = (error > 0) & (shares[0] > 0) & (shares[1] > 0)
    difference = shares[0] - shares[1]
    wide = _widest_difference(shares, sums, error, known, level, rng) if known.any() else 0.0
    return Apart(
        group=name,
        users=int(mine.sum()),
        seen=told[0],
        expected=told[1],
        p_value=p_value,
        times=at,
        difference=difference,
        low=np.where(known, np.maximum(difference - wide * error, -1.0), -1.0),
        high=np.where(known, np.minimum(difference + wide * error, 1.0), 1.0),
        differs=p_value < alpha,
    )


def _reached(at: Floats, events: Floats) -> float:
    enough = np.flatnonzero(events.cumsum() >= LEAST_LAPSED)
    return float(at[enough[0]]) if enough.size else inf


def _checked(times: ArrayLike, lapsed: ArrayLike) -> tuple[Floats, Floats]:
    time, gone = numbers(times, name="times"), numbers(lapsed, name="lapsed")
    if not (time.ndim == 1 and time.shape == gone.shape and time.size):
        raise DataError(
            f"times and lapses of shapes {time.shape} and {gone.shape}, expected one entry per "
            "user in each, and at least one user"
        )
    if not (((time >= 0) & np.isfinite(time)).all() and np.isin(gone, (0, 1)).all()):
        raise DataError("times of 0 or more, and lapses of 0 or 1 are expected")
    return time, gone


def _steps(time: Floats, gone: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Times of lapses, users at risk, lapses, share kept, and Greenwood's sum."""
    at, events = np.unique(time[gone > 0], return_counts=True)
    risk = time.size - np.searchsorted(np.sort(time), at, side="left").astype(np.float64)
    share = np.cumprod(1 - events / risk, dtype=np.float64)
    with np.errstate(divide="ignore"):
        total = np.cumsum(events / (risk * (risk - events)))
    return at, risk, events.astype(np.float64), share, total


def _ends(
    share: Floats, total: Floats, risk: Floats, z: float, level: float
) -> tuple[Floats, Floats]:
    """On the scale log(−log share); where nobody is left, what so many lapses leave open."""
    inside = (share > 0) & np.isfinite(total)
    safe = np.where(inside, share, 0.5)
    half = z * np.sqrt(np.where(inside, total, 0.0)) / np.abs(np.log(safe))
    low, high = safe ** np.exp(half), safe ** np.exp(-half)
    before = np.concatenate([[1.0], share[:-1]])
    none = before * (1 - ((1 - level) / 2) ** (1 / risk))
    return np.where(inside, low, 0.0), np.where(inside, high, none)


def _widest(total: Floats, level: float, rng: np.random.Generator) -> float:
    """The multiplier that holds all times at once: of the largest |W(v)| / sqrt(v)."""
    grown = np.diff(total[np.isfinite(total)], prepend=0.0)
    if not grown.size:
        return float(ndtri((1 + level) / 2))
    walk = (rng.standard_normal((DRAWS, grown.size)) * np.sqrt(grown)).cumsum(axis=1)
    largest = np.abs(walk / np.sqrt(grown.cumsum())).max(axis=1)
    return float(np.quantile(largest, level))


def _widest_difference(  # noqa: PLR0913, PLR0917  two curves, where known, how sure
    shares: list[Floats],
    sums: list[Floats],
    error: Floats,
    known: NDArray[np.bool_],
    level: float,
    rng: np.random.Generator,
) -> float:
    whole: Floats = np.zeros((DRAWS, error.size))
    for share, total in zip(shares, sums, strict=True):
        grown = np.maximum(np.diff(total, prepend=0.0), 0.0)
        whole += share * (rng.standard_normal((DRAWS, grown.size)) * np.sqrt(grown)).cumsum(axis=1)
    return float(np.quantile(np.abs(whole[:, known] / error[known]).max(axis=1), level))


def _log_rank(
    time: Floats, gone: Floats, group: Whole, count: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Lapses beyond those expected, their covariance, lapses and expected lapses by group."""
    at, place = np.unique(time, return_inverse=True)
    left = np.zeros((at.size, count))
    lost = np.zeros((at.size, count))
    np.add.at(left, (place, group), 1.0)
    np.add.at(lost, (place, group), gone)
    risk = left[::-1].cumsum(axis=0)[::-1]
    events, whole = lost.sum(axis=1), risk.sum(axis=1)
    expected = risk * (events / whole)[:, None]
    part = risk / whole[:, None]
    scale = np.where(whole > 1, events * (whole - events) / np.maximum(whole - 1, 1.0), 0.0)
    covariance = np.diag(scale @ part) - (part * scale[:, None]).T @ part
    return (lost - expected).sum(axis=0), covariance, lost.sum(axis=0), expected.sum(axis=0)


def _first(times: Floats, share: Floats) -> float | None:
    reached = np.flatnonzero(share <= 0.5)
    return float(times[reached[0]]) if reached.size else None


def without_events(users: int, level: float) -> float:
    """The lowest share kept that so many users, none of whom lapsed, leave open."""
    return exp(log((1 - level) / 2) / users) if users else 0.0


def wilson(successes: ArrayLike, trials: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Wilson's interval of shares, 0 to 1 where there were no trials.

    References:
        Wilson (1927), JASA 22.
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = float(ndtri((1 + level) / 2))
    safe = np.maximum(n, 1.0)
    share, square = k / safe, z**2 / safe
    middle = (share + square / 2) / (1 + square)
    half = z * np.sqrt(share * (1 - share) / safe + square / (4 * safe)) / (1 + square)
    low = np.where(k <= 0, 0.0, middle - half)
    high = np.where(k >= n, 1.0, middle + half)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)
