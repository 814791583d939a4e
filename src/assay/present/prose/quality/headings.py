"""Headings that are findings, and the sentence below each."""

from __future__ import annotations

from typing import Any

from assay.present.format import SPACE, count, day, declared, p_value, share
from assay.present.prose.quality.clauses import (
    days_of,
    mix_clause,
    moved,
    names,
    odd_days,
    of_kind,
    part_of,
    price_changes,
    price_clause,
    thing,
    things,
    volume_clause,
)
from assay.present.prose.words import capital, counted, in_words, joined

Json = dict[str, Any]
Head = tuple[str, str]


def fits(record: Json) -> Head:
    """For what the data can be used."""
    good, fair, bad = (of_kind(record, kind) for kind in ("fit", "caveats", "not fit"))
    can = "can be made from these data"
    said = [f"{names(good)} {can}"] if good else []
    said += [f"{names(fair)} {'with caveats' if good else f'{can} with caveats'}"] if fair else []
    said += [f"{names(bad)} cannot"] if bad else []
    heading = "; ".join(said) if fair or bad else "Every analysis has what it needs"
    if not (good or fair):
        heading = f"None of the {in_words(len(bad))} analyses {can}"
    return capital(heading), (
        "Each later analysis declares what it needs; this is what these data have of it."
    )


def volume(record: Json) -> Head:
    """Rows per day."""
    found, events = record["volume"], record["volume"]["events"]
    lead = "Rows per day, over the range in which the four weeks before and the weekday put them."
    if not found["judged"]:
        return "There are too few days to say what is usual", f"{capital(found['reason'])}."
    if not events:
        return f"None of {count(found['judged'])} days is out of line", lead
    if len(events) == 1:
        return capital(volume_clause(events[0])), lead
    days = odd_days(record)
    last = volume_clause(events[-1])
    return (
        f"{capital(counted(days, 'day'))} {'are' if days > 1 else 'is'} out of line; {last}",
        lead,
    )


def mix(record: Json) -> Head:
    """Shares of models, agents and the like."""
    told = [m for m in record["mixes"] if m["reason"] is None]
    if not told:
        if not record["mixes"]:
            return "No share is followed", "No column of names was named."
        why: dict[str, list[str]] = {}
        for one in record["mixes"]:
            why.setdefault(one["reason"], []).append(thing(one["column"]))
        said = "; ".join(f"{joined(columns)}: {reason}" for reason, columns in why.items())
        return "There is too little to compare shares", f"{capital(said)}."
    weeks, before = told[0]["recent_weeks"], told[0]["weeks_before"]
    lead = (
        f"Of each kind the share that moved most: the last {counted(weeks, 'week')} against the "
        f"{in_words(before)} before."
    )
    changed = moved(record)
    if not changed:
        return f"The mix of {joined([things(m['column']) for m in told])} has not changed", lead
    still = [things(m["column"]) for m in told if not m["changed"]]
    heading = capital(mix_clause(changed[0]))
    others = [things(m["column"]) for m in changed[1:]]
    if others:
        heading += f"; the mix of {joined(others)} changed too"
    still = [things(m["column"]) for m in told if not m["changed"]]
    return heading + (f", that of {joined(still)} not" if still else ""), lead


def fresh_names(record: Json) -> Head:
    """Values never seen before."""
    shown, hidden = len(record["new_names"]), record["new_hidden"]
    days = counted(record["recent_days"], "day")
    lead = f"Names that the last {days} have and the days before had not."
    if not shown + hidden:
        return "No new name has turned up", lead
    columns: dict[str, list[str]] = {}
    for name in record["new_names"]:
        columns.setdefault(name["column"], []).append(name["value"])
    said = [
        f"{in_words(len(found))} new {thing(column) if len(found) == 1 else things(column)}"
        for column, found in columns.items()
    ]
    if hidden:
        said.append(f"{counted(hidden, 'new value')} too small to be shown")
    return capital(joined(said)), lead


def columns(record: Json) -> Head:
    """Missing values, ranges, distinct values."""
    full = sum(not one["missing"] for one in record["columns"])
    empty = sum(one["missing"] == record["rows"] for one in record["columns"])
    every = len(record["columns"])
    heading = f"{count(full)} of {count(every)} columns have a value in every row"
    if empty:
        heading += f", {count(empty)} in none"
    if full == every:
        heading = f"All {count(every)} columns have a value in every row"
    return heading, (
        "All rows were counted, so that shares need no interval. What a column lacks may be "
        "meant: most rows have no error."
    )


def costs(record: Json) -> Head:
    """Logged costs against tokens."""
    found = record["costs"]
    lead = (
        "Prices per million tokens that the log implies, newest first where they changed, and the "
        f"part of the rows whose cost they explain to within 1{SPACE}%."
    )
    if not found["rows"]:
        return "No row has both tokens and a cost", "Nothing can be held against each other."
    if found["explained"] is None:
        return (
            "Too few rows of any model to hold costs against tokens",
            "It takes fifty priced rows of a model.",
        )
    part = part_of(found["explained"]["value"])
    changes = price_changes(record)
    heading = f"Prices per token explain the cost of {part} of the rows"
    if len(changes) == 1:
        model, change = changes[0]
        heading += f"; that of {model['model']} {price_clause(change)}"
    elif changes:
        heading += f", with {counted(len(changes), 'change')} of price"
    return heading, lead


def implausible(record: Json) -> Head:
    """Rows that can hardly be true."""
    dear = record["costs"]["dear"]
    odd = [one for one in record["implausible"] if one["count"]]
    lead = "Rows that break no rule by themselves, and yet do not fit what stands beside them."
    if not odd:
        return "No row is implausible", lead
    if dear["count"]:
        part = part_of(dear["share"])
        rows = counted(dear["count"], "row")
        verb = "holds" if dear["count"] == 1 else "hold"
        return f"{capital(rows)} of implausible cost {verb} {part} of all logged cost", lead
    most = max(odd, key=lambda one: one["count"])
    return f"{KINDS[most['key']][0]}: {counted(most['count'], 'row')}", lead


def trust(record: Json) -> Head:
    """Rejections, freshness, gaps, copies."""
    fresh, limits = record["freshness"], record["thresholds"]
    whole = record["rows"] + record["rejected"]
    remarks = []
    if record["rejected"]:
        remarks.append(f"{share(record['rejected'], whole)} of the rows were rejected")
    if fresh["behind"] > limits["stale_days"]:
        remarks.append(f"the last row is {counted(fresh['behind'], 'day')} old")
    if fresh["gaps"]:
        remarks.append(f"{counted(fresh['gaps'], 'day')} {_are(fresh['gaps'])} without rows")
    if fresh["repeated_rows"]:
        number = fresh["repeated_rows"]
        remarks.append(f"{counted(number, 'row')} {_are(number)} repeated")
    nothing = "Nothing was rejected, late, lost or doubled"
    if not fresh["due"]:
        nothing = "Nothing was rejected, lost or doubled"
    heading = capital(joined(remarks)) if remarks else nothing
    verb = "were" if whole > 1 else "was"
    over = counted(days_of(record), "day")
    return heading, f"{capital(counted(whole, 'row'))} over {over} {verb} held against the rules."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


KINDS = {
    "dear": ("Cost per token far above the model’s usual", "priced row"),
    "cheap": ("Cost per token far below the model’s usual", "priced row"),
    "cost without tokens": ("A cost, but no tokens", "row"),
    "tokens without cost": ("Tokens, but a cost of zero", "row"),
    "ahead of as_of": ("Later than the day the data are due", "row"),
    "before its parent": ("Began before its parent did", "row with a parent"),
    "parent unknown": ("Its parent is not in the data", "row with a parent"),
    "repeated": ("Equal to another row in all but the key", "row"),
}
"""What each kind of implausible row is called, and among which it is counted."""


def volume_alt(record: Json) -> str:
    """The series in words."""
    found = record["volume"]
    rows = sorted(one["rows"] for one in found["days"])
    middle = rows[len(rows) // 2]
    text = (
        f"Rows per day from {day(record['first'])} to {day(record['last'])}: between "
        f"{count(rows[0])} and {count(rows[-1])}, median {count(middle)}. "
    )
    if not found["judged"]:
        return f"{text}No day is judged: {found['reason']}."
    events = [volume_clause(event) for event in found["events"]]
    said = "; ".join(events) if events else "none"
    return f"{text}Days out of line, of {count(found['judged'])} judged: {said}."


def mix_alt(found: list[Json], words: list[str]) -> str:
    """The changes of shares in words."""
    rows = [
        f"{mix['column'].replace('_', ' ')} {mix['changes'][0]['value']}: {said}, "
        f"p {p_value(mix['p_value'])}"
        for mix, said in zip(found, words, strict=True)
    ]
    return f"Changes of shares with intervals. {'; '.join(rows)}."


def limits(record: Json) -> str:
    """The thresholds, as the method tells them."""
    found = record["thresholds"]
    return (
        f"At most {declared(found['max_missing'])} missing and {declared(found['max_rejected'])} "
        f"rejected; at least {count(found['min_days'])} days for trends and content, "
        f"{count(found['min_persons'])} persons for experiments, segments and learning; at least "
        f"{declared(found['min_explained'])} of priced rows explained, and at most "
        f"{declared(found['dear_share'])} of all cost in implausible rows; the last row at most "
        f"{count(found['stale_days'])} days old. More than half of the "
        "rows missing or rejected is not fit."
    )
