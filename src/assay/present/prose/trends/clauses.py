"""How a change, a period and a series of a trend are put into words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assay.present.format import NOTHING, PERCENT, chance, change, count, day, level
from assay.present.prose.words import agreed, counted, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone
    from assay.present.format import Notation

Json = dict[str, Any]
NOUNS = {"hour": "hour", "day": "day", "week": "week", "month": "month"}


def periods(number: int, record: Json) -> str:
    """`28 days`, `one week`."""
    noun = NOUNS[record["every"]]
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def when(label: str) -> str:
    """A period's label as it is read: `18 August 2026`, `week 33 of 2026`, `3 May 2026, 14:00`."""
    if "-W" in label:
        year, week = label.split("-W")
        return f"week {int(week)} of {year}"
    if "T" in label:
        at = datetime.fromisoformat(label)
        return f"{day(at)}, {at:%H:%M}"
    if len(label) == len("2026-08"):
        return f"{date.fromisoformat(f'{label}-01'):%B %Y}"
    return day(label)


def between(first: str, last: str) -> str:
    """Two labels, or one where they are the same."""
    return when(first) if first == last else f"{when(first)} to {when(last)}"


def standing(series: Json) -> Json | None:
    """The last change of a series."""
    return series["changes"][-1] if series["changes"] else None


def size_of(told: Json) -> tuple[Json, Notation]:
    """The size as it is told: relative where that can be had."""
    if told["relative"] is not None:
        return told["relative"], PERCENT
    return told["size"], change(told["unit"], told["size"]["value"])


def ends(estimate: Json, notation: Notation) -> str:
    """`27 % [+23, +30]`."""
    decimals = notation.decimals(estimate["low"], estimate["high"])
    number = notation.number(estimate["value"], decimals, signed=True)
    return f"{number} {notation.interval(estimate['low'], estimate['high'], decimals)}"


def value_of(number: float | None, unit: str) -> str:
    """A level with three digits and its unit."""
    if number is None:
        return NOTHING
    notation = level(unit, number)
    return notation.number(number, notation.decimals_of(number))


def moved(told: Json, name: str) -> str:
    """`is 33 to 42 % higher`, `grows by 1.3 a day less`, `varies 1.6 times as much`."""
    estimate, notation = size_of(told)
    low, high = estimate["low"], estimate["high"]
    if told["kind"] == "variance":
        return (
            f"{agreed('varies', name)} {estimate['value']:.2g} times as much from one to the next"
        )
    up = (estimate["value"] or 0) > 0
    word = "higher" if up else "lower"
    if told["kind"] == "slope":
        word = f"a period {'more' if up else 'less'}"
        verb = agreed("moves", name) + " by"
    else:
        verb = agreed("is", name)
    if low is None or high is None:
        return f"{verb} {notation.number(abs(estimate['value']), 1)} {word}"
    near, far = sorted((abs(low), abs(high)))
    if low < 0 < high:
        return f"{verb} up to {notation.number(far, notation.decimals(low, high))} {word}"
    return f"{verb} {notation.span(near, far, notation.decimals(low, high))} {word}"


def since(told: Json) -> str:
    """`since 18 August 2026`, with the interval where the day is not sure."""
    if told["first"] == told["last"]:
        return f"since {when(told['since'])}"
    return f"since {when(told['since'])} (between {when(told['first'])} and {when(told['last'])})"


def beside(candidates: list[Json]) -> str:
    """What happened on those days, nearest first."""
    return joined([one["what"] for one in candidates])


def sure(told: Json) -> str:
    """The confidence of a change."""
    return chance(told["confidence"])


def tone_of(series: Json, size: float | None) -> Tone:
    """Good or bad by the direction that is better."""
    if not size:
        return "neutral"
    return "good" if (size > 0) == (series["better"] == "up") else "bad"


def by_state(record: Json, state: str) -> list[Json]:
    """Series of one verdict."""
    return [one for one in record["series"] if one["verdict"] == state]


def shifted(label: str, days: int) -> str:
    """A day's label some days on."""
    return (date.fromisoformat(label) + timedelta(days=days)).isoformat()


def series_told(number: int) -> str:
    """`one series`, `30 series`."""
    return counted(number, "series", "series")
