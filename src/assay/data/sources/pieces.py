"""The pieces of a source, each imported by itself: files, or the rows of a database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assay.core.addresses import scheme_of, without_credentials
from assay.core.errors import DataError, ParameterError, ProjectError
from assay.core.project import expand_home, project_root
from assay.core.sections import DATABASES
from assay.core.settings import Settings, read_settings
from assay.data.sources.files import FilePiece, list_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assay.core.settings import NamedSource
    from assay.data.databases import QueryPiece

_NAME: Final = re.compile(r"^[a-z][a-z0-9_-]*$")
STORE: Final = "store"
DEFAULT_TABLE: Final = "interactions"


def pieces_of(
    source: str | Path,
    *,
    sources: Mapping[str, NamedSource] | None = None,
    query: str | None = None,
    table: str | None = None,
) -> tuple[FilePiece | QueryPiece, ...]:
    """The pieces of a source, in the order in which they are read.

    Args:
        source: path, glob, folder, address of a database, or name of a source; the name goes
            before a file or folder that is called the same (`./logs` is the folder).
        sources: the sources with a name; those of the project where none are given.
        query: what to ask a database.
        table: or which of its tables to read.

    Raises:
        DataError: where nothing is there, or it is no source that can be read piece by piece.
        ParameterError: where a query or table is given for what has none, or is given twice.
    """
    named = source_named(source, sources)
    if named is not None and named.url is not None:
        query, table = (query, table) if query or table else (named.query, named.table)
        source = named.url
    elif named is not None:
        source = str(named.path)
    if is_database(source):
        from assay.data.databases import query_piece  # noqa: PLC0415  loads the drivers

        return (query_piece(str(source), table=table, query=query),)
    if query is not None or table is not None:
        raise ParameterError(
            f"{shown(source)} is no database, expected no {'query' if query else 'table'}",
            remedy="name an address such as sqlite:///logs.db or postgresql://host/logs",
        )
    if is_store(source) or scheme_of(str(source)):
        raise DataError(
            f"{shown(source)} cannot be imported, expected files or a database",
            remedy="export it to Parquet files, and name their folder",
        )
    return list_files(source).pieces()


def passed_over(
    source: str | Path, *, sources: Mapping[str, NamedSource] | None = None
) -> dict[str, tuple[str, ...]]:
    """Why files of a folder are no pieces of it → their names; empty for any other source."""
    named = source_named(source, sources)
    if named is not None:
        source = str(named.path or named.url)
    if is_store(source) or scheme_of(str(source)):
        return {}
    return list_files(source).passed_over


def source_named(
    source: str | Path, sources: Mapping[str, NamedSource] | None = None
) -> NamedSource | None:
    """The source that `assay.toml` gives this name, None where there is none.

    Raises:
        ProjectError: where `assay.toml` is not as it should be.
    """
    if not isinstance(source, str) or not _NAME.match(source) or source == STORE:
        return None
    if sources is None:
        settings = project_settings()
        sources = settings.sources if settings is not None else {}
    return sources.get(source)


def project_settings() -> Settings | None:
    """The settings of the project where one stands, None outside of any."""
    try:
        root = project_root()
    except ProjectError:
        return None
    return read_settings(root)


def is_database(source: str | Path) -> bool:
    """Whether it is the address of a database."""
    return scheme_of(str(source)) in DATABASES


def is_store(source: str | Path) -> bool:
    """Whether it is `store` or `store:TABLE`."""
    return isinstance(source, str) and source.partition(":")[0] == STORE and "/" not in source


def store_folder() -> Path:
    """Where the project keeps its store.

    Raises:
        ProjectError: outside of any project.
    """
    root = project_root()
    return root / expand_home(read_settings(root).paths.store)


def table_of_store(source: str) -> str:
    """The table that `store:TABLE` names."""
    return source.partition(":")[2] or DEFAULT_TABLE


def shown(source: str | Path) -> str:
    """The source as it may be printed: an address without credentials."""
    return without_credentials(str(source))
