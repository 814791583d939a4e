"""Where rows come from: files, folders, databases, the store, and sources with a name."""

from assay.data.sources.files import SUFFIXES, FilePiece, Kind, files_of, list_files
from assay.data.sources.frames import Table, dated, open_table, scan
from assay.data.sources.pieces import passed_over, pieces_of
from assay.data.sources.state import check_imported, fingerprint
from assay.data.sources.streams import open_bytes, readable

__all__ = [
    "SUFFIXES",
    "FilePiece",
    "Kind",
    "Table",
    "check_imported",
    "dated",
    "files_of",
    "fingerprint",
    "list_files",
    "open_bytes",
    "open_table",
    "passed_over",
    "pieces_of",
    "readable",
    "scan",
]
