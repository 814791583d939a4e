"""Which old versions stay: the newest, the last of each month, and whatever somebody pinned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from assay.core.errors import ParameterError
from assay.workbench.files import json_text, read_json, write_atomically
from assay.workbench.layout import PINS_FILE
from assay.workbench.removal import remove
from assay.workbench.versions import Version, shelves, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from assay.workbench.project import Project


def expire(project: Project) -> tuple[str, ...]:
    """Takes away what is older than `[publishing]` keeps; what it took, as `report/set@id`.

    Raises:
        ProjectError: where something cannot be written.
    """
    old = expired(project)
    if old:
        remove(project, old, cause="expired", reason=rule_of(project), now=datetime.now(UTC))
    return tuple(name_of(version) for version in old)


def expired(project: Project) -> tuple[Version, ...]:
    """The versions that `[publishing]` no longer keeps, oldest first on each shelf."""
    rule = project.settings.publishing
    if not rule.keep:
        return ()
    zone = ZoneInfo(project.settings.project.time_zone)
    return tuple(
        version
        for folder in shelves(project)
        for version in too_old(
            versions(project, folder.parent.name, folder.name),
            keep=rule.keep,
            months=rule.keep_monthly,
            pinned=pins(folder),
            zone=zone,
        )
    )


def too_old(
    found: Sequence[Version],
    *,
    keep: int,
    months: int,
    pinned: Mapping[str, Any],
    zone: tzinfo,
) -> tuple[Version, ...]:
    """Of the versions of one shelf, oldest first, those that nothing keeps.

    Args:
        found: the versions.
        keep: so many of the newest stay; the newest of all always does.
        months: of the last so many months that have any, the last version stays as well.
        pinned: ids that stay whatever their age.
        zone: where a month begins and ends.
    """
    last_of = {version.created.astimezone(zone).strftime("%Y-%m"): version.id for version in found}
    kept = {version.id for version in found[-max(keep, 1) :]}
    kept.update(last_of[month] for month in sorted(last_of, reverse=True)[:months])
    return tuple(
        version for version in found if version.id not in kept and version.id not in pinned
    )


def rule_of(project: Project) -> str:
    """How long versions are kept, for whoever finds one gone."""
    rule = project.settings.publishing
    newest = "the newest version" if rule.keep == 1 else f"the newest {rule.keep} versions"
    if not rule.keep_monthly:
        return f"{newest} of a report are kept" if rule.keep > 1 else f"{newest} is kept"
    span = "month" if rule.keep_monthly == 1 else f"{rule.keep_monthly} months"
    return f"{newest} of a report are kept, and the last of each of {span}"


def pins(shelf: Path) -> dict[str, Any]:
    """The pinned versions of a shelf: since when, and why."""
    file = shelf / PINS_FILE
    return read_json(file) if file.exists() else {}


def pin(version: Version, *, note: str, now: datetime) -> None:
    """Keeps a version whatever its age."""
    shelf = version.folder.parent
    since = {"at": now.astimezone(UTC).isoformat(timespec="seconds"), "note": note}
    write_atomically(shelf / PINS_FILE, json_text(pins(shelf) | {version.id: since}))


def unpin(version: Version) -> None:
    """Lets a version go when it is old enough.

    Raises:
        ParameterError: where it was not pinned.
    """
    shelf = version.folder.parent
    kept = pins(shelf)
    if version.id not in kept:
        raise ParameterError(f"{name_of(version)} is not pinned")
    del kept[version.id]
    write_atomically(shelf / PINS_FILE, json_text(kept))


def name_of(version: Version) -> str:
    """`report/set@id`, as the shelf says it."""
    shelf = version.folder.parent
    return f"{shelf.parent.name}/{shelf.name}@{version.id}"
