"""Who stays: the triangle of starts and ages, and lapses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.blocks import Cell, Mark, Note, Section, Table
from assay.present.charts.cells import GridCell, grid_chart
from assay.present.charts.kept import AgeCurve, AgeShare, kept_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, chance, change, count, day
from assay.present.prose import cohorts as words
from assay.present.prose.cohorts import figures
from assay.present.prose.words import capital, counted, plural_of

if TYPE_CHECKING:
    from assay.present.theme import Meaning

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]
ROOMY: Final = 14
"""Columns up to which a cell has room for its number: of more ages some are drawn."""
_NEAR: Final = 8
"""Ages that are drawn in any case."""
MOST: Final = 12
"""Starts or groups that are told one by one where more differ."""


def retention_blocks(record: Json) -> tuple[Block, ...]:
    """The triangle of starts and ages, then retention by age."""
    cohorts, every = record["cohorts"], record["every"]
    if not cohorts:
        text = f"No {every} has {count(record['k'])} users who began in it."
        return Section("Retention", "Too few users began together", ""), Note(text)
    rows = record["mature"] or record["ages"]
    heading = "No start is old enough to tell who stays"
    if rows:
        at = rows[-1]
        heading = (
            f"{figures(at['share'])} of users are active in the {words.nth(at['age'])} {every} "
            "after their first"
        )
    lead = (
        f"Each row is a {every} of first use, each column an age, each number a share in %. Framed "
        "cells are not over; pale rows at the top were there when the data begin, and count in no "
        "curve."
    )
    blocks: list[Block] = [Section("Retention", heading, lead), _triangle(record)]
    if len(record["ages"]) > 1:
        blocks.append(_by_age(record))
        blocks.append(_age_table(record))
    return *blocks, *_hidden(record)


def _triangle(record: Json) -> Figure:
    every, cohorts = record["every"], record["cohorts"]
    ages = drawn_ages(max(len(one["cells"]) for one in cohorts), every)
    columns = [count(age) for age in ages]
    names = {one["start"]: f"{day(one['start'])}, {count(one['users'])}" for one in cohorts}
    # age 0 is everybody: colours are for those after it
    most = max(
        (
            cell["share"]["value"]
            for one in cohorts
            for cell in one["cells"]
            if cell["share"] and cell["age"]
        ),
        default=1.0,
    )
    cells = []
    for one in cohorts:
        for cell in one["cells"]:
            if cell["age"] not in ages:
                continue
            share = cell["share"]
            told = f"{figures(share)} active in that {every}"
            if share is None:
                told = "withheld: too few" if cell["withheld"] else "not over"
            strength = 0.0 if share is None else min(share["value"] / (most or 1.0), 1.0)
            cells.append(
                GridCell(
                    row=names[one["start"]],
                    column=count(cell["age"]),
                    strength=strength * (0.45 if one["found"] else 1.0),
                    figure=PERCENT.bare(share["value"], 0) if share else "",
                    words=told,
                    state="open" if cell["open"] else "hidden" if cell["withheld"] else "told",
                )
            )
    crossed = ""
    if any(cell["withheld"] for one in cohorts for cell in one["cells"]):
        few = count(record["k"])
        crossed = f" A cross: fewer than {few} were active, or were not, or it would tell who is."
    some = ""
    if len(ages) <= max(len(one["cells"]) for one in cohorts) - 1:
        some = f" Drawn are ages up to {count(_NEAR)}, then every {words.nth(ages[-1] - ages[-2])}."
    return Figure(
        grid_chart(
            cells, rows=list(names.values()), columns=columns, across=f"{plural_of(every)} after"
        ),
        f"Share of users active in each {every} after their first; beside each start, how many "
        f"began. The colour is full at {PERCENT.number(most, 0)}; age 0 is everybody.{some}"
        f"{crossed}",
        _said(record, ages),
    )


def drawn_ages(number: int, every: str) -> tuple[int, ...]:
    """Ages that are drawn of so many, from 0: all, or the first and then each so many."""
    if number <= ROOMY:
        return tuple(range(number))
    step = -(-(number - 1 - _NEAR) // (ROOMY - 1 - _NEAR))
    step = 7 * -(-step // 7) if every == "day" else step
    return (*range(_NEAR + 1), *(age for age in range(step, number, step) if age > _NEAR))


def _said(record: Json, ages: tuple[int, ...]) -> str:
    """The triangle in words: lowest and highest share of the starts that count, by age."""
    every, cohorts = record["every"], record["cohorts"]
    told = []
    for age in [age for age in ages if age][:: max(1, len(ages) // 4)]:
        found = [
            (one["cells"][age]["share"]["value"], one["start"], one["users"])
            for one in cohorts
            if not one["found"] and age < len(one["cells"]) and one["cells"][age]["share"]
        ]
        if found:
            (low, first, few), (high, last, many) = min(found), max(found)
            told.append(
                f"{counted(age, every)} after, from {PERCENT.number(low, 0)} of {count(few)} "
                f"({day(first)}) to {PERCENT.number(high, 0)} of {count(many)} ({day(last)})"
            )
    head = f"Share of users still active, {counted(len(cohorts), 'start')}"
    return f"{head}: {'; '.join(told)}." if told else f"{head}; no age of them is over."


def _by_age(record: Json) -> Figure:
    every = record["every"]
    curves = []
    lines: tuple[tuple[str, str, Meaning], ...] = (
        ("ages", f"in that very {every}", "estimate"),
        ("later", "then or later", "attention"),
    )
    for kind, name, meaning in lines:
        rows = record[kind]
        if len(rows) > 1:
            steps = [
                AgeShare(
                    age=row["age"],
                    share=row["share"]["value"],
                    low=row["share"]["low"],
                    high=row["share"]["high"],
                    words=f"{figures(row['share'])}, {counted(row['starts'], 'start')}",
                )
                for row in rows
            ]
            curves.append(AgeCurve(name=name, steps=steps, meaning=meaning))
    last = record["ages"][-1]
    return Figure(
        kept_chart(curves, axis="share of users", across=f"{plural_of(every)} after the first"),
        f"Active in that very {every}, and then or later, over all starts that are old enough: the "
        "farther right, the fewer.",
        f"Retention by age: at {count(last['age'])} {plural_of(every)} {figures(last['share'])}.",
    )


def _age_table(record: Json) -> Table:
    later = {row["age"]: row for row in record["later"]}
    mature = {row["age"]: row for row in record["mature"]}
    rows = [
        (
            count(row["age"]),
            figures(row["share"]),
            figures(later[row["age"]]["share"]) if row["age"] in later else NOTHING,
            figures(mature[row["age"]]["share"]) if row["age"] in mature else NOTHING,
            NOTHING if row["spread"] is None else change("share").number(row["spread"], 1),
            count(row["starts"]),
            count(row["users"]),
        )
        for row in record["ages"]
        if row["age"]
    ]
    columns: Columns = (
        ("Age", "right"),
        ("Active then", "right"),
        ("Then or later", "right"),
        ("Mature starts alone", "right"),
        ("Between starts", "right"),
        ("Starts", "right"),
        ("Users", "right"),
    )
    caption = (
        "By age, with intervals. Mature starts are old enough for all ages of their column, so "
        "that it compares the same users. Between starts: the standard deviation beyond chance."
    )
    return Table(caption, columns, rows)


def _hidden(record: Json) -> tuple[Note, ...]:
    if not record["hidden"]:
        return ()
    verb = "is" if record["hidden"] == 1 else "are"
    what = capital(counted(record["hidden"], "start or group", "starts or groups"))
    return (Note(f"{what} of fewer than {count(record['k'])} users {verb} not told."),)


def lapse_blocks(record: Json) -> tuple[Block, ...]:
    """The curve of lapses, then who lapses sooner or later than the others."""
    lapses, every = record["lapses"], record["every"]
    if lapses is None:
        return ()
    blocks: list[Block] = [Section("Lapses", *words.lapse_head(record))]
    if len(lapses["curve"]) > 1:
        steps = [AgeShare(age=0, share=1.0, low=1.0, high=1.0, words="everybody")]
        steps += [
            AgeShare(
                age=row["age"],
                share=row["share"]["value"],
                low=row["band"]["low"],
                high=row["band"]["high"],
                words=f"{figures(row['share'])}, {count(row['at_risk'])} watched",
            )
            for row in lapses["curve"]
        ]
        last = lapses["curve"][-1]
        blocks.append(
            Figure(
                kept_chart(
                    [AgeCurve(name="not lapsed", steps=steps)],
                    axis="share who have not lapsed",
                    across=f"{plural_of(every)} after the first",
                ),
                "Users who have not lapsed, with the band that holds the whole curve."
                + (" Ages of few lapses are told with later ones." if lapses["untold"] else ""),
                f"After {count(last['age'])} {plural_of(every)} {figures(last['share'])} have not "
                "lapsed.",
            )
        )
    differ = [one for one in lapses["parted"] if one["kind"] == "group" or one["differs"]]
    if differ:
        blocks.append(_parted(record, differ[:MOST], len(lapses["parted"])))
    return tuple(blocks)


def _parted(record: Json, differ: list[Json], of: int) -> Table:
    written = change("share")
    rows: list[list[Cell]] = []
    for one in differ:
        size = one["difference"]
        told = NOTHING
        if size is not None:
            decimals = min(written.decimals(size["low"], size["high"]), 1)
            value = written.number(size["value"], decimals, signed=True)
            told = f"{value} {written.interval(size['low'], size['high'], decimals)}"
        sooner = one["seen"] > one["expected"]
        state = ("sooner" if sooner else "later") if one["differs"] else "no difference seen"
        rows.append(
            [
                one["name"] if one["kind"] == "group" else f"began {day(one['name'])}",
                count(one["users"]),
                count(one["seen"]),
                count(one["expected"]),
                told,
                NOTHING if one["at"] is None else count(one["at"]),
                chance(one["p_value"]),
                Mark(
                    state,
                    ("bad" if sooner else "good") if one["differs"] else "neutral",
                ),
            ]
        )
    columns: Columns = (
        (capital(record["by"].replace("_", " ")) or "Start", "left"),
        ("Users", "right"),
        ("Lapsed", "right"),
        ("As others", "right"),
        ("Share kept, less others’", "right"),
        ("At age", "right"),
        ("Chance if alike", "right"),
        ("", "left"),
    )
    caption = (
        f"Each against all others, {count(len(differ))} of {count(of)} comparisons: groups, and "
        "starts that differ. As others: lapses if they were like all. The difference is told "
        "where it is surest; its interval holds all ages and groups at once. Chance if alike: of "
        "lying so far apart without a difference, for all rows together."
    )
    return Table(caption, columns, rows)
