"""Comparisons as rows of a forest plot, and what the marks of such a plot mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assay.present.charts.intervals import Interval, extent
from assay.present.format import count
from assay.present.prose.words import capital, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.present.prose.experiments.reading import Reading
    from assay.present.theme import Meaning

COLOURS: Final[dict[Meaning, str]] = {
    "better": "green: better",
    "estimate": "blue: shown to be harmless or too small to matter",
    "worse": "red: worse",
    "undecided": "hollow grey: undecided",
    "attention": "hollow amber: not to be read, since a check failed",
}
LABEL: Final = 34
"""Characters of a label beside a mark."""


def lift_row(r: Reading) -> Interval:
    """A metric in one arm: its lift, its role, and what it shows."""
    body = r.body
    lift, region = body["lift"], body["equivalence"]
    limit = body["margin"] if r.role == "guardrail" else None
    sign = 1 if r.lower_is_better else -1
    drawn = r.bounded
    return Interval(
        label=shortened(r.metric, LABEL),
        note=f"{_arm(r)}{r.role} · {'less' if r.lower_is_better else 'more'} is better",
        value=None if lift["value"] is None or r.state == "silent" else 100 * lift["value"],
        low=100 * lift["low"] if drawn else None,
        high=100 * lift["high"] if drawn else None,
        figures=r.estimate,
        verdict=f"{'lift unbounded' if lift['unbounded'] else r.word} · n = {count(r.units)}",
        meaning=r.meaning,
        band=100 * region if region and r.role != "guardrail" else None,
        limit=sign * 100 * limit if limit else None,
    )


def segment_row(name: str, r: Reading) -> Interval:
    """The deciding metric within one segment."""
    label = shortened(name, LABEL)
    return replace(lift_row(r), label=label, note=f"n = {count(r.units)}", verdict=r.word)


def in_arm(r: Reading) -> str:
    """`, Mens E-Mail` where there are several arms."""
    return f", {r.arm}" if r.named else ""


def _arm(r: Reading) -> str:
    """The arm goes first where there are several: what is cut on a phone is the rest."""
    return f"{shortened(r.arm, LABEL)} · " if r.named else ""


def how_to_read(rows: Sequence[Interval]) -> str:
    """What the marks of this figure mean, and nothing that it does not show."""
    said = ["grey band: changes too small to matter"] if any(row.band for row in rows) else []
    said += ["upright line: a guardrail’s margin"] if any(row.limit for row in rows) else []
    shown = {row.meaning for row in rows if row.value is not None}
    said += [words for meaning, words in COLOURS.items() if meaning in shown]
    open_ended = any(row.value is not None and row.low is None for row in rows)
    said += ["dotted: a lift without bounds"] if open_ended else []
    low, high = extent(rows)
    ends = [end for row in rows for end in (row.low, row.value, row.high) if end is not None]
    said += ["arrow: it goes on"] if any(not low <= end <= high for end in ends) else []
    return capital(f"{'; '.join(said)}.") if said else ""
