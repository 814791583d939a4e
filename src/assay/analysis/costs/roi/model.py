"""From effect, value and costs to money by month: the model that is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.stats.net_present_value import Range, discounted_months

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from assay.analysis.costs.roi.result import Assumptions
    from assay.features.before_after import BeforeAfter
    from assay.params import Guess
    from assay.stats.differences import Effects

    Floats = NDArray[np.float64]

DRAWS: Final = 20_000
SEED: Final = 20_260_524
_WIDE: Final = float(ndtri(0.95))


@dataclass(frozen=True, slots=True)
class Model:
    """The net present value as a function of its inputs.

    Attributes:
        months: horizon.
        sign: +1 where more of the metric is better, −1 where less is.
        once, monthly, unit: keys of the costs of each kind.
        reached: units, for costs per unit.
        usage: denominators of the second metric per one of the first; None without a second metric.
    """

    months: int
    sign: float
    once: tuple[str, ...]
    monthly: tuple[str, ...]
    unit: tuple[str, ...]
    reached: float
    usage: float | None

    def gained(self, at: Mapping[str, Floats]) -> Floats:
        """Present value of what the change brings."""
        flow = self.sign * at["effect"] * at["volume"] * at["value"]
        found: Floats = flow * discounted_months(self.months, at["discount"], at["kept"])
        return found

    def used(self, at: Mapping[str, Floats]) -> Floats:
        """Present value of what the use of models costs more."""
        if self.usage is None:
            return np.zeros_like(at["effect"])
        flow = at["usage"] * at["volume"] * self.usage
        found: Floats = flow * discounted_months(self.months, at["discount"])
        return found

    def cost(self, key: str, at: Mapping[str, Floats]) -> Floats:
        """Present value of one declared cost."""
        if key in self.monthly:
            return at[key] * discounted_months(self.months, at["discount"])
        return at[key] * (self.reached if key in self.unit else 1.0) * np.ones_like(at["effect"])

    def paid(self, at: Mapping[str, Floats]) -> Floats:
        """Present value of all that the change costs, use of models included."""
        found = self.used(at)
        for key in (*self.once, *self.monthly, *self.unit):
            found = found + self.cost(key, at)
        return found

    def worth(self, at: Mapping[str, Floats]) -> Floats:
        """Net present value."""
        return self.gained(at) - self.paid(at)

    def flows(self, at: Mapping[str, Floats]) -> tuple[Floats, Floats]:
        """What is paid at the start, and the discounted flow of each month (draws × months)."""
        m = np.arange(1, self.months + 1) / 12
        discount = (1.0 + at["discount"])[:, None] ** -m
        gain = (self.sign * at["effect"] * at["volume"] * at["value"])[:, None]
        flow = gain * at["kept"][:, None] ** m
        if self.usage is not None:
            flow = flow - (at["usage"] * at["volume"] * self.usage)[:, None]
        for key in self.monthly:
            flow = flow - at[key][:, None]
        start = np.zeros(flow.shape[0])
        for key in (*self.once, *self.unit):
            start = start + self.cost(key, at)
        return start, flow * discount


def model_of(given: BeforeAfter, assumed: Assumptions, *, better: str) -> Model:
    """The model that these data and assumptions make."""
    keys = {
        every: tuple(f"cost {i}" for i, cost in enumerate(assumed.costs) if cost.every == every)
        for every in ("once", "month", "unit")
    }
    groups = [given.treated, *([given.comparison] if given.comparison else [])]
    usage = None
    if len(given.treated) > 1:
        below = [sum(float(one[i].after_of.sum()) for one in groups) for i in (0, 1)]
        usage = below[1] / below[0]
    units = sum(one[0].n for one in groups)
    return Model(
        months=assumed.months,
        sign=1.0 if better == "up" else -1.0,
        once=keys["once"],
        monthly=keys["month"],
        unit=keys["unit"],
        reached=float(units) if assumed.reached is None else assumed.reached,
        usage=usage,
    )


def ranges(given: BeforeAfter, assumed: Assumptions) -> dict[str, Range]:
    """The inputs other than what was measured on groups."""
    found = {
        "volume": _volume(given) if assumed.volume is None else _range(assumed.volume),
        "value": _range(assumed.value),
        "kept": _range(assumed.kept),
        "discount": _range(assumed.discount),
    }
    return found | {f"cost {i}": _range(cost) for i, cost in enumerate(assumed.costs)}


def drawn(
    measured: Effects, inputs: Mapping[str, Range], *, draws: int = DRAWS, seed: int = SEED
) -> dict[str, Floats]:
    """Draws of all inputs: effects from their sampling distribution, which they share."""
    rng = np.random.default_rng(seed)
    size = len(measured.values)
    normal = rng.standard_normal((size, draws))
    covariance = np.array(measured.covariance)
    root = _root(covariance)
    scale = np.sqrt(rng.chisquare(measured.df[0], draws) / measured.df[0])
    values = np.array(measured.values)[:, None] + root @ normal / scale
    found: dict[str, Floats] = dict(zip(("effect", "usage"), values, strict=False))
    for key, one in inputs.items():
        deviate = rng.standard_normal(draws)
        found[key] = np.full(draws, one.likely) if one.known else one.at(deviate)
    return found


def _root(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    found: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return found


def _range(guess: Guess) -> Range:
    low, high = guess.ends
    return Range(guess.likely, low, high)


def _volume(given: BeforeAfter) -> Range:
    """Denominators a month of all units, with what other units would have brought."""
    below = [given.treated[0].after_of]
    if given.comparison:
        below.append(given.comparison[0].after_of)
    each = np.concatenate(below)
    error = sqrt(each.size * float(each.var(ddof=1))) / float(each.sum())
    reach = exp(_WIDE * error)
    return Range(given.whole, given.whole / reach, given.whole * reach)
