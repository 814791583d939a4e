"""The sections of the report on personalisation, ready to be displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Cell, Details, Mark, Note, Section, Table
from assay.present.charts.courses import CourseStep, course_chart
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, chance, count
from assay.present.personalisation_tries import trust_blocks, try_blocks
from assay.present.prose import personalisation as words
from assay.present.prose.personalisation import (
    brief,
    numbered,
    shared,
    shifted,
    tell,
)
from assay.present.prose.words import capital, counted, noun_of

if TYPE_CHECKING:
    from assay.present.theme import Meaning

__all__ = [
    "brief",
    "change_blocks",
    "choice_blocks",
    "class_blocks",
    "course_blocks",
    "kind_blocks",
    "leaving_blocks",
    "method_details",
    "tell",
    "trust_blocks",
    "try_blocks",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note
_MEANINGS: Final[dict[str, Meaning]] = {"better": "better", "worse": "worse"}
_TRENDS: Final[dict[str, Meaning]] = {
    "improving": "better",
    "rising": "better",
    "declining": "worse",
    "falling": "worse",
    "stable": "estimate",
}


def course_blocks(record: Json) -> tuple[Block, ...]:
    """The mean trend, and weeks of the same users."""
    trend = record["trend"]
    section = Section("Trend", words.trend_sentence(record), "")
    if trend is None:
        return (section,)
    steps = [
        CourseStep(
            day=one["start"],
            value=one["level"]["value"],
            low=one["level"]["low"],
            high=one["level"]["high"],
            complete=one["complete"],
        )
        for one in trend["weeks"]
    ]
    if len(steps) < 2:
        return (section,)
    return (
        section,
        Figure(
            course_chart(steps, axis=f"{record['measure']}, of the same users"),
            "Level per week as if all users had rated in each, with its interval; hollow: a week "
            "that the data do not cover.",
            f"{words.trend_sentence(record)}.",
        ),
    )


def class_blocks(record: Json) -> tuple[Block, ...]:
    """How many users improve, stay, decline, beside what simpler ways name."""
    trend = record["trend"]
    if trend is None:
        return ()
    rows = [
        (
            capital(one["name"]),
            numbered(one["expected"], trend["counted"]),
            words.part_of(one["share"]),
            count(one["sure"]),
            NOTHING if one["line"] is None else count(one["line"]),
        )
        for one in trend["classes"]
    ]
    rows.append(("Unclear", NOTHING, NOTHING, count(trend["unclear"]), NOTHING))
    caption = (
        "Users who rated in enough weeks. Expected: the sum of their chances, with its interval. "
        f"Sure: a chance of {PERCENT.number(record['surely'], 0)} or more. By own line: what "
        "least squares of each user alone would name."
    )
    return (
        Section("Users", *words.classes_head(record)),
        Table(
            caption,
            (
                ("", "left"),
                ("Expected users", "right"),
                ("Share", "right"),
                ("Sure", "right"),
                ("By own line", "right"),
            ),
            rows,
        ),
        Note(words.thumb_note(record)),
    )


def kind_blocks(record: Json) -> tuple[Block, ...]:
    """Trends by kind of user, alone and drawn towards the others."""
    trend = record["trend"]
    kinds = trend["kinds"] if trend else []
    if not kinds:
        return ()
    rows = [
        Interval(
            label=one["kind"],
            note=f"n = {count(one['users'])}",
            value=one["slope"]["value"],
            low=one["slope"]["low"],
            high=one["slope"]["high"],
            figures=shifted(one["slope"]),
            verdict="",
            meaning=_sign(one["slope"]),
            band=record["smallest"],
            drawn=tuple(one["drawn"][end] for end in ("low", "value", "high")),
        )
        for one in kinds
    ]
    table: list[list[Cell]] = [
        [
            one["kind"],
            count(one["users"]),
            shifted(one["drawn"]),
            shifted(one["apart"]),
            chance(one["p_value"]),
            Mark("differs" if one["differs"] else "no difference seen", "neutral"),
        ]
        for one in kinds
    ]
    name = capital(noun_of(record["by"])) if record["by"] else "Kind"
    return (
        Section("Kinds", *words.kinds_head(record)),
        Figure(
            interval_chart(rows, axis="change per four weeks"),
            "Mean trends of each kind’s own users, with intervals; below, thinner: drawn towards "
            "the other kinds as far as it is noise. Shaded: too little to matter.",
            "; ".join(f"{row.label} {row.figures}, {row.note}" for row in rows) + ".",
        ),
        Table(
            "Trends drawn towards the other kinds; differences to the mean of the others, with "
            "intervals for all kinds at once. Chance if alike: of lying so far apart without a "
            "difference, for all kinds together.",
            (
                (name, "left"),
                ("Users", "right"),
                ("Drawn", "right"),
                ("Less the others", "right"),
                ("Chance if alike", "right"),
                ("", "left"),
            ),
            table,
        ),
    )


def leaving_blocks(record: Json) -> tuple[Block, ...]:
    """Those who left against those who stayed."""
    trend = record["trend"]
    if trend is None:
        return ()
    leaving = trend["leaving"]
    if leaving is None:
        return Section("Leaving", words.leaving_note(record)), *()
    rows = [
        _row(label, size, "", _sign(size), band=record["smallest"])
        for label, size in (
            ("Who stayed", leaving["stayed"]),
            ("Who left", leaving["left"]),
            ("Both, by persons", leaving["mixed"]),
            ("Mixed model", trend["slope"]),
        )
    ]
    return (
        Section("Leaving", words.leaving_sentence(record), words.leaving_note(record)),
        Figure(
            interval_chart(rows, axis="change per four weeks"),
            "Mean trends with intervals; shaded: too little to matter.",
            "; ".join(f"{row.label} {row.figures}" for row in rows) + ".",
        ),
    )


def _row(label: str, size: Json, note: str, meaning: Meaning, *, band: float) -> Interval:
    return Interval(
        label=label,
        note=note,
        value=size["value"],
        low=size["low"],
        high=size["high"],
        figures=shifted(size),
        verdict="",
        meaning=meaning,
        band=band,
    )


def _sign(size: Json) -> Meaning:
    if size["low"] > 0:
        return "better"
    return "worse" if size["high"] < 0 else "undecided"


def choice_blocks(record: Json) -> tuple[Block, ...]:
    """Whether users keep to what they chose, by column and by lag."""
    known = [one for one in record["stability"] if one["beyond"]]
    if not record["stability"]:
        return ()
    if known:
        best = max(known, key=lambda one: one["beyond"]["value"])
        heading = words.choice_sentence(best)
    else:
        heading = "Whether users keep to what they chose cannot be told"
    lead = (
        "Two choices of different weeks: of one user, and of two users of a kind. What is beyond "
        "chance is the user’s own."
    )
    rows: list[list[Cell]] = [
        [
            capital(noun_of(one["column"])),
            shared(one["within"]),
            shared(one["between"]),
            shared(one["beyond"]) if one["beyond"] else one["reason"],
            count(one["users"]) if one["beyond"] else NOTHING,
        ]
        for one in record["stability"]
    ]
    blocks: list[Block] = [
        Section("Choices", heading, lead),
        Table(
            "Chance that two choices agree, with intervals.",
            (
                ("Choice", "left"),
                ("Of one user", "right"),
                ("Of two users", "right"),
                ("Beyond chance", "right"),
                ("Users", "right"),
            ),
            rows,
        ),
    ]
    if known and best["lags"]:
        name = noun_of(best["column"])
        rows_of = [
            Interval(
                label=counted(one["weeks"], "week"),
                note=f"n = {count(one['users'])}",
                value=one["beyond"]["value"] * 100,
                low=one["beyond"]["low"] * 100,
                high=one["beyond"]["high"] * 100,
                figures=shared(one["beyond"]),
                verdict="",
                meaning="estimate" if one["beyond"]["low"] > 0 else "undecided",
            )
            for one in best["lags"]
            if one["weeks"] in {1, 2, 4, 8, 12}
        ]
        if rows_of:
            blocks.append(
                Figure(
                    interval_chart(rows_of, axis=f"own choice of {name}, % beyond chance"),
                    f"Choice of {name} so many weeks apart: what users explain, with intervals.",
                    f"Choice of {name}: "
                    + "; ".join(f"{row.label} {row.figures}" for row in rows_of)
                    + ".",
                )
            )
    return tuple(blocks)


def change_blocks(record: Json) -> tuple[Block, ...]:
    """What came after changes: alone, against all, against users like them; week by week."""
    found = record["adapting"]
    if found is None:
        heading = "Whether changed configurations help cannot be told"
        return (Section("Changes", heading, f"{capital(record['adapting_reason'])}."),)
    kind = "by chance" if found["randomised"] else "an association, not an effect"
    lead = (
        f"{counted(found['changes'], 'change')} of single {found['decided_by']}s, "
        f"{count(found['users'])} users compared: {kind}."
    )
    rows = [
        _row(label, size, note, _sign(size), band=record["smallest"])
        for label, note, size in (
            ("Before and after alone", "with all that happened anyway", found["alone"]),
            ("Against users at the time", "as if both moved alike", found["parallel"]),
            ("Against users like them", "as satisfied just before", found["matched"]),
        )
        if size
    ]
    blocks: list[Block] = [
        Section("Changes", words.adapting_sentence(record), lead),
        Figure(
            interval_chart(rows, axis=f"{record['measure']} after less before"),
            "Three ways to compare; shaded: too little to matter.",
            "; ".join(f"{row.label} {row.figures}" for row in rows) + ".",
        ),
    ]
    weeks = [one for one in found["course"] if one["gap"]]
    if len(weeks) > 2:
        steps = [
            _row(
                _weeks_from(one["week"]),
                one["gap"],
                "",
                _sign(one["gap"]),
                band=record["smallest"],
            )
            for one in weeks
        ]
        blocks.append(
            Figure(
                interval_chart(steps, axis="difference to users like them"),
                "Week by week from the change: before it, users compared should not differ.",
                "; ".join(f"{row.label} {row.figures}" for row in steps) + ".",
            )
        )
    blocks.append(Note(_before(found)))
    if found["parts"]:
        blocks.append(_parts(found["parts"]))
    return tuple(blocks)


def _weeks_from(week: int) -> str:
    if week == 0:
        return "week of the change"
    return f"{counted(abs(week), 'week')} {'after' if week > 0 else 'before'}"


def _before(found: Json) -> str:
    drift, dip = found["drift"], found["dip"]
    said = (
        "Too few weeks before the change to check whether both had moved alike."
        if drift is None
        else f"Before the change the difference to others moved by {shifted(drift)} a week: "
        + (
            "compatible with both having moved alike."
            if found["moved_alike"]
            else "they had not moved alike, so that the comparison with all at the time misleads."
        )
    )
    if dip is None:
        return said
    low = dip["high"] < 0
    way = "a bad week went before" if low else "no bad week is seen to have gone before"
    return f"{said} Just before, users with a change had moved by {shifted(dip)}: {way}."


def _parts(parts: list[Json]) -> Table:
    rows: list[list[Cell]] = [
        [
            "Changed by" if one["of"] == "by" else "Kind",
            capital(one["name"]),
            shifted(one["matched"]) if one["matched"] else Mark("not enough data", "neutral"),
            count(one["users"]),
            count(one["deciders"]) if one["matched"] else NOTHING,
        ]
        for one in parts
    ]
    return Table(
        "Against users like them, by who changed and by kind; intervals hold for all rows at once.",
        (
            ("", "left"),
            ("", "left"),
            ("Difference", "right"),
            ("Users", "right"),
            ("Deciders", "right"),
        ),
        rows,
    )


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", words.method(record))
