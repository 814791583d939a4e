"""How the report on costs was made, written from what ran."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import PERCENT
from assay.present.prose.costs import comparing, opportunities, outlook, switching
from assay.present.prose.words import counted

Json = dict[str, Any]
_BASES: Final = {
    "auto": "the logged cost where there is one, and the price of its day elsewhere",
    "logged": "the logged cost alone",
    "list": "the price of its day, whatever was logged",
}


def method(record: Json) -> tuple[str, ...]:
    """A paragraph for each part that ran, in the page's order."""
    parts = [_spending(record), *outlook.method(record)]
    if record["opportunities"] is not None:
        parts.append(opportunities.method(record["opportunities"]))
    if record["switching"] is not None:
        parts.append(switching.method(record["switching"]))
    if record["comparing"] is not None:
        parts.append(comparing.method(record["comparing"]))
    return tuple(parts)


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
