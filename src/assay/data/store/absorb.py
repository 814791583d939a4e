"""What applications left in the inbox, as rows of an import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import AssayError
from assay.data.store.forgetting import advanced
from assay.data.store.manifest import ImportRecord
from assay.data.store.people import covered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from assay.data.store.inbox import Segment
    from assay.data.store.writer import Writer

LIVE: Final = "live"
_UNREADABLE: Final = "the segment cannot be read, or its columns are none of the table"


class Absorption:
    """One reading of the inbox.

    Attributes:
        segments: those that can be merged now.
        unreadable: those of them that turned out to be damaged.
        ring: keys under which the pseudonyms of what is merged are.
        rows: valid rows that they hold.
    """

    def __init__(
        self,
        writer: Writer,
        advance: Callable[[pl.Series, str], pl.Series] | None,
        waiting: Sequence[Segment],
        *,
        ring: str | None = None,
        length: int | None = None,
    ) -> None:
        self._writer = writer
        self._length = length
        newest = next((s.ring for s in reversed(waiting) if s.ring is not None), None)
        self.ring = writer.manifest.ring or ring or newest
        # Where a rotation is not ended yet, the store is behind the ring that `advance` leads to.
        self._advance = advance if ring in {None, self.ring} else None
        current = {None, self.ring}
        self.segments = [
            segment
            for segment in waiting
            if (self._advance is not None or segment.ring in current)
            and (length is not None or not segment.refused)
        ]
        self.unreadable: list[Segment] = []
        self.rows = 0

    def add(self, now: datetime) -> ImportRecord:
        """Adds the rows to the writer's tables; the record of all that came on the same day."""
        key = f"{LIVE}:{now.date()}"
        rejected = 0
        for segment in self.segments:
            try:
                rows = self._current(segment, pl.read_parquet(segment.path))
                if segment.refused:
                    self._writer.withdraw(rows["interaction_id"], length=self._length or 1)
                elif segment.rejected:
                    self._writer.quarantine(rows, table=segment.table, source=LIVE, key=key, at=now)
                    rejected += rows.height
                else:
                    rows = self._unforgotten(segment.table, rows)
                    self._writer.stage(segment.table).add(rows)
                    self.rows += rows.height
            except (AssayError, pl.exceptions.PolarsError):
                self.unreadable.append(segment)
                self._writer.quarantine(
                    _told(segment), table=segment.table, source=LIVE, key=key, at=now
                )
                rejected += 1
        before = self._writer.manifest.imports.get(key)
        return ImportRecord(
            key=key,
            label=LIVE,
            format=LIVE,
            at=now,
            read=self.rows + rejected + (before.read if before else 0),
            rejected=rejected + (before.rejected if before else 0),
        )

    def _current(self, segment: Segment, rows: pl.DataFrame) -> pl.DataFrame:
        ring, advance = segment.ring, self._advance
        if advance is None or ring is None or ring == self.ring:
            return rows
        return advanced(rows, lambda values: advance(values, ring))

    def _unforgotten(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.filter(~covered(table, rows, self._writer.forgotten()))


def _told(segment: Segment) -> pl.DataFrame:
    number = segment.path.name.split(".")[2]
    return pl.DataFrame(
        {"row": [1], "hash": [number], "reasons": [[_UNREADABLE]], "excerpt": [None]},
        schema_overrides={"excerpt": pl.String},
    )
