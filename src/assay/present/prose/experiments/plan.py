"""The plan in words: which look this is, what it may say, and what the end will probably say."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import PERCENT, about, as_printed, chance, count, day, declared
from assay.present.prose.experiments.basis import arm_name, level_of, unit_words
from assay.present.prose.words import capital, in_words, inside

Json = dict[str, Any]

SPENDINGS: Final[dict[str, str]] = {
    "obrien-fleming": "O’Brien and Fleming’s type, which spends little early",
    "pocock": "Pocock’s type, which spends about evenly",
    "power": "alpha · t², which spends little early",
}


def state(record: Json) -> Json | None:
    """Where the plan stands, None in a record that has none."""
    plan = record.get("plan")
    return plan["state"] if plan else None


def look(record: Json) -> str:
    """For the head: `look 2 of 4`, `valid at every look`, `one planned look`."""
    found = state(record)
    if found is None or found["design"] == "once":
        return "one planned look"
    if found["design"] == "anytime":
        return "valid at every look"
    if found["look"] is None:
        if found["looks"] == 1:
            return "before the only look"
        return f"before the first of {found['looks']} looks"
    return f"look {found['look']} of {found['looks']}"


def is_told(record: Json) -> bool:
    """Whether there is more to say than that there was one look."""
    found = state(record)
    return found is not None and (found["design"] != "once" or bool(found["waiting"]))


def heading(record: Json) -> str:
    """What the reader of a running experiment wants to know first."""
    plan = record["plan"]
    found, advice = plan["state"], plan["advice"]
    if found["waiting"]:
        return f"No answer is due yet: {as_printed(found['waiting'])}"
    where = capital(look(record)) if found["design"] == "group-sequential" else "So far"
    metric = inside(advice["metric"]) if advice["metric"] else ""
    told = {
        "stop for harm": f"stop for harm, {metric} is worse",
        "stop for futility": f"going on is of little use for {metric}",
        "stop": f"the answer on {metric} holds, and nothing more is needed",
        "none": "all that was planned has come in",
    }.get(advice["action"])
    if told:
        return f"{where}: {told}"
    first = _open(record)
    if first is None:
        return f"{where}: the answer is still open"
    guarded = first["role"] == "guardrail"
    end = "harmless" if guarded else "better"
    return (
        f"{where}: {inside(first['metric'])} is still open; the end shows it to be {end} with a "
        f"chance of {chance(first['better'])}"
    )


def lead(record: Json) -> str:
    """How far the plan is, what comes next, and when."""
    plan = record["plan"]
    found, advice = plan["state"], plan["advice"]
    units = unit_words(record)
    said = []
    if found["planned_n"]:
        whole = count(found["planned_n"])
        size = "planned" if found["declared"] else "supposed"
        have = "has" if found["n"] == 1 else "have"
        said.append(f"{count(found['n'])} of {whole} {size} {units} {have} been counted.")
    if found["held"] and found["seen"] and found["held"] != found["seen"]:
        over = "came after the end and do not count"
        rest = over if ended(record) else "wait for the next one"
        said.append(
            f"The answer stands as of the look on {day(found['held'])}; data until "
            f"{day(found['seen'])} {rest}."
        )
    if advice["action"] in {"go on", "none"}:
        if found["next_look"]:
            said.append(f"The next look is expected on {day(found['next_look'])}.")
        elif found["end"] and advice["action"] == "go on":
            said.append(f"At the present pace the end is reached on {day(found['end'])}.")
    if found["overrun"]:
        said.append(
            "More came than was planned: the last bound belongs to the data as they are, and no "
            "look follows."
        )
    return " ".join(said)


def schedule_caption(record: Json) -> str:
    """How to read the table of looks."""
    found = record["plan"]["state"]
    return (
        f"All looks together err {declared(record['alpha'])} of the time at most. Spent: the part "
        f"of it that is used up by each look ({SPENDINGS[found['spending']]}). Bound: standard "
        "errors from zero at which a difference counts; looks to come at their planned sizes."
    )


def outlook_caption(record: Json) -> str:
    """How to read the table of what the end will say."""
    planned = next((one["planned_effect"] for one in record["plan"]["outlooks"]), None)
    hoped = f", or as large as was hoped for ({declared(planned)})" if planned else ""
    return (
        "Chance that the end of the plan finds an effect beyond what matters, were the true effect "
        f"as it looks now{hoped}, or none; and what follows from the data alone."
    )


def peeking(record: Json) -> str:
    """What chances to win are worth to somebody who stops when they please."""
    found = record["plan"]["state"]["peeking"]
    if not found:
        return ""
    return (
        f"Whoever stops as soon as a chance to win of {declared(found['threshold'])} is seen for "
        f"either side, over {_looks(found['looks'])} and by a flat prior, does so in "
        f"{PERCENT.number(found['error'], 0)} of tests in which there is no difference. Chances "
        "are beliefs of the moment; the intervals of this report hold at every look."
    )


def _looks(number: int) -> str:
    return "one look" if number == 1 else f"{count(number)} looks"


def ended(record: Json) -> bool:
    """Whether the last of the planned looks was made."""
    found = (record.get("plan") or {}).get("state")
    if not found or found["looks"] is None:
        return False
    return bool(found["look"] == found["looks"])


def method(record: Json) -> str:
    """What keeps the intervals true over all looks."""
    found = state(record)
    percent, wrong = level_of(record), declared(record["alpha"])
    if found is None or found["design"] == "once":
        return (
            f"The {percent} intervals hold for one planned look. Whoever looks again while data "
            f"come in, and stops when the answer pleases, errs more often than {wrong} of the time."
        )
    if found["design"] == "anytime":
        why = "" if found["declared"] else f" ({as_printed(found['reason'])})"
        return (
            f"More data may come{why}, so that the {percent} intervals are those of a confidence "
            "sequence: they hold at all looks together, whenever and however often somebody looks. "
            f"It is narrowest at {count(found['planned_n'])} units, a size fixed before the data."
        )
    if found["looks"] == 1:
        return (
            f"One look was planned, at which all of the {wrong} is spent: the {percent} intervals "
            "hold for it alone."
        )
    return (
        f"{capital(in_words(found['looks']))} looks were planned, and the {percent} intervals hold "
        f"at all of them together: each spends its part of the {wrong}, by a function of "
        f"{SPENDINGS[found['spending']]}. The bounds are computed exactly from the sizes of the "
        "looks as they were. p-values are the least error at which this look’s bound is crossed."
    )


def sources(record: Json) -> str:
    """Whom the rule is due to."""
    found = state(record)
    if found is None or found["design"] == "once":
        return ""
    if found["design"] == "anytime":
        return "Robbins (1970), Ann. Math. Stat. 41; Waudby-Smith et al. (2024), Ann. Stat. 52"
    return (
        "Lan and DeMets (1983), Biometrika 70; Jennison and Turnbull (2000), Group Sequential "
        "Methods"
    )


def duration(record: Json) -> str:
    """How much is still to come, in units; "" where that is not known."""
    more = record["plan"]["advice"]["more"]
    return f"about {about(more)} more {unit_words(record)}" if more else ""


def arm_of(outlook: Json, record: Json) -> str:
    """The arm, where there are several to tell apart."""
    return arm_name(outlook["arm"]) if len(record["arms"]) > 2 else ""


def _open(record: Json) -> Json | None:
    """The outlook of what the decision waits for: a primary metric, or else a guardrail."""
    waiting = {
        body["metric"]
        for body in record["comparisons"]
        if body["arm"] == record["arm"] and body["verdict"] == "undecided"
    }
    mine = [
        one
        for one in record["plan"]["outlooks"]
        if one["arm"] == record["arm"] and one["metric"] in waiting
    ]
    order = {"primary": 0, "guardrail": 1}
    return min(mine, key=lambda one: order.get(one["role"], 2), default=None)
