"""Scales that members work on: as it is, and one whose changes are relative to the bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["plain", "log", "logit"]
FARTHEST = 5.0
"""Ranges of the series that a path may leave it by: no member may run away."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A monotone map.

    Attributes:
        kind: which.
        low: where a log or logit starts.
        high: where a logit ends.
    """

    kind: Kind
    low: float = 0.0
    high: float = 1.0

    def there(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """On the scale."""
        if self.kind == "plain":
            return values
        if self.kind == "log":
            return np.log(np.maximum(values - self.low, 1e-300))
        share = (values - self.low) / (self.high - self.low)
        found: NDArray[np.float64] = logit(np.clip(share, 1e-12, 1 - 1e-12))
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
        inside = bool(((values > low) & (values < high)).all())
        return (plain, Scale("logit", low, high)) if inside else (plain,)
    least = 0.0 if low is None else low
    return (plain, Scale("log", least)) if bool((values > least).all()) else (plain,)
