"""The sections of the report on a change's worth, ready to be displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.blocks import Cell, Details, Mark, Note, Section, Table
from assay.present.charts.balance import Left, balance_chart
from assay.present.charts.dots import Side, dot_chart
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import PERCENT, change, count, day
from assay.present.prose import roi as words
from assay.present.prose.roi import brief, tell
from assay.present.prose.words import capital, counted

if TYPE_CHECKING:
    from assay.present.theme import Meaning

__all__ = [
    "brief",
    "course_blocks",
    "driver_blocks",
    "effect_blocks",
    "method_details",
    "tell",
    "trust_blocks",
    "worth_blocks",
]

Json = dict[str, Any]
Columns = tuple[tuple[str, Literal["left", "right"]], ...]
Block = Section | Figure | Table | Note | Details
_EVERY: Final = {"once": "once", "month": "every month", "unit": "for each unit"}


def effect_blocks(record: Json) -> tuple[Block, ...]:
    """What the change did to each metric, before → after and beside the others."""
    heading, lead = words.effect_heading(record)
    compared = bool(record["compared"])
    groups = ("", "compared_") if compared else ("",)
    rows: list[list[Cell]] = [
        [capital(one["name"]), *(words.moved(one, group) for group in groups), words.effect(one)]
        for one in record["measured"]
    ]
    columns: list[tuple[str, Literal["left", "right"]]] = [("Metric", "left"), ("With it", "right")]
    columns += [("Without it", "right")] if compared else []
    columns.append(("Effect", "right"))
    caption = (
        f"Before → since {day(record['changed_on'])}, over "
        f"{record['before_days']} and {record['after_days']} days."
    )
    return Section("Effect", heading, lead), Table(caption, columns, rows)


def worth_blocks(record: Json) -> tuple[Block, ...]:
    """What may come of it, as equally likely outcomes; then the costs."""
    heading, lead = words.worth_heading(record)
    sides = [
        Side(low=float("-inf"), high=0.0, meaning="worse", words="a loss"),
        Side(low=0.0, high=float("inf"), meaning="better", words="a gain"),
    ]
    figure = Figure(
        dot_chart(record["outcomes"], sides, axis="net present value, USD"),
        "Each dot is as likely as any other.",
        f"Fifty equally likely net present values: {words.title(record)}; a gain has a chance of "
        f"{words.chances(record['positive'])}.",
    )
    blocks: list[Block] = [Section("Worth", heading, lead), figure]
    if record["costs"]:
        rows = [
            (
                capital(one["name"]),
                _EVERY[one["every"]],
                capital(one["source"]),
                _range(one["amount"]),
                _range(one["whole"]),
            )
            for one in record["costs"]
        ]
        caption = f"What it costs, and what that comes to over {words.horizon(record)}, discounted."
        columns: Columns = (
            ("Cost", "left"),
            ("Paid", "left"),
            ("Where from", "left"),
            ("Amount", "right"),
            ("Whole", "right"),
        )
        blocks.append(Table(caption, columns, rows))
    return tuple(blocks)


def _range(size: Json) -> str:
    if size["low"] == size["high"]:
        return words.rounded(size["value"])
    value, low, high = (words.rounded(size[end]) for end in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def course_blocks(record: Json) -> tuple[Block, ...]:
    """What is left month by month."""
    heading, lead = words.even_heading(record)
    course = [
        Left(
            month=one["month"],
            value=one["net"]["value"],
            low=one["net"]["low"],
            high=one["net"]["high"],
            words=words.rounded(one["net"]["value"]),
        )
        for one in record["course"]
    ]
    figure = Figure(
        balance_chart(course, axis="USD left, discounted"),
        f"Mean and {PERCENT.number(record['confidence'], 0)} band of what came in less what was "
        "paid.",
        f"From {course[0].words} at the start to {course[-1].words} "
        f"[{words.money({'low': course[-1].low, 'high': course[-1].high})}] after "
        f"{course[-1].month} months.",
    )
    return Section("Break-even", heading, lead), figure


def driver_blocks(record: Json) -> tuple[Block, ...]:
    """A tornado: what each input's doubt does to the worth."""
    heading, lead = words.drivers_heading(record)
    if not record["drivers"]:
        return (Section("What matters", heading, lead),)
    rows = [_bar(one) for one in record["drivers"]]
    told = "; ".join(f"{row.label} {row.figures}" for row in rows)
    figure = Figure(
        interval_chart(rows, axis="net present value, USD"),
        "A bar runs from the worth at one end of an input’s range to that at the other.",
        f"Net present value by input: {told}.",
    )
    table = Table(
        "Where the worth is zero, all other inputs at their middle.",
        (
            ("Input", "left"),
            ("Known by", "left"),
            ("Taken", "right"),
            ("Nothing is left at", "right"),
        ),
        [
            (
                capital(one["name"]),
                one["source"],
                words.taken(one, "likely"),
                words.taken(one, "turning"),
            )
            for one in record["drivers"]
            if one["turning"] is not None
        ],
    )
    section = Section("What matters", heading, lead)
    return (section, figure, table) if table.rows else (section, figure)


def _bar(one: Json) -> Interval:
    low, high = sorted((one["at_low"], one["at_high"]))
    crosses = low < 0 < high
    meaning: Meaning = "attention" if crosses else "better" if low >= 0 else "worse"
    ends = f"{words.taken(one, 'low')} to {words.taken(one, 'high')}"
    return Interval(
        label=capital(one["name"]),
        note=f"{ends}, {one['source']}",
        value=None,
        low=low,
        high=high,
        figures=f"{words.rounded(low)} to {words.rounded(high)}",
        verdict=f"{PERCENT.number(one['spread'], 0)} of the doubt"
        + (", turns it" if crosses else ""),
        meaning=meaning,
    )


def trust_blocks(record: Json) -> tuple[Block, ...]:
    """Checks: chance, the time before, units, what was left out."""
    earlier = record["earlier"]
    if earlier is None:
        before: list[Cell] = ["not possible: too little before the change", Mark("not looked at")]
    else:
        written = change(earlier["unit"], earlier["effect"]["value"] or None)
        size = earlier["effect"]
        places = written.decimals(size["low"], size["high"])
        before = [
            written.interval(size["low"], size["high"], places, signed=True),
            Mark("nothing, as it should be", "good", "✓")
            if earlier["clear"]
            else Mark("moved apart before", "attention", tag=True),
        ]
    drawn = {
        "randomised": Mark("by chance", "good", "✓"),
        "compared": Mark("not by chance", "attention", tag=True),
        "before-after": Mark("nobody to compare", "attention", tag=True),
    }[record["design"]]
    rows: list[list[Cell]] = [
        [
            "Who had it",
            f"{count(record['treated'])} with, {count(record['compared'])} without",
            drawn,
        ],
        ["The same within the days before", *before],
    ]
    rows += [
        [capital(one["what"]), f"{count(one['count'])} {one['reason']}", Mark("left out")]
        for one in record["left_out"]
    ]
    table = Table(
        "What was looked at before the worth was told.",
        (("Check", "left"), ("Found", "left"), ("What follows", "left")),
        rows,
    )
    odd = sum(isinstance(row[2], Mark) and row[2].tone == "attention" for row in rows)
    heading = (
        f"{capital(counted(odd, 'check'))} limit{'s' if odd == 1 else ''} what can be said"
        if odd
        else "No check speaks against it"
    )
    return Section("Can it be trusted", heading, ""), table


def method_details(record: Json) -> Details:
    """How it was done, written from what ran."""
    return Details("How it was done", "method", words.method(record))
