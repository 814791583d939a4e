"""The sections of the report on trends, ready to be displayed.

Each function takes the record of the result, with its findings told, and returns what a notebook
cell displays.
"""

from __future__ import annotations

from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Cell, Details, Mark, Note, Section, Table
from assay.present.charts.calendar import Day, calendar_chart
from assay.present.charts.trend import Rule, Spot, trend_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, as_printed, count, level
from assay.present.prose.trends import brief, tell
from assay.present.prose.trends.clauses import (
    beside,
    between,
    ends,
    series_told,
    size_of,
    standing,
    sure,
    value_of,
    when,
)
from assay.present.prose.trends.findings import sentence
from assay.present.prose.trends.method import method
from assay.present.prose.words import capital, counted, joined, shortened

if TYPE_CHECKING:
    from assay.present.theme import Meaning

__all__ = [
    "brief",
    "changes_blocks",
    "method_details",
    "series_blocks",
    "tell",
    "tests_blocks",
    "together_blocks",
    "trust_blocks",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note

MOST_ROWS: Final = 40
"""Series of which a table tells; the rest are counted."""
_MARKS: Final = {
    "changed": Mark("changed", "attention", "●", tag=True),
    "steady": Mark("steady", "neutral"),
    "no answer": Mark("no answer", "neutral", "?"),
}


def changes_blocks(record: Json) -> tuple[Block, ...]:
    """Every series in one table, what matters most first."""
    changed = [one for one in record["series"] if one["verdict"] == "changed"]
    total = series_told(len(record["series"]))
    heading = (
        f"{capital(series_told(len(changed)))} of {count(len(record['series']))} changed"
        if changed
        else f"None of {total} changed for sure"
    )
    shown = record["series"][:MOST_ROWS]
    rows: list[list[Cell]] = [_row(one) for one in shown]
    caption = (
        "Last change of each series, over its level before; the last periods beside those before; "
        "and the change of level that would have been found four times in five."
    )
    table = Table(
        caption,
        (
            ("Series", "left"),
            ("Level now", "right"),
            ("Last change", "right"),
            ("Since", "left"),
            ("Last periods", "right"),
            ("Visible", "right"),
            ("", "left"),
        ),
        rows,
    )
    rest = len(record["series"]) - len(shown)
    note = (Note(f"{counted(rest, 'more series', 'more series')} stand in result.json."),)
    return (Section("Changes", heading), table, *(note if rest else ()))


def _row(one: Json) -> list[Cell]:
    change, comparison = standing(one), one["comparison"]
    last = ends(*size_of(change)) if change else NOTHING
    recent = NOTHING
    if comparison is not None:
        recent = ends(*size_of({**comparison, "size": comparison["change"]}))
    latest = one["latest"]
    visible = one["visible_share"]
    return [
        one["name"],
        value_of(latest["value"], one["unit"]) if latest else NOTHING,
        last,
        when(change["since"]) if change else NOTHING,
        recent,
        PERCENT.number(visible, 0 if visible > 0.01 else 1) if visible is not None else NOTHING,
        _MARKS[one["verdict"]],
    ]


def series_blocks(record: Json) -> tuple[Block, ...]:
    """A section for each series that is told in full: chart, calendar, what happened then."""
    blocks: list[Block] = []
    for one in record["series"]:
        if not any(point["value"] is not None for point in one["points"]):
            continue
        blocks.append(Section(one["name"], sentence(one), _lead(one)))
        blocks.append(_figure(one, record))
        if one["changes"]:
            blocks.append(_changes(one))
        if one["one_offs"]:
            blocks.append(_one_offs(one))
        if record["every"] == "day" and one["latest"] is not None:
            blocks.append(_calendar(one))
    return tuple(blocks)


def _lead(one: Json) -> str:
    said = []
    if one["seasons"]:
        season = one["seasons"][0]
        parts = sorted(season["parts"], key=lambda part: part["value"])
        strength = PERCENT.number(season["strength"], 0)
        said.append(
            f"A season of {count(season['period'])} periods makes up {strength} of the variation, "
            f"lowest on {parts[0]['label']}, highest on {parts[-1]['label']}."
        )
    comparison = one["comparison"]
    if comparison is not None:
        told = ends(*size_of({**comparison, "size": comparison["change"]}))
        word = "a sure change" if comparison["sure"] else "no sure change"
        said.append(
            f"Last {count(comparison['periods'])} periods beside those before: {told}, {word}."
        )
    if not one["changes"] and one["visible_share"] is not None:
        share = PERCENT.number(one["visible_share"], 0)
        said.append(f"A lasting change of {share} would have been found four times in five.")
    return " ".join(said)


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
            words=_words(change),
            meaning=_meaning(one, change),
        )
        for change in one["changes"]
    ]
    unit = f"{notation.before}{notation.after}".strip() or ""
    axis = ", ".join(part for part in (one["name"], f"{unit} {notation.per}".strip()) if part)
    chart = trend_chart(
        [_spot(point) for point in points],
        rules,
        [_spot({**point, "line": None}) for point in ahead],
        axis=axis,
        factor=notation.factor,
    )
    said = [f"{sentence(one)}."]
    if ahead:
        last = ahead[-1]
        span = f"{value_of(last['low'], one['unit'])} to {value_of(last['high'], one['unit'])}"
        said.append(
            f"Forecast for {when(last['label'])}: {value_of(last['value'], one['unit'])}, {span}."
        )
    caption = (
        f"Grey: each {record['every']}. Blue: the level between breaks and its interval. Dashed "
        "rules: breaks, with the interval of their date. Amber: the forecast and its interval."
    )
    return Figure(chart, caption, " ".join(said))


def _words(change: Json) -> str:
    estimate, notation = size_of(change)
    if change["kind"] == "variance":
        return f"spread × {estimate['value']:.2g}"
    decimals = notation.decimals(estimate["low"], estimate["high"])
    number = notation.number(estimate["value"], decimals, signed=True)
    return f"slope {number}" if change["kind"] == "slope" else number


def _meaning(one: Json, change: Json) -> Meaning:
    if change["kind"] == "variance" or not change["size"]["value"]:
        return "muted"
    return "better" if (change["size"]["value"] > 0) == (one["better"] == "up") else "worse"


def _spot(point: Json) -> Spot:
    return Spot(
        at=point["at"],
        value=point["value"],
        line=point["line"],
        low=point["low"],
        high=point["high"],
    )


def _changes(one: Json) -> Table:
    rows: list[list[Cell]] = []
    for change in one["changes"]:
        usual = ""
        if change["chance"] is not None:
            usual = f" (such days: {PERCENT.number(change['chance'], 0)})"
        rows.append(
            [
                when(change["since"]),
                between(change["first"], change["last"]),
                ends(*size_of(change)),
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


def _one_offs(one: Json) -> Table:
    rows = []
    for told in one["one_offs"]:
        effect = {"relative": None, "size": told["effect"], "unit": told["unit"]}
        rows.append([told["what"], between(told["first"], told["last"]), ends(*size_of(effect))])
    return Table(
        "Incidents and holidays: how far those days lay off the line.",
        (("What", "left"), ("When", "left"), ("Off by", "right")),
        rows,
    )


def _calendar(one: Json) -> Figure:
    noise = one["noise"] or 0.0
    days, odd = [], []
    for point in one["points"]:
        at = date.fromisoformat(point["label"])
        off = None
        words = "no value"
        if point["adjusted"] is not None and point["line"] is not None:
            off = (point["adjusted"] - point["line"]) / noise if noise else 0.0
            words = value_of(point["value"], one["unit"])
        if off is not None and isfinite(off) and abs(off) >= 3:
            odd.append(when(point["label"]))
        days.append(Day(day=at, off=off, words=words))
    alt = f"{one['name']} by day: {counted(len(odd), 'day')} far from the line"
    return Figure(
        calendar_chart(days),
        "Each day beside the line and its season: amber above, blue below, full colour from three "
        "standard deviations on; × is a day without a value.",
        alt + (f", {joined(odd[:5])}." if odd else "."),
    )


def together_blocks(record: Json) -> tuple[Block, ...]:
    """Breaks that fell together over series."""
    groups = record["together"]
    if not groups:
        return ()
    rows: list[list[Cell]] = []
    for group in groups[:MOST_ROWS]:
        pairs = zip(group["names"], group["upward"], strict=True)
        named = [f"{name} {'↑' if up else '↓'}" for name, up in pairs]
        happened = beside(group["candidates"]) if group["candidates"] else NOTHING
        rows.append([between(group["first"], group["last"]), ", ".join(named), happened])
    first = groups[0]
    dates = between(first["first"], first["last"])
    heading = f"{capital(series_told(len(first['keys'])))} broke together, {dates}"
    return (
        Section("Together", heading),
        Table(
            "Breaks whose date intervals share a period, and what happened then: association.",
            (("When", "left"), ("Series", "left"), ("On those days", "left")),
            rows,
        ),
    )


def tests_blocks(record: Json) -> tuple[Block, ...]:
    """What past forecasts were worth, by series: the combination beside the seasonal naive."""
    rows: list[list[Cell]] = []
    for one in record["series"][: record["told"]]:
        outlook = one["outlook"]
        if not outlook or not outlook["ahead"]:
            continue
        by = {test["method"]: test for test in outlook["tested"]}
        ours, naive = by.get("combination"), by.get("seasonal naive")
        last = outlook["ahead"][-1]
        rows.append(
            [
                shortened(one["name"], 40),
                value_of(last["value"], one["unit"]),
                f"{value_of(last['low'], one['unit'])} to {value_of(last['high'], one['unit'])}",
                _number(ours and ours["mase"]),
                _number(naive and naive["mase"]),
                PERCENT.number(outlook["coverage"], 0)
                if outlook["coverage"] is not None
                else NOTHING,
                count(ours["origins"]) if ours else NOTHING,
            ]
        )
    if not rows:
        return ()
    covered = [
        one["outlook"]["coverage"]
        for one in record["series"]
        if one["outlook"] and one["outlook"]["coverage"] is not None
    ]
    heading = "Forecasts could not be tested on the past"
    if covered:
        share = PERCENT.number(sum(covered) / len(covered), 0)
        heading = f"Past forecasts covered {share} of what came"
    return (
        Section("Forecasts", heading),
        Table(
            f"Forecast for {count(record['horizon'])} periods on, and what such were worth "
            "from past origins: error over that of repeating the last season within the series "
            "(below the naive’s is better), share of values inside the interval.",
            (
                ("Series", "left"),
                ("Forecast", "right"),
                ("Interval", "right"),
                ("Error", "right"),
                ("Naive", "right"),
                ("Covered", "right"),
                ("Origins", "right"),
            ),
            rows,
        ),
    )


def _number(value: float | None) -> str:
    return NOTHING if value is None else as_printed(f"{value:.2f}")


def trust_blocks(record: Json) -> tuple[Block, ...]:
    """What could not be answered, and what was noted, in plain words."""
    refused = [one for one in record["series"] if one["refused"]]
    noted = [one for one in record["series"] if one["notes"] and not one["refused"]]
    heading = (
        f"{capital(series_told(len(refused)))} without an answer"
        if refused
        else "Every series could be judged"
    )
    rows: list[list[Cell]] = [
        [one["name"], capital(as_printed("; ".join((one["refused"], *one["notes"]))))]
        for one in refused
    ]
    rows += [[one["name"], capital(as_printed("; ".join(one["notes"])))] for one in noted]
    section = Section("Can it be trusted", heading)
    if not rows:
        return (section,)
    table = Table("Remarks by series.", (("Series", "left"), ("Remark", "left")), rows[:MOST_ROWS])
    return (section, table)


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", method(record))
