"""What was changed, and by whom: versions of agents and templates, parameter by parameter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.simulate import platform as p

if TYPE_CHECKING:
    from datetime import date

    import numpy as np

_PEOPLE: Final = ("mara", "jonas", "ines", "tariq")
_PARAMETERS: Final = (
    ("prompt", "wording", "system", "tone", ("formal", "friendly", "concise"), "satisfaction"),
    ("prompt", "wording", "greeting", "text", ("none", "short", "by name"), "satisfaction"),
    ("behaviour", "sampling", "model", "temperature", ("0.2", "0.4", "0.7"), "stability"),
    ("behaviour", "limits", "model", "max_output_tokens", ("800", "1200", "2000"), "efficiency"),
    ("behaviour", "limits", "retry", "attempts", ("0", "1", "2"), "stability"),
    ("interface", "layout", "answer", "citations", ("off", "inline", "footnotes"), "satisfaction"),
    ("workflow", "routing", "handover", "threshold", ("0.3", "0.5", "0.6"), "performance"),
    ("integration", "tools", "search", "results", ("3", "5", "10"), "performance"),
    ("integration", "tools", "timeout", "seconds", ("5", "10", "20"), "stability"),
    (
        "knowledge",
        "index",
        "documents",
        "snapshot",
        ("2026-04", "2026-06", "2026-09"),
        "performance",
    ),
)
"""Kind, category, element, parameter, its values in turn, what a change is to improve."""
_OVERRIDES: Final = 30
_LEVELS: Final = ("low", "medium", "high")


def configurations(rng: np.random.Generator) -> pl.DataFrame:
    """One row per changed parameter: some in every release, some by a workspace in between."""
    rows = [
        _change(agent.name, release, before, parameter, rng)
        for agent in p.AGENTS
        for before, release in zip((None, *agent.releases), agent.releases, strict=False)
        for parameter in range(len(_PARAMETERS))
        if before is None or rng.random() < 0.45
    ]
    rows += [_override(n, rng) for n in range(_OVERRIDES)]
    text = dict.fromkeys(("parent_version", "old_value", "workspace_id", "user_id"), pl.String)
    frame = pl.DataFrame(rows, schema_overrides={**text, "validation_errors": pl.List(pl.String)})
    return frame.sort("changed_at", "agent_id", "version", "category", "element", "parameter")


def _change(
    agent: str,
    release: p.Release,
    before: p.Release | None,
    parameter: int,
    rng: np.random.Generator,
) -> dict[str, object]:
    kind, category, element, name, values, claim = _PARAMETERS[parameter]
    step = int(rng.integers(0, len(values) - 1))
    seconds = parameter * 60 + int(rng.integers(0, 50))
    return {
        "agent_id": agent,
        "version": release.version,
        "parent_version": before.version if before else None,
        "workspace_id": None,
        "user_id": None,
        "changed_at": _morning(release.since, seconds),
        "changed_by": _PEOPLE[int(rng.integers(0, len(_PEOPLE)))],
        "kind": kind,
        "category": category,
        "element": element,
        "change": "modified" if before else "added",
        "parameter": name,
        "old_value": values[step] if before else None,
        "new_value": values[step + 1],
        "impact_level": _LEVELS[int(rng.integers(0, 3))],
        "claimed_impact": claim,
        "valid": True,
        "validation_errors": [],
        "compatible": True,
        "rollback_available": before is not None,
    }


def _override(number: int, rng: np.random.Generator) -> dict[str, object]:
    """A workspace sets a parameter of the planner for itself; one in six is not valid."""
    release = p.AGENTS[1].releases[0]
    row = _change(p.PLANNER, release, release, number % len(_PARAMETERS), rng)
    day = p.START + timedelta(days=10 + int(rng.integers(0, 70)))
    faulty = number % 6 == 5
    return row | {
        "parent_version": None,
        "workspace_id": f"ws-{number + 1:02d}",
        "changed_at": _morning(day, 7200 + number),
        "valid": not faulty,
        "validation_errors": ["value is outside of what the plan allows"] if faulty else [],
        "compatible": not faulty,
    }


def versions() -> pl.DataFrame:
    """One row per version of every agent, its template and its workflow; the last is active."""
    rows = []
    for agent in p.AGENTS:
        for number, release in enumerate(agent.releases):
            newest = number == len(agent.releases) - 1
            rows += [
                _version("agent", agent.name, release.version, release, newest=newest),
                _version(
                    "template", f"{agent.name}-system", str(number + 1), release, newest=newest
                ),
            ]
        rows.append(_version("workflow", agent.workflow, "1", agent.releases[0], newest=True))
    return pl.DataFrame(rows).sort("subject", "subject_id", "version")


def _version(
    subject: str, subject_id: str, version: str, release: p.Release, *, newest: bool
) -> dict[str, object]:
    template = subject == "template"
    return {
        "subject": subject,
        "subject_id": subject_id,
        "version": version,
        "name": subject_id.replace("-", " ").title(),
        "content": f"You are {{{{name}}}}. Follow edition {version}." if template else None,
        "variables": ["name", "customer", "today"] if template else [],
        "customization_level": "workspace" if subject == "agent" else "none",
        "is_active": newest,
        "is_default": newest,
        "created_by": _PEOPLE[len(subject_id) % len(_PEOPLE)],
        "created_at": _morning(release.since - timedelta(days=3), 0),
        "activated_at": _morning(release.since, 0),
    }


def _morning(day: date, seconds: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
