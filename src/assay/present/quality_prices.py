"""The section on costs of a report on data quality: prices that the log implies."""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Align, Cell, Note, Section, Table
from assay.present.format import NOTHING, Notation, count, day, level
from assay.present.prose.quality import headings
from assay.present.prose.quality.clauses import part_of, step_of
from assay.present.prose.words import counted

Json = dict[str, Any]
Block = Section | Table | Note
Head = tuple[tuple[str, Align], ...]

USD: Final = level("USD")


def costs_blocks(record: Json) -> tuple[Block, ...]:
    """Implied prices of every model, and what they explain."""
    found = record["costs"]
    section = Section("Costs", *headings.costs(record))
    if not found["models"]:
        return (section, Note(_not_shown(record), "neutral")) if found["hidden"] else (section,)
    said = ["USD per million tokens; a dash where a kind cannot be told apart or does not occur."]
    if found["hidden"]:
        said.append(_not_shown(record))
    head: Head = (
        ("Model", "left"),
        ("Rows", "right"),
        ("Cost", "right"),
        ("Input", "right"),
        ("Cache read", "right"),
        ("Cache write", "right"),
        ("Output", "right"),
        ("Explained", "right"),
    )
    table = Table(" ".join(said), head, [_priced(m) for m in found["models"]])
    return (section, table, *_price_notes(found))


def _not_shown(record: Json) -> str:
    return (
        f"Not shown: {counted(record['costs']['hidden'], 'model')} of fewer than "
        f"{count(record['k'])} persons or rows, or that would give one away."
    )


def _priced(m: Json) -> tuple[Cell, ...]:
    dated = m["explained_dated"]
    return (
        _named(m),
        count(m["rows"]),
        usd(m["cost"]),
        *(_price(m[kind]) for kind in ("input", "cache_read", "cache_write", "output")),
        NOTHING if dated is None else part_of(dated["value"]),
    )


def _named(m: Json) -> str:
    """The model, with its tier where that is not the usual one."""
    return m["model"] if m["tier"] in {None, "standard"} else f"{m['model']} ({m['tier']})"


def _price(value: float | None) -> str:
    """At most three decimals, as price lists have them, and at least two."""
    if value is None:
        return NOTHING
    text = Notation().number(value, 3)
    return text.removesuffix("0")


def usd(value: float) -> str:
    """An amount: cents below a thousand dollars."""
    return USD.number(value, 0 if value >= 1_000 else 2)


def _price_notes(found: Json) -> tuple[Note, ...]:
    said = [
        f"{_named(m)}: from {day(c['day'])} on {step_of(c)} "
        f"{'dearer' if c['ratio'] > 1 else 'cheaper'} for the same tokens; at one price for all "
        f"days {part_of(m['explained']['value'])} of its rows are explained."
        for m in found["models"]
        for c in m["changes"]
    ]
    return (Note(" ".join(said), "neutral"),) if said else ()
