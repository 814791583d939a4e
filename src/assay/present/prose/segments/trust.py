"""Headline numbers, checks, and how it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.core.brief import Tile
from assay.present.format import PERCENT, count, level, period
from assay.present.prose.segments.compared import metric_method
from assay.present.prose.segments.crossed import cross_method
from assay.present.prose.segments.terms import MEASURES, METHODS, certain, noun, p_said, shown
from assay.present.prose.words import capital, counted, joined, plural_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]


def tiles(record: Json) -> tuple[Tile, ...]:
    """Headline numbers."""
    tested = record["tested"]
    one = level("1")
    found = [
        Tile(
            name="Stands out by",
            value=one.number(tested["seen"], 1),
            interval=one.interval(min(tested["null"]), max(tested["null"]), 1, signed=False)
            if tested["null"]
            else "",
            detail="standard deviations; the range is that of clouds without groups",
            tone="neutral",
            number=tested["seen"],
        )
    ]
    profiles = shown(record)
    own = [each["share"] for each in record["k_shares"] if each["k"] == record["k"]]
    if profiles:
        ks = [each["k"] for each in record["k_shares"]]
        found.append(
            Tile(
                name="Segments",
                value=count(len(profiles)),
                interval=one.interval(min(ks), max(ks), 0, signed=False) if len(ks) > 1 else "",
                detail=_of_halves(record, own),
                tone="neutral",
                number=float(len(profiles)),
            )
        )
    if profiles and profiles[0]["share"] is not None:
        size = profiles[0]["share"]
        decimals = min(PERCENT.decimals(size["low"], size["high"]), 1)
        found.append(
            Tile(
                name="The largest",
                value=PERCENT.number(size["value"], decimals),
                interval=PERCENT.interval(size["low"], size["high"], decimals, signed=False),
                detail=profiles[0]["name"],
                tone="neutral",
                number=size["value"],
            )
        )
    part = record["few_share"]
    if part and record["few"]:
        found.append(
            Tile(
                name="Too little data",
                value=PERCENT.number(part, 0),
                interval="",
                detail=f"{count(record['few'])} {plural_of(noun(record))} beside those in segments",
                tone="neutral",
                number=part,
            )
        )
    return tuple(found[:4])


def _of_halves(record: Json, own: list[float]) -> str:
    if record["asked"]:
        return "as asked"
    if own:
        return f"the same in {PERCENT.number(own[0], 0)} of halves"
    return "the range is that of halves" if record["k_shares"] else ""


def checks(record: Json) -> list[tuple[str, str, Tone]]:
    """What was looked at before any of it is believed: what, what was found, and how that is."""
    tested, many = record["tested"], plural_of(noun(record))
    verdict = tested["verdict"]
    found: list[tuple[str, str, Tone]] = [
        (
            "Structure beyond one cloud",
            f"{verdict} ({p_said(tested['p_value'])}), on {count(tested['rows'])} {many}",
            "good" if verdict == "clear" else "attention" if verdict == "weak" else "neutral",
        )
    ]
    own = [each["share"] for each in record["k_shares"] if each["k"] == record["k"]]
    if record["k_shares"]:
        share = own[0] if own else 0.0
        found.append(
            (
                "The same number in halves",
                f"{PERCENT.number(share, 0)} of halves",
                "good" if share >= 0.5 else "attention",
            )
        )
    told = [one for one in shown(record) if one["certainty"] is not None]
    if told:
        least = min(told, key=lambda one: float(one["certainty"]))
        found.append(
            (
                "Members are sure",
                f"least in “{least['name']}”: {certain(least['certainty'])} on average",
                "good" if least["certainty"] >= 0.8 else "attention",
            )
        )
    filled = max(record["features"], key=lambda one: float(one["filled"] or 0), default=None)
    if filled is not None and filled["filled"]:
        found.append(
            (
                "Typical values stand in for unknown ones",
                f"most for {filled['label']}: {PERCENT.number(filled['filled'], 0)} of {many}",
                "good" if filled["filled"] <= 0.2 else "attention",
            )
        )
    part = record["few_share"]
    if part is not None:
        found.append(
            (
                "Enough data of each",
                f"of {PERCENT.number(part, 0)} too little is known; nothing here is about them",
                "good" if part <= 0.2 else "attention",
            )
        )
    return found


def trust_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the checks."""
    doubts = sum(tone == "attention" for _, _, tone in checks(record))
    if not doubts:
        return "All that was looked at holds", ""
    ask = "asks" if doubts == 1 else "ask"
    return f"{capital(counted(doubts, 'check'))} {ask} for attention", ""


def method(record: Json) -> tuple[str, ...]:
    """How it was done, in paragraphs."""
    many = plural_of(noun(record))
    tested = record["tested"]
    formed = (
        ""
        if record["formed_of"] is None or record["formed_of"] == record["entities"]
        else f" They were formed of {count(record['formed_of'])} drawn at random; the others were "
        "assigned."
    )
    transforms = {one["transform"] for one in record["features"]}
    paragraphs = [
        (
            f"Behaviours are rates per exposure over {period(record['first'], record['last'])}, "
            f"transformed as declared ({joined(sorted(transforms))}), around the median in robust "
            f"deviations. {capital(many)} of whom too little is known are told apart and are in "
            "no segment. Columns of the context are not used."
        ),
        (
            f"Structure: {count(tested['rows'])} {many} against {count(len(tested['null']))} "
            "clouds drawn with margins of one peak each and the same correlations, and against "
            "clouds of independent parts that are mixed; both have to be beaten. Looked at are "
            "valleys, scatter taken up by centres, and a mixture of two; the largest is ranked "
            f"among those of the clouds. Here it is {MEASURES[tested['shown_by']]}. One bent cloud "
            "is called structure."
        ),
    ]
    if shown(record):
        paragraphs += [
            (
                f"Segments by {METHODS[record['method']]}: {joined(list(record['reasons']))}."
                f"{formed} Sizes and certainty come of forming them again of random halves."
            ),
            (
                "What sets apart: segments are formed on four fifths and measured on the fifth, "
                "five times. Effects are differences of means in standard deviations within; "
                f"their intervals hold all at once at {PERCENT.number(1 - record['alpha'], 0)}. "
                "Names are the words of the largest claimed effects."
            ),
        ]
    if record["flows"] is not None:
        paragraphs.append(
            "Movement: how often the likeliest segment is not the true one is read from the "
            "probabilities, and taken off what is seen."
        )
    if record["metrics"]["compared"] is not None:
        paragraphs.append(metric_method(record))
    if record["uses"]["crossed"] is not None:
        paragraphs.append(cross_method(record))
    paragraphs.append(
        f"Groups of fewer than {count(record['smallest_cell'])} {many} are not told, nor what "
        "would give them away."
    )
    return tuple(paragraphs)
