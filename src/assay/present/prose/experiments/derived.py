"""Numbers that sentences are made with and that are no field of the result: each with its sources.

They go into the record, so that a page quotes nothing that a reader cannot find there.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from assay.core.units import COUNT, SHARE
from assay.present.format import days

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def derived(record: Json) -> list[Json]:
    """What, value, unit, and the JSON pointers of the numbers that each is made from."""
    made = [
        *_missing(record),
        *_segments(record),
        *_needed(record),
        *_planned(record),
    ]
    return [found for found in made if found["value"] is not None]


def _number(what: str, value: float, unit: str, *made_from: str, **about: str) -> Json:
    return {"what": what, **about, "value": value, "unit": unit, "from": list(made_from)}


def _both(record: Json, body: Json) -> int:
    own, control = body["n"], body["n_control"]
    return int(max(own, control) if record["design"] == "paired" else own + control)


def _missing(record: Json) -> Iterator[Json]:
    for place, body in enumerate(record["comparisons"]):
        for side, arm in (("", body["arm"]), ("_control", body["control"])):
            missing, n = body[f"missing{side}"], body[f"n{side}"]
            if not missing:
                continue
            at = tuple(f"/comparisons/{place}/{name}{side}" for name in ("missing", "n"))
            about = {"metric": body["metric"], "arm": arm}
            yield _number("without a value", missing / (missing + n), SHARE, *at, **about)
            yield _number("with a value", n / (missing + n), SHARE, *at, **about)


def _segments(record: Json) -> Iterator[Json]:
    silent: dict[tuple[str, str, str], tuple[int, list[str]]] = {}
    for place, segment in enumerate(record["segments"]):
        body, at = segment["comparison"], f"/segments/{place}/comparison"
        about = {"column": segment["column"], "segment": segment["segment"]}
        about |= {"metric": body["metric"]}
        ends = (f"{at}/n", f"{at}/n_control")
        yield _number("units of both arms", _both(record, body), COUNT, *ends, **about)
        if body["value"] is None and body["value_control"] is None:
            seen = _both(record, body) + body["missing"] + body["missing_control"]
            key = segment["column"], body["metric"], body["arm"]
            before, sources = silent.get(key, (0, []))
            lost = [f"{at}/missing", f"{at}/missing_control"]
            silent[key] = before + seen, [*sources, *ends, *lost]
    for (column, metric, arm), (number, sources) in silent.items():
        about = {"column": column, "metric": metric, "arm": arm}
        yield _number("units with nothing to measure", number, COUNT, *sources, **about)


def _needed(record: Json) -> Iterator[Json]:
    for place, body in enumerate(record["comparisons"]):
        if body["needed_n"] is None or not _both(record, body):
            continue
        more = ceil(body["needed_n"] * record["n"] / _both(record, body))
        at = f"/comparisons/{place}"
        metric = body["metric"]
        made: tuple[str, ...] = (f"{at}/needed_n", f"{at}/n", f"{at}/n_control", "/n")
        yield _number("more units to decide", more, COUNT, *made, metric=metric)
        every = _guess(record["n"] + more)
        yield _number("all units to decide", every, COUNT, *made, metric=metric)
        if record["first"] and record["last"]:
            length = ceil(more / record["n"] * days(record["first"], record["last"]))
            made = (*made, "/first", "/last")
            told = "days to decide at the pace so far"
            yield _number(told, _guess(length), COUNT, *made, metric=metric)


def _guess(number: float) -> float:
    """With the two digits that a guess is told with."""
    return float(f"{number:.2g}")


def _planned(record: Json) -> Iterator[Json]:
    ratio = record.get("sample_ratio") or {}
    if ratio.get("threshold"):
        told = "tests of which one is wrongly called unequal"
        yield _number(told, 1 / ratio["threshold"], COUNT, "/sample_ratio/threshold")
