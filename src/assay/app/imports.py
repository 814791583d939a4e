"""The command that brings logs in, and what it tells of them."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from assay.app.console import aligned, interactive, passing, print_json, say, show, warn
from assay.app.place import this_project
from assay.data.intake.terms import terms_of
from assay.data.shown import told_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.intake.account import ImportReport, Progress, Request
    from assay.workbench.project import Project

_PLAIN_EVERY: Final = 10.0
"""Seconds between lines of progress where there is no terminal."""

_BAR: Final = 20
"""Signs of the bar that shows how much is done."""

_NAMES: Final = (
    "  names of benchmarks that are more than a word became pseudonyms; to keep them,",
    '  [privacy] free_labels = ["measurements.workload", "measurements.name"] in assay.toml',
)

_WHAT: Final = {
    "new": "new",
    "replaced": "replaced by a newer version",
    "unchanged": "unchanged",
    "older": "older than what is there",
    "repeated": "repeated in the source",
    "expired": "before the retention cut-off",
}


def run_import(request: Request, *, max_rejected: float | None, as_json: bool) -> None:
    """Imports a source and accounts for every record of it."""
    from assay.data.intake.imports import import_source  # noqa: PLC0415  Polars takes its time

    project = this_project()
    terms = terms_of(project.root, project.settings)
    if max_rejected is not None:
        terms = replace(terms, max_rejected=max_rejected)
    latency = request.latency_unit or project.settings.imports.latency_unit
    with passing():
        report = import_source(
            replace(request, latency_unit=latency), terms, progress=_Shown(as_json=as_json)
        )
    if as_json:
        print_json(_json(report))
        return
    for line in _lines(report, project):
        say(line)
    for warning in report.warnings:
        warn(f"assay: {warning}")


class _Shown:
    """Progress: one line that is overwritten on a terminal, now and then a line elsewhere."""

    def __init__(self, *, as_json: bool) -> None:
        self.last = time.monotonic()
        self.as_json = as_json

    def __call__(self, step: Progress) -> None:
        text = _told(step)
        if interactive():
            show(text)
        elif not self.as_json and time.monotonic() - self.last >= _PLAIN_EVERY:
            self.last = time.monotonic()
            warn(text)


def _told(step: Progress) -> str:
    piece = step.piece if step.pieces == 1 else f"{step.piece} ({step.number} of {step.pieces})"
    if step.committing:
        return f"{piece}  {step.rows:,} records  storing …"
    speed = step.rows / step.seconds if step.seconds > 0 else 0.0
    told = f"{piece}  {step.rows:,} records  {speed:,.0f}/s"
    if step.share:
        left = step.seconds * (1 - step.share) / step.share
        told = f"{_bar(step.share)} {step.share:4.0%}  {told}  {_duration(left)} left"
    return told


def _bar(share: float) -> str:
    full = round(min(share, 1.0) * _BAR)
    return "█" * full + "░" * (_BAR - full)


def _duration(seconds: float) -> str:
    """As 8 s, 1:05 min, or 2:10 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"


def _lines(report: ImportReport, project: Project) -> Iterator[str]:
    for label, name in list(report.pieces.items())[:10]:
        yield f"{label}: read as {name}"
    if len(report.pieces) > 10:
        yield f"… and {len(report.pieces) - 10:,} more"
    if report.known:
        files = len(report.known) + len(report.pieces)
        yield f"{len(report.known):,} of {files:,} imported before, not read again"
    if report.pieces:
        speed = report.read / report.seconds if report.seconds else 0
        noun = "record" if report.read == 1 else "records"
        yield f"{report.read:,} {noun} in {report.seconds:.1f} s ({speed:,.0f}/s)"
    rows = [(name, f"{n:,}", what) for name, n, what in _fates(report)]
    yield from (f"  {line}" for line in aligned(rows) if rows)
    if report.absorbed:
        yield f"  {report.absorbed:,} events that applications had recorded were taken in"
    made = [
        f"{count:,} × {column}: {what}" for (column, what), count in sorted(report.replaced.items())
    ]
    if made:
        yield "Made private"
        yield from (f"  {line}" for line in made)
        yield from _NAMES if ("workload", "text") in report.replaced else ()
    if report.context_dropped:
        names, others = told_context(report.context_dropped)
        told = ", ".join([*names, *([f"{others:,} of other names"] if others else [])])
        yield f"  dropped: {told} (to keep one, name it in [privacy] context of assay.toml)"
    if report.key_created:
        yield (
            f"A key for pseudonyms was made: {project.relative(project.key)}. Keep a copy "
            "elsewhere: without it, later imports give the same persons other pseudonyms."
        )
    if report.tables.get("interactions"):
        yield "Next: assay publish data-quality"


def _fates(report: ImportReport) -> Iterator[tuple[str, int, str]]:
    for table, counts in report.tables.items():
        for name, what in _WHAT.items():
            if count := getattr(counts, name):
                yield table, count, what
    for why, count in report.dropped.most_common():
        yield "not kept", count, why
    for table, count in sorted(report.withdrawn.items()):
        yield table, count, "removed from the store, consent is refused now"
    for why, count in report.skipped.most_common():
        yield "skipped", count, why
    if sum(report.reasons.values()) > (rejected := report.rejected + report.broken):
        yield "rejected", rejected, "in all, some for several reasons"
    for why, count in report.reasons.most_common():
        yield "rejected", count, why


def _json(report: ImportReport) -> dict[str, Any]:
    names, others = told_context(report.context_dropped)
    replaced = [
        {"column": column, "what": what, "rows": count}
        for (column, what), count in sorted(report.replaced.items())
    ]
    return {
        "source": report.source,
        "pieces": report.pieces,
        "known": report.known,
        "read": report.read,
        "rows": dict(report.rows),
        "tables": {name: asdict(counts) for name, counts in report.tables.items()},
        "rejected": report.rejected,
        "broken": report.broken,
        "reasons": dict(report.reasons),
        "skipped": dict(report.skipped),
        "dropped": dict(report.dropped),
        "replaced": replaced,
        "context_dropped": names,
        "context_dropped_of_other_names": others,
        "withdrawn": dict(report.withdrawn),
        "warnings": report.warnings,
        "absorbed": report.absorbed,
        "key_created": report.key_created,
        "seconds": round(report.seconds, 3),
    }
