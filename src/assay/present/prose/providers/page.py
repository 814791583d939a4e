"""What the report on providers says, from its record: findings, title, decision, tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import PERCENT, count, period
from assay.present.prose.providers.terms import (
    SHORT,
    VERDICTS,
    judged,
    maker,
    pairs,
    sized,
    sure,
    told,
    whom,
    written,
)
from assay.present.prose.words import capital, counted, in_words, joined, plural_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def _told(one: Json, record: Json) -> Json:
    kind, agent, base, other, measure = one["key"].split("/", 4)
    told = record["associations"] if kind == "association" else record["found"]["changes"]
    found = next(
        each
        for each in told
        if (each["agent"], each["base"], each["other"], each["measure"])
        == (agent, base, other, measure)
    )
    sentence = association_sentence(found) if kind == "association" else change_sentence(found)
    sure = PERCENT.number(one["confidence"], 0)
    over = "items" if kind == "provider" else "interactions"
    exact = f"{sentence}; {sure} interval, {count(one['n'])} {over}."
    return {**one, "title": sentence, "plain": f"{sentence}.", "exact": exact}


def change_sentence(one: Json) -> str:
    """What a change of provider makes of one measure."""
    return (
        f"{capital(SHORT[one['measure']])} of {one['agent']} with {one['other']} instead of "
        f"{one['base']}, on the same items: {sized(one['difference'], one['measure'])}"
    )


def association_sentence(one: Json) -> str:
    """What goes along with another provider."""
    return (
        f"{capital(SHORT[one['measure']])} of {one['agent']} beside {one['base']} is "
        f"{sized(one['difference'], one['measure'])} with {one['other']}, among interactions of "
        "the same kind"
    )


def title(record: Json) -> str:
    """Whether results depend on the provider."""
    depends, what = record["depends"], maker(record)
    if depends == "depends":
        known = sure(record)
        agent, base, other = pairs(known)[0]
        mine = [
            one for one in known if (one["agent"], one["base"], one["other"]) == pairs(known)[0]
        ]
        sizes = joined([f"the {SHORT[one['measure']]} {_differs(one)}" for one in mine])
        return (
            f"What {agent} delivers depends on the {what}: with {other} instead of {base}, {sizes}"
        )
    if depends == "goes along":
        many = sum(one["differs"] for one in told(record))
        return (
            f"{capital(counted(many, 'difference'))} {'goes' if many == 1 else 'go'} along with "
            f"the {what}; whether results depend on it, no shared items tell"
        )
    if depends == "not shown":
        return f"No result is shown to depend on the {what}"
    return f"No {whom(record)} can be compared with two {plural_of(what)}"


def _differs(one: Json) -> str:
    """`falls by 52 to 68 %`, for one measure of a change that is sure."""
    size, how = one["difference"], written(one["measure"])
    decimals = max(0, min(how.decimals(size["low"], size["high"]), 1))
    near, far = sorted((abs(size["low"]), abs(size["high"])))
    verb = "rises" if size["value"] > 0 else "falls"
    return f"{verb} by {how.span(near, far, decimals)}"


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    tone: Tone = "attention" if record["depends"] == "depends" else "neutral"
    paired = bool(judged(record))
    what = plural_of(maker(record))
    agents = counted(record["agents"], whom(record))
    return Brief(
        kind="Providers",
        subject=f"{capital(plural_of(whom(record)))} by {what}",
        state=record["depends"],
        tone=tone,
        needs_decision=False,
        evidence="paired" if paired else "association",
        title=title(record),
        subtitle=(
            f"{capital(agents)}, {in_words(record['several']) if record['several'] else 'none'} of "
            f"them with several {what}, "
            f"{period(record['first'], record['last'])} ({record['time_zone']}); "
            f"{_judged_of(record)}."
        ),
        data_through=record["last"],
        look="",
        decision=decide(record),
        tiles=tiles(record),
        agents=tuple(dict.fromkeys(one["agent"] for one in record["found"]["cells"])),
    )


def _judged_of(record: Json) -> str:
    known, seen = len(pairs(judged(record))), len(pairs(told(record)))
    on_items = f"{counted(known, 'change')} judged on shared items"
    beside = f"{counted(seen, 'pair')} told as an association" if seen else ""
    return f"{on_items}, {beside}" if beside else on_items


def decide(record: Json) -> Decision:
    """What to do: weigh, stay or change where items tell; else try the same items."""
    known, what = judged(record), maker(record)
    if not known:
        return Decision(
            title=f"Try the same items with two {plural_of(what)}",
            text=(
                "What is seen among interactions of one kind goes along with the "
                f"{what}; who got which was not decided by chance."
                if told(record)
                else f"There is nothing that a choice of {what} could be made by."
            ),
            note=f"{count(record['found']['fewest'])} shared items are the least that is judged.",
            tone="neutral",
        )
    agent, base, other = pairs(known)[0]
    mine = [
        one for one in known if (one["agent"], one["base"], one["other"]) == (agent, base, other)
    ]
    better = [SHORT[one["measure"]] for one in mine if one["verdict"] == "better"]
    worse = [SHORT[one["measure"]] for one in mine if one["verdict"].startswith("worse")]
    open_ = [SHORT[one["measure"]] for one in mine if one["verdict"] == "unclear"]
    tone: Tone = "attention"
    if better and worse:
        head = f"{capital(agent)}: weigh {joined(better)} against {joined(worse)}"
    elif worse:
        head = f"Stay with {base} for {agent}"
    elif better and not open_:
        head, tone = f"Change {agent} to {other}", "good"
    elif not open_:
        head, tone = f"Either {what} will do for {agent}", "neutral"
    else:
        head = f"Nothing to decide yet for {agent}"
    said = "; ".join(
        f"{SHORT[one['measure']]} {VERDICTS[one['verdict']][0]} "
        f"({sized(one['difference'], one['measure'])})"
        for one in mine
    )
    return Decision(
        title=head,
        text=f"With {other} instead of {base}: {said}.",
        note=(
            f"More shared items would settle {joined(open_)}."
            if open_
            else "It would change with other margins, or other items."
        ),
        tone=tone,
        facts=(
            Fact(label=capital(whom(record)), value=agent),
            Fact(label=capital(what), value=f"{base} → {other}"),
            Fact(label="Shared items", value=count(max(one["items"] for one in mine))),
        ),
    )


def tiles(record: Json) -> tuple[Tile, ...]:
    """Headline numbers."""
    found = []
    for one in judged(record)[:3]:
        how = written(one["measure"])
        size = one["difference"]
        decimals = max(0, min(how.decimals(size["low"], size["high"]), 1))
        verdict, tone = VERDICTS[one["verdict"]]
        found.append(
            Tile(
                name=f"{capital(SHORT[one['measure']])} of {one['agent']}",
                value=how.number(size["value"], decimals, signed=True),
                interval=how.interval(size["low"], size["high"], decimals),
                detail=f"{one['other']} instead of {one['base']}: {verdict}",
                tone=tone,
                number=size["value"],
            )
        )
    seen = told(record)
    if seen:
        many = sum(one["differs"] for one in seen)
        found.append(
            Tile(
                name="Associations",
                value=count(many),
                interval="",
                detail=f"of {count(len(seen))} looked at are more than chance",
                tone="neutral",
                number=float(many),
            )
        )
    return tuple(found)
