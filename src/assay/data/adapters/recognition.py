"""Which format a piece is in, by what its first records hold."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError
from assay.data.adapters.batches import batches
from assay.data.adapters.benchmarks.asv import Asv
from assay.data.adapters.benchmarks.hyperfine import Hyperfine
from assay.data.adapters.benchmarks.locust import Locust
from assay.data.adapters.benchmarks.pytest_benchmark import PytestBenchmark
from assay.data.adapters.chunks import Look
from assay.data.adapters.helicone import Helicone
from assay.data.adapters.kin import kin_of
from assay.data.adapters.langfuse import Langfuse
from assay.data.adapters.litellm import LiteLLM
from assay.data.adapters.otel.adapter import Otel
from assay.data.adapters.table import Table
from assay.data.alike import as_mapping, nearly_ours
from assay.data.shown import told_context
from assay.schema import TABLES, required_columns

if TYPE_CHECKING:
    from assay.data.adapters.batches import Batch
    from assay.data.adapters.chunks import Adapter, Piece

ADAPTERS: Final[dict[str, Adapter]] = {
    adapter.name: adapter
    for adapter in (
        *(Otel(), Langfuse(), LiteLLM(), Helicone(), Table()),
        *(PytestBenchmark(), Hyperfine(), Asv(), Locust()),
    )
}
"""Every format by the name that commands call it by."""

_FIRST: Final = 20
_SHOWN: Final = 8


def look_at(piece: Piece) -> Look:
    """The first records of a piece.

    Raises:
        DataError: where it cannot be read, or none of its first records can.
    """
    return _look(piece, list(islice(batches(piece, _FIRST), 3)))


def _look(piece: Piece, first: list[Batch]) -> Look:
    records = tuple(record for batch in first for record in batch.records)
    names = frozenset(str(name) for record in records for name in record)
    return Look(kind=piece.kind, names=names, records=records)


def recognise(piece: Piece) -> str:
    """The name of the format that a piece is in; `table` where it holds no records.

    Raises:
        DataError: where it is in none that we know, or could be in several; names them.
    """
    first = list(islice(batches(piece, _FIRST), 3))
    look = _look(piece, first)
    broken = [record for batch in first for record in batch.broken]
    if not look.records and not broken:
        return Table.name
    found = [name for name, adapter in ADAPTERS.items() if adapter.recognises(look)]
    special = [name for name in found if name != Table.name]
    if len(special) == 1 or (found and not special):
        return (special or found)[0]
    known = ", ".join(ADAPTERS)
    if special:
        raise DataError(
            f"{piece.label} could be {' or '.join(special)}, by its columns",
            remedy=f"say which it is: --format {special[0]}",
        )
    if not look.records:
        raise DataError(
            f"none of the first records of {piece.label} can be read: the first {broken[0].reason}",
            remedy="its first line has to name the columns: remove what stands above it"
            if piece.kind == "CSV"
            else "check that the file is what its name says: one JSON object per line, or an array",
        )
    if (kin := kin_of(look.names)) is not None:
        what, remedy = kin
        raise DataError(f"{piece.label} holds {what}, which no format reads", remedy=remedy)
    told, odd = told_context(look.names)  # where there is no header, names are the first record
    shown = [*told[:_SHOWN], *([f"{odd} that are more than a word"] if odd else [])]
    columns = ", ".join(shown) + (", …" if len(told) > _SHOWN else "")
    nearly = _nearly_a_table(look.names)
    raise DataError(
        f"the format of {piece.label} is none that we know: it has the columns {columns}",
        remedy=nearly
        or f"say it with --format ({known}); for a table with columns of its own, write a "
        "mapping (docs/formats.md): --format table --mapping FILE",
    )


def _nearly_a_table(names: frozenset[str]) -> str | None:
    """What to do where columns would be those of a table if they were written as ours."""
    for table, schema in TABLES.items():
        nearly = nearly_ours(sorted(names), schema.column_names())
        if nearly and names | nearly.keys() >= set(required_columns(schema)):
            return as_mapping(nearly, table)
    return None
