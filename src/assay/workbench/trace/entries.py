"""The numbers of a result, each with its unit, its interval and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.trace.printed import Printed, numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]

SCALES: Final = (1.0, 100.0, 1000.0)
"""What an entry may be multiplied by before it is printed; `matches` says by which unit."""

SHARES: Final = frozenset({"share", "probability"})
IDENTITY: Final = frozenset(
    [
        *("key", "what", "name", "label", "subject", "value_of"),
        *("metric", "arm", "segment", "column", "table", "rule", "day"),
    ]
)
"""Fields that say what a record is about."""

PROSE: Final = frozenset({"title", "plain", "exact"})
"""Fields of a finding that are sentences: they quote numbers and are no source of any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One number of a result.

    Attributes:
        at: JSON pointer.
        low, high: of the interval that it is the estimate of; None where there is none.
        n: what stands beside it as `n`.
        about: what the records that it lies in are about (metric, arm, segment …).
    """

    at: str
    value: float
    unit: str
    low: float | None
    high: float | None
    n: int | None
    about: tuple[str, ...]


def entries_of(result: Json) -> tuple[Entry, ...]:
    """Every number of a result, in its order; the head and the units are left out."""
    own = {key: value for key, value in result.items() if key not in {"units", "brief", "schema"}}
    return tuple(_walk(own, "", result.get("units") or {}, (), None))


def matches(printed: Printed, entry: Entry) -> bool:
    """Whether the number is the entry's, within half a unit of its last printed digit.

    Scales that a unit allows: shares and probabilities as such, in percent or points, or per
    thousand; seconds also in ms; money, and any other number, also per thousand.
    """
    return any(_fits(printed, entry, factor) for factor in _factors(printed, entry.unit))


def _fits(printed: Printed, entry: Entry, factor: float) -> bool:
    value = entry.value * factor
    if printed.bound == "under" and 0 <= abs(value) < abs(printed.value):
        return True
    if printed.bound == "over" and abs(value) > abs(printed.value) and entry.unit in SHARES:
        return True
    slack = printed.half * (1 + 1e-9) + 1e-12 * abs(value)
    # A sign may be told by a word: "falls by 3 %".
    found = (value,) if printed.signed else (abs(value), -abs(value))
    return any(abs(each - printed.value) <= slack for each in found)


def constants_of(result: Json, manifest: Json) -> tuple[Entry, ...]:
    """Numbers that a page may quote beside those of its result.

    Exactly these: values of declared parameters; one minus those, one minus the result's `alpha`
    and one minus each `…_alpha` within it (confidence levels); numbers within the result's own
    texts, its sentences apart; lengths of its lists, and whole numbers below the longest (so many
    of its rows are such); and the days from its `first` to its `last`.
    """
    found = list(_parameters(manifest.get("parameters") or {}, "parameter"))
    found += _as_entries([1 - error for error in _errors(result)], "confidence")
    found += [entry for text in _texts(result) for entry in _in_text(text)]
    lengths = _lengths(result)
    found += _as_entries(lengths, "length")
    found += _as_entries(range(int(max(lengths, default=0))), "count of rows")
    found += _as_entries(_days(result), "days")
    return tuple(found)


def _errors(value: object) -> Iterator[float]:
    """Errors whose complement is a confidence level: `alpha`, and what is named after it."""
    match value:
        case dict():
            for key, item in value.items():
                if _is_number(item) and (key == "alpha" or str(key).endswith("_alpha")):
                    yield float(item)
                else:
                    yield from _errors(item)
        case list():
            for item in value:
                yield from _errors(item)


def _walk(
    value: object, at: str, units: Json, about: tuple[str, ...], n: int | None
) -> Iterator[Entry]:
    match value:
        case dict():
            own = tuple(
                text
                for key, text in value.items()
                if key in IDENTITY and isinstance(text, str) and text
            )
            here = (*own, *about)
            count = value["n"] if isinstance(value.get("n"), int) else n
            ends = value.get("low"), value.get("high")
            for key, item in value.items():
                below = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
                if key == "value" and _is_number(item):
                    told = {below: value["unit"]} if isinstance(value.get("unit"), str) else {}
                    yield _entry(item, below, told | units, here, count, ends)
                elif key not in PROSE:
                    beside = value.get(f"n_{str(key).rpartition('_')[2]}")
                    size = beside if isinstance(beside, int) else count
                    yield from _walk(item, below, units, here, size)
        case list():
            for place, item in enumerate(value):
                yield from _walk(item, f"{at}/{place}", units, about, n)
        case _ if _is_number(value):
            yield _entry(value, at, units, about, n, (None, None))


def _entry(  # noqa: PLR0913, PLR0917  one for each of its fields
    value: Any,  # noqa: ANN401
    at: str,
    units: Json,
    about: tuple[str, ...],
    n: int | None,
    ends: tuple[Any, Any],
) -> Entry:
    low, high = (end if _is_number(end) else None for end in ends)
    unit = str(units.get(at, units.get(at.rpartition("/")[0], "")))
    return Entry(at=at, value=float(value), unit=unit, low=low, high=high, n=n, about=about)


def _factors(printed: Printed, unit: str) -> tuple[float, ...]:
    """What an entry may be multiplied by to stand as it is printed; nothing where it cannot."""
    share, free = unit in SHARES, unit in {"", "1", "declared"}
    each = (1000.0,) if printed.thousand else ()
    match printed.scale:
        case "%":
            # A result without units may hold percentages as such.
            return (100.0, 1.0) if unit in {"", "declared"} else (100.0,) if share or free else ()
        case "$":
            return (1.0, *each) if free or unit == "USD" else ()
        case "ms":
            return (1000.0,) if free or unit == "s" else ()
        case "s":
            return (1.0,) if free or unit == "s" else ()
        case "?" if share:
            return (1.0, 100.0, *each)
        case _:
            return (1.0, *each)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parameters(value: object, at: str) -> Iterator[Entry]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _parameters(item, f"{at}/{key}")
        case list():
            for item in value:
                yield from _parameters(item, at)
        case str():
            yield from _in_text(value)
        case _ if _is_number(value):
            number: Any = value
            yield from _as_entries([number, 1 - number], at)


def _as_entries(numbers: Iterable[float], at: str) -> list[Entry]:
    return [
        Entry(at=at, value=float(n), unit="declared", low=None, high=None, n=None, about=())
        for n in numbers
    ]


def _in_text(text: str) -> Iterator[Entry]:
    for found in numbers_in(text):
        scale = 0.01 if found.scale == "%" else 1.0
        yield from _as_entries([found.value * scale], "text")


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                if key not in PROSE | {"brief"}:
                    yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)


def _lengths(value: object) -> set[float]:
    match value:
        case dict():
            return {n for key, item in value.items() if key != "units" for n in _lengths(item)}
        case list():
            return {float(len(value))} | {n for item in value for n in _lengths(item)}
        case _:
            return set()


def _days(result: Json) -> list[float]:
    try:
        first, last = (date.fromisoformat(str(result[end])[:10]) for end in ("first", "last"))
    except (KeyError, ValueError):
        return []
    return [float((last - first).days + 1)]
