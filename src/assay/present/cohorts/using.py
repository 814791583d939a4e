"""Where users stand, and what is expected of them."""

from __future__ import annotations

from typing import Any, Final, Literal

from assay.present.blocks import Note, Section, Table
from assay.present.charts.cells import GridCell, grid_chart
from assay.present.figures import Figure
from assay.present.format import PERCENT, change, count, day, level
from assay.present.prose import cohorts as words
from assay.present.prose.cohorts import amounts, apart, figures
from assay.present.prose.words import capital, counted, plural_of

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]
STATES: Final = ("new", "current", "returning", "at risk", "dormant", "lost")


def cycle_blocks(record: Json) -> tuple[Block, ...]:
    """States now and ahead, then moves between them."""
    cycle, every = record["cycle"], record["every"]
    if cycle is None:
        return ()
    seen = [one for one in cycle["standings"] if not one["ahead"]]
    ahead = [one for one in cycle["standings"] if one["ahead"]]
    now = seen[-1]
    heading = (
        f"In the {every} of {day(now['start'])}, {amounts(now['current'])} users are "
        f"current, {amounts(now['new'])} new and {amounts(now['returning'])} back "
        "after an absence"
    )
    lead = (
        f"At risk in the first {plural_of(every)} of absence, dormant from the "
        f"{words.nth(cycle['dormant'])} on, lost from the {words.nth(cycle['lost'])} on."
    )
    shown = [now, *ahead[:1], *(ahead[-1:] if len(ahead) > 1 else [])]
    rows = [
        (capital(state.replace("_", " ")), *(amounts(one[state]) for one in shown))
        for state in ("new", "current", "returning", "at_risk", "dormant", "lost")
    ]
    columns: Columns = (
        ("State", "left"),
        *((day(one["start"]) + (", expected" if one["ahead"] else ""), "right") for one in shown),
    )
    blocks: list[Block] = [
        Section("Life cycle", heading, lead),
        Table(f"Users by state in the {every} of …", columns, rows),
    ]
    if cycle["moves"]:
        blocks += [_moved(cycle, every), _moves(cycle, every)]
    return tuple(blocks)


def _moved(cycle: Json, every: str) -> Figure:
    """Where users of each state are a period later: a square for each move that can be."""
    shown = {(one["state"], one["to"]): one for one in cycle["moves"]}
    rows = [state for state in STATES if any(state == one for one, _ in shown)]
    columns = [state for state in STATES if any(state == one for _, one in shown)]
    names = {row: f"{capital(row)}, {count(_there(cycle, row))}" for row in rows}
    cells = [
        GridCell(
            row=names[row],
            column=capital(column),
            strength=shown[row, column]["share"]["value"],
            figure=PERCENT.number(shown[row, column]["share"]["value"], 0),
            words=figures(shown[row, column]["share"]),
        )
        for row in rows
        for column in columns
        if (row, column) in shown
    ]
    steps = "; ".join(
        f"{one['state']} to {one['to']} {figures(one['share'])}" for one in cycle["moves"]
    )
    return Figure(
        grid_chart(
            cells,
            rows=list(names.values()),
            columns=[capital(column) for column in columns],
            across=f"a {every} later",
        ),
        f"Of users in a state (rows, with how many were seen there), the share in each state a "
        f"{every} later. What is empty cannot be, or is withheld.",
        f"Moves within a {every}: {steps}.",
    )


def _there(cycle: Json, state: str) -> int:
    return int(next(one["users"] for one in cycle["moves"] if one["state"] == state))


def _moves(cycle: Json, every: str) -> Table:
    rows = [
        (capital(one["state"]), capital(one["to"]), figures(one["share"]), count(one["users"]))
        for one in cycle["moves"]
    ]
    columns: Columns = (
        ("From", "left"),
        (f"A {every} later", "left"),
        ("Share", "right"),
        ("Users who were there", "right"),
    )
    return Table(f"Moves between states, over all {plural_of(every)} that count.", columns, rows)


def return_blocks(record: Json) -> tuple[Block, ...]:
    """What is expected of users, how that was tested, and what it is worth."""
    returns = record["returns"]
    section = Section("Expected use", *words.return_head(record))
    if returns["expected"] is None:
        return (section,)
    blocks: list[Block] = [section, _bands(returns)]
    if returns["groups"]:
        blocks.append(_groups_ahead(record, returns))
    if returns["tested"] is not None:
        blocks += _tested(returns["tested"])
    return *blocks, _worth(returns)


def _bands(returns: Json) -> Table:
    rows = [
        (
            f"{PERCENT.bare(one['above'], 0)} to {PERCENT.number(one['below'], 0)}",
            count(one["users"]),
            amounts(one["expected"]),
        )
        for one in returns["bands"]
    ]
    columns: Columns = (
        ("Chance of staying away", "left"),
        ("Users", "right"),
        ("Active days expected", "right"),
    )
    caption = (
        f"Users by the chance that they do not come back in {counted(returns['days'], 'day')}: "
        f"{amounts(returns['away'])} of {count(returns['users'])} are expected to stay away. "
        f"{_room(returns)}"
    )
    return Table(caption, columns, rows)


def _groups_ahead(record: Json, returns: Json) -> Table:
    rows = [
        (
            one["group"],
            count(one["users"]),
            figures(one["away"]),
            figures(one["expected"], "1"),
        )
        for one in returns["groups"]
    ]
    columns: Columns = (
        (capital(record["by"].replace("_", " ")), "left"),
        ("Users", "right"),
        ("Will stay away", "right"),
        ("Active days a head", "right"),
    )
    caption = f"{capital(counted(returns['days'], 'day'))} ahead, by group. {_room(returns)}"
    return Table(caption, columns, rows)


def _room(returns: Json) -> str:
    if returns["tested"] is None:
        return "Intervals are of chance, and of how surely the model is known."
    return "Intervals leave room for chance, and for errors as large as those of the test below."


def _tested(test: Json) -> list[Block]:
    rows = [
        (
            count(one["users"]),
            PERCENT.number(one["foretold"], 0),
            figures(one["seen"]),
            apart(one),
        )
        for one in test["tenths"]
    ]
    columns: Columns = (
        ("Users", "right"),
        ("Foretold to stay away", "right"),
        ("Stayed away", "right"),
        ("Off by", "right"),
    )
    correlation = (
        ""
        if test["correlation"] is None
        else f" Users’ expected and real days correlate by "
        f"{level('1').number(test['correlation'], 2)};"
    )
    caption = (
        f"The forecast made earlier, by tenths of {count(test['users'])} users: off by "
        f"{change('share').number(test['mean'], 1)} on average, "
        f"{change('share').number(test['largest'], 1)} at most.{correlation} users’ own intervals "
        f"held {PERCENT.number(test['held'], 1)} of them."
    )
    return [Table(caption, columns, rows)]


def _worth(returns: Json) -> Note:
    worth = returns["worth"]
    if worth is None:
        return Note(f"What active days are worth cannot be told: {returns['worth_reason']}.")
    mean = figures(worth["mean"], "USD")
    doubling = worth["doubling"]
    with_use = ""
    if doubling is not None and doubling["value"] is not None:
        decimals = PERCENT.decimals(doubling["low"], doubling["high"])
        with_use = (
            f" Where users have twice as many active days, such a day costs "
            f"{_percent(doubling, decimals)} of the mean more."
        )
    if worth["ahead"] is None:
        return Note(
            f"An active day costs {mean} on average.{with_use} What will be spent is not told: "
            f"{returns['worth_reason']}.",
            "attention",
        )
    return Note(
        f"An active day costs {mean} on average, of {count(worth['users'])} users.{with_use} "
        f"Expected of all users: {figures(worth['ahead'], 'USD')} in "
        f"{counted(returns['days'], 'day')}."
    )


def _percent(size: Json, decimals: int) -> str:
    value = PERCENT.number(size["value"], decimals, signed=True)
    return f"{value} {PERCENT.interval(size['low'], size['high'], decimals)}"
