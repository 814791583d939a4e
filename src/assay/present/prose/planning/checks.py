"""What could make a plan wrong, and what was found of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from assay.present.blocks import Mark
from assay.present.format import PERCENT, count, share
from assay.present.prose.planning.words import (
    RARE,
    first,
    listed,
    rare,
    units_of,
    weeks,
)
from assay.present.prose.words import capital, counted, inside

Json = dict[str, Any]

FINE: Final = Mark("fine", "good", "✓")
DOUBT: Final = Mark("mind it", "attention", "!")
NONE: Final = Mark("not looked at", "neutral", "")
_WEEKS: Final = 2
_APART: Final = 0.03
_SWING: Final = 1.5


@dataclass(frozen=True, slots=True)
class Check:
    """One doubt: what was found, and what it means where it is not empty."""

    name: str
    found: str
    verdict: Mark
    remark: str = ""


def checks(record: Json) -> list[Check]:
    """All that was looked at, in the order in which it matters."""
    made = [_history(record), _traffic(record), _length(record), _rare(record), _formula(record)]
    return [check for check in [*made, *_missing(record), *_left_out(record)] if check is not None]


def heading(found: list[Check]) -> str:
    """Whether the plan may be relied on."""
    doubts = [check for check in found if check.verdict is DOUBT]
    if not doubts:
        return "Nothing was found that speaks against the plan"
    return f"{capital(counted(len(doubts), 'thing'))} to mind: {listed([c.name for c in doubts])}"


def _history(record: Json) -> Check | None:
    if record["source"] == "given":
        return Check(
            "History",
            "none: values were given by hand",
            NONE,
            "The plan is as good as the values that were given; the first week of data should be"
            " held against them.",
        )
    days = record["history_days"]
    n = first(record)["n"]
    if days is None:
        return Check("History", f"{count(n)} {units_of(record)}, no times", NONE)
    found = f"{count(days)} days, {count(n)} {units_of(record)} in a window like the plan"
    planned = record["days"] or 0
    if days < 7 * _WEEKS:
        return Check("History", found, DOUBT, "Less than two weeks do not tell weeks apart.")
    if planned > days:
        return Check(
            "History",
            found,
            DOUBT,
            f"The plan is longer than the history: what {units_of(record)} do in {weeks(planned)}"
            " is not known, and is taken to be as in the longest window that is.",
        )
    return Check("History", found, FINE)


def _traffic(record: Json) -> Check | None:
    here = next((p for p in record["curve"] if p["days"] == record["days"]), None)
    if here is None or here["low"] is None or not here["low"]:
        return None
    found = f"{count(here['low'])} to {count(here['high'])} {units_of(record)} in such windows"
    if here["high"] / here["low"] > _SWING:
        return Check(
            "Steady traffic",
            found,
            DOUBT,
            "How many come has changed much over the history; the plan takes the latest weeks.",
        )
    return Check("Steady traffic", found, FINE)


def _length(record: Json) -> Check | None:
    if not record["days"]:
        return None
    return Check("Whole weeks", weeks(record["days"]) + ", every weekday as often", FINE)


def _rare(record: Json) -> Check | None:
    rates = [one for one in record["metrics"] if one["rare"] is not None]
    if not rates:
        return None
    few = rare(record)
    exact = [one for one in rates if one["exact"]]
    if exact and not few:
        least = min(one["rare"] for one in exact)
        return Check(
            "Few events",
            f"{count(least)} expected in an arm: power is summed over all tables",
            FINE,
        )
    if not few:
        least = min(one["rare"] for one in rates)
        return Check("Enough events", f"{count(least)} or more expected in an arm", FINE)
    one = few[0]
    return Check(
        "Enough events",
        f"{count(one['rare'])} expected of {inside(one['metric'])} in an arm, fewer than {RARE}",
        DOUBT,
        f"{one['metric']} happens so rarely that the formula is out; trust the simulation, and"
        " expect the analysis to use an exact method.",
    )


def _formula(record: Json) -> Check | None:
    real = record["operating"][-1] if record["operating"] else None
    if real is None or real["predicted"] is None:
        return None
    apart = abs(real["claimed"] - real["predicted"])
    found = (
        f"{PERCENT.number(real['predicted'], 1)} by formula, {PERCENT.number(real['claimed'], 1)} ±"
        f" {PERCENT.number(real['claimed_error'], 1)} simulated"
    )
    if apart > _APART + 3 * real["claimed_error"]:
        return Check(
            "Formula and simulation",
            found,
            DOUBT,
            "Your values are skewed so much that the formula misses; trust the simulation.",
        )
    return Check("Formula and simulation", found, FINE)


def _missing(record: Json) -> list[Check | None]:
    few = [one for one in record["metrics"] if one["valued"] < 1 and one["base"] is not None]
    return [
        Check(
            f"Values of {inside(one['metric'])}",
            f"{PERCENT.number(one['valued'], 0)} of {units_of(record)} have one",
            FINE,
        )
        for one in few
    ]


def _left_out(record: Json) -> list[Check | None]:
    return [
        Check(
            capital(one["what"]),
            f"{count(one['count'])}, {share(one['share'] or 0.0, 1.0)}: {one['reason']}",
            FINE if (one["share"] or 0.0) < 0.01 else DOUBT,
            "" if (one["share"] or 0.0) < 0.01 else f"They do not count: {one['reason']}.",
        )
        for one in record["left_out"]
    ]
