"""The section on what stands behind the amounts."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Cell, Details, Mark, Note, Section, Table
from assay.present.format import NOTHING, PERCENT, count
from assay.present.prose.costs import trust as words
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital, counted

Json = dict[str, Any]
Block = Section | Table | Note | Details


def trust_blocks(record: Json) -> tuple[Block, ...]:
    """Checks, what must not be missed, and the models that prices are missing of."""
    trust = record["trust"]
    blocks: list[Block] = [Section("Can it be trusted", *words.heading(trust))]
    blocks += [Note(text, "attention") for text in words.remarks(record)]
    rows: list[list[Cell]] = [
        [words.CHECKS[one["key"]], words.found(one), _mark(one)] for one in trust["checks"]
    ]
    blocks.append(
        Table(
            "What was looked at before the amounts were told.",
            (("Check", "left"), ("Found", "left"), ("What follows", "left")),
            rows,
        )
    )
    for kind, summary in (
        ("unpriced", "Models without a list price"),
        ("assumed", "Prices that rest on an assumption"),
    ):
        if trust[kind]:
            blocks.append(_doubts(trust[kind], trust[f"more_{kind}"], summary, kind))
    return tuple(blocks)


def _mark(one: Json) -> Mark:
    if not one["looked"]:
        return Mark(words.verdict(one))
    if not one["count"]:
        return Mark(words.verdict(one), "good", "✓")
    return Mark(words.verdict(one), "attention", tag=True)


def _doubts(doubts: list[Json], more: int, summary: str, kind: str) -> Details:
    rows = [
        (
            f"{one['provider']} {one['model']}".strip() or NOTHING,
            capital(one["reason"]),
            count(one["requests"]),
            PERCENT.number(one["tokens"], 1),
            usd(one["logged"]),
        )
        for one in doubts
    ]
    table = Table(
        "By share of all tokens; logged: what the log says these requests cost.",
        (
            ("Model", "left"),
            ("Reason" if kind == "unpriced" else "Assumed", "left"),
            ("Requests", "right"),
            ("Tokens", "right"),
            ("Logged", "right"),
        ),
        rows,
    )
    rest = (f"{capital(counted(more, 'more model'))} in result.json.",) if more else ()
    return Details(summary, kind, (table, *rest), listed=False)
