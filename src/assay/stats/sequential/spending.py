"""How much of alpha a sequential plan may have spent by each moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import e, log, sqrt
from typing import TYPE_CHECKING, Final

from scipy.special import ndtr, ndtri

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

Spending = Callable[[float, float], float]
"""(fraction of the plan, alpha) → two-sided error spent until then; all of alpha from 1 on."""


def obrien_fleming(fraction: float, alpha: float) -> float:
    """Spends next to nothing early, so that the last bound is close to that of a single look.

    Both sides together: `4 (1 − Φ(z(1 − alpha/4) / √fraction))`.

    References:
        Lan & DeMets (1983), Discrete sequential boundaries for clinical trials, Biometrika 70(3),
        their α₁* at alpha/2 on each side; O'Brien & Fleming (1979), Biometrics 35(3).
    """
    return _shaped(fraction, alpha, lambda t: 4 * float(ndtr(float(ndtri(alpha / 4)) / sqrt(t))))


def pocock(fraction: float, alpha: float) -> float:
    """Spends about evenly, so that bounds are nearly equal: `alpha · log(1 + (e − 1) fraction)`.

    References:
        Lan & DeMets (1983), Biometrika 70(3), their α₂*; Pocock (1977), Biometrika 64(2).
    """
    return _shaped(fraction, alpha, lambda t: alpha * log(1 + (e - 1) * t))


def power_family(fraction: float, alpha: float, *, exponent: float = 2.0) -> float:
    """`alpha · fraction^exponent`: 1 is even in time, 3 is late, 2 lies between both types.

    References:
        Kim & DeMets (1987), Design and analysis of group sequential tests based on the type I
        error spending rate function, Biometrika 74(1).
    """
    if not exponent > 0:
        raise DataError(f"exponent={exponent}, expected > 0")
    return _shaped(fraction, alpha, lambda t: alpha * t**exponent)


SPENDINGS: Final[dict[str, Spending]] = {
    "obrien-fleming": obrien_fleming,
    "pocock": pocock,
    "power": partial(power_family, exponent=2.0),
}
"""By the names that a plan's parameters use; `power` is alpha · t²."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the looks of a plan were or will be, on two scales.

    Attributes:
        information: amount of data at each look, on any scale (units, one over a variance).
        fractions: share of the plan that has passed at each look, which decides what may be spent;
            1 or more means the plan has ended: everything is spent there.

    Both are usually the same; they differ where a plan ends at a date and the size comes out
    other than expected. Error is kept either way, since the bounds use the information as it is.

    References:
        Lan & DeMets (1989), Changing frequency of interim analysis in sequential monitoring,
        Biometrics 45(3); Lan, Reboussin & DeMets (1994), Information and information fractions.
    """

    information: tuple[float, ...]
    fractions: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.information) != len(self.fractions) or not self.information:
            raise DataError(
                f"{len(self.information)} amounts of information and {len(self.fractions)} "
                "fractions, expected one of each per look, and a look"
            )
        for name, values in (("information", self.information), ("fractions", self.fractions)):
            rising = all(a < b for a, b in zip((0.0, *values), values, strict=False))
            if not (rising and values[-1] < float("inf")):
                raise DataError(f"{name} {values}, expected rising numbers above 0")
        if len(self.fractions) > 1 and self.fractions[-2] >= 1:
            raise DataError(
                f"fractions {self.fractions}: the plan ended before the last look, and nothing "
                "of alpha is left for another"
            )

    def spent(self, alpha: float, spending: Spending) -> tuple[float, ...]:
        """Error spent until each look; never more than alpha."""
        return tuple(spending(min(t, 1.0), alpha) for t in self.fractions)


def even(looks: int) -> Schedule:
    """Looks at equal steps.

    Raises:
        DataError: unless there is at least one look.
    """
    if not looks >= 1:
        raise DataError(f"looks={looks}, expected 1 or more")
    steps = tuple(k / looks for k in range(1, looks + 1))
    return Schedule(steps, steps)


def of_sizes(sizes: Sequence[float], planned: float) -> Schedule:
    """Looks at these sizes of a plan for `planned` units; beyond it the whole alpha is spent.

    Raises:
        DataError: unless sizes rise and no look follows one that reached the planned size.
    """
    if not planned > 0:
        raise DataError(f"planned={planned}, expected > 0")
    scaled = tuple(size / planned for size in sizes)
    return Schedule(scaled, scaled)


def _shaped(fraction: float, alpha: float, shape: Callable[[float], float]) -> float:
    if not 0 < alpha < 1:
        raise DataError(f"alpha={alpha}, expected between 0 and 1")
    if not fraction >= 0:
        raise DataError(f"fraction={fraction}, expected 0 or more")
    if fraction == 0:
        return 0.0
    return alpha if fraction >= 1 else min(alpha, shape(fraction))
