"""Published results as rows: every number with its unit, interval and count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.data.databases.tables import TableForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOMENT: Final = pl.Datetime("us", "UTC")
_IDENTITY: Final[dict[str, pl.DataType]] = {
    "report": pl.String(),
    "set_name": pl.String(),
    "version": pl.String(),
}

REPORTS: Final = TableForm(
    name="assay_reports",
    columns={
        **_IDENTITY,
        "key": pl.String(),
        "created": _MOMENT,
        "title": pl.String(),
        "state": pl.String(),
    },
    required=frozenset({*_IDENTITY, "created"}),
    key=tuple(_IDENTITY),
    about="One published version of a report in one set of parameters",
)
RESULTS: Final = TableForm(
    name="assay_results",
    columns={
        **_IDENTITY,
        "pointer": pl.String(),
        "value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "unit": pl.String(),
        "n": pl.Int64(),
    },
    required=frozenset({*_IDENTITY, "pointer"}),
    key=(*_IDENTITY, "pointer"),
    about="One number of a published result; pointer is its place in result.json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResult:
    """A published version: what it is called, and its `result.json`.

    Attributes:
        key: of the run that made it.
        created: in UTC.
    """

    report: str
    set_name: str
    version: str
    key: str
    created: datetime
    result: Mapping[str, Any]


def report_rows(results: Iterable[PublishedResult]) -> pl.DataFrame:
    """One row for each version."""
    rows = [
        {
            "report": found.report,
            "set_name": found.set_name,
            "version": found.version,
            "key": found.key,
            "created": found.created,
            "title": (found.result.get("brief") or {}).get("title"),
            "state": (found.result.get("brief") or {}).get("state"),
        }
        for found in results
    ]
    return pl.DataFrame(rows, schema=REPORTS.columns)


def result_rows(results: Iterable[PublishedResult]) -> pl.DataFrame:
    """One row for each number of each version that has a unit.

    An estimate (`value`, `low`, `high`, or `x`, `x_low`, `x_high`) is one row; `n` is the nearest
    one above.
    """
    rows = [
        {
            "report": found.report,
            "set_name": found.set_name,
            "version": found.version,
            **number,
        }
        for found in results
        for number in _numbers(found.result, found.result.get("units") or {})
    ]
    return pl.DataFrame(rows, schema=RESULTS.columns, strict=False)


def _numbers(
    value: Any,  # noqa: ANN401  JSON
    units: Mapping[str, str],
    at: str = "",
    n: int | None = None,
) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _numbers(item, units, f"{at}/{i}", n)
    elif isinstance(value, dict):
        own = value.get("n")
        n = own if isinstance(own, int) and not isinstance(own, bool) else n
        if {"value", "low", "high"} <= set(value):
            yield from _row(at, [value["value"], value["low"], value["high"]], units, n)
            value = {key: v for key, v in value.items() if key not in {"value", "low", "high"}}
        for key, item in value.items():
            if not at and key in {"units", "schema"}:
                continue
            base = key.removesuffix("_low").removesuffix("_high")
            if base != key and base in value:
                continue
            place = f"{at}/{key}"
            if isinstance(item, dict | list):
                yield from _numbers(item, units, place, n)
            else:
                ends = [item, value.get(f"{key}_low"), value.get(f"{key}_high")]
                yield from _row(place, ends, units, n)
    elif at:
        yield from _row(at, [value, None, None], units, n)


def _row(
    at: str, numbers: list[Any], units: Mapping[str, str], n: int | None
) -> Iterator[dict[str, Any]]:
    unit = next(
        (units[p] for p in (at, f"{at}/value", f"{at}/low", f"{at}/high") if p in units), None
    )
    numbers = [float(x) if _is_number(x) else None for x in numbers]
    if unit is not None and any(x is not None for x in numbers):
        value, low, high = numbers
        yield {"pointer": at, "value": value, "low": low, "high": high, "unit": unit, "n": n}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
