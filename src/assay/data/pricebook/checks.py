"""Lines of the price book that contradict each other, or say nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from assay.core.errors import DataError
from assay.features.model_names import aliased, canonical_provider

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.data.pricebook.lines import Line

_TOLD = 5


def check_lines(lines: Sequence[Line]) -> None:
    """That every line prices something, and that each day of a model has one price at most.

    Raises:
        DataError: naming file and line of the first faults, and how many more there are.
    """
    faults = [*_empty(lines), *_in_time(lines), *_names(lines)]
    if faults:
        more = len(faults) - _TOLD
        told = faults[:_TOLD] + ([f"and {more} more"] if more > 0 else [])
        raise DataError("\n  ".join(told), remedy="mend these lines of the price book")


def _empty(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        if line.input is None and line.output is None and line.per_request is None:
            yield f"{line.place}: {line.called} has no price: neither input, output nor per_request"
        if line.until is not None and line.until < line.since:
            yield f"{line.place}: {line.called} ends on {line.until}, before its day {line.since}"


def _in_time(lines: Sequence[Line]) -> Iterator[str]:
    """Days with two prices, and days between two lines with none."""
    series: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        key = (canonical_provider(line.provider), line.model.lower(), line.tier)
        series.setdefault(key, []).append(line)
    for own in series.values():
        for before, after in pairwise(sorted(own, key=lambda line: line.since)):
            if before.since == after.since:
                yield (
                    f"{after.place}: {after.called} has a second price from {after.since} on; "
                    f"the first is at {before.place}"
                )
            elif before.until is not None and before.until >= after.since:
                yield (
                    f"{after.place}: {after.called} has two prices from {after.since} on, as the "
                    f"line at {before.place} lasts until {before.until}"
                )
            elif before.until is not None and before.until + timedelta(days=1) < after.since:
                yield (
                    f"{after.place}: {after.called} has no price from "
                    f"{before.until + timedelta(days=1)} to {after.since - timedelta(days=1)}; "
                    f"leave `to` away at {before.place}, or add a line for these days"
                )


def _names(lines: Sequence[Line]) -> Iterator[str]:
    """Names that mean two models of a provider."""
    own = {(canonical_provider(line.provider), line.model.lower()): line for line in lines}
    claimed: dict[tuple[str, str], Line] = {}
    told = set()
    for line in lines:
        for alias in line.aliases:
            for name in aliased(line.provider, alias):
                other = own.get(name) or claimed.setdefault(name, line)
                if other.model.lower() == line.model.lower() or (name, line.model) in told:
                    continue
                told.add((name, line.model))
                whose = "is the name of" if name in own else "is also an alias of"
                yield (
                    f"{line.place}: alias {alias!r} of {line.called} {whose} {other.called}, "
                    f"at {other.place}"
                )
