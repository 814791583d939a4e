"""What is said of spending: whether a day costs more than it did."""

from __future__ import annotations

from typing import Any

from assay.present.format import period
from assay.present.prose.costs.money import percent, spread, usd
from assay.present.prose.words import counted

Json = dict[str, Any]
_MOVES = {"rose": "rose", "fell": "fell"}


def sentence(one: Json, record: Json) -> str:
    """`Spending rose by 12 % [8, 16]`, or that it is level, or what is known at all."""
    whole = record["spending"]["whole"]
    if whole["requests"] and whole["unknown"] == whole["requests"]:
        requests = counted(whole["requests"], "request")
        return f"What was spent is not known: {requests} without cost or price"
    if one["state"] == "not enough data":
        return f"{usd(whole['usd'])} were spent {_when(whole)}"
    if one["state"] in _MOVES:
        return f"Spending {_MOVES[one['state']]} by {by(one)}"
    return f"Spending is level: {percent(one['lift']) if one['lift'] else _daily(one)}"


def by(one: Json) -> str:
    """`12 % [8, 16]`: without its sign, which the verb says."""
    if one["lift"] is None:
        return _daily(_turned(one["size"]), signed=False)
    return spread(_turned(one["lift"]), "share")


def _turned(size: Json) -> Json:
    if size["value"] >= 0:
        return size
    low, high = size["low"], size["high"]
    return {
        "value": -size["value"],
        "low": None if high is None else -high,
        "high": None if low is None else -low,
    }


def _daily(one: Json, *, signed: bool = True) -> str:
    size = one.get("size", one)
    return f"{spread(size, signed=signed)} a day"


def compared(spending: Json) -> str:
    """`in the 28 days to 19 November 2026, against the 28 days before`."""
    recent, before = spending["recent"], spending["before"]
    if recent is None or before is None:
        return _when(spending["whole"])
    days = f"in the {counted(recent['days'], 'day')} {period(recent['first'], recent['last'])}"
    return f"{days}, against the {counted(before['days'], 'day')} before"


def _when(spent: Json) -> str:
    return f"in {counted(spent['days'], 'day')}, {period(spent['first'], spent['last'])}"


def heading(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on spending."""
    spending = record["spending"]
    recent, before = spending["recent"], spending["before"]
    if recent is None or before is None:
        whole = spending["whole"]
        return (
            f"{usd(whole['usd'])} {_when(whole)}",
            "Nothing came before, so that there is nothing to hold it against.",
        )
    head = f"A day costs {usd(recent['daily'])}; it cost {usd(before['daily'])} before"
    moved = spending["change"]
    if moved is None:
        return head, f"Whether that is more than days differ cannot be told: {spending['why_not']}."
    lead = (
        f"{usd(recent['usd'])} {compared(spending)}: {spread(moved, signed=True)} a day. The "
        "interval is what the unrest of single days leaves open."
    )
    if spending["why_not"]:
        lead += f" Whether spending is level cannot be told: {spending['why_not']}."
    return head, lead
