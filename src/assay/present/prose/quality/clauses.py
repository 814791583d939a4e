"""Clauses about what was found in the data, from which titles and headings are made."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import PERCENT, as_printed, count, day, period, share
from assay.present.prose.words import counted, in_words, joined, plural_of

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
        part = share(costs["dear"]["share"], 1)
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
    changes = [(m, c) for m in costs["models"] for c in m["changes"]]
    if len(changes) == 1:
        model, change = changes[0]
        found.append(f"the price of {model['model']} {price_clause(change)}")
    elif changes:
        found.append(f"prices changed {in_words(len(changes))} times")
    return found


def moved(record: Json) -> list[Json]:
    """Mixes that changed, the farthest first."""
    changed = [mix for mix in record["mixes"] if mix["changed"]]
    return sorted(changed, key=lambda mix: -mix["distance"])


def mix_clause(mix: Json) -> str:
    """`4.3 % of the rows moved between models`."""
    return f"{PERCENT.number(mix['distance'], 1)} of the rows moved between {things(mix['column'])}"


def volume_clause(event: Json) -> str:
    """`on 3 October there were 52 % fewer rows than expected`."""
    change = event["change"]["value"]
    more = "more" if change > 0 else "fewer"
    size = f"{PERCENT.number(abs(change), 0)} {more} rows than expected"
    if event["days"] == 1:
        return f"{day(event['first'])} has {size}"
    return f"{period(event['first'], event['last'])} has {size}"


def price_clause(change: Json) -> str:
    """`fell by 20 % on 1 September 2026`."""
    size = PERCENT.number(abs(change["ratio"] - 1), 1)
    return f"{'rose' if change['ratio'] > 1 else 'fell'} by {size} on {day(change['day'])}"


def covered(record: Json) -> str:
    """`all rows`, or that a part was looked at."""
    return "an even part of the rows" if record["costs"]["sampled"] else "all rows"


def days_of(record: Json) -> int:
    """Days from the first to the last row."""
    return len(record["volume"]["days"])


def odd_days(record: Json) -> int:
    """Days out of line."""
    return sum(event["days"] for event in record["volume"]["events"])


def rows_rejected(record: Json) -> str:
    """`12 of 1 000 rows (1.2 %)`."""
    whole = record["rows"] + record["rejected"]
    return (
        f"{count(record['rejected'])} of {count(whole)} rows ({share(record['rejected'], whole)})"
    )


def _hold(number: int) -> str:
    return "holds" if number == 1 else "hold"
