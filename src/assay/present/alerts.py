"""Alerts in words: one sentence each for lists and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.format import PERCENT, POINTS, amount, chance, change, level
from assay.present.prose.trends.clauses import when
from assay.present.prose.words import joined

if TYPE_CHECKING:
    from collections.abc import Mapping


def told(alert: Mapping[str, Any]) -> str:
    """What an alert says: what changed, where, since when, what was expected and what is seen.

    Args:
        alert: as `assay.analysis.alerts.Alarm` is recorded.
    """
    where = "".join(f", {column} {value}" for column, value in _pairs(alert))
    name, since = alert["subject"], when(alert["since"])
    kind = alert["kind"]
    if kind == "silence":
        what = "no rows" if name == "rows" else f"no values of {name}"
        return f"{what.capitalize()} since {since}{where}"
    if kind == "mix":
        parts = [
            f"{part['label']} {amount(part['expected'], PERCENT)} → {amount(part['seen'], PERCENT)}"
            for part in alert["parts"]
        ]
        return f"The mix of {name} drifted since {since}{where}: {joined(parts)}"
    seen, expected = _both(alert)
    if kind == "threshold":
        side = "above" if alert["size"] > 0 else "below"
        return (
            f"{name}{where} is {side} {expected} since {since}: level {seen}, "
            f"with {chance(alert['certainty'])} probability"
        )
    size = _size(alert)
    if kind == "anomaly":
        return f"{name}{where} stood out on {since}: {seen}, expected {expected} ({size})"
    verb = {"degradation": "is worse", "improvement": "is better"}.get(kind, "changed")
    return f"{name}{where} {verb} since {since}: {seen}, expected {expected} ({size})"


def sentences(alert: Mapping[str, Any]) -> dict[str, str]:
    """A heading, a sentence for a manager and one for a statistician."""
    plain = told(alert)
    if alert["usd_per_day"] is not None:
        verb = "saves" if alert["kind"] == "improvement" else "costs"
        plain += f". It {verb} {cost(alert)} a day, weighed by how sure it is"
    exact = f"{alert['kind']}, {alert['severity']}"
    if alert["since_low"] != alert["since_high"]:
        exact += f"; began from {when(alert['since_low'])} to {when(alert['since_high'])} (90 %)"
    if alert["certainty"] is not None:
        exact += f"; probability {chance(alert['certainty'])}"
    return {"title": told(alert), "plain": plain, "exact": exact}


def cost(alert: Mapping[str, Any]) -> str:
    """Dollars a day, weighed by certainty; a dash where nobody put a price."""
    return amount(alert["usd_per_day"], level("USD"))


def _pairs(alert: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(column), str(value)) for column, value in alert["by"]]


def _both(alert: Mapping[str, Any]) -> tuple[str, str]:
    notation = level(alert["unit"], alert["expected"])
    return amount(alert["seen"], notation), amount(alert["expected"], notation)


def _size(alert: Mapping[str, Any]) -> str:
    size = alert["size"]
    relative = alert["size_unit"] == "share" and alert["relative"]
    notation = PERCENT if relative else change(alert["size_unit"], size)
    if alert["size_unit"] == "share" and not relative:
        notation = POINTS
    low, high = alert["size_low"], alert["size_high"]
    if low is None or high is None:
        return notation.number(size, notation.decimals_of(size), signed=True)
    decimals = notation.decimals(low, high)
    interval = notation.interval(low, high, decimals)
    return f"{notation.number(size, decimals, signed=True)} {interval}"
