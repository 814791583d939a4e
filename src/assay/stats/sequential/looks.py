"""Several looks at the data: when, with which bounds, and how often these are crossed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.core.errors import DataError
from assay.stats.sequential.group_sequential import exits

Side = Literal["two", "up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """When the data are looked at, and the statistic that ends the experiment at each look.

    Attributes:
        fractions: of the planned information, rising, the last one 1.
        bounds: of a standard normal statistic; of its size where the claim has two sides.
    """

    fractions: tuple[float, ...]
    bounds: tuple[float, ...]

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip((0.0, *self.fractions), self.fractions, strict=False))
        if not self.fractions or not rising or len(self.fractions) != len(self.bounds):
            raise DataError(
                f"looks at {self.fractions} with bounds {self.bounds}, expected rising positive"
                " fractions and a bound for each"
            )
        if not all(bound > 0 for bound in self.bounds):
            raise DataError(f"bounds {self.bounds}, expected positive numbers")

    def shown(self, drift: float, side: Side) -> float:
        """How often a statistic with this expected value at the last look crosses its bounds."""
        found = exits(self.fractions, self.bounds, drift=drift)
        return found.either if side == "two" else found.above

    def stretched(self, factor: float) -> Looks:
        """The same looks, where the test divides by another error than the statistic has."""
        if factor == 1:
            return self
        return Looks(
            fractions=self.fractions, bounds=tuple(bound * factor for bound in self.bounds)
        )
