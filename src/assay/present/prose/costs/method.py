"""How the report on costs was made, written from what ran."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import PERCENT
from assay.present.prose.costs import comparing, opportunities, outlook, switching
from assay.present.prose.words import counted, joined

Json = dict[str, Any]
_BASES: Final = {
    "auto": "the logged cost where there is one, and the price of its day elsewhere",
    "logged": "the logged cost alone",
    "list": "the price of its day, whatever was logged",
}


def method(record: Json) -> tuple[str, ...]:
    """A paragraph for each part that ran, in the page's order."""
    parts = [_spending(record), *_change(record), *_breakdown(record)]
    parts += [*outlook.method(record), *_anomalies(record)]
    if record["opportunities"] is not None:
        parts.append(opportunities.method(record["opportunities"]))
    if record["switching"] is not None:
        parts.append(switching.method(record["switching"]))
    if record["comparing"] is not None:
        parts.append(comparing.method(record["comparing"]))
    return (*parts, *_reconciliation(record))


def _change(record: Json) -> tuple[str, ...]:
    change = record["change"]
    if change is None or not change["parts"]:
        return ()
    season = (
        f"Seasons of {joined([counted(days, 'day') for days in change['seasons']])} were found in "
        f"{counted(change['history'], 'day')} and taken out"
        if change["seasons"]
        else "No season was found, and none taken out"
    )
    return (
        (
            "Why it changed: cost is a product of days, calls a day, shares of callers and of "
            "models, tokens a call, the share that is cached, and prices. A part is the effect of "
            "its cause averaged over all orders in which the causes could have changed (Shapley "
            "value), so that none is preferred and nothing is left over; what is in one period "
            f"alone is new or gone. {season}. Amounts are rounded so that they add up."
        ),
    )


def _breakdown(record: Json) -> tuple[str, ...]:
    told = record["breakdown"]
    if told is None:
        return ()
    return (
        (
            "What an outcome costs is one sum over another. Its interval comes from leaving out "
            f"one random group of {told['unit']}s at a time (jackknife), on the scale of "
            "logarithms, with Student’s quantile at the degrees of freedom that the groups’ "
            f"weights leave. Groups of fewer than {counted(told['k'], 'user')} are told with the "
            "others. Waste counts a request once: it failed, else it repeats another, else its "
            "session was abandoned."
        ),
    )


def _anomalies(record: Json) -> tuple[str, ...]:
    found = record["anomalies"]
    if found is None or found["reason"]:
        return ()
    return (
        (
            f"What stands out: {counted(found['series'], 'series', 'series')} of daily spend are "
            "fitted with levels, the days on which these change, and weekdays, by sums that single "
            "days do not bend. One threshold for all holds the budget of false alarms; what stands "
            "out is given to the smallest combination that holds most of its money."
        ),
    )


def _reconciliation(record: Json) -> tuple[str, ...]:
    found = record["reconciliation"]
    if found is None:
        return ()
    return (
        (
            "Log and prices: each request is held against the list price of its tokens on its day, "
            "and agrees within a hundredth. Rules are tried where it does not, and named only "
            "where many more requests agree with one than nearly agree. Records whose cost per "
            "token is far beyond the list, or beyond the others of their model, are set apart "
            "before anything is added up. Bills are held against the month that they are of."
        ),
    )


def _spending(record: Json) -> str:
    spending = record["spending"]
    text = (
        f"What a request cost is {_BASES[record['basis']]}. Days are those of "
        f"{record['time_zone']}; a day without requests cost nothing."
    )
    if spending["change"] is None:
        return text
    periods = f"{counted(spending['recent']['days'], 'day')}"
    return (
        f"{text} The change of a day’s cost is the mean of the last {periods} minus that of the "
        "days before, its interval that of Student with the correlation of neighbouring days and "
        f"the season of weekdays taken into account, at {PERCENT.number(record['confidence'], 0)}; "
        "the relative change is Fieller’s."
    )
