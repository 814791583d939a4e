"""The decision card of an A/B report: what to do, why, what it is worth, what would change it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Decision, Fact
from assay.core.units import SHARE
from assay.present.format import PERCENT, about, as_printed, count, day, days
from assay.present.prose.experiments.basis import (
    arm_name,
    is_open,
    open_metrics,
    p_words,
    telling,
    unit_noun,
    waiting,
)
from assay.present.prose.experiments.clauses import title
from assay.present.prose.experiments.plan import ended
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import agreed, capital, inside, joined, plural_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

FEWEST: Final = 10
"""Changed units per so many, below which a larger round number is told: two digits to read."""
SPOKEN: Final = 2
"""Metrics that the card speaks of at length."""


def decision(record: Json, own: list[Reading], tone: Tone) -> Decision:
    """The card, from the record and the readings of the arm that the verdict speaks of."""
    return Decision(
        title=action(record),
        text=_text(record, own),
        note=_note(record, own),
        tone=tone,
        facts=tuple(_facts(record, own)),
    )


def action(record: Json) -> str:
    """What to do, in two or three words."""
    return {
        "ship": f"Ship {arm_name(record['arm'])}",
        "keep": f"Keep {arm_name(record['control'])}",
        "undecided": "Not decided yet",
        "blocked": "No answer from these data",
    }[record["verdict"]]


def _text(record: Json, own: list[Reading]) -> str:
    if record["verdict"] == "blocked":
        return _blocked_text(record)
    said = [_consequence(r) for r in telling(record, own)[:SPOKEN]]
    others = [r for r in own if r not in telling(record, own)]
    said += [
        f"{title(r)}." for r in others if r.role != "guardrail" and r.state in {"better", "worse"}
    ][:1]
    said += [f"{title(r)}." for r in _elsewhere(record, own)]
    still = [r for r in others if is_open(r)]
    if still:
        said.append(f"{capital(open_metrics(still))}.")
    if record["verdict"] == "undecided":
        said.append(_more(record, waiting(record, own)))
    return " ".join(text for text in said if text)


def _more(record: Json, first: Reading) -> str:
    """How much more it takes, and how long that is at the pace so far."""
    needed = _needed(record, first)
    if needed is None and first.state == "silent":
        return ""
    if needed is None:
        return "How much more data would decide it cannot be told."
    aim = "before an interval can be given" if first.state == "silent" else "to decide"
    text = f"It takes about {about(needed)} more {plural_of(unit_noun(record))} {aim}"
    if record["first"] and record["last"]:
        length = ceil(needed / record["n"] * days(record["first"], record["last"]))
        text += f", {about(length)} {'day' if length == 1 else 'days'} at the pace so far"
    if first.state == "silent":
        return f"{text}."
    text += ": enough in four cases of five, if the change is as it looks now."
    over = " The plan has no look left: it takes a new experiment." if ended(record) else ""
    return text + over


def _needed(record: Json, r: Reading) -> int | None:
    """What the two arms need, in units of all arms, whether they have a value or not."""
    needed = r.body["needed_n"]
    return None if needed is None else ceil(needed * record["n"] / r.units)


def _elsewhere(record: Json, own: list[Reading]) -> list[Reading]:
    """What the other arms show on the first metric of the verdict, and what they harm."""
    metric = telling(record, own)[0].metric
    others = [r for r in readings(record) if r.arm != record["arm"]]
    return [
        r
        for r in others
        if (r.metric == metric and r.state in {"better", "worse"})
        or (r.role == "guardrail" and r.state == "worse")
    ]


def _blocked_text(record: Json) -> str:
    if record["sample_ratio"]["ok"]:
        stop = _stop(record)
        said = as_printed(capital(record["reason"].rstrip(".")))
        return f"{said}. {as_printed(capital(stop['remedy']))}." if stop else f"{said}."
    arms = record["sample_ratio"]["arms"]
    seen = joined([f"{count(a['n'])} in {arm_name(a['arm'])}" for a in arms])
    shares = [PERCENT.number(a["expected"], 1) for a in arms]
    due = f"{shares[0]} each" if len(set(shares)) == 1 else joined(shares)
    return (
        f"There are {seen}, where {due} were planned. Chance alone makes such shares in fewer than "
        f"one of {count(1 / record['sample_ratio']['threshold'])} tests, so something else decides "
        f"who is counted, and the arms cannot be compared.{_where(record)} Find out what, then run "
        "the test again."
    )


def _where(record: Json) -> str:
    """In which values of which columns the fault is, and since when."""
    off = [
        one
        for one in record.get("checks", ())
        if one["kind"] == "sample ratio by" and one["status"] != "passes"
    ]
    places = [f"where {one['subject'].replace('_', ' ')} is {one['where']}" for one in off]
    days_seen = sorted(one["since"] for one in off if one["since"])
    since = f", from {day(days_seen[0])} on" if days_seen else ""
    return f" It is seen {joined(places)}{since}." if places else ""


def _stop(record: Json) -> Json | None:
    """The check whose reason the verdict gives."""
    made = record.get("checks", ())
    return next((one for one in made if one["reason"] == record["reason"]), None)


def _consequence(r: Reading) -> str:
    """What the change means in counts or amounts."""
    if r.state == "silent" or not r.from_to:
        return f"{title(r)}."
    if r.state == "undecided":
        return f"{title(r)}: the data allow both." if _straddles(r) else f"{title(r)}."
    if _straddles(r):
        return f"{title(r)}."
    said = f"{capital(inside(r.metric))} {agreed('goes', r.metric)} from {r.from_to}"
    ends = r.body["difference"]
    if r.body["unit"] != SHARE:
        return f"{said}."
    near, far = sorted((abs(ends["low"]), abs(ends["high"])))
    per = next((n for n in (1_000, 10_000, 100_000) if near * n >= FEWEST), 1_000_000)
    more = "more" if ends["value"] > 0 else "fewer"
    return (
        f"{said}: {count(abs(ends['value']) * per)} {more} in every {count(per)} "
        f"({count(near * per)} to {count(far * per)})."
    )


def _straddles(r: Reading) -> bool:
    ends = r.body["difference"]
    return ends["low"] is None or ends["high"] is None or ends["low"] < 0 < ends["high"]


def _note(record: Json, own: list[Reading]) -> str:
    if record["verdict"] == "blocked":
        ratio = record["sample_ratio"]
        if ratio["ok"]:
            return "A check that failed forbids an answer; the others are told below."
        return f"Sample-ratio check: p {p_words(ratio['p_value'])}, limit {ratio['threshold']:g}."
    first = telling(record, own)[0]
    if first.state == "silent":
        return f"{capital(first.reason)}."
    found, notation, decimals = first.effect
    ends = notation.span_signed(found["low"], found["high"], decimals)
    what = "lift" if first.bounded else "difference"
    return f"The interval for the {what}, {ends}, {_position(first)}."


def _position(r: Reading) -> str:
    bound, state = r.bound, r.state
    region = f"the region of no practical interest (±{bound})"
    if bound and not r.bounded:
        return f"cannot be held against the {bound} of {r.control} that was declared"
    if r.role == "guardrail" and r.body["margin"]:
        return {
            "worse": f"lies wholly beyond the declared margin of {bound}",
            "within": f"lies wholly within the declared margin of {bound}",
        }.get(state, f"reaches beyond the declared margin of {bound}")
    if state in {"better", "worse"}:
        side = "above" if (r.body["difference"]["value"] or 0) > 0 else "below"
        return f"lies wholly {side} {f'{region} that was declared' if bound else 'zero'}"
    if state == "no gain":
        return (
            f"excludes every gain beyond {region} that was declared" if bound else "lies below zero"
        )
    if state == "small":
        return f"lies wholly inside {region} that was declared"
    return f"reaches into {region}" if bound and not _straddles(r) else "contains zero"


def _facts(record: Json, own: list[Reading]) -> list[Fact]:
    if record["verdict"] == "blocked":
        arms = record["sample_ratio"]["arms"]
        units = capital(plural_of(unit_noun(record)))
        return [Fact(label=f"{units} in {arm_name(a['arm'])}", value=count(a["n"])) for a in arms]
    noun = capital(plural_of(unit_noun(record)))
    first = telling(record, own)[0]
    held = _needed(record, waiting(record, own)) if record["verdict"] == "undecided" else None
    counted = Fact(label=f"{noun} counted", value=count(record["n"]))
    if held is not None:
        both = f"{count(record['n'])} / {about(record['n'] + held)}"
        counted = Fact(label=f"{noun} so far / needed", value=both)
    posterior = first.body["posterior"]
    if posterior["p_better"] is None or first.state == "silent":
        return [counted]
    ship, keep = first.losses
    where = "" if first.metric == own[0].metric else f" on {inside(first.metric)}"
    return [
        Fact(label=f"Chance that {arm_name(first.arm)} is better{where}", value=first.chance),
        Fact(label="Expected loss of shipping", value=ship),
        Fact(label="Expected loss of keeping", value=keep),
        counted,
    ]
