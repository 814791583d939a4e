"""How a person names a version: by its id, by its report and age, or by its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.core.errors import NothingYetError, ParameterError, nearest
from assay.workbench.layout import MANIFEST_FILE, RESULT_FILE
from assay.workbench.sets import DEFAULT_SET
from assay.workbench.versions import Version, shelves, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.project import Project

LATEST: Final = "latest"
PREVIOUS: Final = "previous"
FORMS: Final = "report, report/set@previous, a version's id or its folder"


def find_version(project: Project, text: str) -> Version:
    """The one version that is meant.

    Args:
        project: whose versions they are.
        text: a version's id or the unambiguous beginning of one, alone or behind `report@` or
            `report/set@`; `latest` or `previous` behind it, or nothing, which means the latest; or
            the folder of a version or of a run. The set may be left out where the report has one
            only, or has `default`.

    Raises:
        ParameterError: where there is no such version, or several may be meant; with the nearest.
        NothingYetError: where the report was never published, or has no version before its latest.
    """
    folder = Path(text).expanduser()
    if (folder / MANIFEST_FILE).is_file() and (folder / RESULT_FILE).is_file():
        return Version(folder.resolve())
    named, at, which = text.rpartition("@")
    if at:
        return _chosen(on_shelf(project, named), which or LATEST, named)
    known = text.partition("/")[0] in _reports(project)
    if "/" in text and not known and folder.is_dir():
        raise ParameterError(
            f"{text} is no version: it has no {MANIFEST_FILE} and {RESULT_FILE}",
            remedy=f"name one of {FORMS}",
        )
    if known or "/" in text:
        return on_shelf(project, text)[-1]
    return _by_id(project, text)


def on_shelf(project: Project, text: str) -> tuple[Version, ...]:
    """All versions of the report and set that `report` or `report/set` names, oldest first.

    Raises:
        ParameterError: where there is no such report or set, or the set must be named.
        NothingYetError: where it was tried, but never published.
    """
    report, set_name = find_shelf(project, text)
    found = versions(project, report, set_name)
    if not found:
        raise NothingYetError(
            f"{report}/{set_name} has no published version", remedy=f"assay publish {report}"
        )
    return found


def find_shelf(project: Project, text: str) -> tuple[str, str]:
    """Report and set of `report` or `report/set`, as they were ever published or tried.

    Raises:
        ParameterError: where there is no such report or set, or the set must be named.
    """
    report, _, set_name = text.partition("/")
    published = _reports(project)
    if not published:
        raise ParameterError(
            f"nothing is published yet, so {text!r} is not", remedy="assay publish"
        )
    if report not in published:
        raise ParameterError(f"no published report {report!r}", remedy=nearest(report, published))
    sets = published[report]
    if set_name and set_name not in sets:
        raise ParameterError(
            f"report {report!r} has no published set {set_name!r}", remedy=nearest(set_name, sets)
        )
    if set_name or len(sets) == 1:
        return report, set_name or sets[0]
    if DEFAULT_SET in sets:
        return report, DEFAULT_SET
    raise ParameterError(
        f"report {report!r} has several sets: {', '.join(sets)}",
        remedy=f"name one: {report}/{sets[0]}",
    )


def full_name(version: Version) -> str:
    """`report/set@id`, by which it is found again."""
    manifest = version.manifest
    return f"{manifest['report']}/{manifest['set']}@{version.id}"


def _reports(project: Project) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for folder in shelves(project):
        found.setdefault(folder.parent.name, []).append(folder.name)
    return found


def _chosen(found: Sequence[Version], which: str, named: str) -> Version:
    if which == LATEST:
        return found[-1]
    if which == PREVIOUS:
        if len(found) == 1:
            raise NothingYetError(
                f"{named} has one version only, none before {found[0].id}",
                remedy="publish it again when its data, code or parameters have changed",
            )
        return found[-2]
    return _the_one(found, which, (LATEST, PREVIOUS, *(each.id for each in found)))


def _by_id(project: Project, text: str) -> Version:
    every = [
        version
        for folder in shelves(project)
        for version in versions(project, folder.parent.name, folder.name)
    ]
    return _the_one(every, text, (*(each.id for each in every), *_reports(project)))


def _the_one(found: Sequence[Version], text: str, known: Sequence[str]) -> Version:
    exact = [each for each in found if each.id == text]
    meant = exact or [each for each in found if text and each.id.startswith(text)]
    if not meant:
        raise ParameterError(f"no version {text!r}; expected {FORMS}", remedy=nearest(text, known))
    if len(meant) > 1:
        names = ", ".join(f"{full_name(each)}" for each in meant[:4])
        more = f" and {len(meant) - 4} more" if len(meant) > 4 else ""
        raise ParameterError(
            f"{text!r} begins {len(meant)} versions: {names}{more}", remedy="write more of its id"
        )
    return meant[0]
