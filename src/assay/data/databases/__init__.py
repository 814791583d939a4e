"""Tables of SQLite and PostgreSQL: read as sources, filled for other tools."""

from assay.data.databases.export import Exported, export_store, init_database
from assay.data.databases.query import QueryPiece, open_database, query_piece
from assay.data.databases.results import PublishedResult

__all__ = [
    "Exported",
    "PublishedResult",
    "QueryPiece",
    "export_store",
    "init_database",
    "open_database",
    "query_piece",
]
