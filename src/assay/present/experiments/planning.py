"""The sections of a plan's report, ready to be displayed.

Each function takes the record of the plan, with its findings told, and returns what a notebook
cell displays.
"""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Align, Cell, Details, Note, Section, Table
from assay.present.charts.curves import CurveMark, CurveStep, curve_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, Notation, about, chance, count, declared
from assay.present.prose.planning import brief, tell
from assay.present.prose.planning import checks as doubts
from assay.present.prose.planning.headings import (
    curve_alt,
    curve_caption,
    does_it_hold,
    how_long,
    how_many,
    what_helps,
    when_to_look,
)
from assay.present.prose.planning.method import method
from assay.present.prose.planning.words import (
    WEEK,
    aimed,
    first,
    is_margin,
    signed,
    units_of,
    weeks,
)
from assay.present.prose.words import capital, inside

__all__ = [
    "brief",
    "checks_section",
    "checks_table",
    "curve_blocks",
    "help_blocks",
    "look_blocks",
    "method_details",
    "operating_blocks",
    "remarks",
    "size_blocks",
    "tell",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details
LITTLE: Final = 0.02
"""Share of the variance below which a covariate is not worth the trouble."""
MOST_WEEKS: Final = 16
"""Rows of the table of weeks."""


def curve_blocks(record: Json) -> tuple[Block, ...]:
    """What could be seen after each week: a line and its table; nothing without a pace."""
    points = [p for p in record["curve"] if p["detectable"] is not None]
    if len(points) < 2:
        return ()
    heading, lead = how_long(record)
    one = first(record)
    steps = [
        CurveStep(
            x=p["days"] / WEEK,
            y=100 * abs(p["detectable"]),
            other=100 * abs(p["plain"]) if one["adjusted"] and p["plain"] is not None else None,
            guessed=p["extrapolated"],
            words=f"{signed(p['detectable'])} after {weeks(p['days'])}",
        )
        for p in points
    ]
    aim = 100 * abs(one["effect"] or one["detectable"])
    here = next((p for p in points if p["days"] == record["days"]), None)
    mark = None
    if here is not None:
        mark = CurveMark(
            x=here["days"] / WEEK, y=100 * abs(here["detectable"]), words=weeks(here["days"])
        )
    chart = curve_chart(
        steps,
        aim=aim,
        aim_words=f"to be seen: {declared(abs(one['effect']))}",
        mark=mark,
        x_axis="weeks",
        y_axis=f"smallest change of {inside(one['metric'])} that is seen, %",
        other_words="without what was known before",
    )
    figure = Figure(chart, curve_caption(record), curve_alt(record))
    return (Section("How long", heading, lead), figure, _weeks_table(record))


def _weeks_table(record: Json) -> Table:
    noun = capital(units_of(record))
    points = record["curve"]
    step = -(-len(points) // MOST_WEEKS)
    chosen = [p for i, p in enumerate(points) if (i + 1) % step == 0 or p["days"] == record["days"]]
    one = first(record)
    return Table(
        f"{noun} that come, the smallest change that is seen, and how likely"
        f" {aimed(one['effect'])} is seen.",
        (
            ("Weeks", "right"),
            (noun, "right"),
            ("in the history", "right"),
            ("Change seen", "right"),
            (f"Chance for {aimed(one['effect'])}", "right"),
        ),
        [
            (
                count(p["days"] / WEEK),
                about(p["units"]) if p["extrapolated"] else count(p["units"]),
                NOTHING if p["low"] is None else f"{count(p['low'])} to {count(p['high'])}",
                signed(p["detectable"]),
                chance(p["power"]),
            )
            for p in chosen
        ],
    )


def size_blocks(record: Json) -> tuple[Block, ...]:
    """What each change of each metric takes."""
    rows: list[list[Cell]] = []
    known = bool(record["curve"])
    for one in record["metrics"]:
        rows += [
            [
                one["metric"],
                _aim(one, size),
                NOTHING if size["units"] is None else count(size["units"]),
                *([_length(size)] if known else []),
            ]
            for size in one["sizes"]
        ]
        if one["reason"]:
            rows.append([one["metric"], one["reason"], NOTHING, *([NOTHING] if known else [])])
    if not rows:
        return ()
    heading, lead = how_many(record)
    columns: list[tuple[str, Align]] = [
        ("Metric", "left"),
        ("To be seen", "left"),
        (capital(units_of(record)), "right"),
        *([("Length", "right")] if known else []),  # type: ignore[list-item]
    ]
    caption = "All arms together."
    if known:
        caption += (
            " Sizes are for values as they are after the length beside them; more than a year has"
            " none."
        )
    if any(is_margin(one) for one in record["metrics"]):
        caption += " “Not worse” is planned for a metric that does not change."
    return (Section("How many", heading, lead), Table(caption, columns, rows))


def _aim(one: Json, size: Json) -> str:
    if is_margin(one):
        return f"not worse than {aimed(one['bound'])}"
    beyond = f", beyond {aimed(one['bound'])}" if one["bound"] else ""
    return f"{aimed(size['lift'])}{beyond}"


def _length(size: Json) -> str:
    return weeks(size["days"]) if size["days"] else "over a year"


def help_blocks(record: Json) -> tuple[Block, ...]:
    """What the units' own past would save; nothing where there is none."""
    head = what_helps(record)
    if head is None:
        return ()
    noun = units_of(record)
    rows = [
        (
            one["metric"],
            PERCENT.number(one["seen_before"], 0),
            PERCENT.number(one["rho_squared"], 1),
            "used"
            if one["adjusted"]
            else "could be used"
            if one["rho_squared"] > LITTLE
            else NOTHING,
        )
        for one in record["metrics"]
        if one["rho_squared"] is not None and not one["reason"]
    ]
    return (
        Section("What helps", *head),
        Table(
            f"Correlation of each metric with itself in the four weeks before; the {noun} needed"
            " fall by the share explained.",
            (
                ("Metric", "left"),
                (f"{capital(noun)} seen before", "right"),
                ("Variance explained", "right"),
                ("In this plan", "left"),
            ),
            rows,
        ),
    )


def look_blocks(record: Json) -> tuple[Block, ...]:
    """The looks with their bounds and chances; nothing where there is one look."""
    head = when_to_look(record)
    if head is None:
        return ()
    section = Section("When to look", *head)
    if not record["looks"]:
        return (section,)
    dated = record["days"] is not None
    return (
        section,
        Table(
            "Bound: standard errors by which an estimate has to lie beyond what it is held against."
            f" Chances of having ended, if the change is {aimed(first(record)['effect'])}, and if"
            " there is none.",
            (
                ("Look", "right"),
                *((("Day", "right"),) if dated else ()),
                (capital(units_of(record)), "right"),
                ("Bound", "right"),
                ("Ended, with the change", "right"),
                ("Ended, without", "right"),
            ),
            [
                (
                    count(i + 1),
                    *((count(look["days"]),) if dated else ()),
                    count(look["units"]),
                    Notation().number(look["bound"], 2),
                    chance(look["stops"]),
                    chance(look["stops_null"]),
                )
                for i, look in enumerate(record["looks"])
            ],
        ),
    )


def operating_blocks(record: Json) -> tuple[Block, ...]:
    """What came of the plan in simulated experiments."""
    head = does_it_hold(record)
    if head is None:
        return ()
    dated = any(one["days"] is not None for one in record["operating"])
    return (
        Section("Does it hold", *head),
        Table(
            "Simulated experiments by the change that was put in. Exaggeration: estimated over true"
            " change, where one was claimed; the middle nine of ten estimates.",
            (
                ("True change", "right"),
                ("Claimed", "right"),
                ("by formula", "right"),
                *((("Days", "right"),) if dated else ()),
                (capital(units_of(record)), "right"),
                ("Estimates", "right"),
                ("Exaggeration", "right"),
            ),
            [
                (
                    aimed(one["lift"]) if one["lift"] else "none",
                    _with_error(one["claimed"], one["claimed_error"]),
                    NOTHING if one["predicted"] is None else PERCENT.number(one["predicted"], 1),
                    *((NOTHING if one["days"] is None else count(one["days"]),) if dated else ()),
                    count(one["units"]),
                    f"{signed(one['estimate']['low'])} to {signed(one['estimate']['high'])}",
                    NOTHING
                    if one["exaggeration"] is None
                    else f"× {Notation().number(one['exaggeration'], 2)}",
                )
                for one in record["operating"]
            ],
        ),
    )


def _with_error(share: float, error: float) -> str:
    return f"{PERCENT.number(share, 1)} ± {PERCENT.number(error, 1)}"


def checks_section(record: Json) -> Section:
    """The head of the section on trust."""
    return Section(
        "Can it be trusted",
        doubts.heading(doubts.checks(record)),
        "What could make the plan wrong, and what was found of it.",
    )


def checks_table(record: Json) -> Table:
    """Each check, what it found, and its verdict."""
    return Table(
        "",
        (("Check", "left"), ("Found", "left"), ("Verdict", "left")),
        [(check.name, check.found, check.verdict) for check in doubts.checks(record)],
    )


def remarks(record: Json) -> tuple[Note, ...]:
    """What the checks mean for the reader."""
    return tuple(
        Note(check.remark, check.verdict.tone) for check in doubts.checks(record) if check.remark
    )


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", method(record))
