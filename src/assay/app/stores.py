"""The commands around the store: what it holds, what is removed, backups, copies, keys, the log."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from assay.app.console import aligned, print_json, say, warn
from assay.app.place import this_project
from assay.core import audit
from assay.core.errors import DataError, ParameterError
from assay.core.sections import TABLE_NAMES, days_of
from assay.data.databases import PublishedResult, export_store, init_database
from assay.data.intake.imports import absorb, open_store, settle_ring
from assay.data.intake.terms import terms_of
from assay.data.store import Store
from assay.data.store.backup import backup, restore
from assay.privacy import Pseudonyms, create_ring, load_ring, rotate
from assay.privacy.keys import VARIABLE
from assay.schema import schema_of, time_of
from assay.workbench.versions import shelves, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from assay.data.store import DataFile, ImportRecord
    from assay.data.store.forgetting import Removal
    from assay.data.store.manifest import Manifest
    from assay.workbench.project import Project

_NEWEST_IMPORTS: Final = 10
_IN_FORCE: Final = ("prices", "versions", "configurations")
"""What holds until something newer comes: removed by age only where it is named."""


def show_store(*, as_json: bool) -> None:
    """What is in the store, table by table."""
    project = this_project()
    store = _store(project)
    manifest = store.manifest()
    tables = {name: _extent(files) for name, files in manifest.tables.items()}
    waiting = int(store.quarantine().collect()["superseded_at"].null_count())
    if as_json:
        print_json(
            {
                "store": project.relative(store.folder),
                "tables": tables,
                "quarantine": waiting,
                "imports": [_plain(record) for record in store.imports()],
                "inbox": store.waiting(),
                "warnings": list(store.warnings),
            }
        )
        return
    named, apart = _counted(len(tables), "table"), _counted(waiting, "row")
    say(f"{project.relative(store.folder)}: {named}, {apart} in quarantine")
    lines = [("TABLE", "ROWS", "FIRST", "LAST", "MB")]
    lines += [
        (name, f"{t['rows']:,}", t["first"] or "–", t["last"] or "–", f"{t['bytes'] / 1e6:,.1f}")
        for name, t in tables.items()
    ]
    for line in aligned(lines):
        say(f"  {line}")
    newest = store.imports()[-_NEWEST_IMPORTS:]
    for record in reversed(newest):
        say(f"  {record.at:%Y-%m-%d %H:%M}  {record.label}: {_account(record)}")
    if store.waiting():
        say("  Events of applications wait; the next import or report takes them in.")
    for text in store.warnings:
        warn(f"assay: {text}")


def show_quarantine(limit: int, *, as_json: bool) -> None:
    """Rejected rows, the newest first."""
    rows = _store(this_project()).quarantine().reverse().head(limit).collect().to_dicts()
    if as_json:
        print_json([{name: _shown(value) for name, value in row.items()} for row in rows])
        return
    for row in rows:
        past = " · since then imported anew" if row["superseded_at"] else ""
        say(f"{row['source']} row {row['row']:,} ({row['table']}){past}")
        say(f"  {'; '.join(row['reasons'])}")
        if row["excerpt"]:
            say(f"  {row['excerpt']}")
    if not rows:
        say("Nothing is in quarantine.")


def run_forget(
    older_than: str | None, user: str | None, tables: Sequence[str], *, as_json: bool
) -> None:
    """Removes rows by age or of one person, and notes that it was done.

    Raises:
        ParameterError: where both or neither is asked for, or an age or a table is unknown.
        DataError: where nothing of that person is in the store.
    """
    if user is not None and (older_than is not None or tables):
        raise ParameterError("--user goes alone, expected no --older-than and no --table")
    project = this_project()
    terms, now = terms_of(project.root, project.settings), datetime.now(UTC)
    store = _store(project)
    audit.make_ready(project.audit)
    ring = load_ring(project.key)
    with store.writing() as writer:
        settle_ring(writer, ring)
        absorb(writer, ring, project.audit, now=now)
        if user is not None:
            removal = writer.forget_person(user, length=len(ring))
            if not any(removal.rows.values()):
                raise DataError(
                    "no row of that person is in the store",
                    remedy="expected a pseudonym as the store holds it: assay key pseudonym",
                )
            asked = {"by": "person"}
        else:
            cutoffs = _cutoffs(project, older_than, tables, now)
            zone = project.settings.project.time_zone
            removal = writer.forget_older(cutoffs, k=terms.policy.k, time_zone=zone)
            asked = {"by": "age"} | _told_cutoffs(cutoffs)
        audit.append(project.audit, "removal", {**asked, **_filled(removal.rows)}, now=now)
    _tell_removal(removal, as_json=as_json)


def init_copy(url: str) -> None:
    """Makes the canonical tables in a database."""
    this_project()
    made = init_database(url)
    say(f"{len(made)} tables are there: {', '.join(made)}")


def export_copy(url: str, *, as_json: bool) -> None:
    """Brings a database to what the store holds and what is published."""
    project = this_project()
    store = _store(project)
    scans = {name: (lambda name=name: store.scan(name)) for name in store.tables()}
    done = export_store(scans, _published(project), url)
    audit.append(
        project.audit, "export", {"to": done.label, **_filled(done.rows)}, now=datetime.now(UTC)
    )
    if as_json:
        print_json(asdict(done))
        return
    published = _counted(done.versions, "published version")
    say(f"{done.label}: {published} with {_counted(done.numbers, 'number')}")
    rows = [
        (name, _counted(count, "row"), f"{done.written[name]:,} written")
        for name, count in _filled(done.rows).items()
    ]
    for line in aligned(rows) if rows else ():
        say(f"  {line}")


def back_up(file: Path) -> None:
    """Writes the store into one archive."""
    project = this_project()
    size = backup(project.store, file)
    audit.append(project.audit, "backup", {"bytes": size}, now=datetime.now(UTC))
    say(f"{file}: {size / 1e6:,.1f} MB. The key is not in it: keep {project.relative(project.key)}")


def restore_from(file: Path, *, replace: bool) -> None:
    """Puts an archive in place of the store."""
    project = this_project()
    restore(file, project.store, replace=replace)
    manifest = _with_newest_keys(project)
    rows = {name: sum(f.rows for f in files) for name, files in manifest.tables.items()}
    audit.append(project.audit, "restore", dict(rows), now=datetime.now(UTC))
    back = _counted(sum(rows.values()), "row")
    say(f"Back: {back} of {_counted(len(rows), 'table')}")


def _with_newest_keys(project: Project) -> Manifest:
    """What was restored, as the project's ring names persons, where the ring has grown since.

    Only then are all known again who were forgotten since.
    """
    store = Store.at(project.store)
    if project.key.exists() or VARIABLE in os.environ:
        ring = load_ring(project.key)
        if store.ring in ring.ids[:-1]:
            with store.writing() as writer:
                settle_ring(writer, ring)
    return store.manifest()


def create_key() -> None:
    """Makes the key file."""
    project = this_project()
    ring = create_ring(project.key)
    say(f"{project.relative(project.key)}: key {ring.id}. Keep a copy elsewhere.")


def rotate_key() -> None:
    """Adds a key and gives the store the new pseudonyms.

    Raises:
        ParameterError: where the keys come from the environment, which no command can change.
    """
    project = this_project()
    if VARIABLE in os.environ:
        raise ParameterError(
            f"the keys come from {VARIABLE}, which this command cannot change",
            remedy="append a new key to it, after a comma; the next import does the rest",
        )
    store, _, _ = open_store(terms_of(project.root, project.settings))
    with store.writing() as writer:
        before = load_ring(project.key)
        settle_ring(writer, before)
        absorb(writer, before, project.audit, now=datetime.now(UTC))
        ring = rotate(project.key)
        settle_ring(writer, ring)
    audit.append(
        project.audit, "key rotation", {"key": ring.id, "keys": len(ring)}, now=datetime.now(UTC)
    )
    say(f"{project.relative(project.key)} has {len(ring)} keys now; the store follows {ring.id}")


def tell_pseudonym() -> None:
    """Tells the pseudonym of what stands on standard input, which leaves no trace in a history.

    Raises:
        ParameterError: where nothing stands there.
    """
    value = sys.stdin.read().removesuffix("\n")
    if not value:
        raise ParameterError(
            "standard input is empty, expected an identifier",
            remedy="printf anna@example.org | assay key pseudonym",
        )
    say(Pseudonyms(load_ring(this_project().key)).of(value))


def verify_audit(head: str | None, *, as_json: bool) -> int:
    """Checks the chain of the log; 3 where it is broken."""
    project = this_project()
    report = audit.verify(project.audit, head=head)
    if as_json:
        print_json(asdict(report) | {"whole": report.whole})
    elif report.whole:
        say(f"{report.entries:,} entries, none altered. Head: {report.head}")
        say("Note the head elsewhere: with --head it tells whether the end was cut off.")
    else:
        say(
            f"line {report.line:,} {report.reason}; the {report.entries:,} entries before are whole"
        )
    if report.mode is not None:
        name = project.relative(project.audit)
        warn(f"assay: {name} has mode {report.mode:03o}, expected 600: chmod 600 {name}")
    return 0 if report.whole else DataError.exit_code


def show_audit(limit: int, *, as_json: bool) -> None:
    """The newest entries of the log."""
    found = list(audit.entries(this_project().audit))[-limit:]
    if as_json:
        print_json([asdict(entry) | {"at": entry.at.isoformat()} for entry in found])
        return
    for entry in found:
        details = ", ".join(f"{name}: {value}" for name, value in entry.details.items())
        say(f"{entry.number:>5}  {entry.at:%Y-%m-%d %H:%M}  {entry.what}  {details}".rstrip())
    if not found:
        say("The log is empty.")


def _store(project: Project) -> Store:
    return Store.at(project.store)


def _extent(files: Sequence[DataFile]) -> dict[str, Any]:
    days = sorted(file.day for file in files if file.day != "none")
    return {
        "rows": sum(file.rows for file in files),
        "bytes": sum(file.bytes for file in files),
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
    }


def _account(record: ImportRecord) -> str:
    told = [f"{record.read:,} records as {record.format}"]
    told += [f"{record.rejected:,} rejected"] if record.rejected else []
    told += [f"{sum(record.skipped.values()):,} skipped"] if record.skipped else []
    told += [f"{sum(record.dropped.values()):,} not kept"] if record.dropped else []
    return ", ".join(told)


def _plain(record: ImportRecord) -> dict[str, Any]:
    return {name: _shown(value) for name, value in asdict(record).items()}


def _shown(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _cutoffs(
    project: Project, older_than: str | None, tables: Sequence[str], now: datetime
) -> dict[str, date]:
    """The first day that stays, for every table that rows are to be removed from."""
    for name in tables:
        if time_of(schema_of(name)) is None:
            raise ParameterError(f"rows of {name} carry no time, expected a table that has one")
    dated = [
        name
        for name in TABLE_NAMES
        if time_of(schema_of(name)) is not None and (name not in _IN_FORCE or older_than is None)
    ]
    if older_than is None:
        kept = {name: project.settings.days_kept(name) for name in tables or dated}
    else:
        try:
            days = days_of(older_than)
        except ValueError as error:
            raise ParameterError(f"--older-than {older_than!r}: {error}") from None
        kept = dict.fromkeys(tables or dated, days)
    cutoffs = {
        name: (now - timedelta(days=days)).date() for name, days in kept.items() if days is not None
    }
    if not cutoffs:
        raise ParameterError(
            "nothing says what is to be removed",
            remedy='say --older-than 365d or --user PSEUDONYM, or set [retention] default = "365d" '
            "in assay.toml",
        )
    return cutoffs


def _told_cutoffs(cutoffs: Mapping[str, date]) -> dict[str, str]:
    """`before`: the one day of all tables, or each table's own."""
    days = {str(day) for day in cutoffs.values()}
    if len(days) == 1 and len(cutoffs) > 1:
        return {"before": days.pop()}
    return {f"{name} before": str(day) for name, day in cutoffs.items()}


def _tell_removal(removal: Removal, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(removal))
        return
    if not any(removal.rows.values()):
        say("Nothing to remove.")
    for name, count in _filled(removal.rows).items():
        lines, unkept = removal.lines.get(name, 0), removal.suppressed.get(name, 0)
        kept = f"; {_counted(lines, 'daily line')} kept of them" if lines else ""
        few = f"; {unkept:,} on days of too few persons for a line" if unkept else ""
        say(f"{_counted(count, 'row')} of {name} removed{kept}{few}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _filled(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _published(project: Project) -> Iterator[PublishedResult]:
    for folder in shelves(project):
        report, set_name = folder.parent.name, folder.name
        for version in versions(project, report, set_name):
            yield PublishedResult(
                report=report,
                set_name=set_name,
                version=version.id,
                key=version.key,
                created=version.created,
                result=version.result,
            )
