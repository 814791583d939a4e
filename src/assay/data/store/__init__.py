"""Where imported rows live: Parquet by day, changed in whole steps, read without a lock."""

from assay.data.store.backup import backup, restore
from assay.data.store.forgetting import Removal
from assay.data.store.inbox import drop_segment
from assay.data.store.manifest import Counts, DataFile, ImportRecord, Manifest
from assay.data.store.store import Store
from assay.data.store.writer import Stage, Writer

__all__ = [
    "Counts",
    "DataFile",
    "ImportRecord",
    "Manifest",
    "Removal",
    "Stage",
    "Store",
    "Writer",
    "backup",
    "drop_segment",
    "restore",
]
