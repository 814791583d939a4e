"""How a change, a period and a series of a trend are put into words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assay.core.language import current
from assay.present.format import (
    NOTHING,
    PERCENT,
    chance,
    change,
    count,
    level,
    period,
)
from assay.present.prose.words import agreed, counted, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone
    from assay.present.format import Notation

Json = dict[str, Any]
NOUNS = {"hour": "hour", "day": "day", "week": "week", "month": "month"}


def periods(number: int, record: Json) -> str:
    """`28 days`, `1 week`."""
    noun = NOUNS[record["every"]]
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def one_period(record: Json) -> str:
    """`a day`, `an hour`."""
    noun = NOUNS[record["every"]]
    return f"an {noun}" if noun == "hour" else f"a {noun}"


def when(label: str, *, year: bool = True) -> str:
    """A period's label as it is read: `18 August 2026`, `week 33 of 2026`, `3 May 2026, 14:00`."""
    if "-W" in label:
        of_year, week = label.split("-W")
        return f"week {int(week)} of {of_year}" if year else f"week {int(week)}"
    if "T" in label:
        at = datetime.fromisoformat(label)
        return f"{current().on(at.date(), year=year)}, {at:%H:%M}"
    if len(label) == len("2026-08"):
        return f"{date.fromisoformat(f'{label}-01'):%B %Y}"
    return current().on(date.fromisoformat(label), year=year)


def near(label: str, record: Json) -> str:
    """The label, its year left out where the whole report is of one: `18 August`."""
    return when(label, year=record["first"][:4] != record["last"][:4])


def between(first: str, last: str) -> str:
    """`18 to 21 July 2026`; one label where both are the same."""
    if first == last:
        return when(first)
    if len(first) == len(last) == len("2026-07-18") and "W" not in first:
        return period(first, last)
    return f"{when(first)} to {when(last)}"


def near_between(first: str, last: str, record: Json) -> str:
    """The same without the year where the whole report is of one."""
    if first == last:
        return near(first, record)
    if first[:7] == last[:7] and record["every"] == "day":
        return f"{date.fromisoformat(first).day} to {near(last, record)}"
    return f"{near(first, record)} to {near(last, record)}"


def standing(series: Json) -> Json | None:
    """The last change of level or slope of a series, else of its spread."""
    steps = [one for one in series["changes"] if one["kind"] != "variance"]
    told: list[Json] = steps or series["changes"]
    return told[-1] if told else None


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


def change_ends(told: Json, series: Json, record: Json) -> str:
    """The size of a change with its interval, whatever its kind: `−1.27 a day [−1.70, −0.85]`."""
    if told["kind"] == "variance":
        size = told["size"]
        low, high = (
            f"{size[end]:.2g}" if size[end] is not None else "?" for end in ("low", "high")
        )
        return f"spread × {size['value']:.2g} [{low}, {high}]"
    if told["kind"] != "slope":
        return ends(*size_of(told))
    size, notation = told["size"], change(series["unit"], told["size"]["value"])
    decimals = notation.decimals(size["low"], size["high"])
    number = notation.number(size["value"], decimals, signed=True)
    interval = notation.interval(size["low"], size["high"], decimals)
    return f"{number} {one_period(record)} {interval}"


def slopes(told: Json, series: Json, record: Json) -> tuple[str, str]:
    """The slope before and after a bend: `+0.98`, `−0.29 a day`."""
    notation = change(series["unit"], told["size"]["value"])
    decimals = notation.decimals(told["size"]["low"], told["size"]["high"])
    before = notation.number(told["before"], decimals, signed=True)
    after = notation.number(told["after"], decimals, signed=True)
    return before, f"{after} {one_period(record)}"


def _bent(told: Json, series: Json, record: Json) -> str:
    """`grew by 0.98 a day and falls by 0.29 a day`."""
    name, notation = series["metric"], change(series["unit"], told["size"]["value"])
    decimals = notation.decimals(told["size"]["low"], told["size"]["high"])
    before, after = (notation.number(abs(told[at]), decimals) for at in ("before", "after"))
    did = "grew" if told["before"] > 0 else "fell"
    does = agreed("grows" if told["after"] > 0 else "falls", name)
    each = one_period(record)
    return f"{did} by {before} {each} and {does} by {after} {each}"


def turned(told: Json, series: Json, record: Json) -> str:
    """`growth of 0.98 a day turned into a fall of 0.29 a day`; `growth went from 2 to 0.5 a day`.

    Both with the decimals of the size's interval.
    """
    notation = change(series["unit"], told["size"]["value"])
    decimals = notation.decimals(told["size"]["low"], told["size"]["high"])
    before, after = (notation.number(abs(told[at]), decimals) for at in ("before", "after"))
    grew, grows = (told[at] > 0 for at in ("before", "after"))
    each = one_period(record)
    if grew == grows:
        return f"{'growth' if grew else 'fall'} went from {before} to {after} {each}"
    one, other = ("growth", "a fall") if grew else ("a fall", "growth")
    return f"{one} of {before} {each} turned into {other} of {after} {each}"


def path(told: Json, series: Json, record: Json) -> str:
    """From where to where: `12.7 s → 17.5 s`, `+0.98 → −0.29 a day`."""
    if told["kind"] == "slope":
        return " → ".join(slopes(told, series, record))
    unit = series["unit"]
    if told["kind"] == "variance":
        return f"± {spread_of(told['before'], unit)} → ± {spread_of(told['after'], unit)}"
    return f"{value_of(told['before'], unit)} → {value_of(told['after'], unit)}"


def spread_of(number: float, unit: str) -> str:
    """A standard deviation in the unit of differences."""
    notation = change(unit, number)
    return notation.number(number, max(0, notation.decimals_of(number) - 1))


def value_of(number: float | None, unit: str) -> str:
    """A level with three digits and its unit."""
    if number is None:
        return NOTHING
    notation = level(unit, number)
    return notation.number(number, notation.decimals_of(number))


def moved(told: Json, series: Json, record: Json) -> str:
    """`is 33 to 42 % higher`, `goes from +0.98 to −0.29 a day`, `varies 1.6 times as much`."""
    name = series["metric"]
    if told["kind"] == "variance":
        return f"{agreed('varies', name)} {told['size']['value']:.2g} times as much"
    if told["kind"] == "slope":
        return _bent(told, series, record)
    estimate, notation = size_of(told)
    low, high = estimate["low"], estimate["high"]
    word = "higher" if (estimate["value"] or 0) > 0 else "lower"
    verb = agreed("is", name)
    if low is None or high is None:
        return f"{verb} {notation.number(abs(estimate['value']), 1)} {word}"
    decimals = notation.decimals(low, high)
    if low < 0 < high:
        return f"{verb} up to {notation.number(max(-low, high), decimals)} {word}"
    nearer, far = sorted((abs(low), abs(high)))
    return f"{verb} {notation.span(nearer, far, decimals)} {word}"


def since(told: Json, record: Json) -> str:
    """`since 18 August`."""
    return f"since {near(told['since'], record)}"


def dated(told: Json, record: Json) -> str:
    """When it began, as surely as that is known: `on 18 August`, `between 12 and 16 September`."""
    if told["first"] == told["last"]:
        return f"The date is sure: {near(told['since'], record)}."
    span = near_between(told["first"], told["last"], record)
    return f"It began on one of {span}, most likely on {near(told['since'], record)}."


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
