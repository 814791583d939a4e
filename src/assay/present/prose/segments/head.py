"""The head of the page on segments: what was found, how firmly, and what to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from assay.core.brief import Brief, Decision, Fact
from assay.present.format import count, period
from assay.present.prose.cohorts import figures
from assay.present.prose.segments.terms import noun, p_said, shown, whom
from assay.present.prose.segments.trust import tiles
from assay.present.prose.words import capital, counted, in_words, joined, plural_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]
Firmness = Literal["none", "weak", "asked", "open", "soft", "clear"]

_NAMED: Final = 3
"""Segments that the title names; of more it names the largest."""
_AGREE: Final = 0.5
"""Share of halves that have to come to the same number of segments."""
_CERTAIN: Final = 0.8
"""Mean certainty of members from which on they are in their segment rather than between some."""
_STATES: Final[dict[Firmness, str]] = {
    "none": "no segments",
    "weak": "weak",
    "asked": "as asked",
    "open": "number open",
    "soft": "soft borders",
    "clear": "clear",
}


def firmness(record: Json) -> Firmness:
    """How far segments are there: that entities are no one cloud says not how many kinds they are.

    `asked`: the number was asked for; `open`: most halves come to another one; `soft`: members are
    not sure to be in theirs.
    """
    verdict, profiles = record["tested"]["verdict"], shown(record)
    if verdict == "none":
        return "none"
    if record["asked"]:
        return "asked"
    if verdict == "weak":
        return "weak"
    shares = record["k_shares"]
    if shares and sum(one["share"] for one in shares if one["k"] == record["k"]) < _AGREE:
        return "open"
    sure = [(one["certainty"], one["n"] or 1) for one in profiles if one["certainty"] is not None]
    if sure and sum(c * n for c, n in sure) < _CERTAIN * sum(n for _, n in sure):
        return "soft"
    return "clear"


def title(record: Json) -> str:
    """The main finding."""
    firm, profiles, many = firmness(record), shown(record), capital(whom(record))
    if firm == "none" and not profiles:
        return f"{many} form one cloud: no segments beyond chance"
    kinds = in_words(len(profiles))
    if firm == "none":
        return f"{many} form one cloud, cut into {kinds} as asked: the parts are no segments"
    if len(profiles) < 2:
        return f"{many} are one dense place with stragglers: no two segments"
    if firm == "open":
        return f"{many} are more than one cloud, but how many kinds is open: {_numbers(record)}"
    named = _named(profiles)
    if firm == "asked":
        return f"{many} are more than one cloud, cut into {kinds} as asked{named}"
    sort = f"{capital(kinds)} kinds of {plural_of(noun(record))}"
    apart = {"weak": "weakly set apart", "soft": "with soft borders"}.get(firm, "clearly set apart")
    return f"{sort}, {apart}{named}"


def _named(profiles: Any) -> str:  # noqa: ANN401  a sequence of JSON
    told = [one for one in profiles if one["share"] is not None]
    if not told:
        return ""
    said = [f"“{one['name']}” ({figures(one['share'])})" for one in told[:_NAMED]]
    if len(profiles) > _NAMED:
        return f": the largest is {said[0]}"
    return f": {joined(said)}" + (" and others" if len(told) < len(profiles) else "")


def _numbers(record: Json) -> str:
    """`ten here, two to four in halves`."""
    ks = [one["k"] for one in record["k_shares"]]
    low, high = in_words(min(ks)), in_words(max(ks))
    return f"{in_words(record['k'])} here, {low if low == high else f'{low} to {high}'} in halves"


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    firm = firmness(record)
    few = (
        ""
        if not record["few"]
        else f"; of {count(record['few'])} more too little is known to place them"
    )
    return Brief(
        kind="Segments",
        subject=whom(record),
        state=_STATES[firm],
        tone="attention" if firm in {"weak", "open", "soft"} else "neutral",
        needs_decision=False,
        evidence="association",
        title=title(record),
        subtitle=(
            f"{capital(whom(record))} by {counted(len(record['features']), 'behaviour')}, "
            f"{period(record['first'], record['last'])} ({record['time_zone']}){few}."
        ),
        data_through=record["last"],
        look="",
        decision=decide(record),
        tiles=tiles(record),
    )


def decide(record: Json) -> Decision:
    """What to do with segments, or without."""
    verdict, many = record["tested"]["verdict"], plural_of(noun(record))
    head, text, tone = _advice(record, many)
    facts = [
        Fact(label=capital(many), value=whom(record).removesuffix(f" {many}")),
        Fact(label="Structure", value=f"{verdict}, {p_said(record['tested']['p_value'])}"),
    ]
    if shown(record):
        facts.append(Fact(label="Segments", value=count(record["k"])))
    return Decision(
        title=head,
        text=text,
        note="Segments describe; that somebody is in one is the cause of nothing.",
        tone=tone,
        facts=tuple(facts),
    )


def _advice(record: Json, many: str) -> tuple[str, str, Tone]:
    look = "Look before you build on them"
    try_it = f"Whether to treat {many} differently is not said by that: try it, segment by segment."
    match firmness(record):
        case "none":
            text = (
                "They differ by degrees, not by kinds: any cut is arbitrary. Where somebody needs "
                "classes, declare them by rule."
            )
            return f"Treat {many} as one kind", text, "neutral"
        case "weak" | "soft":
            text = "There is structure, but borders are soft: whoever is near one is in either."
            return look, text, "attention"
        case "open":
            text = (
                "That they are more than one cloud is beyond chance. How many kinds they are is "
                "not: parts of them come to another number, and who is in which changes with it."
            )
            return look, text, "attention"
        case "asked":
            text = (
                f"That they are more than one cloud was tested ({record['tested']['verdict']}); "
                f"that they are {in_words(record['k'])} kinds was asked, not found. {try_it}"
            )
            return "Use them as a cut that was asked for", text, "neutral"
        case _:
            head = "Use them where you would act differently on each"
            return head, f"They are there beyond chance. {try_it}", "neutral"
