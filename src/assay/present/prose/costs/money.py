"""Amounts of money in sentences: with their interval, to the cent at most where they are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.core.units import SHARE, USD
from assay.present.format import NOTHING, level

if TYPE_CHECKING:
    from assay.present.format import Notation

Json = dict[str, Any]


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
    places = 2 if size >= 0.01 or not size else written.decimals_of(value)
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
    """Digits of the interval; amounts of a dollar and more end at the cent."""
    places = written.decimals(size["low"], size["high"])
    return places if written.before != "$" or places <= 2 else _cents(size, places)


def _cents(size: Json, places: int) -> int:
    largest = max(abs(size[end] or 0.0) for end in ("low", "high"))
    return 2 if largest >= 1 else places
