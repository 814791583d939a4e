"""How sure an interval is to be at one look, whatever rule asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from scipy.special import ndtr, ndtri

from assay.core.errors import DataError


@dataclass(frozen=True, slots=True)
class Level:
    """The error that one look may make, and how far the rule goes in standard errors.

    Attributes:
        alpha: nominal two-sided error of this look. Methods that know their exact distribution
            (a binomial's, a permutation's) use it.
        critical: multiplier of standard errors that the rule demands; None where the method's own
            quantile at alpha (Student's, say) is meant. Methods that rest on a normal
            approximation use it.

    Raises:
        DataError: unless alpha lies inside (0, 1) and the multiplier is positive and finite.
    """

    alpha: float
    critical: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise DataError(f"alpha={self.alpha}, expected between 0 and 1")
        if self.critical is not None and not 0 < self.critical < inf:
            raise DataError(f"critical={self.critical}, expected positive and finite")

    @classmethod
    def of_bound(cls, critical: float) -> Level:
        """The level of a bound on a standard normal statistic: `alpha = 2 Φ(−critical)`."""
        return cls(2 * float(ndtr(-critical)), critical)

    @property
    def bound(self) -> float:
        """The bound on a standard normal statistic that goes with alpha."""
        return -float(ndtri(self.alpha / 2)) if self.critical is None else self.critical
