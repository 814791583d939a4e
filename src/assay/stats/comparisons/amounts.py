"""Amounts that a treatment multiplies: Welch's test, with ends that know of the skewness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from assay.stats.contrasts import Bounds, NormalContrast
from assay.stats.gate import leaning_at
from assay.stats.inversion import on_side

if TYPE_CHECKING:
    from assay.stats.level import Level

_FARTHEST: Final = 20.0
"""Largest factor that a difference is taken to amount to; its skewness changes no more beyond."""
_STEPS: Final = 200
_FLAT: Final = 0.25
"""Slope of the equation (−1 without skewness), below which the secant is not trusted."""
_FINE: Final = 1e-10
"""Nearness of an end, in standard errors."""
_KNOWN: Final = 3.0
"""Standard errors up to which the expansion's shift grows; farther out it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountContrast(NormalContrast):
    """Welch's test and Fieller's lift; the difference's ends are moved by its own skewness.

    Arms of equal size and shape do not lean: their tails cancel in the difference. But where the
    treatment makes amounts larger, its tail outweighs the control's. A lift is tested with amounts
    made comparable, so it does not lean either; a difference is not. Each difference is therefore
    tested with the skewness that it would have, were amounts multiplied by what it amounts to: the
    first term of Edgeworth's expansion for a studentised mean. At no difference nothing is added,
    so the intervals exclude zero together, as Welch's test says. Rules for several looks bring a
    multiplier of their own, often of many standard errors, where an expansion misleads: there
    nothing is moved.

    Attributes:
        skewness: of the units' values.
        n, m: units of the treated arm and of the control.

    References:
        Hall (1992), The bootstrap and Edgeworth expansion, sec. 2.6; Johnson (1978), Modified t
        tests and confidence intervals for asymmetrical populations, JASA 73.
    """

    skewness: float
    n: int
    m: int

    @classmethod
    def of(cls, found: NormalContrast, *, skewness: float, n: int, m: int) -> AmountContrast:
        """The same comparison, its units' skewness known."""
        return cls(
            gap=found.gap,
            control=found.control,
            control_variance=found.control_variance,
            covariance=found.covariance,
            skewness=skewness,
            n=n,
            m=m,
        )

    def at(self, level: Level) -> Bounds:
        """The intervals of that level."""
        found = NormalContrast.at(self, level)
        if level.critical is not None:
            return found
        gap = found.difference
        error, times = gap.standard_error, gap.critical_value
        ends = [self._end(sign * times, error) for sign in (-1, 1)]
        excluded = abs(gap.value) > gap.half_width
        low, high = on_side(ends[0], ends[1], value=gap.value, excluded=excluded)
        half = (high - low) / 2
        moved = replace(gap, low=low, high=high, half_width=half, critical_value=half / error)
        return Bounds(moved, found.lift)

    def _end(self, times: float, error: float) -> float:
        """The difference that lies so many standard errors away, its skewness reckoned with."""
        start = self.value + times * error
        weight = error * (2 * min(abs(times), _KNOWN) ** 2 + 1) / 6
        end, off = start, weight * self._leaning(start)
        move = off / 2
        for _ in range(_STEPS):
            if abs(off) <= _FINE * error:
                break
            end, before = end + move, off
            off = start + weight * self._leaning(end) - end
            slope = (off - before) / move
            move = -off / slope if slope < -_FLAT else off / 2  # the secant, or half the way
        return end

    def _leaning(self, difference: float) -> float:
        """What the skewness of that difference exceeds that of none by."""
        one, other = self.control + self.value, self.control
        before = (self.n * (one - difference) + self.m * other) / (self.n + self.m)
        factor = _FARTHEST
        if before > 0:
            factor = min(max((before + difference) / before, 1 / _FARTHEST), _FARTHEST)
        none = leaning_at(1.0, self.skewness, self.n, self.m)
        return leaning_at(factor, self.skewness, self.n, self.m) - none
