"""What a verdict rests on, and what is counted, in the words that every part of a report shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.format import count, declared, p_value
from assay.present.prose.words import (
    agreed,
    counted,
    inside,
    joined,
    noun_of,
    plural_of,
    shortened,
)

if TYPE_CHECKING:
    from assay.present.prose.experiments.reading import Reading

Json = dict[str, Any]

LONG_NAME: Final = 40
"""Characters of an arm's name in running text and beside marks; its tables have it whole."""
LONG_LIST: Final = 90
"""Characters of all arms' names together, above which they are counted instead."""
MANY: Final = 6
"""Names that one sentence holds; more are counted."""
SIZES_DIFFER: Final = "The arms do not have the sizes that were planned"


def treated(record: Json) -> list[str]:
    """The arms that are compared with the control."""
    return [arm for arm in record["arms"] if arm != record["control"]]


def arm_name(arm: str) -> str:
    """The arm's name as a sentence holds it."""
    return shortened(arm, LONG_NAME)


def are_counted(record: Json) -> bool:
    """Whether the compared arms are told by their number, since their names would fill lines."""
    arms = treated(record)
    return len(arms) > 1 and len(joined(arms)) > LONG_LIST


def variants(record: Json) -> str:
    """The compared arms, by name or number."""
    arms = treated(record)
    if are_counted(record):
        return counted(len(arms), "variant")
    return joined([arm_name(arm) for arm in arms])


def primaries(own: list[Reading]) -> list[Reading]:
    """Those that decide: all of them, where none is primary."""
    return [r for r in own if r.role == "primary"] or own


def guardrails(own: list[Reading]) -> list[Reading]:
    """Those that must not be harmed."""
    return [r for r in own if r.role == "guardrail"]


def telling(record: Json, own: list[Reading]) -> list[Reading]:
    """The comparisons that the verdict rests on."""
    first, guards = primaries(own), guardrails(own)
    if record["verdict"] == "ship":
        return [r for r in first if r.state == "better"] or first
    if record["verdict"] == "keep":
        harmed = [r for r in (*guards, *first) if r.state == "worse"]
        return harmed or [r for r in first if r.state in {"small", "no gain"}] or first
    better = [r for r in first if r.state == "better"]
    if record["verdict"] == "undecided" and better:
        return [*better, *(r for r in guards if is_open(r) and r.body["margin"])]
    return [r for r in first if is_open(r)] or first


def is_open(r: Reading) -> bool:
    """Whether more data could still say something else."""
    return r.state in {"undecided", "silent"}


def waiting(record: Json, own: list[Reading]) -> Reading:
    """The comparison that an open decision waits for: a primary, or a guardrail's margin."""
    found = telling(record, own)
    return next((r for r in found if is_open(r)), found[0])


def open_metrics(still: list[Reading]) -> str:
    """`rating and escalations are still open`."""
    if len(still) > MANY:
        return f"{counted(len(still), 'metric')} are still open"
    names = joined([inside(r.metric) for r in still])
    return f"{names} {'are' if len(still) > 1 else agreed('is', still[0].metric)} still open"


def counted_units(record: Json) -> str:
    """`48 210 users`, and the rows behind them where a unit has several."""
    noun = unit_noun(record)
    units = f"{count(record['n'])} {noun if record['n'] == 1 else plural_of(noun)}"
    if record["rows"] > record["n"] and noun != "row":
        return f"{units} ({count(record['rows'])} rows)"
    return units


def unit_noun(record: Json) -> str:
    """What is counted, in one word."""
    return noun_of(record["unit"])


def unit_words(record: Json) -> str:
    """The units in the plural: users, rows, items."""
    return plural_of(unit_noun(record))


def level_of(record: Json) -> str:
    """`95 %`."""
    return declared(1 - record["alpha"])


def p_words(p: float | None) -> str:
    """`= 0.041`, `< 0.0001`: as it follows the letter p."""
    said = p_value(p)
    return said if said.startswith("<") else f"= {said}"
