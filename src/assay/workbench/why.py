"""Why a report has to run, or need not: what has changed since its newest version."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.alerts.standing import standing_of
from assay.workbench.alerts.store import ADDED
from assay.workbench.dates import today
from assay.workbench.versions import failed_attempt, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.workbench.plan import Plan
    from assay.workbench.project import Project
    from assay.workbench.versions import Version

CURRENT: Final = "nothing has changed since"
_MANY: Final = 5
_LONGEST: Final = 60


def why(project: Project, wanted: Plan) -> tuple[str, ...]:
    """Each thing that has changed since the newest version, as a short sentence without its stop.

    Where the version is current, one sentence that begins with `nothing has changed since`.
    """
    name, set_name = wanted.report.name, wanted.set_name
    newest = next(reversed(versions(project, name, set_name)), None)
    failed = failed_attempt(project, name, set_name)
    if newest is None:
        if failed is not None and failed.key == wanted.key:
            return ("it was never published: the last run failed",)
        return ("it was never published",)
    if newest.key != wanted.key:
        return tuple(_changes(newest, wanted)) or ("its key was made by another version of Assay",)
    if failed is not None and failed.key == wanted.key:
        return ("the last run failed",)
    standing = standing_of(project, wanted.ingredients.inputs, today(project))
    if ADDED in newest.manifest and newest.manifest[ADDED] != (standing and standing.mark):
        return ("alerts about its data have changed: its page is made again",)
    return (f"{CURRENT} {newest.id}",)


def _changes(newest: Version, wanted: Plan) -> Iterator[str]:
    manifest, now = newest.manifest, wanted.ingredients
    before = manifest.get("made_from") or {}
    if (manifest.get("notebook") or {}).get("sha256") != now.notebook:
        yield f"{wanted.report.path.name} has changed"
    yield from _code(before.get("code") or {}, now.code)
    yield from _parameters(manifest.get("parameters") or {}, now.parameters)
    yield from _inputs(manifest.get("inputs") or (), [asdict(found) for found in now.inputs])
    if before.get("lock") != now.lock:
        yield "the packages have changed (lock file, or what is installed)"
    if before.get("python") != now.python:
        yield f"Python was {before.get('python')}, is {now.python}"


def _code(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    changed = [name for name in now if name in before and before[name] != now[name]]
    added = [name for name in now if name not in before]
    gone = [name for name in before if name not in now]
    for names, what in (
        (changed, "changed"),
        (added, "newly imported"),
        (gone, "no longer imported"),
    ):
        if names:
            yield f"code {what}: {_listed(names)}"


def _parameters(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"parameter {name} is new: {_shown(now[name])}"
        elif name not in now:
            yield f"parameter {name} is gone"
        elif before[name] != now[name]:
            yield f"parameter {name} was {_shown(before[name])}, is {_shown(now[name])}"


def _inputs(before: Any, now: list[dict[str, Any]]) -> Iterator[str]:  # noqa: ANN401  JSON
    # Sources that a notebook told of without their being marked have no hash.
    known = {(found["name"], found["path"]): found for found in before if found.get("sha256")}
    for found in now:
        earlier = known.pop((found["name"], found["path"]), None)
        if earlier is None:
            yield f"{found['name']} is read from {found['path']} now"
        elif earlier["sha256"] != found["sha256"]:
            grown = found["bytes"] - (earlier["bytes"] or 0)
            size = f" ({grown:+,} bytes)" if grown else ""
            yield f"{found['name']}: {found['path']} has changed{size}"
    for name, path in known:
        yield f"{name} is no longer read from {path}"


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_MANY])
    return f"{shown} and {len(names) - _MANY} more" if len(names) > _MANY else shown


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
