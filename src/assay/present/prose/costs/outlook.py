"""What is said of what is to come: amounts, budgets, days on which shares are spent, scenarios."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from assay.core.language import current
from assay.core.units import USD
from assay.present.format import NOTHING, PERCENT, as_printed, count, day, declared, level, period
from assay.present.prose.costs.money import between, percent, spread, usd
from assay.present.prose.words import capital, counted, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = dict[str, Any]

SHORT: Final = 0.03
"""How much less of past sums intervals may hold than they promise before the headline says so."""


def sentence(one: Json, record: Json) -> str:
    """Of a finding: what thirty days cost, or where a budget stands."""
    outlook = record["outlook"]
    if one["key"] == "outlook/all":
        return _all(one, outlook)
    name = one["key"].removeprefix("outlook/budget/")
    return budget(next(b for b in outlook["budgets"] if b["name"] == name))


def _all(one: Json, outlook: Json) -> str:
    if one["size"] is None:
        if not outlook["refused"]:
            return "What the next 30 days cost cannot be told: not enough data for such bursts"
        return f"What is to come cannot be told: {as_printed(outlook['refused'])}"
    month = next((each for each in outlook["totals"] if each["label"] == "30 days"), None)
    short = "" if month is None else shortfall(month)
    return f"The next 30 days cost {spread(one['size'])}, as things go{short}"


def budget(one: Json) -> str:
    """Where a budget stands, without a stop."""
    name, amount = one["name"], whole_usd(one["budget"])
    when = span(one)
    state = one["state"]
    if state == "exceeded":
        past = one["crossings"][-1]
        over = usd(one["spent"] - one["budget"])
        since = f" on {day(past['day'])}" if past["crossed"] and past["share"] == 1 else ""
        more = ""
        if one["total"] is not None and one["days_left"]:
            more = f", and {between(one['total']['usd'])} are expected by its end"
        return f"{name} exceeded its {amount} for {when}{since}: by {over} so far{more}"
    if state in {"no data", "not enough data"}:
        why = as_printed(one["reason"])
        return f"Nothing can be said of {name}, {amount} for {when}: {why}"
    if state == "not begun":
        return f"{name} begins on {day(one['first'])}, too far ahead to be told"
    if not one["days_left"]:
        return f"{name} kept to its {amount} for {when}: {usd(one['spent'])}"
    verb = {"likely over": "will likely exceed", "at risk": "may exceed"}.get(state)
    if verb is None:
        return (
            f"{name} keeps to its {amount} for {when}: {spread(one['total']['usd'])} expected, "
            f"a chance of {odds(one['probability'])} to exceed it"
        )
    return (
        f"{name} {verb} its {amount} for {when}: a chance of {odds(one['probability'])}, "
        f"{spread(one['total']['usd'])} expected"
    )


def whole_usd(amount: float) -> str:
    """`$320`, and `$320.50` where it has cents: as somebody declared it."""
    if amount == round(amount):
        return level(USD).number(amount, 0)
    return usd(amount)


def span(one: Json) -> str:
    """`November 2026`, `October to December 2026` where months are whole, else its days."""
    first, last = date.fromisoformat(one["first"]), date.fromisoformat(one["last"])
    if first.day != 1 or (last + timedelta(days=1)).day != 1 or first.year != last.year:
        return period(first, last)
    months, to = current().months, current().to
    end = f"{months[last.month - 1]} {last.year}"
    return end if first.month == last.month else f"{months[first.month - 1]} {to} {end}"


def odds(probability: float | None) -> str:
    """A chance in whole percent; where past days are few, no surer than 99 %."""
    if probability is None:
        return NOTHING
    if 0 < probability < 0.01:
        return f"under {PERCENT.number(0.01, 0)}"
    if 0.99 < probability < 1:
        return f"over {PERCENT.number(0.99, 0)}"
    return PERCENT.number(probability, 0)


def heading(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on what is to come."""
    outlook = record["outlook"]
    finding = next(one for one in record["findings"] if one["key"] == "outlook/all")
    head = _all(finding, outlook)
    if outlook["refused"]:
        return head, f"{capital(counted(outlook['history'], 'complete day'))} so far."
    lead = f"From {day(outlook['days'][0]['day'])} on, by what past forecasts of such sums missed."
    seven = [one for one in outlook["totals"] if one["label"] == "7 days"]
    months = [one for one in outlook["totals"] if "month" in one["label"]]
    parts = [f"the next 7 days {spread(one['usd'])}" for one in seven]
    parts += [f"{_month(one)} {spread(one['usd'])}" for one in months]
    return head, f"{lead} {capital(joined(parts))}." if parts else lead


def _month(total: Json) -> str:
    spent = f", of which {usd(total['spent'])} are spent," if total["spent"] else ""
    return f"{period(total['first'], total['last'])}{spent}"


def budgets_heading(outlook: Json) -> tuple[str, str]:
    """Heading and lead of the section on budgets: the one that stands worst."""
    order = ("exceeded", "likely over", "at risk")
    states = [one["state"] for one in outlook["budgets"]]
    worst = [one for state in order for one in outlook["budgets"] if one["state"] == state]
    told = [f"{count(states.count(state))} {state}" for state in dict.fromkeys(states)]
    lead = f"{capital(counted(len(states), 'budget'))}: {joined(told)}."
    if worst:
        return budget(worst[0]), lead
    known = [one for one in outlook["budgets"] if one["probability"] is not None]
    if not known:
        return "No budget can be told", lead
    return "No budget is at risk", lead


def held(one: Json) -> str:
    """`80 % → 74 %, 95 % → 91 %, of 23`: how past intervals of such totals did."""
    if one["share_80"] is None:
        return "none so long"
    return (
        f"{PERCENT.number(one['share_80'], 0)}, {PERCENT.number(one['share_95'], 0)} "
        f"of {count(one['tested'])}"
    )


def shortfall(total: Json) -> str:
    """`, but past 95 % intervals held only 77 %`; empty where they held what they promise."""
    held = total["held"]
    for promised, share in ((0.95, held["share_95"]), (0.8, held["share_80"])):
        if share is not None and share < promised - SHORT:
            return (
                f", but past {PERCENT.number(promised, 0)} intervals held only "
                f"{PERCENT.number(share, 0)}"
            )
    return ""


def crossing(one: Json) -> str:
    """When a share is spent: the day it was, or the expected one with its interval."""
    if one["crossed"]:
        return f"{_short(one['day'])} ✓"
    if one["probability"] is None:
        return NOTHING
    return _expected(one, odds(one["probability"]))


def _expected(one: Json, chance: str) -> str:
    if one["first"] is None:
        return f"not expected ({chance})"
    if one["day"] is None:
        return f"{_short(one['first'])} at the earliest ({chance})"
    if one["last"] is None:
        return f"{_short(one['day'])} ({_short(one['first'])} or later, if at all)"
    if one["first"] == one["last"]:
        return _short(one["day"])
    return f"{_short(one['day'])} ({_short(one['first'])} to {_short(one['last'])})"


def _short(at: str) -> str:
    """`9 October`: the year stands in the period."""
    return current().on(date.fromisoformat(at), year=False)


def share_label(share: float) -> str:
    """`75 %`."""
    return declared(share)


def whose(one: Json) -> str:
    """The budget's name, with its owner and what it counts."""
    rest = [part for part in (one["owner"], one["whom"]) if part and part != one["name"]]
    return f"{one['name']} ({', '.join(rest)})" if rest else str(one["name"])


def declared_as(one: Json) -> str:
    """Its name; where it was declared in another currency, with that amount."""
    if one["currency"] == "USD":
        return str(one["name"])
    return f"{one['name']} ({count(one['amount'])} {one['currency']})"


def amount(one: Json) -> str:
    """The budget of the period; where it was declared in another currency, that too."""
    if one["currency"] == "USD":
        return whole_usd(one["budget"])
    return f"{whole_usd(one['budget'])} ({count(one['amount'])} {one['currency']} a {one['per']})"


def tested(outlook: Json) -> str:
    """What past forecasts were worth, in two sentences."""
    accuracy = outlook["accuracy"]
    if accuracy is None or accuracy["day_80"] is None:
        return (
            "Too few days to test forecasts on the past: intervals are as wide as that leaves open."
        )
    text = (
        f"Of past days {PERCENT.number(accuracy['day_80'], 0)} lay in their 80 % interval and "
        f"{PERCENT.number(accuracy['day_95'], 0)} in the 95 % one, each made without them."
    )
    if accuracy["mase"] is None or accuracy["naive"] is None or not accuracy["naive"] > 0:
        return as_printed(text)
    ratio = accuracy["mase"] / accuracy["naive"]
    word = "smaller" if ratio < 1 else "larger"
    return as_printed(
        f"{text} Errors were {PERCENT.number(abs(1 - ratio), 0)} {word} than those of taking the "
        "same weekday of a week ago."
    )


def few_tests(outlook: Json) -> str:
    """That the longest totals rest on few independent stretches; empty where they do not."""
    month = next((one for one in outlook["totals"] if one["label"] == "30 days"), None)
    if month is None or month["held"]["stretches"] >= 8:
        return ""
    stretches = max(round(month["held"]["stretches"]), 1)
    return (
        f"The past that was tested holds {counted(stretches, 'stretch')} of 30 days that do not "
        "overlap, so that how often intervals of such sums held is itself roughly known."
    )


def change(one: Json) -> str:
    """What a scenario assumes to be different, and what that does to a day."""
    if one["left_out"]:
        return as_printed(one["left_out"])
    return f"{percent(one['change'])} a day, by {PERCENT.number(one['concerned'], 0)} of the cost"


def difference(one: Json) -> str:
    """With and without, over thirty days."""
    return spread(one["difference"], USD, signed=True)


def assumptions(outlook: Json) -> str:
    """What scenarios take for granted, each once; empty where none has a number."""
    every = [text for one in outlook["scenarios"] if not one["left_out"] for text in one["assumed"]]
    told = list(dict.fromkeys(every))
    return f"Taken for granted: {'; '.join(told)}." if told else ""


def remarks(outlook: Json) -> tuple[str, ...]:
    """What was done to the days or could not be, each once."""
    notes: Iterable[str] = outlook["notes"]
    told = [f"{capital(as_printed(note))}." for note in notes]
    for one in outlook["budgets"]:
        own = [*one["notes"]]
        if one["unknown"]:
            own.append(f"{one['unknown']:,} calls have no known cost and are in no sum")
        if one["state"] in {"on track", "at risk", "likely over"} and one["reason"]:
            own.append(one["reason"])
        told += [
            f"{one['name']}: {as_printed(note)}." for note in own if note not in outlook["notes"]
        ]
    return tuple(dict.fromkeys(told))


def method(record: Json) -> tuple[str, ...]:
    """How it was done; nothing where nothing was foreseen."""
    outlook = record.get("outlook")
    if not outlook or outlook["refused"]:
        return ()
    methods: Sequence[str] = outlook["accuracy"]["methods"]
    level = PERCENT.number(outlook["level"], 0)
    with_weights = f" (here mostly {joined(methods)})" if methods else ""
    text = (
        "What is to come: methods are combined by how well they forecast the past from up to "
        f"thirty starts{with_weights}. The distribution of a day, of a week and of a sum is made "
        "from what such forecasts missed, each by itself, since the errors of neighbouring days go "
        f"together; intervals are of {level} and 80 %. How often past ones held is told beside "
        "them, each tested without the errors it is held against. A day without a call cost "
        "nothing. A break that never came before is in no interval. The chance that a budget is "
        "exceeded is the part of that distribution above what is left of it; it is told no surer "
        "than 99 %. Values of a column are forecast each by itself and moved, the uncertain ones "
        "most, so that they add up to the whole."
    )
    return (text,)
