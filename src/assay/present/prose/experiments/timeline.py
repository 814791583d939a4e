"""The effect over time in words: whether it fades, and which days of the week were seen."""

from __future__ import annotations

from typing import Any

from assay.present.format import PERCENT, count, declared, period
from assay.present.prose.experiments.basis import arm_name, unit_words
from assay.present.prose.words import capital, counted, inside, joined

Json = dict[str, Any]


def heading(line: Json, record: Json) -> str:
    """Whether later units are affected otherwise; nothing is concluded where that is not shown."""
    metric = inside(line["metric"])
    where = f" in {arm_name(line['arm'])}" if len(record["arms"]) > 2 else ""
    drift = line["drift"]
    if not drift["shown"]:
        return f"How the evidence on {metric}{where} built up"
    ends = drift["per_week"]
    last = next(d["cumulative"] for d in reversed(line["days"]) if d["cumulative"])
    fades = (ends["value"] < 0) == ((last["value"] or 0.0) > 0)
    verb = "fades" if fades else "grows"
    near, far = sorted((abs(ends["low"]), abs(ends["high"])))
    places = PERCENT.decimals(near, far)
    return (
        f"The effect on {metric}{where} {verb} by "
        f"{_points(PERCENT.number(abs(ends['value']), places))} a week "
        f"{PERCENT.interval(near, far, places, signed=False)}"
    )


def lead(line: Json, record: Json) -> str:
    """What is drawn, and what the trend says where it says nothing."""
    first, last = line["days"][0]["day"], line["days"][-1]["day"]
    units = unit_words(record)
    text = f"{capital(units)} by the day on which they came in, {period(first, last)}."
    drift = line["drift"]
    if drift["reason"]:
        return f"{text} Whether later ones are affected otherwise is not asked: {drift['reason']}."
    if not drift["shown"]:
        ends = drift["per_week"]
        places = PERCENT.decimals(ends["low"], ends["high"])
        span = PERCENT.span_signed(ends["low"], ends["high"], places)
        text += (
            f" Whether later ones are affected otherwise is open: from week to week the effect may "
            f"change by {_points(span)}."
        )
    return text


def cumulative_caption(line: Json, record: Json) -> str:
    """How to read the chart of all units until a day."""
    level = declared(line["confidence"])
    holds = {
        "group-sequential": "Bars: the looks of the plan, with intervals that hold at all of them",
    }.get(record["plan"]["state"]["design"], "Band: an interval that holds on all days")
    return (
        f"Lift of all {unit_words(record)} until that day. {holds} together at {level} "
        f"({line['band']})."
    )


def daily_caption(line: Json, record: Json) -> str:
    """How to read the chart of single days."""
    shown = sum(d["alone"] is not None for d in line["days"])
    return (
        "Change among those who came in on one day alone, relative to "
        f"{arm_name(record['control'])} over all days, with {declared(line['confidence'])} "
        f"intervals of each day by itself ({counted(shown, 'day')}): single days scatter, and "
        "none of them decides."
    )


def alternative(line: Json, *, daily: bool) -> str:
    """What the chart shows, for whoever cannot see it."""
    days = [d for d in line["days"] if d["alone" if daily else "cumulative"]]
    what = "single days" if daily else "all units until each day"
    if not days:
        return f"{line['metric']} over time; no day has enough units."
    ends = [d["alone" if daily else "cumulative"] for d in (days[0], days[-1])]
    said = joined([PERCENT.number(one["value"], 1, signed=True) for one in ends])
    if len(days) == 1:
        only = PERCENT.number(ends[0]["value"], 1, signed=True)
        return f"Lift of {inside(line['metric'])} on one day: {only}."
    return (
        f"Lift of {inside(line['metric'])} over {count(len(days))} days, of {what}: "
        f"first and last are {said}."
    )


def weekdays(line: Json) -> str:
    """What of the week was not seen, or not equally often; "" where whole weeks were."""
    if line["absent"]:
        names = joined([f"{name}s" for name in line["absent"]])
        return (
            f"Nobody came in on {names}: the answer holds for the other days of the week, and for "
            "these only if they are alike."
        )
    if line["whole_weeks"]:
        return ""
    return (
        "The days counted are no whole weeks, so that some days of the week weigh more than "
        "others. That matters where the effect differs between them."
    )


def _points(text: str) -> str:
    return text.replace("%", "points")
