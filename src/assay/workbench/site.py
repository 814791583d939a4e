"""Copies the published site into any folder, so that any static host can serve it.

A reader of the copy sees a working site at every moment, also where the copying stops half-way:
each file appears at once, new versions come before what leads to them, and what is gone goes last.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.core.errors import ProjectError
from assay.workbench.files import json_text, sweep, write_atomically, writing
from assay.workbench.layout import (
    FEED_FILE,
    HISTORY_FILE,
    INDEX_FILE,
    LATEST_FILE,
    PAGE_FILE,
    TOMBSTONE_FILE,
    VERSION_FILES,
)
from assay.workbench.tombstones import is_taken_away
from assay.workbench.versions import shelves, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from assay.workbench.project import Project

MARKER_FILE: Final = ".assay-site.json"
"""Names every file of ours in the folder: nothing else is ever replaced or removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy did, in files."""

    written: int
    same: int
    removed: int


def copy_site(project: Project, to: Path) -> Copied:
    """Brings `to` in step with the published site; under the publisher's lock.

    Versions never change, so those that are there already are left alone.

    Raises:
        ProjectError: where the folder holds something else, lies within the site or around it, or
            cannot be written.
    """
    target, ours = check_target(project, to)
    site = list(_files(project))
    names = [name for name, _ in site]
    _check_free(target, names, ours)
    _mark(target, project, {*ours, *names})
    for folder in {(target / name).parent for name in names}:
        sweep(folder)
    written = sum(
        _bring(project.published / name, target / name, fixed=fixed) for name, fixed in site
    )
    removed = _remove(target, ours - set(names))
    _mark(target, project, names)
    return Copied(written=written, same=len(site) - written, removed=removed)


def check_target(project: Project, to: Path) -> tuple[Path, set[str]]:
    """The folder, and the names of the files in it that an earlier copy put there.

    Raises:
        ProjectError: where it holds something else, or lies within the site or around it.
    """
    target = to.expanduser().resolve()
    _check_apart(project, target)
    return target, _owned(target)


def _files(project: Project) -> Iterator[tuple[str, bool]]:
    """Every file in the order in which it is copied, and whether it never changes.

    Versions, each with its page last; then what leads to them; then the notices of what is gone,
    since by now nothing leads there.
    """
    root = project.published
    leading, gone = [], []
    for folder in shelves(project):
        place = folder.relative_to(root).as_posix()
        for version in versions(project, folder.parent.name, folder.name):
            for file in sorted(VERSION_FILES, key=lambda name: name == PAGE_FILE):
                yield f"{place}/{version.id}/{file}", True
        leading += [f"{place}/{name}" for name in (LATEST_FILE, HISTORY_FILE)]
        gone += [
            f"{place}/{path.name}/{name}"
            for path in sorted(folder.iterdir())
            if path.is_dir() and is_taken_away(path)
            for name in (PAGE_FILE, TOMBSTONE_FILE)
        ]
    for name in (*leading, FEED_FILE, INDEX_FILE, *gone):
        if (root / name).is_file():
            yield name, False


def _bring(source: Path, target: Path, *, fixed: bool) -> bool:
    """Whether anything had to be written."""
    if source.is_symlink():
        raise ProjectError(
            f"{source} is a link, expected a file", remedy="put the file itself in its place"
        )
    if fixed and target.is_file() and target.stat().st_size == source.stat().st_size:
        return False
    content = source.read_bytes()
    if not fixed and target.is_file() and target.read_bytes() == content:
        return False
    write_atomically(target, content)
    return True


def _remove(target: Path, names: Iterable[str]) -> int:
    removed = 0
    for name in sorted(names):
        path = target / name
        if not path.resolve().is_relative_to(target) or not path.is_file():
            continue
        with writing(path):
            path.unlink()
        removed += 1
        for folder in list(path.parents)[: len(path.relative_to(target).parts) - 1]:
            if any(folder.iterdir()):
                break
            folder.rmdir()
    return removed


def _check_apart(project: Project, target: Path) -> None:
    published = project.published.resolve()
    if target.is_relative_to(published) or published.is_relative_to(target):
        raise ProjectError(
            f"{target} and the published reports lie in each other",
            remedy="name a folder outside of the project's reports",
        )
    if target.exists() and not target.is_dir():
        raise ProjectError(f"{target} is a file, expected a folder")


def _owned(target: Path) -> set[str]:
    """The files that an earlier copy put there.

    Names that begin with a dot are the host's (`.git`, `.nojekyll`) and left alone.
    """
    marker = target / MARKER_FILE
    if marker.is_file():
        try:
            files = json.loads(marker.read_bytes())["files"]
            return {name for name in files if isinstance(name, str)}
        except (ValueError, KeyError, TypeError):
            raise ProjectError(
                f"{marker} cannot be read",
                remedy="remove it together with what was copied, or name another folder",
            ) from None
    foreign = [path.name for path in _entries(target) if not path.name.startswith(".")]
    if foreign:
        named = ", ".join(sorted(foreign)[:3])
        raise ProjectError(
            f"{target} holds something else ({named}), expected an empty folder or an earlier copy",
            remedy="name an empty folder; it is then ours to keep in step",
        )
    return set()


def _entries(target: Path) -> Iterator[Path]:
    if target.is_dir():
        yield from target.iterdir()


def _check_free(target: Path, names: Iterable[str], ours: set[str]) -> None:
    for name in names:
        path = target / name
        if not path.resolve().is_relative_to(target):
            raise ProjectError(
                f"{path} leads out of {target} through a link", remedy="remove the link"
            )
        if path.exists() and name not in ours:
            raise ProjectError(
                f"{path} is none of the files that were copied before",
                remedy="move it away, or name another folder",
            )


def _mark(target: Path, project: Project, names: Iterable[str]) -> None:
    """Before anything is copied it names more than there is, never less."""
    marker = target / MARKER_FILE
    told = {
        "of": project.name,
        "about": "copied by `assay publish --to`; only the files named here are ever replaced",
        "files": sorted(names),
    }
    text = json_text(told)
    if not marker.is_file() or marker.read_text(encoding="utf-8") != text:
        write_atomically(marker, text)
