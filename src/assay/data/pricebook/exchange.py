"""Prices in other currencies → USD, at the rate of each day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from assay.core.errors import DataError, ParameterError
from assay.data.pricebook.lines import AMOUNTS, Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.data.pricebook.entries import RateFile
    from assay.data.pricebook.marked import Marked

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Per currency the days from which a rate is in force, ascending, with USD for one unit."""

    dated: Mapping[str, tuple[tuple[date, float], ...]]

    @classmethod
    def of(cls, file: RateFile, marked: Marked) -> Rates:
        """The rates of a file.

        Raises:
            ParameterError: where a currency has two rates from the same day on, or is the USD.
        """
        dated = {}
        for currency, rates in file.rates.items():
            place = marked.at(("rates", currency))
            days = [rate.since for rate in rates]
            if currency == "USD":
                raise ParameterError(f"{place}: USD is what rates are in, expected others")
            if len(set(days)) < len(days):
                twice = next(day for day in days if days.count(day) > 1)
                raise ParameterError(f"{place}: {currency} has two rates from {twice} on")
            dated[currency] = tuple(sorted((rate.since, rate.usd) for rate in rates))
        return cls(dated)

    def on(self, currency: str, day: date) -> float | None:
        """USD for one unit on a day; None where no rate is in force."""
        dated = self.dated.get(currency, ())
        place = bisect_right(dated, (day, float("inf")))
        return dated[place - 1][1] if place else None


def in_usd(lines: Sequence[Line], rates: Rates) -> list[Line]:
    """All lines in USD; one in another currency becomes a line per rate in force.

    Raises:
        DataError: where a currency has no rate on the first day of a line.
    """
    found = []
    for line in lines:
        if line.currency == "USD":
            found.append(line)
            continue
        later = [
            other.since
            for other in lines
            if (other.provider, other.model, other.tier) == (line.provider, line.model, line.tier)
            and other.since > line.since
        ]
        end = min(
            [day - _DAY for day in later] + ([line.until] if line.until else []), default=None
        )
        found += _pieces(line, end, rates)
    return found


def _pieces(line: Line, end: date | None, rates: Rates) -> Iterator[Line]:
    dated = rates.dated.get(line.currency)
    if not dated:
        known = ", ".join(sorted(rates.dated)) or "none"
        raise DataError(
            f"{line.place}: {line.called} is in {line.currency}, which has no rate "
            f"(known: {known})",
            remedy="add the currency to params/prices/rates.yaml, with the day of each rate",
        )
    first = bisect_right([day for day, _ in dated], line.since) - 1
    if first < 0:
        raise DataError(
            f"{line.place}: {line.called} is in {line.currency} from {line.since} on, "
            f"whose first rate is from {dated[0][0]}",
            remedy="add the rate of that day to params/prices/rates.yaml",
        )
    for i in range(first, len(dated)):
        day, usd = dated[i]
        since = max(day, line.since)
        if end is not None and since > end:
            return
        amounts: dict[str, Any] = {
            name: None if (price := getattr(line, name)) is None else price * usd
            for name in AMOUNTS
        }
        told = f"{line.source} (in {line.currency}, at {usd:g} USD from {day} on)".strip()
        yield replace(line, currency="USD", since=since, source=told, **amounts)
