"""Statistics of locust as measurements."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError
from assay.core.tags import tag
from assay.data.adapters.benchmarks.reports import (
    MILLISECONDS,
    NO_TOKENS,
    Run,
    content_tag,
    stem_of,
    time_of_file,
)
from assay.data.adapters.records import read_records
from assay.data.adapters.values import Given, missing, moment, name_of, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.batches import Record
    from assay.data.adapters.chunks import Chunk, Look, Options, Piece
    from assay.data.adapters.records import Account

STATS: Final = frozenset({"Type", "Name", "Request Count", "Failure Count", "Requests/s"})
HISTORY: Final = frozenset({"Timestamp", "Type", "Name", "User Count", "Requests/s"})
QUIET: Final = "endpoint without a request so far"
_QUANTILES: Final = {"50%": "p50", "95%": "p95", "99%": "p99"}
_NOTHING: Final = "N/A"


class Locust:
    """Statistics of locust (--csv PREFIX): PREFIX_stats.csv and PREFIX_stats_history.csv."""

    name: Final = "locust"
    habit: Final = NO_TOKENS

    def recognises(self, look: Look) -> bool:
        """Whether there are the columns of either file."""
        return look.names >= STATS or look.names >= HISTORY

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:
        """One run: of the whole (stats), or of the last seconds at each moment (history).

        Raises:
            DataError: where the columns are of neither file.
        """
        return read_records(piece, options, partial(_add, reader=_Reader(piece)))


class _Reader:
    """One file; it is known by its first record which of the two it is."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._run: Run | None = None
        self.history = False

    def run(self, record: Record, account: Account) -> Run:
        """The run that the file is of.

        Raises:
            DataError: where a column is missing.
        """
        if self._run is None:
            self.history = "Timestamp" in record
            lacking = sorted((HISTORY if self.history else STATS) - record.keys())
            if lacking:
                raise DataError(
                    f"{self._piece.label} has no column {lacking[0]!r}, expected PREFIX_stats.csv "
                    "or PREFIX_stats_history.csv of locust (--csv PREFIX)",
                    remedy="failures and exceptions are not read",
                )
            own = (
                tag((stem_of(self._piece), record["Timestamp"]))
                if self.history
                else content_tag(self._piece)
            )
            at = None if self.history else time_of_file(self._piece, account)
            self._run = Run(run_id=f"locust-{own}", suite=Locust.name, at=at)
        self._run.account = account
        return self._run


def _add(record: Record, row: int, account: Account, *, reader: _Reader) -> None:
    run = reader.run(record, account)
    name, kind = name_of(record.get("Name")), name_of(record.get("Type"))
    at = moment(record.get("Timestamp")) if reader.history else None
    head = "last_" if reader.history else ""  # other numbers than those of the whole run
    count = number(record.get("Total Request Count" if reader.history else "Request Count"))
    rate = _given(record.get("Requests/s"))
    if count == 0 or (reader.history and number(rate) == 0):
        account.skip(QUIET)
        return
    label = f"{kind}:{name}" if kind and name else name
    subject = {"workload": name, "name": label}
    added = run.add(row, subject, f"{head}throughput", "1/s", [rate], at=at)
    for column, quantile in _QUANTILES.items():
        values = [_given(record.get(column))]
        metric = f"{head}time_{quantile}"
        added += run.add(row, subject, metric, "s", values, factor=MILLISECONDS, at=at)
    if not reader.history:
        mean = [_given(record.get("Average Response Time"))]
        added += run.add(row, subject, "time_mean", "s", mean, factor=MILLISECONDS)
        failed = number(record.get("Failure Count"))
        if isinstance(count, float) and isinstance(failed, float) and count > 0:
            added += run.add(row, subject, "succeeded", "share", [1 - failed / count])
    if not added:
        account.skip(QUIET)


def _given(value: Given) -> Given:
    """What is told, None where locust has nothing to tell yet."""
    return None if missing(value) or value == _NOTHING else value
