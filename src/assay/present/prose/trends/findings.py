"""The sentences of the findings."""

from __future__ import annotations

from typing import Any

from assay.present.format import as_printed, count, declared
from assay.present.prose.trends.clauses import ends, moved, since, size_of, standing, sure
from assay.present.prose.words import capital

Json = dict[str, Any]


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    series = {one["key"]: one for one in record["series"]}
    findings = [_told(finding, series[finding["key"]], record) for finding in record["findings"]]
    return {**record, "findings": findings}


def _told(finding: Json, series: Json, record: Json) -> Json:
    title = sentence(series)
    exact = f"{title}; {count(series['n'])} units over {count(series['periods'])} periods."
    change = standing(series)
    if change is not None:
        estimate, notation = size_of(change)
        among = f"held to {declared(record['level'])} over {count(record['watched'])} series"
        exact = f"{title}: {ends(estimate, notation)}, confidence {sure(change)}, {among}."
    return {**finding, "title": title, "plain": f"{title}.", "exact": exact}


def sentence(series: Json) -> str:
    """What is to be said first of a series, without a full stop."""
    name, change = series["name"], standing(series)
    if series["refused"]:
        return f"{capital(name)}: no answer, {as_printed(series['refused'])}"
    if change is not None:
        return f"{capital(name)} {moved(change, series['metric'])} {since(change)}"
    comparison = series["comparison"]
    if comparison is not None and comparison["sure"]:
        told = {
            "kind": "level",
            "relative": comparison["relative"],
            "size": comparison["change"],
            "unit": comparison["unit"],
        }
        over = count(comparison["periods"])
        return f"{capital(name)} {moved(told, series['metric'])} over the last {over} periods"
    return f"{capital(name)}: no change is sure"
