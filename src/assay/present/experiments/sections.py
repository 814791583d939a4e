"""The sections of an A/B report, ready to be displayed: heads, figures, tables, remarks.

Each function takes the record of the result, with its findings told, and returns what a notebook
cell displays.
"""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Align, Cell, Details, Mark, Note, Section, Table
from assay.present.charts.dots import Side, dot_chart
from assay.present.charts.intervals import interval_chart
from assay.present.figures import Figure
from assay.present.format import count, declared, p_value
from assay.present.lifts import how_to_read, in_arm, lift_row
from assay.present.prose.experiments import checks, headings, method
from assay.present.prose.experiments.basis import (
    LONG_NAME,
    arm_name,
    level_of,
    telling,
    treated,
    unit_words,
)
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import inside, joined, shortened
from assay.present.theme import Meaning, tone

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details


def what_changed(record: Json) -> Section:
    """The head of the section with all metrics."""
    heading, lead = headings.what_changed(record)
    return Section("What changed", heading, lead)


def lift_figure(record: Json) -> Figure:
    """All metrics as lifts with intervals: primaries, secondary, guardrails."""
    found = readings(record)
    rows = [lift_row(r) for r in found]
    said = [f"Points with {level_of(record)} intervals.", how_to_read(rows), _n_of(record)]
    caption = " ".join(text for text in said if text)
    words = headings.lifts_alt([(f"{r.metric}{in_arm(r)}", r) for r in found])
    return Figure(
        interval_chart(rows, axis=f"change against {arm_name(record['control'])}, %"),
        caption,
        words,
    )


def values_table(record: Json) -> Table:
    """What each arm scored, with n, and the difference with its interval and p."""
    found = readings(record)
    arms = treated(record)
    several = len(arms) > 1
    columns: list[tuple[str, Align]] = [
        ("Metric", "left"),
        *((("Arm", "left"),) if several else ()),
        ("n", "right"),
        (arm_name(record["control"]), "right"),
        ("variant" if several else arm_name(arms[0]), "right"),
        ("Difference", "right"),
        ("p", "right"),
    ]
    rows: list[list[Cell]] = [
        [
            r.row,
            *((r.arm,) if several else ()),
            f"{count(r.body['n_control'])}{checks.BESIDE}{count(r.body['n'])}",
            r.value_cell("value_control"),
            r.value_cell("value"),
            r.difference_cell,
            p_value(r.body["p_value"]),
        ]
        for r in found
    ]
    order = f"{record['control']} : {'variant' if several else arms[0]}"
    return Table(
        f"Value per arm, and difference with {level_of(record)} interval. "
        f"n: {unit_words(record)} with a value, {order}.",
        columns,
        rows,
    )


def chance_section(record: Json) -> Section:
    """The head of the section on how sure the main finding is."""
    heading, lead = headings.how_sure(_deciding(record), record)
    return Section("How sure", heading, lead)


def dots_figure(record: Json) -> tuple[Figure, ...]:
    """What is believed of the deciding lift, as equally likely dots; nothing without them."""
    r = _deciding(record)
    quantiles = [100 * value for value in r.body["posterior"].get("lift_quantiles", ())]
    if not quantiles or r.state in {"blocked", "silent"}:
        return ()
    sides = _sides(r.body["equivalence"], lower_is_better=r.lower_is_better)
    arms = f"{arm_name(r.arm)} against {arm_name(r.control)}"
    axis = f"change of {inside(shortened(r.metric, LONG_NAME))} in {arms}, %"
    each = f"Each of the {len(quantiles)} dots is as likely as any other to be the true change"
    said = [
        f"{count(sum(side.low <= value < side.high for value in quantiles))} {side.words}"
        for side in sides
    ]
    band = " Grey band: too small to matter." if r.body["equivalence"] else ""
    return (
        Figure(
            dot_chart(quantiles, sides, axis=axis),
            f"{each}, given the data and the prior.{band}",
            f"Dot plot of the change of {inside(r.metric)}. {each}: {joined(said)}. "
            f"Chance of being better {r.chance}.",
        ),
    )


def chance_table(record: Json) -> tuple[Table, ...]:
    """Lift, chance and expected losses of all metrics; nothing where a check failed."""
    found = [
        r
        for r in readings(record)
        if r.body["posterior"]["p_better"] is not None and r.state != "silent"
    ]
    if not found or record["verdict"] == "blocked":
        return ()
    several = len(record["arms"]) > 2
    rows: list[list[Cell]] = [
        [
            r.row,
            *((r.arm,) if several else ()),
            r.lift,
            r.chance,
            *r.loss_cells,
            *(() if several else (Mark(r.word, tone(r.meaning), _MARKS.get(r.state, "")),)),
        ]
        for r in found
    ]
    return (
        Table(
            f"Lift with {level_of(record)} interval, chance that the variant is better, "
            "and what each choice is expected to give up, nothing where it is right.",
            [
                ("Metric", "left"),
                *((("Arm", "left"),) if several else ()),
                ("Lift", "right"),
                ("Chance better", "right"),
                ("Loss if shipped", "right"),
                ("Loss if kept", "right"),
                *(() if several else (("Reading", "left"),)),
            ],
            rows,
        ),
    )


def checks_section(record: Json) -> Section:
    """The head of the section on trust."""
    return Section(
        "Can it be trusted",
        checks.heading(checks.checks(record)),
        "What could make the comparison wrong, and what was found of it.",
    )


def checks_table(record: Json) -> Table:
    """Each check, what it found, and its verdict in a word and a sign."""
    return Table(
        checks.thresholds(),
        (("Check", "left"), ("Found", "left"), ("Verdict", "left")),
        [(check.name, check.found, check.verdict) for check in checks.checks(record)],
    )


def remarks(record: Json) -> tuple[Note, ...]:
    """What the checks that did not pass mean for the reader."""
    return tuple(
        Note(check.remark, check.verdict.tone)
        for check in checks.checks(record)
        if check.remark and not check.passed
    )


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", method.method(record))


_MARKS: Final[dict[str, str]] = {"better": "✓", "worse": "!", "blocked": "!"}


def _deciding(record: Json) -> Reading:
    """The comparison that the card speaks of first."""
    return telling(record, readings(record, arm=record["arm"]))[0]


def _n_of(record: Json) -> str:
    arms = "seen in both arms" if record["design"] == "paired" else "of both arms"
    return f"n: {unit_words(record)} {arms}."


def _sides(region: float | None, *, lower_is_better: bool) -> list[Side]:
    """What cuts the axis: zero, or the two ends of the region of no interest."""
    endless, half = float("inf"), 100 * (region or 0.0)
    below, above = ("better", "worse") if lower_is_better else ("worse", "better")
    by = f" by more than {declared(region)}" if region else ""
    inner = Side(
        low=-half, high=half, meaning="undecided", words=f"within ±{declared(region or 0)}"
    )
    return [
        Side(low=-endless, high=-half, meaning=_SIDES[below], words=f"{below}{by}"),
        *([inner] if region else []),
        Side(low=half, high=endless, meaning=_SIDES[above], words=f"{above}{by}"),
    ]


_SIDES: Final[dict[str, Meaning]] = {"better": "better", "worse": "worse"}
