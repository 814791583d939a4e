"""What tells whether a source is as it was, for the key of a run."""

from __future__ import annotations

import hashlib

from assay.core.errors import NothingYetError
from assay.core.provenance import SourceState
from assay.data.sources.pieces import (
    is_database,
    is_store,
    source_named,
    store_folder,
    table_of_store,
)


def fingerprint(source: str) -> SourceState | str:
    """The state of a database, a table of the store or a source with a name; paths as they are.

    A database counts by query, row count and newest `updated_at`; the store by its files. Nothing
    of it holds credentials.

    Raises:
        DataError: where a database cannot be reached or refuses the query.
        ProjectError: where there is no store.
        ParameterError: where an address holds a password, or names no table.
    """
    named = source_named(source)
    if named is not None and named.path is not None:
        return named.path
    if named is not None or is_database(source):
        from assay.data.databases import query_piece  # noqa: PLC0415  loads the drivers

        if named is None:
            piece = query_piece(source)
        else:
            piece = query_piece(str(named.url), table=named.table, query=named.query)
        return SourceState(label=piece.label, sha256=piece.digest())
    if is_store(source):
        from assay.data.store import Store  # noqa: PLC0415  rarely needed

        table = table_of_store(source)
        mark = Store.at(store_folder()).fingerprint(table)
        return SourceState(label=f"store:{table}", sha256=_hash(f"{table} {mark}"))
    return source


def check_imported(source: str) -> None:
    """That a table of the store has rows; other sources are not looked at.

    Raises:
        NothingYetError: where there is no store yet, or it has no rows of the table.
        ParameterError: where the table is unknown.
        ProjectError: where the store cannot be read.
    """
    if source_named(source) is not None or not is_store(source):
        return
    from assay.data.store import Store  # noqa: PLC0415  rarely needed

    table, folder = table_of_store(source), store_folder()
    if not folder.exists() or not Store.at(folder).files(table):
        raise NothingYetError(
            f"the store has no rows of {table}, expected at least one row",
            remedy="import some with `assay import SOURCE`",
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
