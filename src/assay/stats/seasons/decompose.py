"""Many regular series taken apart at once, by robust least squares with correlated errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtrit

from assay.core.errors import DataError
from assay.stats.given import numbers
from assay.stats.seasons.regressors import regressors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    Floats = NDArray[np.float64]

HUBER: Final = 1.345
"""Deviations beyond which a point counts less: 95 % efficient where errors are normal."""
_ROUNDS: Final = 4
_HIGHEST: Final = 0.95
_SPARE: Final = 3
_RIDGE: Final = 1e-13
_FLAT: Final = 1e-6
_BEYOND: Final = 15.0
_START: Final = 8.0
_FINEST: Final = 1e-8
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """The parts of each series: its trend, seasons, effects and remainder add up to its values.

    Series are rows. A series with too few points has NaN everywhere, and `enough` says so.

    Attributes:
        trend: where the series would be without seasons and events.
        seasons: by period, then series and step; each of mean zero over a full cycle.
        effects: by event and series, what was added on its steps, with `effect_low` and
            `effect_high`.
        remainder: NaN where a point has no value.
        strength: by period and series: share of the variation around the trend that the season
            makes up, from 0 to 1.
        p_values: by period and series: how often a series without that season looks as seasonal.
        rho: correlation of neighbouring remainders.
        sd: of the remainders of points with the average weight, outliers counting less.

    References:
        Wang, Smith & Hyndman (2006), Characteristic-based clustering for time series data, Data
        Mining and Knowledge Discovery 13; Hyndman & Athanasopoulos (2021), Forecasting: Principles
        and Practice, 3rd ed., sec. 4.3 (strength of a season).
    """

    periods: tuple[int, ...]
    events: tuple[str, ...]
    trend: NDArray[np.float64]
    seasons: NDArray[np.float64]
    effects: NDArray[np.float64]
    effect_low: NDArray[np.float64]
    effect_high: NDArray[np.float64]
    remainder: NDArray[np.float64]
    strength: NDArray[np.float64]
    p_values: NDArray[np.float64]
    rho: NDArray[np.float64]
    sd: NDArray[np.float64]
    enough: NDArray[np.bool_]


def decompose(
    rows: ArrayLike,
    *,
    periods: Sequence[int] = (7,),
    events: Mapping[str, Sequence[int]] | None = None,
    errors: ArrayLike | None = None,
    level: float = 0.95,
) -> Decomposition:
    """Trend, seasons, effects of named events and remainder of regular series.

    The trend is made of straight pieces. Points count by their standard errors and less where they
    lie far off (Huber). Tests and intervals allow for the correlation of neighbouring errors.

    Args:
        rows: series by steps; NaN where there is no value.
        periods: of seasons, in steps; each fits twice into the series at least.
        events: steps on which something is known to have acted; all steps of a name share one
            effect.
        errors: standard errors of the points, of the shape of `rows`.
        level: of the intervals of effects.

    Raises:
        DataError: for infinite values, shapes that do not agree, periods or steps out of range.

    References:
        Huber (1964), Robust estimation of a location parameter, Ann. Math. Stat. 35.
        Prais & Winsten (1954), Trend estimators and serial correlation, Cowles Commission 383.
    """
    y, weight, here = _checked(rows, errors, level)
    parts = regressors(y.shape[1], periods=periods, events=events or {})
    x = parts.columns
    spare = here.sum(axis=1) - x.shape[1]
    enough = spare >= _SPARE
    fit = _fitted(np.where(here, y, 0.0), weight * here, here, x, parts.trend.stop)
    blank = np.where(enough, 1.0, np.nan)[:, None]

    def drawn(part: slice) -> Floats:
        return blank * (fit.beta[:, part] @ x[:, part].T)

    trend = drawn(parts.trend)
    seasons = np.array([drawn(part) for _, part in parts.seasons]).reshape(-1, *y.shape)
    remainder = np.where(here, y, np.nan) - blank * (fit.beta @ x.T)
    column = [place for _, place in parts.events]
    spread = np.sqrt(np.maximum(np.einsum("sii->si", fit.covariance)[:, column], 0.0))
    half = -stdtrit(np.maximum(spare, 1), (1 - level) / 2)[:, None] * spread * blank
    effects = fit.beta[:, column] * blank
    return Decomposition(
        periods=tuple(period for period, _ in parts.seasons),
        events=tuple(name for name, _ in parts.events),
        trend=trend,
        seasons=seasons,
        effects=effects.T,
        effect_low=(effects - half).T,
        effect_high=(effects + half).T,
        remainder=remainder,
        strength=np.array([_strength(s, remainder, here, enough) for s in seasons]).reshape(
            -1, y.shape[0]
        ),
        p_values=np.array([_wald(fit, part, spare, enough) for _, part in parts.seasons]).reshape(
            -1, y.shape[0]
        ),
        rho=np.where(enough, fit.rho, np.nan),
        sd=np.where(enough, fit.sd, np.nan),
        enough=enough,
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    beta: NDArray[np.float64]
    covariance: NDArray[np.float64]
    rho: NDArray[np.float64]
    sd: NDArray[np.float64]


def _fitted(y: Floats, weight: Floats, here: NDArray[np.bool_], x: Floats, slow: int) -> _Fit:
    """Huber's weights first under independent errors, then with the correlation they leave."""
    points = np.maximum(here.sum(axis=1), 1)
    spare = np.maximum(points - x.shape[1], 1)
    rho, robust = np.zeros(y.shape[0]), np.ones_like(y)
    gram = _Products(x, here)
    tame = _tamed(y, here)
    least = _FINEST * np.abs(tame).max(axis=1)
    for turn in range(_ROUNDS + 1):
        moment, target = gram.normal(weight * robust, y if turn else tame, rho)
        beta = np.linalg.solve(moment, target[:, :, None])[:, :, 0]
        left = np.where(here, y - beta @ x.T, 0.0) * np.sqrt(weight)
        far = np.abs(left)
        scale = _quantile(far, here, 0.5) / 0.6745
        scale = np.where(scale > least, scale, _quantile(far, here, 0.9) / 1.6449)
        bound = (HUBER * np.maximum(scale, least) + _TINY)[:, None]
        robust = np.where(far > bound, bound / np.where(far > 0, far, 1.0), 1.0)
        robust[far > _BEYOND * bound] = 0.0
        if turn == _ROUNDS - 1:
            rho = _correlation(np.clip(left, -2 * bound, 2 * bound), here, points, slow)
    clipped = np.clip(left, -bound, bound)
    inside = np.maximum(np.where(here, far <= bound, 0).sum(axis=1) / points, 0.1)
    wider = 1 + x.shape[1] / points * (1 - inside) / inside
    sd = wider * np.sqrt((clipped**2).sum(axis=1) / spare) / inside
    sd = np.where(sd > 2 * least, sd, 0.0)
    scatter = sd**2 * (1 - rho**2)
    moment, _ = gram.normal(weight, y, rho)
    covariance: Floats = np.linalg.inv(moment) * scatter[:, None, None]
    return _Fit(np.asarray(beta, dtype=np.float64), covariance, rho, sd)


class _Products:
    """Products of regressors with themselves and their predecessors, made once for all series."""

    def __init__(self, x: Floats, here: NDArray[np.bool_]) -> None:
        self._x, self._k = x, x.shape[1]
        before = np.vstack((np.zeros((1, self._k)), x[:-1]))
        self._before = before
        self._own = np.einsum("ti,tj->tij", x, x).reshape(x.shape[0], -1)
        self._past = np.einsum("ti,tj->tij", before, before).reshape(x.shape[0], -1)
        cross = np.einsum("ti,tj->tij", x, before)
        self._cross = (cross + cross.transpose(0, 2, 1)).reshape(x.shape[0], -1)
        self._pair = np.zeros(here.shape)
        self._pair[:, 1:] = here[:, 1:] & here[:, :-1]

    def normal(self, weight: Floats, y: Floats, rho: Floats) -> tuple[Floats, Floats]:
        """The normal equations of each series, its errors whitened where neighbours have values."""
        root = np.sqrt(weight)
        paired = root * self._pair
        both = np.zeros_like(paired)
        both[:, 1:] = paired[:, 1:] * root[:, :-1]
        past = np.zeros_like(paired)
        past[:, 1:] = self._pair[:, 1:] * weight[:, :-1]
        r = rho[:, None]
        alone = weight * (self._pair + (1 - self._pair) * (1 - r * r))
        flat = alone @ self._own - r * (both @ self._cross) + r * r * (past @ self._past)
        moment = flat.reshape(-1, self._k, self._k)
        behind = np.zeros_like(y)
        behind[:, 1:] = y[:, :-1]
        target = (
            (alone * y) @ self._x
            - r * ((both * y) @ self._before + (both * behind) @ self._x)
            + r * r * ((past * behind) @ self._before)
        )
        size = np.einsum("sii->s", moment) / self._k
        ridge = _RIDGE * np.where(size > 0, size, 1.0)
        return moment + ridge[:, None, None] * np.eye(self._k), target


def _tamed(y: Floats, here: NDArray[np.bool_]) -> Floats:
    """Values held near the middle of their series, to start from."""
    middle = _quantile(y, here, 0.5)[:, None]
    off = np.where(here, y - middle, 0.0)
    far = np.abs(off)
    reach = _quantile(far, here, 0.5)
    reach = _START * np.where(reach > 0, reach, _quantile(far, here, 0.9))[:, None]
    return np.where(here, middle + np.clip(off, -reach, reach), 0.0)


def _quantile(values: Floats, here: NDArray[np.bool_], share: float) -> Floats:
    """A quantile of each row's values that are there, to the nearest of them; 0 without any."""
    ordered = np.sort(np.where(here, values, np.inf), axis=1)
    count = here.sum(axis=1)
    place = np.minimum((share * count).astype(np.intp), np.maximum(count - 1, 0))
    found = np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]
    return np.where(count > 0, found, 0.0)


def _correlation(left: Floats, here: NDArray[np.bool_], points: Floats, slow: int) -> Floats:
    """Of neighbouring remainders; what the trend's columns take from it is put back."""
    both = here[:, 1:] & here[:, :-1]
    size = (left**2).sum(axis=1)
    share = both.sum(axis=1) / points
    raw = (left[:, 1:] * left[:, :-1] * both).sum(axis=1) / np.where(size > 0, size, 1.0)
    raw = raw / np.where(share > 0, share, 1.0)
    rho: Floats = np.clip(raw + (slow * (1 + raw) + 2 * raw) / points, 0.0, _HIGHEST)
    return rho


def _strength(
    season: Floats, remainder: Floats, here: NDArray[np.bool_], enough: NDArray[np.bool_]
) -> Floats:
    """1 − variance of the remainder ÷ variance of remainder and season together."""
    found = np.full(season.shape[0], np.nan)
    left = np.where(here, remainder, np.nan)[enough]
    both = np.nanvar(left + season[enough], axis=1)
    share = np.nanvar(left, axis=1) / np.where(both > 0, both, 1.0)
    found[enough] = np.where(both > 0, np.maximum(0.0, 1 - share), 0.0)
    return found


def _wald(fit: _Fit, part: slice, spare: Floats, enough: NDArray[np.bool_]) -> Floats:
    """p-value of a season's columns together."""
    found = np.full(fit.beta.shape[0], np.nan)
    beta, covariance = fit.beta[enough, part], fit.covariance[enough, part, part]
    k = beta.shape[1]
    sure = fit.sd[enough] > 0
    safe = np.where(sure[:, None, None], covariance, np.eye(k))
    ratio = np.einsum("si,si->s", beta, np.linalg.solve(safe, beta[:, :, None])[:, :, 0]) / k
    size = np.abs(fit.beta[enough]).max(axis=1)
    flat = np.where(np.abs(beta).max(axis=1) > _FLAT * size, 0.0, 1.0)
    found[enough] = np.where(sure, fdtrc(k, np.maximum(spare[enough], 1), ratio), flat)
    return found


def _checked(
    rows: ArrayLike, errors: ArrayLike | None, level: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Values, weights of mean about one, and where there are values."""
    y = numbers(rows, name="rows")
    if y.ndim != 2 or y.shape[1] < 2:
        raise DataError(f"rows of shape {y.shape}, expected series by two steps or more")
    if np.isinf(y).any():
        raise DataError("rows hold infinite values, expected numbers, or NaN where there is none")
    if not 0 < level < 1:
        raise DataError(f"level={level}, expected between 0 and 1")
    here = np.isfinite(y)
    if errors is None:
        return y, np.ones_like(y), here
    given = numbers(errors, name="errors")
    if given.shape != y.shape:
        raise DataError(f"errors of shape {given.shape}, expected {y.shape} as the rows")
    if bool((given[here] < 0).any()) or bool(np.isinf(given).any()):
        raise DataError("errors hold negative or infinite values, expected standard errors")
    return y, weights_of_rows(y, given), here


def weights_of_rows(y: Floats, errors: Floats) -> Floats:
    """Inverse variances by row: each error's square and a scatter shared by the row's points.

    The shared part is what differences of neighbours show beyond the errors, judged by medians.
    """
    if y.shape[1] < 2:
        return np.ones_like(y)
    usable = np.isfinite(errors) & np.isfinite(y)
    some = np.count_nonzero(usable, axis=1) > 0
    masked = np.where(usable, errors, np.nan)
    masked[~some] = 1.0
    middle = np.nanmedian(masked, axis=1, keepdims=True)
    variance = np.where(usable, errors, middle) ** 2
    steps = np.abs(np.diff(y, axis=1))
    steps[~np.isfinite(steps).any(axis=1)] = 0.0
    total = 0.5 * (np.nanmedian(steps, axis=1, keepdims=True) / 0.6745) ** 2
    both = variance + np.maximum(0.0, total - np.median(variance, axis=1, keepdims=True))
    usual = np.median(both, axis=1, keepdims=True)
    both = np.where(usual > 0, np.maximum(both, 1e-3 * usual), 1.0)
    weight = np.where(some[:, None], 1 / both, 1.0)
    scaled: Floats = weight / np.mean(weight, axis=1, keepdims=True)
    return scaled
