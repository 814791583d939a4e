"""Alerts in words: one sentence each for lists, and a section for reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Mark, Section, Table
from assay.present.format import PERCENT, POINTS, amount, chance, change, level
from assay.present.prose.words import counted, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.core.finding import Tone

Alert = dict[str, Any]

_TONES: Final[dict[str, Tone]] = {"critical": "bad", "warning": "attention", "info": "neutral"}
_GRAVITY: Final = ("critical", "warning", "info")


def told(alert: Mapping[str, Any]) -> str:
    """What an alert says: what changed, where, since when, what was expected and what is seen.

    Args:
        alert: as `assay.analysis.alerts.Alarm` is recorded.
    """
    where = "".join(f", {column} {value}" for column, value in _pairs(alert))
    name, since = alert["subject"], alert["since"]
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


def alert_blocks(alerts: Sequence[Alert]) -> tuple[Section | Table, ...]:
    """The section of a report: open alerts about its data; nothing where there are none.

    Args:
        alerts: open, not muted, about the data of the report.
    """
    if not alerts:
        return ()
    ordered = sorted(alerts, key=lambda alert: (_GRAVITY.index(alert["severity"]), alert["since"]))
    acknowledged = sum(alert["acknowledged_at"] is not None for alert in ordered)
    heading = f"{counted(len(ordered), 'alert')} about these data".capitalize()
    verb = "is" if len(ordered) == 1 else "are"
    lead = f"What is watched in these data (params/alerts.yaml), and {verb} not over."
    if acknowledged:
        lead += f" {counted(acknowledged, 'alert')} acknowledged.".capitalize()
    return (Section("Alerts", heading, lead), _table(ordered))


def _table(alerts: Sequence[Alert]) -> Table:
    return Table(
        caption="Open alerts",
        columns=(("Severity", "left"), ("What", "left"), ("Cost per day", "right"), ("Id", "left")),
        rows=[
            (
                Mark(alert["severity"], _TONES[alert["severity"]], tag=True),
                told(alert) + (_note(alert) if alert["acknowledged_at"] else ""),
                cost(alert),
                alert["alert_id"],
            )
            for alert in alerts
        ],
    )


def cost(alert: Mapping[str, Any]) -> str:
    """Dollars a day, weighed by certainty; a dash where nobody put a price."""
    return amount(alert["usd_per_day"], level("USD"))


def _note(alert: Alert) -> str:
    note = f": {alert['acknowledged_note']}" if alert["acknowledged_note"] else ""
    return f" (acknowledged{note})"


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
