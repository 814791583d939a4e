"""Clauses about what was found in the data, from which titles and headings are made."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import PERCENT, POINTS, as_printed, count, day, period
from assay.present.prose.words import counted, joined, plural_of

Json = dict[str, Any]

NAMES: Final[dict[str, str]] = {
    "agent_id": "agent",
    "user_type": "type of user",
    "workspace_id": "workspace",
    "template_id": "template",
    "experiment_id": "experiment",
    "workflow_id": "workflow",
}
"""What a column of names is called in a sentence, where it is not its own name."""


def thing(column: str) -> str:
    """`agent_id` → `agent`, `service_tier` → `service tier`."""
    return NAMES.get(column, column.removesuffix("_id").replace("_", " "))


def things(column: str) -> str:
    """`agents`, `types of user`."""
    name = thing(column)
    return f"{plural_of(name.split(' of ')[0])} of user" if " of " in name else plural_of(name)


def of_kind(record: Json, verdict: str) -> list[Json]:
    """The analyses with this verdict, in the order in which they stand."""
    return [fit for fit in record["fits"] if fit["verdict"] == verdict]


def names(fits: list[Json]) -> str:
    """`costs`, `costs and trends`."""
    return joined([fit["analysis"] for fit in fits])


def reason(fit: Json) -> str:
    """The first and weightiest reason, its numbers as they are printed here."""
    return as_printed(fit["reasons"][0])


def why(fit: Json) -> str:
    """All reasons."""
    return "; ".join(as_printed(text) for text in fit["reasons"])


def news(record: Json) -> list[str]:
    """What is odd about the data, the weightiest first, each as the end of a sentence."""
    found = []
    fresh, costs = record["freshness"], record["costs"]
    if costs["dear"]["count"]:
        part = part_of(costs["dear"]["share"])
        rows = counted(costs["dear"]["count"], "row")
        found.append(
            f"{rows} of implausible cost {_hold(costs['dear']['count'])} {part} of all cost"
        )
    if fresh["behind"] > record["thresholds"]["stale_days"]:
        found.append(f"the last row is {counted(fresh['behind'], 'day')} old")
    if fresh["gaps"]:
        found.append(f"{counted(fresh['gaps'], 'day')} without rows should have some")
    found += [volume_clause(event) for event in record["volume"]["events"][-1:]]
    found += [mix_clause(mix) for mix in moved(record)[:1]]
    changes = price_changes(record)
    if len(changes) == 1:
        model, change = changes[0]
        found.append(f"the price of {model['model']} {price_clause(change)}")
    elif changes:
        found.append(f"there are {counted(len(changes), 'change')} of price")
    return found


def moved(record: Json) -> list[Json]:
    """Mixes that changed, the farthest first."""
    changed = [mix for mix in record["mixes"] if mix["changed"]]
    return sorted(changed, key=lambda mix: -mix["distance"])


def mix_clause(mix: Json) -> str:
    """`openai’s share of the rows is up by 0.4 to 5.2 points`, or that the mix changed."""
    first = next((c for c in mix["changes"] if _off_zero(c["change"])), None)
    if first is None:
        size = PERCENT.number(mix["distance"], 1)
        return f"{size} of the rows moved between {things(mix['column'])}"
    low, high = first["change"]["low"], first["change"]["high"]
    way = "up" if low > 0 else "down"
    near, far = sorted((abs(low), abs(high)))
    span = POINTS.span(near, far, POINTS.decimals(low, high))
    return f"{first['value']}’s share of the rows is {way} by {span}"


def _off_zero(change: Json) -> bool:
    return bool(change["low"] > 0 or change["high"] < 0)


def price_changes(record: Json) -> list[tuple[Json, Json]]:
    """Models with each change of their price, told once where several tiers share it."""
    found: dict[str, list[tuple[Json, Json]]] = {}
    for model in record["costs"]["models"]:
        if model["changes"]:
            found.setdefault(model["model"], [(model, change) for change in model["changes"]])
    return [pair for pairs in found.values() for pair in pairs]


def part_of(value: float) -> str:
    """A share that is never rounded onto nothing or everything: `99.97 %`."""
    if value in {0.0, 1.0}:
        return PERCENT.number(value, 0)
    places = next((n for n in range(1, 5) if 0 < round(100 * value, n) < 100), 5)
    return PERCENT.number(value, places)


def volume_clause(event: Json) -> str:
    """`on 3 October there were 52 % fewer rows than expected`."""
    change = event["change"]["value"]
    more = "more" if change > 0 else "fewer"
    size = f"{PERCENT.number(abs(change), 0)} {more} rows than expected"
    if event["days"] == 1:
        return f"{day(event['first'])} has {size}"
    return f"{period(event['first'], event['last'])} have {size}"


def price_clause(change: Json) -> str:
    """`fell by 20 % on 1 September 2026`."""
    verb = "rose" if change["ratio"] > 1 else "fell"
    return f"{verb} by {step_of(change)} on {day(change['day'])}"


def step_of(change: Json) -> str:
    """`20 %`: how far a price moved."""
    size = round(100 * abs(change["ratio"] - 1), 1)
    return PERCENT.number(size / 100, 0 if size == int(size) else 1)


def days_of(record: Json) -> int:
    """Days from the first to the last row."""
    return len(record["volume"]["days"])


def odd_days(record: Json) -> int:
    """Days out of line."""
    return sum(event["days"] for event in record["volume"]["events"])


def rows_rejected(record: Json) -> str:
    """`12 of 1 000 rows`."""
    rejected = record["rejected"]
    return f"{count(rejected)} of {counted(record['rows'] + rejected, 'row')}"


def rows_told(number: int, noun: str = "row") -> str:
    """`1 row`, `2 768 priced rows`; always in digits."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def _hold(number: int) -> str:
    return "holds" if number == 1 else "hold"
