"""The section on alerts: a cell that a version's notebook gets when it is put up."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from nbformat.v4 import new_code_cell, new_output

from assay.workbench.alerts.standing import BUDGET_DAYS
from assay.workbench.notebook import ALERTS
from assay.workbench.render.head import day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbformat import NotebookNode

    from assay.workbench.alerts.standing import Standing

Json = dict[str, Any]

MOST: Final = 8
"""Alerts that a page lists; the command lists all."""
_SECTION: Final = "application/vnd.assay.section+json"
_TABLE: Final = "application/vnd.assay.table+json"
_DETAILS: Final = "application/vnd.assay.details+json"
_TONES: Final = {"critical": "bad", "warning": "attention", "info": "neutral"}
_COLUMNS: Final = (
    ("Severity", "left"),
    ("What", "left"),
    ("Worth a day", "right"),
    ("Id", "left"),
)


def with_alerts(notebook: NotebookNode, standing: Standing | None) -> NotebookNode:
    """The notebook with the section in place of an earlier one; the argument stays as it is.

    It stands before what is folded away (method, provenance), at the end where nothing is.
    """
    kept = [cell for cell in notebook.cells if not _is_ours(cell)]
    if standing is None and len(kept) == len(notebook.cells):
        return notebook
    made = copy.copy(notebook)
    made.cells = kept
    if standing is not None:
        at = next((place for place, cell in enumerate(kept) if _folds(cell)), len(kept))
        made.cells = [*kept[:at], _cell(standing), *kept[at:]]
    return made


def _is_ours(cell: NotebookNode) -> bool:
    return ALERTS in cell.metadata.get("tags", ())


def _folds(cell: NotebookNode) -> bool:
    return any(_DETAILS in output.get("data", {}) for output in cell.get("outputs", ()))


def _cell(standing: Standing) -> NotebookNode:
    blocks = list(_blocks(standing))
    outputs = [
        new_output("display_data", {media: body, "text/plain": text})  # type: ignore[no-untyped-call]
        for media, body, text in blocks
    ]
    return new_code_cell(  # type: ignore[no-untyped-call, no-any-return]
        "", id="alerts", metadata={"tags": [ALERTS]}, outputs=outputs
    )


def _blocks(standing: Standing) -> list[tuple[str, Json, str]]:
    heading, lead = _words(standing)
    body = {"nav": "Alerts", "heading": heading, "lead": lead}
    blocks: list[tuple[str, Json, str]] = [(_SECTION, body, f"{heading}\n{lead}")]
    if standing.alerts:
        shown = standing.alerts[:MOST]
        table: Json = {
            "caption": "Open alerts, the gravest first; assay alerts has them by their id.",
            "columns": [{"label": label, "align": align} for label, align in _COLUMNS],
            "rows": [_row(alert) for alert in shown],
        }
        if len(shown) < len(standing.alerts):
            table["total"] = len(standing.alerts)
        blocks.append((_TABLE, table, "\n".join(str(alert["finding"]) for alert in shown)))
    return blocks


def _words(standing: Standing) -> tuple[str, str]:
    """Heading and lead."""
    if not standing.names:
        lead = "What is watched in this project (params/alerts.yaml) are other data."
        return "These data are not watched for alerts", lead
    if not standing.looked:
        lead = (
            "They are watched (params/alerts.yaml), but no look at them has come to its end. "
            "Publishing looks where it is not told --no-alerts; assay alerts update does at once, "
            "and says what stands in the way."
        )
        return "Nobody has looked for alerts in these data yet", lead
    n = len(standing.alerts)
    heading = "No alert is open about these data"
    if n:
        heading = f"{_counted(n, 'alert')} {'is' if n == 1 else 'are'} open about these data"
    if not standing.through:
        return heading, "No series of these data can be watched: assay alerts update says why."
    in_all = int(standing.look["series"])
    watched = _counted(standing.series, "series", "series")
    budget = float(standing.look["budget"])
    false = f"{budget:g} false {'alarm' if budget == 1 else 'alarms'} per {BUDGET_DAYS} days"
    over = "" if standing.series == in_all else f" over all {in_all} of the project"
    lead = f"{watched} watched up to {day(standing.through)}; budget {false}{over}."
    acknowledged = sum(alert["acknowledged_at"] is not None for alert in standing.alerts)
    if acknowledged:
        lead += f" {acknowledged} acknowledged."
    if standing.muted:
        lead += f" {standing.muted} muted."
    return heading, lead


def _counted(n: int, noun: str, plural: str = "") -> str:
    return f"{n} {noun if n == 1 else plural or f'{noun}s'}"


def _row(alert: Mapping[str, Any]) -> Sequence[Any]:
    severity = str(alert["severity"])
    said = str(alert["finding"])
    if alert["acknowledged_at"] is not None:
        note = f": {alert['acknowledged_note']}" if alert["acknowledged_note"] else ""
        said += f" (acknowledged{note})"
    tag = {"text": severity, "tone": _TONES[severity], "tag": True}
    return [tag, said, str(alert.get("cost") or "–"), str(alert["alert_id"])]
