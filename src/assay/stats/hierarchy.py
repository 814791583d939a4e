"""Events in two arms at many places, as one model: its density, gradient and quantities.

    baseline:  b_s ~ N(β, 1.5²),  β ~ N(0, 5²)
    effect:    δ_s = θ + τ z_s,   z_s ~ N(0, 1),  θ ~ N(0, 1),  τ ~ half-normal(scale)
    control:   events ~ Binomial(n, logit⁻¹ b_s)      or  Poisson / negative binomial (n e^{b_s})
    treated:   the same with b_s + δ_s

Effects are not centred, so that a spread near zero is no funnel. Nothing here draws: `sampling`
does, and a grid may (given θ and τ all places are independent).
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

BASELINE_SD: Final = 1.5
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
        return 2 * self.places + 3

    def start(self) -> Array:
        """A point near which chains begin: arms pooled over places, little spread."""
        treated = (self.events.sum() + 0.5) / (self.trials.sum() + 1)
        control = (self.events_control.sum() + 0.5) / (self.trials_control.sum() + 1)
        level = _logit if self.kind == "rate" else np.log
        here = np.zeros(self.size)
        here[0] = here[1 : 1 + self.places] = level(control)
        here[-2 - self.places] = level(treated) - level(control)
        here[-1 - self.places] = np.log(self.scale / 3)
        return here


def unpack(point: Array) -> tuple[Array, Array, Array, Array, Array]:
    """β, b, θ, log τ and z of points; the last axis is the model's."""
    places = (point.shape[-1] - 3) // 2
    return (
        point[..., 0],
        point[..., 1 : 1 + places],
        point[..., 1 + places],
        point[..., 2 + places],
        point[..., 3 + places :],
    )


def log_density(point: Array, places: Places) -> tuple[float, Array]:
    """Logarithm of the posterior, but for a constant, and its gradient.

    The spread enters by its logarithm: the density has that change of variables in it.
    """
    centre, base, effect, log_spread, z = unpack(point)
    spread = np.exp(min(float(log_spread), _LARGEST / 5))
    treated = base + effect + spread * z
    fit, slope = _likelihood(places, treated, places.events, places.trials)
    fit_control, slope_control = _likelihood(
        places, base, places.events_control, places.trials_control
    )
    off = (base - centre) / BASELINE_SD
    scaled = spread / places.scale
    value = (
        fit + fit_control
        - (off @ off + (centre / CENTRE_SD) ** 2 + (effect / EFFECT_SD) ** 2 + z @ z) / 2
        - scaled * scaled / 2 + log_spread
    )  # fmt: skip
    gradient = np.empty_like(point)
    gradient[0] = off.sum() / BASELINE_SD - centre / CENTRE_SD**2
    gradient[1 : 1 + len(z)] = slope + slope_control - off / BASELINE_SD
    gradient[1 + len(z)] = slope.sum() - effect / EFFECT_SD**2
    gradient[2 + len(z)] = spread * float(slope @ z) - scaled * scaled + 1
    gradient[3 + len(z) :] = spread * slope - z
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
    _, base, effect, log_spread, z = unpack(point)
    spread = np.exp(log_spread)
    treated = base + effect[..., None] + spread[..., None] * z
    if kind == "rate":
        return expit(treated), expit(base), spread
    return np.exp(treated), np.exp(base), spread


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))
