"""Sentences on metrics by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.format import PERCENT, Notation, change, count, level
from assay.present.prose.segments.terms import shown
from assay.present.prose.words import capital, counted, in_words, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]
OTHERS = "(other)"
_LISTED = 3
"""Metrics that a heading names one by one."""


def labels(record: Json) -> dict[str, Json]:
    """Metrics by name."""
    return {one["name"]: one for one in record["metrics"]["metrics"]}


def values_of(record: Json, metric: str) -> Sequence[Json]:
    """What is known of one metric, in the order of the segments."""
    return [one for one in record["metrics"]["compared"]["values"] if one["metric"] == metric]


def of_level(record: Json, metric: str) -> tuple[Notation, int]:
    """How values of one metric are written, and with how many decimals, all alike."""
    told = values_of(record, metric)
    size = min(abs(one["value"]["value"]) for one in told)
    written = level(told[0]["unit"], size)
    return written, _decimals(written, [one["value"] for one in told])


def of_change(record: Json, metric: str) -> tuple[Notation, int]:
    """The same for differences, in the unit of the values."""
    told = values_of(record, metric)
    size = min(abs(one["value"]["value"]) for one in told)
    written = change(told[0]["unit"], size)
    found = record["metrics"]["compared"]
    gaps = [one["difference"] for one in differences(found) if one["metric"] == metric]
    return written, _decimals(written, gaps)


def _decimals(written: Notation, told: Sequence[Json]) -> int:
    """What the least exact of them supports; of shares one at most."""
    most = max(0, min(written.decimals(one["low"], one["high"]) for one in told))
    return min(most, 1) if written.after.endswith(("%", "points")) else most


def differences(found: Json) -> Sequence[Json]:
    """With two segments their difference; else each against all others."""
    pairs: Sequence[Json] = found["pairs"]
    rest: Sequence[Json] = found["against_rest"]
    return pairs if len({one["one"] for one in rest}) == 2 else rest


def difference_text(one: Json, record: Json) -> str:
    """`+2.1 points [+0.3, +3.9]`."""
    written, decimals = of_change(record, one["metric"])
    size = one["difference"]
    ends = written.interval(size["low"], size["high"], decimals)
    return f"{written.number(size['value'], decimals, signed=True)} {ends}"


def value_text(size: Json, record: Json, metric: str) -> str:
    """`23.1 % [21.0, 25.2]`."""
    written, decimals = of_level(record, metric)
    ends = written.interval(size["low"], size["high"], decimals, signed=False)
    return f"{written.number(size['value'], decimals)} {ends}"


def idents(record: Json) -> dict[str, str]:
    """Segments by name: `s1`; who is told together has none."""
    return {one["name"]: one["ident"] for one in shown(record)}


def legend(record: Json) -> str:
    """What codes of segments stand for."""
    told = [
        f"{ident} is “{name}”"
        for name, ident in idents(record).items()
        if any(one["one"] == name for one in record["metrics"]["compared"]["against_rest"])
    ]
    return f"{capital(joined(told))}." if told else ""


def named(segment: str) -> str:
    """A segment as it stands in a sentence."""
    return "all smaller segments" if segment == OTHERS else f"“{segment}”"


def metric_head(record: Json) -> tuple[str, str]:
    """Heading and lead of metrics by segment."""
    told = record["metrics"]
    found = told["compared"]
    if found is None:
        return "Metrics by segment are not told", f"{capital(told['reason'])}."
    apart = {one["metric"] for one in (*found["pairs"], *found["against_rest"]) if one["differs"]}
    claimed = [one["label"] for one in told["metrics"] if one["name"] in apart]
    rest = [one["label"] for one in told["metrics"] if one["name"] not in apart]
    if len(told["metrics"]) > _LISTED and claimed:
        every = in_words(len(told["metrics"]))
        all_of = f"All {every}" if not rest else f"{capital(in_words(len(claimed)))} of {every}"
        verb = "differs" if len(claimed) == 1 else "differ"
        heading = f"{all_of} metrics {verb} between segments"
    elif claimed:
        verb = "differs" if len(claimed) == 1 else "differ"
        heading = f"{capital(joined(claimed))} {verb} between segments"
        if rest:
            heading += f"; {joined(rest)} {'is' if len(rest) == 1 else 'are'} not shown to"
    else:
        verb = "is" if len(rest) == 1 else "are"
        heading = f"{capital(joined(rest))} {verb} not shown to differ between segments"
    tests = len(differences(found))
    held = (
        f" Intervals of the {in_words(tests)} differences hold together at "
        f"{PERCENT.number(found['confidence'], 0)}."
        if tests > 1
        else ""
    )
    return heading, (
        "What members have in these days, drawn towards the other segments as far as it is noise "
        f"(diamonds).{held} This goes along with being in a segment; it is no effect of it."
    )


def circular_note(record: Json) -> str:
    """What is said of metrics that formed the segments; empty where none did."""
    found = record["metrics"]["compared"]
    by = labels(record)
    how = {one["metric"]: one["how"] for one in found["pairs"]}
    placed = [by[name]["label"] for name, each in how.items() if each == "placed by others"]
    never = [by[name]["label"] for name, each in how.items() if each == "by construction"]
    said = []
    if placed:
        verb, own = ("had", "it") if len(placed) == 1 else ("had", "them")
        said.append(
            f"{capital(joined(placed))} {verb} a say in who is in which segment, so that values "
            "above differ by construction. Their differences are measured on members who did not "
            f"form the segments and were placed without {own}."
        )
    if never:
        said.append(
            f"{capital(joined(never))} formed the segments and cannot be measured without doing "
            "so: nothing is claimed."
        )
    return " ".join(said)


def left_out_note(record: Json) -> str:
    """Metrics that are not told, with the reason; empty where all are."""
    told = [f"{one['name']} ({one['reason']})" for one in record["metrics"]["left_out"]]
    return f"Left out: {joined(told)}." if told else ""


def metric_sentence(one: Json, record: Json) -> str:
    """A finding: how a metric of one segment differs from all others."""
    _, metric, segment = one["key"].split("/", 2)
    size = one["size"]
    written, decimals = of_change(record, metric)
    near, far = sorted((abs(size["low"]), abs(size["high"])))
    by = written.span(near, far, decimals)
    more = "higher" if size["value"] > 0 else "lower"
    label = capital(labels(record)[metric]["label"])
    return f"{label} is {by} {more} in {named(segment)} than in all others together"


def metric_method(record: Json) -> str:
    """How metrics were compared."""
    found = record["metrics"]["compared"]
    few = (
        f" {capital(counted(found['merged'], 'segment'))} of fewer than {count(found['smallest'])} "
        "members are told together."
        if found["merged"]
        else ""
    )
    return (
        "Metrics by segment: values per interaction are regressed on the probabilities of "
        "membership, so that unsure members count for each segment in part; variances are robust "
        "(HC3). Values are drawn towards each other by a random-effects model. All comparisons of "
        "one kind, over all metrics, are one family (Holm; intervals by Bonferroni). Counts are "
        f"rounded down to whole tens of the smallest cell.{few}"
    ).replace("whole tens of the smallest cell", f"multiples of {count(found['smallest'])}")
