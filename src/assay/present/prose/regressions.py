"""What a comparison with a baseline says, from its record: findings, head, headings, method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import PERCENT, count, day, p_value
from assay.present.prose.regression_cases import (
    amount,
    decided,
    detectable_words,
    equal_interval,
    interval,
    metric_words,
    moved,
    named,
    notation_of,
    parts_of,
    shown,
    smallest_words,
    written,
)
from assay.present.prose.words import capital, counted, in_words, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone
    from assay.present.blocks import Block

__all__ = [
    "NAMES",
    "PERCENT",
    "amount",
    "brief",
    "changed_heading",
    "changed_lead",
    "creep_heading",
    "creep_says",
    "decided",
    "detectable_words",
    "equal_interval",
    "equal_words",
    "interval",
    "level_words",
    "method",
    "metric_words",
    "moved",
    "named",
    "notation_of",
    "parts_of",
    "period",
    "power_heading",
    "power_of",
    "runs_say",
    "says",
    "shown",
    "smallest_words",
    "state_of",
    "subtitle",
    "tail_heading",
    "tell",
    "title",
    "written",
]

Json = dict[str, Any]

NAMES: Final = {
    "typical": "typical reading",
    "p50": "median",
    "p95": "95th percentile",
    "p99": "99th percentile",
    "mean": "mean",
}
"""Statistics of a run as a reader knows them."""
_MOST_NAMED: Final = 3
_TONES: Final[dict[str, Tone]] = {
    "regression": "bad",
    "improvement": "good",
    "no change": "neutral",
    "not enough data": "attention",
}


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    cases = {f"regression/{case['key']}": case for case in record["cases"]}
    creeps = {f"creep/{creep['key']}": creep for creep in record["creeps"]}
    told = [
        _told_case(finding, cases[finding["key"]], record)
        if finding["key"] in cases
        else _told_creep(finding, creeps[finding["key"]])
        for finding in record["findings"]
    ]
    return {**record, "findings": told}


def _told_case(finding: Json, case: Json, record: Json) -> Json:
    label = shown(case)
    title = f"{label}: {says(case)}"
    plain = f"{title}. {finding['action']}."
    before, after = count(case["n_baseline"]), count(case["n_candidate"])
    one = decided(case)
    exact = (
        f"{label}, {NAMES[one['name']]} of {before} runs against {after}: {interval(one)} at "
        f"confidence {PERCENT.number(one['confidence'], 2)}, one-sided p of no worsening "
        f"{p_value(one['p_worse'])} (the case is tested at {case['level']:.2g}); "
        f"{detectable_words(one)} would have been seen with power "
        f"{PERCENT.number(record['power'], 0)}."
    )
    return {**finding, "title": title, "plain": plain, "exact": exact}


def _told_creep(finding: Json, creep: Json) -> Json:
    title = f"{shown(creep)}: {creep_says(creep)}"
    exact = (
        f"{title}; one-sided p of the line through all versions {p_value(creep['p_slope'])}, of "
        f"the last against the first {p_value(creep['p_worse'])}."
    )
    return {**finding, "title": title, "plain": f"{title}. {finding['action']}.", "exact": exact}


def says(case: Json) -> str:
    """The verdict on a case as the rest of a sentence."""
    one = decided(case)
    of = "" if one["name"] in {"typical", "mean"} else f" in the {NAMES[one['name']]}"
    if case["verdict"] in {"regression", "improvement"}:
        way = "worse" if case["verdict"] == "regression" else "better"
        return f"{way}{of}, {interval(one)}"
    if case["verdict"] == "no change":
        return f"unchanged, {smallest_words(case)} is ruled out either way"
    return f"not enough data, {detectable_words(one)} could have been seen"


def creep_says(creep: Json) -> str:
    """What became of a case over all versions."""
    steps = len(creep["versions"]) - 1
    moved = interval(creep)
    if creep["verdict"] == "creeping":
        return (
            f"{moved} since {creep['versions'][0]}, in {in_words(steps)} steps none of which is "
            "seen by itself"
        )
    if creep["verdict"] == "worse":
        return f"worse since {creep['versions'][0]}, {moved}"
    return f"no worse since {creep['versions'][0]}, {moved}"


def title(record: Json) -> str:
    """The main finding as a sentence with its interval."""
    cases = record["cases"]
    worse = [case for case in cases if case["verdict"] == "regression"]
    against = f"than {record['baseline']}"
    if worse:
        first = worse[0]
        one = decided(first)
        part = "" if one["name"] in {"typical", "mean"} else f"{one['name']} of "
        verb = "is" if len(worse) == 2 else "are"
        more = f"; {in_words(len(worse) - 1)} more {verb} worse" if len(worse) > 1 else ""
        return f"{capital(part + named(first))} {moved(one)}{more}"
    if record["creeping"]:
        first = next(creep for creep in record["creeps"] if creep["verdict"] == "creeping")
        return f"{capital(named(first))} {moved(first)} since {first['versions'][0]}"
    if record["undecided"] == len(cases):
        return f"Not enough data: none of {counted(len(cases), 'case')} can be judged"
    unsure = (
        f"; {record['undecided']} of {len(cases)} cannot be judged" if record["undecided"] else ""
    )
    return f"Nothing is worse {against}{unsure}"


def state_of(record: Json) -> tuple[str, Tone]:
    """The tag beside the title."""
    if record["regressions"]:
        return counted(record["regressions"], "regression"), "bad"
    if record["creeping"]:
        return "creeping", "bad"
    if record["undecided"]:
        return "not enough data", "attention"
    return "no regression", "good"


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    state, tone = state_of(record)
    return Brief(
        kind="Baseline",
        subject=record["suite"],
        state=state,
        tone=tone,
        needs_decision=bool(record["regressions"] or record["creeping"]),
        evidence="before-after",
        title=title(record),
        subtitle=subtitle(record),
        data_through=record["candidate_last"],
        look="",
        decision=_decision(record),
        tiles=_tiles(record),
    )


def subtitle(record: Json) -> str:
    """What is compared with what."""
    runs = [(case["n_baseline"], case["n_candidate"]) for case in record["cases"]]
    before, after = (max(side) for side in zip(*runs, strict=True))
    return (
        f"{capital(counted(len(record['cases']), 'case'))} of {record['suite']}: "
        f"{_revisions(record['candidate_revisions'])} ({counted(after, 'run')}, "
        f"{period(record, 'candidate')}) against {record['baseline']} "
        f"({counted(before, 'run')}, {period(record, 'baseline')})."
    )


def period(record: Json, side: str) -> str:
    """The days of a side."""
    first, last = record[f"{side}_first"], record[f"{side}_last"]
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def _revisions(names: list[str]) -> str:
    if not names:
        return "runs of no revision"
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _decision(record: Json) -> Decision:
    worse = [case for case in record["cases"] if case["verdict"] == "regression"]
    unsure = [case for case in record["cases"] if case["verdict"] == "not enough data"]
    _, tone = state_of(record)
    if worse:
        head = "Find the cause, or accept it by a new baseline"
        by = NAMES[worse[0]["decided_by"]]
        which = "" if len(worse) == 1 else "; the first "
        text = (
            f"Worse: {_named(worse)}{which or ', which '}{moved(decided(worse[0]))}, by the {by}."
        )
    elif record["creeping"]:
        crept = [one for one in record["creeps"] if one["verdict"] == "creeping"]
        head = f"Look at all versions since {crept[0]['versions'][0]}"
        text = f"Creeping: {_named(crept)}. {capital(creep_says(crept[0]))}."
    elif unsure:
        needed = [case["runs_needed"] for case in unsure]
        known = [one for one in needed if one is not None]
        head = "Measure more runs before you rely on this"
        text = (
            f"{counted(max(known), 'run')} on each side would show the changes that matter."
            if len(known) == len(needed)
            else "For some cases no number of runs would do: measure with less noise."
        )
    else:
        head = "Nothing to decide"
        text = "All cases are measured sharply enough, and none is worse."
    return Decision(
        title=head,
        text=capital(text),
        note="; ".join(capital(one) for one in record["remarks"]),
        tone=tone,
        facts=(
            Fact(label="Regressions", value=count(record["regressions"])),
            Fact(label="Improvements", value=count(record["improvements"])),
            Fact(label="Unchanged", value=count(record["unchanged"])),
            Fact(label="Not enough data", value=count(record["undecided"])),
        ),
    )


def _named(cases: list[Json]) -> str:
    names = [named(case) for case in cases[:_MOST_NAMED]]
    more = len(cases) - len(names)
    return joined([*names, f"{more} more"] if more else names)


def _tiles(record: Json) -> tuple[Tile, ...]:
    return tuple(
        Tile(
            name=capital(named(case)),
            value=interval(one).split(" [")[0],
            interval="[" + interval(one).split(" [")[1],
            detail=f"{amount(one['before'], one['unit'])} → {amount(one['after'], one['unit'])}",
            tone=_TONES[case["verdict"]],
            number=one["change"],
        )
        for case in record["cases"][:4]
        for one in (decided(case),)
    )


def method(record: Json) -> list[Block]:
    """How it was done."""
    alpha, power = PERCENT.number(record["alpha"], 1), PERCENT.number(record["power"], 0)
    runs = (
        "A run is one observation, however many readings it holds: readings of one run share its "
        "machine, its minute and its luck. Each run is brought down to its typical reading (the "
        "geometric mean of its twentieths), median, 95th and 99th percentile and mean; those are "
        "compared by Welch’s test on logarithms. Shares, and metrics that may be zero, are "
        "compared by the difference of the runs’ means."
    )
    alarms = (
        "A regression needs both a change of at least the size that matters and evidence. The "
        f"chance of any false regression in the whole suite is at most {alpha}: divided among "
        "the cases by Holm’s method, and among the statistics of a case by Holm’s method with "
        "weights."
    )
    seen = (
        f"What could have been seen is the change that would be found with a chance of {power}. "
        "No change is said where the interval of "
        f"{equal_words(record)} confidence, the same for every case, leaves out every change that "
        "matters, upwards and downwards. Intervals beside a change are wider: theirs is the "
        f"confidence of its test, {level_words(record)} here."
    )
    creeping = (
        "Creeping changes are looked for over all baselines of the suite: the last version "
        "against the first, and a line through all of them."
    )
    return [runs, alarms, seen, creeping]


def changed_heading(record: Json) -> str:
    """How many of the cases changed."""
    parts = [
        counted(record[name], noun)
        for name, noun in (("regressions", "regression"), ("improvements", "improvement"))
        if record[name]
    ]
    cases = count(len(record["cases"]))
    if not parts:
        return f"None of {cases} cases is seen to change"
    return f"{capital(joined(parts))} among {cases} cases"


def changed_lead(record: Json) -> str:
    """What became of the others."""
    parts = [
        f"{counted(record['unchanged'], 'case')} unchanged as far as it matters"
        if record["unchanged"]
        else "",
        f"{counted(record['undecided'], 'case')} without enough data to tell"
        if record["undecided"]
        else "",
    ]
    told = [part for part in parts if part]
    return f"{capital(joined(told))}." if told else "Every case changed."


def tail_heading(cases: list[Json]) -> str:
    """Which part of the distribution decided."""
    first = cases[0]
    return f"{capital(named(first))} is judged by its {NAMES[first['decided_by']]}"


def runs_say(case: Json) -> str:
    """What the runs of a case show."""
    if case["verdict"] in {"regression", "improvement"}:
        return f"its runs are {says(case)}"
    return says(case)


def level_words(record: Json) -> str:
    """Confidence of the intervals that are drawn, `99.87 % to 99.91 %` where cases differ."""
    levels = [decided(case)["confidence"] for case in record["cases"]]
    low, high = (PERCENT.number(end, 2) for end in (min(levels), max(levels)))
    return low if low == high else f"{low} to {high}"


def equal_words(record: Json) -> str:
    """Confidence of the intervals by which no change is told."""
    return PERCENT.number(decided(record["cases"][0])["equal_confidence"], 0)


def power_of(record: Json) -> str:
    """The power that is asked for."""
    return PERCENT.number(record["power"], 0)


def power_heading(record: Json) -> str:
    """How many cases were measured sharply enough."""
    sharp = sum(
        case["runs_needed"] is not None
        and min(case["n_baseline"], case["n_candidate"]) >= case["runs_needed"]
        for case in record["cases"]
    )
    cases = count(len(record["cases"]))
    return f"{count(sharp)} of {cases} cases have the runs to see what matters"


def creep_heading(record: Json) -> str:
    """Whether anything got worse little by little."""
    crept = [one for one in record["creeps"] if one["verdict"] == "creeping"]
    if crept:
        return f"{capital(named(crept[0]))} creeps: {creep_says(crept[0])}"
    return "Nothing creeps: no case got worse in steps too small to see"
