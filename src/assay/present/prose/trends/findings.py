"""The sentences of the findings."""

from __future__ import annotations

from typing import Any

from assay.present.format import as_printed, count, declared
from assay.present.prose.trends.clauses import (
    beside,
    change_ends,
    dated,
    moved,
    periods,
    since,
    standing,
    sure,
)
from assay.present.prose.words import capital

Json = dict[str, Any]


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    series = {one["key"]: one for one in record["series"]}
    findings = [_told(finding, series[finding["key"]], record) for finding in record["findings"]]
    return {**record, "findings": findings}


def _told(finding: Json, series: Json, record: Json) -> Json:
    title = sentence(series, record)
    plain = f"{title}."
    exact = f"{title}; {count(series['n'])} units over {count(series['periods'])} periods."
    change = standing(series)
    if change is not None and not series["refused"]:
        plain = f"{title}. {dated(change, record)}"
        if change["candidates"]:
            plain += f" On those days: {beside(change['candidates'])} (association, no cause)."
        among = f"held to {declared(record['level'])} over {count(record['watched'])} series"
        size = change_ends(change, series, record)
        exact = f"{title}: {size}, confidence {sure(change)}, {among}."
    return {**finding, "title": title, "plain": plain, "exact": exact}


def sentence(series: Json, record: Json) -> str:
    """What is to be said first of a series, without a full stop."""
    name, change = series["name"], standing(series)
    if series["refused"]:
        return f"{capital(name)}: no answer, {as_printed(series['refused'])}"
    if change is not None:
        return f"{capital(name)} {moved(change, series, record)} {since(change, record)}"
    comparison = series["comparison"]
    if comparison is not None and comparison["sure"]:
        told = {
            "kind": "level",
            "relative": comparison["relative"],
            "size": comparison["change"],
            "unit": comparison["unit"],
        }
        over = periods(comparison["periods"], record)
        return f"{capital(name)} {moved(told, series, record)} over the last {over}"
    return f"{capital(name)}: no change is sure"
