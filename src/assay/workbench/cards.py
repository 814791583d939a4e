"""What the index says of each report: its newest version, its state, and how it came along."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from assay.core.errors import AssayError
from assay.workbench.catalogue import Report, readable, reports, title_of
from assay.workbench.layout import (
    HISTORY_FILE,
    LATEST_FILE,
    NOTEBOOK_FILE,
    PAGE_FILE,
    PDF_FILE,
    RESULT_FILE,
    THUMBNAIL_FILE,
)
from assay.workbench.plan import plan
from assay.workbench.sets import display_name, sets_of
from assay.workbench.staleness import Staleness
from assay.workbench.summaries import Summaries, Summary, what_changed
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
        page, pdf, thumbnail, notebook, result, latest, history: relative to the index's folder.
        trend: versions whose headline number can be compared with the newest one's, oldest first.
        tags, agents: words to find it by.
        stale_days: from which age on its data count as old, None for never.
        summaries: all versions, oldest first.
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
    history: str = ""
    trend: tuple[Summary, ...] = ()
    tags: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    stale_days: int | None = None
    summaries: tuple[Summary, ...] = ()

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """The headline number over `trend`, None where a version had none."""
        return tuple(summary.number for summary in self.trend)

    @property
    def name(self) -> str:
        """What people call it: the report, and its set where it has several."""
        return display_name(self.report, self.set_name)


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
    summaries, staleness = Summaries(project), Staleness(project, datetime.now(UTC))
    cards = [
        _card(
            project,
            known.get(name),
            name,
            set_name,
            key=wanted.get((name, set_name), _GONE),
            summaries=summaries,
            stale_days=staleness.days(name, set_name),
        )
        for name, set_name in places
    ]
    summaries.save()
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


def _card(  # noqa: PLR0913  what a card is made of
    project: Project,
    report: Report | None,
    name: str,
    set_name: str,
    *,
    key: str,
    summaries: Summaries,
    stale_days: int | None,
) -> Card:
    all_versions = versions(project, name, set_name)
    failed = failed_attempt(project, name, set_name)
    newest = all_versions[-1] if all_versions else None
    past = summaries.of(all_versions)
    manifest = newest.manifest if newest else {}

    def link(file: str) -> str:
        return f"{name}/{set_name}/{newest.id}/{file}" if newest else ""

    return Card(
        report=name,
        set_name=set_name,
        title=_title(report, name),
        version=newest.id if newest else "",
        number=len(all_versions),
        brief=(newest.result.get("brief") or {}) if newest else {},
        changed=what_changed(past[-2], past[-1]) if len(past) > 1 else "",
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
        history=f"{name}/{set_name}/{HISTORY_FILE}" if newest else "",
        trend=_comparable(past),
        tags=tuple(manifest.get("tags") or ()),
        agents=tuple(manifest.get("agents") or ()),
        stale_days=stale_days,
        summaries=past,
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


def _comparable(past: tuple[Summary, ...]) -> tuple[Summary, ...]:
    """From the first version on whose headline has the newest one's name and unit.

    A version in between that had no number, or another headline, leaves a gap.
    """
    newest = past[-1] if past else None
    if newest is None or newest.number is None:
        return ()
    alike = [
        summary
        if (summary.headline, summary.unit) == (newest.headline, newest.unit)
        else replace(summary, number=None)
        for summary in past
    ]
    first = next(i for i, summary in enumerate(alike) if summary.number is not None)
    return tuple(alike[first:])
