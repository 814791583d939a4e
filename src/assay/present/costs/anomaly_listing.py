"""What `assay cost anomalies` prints, from the record of its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.costs.listing import Column, Listing
from assay.present.format import PERCENT, count
from assay.present.prose.costs import anomalies as words
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

MOST: Final = 10
"""Users of one event that are listed at most."""
LEAST: Final = 0.01
"""Share of an event from which a user is listed."""
NOBODY: Final = "(none)"
_EVENT: Final = ("kind", "first", "last", "where")
_MONEY: Final = ("seen", "expected", "excess", "share")
_WHOSE: Final = (
    "shape",
    "users",
    "one",
    "five",
    "nobody",
    "new",
    "made",
    "made_before",
    "calls",
    "dearer",
)
_USER: Final = ("usd", "usual", "share", "calls", "usd_before", "calls_before")


def anomaly_listing(record: Json) -> Listing:
    """Days and levels, each kind by money, with whether few users or many made it."""
    odd = [*record["days"], *record["levels"]]
    rows = [
        {
            **_event(one),
            **{key: one[key] for key in _MONEY},
            **{key: (one["whose"] or {}).get(key) for key in _WHOSE},
        }
        for one in odd
    ]
    cells = [
        [
            one["kind"],
            _when(one, record),
            capital(words.place(one)),
            usd(one["seen"]),
            usd(one["expected"]),
            usd(one["excess"], signed=True),
            capital(words.who(one)),
        ]
        for one in odd
    ]
    return Listing(
        title=f"{words.heading(record)}.",
        facts=_facts(record),
        columns=[
            Column(label="Kind"),
            Column(label="When"),
            Column(label="Where"),
            Column(label="Cost", number=True),
            Column(label="Expected", number=True),
            Column(label="More", number=True),
            Column(label="Whose"),
        ],
        cells=cells,
        keys=(*_EVENT, *_MONEY, *_WHOSE),
        rows=rows,
        notes=_notes(record),
    )


def user_listing(record: Json, parts: Sequence[Json]) -> Listing:
    """The users behind each, those with most of it first.

    Args:
        record: of the analysis.
        parts: rows of `shares_of`: `place` is the number of an event that was looked at.
    """
    looked = [one for kind in ("days", "levels") for one in record[kind][: words.LOOKED]]
    rows: list[Json] = []
    cells = []
    for place, one in enumerate(looked):
        mine = [part for part in parts if part["place"] == place and part["share"] >= LEAST]
        for part in mine[:MOST]:
            rows.append({**_event(one), "user_id": part["user_id"], **_numbers(part)})
            cells.append(
                [
                    _when(one, record),
                    capital(words.place(one)),
                    part["user_id"] or NOBODY,
                    usd(part["usd"]),
                    usd(part["usual"]),
                    PERCENT.number(part["share"], 0),
                    count(part["calls"]),
                    count(part["calls_before"]),
                ]
            )
    most = f"Of each, the {MOST} users with most of what was more or less, from 1 % of it on."
    return Listing(
        title=f"{words.heading(record)}.",
        facts=_facts(record),
        columns=[
            Column(label="When"),
            Column(label="Where"),
            Column(label="User"),
            Column(label="Cost", number=True),
            Column(label="Usual", number=True),
            Column(label="Share", number=True),
            Column(label="Calls", number=True),
            Column(label="Calls before", number=True),
        ],
        cells=cells,
        keys=(*_EVENT, "user_id", *_USER),
        rows=rows,
        notes=[most, *_notes(record)] if rows else _notes(record),
    )


def _event(one: Json) -> Json:
    where = " × ".join(f"{label['column']}={label['value']}" for label in one["where"])
    return {"kind": one["kind"], "first": one["first"], "last": one["last"], "where": where}


def _numbers(part: Json) -> Json:
    return {key: part[key] for key in _USER}


def _when(one: Json, record: Json) -> str:
    return words.since(one, record["last"]) if one["kind"] == "level" else words.when(one)


def _facts(record: Json) -> Json:
    return {key: record[key] for key in ("first", "last", "series", "false_days", "reason")}


def _notes(record: Json) -> list[str]:
    return [words.lead(record), *([words.apart(record)] if record["apart"] else [])]
