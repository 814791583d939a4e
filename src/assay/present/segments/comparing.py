"""Metrics by segment: values of each with intervals, and what differs."""

from __future__ import annotations

from typing import Any, Final, Literal

from assay.present.blocks import Mark, Note, Section, Table
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import count, p_value
from assay.present.prose.segments import compared as words
from assay.present.prose.words import capital, shortened

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]

_LABEL: Final = 38
"""Letters of a segment's name beside its mark."""


def metric_blocks(record: Json) -> tuple[Block, ...]:
    """One figure per metric, then a table of differences; why not, where they are not told.

    Nothing where there are no segments, or no metric was asked for.
    """
    told = record["metrics"]
    if record["profiles"] is None or not (told["compared"] or told["reason"]):
        return ()
    section = Section("Metrics by segment", *words.metric_head(record))
    left_out = words.left_out_note(record)
    notes = (Note(left_out),) if left_out else ()
    if told["compared"] is None:
        return (section, *notes)
    circular = words.circular_note(record)
    return (
        section,
        *(_figure(record, one) for one in told["metrics"]),
        _table(record),
        *((Note(circular, "attention"),) if circular else ()),
        *notes,
    )


def _figure(record: Json, metric: Json) -> Figure:
    name = metric["name"]
    told = words.values_of(record, name)
    written, _ = words.of_level(record, name)
    factor = written.factor
    rows = [
        Interval(
            label=shortened(_marked(one["segment"], record), _LABEL),
            note=f"about {count(one['expected'])} members"
            if one["expected"]
            else "too few to be counted",
            value=one["value"]["value"] * factor,
            low=one["value"]["low"] * factor,
            high=one["value"]["high"] * factor,
            figures=words.value_text(one["value"], record, name),
            verdict=f"drawn: {words.value_text(one['pooled'], record, name)}",
            meaning="estimate",
            drawn=(
                one["pooled"]["low"] * factor,
                one["pooled"]["value"] * factor,
                one["pooled"]["high"] * factor,
            ),
        )
        for one in told
    ]
    unit = (written.before + written.after).strip() + (f" {written.per}" if written.per else "")
    axis = capital(metric["label"]) + (f", {unit}" if unit else "")
    held = "; ".join(
        f"{one['segment']} {words.value_text(one['value'], record, name)}" for one in told
    )
    return Figure(
        interval_chart(rows, axis=axis, signed=False),
        f"{capital(metric['label'])} of each segment, with intervals; the diamond is drawn "
        "towards the other segments.",
        f"{capital(metric['label'])} by segment: {held}.",
    )


_HOW: Final = {
    "apart": "had no say in the segments",
    "placed by others": "formed them; measured without it",
    "by construction": "formed them; nothing is claimed",
}
_ALL: Final = {
    "apart": "No metric had a say in who is in which segment.",
    "placed by others": "All metrics formed the segments, and each is measured without it.",
    "by construction": "All metrics formed the segments, so that nothing is claimed of them.",
}


def _marked(name: str, record: Json) -> str:
    """`s2 costly`: by the same mark as in the other figures, also where the name is cut."""
    ident = words.idents(record).get(name)
    return f"{ident} {name}" if ident else name


def _table(record: Json) -> Table:
    found = record["metrics"]["compared"]
    labels, idents = words.labels(record), words.idents(record)
    told = words.differences(found)
    two = bool(told and told[0]["other"])
    hows = {one["how"] for one in told}
    rows = []
    last = ""
    for one in told:
        metric = capital(labels[one["metric"]]["label"])
        rows.append(
            (
                "" if metric == last else metric,
                *(() if two else (idents.get(one["one"], one["one"]),)),
                words.difference_text(one, record),
                "–" if one["how"] == "by construction" else p_value(one["adjusted"]),
                _verdict(one),
                *((_HOW[one["how"]],) if len(hows) > 1 else ()),
            )
        )
        last = metric
    columns: Columns = (
        ("Metric", "left"),
        *(() if two else (("Segment", "left"),)),
        ("Difference", "right"),
        ("p, adjusted", "right"),
        ("", "left"),
        *((("The metric", "left"),) if len(hows) > 1 else ()),
    )
    caption = (
        f"Members of “{told[0]['one']}” less those of “{told[0]['other']}”."
        if two
        else f"Members of each segment less those of all others together. {words.legend(record)}"
    )
    if len(hows) == 1:
        caption += f" {_ALL[hows.pop()]}"
    return Table(caption, columns, rows)


def _verdict(one: Json) -> Mark | str:
    if one["how"] == "by construction":
        return Mark("by construction", "neutral")
    if not one["differs"]:
        return Mark("not shown", "neutral")
    return "higher" if one["difference"]["value"] > 0 else "lower"
