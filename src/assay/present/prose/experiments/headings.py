"""Headings that are findings, and the sentence below each."""

from __future__ import annotations

from typing import Any

from assay.present.format import count
from assay.present.prose.experiments import segments
from assay.present.prose.experiments.basis import (
    MANY,
    arm_name,
    guardrails,
    is_open,
    treated,
    unit_words,
    variants,
)
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import capital, counted, inside, joined

Json = dict[str, Any]


def what_changed(record: Json) -> tuple[str, str]:
    """Heading and lead for all metrics together."""
    own = readings(record, arm=record["arm"])
    groups = {
        "improve": [r for r in own if r.state == "better"],
        "get worse": [r for r in own if r.state == "worse"],
        "stay within their margins": [r for r in own if r.state == "within"],
        "change too little to matter": [r for r in own if r.state == "small"],
        "gain nothing that matters": [r for r in own if r.state == "no gain"],
        "are still open": [r for r in own if r.state in {"undecided", "silent"}],
    }
    shown = {words: found for words, found in groups.items() if found}
    many = sum(map(len, shown.values())) > MANY
    said = [_group(found, words, many=many) for words, found in shown.items()]
    heading = capital("; ".join(said)) if said else "No metric can be read"
    last = ", guardrails last" if guardrails(own) and len(own) > 1 else ""
    every = f" for every metric that was declared{last}" if len(own) > 1 else ""
    lead = f"Change of {variants(record)} against {arm_name(record['control'])}{every}."
    lead = lead.replace("….", "…")
    if len(treated(record)) > 1:
        return f"{capital(arm_name(record['arm']))}: {inside(heading)}", lead
    return heading, lead


def _group(found: list[Reading], words: str, *, many: bool) -> str:
    names = joined([inside(r.metric) for r in found])
    if len(found) > 1:
        return f"{counted(len(found), 'metric') if many else names} {words}"
    r = found[0]
    alone = {
        "improve": "improves",
        "get worse": "gets worse",
        "stay within their margins": "stays within its margin",
        "change too little to matter": "changes too little to matter",
        "gain nothing that matters": "gains nothing that matters",
        "are still open": "is still open",
    }
    return f"{names} {words if r.plural else alone[words]}"


def how_sure(r: Reading, record: Json) -> tuple[str, str]:
    """Heading and lead for the posterior of one metric."""
    posterior = r.body["posterior"]
    if r.state == "blocked":
        return "No chance is given while a check has failed", f"{capital(r.reason)}."
    if posterior["p_better"] is None:
        return f"No chance can be given for {inside(r.metric)}", capital(posterior["reason"] or "")
    if r.state == "silent":
        why = capital(r.reason.rstrip("."))
        return f"There are too few data to speak of a chance on {inside(r.metric)}", f"{why}."
    ship, keep = r.losses
    arm, control = arm_name(r.arm), arm_name(record["control"])
    heading = f"The chance that {arm} is better on {inside(r.metric)} is {r.chance}"
    lead = (
        f"On average over all that is still possible, and counting nothing where the choice is "
        f"right, {ship} of {inside(r.metric)} is given up if {arm} is shipped, and {keep} if "
        f"{control} is kept."
    )
    return heading, lead


def for_whom(record: Json, column: str) -> tuple[str, str]:
    """Heading and lead for the segments of one column."""
    found = segment_readings(record, column)
    metric = inside(found[0][1].metric)
    segment = column.replace("_", " ")
    names = [name for name, _ in found]
    one, groups = segments.one_of(segment, names), segments.all_of(segment, names)
    moved = {
        verb: [name for name, r in found if r.direction == verb]
        for verb in dict.fromkeys(r.direction for _, r in found if r.direction)
    }
    still = [name for name, r in found if is_open(r)]
    if any(r.state == "blocked" for _, r in found):
        heading = f"No {one} is read while a check has failed"
    elif not moved:
        heading = f"No {one} by itself shows a change of {metric}"
    elif len(next(iter(moved.values()))) == len(found):
        heading = f"{capital(metric)} {next(iter(moved))} for every {one}"
    else:
        said = [f"{verb} for {_of_column(names, found, segment)}" for verb, names in moved.items()]
        heading = f"{capital(metric)} {joined(said)}"
        heading += f"; still open for {_of_column(still, found, segment)}" if still else ""
    pooled = segments.pooled_of(record, column, found[0][1].metric, found[0][1].arm)
    if pooled and segments.apart(pooled):
        heading = segments.heading(pooled, lambda name: segment_name(name, column))
    lead = (
        f"The same comparison within {counted(len(found), groups, groups)}; intervals are widened "
        f"for their number. {segments.tested(pooled, groups)}"
    )
    silent = sum(_seen(r) for _, r in _of_arm(record, column) if _has_no_value(r))
    if silent:
        lead += f" {count(silent)} {unit_words(record)} have nothing to measure."
    return heading, lead


def _of_column(names: list[str], among: list[tuple[str, Reading]], segment: str) -> str:
    """Segments by name, or by number where they are many."""
    if len(among) > MANY and len(names) > 1:
        whole = segments.all_of(segment, [name for name, _ in among])
        return f"{len(names)} of {len(among)} {whole}"
    return segments.for_which(names, segment)


def segment_readings(record: Json, column: str) -> list[tuple[str, Reading]]:
    """Segments of one column, for the metric and arm that the verdict speaks of.

    A segment whose units have nothing to measure (those that never acted, say) is left out.
    """
    return [(name, r) for name, r in _of_arm(record, column) if not _has_no_value(r)]


def _seen(r: Reading) -> int:
    """Units of both arms, with and without a value."""
    return int(r.units + r.body["missing"] + r.body["missing_control"])


def _has_no_value(r: Reading) -> bool:
    return r.body["value"] is None and r.body["value_control"] is None


def _of_arm(record: Json, column: str) -> list[tuple[str, Reading]]:
    primary = next(iter(readings(record, arm=record["arm"])))
    return [
        (segment_name(s["segment"], column), Reading(s["comparison"], paired=primary.paired))
        for s in record["segments"]
        if s["column"] == column
        and s["comparison"]["metric"] == primary.metric
        and s["comparison"]["arm"] == primary.arm
    ]


def segment_name(segment: str, column: str) -> str:
    """What a segment is called."""
    return segments.named(segment, column)


def lifts_alt(found: list[tuple[str, Reading]]) -> str:
    """The forest plot in words."""
    rows = [f"{name}: {r.estimate}, {r.word}, n = {count(r.units)}" for name, r in found]
    return f"Estimates with intervals. {'; '.join(rows)}."
