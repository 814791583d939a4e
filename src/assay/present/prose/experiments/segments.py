"""Whether segments differ, in words; each one's effect beside that of the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assay.present.format import NOTHING, PERCENT, Notation, chance, change, count, day, declared
from assay.present.prose.experiments.basis import LONG_NAME
from assay.present.prose.words import (
    capital,
    counted,
    inside,
    is_plural,
    joined,
    plural_of,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]


_BARE: Final = re.compile(r"[-+]?\d+(?:\.\d+)?|true|false", re.IGNORECASE)


def named(segment: str, column: str) -> str:
    """What a segment is called: its value, which alone must say something.

    Units without a value form a segment of their own. A number, or true and false, stands beside
    its column.

    >>> [named(one, "new_user") for one in ("(none)", "1", "false", "weekly")]
    ['no new user', 'new user = 1', 'new user = false', 'weekly']
    """
    words = column.replace("_", " ")
    if segment == "(none)":
        return f"no {words}"
    return f"{words} = {segment}" if _BARE.fullmatch(segment) else segment


def formed(told: Json) -> str:
    """When segments were formed, and what follows from it."""
    up_to = f"Segments were formed of days up to {day(told['as_of'])}"
    if not told["late"]:
        return (
            f"{up_to}, before the first unit was exposed ({day(told['first'])}): the treatment had "
            "no part in who is in which."
        )
    since = (
        "when units were first exposed is not known"
        if told["first"] is None
        else f"units were exposed from {day(told['first'])} on"
    )
    return (
        f"{up_to}, and {since}: the treatment may have decided who is in which segment, so that "
        "effects by segment may come from that alone."
    )


def one_of(column: str, names: Iterable[str] = ()) -> str:
    """One segment of a column, as a noun: `user type`, but `value of newbies`.

    Args:
        column: in words.
        names: of the segments, as `named` tells them.
    """
    bare = any(name.startswith(f"{column} = ") for name in names)
    return f"value of {column}" if bare or is_plural(column) else column


def all_of(column: str, names: Iterable[str] = ()) -> str:
    """The segments of a column: `user types`, `values of newbies`."""
    noun = one_of(column, names)
    return f"values of {column}" if noun != column else plural_of(column)


def for_which(names: list[str], column: str) -> str:
    """Segments inside a sentence: `user types free and paid`, `newbies = 0`.

    A segment's name alone could be any word, so its column stands before it.
    """
    listed = joined([shortened(name, LONG_NAME) for name in names])
    if any(name.startswith(f"{column} = ") for name in names):
        return listed
    return f"{column if len(names) == 1 else all_of(column)} {listed}"


def pooled_of(record: Json, column: str, metric: str, arm: str) -> Json | None:
    """What the segments of a column say together, None where nothing was asked."""
    wanted = (column, metric, arm)
    return next(
        (p for p in record.get("pooled", ()) if (p["column"], p["metric"], p["arm"]) == wanted),
        None,
    )


def apart(pooled: Json | None) -> list[Json]:
    """The segments whose interval of the difference from the rest leaves out zero."""
    return [s for s in pooled["segments"] if s["differs"]] if pooled else []


def heading(pooled: Json, called: Any) -> str:  # noqa: ANN401  names a segment
    """Which segments differ, with the interval that shows it where it is one."""
    found, column = apart(pooled), pooled["column"].replace("_", " ")
    names = [called(s["segment"]) for s in found]
    metric = inside(shortened(pooled["metric"], LONG_NAME))
    if len(found) == 1:
        return (
            f"The effect on {metric} differs for {for_which(names, column)}: "
            f"{against_rest(found[0], pooled)} against the rest"
        )
    if len(names) <= 4:
        return f"The effect on {metric} differs for {for_which(names, column)}"
    groups = all_of(column, names)
    return f"The effect on {metric} differs for {len(names)} of {len(pooled['segments'])} {groups}"


def tested(pooled: Json | None, groups: str) -> str:
    """What the interaction test says, in one sentence; without one, what overlap does not show."""
    if pooled is None or pooled["interaction"] is None:
        return f"Intervals that overlap do not show that {groups} differ."
    found = pooled["interaction"]
    often = _often(found["p_value"])
    if not found["differs"]:
        return (
            f"That {groups} differ from each other is not shown: chance alone spreads effects "
            f"so far in {often} of experiments{_asked(found)}."
        )
    if apart(pooled):
        return f"That {groups} differ is shown: chance alone spreads effects so far in {often}."
    return (
        f"That {groups} differ is shown (chance alone spreads effects so far in {often}), but not "
        "which of them does."
    )


def _asked(found: Json) -> str:
    """The limit, where it is a close thing; several columns share the error among them."""
    close = found["p_value"] < 2 * found["threshold"]
    return f", where under {declared(found['threshold'])} is asked for" if close else ""


def _often(probability: float) -> str:
    return chance(probability) if probability < 0.1 else PERCENT.number(probability, 0)


def method(record: Json) -> str:
    """How segments were pooled and told apart, once for all that went alike."""
    said: dict[str, list[str]] = {}
    for pooled in record.get("pooled", ()):
        parts = [] if pooled["reason"] else [pooled["method"]]
        if pooled["draws"]:
            parts.append(
                f"{count(pooled['draws'])} draws, R-hat at most "
                f"{Notation().number(pooled['worst_rhat'], 3)}, at least "
                f"{count(round(pooled['least_ess']))} effective"
            )
        if pooled["interaction"]:
            parts.append(f"whether they differ: {pooled['interaction']['test']}")
        names = said.setdefault("; ".join(parts), [])
        if parts and pooled["metric"] not in names:
            names.append(pooled["metric"])
    told = [f"{text} ({joined(names)})" for text, names in said.items() if text]
    return f"{capital('. '.join(told))}." if told else ""


def drawn(pooled: Json) -> str:
    """What the second mark of each row is, and how far segments were found to spread."""
    if pooled["reason"]:
        return f"No pooled estimate: {pooled['reason']}."
    spread = pooled["spread"]
    text = (
        "Thin line with a diamond: the segment drawn towards the others, as far as chance explains "
        "why it differs."
    )
    if pooled["scale"] != "lift":
        return "Segments are pooled as differences, in the table below."
    decimals = PERCENT.decimals(spread["low"], spread["high"])
    return (
        f"{text} True effects spread by about {PERCENT.number(spread['value'], decimals)} "
        f"{PERCENT.interval(spread['low'], spread['high'], decimals, signed=False)}."
    )


def estimate(ends: Json, notation: Notation) -> str:
    """`+4.5 % [+2.9, +6.1]`."""
    if ends["value"] is None:
        return NOTHING
    low, high = ends["low"], ends["high"]
    if low is None or high is None:
        return (
            f"{notation.number(ends['value'], 1, signed=True)} {notation.interval(None, None, 1)}"
        )
    decimals = notation.decimals(low, high)
    value = notation.number(ends["value"], decimals, signed=True)
    return f"{value} {notation.interval(low, high, decimals)}"


def against_rest(segment: Json, pooled: Json) -> str:
    """How far a segment's effect is from that of the others, with its simultaneous interval."""
    return estimate(segment["against_rest"], _notation(pooled))


def rows(pooled: Json, called: Any) -> list[list[str]]:  # noqa: ANN401  names a segment
    """One row of the table per segment: n, pooled effect, difference from the rest, reading."""
    notation = _notation(pooled)
    return [
        [
            shortened(called(s["segment"]), LONG_NAME),
            count(s["n"] + s["n_control"]),
            estimate(s["pooled"], notation),
            estimate(s["against_rest"], notation),
            "differs" if s["differs"] else "not shown to differ",
        ]
        for s in pooled["segments"]
    ]


def caption(pooled: Json, confidence: str) -> str:
    """What the columns of that table are."""
    segments = counted(len(pooled["segments"]), "segment")
    rest = (
        "how much larger the factor of the effect is than in all other segments together"
        if pooled["scale"] == "lift"
        else "how much larger the difference is than in all other segments together"
    )
    return (
        f"Effect drawn towards the other segments, and {rest}. Intervals of the difference from "
        f"the rest hold for all {segments} together at {confidence} or more."
    )


def _notation(pooled: Json) -> Notation:
    return PERCENT if pooled["scale"] == "lift" else change(pooled["unit"]).brief
