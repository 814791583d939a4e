"""What is said of a change of spend: by how much, and what made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.units import USD
from assay.present.format import PERCENT, count, level, period
from assay.present.prose.costs.money import percent, usd
from assay.present.prose.words import capital, counted, joined, noun_of, plural_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

MOST: Final = 3
"""Parts that a sentence names."""
SMALL: Final = 0.05
"""Share of the largest part below which a sentence leaves a part out."""
_WORDS: Final = {
    "days": ("more days", "fewer days"),
    "calendar": ("busier days of the week", "quieter days of the week"),
    "volume": ("more calls a day", "fewer calls a day"),
    "owners": ("a shift to dearer {owners}", "a shift to cheaper {owners}"),
    "models": ("a shift to dearer models", "a shift to cheaper models"),
    "input": ("longer prompts", "shorter prompts"),
    "cache": ("less use of the cache", "more use of the cache"),
    "output": ("longer answers", "shorter answers"),
    "price": ("higher prices", "lower prices"),
    "paid": ("more paid per list dollar", "less paid per list dollar"),
    "new": ("what is new", "what is new"),
    "gone": ("what is gone", "what is gone"),
    "beside": ("more without a price", "less without a price"),
    "calls": ("more calls", "fewer calls"),
    "other days": ("other days", "other days"),
}
_CALLS: Final = ("days", "calendar", "volume", "owners")


def sentence(one: Json, record: Json) -> str:
    """`Spend is up $1 240 (+15 %): more calls a day +$900, longer prompts +$510`."""
    change = record["change"]
    del one
    return moved(change)


def moved(change: Json) -> str:
    """The difference, and up to three parts that made most of it."""
    told = change["told"]
    parts = _joined(change["parts"], ("days", "calendar"), "other days")
    named = causes(parts, change)
    made = f": {', '.join(named)}" if named else ""
    if not told:
        return f"Spend is the same in both periods{made}"
    way, base = "up" if told > 0 else "down", change["before"]["spent"]
    share = ""
    if base > 0:
        lift = change["difference"] / base
        places = 0 if abs(lift) >= 0.1 else 1
        share = f" ({PERCENT.number(lift, places, signed=True)})"
    most = "above all " if len(named) < sum(part["told"] != 0 for part in parts) else ""
    made = f": {most}{', '.join(named)}" if named else ""
    return f"Spend is {way} {usd(abs(told))}{share}{made}"


def causes(parts: Sequence[Json], change: Json, *, most: int = MOST) -> tuple[str, ...]:
    """`more calls a day +$900`, for the largest parts, the largest first."""
    ranked = sorted(parts, key=lambda part: -abs(part["amount"]))
    if not ranked:
        return ()
    least = SMALL * abs(ranked[0]["amount"])
    return tuple(
        f"{cause(part, change)} {usd(part['told'], signed=True)}"
        for part in ranked[:most]
        if abs(part["amount"]) >= least and part["told"]
    )


def reasons(item: Json, column: str, change: Json, *, most: int = 2) -> str:
    """Why one owner, or one model, cost more or less: its calls, then what a call cost.

    Calls are what the calendar, all calls and the share of them did together; of a model, also how
    often its callers took it.
    """
    merged = _CALLS if column in change["owner"] else (*_CALLS, "models")
    parts = _joined(item["parts"], merged, "calls", item["calls"])
    return ", ".join(causes(parts, change, most=most))


def _joined(
    parts: Sequence[Json], keys: Sequence[str], name: str, told: float | None = None
) -> list[Json]:
    """The parts, those of these keys as one."""
    mine = [part for part in parts if part["key"] in keys]
    if not mine:
        return list(parts)
    amount, cents = (sum(part[field] for part in mine) for field in ("amount", "told"))
    others = [part for part in parts if part["key"] not in keys]
    return [{"key": name, "amount": amount, "told": cents if told is None else told}, *others]


def cause(part: Json, change: Json) -> str:
    """`more calls a day`: a part in words, by its sign."""
    more, fewer = _WORDS[part["key"]]
    return (more if part["amount"] > 0 else fewer).format(owners=owners(change))


def note(part: Json, change: Json) -> str:
    """What a part means, in the second line of its row."""
    before, after, pace = change["before"], change["after"], change["pace"]
    lift = "of a usual day" if pace["change"] is None else f"{percent(pace['change'])} a usual day"
    return {
        "days": f"{count(after['days'])} days instead of {count(before['days'])}",
        "calendar": _seasons(change),
        "volume": lift,
        "owners": "who called, of those who stayed",
        "models": "which models answered the same callers",
        "input": "tokens of prompt per call",
        "cache": "part of the prompt that is cached",
        "output": "tokens of answer per call",
        "price": "list prices of the same tokens",
        "paid": "what was paid beside list prices",
        "new": "callers and models of the later period alone",
        "gone": "callers and models of the earlier one alone",
        "beside": "logged cost of models without a price",
    }[str(part["key"])]


def owners(change: Json) -> str:
    """`agents`: what owners are called."""
    names = [plural_of(noun_of(column)) for column in change["owner"]]
    return joined(names) if names else "callers"


def column(name: str) -> str:
    """`Agent`, `Service tier`: what a column is called."""
    return capital(noun_of(name))


def span(one: Json) -> str:
    """`1 to 28 June 2026`."""
    return period(one["first"], one["last"])


def exactly(value: float, change: Json, *, signed: bool = False) -> str:
    """An amount in the digits in which this change adds up."""
    return level(USD).number(value, change["decimals"], signed=signed)


def lead(change: Json) -> str:
    """Totals, what the calendar alone would make, and whether calls moved beyond noise."""
    before, after = change["before"], change["after"]
    text = (
        f"{capital(span(before))} cost {exactly(before['spent'], change)}, {span(after)} "
        f"{exactly(after['spent'], change)}."
    )
    return f"{text} {calendar(change)} {volume(change)}"


def calendar(change: Json) -> str:
    """What other days alone would have made."""
    before, after = change["before"]["days"], change["after"]["days"]
    alone = change["by_calendar"]
    if not alone:
        return "By the calendar alone there would be no difference: as many days, of equal weight."
    days = f"{count(after)} days for {count(before)}" if before != after else "other weekdays"
    season = "" if before == after or not change["seasons"] else " and their weekdays"
    return f"By the calendar alone ({days}{season}) it would be {usd(alone, signed=True)}."


def volume(change: Json) -> str:
    """Whether the number of calls moved by more than days differ anyway."""
    pace = change["pace"]
    if pace["change"] is None:
        return f"Whether calls moved by more than days differ cannot be told: {pace['reason']}."
    lift = percent(pace["change"])
    if pace["beyond_noise"]:
        return f"Calls of a usual day moved by {lift}, more than days differ by themselves."
    return f"Calls of a usual day moved by {lift}, no more than days differ by themselves."


def remarks(change: Json) -> tuple[str, ...]:
    """What is in no amount, or in none of the parts."""
    found = []
    for one in (change["before"], change["after"]):
        if one["apart"]:
            found.append(
                f"{usd(one['apart'])} of implausible records are set apart and in no amount, "
                f"{span(one)}."
            )
        if one["unknown"]:
            found.append(
                f"{capital(counted(one['unknown'], 'call'))} without price and logged cost are in "
                f"no amount, {span(one)}."
            )
        if one["idle"]:
            found.append(f"{capital(counted(one['idle'], 'day'))} without any call, {span(one)}.")
    return tuple(found)


def told(change: Json) -> str:
    """The finding with its parts, as alternative text."""
    parts = "; ".join(
        f"{cause(part, change)} {exactly(part['told'], change, signed=True)}"
        for part in change["parts"]
        if part["told"]
    )
    total = f"{exactly(change['told'], change, signed=True)} in all"
    return f"{capital(span(change['after']))} against {span(change['before'])}: {parts}; {total}."


def _seasons(change: Json) -> str:
    names = {7: "weekdays", 365: "season of the year"}
    found = [names.get(days, f"season of {count(days)} days") for days in change["seasons"]]
    return f"{joined(found)} of these days" if found else "the days themselves"
