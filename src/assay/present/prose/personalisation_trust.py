"""What was checked of the report on personalisation, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.format import PERCENT, count
from assay.present.prose.personalisation import shifted
from assay.present.prose.words import capital

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]


def trust_rows(record: Json) -> list[tuple[str, str, str, Tone]]:
    """Checks: what, what was found, verdict, tone."""
    trend, found = record["trend"], record["adapting"]
    rows: list[tuple[str, str, str, Tone]] = []
    if trend:
        shock = trend["shock"]
        moved = "too few weeks" if shock is None else f"by {shock:.3f} (standard deviation)"
        rows.append(("Weeks that moved everybody", moved, "counted in the interval", "neutral"))
        leaving = trend["leaving"]
        if leaving is None:
            rows.append(("Who left", "too few to compare", "not checked", "attention"))
        else:
            apart = leaving["gap"]["low"] > 0 or leaving["gap"]["high"] < 0
            rows.append((
                "Who left had moved like who stayed",
                f"difference {shifted(leaving['gap'])}",
                "differ" if apart else "no difference seen",
                "attention" if apart else "good",
            ))  # fmt: skip
        part = trend["told"]
        rows.append((
            "Users told, of all who rated",
            f"{PERCENT.number(part, 0)}: {count(trend['counted'])} of {count(trend['users'])}",
            "most are told" if part > 0.5 else "few are told",
            "neutral" if part > 0.5 else "attention",
        ))  # fmt: skip
    if found and found["drift"]:
        alike = found["moved_alike"]
        rows.append((
            "Moved alike before changes",
            f"{shifted(found['drift'])} a week",
            "compatible" if alike else "they had not",
            "good" if alike else "attention",
        ))  # fmt: skip
    if found and found["dip"]:
        low = found["dip"]["high"] < 0
        rows.append((
            "Changes follow bad weeks",
            shifted(found["dip"]),
            "they do; matched for" if low else "not seen",
            "attention" if low else "good",
        ))  # fmt: skip
    rows += [
        (capital(f"{one['what']} left out"), count(one["count"]), one["reason"], "neutral")
        for one in record["left_out"]
    ]
    return rows
