"""What `assay cost forecast` and `assay cost budget` print, from the outlook's record."""

from __future__ import annotations

from typing import Any, Final

from assay.present.costs.listing import Column, Listing
from assay.present.format import NOTHING, PERCENT, as_printed, count, period
from assay.present.format import day as on
from assay.present.prose.costs.money import spread, usd
from assay.present.prose.words import capital, counted, joined, noun_of

Json = dict[str, Any]

AHEAD: Final = ("low", "high", "low_80", "high_80")
_TOTALS: Final = ("kind", "label", "first", "last", "spent", "usd", *AHEAD, "held_80", "held_95",
                  "tested")  # fmt: skip
_BUDGETS: Final = (
    *("name", "owner", "whom", "per", "first", "last", "budget", "spent", "share"),
    *("expected", "low", "high", "probability", "day", "earliest", "latest", "state", "reason"),
)


def forecast_listing(record: Json) -> Listing:
    """Totals to come, then what each value of a column will cost, then each day."""
    level = PERCENT.number(record["level"], 0)
    rows = [_total(one) for one in record["totals"]]
    rows += [_part(one, part) for one in record["parts"] for part in one["parts"]]
    rows += [_day(one) for one in record["days"]]
    title = (
        f"What is to come, from what {counted(record['history'], 'day')} up to "
        f"{on(record['through'])} tell; medians with intervals of {level} and of 80{_SPACE}%."
    )
    if record["refused"]:
        title = f"Nothing is forecast: {as_printed(record['refused'])}."
    cells = [
        [
            _name(one),
            usd(one["usd"]),
            _ends(one["low"], one["high"]),
            _ends(one["low_80"], one["high_80"]),
            _held(one),
        ]
        for one in rows
    ]
    return Listing(
        title=title,
        facts={key: record[key] for key in ("through", "history", "level", "refused")},
        columns=[
            Column(label="To come"),
            Column(label="USD", number=True),
            Column(label=level, number=True),
            Column(label=f"80{_SPACE}%", number=True),
            Column(label="Held", number=True),
        ],
        cells=cells,
        keys=_TOTALS,
        rows=rows,
        notes=[*_tested(record), *(f"{capital(as_printed(note))}." for note in record["notes"])],
    )


_SPACE: Final = "\u00a0"


def _row(kind: str, label: str, first: str, last: str, **more: Any) -> Json:  # noqa: ANN401
    return {
        **dict.fromkeys(_TOTALS),
        "kind": kind,
        "label": label,
        "first": first,
        "last": last,
    } | (more)


def _total(one: Json) -> Json:
    size, held = one["usd"], one["held"]
    return _row(
        "total",
        one["label"],
        one["first"],
        one["last"],
        spent=one["spent"],
        usd=size["value"],
        low=size["low"],
        high=size["high"],
        low_80=one["low_80"],
        high_80=one["high_80"],
        held_80=held["share_80"],
        held_95=held["share_95"],
        tested=held["tested"],
    )


def _part(column: Json, part: Json) -> Json:
    size = part["month"]
    label = f"{noun_of(column['column'])} {part['name']}, 30 days"
    return _row("part", label, "", "", usd=size["value"], low=size["low"], high=size["high"])


def _day(one: Json) -> Json:
    told = {key: one[key] for key in ("usd", *AHEAD)}
    return _row("day", one["day"], one["day"], one["day"], **told)


def _name(one: Json) -> str:
    if one["kind"] == "day":
        return on(one["first"])
    if one["kind"] == "part":
        return str(one["label"])
    when = period(one["first"], one["last"])
    spent = f", {usd(one['spent'])} of it spent" if one["spent"] else ""
    return f"{capital(one['label'])} ({when}{spent})"


def _ends(low: float | None, high: float | None) -> str:
    return NOTHING if low is None or high is None else f"{usd(low)} to {usd(high)}"


def _held(one: Json) -> str:
    if one["kind"] != "total" or one["held_95"] is None:
        return NOTHING
    return f"{PERCENT.number(one['held_95'], 0)} of {count(one['tested'])}"


def _tested(record: Json) -> list[str]:
    if not any(one["held"]["share_95"] is not None for one in record["totals"]):
        return []
    return [
        "Held: the share of past totals of that length that lay in intervals made without them."
    ]


def budget_listing(record: Json, *, by: str = "", shares: list[Json] | None = None) -> Listing:
    """Each budget: what is spent, what is expected, how likely it is exceeded, and when.

    Args:
        record: of the outlook.
        by: column whose values' part of each budget is told, too.
        shares: of each budget and value: `name`, `value`, `spent`, `share`.
    """
    rows = [_budget(one) for one in record["budgets"]]
    cells = [
        [
            _whose(one),
            period(one["first"], one["last"]),
            usd(one["budget"]),
            f"{usd(one['spent'])} ({PERCENT.number(one['share'], 0)})",
            NOTHING if told["total"] is None else spread(told["total"]["usd"]),
            _odds(one["probability"]),
            on(one["day"]) if one["day"] else NOTHING,
            one["state"] + (f": {as_printed(one['reason'])}" if one["reason"] else ""),
        ]
        for one, told in zip(rows, record["budgets"], strict=True)
    ]
    columns = [
        Column(label="Budget"),
        Column(label="Period"),
        Column(label="Budget, USD", number=True),
        Column(label="Spent", number=True),
        Column(label="Expected", number=True),
        Column(label="Chance to exceed", number=True),
        Column(label="Expected on"),
        Column(label="State"),
    ]
    if shares:
        cells, columns = _with_shares(cells, rows, shares, columns, by)
        rows = [*rows, *(dict.fromkeys(_BUDGETS) | _shared(one, by) for one in shares)]
    states = [one["state"] for one in record["budgets"]]
    told_states = [f"{counted(states.count(one), 'budget')} {one}" for one in dict.fromkeys(states)]
    return Listing(
        title=(
            f"{capital(joined(told_states))}, as of {on(record['through'])}."
            if states
            else "No budgets are declared: docs/costs.md shows how."
        ),
        facts={key: record[key] for key in ("through", "level")},
        columns=columns,
        cells=cells,
        keys=_BUDGETS,
        rows=rows,
        notes=[
            f"{one['name']}: {as_printed(note)}."
            for one in record["budgets"]
            for note in one["notes"]
        ],
    )


def _budget(one: Json) -> Json:
    total, whole = one["total"], [c for c in one["crossings"] if c["share"] == 1]
    size = total["usd"] if total else {"value": None, "low": None, "high": None}
    last = whole[0] if whole else {"day": None, "first": None, "last": None}
    named = {key: one[key] for key in _BUDGETS[:9]}
    return {
        **named,
        "expected": size["value"],
        "low": size["low"],
        "high": size["high"],
        "probability": one["probability"],
        "day": last["day"],
        "earliest": last["first"],
        "latest": last["last"],
        "state": one["state"],
        "reason": one["reason"],
    }


def _whose(one: Json) -> str:
    rest = [part for part in (one["owner"], one["whom"]) if part and part != one["name"]]
    return f"{one['name']} ({', '.join(rest)})" if rest else str(one["name"])


def _odds(probability: float | None) -> str:
    if probability is None:
        return NOTHING
    if 0 < probability < 0.01:
        return f"under {PERCENT.number(0.01, 0)}"
    if 0.99 < probability < 1:
        return f"over {PERCENT.number(0.99, 0)}"
    return PERCENT.number(probability, 0)


def _shared(one: Json, by: str) -> Json:
    return {
        "name": one["name"],
        "whom": f"{by} {one['value']}",
        "spent": one["spent"],
        "share": one["share"],
    }


def _with_shares(
    cells: list[list[str]],
    rows: list[Json],
    shares: list[Json],
    columns: list[Column],
    by: str,
) -> tuple[list[list[str]], list[Column]]:
    """Below each budget a line per value of the column, with its part of what is spent."""
    told: list[list[str]] = []
    for line, row in zip(cells, rows, strict=True):
        told.append([line[0], "", *line[1:]])
        told += [
            [
                "",
                one["value"],
                *("", ""),
                f"{usd(one['spent'])} ({PERCENT.number(one['share'], 0)})",
                *("", "", "", ""),
            ]
            for one in shares
            if one["name"] == row["name"]
        ]
    return told, [columns[0], Column(label=capital(noun_of(by))), *columns[1:]]
