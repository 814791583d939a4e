"""The story of an import: every piece of a source read, let in, and kept in one step."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from assay.core import audit
from assay.core.errors import ParameterError, ProjectError, nearest
from assay.core.project import resolve_path
from assay.data.adapters import ADAPTERS, Options, recognise
from assay.data.intake.account import Account, ImportReport, Progress, Request, Terms
from assay.data.intake.admit import Door
from assay.data.intake.ahead import ahead
from assay.data.intake.conform import conform
from assay.data.intake.labels import kept_label
from assay.data.intake.refusal import refusal
from assay.data.sources import FilePiece, passed_over, pieces_of
from assay.data.sources.pieces import shown, source_named
from assay.data.store import Counts, ImportRecord, Store
from assay.data.store.manifest import MANIFEST
from assay.privacy import Pseudonyms, create_ring, load_ring
from assay.privacy.keys import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from assay.data.adapters import Adapter, Chunk
    from assay.data.databases import QueryPiece
    from assay.data.intake.admit import Admitted
    from assay.data.store import Writer
    from assay.privacy import KeyRing

ROWS_PER_COMMIT: Final = 20_000_000
"""Rows that are held ready before they are made part of the store; bounds memory and lost work."""


def import_source(
    request: Request, terms: Terms, *, progress: Callable[[Progress], None] = lambda _: None
) -> ImportReport:
    """Brings a source into the project's store, once.

    What was imported before, on the same terms, is not read again. Nothing is part of the store
    before all of a commit is safely on the disk; a process that is stopped loses no more than what
    it had not committed, and importing again does only what is missing.

    Raises:
        ParameterError: where the format, the table or the mapping is unknown or does not fit.
        DataError: where the source cannot be read, or too many of its records are rejected.
        ProjectError: where the store is in use or cannot be written, or its key is missing.
    """
    if request.format is not None and request.format not in ADAPTERS:
        raise ParameterError(
            f"format {request.format!r} is unknown", remedy=nearest(request.format, ADAPTERS)
        )
    request = _with_name(request, terms)
    pieces = pieces_of(
        request.source, sources=terms.sources, query=request.query, table=request.table
    )
    began = time.monotonic()
    store, ring, created = open_store(terms)
    audit.make_ready(terms.audit)
    report = ImportReport(source=shown(request.source), key_created=created)
    for why, names in passed_over(request.source, sources=terms.sources).items():
        report.warnings.append(f"{len(names)} files passed over, {why}: {', '.join(names[:5])}")
    with store.writing() as writer:
        settle_ring(writer, ring)
        _Import(request, terms, writer, ring, report, progress, began).run(pieces)
    report.seconds = time.monotonic() - began
    return report


def _with_name(request: Request, terms: Terms) -> Request:
    """What the settings say of a source that has a name, where the user says nothing else."""
    named = source_named(request.source, terms.sources)
    if named is None:
        return request
    return replace(
        request,
        format=request.format or named.format,
        mapping=request.mapping or named.mapping,
    )


def open_store(terms: Terms) -> tuple[Store, KeyRing, bool]:
    """The project's store and keys, made where there are none yet; and whether a key was made.

    Raises:
        ProjectError: where there is a store but not its key, or one of them cannot be read.
    """
    created = not (
        terms.key.exists() or VARIABLE in os.environ or (terms.store / MANIFEST).exists()
    )
    ring = create_ring(terms.key) if created else load_ring(terms.key)
    return Store.create(terms.store), ring, created


def settle_ring(writer: Writer, ring: KeyRing) -> None:
    """Makes sure that the store's pseudonyms are those of the ring, and ends a rotation.

    Raises:
        ProjectError: where the store was made with other keys.
    """
    made_with = writer.manifest.ring
    if made_with in {None, ring.id}:
        return
    if made_with not in ring.ids:
        raise ProjectError(
            f"the store was made with the keys {made_with}, the key given is {ring.id}",
            remedy="give the key that it was made with: the same person must keep one pseudonym",
        )
    length = ring.ids.index(made_with) + 1
    pseudonyms = Pseudonyms(ring)
    writer.rekey(lambda values: pseudonyms.advanced(values, length), ring=ring.id)


def advancing(pseudonyms: Pseudonyms) -> Callable[[pl.Series, str], pl.Series]:
    """How pseudonyms of an earlier ring, by its fingerprint, become those of this one."""
    ids = pseudonyms.ring.ids
    return lambda values, ring: pseudonyms.advanced(values, ids.index(ring) + 1)


def absorb(writer: Writer, ring: KeyRing, log: Path, *, now: datetime) -> int:
    """Merges what applications left in the inbox, and notes what had to go; the number of rows."""
    advance = advancing(Pseudonyms(ring))
    rows = writer.absorb(advance, ring=ring.id, length=len(ring))
    note_withdrawn(writer, log, now=now)
    return rows


def note_withdrawn(writer: Writer, log: Path, *, now: datetime) -> None:
    """Notes the rows that the last commit removed because consent was withdrawn."""
    if writer.withdrawn:
        told: dict[str, str | int] = {"because": "consent was withdrawn", **writer.withdrawn}
        audit.append(log, "removal", told, now=now)


class _Import:
    """One import on its way."""

    def __init__(  # noqa: PLR0913, PLR0917  what it works with
        self,
        request: Request,
        terms: Terms,
        writer: Writer,
        ring: KeyRing,
        report: ImportReport,
        progress: Callable[[Progress], None],
        began: float,
    ) -> None:
        self.request, self.terms, self.report = request, terms, report
        self.writer, self.ring = writer, ring
        self.door = self._new_door()
        self.progress, self.began = progress, began
        self.at = datetime.now(UTC)
        self.records: list[ImportRecord] = []
        self.waiting = 0
        self.labels: Sequence[str] = ()

    def _new_door(self) -> Door:
        return Door(self.terms.policy, Pseudonyms(self.ring), self.writer.forgotten())

    def run(self, pieces: Sequence[FilePiece | QueryPiece]) -> None:
        """All pieces in their order, with a commit whenever enough rows wait for one."""
        self.report.absorbed = absorb(self.writer, self.ring, self.terms.audit, now=self.at)
        self.report.withdrawn.update(self.writer.withdrawn)
        self.door = self._new_door()
        self.labels = [piece.label for piece in pieces]
        sizes = [float(piece.size()) if isinstance(piece, FilePiece) else 1.0 for piece in pieces]
        for number, piece in enumerate(pieces):
            adapter = self._adapter(piece)
            key = self._key(piece, adapter)
            if self.writer.has(key):
                self.report.known.append(piece.label)
                continue
            self.report.pieces[piece.label] = adapter.name
            self._piece(number, piece, adapter, key, sizes)
            if self.waiting >= ROWS_PER_COMMIT:
                self._commit(number)
        self._commit(len(pieces) - 1)

    def _adapter(self, piece: FilePiece | QueryPiece) -> Adapter:
        if self.request.format is not None:
            return ADAPTERS[self.request.format]
        given = self.request.mapping or self.request.as_table
        return ADAPTERS["table" if given else recognise(piece)]

    def _key(self, piece: FilePiece | QueryPiece, adapter: Adapter) -> str:
        """What tells an import of this content on these terms from any other."""
        request, policy = self.request, self.terms.policy
        mapping = _content(request.mapping) if request.mapping else b""
        kept = (policy.context, policy.keep_text, policy.labels, policy.free_labels)
        parts = (
            piece.digest(), adapter.name, hashlib.sha256(mapping).hexdigest(), request.as_table,
            request.latency_unit, request.cached, request.agent_totals, *map(sorted, kept),
            policy.ids, policy.consent,
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _piece(
        self,
        number: int,
        piece: FilePiece | QueryPiece,
        adapter: Adapter,
        key: str,
        sizes: Sequence[float],
    ) -> None:
        options = Options(
            chunk_rows=self.terms.chunk_rows,
            latency_unit=self.request.latency_unit,
            cached=self.request.cached,
            agent_totals=self.request.agent_totals,
            mapping=resolve_path(self.request.mapping) if self.request.mapping else None,
            table=self.request.as_table,
        )
        mine = Account()
        for chunk in ahead(adapter.read(piece, options)):
            for admitted in self._admitted(chunk):
                mine.add(admitted)
                if len(admitted.refused):
                    self.writer.withdraw(admitted.refused, length=len(self.ring))
                if admitted.valid.height:
                    self.writer.stage(admitted.table).add(admitted.valid)
                    self.waiting += admitted.valid.height
                if admitted.rejected.height:
                    self._set_apart(admitted.rejected, admitted.table, piece, key)
            mine.add_chunk(chunk)
            if chunk.broken:
                table = _table_of(chunk, self.request)
                broken = self.door.broken(chunk.broken)
                mine.add_examples(broken)
                self._set_apart(broken, table, piece, key)
            self._show(number, piece, mine.read, chunk.done, sizes)
        self._check(piece, adapter, mine)
        self._keep(piece, adapter, key, mine)

    def _admitted(self, chunk: Chunk) -> Iterator[Admitted]:
        for found in chunk.found:
            if found.frame.height:
                self.report.rows[found.table] += found.frame.height
                yield self.door.admit(conform(found))

    def _set_apart(
        self, rejected: pl.DataFrame, table: str, piece: FilePiece | QueryPiece, key: str
    ) -> None:
        source = kept_label(piece.label, self.ring.keys[0])
        self.writer.quarantine(rejected, table=table, source=source, key=key, at=self.at)

    def _check(self, piece: FilePiece | QueryPiece, adapter: Adapter, mine: Account) -> None:
        """Refuses a piece that hardly fits: it is more likely to be read wrongly than to be bad.

        Raises:
            DataError: where more than the allowed share is rejected; nothing of it is kept.
        """
        error = refusal(piece.label, adapter.name, mine, most=self.terms.max_rejected)
        if error is not None:
            raise error

    def _keep(
        self, piece: FilePiece | QueryPiece, adapter: Adapter, key: str, mine: Account
    ) -> None:
        report = self.report
        self.records.append(
            ImportRecord(
                key=key,
                label=kept_label(piece.label, self.ring.keys[0]),
                format=adapter.name,
                at=self.at,
                read=mine.read,
                rejected=mine.rejected + mine.broken,
                skipped=dict(mine.skipped),
                dropped=dict(mine.dropped),
                reasons=dict(mine.reasons),
            )
        )
        report.read += mine.read
        report.rejected += mine.rejected
        report.broken += mine.broken
        report.reasons += mine.reasons
        report.skipped += mine.skipped
        report.dropped += mine.dropped
        report.replaced += mine.replaced
        report.context_dropped |= mine.context_dropped
        report.warnings += [w for w in mine.warnings if w not in report.warnings]

    def _commit(self, number: int) -> None:
        if not self.records:
            return
        self._tell(number, None, committing=True)
        counts = self.writer.commit(*self.records, ring=self.ring.id)
        for table, found in counts.items():
            self.report.tables[table] = self.report.tables.get(table, Counts()) + found
        self.report.withdrawn.update(self.writer.withdrawn)
        for record in self.records:
            audit.append(
                self.terms.audit,
                "import",
                {"source": record.label, "format": record.format, "records": record.read,
                 "rejected": record.rejected},
                now=record.at,
            )  # fmt: skip
        note_withdrawn(self.writer, self.terms.audit, now=self.at)
        self.records, self.waiting = [], 0

    def _show(
        self,
        number: int,
        piece: FilePiece | QueryPiece,
        rows: int,
        done: float | None,
        sizes: Sequence[float],
    ) -> None:
        total = sum(sizes)
        share = (
            None
            if done is None or not total
            else (sum(sizes[:number]) + done * sizes[number]) / total
        )
        self._tell(number, share, rows=rows, label=piece.label)

    def _tell(
        self,
        number: int,
        share: float | None,
        *,
        rows: int = 0,
        label: str | None = None,
        committing: bool = False,
    ) -> None:
        self.progress(
            Progress(
                piece=label or self.labels[number],
                number=number + 1,
                pieces=len(self.labels),
                rows=self.report.read + rows,
                share=share,
                seconds=time.monotonic() - self.began,
                committing=committing,
            )
        )


def _content(mapping: str) -> bytes:
    try:
        return resolve_path(mapping).read_bytes()
    except OSError as error:
        raise ParameterError(
            f"no mapping {mapping}, expected a YAML file",
            remedy="those of public logs are in params/mappings; docs/formats.md shows how to "
            "write one",
        ) from error


def _table_of(chunk: Chunk, request: Request) -> str:
    """Which table records that cannot be read are counted with."""
    return chunk.found[0].table if chunk.found else request.as_table or "interactions"
