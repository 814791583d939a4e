"""Each finding told: as a heading, for a manager, for a statistician."""

from __future__ import annotations

from typing import Any

from assay.present.format import PERCENT, POINTS, as_printed, count
from assay.present.prose.words import capital

Json = dict[str, Any]

_STATES = {"fit": "fit", "caveats": "fit with caveats", "not fit": "not fit"}


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(finding) for finding in record["findings"]]}


def _told(finding: Json) -> Json:
    if finding["key"].startswith("fit/"):
        plain = as_printed(finding["reason"])
        title = f"{capital(finding['what'])}: {_STATES[finding['state']]}"
        return {**finding, "title": title, "plain": f"{title}: {plain}.", "exact": f"{plain}."}
    size = finding["size"]
    change = PERCENT if finding["key"].startswith("volume/") else None
    if change is None:
        said = _points(size)
    else:
        decimals = 0
        high = size["high"]
        ends = (
            f"at least {change.number(size['low'], decimals, signed=True)}"
            if high is None
            else change.span_signed(size["low"], high, decimals)
        )
        said = f"{change.number(size['value'], decimals, signed=True)} ({ends})"
    title = f"{capital(finding['what'])}: {said}"
    exact = f"{title}; {as_printed(finding['reason'])}, n = {count(finding['n'])}."
    return {**finding, "title": title, "plain": f"{title}.", "exact": exact}


def _points(size: Json) -> str:
    decimals = POINTS.decimals(size["low"], size["high"])
    ends = POINTS.interval(size["low"], size["high"], decimals)
    return f"{POINTS.number(size['value'], decimals, signed=True)} {ends}"
