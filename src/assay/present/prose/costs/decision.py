"""What to do about money, and what that is worth: the first of what asks for a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Decision, Fact
from assay.core.language import current
from assay.present.format import PERCENT, day
from assay.present.prose.costs.money import between, percent, usd
from assay.present.prose.costs.opportunities import printed
from assay.present.prose.costs.outlook import odds, whole_usd
from assay.present.prose.words import capital, counted, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

DOUBTFUL: Final = 0.05
"""Share of tokens without any cost from which prices come before everything else."""
OVER: Final = ("exceeded", "likely over")
WORTH: Final = ("advised", "try")
MOST: Final = 2
"""Sentences on what else there is to do."""


def decide(record: Json) -> Decision:
    """Prices that are missing, then budgets, then what costs more than expected, then savings."""
    for ask in (_prices, _budget, _anomaly, _saving):
        found = ask(record)
        if found is not None:
            head, text, tone = found
            return _card(record, head, text, tone)
    movement = all_spending(record)
    if movement["state"] == "not enough data":
        why = record["spending"]["why_not"]
        return _card(record, "Wait for more data", f"{capital(why)}.", "neutral")
    text = "Nothing that was looked at asks for a decision on money."
    return _card(record, "Nothing to decide", text, "neutral")


def state_of(record: Json) -> tuple[str, Tone]:
    """The tag beside the title."""
    if _prices(record) is not None:
        return "prices missing", "attention"
    if _budget(record) is not None:
        return "over budget", "bad"
    if _anomaly(record) is not None:
        return "look into it", "attention"
    worth = savings(record)
    if worth:
        return ("save", "good") if worth[0]["state"] == "advised" else ("try", "attention")
    state = all_spending(record)["state"]
    tones: dict[str, Tone] = {"rose": "attention", "fell": "good"}
    return state, tones.get(state, "neutral")


def all_spending(record: Json) -> Json:
    """The finding on all spending, which every report has."""
    return next(one for one in record["findings"] if one["key"] == "spending/all")


def savings(record: Json) -> list[Json]:
    """What is advised or worth a trial, as it is ranked."""
    found = (record.get("opportunities") or {}).get("found", ())
    return [one for one in found if one["state"] in WORTH]


def budgets(record: Json) -> list[Json]:
    """Budgets, those in danger first, as the outlook's findings have them."""
    told = {one["name"]: one for one in (record.get("outlook") or {}).get("budgets", ())}
    names = [one["what"] for one in record["findings"] if one["key"].startswith("outlook/budget/")]
    return [told[name] for name in names if name in told]


def total(record: Json, label: str) -> Json | None:
    """A total to come: `7 days`, `30 days`, `this month`, `next month`."""
    found = (record.get("outlook") or {}).get("totals", ())
    return next((one for one in found if one["label"] == label), None)


def month_of(at: str) -> str:
    """`November`, of an ISO date."""
    return current().months[int(at[5:7]) - 1]


def _card(record: Json, head: str, text: str, tone: Tone) -> Decision:
    return Decision(title=head, text=text, note=_note(record), tone=tone, facts=_facts(record))


_Ask = tuple[str, str, "Tone"]


def _prices(record: Json) -> _Ask | None:
    cost = next((one for one in record["trust"]["checks"] if one["key"] == "cost"), None)
    if cost is None or cost["tokens"] < DOUBTFUL:
        return None
    models = record["spending"]["models_unknown"]
    named = joined(models[:3]) if models else "what has none"
    return (
        f"Add prices of {named} first",
        (
            f"{PERCENT.number(cost['tokens'], 1)} of tokens are of requests without logged cost "
            "and without price, so that every amount here is too low by theirs."
        ),
        "attention",
    )


def _budget(record: Json) -> _Ask | None:
    asked = [
        one
        for one in record["findings"]
        if one["key"].startswith("outlook/budget/") and one["needs_decision"]
    ]
    if not asked:
        return None
    told = {one["name"]: one for one in record["outlook"]["budgets"]}
    first = told[asked[0]["what"]]
    spent = f"{usd(first['spent'])} of {whole_usd(first['budget'])} are spent"
    left = f", with {counted(first['days_left'], 'day')} to go"
    when = _when(first)
    rest = "".join(f" {one['title']}." for one in asked[1:MOST])
    return capital(asked[0]["action"]), f"{spent}{left}{when}.{rest}{_also(record)}", "bad"


def _when(budget: Json) -> str:
    """`; all of it by 29 November 2026`, where that is expected."""
    whole = next((one for one in budget["crossings"] if one["share"] == 1), None)
    if whole is None or whole["day"] is None:
        return ""
    if whole["crossed"]:
        return f"; all of it was on {day(whole['day'])}"
    return f"; as things go, all of it by {day(whole['day'])}"


def _anomaly(record: Json) -> _Ask | None:
    asked = [
        one
        for one in record["findings"]
        if one["key"].startswith("anomal") and one["needs_decision"]
    ]
    if not asked:
        return None
    text = " ".join(f"{one['title']}." for one in asked[:MOST])
    return capital(asked[0]["action"]), f"{text}{_also(record)}", "attention"


def _saving(record: Json) -> _Ask | None:
    worth = savings(record)
    if not worth:
        return None
    first, *others = worth
    advised = first["state"] == "advised"
    head = f"{capital(step(first))}: {worth_of(first)}"
    if not advised:
        head = f"Try first: {step(first)}, {worth_of(first)}"
    text = f"{capital(printed(first['reason']))}."
    if not advised:
        text += " Whether it can be had is for an experiment to show."
    if others:
        text += f" Next: {'; '.join(f'{step(one)}, {worth_of(one)}' for one in others[:MOST])}."
    return head, text, "good" if advised else "attention"


def _also(record: Json) -> str:
    """What could be saved, where something else comes first."""
    worth = savings(record)
    if not worth:
        return ""
    first = worth[0]
    try_it = "" if first["state"] == "advised" else ", if a trial confirms it"
    return f" The largest saving in sight: {step(first)}, {worth_of(first)}{try_it}."


def step(one: Json) -> str:
    """`cache the prompt’s repeated start (support-bot)`."""
    return f"{one['what']} ({one['whom']})" if one["whom"] else str(one["what"])


def worth_of(one: Json) -> str:
    """`worth $12 to $18 a month`."""
    return f"worth {between(one['saving'])} a month"


def _note(record: Json) -> str:
    worth = savings(record)
    seen = "Periods are compared, so that a difference is seen, not caused."
    if worth and worth[0]["risks"]:
        return f"What could go wrong: {printed(worth[0]['risks'][0]).rstrip('.')}. {seen}"
    return seen


def _facts(record: Json) -> tuple[Fact, ...]:
    facts = []
    movement, month = all_spending(record), total(record, "this month")
    if movement["lift"] is not None:
        facts.append(Fact(label="A day costs", value=_more(movement["lift"])))
    if month is not None:
        facts.append(
            Fact(label=f"{month_of(month['first'])} will end at", value=between(month["usd"]))
        )
    known = [one for one in budgets(record) if one["probability"] is not None]
    if known:
        facts.append(
            Fact(label=f"{known[0]['name']}: over budget", value=odds(known[0]["probability"]))
        )
    together = (record.get("opportunities") or {}).get("together")
    if together is not None:
        count = len(savings(record))
        facts.append(
            Fact(
                label=f"{capital(counted(count, 'saving'))} to try, a month",
                value=f"up to {between(together).split(' to ')[-1]}",
            )
        )
    return tuple(facts[:4])


def _more(lift: Json) -> str:
    """`8 to 16 % more`, `2 % less to 4 % more`: short enough for its line."""
    low, high = lift["low"], lift["high"]
    if low is None or high is None:
        return percent(lift)
    places = PERCENT.decimals(low, high)
    if low < 0 < high:
        return f"{PERCENT.number(-low, places)} less to {PERCENT.number(high, places)} more"
    ends = (low, high) if low >= 0 else (-high, -low)
    return f"{PERCENT.span(*ends, places)} {'more' if low >= 0 else 'less'}"
