"""Published versions of a report: append-only folders, each complete or absent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.files import json_text, read_json, write_atomically
from assay.workbench.layout import (
    LATEST_FILE,
    MANIFEST_FILE,
    PAGE_FILE,
    RESULT_FILE,
    STATUS_FILE,
    VERSION_FILES,
)
from assay.workbench.tombstones import Tombstone, is_taken_away

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.core.errors import AssayError
    from assay.workbench.project import Project

_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{6})Z-[0-9a-f]{8}")
_STAMP: Final = "%Y-%m-%dT%H%M%S"

RENDERED_FROM: Final = "rendered_from"
"""Of the manifest: the version whose run this page was made of again."""


@dataclass(frozen=True)
class Version:
    """One published version; its files are read when they are asked for."""

    folder: Path

    @property
    def id(self) -> str:
        """Sorts by time."""
        return self.folder.name

    @property
    def created(self) -> datetime:
        """When it was made, as its id says."""
        return datetime.strptime(self.id.partition("Z")[0], _STAMP).replace(tzinfo=UTC)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """How it came to be."""
        return read_json(self.folder / MANIFEST_FILE)

    @cached_property
    def result(self) -> dict[str, Any]:
        """What it says, in numbers."""
        return read_json(self.folder / RESULT_FILE)

    @property
    def key(self) -> str:
        """The key of the run that made it."""
        return str(self.manifest.get("key", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """The last attempt failed; the newest version stays up."""

    at: str
    key: str
    cause: str


def shelf(project: Project, report: str, set_name: str) -> Path:
    """The folder of all versions of a report in one parameter set."""
    return project.published / report / set_name


def shelves(project: Project) -> tuple[Path, ...]:
    """The folder of every report and set that was ever published or tried."""
    found = project.published.glob("[!.]*/[!.]*")
    return tuple(sorted(path for path in found if path.is_dir()))


def sets_on_shelf(project: Project, report: str) -> tuple[str, ...]:
    """The sets in which a report was ever published or tried."""
    return tuple(folder.name for folder in shelves(project) if folder.parent.name == report)


def versions(project: Project, report: str, set_name: str) -> tuple[Version, ...]:
    """Complete versions, oldest first."""
    folder = shelf(project, report, set_name)
    if not folder.is_dir():
        return ()
    return tuple(
        Version(path)
        for path in sorted(folder.iterdir())
        if _VERSION.fullmatch(path.name)
        and all((path / name).is_file() for name in VERSION_FILES)
        and not is_taken_away(path)
    )


def newest(project: Project, report: str, set_name: str) -> Version | None:
    """The newest complete version."""
    return next(reversed(versions(project, report, set_name)), None)


def tombstones(project: Project, report: str, set_name: str) -> tuple[Tombstone, ...]:
    """What stays of the versions that were taken away, oldest first."""
    folder = shelf(project, report, set_name)
    if not folder.is_dir():
        return ()
    named = (path for path in sorted(folder.iterdir()) if _VERSION.fullmatch(path.name))
    return tuple(found for path in named if (found := Tombstone.of(path)) is not None)


def history(
    project: Project, report: str, set_name: str, *, of: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], ...]:
    """The results of all runs, oldest first; a run whose page was made again counts once.

    Args:
        project: where they are.
        report: whose past it is.
        set_name: in which parameters.
        of: manifest of one version: of the runs before its own.
    """
    found = versions(project, report, set_name)
    again = {each.manifest.get(RENDERED_FROM) for each in found}
    if of is not None:
        found = tuple(each for each in found if each.id < of["version"])
        again = {each.manifest.get(RENDERED_FROM) for each in found} | {of.get(RENDERED_FROM)}
    return tuple(each.result for each in found if each.id not in again)


def withdrawn(project: Project, report: str, set_name: str, key: str) -> Tombstone | None:
    """That of the newest version, where it was withdrawn and a run would only make it anew."""
    gone = [each for each in tombstones(project, report, set_name) if each.cause == "withdrawn"]
    standing = versions(project, report, set_name)
    if not gone or gone[-1].key != key or (standing and standing[-1].id > gone[-1].version):
        return None
    return gone[-1]


def free_id(folder: Path, key: str, now: datetime) -> str:
    """An id that sorts behind all that are in the folder, even where the clock was set back."""
    taken = [
        datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (match := _VERSION.fullmatch(path.name))
    ]
    moment = max([now, *(time + timedelta(seconds=1) for time in taken)])
    return f"{moment.strftime(_STAMP)}Z-{key[:8]}"


def point_latest(version: Version, *, title: str) -> None:
    """Lets `latest.html` lead to this version: a page, not a link, so that any host will do."""
    target = f"{version.id}/{PAGE_FILE}"
    write_atomically(
        version.folder.with_name(LATEST_FILE),
        f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={target}">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<p><a href="{target}">{escape(title)}: newest version</a></p>
</html>
""",
    )


def failed_attempt(project: Project, report: str, set_name: str) -> FailedAttempt | None:
    """The last attempt, where it failed."""
    file = shelf(project, report, set_name) / STATUS_FILE
    return FailedAttempt(**read_json(file)) if file.exists() else None


def note_failure(  # noqa: PLR0913  what, when and why
    project: Project,
    report: str,
    set_name: str,
    error: AssayError,
    *,
    key: str,
    now: datetime,
) -> None:
    """Remembers that the last attempt failed, so that the index can say so."""
    status = {"at": now.isoformat(timespec="seconds"), "key": key, "cause": str(error)}
    write_atomically(shelf(project, report, set_name) / STATUS_FILE, json_text(status))


def forget_failure(project: Project, report: str, set_name: str) -> bool:
    """The report is well again; tells whether it was not."""
    file = shelf(project, report, set_name) / STATUS_FILE
    was_failed = file.exists()
    file.unlink(missing_ok=True)
    return was_failed
