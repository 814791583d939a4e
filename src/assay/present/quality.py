"""The sections of a report on data quality, ready to be displayed.

Each function takes the record of the result, with its findings told, and returns what a notebook
cell displays.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from assay.present.blocks import Align, Cell, Details, Mark, Note, Section, Table
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.charts.series import Moment, series_chart
from assay.present.figures import Figure
from assay.present.format import (
    NOTHING,
    PERCENT,
    POINTS,
    about,
    amount,
    as_printed,
    count,
    day,
    level,
    share,
)
from assay.present.prose.quality import brief, headings, method, tell
from assay.present.prose.quality.clauses import rows_told, thing, why
from assay.present.prose.words import capital, counted, joined, shortened
from assay.present.quality_prices import costs_blocks, usd

__all__ = [
    "brief",
    "columns_section",
    "columns_table",
    "costs_blocks",
    "fits_section",
    "fits_table",
    "implausible_section",
    "implausible_table",
    "method_details",
    "mix_blocks",
    "new_names_blocks",
    "remarks",
    "tell",
    "trust_section",
    "trust_table",
    "volume_blocks",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note

Head = tuple[tuple[str, Align], ...]

LONG: Final = 28

_FITS: Final = {
    "fit": Mark("fit", "good", "✓"),
    "caveats": Mark("with caveats", "attention", "!", tag=True),
    "not fit": Mark("not fit", "bad", "!"),
}


def fits_section(record: Json) -> Section:
    """The head of the section on what the data are fit for."""
    return Section("For what", *headings.fits(record))


def fits_table(record: Json) -> Table:
    """Each analysis, the verdict, and why."""
    return Table(
        "Verdict per later analysis, from what it needs and what there is.",
        (("Analysis", "left"), ("Verdict", "left"), ("Why", "left")),
        [(capital(fit["analysis"]), _FITS[fit["verdict"]], why(fit)) for fit in record["fits"]],
    )


def volume_blocks(record: Json) -> tuple[Block, ...]:
    """Rows per day over the range in which they were expected."""
    found = record["volume"]
    section = Section("Volume", *headings.volume(record))
    if len(found["days"]) < 2:
        return (section,)
    said = {
        event["first"]: f"{_short(event['first'])}: {_change(event)}" for event in found["events"]
    }
    moments = [
        Moment(
            day=date.fromisoformat(one["day"]),
            value=one["rows"],
            low=one["low"],
            high=one["high"],
            meaning=_meaning(one),
            words=said.get(one["day"], ""),
        )
        for one in found["days"]
    ]
    caption = "Rows per day."
    if found["judged"]:
        caption += " Grey: the range of chance; outside it a dot is amber."
    return (
        section,
        Figure(series_chart(moments, axis="rows per day"), caption, headings.volume_alt(record)),
    )


def mix_blocks(record: Json) -> tuple[Block, ...]:
    """Of each kind of name, the share that moved most."""
    found = [m for m in record["mixes"] if m["reason"] is None]
    section = Section("Mix", *headings.mix(record))
    if not found:
        return (section,)
    rows = [_shift(m) for m in found]
    words = [row.figures for row in rows]
    caption = (
        "Change of the share, with intervals that hold for all values together. Amber: the mix of "
        "the whole column has changed; hollow grey: chance explains it, or it is too small."
    )
    chart = interval_chart(rows, axis="change of the share, percentage points")
    return (section, Figure(chart, caption, headings.mix_alt(found, words)))


def new_names_blocks(record: Json) -> tuple[Block, ...]:
    """Values never seen before; nothing where there is none."""
    if not record["new_names"] and not record["new_hidden"]:
        return ()
    section = Section("New names", *headings.fresh_names(record))
    rows = [
        (capital(thing(n["column"])), n["value"], day(n["first"]), count(n["rows"]))
        for n in record["new_names"]
    ]
    if not rows:
        return (section,)
    head: Head = (("Column", "left"), ("Value", "left"), ("First seen", "left"), ("Rows", "right"))
    return (
        section,
        Table("Values that the recent days have and those before had not.", head, rows),
    )


def columns_section(record: Json) -> Section:
    """The head of the section on columns."""
    return Section("Columns", *headings.columns(record))


def columns_table(record: Json) -> Table:
    """Every column that has a value anywhere; the empty ones are named in the caption."""
    empty = [one["name"] for one in record["columns"] if one["missing"] == record["rows"]]
    caption = "What each column has. Rejected: rows that a rule on this column turned away."
    if empty:
        caption += f" Empty: {joined(empty)}."
    rows = [
        (
            one["name"],
            share(one["missing"], record["rows"]) if one["missing"] else NOTHING,
            count(one["rejected"]) if one["rejected"] else NOTHING,
            count(one["distinct"]) if one["exact"] else f"about {about(one['distinct'])}",
            _range(one),
        )
        for one in record["columns"]
        if one["name"] not in empty
    ]
    head: Head = (
        ("Column", "left"),
        ("Missing", "right"),
        ("Rejected", "right"),
        ("Distinct", "right"),
        ("Range", "right"),
    )
    return Table(caption, head, rows)


def implausible_section(record: Json) -> Section:
    """The head of the section on rows that can hardly be true."""
    return Section("Implausible rows", *headings.implausible(record))


def implausible_table(record: Json) -> Table:
    """Each kind of implausible row, counted."""
    return Table(
        "Rows by what is odd about them; a row may be counted more than once.",
        (("What", "left"), ("Rows", "right"), ("Among", "left"), ("Verdict", "left")),
        [_odd(one) for one in record["implausible"]],
    )


def trust_section(record: Json) -> Section:
    """The head of the section on rejections, freshness, gaps and copies."""
    return Section("Can it be trusted", *headings.trust(record))


def trust_table(record: Json) -> Table:
    """Each check, what it found, and a verdict in a word and a sign."""
    fresh, limits = record["freshness"], record["thresholds"]
    late = fresh["behind"] > limits["stale_days"]
    good = Mark("none", "good", "✓")
    age = _care("late") if late else Mark("fresh", "good", "✓")
    rows: list[tuple[Cell, Cell, Cell]] = [
        ("Age of the last row", _age(record), age if fresh["due"] else Mark("not judged")),
        (
            "Days without rows that should have some",
            _gaps(fresh),
            _care("gaps") if fresh["gaps"] else good,
        ),
        (
            "Key appears more than once",
            rows_told(fresh["repeated_keys"]),
            _care("rejected") if fresh["repeated_keys"] else good,
        ),
        (
            "Equal rows under several keys",
            rows_told(fresh["repeated_rows"]),
            _care("doubled") if fresh["repeated_rows"] else good,
        ),
    ]
    rows.append(_names(record))
    rejections: list[tuple[Cell, Cell, Cell]] = [
        (capital(as_printed(one["reason"])), rows_told(one["count"]), _care("rejected"))
        for one in record["rejections"]
    ]
    nothing: list[tuple[Cell, Cell, Cell]] = [("Rows that break a rule", rows_told(0), good)]
    return Table(
        "Rows that break several rules are counted under each.",
        (("Check", "left"), ("Found", "left"), ("Verdict", "left")),
        [*rows, *(rejections or nothing)],
    )


def remarks(record: Json) -> tuple[Note, ...]:
    """What a reader must not miss."""
    found = []
    dear = record["costs"]["dear"]
    if dear["count"]:
        rows = capital(counted(dear["count"], "row"))
        together = " together" if dear["count"] > 1 else ""
        verb = "cost" if dear["count"] > 1 else "costs"
        times = about(dear["dearest"] or 0)
        found.append(
            Note(
                f"{rows}{together} {verb} {usd(dear['cost'])}, up to {times} times as much per "
                "token as is usual for the model. Look into it before sums or means are read.",
                "bad",
            )
        )
    if any(m["changed"] for m in record["mixes"]) or record["volume"]["events"]:
        found.append(
            Note(
                "Whatever is compared across the days when volume or mix changed may differ "
                "because other rows came in, not because anything got better or worse.",
                "attention",
            )
        )
    return tuple(found)


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", method.method(record))


def _care(text: str) -> Mark:
    return Mark(text, "attention", "!", tag=True)


def _plural(noun: str, number: int) -> str:
    """`priced rows`, `row with a parent`."""
    return noun if number == 1 else noun.replace("row", "rows", 1)


def _age(record: Json) -> str:
    behind = record["freshness"]["behind"]
    if not record["freshness"]["due"]:
        return f"{day(record['last'])}; no day was given on which rows are due (as_of)"
    if behind <= 0:
        return day(record["last"])
    return f"{day(record['last'])}, {counted(behind, 'day')} before {day(record['as_of'])}"


def _names(record: Json) -> tuple[Cell, Cell, Cell]:
    shown, hidden = len(record["new_names"]), record["new_hidden"]
    said = f"{count(shown + hidden)} in {counted(record['recent_days'], 'day')}"
    if hidden:
        said += f", {count(hidden)} too small to be shown"
    fresh = shown + hidden
    verdict = _care("look at them") if fresh else Mark("none", "good", "✓")
    return ("Names never seen before", said, verdict)


def _gaps(fresh: Json) -> str:
    if not fresh["gaps"]:
        return "none" if not fresh["empty_days"] else f"none; {count(fresh['empty_days'])} as usual"
    named = joined([day(one) for one in fresh["gap_days"][:3]])
    more = fresh["gaps"] - min(3, len(fresh["gap_days"]))
    return f"{count(fresh['gaps'])}: {named}" + (f" and {count(more)} more" if more else "")


def _short(text: str) -> str:
    """`9 October`: the year stands in the head."""
    return f"{date.fromisoformat(text):%-d %B}"


def _change(event: Json) -> str:
    size = PERCENT.number(event["change"]["value"], 0, signed=True)
    return size if event["days"] == 1 else f"{size} over {event['days']} days"


def _meaning(one: Json) -> Any:  # noqa: ANN401  one of the theme's meanings
    odd = one["low"] is not None and not one["low"] <= one["rows"] <= one["high"]
    return "attention" if odd else "estimate"


def _shift(mix: Json) -> Interval:
    first = mix["changes"][0]
    change = first["change"]
    decimals = POINTS.decimals(change["low"], change["high"])
    places = max(0, decimals)
    before, after = (PERCENT.number(first[end], places) for end in ("before", "after"))
    ends = POINTS.interval(change["low"], change["high"], decimals)
    return Interval(
        label=shortened(first["value"], LONG),
        note=f"{thing(mix['column'])} · {before} to {after}",
        value=100 * change["value"],
        low=100 * change["low"],
        high=100 * change["high"],
        figures=f"{POINTS.bare(change['value'], decimals, signed=True)} {ends}",
        verdict="mix changed" if mix["changed"] else "mix not shown to change",
        meaning="attention" if mix["changed"] else "undecided",
    )


def _range(one: Json) -> str:
    if one["first"] is not None:
        ends = [day(one[end]) for end in ("first", "last")]
        return f"{ends[0]} to {ends[1]}" if ends[0] != ends[1] else ends[0]
    if one["low"] is None:
        return NOTHING
    notation = level(one["unit"])
    low, high = (
        count(one[end])
        if one["unit"] == "count" and one[end] == int(one[end])
        else (notation.number(0, 0) if not one[end] else amount(one[end], notation))
        for end in ("low", "high")
    )
    return low if one["low"] == one["high"] else f"{low} to {high}"


def _odd(one: Json) -> tuple[Cell, ...]:
    name, among = headings.KINDS[one["key"]]
    part = f" ({share(one['count'], one['among'])})" if one["count"] and one["among"] else ""
    verdict = Mark("none", "good", "✓") if not one["count"] else _care("look into it")
    if not one["among"]:
        verdict = Mark("not applicable")
    return (
        name,
        f"{count(one['count'])}{part}",
        f"{count(one['among'])} {_plural(among, one['among'])}",
        verdict,
    )
