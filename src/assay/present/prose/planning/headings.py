"""Headings of a plan's sections, each a finding, with one sentence about what follows."""

from __future__ import annotations

from typing import Any

from assay.present.format import PERCENT, chance, count, declared, period
from assay.present.prose.planning.words import (
    WEEK,
    aimed,
    cases,
    effect_words,
    first,
    is_margin,
    plan_name,
    signed,
    units_of,
    weeks,
)
from assay.present.prose.words import capital, inside, joined

Json = dict[str, Any]

Head = tuple[str, str]


def how_long(record: Json) -> Head:
    """Of the curve."""
    one, curve = first(record), record["curve"]
    name = inside(one["metric"])
    lead = (
        f"The smallest change of {name} that is seen in {cases(record['wanted'])}, by how long it"
        " runs."
    )
    known = [p for p in curve if p["detectable"] is not None]
    if not known:
        return f"No change of {name} is seen surely enough within the weeks looked at", lead
    start, end = known[0], known[-1]
    if start is end:
        return f"{capital(weeks(end['days']))}: changes from {signed(end['detectable'])} on", lead
    return (
        (
            f"{capital(weeks(start['days']))} of data {_show(start['days'])} changes from"
            f" {signed(start['detectable'])} on, {weeks(end['days'])} from"
            f" {signed(end['detectable'])} on"
        ),
        lead,
    )


def _show(days: int) -> str:
    return "shows" if days == WEEK else "show"


def how_many(record: Json) -> Head:
    """Of the table of sizes."""
    lead = (
        f"{capital(units_of(record))} of all arms together, for each change to be seen in"
        f" {cases(record['wanted'])}."
    )
    sizes = [s for s in first(record)["sizes"] if s["units"] is not None]
    if len(sizes) < 2:
        return "What each change takes", lead
    small, large = sizes[0], sizes[-1]
    times = times_as_many(record)
    return (
        (
            f"To see {aimed(small['lift'])} takes {count(times or 1)} times the"
            f" {units_of(record)} of {aimed(large['lift'])}"
        ),
        lead,
    )


def times_as_many(record: Json) -> int | None:
    """How many times the units of its largest change the first metric's smallest one takes."""
    sizes = [s["units"] for s in first(record)["sizes"] if s["units"] is not None]
    return round(sizes[0] / sizes[-1]) if len(sizes) > 1 else None


def what_helps(record: Json) -> Head | None:
    """Of what was known before; nothing where there is no history to tell."""
    known = [m for m in record["metrics"] if m["rho_squared"] is not None and not m["reason"]]
    if not known:
        return None
    best = max(known, key=lambda m: m["rho_squared"])
    noun = units_of(record)
    lead = (
        f"A covariate takes out of each metric what {noun} were like before the experiment. Share"
        " of the variance that their own past explains, newcomers counted with the mean."
    )
    if best["rho_squared"] < 0.02:
        return f"What {noun} did before tells next to nothing of what they will do", lead
    saved = PERCENT.number(best["rho_squared"], 0)
    used = " and is used" if best["adjusted"] else ""
    return (
        f"What {noun} did before saves {saved} of them for {inside(best['metric'])}{used}",
        lead,
    )


def when_to_look(record: Json) -> Head | None:
    """Of the looks; nothing where there is one."""
    if record["plan"] == "once":
        return None
    more = PERCENT.number(record["inflation"] - 1, 0)
    if record["plan"] == "anytime":
        return (
            f"To be read at any time costs {more} more {units_of(record)}",
            (
                "Intervals hold at every look, however often somebody looks; the plan ends as soon"
                " as one lies beyond what it is held against."
            ),
        )
    name = plan_name(record)
    early = ""
    if record["expected_days"] is not None and record["days"]:
        early = (
            f", and on average it ends after {count(record['expected_days'])} of"
            f" {count(record['days'])} days"
        )
    return (
        f"{capital(name)} cost {more} more {units_of(record)}{early}",
        "Each look has its own bound; it ends at the first that is crossed.",
    )


def does_it_hold(record: Json) -> Head | None:
    """Of the simulation; nothing where there was none."""
    if not record["operating"]:
        return None
    null, real = record["operating"][0], record["operating"][-1]
    noun = units_of(record)
    lead = (
        f"{count(real['runs'])} experiments of this plan, on {noun} drawn from your own"
        f" ({count(record['operating_from'])} of them), so that what is skewed stays skewed."
    )
    return (
        (
            f"Simulated, the plan sees the change in {PERCENT.number(real['claimed'], 0)} of"
            f" experiments, and one that is not there in {PERCENT.number(null['claimed'], 1)}"
        ),
        lead,
    )


def curve_caption(record: Json) -> str:
    """How to read the curve."""
    said = ["Lower is better: smaller changes are seen."]
    if any(p["extrapolated"] for p in record["curve"]):
        said.append("Dashed: longer than the history, at the pace that it ends with.")
    first_one = first(record)
    if first_one["adjusted"]:
        said.append("Grey: without what was known before.")
    if first_one["bound"] and not is_margin(first_one):
        said.append(
            "A change counts as seen once its interval excludes"
            f" ±{declared(abs(first_one['bound']))}."
        )
    return " ".join(said)


def curve_alt(record: Json) -> str:
    """The curve in words."""
    one = first(record)
    known = [p for p in record["curve"] if p["detectable"] is not None]
    said = joined(
        [f"{signed(p['detectable'])} after {weeks(p['days'])}" for p in known[:12]] or ["nothing"]
    )
    reached = (
        f" {capital(effect_words(one))} is reached after {weeks(record['days'])}."
        if record["days"]
        else ""
    )
    return f"Line of the smallest change of {inside(one['metric'])} that is seen: {said}.{reached}"


def source(record: Json) -> str:
    """Where it all comes from."""
    if record["source"] == "given":
        return "values given by hand"
    if record["first"] is None:
        return f"{count(record['history_rows'])} rows without a time"
    return f"{count(record['history_rows'])} rows of {period(record['first'], record['last'])}"


def power_words(value: float | None) -> str:
    """A chance in a table."""
    return chance(value)
