"""The segments that entities are put into: those of a kept model, or formed anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.analysis.segments.model import FILE, SegmentModel, behaviour_for, model_from, model_of
from assay.analysis.segments.report import form, profiles_of
from assay.app.entity_files import report_values
from assay.app.place import take_in
from assay.core.errors import DataError, ParameterError
from assay.core.project import resolve_path
from assay.data.read import scan
from assay.features.behaviour import Behaviour, behaviour
from assay.workbench.files import read_json
from assay.workbench.project import Project
from assay.workbench.references import find_version
from assay.workbench.versions import versions

if TYPE_CHECKING:
    from assay.analysis.segments.profiles import ProfilesResult
    from assay.workbench.versions import Version

REPORT: Final = "segments"
FORMING: Final = (
    "entity",
    "days",
    "features",
    "context",
    "least",
    "method",
    "segments",
    "time",
    "time_zone",
    "smallest_cell",
    "seed",
)
"""Parameters that decide on the segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for, as it was typed.

    Attributes:
        as_of: last day that counts of those who are assigned.
        model: file or version whose model is taken.
        anew: form segments though a version is published.
        formed_as_of: last day that they are formed of; forms anew, too.
        data: other interactions than the set's.
        set_name: of the parameters; the first where None.
    """

    as_of: date | None = None
    model: str | None = None
    anew: bool = False
    formed_as_of: date | None = None
    data: str | None = None
    set_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The report's parameters as a run would have them, and the tables that they name."""

    project: Project
    set_name: str
    values: dict[str, Any]
    rows: pl.LazyFrame
    beside: dict[str, Any]

    @classmethod
    def of(cls, project: Project, wanted: Wanted) -> Asked:
        """Reads the set by the notebook's own parameters.

        Raises:
            ParameterError: for an unknown set, or a parameter that the notebook does not take.
            DataError: where a table cannot be read.
        """
        name, values = report_values(project, REPORT, wanted.set_name)
        if wanted.data is not None:
            values["data"] = wanted.data
            if wanted.set_name is None:  # tables of a set tell nothing of other data
                values |= dict.fromkeys(("sessions", "configurations"))
        tables = {key: values[key] for key in ("sessions", "configurations") if values[key]}
        if any(str(one).startswith("store") for one in (values["data"], *tables.values())):
            take_in(project)
        return cls(
            project=project,
            set_name=name,
            values=values,
            rows=scan(values["data"]),
            beside={key: scan(one) for key, one in tables.items()} | {"time": values["time"]},
        )

    @property
    def day(self) -> date | None:
        """Last day that counts, where the set names one."""
        told = self.values["as_of"]
        return None if told is None else date.fromisoformat(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Segments, whom to put into them, and where they come from.

    Attributes:
        version: that the model is of, or whose names go on where segments were formed anew.
        formed: they were formed by this call; `why` says why.
        changed: parameters of the set that are otherwise than when the version was published.
    """

    model: SegmentModel
    whom: Behaviour
    version: str
    formed: bool
    why: str = ""
    changed: tuple[str, ...] = ()


def choose(asked: Asked, wanted: Wanted) -> Chosen:
    """The named model, that of the newest version, or segments that are formed anew.

    Raises:
        ParameterError: where what was asked for contradicts itself, or a version is unknown.
        DataError: where a model does not fit, or there are no segments.
    """
    anew = wanted.anew or wanted.formed_as_of is not None
    if anew and wanted.model is not None:
        raise ParameterError(
            f"--model {wanted.model} beside {'--anew' if wanted.anew else '--formed-as-of'}",
            remedy="leave one of them out: a model is formed already",
        )
    newest = next(reversed(versions(asked.project, REPORT, asked.set_name)), None)
    if wanted.model is not None:
        return _named(asked, wanted, wanted.model)
    if not anew and newest is not None and (newest.folder / FILE).is_file():
        return _published(asked, wanted, newest)
    why = "as asked" if anew else "no version is published" if newest is None else _without(newest)
    return _formed(asked, wanted, newest, why)


def _named(asked: Asked, wanted: Wanted, text: str) -> Chosen:
    path = Path(text).expanduser()
    if path.is_file():
        model = _read(path, str(path))
        return _placing(asked, wanted, model, version="")
    if path.suffix == ".json":
        raise ParameterError(f"--model {text}: there is no such file")
    version = find_version(asked.project, text)
    if (version.result.get("schema") or {}).get("kind") != REPORT:
        raise ParameterError(
            f"--model {text}: {version.id} is no version of the report on segments",
            remedy="name a version of it: segments/SET, segments/SET@previous, an id",
        )
    if not (version.folder / FILE).is_file():
        raise DataError(
            f"{version.id} has no model: {_without(version)}",
            remedy="publish it again (assay publish segments --force), or leave --model out",
        )
    return _placing(asked, wanted, _of_version(version), version=version.id)


def _published(asked: Asked, wanted: Wanted, newest: Version) -> Chosen:
    model = _of_version(newest)
    then = newest.manifest.get("parameters") or {}
    now = asked.values
    changed = tuple(name for name in FORMING if name in then and then[name] != now.get(name))
    if model.entity != (now["entity"],):
        raise DataError(
            f"{newest.id} is of {' and '.join(model.entity)}, and the set {asked.set_name} asks "
            f"for {now['entity']}",
            remedy="publish it again (assay publish segments), or form segments anew with --anew",
        )
    chosen = _placing(asked, wanted, model, version=newest.id)
    return replace(chosen, changed=changed)


def _placing(asked: Asked, wanted: Wanted, model: SegmentModel, *, version: str) -> Chosen:
    day = wanted.as_of or asked.day
    whom = behaviour_for(model, asked.rows, as_of=day, **asked.beside)
    return Chosen(model=model, whom=whom, version=version, formed=False)


def _formed(asked: Asked, wanted: Wanted, newest: Version | None, why: str) -> Chosen:
    values = asked.values
    day = wanted.as_of or asked.day
    options = {key: values[key] for key in ("features", "context", "least", "time_zone")}
    origin = behaviour(
        asked.rows,
        values["entity"],
        as_of=wanted.formed_as_of or day,
        days=values["days"],
        **options,
        **asked.beside,
    )
    previous, version = _before(asked, newest)
    formed = form(
        origin,
        method=values["method"],
        k=values["segments"],
        previous=previous,
        alpha=values["alpha"],
        smallest_cell=values["smallest_cell"],
        seed=values["seed"],
    )
    model = model_of(
        formed,
        days=values["days"],
        least=values["least"],
        time_zone=values["time_zone"],
        smallest_cell=values["smallest_cell"],
    )
    whom = origin
    if wanted.formed_as_of is not None:
        whom = behaviour_for(model, asked.rows, as_of=day, **asked.beside)
        if wanted.formed_as_of > whom.span.last:
            raise ParameterError(
                f"--formed-as-of {wanted.formed_as_of} is after {whom.span.last}, as of which is "
                "assigned",
                remedy="segments are formed of the same days or of earlier ones",
            )
    return Chosen(model=model, whom=whom, version=version, formed=True, why=why)


def _before(asked: Asked, newest: Version | None) -> tuple[ProfilesResult | None, str]:
    """The profiles whose names and idents go on, and the version that they are of."""
    if newest is not None and (profiles := profiles_of(newest.result)) is not None:
        return profiles, newest.id
    named = asked.values["previous"]
    if named is None:
        return None, ""
    return profiles_of(read_json(resolve_path(named))), str(named)


def _of_version(version: Version) -> SegmentModel:
    path = version.folder / FILE
    told = (version.manifest.get("beside") or {}).get(FILE)
    if told is not None and sha256(path.read_bytes()).hexdigest() != told:
        raise DataError(
            f"{FILE} of {version.id} is not what was published",
            remedy="publish it again (assay publish segments --force)",
        )
    return _read(path, f"{FILE} of {version.id}")


def _read(path: Path, place: str) -> SegmentModel:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    return model_from(text, place=place)


def _without(version: Version) -> str:
    """Why a version has no model."""
    if version.result.get("profiles") is None:
        return "it found no segments"
    return "it was published before models were kept, or would tell of few"
