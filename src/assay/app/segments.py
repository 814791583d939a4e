"""Segments at the command line: every entity's own, written as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from assay.analysis.segments.model import Drift, checksum_of, place, text_of
from assay.app.console import aligned, print_json, say, warn
from assay.app.entity_files import check_not_data, check_place, day_of, write_table
from assay.app.place import this_project
from assay.app.segment_models import Asked, Chosen, Wanted, choose
from assay.features.behaviour.scan import SECONDS
from assay.features.clock import day_of_number
from assay.privacy.disclosure import withheld
from assay.workbench.files import write_atomically

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

DIGITS: Final = 6
"""Decimals of a probability that are written."""
LATE: Final = 3
"""Days without anybody before the last that counts, from which on they are told."""
TOLD: Final = 3
"""Features that are told to have moved, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What was written.

    Attributes:
        counts: ident, name and entities of each segment; None where too few to be told.
    """

    chosen: Chosen
    model: str
    entities: int
    counts: tuple[tuple[str, str, int | None], ...]
    drift: Drift
    smallest_cell: int


def assign(  # noqa: PLR0913  what is asked at the command line
    out: Path,
    *,
    as_of: str | None = None,
    model: str | None = None,
    anew: bool = False,
    formed_as_of: str | None = None,
    save_model: Path | None = None,
    data: str | None = None,
    set_name: str | None = None,
    as_json: bool = False,
) -> None:
    """Writes the segment of every entity, and says how many are in which.

    Raises:
        ParameterError: a day or ending that is not understood, an unknown set or version.
        DataError: no segments, too few entities, features that are not known, a model that does
            not fit.
        ProjectError: where a file cannot be written.
    """
    check_place(out, "--out")
    if save_model is not None:
        check_place(save_model, "--save-model", (".json",))
    wanted = Wanted(
        as_of=day_of("--as-of", as_of),
        model=model,
        anew=anew,
        formed_as_of=day_of("--formed-as-of", formed_as_of),
        data=data,
        set_name=set_name,
    )
    asked = Asked.of(this_project(), wanted)
    check_not_data(out, asked.values["data"])
    chosen = choose(asked, wanted)
    table, drift = place(chosen.model, chosen.whom)
    ident = checksum_of(chosen.model)
    told = table.with_columns(
        # Sums of many threads differ in the last digits; the file does not.
        pl.col("probability").round(DIGITS),
        as_of=pl.lit(chosen.whom.span.last),
        formed_as_of=pl.lit(chosen.model.last),
        model=pl.lit(ident),
    )
    kept = None if save_model is None else text_of(chosen.model)  # before anything is written
    write_table(told, out)
    if save_model is not None and kept is not None:
        write_atomically(save_model, kept)
    smallest = int(asked.values["smallest_cell"])
    found = Assigned(
        chosen=chosen,
        model=ident,
        entities=told.height,
        counts=_counts(told, chosen, smallest),
        drift=drift,
        smallest_cell=smallest,
    )
    if as_json:
        print_json(_record(found, out, save_model))
    else:
        _say(found, out, save_model)
    for line in _warnings(found):
        warn(f"assay: {line}")


def _last_seen(chosen: Chosen) -> date | None:
    """The last day on which one of the entities was seen of which enough is known."""
    last = chosen.whom.sums["last"].max()
    return None if last is None else day_of_number(int(last) // SECONDS)  # type: ignore[arg-type]


def _counts(
    told: pl.DataFrame, chosen: Chosen, smallest: int
) -> tuple[tuple[str, str, int | None], ...]:
    """Every segment in the order of the model, then who is in none."""
    grouped = told.group_by("segment", "name").len()
    found = {(ident, name): number for ident, name, number in grouped.rows()}
    known = [(one.ident, one.name) for one in chosen.model.segments]
    rows = [(ident, name, int(found.pop((ident, name), 0))) for ident, name in known]
    rows += [("", name, number) for (_, name), number in sorted(found.items(), key=str)]
    counts = np.array([number for _, _, number in rows], dtype=np.int64)
    hidden = withheld(counts, smallest).cells if len(rows) > 1 else (counts < smallest)
    return tuple(
        (ident, name, None if hide else number)
        for (ident, name, number), hide in zip(rows, hidden, strict=True)
    )


def _record(found: Assigned, out: Path, saved: Path | None) -> dict[str, Any]:
    chosen, drift = found.chosen, found.drift
    few = 0 < drift.beyond < found.smallest_cell
    return {
        "file": str(out),
        "as_of": chosen.whom.span.last.isoformat(),
        "model": found.model,
        "formed": chosen.formed,
        "formed_as_of": chosen.model.last.isoformat(),
        "version": None if chosen.formed else chosen.version or None,
        "continues": chosen.version or None if chosen.formed else None,
        "saved": None if saved is None else str(saved),
        "method": chosen.model.method,
        "agreement": chosen.model.agreement,
        "entities": found.entities,
        "segments": [
            {"segment": ident or None, "name": name, "entities": number}
            for ident, name, number in found.counts
        ],
        "drift": asdict(drift) | (dict.fromkeys(("beyond", "low", "high")) if few else {}),
        "changed": list(chosen.changed),
    }


def _say(found: Assigned, out: Path, saved: Path | None) -> None:
    chosen, few = found.chosen, f"fewer than {found.smallest_cell}"
    for line in aligned(
        [
            (ident or "–", name, "withheld" if number is None else f"{number:,}")
            for ident, name, number in found.counts
        ]
    ):
        say(line)
    say(f"{found.entities:,} entities as of {chosen.whom.span.last} in {out}")
    model = chosen.model
    if chosen.formed:
        say(f"segments formed anew ({chosen.why}) of {model.first} to {model.last}")
        if chosen.version:
            say(f"idents and names go on from {chosen.version}")
    else:
        origin = f" of {chosen.version}" if chosen.version else ""
        say(f"by model {found.model}{origin}, formed of {model.first} to {model.last}")
    if model.agreement < 1:
        say(f"it puts {model.agreement:.0%} of those who formed the segments where they were")
    drift = found.drift
    beyond = few if 0 < drift.beyond < found.smallest_cell else f"{drift.beyond:,}"
    say(
        f"{beyond} of {drift.entities:,} lie farther from every segment than all but "
        f"{drift.then:.0%} of those who formed them"
    )
    if saved is not None:
        say(f"model {found.model} in {saved}")


def _warnings(found: Assigned) -> list[str]:
    """What makes segments of other days unsafe for these entities."""
    chosen, drift = found.chosen, found.drift
    told = []
    if drift.low > 2 * drift.then:
        told.append(
            f"at least {drift.low:.0%} of the entities lie where {drift.then:.0%} of those did who "
            "formed the segments: they may be of other kinds"
        )
    if drift.shifts:
        moved = ", ".join(
            f"{one.label} {'up' if one.by > 0 else 'down'} by {abs(one.by):.1f}"
            for one in drift.shifts[:TOLD]
        )
        more = f" and {len(drift.shifts) - TOLD} more" if len(drift.shifts) > TOLD else ""
        told.append(f"since the segments were formed (standard deviations): {moved}{more}")
    told += [
        f"{one.label} is not known of {one.now:.0%} of the entities ({one.then:.0%} then)"
        for one in drift.unknown[:TOLD]
    ]
    if told:
        told.append("look at a report of these days before segments are used as before")
    seen, day = _last_seen(chosen), chosen.whom.span.last
    if not drift.entities:
        told.append(f"as of {day} enough is known of nobody: name another day")
    if seen is not None and (day - seen).days >= LATE:
        told.append(f"nobody was seen after {seen}: as of {day} everybody looks away")
    if chosen.model.last > chosen.whom.span.last:
        told.append(
            f"segments were formed of days up to {chosen.model.last}, after {chosen.whom.span.last}"
        )
    if chosen.changed:
        told.append(
            f"{', '.join(chosen.changed)} changed in the set since {chosen.version}, whose model "
            "counts: publish it again, or take --anew"
        )
    return told
