"""Two arms' estimates before any level is chosen: whoever asks for an interval names the level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from assay.stats.fieller import RatioInterval, fieller
from assay.stats.means import Difference, Gap

if TYPE_CHECKING:
    from assay.stats.level import Level


@dataclass(frozen=True, slots=True)
class Bounds:
    """A difference and the lift that goes with it, at one level.

    Both exclude zero in exactly the same cases.
    """

    difference: Difference
    lift: RatioInterval


class Contrast(Protocol):
    """One arm against another; intervals of any level are had from it.

    `at(level)` excludes zero, in the difference and in the lift, exactly when the two-sided test of
    that level rejects.
    """

    @property
    def value(self) -> float:
        """Estimated treated − control."""
        ...

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference, at one look."""
        ...

    @property
    def z(self) -> float:
        """|statistic| on the scale of a standard normal: what sequential rules judge."""
        ...

    def at(self, level: Level) -> Bounds:
        """The intervals of that level."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalContrast:
    """Estimates that are normal near enough: Student's interval, and Fieller's for the lift.

    Attributes:
        gap: the difference.
        control: what it is relative to.
        control_variance: of that estimate.
        covariance: of difference and control; `−control_variance` for independent arms.
    """

    gap: Gap
    control: float
    control_variance: float
    covariance: float

    @property
    def value(self) -> float:
        """Estimated treated − control."""
        return self.gap.value

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference, by Student's distribution."""
        return self.gap.p_value

    @property
    def z(self) -> float:
        """|difference| in standard errors."""
        return abs(self.gap.value) / self.gap.standard_error

    def at(self, level: Level) -> Bounds:
        """The intervals of that level, both by the same critical value."""
        found = self.gap.at(level)
        lift = fieller(
            found.value,
            self.control,
            half_width=found.half_width,
            variance=self.control_variance,
            covariance=self.covariance,
            critical_value=found.critical_value,
        )
        return Bounds(found, lift)
