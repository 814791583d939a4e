"""The head of a plan's report: how long it takes as a title, the decision, and the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import NOTHING, PERCENT, about, count, declared, period
from assay.present.prose.planning.words import (
    aimed,
    arms,
    cases,
    deciding,
    effect_words,
    first,
    is_margin,
    listed,
    pace,
    plan_name,
    signed,
    units_of,
    weeks,
)
from assay.present.prose.words import agreed, capital, counted, inside

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

_TONES: Final[dict[str, Tone]] = {
    "run": "good",
    "long": "attention",
    "unreachable": "bad",
    "size": "neutral",
    "unknown": "attention",
}
_STATES: Final = {
    "run": "ready",
    "long": "too long",
    "unreachable": "out of reach",
    "size": "size only",
    "unknown": "not enough history",
}
_ACTIONS: Final = {
    "run": "Run it for",
    "long": "Wait, or aim at more",
    "unreachable": "Do not start it like this",
    "size": "Find out how fast units come",
    "unknown": "No plan from these data",
}


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    verdict = record["verdict"]
    tone = _TONES[verdict]
    return Brief(
        kind="Plan",
        subject=record["experiment"] or listed([one["metric"] for one in deciding(record)[:1]]),
        state=_STATES[verdict],
        tone=tone,
        needs_decision=verdict in {"run", "long"},
        evidence="rule",
        title=title(record),
        subtitle=_subtitle(record),
        data_through=record["last"] or "",
        look=plan_name(record),
        decision=Decision(
            title=_action(record),
            text=_text(record),
            note=_note(record),
            tone=tone,
            facts=tuple(_facts(record)),
        ),
        tiles=tuple(_tiles(record)),
    )


def title(record: Json) -> str:
    """The answer as a sentence: how long, for which change."""
    one, verdict = first(record), record["verdict"]
    if verdict == "unknown":
        if record["reason"].startswith("too little"):
            return f"There is too little history to plan {inside(one['metric'])} with"
        return f"{one['metric']} cannot be planned like this"
    effect = effect_words(one)
    others = len(deciding(record)) - 1
    more = f" and in {counted(others, 'other metric')}" if others else ""
    subject = capital(arms(record))
    if verdict in {"run", "long"}:
        return f"{subject} need {weeks(record['days'])} to see {effect}{more}"
    if verdict == "size":
        size = f"{about(record['size'])} {units_of(record)}"
        return f"{subject} need {size} to see {effect}{more}"
    if not record["curve"]:
        return f"No number of {units_of(record)} shows {effect}{more}"
    return f"A year does not show {effect}{more}"


def _action(record: Json) -> str:
    if record["verdict"] == "run":
        return f"{_ACTIONS['run']} {weeks(record['days'])}"
    return _ACTIONS[record["verdict"]]


def _subtitle(record: Json) -> str:
    chance = f"a true change is seen in {cases(record['wanted'])}"
    if record["source"] == "given":
        return f"{capital(plan_name(record))}; {chance}; from values that were given by hand."
    if record["first"] is None:
        rows = f"{count(record['history_rows'])} rows"
        return f"{capital(plan_name(record))}; {chance}; from {rows} without a time."
    when = period(record["first"], record["last"])
    return f"{capital(plan_name(record))}; {chance}; from the history of {when}."


def _text(record: Json) -> str:
    one, verdict = first(record), record["verdict"]
    if verdict == "unknown":
        return f"{capital(record['reason'])}."
    said = []
    if verdict in {"run", "long"}:
        said.append(f"Expect {pace(record)}.")
        said.append(
            f"If the true change is {aimed(one['effect'])}, the interval lies beyond"
            f" {_beyond(one)} in {_chance(one)} of experiments."
        )
    elif verdict == "size":
        said.append("How long that takes depends on how fast they come, which is not known here.")
    else:
        said.append(_reachable(record))
    if verdict == "long":
        said.append(_within_reach(record))
    open_guards = [
        g for g in record["metrics"] if is_margin(g) and (g["power"] or 0.0) < record["wanted"]
    ]
    if open_guards and verdict in {"run", "long"}:
        names = listed([g["metric"] for g in open_guards])
        said.append(
            f"By then {names} {agreed('is', open_guards[0]['metric'])} unlikely to be shown within"
            f" the margin: {_when(open_guards[0])}."
        )
    return " ".join(text for text in said if text)


def _when(one: Json) -> str:
    days = one["sizes"][0]["days"] if one["sizes"] else None
    return f"that takes {weeks(days)}" if days else "that takes more than a year"


def _beyond(one: Json) -> str:
    if is_margin(one):
        return f"the margin of {declared(abs(one['bound']))}"
    if one["bound"]:
        return f"the region too small to matter (±{declared(abs(one['bound']))})"
    return "zero"


def _chance(one: Json) -> str:
    return PERCENT.number(one["power"], 0)


def _reachable(record: Json) -> str:
    one = first(record)
    last = record["curve"][-1] if record["curve"] else None
    if last is None or last["detectable"] is None:
        return f"{capital(record['reason'])}."
    return (
        f"After {weeks(last['days'])} the smallest change that is seen in {cases(record['wanted'])}"
        f" is {signed(last['detectable'])} of {inside(one['metric'])}."
    )


def _within_reach(record: Json) -> str:
    days = record["weeks"] * 7
    here = next((p for p in record["curve"] if p["days"] == days), None)
    if here is None or here["detectable"] is None:
        return ""
    return (
        f"In the {weeks(days)} that you have, a change of {signed(here['detectable'])} is seen as"
        " surely."
    )


def _note(record: Json) -> str:
    if record["verdict"] in {"unknown", "size", "unreachable"}:
        return ""
    low, high = _range(record)
    if low is None or high is None or low == high:
        return "Units are expected at the pace that the history ends with."
    return (
        f"In windows of this length the history has {count(low)} to {count(high)}"
        f" {units_of(record)}; fewer of them take longer."
    )


def _range(record: Json) -> tuple[int | None, int | None]:
    here = next((p for p in record["curve"] if p["days"] == record["days"]), None)
    return (None, None) if here is None else (here["low"], here["high"])


def _facts(record: Json) -> list[Fact]:
    found = []
    if record["size"]:
        reached = record["verdict"] != "unreachable"
        label = "in all" if reached else "that it would take"
        noun = capital(units_of(record))
        found.append(Fact(label=f"{noun} {label}", value=count(record["size"])))
    smallest = None if record["verdict"] == "unreachable" else first(record)["detectable"]
    if smallest is not None:
        found.append(Fact(label="Smallest change seen", value=signed(smallest)))
    if record["expected_days"] is not None:
        found.append(
            Fact(
                label="Ends on average after",
                value=f"{count(record['expected_days'])} days",
            )
        )
    found.append(Fact(label="Chance of a false alarm", value=declared(record["alpha"])))
    return found


def _tiles(record: Json) -> list[Tile]:
    if record["verdict"] in {"unknown", "unreachable"}:
        return []
    found = []
    if record["days"]:
        found.append(
            Tile(
                name="Length",
                value=weeks(record["days"]),
                interval="",
                detail=f"of {weeks(record['weeks'] * 7)} that you have",
                tone=_TONES[record["verdict"]],
                number=record["days"],
            )
        )
    for one in record["metrics"]:
        if len(found) == 4 or one["detectable"] is None:
            continue
        found.append(
            Tile(
                name=one["metric"],
                value=signed(one["detectable"]),
                interval="",
                detail=_tile_words(record, one),
                tone="neutral",
                number=one["detectable"],
            )
        )
    return found


def _tile_words(record: Json, one: Json) -> str:
    if is_margin(one):
        chance = NOTHING if one["power"] is None else PERCENT.number(one["power"], 0)
        return f"chance to show it within {declared(abs(one['bound']))}: {chance}"
    held = f", beyond ±{declared(abs(one['bound']))}" if one["bound"] else ""
    return f"smallest change seen in {cases(record['wanted'])}{held}"
