"""Scales that members work on: as it is, and one whose changes are relative to the bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["plain", "log", "logit"]
NEAR = 0.5
"""Of the smallest distance of a value from a bound: nearest that forecasts are taken to come."""
FARTHEST = 5.0
"""Ranges of the series that a path may leave it by, and half of what an end of an interval may."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A monotone map.

    Attributes:
        kind: which.
        low: where a log or logit starts.
        high: where a logit ends.
        gap: nearest that anything is taken to come to either: on these scales a forecast at the
            bound itself would be infinitely far from every value.
    """

    kind: Kind
    low: float = 0.0
    high: float = 1.0
    gap: float = 0.0

    def there(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """On the scale."""
        if self.kind == "plain":
            return values
        if self.kind == "log":
            return np.log(np.maximum(values - self.low, self.gap))
        held = np.clip(values, self.low + self.gap, self.high - self.gap)
        found: NDArray[np.float64] = logit((held - self.low) / (self.high - self.low))
        return found

    def back(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Off the scale."""
        if self.kind == "plain":
            return values
        if self.kind == "log":
            return self.low + np.exp(np.clip(values, -690, 690))
        found: NDArray[np.float64] = self.low + (self.high - self.low) * expit(values)
        return found


def scales(values: NDArray[np.float64], low: float | None, high: float | None) -> tuple[Scale, ...]:
    """The plain scale, and the relative one where all values lie strictly inside the bounds."""
    plain = Scale("plain")
    if low is not None and high is not None:
        near = NEAR * float(min((values - low).min(), (high - values).min()))
        return (plain, Scale("logit", low, high, near)) if near > 0 else (plain,)
    least = 0.0 if low is None else low
    near = NEAR * float((values - least).min())
    return (plain, Scale("log", least, gap=near)) if near > 0 else (plain,)
