"""The numbers of two results, matched by what they are about and judged by their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.changes import Change, Reported, change

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

Judgement = Literal[
    "beyond", "within", "without interval", "not comparable", "appeared", "vanished", "same"
]
"""`beyond` the errors of both, `within` them, or why that cannot be said."""

SAME: Final = 1e-9
"""Relative: sums that run in parallel differ in the last digits."""

ELSEWHERE: Final = frozenset({"schema", "findings", "alerts", "brief", "sources", "units"})
"""Parts of a result that are compared by their own rules, or say nothing of their own."""

IDENTITY: Final = (
    "key",
    "name",
    "metric",
    "arm",
    "control",
    "column",
    "segment",
    "table",
    "rule",
    "kind",
    "what",
    "day",
    "value_of",
)
"""Fields of a row that say what it is about; rows are matched by them, never by their place."""

INTERVAL: Final = frozenset({"value", "low", "high"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One number, before and after.

    Attributes:
        name: what it is, in the words of the result: `Task success/greeting-v2/lift`.
        before, after: JSON pointer of the number, or of its interval, in each result; "" where it
            is not there.
        reason: why it cannot be compared.
    """

    name: str
    unit: str
    unit_before: str
    before: Estimate | None
    after: Estimate | None
    at_before: str
    at_after: str
    change: Change | None
    judged: Judgement
    reason: str = ""

    @property
    def differs(self) -> bool:
        """Whether a reader finds another number."""
        return self.judged != "same"


@dataclass(frozen=True, slots=True)
class _Found:
    estimate: Estimate
    unit: str
    at: str


def estimate_of(value: object) -> Estimate | None:
    """A number, or a number with its interval, as a result holds it."""
    match value:
        case bool():
            return None
        case int() | float():
            return Estimate(value=float(value), low=None, high=None)
        case {"value": middle, "low": low, "high": high}:
            return Estimate(value=middle, low=low, high=high)
        case _:
            return None


def judge(  # noqa: PLR0913  two numbers, what they are called, and why they may not be compared
    name: str,
    before: Estimate | None,
    after: Estimate | None,
    *,
    units: tuple[str, str],
    places: tuple[str, str],
    independent: bool,
    reason: str = "",
) -> Moved:
    """Whether a number moved, and by more than its errors explain.

    Args:
        name: what it is.
        before: in the earlier result, None where it is not there.
        after: in the later one.
        units: of both.
        places: JSON pointers to both.
        independent: the results share no data.
        reason: why the intervals cannot be held against each other, "" where they can.
    """
    found: Change | None = None
    judged: Judgement
    if before is None or after is None:
        judged = "appeared" if before is None else "vanished"
    elif units[0] != units[1]:
        judged, reason = "not comparable", f"the unit was {units[0]}, is {units[1]}"
    elif _alike(before, after):
        judged, reason = "same", ""
    elif before.value is None or after.value is None:
        judged = "appeared" if before.value is None else "vanished"
        reason = "there was no number" if before.value is None else "there is no number any more"
    else:
        found = _change(before, after, independent=independent)
        if found is None:
            judged, reason = "not comparable", "an estimate lies outside its own interval"
        elif reason and _bounded(before, after):
            judged, found = "not comparable", _without_ends(found)
        else:
            judged = "without interval" if found.beyond is None else _word(beyond=found.beyond)
            reason = ""
    return Moved(
        name=name,
        unit=units[1] or units[0],
        unit_before=units[0],
        before=before,
        after=after,
        at_before=places[0],
        at_after=places[1],
        change=found,
        judged=judged,
        reason=reason,
    )


def numbers(before: Json, after: Json, *, independent: bool, reason: str) -> tuple[Moved, ...]:
    """Every number of both results outside their findings, in the order of the later one.

    Rows of lists are matched by the fields that say what they are about (`IDENTITY`).
    """
    old, new = _all_of(before), _all_of(after)
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        judge(
            name,
            old[name].estimate if name in old else None,
            new[name].estimate if name in new else None,
            units=(
                (old.get(name) or new[name]).unit,
                (new.get(name) or old[name]).unit,
            ),
            places=(old[name].at if name in old else "", new[name].at if name in new else ""),
            independent=independent,
            reason=reason,
        )
        for name in names
    )


def _all_of(result: Json) -> dict[str, _Found]:
    units = result.get("units") or {}
    own = {key: value for key, value in result.items() if key not in ELSEWHERE}
    return dict(_walk(own, "", "", units))


def _walk(value: object, name: str, at: str, units: Json) -> Iterator[tuple[str, _Found]]:
    estimate = estimate_of(value)
    if estimate is not None:
        unit = units.get(at) or units.get(f"{at}/value") or _unit_below(at, value, units)
        yield name.strip("/"), _Found(estimate, unit, at)
    match value:
        case dict():
            inner = {k: v for k, v in value.items() if estimate is None or k not in INTERVAL}
            for key, item in inner.items():
                yield from _walk(item, f"{name}/{key}", f"{at}/{_escaped(key)}", units)
        case list():
            for place, (called, item) in enumerate(zip(_called(value), value, strict=True)):
                yield from _walk(item, f"{name}/{called}", f"{at}/{place}", units)


def _unit_below(at: str, value: object, units: Json) -> str:
    """An estimate that could not be had has no `value` with a unit; its ends may."""
    if not isinstance(value, dict):
        return ""
    return next((units[f"{at}/{end}"] for end in ("low", "high") if f"{at}/{end}" in units), "")


def _called(rows: list[Any]) -> list[str]:
    """What each row of a list is called: by what it is about, by its place where that is shared."""
    names = [_identity(row) for row in rows]
    return [
        name if name and names.count(name) == 1 else str(place) for place, name in enumerate(names)
    ]


def _identity(row: object) -> str:
    if not isinstance(row, dict):
        return ""
    own = [str(row[key]) for key in IDENTITY if isinstance(row.get(key), str)]
    inner = [
        _identity(value) for value in row.values() if isinstance(value, dict) and "metric" in value
    ]
    return " · ".join(text for text in (*own, *inner) if text)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _alike(before: Estimate, after: Estimate) -> bool:
    pairs = ((getattr(before, end), getattr(after, end)) for end in ("value", "low", "high"))
    return all(
        one == other if one is None or other is None else isclose(one, other, rel_tol=SAME)
        for one, other in pairs
    )


def _change(before: Estimate, after: Estimate, *, independent: bool) -> Change | None:
    try:
        return change(_reported(before), _reported(after), independent=independent)
    except DataError:
        return None


def _reported(estimate: Estimate) -> Reported:
    value = 0.0 if estimate.value is None else estimate.value
    return Reported(value, estimate.low, estimate.high)


def _bounded(before: Estimate, after: Estimate) -> bool:
    return any(end is not None for one in (before, after) for end in (one.low, one.high))


def _without_ends(found: Change) -> Change:
    return Change(found.value, None, None, found.relative, None)


def _word(*, beyond: bool) -> Judgement:
    return "beyond" if beyond else "within"
