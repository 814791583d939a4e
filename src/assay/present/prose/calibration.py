"""What the report on calibration says, from its record: findings, head, headings, method."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.blocks import Terms
from assay.present.format import NOTHING, PERCENT, SPACE, as_printed, count, day
from assay.present.prose.words import capital, counted, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone
    from assay.present.blocks import Block

Json = dict[str, Any]

_ANSWER: Final = re.compile(r"(.+?) ([\d.]+(?:e[+-]?\d+)?) %(?:, |$)")
_REFUSED: Final = "refused"


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(finding) for finding in record["findings"]]}


def _told(finding: Json) -> Json:
    title = as_printed(f"{capital(finding['what'])}: {finding['reason']}")
    exact = f"{title}, each figure from up to {count(finding['n'])} simulated experiments."
    return {**finding, "title": title, "plain": f"{title}.", "exact": exact}


def failing(record: Json) -> int:
    """Cells of which some figure lies outside its band."""
    return int(record["cells"] - record["cells_holding"])


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    bad = failing(record)
    return Brief(
        kind="Calibration",
        subject=f"Assay {record['version']}",
        state="holds" if not bad else "fails in places",
        tone=_tone(bad),
        needs_decision=False,
        evidence="rule",
        title=title(record),
        subtitle=(
            "Simulated experiments whose truth is known, run through the engine of the "
            f"reports: up to {count(record['streams'])} per figure, made {day(record['made'])}."
        ),
        data_through=record["made"],
        look="",
        decision=_decision(record),
        tiles=_tiles(record),
    )


def title(record: Json) -> str:
    """`302 of 310 cells hold; worst: …`."""
    bad, cells = failing(record), record["cells"]
    if not bad:
        return f"All {count(cells)} cells hold: intervals and tests err as often as they say"
    worst = record["faults"][0]
    return (
        f"{count(record['cells_holding'])} of {count(cells)} cells hold; farthest off: "
        f"{worst['measure']} {figure_of(worst)} for {cell_of(worst)}"
    )


def _tone(bad: int) -> Tone:
    return "good" if not bad else "attention"


def _decision(record: Json) -> Decision:
    bad = failing(record)
    if not bad:
        head = "Rely on the intervals as they are printed"
        text = "Every promise that was simulated is kept."
    else:
        where = list(dict.fromkeys(as_printed(fault["outcome"]) for fault in record["faults"]))
        head = f"Rely on the intervals, but not in the {counted(bad, 'cell')} named below"
        more = f" and {count(len(where) - 4)} more" if len(where) > 4 else ""
        text = f"What fails is of {joined(where[:4]) if not more else ', '.join(where[:4])}{more}."
    scale = (
        ""
        if record["scale"] == "full"
        else f" This is a {record['scale']} run: bands are wide, and small faults pass."
    )
    return Decision(
        title=head,
        text=text,
        note=f"To repeat it from the seed: make calibration.{scale}",
        tone=_tone(bad),
        facts=(
            Fact(label="Figures in their bands", value=_of(record, "figures")),
            Fact(label="Cells that hold", value=_of(record, "cells")),
            Fact(label="Seed", value=str(record["seed"])),
        ),
    )


def _of(record: Json, what: str) -> str:
    return f"{count(record[f'{what}_holding'])} of {count(record[what])}"


def _tiles(record: Json) -> tuple[Tile, ...]:
    found = []
    for part in record["parts"][:4]:
        good = part["cells_holding"] == part["cells"]
        found.append(
            Tile(
                name=capital(part["part"]),
                value=f"{count(part['cells_holding'])} of {count(part['cells'])}",
                interval="",
                detail="cells hold",
                tone="good" if good else "attention",
                number=part["cells_holding"] / part["cells"],
            )
        )
    return tuple(found)


def number(value: float | None, unit: str, error: float | None = None) -> str:
    """A figure with as many digits as its simulation supports."""
    if value is None:
        return NOTHING
    if unit != "share":
        return f"{value:.0e}" if 0 < abs(value) < 0.001 else f"{value:.2f}"
    digits = 2 if error is not None and error < 0.0015 else 1
    return PERCENT.number(value, digits)


def figure_of(row: Json) -> str:
    """The measured number; none where it was skipped."""
    if not row["streams"]:
        return NOTHING
    return number(row["value"], row["unit"], row["error"])


def band_of(row: Json) -> str:
    """Its limits in words."""
    low, high = row["low"], row["high"]
    if low is None and high is None:
        return NOTHING
    if low is None:
        return f"at most {number(high, row['unit'], 0.001)}"
    if high is None:
        return f"at least {number(low, row['unit'], 0.001)}"
    return f"{number(low, row['unit'], 0.001)} to {number(high, row['unit'], 0.001)}"


def sizes(row: Json) -> str:
    """`1 000 and 9 000 units`: the treated arm first."""
    return f"{count(row['n'])} and {count(row['n_control'])}"


def cell_of(row: Json) -> str:
    """Where a figure was measured."""
    lift = row.get("lift")
    said = [as_printed(row["outcome"]), f"{sizes(row)} units"]
    if lift is not None:
        said.append(f"lift {lift_of(lift)}")
    if row.get("setting"):
        said.append(as_printed(row["setting"]))
    return ", ".join(said)


def outcome_of(row: Json) -> str:
    """The kind of outcome, where it begins a row."""
    return capital(as_printed(row["outcome"]))


def answered_by(method: str) -> str:
    """Who answered, shortly; shares only where several did. Refusals have a column of their own.

    >>> answered_by("score interval, skewness-corrected 84.8 %, refused 15.2 %")
    'Score interval'
    """
    found = [(name, share) for name, share in _ANSWER.findall(method) if name != _REFUSED]
    if not found:
        return NOTHING
    short = [(name.partition(",")[0].removesuffix(" of units"), share) for name, share in found]
    if len(short) == 1:
        return capital(short[0][0])
    return capital(", ".join(as_printed(f"{name} {share} %") for name, share in short))


def span(low: float | None, high: float | None) -> str:
    """`94.4 to 96.7 %`."""
    if low is None or high is None:
        return NOTHING
    return PERCENT.span(low, high, 1)


def lift_of(lift: float) -> str:
    """`+5 %`."""
    return PERCENT.number(lift, 0, signed=True)


def faults_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on what fails."""
    bad = failing(record)
    if not bad:
        return "Nothing fails", "Every judged figure of every cell lies in its band."
    outside = record["figures"] - record["figures_holding"]
    return (
        f"{capital(counted(bad, 'cell'))} {'fails' if bad == 1 else 'fail'}",
        (
            f"{capital(counted(outside, 'figure'))} outside the band, the farthest first. A band "
            "is the limit, widened by what chance moves a simulation of this length."
        ),
    )


def part_head(record: Json, part: str, words: str) -> tuple[str, str]:
    """Heading and lead of one design's section."""
    found = next(p for p in record["parts"] if p["part"] == part)
    good, cells = found["cells_holding"], found["cells"]
    said = f"all {count(cells)} cells hold" if good == cells else f"{good} of {cells} cells hold"
    return f"{words}, {said}", ""


def formulas_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the comparison with other formulas."""
    ours, *others = record["formulas"]
    low = min(others, key=lambda other: other["lowest"])
    theirs = joined([count(other["covering"]) for other in others])
    return (
        (
            f"The lift’s interval covers in {count(ours['covering'])} of {count(ours['cells'])} "
            f"cells, the formulas of others in {theirs}"
        ),
        (
            f"The lowest coverage is {PERCENT.number(ours['lowest'], 1)} for ours and "
            f"{PERCENT.number(low['lowest'], 1)} for the {low['by']} formula, on the same draws."
        ),
    )


def formulas_alt(record: Json) -> str:
    """What the strips show, in words."""
    said = [
        f"{formula['by']}: {formula['covering']} of {formula['cells']} cells cover, lowest "
        f"{PERCENT.number(formula['lowest'], 1)}"
        for formula in record["formulas"]
    ]
    return f"Coverage of the lift in each cell. {'; '.join(said)}."


def method(record: Json) -> list[Block]:
    """How it was simulated, and what is promised."""
    return [
        (
            "Each cell simulates experiments with known true means, summarises them as a scan of "
            "rows would, and asks the engine that reports use. Truth and answer are compared."
        ),
        Terms([(name, as_printed(text)) for name, text in _terms(record)]),
    ]


def _terms(record: Json) -> list[tuple[str, str]]:
    alpha = PERCENT.number(record["alpha"], 0)
    return [
        (
            "Scale",
            f"{capital(record['scale'])}, seed {record['seed']}, one of its own for each job.",
        ),
        (
            "Sizes",
            (
                "Units of the treated arm, then of the control. Totals of 200, 1,000 and 10,000 "
                "are the promised sizes, split evenly and nine to one; twice that reads them as "
                "units per arm."
            ),
        ),
        (
            "Kinds of outcome",
            (
                "Rates; normal (mean 10, standard deviation 4); lognormal (sigma 1.5); revenue "
                "with 95 % zeros and lognormal amounts (sigma 1.2); negative binomial (mean 2, "
                "size 0.5); ratio (beta-binomial successes, mean 0.1, of 1 to 14 trials per unit)."
            ),
        ),
        (
            "False positives",
            (
                "Share of A/A experiments whose interval excludes zero, of those answered: at "
                f"most {alpha}, with 3.5 standard errors of the simulation allowed."
            ),
        ),
        (
            "Coverage",
            (
                "Share of intervals that hold the true lift: at least 95 % less 3.5 standard "
                "errors; with 1,000 units or more per arm at most 97 %, and misses to either side "
                "within 2 : 1."
            ),
        ),
        (
            "Refusals",
            (
                "Allowed only where fewer than ten units with a value other than zero are "
                "expected in an arm."
            ),
        ),
        (
            "Many looks",
            (
                "Share of experiments in which any look misses the truth: at most 5 %, with 3 "
                "standard errors allowed (5.65 % at 10,000 experiments). Looks come at even steps "
                "or at random times; plans end as planned or 20 % later."
            ),
        ),
        (
            "Formulas of others",
            (
                "Linear delta: GrowthBook, Eppo, PostHog. Log delta: tea-tasting. Naive (the "
                "control taken as known): Spotify Confidence. They are the documented formulas, "
                "run here on the same draws; what else those products do is not modelled."
            ),
        ),
        ("To repeat", f"make calibration; a quick one takes 90{SPACE}s: make calibration QUICK=1."),
    ]
