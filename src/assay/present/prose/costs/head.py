"""The head of the report: the main finding, what to do about money, and the headline numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import PERCENT, count, period
from assay.present.prose.costs.money import percent, spread, usd
from assay.present.prose.costs.spending import compared
from assay.present.prose.words import counted

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

MOST_TILES: Final = 4
_TONES: Final[dict[str, Tone]] = {"rose": "attention", "fell": "good"}


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    spending = record["spending"]
    whole = spending["whole"]
    asked = [one for one in record["findings"] if one["needs_decision"]]
    first = leading(record)
    return Brief(
        kind="Cost",
        subject="all spending",
        state="look into it" if asked else first["state"],
        tone="attention" if asked else _TONES.get(first["state"], "neutral"),
        needs_decision=bool(asked),
        evidence=first["evidence"],
        title=title(record),
        subtitle=(
            f"{usd(whole['usd'])} for {counted(whole['requests'], 'request')}, "
            f"{period(whole['first'], whole['last'])}; compared: what was spent "
            f"{compared(spending)}."
        ),
        data_through=whole["last"],
        look="",
        decision=decide(record),
        tiles=tiles(record),
    )


def leading(record: Json) -> Json:
    """The finding on all spending, which every report has."""
    return next(one for one in record["findings"] if one["key"] == "spending/all")


def title(record: Json) -> str:
    """The main finding as a sentence with its interval."""
    return str(leading(record)["title"])


def decide(record: Json) -> Decision:
    """What to do about money."""
    first = leading(record)
    asked = [one for one in record["findings"] if one["needs_decision"]]
    if asked:
        head, text = str(asked[0]["action"]), " ".join(f"{one['title']}." for one in asked[:3])
        tone: Tone = "attention"
    else:
        head, tone = "Nothing to decide", "neutral"
        text = "Nothing that was looked at asks for a decision on money."
    return Decision(
        title=head[:1].upper() + head[1:],
        text=text,
        note="What is compared are days, so that a difference is seen, not caused.",
        tone=tone,
        facts=(
            Fact(label="Spent", value=usd(record["spending"]["whole"]["usd"])),
            Fact(label="Change of a day", value=percent(first["lift"])),
        ),
    )


def tiles(record: Json) -> tuple[Tile, ...]:
    """At most four headline numbers."""
    return (_spent(record),)[:MOST_TILES]


def _spent(record: Json) -> Tile:
    spending, first = record["spending"], leading(record)
    recent, before = spending["recent"] or spending["whole"], spending["before"]
    detail = f"in {counted(recent['days'], 'day')}, {count(recent['requests'])} requests"
    if before is not None:
        detail = f"a day: {usd(before['daily'])} → {usd(recent['daily'])}"
    interval = ""
    if first["lift"] is not None:
        interval = f"{percent(first['lift'])}"
    elif first["size"] is not None:
        interval = f"{spread(first['size'], signed=True)} a day"
    return Tile(
        name=f"Spent in {count(recent['days'])} days",
        value=usd(recent["usd"]),
        interval=interval,
        detail=detail,
        tone=_TONES.get(first["state"], "neutral"),
        number=recent["usd"],
    )


def sure(record: Json) -> str:
    """`95 %`: the confidence of intervals."""
    return PERCENT.number(record["confidence"], 0)
