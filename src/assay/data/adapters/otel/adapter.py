"""OTLP JSON lines as interactions, calls and scores."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError
from assay.data.adapters.chunks import Broken
from assay.data.adapters.json_records import documents, shape_of
from assay.data.adapters.otel.blocks import Parsing
from assay.data.adapters.otel.gather import Pending
from assay.data.adapters.otel.tally import Wishes
from assay.data.adapters.otel.workers import parse_all
from assay.data.adapters.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from assay.data.adapters.chunks import Chunk, Look, Options, Piece
    from assay.data.adapters.otel.blocks import Parsed

_SIGNALS: Final = frozenset(
    {"resourceSpans", "resource_spans", "resourceLogs", "resource_logs"}
    | {"resourceMetrics", "resource_metrics"}
)
_MOST_ROWS: Final = 25_000
"""Rows of a chunk."""
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
        with closing(Stream(piece)) as stream, closing(_parsed(stream, options)) as blocks:
            pending = Pending()
            for done in blocks:
                pending.add(done)
                if pending.rows >= min(options.chunk_rows, _MOST_ROWS):
                    yield pending.chunk(stream)
                    pending = Pending(pending.before + pending.read)
            if pending.read or not pending.before:
                yield pending.chunk(stream)


def _parsed(stream: Stream, options: Options) -> Generator[Parsed, None, None]:
    """What the blocks of a file hold; closing it ends the processes that read them."""
    wishes = Wishes(options.cached, options.agent_totals)
    in_lines, blocks = shape_of(stream)
    if in_lines:
        workers = options.workers or min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
        with closing(parse_all(blocks, wishes, workers)) as parsed:
            yield from parsed
        return
    for _, record in documents(stream, blocks):
        parsing = Parsing(wishes)
        if isinstance(record, Broken):
            parsing.add_broken(record.reason, record.text)
        else:
            parsing.add(record)
        yield parsing.parsed()
