"""The sentences of findings: each section writes those whose keys begin with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.format import PERCENT, count
from assay.present.prose.costs import (
    anomalies,
    breakdown,
    changing,
    comparing,
    opportunities,
    outlook,
    reconciling,
    spending,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = dict[str, Any]

SENTENCES: Final[Mapping[str, Callable[[Json, Json], str]]] = {
    "anomalies": anomalies.sentence,
    "breakdown": breakdown.sentence,
    "change": changing.sentence,
    "comparing": comparing.sentence,
    "outlook": outlook.sentence,
    "opportunity": opportunities.sentence,
    "reconciling": reconciling.sentence,
    "spending": spending.sentence,
}
"""By the first part of a finding's key: the sentence of a finding of the record, without a stop."""


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def _told(one: Json, record: Json) -> Json:
    section = one["key"].split("/")[0]
    sentence = SENTENCES[section](one, record)
    sure = f"; {PERCENT.number(one['confidence'], 0)} interval" if _unsure(one["size"]) else ""
    of = _counted(one, section, record)
    exact = f"{sentence}{sure}, {count(one['n'])} {of}."
    return {**one, "title": sentence, "plain": f"{sentence}.", "exact": exact}


def _unsure(size: Json | None) -> bool:
    """Whether an amount has an interval: what was spent is known to the cent."""
    return size is not None and size["low"] != size["high"]


def _counted(one: Json, section: str, record: Json) -> str:
    """What a finding counts: `requests`, or whatever stands behind an opportunity."""
    if section == "comparing":
        return "attempts"
    if section != "opportunity":
        return "requests"
    given, key = record["opportunities"], one["key"].removeprefix("opportunity/")
    found = next(o for o in given["found"] if o["key"] == key)
    return f"{found.get('unit', given['unit'])}s"
