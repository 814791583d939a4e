"""The import that is killed: every Parquet file of a folder into a store, a commit each.

python importing.py SOURCE STORE [--slowly]
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from assay.data.store import ImportRecord, Store


def main(source: Path, folder: Path) -> None:
    store = Store.create(folder)
    with store.writing() as writer:
        writer.absorb()
        for file in sorted(source.glob("*.parquet")):
            key = hashlib.sha256(file.read_bytes()).hexdigest()
            if writer.has(key):
                continue
            rows = pl.read_parquet(file)
            for offset in range(0, rows.height, 5_000):
                writer.stage("interactions").add(rows.slice(offset, 5_000))
            record = ImportRecord(key=key, label=file.name, format="table", at=datetime.now(UTC))
            writer.commit(record)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
