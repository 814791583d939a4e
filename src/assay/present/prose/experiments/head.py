"""The head of an A/B report: the finding as a title, the decision, and the headline numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Tile
from assay.present.format import NOTHING, days, period
from assay.present.prose.experiments import plan
from assay.present.prose.experiments.basis import (
    SIZES_DIFFER,
    are_counted,
    arm_name,
    counted_units,
    guardrails,
    open_metrics,
    telling,
    treated,
    variants,
)
from assay.present.prose.experiments.clauses import clause
from assay.present.prose.experiments.decision import action, decision
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import capital, in_words, inside, joined
from assay.present.theme import tone

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

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
        subject=record["experiment"] or _arms(record),
        state=verdict,
        tone=mood,
        needs_decision=verdict != "undecided",
        evidence="randomised",
        title=_title(record, own),
        subtitle=subtitle(record),
        data_through=(record["last"] or "")[:10],
        look=plan.look(record),
        decision=decision(record, own, mood),
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
    noun = "Variant" if len(treated(record)) == 1 else "Variants"
    named = are_counted(record) or variants(record).casefold().startswith("variant")
    arms = capital(_arms(record)) if named else f"{noun} {_arms(record)}"
    return f"{arms}, {units}{when}."


def _arms(record: Json) -> str:
    return f"{variants(record)} against {arm_name(record['control'])}"


def _title(record: Json, own: list[Reading]) -> str:
    verdict = record["verdict"]
    if verdict == "blocked":
        return f"{action(record)}: {_blocked(record)}"
    found = telling(record, own)
    if len(treated(record)) > 1 and verdict != "ship":  # to ship names its arm already
        found = [replace(found[0], named=True), *found[1:]]
    if verdict == "undecided" and found[0].state == "better":
        shown = [r for r in found if r.state == "better"]
        still = [r for r in found if r.state != "better"]
        but = f", but {_clauses(still, most=1)}" if still else ""
        return f"{action(record)}: {_clauses(shown, most=1)}{but}"
    guarded = _guarded(own, apart=len(found) > 1) if verdict == "ship" else ""
    return f"{action(record)}: {_clauses(found)}{guarded}"


def _clauses(found: list[Reading], *, most: int = CLAUSES) -> str:
    """What findings of one kind say; those beyond the first are counted."""
    said = [clause(r) for r in found[:most]]
    others = len(found) - most
    return joined([*said, _likewise(found[0], others)] if others > 0 else said)


def _likewise(first: Reading, others: int) -> str:
    alone, several = {
        "better": ("improves", "improve"),
        "worse": ("gets worse", "get worse"),
        "small": ("changes too little to matter", "change too little to matter"),
        "no gain": ("gains nothing that matters", "gain nothing that matters"),
    }.get(first.state, ("is open", "are open"))
    return f"{in_words(others)} more {f'metric {alone}' if others == 1 else f'metrics {several}'}"


def _guarded(own: list[Reading], *, apart: bool) -> str:
    guards = guardrails(own)
    still = [r for r in guards if r.state not in {"better", "within"}]
    if not guards:
        return ""
    if not still:
        return f"{';' if apart else ', and'} no guardrail is harmed"
    return f"; {open_metrics(still)}"


def _blocked(record: Json) -> str:
    if not record["sample_ratio"]["ok"]:
        return inside(SIZES_DIFFER)
    return inside(record["reason"].rstrip("."))


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
