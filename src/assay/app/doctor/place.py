"""What a project has: settings, folders, keys, and what was left behind."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from packaging.requirements import InvalidRequirement, Requirement

from assay.app.doctor.finding import Looked, fine, missing, wrong
from assay.app.place import this_project
from assay.core.errors import AssayError
from assay.core.project import project_root
from assay.workbench.batch.journal import journals
from assay.workbench.catalogue import reports
from assay.workbench.commits import committed_outputs, filter_state
from assay.workbench.files import STAGING, is_alive
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assay.workbench.project import Project

GIGABYTE: Final = 10**9
SPACE: Final = 1
"""Gigabytes that should be free: a report is below 8 MB, its run twice that."""
LOCK_FILE: Final = "requirements.lock"
_PINNED: Final = re.compile(r"^[A-Za-z0-9].*==[^\\]+", re.MULTILINE)
_CUT_SHORT: Final = frozenset({"stopped", "interrupted"})
_SHOWN: Final = 4


def look_at_project() -> Iterator[Looked]:
    """Everything about the project where one stands; one line where there is none."""
    try:
        project_root()
    except AssayError as error:
        yield missing(
            "Project",
            found="none here",
            cost=error.message,
            remedy="change into one, or make one: assay init my-reports",
        )
        return
    try:
        project = this_project()
    except AssayError as error:
        yield wrong("Settings", error.message, cost="no command works here", remedy=error.remedy)
        return
    yield fine("Project", f"{project.name}, {project.root}")
    yield from _folders(project)
    yield from _reports(project)
    yield _key(project)
    yield from _pinned(project)
    yield from _commits(project)
    yield from _left_behind(project)
    yield from _batches(project)
    yield from _locks(project)
    yield _space(project)


def _folders(project: Project) -> Iterator[Looked]:
    for what, folder in (
        ("Runs", project.runs),
        ("Published", project.published),
        ("Store", project.store),
        ("State", project.state),
    ):
        above = next(path for path in (folder, *folder.parents) if path.exists())
        if not os.access(above, os.W_OK | os.X_OK):
            yield wrong(
                what,
                f"{project.relative(above)} cannot be written",
                cost="nothing can be run or published",
                remedy="mend the folder's permissions, or name another in [paths]",
            )
    for name, folder in (("notebooks", project.notebooks), ("params", project.params)):
        if not folder.is_dir():
            yield wrong(
                "Folders",
                f"{project.relative(folder)} is missing",
                cost="there are no reports" if name == "notebooks" else "reports have no sets",
                remedy="make it, or add what is missing: assay init --merge .",
            )


def _reports(project: Project) -> Iterator[Looked]:
    try:
        known = reports(project)
    except AssayError as error:
        yield wrong("Reports", error.message, cost="nothing can be run", remedy=error.remedy)
        return
    unreadable = 0
    for report in known:
        try:
            report.notebook()
            sets_of(project, report.name)
        except AssayError as error:
            unreadable += 1
            cost = f"the report {report.name} cannot be run"
            yield wrong("Reports", error.message, cost=cost, remedy=error.remedy)
    if not unreadable:
        yield fine("Reports", f"{len(known)}: {', '.join(report.name for report in known)}")


def _key(project: Project) -> Looked:
    shown = project.relative(project.key)
    if not project.key.exists():
        return fine("Key", "none yet; the first import makes it")
    mode = stat.S_IMODE(project.key.stat().st_mode)
    if mode & 0o177:
        return wrong(
            "Key",
            f"{shown} has mode {mode:03o}, expected 600",
            cost="others on this machine could tell who is who; imports refuse it",
            remedy=f"chmod 600 {shown}",
        )
    return fine("Key", f"{shown}, mode {mode:03o}")


def _pinned(project: Project) -> Iterator[Looked]:
    file = project.root / LOCK_FILE
    if not file.is_file():
        return
    unlike, pinned = [], 0
    for line in _PINNED.findall(file.read_text(encoding="utf-8")):
        try:
            wanted = Requirement(line.strip())
        except InvalidRequirement:
            continue
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        pinned += 1
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            unlike.append(f"{wanted.name} is not there")
            continue
        if not wanted.specifier.contains(installed, prereleases=True):
            unlike.append(f"{wanted.name} {installed}, locked {wanted.specifier}")
    if unlike:
        more = f" and {len(unlike) - _SHOWN} more" if len(unlike) > _SHOWN else ""
        yield missing(
            "Lock",
            found="; ".join(unlike[:_SHOWN]) + more,
            cost="numbers may differ from those of others who keep to the lock",
            remedy="install what is locked: make setup",
        )
    else:
        yield fine("Lock", f"all {pinned} packages as locked")


def _commits(project: Project) -> Iterator[Looked]:
    state = filter_state(project.root)
    if state == "no git":
        return
    if state == "off":
        yield wrong(
            "Commits",
            "git would take notebooks with their outputs",
            cost="what a notebook shows, persons included, would go into history",
            remedy="assay init --merge .",
        )
    held = committed_outputs(project.root)
    if held:
        yield wrong(
            "Commits",
            f"git holds outputs of {', '.join(held[:_SHOWN])}",
            cost="they stay in history, and every run is a change",
            remedy="assay init --merge . && git add --renormalize . && git commit",
        )
    if state == "on" and not held:
        yield fine("Commits", "notebooks go in without outputs")


def _left_behind(project: Project) -> Iterator[Looked]:
    """Half-made things of processes that are no more; the next publication removes them."""
    folders = [project.runs, project.published]
    left = [
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob(f"{STAGING}*")
        if not _is_working(path)
    ]
    if left:
        yield missing(
            "Left behind",
            found=f"{len(left)} unfinished, the first {project.relative(left[0])}",
            cost="disk space only: nobody takes them for results",
            remedy="the next `assay publish` removes them",
        )


def _is_working(path: Path) -> bool:
    process = path.name.removeprefix(STAGING).partition("-")[0]
    return process.isdigit() and is_alive(int(process))


def _batches(project: Project) -> Iterator[Looked]:
    """The newest batch, where it did not come to its end."""
    newest = next(reversed(journals(project)), None)
    if newest is not None and newest.condition() in _CUT_SHORT:
        yield missing(
            "Batch",
            found=f"{newest.id} was {newest.condition()} before its end",
            cost="some of its reports are as they were before",
            remedy=f"assay retry {newest.id} does what is missing",
        )


def _locks(project: Project) -> Iterator[Looked]:
    """The system lets go of a lock with its process, so one that is held is at work."""
    for what, file in (
        ("Publishing", project.state / "publish.lock"),
        ("Importing", project.store / "writer.lock"),
    ):
        if os.access(file, os.R_OK) and _is_held(file):
            yield missing(
                what,
                found=f"at work now ({file.read_text(errors='replace').strip() or 'a process'})",
                cost="a second one would be refused until it has ended",
                remedy="wait; should it hang, stop that process: its lock goes with it",
            )


def _is_held(file: Path) -> bool:
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(opened, fcntl.LOCK_UN)
    return False


def _space(project: Project) -> Looked:
    free = shutil.disk_usage(project.root).free / GIGABYTE
    if free >= SPACE:
        return fine("Disk", f"{free:,.0f} GB free")
    return wrong(
        "Disk",
        f"{free:.2f} GB free, expected {SPACE} at least",
        cost="imports and publications stop half-way (nothing is lost)",
        remedy="free some space; old versions go with `assay unpublish`, failed runs lie in runs/",
    )
