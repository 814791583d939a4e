"""Segments at the command line: every entity's own, written as a table."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.analysis.segments.report import form, profiles_of, standing
from assay.app.console import aligned, print_json, say
from assay.app.place import take_in, this_project
from assay.core.errors import ParameterError, nearest
from assay.data.read import scan
from assay.features.behaviour import behaviour
from assay.workbench.sets import sets_of
from assay.workbench.versions import versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assay.analysis.segments.profiles import ProfilesResult
    from assay.analysis.segments.report import Standing
    from assay.workbench.project import Project

REPORT: Final = "segments"
FORMS: Final = (".parquet", ".csv")
DAYS: Final = 84
"""Days that count where the set says nothing, as in the notebook."""


def assign(  # noqa: PLR0913  what is asked at the command line
    out: Path,
    *,
    as_of: str | None,
    formed_as_of: str | None,
    data: str | None,
    set_name: str | None,
    as_json: bool,
) -> None:
    """Writes the segment of every entity, and says how many are in which.

    Raises:
        ParameterError: a day or ending that is not understood, an unknown set.
        DataError: no segments, too few entities, features that are not known.
    """
    if out.suffix not in FORMS:
        raise ParameterError(f"--out {out}", remedy="a file that ends in .parquet or .csv")
    if not out.parent.is_dir():
        raise ParameterError(f"--out {out}: there is no folder {out.parent}")
    day, formed_day = _day("--as-of", as_of), _day("--formed-as-of", formed_as_of)
    project = this_project()
    name, values = _set(project, set_name)
    source = str(data or values.get("data") or "data/sample/interactions.parquet")
    beside = {key: values[key] for key in ("sessions", "configurations") if values.get(key)}
    if any(str(one).startswith("store") for one in (source, *beside.values())):
        take_in(project)
    rows = scan(source)
    options: dict[str, Any] = {
        key: values[key]
        for key in ("features", "context", "least", "time", "time_zone")
        if values.get(key) is not None
    }
    options |= {key: scan(str(path)) for key, path in beside.items()}
    entity = str(values.get("entity") or "user_id")
    days = int(values.get("days") or DAYS)
    whom = behaviour(rows, entity, as_of=day, days=days, **options)
    origin = whom
    if formed_day is not None and formed_day != whom.span.last:
        if formed_day > whom.span.last:
            raise ParameterError(
                f"--formed-as-of {formed_day} is after {whom.span.last}, as of which is assigned",
                remedy="segments are formed of the same days or of earlier ones",
            )
        origin = behaviour(rows, entity, as_of=formed_day, days=days, **options)
    version, previous = _published(project, name)
    formed = form(
        origin,
        method=values.get("method") or "default",
        k=values.get("segments"),
        previous=previous,
        seed=int(values.get("seed") or 1),
    )
    told = standing(formed, None if whom is origin else whom)
    _write(told, whom.span.last, out)
    _say(told, formed.found.method, version, whom.span.last, out, as_json=as_json)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{option} {text!r}, expected a day such as 2026-11-19") from None


def _set(project: Project, name: str | None) -> tuple[str, dict[str, Any]]:
    sets = sets_of(project, REPORT)
    chosen = next(iter(sets)) if name is None else name
    if chosen not in sets:
        raise ParameterError(
            f"params/{REPORT}.yaml has no set {chosen!r}", remedy=nearest(chosen, set(sets))
        )
    return chosen, dict(sets[chosen])


def _published(project: Project, name: str) -> tuple[str, ProfilesResult | None]:
    """The newest version, and its profiles, whose names and ids go on."""
    found = versions(project, REPORT, name)
    if not found:
        return "", None
    profiles = profiles_of(found[-1].result)
    return (found[-1].id if profiles else ""), profiles


def _write(told: Sequence[Standing], day: date, out: Path) -> None:
    frame = pl.DataFrame(
        {
            "entity": [one.entity for one in told],
            "segment": [one.segment or None for one in told],
            "name": [one.name for one in told],
            "probability": [one.probability for one in told],
            "certainty": [one.certainty for one in told],
            "as_of": [day] * len(told),
        },
        schema={
            "entity": pl.String,
            "segment": pl.String,
            "name": pl.String,
            "probability": pl.Float64,
            "certainty": pl.Float64,
            "as_of": pl.Date,
        },
    )
    part = out.with_name(f".{out.name}.part")
    try:
        if out.suffix == ".csv":
            frame.write_csv(part)
        else:
            frame.write_parquet(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _say(  # noqa: PLR0913  private: what is told
    told: Sequence[Standing],
    method: str,
    version: str,
    day: date,
    out: Path,
    *,
    as_json: bool,
) -> None:
    counts = Counter((one.segment, one.name) for one in told)
    rows = sorted(counts.items(), key=lambda one: (not one[0][0], -one[1], one[0]))
    if as_json:
        print_json(
            {
                "file": str(out),
                "as_of": day.isoformat(),
                "method": method,
                "continues": version or None,
                "entities": len(told),
                "segments": [
                    {"segment": ident or None, "name": name, "entities": number}
                    for (ident, name), number in rows
                ],
            }
        )
        return
    for line in aligned([(ident or "–", name, f"{number:,}") for (ident, name), number in rows]):
        say(line)
    say(f"{len(told):,} entities as of {day} in {out}")
