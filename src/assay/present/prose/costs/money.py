"""Amounts of money in sentences: with their interval, to the cent at most where they are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.units import SHARE, USD
from assay.present.format import NOTHING, level

if TYPE_CHECKING:
    from assay.present.format import Notation

Json = dict[str, Any]

WHOLE: Final = 100
"""Amounts from which an interval that supports one decimal is told in whole dollars."""
NOISE: Final = 1e-9
"""USD below which an amount is nothing but rounding."""


def usd(value: float | None, *, signed: bool = False) -> str:
    """`$412.60`, `$3 181`, `$0.0042`: an exact amount, to the cent, or to the dollar from 1 000 on.

    Below a cent three significant digits are told.
    """
    if value is None:
        return NOTHING
    size = abs(value)
    written = level(USD)
    if size >= 1000:
        return written.number(value, 0, signed=signed)
    if size < NOISE:
        return written.number(0.0, 2)
    places = 2 if size >= 0.01 else written.decimals_of(value)
    return written.number(value, places, signed=signed)


def spread(size: Json | None, unit: str = USD, *, signed: bool = False) -> str:
    """`+$52 [+30, +74]`: an estimate with its interval, in as many digits as that supports."""
    if size is None:
        return NOTHING
    written = level(unit)
    if size["low"] is None and size["high"] is None:
        return written.number(size["value"], written.decimals_of(size["value"]), signed=signed)
    places = _supported(size, written)
    ends = written.interval(size["low"], size["high"], places, signed=signed)
    return f"{written.number(size['value'], places, signed=signed)} {ends}"


def between(size: Json, unit: str = USD) -> str:
    """`$410 to $450`, `2.9 to 6.1 %`: the ends alone."""
    written = level(unit)
    return written.span(size["low"], size["high"], _supported(size, written))


def percent(size: Json | None) -> str:
    """`+12 % [+8, +16]`."""
    return spread(size, SHARE, signed=True)


def _supported(size: Json, written: Notation) -> int:
    """Digits that the interval supports; money has cents or whole dollars, nothing in between."""
    places = written.decimals(size["low"], size["high"])
    if written.before != "$":
        return places
    largest = max(abs(size[end] or 0.0) for end in ("low", "high"))
    if places == 1:
        return 0 if largest >= WHOLE else 2
    return 2 if places > 2 and largest >= 1 else places
