"""What is said of the cost of a resolved task, and of who resolves it for less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.units import SHARE, USD
from assay.present.format import NOTHING, PERCENT, chance, change, count, level
from assay.present.prose.costs.money import spread, usd
from assay.present.prose.words import capital, counted, joined, noun_of

if TYPE_CHECKING:
    from assay.present.theme import Meaning

Json = dict[str, Any]

_CORRECTIONS: Final = {
    "holm": "Holm",
    "bonferroni": "Bonferroni",
    "sidak": "Šidák",
    "hochberg": "Hochberg",
    "hommel": "Hommel",
    "bh": "Benjamini and Hochberg",
    "by": "Benjamini and Yekutieli",
}
_SAID: Final = {"lower": "cheaper", "higher": "dearer"}
MEANINGS: Final[dict[str, Meaning]] = {
    "lower": "better",
    "higher": "worse",
    "no difference seen": "undecided",
    "not compared": "muted",
}


def sentence(one: Json, record: Json) -> str:
    """`planner · gpt is among those that resolve a task for least: $0.08 [0.07, 0.09]`."""
    found = record["comparing"]
    name = found["reference"]
    cost = spread(one["size"])
    if one["state"] == "lowest":
        return f"{name} resolves a task for least: {cost}, and all others cost more, beyond chance"
    if one["state"] == "among the lowest":
        others = len(of_measure(found, "cost per resolved task"))
        dearer = _dearer(found)
        return (
            f"{name} is among those that resolve a task for least: {cost}; {count(dearer)} of "
            f"{counted(others, 'other')} cost more, beyond chance"
        )
    if one["state"] == "no difference seen":
        return (
            f"No configuration is shown to be cheaper per resolved task; {name} is lowest with "
            f"{cost}"
        )
    return "What a resolved task costs cannot be compared: too little was tried by more than one"


def heading(record: Json) -> str:
    """The finding."""
    found = record["comparing"]
    return sentence(found["findings"][0], record)


def lead(found: Json) -> str:
    """What was tried, by how many, and what is left out."""
    by = joined([noun_of(column) for column in found["by"]])
    text = (
        f"{counted(found['items'], 'item')}, {count(found['attempts'])} attempts by "
        f"{counted(len(found['configurations']), 'configuration')} ({by}): "
        f"{count(found['resolved'])} resolved for {usd(found['spent'])}."
    )
    if found["left_out"]:
        text += (
            f" {counted(found['left_out'], 'attempt')} without a cost or an outcome are left out."
        )
    none = [one for one in found["configurations"] if one["standing"] == "no task resolved"]
    if none:
        these = capital(counted(len(none), "configuration"))
        text += (
            f" {these} resolved nothing: of {'it' if len(none) == 1 else 'them'} only the least "
            "that a resolved task costs is known."
        )
    return text


def of_measure(found: Json, measure: str) -> list[Json]:
    """The pairs told of one measure."""
    return [pair for pair in found["pairs"] if pair["measure"] == measure]


def _dearer(found: Json) -> int:
    mine = of_measure(found, "cost per resolved task")
    return sum(pair["verdict"] == "higher" for pair in mine)


def cost(one: Json) -> str:
    """`$0.08 [0.07, 0.09]`; of what resolved nothing the least that it costs."""
    per = one["per_resolved"]
    if per is None:
        return NOTHING
    if per["value"] is None:
        return f"at least {usd(per['low'])}"
    return spread(per)


def made(one: Json) -> str:
    """`42 of 60 resolved, $0.05 an attempt`."""
    attempt = one["per_attempt"]
    each = "" if attempt is None else f", {usd(attempt['value'])} an attempt"
    return f"{count(one['resolved'])} of {count(one['attempts'])} resolved{each}"


def ratio(pair: Json) -> str:
    """`1.8 [1.2, 2.6]`: how many times the reference's cost."""
    size = pair["ratio"]
    if size is None:
        return NOTHING
    written = level("")
    if size["value"] is None:
        if size["low"]:
            return f"at least {written.number(size['low'], 2)}"
        return f"at most {written.number(size['high'], 2)}" if size["high"] else NOTHING
    places = min(written.decimals(size["low"], size["high"], apart_from=(1.0,)), 3)
    ends = written.interval(size["low"], size["high"], places, signed=False)
    return f"{written.number(size['value'], places)} {ends}"


def success(pair: Json | None) -> str:
    """`−4 points [−9, +1]`."""
    if pair is None or pair["difference"] is None:
        return NOTHING
    size, written = pair["difference"], change(SHARE)
    places = written.decimals(size["low"], size["high"])
    ends = written.interval(size["low"], size["high"], places)
    return f"{written.number(size['value'], places, signed=True)} {ends}"


def verdict(pair: Json) -> str:
    """`dearer (if equally dear, seen in under 0.01 % of cases)`, or why there is none."""
    words = _SAID.get(pair["verdict"], str(pair["verdict"]))
    if pair["adjusted"] is not None:
        return f"{words} (if equally dear, seen in {chance(pair['adjusted'])} of cases)"
    return f"{words}: {pair['reason']}" if pair["reason"] else words


def together(found: Json) -> str:
    """How many pairs there are, and what that does to what is told of each."""
    cost, attempt, success = found["families"]
    how = _CORRECTIONS.get(found["correction"])
    if cost["pairs"] == 1:
        return f"{found['unit'].capitalize()}s that both tried are compared, and nothing else."
    adjusted = f", p-values adjusted for their number ({how})" if how else ""
    return (
        f"Of {count(cost['pairs'])} pairs of configurations {count(cost['compared'])} share at "
        f"least {count(found['fewest'])} {found['unit']}s and are compared over these alone"
        f"{adjusted}: {count(cost['different'])} differ in cost per resolved task, "
        f"{count(attempt['different'])} in cost per attempt, {count(success['different'])} in "
        "success. Intervals of pairs hold all together, at "
        f"{PERCENT.number(found['confidence'], 0)}."
    )


def method(found: Json) -> str:
    """How it was done."""
    return (
        "The cost of a resolved task is what was spent over what was resolved; its interval joins "
        "that of the mean cost, its skewness reckoned with (Hall), and that of the success rate "
        f"(Wilson), over {found['unit']}s, repeated attempts of which count together. Two "
        "configurations are compared over what both tried, repeated attempts averaged: costs per "
        "resolved task by Fieller’s intervals of one contrast, successes item by item (McNemar’s "
        "mid-p, Tango’s interval), or as means where there are several attempts. Costs per "
        "resolved task need five resolved on either side."
    )


def axis() -> str:
    """Of the chart."""
    return f"{USD} per resolved task"
