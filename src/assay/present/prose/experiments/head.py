"""The head of an A/B report: the finding as a title, the decision, and the headline numbers."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.core.units import SHARE
from assay.present.format import NOTHING, PERCENT, count, days, p_value, period
from assay.present.prose.experiments.clauses import clause, title
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import agreed, capital, in_words, inside, joined, noun_of, plural_of
from assay.present.theme import tone

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

LOOK: Final = "one planned look"
MOST_TILES: Final = 4
CLAUSES: Final = 2
"""Findings that a title holds; the others are counted."""

_TONES: Final[dict[str, Tone]] = {
    "ship": "good",
    "keep": "neutral",
    "undecided": "neutral",
    "blocked": "attention",
}


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    verdict, arm = record["verdict"], record["arm"]
    own = readings(record, arm=arm)
    harmed = any(r.state == "worse" for r in own)
    mood: Tone = "bad" if verdict == "keep" and harmed else _TONES[verdict]
    return Brief(
        kind="Experiment",
        subject=record["experiment"] or f"{joined(_treated(record))} against {record['control']}",
        state=verdict,
        tone=mood,
        needs_decision=verdict != "undecided",
        evidence="randomised",
        title=_title(record, own),
        subtitle=subtitle(record),
        data_through=(record["last"] or "")[:10],
        look=LOOK,
        decision=Decision(
            title=_action(record),
            text=_text(record, own),
            note=_note(record, own),
            tone=mood,
            facts=tuple(_facts(record, own)),
        ),
        tiles=tuple(_tile(r) for r in _headline(own)),
    )


def subtitle(record: Json) -> str:
    """What, compared with what, how many, and when."""
    units = counted_units(record)
    when = ""
    if record["first"] and record["last"]:
        length = days(record["first"], record["last"])
        span = period(record["first"], record["last"])
        when = f" over {length} {'day' if length == 1 else 'days'}, {span}"
    treated = _treated(record)
    arms = f"{'Variant' if len(treated) == 1 else 'Variants'} {joined(treated)}"
    return f"{arms} against {record['control']}, {units}{when}."


def counted_units(record: Json) -> str:
    """`48 210 users`, and the rows behind them where a unit has several."""
    noun = unit_noun(record)
    units = f"{count(record['n'])} {noun if record['n'] == 1 else plural_of(noun)}"
    if record["rows"] > record["n"] and noun != "row":
        return f"{units} ({count(record['rows'])} rows)"
    return units


def unit_noun(record: Json) -> str:
    """What is counted, in one word."""
    return noun_of(record["unit"])


def _treated(record: Json) -> list[str]:
    return [arm for arm in record["arms"] if arm != record["control"]]


def _primaries(own: list[Reading]) -> list[Reading]:
    return [r for r in own if r.role == "primary"] or own


def _guardrails(own: list[Reading]) -> list[Reading]:
    return [r for r in own if r.role == "guardrail"]


def _action(record: Json) -> str:
    return {
        "ship": f"Ship {record['arm']}",
        "keep": f"Keep {record['control']}",
        "undecided": "Not decided yet",
        "blocked": "No answer from these data",
    }[record["verdict"]]


def _title(record: Json, own: list[Reading]) -> str:
    verdict = record["verdict"]
    if verdict == "blocked":
        return f"{_action(record)}: {_blocked(record)}"
    telling = _telling(record, own)
    said = [clause(r) for r in telling[:CLAUSES]]
    if len(telling) > CLAUSES:
        said.append(f"{in_words(len(telling) - CLAUSES)} more {_likewise(telling[0])}")
    return f"{_action(record)}: {joined(said)}" + (
        _guarded(own, apart=len(said) > 1) if verdict == "ship" else ""
    )


def _telling(record: Json, own: list[Reading]) -> list[Reading]:
    """The comparisons that the verdict rests on."""
    primaries, guardrails = _primaries(own), _guardrails(own)
    if record["verdict"] == "ship":
        return [r for r in primaries if r.state == "better"] or primaries
    if record["verdict"] == "keep":
        harmed = [r for r in (*guardrails, *primaries) if r.state == "worse"]
        return harmed or [r for r in primaries if r.state in {"small", "no gain"}] or primaries
    return [r for r in primaries if r.state in {"undecided", "silent"}] or primaries


def _likewise(first: Reading) -> str:
    return {
        "better": "improve",
        "worse": "get worse",
        "small": "change too little to matter",
        "no gain": "gain nothing that matters",
    }.get(first.state, "are open")


def _guarded(own: list[Reading], *, apart: bool) -> str:
    guardrails = _guardrails(own)
    still = [r for r in guardrails if r.state not in {"better", "within"}]
    if not guardrails:
        return ""
    if not still:
        return f"{';' if apart else ', and'} no guardrail is harmed"
    return f"; {open_metrics(still)}"


def open_metrics(still: list[Reading]) -> str:
    """`rating and escalations are still open`."""
    names = joined([inside(r.metric) for r in still])
    return f"{names} {'are' if len(still) > 1 else agreed('is', still[0].metric)} still open"


def _blocked(record: Json) -> str:
    if not record["sample_ratio"]["ok"]:
        return "the arms do not have the sizes that were planned"
    return inside(record["reason"].rstrip("."))


def _text(record: Json, own: list[Reading]) -> str:
    if record["verdict"] == "blocked":
        return _blocked_text(record)
    said = [_consequence(r) for r in _telling(record, own)[:CLAUSES]]
    others = [r for r in own if r not in _telling(record, own)]
    said += [
        f"{title(r)}." for r in others if r.role != "guardrail" and r.state in {"better", "worse"}
    ][:1]
    said += [f"{title(r)}." for r in _elsewhere(record, own)]
    still = [r for r in others if r.state in {"undecided", "silent"}]
    if still:
        said.append(f"{capital(open_metrics(still))}.")
    if record["verdict"] == "undecided":
        said.append(_more(record, _telling(record, own)[0]))
    return " ".join(text for text in said if text)


def _more(record: Json, first: Reading) -> str:
    """How much more it takes, and how long that is at the pace so far."""
    needed = first.body["needed_n"]
    if needed is None:
        return "How much more data would decide it cannot be told."
    text = f"About {count(needed)} more {plural_of(unit_noun(record))} would decide it"
    if record["first"] and record["last"]:
        length = ceil(needed / record["n"] * days(record["first"], record["last"]))
        text += f", {count(length)} {'day' if length == 1 else 'days'} at the pace so far"
    return f"{text}."


def _elsewhere(record: Json, own: list[Reading]) -> list[Reading]:
    """What the other arms show on the first metric that the verdict rests on."""
    metric = _telling(record, own)[0].metric
    others = [r for r in readings(record) if r.arm != record["arm"] and r.metric == metric]
    return [r for r in others if r.state in {"better", "worse"}]


def _blocked_text(record: Json) -> str:
    arms = record["sample_ratio"]["arms"]
    seen = joined([f"{count(a['n'])} in {a['arm']}" for a in arms])
    due = joined([PERCENT.number(a["expected"], 1) for a in arms])
    return (
        f"There are {seen}, where {due} were planned. Chance alone makes such shares in fewer than "
        f"one of {count(1 / record['sample_ratio']['threshold'])} tests, so something else decides "
        f"who is counted, and the arms cannot be compared. Find out what, then run the test again."
    )


def _consequence(r: Reading) -> str:
    """What the change means in counts or amounts."""
    if r.state == "silent" or not r.from_to:
        return f"{title(r)}."
    if r.state == "undecided":
        return f"{title(r)}: the data allow both." if _straddles(r) else f"{title(r)}."
    said = f"{capital(inside(r.metric))} {agreed('goes', r.metric)} from {r.from_to}"
    ends = r.body["difference"]
    if r.body["unit"] != SHARE or ends["low"] is None or _straddles(r):
        return f"{said}."
    near, far = sorted((abs(ends["low"]), abs(ends["high"])))
    per = next((n for n in (1_000, 10_000, 100_000) if near * n >= 1), 1_000_000)
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
        return f"Sample-ratio check: p {_below(ratio['p_value'])}, limit {ratio['threshold']:g}."
    first = _telling(record, own)[0]
    if first.state == "silent":
        return f"{capital(first.reason)}."
    found, notation, decimals = first.effect
    ends = notation.span_signed(found["low"], found["high"], decimals)
    what = "lift" if first.bounded else "difference"
    return f"The interval for the {what}, {ends}, {_position(first)}."


def _position(r: Reading) -> str:
    bound, state = r.bound, r.state
    region = f"the region of no practical interest (±{bound})"
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


def _below(p: float | None) -> str:
    said = p_value(p)
    return said if said.startswith("<") else f"= {said}"


def _facts(record: Json, own: list[Reading]) -> list[Fact]:
    if record["verdict"] == "blocked":
        arms = record["sample_ratio"]["arms"]
        units = capital(plural_of(unit_noun(record)))
        return [Fact(label=f"{units} in {a['arm']}", value=count(a["n"])) for a in arms]
    noun = capital(plural_of(unit_noun(record)))
    first = _telling(record, own)[0]
    needed = first.body["needed_n"] if record["verdict"] == "undecided" else None
    counted = Fact(label=f"{noun} counted", value=count(record["n"]))
    if needed is not None:
        both = f"{count(record['n'])} / {count(record['n'] + needed)}"
        counted = Fact(label=f"{noun} so far / needed", value=both)
    posterior = first.body["posterior"]
    if posterior["p_better"] is None:
        return [counted]
    ship, keep = first.losses
    return [
        Fact(label=f"Chance that {first.arm} is better", value=first.chance),
        Fact(label="Expected loss of shipping", value=ship),
        Fact(label="Expected loss of keeping", value=keep),
        counted,
    ]


def _headline(own: list[Reading]) -> list[Reading]:
    """At most four: primaries, whatever is harmed, then as declared; shown in reading order."""
    urgent = sorted(own, key=lambda r: (r.role != "primary", r.state != "worse"))
    chosen = urgent[:MOST_TILES]
    return [r for r in own if r in chosen]


def _tile(r: Reading) -> Tile:
    if r.state in {"silent", "blocked"}:
        return Tile(
            name=r.metric,
            value=NOTHING,
            interval="",
            detail=r.word,
            tone=tone(r.meaning),
            number=None,
        )
    found, notation, decimals = r.effect
    detail = [text for text in (r.before_after, "" if r.state == "better" else r.word) if text]
    return Tile(
        name=r.metric,
        value=notation.number(found["value"], decimals, signed=True),
        interval=notation.interval(found["low"], found["high"], decimals),
        detail=" · ".join(detail),
        tone=tone(r.meaning),
        number=found["value"],
    )
