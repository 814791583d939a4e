"""What the commands on costs print, from the records of their analyses."""

from __future__ import annotations

from typing import Any

from assay.present.costs.listing import Column, Listing
from assay.present.format import count, period
from assay.present.format import day as on
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital, counted, joined, noun_of

Json = dict[str, Any]
NOBODY = "(none)"
"""Stands for a value that rows do not say."""


def history_listing(record: Json) -> Listing:
    """Spending over time."""
    columns = record["by"]
    rows = [
        {
            "first": one["first"],
            "last": one["last"],
            **dict(zip(columns, one["names"], strict=True)),
            **{key: one[key] for key in ("requests", "tokens", "usd", "unknown")},
        }
        for one in record["rows"]
    ]
    some = any(one["unknown"] for one in record["rows"])
    cells = [
        [
            _days(one["first"], one["last"]),
            *(name or NOBODY for name in one["names"]),
            count(one["requests"]),
            count(one["tokens"]),
            usd(one["usd"]),
            *([count(one["unknown"])] if some else []),
        ]
        for one in record["rows"]
    ]
    grain = joined([f"by {record['every']}", *(noun_of(name) for name in columns)])
    return Listing(
        title=(
            f"{usd(record['usd'])} for {counted(record['requests'], 'request')}, "
            f"{_days(record['first'], record['last'])}; {grain}."
        ),
        facts={key: record[key] for key in ("every", "by", "first", "last", "usd", "requests")},
        columns=[
            Column(label=capital(record["every"])),
            *(Column(label=capital(noun_of(name))) for name in columns),
            Column(label="Requests", number=True),
            Column(label="Tokens", number=True),
            Column(label="USD", number=True),
            *([Column(label="Without a price", number=True)] if some else []),
        ],
        cells=cells,
        keys=("first", "last", *columns, "requests", "tokens", "usd", "unknown"),
        rows=rows,
        notes=_unseen(record),
    )


def _unseen(record: Json) -> list[str]:
    """What is in no amount."""
    notes = []
    if record["unknown"]:
        verb = "has" if record["unknown"] == 1 else "have"
        notes.append(
            f"{capital(counted(record['unknown'], 'request'))} {verb} neither a logged cost nor a "
            "price and are in no amount: `assay prices missing` lists their models."
        )
    if record["undated"]:
        notes.append(
            f"{capital(counted(record['undated'], 'request'))} without a time are in no period."
        )
    if record["apart"]:
        notes.append(
            f"{capital(counted(record['apart'], 'record'))} of an implausible cost, "
            f"{usd(record['apart_usd'])} in all, {'is' if record['apart'] == 1 else 'are'} in no "
            "amount."
        )
    return notes


def _days(first: str, last: str) -> str:
    return on(first) if first == last else period(first, last)
