"""What the index says of each report: its newest version, its state, and how it came along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from assay.core.errors import AssayError
from assay.workbench.catalogue import Report, readable, reports, title_of
from assay.workbench.layout import (
    LATEST_FILE,
    NOTEBOOK_FILE,
    PAGE_FILE,
    PDF_FILE,
    RESULT_FILE,
    THUMBNAIL_FILE,
)
from assay.workbench.plan import plan
from assay.workbench.sets import DEFAULT_SET, sets_of
from assay.workbench.versions import (
    FailedAttempt,
    Version,
    failed_attempt,
    sets_on_shelf,
    shelves,
    versions,
)

if TYPE_CHECKING:
    from assay.workbench.digests import Digests
    from assay.workbench.project import Project

State = Literal["current", "outdated", "failed", "retired"]
"""The newest version is what a run would give now; inputs or code have changed since; the last
attempt failed; the report or set is no longer part of the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One report in one parameter set; text that is not known is "".

    Attributes:
        title: of the notebook; the brief has the finding.
        version: id of the newest version, "" where the report was never published.
        number: how many versions there are.
        brief: of the newest version, empty where it has none.
        changed: what is different from the version before, as a sentence.
        as_of: the day that the data of the newest version reach to, ISO.
        created: when it was made, ISO.
        failure: why the last attempt failed, and `failed_at` when.
        page, pdf, thumbnail, notebook, result, latest: relative to the folder of the index.
        numbers: the first tile's number over the versions that have one, oldest first.
    """

    report: str
    set_name: str
    title: str
    version: str
    number: int
    brief: dict[str, Any]
    changed: str
    findings: tuple[dict[str, Any], ...]
    as_of: str
    created: str
    state: State
    failure: str
    failed_at: str
    page: str
    pdf: str
    thumbnail: str
    notebook: str
    result: str
    latest: str
    numbers: tuple[float, ...]

    @property
    def name(self) -> str:
        """What people call it: the report, and its set where it has several."""
        if self.set_name == DEFAULT_SET:
            return self.report
        return f"{self.report} · {self.set_name}"


def collect_cards(project: Project, *, digests: Digests) -> tuple[Card, ...]:
    """A card for each report and set that is published or could be, in the catalogue's order."""
    known = {report.name: report for report in reports(project)}
    wanted = {
        (name, set_name): key
        for name, report in known.items()
        for set_name, key in _keys(project, report, digests).items()
    }
    on_shelf = [(folder.parent.name, folder.name) for folder in shelves(project)]
    places = dict.fromkeys((*wanted, *on_shelf))
    cards = (
        _card(project, known.get(name), name, set_name, wanted.get((name, set_name), _GONE))
        for name, set_name in places
    )
    return tuple(
        card for card in cards if card.version or (card.failure and card.state != "retired")
    )


_GONE = ""
_UNKNOWN = "?"


def _keys(project: Project, report: Report, digests: Digests) -> dict[str, str]:
    """The key that a run would have now, by set; where it cannot be told, none that fits."""
    try:
        sets = sets_of(project, report.name)
    except AssayError:
        sets = {name: {} for name in sets_on_shelf(project, report.name)}
    keys = {}
    for set_name, given in sets.items():
        try:
            wanted = plan(project, report, given, digests=digests, set_name=set_name)
        except AssayError:
            keys[set_name] = _UNKNOWN
        else:
            keys[set_name] = wanted.key
    return keys


def _card(project: Project, report: Report | None, name: str, set_name: str, key: str) -> Card:
    all_versions = versions(project, name, set_name)
    failed = failed_attempt(project, name, set_name)
    newest = all_versions[-1] if all_versions else None
    briefs = [version.result.get("brief") or {} for version in all_versions]
    manifest = newest.manifest if newest else {}

    def link(file: str) -> str:
        return f"{name}/{set_name}/{newest.id}/{file}" if newest else ""

    return Card(
        report=name,
        set_name=set_name,
        title=_title(report, name),
        version=newest.id if newest else "",
        number=len(all_versions),
        brief=briefs[-1] if briefs else {},
        changed=_changed(briefs),
        findings=tuple(newest.result.get("findings", ())) if newest else (),
        as_of=manifest.get("as_of", ""),
        created=manifest.get("created", ""),
        state=_state(newest, failed, key),
        failure=failed.cause if failed else "",
        failed_at=failed.at if failed else "",
        page=link(PAGE_FILE),
        pdf=link(PDF_FILE),
        thumbnail=link(THUMBNAIL_FILE),
        notebook=link(NOTEBOOK_FILE),
        result=link(RESULT_FILE),
        latest=f"{name}/{set_name}/{LATEST_FILE}" if newest else "",
        numbers=tuple(
            float(number)
            for brief in briefs
            if (number := _headline(brief).get("number")) is not None
        ),
    )


def _title(report: Report | None, name: str) -> str:
    try:
        return title_of(report) if report else readable(name)
    except AssayError:
        return readable(name)


def _state(newest: Version | None, failed: FailedAttempt | None, key: str) -> State:
    if key == _GONE:
        return "retired"
    if failed is not None:
        return "failed"
    return "current" if newest is not None and newest.key == key else "outdated"


def _headline(brief: dict[str, Any]) -> dict[str, Any]:
    """The first tile, empty where there is none."""
    return next(iter(brief.get("tiles") or ()), {})


def _changed(briefs: list[dict[str, Any]]) -> str:
    if len(briefs) < 2:
        return ""
    before, now = _headline(briefs[-2]), _headline(briefs[-1])
    if not before or not now or before["value"] == now["value"]:
        return ""
    return f"{now['name']} was {before['value']} in the version before."
