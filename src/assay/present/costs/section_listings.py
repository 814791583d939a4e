"""What `assay cost breakdown` and `assay cost opportunities` print, from their records."""

from __future__ import annotations

from typing import Any, Final

from assay.present.costs.listing import Column, Listing
from assay.present.format import PERCENT, count, period
from assay.present.prose.costs import breakdown as told_of_breakdown
from assay.present.prose.costs import opportunities as told_of_savings
from assay.present.prose.costs.money import spread, usd
from assay.present.prose.words import capital, counted, joined, noun_of

Json = dict[str, Any]

RATIOS: Final = ("per request", "per 1,000 tokens", "per success", "per session", "per user")
_SHOWN: Final = ("per success", "per 1,000 tokens")
_GROUP: Final = ("column", "name", "kind", "requests", "unknown", "tokens", "usd", "share",
                 "cumulative")  # fmt: skip
_SAVING: Final = (
    *("key", "kind", "what", "whom", "state", "evidence", "saving", "low", "high", "left"),
    *("left_low", "left_high", "spend", "n", "unit", "reason", "risks", "trial"),
)


def breakdown_listing(record: Json) -> Listing:
    """Each column's groups, the dearest first, with what an outcome costs."""
    rows = [_group(split, one) for split in record["splits"] for one in split["groups"]]
    many = len(record["splits"]) > 1
    cells = [
        [
            *([told_of_breakdown.column(split["column"])] if many else []),
            told_of_breakdown.group_name(one),
            count(one["requests"]),
            count(one["tokens"]),
            told_of_breakdown.spent(one),
            told_of_breakdown.percent_of(one["share"]),
            *(told_of_breakdown.ratio(_ratio(one, key)) for key in _SHOWN),
        ]
        for split in record["splits"]
        for one in split["groups"]
    ]
    nouns = joined([noun_of(split["column"]) for split in record["splits"]] or ["nothing"])
    first = "Group" if many else capital(nouns)
    notes = [
        f"{told_of_breakdown.unknown(record)}: they are in no amount." if record["unknown"] else "",
        *(told_of_breakdown.others(split, record["k"]) for split in record["splits"]),
    ]
    return Listing(
        title=(
            f"{usd(record['usd'])} for {counted(record['requests'], 'request')}, "
            f"{period(record['first'], record['last'])}; by {nouns}, with intervals over "
            f"{record['unit']}s."
        ),
        facts={key: record[key] for key in ("first", "last", "usd", "requests", "unit")},
        columns=[
            *([Column(label="Column")] if many else []),
            Column(label=first),
            Column(label="Requests", number=True),
            Column(label="Tokens", number=True),
            Column(label="USD", number=True),
            Column(label="Share", number=True),
            *(Column(label=told_of_breakdown.RATIOS[key], number=True) for key in _SHOWN),
        ],
        cells=cells,
        keys=(*_GROUP, *(f"{key}{end}" for key in RATIOS for end in ("", " low", " high"))),
        rows=rows,
        notes=[note for note in notes if note],
    )


def _ratio(group: Json, key: str) -> Json:
    return next(
        (one for one in group["ratios"] if one["key"] == key), {"estimate": None, "unit": "USD"}
    )


def _group(split: Json, one: Json) -> Json:
    row = {"column": split["column"], **{key: one[key] for key in _GROUP[1:]}}
    for key in RATIOS:
        size = _ratio(one, key)["estimate"] or {"value": None, "low": None, "high": None}
        row |= {key: size["value"], f"{key} low": size["low"], f"{key} high": size["high"]}
    return row


def opportunity_listing(record: Json, *, by: str = "") -> Listing:
    """What could be saved, ranked by money, then what was looked for and not found.

    Programs get all of it as rows; people read of what is not found below the table.

    Args:
        record: of the analysis.
        by: column of its scope (agent, provider, model, tier) whose values it is ordered by.
    """
    found = record["found"]
    if by:
        found = sorted(found, key=lambda one: (not one["scope"][by], one["scope"][by]))
    rows = [{**({by: one["scope"][by]} if by else {}), **_saving(one)} for one in found]
    cells = [
        [
            *([one["scope"][by] or "all"] if by else []),
            one["what"],
            one["whom"] or "all calls",
            told_of_savings.saving(one),
            told_of_savings.left(one),
            told_of_savings.EVIDENCE[one["evidence"]],
            told_of_savings.state(one),
        ]
        for one in found
        if one["state"] in told_of_savings.GOOD
    ]
    spend = "" if record["spend"] is None else f" of {spread(record['spend'])}"
    together = (
        "No evidence of a saving"
        if record["together"] is None
        else f"Up to {spread(record['together'])} a month{spend} could be saved, taken in turn"
    )
    replayed = record["caching"]
    cached = (
        []
        if replayed is None
        else [told_of_savings.cache_lead(replayed), told_of_savings.cache_course(replayed)]
    )
    unpriced = []
    if record["unpriced"]:
        tokens = PERCENT.number(record["unpriced"], 1)
        unpriced = [f"{tokens} of tokens have no price, and nothing is said of them."]
    return Listing(
        title=f"{together}; {period(record['first'], record['last'])}.",
        facts={key: record[key] for key in _TOLD},
        columns=[
            *([Column(label=capital(noun_of(by)))] if by else []),
            Column(label="Step"),
            Column(label="Whose"),
            Column(label="USD a month", number=True),
            Column(label="Left", number=True),
            Column(label="Evidence"),
            Column(label="State"),
        ],
        cells=cells,
        keys=(*([by] if by else []), *_SAVING),
        rows=rows,
        notes=[*told_of_savings.nothing(record), *cached, *unpriced],
    )


_TOLD: Final = ("first", "last", "unit", "confidence", "together", "caching")


def _saving(one: Json) -> Json:
    none = {"value": None, "low": None, "high": None}
    size, left = one["saving"] or none, one["left"] or none
    same = ("key", "kind", "what", "whom", "state", "evidence", "spend", "n", "unit", "reason")
    return {
        **{key: one[key] for key in same},
        "saving": size["value"],
        "low": size["low"],
        "high": size["high"],
        "left": left["value"],
        "left_low": left["low"],
        "left_high": left["high"],
        "risks": "; ".join(one["risks"]),
        "trial": told_of_savings.confirmed(one),
    }
