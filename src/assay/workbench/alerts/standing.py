"""Alerts about a report's data as they stand when a version of it is put up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import AssayError
from assay.core.project import expand_home
from assay.core.provenance import SourceState
from assay.workbench.alerts.store import Alert, Look, is_muted, is_open, read_store, store_path
from assay.workbench.alerts.watchlist import ALERTS_FILE, read_watchlist
from assay.workbench.digests import hash_of
from assay.workbench.inputs import matching

if TYPE_CHECKING:
    from datetime import date

    from assay.workbench.inputs import InputFiles
    from assay.workbench.project import Project

Json = dict[str, Any]

BUDGET_DAYS: Final = 100
"""A budget is so many false alarms in that many days."""
_GRAVITY: Final = ("critical", "warning", "info")
_UNITS: Final = {"certainty": "probability", "usd_per_day": "USD", "n": "count"}
_TOLD: Final = (
    *("alert_id", "kind", "severity", "watched", "subject", "by", "since", "since_low"),
    *("since_high", "opened", "unit", "expected", "seen", "size", "size_low", "size_high"),
    *("size_unit", "relative", "certainty", "usd_per_day", "n", "threshold", "parts", "silent"),
    *("acknowledged_at", "acknowledged_note"),
)
"""Of an alert: what a version's result keeps, beside its finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a report says of alerts.

    Attributes:
        names: of what `params/alerts.yaml` watches in the report's data; none where it watches
            other data only.
        look: the last look at all that is watched; empty where nobody has looked yet.
        alerts: about the report's data, open and not muted, the gravest first.
        muted: how many more are open, but muted.
    """

    names: tuple[str, ...]
    look: Look
    alerts: tuple[Alert, ...]
    muted: int

    @property
    def mark(self) -> str:
        """Another one where a page would say something else; a later look alone is none."""
        told = ("alert_id", "finding", "severity", "cost", "acknowledged_at", "acknowledged_note")
        said = [[alert.get(name) for name in told] for alert in self.alerts]
        return hash_of([self.names, self.looked, said, self.muted])

    @property
    def looked(self) -> bool:
        """Whether the last look saw all that is watched in the report's data."""
        return set(self.names) <= set(self.look.get("names", {}))

    @property
    def series(self) -> int:
        """Watched in the report's data."""
        return sum(self._looked(name).get("series", 0) for name in self.names)

    @property
    def through(self) -> str:
        """Last period that was looked at in all of them; "" where one has none."""
        return min((self._looked(name).get("through", "") for name in self.names), default="")

    def _looked(self, name: str) -> Json:
        found: Json = self.look.get("names", {}).get(name, {})
        return found

    def over(self, result: Json) -> Json:
        """The result with these alerts, their findings and units in place of earlier ones."""
        units = {at: unit for at, unit in result.get("units", {}).items() if not _ours(at)}
        own = {
            "watched": list(self.names),
            "looked_at": self.look.get("at", ""),
            "through": self.through,
            "series": self.series,
            "series_in_all": self.look.get("series", 0),
            "budget": self.look.get("budget"),
            "budget_days": BUDGET_DAYS,
            "muted": self.muted,
            "open": [{name: alert.get(name) for name in _TOLD} for alert in self.alerts],
            "findings": [
                alert["claim"] | {"key": alert["alert_id"]}
                for alert in self.alerts
                if alert.get("claim")
            ],
        }
        counts = {f"/alerts/{name}": "count" for name in ("series", "series_in_all", "muted")}
        units |= counts | {"/alerts/budget": "1", "/alerts/budget_days": "days"} | _units(own)
        return {**result, "alerts": own, "units": units}


def without(result: Json) -> Json:
    """The result as its notebook handed it over."""
    units = {at: unit for at, unit in result.get("units", {}).items() if not _ours(at)}
    kept = {name: value for name, value in result.items() if name != "alerts"}
    return kept | ({"units": units} if "units" in result else {})


def standing_of(
    project: Project, inputs: Sequence[InputFiles], today: date, *, known: Watching | None = None
) -> Standing | None:
    """How the alerts about these inputs stand; None where the project or the report has no data.

    Where the file of alerts or what is watched cannot be read, nothing is said of alerts: that is
    told by `assay alerts`, and stops no report.

    Args:
        project: whose report it is.
        inputs: that the report reads.
        today: mutes end by it.
        known: what the project watches, where it has been read.
    """
    watching = known or watching_of(project)
    if not watching.data or not inputs:
        return None
    names = tuple(
        name
        for name, place in watching.data.items()
        if any(_same(project, place, found.path) for found in inputs)
    )
    about = [alert for alert in watching.alerts if alert["watched"] in names and is_open(alert)]
    told = [alert for alert in about if not is_muted(alert, today)]
    told.sort(key=lambda alert: (_GRAVITY.index(alert["severity"]), alert["since"]))
    return Standing(
        names=names, look=watching.look, alerts=tuple(told), muted=len(about) - len(told)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where watched rows lie: as a manifest would name it, and its files, where it has any."""

    label: str
    files: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What a project watches, where its rows lie, and all alerts so far."""

    data: Mapping[str, Place]
    alerts: Sequence[Alert]
    look: Look


def watching_of(project: Project) -> Watching:
    """As the files say; nothing where there are none, or they cannot be read."""
    if not (project.params / ALERTS_FILE).is_file() and not store_path(project).is_file():
        return Watching(data={}, alerts=(), look={})
    try:
        watched = read_watchlist(project).watched
        data = {name: _place(project, each.data) for name, each in watched.items()}
        alerts, look = read_store(project)
    except AssayError:
        return Watching(data={}, alerts=(), look={})
    return Watching(data=data, alerts=alerts, look=look)


def _place(project: Project, watched: str) -> Place:
    """A source that cannot be reached is known by what it is called."""
    try:
        found = project.fingerprint(watched)
    except AssayError:
        return Place(label=watched)
    if isinstance(found, SourceState):
        return Place(label=found.label)
    label = project.relative(project.root / expand_home(found)) if "://" not in found else found
    return Place(label=label, files=frozenset(matching(found, project.root)))


def _same(project: Project, place: Place, read: str) -> bool:
    """Whether both name some file in common, or the same source."""
    return place.label == read or bool(place.files & {*matching(read, project.root)})


def _ours(at: str) -> bool:
    return at == "/alerts" or at.startswith("/alerts/")


def _units(own: Json) -> dict[str, str]:
    """JSON pointer → unit of every number of the alerts."""
    units: dict[str, str] = {}
    for place, alert in enumerate(own["open"]):
        at = f"/alerts/open/{place}"
        for name, value in alert.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                sized = alert["size_unit"] if name.startswith("size") else alert["unit"]
                units[f"{at}/{name}"] = _UNITS.get(name, sized)
        for number, _ in enumerate(alert["parts"] or ()):
            units |= {f"{at}/parts/{number}/{end}": "share" for end in ("expected", "seen")}
    for place, claim in enumerate(own["findings"]):
        at = f"/alerts/findings/{place}"
        units |= {f"{at}/n": "count", f"{at}/confidence": "share"}
        for name in ("expected", "seen"):
            units[f"{at}/{name}"] = claim["unit"]
        for name, unit in (("size", claim["unit"]), ("lift", "share")):
            units |= {f"{at}/{name}/{end}": unit for end in ("value", "low", "high")}
    return {at: unit for at, unit in units.items() if _number(own, at)}


def _number(own: Json, at: str) -> bool:
    value: Any = own
    for part in at.split("/")[2:]:
        value = value[int(part)] if isinstance(value, list) else (value or {}).get(part)
    return value is not None
