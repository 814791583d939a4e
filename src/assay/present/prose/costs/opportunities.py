"""What is said of savings: how much, how sure, what may go wrong, what would confirm them."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from assay.core.units import USD
from assay.present.format import MINUS, PERCENT, about, as_printed, count, level, period
from assay.present.prose.costs.money import between, spread
from assay.present.prose.words import capital, counted, inside, joined, noun_of, plural_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

GOOD: Final = frozenset({"advised", "try"})
KINDS: Final = {
    "model": "a cheaper model",
    "provider": "another provider",
    "tier": "another tier",
    "caching": "caching of prompts",
    "prompts": "shorter prompts",
    "outputs": "shorter answers",
    "batch": "batches",
    "retries": "fewer retries",
    "failures": "fewer failing calls",
    "duplicates": "duplicate work",
    "idle": "idle work",
}
EVIDENCE: Final = {
    "randomised": "randomised",
    "paired": "same items",
    "before-after": "before–after",
    "association": "association",
    "rule": "rule",
}
_STATES: Final = {"advised": "advised", "try": "try it first"}
_NOTHING: Final = 0.005
"""USD a month that are not told."""
_NEGATIVE: Final = re.compile(r"(?<![\w.])-(?=\d)")


def sentence(one: Json, record: Json) -> str:
    """`$9.8 [8.9, 10.7] a month could be saved at planner: shorten the longest prompts; …`."""
    key = one["key"].removeprefix("opportunity/")
    found = next(o for o in record["opportunities"]["found"] if o["key"] == key)
    state = "" if one["state"] == "advised" else "; to be tried first"
    whom = f" at {found['whom']}" if found["whom"] else ""
    return f"{a_month(found['saving'])} could be saved{whom}: {found['what']}{state}"


def named(one: Json) -> str:
    """`Planner: ask for shorter answers where they are longest`."""
    return f"{one['whom']}: {one['what']}" if one["whom"] else capital(one["what"])


def a_month(size: Json | None) -> str:
    """`$9.8 [8.9, 10.7] a month`."""
    return f"{spread(size)} a month"


def good(opportunities: Json) -> list[Json]:
    """What is advised or to be tried, ranked by money."""
    return [one for one in opportunities["found"] if one["state"] in GOOD]


def heading(opportunities: Json) -> str:
    """What is shown to save, and what would have to be tried for how much at most."""
    found = good(opportunities)
    if not found:
        return "No evidence of a saving"
    sure = [one for one in found if one["state"] == "advised"]
    rest = len(found) - len(sure)
    if not rest:
        return f"{shown(sure)}{_share(opportunities['together'], opportunities['spend'])}"
    worth = "is worth a trial" if rest == 1 else "are worth a trial"
    most = f"{capital(counted(rest, 'step'))} {worth}, {at_most(opportunities)} at most"
    return f"{shown(sure)}; {inside(most)}" if sure else f"{most}; none is shown to save"


def shown(sure: Sequence[Json]) -> str:
    """`One step saves $0.38 [0.34, 0.42] a month`, `Two steps are shown to save`."""
    if len(sure) == 1:
        return f"One step saves {a_month(sure[0]['saving'])}"
    return f"{capital(counted(len(sure), 'step'))} are shown to save"


def at_most(opportunities: Json) -> str:
    """`$110 a month`: the upper end of all steps together, should every trial confirm its own."""
    return f"{between(opportunities['together']).split(' to ')[-1]} a month"


def lead(opportunities: Json) -> str:
    """Whose volume it is, and what the intervals know."""
    days = counted(round(opportunities["days"]), "day")
    return (
        f"At the volume of the last {days} ({period(opportunities['first'], opportunities['last'])}"
        f"). Intervals ({PERCENT.number(opportunities['confidence'], 0)}) know how "
        f"{opportunities['unit']}s differ and how volume varies between periods; each is for one "
        "step alone. Steps that concern the same calls do not add up: “left” is what a step still "
        "saves once those above it are taken, and the most in the heading is the upper end of the "
        "sum of these, should every trial confirm its step."
    )


def saving(one: Json) -> str:
    """`$9.8 [8.9, 10.7]`, `not known`."""
    return "not known" if one["saving"] is None else spread(one["saving"])


def left(one: Json) -> str:
    """What is left of it, or that nothing before it concerns the same calls."""
    return "all of it" if one["left"] is None else spread(one["left"])


def state(one: Json) -> str:
    """`advised`, `try it first`."""
    return _STATES.get(one["state"], str(one["state"]))


def printed(text: str) -> str:
    """A recorded reason with its numbers as they are printed here."""
    return _NEGATIVE.sub(MINUS, as_printed(text))


def why(one: Json) -> str:
    """The reason as a sentence, and what may go wrong."""
    risks = "; ".join(one["risks"])
    return f"{capital(printed(one['reason']))}. But: {risks}."


def confirmed(one: Json) -> str:
    """The experiment: what it measures, on whom, how many, how long."""
    trial = one["trial"]
    if trial is None:
        return ""
    guard = f", and {printed(trial['guard'])}" if trial["guard"] else ""
    text = f"{capital(trial['design'])}: {trial['metric']}{guard}"
    if trial["per_arm"] is None:
        return f"{text}. Size: {trial['reason']}."
    days = "" if trial["days"] is None else f", about {about(trial['days'])} days at this pace"
    per_arm = f"{count(trial['per_arm'])} {plural_of(noun_of(trial['unit']))}"
    return f"{text}. {per_arm} in each arm{days}."


def nothing(opportunities: Json) -> list[str]:
    """A sentence for each kind that was looked for and not found: for whom, and why."""
    order = list(KINDS)
    rest = [one for one in opportunities["found"] if one["state"] not in GOOD]
    rest.sort(key=lambda one: (order.index(one["kind"]), one["state"], one["reason"]))
    told = []
    for (kind, verdict), group in groupby(rest, key=lambda one: (one["kind"], one["state"])):
        parts = [
            f"{_whom(list(same))}: {printed(reason)}"
            for reason, same in groupby(group, key=lambda one: one["reason"])
        ]
        head = "no evidence of a saving" if verdict == "no evidence" else verdict
        told.append(f"{capital(KINDS[kind])}: {head}. {capital('; '.join(parts))}.")
    told += [
        f"{capital(KINDS[one['kind']])}: not looked for, as {printed(one['reason'])}."
        for one in opportunities["not_looked"]
    ]
    if left := opportunities.get("agents_left", 0):
        told.append(f"{capital(counted(left, 'agent'))} that cost least are not looked at singly.")
    return told


def _whom(group: Sequence[Json]) -> str:
    """For whom, with the money that is known: `writer (+$0.01 [−0.06, +0.08])`.

    Where it would surely save money, and something else speaks against it, that is at stake.
    """
    return joined([f"{one['whom'] or 'all calls'}{_at_stake(one['saving'])}" for one in group])


def _at_stake(size: Json | None) -> str:
    if size is None or all(abs(size[end] or 0.0) < _NOTHING for end in ("low", "high")):
        return ""
    if (size["low"] or 0.0) > 0:
        return f" (at stake: {spread(size)})"
    return f" ({spread(size, signed=True)})"


def cache_lead(caching: Json) -> str:
    """How much of the prompts stood in a start that was seen before."""
    tokens = count(caching["tokens"])
    kind = (
        f"in blocks of {count(caching['block'])} tokens"
        if caching["block"]
        else "by the hash of their start"
    )
    return (
        f"{PERCENT.number(caching['seen'], 1)} of {tokens} prompt tokens of "
        f"{count(caching['requests'])} calls stood in a start that was seen before ({kind}); "
        f"{PERCENT.number(caching['read'], 1)} were read from the provider’s cache."
    )


def cache_course(caching: Json) -> str:
    """How the share falls with how long a cache keeps what is not used, and with its size."""
    times = ", ".join(
        f"{PERCENT.number(one['share'], 1)} for {duration(one['seconds'])}"
        for one in caching["times"]
    )
    sizes = ", ".join(
        f"{PERCENT.number(one['share'], 1)} of {count(one['size'])}" for one in caching["sizes"]
    )
    return f"Held if kept after the last use: {times}. Held by a cache of so many tokens: {sizes}."


def duration(seconds: float) -> str:
    """`30 s`, `5 min`, `1 h`, `1 day`."""
    for size, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{count(seconds / size)} {name}"
    return f"{count(seconds)} s"


def told(opportunities: Json) -> str:
    """All that was found, as alternative text."""
    return "; ".join(
        f"{named(one)} {a_month(one['saving'])}, {state(one)}" for one in good(opportunities)
    )


def method(opportunities: Json) -> str:
    """How savings were reckoned, and of how many."""
    part = ""
    if opportunities["part"] < 1:
        looked_at = PERCENT.number(opportunities["part"], 1)
        part = (
            f"There are very many calls: those of {looked_at} of the {opportunities['unit']}s, "
            "drawn at random, stand for all. "
        )
    return part + (
        "A saving is reckoned call by call at list prices, summed over random groups of "
        f"{opportunities['unit']}s and periods (weeks, or days where there are few), and taken to "
        "an average month. Its variance is that between groups plus that between periods less "
        "that of single cells (two-way clusters, Cameron, Gelbach and Miller (2011); random "
        "groups, Wolter (2007)), its interval Student’s with Satterthwaite’s degrees of freedom. "
        "The level of the best quarter is chosen by one half of the groups and measured in the "
        "other. Caching is a replay: a start counts as read where the same start, of the same "
        "provider and model, was used within five minutes, and as written, at the price of "
        "writing, where not. What the following step saves of a call shrinks with what the steps "
        "before leave of its cost."
    )


def _share(size: Json | None, spend: Json | None) -> str:
    if size is None or spend is None or not spend["value"]:
        return ""
    share = PERCENT.number(size["value"] / spend["value"], 0)
    return f" ({share} of {level(USD).number(spend['value'], 0)})"
