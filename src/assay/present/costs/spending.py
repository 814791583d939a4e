"""The section on what was spent day by day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from assay.present.blocks import Section
from assay.present.charts.spending import DayCost, MeanCost, spending_chart
from assay.present.figures import Figure
from assay.present.format import period
from assay.present.prose.costs import spending as words
from assay.present.prose.costs.money import usd

if TYPE_CHECKING:
    from assay.present.theme import Meaning

Json = dict[str, Any]


def spending_blocks(record: Json) -> tuple[Section | Figure, ...]:
    """Day by day, and the means of the periods that are compared."""
    spending = record["spending"]
    heading, lead = words.heading(record)
    section = Section("Spending", heading, lead)
    days = [
        DayCost(day=date.fromisoformat(one["day"]), usd=one["usd"], words=usd(one["usd"]))
        for one in spending["days"]
    ]
    drawn: tuple[tuple[Json | None, Meaning], ...] = (
        (spending["before"], "muted"),
        (spending["recent"], "estimate"),
    )
    means = [
        MeanCost(
            first=date.fromisoformat(spent["first"]),
            last=date.fromisoformat(spent["last"]),
            usd=spent["daily"],
            words=f"{usd(spent['daily'])} a day",
            meaning=meaning,
        )
        for spent, meaning in drawn
        if spent is not None
    ]
    if len(days) < 2:
        return (section,)
    told = "; ".join(f"{mean.words} in {period(mean.first, mean.last)}" for mean in means)
    figure = Figure(
        spending_chart(days, means, axis="USD a day"),
        "A dot is what one day cost; lines are the means of the periods that are compared.",
        f"Spending by day, {period(days[0].day, days[-1].day)}: {told or heading}.",
    )
    return section, figure
