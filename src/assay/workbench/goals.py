"""Goals that a project declares, in `params/goals.yaml`, and the metrics they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from assay.core.errors import ParameterError, nearest
from assay.core.goals import Goal
from assay.core.project import project_root, resolve_path
from assay.params import Metric
from assay.workbench.files import write_atomically
from assay.workbench.goals_text import with_goal
from assay.workbench.layers import read_table, table
from assay.workbench.metrics import declared_metrics
from assay.workbench.project import Project
from assay.workbench.values import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

GOALS_FILE: Final = "params/goals.yaml"


def read_goals(path: str | Path | None = GOALS_FILE) -> tuple[Goal, ...]:
    """The goals of a file, in its order; none where there is no path.

    Raises:
        ParameterError: where the file cannot be read, a goal cannot be understood, or two have the
            same name.
    """
    if not path:
        return ()
    file, place = resolve_path(str(path)), Path(path).name
    if not file.exists():
        raise ParameterError(
            f"there is no {path}", remedy="assay quality goals set NAME … writes it"
        )
    content = read_table(file, place)
    for key in content:
        if key != "goals":
            raise ParameterError(f"{place} has {key!r}, expected goals: and below it a list")
    listed = content.get("goals") or []
    if not isinstance(listed, list):
        raise ParameterError(f"{place}, goals: expected a list, each with name, metric, target, by")
    goals = tuple(goal_of(one, f"{place}, goal {i}") for i, one in enumerate(listed, 1))
    names = [goal.name for goal in goals]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{place}: {names.count(name)} goals are called {name!r}")
    return goals


def goal_of(told: object, place: str) -> Goal:
    """One entry as a goal.

    Raises:
        ParameterError: where it cannot be understood; `place` says where it stands.
    """
    if not isinstance(told, dict):
        raise ParameterError(f"{place}: {told!r}, expected name, metric, target and by")
    whom = told.get("for")
    if isinstance(whom, dict):
        told = told | {"for": {str(key): str(value) for key, value in whom.items()}}
    if isinstance(told.get("target"), int) and not isinstance(told["target"], bool):
        told = told | {"target": float(told["target"])}
    try:
        return Goal.model_validate(told)
    except ValidationError as error:
        unknown = [one for one in error.errors() if one["type"] == "extra_forbidden"]
        first = (unknown or error.errors())[0]
        field = ".".join(str(part) for part in first["loc"])
        named = f" ({told['name']})" if told.get("name") else ""
        known = {"name", "metric", "target", "by", "better", "for"}
        remedy = nearest(field, known) if first["type"] == "extra_forbidden" else ""
        said = "is not known" if remedy else first["msg"].removeprefix("Value error, ")
        raise ParameterError(f"{place}{named}, {field}: {said}", remedy=remedy) from None


def metrics_of(goals: Iterable[Goal], scores: Iterable[str]) -> dict[str, Metric]:
    """The metrics that goals name beside scores.

    Raises:
        ParameterError: where a goal's metric is neither a score nor in metrics.yaml.
    """
    names = set(scores)
    wanted = {goal.metric for goal in goals} - names
    if not wanted:
        return {}
    declared = declared_metrics(Project.at(project_root()))
    for goal in goals:
        if goal.metric in wanted - declared.keys():
            raise ParameterError(
                f"goal {goal.name!r}: {goal.metric!r} is neither a score nor a metric",
                remedy=f"known: {', '.join(sorted(names | declared.keys()))}",
            )
    return {name: Metric.model_validate(declared[name]) for name in sorted(wanted)}


def write_goal(goal: Goal, path: Path) -> bool:
    """Puts a goal into the file, in place of one of the same name; whether there was one.

    All other lines stay as they are, comments too.

    Raises:
        ParameterError: where the file cannot be read, or is written in a way that cannot be edited.
    """
    old = read_goals(path) if path.exists() else ()
    there = any(one.name == goal.name for one in old)
    wanted = [goal if one.name == goal.name else one for one in old] + ([] if there else [goal])
    before = path.read_text(encoding="utf-8") if path.exists() else "goals:\n"
    text = with_goal(before, goal.name, _entry(goal))
    path.parent.mkdir(parents=True, exist_ok=True)
    written = table(read_yaml(text, place=path.name), path.name)
    found = [goal_of(one, path.name) for one in written["goals"]]
    if found != wanted:
        raise ParameterError(
            f"{path.name} cannot be edited without loss", remedy="write the goal by hand"
        )
    write_atomically(path, text)
    return there


def _entry(goal: Goal) -> dict[str, Any]:
    said: dict[str, Any] = {"name": goal.name, "metric": goal.metric, "target": goal.target}
    said["by"] = goal.by
    if "better" in goal.model_fields_set:
        said["better"] = goal.better
    return said | ({"for": dict(goal.whom)} if goal.whom else {})
