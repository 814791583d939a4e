"""What entities, methods and measures are called, and who is on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.format import NOTHING, PERCENT, change, count, p_value
from assay.present.prose.words import noun_of, plural_of

if TYPE_CHECKING:
    from collections.abc import Sequence


Json = dict[str, Any]
_SURE: Final = 0.99
METHODS = {
    "k-means": "k-means, as equal spheres, so that membership can be said as a probability",
    "mixture": "a mixture of normal distributions",
    "ward": "Ward’s hierarchy",
    "average": "a hierarchy by mean distance",
    "linkage": "a linkage on the spanning tree",
    "density": "density, with noise told apart (HDBSCAN)",
}
MEASURES = {
    "valleys": "valleys between dense places",
    "2 centres": "how much scatter two centres take up",
    "4 centres": "how much scatter four centres take up",
    "8 centres": "how much scatter eight centres take up",
    "a mixture of 2": "how much better two normal distributions describe them than one",
}


def noun(record: Json) -> str:
    """What one entity is called."""
    return " and ".join(noun_of(name) for name in record["entity"])


def whom(record: Json) -> str:
    """`4 181 users`, `users` where their number may not be told."""
    if record["entities"] is None:
        return plural_of(noun(record))
    return f"{count(record['entities'])} {plural_of(noun(record))}"


def shown(record: Json) -> Sequence[Json]:
    """Segments, the largest first; none where there are none."""
    return () if record["profiles"] is None else record["profiles"]["profiles"]


def points(size: Json) -> str:
    """`+2.1 points [+0.3, +3.9]`."""
    written = change("share")
    decimals = min(written.decimals(size["low"], size["high"]), 1)
    value = written.number(size["value"], decimals, signed=True)
    return f"{value} {written.interval(size['low'], size['high'], decimals)}"


def certain(probability: float | None) -> str:
    """`98 %`, `over 99 %`: a mean certainty, which is recorded in whole percent."""
    if probability is None:
        return NOTHING
    held = min(probability, _SURE)
    return ("over " if probability > _SURE else "") + PERCENT.number(held, 0)


def p_said(p: float | None) -> str:
    """`p = 0.041`, `p < 0.0001`."""
    said = p_value(p)
    return f"p {said}" if said.startswith("<") else f"p = {said}"
