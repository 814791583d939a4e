"""How the data were looked at, from what was done."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Block, Terms
from assay.present.format import SPACE, count, day, declared, p_value
from assay.present.prose.quality.headings import limits
from assay.present.prose.words import counted, in_words

Json = dict[str, Any]


def method(record: Json) -> list[Block]:
    """Paragraphs and terms for whoever wants to check or repeat."""
    return [
        (
            f"Every row was held against the rules of the table {record['table']}; what follows is "
            "of the rows that keep them. Counts are of all rows, not of a sample, and carry no "
            "interval. Nothing is read off the clock: ages are counted to the day "
            f"{day(record['as_of'])}."
        ),
        Terms([(name, text) for name, text in _terms(record) if text]),
    ]


def _terms(record: Json) -> list[tuple[str, str]]:
    k, limit = record["k"], record["thresholds"]
    return [
        ("What each analysis needs", limits(record)),
        ("Rows per day", _volume(record)),
        ("Shares", _mix(record)),
        ("Prices", _prices(record)),
        (
            "Implausible costs",
            (
                "Cost per token is held against the median of its model and service tier. A row is "
                f"implausible from {count(limit['cost_factor'])} times off, and outside eight "
                "robust standard deviations of the logarithm; models of fewer than thirty rows "
                "share the median of all."
            ),
        ),
        (
            "Rejected by rule",
            (
                "Negative times, amounts and counts, a first token after the last, an update "
                "before the row itself and shares beyond 0 to 1 break a rule: such rows are "
                "counted among the rejected."
            ),
        ),
        (
            "What is not shown",
            (
                f"Names of fewer than {count(k)} persons, of fewer than {count(k)} rows, or that "
                "do not look like the name of a thing are counted and not shown; columns of ids "
                "and texts are only counted."
            ),
        ),
        (
            "References",
            (
                "Rousseeuw & Croux (1993), JASA 88 (spread from medians); Bloomfield & Steiger "
                "(1983), Least Absolute Deviations; Wilson (1927), JASA 22."
            ),
        ),
    ]


def _volume(record: Json) -> str:
    limit = record["thresholds"]["false_alarms"]
    if not record["volume"]["judged"]:
        return ""
    return (
        "The expectation of a day is the median of the 28 days before it, on the scale of "
        "logarithms, times the effect of its weekday. The range is as wide as makes at most "
        f"{declared(limit)} of reports on days without any change call one of their "
        f"{count(record['volume']['judged'])} judged days out of line; beyond what counting alone "
        "makes, days are taken to differ as their median rest says. In simulations of clean days "
        "fewer than that raise an alarm. The first 28 days only lend their level."
    )


def _mix(record: Json) -> str:
    told = [m for m in record["mixes"] if m["reason"] is None]
    if not told:
        return ""
    limit, first = record["thresholds"], told[0]
    recent, weeks = first["recent_weeks"], first["recent_weeks"] + first["weeks_before"]
    return (
        "The distance of two periods is half the sum of the absolute changes of all shares: the "
        "part of the rows that moved. It is held against other ways to choose "
        f"{in_words(recent)} of the {count(weeks)} weeks, since rows of a week depend on each "
        f"other; told are distances of at least {declared(limit['mix_change'])} with p below "
        f"{p_value(record['threshold_p'])}, which is {declared(limit['alpha'])} shared by "
        f"{counted(len(record['mixes']), 'column')}. Intervals of shares have the spread of weeks "
        "(Welch) and hold for all values together. A slow drift counts as a change."
    )


def _prices(record: Json) -> str:
    found = record["costs"]
    if found["explained"] is None:
        return ""
    part = "an even part of the priced rows" if found["sampled"] else "all priced rows"
    return (
        f"Of {part}, by model and service tier: one price per kind of token that leaves the least "
        "absolute relative deviations, then least squares over the rows within "
        f"1{SPACE}%. Where the daily median of logged over fitted cost goes to another level by "
        f"more than 2{SPACE}% and stays "
        "for a second day, the price changed. Kinds of token that cannot be told apart get no "
        "price; models of fewer than fifty rows none at all."
    )
