"""What the report on cohorts says, from its record: findings, head, headings, method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import NOTHING, PERCENT, chance, change, count, day, level
from assay.present.prose.words import capital, counted, joined, plural_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]
_KEPT: Final = "as foretold before"


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def _told(one: Json, record: Json) -> Json:
    kind = one["key"].split("/")[0]
    sentence = {
        "retention": _retention,
        "lapses": _lapses,
        "returns": _returns,
        "churn": _churn,
        "cycle": _cycle,
    }[kind](one, record)
    exact = (
        f"{sentence}; {one['reason']}; {PERCENT.number(one['confidence'], 0)} interval, "
        f"{counted(one['n'], 'user')}."
    )
    return {**one, "title": sentence, "plain": f"{sentence}.", "exact": exact}


def _retention(one: Json, record: Json) -> str:
    rows = record["mature"] or record["ages"]
    return (
        f"{figures(one['size'])} of users are active in the {nth(rows[-1]['age'])} "
        f"{record['every']} after their first"
    )


def nth(number: int) -> str:
    """`1st`, `2nd`, `13th`."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if number % 100 in {11, 12, 13} else ends.get(number % 10, "th")
    return f"{count(number)}{end}"


def _lapses(one: Json, record: Json) -> str:
    said = f"{capital(one['what'])} {one['state']} than others"
    size = one["size"]
    if size is None:
        return said
    _, kind, name = one["key"].split("/", 2)
    parted = record["lapses"]["parted"]
    (at,) = [row["at"] for row in parted if (row["kind"], row["name"]) == (kind, name)]
    fewer = size["value"] < 0
    low, high = sorted(abs(end) for end in (size["low"], size["high"]))
    written = change("share")
    decimals = min(written.decimals(low, high), 1)
    by = written.number(abs(size["value"]), decimals)
    return (
        f"{said}: {by} {written.interval(low, high, decimals, signed=False)} "
        f"{'fewer' if fewer else 'more'} of them are left after "
        f"{counted(round(at), record['every'])}"
    )


def _returns(one: Json, record: Json) -> str:
    if one["size"] is None:
        return f"What users will do cannot be told: {one['reason']}"
    days = record["returns"]["days"]
    return f"{amounts(one['size'])} active days are expected in the next {counted(days, 'day')}"


def _churn(one: Json, record: Json) -> str:
    test, written = record["returns"]["tested"], change("share")
    sizes = f"{written.number(one['size']['value'], 1)} on average"
    if test["tenths"]:
        sizes += f", by {apart(worst_of(test))} in the tenth of users where they were most"
    if one["state"] == "kept":
        return f"Chances of staying away were off by {sizes}"
    return f"Chances of staying away were off by {sizes}, and are mended"


def worst_of(test: Json) -> Json:
    """The tenth of users whose chances were off by most."""
    return dict(max(test["tenths"], key=lambda one: abs(one["gap"]["value"])))


def apart(tenth: Json) -> str:
    """`+11.5 points [+8.8, +14.1]`: share that stayed away, less the chance foretold."""
    written, gap = change("share"), tenth["gap"]
    decimals = min(written.decimals(gap["low"], gap["high"]), 1)
    ends = written.interval(gap["low"], gap["high"], decimals)
    return f"{written.number(gap['value'], decimals, signed=True)} {ends}"


def _cycle(one: Json, record: Json) -> str:
    del one
    excess = level("1").number(record["cycle"]["excess"], 1)
    every = plural_of(record["every"])
    return f"How likely users come back differs between {every} {excess} times as much as by chance"


def figures(size: Json | None, unit: str = "share") -> str:
    """`16.5 % [15.9, 17.3]`; a dash where there is nothing."""
    if size is None or size["value"] is None:
        return NOTHING
    written = level(unit, size["value"])
    if size["low"] is None or size["high"] is None:
        return written.number(size["value"], written.decimals_of(size["value"]))
    decimals = written.decimals(size["low"], size["high"])
    decimals = min(decimals, 1) if unit == "share" else decimals
    ends = written.interval(size["low"], size["high"], decimals, signed=False)
    return f"{written.number(size['value'], decimals)} {ends}"


def ages(size: Json, every: str) -> str:
    """`one week`, `3 [3, 4] weeks`: ages in whole periods."""
    if size["low"] == size["high"]:
        return counted(round(size["value"]), every)
    ends = level("1").interval(size["low"], size["high"], 0, signed=False)
    return f"{count(size['value'])} {ends} {plural_of(every)}"


def amounts(size: Json | None) -> str:
    """`11 453 [8 361, 15 689]`: counts, in whole numbers; a dash for what is withheld."""
    if size is None:
        return NOTHING
    if size["low"] is None or size["low"] == size["high"]:
        return count(size["value"])
    ends = level("count").interval(size["low"], size["high"], 0, signed=False)
    return f"{count(size['value'])} {ends}"


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    first = leading(record)
    return Brief(
        kind="Cohorts",
        subject=f"{count(record['users'])} users",
        state=first["state"] if first else "not enough data",
        tone=first["tone"] if first else "neutral",
        needs_decision=any(one["needs_decision"] for one in record["findings"]),
        evidence="association",
        title=first["title"] if first else "Not enough data to tell who stays",
        subtitle=(
            f"{count(record['uses'])} uses of {count(record['users'])} users, "
            f"{day(record['first'])} to {day(record['last'])}, by {record['every']} "
            f"({record['time_zone']})."
        ),
        data_through=record["last"],
        look="",
        decision=decide(record),
        tiles=_tiles(record),
    )


def leading(record: Json) -> Json | None:
    """The finding that matters most: who lapses sooner, then how many stay."""
    order = ("lapse sooner", "measured", "off in the past", _KEPT, "untested")
    ranked = [one for one in record["findings"] if one["state"] in order]
    return min(ranked, key=lambda one: order.index(one["state"]), default=None)


def decide(record: Json) -> Decision:
    """What to do: about groups that lapse sooner, then about what is foreseen."""
    sooner = [one for one in record["findings"] if one["state"] == "lapse sooner"]
    returns = record["returns"]
    tone: Tone = "neutral"
    if sooner:
        named = joined([one["what"] for one in sooner[:3]])
        head, tone = f"Find out why {named} leave sooner", "bad"
        text = "Their absences begin earlier than those of all others, beyond chance."
    elif returns["expected"] is None:
        head, text = "Wait for more data", f"{capital(returns['reason'])}."
    else:
        head, text = "Nothing to decide", "No group or start lapses sooner than the others."
    return Decision(
        title=head,
        text=text,
        note="Groups differ in more than what they are called: none of this is a cause.",
        tone=tone,
        facts=(
            Fact(label="Users", value=count(record["users"])),
            Fact(label="Came back", value=count(returns["returned"])),
            Fact(label="Starts told", value=count(len(record["cohorts"]))),
        ),
    )


def _tiles(record: Json) -> tuple[Tile, ...]:
    found = []
    for kind, name in (("ages", "Active again"), ("later", "Then or later")):
        rows = [row for row in record[kind] if row["age"] >= 1]
        if rows:
            row = rows[0]
            found.append(_tile(name, row["share"], f"{nth(row['age'])} {record['every']}", "share"))
    lapses, returns = record["lapses"], record["returns"]
    if lapses and lapses["median"] and lapses["median"]["high"] is not None:
        median = lapses["median"]
        found.append(
            Tile(
                name="Half have lapsed",
                value=count(median["value"]),
                interval=level("1").interval(median["low"], median["high"], 0, signed=False),
                detail=f"{plural_of(record['every'])} after the first",
                tone="neutral",
                number=median["value"],
            )
        )
    if returns["expected"]:
        size = returns["expected"]
        found.append(
            Tile(
                name="Active days ahead",
                value=count(size["value"]),
                interval=level("count").interval(size["low"], size["high"], 0, signed=False),
                detail=f"in {counted(returns['days'], 'day')}, all users",
                tone="neutral",
                number=size["value"],
            )
        )
    return tuple(found[:4])


def _tile(name: str, size: Json, detail: str, unit: str) -> Tile:
    written = level(unit)
    decimals = min(written.decimals(size["low"], size["high"]), 1)
    return Tile(
        name=name,
        value=written.number(size["value"], decimals),
        interval=written.interval(size["low"], size["high"], decimals, signed=False),
        detail=detail,
        tone="neutral",
        number=size["value"],
    )


def lapse_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on lapses."""
    lapses = record["lapses"]
    every = record["every"]
    gap = counted(lapses["gap"], every)
    median = lapses["median"]
    heading = (
        f"Half of users have lapsed after {ages(median, every)}"
        if median
        else f"{count(lapses['lapsed'])} of {count(lapses['users'])} users were seen to lapse"
    )
    tests = [
        f"were all {name} alike, they would lie as far apart in {chance(lapses[key])} of cases"
        for name, key in (("starts", "starts_p"), ("groups", "groups_p"))
        if lapses[key] is not None
    ]
    told = f" {capital('; '.join(tests))}." if tests else ""
    return heading, (
        f"A lapse is the first absence of {gap} on end; a return later does not undo it. Who "
        f"began too late to have lapsed by now counts for as long as they were watched.{told}"
    )


def return_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on what is expected."""
    returns, test = record["returns"], record["returns"]["tested"]
    if returns["expected"] is None:
        return "What users will do cannot be told", f"{capital(returns['reason'])}."
    heading = (
        f"{amounts(returns['expected'])} active days in the next {counted(returns['days'], 'day')}"
    )
    if test is None:
        return heading, "The data are too short to have tested such a forecast."
    return heading, (
        f"The same forecast of {counted(test['days'], 'day')}, made that much earlier, foretold "
        f"{amounts(test['expected'])}; {count(test['seen'])} came. The interval leaves room for as "
        "large an error again."
    )


def method(record: Json) -> tuple[str, ...]:
    """How it was done, in paragraphs."""
    every, rule = record["every"], record["habit_rule"]
    return (
        (
            f"Days, hours and {plural_of(every)} are those of {record['time_zone']}. A user begins "
            f"in the {every} of their first use; who is first seen at the beginning of the data "
            "may have begun before, is shown, and counts in no curve. Only periods that are over "
            "count. Shares of one start have Wilson’s interval; “then or later” is told once so "
            "many periods followed that a late return would have shown."
        ),
        (
            "Lapses: Kaplan and Meier’s curve with Greenwood’s error on the scale log(−log), and a "
            "band of equal precision that holds the whole curve. How long a user is watched "
            "depends on their start alone. Groups are compared with all others by log-rank tests "
            "(Holm) and by bands that hold all ages and groups at once. Ages of few lapses are "
            "told together with those after them."
        ),
        (
            "Chances of moves: Dirichlet’s distribution with Jeffreys’ weights. Sizes ahead draw "
            "users onwards by how long they have been away, with chances that differ from period "
            "to period as much as they did, and leave room for errors as large as those of the "
            "same forecast made earlier. Users who differ for good, and trends, are not in them."
        ),
        (
            "Expected use: users come back at rates of their own and stop with chances of their "
            "own (BG/NBD of Fader, Hardie and Lee, or its form in which users may stop after the "
            "first use, whichever is likelier); what a day is worth by the Gamma-Gamma model, "
            "where spend does not go with frequency. Chances of staying away are mended on the "
            "scale of log odds by a forecast made earlier, apart for who had come back and who "
            "had not."
        ),
        (
            "Habits: every user is one voice, however busy. Spacing: the shape of a gamma "
            "distribution of the gaps between active days, whatever each user’s pace, drawn "
            "towards what all users do where gaps are few; even is a coefficient of variation "
            f"below {level('1').number(rule['even_below'], 2)}, in bursts above "
            f"{level('1').number(rule['bursty_above'], 2)}."
        ),
        (
            f"Starts of fewer than {count(record['k'])} users are not told, and groups of fewer "
            "are put together. A cell of the triangle in which fewer were active, or were not, is "
            "withheld, and so is what would give it away beside the shares over all starts."
        ),
    )
