"""The head of the report: the main finding with its interval, and the headline numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Tile
from assay.present.format import count, period
from assay.present.prose.costs.changing import causes
from assay.present.prose.costs.decision import (
    OVER,
    all_spending,
    budgets,
    decide,
    month_of,
    savings,
    state_of,
    total,
)
from assay.present.prose.costs.money import between, percent, spread, usd
from assay.present.prose.costs.outlook import odds, shortfall, whole_usd
from assay.present.prose.costs.spending import compared
from assay.present.prose.words import counted, in_words

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

MOST_TILES: Final = 4
_TONES: Final[dict[str, Tone]] = {"rose": "attention", "fell": "good"}


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    whole = record["spending"]["whole"]
    state, tone = state_of(record)
    return Brief(
        kind="Cost",
        subject="all spending",
        state=state,
        tone=tone,
        needs_decision=any(one["needs_decision"] for one in record["findings"]),
        evidence=all_spending(record)["evidence"],
        title=title(record),
        subtitle=(
            f"{usd(whole['usd'])} for {counted(whole['requests'], 'request')}, "
            f"{period(whole['first'], whole['last'])}; compared: what was spent "
            f"{compared(record['spending'])}."
        ),
        data_through=whole["last"],
        look="",
        decision=decide(record),
        tiles=tiles(record),
    )


def title(record: Json) -> str:
    """The main finding as a sentence with its interval: a budget in danger, or what became of it.

    `Spending rose by 12 % [8, 16], mostly for longer prompts; November will end at $410 to $450`.
    """
    for one in budgets(record):
        if one["state"] in OVER and one["days_left"] > 0:
            return str(_finding(record, f"outlook/budget/{one['name']}")["title"])
    return f"{all_spending(record)['title']}{_driver(record)}{_ahead(record)}"


def _finding(record: Json, key: str) -> Json:
    return next(one for one in record["findings"] if one["key"] == key)


def _driver(record: Json) -> str:
    """What made most of a move that is sure."""
    change, state = record["change"], all_spending(record)["state"]
    if change is None or state not in _TONES:
        return ""
    way = 1 if state == "rose" else -1
    same = [one for one in change["parts"] if one["told"] * way > 0]
    named = causes(same, change, most=1)
    return f", mostly {named[0]}" if named else ""


def _ahead(record: Json) -> str:
    month = total(record, "this month")
    if month is None:
        return ""
    ends = f"; {month_of(month['first'])} will end at {between(month['usd'])}"
    return f"{ends}{shortfall(month)}"


def tiles(record: Json) -> tuple[Tile, ...]:
    """At most four headline numbers."""
    found = (_spent(record), _month(record), _success(record), _saving(record))
    return tuple(tile for tile in found if tile is not None)[:MOST_TILES]


def _spent(record: Json) -> Tile:
    spending, first = record["spending"], all_spending(record)
    recent, before = spending["recent"] or spending["whole"], spending["before"]
    detail = f"{count(recent['requests'])} requests"
    if before is not None:
        detail = f"a day: {usd(before['daily'])} → {usd(recent['daily'])}"
    interval = ""
    if first["lift"] is not None:
        interval = percent(first["lift"])
    elif first["size"] is not None:
        interval = f"{spread(first['size'], signed=True)} a day"
    return Tile(
        name=f"Spent in {counted(recent['days'], 'day')}",
        value=usd(recent["usd"]),
        interval=interval,
        detail=detail,
        tone=_TONES.get(first["state"], "neutral"),
        number=recent["usd"],
    )


def _month(record: Json) -> Tile | None:
    """What the month will have cost, and the chance that this is beyond its budget."""
    month = total(record, "this month")
    if month is None:
        return None
    detail, tone = f"{usd(month['spent'])} so far", "neutral"
    mine = [
        one
        for one in budgets(record)
        if not one["whom"] and one["per"] == "month" and one["probability"] is not None
    ]
    if mine:
        over = mine[0]["probability"]
        detail = f"{odds(over)} to exceed {whole_usd(mine[0]['budget'])}"
        tone = "bad" if mine[0]["state"] in OVER else "neutral"
    value, _, ends = spread(month["usd"]).partition(" ")
    return Tile(
        name=f"{month_of(month['first'])}, expected",
        value=value,
        interval=ends,
        detail=detail,
        tone=tone,  # type: ignore[arg-type]
        number=month["usd"]["value"],
    )


def _success(record: Json) -> Tile | None:
    """What a success costs, with its interval over users."""
    told = record.get("breakdown")
    if told is None:
        return None
    one = next((each for each in told["ratios"] if each["key"] == "per success"), None)
    if one is None or one["estimate"] is None:
        return None
    value, _, ends = spread(one["estimate"], one["unit"]).partition(" ")
    return Tile(
        name="Cost per success",
        value=value,
        interval=ends,
        detail=f"{count(one['n'])} successes",
        tone="neutral",
        number=one["estimate"]["value"],
    )


def _saving(record: Json) -> Tile | None:
    """What all that is worth doing would save together."""
    together = (record.get("opportunities") or {}).get("together")
    if together is None:
        return None
    worth = savings(record)
    sure = sum(one["state"] == "advised" for one in worth)
    return Tile(
        name="Savings to try, a month",
        value=f"up to {between(together).split(' to ')[-1]}",
        interval="",
        detail=f"{counted(len(worth), 'step')}, {in_words(sure)} shown to save",
        tone="neutral",
        number=together["high"],
    )
