"""The words that every part of a plan's report shares: lengths, changes, chances, who decides."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import MINUS, NOTHING, PERCENT, about, count, declared
from assay.present.prose.words import (
    agreed,
    counted,
    in_words,
    inside,
    joined,
    noun_of,
    plural_of,
)

Json = dict[str, Any]

WEEK: Final = 7
_CASES: Final = {0.8: "four cases of five", 0.9: "nine cases of ten", 0.75: "three cases of four"}


def weeks(days: float | None) -> str:
    """`3 weeks`, `one week`; days where there is no whole week."""
    if days is None:
        return NOTHING
    if days % WEEK:
        return f"{count(days)} {'day' if days == 1 else 'days'}"
    number = round(days / WEEK)
    return "one week" if number == 1 else f"{count(number)} weeks"


def signed(value: float | None, *, digits: int = 2) -> str:
    """A change in percent with its sign."""
    if value is None:
        return NOTHING
    places = max(0, PERCENT.decimals_of(abs(value)) - (3 - digits))
    return PERCENT.number(value, places, signed=True)


def aimed(value: float) -> str:
    """A change as somebody declared it, with its sign: `+3.5 %`."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{declared(abs(value))}"


def cases(power: float) -> str:
    """`four cases of five`, for the power that was asked for."""
    return _CASES.get(round(power, 6), f"{declared(power)} of cases")


def units_of(record: Json) -> str:
    """`users`: what is counted."""
    return plural_of(noun_of(record["unit"]))


def deciding(record: Json) -> list[Json]:
    """The metrics that the length is planned for."""
    return [one for one in record["metrics"] if one["decides"]]


def first(record: Json) -> Json:
    """The metric that the title speaks of: the first that decides."""
    return deciding(record)[0]


def is_margin(one: Json) -> bool:
    """Whether the metric is to be shown within a margin, rather than to change."""
    return bool(one["role"] == "guardrail" and one["bound"])


def effect_words(one: Json, *, article: bool = True) -> str:
    """`a lift of 4 % in task success`, `a fall of 4 % in latency`."""
    noun = "lift" if one["effect"] > 0 else "fall"
    head = f"a {noun}" if article else noun
    return f"{head} of {declared(abs(one['effect']))} in {inside(one['metric'])}"


def arms(record: Json) -> str:
    """`two arms`."""
    return counted(len(record["arms"]), "arm")


def pace(record: Json) -> str:
    """Who comes, in words: `about 2 300 users a week at first, 4 500 in three`."""
    curve = record["curve"]
    if not curve or not record["days"]:
        return ""
    here = next(p for p in curve if p["days"] == record["days"])
    noun = units_of(record)
    begin = f"about {about(curve[0]['units'])} {noun} in the first week"
    if here["days"] == curve[0]["days"]:
        return begin
    return f"{begin}, {about(here['units'])} in {weeks(here['days'])}"


def rare(record: Json) -> list[Json]:
    """Rates with so few expected successes or failures that normal formulas are doubtful."""
    return [
        one
        for one in record["metrics"]
        if one["rare"] is not None and one["rare"] < RARE and not one["exact"]
    ]


RARE: Final = 20
"""Expected events of an arm below which a formula is not to be relied on."""
ANYTIME_LOOKS: Final = 28
"""Looks at which the analysis takes a sequence to be read."""
RECENT: Final = 28
"""Windows whose mean size the analysis expects."""


def plan_name(record: Json) -> str:
    """How often the plan looks at the data."""
    if record["plan"] == "once":
        return "one look, at the end"
    if record["plan"] == "anytime":
        return "a look at any time"
    return f"{in_words(len(record['looks']) or 0)} looks"


def listed(names: list[str]) -> str:
    """Metrics' names in a sentence."""
    return joined([inside(name) for name in names])


def are(names: list[str]) -> str:
    """`is`, or `are` for several or a plural."""
    return "are" if len(names) > 1 else agreed("is", names[0])
