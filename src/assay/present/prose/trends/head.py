"""The head of the report: the main change, what to do, and the headline numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import PERCENT, count, declared
from assay.present.format import change as change_notation
from assay.present.prose.trends.clauses import (
    between,
    by_state,
    near,
    one_period,
    periods,
    series_told,
    size_of,
    spread_of,
    standing,
    tone_of,
    turned,
)
from assay.present.prose.trends.findings import sentence
from assay.present.prose.words import joined

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

MOST_TILES: Final = 4
MOST_NAMED: Final = 3


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    asked = [finding for finding in record["findings"] if finding["needs_decision"]]
    changed = by_state(record, "changed")
    state = "look into it" if asked else "changed" if changed else "steady"
    tone: Tone = "attention" if asked else "neutral"
    answered = len(record["series"]) - len(by_state(record, "no answer"))
    if not answered:
        state, tone = "not enough data", "attention"
    metrics = list(dict.fromkeys(one["metric"] for one in record["series"]))
    return Brief(
        kind="Trend",
        subject=metrics[0] if len(metrics) == 1 else f"{len(metrics)} metrics",
        state=state,
        tone=tone,
        needs_decision=bool(asked),
        evidence="association",
        title=title(record),
        subtitle=(
            f"{series_told(record['watched']).capitalize()} by {record['every']}, "
            f"{between(record['first'], record['last'])}; {count(record['values'])} values behind "
            "them."
            if record["first"]
            else f"{series_told(record['watched']).capitalize()} without a complete period."
        ),
        data_through=record["through"],
        look="",
        decision=_decision(record, asked),
        tiles=tuple(_tile(one, record) for one in record["series"][:MOST_TILES] if _tellable(one)),
        agents=tuple(
            dict.fromkeys(
                value
                for one in record["series"]
                for name, value in one["group"]
                if name == "agent_id"
            )
        ),
    )


def title(record: Json) -> str:
    """The first finding as a sentence, or that nothing changed and what could have been seen."""
    first = record["series"][0]
    if first["verdict"] == "changed":
        return sentence(first, record)
    answered = [one for one in record["series"] if one["verdict"] == "steady"]
    if not answered:
        return f"No answer for any of {series_told(record['watched'])}: {first['refused']}"
    shares = sorted(one["visible_share"] for one in answered if one["visible_share"] is not None)
    seen = ""
    if shares:
        middle = shares[len(shares) // 2]
        seen = f"; a change of {PERCENT.number(middle, 0)} would mostly have been seen"
    return f"No change is sure in {series_told(len(answered))}{seen}"


def _decision(record: Json, asked: list[Json]) -> Decision:
    changed, steady = by_state(record, "changed"), by_state(record, "steady")
    none = by_state(record, "no answer")
    recent = periods(record["recent"], record)
    if asked:
        head = f"Look into {joined([one['what'] for one in asked[:MOST_NAMED]])}"
        text = " ".join(f"{one['title']}." for one in asked[:MOST_NAMED])
        tone: Tone = "attention"
    elif changed:
        head, tone = "Nothing new for the worse", "neutral"
        text = f"No series broke for the worse within the last {recent}."
        old = [one for one in changed if standing(one) is not None][:MOST_NAMED]
        if old:
            text += " What stands from before: " + " ".join(
                f"{sentence(one, record)}." for one in old
            )
    elif steady:
        head, tone = "Nothing to decide", "neutral"
        text = "No level, slope or spread is surely other than it was."
    else:
        head, tone = "Wait for more data", "attention"
        text = f"{none[0]['name']}: {none[0]['refused']}."
    note = (
        "What stands beside a change happened on the same days. That is association: it does not "
        "say that it was the cause."
    )
    return Decision(
        title=head,
        text=text,
        note=note,
        tone=tone,
        facts=(
            Fact(label="Series watched", value=count(record["watched"])),
            Fact(label="Changed", value=count(len(changed))),
            Fact(label=f"New in the last {recent}", value=count(_new(record))),
            Fact(label="No answer", value=count(len(none))),
            Fact(label="Sure at, over all series", value=declared(record["level"])),
        ),
    )


def _new(record: Json) -> int:
    return sum(any(change["new"] for change in one["changes"]) for one in record["series"])


def _tellable(one: Json) -> bool:
    return standing(one) is not None or one["comparison"] is not None


def _tile(one: Json, record: Json) -> Tile:
    change, each = standing(one), ""
    if change is None:
        comparison = one["comparison"]
        estimate, notation = size_of({**comparison, "size": comparison["change"]})
        detail, sure = f"last {periods(comparison['periods'], record)}", comparison["sure"]
    else:
        estimate, notation = size_of(change)
        detail, sure = f"since {near(change['since'], record)}", change["kind"] != "variance"
        if change["kind"] == "slope":
            detail = f"{turned(change, one, record)}, {detail}"
            notation = change_notation(one["unit"], estimate["value"])
            each = f" {one_period(record)}"
        elif change["kind"] == "variance":
            before, after = (spread_of(change[at], one["unit"]) for at in ("before", "after"))
            detail = f"spread ± {before} to ± {after}, {detail}"
    decimals = notation.decimals(estimate["low"], estimate["high"])
    return Tile(
        name=one["name"],
        value=notation.number(estimate["value"], decimals, signed=True),
        interval=notation.interval(estimate["low"], estimate["high"], decimals) + each,
        detail=detail,
        tone=tone_of(one, estimate["value"]) if sure else "neutral",
        number=estimate["value"],
    )
