"""How a number moved between two versions, as a reader meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from assay.present.format import MOST_DIGITS, NOTHING, PERCENT, SPACE, Notation, change, level

if TYPE_CHECKING:
    from assay.core.finding import Estimate

Kind = Literal["level", "effect", "lift"]
"""A level has no sign; an effect is a difference, told in points where it is one of shares; a lift
is a difference in percent of what it is compared with."""

JUDGED: Final = {
    "beyond": "more than the errors of both explain",
    "within": "no more than the errors of both explain",
    "without interval": "without an interval: no evidence either way",
    "not comparable": "not to be held against its errors",
    "appeared": "new",
    "vanished": "gone",
    "same": "the same",
}
"""What a judgement says, in the words of a sentence."""

JUDGED_SHORT: Final = JUDGED | {
    "beyond": "beyond errors",
    "within": "within errors",
    "without interval": "no interval",
    "not comparable": "not judged",
}
"""The same in a column of a table."""


def estimate(found: Estimate | None, unit: str, kind: Kind) -> str:
    """`+3.3 points [+2.0, +4.5]`; a dash where there is none."""
    if found is None or found.value is None:
        return NOTHING
    notation = change(unit, found.value) if kind == "effect" else level(unit, found.value)
    return _written(notation, found.value, found.low, found.high, signed=kind != "level")


def moved(  # noqa: PLR0913  a change and its interval, in a unit, beside what it is a change of
    value: float,
    low: float | None,
    high: float | None,
    *,
    unit: str,
    size: float | None,
    relative: float | None,
) -> str:
    """`+0.6 points [−1.9, +3.1] (+18 %)`; `size` is the number that it is a change of."""
    notation = change(unit, size)
    told = _written(notation, value, low, high, signed=True)
    if relative is None or abs(relative) >= 10:
        return told
    places = max(0, PERCENT.decimals_of(relative) - 1)
    return f"{told} ({PERCENT.number(relative, places, signed=True)})"


def _written(
    notation: Notation, value: float, low: float | None, high: float | None, *, signed: bool
) -> str:
    if low is None and high is None:
        return notation.number(value, _digits(notation, value), signed=signed)
    decimals = notation.decimals(low, high)
    interval = notation.interval(low, high, decimals, signed=signed)
    return f"{notation.number(value, decimals, signed=signed)}{SPACE}{interval}"


def _digits(notation: Notation, value: float) -> int:
    """Whole numbers as they are, others with four significant digits: a change shows there."""
    if float(value * notation.factor).is_integer() and abs(value) < 10**MOST_DIGITS:
        return 0
    return notation.decimals_of(value) + 1
