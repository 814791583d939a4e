"""The findings of a plan, told; and the numbers that its sentences are made with."""

from __future__ import annotations

from typing import Any

from assay.core.units import COUNT, SHARE
from assay.present.format import PERCENT, count, declared
from assay.present.prose.planning.head import title
from assay.present.prose.planning.headings import times_as_many
from assay.present.prose.planning.words import (
    ANYTIME_LOOKS,
    RARE,
    RECENT,
    WEEK,
    aimed,
    cases,
    first,
    is_margin,
    signed,
    units_of,
    weeks,
)
from assay.present.prose.words import capital, inside

Json = dict[str, Any]


def tell(record: Json) -> Json:
    """The record with its findings told, and with the numbers that sentences are made with."""
    known = {one["metric"]: one for one in record["metrics"]}
    return record | {
        "findings": [_told(f, known[f["key"]], record) for f in record["findings"]],
        "derived": _derived(record),
    }


def _told(finding: Json, one: Json, record: Json) -> Json:
    return finding | {
        "title": title(record) if one["decides"] and _is_first(one, record) else heading(one),
        "plain": _plain(one, record),
        "exact": _exact(one, record),
    }


def _is_first(one: Json, record: Json) -> bool:
    return bool(next(m for m in record["metrics"] if m["decides"]) is one)


def heading(one: Json) -> str:
    """What the plan sees of one metric."""
    if one["reason"]:
        return f"{one['metric']} cannot be planned"
    if one["detectable"] is None:
        return f"No change of {inside(one['metric'])} is seen surely enough"
    if is_margin(one):
        return f"{one['metric']} is held against a margin of {declared(abs(one['bound']))}"
    return f"{one['metric']}: changes from {signed(one['detectable'])} on are seen"


def _plain(one: Json, record: Json) -> str:
    if one["reason"]:
        return f"{capital(one['reason'])}."
    if one["detectable"] is None:
        return f"{heading(one)}."
    length = f" after {weeks(record['days'])}" if record["days"] else ""
    return (
        f"A change of {signed(one['detectable'])} of {inside(one['metric'])} is seen{length} in"
        f" {cases(record['wanted'])}."
    )


def _exact(one: Json, record: Json) -> str:
    if one["base"] is None or one["sd"] is None:
        return f"{capital(one['reason'] or 'nothing is known')}."
    size = f"{count(record['size'])} {units_of(record)}" if record["size"] else "no size"
    power = "" if one["power"] is None else f", power {PERCENT.number(one['power'], 1)}"
    return (
        f"Base {one['base']:.4g}, standard deviation per unit {one['sd']:.4g}, from"
        f" {count(one['n'])} units; {size}{power} for {aimed(one['effect'])}, held against"
        f" {aimed(one['bound']) if one['bound'] else '0'}."
    )


def _derived(record: Json) -> list[Json]:
    made = []
    lengths = [("/days", record["days"])]
    lengths += [(f"/curve/{i}/days", p["days"]) for i, p in enumerate(record["curve"])]
    for m, one in enumerate(record["metrics"]):
        lengths += [
            (f"/metrics/{m}/sizes/{i}/days", size["days"]) for i, size in enumerate(one["sizes"])
        ]
    for at, days in lengths:
        if days:
            made.append({"what": "weeks", "value": days / WEEK, "unit": COUNT, "from": [at]})
    for i, point in enumerate(record["curve"]):
        guess = float(f"{point['units']:.2g}")
        at = f"/curve/{i}/units"
        made.append({"what": "about so many units", "value": guess, "unit": COUNT, "from": [at]})
    if record["size"]:
        guess = float(f"{record['size']:.2g}")
        made.append(
            {"what": "about so many units", "value": guess, "unit": COUNT, "from": ["/size"]}
        )
    times = times_as_many(record) if not first(record)["reason"] else None
    if times is not None:
        at = f"/metrics/{record['metrics'].index(first(record))}/sizes"
        made.append({"what": "times as many units", "value": times, "unit": COUNT, "from": [at]})
    if record["plan"] != "once":
        more = {"what": "more units than one look", "value": record["inflation"] - 1}
        made.append(more | {"unit": SHARE, "from": ["/inflation"]})
    for what, value in (
        ("events of an arm that a formula asks for", RARE),
        ("looks at which a sequence is taken to be read", ANYTIME_LOOKS),
        ("latest windows whose mean size is expected", RECENT),
    ):
        made.append({"what": what, "value": value, "unit": COUNT, "from": []})
    return made
