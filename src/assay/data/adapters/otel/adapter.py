"""OTLP JSON lines as interactions, calls and scores."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError
from assay.data.adapters.chunks import LONGEST_EXCERPT, Broken, Chunk
from assay.data.adapters.frames import found_of
from assay.data.adapters.json_records import documents, shape_of
from assay.data.adapters.otel.blocks import parse_all, parsed
from assay.data.adapters.otel.names import CALLS, INTERACTIONS, SCORES
from assay.data.adapters.otel.spans import Tally, Wishes, add_document
from assay.data.adapters.stream import Stream
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.chunks import Found, Look, Options, Piece
    from assay.data.adapters.otel.blocks import Columns, Parsed

_SIGNALS: Final = frozenset(
    {"resourceSpans", "resource_spans", "resourceLogs", "resource_logs"}
    | {"resourceMetrics", "resource_metrics"}
)
_MOST_ROWS: Final = 50_000
"""Rows of a chunk: they are held as Python's values, which take ten times their size."""
_MOST_WORKERS: Final = 8


class Otel:
    """OpenTelemetry spans of generative AI (OTLP JSON lines)."""

    name: Final = "otel"
    habit: Final = (
        "input tokens include what was read from and written to the provider's cache; where a "
        "span's total, or an input smaller than what it should include, says otherwise, that counts"
    )

    def recognises(self, look: Look) -> bool:
        """Whether the records hold spans, logs or metrics of resources."""
        return look.kind not in {"CSV", "Parquet"} and bool(look.names & _SIGNALS)

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:
        """The spans and evaluations of a file; a record is one span, log record or metric.

        Raises:
            DataError: where the file is no JSON lines, or cannot be read to its end.
        """
        if piece.kind in {"CSV", "Parquet", "query"}:
            raise DataError(
                f"{piece.label} is {piece.kind}, expected OTLP as JSON lines",
                remedy="export the spans with the collector's file exporter, in JSON",
            )
        with closing(Stream(piece)) as stream:
            pending = _Pending()
            for done in _parsed(stream, options):
                pending.add(done)
                if pending.rows >= min(options.chunk_rows, _MOST_ROWS):
                    yield pending.chunk(stream)
                    pending = _Pending(pending.before + pending.read)
            if pending.read or not pending.before:
                yield pending.chunk(stream)


def _parsed(stream: Stream, options: Options) -> Iterator[Parsed]:
    wishes = Wishes(options.cached, options.agent_totals)
    in_lines, blocks = shape_of(stream)
    if in_lines:
        workers = options.workers or min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
        yield from parse_all(blocks, wishes, workers)
        return
    for _, record in documents(stream, blocks):
        tally = Tally()
        if isinstance(record, Broken):
            tally.read = 1
            tally.broken.append((1, record.reason, record.text))
        else:
            add_document(record, tally, wishes)
        yield parsed(tally)


class _Pending:
    """Columns that become the next chunk."""

    def __init__(self, before: int = 0) -> None:
        self.before = before
        self.read = 0
        self._tables: dict[str, dict[str, list[Any]]] = {
            "interactions": {name: [] for name in INTERACTIONS},
            "calls": {name: [] for name in CALLS},
            "scores": {name: [] for name in SCORES},
        }
        self._context: dict[str, dict[int, Any]] = {}
        self._broken: list[Broken] = []
        self._skipped: dict[str, int] = {}
        self._warnings: dict[str, int] = {}

    @property
    def rows(self) -> int:
        """Interactions so far."""
        return len(self._tables["interactions"]["row"])

    def add(self, done: Parsed) -> None:
        """What one block holds."""
        read, interactions, calls, scores, context, broken, skipped, warnings = done
        offset, place = self.before + self.read, self.rows
        for table, columns in (
            ("interactions", interactions),
            ("calls", calls),
            ("scores", scores),
        ):
            self._extend(self._tables[table], columns, offset)
        for name, values in context.items():
            known = self._context.setdefault(name, {})
            known.update((place + index, value) for index, value in values.items())
        self._broken.extend(
            Broken(row=offset + row, reason=reason, text=text[:LONGEST_EXCERPT])
            for row, reason, text in broken
        )
        for known_counts, counts in ((self._skipped, skipped), (self._warnings, warnings)):
            for name, count in counts.items():
                known_counts[name] = known_counts.get(name, 0) + count
        self.read += read

    @staticmethod
    def _extend(known: dict[str, list[Any]], columns: Columns, offset: int) -> None:
        for (name, values), more in zip(known.items(), columns, strict=False):
            values.extend([row + offset for row in more] if name == "row" else more)

    def chunk(self, stream: Stream) -> Chunk:
        """Everything so far."""
        interactions = self._tables["interactions"]
        for name, values in self._context.items():
            column = interactions.get(name) or [None] * self.rows
            if name in interactions or name.startswith("ctx_") or name in _OURS:
                for place, value in values.items():
                    column[place] = value
                interactions[name] = column
        found: list[Found] = [
            found_of(table, columns) for table, columns in self._tables.items() if columns["row"]
        ]
        return Chunk(
            found=tuple(found),
            read=self.read,
            broken=tuple(self._broken),
            skipped=self._skipped,
            warnings=(*sorted(self._warnings), *sorted(stream.warnings)),
            done=stream.done,
        )


_OURS: Final = frozenset(schema_of("interactions").column_names())
