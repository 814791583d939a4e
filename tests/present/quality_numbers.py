"""Whether every number of a report on data quality comes from its record."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from present.printed_numbers import number_at, unknown_in

FACTORS = {
    "share": (100.0,),
    "probability": (1.0, 100.0),
    "USD": (1.0, 1_000.0),
    "times": (1.0, 100.0),
}


def unfounded_among(
    texts: Iterable[str], record: dict[str, Any], *, also: tuple[float, ...] = ()
) -> dict[str, list[str]]:
    """Texts that have numbers which neither stand in the record nor follow from it, with these.

    They follow as a multiple that their unit asks for, a share of two counts, a number of things
    that the record lists, a day of one of its dates, or how far a ratio is from one.
    """
    return unknown_in(texts, record, [*_known(record), *also])


def _known(record: dict[str, Any]) -> Iterator[float]:
    for pointer, unit in record["units"].items():
        value = float(number_at(record, pointer))
        yield from (value * factor for factor in FACTORS.get(unit, (1.0,)))
        if unit == "times":
            yield 100 * (value - 1)
            yield float(f"{value:.2g}")
    for moment in re.findall(r"\d{4}-\d{2}-\d{2}", str(record)):
        found = date.fromisoformat(moment)
        yield from (found.day, found.year)
    rows, rejected = record["rows"], record["rejected"]
    yield rows + rejected
    yield 100 * rejected / (rows + rejected)
    for one in record["implausible"]:
        if one["among"]:
            yield 100 * one["count"] / one["among"]
    columns = record["columns"]
    yield sum(not one["missing"] for one in columns)
    yield sum(one["missing"] == rows for one in columns)
    yield from Counter(fit["verdict"] for fit in record["fits"]).values()
    yield sum(fit["verdict"] != "not fit" for fit in record["fits"])
    yield sum(event["days"] for event in record["volume"]["events"])
    yield from _sizes(record)
    counts = sorted(one["rows"] for one in record["volume"]["days"])
    yield counts[len(counts) // 2]
    yield record["freshness"]["gaps"] - 3
    yield len(record["new_names"]) + record["new_hidden"]
    for mix in record["mixes"]:
        yield mix["recent_weeks"] + mix["weeks_before"]


def _sizes(value: Any) -> Iterator[int]:
    """How many things each list of the record has."""
    if isinstance(value, list):
        yield len(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _sizes(item)
