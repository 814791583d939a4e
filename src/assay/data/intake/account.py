"""What an import is asked for, on what terms, and what became of every record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assay.core.settings import NamedSource
from assay.data.intake.refusal import examples_of
from assay.data.store import Counts
from assay.privacy import Policy

if TYPE_CHECKING:
    import polars as pl

    from assay.data.adapters import Chunk
    from assay.data.intake.admit import Admitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Where a project keeps what comes in, and on what terms it lets it in.

    Attributes:
        max_rejected: share of a piece's records, 0–1, above which the import is refused.
        chunk_rows: rows that are held in memory at once.
        sources: the sources that have a name in the settings.
    """

    store: Path
    audit: Path
    key: Path
    policy: Policy = field(default_factory=Policy)
    max_rejected: float = 0.05
    chunk_rows: int = 250_000
    sources: Mapping[str, NamedSource] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be imported, and what the user says of it.

    Attributes:
        source: path, glob, folder, address, or name of a source.
        format: name of an adapter; None: told from the first records.
        mapping, as_table: for the format `table`: the file that names its columns, and which of our
            tables it is.
        table, query: what to read of a database.
        latency_unit, cached, agent_totals: see `Options`.
    """

    source: str
    format: str | None = None
    mapping: str | None = None
    as_table: str | None = None
    table: str | None = None
    query: str | None = None
    latency_unit: Literal["s", "ms"] | None = None
    cached: Literal["inside", "beside"] | None = None
    agent_totals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is.

    Attributes:
        piece: label of what is being read, the `number`th of `pieces`.
        rows: records read so far, of all pieces.
        share: of the whole import, 0–1; None where it cannot be told.
        seconds: since it began.
    """

    piece: str
    number: int
    pieces: int
    rows: int
    share: float | None
    seconds: float
    committing: bool = False


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """What became of every record of a source.

    Every record is in `tables` (by what the store did with its rows), `rejected`, `skipped`,
    `dropped`, or in a piece that was imported before. A record may give rows to several tables.

    Attributes:
        pieces: label → format, of what was read.
        known: labels of pieces that were imported before and were not read again.
        read: records read.
        rows: rows that these gave, by table.
        tables: what became of the rows that were let in.
        reasons: rejected rows by reason; a row may be rejected for several.
        replaced: (column, what) → values that were made private.
        context_dropped: the user's own columns that the settings do not allow.
        withdrawn: rows that were in the store and had to go, by table: consent is refused now.
        key_created: whether the project had no key for pseudonyms before.
    """

    source: str
    pieces: dict[str, str] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    read: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    tables: dict[str, Counts] = field(default_factory=dict)
    rejected: int = 0
    broken: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    replaced: Counter[tuple[str, str]] = field(default_factory=Counter)
    context_dropped: set[str] = field(default_factory=set)
    withdrawn: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    absorbed: int = 0
    key_created: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class Account:
    """What became of the records of one piece.

    Attributes:
        examples: reason → the first row that was rejected for it, masked.
    """

    read: int = 0
    rows: int = 0
    rejected: int = 0
    broken: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    replaced: Counter[tuple[str, str]] = field(default_factory=Counter)
    context_dropped: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, admitted: Admitted) -> None:
        """Counts rows that were judged."""
        self.rows += admitted.valid.height + admitted.rejected.height
        self.rejected += admitted.rejected.height
        self.reasons.update(admitted.reasons)
        self.dropped.update(admitted.dropped)
        self.replaced.update(admitted.replaced)
        self.context_dropped.update(admitted.context_dropped)
        self.add_examples(admitted.rejected)

    def add_examples(self, rejected: pl.DataFrame) -> None:
        """Remembers the first row of every reason that has none yet."""
        if rejected.height:
            reasons = rejected["reasons"].explode().drop_nulls().unique().to_list()
            new = [reason for reason in reasons if reason not in self.examples]
            self.examples |= examples_of(rejected, new)

    def add_chunk(self, chunk: Chunk) -> None:
        """Counts records that were read."""
        self.read += chunk.read
        self.broken += len(chunk.broken)
        self.reasons.update(Counter(broken.reason for broken in chunk.broken))
        self.skipped.update(chunk.skipped)
        self.warnings += [w for w in chunk.warnings if w not in self.warnings]
