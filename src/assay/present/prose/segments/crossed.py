"""Sentences on who uses it for what."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import count, level, p_value
from assay.present.prose.words import capital, counted, joined, noun_of, plural_of

Json = dict[str, Any]

_STRONG: Final = 0.5
_SOME: Final = 0.2


def column(name: str) -> str:
    """What a column is called: `ctx_site` → `site`, `workflow_id` → `workflow`."""
    return noun_of(name.removeprefix("ctx_"))


def persons(record: Json) -> str:
    """What the persons are called, several of them."""
    return plural_of(noun_of(record["uses"]["crossed"]["person"]))


def strength(one: Json) -> str:
    """`V 0.48 [0.45, 0.51]`."""
    size = one["strength"]
    if size is None:
        return "V cannot be told"
    written = level("1")
    return f"V {written.number(size['value'], 2)} " + written.interval(
        size["low"], size["high"], 2, signed=False
    )


def pair(one: Json) -> str:
    """`user type and workflow`."""
    return f"{column(one['rows'])} and {column(one['columns'])}"


def cross_head(record: Json) -> tuple[str, str]:
    """Heading and lead of who uses it for what."""
    told = record["uses"]
    found = told["crossed"]
    if found is None:
        return "Who uses it for what is not told", f"{capital(told['reason'])}."
    going = [one for one in found["tables"] if one["associated"]]
    if going:
        first = max(going, key=lambda one: float((one["strength"] or {"value": 0.0})["value"]))
        size = 0.0 if first["strength"] is None else first["strength"]["value"]
        how = "closely " if size >= _STRONG else "" if size >= _SOME else "loosely "
        heading = f"{capital(pair(first))} go {how}together ({strength(first)})"
    else:
        heading = f"{capital(joined([pair(one) for one in found['tables']]))} go their own ways"
    every = "" if found["persons"] is None else f"{count(found['persons'])} "
    lead = (
        f"{capital(every + persons(record))}, each once, by what most of their interactions have. "
        "V is 0 where two columns have nothing to do with each other, 1 where one follows from the "
        "other."
    )
    return heading, lead


def table_caption(one: Json, record: Json) -> str:
    """How one grid is read."""
    hidden = any(cell["share"] is None for cell in one["cells"])
    said = (
        f"{capital(plural_of(column(one['columns'])))} of each {column(one['rows'])}: shares of "
        f"the row in percent ({strength(one)}; {test_text(one)})."
    )
    few = count(record["uses"]["crossed"]["smallest"])
    if hidden:
        said += (
            f" A cross: fewer than {few} {persons(record)}, or what would give such a cell away."
        )
    return said + (" Counts are small, so that the test is rough." if one["sparse"] else "")


def test_text(one: Json) -> str:
    """What the test of no association says, adjusted for all tables."""
    if one["adjusted"] is None:
        return "not tested"
    p = p_value(one["adjusted"])
    return f"p {p}" if p.startswith("<") else f"p = {p}"


def cross_sentence(one: Json, record: Json) -> str:
    """A finding: two columns go together."""
    _, rows, columns = one["key"].split("/", 2)
    table = next(
        each
        for each in record["uses"]["crossed"]["tables"]
        if each["rows"] == rows and each["columns"] == columns
    )
    return f"{capital(pair(table))} go together ({strength(table)})"


def cross_method(record: Json) -> str:
    """How the tables were made and guarded."""
    found = record["uses"]["crossed"]
    put = sum(found["merged"])
    merged = f" {capital(counted(put, 'value'))} were put together as (other)." if put > 1 else ""
    return (
        f"Who uses it for what: each of the {persons(record)} once, by the most frequent value. "
        "Association is Cramér’s V without its upward bias; tests are adjusted for the number of "
        f"tables (Holm). {capital(counted(found['withheld'], 'number'))} of all tables together "
        f"{'is' if found['withheld'] == 1 else 'are'} withheld, so that nothing about fewer than "
        f"{count(found['smallest'])} can be worked out.{merged}"
    )
