"""Net present value of a change whose effect and costs are known by intervals only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TAIL: Final = 0.05
"""A range's ends are the values that are passed with this chance on either side."""
_Z: Final = 1.6448536269514722
"""Normal quantile at 1 − `TAIL`."""

Worth = Callable[["Mapping[str, Floats]"], "Floats"]
"""Values of the inputs (arrays of one length) → net present values."""


@dataclass(frozen=True, slots=True)
class Range:
    """A quantity by its middle and a range that holds it with 90 %.

    Draws have `likely` as their median and the ends as 5 % and 95 % quantiles exactly: a normal
    deviate is stretched on either side, on the logarithm where all three are positive, so that what
    is positive stays so.

    Raises:
        DataError: where the three are out of order, or not finite.
    """

    likely: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not np.isfinite([self.likely, self.low, self.high]).all():
            raise DataError(f"range {self.low} … {self.high}, expected finite numbers")
        if not self.low <= self.likely <= self.high:
            raise DataError(
                f"range {self.low:g} … {self.likely:g} … {self.high:g},"
                " expected low ≤ likely ≤ high"
            )

    @classmethod
    def exactly(cls, value: float) -> Range:
        """A quantity without doubt."""
        return cls(value, value, value)

    @property
    def known(self) -> bool:
        """Whether there is no doubt about it."""
        return self.low == self.high

    def at(self, deviate: Floats) -> Floats:
        """The values at standard normal deviates."""
        z = np.asarray(deviate, dtype=float) / _Z
        up, down = np.maximum(z, 0.0), np.maximum(-z, 0.0)
        if self.low > 0:
            found: Floats = self.likely * (
                (self.high / self.likely) ** up * (self.low / self.likely) ** down
            )
            return found
        linear: Floats = (
            self.likely + up * (self.high - self.likely) - down * (self.likely - self.low)
        )
        return linear


def discounted_months(months: int, annual: Floats, kept: Floats | float = 1.0) -> Floats:
    """Sum over months m = 1 … of kept^(m/12) ÷ (1 + annual)^(m/12): what 1 a month is worth today.

    Args:
        months: how many.
        annual: discount rate a year, above −1.
        kept: share of the first month's flow that is left after a year.

    Returns:
        one value per rate, in months.
    """
    factor = np.power(
        np.asarray(kept, dtype=float) / (1.0 + np.asarray(annual, dtype=float)), 1 / 12
    )
    m = np.arange(1, months + 1)
    found: Floats = np.power(factor[..., None], m).sum(axis=-1)
    return found


def break_even_months(once: Floats, monthly: Floats) -> Floats:
    """The first month by whose end what came in covers what was paid; inf where none does.

    Flows between month ends are taken as even, so that months are fractional.

    Args:
        once: paid at the start, one per draw.
        monthly: discounted flow of each month, draws × months.
    """
    left = np.cumsum(monthly, axis=1) - once[:, None]
    reached = left >= 0
    first = reached.argmax(axis=1)
    rows = np.arange(once.size)
    over = left[rows, first]
    flow = monthly[rows, first]
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = first + 1.0 - np.where(flow > 0, over / flow, 0.0)
    found[~reached.any(axis=1)] = np.inf
    found[once <= 0] = 0.0
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """What one input's doubt does to the worth, all others at their middle.

    Attributes:
        low, high: the input at 5 % and 95 %.
        at_low, at_high: the worth there.
        share: part of the spread of the worth's ranks that goes with this input's.
    """

    name: str
    low: float
    high: float
    at_low: float
    at_high: float
    share: float


def swings(
    worth: Worth, draws: Mapping[str, Floats], values: Floats, middles: Mapping[str, float]
) -> tuple[Swing, ...]:
    """A tornado: the inputs by how much the worth depends on them, most first.

    Args:
        worth: the worth as a function of the inputs.
        draws: of each input; those without spread are left out.
        values: the worth of the draws.
        middles: each input's middle.
    """
    found = []
    ranks = _ranks(values)
    squares = {
        name: float(np.corrcoef(_ranks(drawn), ranks)[0, 1]) ** 2
        for name, drawn in draws.items()
        if np.ptp(drawn) > 0 and np.ptp(values) > 0
    }
    whole = sum(squares.values()) or 1.0
    base = {name: np.array([value]) for name, value in middles.items()}
    for name, square in squares.items():
        low, high = (float(v) for v in np.quantile(draws[name], [TAIL, 1 - TAIL]))
        at = [float(worth({**base, name: np.array([end])})[0]) for end in (low, high)]
        found.append(
            Swing(name=name, low=low, high=high, at_low=at[0], at_high=at[1], share=square / whole)
        )
    return tuple(sorted(found, key=lambda one: -abs(one.at_high - one.at_low)))


def turning_point(worth: Worth, middles: Mapping[str, float], name: str) -> float | None:
    """The value of one input at which the worth is zero, all others at their middle.

    The worth is linear in the inputs that this is asked of; None where it does not depend on it.
    """
    base = {one: np.array([value, value]) for one, value in middles.items()}
    step = abs(middles[name]) or 1.0
    ends = np.array([middles[name], middles[name] + step])
    at = worth({**base, name: ends})
    slope = float(at[1] - at[0]) / step
    return None if slope == 0 else float(ends[0] - at[0] / slope)


def _ranks(values: Floats) -> Floats:
    order = np.argsort(values, kind="stable")
    found = np.empty(values.size)
    found[order] = np.arange(values.size)
    return found
