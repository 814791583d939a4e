"""The sections on what is to come, and on budgets."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.charts.fan import FanLine, FanPoint, fan_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, count, day, loose
from assay.present.prose.costs import outlook as words
from assay.present.prose.costs.money import spread, usd
from assay.present.prose.words import capital, joined, noun_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.core.finding import Tone
    from assay.present.blocks import Align

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details

LATELY: Final = 56
"""Days of the past that are drawn before those to come."""
DRAWN: Final = 2
"""Budgets that have a figure, those that stand worst."""
_TONES: Final[dict[str, Tone]] = {
    "exceeded": "bad",
    "likely over": "bad",
    "at risk": "attention",
    "on track": "good",
}
_MARKS: Final = {"exceeded": "✗", "likely over": "▲", "at risk": "▲", "on track": "✓"}
_URGENCY: Final = ("exceeded", "likely over", "at risk", "on track")


def outlook_blocks(record: Json) -> tuple[Block, ...]:
    """What is to come: day by day, in sums, by the values of columns, and in scenarios."""
    outlook = record["outlook"]
    if outlook is None:
        return ()
    blocks: list[Block] = [Section("Forecast", *words.heading(record))]
    if not outlook["refused"]:
        tested = " ".join(
            text for text in (words.tested(outlook), words.few_tests(outlook)) if text
        )
        totals = [_totals(outlook["totals"], outlook)] if outlook["totals"] else []
        blocks += [_days(record), *totals, Note(tested)]
        if outlook["weeks"]:
            weeks = _totals(outlook["weeks"], outlook)
            blocks.append(Details("Week by week", "outlook-weeks", (weeks,), listed=False))
        if outlook["parts"]:
            nouns = joined([noun_of(one["column"]) for one in outlook["parts"]], word="or")
            parts = [_parts(one) for one in outlook["parts"]]
            blocks.append(
                Details(f"What each {nouns} will cost", "outlook-parts", parts, listed=False)
            )
    if outlook["scenarios"]:
        blocks.append(_scenarios(outlook))
        assumed = words.assumptions(outlook)
        blocks += [Note(assumed)] if assumed else []
    if outlook["budgets"]:
        blocks += _budgets(outlook)
    blocks += [Note(text, "attention") for text in words.remarks(outlook)]
    return tuple(blocks)


def _days(record: Json) -> Figure:
    outlook = record["outlook"]
    through = outlook["through"]
    past = [one for one in record["spending"]["days"] if one["day"] <= through][-LATELY:]
    points = [_known(one["day"], one["usd"]) for one in past]
    points += [_ahead(one) for one in outlook["days"]]
    first, last = outlook["days"][0], outlook["days"][-1]
    level = PERCENT.number(outlook["level"], 0)
    return Figure(
        fan_chart(points, (), axis="USD a day"),
        f"What days cost, and the middle of what days to come may cost; bands hold 80 % and {level}"
        " of it.",
        f"Spending a day to {day(through)} and forecast to {day(last['day'])}: {usd(first['usd'])} "
        f"on the first day, {usd(last['usd'])} on the last, {usd(last['low'])} to "
        f"{usd(last['high'])}.",
    )


def _known(at: str, amount: float) -> FanPoint:
    return FanPoint(
        day=date.fromisoformat(at),
        known=True,
        usd=amount,
        low_80=amount,
        high_80=amount,
        low=amount,
        high=amount,
        words=usd(amount),
    )


def _ahead(one: Json) -> FanPoint:
    return FanPoint(
        day=date.fromisoformat(one["day"]),
        known=False,
        usd=one["usd"],
        low_80=one["low_80"],
        high_80=one["high_80"],
        low=one["low"],
        high=one["high"],
        words=f"{usd(one['usd'])}, 80 %: {usd(one['low_80'])} to {usd(one['high_80'])}",
    )


def _totals(totals: Sequence[Json], outlook: Json) -> Table:
    level = PERCENT.number(outlook["level"], 0)
    rows = [
        (
            capital(one["label"]),
            words.span(one),
            usd(one["spent"]) if one["spent"] else NOTHING,
            spread(one["usd"]),
            f"{usd(one['low_80'])} to {usd(one['high_80'])}",
            words.held(one["held"]),
        )
        for one in totals
    ]
    columns: tuple[tuple[str, Align], ...] = (
        ("", "left"),
        ("Days", "left"),
        ("Spent so far", "right"),
        (f"In all [{level}]", "right"),
        ("80 %", "right"),
        (f"Past sums held by 80 %, {PERCENT.number(0.95, 0)}", "right"),
    )
    return Table(
        "What is to come in all. The last column says how many past sums of as many days lay in "
        "intervals made without them; these sums overlap.",
        columns,
        rows,
    )


def _parts(one: Json) -> Table:
    noun = capital(noun_of(one["column"]))
    rows = [
        (
            part["name"] if part["own"] else f"{part['name']} (too few days: its mean)",
            usd(part["recent"]),
            spread(part["day"]),
            spread(part["week"]),
            spread(part["month"]),
        )
        for part in one["parts"]
    ]
    return Table(
        f"What each {noun_of(one['column'])} will cost. All add up to the whole of as many days.",
        (
            (noun, "left"),
            ("Last 30 days", "right"),
            ("Next day", "right"),
            ("7 days", "right"),
            ("30 days", "right"),
        ),
        rows,
    )


def _scenarios(outlook: Json) -> Table:
    base = outlook["scenarios"][0]["base"]
    rows = [("As things go", NOTHING, spread(base), NOTHING)]
    rows += [
        (
            f"{one['name']}, from {loose(day(one['first']))}",
            words.change(one),
            NOTHING if one["usd"] is None else spread(one["usd"]),
            NOTHING if one["difference"] is None else words.difference(one),
        )
        for one in outlook["scenarios"]
    ]
    return Table(
        "The next 30 days if something were different.",
        (
            ("If", "left"),
            ("Change", "left"),
            ("30 days", "right"),
            ("Difference", "right"),
        ),
        rows,
    )


def _budgets(outlook: Json) -> list[Block]:
    ordered = sorted(outlook["budgets"], key=_urgency)
    blocks: list[Block] = [Section("Budgets", *words.budgets_heading(outlook))]
    drawn = [_budget_figure(one, outlook) for one in ordered if len(one["fan"]) > 1]
    blocks += [*drawn[:DRAWN], _standing(ordered)]
    told = [one for one in ordered if one["scenarios"]]
    more = [_crossings(ordered), *([_budgets_if(told)] if told else [])]
    title = "When shares of budgets are spent, and if something were different"
    blocks.append(Details(title, "budgets-when", more, listed=False))
    past = [one for one in ordered if one["past"]]
    if past:
        blocks.append(
            Details(
                "Budgets in periods that are over", "budgets-past", (_past(past),), listed=False
            )
        )
    return blocks


def _urgency(one: Json) -> tuple[int, float]:
    state = one["state"]
    place = _URGENCY.index(state) if state in _URGENCY else len(_URGENCY)
    return place, -(one["probability"] or 0.0)


def _budget_figure(one: Json, outlook: Json) -> Figure:
    points = [_known(p["day"], p["usd"]) if p["known"] else _ahead(p) for p in one["fan"]]
    lines = [FanLine(usd=one["budget"], words=f"{one['name']}: {words.whole_usd(one['budget'])}")]
    level = PERCENT.number(outlook["level"], 0)
    return Figure(
        fan_chart(points, lines, axis=f"USD since {day(one['first'])}"),
        f"{words.whose(one)}: what is spent in the period so far, and what may come; bands hold "
        f"80 % and {level} of it. The line across is the budget, {words.amount(one)}.",
        f"{words.budget(one)}.",
    )


def _standing(budgets: Sequence[Json]) -> Table:
    rows = [
        (
            words.declared_as(one),
            words.span(one),
            words.whole_usd(one["budget"]),
            usd(one["spent"]),
            NOTHING if one["total"] is None else spread(one["total"]["usd"]),
            words.odds(one["probability"]),
            Mark(one["state"], _TONES.get(one["state"], "neutral"), _MARKS.get(one["state"], "")),
        )
        for one in budgets
    ]
    return Table(
        "Where budgets stand. In all is what the whole period will cost; the chance is that of "
        "exceeding the budget.",
        (
            ("Budget", "left"),
            ("Period", "left"),
            ("Amount", "right"),
            ("Spent", "right"),
            ("In all", "right"),
            ("Chance", "right"),
            ("", "left"),
        ),
        rows,
    )


def _crossings(budgets: Sequence[Json]) -> Table:
    shares = sorted({one["share"] for each in budgets for one in each["crossings"]})
    rows = []
    for each in budgets:
        own = {one["share"]: loose(words.crossing(one)) for one in each["crossings"]}
        told = NOTHING if each["total"] is None else words.held(each["total"]["held"])
        rows.append((each["name"], *(own.get(share, NOTHING) for share in shares), told))
    columns: list[tuple[str, Align]] = [("Budget", "left")]
    columns += [(f"{words.share_label(share)} spent", "left") for share in shares]
    columns += [("Past sums held", "right")]
    return Table(
        "When shares of a budget are spent: the day it was (✓), or by when it is as likely as not, "
        "with the interval of that day. The last column says how many past sums of as many days as "
        "are left lay in intervals of 80 and 95 % made without them.",
        columns,
        rows,
    )


def _budgets_if(budgets: Sequence[Json]) -> Table:
    names = [one["scenario"] for one in budgets[0]["scenarios"]]
    rows = [
        (
            each["name"],
            words.odds(each["probability"]),
            *(words.odds(one["probability"]) for one in each["scenarios"]),
        )
        for each in budgets
    ]
    columns: list[tuple[str, Align]] = [("Budget", "left"), ("As things go", "right")]
    columns += [(name, "right") for name in names]
    return Table("The chance to exceed each budget if something were different.", columns, rows)


def _past(budgets: Sequence[Json]) -> Table:
    whole = {True: "", False: "data begin within it", None: "no call in the data"}
    rows = [
        (
            one["name"],
            words.span(past),
            usd(past["spent"]),
            usd(past["budget"]),
            NOTHING if past["whole"] is None else PERCENT.number(past["share"], 0),
            whole[past["whole"]],
        )
        for one in budgets
        for past in one["past"]
    ]
    return Table(
        f"The last {count(max(len(one['past']) for one in budgets))} periods at most.",
        (
            ("Budget", "left"),
            ("Period", "left"),
            ("Spent", "right"),
            ("Budget", "right"),
            ("Share", "right"),
            ("", "left"),
        ),
        rows,
    )
