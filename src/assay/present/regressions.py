"""The sections of the report on a baseline, ready to be displayed.

Each function takes the told record of the comparison and returns what a notebook cell displays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.units import SHARE
from assay.present.blocks import Cell, Details, Mark, Note, Section, Table
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.charts.strips import Strip, strip_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, SPACE, count, p_value
from assay.present.prose import regressions as words
from assay.present.prose.regressions import brief, tell, title
from assay.present.prose.words import capital

if TYPE_CHECKING:
    from assay.core.finding import Tone
    from assay.present.theme import Meaning

__all__ = [
    "brief",
    "change_blocks",
    "creep_blocks",
    "found",
    "method_details",
    "power_blocks",
    "remark_blocks",
    "run_blocks",
    "tail_blocks",
    "tell",
    "title",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note

MOST_DRAWN: Final = 12
"""Cases in the picture, those that changed first; the table of what could be seen has them all."""
_MEANINGS: Final[dict[str, Meaning]] = {
    "regression": "worse",
    "improvement": "better",
    "no change": "estimate",
    "not enough data": "undecided",
}
_TONES: Final[dict[str, tuple[Tone, str]]] = {
    "regression": ("bad", "✗"),
    "improvement": ("good", "✓"),
    "no change": ("neutral", "="),
    "not enough data": ("attention", "?"),
}


def found(record: Json, what: str) -> bool:
    """Whether a comparison holds what somebody wants to be stopped by.

    Args:
        record: of the comparison.
        what: regression, creeping, improvement, not-enough-data or missing.
    """
    counts = {
        "regression": record["regressions"],
        "creeping": record["creeping"],
        "improvement": record["improvements"],
        "not-enough-data": record["undecided"],
        "missing": len(record["missing"]),
    }
    return bool(counts[what])


def change_blocks(record: Json) -> tuple[Block, ...]:
    """Every case with its change, the region in which no change matters behind it."""
    drawn = [case for case in record["cases"] if case["change_unit"] == SHARE][:MOST_DRAWN]
    section = Section("What changed", words.changed_heading(record), words.changed_lead(record))
    if not drawn:
        return (section,)
    chart = interval_chart([_interval(case) for case in drawn], axis=f"change,{SPACE}%")
    rest = len(record["cases"]) - len(drawn)
    more = f" {count(rest)} more are in the table of what could be seen." if rest else ""
    caption = (
        "Change from the baseline to the newest runs; line: interval of the test, "
        f"{words.level_words(record)} for each case so that all of them hold together; band: too "
        f"small to matter. No change is told by the interval of {words.equal_words(record)}, "
        f"in the table below.{more}"
    )
    alt = "; ".join(f"{words.shown(case)}: {words.says(case)}" for case in drawn)
    return section, Figure(chart, caption, f"{capital(alt)}.")


def tail_blocks(record: Json) -> tuple[Block, ...]:
    """Median and tails of what changed; nothing where runs hold one reading each."""
    shown = [
        case
        for case in record["cases"]
        if len(case["statistics"]) > 1 and case["verdict"] in {"regression", "improvement"}
    ]
    if not shown:
        return ()
    rows: list[list[Cell]] = [
        [
            words.shown(case) if place == 0 else "",
            words.NAMES[one["name"]],
            words.amount(one["before"], one["unit"]),
            words.amount(one["after"], one["unit"]),
            words.interval(one),
            p_value(min(one["p_worse"], one["p_better"])),
            _mark(one["verdict"]),
        ]
        for case in shown
        for place, one in enumerate(case["statistics"])
    ]
    columns = ("Case", "Of a run", "Before", "After", "Change", "p", "")
    return (
        Section("Where in the distribution", words.tail_heading(shown)),
        Table(
            "Mean over the runs of each statistic; p one-sided, corrected within the case.",
            [
                (name, "right" if name in {"Before", "After", "Change", "p"} else "left")
                for name in columns
            ],
            rows,
        ),
    )


def run_blocks(record: Json) -> tuple[Block, ...]:
    """The runs behind the first case, each a point."""
    case = record["cases"][0]
    one = case["statistics"][0]
    if case["change_unit"] != SHARE:
        return ()
    sides = (("baseline_runs", record["baseline"]), ("candidate_runs", "now"))
    strips = [
        Strip(
            label=label,
            note=f"{count(len(case[side]))} runs",
            values=[100 * value / one["before"] for value in case[side]],
            meaning="muted" if side == "baseline_runs" else _MEANINGS[case["verdict"]],
        )
        for side, label in sides
    ]
    off = 100 * case["smallest"]
    chart = strip_chart(
        strips,
        axis=f"{words.NAMES[one['name']]} of a run, baseline = 100",
        aim=100.0,
        band=(100 - off, 100 + off),
    )
    before = count(len(case["baseline_runs"]))
    text = (
        f"{words.shown(case)}: {before} runs of {record['baseline']} about "
        f"{words.amount(one['before'], one['unit'])}, {count(len(case['candidate_runs']))} newer "
        f"ones about {words.amount(one['after'], one['unit'])}"
    )
    return (
        Section("The runs", f"{capital(words.named(case))}: {words.runs_say(case)}"),
        Figure(
            chart,
            "Each point is a run: one observation of the comparison. Band: too small to matter.",
            f"{text}.",
        ),
    )


def power_blocks(record: Json) -> tuple[Block, ...]:
    """What each case could have shown with these runs, and how many would do."""
    matters = {words.smallest_words(case) for case in record["cases"]}
    alike = len(matters) == 1
    rows: list[list[Cell]] = [
        [
            words.shown(case),
            f"{count(case['n_baseline'])} / {count(case['n_candidate'])}",
            words.written(case["run_sd"], case["change_unit"], signed=False)
            if case["run_sd"] is not None
            else NOTHING,
            words.interval(words.decided(case)),
            words.equal_interval(words.decided(case)),
            words.written(words.decided(case)["detectable"], case["change_unit"], signed=False),
            *([] if alike else [words.smallest_words(case)]),
            NOTHING if case["runs_needed"] is None else count(case["runs_needed"]),
            _mark(case["verdict"]),
        ]
        for case in record["cases"]
    ]
    level = f"At {words.equal_words(record)}"
    names = ["Case", "Runs", "Runs differ by", "Change", level, "Seen from"]
    names += [] if alike else ["Matters from"]
    what = f"what matters, {next(iter(matters))} here" if alike else "what matters"
    return (
        Section("What could be seen", words.power_heading(record)),
        Table(
            "Seen from: smallest worsening that these runs would show with a chance of "
            f"{words.power_of(record)}. Runs needed, of each side, to see {what}. Behind a "
            f"change its interval of the test, then that of {words.equal_words(record)}, by which "
            "no change is told.",
            [
                *((name, "left" if name == "Case" else "right") for name in names),
                ("Runs needed", "right"),
                ("", "left"),
            ],
            rows,
        ),
    )


def creep_blocks(record: Json) -> tuple[Block, ...]:
    """Changes over all baselines; nothing with fewer than three versions."""
    creeps = record["creeps"]
    if not creeps:
        return ()
    rows: list[list[Cell]] = [
        [
            words.shown(one),
            words.amount(one["values"][0], one["unit"]),
            words.amount(one["values"][-1], one["unit"]),
            words.interval(one),
            words.written(one["per_version"], one["change_unit"]),
            p_value(one["p_slope"]),
            Mark(one["verdict"], "neutral" if one["verdict"] == "no worse" else "bad"),
        ]
        for one in creeps
    ]
    first = creeps[0]["versions"][0]
    return (
        Section("Over all versions", words.creep_heading(record)),
        Table(
            f"From {first} to now over {count(len(creeps[0]['versions']))} versions.",
            [
                ("Case", "left"),
                (first, "right"),
                ("Now", "right"),
                ("Change", "right"),
                ("Per version", "right"),
                ("p of the line", "right"),
                ("", "left"),
            ],
            rows,
        ),
    )


def remark_blocks(record: Json) -> tuple[Block, ...]:
    """What makes the sides hard to compare; nothing where that is nothing."""
    told = [f"{capital(remark)}." for remark in record["remarks"]]
    if record["missing"]:
        told.append(f"Not measured again: {', '.join(record['missing'])}.")
    if record["added"]:
        told.append(f"Not in the baseline: {', '.join(record['added'])}.")
    return tuple(Note(text, "attention") for text in told)


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was judged", "method", words.method(record))


def _mark(verdict: str) -> Mark:
    tone, sign = _TONES[verdict]
    return Mark(verdict, tone, sign)


def _interval(case: Json) -> Interval:
    one = words.decided(case)
    what, where, metric = words.parts_of(case)
    low, value, high = (
        None if one[end] is None else 100 * one[end] for end in ("low", "change", "high")
    )
    return Interval(
        label=what,
        note=" · ".join(filter(None, (metric, where))),
        value=value,
        low=low,
        high=high,
        figures=words.interval(one),
        verdict=case["verdict"],
        meaning=_MEANINGS[case["verdict"]],
        band=100 * case["smallest"],
    )
