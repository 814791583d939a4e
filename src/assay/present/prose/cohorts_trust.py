"""What was checked of the report on cohorts, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.format import PERCENT, chance, change, count, level
from assay.present.prose.cohorts import amounts, apart, worst_of
from assay.present.prose.words import capital, counted, plural_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]
Row = tuple[str, str, str, "Tone"]
_GAP: Final = 0.05
"""Mean gap of tenths that is near enough; none of them may be twice as far off."""
_SHORT: Final = 0.01
"""Share of users by which intervals may hold fewer than they are meant for."""


def trust_rows(record: Json) -> list[Row]:
    """Checks: what, what was found, verdict, tone."""
    rows = _forecasts(record)
    cycle, every = record["cycle"], record["every"]
    if cycle is not None:
        rows.append(_sizes(cycle, every, record["confidence"]))
        if cycle["steady"] is not None:
            rows.append(_steady(cycle, every))
    found = [one for one in record["cohorts"] if one["found"]]
    if found:
        rows.append((
            "Users who may have begun before the data",
            counted(len(found), "start"),
            "shown, in no curve",
            "neutral",
        ))  # fmt: skip
    if record["hidden"]:
        what = counted(record["hidden"], "start or group", "starts or groups")
        rows.append((
            f"Fewer than {count(record['k'])} users", what, "not told", "neutral"
        ))  # fmt: skip
    rows += [
        (capital(f"{one['what']} left out"), count(one["count"]), one["reason"], "neutral")
        for one in record["left_out"]
    ]
    return rows


def _forecasts(record: Json) -> list[Row]:
    returns = record["returns"]
    test = returns["tested"]
    if returns["expected"] is None:
        return []
    if test is None:
        return [("Active days foretold earlier", "data too short", "not checked", "attention")]
    held = test["expected"]["low"] <= test["seen"] <= test["expected"]["high"]
    rows: list[Row] = [
        (
            "Active days foretold earlier",
            f"{amounts(test['expected'])}, {count(test['seen'])} came",
            "held" if held else "missed; the interval is wider by it",
            "good" if held else "attention",
        )
    ]
    if test["tenths"]:
        mean = change("share").number(test["mean"], 1)
        gap = f"off by {mean} on average, {apart(worst_of(test))} at most"
        kept = test["mean"] <= _GAP and test["largest"] <= 2 * _GAP
        rows.append((
            "Chances of staying away",
            gap,
            "near enough" if kept else "off; they are mended",
            "good" if kept else "attention",
        ))  # fmt: skip
    enough = test["held"] >= record["confidence"] - _SHORT
    meant = PERCENT.number(record["confidence"], 0)
    held_of = f"{PERCENT.number(test['held'], 1)} of {count(test['users'])}"
    said = f"held {held_of}, meant for {meant} or more"
    rows.append((
        "Users’ own intervals",
        said,
        "held" if enough else "too narrow",
        "good" if enough else "attention",
    ))  # fmt: skip
    return rows


def _sizes(cycle: Json, every: str, confidence: float) -> Row:
    test = cycle["tested"]
    name = "Sizes of states ahead"
    if test is None:
        return name, f"too few {plural_of(every)} to have foretold any", "not checked", "attention"
    share = test["held"] / test["sizes"]
    said = (
        f"foretold {counted(test['periods'], every)} earlier, {count(test['held'])} of "
        f"{count(test['sizes'])} intervals held, meant for {PERCENT.number(confidence, 0)}"
    )
    # sizes of one forecast are alike, so that one missed in five is no surprise
    few = share < 1 - 4 * (1 - confidence)
    return (
        name,
        said,
        "missed; wider by it" if few else "held; wider by errors",
        ("attention" if few else "good"),
    )


def _steady(cycle: Json, every: str) -> Row:
    said = (
        f"differ {level('1').number(cycle['excess'], 1)} times as much as by chance; as much in "
        f"{chance(cycle['p_value'])} of cases if steady"
    )
    if cycle["steady"]:
        return f"Chances of coming back, by {every}", said, "steady", "good"
    return f"Chances of coming back, by {every}", said, "sizes ahead allow for it", "attention"
