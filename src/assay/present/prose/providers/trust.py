"""What was looked at before any of it is believed, and how it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.format import PERCENT, count, declared
from assay.present.prose.providers.terms import SHORT, attempts, judged, maker, told, whom
from assay.present.prose.words import capital, counted, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]


def checks(record: Json) -> list[tuple[str, str, Tone]]:
    """What was looked at before any of it is believed."""
    known, seen = judged(record), told(record)
    found: list[tuple[str, str, Tone]] = []
    if known:
        least = min(one["items"] for one in known)
        found.append(
            (
                "Shared items",
                f"{count(least)} or more behind each judged change",
                "good" if least >= 5 * record["found"]["fewest"] else "attention",
            )
        )
    else:
        found.append(("Shared items", record["shared_reason"], "attention"))
    if seen:
        least = min(seen, key=lambda one: float(one["shared"]))
        found.append(
            (
                "Interactions of kinds that both have",
                (
                    f"least for {least['agent']} ({least['base']}, {least['other']}): "
                    f"{PERCENT.number(least['shared'], 0)}"
                ),
                "good" if least["shared"] >= 0.5 else "attention",
            )
        )
    if record["unnamed"]:
        found.append(
            (
                "Interactions without a person",
                f"{count(record['unnamed'])}, which associations leave out",
                "neutral",
            )
        )
    found.append(
        (
            "Cells of few persons",
            f"{count(record['found']['withheld'])} withheld",
            "good" if not record["found"]["withheld"] else "neutral",
        )
    )
    return found


def trust_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the checks."""
    doubts = sum(tone == "attention" for _, _, tone in checks(record))
    if not doubts:
        return "All that was looked at holds", ""
    ask = "asks" if doubts == 1 else "ask"
    return f"{capital(counted(doubts, 'check'))} {ask} for attention", ""


def _tests(record: Json) -> str:
    """How differences were told."""
    if record["found"]["attempts"] == "all":
        return (
            "An item’s value is the mean of its attempts; Student’s interval and test of paired "
            "differences, of wait and cost on logarithms; agreement is of first attempts"
        )
    return (
        "Tango’s interval and McNemar’s mid-p of success, Student’s of ratings and of logarithms "
        "of wait and cost"
    )


def method(record: Json) -> tuple[str, ...]:
    """How it was done, from what really ran."""
    found = record["found"]
    said = [
        (
            "Cells: each measure on a scale on which errors are nearly normal (log odds of "
            "success, logarithms of wait and cost), with crossed random effects of "
            f"{whom(record)}, {maker(record)} and their interaction. How alike interactions of one "
            "person are is measured and counted."
        )
    ]
    if judged(record):
        margins = dict.fromkeys(
            f"{SHORT[one['measure']]} {declared(one['margin'])}" for one in found["changes"]
        )
        said.append(
            f"Changes: {attempts(record)} at items that were tried with both, paired by item. "
            f"{_tests(record)}; p adjusted for all changes (Holm), intervals each by itself at "
            f"{PERCENT.number(found['confidence'], 0)}. Margins: {joined(list(margins))}. At least "
            f"{count(found['fewest'])} shared items."
        )
    if told(record):
        said.append(
            "Associations: a regression on the provider and one constant per kind of interaction "
            "and week; errors allow for interactions of one person being alike (sandwich, by "
            "person). Kinds that only one of both has tell nothing. Wait and cost as relative "
            "changes of geometric means; p adjusted for all associations (Holm). Numbers of "
            f"interactions are rounded down to multiples of {count(found['smallest'])}."
        )
    return tuple(said)
