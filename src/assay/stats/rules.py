"""When data may be looked at, and what each look has to pay for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from assay.stats.level import Level


class Rule(Protocol):
    """What one look owes to the others that were or will be made.

    Every rule says how large this look's nominal error is for an error of alpha over all looks, and
    what a statistic is worth under it. Both speak of the same test: `p_value(z, fixed) < alpha`
    exactly when the statistic lies beyond `level(alpha)`.
    """

    @property
    def name(self) -> str:
        """How a method appendix calls it."""
        ...

    def level(self, alpha: float) -> Level:
        """The level of this look, of an error of alpha over all of them."""
        ...

    def p_value(self, z: float, fixed: float) -> float:
        """The p-value that holds over all looks.

        Args:
            z: |estimate| / standard error, or the normal quantile that `fixed` stands for.
            fixed: the method's own two-sided p-value, were this look the only one.
        """
        ...


@dataclass(frozen=True, slots=True)
class FixedLook:
    """One look, at an end that was fixed beforehand."""

    @property
    def name(self) -> str:
        """How a method appendix calls it."""
        return "one look at a fixed end"

    def level(self, alpha: float) -> Level:
        """The whole of alpha is spent on this look."""
        return Level(alpha)

    def p_value(self, z: float, fixed: float) -> float:
        """The method's own p-value."""
        del z
        return fixed
