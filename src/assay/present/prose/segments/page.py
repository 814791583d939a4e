"""What the page on segments says, from its record: findings, head, headings."""

from __future__ import annotations

from typing import Any

from assay.present.format import PERCENT, count, period
from assay.present.prose.cohorts import amounts, figures
from assay.present.prose.segments.compared import metric_sentence
from assay.present.prose.segments.crossed import cross_sentence
from assay.present.prose.segments.head import title
from assay.present.prose.segments.terms import certain, noun, p_said, points, shown
from assay.present.prose.words import capital, counted, in_words, plural_of

Json = dict[str, Any]


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def _told(one: Json, record: Json) -> Json:
    kind = one["key"].split("/")[0]
    sentence = {
        "structure": lambda: title(record),
        "segment": lambda: _drift(one),
        "movement": lambda: flow_head(record)[0],
        "rule": lambda: _rule(one, record),
        "metric": lambda: metric_sentence(one, record),
        "crosstab": lambda: cross_sentence(one, record),
    }[kind]()
    of = f"; {counted(one['n'], noun(record))}" if one["n"] else ""
    exact = f"{sentence}; {one['reason']}{of}."
    return {**one, "title": sentence, "plain": f"{sentence}.", "exact": exact}


def _drift(one: Json) -> str:
    what = f"“{one['what']}”"
    if one["state"] != "beyond chance":
        verb = {"new": "is new", "split": "came of a split", "merged": "came of a merger"}
        return f"{what} {verb[one['state']]} since the earlier version"
    size = one["size"]
    if size is None or size["low"] <= 0 <= size["high"]:
        return f"{what} has moved since the earlier version"
    return f"{what} has changed its share by {points(size)} since the earlier version"


def _rule(one: Json, record: Json) -> str:
    if one["size"] is None:
        return f"Too few {plural_of(noun(record))} are “{one['what']}” to tell how many"
    return f"{amounts(one['size'])} {plural_of(noun(record))} are “{one['what']}”"


def segments_head(record: Json) -> tuple[str, str]:
    """Heading and lead of sizes."""
    first, many = shown(record)[0], plural_of(noun(record))
    if first["share"] is None or len(shown(record)) < 2:
        return title(record).split(":")[0], ""
    heading = f"The largest segment, “{first['name']}”, has {figures(first['share'])} of {many}"
    return heading, (
        f"Whoever lies near a border counts in parts: a share is not the number of {many} over all."
    )


def structure_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the evidence."""
    tested = record["tested"]
    clouds = len(tested["null"])
    extreme = round(tested["p_value"] * (clouds + 1)) - 1
    many = plural_of(noun(record))
    if tested["verdict"] == "none":
        heading = f"{in_words(extreme).capitalize()} of {count(clouds)} clouds without groups stand"
        heading += f" out as much as these {many}"
    else:
        heading = (
            f"These {many} stand out from {count(clouds)} clouds without groups"
            if not extreme
            else f"Only {in_words(extreme)} of {count(clouds)} clouds without groups "
            f"{'stands' if extreme == 1 else 'stand'} out as much as these {many}"
        )
    rule = PERCENT.number(tested["false_alarm"], 0)
    least = "" if extreme else f", the least that {count(clouds)} clouds can say"
    lead = (
        "Each cloud has the same features with the same spread, tails and correlations, but no "
        f"groups. A single cloud is called structure at most in {rule} of cases; here "
        f"{p_said(tested['p_value'])}{least}."
    )
    return heading, lead


def k_head(record: Json) -> tuple[str, str]:
    """Heading and lead of how many there are."""
    shares, many = record["k_shares"], plural_of(noun(record))
    own = next((one["share"] for one in shares if one["k"] == record["k"]), 0.0)
    say = f"say {in_words(record['k'])} segments, too"
    if own == 1:
        return f"Random halves of the {many} all {say}", (
            "Segments were looked for in each half on its own. That halves agree does not make the "
            "number true: halves have fewer entities and see fewer segments where these overlap."
        )
    heading = f"{PERCENT.number(own, 0)} of random halves of the {many} {say}"
    if not own:
        heading = f"No random half of the {many} comes to {in_words(record['k'])} segments"
    return heading, (
        "A number of segments is itself an estimate. Halves have fewer entities and see fewer "
        "segments where these overlap."
    )


def profile_head(record: Json) -> tuple[str, str]:
    """Heading and lead of what sets segments apart."""
    claimed = record["profiles"]["behaviours"]
    heading = (
        f"{capital(counted(claimed, 'behaviour'))} set{'s' if claimed == 1 else ''} the segments "
        "apart beyond a cut"
        if claimed
        else "Nothing sets these segments apart beyond a cut of one cloud"
    )
    return heading, (
        "Measured on entities that did not form the segments"
        f"{_drawn(record, record['profiles']['measured'])}. What defines a segment differs by "
        "more than the same cut makes in one cloud; what goes along differs though its own value "
        "had no say in who is where."
    )


def _drawn(record: Json, number: int) -> str:
    """That not all were looked at, where they were not."""
    if not 0 < number < record["profiles"]["entities"]:
        return ""
    return f", {count(number)} {plural_of(noun(record))} drawn at random"


def certainty_head(record: Json) -> tuple[str, str]:
    """Heading and lead of how surely members belong."""
    sure = record["sure"]
    lead = (
        "The probability of the own segment by segments that were formed again without the member"
        f"{_drawn(record, record['profiles']['looked'])}."
    )
    if sure is None:
        means = [one["certainty"] for one in shown(record) if one["certainty"] is not None]
        if not means:
            return "How sure members are cannot be told", lead
        low, high = certain(min(means)), certain(max(means))
        return f"Mean certainty is {low} in the least sure segment, {high} in the surest", lead
    share, cut = PERCENT.number(sure["share"], 0), PERCENT.number(sure["certainty"], 0)
    least = "" if sure["exact"] else "At least "
    return f"{least}{share} of members are in their segment with a certainty of {cut} or more", lead


def flow_head(record: Json) -> tuple[str, str]:
    """Heading and lead of movement."""
    flows = record["flows"]
    if flows is None:
        return "Who moved between segments is not told", f"{capital(record['flows_reason'])}."
    many = plural_of(noun(record))
    bound = None if flows["at_most"] is None else PERCENT.number(flows["at_most"], 0)
    if flows["verdict"] != "movement":
        heading = f"No more {many} change sides than errors of assignment make"
    elif flows["moved"] is not None:
        heading = f"{figures(flows['moved'])} of {many} changed their segment"
    else:
        heading = f"{capital(many)} changed their segment" + (f", at most {bound}" if bound else "")
    whose = capital(many) if not flows["entities"] else counted(flows["entities"], noun(record))
    alone = f"errors of assignment alone would make {PERCENT.number(flows['by_error'], 1)}"
    if flows["moved_seen"] is not None:
        seen = f"Seen to change were {PERCENT.number(flows['moved_seen'], 1)}; {alone}"
    elif bound is not None:
        seen = f"At most {bound} were seen to change; {alone}"
    else:
        seen = capital(alone)
    p = "" if flows["p_value"] is None else f" ({p_said(flows['p_value'])})"
    return heading, (
        f"{capital(whose)} known in both periods, "
        f"{period(record['before_first'], record['before_last'])} and now, by the same rule. "
        f"{seen}{p}."
    )


def rules_head(record: Json) -> tuple[str, str]:
    """Heading and lead of segments by rule."""
    rules = record["rules"]
    if rules is None:
        return "No segments by rule", f"{capital(record['rules_reason'])}."
    known = [one for one in rules["segments"] if one["expected"] is not None]
    if not known:
        return f"Too few {plural_of(noun(record))} to tell of any rule", ""
    largest = max(known, key=lambda one: float(one["expected"]["value"]))
    heading = (
        f"{capital(in_words(len(rules['segments'])))} declared: “{largest['name']}” is the "
        f"largest with {amounts(largest['expected'])} {plural_of(noun(record))}"
        if len(rules["segments"]) > 1
        else f"“{largest['name']}” has {amounts(largest['expected'])} {plural_of(noun(record))}"
    )
    return heading, (
        "Declared, not found. Rules do not exclude each other; who is in one is a probability that "
        "the true rate lies beyond the cut."
    )
