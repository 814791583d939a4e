"""What is said of giving work to a cheaper model: what is shown, and what is only to be tried."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Any, Final

from assay.core.units import SHARE
from assay.present.format import NOTHING, PERCENT, POINTS, change, count, declared
from assay.present.prose.costs.money import spread
from assay.present.prose.words import capital, counted, noun_of

if TYPE_CHECKING:
    from assay.present.theme import Meaning

Json = dict[str, Any]

_USUAL: Final = ("standard", "default", "(none)")


def heading(found: Json) -> str:
    """What there is to do, with what the first of it saves."""
    moves = found["moves"]
    advised, tried = (
        [move for move in moves if move["state"] == state] for state in ("advised", "try")
    )
    if advised:
        first = advised[0]
        others = f"; {counted(len(advised) - 1, 'more switch')} too" if len(advised) > 1 else ""
        return (
            f"{first['work']}: {short(first, 'candidate')} does as well as "
            f"{short(first, 'current')}, and saves {spread(first['saving'])} a month{others}"
        )
    if tried:
        first = tried[0]
        return (
            f"No cheaper model is shown to do as well; {counted(len(tried), 'switch')} could be "
            f"tried, the first for {spread(first['saving'])} a month ({first['work']})"
        )
    if any(move["state"] == "no evidence" for move in moves):
        return "No evidence that a cheaper model would save"
    if moves or found["idle"]:
        return "What cheaper models would save cannot be told yet"
    return "No cheaper model did the same work"


def lead(found: Json) -> str:
    """The margin, how many were compared, and what could not be."""
    compared = (
        f"{capital(counted(found['compared'], 'pair'))} of models tried the same items; others are "
        "compared"
        if found["compared"]
        else "Models are compared over items that both tried, and others"
    )
    text = (
        f"A cheaper model may lose {points(found['margin'])} of success at most, as declared. "
        f"{compared} within like work, which is an association, so that at most an experiment is "
        "proposed."
    )
    if found["part"] < 1:
        whose = "users" if found["users"] == "user_id" else "units"
        looked_at = PERCENT.number(found["part"], 1)
        text += (
            f" There are very many requests: like work is that of {looked_at} of the {whose}, "
            "drawn at random; what a month costs is of all."
        )
    if found["untold"]:
        more = capital(counted(found["untold"], "more switch"))
        text += f" {more} were looked at; those told save most, or are least unclear."
    if found["idle"]:
        pairs = capital(counted(found["idle"], "pair"))
        text += f" {pairs} of models have no work that goes on for weeks, of which a month is told."
    if found["unseen"]:
        pairs = counted(found["unseen"], "pair")
        text += f" {capital(pairs)} of models had too little work in common to be compared."
    return text


def short(move: Json, side: str) -> str:
    """`gpt-5.4-mini`; with its provider where that changes, and a tier that is not usual."""
    provider, model, tier = move[f"{side}_values"]
    where = f" at {provider}" if move["kind"] == "provider" else ""
    usual = move["kind"] != "tier" and tier in _USUAL
    return f"{model}{where}{'' if usual else f' ({tier})'}"


def points(share: float) -> str:
    """`2 points`."""
    return declared(share).removesuffix("%") + "points"


def quality(move: Json) -> str:
    """`−0.4 points [−0.8, +0.1]`."""
    size = move["quality"]
    if size is None:
        return NOTHING
    written = change(SHARE)
    places = written.decimals(size["low"], size["high"])
    ends = written.interval(size["low"], size["high"], places)
    return f"{written.number(size['value'], places, signed=True)} {ends}"


def saving(move: Json) -> str:
    """`$10.60 [9.50, 11.70] a month`."""
    return NOTHING if move["saving"] is None else f"{spread(move['saving'])} a month"


def seen(move: Json) -> str:
    """`over 60 of the same items`."""
    if move["seen"] == "paired":
        return f"over {counted(move['n'], 'item')} that both tried"
    return f"within like work, {count(move['n'])} requests"


def cost(move: Json) -> str:
    """`64 % [63, 65] of the cost`."""
    size = move["cost_ratio"]
    return NOTHING if size is None else f"{spread(size, SHARE)} of the cost"


def trial(move: Json) -> str:
    """`A/B test of 2 574 users in each arm`."""
    plan = move["trial"]
    if plan is None:
        return NOTHING
    unit = noun_of(plan["unit"])
    if plan["per_arm"] is None:
        return f"{plan['design']}: {plan['reason']}"
    if plan["design"] == "replay":
        return f"replay of {counted(plan['per_arm'], unit)} by both"
    return f"A/B test of {counted(plan['per_arm'], unit)} in each arm"


def sure(found: Json) -> str:
    """How often advice errs, and what trials are sized for."""
    alpha = PERCENT.number(found["alpha"], 0)
    text = (
        "That any model is advised whose success is lower by the margin or more happens at most "
        f"{alpha} of the time, over all pairs together; intervals of success are those whose lower "
        f"end that test uses ({_close(found['level'])})."
    )
    plans = [move["trial"] for move in found["moves"] if move["trial"]]
    if plans:
        power = PERCENT.number(plans[0]["power"], 0)
        text += (
            f" Trials are sized so that an equally good model passes in {power} of them, and that "
            f"all together pass a worse one at most {alpha} of the time."
        )
    return text


def _close(level: float) -> str:
    """A level that may be very near to 1, in percent, never rounded up to all of it."""
    return PERCENT.number(level, min(max(1, ceil(-log10(1 - level)) - 1), 6))


def method(found: Json) -> str:
    """How it was done."""
    return (
        "Models, providers and tiers that did the work of one agent are compared pair by pair. "
        "Over the same items, success is compared by Tango’s score interval, averages of several "
        "attempts by Student’s; items on which one was asked because the other failed are "
        "recognised by how it did elsewhere, and prove nothing. Like work is of one user type, "
        "template, operation and four weeks, weighted as the dearer model did it, with variances "
        "over groups of users; retries are left out. A month’s spend is carried on from the last "
        "eight weeks, with what weeks differ by; what of it remains is the ratio of costs of the "
        "same work, at the list prices of the last day where both have them. "
        f"The allowed loss of success was {points(found['margin'])}; calls for evaluation are no "
        "work to be given away."
    )


def axes() -> tuple[str, str]:
    """Of the two charts."""
    return f"success of the cheaper one against the dearer,{POINTS.after}", "saved a month, USD"


def reading(move: Json, found: Json) -> Meaning:
    """What is known of the loss: small enough, too large, or neither."""
    if move["state"] == "advised":
        return "better"
    size = move["quality"]
    worse = size is not None and size["value"] < -found["margin"]
    return "worse" if worse else "undecided"
