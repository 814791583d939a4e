"""Learning-type curves: several laws at once, weighed by the data, with an honest end.

Extrapolating one law hides most of what is not known: laws that fit the same points alike end at
different heights. Here every law speaks with its Akaike weight, and within a law every θ with its
profile likelihood; given θ, level and gain are Student t. Intervals and probabilities are those of
the whole mixture.

References:
    Burnham and Anderson (2002), Model selection and multimodel inference, 2nd ed., ch. 2 and 4
    (AICc, Akaike weights).
    Severini (2000), Likelihood methods in statistics, ch. 4 (profile likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, log
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError
from assay.stats.given import numbers
from assay.stats.learning.laws import LAWS, Law, lines, polished

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

LEAST: Final = 4
NEGLIGIBLE: Final = 1e-6
"""Share of the mixture below which a component is left out."""
PRECISION: Final = 1e-9
"""Of quantiles, in shares of the range of the parts' own."""

_Mixture = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Weights, means, scales and degrees of freedom of Student t distributions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawFit:
    """One law at its best.

    Attributes:
        law: its name.
        weight: its Akaike weight among the laws that could be fitted.
        asymptote: where it ends.
        gain: asymptote − the value at the first place, by this law.
        parameters: name → value of the rest.
        misfit: weighted sum of squared residuals.
        aicc: Akaike's criterion, corrected for few points.
    """

    law: str
    weight: float
    asymptote: float
    gain: float
    parameters: dict[str, float]
    misfit: float
    aicc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Part:
    """Of the mixture, the θ of one law that matter (one row each; `constant` has a single one).

    Attributes:
        law: None for the constant.
        logs: logarithms of θ, (rows, p).
        weight: share of the mixture, (rows,).
        means: a and b, (rows, 2).
        covariance: of a and b: aa, ab, bb, (rows, 3).
        freedom: degrees of freedom.
    """

    law: Law | None
    logs: NDArray[np.float64]
    weight: NDArray[np.float64]
    means: NDArray[np.float64]
    covariance: NDArray[np.float64]
    freedom: int

    def shape(self, place: float) -> NDArray[np.float64]:
        """F at a place for each θ, (rows,)."""
        if self.law is None:
            return np.zeros(1)
        return self.law.shape(np.array([place]), self.logs)[:, 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """What the laws together say.

    Attributes:
        fits: each law at its best, the weightiest first; `constant` is no learning at all.
        last: the last place of the data.
        better: the direction of gains.
        notes: laws that could not be fitted, and why.
        parts: the mixture.
    """

    fits: tuple[LawFit, ...]
    last: float
    better: Literal["higher", "lower"]
    notes: tuple[str, ...]
    parts: tuple[Part, ...]

    def at(self, place: float, *, level: float = 0.95) -> Estimate:
        """The curve at a place; a new value there has noise beside it.

        Raises:
            DataError: where the place is not positive, or the level no share.
        """
        _positive("place", place)
        return _estimate(self._mixture(1, lambda part: part.shape(place)), level)

    def asymptote(self, *, level: float = 0.95) -> Estimate:
        """Where it ends. Wide while nothing levels off yet: then every end fits."""
        return _estimate(self._mixture(1, lambda part: np.zeros(part.weight.size)), level)

    def gain(self, ahead: float, *, level: float = 0.95) -> Estimate:
        """What the next `ahead` places add to the curve, in the direction that is better."""
        return _estimate(self._gains(ahead), level)

    def plateau(self, ahead: float, delta: float) -> float:
        """P(the next `ahead` places add less than `delta`)."""
        _positive("delta", delta)
        return float(_below(self._gains(ahead), delta))

    def _gains(self, ahead: float) -> _Mixture:
        _positive("ahead", ahead)
        sign = 1 if self.better == "higher" else -1
        last = self.last
        return self._mixture(0, lambda part: sign * (part.shape(last + ahead) - part.shape(last)))

    def _mixture(self, ends: float, shape: Callable[[Part], NDArray[np.float64]]) -> _Mixture:
        """Of ends · a + shape · b."""
        means, scales, freedoms = [], [], []
        for part in self.parts:
            share = shape(part)
            means.append(ends * part.means[:, 0] + share * part.means[:, 1])
            variance = part.covariance @ np.array([ends**2, 0, 0]) + (
                2 * ends * share * part.covariance[:, 1] + share**2 * part.covariance[:, 2]
            )
            scales.append(np.sqrt(np.maximum(variance, 0)))
            freedoms.append(np.full(share.size, part.freedom))
        weight = np.concatenate([part.weight for part in self.parts])
        return weight, np.concatenate(means), np.concatenate(scales), np.concatenate(freedoms)


def learning_curve(
    x: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    better: Literal["higher", "lower"] = "higher",
) -> LearningCurve:
    """Power, exponential, hyperbolic and Weibull law and a constant, each fitted and weighed.

    Args:
        x: places: amount of practice, positive (the first attempt is 1), in any order.
        y: what was reached there.
        weights: 1 ÷ variance of each y, up to a common factor; equal where not given.
        better: which direction a gain has.

    Raises:
        DataError: where numbers are missing, places not positive, weights not positive, fewer than
            four points, or all at one place.
    """
    places, values = numbers(x, name="places"), numbers(y, name="values")
    weight = np.ones(places.shape) if weights is None else numbers(weights, name="weights")
    _check(places, values, weight)
    n = values.size
    weight = weight * n / weight.sum()
    centre = float(weight @ values) / n
    total = float(weight @ (values - centre) ** 2)
    floor = 1e-24 * float(weight @ values**2) + 1e-300
    notes = []
    found = [_constant(centre, max(total, floor), n)]
    for law in LAWS if total > floor else ():
        if n < len(law.parameters) + 5:
            notes.append(
                f"{law.name} law not fitted: {n} points, expected {len(law.parameters) + 5}"
            )
        else:
            found.append(_fitted(law, places, values, weight, floor))
    if not total > floor:
        notes.append(f"constant: {centre:g} at all {n} places")
    aicc = np.array([fit.aicc for fit, _ in found])
    shares = np.exp(-0.5 * (aicc - aicc.min()))
    shares /= shares.sum()
    fits = [
        replace(fit, weight=float(share)) for (fit, _), share in zip(found, shares, strict=True)
    ]
    parts = [
        replace(part, weight=part.weight * share)
        for (_, part), share in zip(found, shares, strict=True)
    ]
    return LearningCurve(
        fits=tuple(sorted(fits, key=lambda fit: -fit.weight)),
        last=float(places.max()),
        better=better,
        notes=tuple(notes),
        parts=tuple(_relevant(part) for part in parts if part.weight.max() > NEGLIGIBLE),
    )


def _check(
    places: NDArray[np.float64], values: NDArray[np.float64], weight: NDArray[np.float64]
) -> None:
    if not (places.ndim == 1 and places.shape == values.shape == weight.shape):
        raise DataError(
            f"shapes {places.shape}, {values.shape}, {weight.shape} of places, values and weights, "
            "expected three rows alike"
        )
    if places.size < LEAST:
        raise DataError(f"{places.size} points, expected {LEAST} or more")
    for name, row, least in (("place", places, 0), ("value", values, -inf), ("weight", weight, 0)):
        wrong = ~((row > least) & (row < inf))
        if wrong.any():
            at = int(np.argmax(wrong))
            wanted = "a finite number" if least else "a positive number"
            raise DataError(f"{name} {row[at]:g} at point {at + 1}, expected {wanted}")
    if np.ptp(places) == 0:
        raise DataError(f"all {places.size} points are at place {places[0]:g}, expected several")


def _constant(centre: float, misfit: float, n: int) -> tuple[LawFit, Part]:
    fit = LawFit(
        law="constant",
        weight=0,
        asymptote=centre,
        gain=0,
        parameters={},
        misfit=misfit,
        aicc=_aicc(misfit, n, 2),
    )
    covariance = np.array([[misfit / (n - 1) / n, 0, 0]])
    means = np.array([[centre, 0]])
    return fit, Part(None, np.zeros((1, 0)), np.ones(1), means, covariance, n - 1)


def _fitted(
    law: Law,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    floor: float,
) -> tuple[LawFit, Part]:
    n, grid = y.size, law.grid(x)
    start = lines(law.shape(x, grid), y, weight)
    best = polished(law, x, y, weight, grid[int(np.argmin(start.misfit))])
    logs = np.concatenate((best[None], grid))
    all_lines = lines(law.shape(x, logs), y, weight)
    misfit = np.maximum(all_lines.misfit, floor)
    freedom = n - 2 - best.size
    likelihood = (misfit / misfit.min()) ** (-(freedom) / 2)
    likelihood[0] = 0.0
    fit = LawFit(
        law=law.name,
        weight=0,
        asymptote=float(all_lines.end[0]),
        gain=-float(all_lines.left[0]) * float(law.shape(x[[x.argmin()]], best[None])[0, 0]),
        parameters=dict(zip(law.parameters, np.exp(best).tolist(), strict=True)),
        misfit=float(misfit[0]),
        aicc=_aicc(float(misfit[0]), n, best.size + 3),
    )
    part = Part(
        law,
        logs,
        likelihood / likelihood.sum(),
        np.stack([all_lines.end, all_lines.left], axis=1),
        all_lines.covariance * (misfit / freedom)[:, None],
        freedom,
    )
    return fit, part


def _aicc(misfit: float, n: int, count: int) -> float:
    """Of `count` parameters, the variance among them."""
    return n * log(misfit / n) + 2 * count + 2 * count * (count + 1) / (n - count - 1)


def _relevant(part: Part) -> Part:
    kept = part.weight > NEGLIGIBLE
    return replace(
        part,
        logs=part.logs[kept],
        weight=part.weight[kept],
        means=part.means[kept],
        covariance=part.covariance[kept],
    )


def _positive(name: str, value: float) -> None:
    if not 0 < value < inf:
        raise DataError(f"{name}={value}, expected a positive number")


def _below(mixture: _Mixture, value: float) -> float:
    """P(less than the value)."""
    weight, means, scales, freedoms = mixture
    away = value - means
    sure = scales <= 0
    parts = np.where(sure, (away > 0) * 1.0, stdtr(freedoms, away / np.where(sure, 1.0, scales)))
    return float(weight @ parts) / float(weight.sum())


def _estimate(mixture: _Mixture, level: float) -> Estimate:
    """Median and the equal-tailed interval of a mixture of Student t."""
    if not 0 < level < 1:
        raise DataError(f"level={level}, expected a share between 0 and 1")
    low, middle, high = (
        _quantile(mixture, share) for share in ((1 - level) / 2, 0.5, (1 + level) / 2)
    )
    return Estimate(value=middle, low=low, high=high)


def _quantile(mixture: _Mixture, share: float) -> float:
    """Where P(less) passes the share: between the outermost of its parts' own quantiles."""
    _, means, scales, freedoms = mixture
    own = means + scales * stdtrit(freedoms, share)
    low, high = float(own.min()), float(own.max())
    if not (_below(mixture, low) < share < _below(mixture, high)):
        return low if _below(mixture, low) >= share else high
    precision = PRECISION * (high - low) + 1e-300
    from scipy.optimize import brentq  # noqa: PLC0415  costs 0.4 s, and most reports never ask

    return float(brentq(lambda value: _below(mixture, value) - share, low, high, xtol=precision))
