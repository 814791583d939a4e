"""An experiment as it stands: what is registered, what happened, and what was changed since."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.assignment import Allocation
from assay.core.errors import AssayError, ParameterError, nearest
from assay.params import Metric
from assay.registration import Deviation, Registration, deviations, fingerprint, registration_of
from assay.workbench.experiments.record import Event, read_record
from assay.workbench.layers import read_table
from assay.workbench.layout import REGISTRATIONS as FOLDER
from assay.workbench.meaning import Meaning
from assay.workbench.metrics import declared_metrics
from assay.workbench.project import Project

if TYPE_CHECKING:
    from assay.registration import State

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A change after the start, and when it was noticed first; "" where it never was before."""

    deviation: Deviation
    first_seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One file of `params/experiments/` with its record.

    Attributes:
        registration: as the file has it now; None where `mistake` says why it cannot be read.
        events: of the record, oldest first.
    """

    id: str
    file: Path
    record: Path
    registration: Registration | None
    mistake: AssayError | None
    events: tuple[Event, ...]

    @property
    def state(self) -> State:
        """Where it stands in its life."""
        states: list[State] = [event["state"] for event in self.events if "state" in event]
        return states[-1] if states else "draft"

    @property
    def now(self) -> Registration:
        """What the file says.

        Raises:
            AssayError: where it cannot be understood.
        """
        if self.registration is None:
            raise self.mistake or ParameterError(f"experiment {self.id!r} has no registration")
        return self.registration

    @property
    def started(self) -> Event | None:
        """What was registered at the start, and when."""
        return next((event for event in self.events if event["event"] == "start"), None)

    @property
    def concluded(self) -> Event | None:
        """How it ended."""
        ends = [event for event in self.events if event.get("state") == "concluded"]
        return ends[-1] if ends else None

    @property
    def registered(self) -> dict[str, Any] | None:
        """The copy that was made at the start."""
        return self.started["registration"] if self.started else None

    @property
    def standing(self) -> Registration | None:
        """What holds: the registered copy once it started, before that the file."""
        if self.registered is None:
            return self.registration
        return registration_of(self.registered, place=self.record.name)

    @property
    def allocation(self) -> Allocation | None:
        """How it shares out its units; None before the start."""
        told = [event["allocation"] for event in self.events if "allocation" in event]
        if not told:
            return None
        found = Allocation.of(told[-1])
        return found.resumed() if self.state == "running" else found.stopped()

    @property
    def deviations(self) -> tuple[Seen, ...]:
        """What the file says otherwise than the registered copy."""
        if self.registered is None:
            return ()
        if self.registration is None:
            gone = Deviation(field="the file", before="readable", after="not readable")
            return (Seen(deviation=gone, first_seen=""),)
        noted = {
            (event["field"], event["after"]): event["at"]
            for event in reversed(self.events)
            if event["event"] == "deviation"
        }
        return tuple(
            Seen(deviation=one, first_seen=noted.get((one.field, one.after), ""))
            for one in deviations(self._registered_now(), self.registration.as_json())
        )

    def _registered_now(self) -> dict[str, Any]:
        """The copy as today's release reads it: fields that came since have their defaults."""
        try:
            standing = self.standing
        except ParameterError:
            standing = None
        return standing.as_json() if standing else self.registered or {}

    def began(self) -> datetime | None:
        """When units first came in."""
        return datetime.fromisoformat(self.started["at"]) if self.started else None


def experiments(project: Project) -> tuple[Experiment, ...]:
    """All experiments of a project, by name; also those whose file has a mistake or is gone."""
    folder = project.params / FOLDER
    names = {path.stem for path in folder.glob("*.yaml")} | {
        path.stem for path in folder.glob("*.jsonl")
    }
    return tuple(_read(project, name) for name in sorted(names) if _ID.fullmatch(name))


def find_experiment(project: Project, name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        ParameterError: where there is none.
    """
    folder = project.params / FOLDER
    known = {path.stem for kind in ("yaml", "jsonl") for path in folder.glob(f"*.{kind}")}
    if name not in known or not _ID.fullmatch(name):
        raise ParameterError(
            f"there is no experiment {name!r} in {project.relative(folder)}",
            remedy=nearest(name, known),
        )
    return _read(project, name)


def experiment_at(path: str | Path) -> Experiment:
    """The experiment whose registration lies at a path, as a notebook's parameter names it.

    Raises:
        ParameterError: where it has a mistake.
    """
    from assay.core.project import resolve_path  # noqa: PLC0415  the parameter's own rule

    file = resolve_path(path)
    project = Project.at(file.parent)
    found = _read(project, file.stem, file)
    if found.registration is None and found.started is None and found.mistake is not None:
        raise found.mistake
    return found


def _read(project: Project, name: str, file: Path | None = None) -> Experiment:
    file = file or project.params / FOLDER / f"{name}.yaml"
    place = f"{FOLDER}/{file.name}"
    registration, mistake = None, None
    try:
        registration = registration_of(_meant(project, read_table(file, place), place), place=place)
    except AssayError as error:
        mistake = error
    record = file.with_suffix(".jsonl")
    return Experiment(
        id=name,
        file=file,
        record=record,
        registration=registration,
        mistake=mistake,
        events=read_record(record),
    )


def _meant(project: Project, content: dict[str, Any], place: str) -> dict[str, Any]:
    """The content with the names of declared metrics replaced by what they stand for."""
    if not isinstance(content.get("metrics"), list):
        return content
    meaning = Meaning(metrics=declared_metrics(project))
    metrics = [
        meaning.of(one, Metric, place=f"metrics[{number}] of {place}")
        for number, one in enumerate(content["metrics"])
    ]
    return {**content, "metrics": metrics}


def hash_of_registration(registration: Registration) -> str:
    """The SHA-256 under which a registration is kept."""
    return fingerprint(registration.as_json())
