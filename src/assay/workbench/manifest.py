"""Where a run comes from: everything that somebody needs to trust it or to repeat it."""

from __future__ import annotations

import json
import platform
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.labels import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from assay.workbench.executed import Executed
    from assay.workbench.plan import Plan
    from assay.workbench.project import Project

Manifest = dict[str, Any]


def manifest_of(plan: Plan, executed: Executed, project: Project, *, created: datetime) -> Manifest:
    """The manifest of a run; what publishing adds (version, renderer, parent) is still null."""
    ingredients = plan.ingredients
    inputs = _inputs(plan, executed.result.get("sources", []))
    labels = labels_of(plan.notebook, plan.values, executed.result.get("brief") or {})
    return {
        "report": plan.report.name,
        "set": plan.set_name,
        "version": None,
        "created": created.isoformat(timespec="seconds"),
        "as_of": _as_of(executed.result, inputs, created),
        "key": plan.key,
        "tags": list(labels.tags),
        "agents": list(labels.agents),
        "parameters": plan.values,
        "written": _written(plan),
        "inputs": inputs,
        "git": _git(project),
        "packages": _packages(plan.packages),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "seed": plan.values.get("seed"),
        "timings": executed.seconds,
        "renderer": None,
        "parent": None,
        "cells": executed.cells,
        "notebook": {
            "path": project.relative(plan.report.path),
            "sha256": ingredients.notebook,
        },
        "made_from": {
            "code": ingredients.code,
            "lock": ingredients.lock,
            "python": ingredients.python,
        },
        "command": _command(plan),
    }


def _inputs(plan: Plan, sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was hashed, joined with what the notebook says it read."""
    by_name = {source["name"]: source for source in sources}
    told = ("rows", "first", "last", "left_out")
    unread: dict[str, Any] = {"rows": None, "first": None, "last": None, "left_out": []}
    inputs = [
        asdict(found)
        | unread
        | {key: value for key, value in by_name.pop(found.name, {}).items() if key in told}
        for found in plan.ingredients.inputs
    ]
    inputs.extend(
        {"name": name, "path": source["path"], "sha256": None, "bytes": None, "files": None}
        | unread
        | {key: value for key, value in source.items() if key in told}
        for name, source in by_name.items()
    )
    return inputs


def _as_of(result: dict[str, Any], inputs: list[dict[str, Any]], created: datetime) -> str:
    """The day that the data reach to; where nothing tells, the day of the run."""
    through = (result.get("brief") or {}).get("data_through")
    lasts = [found["last"][:10] for found in inputs if found["last"]]
    return str(through or max(lasts, default=created.date().isoformat()))


def _git(project: Project) -> dict[str, Any] | None:
    revision = _git_says(project, "rev-parse", "HEAD")
    if revision is None:
        return None
    changes = _git_says(project, "status", "--porcelain", "--", ".")
    return {"revision": revision, "clean": changes == ""}


def _git_says(project: Project, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603  fixed arguments
        [git, "-C", str(project.root), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


_OWN: Final = "assay"


def _packages(imported: tuple[str, ...]) -> dict[str, str]:
    """Versions of what the notebook's code imports and of what Assay itself needs."""
    return dict(_found(imported, _installed()))


@lru_cache(maxsize=64)
def _found(
    imported: tuple[str, ...],
    installed: tuple[tuple[str, int], ...],  # noqa: ARG001  the answer changes with it
) -> tuple[tuple[str, str], ...]:
    """Every distribution is looked into, which takes half a second: once, not for each run."""
    owners = packages_distributions()
    names = {owner for module in imported for owner in owners.get(module, ())}
    names.update(_required())
    return tuple(sorted(_versions(names)))


def _installed() -> tuple[tuple[str, int], ...]:
    """Folders of modules, and when something was last put in or taken out of each."""
    folders = [Path(entry) for entry in sys.path if entry]
    return tuple((str(path), path.stat().st_mtime_ns) for path in folders if path.is_dir())


def _required() -> Iterator[str]:
    for line in requires(_OWN) or ():
        if "extra ==" not in line:
            yield from re.findall(r"^[A-Za-z0-9._-]+", line)
    yield _OWN


def _versions(names: set[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        with suppress(PackageNotFoundError):
            yield re.sub(r"[-_.]+", "-", name).lower(), version(name)


def _written(plan: Plan) -> dict[str, Any] | None:
    """What was said in words, and the day that they were told from."""
    if not plan.written:
        return None
    return {"as_of": plan.as_of.isoformat(), "parameters": plan.written}


def _command(plan: Plan) -> str:
    words = ["assay", "run", plan.report.name]
    if plan.from_set:
        words += ["--set", plan.set_name] if plan.given else []
        words += ["--as-of", plan.as_of.isoformat()] if plan.written else []
    else:
        for name, value in plan.given.items():
            words += ["-p", f"{name}={_typed(value)}"]
    return shlex.join(words)


def _typed(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
