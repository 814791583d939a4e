"""How a plan was made, written from what really ran."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Block, Table, Terms
from assay.present.format import NOTHING, PERCENT, amount, as_printed, count, declared, level
from assay.present.prose.planning.headings import source
from assay.present.prose.planning.words import (
    ANYTIME_LOOKS,
    RECENT,
    aimed,
    is_margin,
    plan_name,
    units_of,
)
from assay.present.prose.words import capital, joined

Json = dict[str, Any]


def method(record: Json) -> list[Block]:
    """Paragraphs, terms and a table for whoever wants to check or repeat."""
    return [
        (
            "The power of the analysis as it will be made is a function of the true change and of"
            " the number of units, by way of the standard error; length, size and smallest change"
            " are its roots, found to rounding, so that each is the exact inverse of the other."
        ),
        Terms([pair for pair in _terms(record) if pair[1]]),
        _table(record),
    ]


def _terms(record: Json) -> list[tuple[str, str]]:
    shares = joined([PERCENT.number(share, 1) for share in record["arms"]])
    each = f"{declared(record['alpha'])} two-sided"
    if record["correction"]:
        each += (
            f"; {as_printed(record['correction'])}: {PERCENT.number(record['alpha_each'], 2)} for"
            " one comparison"
        )
    return [
        ("Made from", f"{capital(source(record))}."),
        ("Arms", f"{shares} of {units_of(record)}, the control first."),
        ("Error", f"{each}."),
        ("Power", f"{declared(record['wanted'])}, of a claim in the better direction."),
        ("Looks", f"{capital(_looks(record))}."),
        (
            "Rare events",
            (
                "Summed over all tables, for the skewness-corrected score that the analysis uses"
                " where few are expected."
            )
            if any(one["exact"] for one in record["metrics"])
            else "",
        ),
        ("Claims", _claims(record)),
        (
            "Values and spreads",
            (
                "Of each unit over a window of the planned length: units that are watched longer"
                " have more rows, and other spreads. Ratios by the delta method."
            )
            if record["source"] == "history"
            else "As given.",
        ),
        (
            "Units to come",
            (
                f"Distinct units in windows of each length, the mean of the latest {count(RECENT)};"
                " most units come back, so they are fewer than days times units of a day. Beyond"
                " the history: new units at the pace of its last week."
            )
            if record["curve"] and record["source"] == "history"
            else "",
        ),
        (
            "Simulation",
            (
                f"{count(record['operating'][0]['runs'])} experiments each, units drawn with"
                " replacement, the change multiplied into each treated unit, held against the"
                " bounds of the plan by unpooled normal statistics; a covariate counts as more"
                " units, by the variance that it takes out."
            )
            if record["operating"]
            else "",
        ),
        ("Seed", str(record["seed"])),
        (
            "References",
            (
                "Cohen (1988), Statistical power analysis; Chow et al. (2018), Sample size"
                " calculations in clinical research; Welch (1947), Biometrika 34; Fieller (1954),"
                " JRSS B 16; Jennison & Turnbull (2000), Group sequential methods; Deng et al."
                " (2013), WSDM (CUPED)."
            ),
        ),
    ]


def _looks(record: Json) -> str:
    if record["plan"] == "anytime":
        return (
            "a confidence sequence that is tightest at the planned end; its power is that of"
            f" reading it at {count(ANYTIME_LOOKS)} evenly spaced looks, computed by integrating"
            " over all paths"
        )
    if record["plan"] == "once":
        return "one, at the end"
    return (
        f"{plan_name(record)}, evenly spaced in units; alpha is spent by {record['spending']}, and"
        " power computed by integrating over all paths"
    )


def _claims(record: Json) -> str:
    said = []
    for one in record["metrics"]:
        if one["reason"]:
            continue
        if is_margin(one):
            said.append(
                f"{one['metric']} is not worse than {aimed(one['bound'])}, if nothing changes"
            )
        elif one["bound"]:
            said.append(
                f"{one['metric']} moves beyond {aimed(one['bound'])}, if by {aimed(one['effect'])}"
            )
        else:
            said.append(f"{one['metric']} moves, if by {aimed(one['effect'])}")
    return (
        f"{'; '.join(said)}. Lifts are held against bounds by Fieller’s contrast." if said else ""
    )


def _table(record: Json) -> Table:
    rows = []
    for one in record["metrics"]:
        notation = level(one["unit"], one["base"])
        rows.append(
            (
                one["metric"],
                amount(one["base"], notation),
                amount(one["sd"], notation),
                count(one["n"]) if one["n"] else NOTHING,
                PERCENT.number(one["valued"], 0),
                NOTHING if one["rho_squared"] is None else PERCENT.number(one["rho_squared"], 1),
            )
        )
    return Table(
        "What the plan was made from.",
        (
            ("Metric", "left"),
            ("Base", "right"),
            ("Standard deviation per unit", "right"),
            ("Units", "right"),
            ("With a value", "right"),
            ("Explained by the past", "right"),
        ),
        rows,
    )
