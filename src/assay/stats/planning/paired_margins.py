"""Two rates over the same items held against a margin: the size of a paired trial."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from assay.core.errors import DataError
from assay.stats.planning.power import Claim, Estimator


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMargin:
    """Two rates over the same items; the claim's bound is a margin, tested by Tango's score.

    `units` are counted over both arms: n items are 2 n units. The test divides by the error that
    holds at the margin, with the discordant cells' shares as they would be estimated there.

    Attributes:
        base: rate of the control.
        discordant: share of items in which exactly one arm succeeds, where both are equally good.

    References:
        Nam (1997), Establishing equivalence of two treatments and sample size requirements in
        matched-pairs design, Biometrics 53(4), sec. 4; Tango (1998), Statistics in Medicine 17.
    """

    base: float
    discordant: float

    def __post_init__(self) -> None:
        if not (0 < self.base < 1 and 0 < self.discordant <= 1):
            raise DataError(f"{self}, expected a rate inside (0, 1), discordant above 0, at most 1")

    @property
    def reach(self) -> tuple[float, float]:
        """All discordant pairs on one side."""
        return -min(self.discordant, self.base), min(self.discordant, 1 - self.base)

    @property
    def fewest(self) -> float:
        """One pair."""
        return 1.0

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The difference of the rates from the bound, over its error there."""
        if abs(treated - control) > 1e-9 * (treated + control):
            raise DataError(
                f"{treated:g} and {control:g} units, expected as many, one pair per item"
            )
        if claim.lift:
            raise DataError("a margin relative to the control, expected a difference of rates")
        bound = claim.bound
        more, less = (self.discordant + effect) / 2, (self.discordant - effect) / 2
        second = -more - less + (2 - more + less) * bound
        third = -less * bound * (1 - bound)
        share = (sqrt(max(second * second - 8 * third, 0.0)) - second) / 4
        null = max(2 * share + bound * (1 - bound), 0.0)
        spread = max(self.discordant - effect * effect, 0.0)
        return Estimator(
            shift=effect - bound, error=sqrt(spread / treated), null=sqrt(null / treated)
        )
