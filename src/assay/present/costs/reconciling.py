"""The section on what was logged beside what prices and bills say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.format import NOTHING, PERCENT, count, day, share
from assay.present.prose.costs import reconciling as words
from assay.present.prose.costs.money import usd

if TYPE_CHECKING:
    from assay.present.blocks import Align, Cell

Json = dict[str, Any]
Block = Section | Table | Note | Details

MOST: Final = 12
"""Rows of a table on the page; the appendix has more."""
_MARKS: Final = {
    "agrees": ("good", "✓"),
    "differs": ("attention", "!"),
    "unknown provider": ("attention", "!"),
}


def reconciling_blocks(record: Json) -> tuple[Block, ...]:
    """What was logged, what the list says, what explains the difference, and the bills."""
    found = record["reconciliation"]
    if found is None:
        return ()
    heading, lead = words.heading(found)
    blocks: list[Block] = [Section("Reconciliation", heading, f"{lead} {words.totals(found)}")]
    told = [
        one
        for one in record["findings"]
        if one["key"].startswith("reconciling/") and one["needs_decision"]
    ]
    blocks += [Note(f"{one['title']}.", "attention") for one in told]
    if found["rules"] or found["reasons"]:
        blocks.append(_reasons(found))
    if text := words.unpriced(found):
        blocks.append(Note(text))
    if found["bills"]:
        blocks.append(_bills(found))
    if found["models"]:
        blocks.append(
            Details(
                "Models, by kind of token", "reconciling-models", (_models(found),), listed=False
            )
        )
    if appendix := _appendix(found):
        blocks.append(
            Details("Days, messages and records that differ", "reconciling", appendix, listed=False)
        )
    return tuple(blocks)


def _models(found: Json) -> Table:
    columns: tuple[tuple[str, Align], ...] = (
        ("Model", "left"),
        ("Requests", "right"),
        ("Logged", "right"),
        ("List price", "right"),
        ("of it input", "right"),
        ("cache read", "right"),
        ("cache write", "right"),
        ("output", "right"),
        ("Difference", "right"),
        ("Within 1 %", "right"),
    )
    rows = []
    for one in found["models"][:MOST]:
        held = one["held"]
        part = one["reproduced"] / one["looked_at"] if one["looked_at"] else None
        rows.append(
            (
                words.name(one),
                count(held["requests"]),
                usd(held["logged"]),
                usd(held["listed"]),
                *(usd(held[kind]) for kind in ("input", "cache_read", "cache_write", "output")),
                words.gap(held["logged"] - held["listed"]),
                NOTHING if part is None else share(part, 1),
            )
        )
    more = len(found["models"]) - MOST
    caption = "Logged cost and list price of the same requests, the largest difference first."
    return Table(caption + (f" {more} more agree better." if more > 0 else ""), columns, rows)


def _reasons(found: Json) -> Table:
    """Rules and reasons in one table: every message that does not reproduce is in one row."""
    columns: tuple[tuple[str, Align], ...] = (
        ("What explains it", "left"),
        ("Where", "left"),
        ("Requests", "right"),
        ("Logged", "right"),
        ("List price", "right"),
        ("How sure", "left"),
    )
    rules = sorted(found["rules"], key=lambda one: -abs(one["logged"] - one["listed"]))
    rows: list[tuple[Cell, ...]] = [
        (
            words.rule(one),
            words.name(one),
            count(one["requests"]),
            usd(one["logged"]),
            usd(one["listed"]),
            "sure",
        )
        for one in rules[:MOST]
    ]
    rows += [
        (
            words.reason(one),
            f"{count(one['models'])} {'model' if one['models'] == 1 else 'models'}",
            count(one["requests"]),
            usd(one["logged"]),
            words.amount(one["listed"]),
            Mark("open", "attention", "?") if one["certainty"] == "none" else words.certainty(one),
        )
        for one in found["reasons"]
        if one["reason"] != "by a rule"
    ]
    left = len(rules) - MOST
    more = f" {left} more rules of less money are in the record." if left > 0 else ""
    return Table(f"Why logged costs differ from the list by more than 1 %.{more}", columns, rows)


def _bills(found: Json) -> Table:
    columns: tuple[tuple[str, Align], ...] = (
        ("Month", "left"),
        ("Provider", "left"),
        ("Billed", "right"),
        ("Logged", "right"),
        ("With list prices", "right"),
        ("Gap", "right"),
        ("Share", "right"),
        ("State", "left"),
    )
    rows = []
    for one in found["bills"]:
        tone, mark = _MARKS.get(one["state"], ("neutral", ""))
        part = one["share"]
        rows.append(
            (
                words.month_name(one["month"]),
                one["provider"] or "not told",
                words.amount(one["billed"]),
                usd(one["logged"]),
                usd(one["spent"]),
                NOTHING if one["gap"] is None else words.gap(one["gap"]),
                NOTHING if part is None else PERCENT.number(part, 1, signed=True),
                Mark(words.bill(one), tone, mark),  # type: ignore[arg-type]
            )
        )
    return Table(
        "Bills beside what the data hold for the month: logged costs, and list prices where "
        "nothing was logged.",
        columns,
        rows,
    )


def _appendix(found: Json) -> list[Table]:
    tables = []
    if found["apart"]:
        tables.append(_apart(found))
    if found["days"]:
        tables.append(_days(found))
    if found["strays"]:
        tables.append(_strays(found))
    return tables


def _apart(found: Json) -> Table:
    columns: tuple[tuple[str, Align], ...] = (
        ("Record", "left"),
        ("When", "left"),
        ("Model", "left"),
        ("Tokens", "right"),
        ("Logged", "right"),
        ("Usual", "right"),
    )
    rows = [
        (
            one["interaction_id"],
            day(one["at"][:10]),
            words.name(one),
            count(one["tokens"]),
            usd(one["logged"]),
            words.amount(one["usual"]),
        )
        for one in found["apart"]
    ]
    more = found["apart_requests"] - len(rows)
    tail = f" {count(more)} more are in the data." if more > 0 else ""
    return Table(
        f"Records set apart, as no tokens cost that much; usual is what so many tokens cost.{tail}",
        columns,
        rows,
    )


def _days(found: Json) -> Table:
    columns: tuple[tuple[str, Align], ...] = (
        ("Day", "left"),
        ("Model", "left"),
        ("Requests", "right"),
        ("Logged", "right"),
        ("List price", "right"),
        ("Mostly", "left"),
    )
    rows = [
        (
            day(one["day"]) if one["day"] else "no day",
            words.name(one),
            count(one["held"]["requests"]),
            usd(one["held"]["logged"]),
            usd(one["held"]["listed"]),
            one["reason"] or NOTHING,
        )
        for one in found["days"]
    ]
    return Table(
        f"Days of models that differ by over 1 %, the largest {count(len(rows))} of "
        f"{count(found['days_off'])}.",
        columns,
        rows,
    )


def _strays(found: Json) -> Table:
    columns: tuple[tuple[str, Align], ...] = (
        ("Request", "left"),
        ("Day", "left"),
        ("Model", "left"),
        ("Logged", "right"),
        ("List price", "right"),
        ("Reason", "left"),
    )
    rows = []
    for one in found["strays"]:
        why = one["reason"]
        if one["rule"] is not None:
            why = words.rule(found["rules"][one["rule"]])
        if one["tokens"] is not None:
            why = f"{why} ({count(round(one['tokens']))} tokens)"
        rows.append(
            (
                one["interaction_id"],
                day(one["day"]),
                words.name(one),
                usd(one["logged"]),
                words.amount(one["listed"]),
                why,
            )
        )
    return Table(
        f"Requests that differ by over 1 %, the largest {count(len(rows))} of "
        f"{count(found['stray_requests'])}.",
        columns,
        rows,
    )
