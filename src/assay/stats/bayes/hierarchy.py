"""Events in two arms at many places, as one model: its density, gradient and quantities.

    level:    b_s ~ N(β, 1.5²),  β ~ N(0, 5²)
    effect:   δ_s = θ + τ z_s,   z_s ~ N(0, 1),  θ ~ N(0, 1),  τ ~ half-normal(scale)
    control:  events ~ Binomial(n, logit⁻¹(b_s − δ_s / 2))  or  Poisson, negative binomial (n e^…)
    treated:  the same with b_s + δ_s / 2

Neither arm is the other's baseline: swapping them turns the sign of δ and nothing else. Effects are
not centred, so that a spread near zero is no funnel; β is integrated out. Nothing here draws:
`sampling` does, and a grid may (given θ and τ places hang together by their levels alone).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.special import expit, gammaln

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEVEL_SD: Final = 1.5
CENTRE_SD: Final = 5.0
EFFECT_SD: Final = 1.0
SPREAD_SCALE: Final = 0.3
"""Half-normal scale of the spread of effects between places, on the scale of log odds or log rates:
as wide as whole experiments were seen to differ from each other (see `priors.SCEPTICAL`)."""
_LARGEST: Final = 500.0
"""Logarithm beyond which an exponential is of no use any more, and soon not finite."""

Kind = Literal["rate", "count"]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Places:
    """Events of both arms, place by place.

    Attributes:
        kind: successes out of trials, or counts over an exposure.
        events, trials: of the treated arm; trials are units (the exposure of a count).
        events_control, trials_control: of the control.
        shape: of a negative binomial per unit (variance μ + μ²/shape); infinite for a Poisson.
        scale: of the prior of the spread of effects.

    Raises:
        DataError: where arrays differ in length, events are negative, or a rate has more successes
            than trials.
    """

    kind: Kind
    events: Array
    trials: Array
    events_control: Array
    trials_control: Array
    shape: float = np.inf
    scale: float = SPREAD_SCALE

    def __post_init__(self) -> None:
        columns = (self.events, self.trials, self.events_control, self.trials_control)
        if len({len(column) for column in columns}) != 1 or not len(self.events):
            raise DataError("events and trials of places differ in length, or there is no place")
        if not (all((c >= 0).all() for c in columns) and self.shape > 0 and self.scale > 0):
            raise DataError("events, trials, shape and scale of places must not be negative")
        over = (self.events > self.trials).any() or (
            self.events_control > self.trials_control
        ).any()
        if self.kind == "rate" and over:
            raise DataError("a place has more successes than trials")

    @property
    def places(self) -> int:
        """How many."""
        return len(self.events)

    @property
    def size(self) -> int:
        """Unknowns of the model."""
        return 2 * self.places + 2

    def start(self) -> Array:
        """A point near which chains begin: arms pooled over places, little spread."""
        treated = (self.events.sum() + 0.5) / (self.trials.sum() + 1)
        control = (self.events_control.sum() + 0.5) / (self.trials_control.sum() + 1)
        levels = [
            _logit(x) if self.kind == "rate" else float(np.log(x)) for x in (treated, control)
        ]
        here = np.zeros(self.size)
        here[: self.places] = sum(levels) / 2
        here[self.places] = levels[0] - levels[1]
        here[self.places + 1] = np.log(self.scale / 3)
        return here


def unpack(point: Array) -> tuple[Array, Array, Array, Array]:
    """b, θ, log τ and z of points; the last axis is the model's."""
    places = (point.shape[-1] - 2) // 2
    return (
        point[..., :places],
        point[..., places],
        point[..., places + 1],
        point[..., places + 2 :],
    )


def log_density(point: Array, places: Places) -> tuple[float, Array]:
    """Logarithm of the posterior, but for a constant, and its gradient.

    The spread enters by its logarithm: the density has that change of variables in it.
    """
    level, effect, log_spread, z = unpack(point)
    spread = np.exp(min(float(log_spread), _LARGEST / 5))
    half = (effect + spread * z) / 2
    fit, slope = _likelihood(places, level + half, places.events, places.trials)
    fit_control, slope_control = _likelihood(
        places, level - half, places.events_control, places.trials_control
    )
    shared = CENTRE_SD**2 / (LEVEL_SD**2 + len(z) * CENTRE_SD**2)
    off = (level - shared * level.sum()) / LEVEL_SD**2  # inverse of the levels' covariance × level
    scaled = spread / places.scale
    value = fit + fit_control - scaled * scaled / 2 + log_spread
    value -= (level @ off + (effect / EFFECT_SD) ** 2 + z @ z) / 2
    towards = (slope - slope_control) / 2
    gradient = np.empty_like(point)
    gradient[: len(z)] = slope + slope_control - off
    gradient[len(z)] = towards.sum() - effect / EFFECT_SD**2
    gradient[len(z) + 1] = spread * float(towards @ z) - scaled * scaled + 1
    gradient[len(z) + 2 :] = spread * towards - z
    return float(value), gradient


def log_likelihood(places: Places, level: Array, *, treated: bool) -> Array:
    """Log likelihood of one arm, place by place, at log odds or log rates; not summed.

    Args:
        places: what was seen.
        level: the last axis is the place's.
        treated: which arm.
    """
    events = places.events if treated else places.events_control
    trials = places.trials if treated else places.trials_control
    if places.kind == "rate":
        return events * level - trials * np.logaddexp(0.0, level)
    expected = trials * np.exp(np.minimum(level, _LARGEST))
    if np.isinf(places.shape):
        return events * level - expected
    total = np.maximum(places.shape * trials, 1e-300)
    return np.asarray(
        events * level - (events + total) * np.log1p(expected / total)
        + gammaln(events + total) - gammaln(total) - events * np.log(total)
    )  # fmt: skip


def _likelihood(places: Places, level: Array, events: Array, trials: Array) -> tuple[float, Array]:
    """The same, summed, and its slope in the level; constants left out."""
    if places.kind == "rate":
        return (
            float(events @ level - trials @ np.logaddexp(0.0, level)),
            events - trials * expit(level),
        )
    expected = trials * np.exp(np.minimum(level, _LARGEST))
    if np.isinf(places.shape):
        return float(events @ level - expected.sum()), events - expected
    total = np.maximum(places.shape * trials, 1e-300)
    return (
        float(events @ level - (events + total) @ np.log1p(expected / total)),
        events - (events + total) * (expected / (expected + total)),
    )


def rates(point: Array, kind: Kind) -> tuple[Array, Array, Array]:
    """What the points mean: rates of the treated arm and of the control, and the spread.

    Returns:
        Treated and control with a last axis of places, and the spread without it.
    """
    level, effect, log_spread, z = unpack(point)
    spread = np.exp(log_spread)
    half = (effect[..., None] + spread[..., None] * z) / 2
    if kind == "rate":
        return expit(level + half), expit(level - half), spread
    return np.exp(level + half), np.exp(level - half), spread


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))
