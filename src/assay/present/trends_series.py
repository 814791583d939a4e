"""What the report on trends shows of each series: its chart, breaks, back-test and calendar."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Cell, Section, Table
from assay.present.charts.calendar import REACH, Day, calendar_chart
from assay.present.charts.trend import Rule, Spot, trend_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, as_printed, count, level
from assay.present.prose.trends.clauses import (
    beside,
    change_ends,
    dated,
    ends,
    near,
    near_between,
    path,
    periods,
    size_of,
    standing,
    sure,
    value_of,
    when,
)
from assay.present.prose.trends.findings import sentence
from assay.present.prose.words import counted, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.present.theme import Meaning

Json = dict[str, Any]
Block = Section | Figure | Table

TELLING: Final = 0.1
"""Share of a change from which what explains it is told."""
CYCLES: Final = {"day": "weekdays", "hour": "hours of the day"}
COMBINATION: Final = "combination"
REFERENCE: Final = "seasonal naive"
"""Names of the back-tests' records that are always shown."""
PART: Final = "Series"
"""Under which the side menu folds the sections of single series."""
MEMBERS: Final = 3
"""Heaviest of the other methods that have a row of their own."""
MOST_NAMED: Final = 3
"""Breaks that a sentence names, the latest."""


def series_blocks(record: Json) -> tuple[Block, ...]:
    """A section for each series that is told in full: chart, back-test, breaks, calendar."""
    blocks: list[Block] = []
    for one in record["series"]:
        if not any(point["value"] is not None for point in one["points"]):
            continue
        blocks.append(Section(one["name"], sentence(one, record), _lead(one, record), PART))
        blocks.append(_figure(one, record))
        if one["outlook"] and one["outlook"]["tested"]:
            blocks.append(_tested(one))
        if one["changes"]:
            blocks.append(_changes(one, record))
        off = [told for told in one["one_offs"] if _is_sure(told["effect"])]
        if off:
            blocks.append(_one_offs(off))
        if record["every"] == "day" and one["latest"] is not None:
            blocks.append(_calendar(one))
    return tuple(blocks)


def _lead(one: Json, record: Json) -> str:
    said, change, comparison = [], standing(one), one["comparison"]
    if change is not None:
        said.append(f"{path(change, one, record)}. {dated(change, record)}")
    if one["seasons"]:
        season = one["seasons"][0]
        parts = sorted(season["parts"], key=lambda part: part["value"])
        strength = PERCENT.number(season["strength"], 0)
        said.append(
            f"A season of {periods(season['period'], record)} makes up {strength} of the "
            f"variation, lowest on {parts[0]['label']}, highest on {parts[-1]['label']}."
        )
    if comparison is not None:
        told = ends(*size_of({**comparison, "size": comparison["change"]}))
        word = "a sure change" if comparison["sure"] else "no sure change"
        span = periods(comparison["periods"], record)
        said.append(f"Last {span} beside those before: {told}, {word}{_mix(one, record)}.")
    if not one["changes"] and one["visible_share"] is not None:
        share = PERCENT.number(one["visible_share"], 0)
        said.append(f"A lasting change of {share} would have been found four times in five.")
    return " ".join(said)


def _mix(one: Json, record: Json) -> str:
    """What other days of the week (hours of the day) explain, where it is a tenth or more."""
    comparison = one["comparison"]
    mix, change = comparison["mix"], comparison["change"]
    if record["every"] not in CYCLES or not abs(mix["value"]) >= TELLING * abs(change["value"]):
        return ""
    told = ends(*size_of({"relative": None, "size": mix, "unit": one["unit"]}))
    return f"; of it more or fewer units on other {CYCLES[record['every']]} explain {told}"


def _figure(one: Json, record: Json) -> Figure:
    points, ahead = one["points"], one["outlook"]["ahead"] if one["outlook"] else []
    peak = max(abs(point["value"]) for point in points if point["value"] is not None)
    notation = level(one["unit"], peak)
    at = {point["label"]: point["at"] for point in points}
    rules = [
        Rule(
            first=at[change["first"]],
            at=at[change["since"]],
            last=at[change["last"]],
            words=_words(change, one, record),
            meaning=_meaning(one, change),
        )
        for change in one["changes"]
    ]
    unit = f"{notation.before}{notation.after}".strip() or ""
    axis = ", ".join(part for part in (one["name"], f"{unit} {notation.per}".strip()) if part)
    chart = trend_chart(
        [_spot(point, seasonal=bool(one["seasons"])) for point in points],
        rules,
        [_spot({**point, "line": None}) for point in ahead],
        axis=axis,
        factor=notation.factor,
    )
    said = [f"{sentence(one, record)}."]
    caption = [f"Grey: each {record['every']}."]
    if one["seasons"]:
        caption.append("Thin line: without the season.")
    caption.append("Blue: the level between breaks and its interval.")
    if rules:
        caption.append("Dashed: breaks, with the interval of their date.")
    if ahead:
        last = ahead[-1]
        span = f"{value_of(last['low'], one['unit'])} to {value_of(last['high'], one['unit'])}"
        said.append(
            f"Forecast for {when(last['label'])}: {value_of(last['value'], one['unit'])}, {span}."
        )
        caption.append(_covered(one["outlook"]))
        caption += _allowing(one, record)
    return Figure(chart, " ".join(caption), " ".join(said))


def _covered(outlook: Json) -> str:
    wanted = PERCENT.number(outlook["level"], 0)
    if outlook["coverage"] is None:
        return f"Amber: the forecast and its {wanted} interval, which could not be tested."
    held = PERCENT.number(outlook["coverage"], 0)
    return f"Amber: the forecast and its {wanted} interval; such held {held} of past values."


def _allowing(one: Json, record: Json) -> list[str]:
    """That the interval is wide for a reason, and how values lay since the last break."""
    broke, lately = one["outlook"]["broke"], one["outlook"]["lately"]
    said = []
    if broke:
        such = "a break such as that" if len(broke) == 1 else "breaks such as those"
        named = joined([near(label, record) for label in broke[-MOST_NAMED:]])
        said.append(f"It allows for {such} of {named}, which past forecasts did not foresee.")
    if broke and lately is not None:
        share = PERCENT.number(one["outlook"]["level"], 0)
        low, high = value_of(lately["low"], one["unit"]), value_of(lately["high"], one["unit"])
        said.append(f"Since the last, {share} of values lay within {low} to {high}.")
    return said


def _words(change: Json, one: Json, record: Json) -> str:
    if change["kind"] == "slope":
        return path(change, one, record)
    estimate, notation = size_of(change)
    if change["kind"] == "variance":
        return f"spread × {estimate['value']:.2g}"
    decimals = notation.decimals(estimate["low"], estimate["high"])
    return notation.number(estimate["value"], decimals, signed=True)


def _meaning(one: Json, change: Json) -> Meaning:
    if change["kind"] == "variance" or not change["size"]["value"]:
        return "muted"
    return "better" if (change["size"]["value"] > 0) == (one["better"] == "up") else "worse"


def _spot(point: Json, *, seasonal: bool = False) -> Spot:
    return Spot(
        at=point["at"],
        value=point["value"],
        line=point["line"],
        low=point["low"],
        high=point["high"],
        adjusted=point["adjusted"] if seasonal else None,
    )


def _tested(one: Json) -> Table:
    """What the forecast was worth from past origins: beside the naive and its heaviest members."""
    tests = one["outlook"]["tested"]
    whole = [test for test in tests if test["method"] == COMBINATION]
    naive = [test for test in tests if test["method"] == REFERENCE]
    members = sorted(
        (test for test in tests if test["method"] not in {COMBINATION, REFERENCE}),
        key=lambda test: -test["weight"],
    )
    shown = members if len(members) <= MEMBERS + 1 else members[:MEMBERS]
    rows = [_tested_row(test) for test in (*whole, *shown)]
    if others := members[len(shown) :]:
        rows.append(_others_row(others))
    rows += [_tested_row(test) for test in naive]
    return Table(
        "Back-test: from past origins the series was forecast as it is now. Error is over that of "
        "repeating the last season (or value) within the series; held is the share of values "
        "inside intervals that were made without them. Weights add up to the combination; those of "
        "the others and their range of errors are in one row.",
        (
            ("Method", "left"),
            ("Weight", "right"),
            ("Error", "right"),
            ("sMAPE, %", "right"),
            ("Held", "right"),
            ("Origins", "right"),
        ),
        rows,
    )


def _tested_row(test: Json) -> list[Cell]:
    return [
        test["method"],
        PERCENT.number(test["weight"], 0) if 0 < test["weight"] < 1 else NOTHING,
        _number(test["mase"]),
        _number(test["smape"], 1),
        PERCENT.number(test["coverage"], 0) if test["coverage"] is not None else NOTHING,
        count(test["origins"]),
    ]


def _others_row(others: list[Json]) -> list[Cell]:
    """The members that have no row of their own: their weight in all, and from where to where."""

    def span(field: str, told: Callable[[float], str]) -> str:
        known = [test[field] for test in others if test[field] is not None]
        ends = [told(end) for end in (min(known), max(known))] if known else [NOTHING]
        return f"{ends[0]} to {ends[-1]}" if ends[0] != ends[-1] else ends[0]

    return [
        counted(len(others), "other"),
        PERCENT.number(sum(test["weight"] for test in others), 0),
        span("mase", _number),
        span("smape", lambda value: _number(value, 1)),
        span("coverage", lambda share: PERCENT.number(share, 0)),
        count(others[0]["origins"]),
    ]


def _number(value: float | None, decimals: int = 2) -> str:
    return NOTHING if value is None else as_printed(f"{value:.{decimals}f}")


def _changes(one: Json, record: Json) -> Table:
    rows: list[list[Cell]] = []
    for change in one["changes"]:
        usual = ""
        if change["chance"] is not None:
            usual = f" (such days: {PERCENT.number(change['chance'], 0)})"
        rows.append(
            [
                near(change["since"], record),
                near_between(change["first"], change["last"], record),
                change_ends(change, one, record),
                sure(change),
                f"{beside(change['candidates'])}{usual}" if change["candidates"] else NOTHING,
            ]
        )
    return Table(
        "Breaks, and what happened on those days: association, no cause. In brackets, how often an "
        "equally long stretch holds such an entry anyway.",
        (
            ("Since", "left"),
            ("Between", "left"),
            ("Size", "right"),
            ("Sure", "right"),
            ("On those days", "left"),
        ),
        rows,
    )


def _is_sure(estimate: Json) -> bool:
    return not (estimate["low"] or 0.0) <= 0 <= (estimate["high"] or 0.0)


def _one_offs(one_offs: list[Json]) -> Table:
    rows = []
    for told in one_offs:
        effect = {"relative": None, "size": told["effect"], "unit": told["unit"]}
        rows.append([told["what"], when(told["first"]), ends(*size_of(effect))])
    return Table(
        "Incidents and holidays whose days surely lay off the line, and how far.",
        (("What", "left"), ("From", "left"), ("Off by", "right")),
        rows,
    )


def _calendar(one: Json) -> Figure:
    days, odd = [], []
    for point in one["points"]:
        words = "no value" if point["value"] is None else value_of(point["value"], one["unit"])
        if point["off"] is not None and abs(point["off"]) >= REACH:
            odd.append(when(point["label"]))
        at = date.fromisoformat(point["label"])
        days.append(Day(day=at, off=point["off"], words=words))
    alt = f"{one['name']} by day: {counted(len(odd), 'day')} far from the line"
    return Figure(
        calendar_chart(days),
        "Each day beside the line and its season: amber above, blue below, full colour from three "
        "standard deviations on (of a day of so many units); × is a day without a value.",
        alt + (f", {joined(odd[:5])}." if odd else "."),
    )
