"""How often users come back while they are alive, and when they stop: the BG/NBD model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, gammaln, ndtri, psi

from assay.core.errors import DataError
from assay.stats.lifetimes.climbing import FARTHEST, covariance_of, polished, top_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.lifetimes.histories import Histories

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

NAMES: Final = ("r", "alpha", "a", "b")
FEWEST: Final = 10
"""Users who came back below which nothing is fitted."""
_STARTS: Final = ((-1.0, -1.0, -0.2, 0.9), (0.5, 0.0, -1.5, 1.5), (-0.3, -0.7, 0.7, 0.7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The model's parameters with how surely they are known.

    While alive a user comes back at a rate of their own, gamma-distributed with shape r and rate
    alpha; after each return they stop for good with a probability of their own, beta-distributed
    with a and b.

    Attributes:
        first: they may stop after their first use, too (MBG/NBD), not after returns only (BG/NBD).
        r, alpha, a, b: alpha in the unit of time of the histories.
        covariance: of the logarithms of the parameters; 0 for those at an edge.
        edges: parameters whose best value is as far out as was looked: the data do not tell them.
        log_likelihood: natural logarithm, all users together.
        users, returned: users in all, and who came back.
    """

    first: bool
    r: float
    alpha: float
    a: float
    b: float
    covariance: tuple[tuple[float, ...], ...]
    edges: tuple[str, ...]
    log_likelihood: float
    users: int
    returned: int

    @property
    def parameters(self) -> Floats:
        """r, alpha, a, b, and 1 where users may stop after their first use, else 0."""
        return np.array([self.r, self.alpha, self.a, self.b, float(self.first)])

    @property
    def logs(self) -> Floats:
        """Logarithms of r, alpha, a, b."""
        return np.log([self.r, self.alpha, self.a, self.b])

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float] | None:
        """Where a parameter lies, by its standard error on the logarithmic scale.

        None for a parameter at an edge. Of 1,500 users, intervals of 95 % hold .89 to .96; those of
        `profile_interval` do better, and cost more.
        """
        at = NAMES.index(name)
        if name in self.edges:
            return None
        half = float(ndtri((1 + level) / 2)) * float(np.sqrt(self.covariance[at][at]))
        middle = float(self.logs[at])
        return float(np.exp(middle - half)), float(np.exp(middle + half))


def better_fit(given: Histories) -> Fitted:
    """Whether users may stop after their first use as well, or after returns only: the likelier.

    Both models have as many parameters, so that their likelihoods compare as they are.

    Raises:
        DataError: as of `fit_returns`.
    """
    one, other = fit_returns(given), fit_returns(given, first=True)
    return one if one.log_likelihood >= other.log_likelihood else other


def fit_returns(given: Histories, *, first: bool = False) -> Fitted:
    """The model of returns that makes the histories most likely.

    Searched from several starts on the logarithms of the parameters by quasi-Newton steps, then
    brought to the top by Newton's; independent of the unit of time.

    Args:
        given: of `histories`.
        first: users may stop after their first use, too.

    Raises:
        DataError: with fewer than `FEWEST` users who came back, or where everybody who came back
            did so in every moment alike, so that nothing tells stopping from being slow.

    References:
        Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24,
        equation 6; Batislam, Denizel & Filiztekin (2007), International Journal of Research in
        Marketing 24 (stopping after the first use).
    """
    if given.returned < FEWEST:
        raise DataError(
            f"{given.returned} of {given.users} users came back, needs {FEWEST}",
            remedy="watch for longer, or use a shorter period",
        )
    if given.repeats.size == 1:
        raise DataError(
            "all users have the same history, so that nothing tells them apart",
            remedy="watch users who began at different times, or for longer",
        )
    scaled = _prepared(given, first=first)
    best, top = top_of(scaled.climb, _STARTS, given.users)
    covariance, inside = covariance_of(scaled.climb, best)
    r, alpha, a, b = np.exp(best + scaled.shift)
    return Fitted(
        first=first,
        r=float(r),
        alpha=float(alpha),
        a=float(a),
        b=float(b),
        covariance=tuple(map(tuple, covariance.tolist())),
        edges=tuple(name for name, free in zip(NAMES, inside, strict=True) if not free),
        log_likelihood=top - float(given.weight @ given.repeats * np.log(scaled.unit)),
        users=given.users,
        returned=given.returned,
    )


def profile_interval(
    given: Histories, fitted: Fitted, name: str, level: float = 0.95
) -> tuple[float | None, float | None]:
    """Values of a parameter that the data do not reject, the others at their best for each.

    Better than a standard error where the likelihood is lopsided. An end is None where even the
    farthest value is not rejected.

    Raises:
        DataError: where the name is not one of the model's.
    """
    if name not in NAMES:
        raise DataError(f"parameter {name!r}, expected one of {', '.join(NAMES)}")
    at = NAMES.index(name)
    scaled = _prepared(given, first=fitted.first)
    start = fitted.logs - scaled.shift
    others = [k for k in range(4) if k != at]
    top = _climb(start, scaled)[0]
    drop = float(ndtri((1 + level) / 2)) ** 2 / 2
    step = max(float(np.sqrt(fitted.covariance[at][at])), 0.05)
    found: list[float | None] = []
    for way in (-1, 1):
        inner, outer, warm, value = float(start[at]), float(start[at]), start, top
        while top - value <= drop and abs(outer) < FARTHEST:
            inner = outer
            outer = float(np.clip(outer + way * step, -FARTHEST, FARTHEST))
            moved, value = polished(scaled.climb, _moved(warm, at, outer), others, given.users)
            warm = moved if top - value <= drop else warm
        if top - value <= drop:
            found.append(None)
            continue
        while abs(outer - inner) > 1e-4:
            middle = (inner + outer) / 2
            warm, value = polished(scaled.climb, _moved(warm, at, middle), others, given.users)
            inner, outer = (middle, outer) if top - value <= drop else (inner, middle)
        found.append(float(np.exp(inner + scaled.shift[at])))
    return found[0], found[1]


def _moved(logs: Floats, at: int, value: float) -> Floats:
    moved = logs.copy()
    moved[at] = value
    return moved


def drawn_parameters(
    given: Histories, fitted: Fitted, count: int, rng: np.random.Generator
) -> Floats:
    """Parameters as they may well be, given the data: `count` rows as of `Fitted.parameters`.

    Drawn around the best from Student's distribution with five degrees of freedom and kept in
    proportion to their likelihood (sampling, importance, resampling), so that a lopsided likelihood
    is followed; flat on the logarithmic scale beforehand. Parameters at an edge stay there.
    """
    scaled = _prepared(given, first=fitted.first)
    centre = fitted.logs - scaled.shift
    covariance = np.array(fitted.covariance)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    tries = count * 4
    normal = rng.standard_normal((tries, 4))
    spread = np.sqrt(5.0 / rng.chisquare(5, tries))[:, None]
    logs = centre + (normal * spread) @ root.T
    inside = (np.abs(logs) <= FARTHEST + 1e-9).all(axis=1)
    size = int((values > 0).sum())
    told = (
        -(5 + size) / 2 * np.log1p((normal**2)[:, values > 0].sum(axis=1) * spread[:, 0] ** 2 / 5)
    )
    weight = np.full(tries, -np.inf)
    for k in np.flatnonzero(inside):
        weight[k] = _climb(logs[k], scaled)[0] - told[k]
    chance = np.exp(weight - weight.max())
    edges = np.cumsum(chance) / chance.sum()
    picked = np.searchsorted(edges, (np.arange(count) + rng.random()) / count)
    found = np.exp(logs[np.minimum(picked, tries - 1)] + scaled.shift)
    return np.column_stack([found, np.full(count, float(fitted.first))])


def log_likelihood(  # noqa: PLR0913  the parameters of the model
    given: Histories, *, r: float, alpha: float, a: float, b: float, first: bool = False
) -> float:
    """How likely the histories are under given parameters: its natural logarithm.

    Raises:
        DataError: where a parameter is not above 0.
    """
    if not min(r, alpha, a, b) > 0:
        raise DataError(f"r={r}, alpha={alpha}, a={a}, b={b}, expected each above 0")
    return _climb(np.log([r, alpha, a, b]), _prepared(given, 1.0, first=first))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """Histories with time measured in `unit`, and what of them depends on the count alone."""

    last: Floats
    age: Floats
    repeats: Floats
    weight: Floats
    counts: Floats
    place: Whole
    per_count: Floats
    users: int
    unit: float
    first: bool

    @property
    def shift(self) -> Floats:
        """What to add to logarithms of parameters to have them in the unit of the histories."""
        return np.array([0.0, np.log(self.unit), 0.0, 0.0])

    def climb(self, logs: Floats) -> tuple[float, Floats]:
        """Log likelihood and its slope in the logarithms of the parameters."""
        return _climb(logs, self)


def _prepared(given: Histories, unit: float | None = None, *, first: bool) -> _Prepared:
    unit = unit or float(given.weight @ given.age) / given.users
    counts, place = np.unique(given.repeats, return_inverse=True)
    return _Prepared(
        last=given.last / unit,
        age=given.age / unit,
        repeats=given.repeats,
        weight=given.weight,
        counts=counts,
        place=place,
        per_count=np.bincount(place, weights=given.weight).astype(np.float64),
        users=given.users,
        unit=unit,
        first=first,
    )


def _climb(logs: Floats, given: _Prepared) -> tuple[float, Floats]:
    """Log likelihood and its slope in the logarithms of the parameters."""
    r, alpha, a, b = np.exp(logs)
    counts, place, per_count = given.counts, given.place, given.per_count
    chances = counts + given.first  # after how many uses they may have stopped
    back = chances > 0
    rest = np.where(back, b + chances - 1, 1.0)
    by_count = (
        gammaln(r + counts)
        - gammaln(r)
        + r * logs[1]
        + gammaln(a + b)
        - gammaln(a + b + chances)
        + gammaln(b + chances)
        - gammaln(b)
    )
    log_stop = np.where(back, logs[2] - np.log(rest), -np.inf)
    shape = r + given.repeats
    watched, seen = np.log(alpha + given.age), np.log(alpha + given.last)
    alive, stopped = -shape * watched, log_stop[place] - shape * seen
    value = per_count @ by_count + given.weight @ np.logaddexp(alive, stopped)
    gone = expit(stopped - alive) * given.weight  # users who have stopped
    here = given.weight - gone
    gone_per_count = np.bincount(place, weights=gone)
    slope_r = per_count @ (psi(r + counts) - psi(r) + logs[1]) - here @ watched - gone @ seen
    slope_alpha = given.users * r / alpha - shape @ (
        here / (alpha + given.age) + gone / (alpha + given.last)
    )
    both = psi(a + b) - psi(a + b + chances)
    slope_a = per_count @ both + gone_per_count.sum() / a
    slope_b = per_count @ (psi(b + chances) - psi(b) + both)
    slope_b -= gone_per_count @ np.where(back, 1 / rest, 0.0)
    slopes = np.array([slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b])
    return float(value), slopes
