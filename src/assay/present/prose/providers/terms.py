"""What measures, agents and providers are called, and how their numbers are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.format import NOTHING, PERCENT, POINTS, Notation, level
from assay.present.prose.words import noun_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.core.finding import Tone

Json = dict[str, Any]
MEASURES: Final = {
    "success": "share of interactions that succeed",
    "rating": "mean rating",
    "latency": "typical wait for an answer",
    "cost": "cost",
}
SHORT: Final = {"success": "success", "rating": "rating", "latency": "wait", "cost": "cost"}
RELATIVE: Final = frozenset({"latency", "cost"})
VERDICTS: Final[dict[str, tuple[str, Tone]]] = {
    "better": ("better", "good"),
    "not worse by more than the margin": ("not worse beyond the margin", "good"),
    "worse": ("worse", "bad"),
    "worse by more than the margin": ("worse beyond the margin", "bad"),
    "unclear": ("unclear", "attention"),
    "not compared": ("not compared", "neutral"),
}


def maker(record: Json) -> str:
    """What is compared: `provider`, `model`."""
    return noun_of(record["found"]["by"][1])


def attempts(record: Json) -> str:
    """Which attempts at an item count."""
    return "all attempts" if record["found"]["attempts"] == "all" else "the first attempts"


def whom(record: Json) -> str:
    """Who works with it: `agent`."""
    return noun_of(record["found"]["by"][0])


def written(measure: str) -> Notation:
    """How a difference of this measure is written: points, or a relative change in percent."""
    return PERCENT if measure in RELATIVE else POINTS


def sized(size: Json | None, measure: str) -> str:
    """`+5.0 points [−10.3, +20.2]`, `−61 % [−68, −52]`."""
    if size is None:
        return NOTHING
    how = written(measure)
    decimals = max(0, min(how.decimals(size["low"], size["high"]), 1))
    value = how.number(size["value"], decimals, signed=True)
    return f"{value} {how.interval(size['low'], size['high'], decimals)}"


def point(value: float | None, unit: str) -> str:
    """A mean without an interval, with three digits."""
    if value is None:
        return NOTHING
    how = level(unit, value)
    return how.number(value, min(how.decimals_of(value), 1 if unit == "share" else 6))


def judged(record: Json) -> Sequence[Json]:
    """Changes that have an interval."""
    return [one for one in record["found"]["changes"] if one["difference"] is not None]


def told(record: Json) -> Sequence[Json]:
    """Associations that have an interval."""
    return [one for one in record["associations"] if one["difference"] is not None]


def sure(record: Json) -> Sequence[Json]:
    """Judged changes that are more than chance."""
    alpha = 1 - record["found"]["confidence"]
    return [one for one in judged(record) if one["adjusted"] <= alpha]


def pairs(found: Sequence[Json]) -> list[tuple[str, str, str]]:
    """Each agent and two providers, once."""
    return list(dict.fromkeys((one["agent"], one["base"], one["other"]) for one in found))
