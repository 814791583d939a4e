"""Headings of the sections, each a finding, and what stands below them."""

from __future__ import annotations

from typing import Any

from assay.present.format import PERCENT, count
from assay.present.prose.providers.terms import attempts, judged, maker, told, whom
from assay.present.prose.words import capital, counted, in_words, joined, noun_of, plural_of

Json = dict[str, Any]


def change_head(record: Json) -> tuple[str, str]:
    """Heading and lead of changes judged on items."""
    known, what = judged(record), maker(record)
    if not known:
        return f"No change of {what} is judged", f"{capital(record['shared_reason'])}."
    worse = sum(one["verdict"].startswith("worse") for one in known)
    better = sum(one["verdict"] == "better" for one in known)
    heading = (
        f"On the same items {in_words(better)} of {in_words(len(known))} measures "
        f"{'is' if better == 1 else 'are'} better and {in_words(worse)} worse with the other {what}"
    )
    return heading, (
        f"Each comparison is of {attempts(record)} at the items that one {whom(record)} tried with "
        "both. The margin is how much worse still counts as not worse. "
        "It judges a change and ranks nobody."
    )


def agreement_head(record: Json) -> tuple[str, str]:
    """Heading and lead of how far two providers come to the same outcome."""
    first = next(one for one in judged(record) if one["alike"] is not None)
    size = first["alike"]
    decimals = max(0, min(PERCENT.decimals(size["low"], size["high"]), 1))
    share = f"{PERCENT.number(size['value'], decimals)} "
    share += PERCENT.interval(size["low"], size["high"], decimals, signed=False)
    return (
        (
            f"{capital(first['agent'])} comes to the same outcome on {share} of items with "
            f"{first['base']} and {first['other']}"
        ),
        (
            "Who mostly succeeds agrees often by chance alone. Kappa and AC1 take chance off: 0 is "
            "no more than chance, 1 is always. AC1 does not fall where nearly everything succeeds."
        ),
    )


def association_head(record: Json) -> tuple[str, str]:
    """Heading and lead of what goes along with a provider."""
    seen, what = told(record), maker(record)
    if not seen:
        return (
            f"Nothing is told of {plural_of(what)} without shared items",
            f"No {whom(record)} has enough interactions of one kind with two of them.",
        )
    many = sum(one["differs"] for one in seen)
    mix = joined([*(noun_of(name) for name in record["mix"]), "week"])
    return (
        (
            f"Without shared items {in_words(many)} of {count(len(seen))} differences "
            f"{'goes' if many == 1 else 'go'} along with the {what}"
        ),
        (
            f"Interactions of the same {mix} are compared. Which {what} it was is not decided "
            "by chance, so that these are associations: what else goes along with it is in them."
        ),
    )


def cell_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the cells."""
    what = maker(record)
    spread = next((one for one in record["found"]["spreads"] if one["measure"] == "success"), None)
    heading = f"Each {whom(record)} with each {what}"
    if spread is not None:
        most = max(("agents", "providers", "beyond"), key=lambda name: float(spread[name]))
        heading = {
            "agents": f"Success differs most between {plural_of(whom(record))}",
            "providers": f"Success differs most between {plural_of(what)}",
            "beyond": f"Success differs most by which {whom(record)} meets which {what}",
        }[most]
    hidden = record["found"]["withheld"]
    few = (
        f" {capital(counted(hidden, 'cell'))} of fewer than {count(record['found']['smallest'])} "
        f"persons {'is' if hidden == 1 else 'are'} withheld."
        if hidden
        else ""
    )
    return heading, (
        f"Drawn towards what the {whom(record)}, the {what} and all cells say, as far as own "
        f"numbers are noise; kinds of interactions are not held fixed.{few}"
    )
