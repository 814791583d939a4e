"""Takes versions away so that links to them still say what became of them.

The tombstone is the first thing that is written and the journal of the rest: a version that has
one is none any more, and whoever comes next finishes what a killed process left.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assay.core import audit
from assay.core.errors import NothingYetError
from assay.workbench.files import STAGING, sync, write_atomically, writing
from assay.workbench.layout import (
    LATEST_FILE,
    PAGE_FILE,
    TOMBSTONE_FILE,
)
from assay.workbench.pages import environment, style
from assay.workbench.sets import display_name
from assay.workbench.shelfpage import said_of
from assay.workbench.tombstones import Tombstone
from assay.workbench.versions import Version, point_latest, shelves, versions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from assay.workbench.project import Project
    from assay.workbench.tombstones import Cause

_KEPT = frozenset({PAGE_FILE, TOMBSTONE_FILE})


def remove(
    project: Project, found: Iterable[Version], *, cause: Cause, reason: str, now: datetime
) -> None:
    """Takes versions away for good; their folders stay and say since when and why.

    Raises:
        ProjectError: where something cannot be written; what was begun is finished next time.
    """
    shelves_hit = set()
    for version in found:
        audit.make_ready(project.audit)
        _tombstone(version, cause, reason, now).lay(version.folder)
        shelves_hit.add(version.folder.parent)
        _log(project, version, cause, now)
    for folder in sorted(shelves_hit):
        _finish(project, folder)


def finish_removals(project: Project) -> None:
    """Completes what was begun: what has a tombstone loses its files, `latest` points elsewhere."""
    for folder in shelves(project):
        if any(_is_unfinished(path.parent) for path in folder.glob(f"*/{TOMBSTONE_FILE}")):
            _finish(project, folder)


def would_return(taken: Tombstone) -> NothingYetError:
    """Why a report is not published: what a run would make was withdrawn."""
    return NothingYetError(
        f"what it would say was withdrawn on {taken.at[:10]}: {taken.reason or 'no reason given'}",
        remedy="mend its data, code or parameters, or publish it as it is with --force",
    )


def _tombstone(version: Version, cause: Cause, reason: str, now: datetime) -> Tombstone:
    brief = version.result.get("brief") or {}
    return Tombstone(
        version=version.id,
        cause=cause,
        at=now.astimezone(UTC).isoformat(timespec="seconds"),
        reason=reason,
        created=str(version.manifest.get("created", "")),
        as_of=str(version.manifest.get("as_of", "")),
        key=version.key,
        title=str(brief.get("title", "")) if cause == "expired" else "",
    )


def _is_unfinished(folder: Path) -> bool:
    return {path.name for path in folder.iterdir() if not path.name.startswith(STAGING)} != _KEPT


def _finish(project: Project, shelf: Path) -> None:
    """`latest` first, so that it never leads to a notice where there is something better."""
    report, set_name = shelf.parent.name, shelf.name
    name = display_name(report, set_name)
    standing = versions(project, report, set_name)
    if standing:
        brief = standing[-1].result.get("brief") or {}
        point_latest(standing[-1], title=str(brief.get("title") or report))
    for file in sorted(shelf.glob(f"*/{TOMBSTONE_FILE}")):
        tombstone = Tombstone.of(file.parent)
        if tombstone is not None and (_is_unfinished(file.parent) or not standing):
            _clear(file.parent, tombstone, newer=bool(standing), name=name)
            if not standing:
                notice = _notice(tombstone, name=name, newer=False, up="")
                write_atomically(shelf / LATEST_FILE, notice)


def _clear(folder: Path, tombstone: Tombstone, *, newer: bool, name: str) -> None:
    """The notice in the page's place, then nothing else but the tombstone."""
    page = _notice(tombstone, name=name, newer=newer, up="../")
    write_atomically(folder / PAGE_FILE, page)
    with writing(folder):
        for path in sorted(folder.iterdir()):
            if path.name in _KEPT:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                with suppress(FileNotFoundError):
                    path.unlink()
        sync(folder)


def _notice(tombstone: Tombstone, *, name: str, newer: bool, up: str) -> str:
    return (
        environment()
        .get_template("removed.html.j2")
        .render(
            name=name,
            version=tombstone.version,
            said=said_of(tombstone),
            withdrawn=tombstone.cause == "withdrawn",
            title=tombstone.title,
            newer=newer,
            up=up,
            css=style(),
        )
    )


def _log(project: Project, version: Version, cause: Cause, now: datetime) -> None:
    details = {
        "report": version.folder.parents[1].name,
        "set": version.folder.parent.name,
        "version": version.id,
    }
    what = "withdrawal" if cause == "withdrawn" else "expiry"
    audit.append(project.audit, what, details, now=now)
