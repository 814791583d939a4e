"""The published site: copied elsewhere, and rid of versions."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assay.app.console import print_json, say, warn
from assay.app.place import this_project
from assay.core.errors import ParameterError
from assay.workbench.lock import publishing
from assay.workbench.references import find_shelf, find_version
from assay.workbench.removal import remove
from assay.workbench.retention import expire, expired, name_of, pin, unpin
from assay.workbench.runs import digests_of
from assay.workbench.site import check_target, copy_site
from assay.workbench.upkeep import after_batch
from assay.workbench.versions import tombstones, versions

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.project import Project
    from assay.workbench.versions import Version


def refuse_target(to: Path) -> None:
    """Finds out before anything runs that the site cannot be copied there.

    Raises:
        ProjectError: where the folder holds something else, or lies within the site.
    """
    check_target(this_project(), to)


def copy_to(to: Path, *, as_json: bool) -> None:
    """Copies the site and says what that took; beside JSON, on standard error."""
    project = this_project()
    with publishing(project):
        done = copy_site(project, to)
    told = f"Copied to {to}: {_files(done.written)} new or changed, {done.same} as before"
    told += f", {done.removed} removed" if done.removed else ""
    (warn if as_json else say)(told)


def withdraw(text: str, set_name: str | None, reason: str, *, yes: bool, as_json: bool) -> None:
    """Takes back one version, or all of a report in one set.

    Raises:
        ParameterError: where nothing of that name stands, or nobody confirmed.
    """
    project = this_project()
    found = _meant(project, text, set_name)
    if not yes:
        _confirm(found)
    with publishing(project):
        remove(project, found, cause="withdrawn", reason=reason, now=datetime.now(UTC))
        _tidy(project)
    names = [name_of(version) for version in found]
    if as_json:
        print_json({"withdrawn": names, "reason": reason})
        return
    for name in names:
        say(f"withdrawn  {name}")
    say("Its links now say so. The same result is published again only with --force.")


def prune(*, dry_run: bool, as_json: bool) -> None:
    """Removes what `[publishing]` no longer keeps, or says what that would be."""
    project = this_project()
    if dry_run:
        gone = tuple(name_of(version) for version in expired(project))
    else:
        with publishing(project):
            gone = expire(project)
            _tidy(project)
    if as_json:
        print_json({"removed": list(gone), "dry_run": dry_run})
        return
    for name in gone:
        say(f"{'would go' if dry_run else 'removed'}  {name}")
    if not project.settings.publishing.keep:
        say("Every version is kept: [publishing] keep in assay.toml is 0.")
    elif not gone:
        say("Nothing to remove.")


def keep(text: str, note: str) -> None:
    """Pins a version."""
    project = this_project()
    version = _one(project, text)
    with publishing(project):
        pin(version, note=note, now=datetime.now(UTC))
    say(f"{name_of(version)} stays, however old it gets.")


def let_go(text: str) -> None:
    """Takes the pin out again."""
    project = this_project()
    version = _one(project, text)
    with publishing(project):
        unpin(version)
    say(f"{name_of(version)} may go when it is old enough.")


def _tidy(project: Project) -> None:
    digests = digests_of(project)
    after_batch(project, digests=digests)
    digests.save()


def _meant(project: Project, text: str, set_name: str | None) -> tuple[Version, ...]:
    named = f"{text}/{set_name}" if set_name and "/" not in text and "@" not in text else text
    if set_name and "@" in text and "/" not in text:
        report, _, which = text.partition("@")
        named = f"{report}/{set_name}@{which}"
    known = {folder.name for folder in project.published.glob("[!.]*") if folder.is_dir()}
    if "@" in named or named.partition("/")[0] not in known:
        return (_one(project, named),)
    report, of_set = find_shelf(project, named)
    found = versions(project, report, of_set)
    if not found:
        gone = tombstones(project, report, of_set)
        why = f"; its last one went on {gone[-1].at[:10]}" if gone else ""
        raise ParameterError(f"{report}/{of_set} has no version that could be withdrawn{why}")
    return found


def _one(project: Project, text: str) -> Version:
    version = find_version(project, text)
    if not version.folder.resolve().is_relative_to(project.published.resolve()):
        raise ParameterError(f"{text} is none of the published versions")
    return version


def _confirm(found: tuple[Version, ...]) -> None:
    for version in found:
        warn(name_of(version))
    if not sys.stdin.isatty():
        raise ParameterError(
            f"{len(found)} to be withdrawn, and nobody to ask", remedy="confirm with --yes"
        )
    sys.stderr.write(f"Withdraw {len(found)} of them for good? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise ParameterError("nothing was withdrawn")


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
