"""Numbers as a reader meets them: with a unit, and no more digits than the interval supports."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

from assay.core.language import NARROW, current
from assay.core.units import COUNT, NONE, PROBABILITY, SECONDS, SHARE, USD

if TYPE_CHECKING:
    from collections.abc import Iterable

MINUS: Final = "\u2212"
DASH: Final = "\u2013"
GROUP: Final = NARROW
"""Between groups of three digits, in English; a run in another language has its own sign."""
SPACE: Final = "\u00a0"
"""Between a number and its unit; a line never breaks there."""
UNBOUNDED: Final = "unbounded"
NOTHING: Final = DASH
"""What a table shows where there is no number; the reason stands beside it."""

_POINT: Final = "\x00"

MOST_DIGITS: Final = 7
"""Significant digits: sums that run in parallel agree to many more than these."""
LEAST_SHOWN: Final = 1e-12
"""Numbers nearer to zero are printed as zero: no money, share or time is told so finely."""
MORE_DIGITS: Final = 2
"""How many decimals may be added so that an end is seen on its own side of zero."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How one kind of number is written.

    Attributes:
        factor: what it is multiplied by before it is printed (100 for a percentage).
        before, after: the unit, on either side.
        per: how many it is the price of, told after the unit: "per 1 000".
    """

    factor: float = 1.0
    before: str = ""
    after: str = ""
    per: str = ""

    @property
    def brief(self) -> Notation:
        """The same without `per`, for a column of numbers whose row says it."""
        return replace(self, per="")

    def decimals(
        self, low: float | None, high: float | None, *, apart_from: Iterable[float] = ()
    ) -> int:
        """How many decimals an interval supports: two digits of half its width; −1 means tens.

        Where an end would be rounded onto a number that it is told `apart_from` (zero always is
        one), up to two more are added, so that a reader sees on which side it lies.
        """
        if low is None or high is None or low == high:
            return self.decimals_of(next((end for end in (low, high) if end is not None), None))
        scale = max(abs(low), abs(high)) * self.factor
        if scale < LEAST_SHOWN:
            return 0
        places = 1 - floor(log10((high - low) / 2 * self.factor))
        most = max(0, MOST_DIGITS - 1 - floor(log10(scale)))
        marks = (0.0, *apart_from)
        for more in range(MORE_DIGITS + 1):
            if all(
                end == mark
                or self._rounded(end, places + more) != self._rounded(mark, places + more)
                for end in (low, high)
                for mark in marks
            ):
                return min(places + more, most)
        return min(places, most)

    def level_decimals(self, low: float | None, high: float | None) -> int:
        """Decimals of the values behind a difference: steps no longer than its half width."""
        if low is None or high is None or low == high:
            return 0
        return ceil(-log10((high - low) / 2.5 * self.factor))

    def decimals_of(self, value: float | None) -> int:
        """Decimals of a number without an interval: three significant digits."""
        size = abs(value or 0.0) * self.factor
        return max(0, 2 - floor(log10(size))) if size >= LEAST_SHOWN else 0

    def number(self, value: float | None, decimals: int, *, signed: bool = False) -> str:
        """`+4.5 %`, `$0.12`, `48 210`; a dash where there is none."""
        if value is None:
            return NOTHING
        sign, digits = self._parts(value, decimals, signed=signed)
        per = f" {self.per}" if self.per else ""
        return f"{sign}{self.before}{digits}{self.after}{per}"

    def bare(self, value: float, decimals: int, *, signed: bool = False) -> str:
        """The number without its unit, for where the unit stands once beside several."""
        return "".join(self._parts(value, decimals, signed=signed))

    def interval(
        self, low: float | None, high: float | None, decimals: int, *, signed: bool = True
    ) -> str:
        """`[+2.9, +6.1]`; the unit stands at the estimate before it."""
        if low is None and high is None:
            return f"[{UNBOUNDED}]"
        ends = (
            UNBOUNDED if end is None else self.bare(end, decimals, signed=signed)
            for end in (low, high)
        )
        return f"[{current().between.join(ends)}]"

    def span(self, low: float, high: float, decimals: int, *, word: str = "to") -> str:
        """`2.9 to 6.1 %`: the unit once, at the end, or before each number where it leads."""
        return f"{self._opened(low, decimals)} {word} {self.number(high, decimals)}"

    def span_signed(self, low: float, high: float, decimals: int) -> str:
        """`+2.9 to +6.1 %`."""
        start = self._opened(low, decimals, signed=True)
        return f"{start} to {self.number(high, decimals, signed=True)}"

    def _opened(self, value: float, decimals: int, *, signed: bool = False) -> str:
        sign, digits = self._parts(value, decimals, signed=signed)
        return f"{sign}{self.before}{digits}"

    def _parts(self, value: float, decimals: int, *, signed: bool) -> tuple[str, str]:
        rounded = self._rounded(value, decimals)
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign, current().digits(rounded, decimals)

    def _rounded(self, value: float, decimals: int) -> float:
        return round(value * self.factor, decimals)


PERCENT: Final = Notation(100, after=f"{SPACE}%")
POINTS: Final = Notation(100, after=f"{SPACE}points")
"""Percentage points: differences of shares, which percent would confuse with lifts."""

_LEVELS: Final[dict[str, Notation]] = {
    SHARE: PERCENT,
    PROBABILITY: PERCENT,
    USD: Notation(before="$"),
    SECONDS: Notation(after=f"{SPACE}s"),
    COUNT: Notation(),
    NONE: Notation(),
    "": Notation(),
}


SMALL_USD: Final = 0.01
"""Amounts below a cent are told per thousand, as prices of tokens and calls are."""


def level(unit: str, size: float | None = None) -> Notation:
    """How a value of this unit is written; an unknown unit follows its number.

    `size` is what the values of one metric are about, so that all of them are written alike.
    """
    if unit == USD and size and abs(size) < SMALL_USD:
        return Notation(1000, before="$", per=f"per {current().digits(1000, 0)}")
    return _LEVELS.get(unit, Notation(after=f"{SPACE}{unit}"))


def change(unit: str, size: float | None = None) -> Notation:
    """How a difference of two values of this unit is written."""
    return POINTS if unit in {SHARE, PROBABILITY} else level(unit, size)


def count(number: float) -> str:
    """`48 210`."""
    return Notation().number(number, 0)


def about(number: float) -> str:
    """A count that is itself a guess: two significant digits."""
    return count(float(f"{number:.2g}"))


def as_printed(text: str) -> str:
    """Recorded text with its numbers as they are printed here: `1 453`, `30 %`."""
    own = current()
    parted = re.sub(r"(?<![\d.])(\d[\d,]*)\.(\d+)(?![\d.])", rf"\1{_POINT}\2", text)
    grouped = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", own.group, parted).replace(_POINT, own.decimal)
    return re.sub(r"(?<=\d) ?%", f"{SPACE}%", grouped)


def chance(probability: float | None) -> str:
    """A probability in percent; neither impossible nor certain, since no finite sample says so.

    >>> chance(0.99998).replace(SPACE, " ")
    'over 99.99 %'
    """
    if probability is None:
        return NOTHING
    if probability > 0.9999:
        return f"over {PERCENT.number(0.9999, 2)}"
    if probability < 0.0001:
        return f"under {PERCENT.number(0.0001, 2)}"
    return PERCENT.number(probability, 2 if min(probability, 1 - probability) < 0.01 else 1)


def p_value(p: float | None) -> str:
    """Two significant digits, three decimals at least, and a bound where it is tiny."""
    if p is None:
        return NOTHING
    if p < 0.0001:
        return f"< {current().digits(0.0001, 4)}"
    return current().digits(p, 4 if p < 0.001 else 3)


def share(part: float, whole: float) -> str:
    """A part of a whole in percent: `0.02 %`, and 0 where there is none."""
    if not part or not whole:
        return PERCENT.number(0.0, 0)
    value = part / whole
    return PERCENT.number(value, 1 if value >= 0.01 else PERCENT.decimals_of(value) - 1)


def declared(bound: float) -> str:
    """A bound as somebody typed it, in percent: `1 %`, `0.5 %`."""
    text = f"{bound * 100:.6f}".rstrip("0").rstrip(".")
    return f"{text.replace('.', current().decimal)}{SPACE}%"


def amount(value: float | None, notation: Notation) -> str:
    """A number that has no interval of its own, with two significant digits."""
    if value is None:
        return NOTHING
    return notation.number(value, max(0, notation.decimals_of(value) - 1))


def loss(value: float | None, notation: Notation, decimals: int) -> str:
    """An expected loss; what is far below the digits of its estimate is named by its bound.

    `decimals` are those of the estimate that the loss belongs to.
    """
    floor_ = 10.0 ** -(decimals + 1) / notation.factor
    if value is not None and value < floor_:
        return f"under {notation.number(floor_, decimals + 1)}"
    return amount(value, notation)


def day(moment: str | date) -> str:
    """`9 October 2026`, from a date or its ISO text."""
    return current().on(_date(moment))


def loose(text: str) -> str:
    """The same text, which may break anywhere between words: for narrow columns."""
    return text.replace(SPACE, " ")


def period(first: str | date, last: str | date) -> str:
    """`9 October to 19 November 2026`; what both days share is said once."""
    start, end, own = _date(first), _date(last), current()
    if start == end:
        return day(end)
    if start.year != end.year:
        return f"{day(start)} {own.to} {day(end)}"
    if start.month != end.month:
        return f"{own.on(start, year=False)} {own.to} {day(end)}"
    alone = own.day.partition("{month}")[0].rstrip(f"{SPACE}de").format(day=start.day)
    return f"{alone} {own.to} {day(end)}"


def days(first: str | date, last: str | date) -> int:
    """Days from the first to the last, both counted."""
    return (_date(last) - _date(first)).days + 1


def _date(moment: str | date) -> date:
    if isinstance(moment, datetime):
        return moment.date()
    return moment if isinstance(moment, date) else datetime.fromisoformat(moment).date()
