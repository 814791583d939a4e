"""What is said of where money went: who takes most, what an outcome costs, what was wasted."""

from __future__ import annotations

from typing import Any, Final

from assay.core.language import current
from assay.core.units import SHARE, USD
from assay.present.format import NOTHING, PERCENT, count, day, level, period
from assay.present.prose.costs.money import spread, usd
from assay.present.prose.words import capital, counted, in_words, joined, noun_of, plural_of

Json = dict[str, Any]

UNNAMED: Final = "(none)"
RATIOS: Final = {
    "per request": "Cost per request",
    "per 1,000 tokens": "Cost per 1 000 tokens",
    "per success": "Cost per success",
    "per rating point": "Cost per full mark of rating",
    "per session": "Cost per session",
    "per user": "Cost per user",
    "successes per 1,000 tokens": "Successes per 1 000 tokens",
    "rating per 1,000 tokens": "Full marks of rating per 1 000 tokens",
}
_COUNTED: Final = {
    "per request": "requests",
    "per 1,000 tokens": "tokens",
    "per success": "successes",
    "per rating point": "full marks",
    "per session": "sessions",
    "per user": "users",
    "successes per 1,000 tokens": "tokens",
    "rating per 1,000 tokens": "tokens",
}
WASTE: Final = {
    "failed": ("Requests that failed", "what failed"),
    "retried": ("Requests that repeat another", "repeats"),
    "abandoned": ("Sessions that were abandoned", "abandoned sessions"),
    "cacheable": ("Prompts that a cache would have had", "prompts a cache would have had"),
}


def sentence(one: Json, record: Json) -> str:
    """The sentence of a finding of this section."""
    told = record["breakdown"]
    rest = one["key"].removeprefix("breakdown/")
    if rest.startswith("wasted/"):
        return wasted_heading(told)
    if rest == "cached":
        return cached_heading(told)
    if rest == "unknown":
        return unknown(told)
    return split_heading(next(split for split in told["splits"] if split["column"] == rest))


def column(name: str) -> str:
    """`Agent`, `User type`."""
    return capital(noun_of(name))


def group_name(group: Json) -> str:
    """Its name; of requests without a value `(none)`, of those that are not told `others`."""
    return {"none": UNNAMED, "others": "others"}.get(group["kind"]) or str(group["name"])


def percent_of(share: float) -> str:
    """`50.3 %`; below a percent with a digit more."""
    return PERCENT.number(share, 1 if share >= 0.01 or not share else 2)


def split_heading(split: Json) -> str:
    """`planner takes 50.3 % of spending; three of six agents make 80 %`."""
    noun = noun_of(split["column"])
    named = [one for one in split["groups"] if one["kind"] != "others" and one["usd"] > 0]
    if not named:
        held = any(one["usd"] > 0 for one in split["groups"])
        why = "too few users stand behind each" if held else "no cost is known"
        return f"Spending by {noun} is not told: {why}"
    first = named[0]
    name = group_name(first)
    who = f"requests without {noun}" if first["kind"] == "none" else name
    verb = "take" if first["kind"] == "none" else "takes"
    head = f"{who} {verb} {percent_of(first['share'])} of spending"
    if split["values"] < 3:
        return head
    few, all_of = in_words(split["vital"]), counted(split["values"], noun)
    makes = "makes" if split["vital"] == 1 else "make"
    return f"{head}; {few} of {all_of} {makes} {PERCENT.number(split['vital_share'], 0)}"


def lead(told: Json) -> str:
    """What the section is of, and whose differences intervals know."""
    text = f"{usd(told['usd'])} for {counted(told['requests'], 'request')}"
    text += f", {period(told['first'], told['last'])}."
    if told["unknown"]:
        text += f" {unknown(told)}: they are in no amount and in no ratio."
    return text


def unknown(told: Json) -> str:
    """`Of 1 200 requests (3.1 % of tokens) no cost is known`."""
    of = counted(told["unknown"], "request")
    return f"Of {of} ({percent_of(told['unknown_tokens'])} of tokens) no cost is known"


def period_name(start: str, every: str) -> str:
    """`June 2026` of a month, `from 1 June 2026` of a week."""
    if every != "month":
        return f"from {day(start)}"
    return f"{current().months[int(start[5:7]) - 1]} {start[:4]}"


def others(split: Json, k: int) -> str:
    """What is behind `others`, empty where there are none."""
    if not split["folded"]:
        return ""
    noun = plural_of(noun_of(split["column"]))
    text = f"“others” are {count(split['folded'])} {noun} together"
    if split["small"]:
        small = counted(split["small"], "of them has", "of them have")
        text += f"; {small} fewer than {k} users and {'is' if split['small'] == 1 else 'are'} told"
        text += " with others only"
    return f"{capital(text)}."


def spent(group: Json) -> str:
    """`$1 216`, or that its cost is not known."""
    if group["unknown"] and group["unknown"] == group["requests"]:
        return "not known"
    return usd(group["usd"]) + ("+" if group["unknown"] else "")


def ratio(one: Json) -> str:
    """`$0.0153 [0.0146, 0.0159]`, or a dash."""
    if one["estimate"] is None:
        return NOTHING
    return spread(one["estimate"], one["unit"])


def ratio_of(ratios: list[Json], key: str) -> Json:
    """The ratio of this key."""
    return next(one for one in ratios if one["key"] == key)


def counted_of(one: Json) -> str:
    """`158 640 successes`, or why there is no ratio."""
    if one["estimate"] is None:
        return str(one["reason"])
    text = f"{count(round(one['n']))} {_COUNTED[one['key']]}"
    return f"{text}; {one['reason']}" if one["reason"] else text


def success_heading(told: Json) -> str:
    """`A success costs $0.0153 [0.0146, 0.0159]`."""
    one = ratio_of(told["ratios"], "per success")
    if one["estimate"] is not None:
        return f"A success costs {ratio(one)}"
    other = ratio_of(told["ratios"], "per request")
    if other["estimate"] is not None:
        return f"A request costs {ratio(other)}; what a success costs is not known"
    return "What an outcome costs is not known"


def success_lead(told: Json) -> str:
    """What intervals are over, and of whom."""
    unit = told["unit"]
    text = "Each ratio is one sum over another, of requests whose cost and outcome are known"
    if unit == "request":
        text += "; requests count as independent, as neither users nor sessions are known."
    else:
        text += f". Intervals know that a {unit}’s requests resemble each other."
    if told["part"] < 1:
        text += (
            f" Ratios come from a random {PERCENT.number(told['part'], 1)} of {plural_of(unit)}; "
            "what was spent is of all."
        )
    return text


def course(told: Json) -> str:
    """What a success cost in the first and the last whole period."""
    whole = [one for one in told["periods"] if one["complete"]] or told["periods"]
    ends = [ratio_of(one["ratios"], "per success") for one in (whole[0], whole[-1])]
    if len(whole) < 2 or any(one["estimate"] is None for one in ends):
        return f"Cost per success by {told['every']}"
    first, last = (ratio(one) for one in ends)
    of = told["every"]
    return (
        f"A success cost {first} in the {of} of {day(whole[0]['start'])}, "
        f"{last} in that of {day(whole[-1]['start'])}"
    )


def wasted_heading(told: Json) -> str:
    """`24.8 % [24.0, 25.6] of spending went to what failed`."""
    if not told["usd"]:
        return "What was spent on failures is not known: no cost is"
    kinds = [one for one in told["wasted"] if one["usd"] > 0]
    if not kinds:
        return "No spending on failed or repeated requests is in the log"
    first = kinds[0]
    if first["kind"] == "cacheable" and first["share"] is not None:
        return f"Caches could save {spread(first['share'], SHARE)} of spending, if prompts repeat"
    share = NOTHING if first["share"] is None else spread(first["share"], SHARE)
    head = f"{share} of spending went to {WASTE[first['kind']][1]}"
    rest = [one for one in kinds[1:] if one["kind"] != "cacheable"]
    if not rest:
        return head
    named = joined([f"{usd(one['usd'])} to {WASTE[one['kind']][1]}" for one in rest])
    return f"{head}; {named}"


def wasted_lead(told: Json) -> str:
    """How requests are counted."""
    text = "A request counts once, for the first that is so: it failed, repeats another"
    if any(one["kind"] == "abandoned" for one in told["wasted"]):
        text += ", belongs to a session that was abandoned"
    text += ". What of this could be saved stands under savings."
    if any(one["kind"] == "cacheable" for one in told["wasted"]):
        text += " What caches would have had is beside these, at the pace of the newest weeks."
    return text


def cached_heading(told: Json) -> str:
    """`Caches saved $752: 53.0 % of the tokens sent were read from one`."""
    cached = told["cached"]
    read = f"{percent_of(cached['share'])} of the tokens sent were read from one"
    if not cached["read_tokens"]:
        return "No prompt was read from a cache"
    if cached["net"] < 0:
        return f"Caches cost {usd(-cached['net'])} more than they saved: {read}"
    return f"Caches saved {usd(cached['net'])}: {read}"


def cached_lead(told: Json) -> str:
    """What is subtracted from what."""
    cached = told["cached"]
    text = f"At list prices, reading saved {usd(cached['saved'])} against plain input"
    if cached["surcharge"]:
        word = "cost" if cached["surcharge"] > 0 else "saved"
        text += f"; writing {word} {usd(abs(cached['surcharge']))} beyond it"
    return f"{text}."


def expenses_heading(told: Json) -> str:
    """`Other costs were $368 891: 152 times what models cost`."""
    text = f"Costs beside models were {usd(told['expenses_usd'])}"
    if told["models_share"] is not None:
        text += f"; models are {percent_of(told['models_share'])} of all costs"
    return text


def unconverted(told: Json) -> str:
    """That entries are in no sum, empty where all are."""
    left = [one for one in told["expenses"] if one["unconverted"]]
    if not left:
        return ""
    n = sum(one["unconverted"] for one in left)
    names = joined(sorted({name for one in left for name in one["currencies"]}))
    have = "is" if n == 1 else "are"
    entry = counted(n, "entry in " + names, "entries in " + names)
    return f"{capital(entry)} {have} in no sum: no rate is in force on the day (rates.yaml)."


def dollars(value: float) -> str:
    """An amount as it stands in a column."""
    return usd(value) if value else level(USD).number(0.0, 0)
