"""The section on alerts: a cell that a version's notebook gets when it is put up."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from nbformat.v4 import new_code_cell, new_output

from assay.core.language import language
from assay.workbench.alerts.standing import BUDGET_DAYS
from assay.workbench.notebook import ALERTS
from assay.workbench.render.head import day
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbformat import NotebookNode

    from assay.workbench.alerts.standing import Standing

Json = dict[str, Any]

MOST: Final = 8
"""Alerts that a page lists; the command lists all."""
_SECTION: Final = "application/vnd.assay.section+json"
_TABLE: Final = "application/vnd.assay.table+json"
_DETAILS: Final = "application/vnd.assay.details+json"
_TONES: Final = {"critical": "bad", "warning": "attention", "info": "neutral"}
_UNSEEN: Final = (
    "They are watched (params/alerts.yaml), but no look at them has come to its end.",
    "Publishing looks where it is not told --no-alerts; assay alerts update looks at once.",
)
_COLUMNS: Final = (("Severity", "left"), ("What", "left"), ("Money", "right"), ("Id", "left"))


def with_alerts(
    notebook: NotebookNode, standing: Standing | None, lang: str = "en"
) -> NotebookNode:
    """The notebook with the section in place of an earlier one; the argument stays as it is.

    It stands before what is folded away (method, provenance), at the end where nothing is. What
    frames the alerts is in the report's language; they themselves say what they were kept with.
    """
    kept = [cell for cell in notebook.cells if not _is_ours(cell)]
    if standing is None and len(kept) == len(notebook.cells):
        return notebook
    made = copy.copy(notebook)
    made.cells = kept
    if standing is not None:
        at = next((place for place, cell in enumerate(kept) if _folds(cell)), len(kept))
        made.cells = [*kept[:at], _cell(standing, Say(lang)), *kept[at:]]
    return made


def _is_ours(cell: NotebookNode) -> bool:
    return ALERTS in cell.metadata.get("tags", ())


def _folds(cell: NotebookNode) -> bool:
    """Whether all that it shows is folded away; a section may fold some of its own."""
    shown = [output["data"] for output in cell.get("outputs", ()) if "data" in output]
    return bool(shown) and all(_DETAILS in data for data in shown)


def _cell(standing: Standing, say: Say) -> NotebookNode:
    blocks = list(_blocks(standing, say))
    outputs = [
        new_output("display_data", {media: body, "text/plain": text})  # type: ignore[no-untyped-call]
        for media, body, text in blocks
    ]
    return new_code_cell(  # type: ignore[no-untyped-call, no-any-return]
        "", id="alerts", metadata={"tags": [ALERTS]}, outputs=outputs
    )


def _blocks(standing: Standing, say: Say) -> list[tuple[str, Json, str]]:
    heading, lead = _words(standing, say)
    body = {"nav": say("Alerts"), "heading": heading, "lead": lead}
    blocks: list[tuple[str, Json, str]] = [(_SECTION, body, f"{heading}\n{lead}")]
    if standing.alerts:
        shown = standing.alerts[:MOST]
        table: Json = {
            "caption": say("Open alerts, the gravest first; assay alerts has them by their id."),
            "columns": [{"label": say(label), "align": align} for label, align in _COLUMNS],
            "rows": [_row(alert, say) for alert in shown],
        }
        if len(shown) < len(standing.alerts):
            table["total"] = len(standing.alerts)
        blocks.append((_TABLE, table, "\n".join(str(alert["finding"]) for alert in shown)))
    return blocks


def _words(standing: Standing, say: Say) -> tuple[str, str]:
    """Heading and lead."""
    if not standing.names:
        lead = say("What is watched in this project (params/alerts.yaml) are other data.")
        return say("These data are not watched for alerts"), lead
    if not standing.looked:
        heading = say("Nobody has looked for alerts in these data yet")
        return heading, " ".join(map(say, _UNSEEN))
    n = len(standing.alerts)
    heading = say("No alert is open about these data")
    if n:
        verb = "alert is" if n == 1 else "alerts are"
        heading = say(f"{{}} {verb} open about these data").format(n)
    if not standing.through:
        lead = say("No series of these data can be watched: assay alerts update says why.")
        return heading, lead
    return heading, " ".join(_lead(standing, say))


def _lead(standing: Standing, say: Say) -> Iterator[str]:
    """How much was watched, until when, at which budget; what is not shown, or known already."""
    in_all, budget = int(standing.look["series"]), float(standing.look["budget"])
    watched = say("{} series watched up to {}")
    watched = watched.format(say.count(standing.series), day(standing.through, say.lang))
    false = say(f"budget {{}} false {'alarm' if budget == 1 else 'alarms'} per {{}} days")
    told = f"{budget:g}".replace(".", language(say.lang).decimal)
    over = say("over all {} of the project").format(say.count(in_all))
    over = "" if standing.series == in_all else f" {over}"
    yield f"{watched}; {false.format(told, BUDGET_DAYS)}{over}."
    acknowledged = sum(alert["acknowledged_at"] is not None for alert in standing.alerts)
    if acknowledged:
        yield say("{} acknowledged.").format(acknowledged)
    if standing.muted:
        yield say("{} muted.").format(standing.muted)


def _row(alert: Mapping[str, Any], say: Say) -> Sequence[Any]:
    severity = str(alert["severity"])
    said = str(alert["finding"])
    if alert["acknowledged_at"] is not None:
        note = f": {alert['acknowledged_note']}" if alert["acknowledged_note"] else ""
        said += f" ({say('acknowledged')}{note})"
    tag = {"text": say(severity), "tone": _TONES[severity], "tag": True}
    return [tag, said, _money(alert, say), str(alert["alert_id"])]


def _money(alert: Mapping[str, Any], say: Say) -> str:
    """What it costs or saves a day; a dash where nobody put a price."""
    if alert.get("usd_per_day") is None or not alert.get("cost"):
        return "–"
    verb = "saves" if alert["kind"] == "improvement" else "costs"
    return say(f"{verb} {{}} a day").format(alert["cost"])
