"""The sections of the report on scores, ready to be displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.blocks import Cell, Details, Mark, Note, Section, Table
from assay.present.charts.courses import CourseBreak, CourseStep, course_chart
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import PERCENT, count, day, level
from assay.present.prose import scoring as words
from assay.present.prose.scoring import brief, figures, moved, moved_by, tell
from assay.present.prose.words import capital, counted, in_words

if TYPE_CHECKING:
    from assay.core.finding import Tone
    from assay.present.theme import Meaning

__all__ = [
    "agreement_blocks",
    "brief",
    "course_blocks",
    "drift_blocks",
    "drop_blocks",
    "goal_blocks",
    "mean_blocks",
    "method_details",
    "tell",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note
_MEANINGS: Final[dict[str, Meaning]] = {"fell": "worse", "rose": "better"}
_TONES: Final[dict[str, Tone]] = {
    "fell": "bad",
    "rose": "good",
    "drifted": "attention",
    "one of two": "attention",
    "on track": "good",
    "met": "good",
    "at risk": "attention",
    "off track": "bad",
    "missed": "bad",
}
Columns = tuple[tuple[str, Literal["left", "right"]], ...]
MOST: Final = 12
"""Groups that are told one by one, where so many moved."""


def mean_blocks(record: Json) -> tuple[Block, ...]:
    """Each name's mean, by kind of judge."""
    means = record["means"]
    best, worst = (pick(words.overall(record), key=_share) for pick in (max, min))
    heading = f"{capital(best['name'])} scores highest, {worst['name']} lowest"
    if best is worst:
        heading = f"{capital(best['name'])} scores {figures(best['mean'], best['unit'])}"
    rows = [
        (
            capital(one["name"]),
            one["judges"],
            figures(one["mean"], one["unit"]),
            f"{level('1').number(one['low'], 0)} to {level('1').number(one['high'], 0)}",
            count(one["n"]),
            count(one["clusters"]),
        )
        for one in means
    ]
    caption = "Mean of all scores, of all judges and of each kind, with its interval."
    columns: Columns = (
        ("Score", "left"),
        ("Judges", "left"),
        ("Mean", "right"),
        ("Scale", "right"),
        ("Scores", "right"),
        (capital(record["cluster"].removesuffix("_id")) + "s", "right"),
    )
    return Section("Scores", heading, ""), Table(caption, columns, rows)


def _share(one: Json) -> float:
    return float((one["mean"]["value"] - one["low"]) / ((one["high"] - one["low"]) or 1))


def drop_blocks(record: Json) -> tuple[Block, ...]:
    """The change of each name, then of the groups that moved."""
    moves = [one for one in record["moves"] if one["change"] is not None]
    fell = [one for one in record["moves"] if one["state"] == "fell"]
    heading = (
        f"{capital(counted(len(fell), 'score'))} fell"
        if fell
        else "No score is seen to have fallen"
    )
    lead = (
        f"From {day(record['recent_from'])} on, against the days from "
        f"{day(record['before_from'])}; by judges who did not drift."
    )
    blocks: list[Block] = [Section("Changes", heading, lead)]
    if moves:
        rows = [
            Interval(
                label=capital(one["name"]),
                note=f"n = {count(one['before_n'])} → {count(one['n'])}",
                value=one["change"]["value"],
                low=one["change"]["low"],
                high=one["change"]["high"],
                figures=moved(one["change"], one["unit"]),
                verdict=one["state"],
                meaning=_MEANINGS.get(one["state"], "undecided"),
            )
            for one in moves
        ]
        told = "; ".join(f"{row.label} {row.figures}, {row.verdict}" for row in rows)
        blocks.append(
            Figure(
                interval_chart(rows, axis="change of the mean score"),
                "Change within judges, with its interval.",
                f"Changes of mean scores: {told}.",
            )
        )
    return (*blocks, *_groups(record))


def _groups(record: Json) -> tuple[Block, ...]:
    known = [one for one in record["groups"] if one["change"] is not None]
    if not known:
        return ()
    moving = sum(one["state"] != "steady" for one in known)
    if not moving:
        return Note(_unmoved(known)), *_hidden(record)
    ranked = sorted(known, key=lambda one: (one["state"] == "steady", -_sure(one)))
    ranked = ranked[: min(MOST, moving)]
    rows: list[list[Cell]] = [
        [
            _whose(one),
            capital(one["name"]),
            moved(one["change"], one["unit"]),
            count(one["n"]),
            Mark(one["state"], _TONES.get(one["state"], "neutral")),
        ]
        for one in ranked
    ]
    caption = (
        f"Groups, surest change first: {count(len(ranked))} of {count(len(known))}. States are "
        "adjusted for the number of groups, intervals are not."
    )
    columns: Columns = (
        ("Group", "left"),
        ("Score", "left"),
        ("Change", "right"),
        ("Recent scores", "right"),
        ("", "left"),
    )
    return Table(caption, columns, rows), *_hidden(record)


def _unmoved(known: list[Json]) -> str:
    """That no group moved, and what could have been seen."""
    least, most = (pick(known, key=lambda one: float(one["visible"])) for pick in (min, max))
    seen = [
        f"{moved_by(one['visible'], one['unit'])} in {_whose(one)}, {one['name']}"
        for one in (least, most)
    ]
    return (
        f"None of {counted(len(known), 'group')} is seen to have changed. What would be told four "
        f"times in five: a change of {seen[0]}, at best, and of {seen[1]}, at worst."
    )


def _whose(one: Json) -> str:
    return f"{one['column'].removesuffix('_id')} {one['group']}"


def _hidden(record: Json) -> tuple[Note, ...]:
    """How many groups are too small to be told."""
    if not record["hidden"]:
        return ()
    verb = "is" if record["hidden"] == 1 else "are"
    return (
        Note(
            f"{capital(counted(record['hidden'], 'group'))} of fewer than {count(record['k'])} "
            f"{record['cluster'].removesuffix('_id')}s {verb} not told."
        ),
    )


def _sure(one: Json) -> float:
    """A change in half widths of its interval: beyond one, the interval leaves zero out."""
    size = one["change"]
    return abs(float(size["value"])) / ((float(size["high"]) - float(size["low"])) / 2 or 1.0)


def course_blocks(record: Json) -> tuple[Block, ...]:
    """Week by week, one figure per name on one scale."""
    broken = sum(len(one["breaks"]) for one in record["courses"])
    heading = f"{capital(counted(broken, 'break'))} in the weekly scores"
    blocks: list[Block] = [Section("Week by week", heading, "")]
    numbers = [
        end
        for one in record["courses"]
        for point in one["points"]
        if point["mean"] and point["complete"]
        for end in point["mean"].values()
        if end is not None
    ]
    ends = (min(numbers), max(numbers)) if numbers else None
    for one in record["courses"]:
        steps = _steps(one["points"])
        if len(steps) < 2 or ends is None:
            continue
        breaks = [
            CourseBreak(day=b["day"], words=moved(b["size"], b["unit"])) for b in one["breaks"]
        ]
        said = "; ".join(
            f"{moved(b['size'], b['unit'])} from {day(b['day'])}" for b in one["breaks"]
        )
        smallest = (
            f" A lasting change below {level('1').number(one['smallest'], 2)} would mostly go "
            "unseen in so few weeks."
            if one["smallest"]
            else ""
        )
        blocks.append(
            Figure(
                course_chart(steps, axis=f"mean {one['name']}", breaks=breaks, ends=_room(*ends)),
                f"{capital(one['name'])}: weekly mean with its interval; hollow: a week that the "
                f"data do not cover.{smallest}",
                f"{capital(one['name'])} by week: {said or 'no break found'}.",
            )
        )
    return tuple(blocks)


def _room(low: float, high: float) -> tuple[float, float]:
    room = 0.08 * (high - low or 1.0)
    return low - room, high + room


def _steps(points: list[Json]) -> list[CourseStep]:
    return [
        CourseStep(
            day=point["day"],
            value=point["mean"]["value"],
            low=point["mean"]["low"],
            high=point["mean"]["high"],
            complete=point["complete"],
        )
        for point in points
        if point["mean"] is not None
    ]


def agreement_blocks(record: Json) -> tuple[Block, ...]:
    """Who agrees with whom, and how far."""
    section = Section("Agreement", *words.agreement_head(record))
    rows = [
        (
            f"{capital(one['name'])}, {one['first']}–{one['second']}",
            figures(one["alpha"], "1"),
            figures(one["kappa"], "1"),
            "–" if one["apart"] is None else moved(one["apart"], one["unit"]),
            count(one["items"]),
        )
        for one in record["agreement"]
    ]
    if not rows:
        return (section,)
    columns: Columns = (
        ("Score, judges", "left"),
        ("Alpha", "right"),
        ("Kappa", "right"),
        ("First − second", "right"),
        ("Items", "right"),
    )
    caption = (
        "Agreement on items that both kinds judged, with intervals; first − second: by how much "
        "the first kind scores higher."
    )
    return section, Table(caption, columns, rows)


def drift_blocks(record: Json) -> tuple[Block, ...]:
    """Which judge moved."""
    rows: list[list[Cell]] = [
        [
            one["judge"],
            one["kind"],
            "–" if one["shift"] is None else moved(one["shift"], one["unit"]),
            words.dated(one["since"]),
            "same items again" if one["anchored"] else "other judges",
            count(one["items"]),
            Mark(one["verdict"], _TONES.get(one["verdict"], "neutral")),
        ]
        for one in record["drifts"]
    ]
    columns: Columns = (
        ("Judge", "left"),
        ("Kind", "left"),
        ("Moved by", "right"),
        ("Since", "left"),
        ("Seen against", "left"),
        ("Shared judgements", "right"),
        ("", "left"),
    )
    caption = (
        "Recent days against those before; positive: more lenient. Since: the first day of a step, "
        "and between which days it lies. Shared judgements are those of recent days."
    )
    return Section("Judges", *words.drift_head(record)), Table(caption, columns, rows)


def goal_blocks(record: Json) -> tuple[Block, ...]:
    """Where each goal stands, and the way that is left."""
    goals = record["goals"]
    if not goals:
        return ()
    well = sum(one["state"] in {"on track", "met"} for one in goals)
    of = counted(len(goals), "goal")
    heading = f"{capital(in_words(well)) if well else 'None'} of {of} on track or met"
    lead = (
        "The chance that the last week that ends by the goal’s day reaches the target. Weeks stand "
        "at their first day, so lines end where that week begins."
    )
    blocks: list[Block] = [Section("Goals", heading, lead)]
    for one in goals:
        steps = _steps(one["points"])
        if len(steps) < 2:
            blocks.append(Note(f"{words.goal_sentence(one)}."))
            continue
        steps = [step for step in steps if step.complete]
        steps += [
            CourseStep(
                day=week["day"],
                value=week["mean"]["value"],
                low=week["mean"]["low"],
                high=week["mean"]["high"],
                expected=True,
            )
            for week in one["ahead"]
        ]
        whom = f", {one['whom']}" if one["whom"] else ""
        pace = "" if one["needed"] is None else f" Dotted: {words.pace_told(one)}."
        if one["coverage"] is not None:
            pace += (
                f" In {counted(one['tested'], 'forecast')} from past weeks such intervals held "
                f"{PERCENT.number(one['coverage'], 0)}."
            )
        drawn = " Dashed: forecast with its 95 % interval." if one["ahead"] else ""
        blocks.append(
            Figure(
                course_chart(
                    steps,
                    axis=f"{one['metric']}{whom}, weekly",
                    unit=one["unit"],
                    aim=one["target"],
                    aim_words=f"target {words.aimed(one)}",
                    due=one["ahead"][-1]["day"] if one["ahead"] else one["by"],
                ),
                f"{words.goal_sentence(one)}.{drawn}{pace}",
                f"{words.goal_sentence(one)}; in the last complete week "
                f"{figures(one['now'], one['unit'])}.",
            )
        )
    return tuple(blocks)


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", words.method(record))
