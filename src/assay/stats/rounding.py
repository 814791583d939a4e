"""Amounts rounded so that what is shown adds up to the total that is shown."""

from __future__ import annotations

from math import ceil, floor, fsum, isfinite, log10
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

CENTS: Final = 2
_MOST: Final = 10
_NEAR: Final = 1e-6


def adding_up(amounts: Sequence[float], total: float, decimals: int) -> tuple[float, ...]:
    """Each amount rounded, most of them to the nearest, their sum the rounded total.

    Amounts are rounded down, and the units that are then missing go to those that lost most
    (Hamilton's method of largest remainders): each is less than one unit off. What is zero stays
    zero, unless nothing else is there to take a unit.

    Args:
        amounts: whose sum is `total`, up to what the total was rounded by before.
        total: that they are to add up to.
        decimals: digits after the point.

    Raises:
        DataError: where an amount is not finite.

    References:
        Balinski & Young (2001), Fair Representation, 2nd ed., app. A.
    """
    unit = 10.0**-decimals
    scaled = [amount / unit for amount in amounts]
    if not all(map(isfinite, (*scaled, total))):
        raise DataError(f"amounts {list(amounts)}, expected finite numbers")
    whole = [
        round(value) if abs(value - round(value)) < _NEAR else floor(value) for value in scaled
    ]
    left = [value - down for value, down in zip(scaled, whole, strict=True)]
    missing = round(total / unit) - sum(whole)
    movable = [i for i, value in enumerate(scaled) if value] or list(range(len(scaled)))
    step = 1 if missing > 0 else -1
    order = sorted(movable, key=lambda i: (-step * left[i], -abs(scaled[i])))
    for turn in range(abs(missing) if order else 0):
        whole[order[turn % len(order)]] += step
    return tuple(round(value * unit, decimals) for value in whole)


def digits_for(amounts: Sequence[float]) -> int:
    """Digits after the point at which amounts of money are shown: cents, more where all is less."""
    size = fsum(map(abs, amounts))
    if not 0 < size < 1:
        return CENTS
    return min(_MOST, CENTS + ceil(-log10(size)))
