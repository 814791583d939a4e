"""The command that packs a version for a reviewer, and how such a pack is opened again."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.app.console import print_json, say, warn
from assay.app.place import this_project
from assay.core.project import PROJECT_VARIABLE
from assay.core.sections import Paths
from assay.workbench.bundle import VERSION_FOLDER, Bundled, Carry, Content, bundle
from assay.workbench.project import Project
from assay.workbench.references import find_version, full_name
from assay.workbench.unbundle import read_about, unpack
from assay.workbench.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.core.provenance import SourceState

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A bundle as a project: its version, and the values that differ from the recorded ones."""

    project: Project
    version: Version
    parameters: dict[str, Any]


def write_bundle(text: str, out: Path | None, *, most_mb: int, anyway: bool, as_json: bool) -> None:
    """Packs a version into one file and says what is in it."""
    project = this_project()
    version = find_version(project, text)
    manifest = version.manifest
    name = f"{manifest['report']}-{manifest['set']}-{version.id}.zip"
    done = bundle(
        project,
        version,
        out or Path(name),
        carry=_from_store(project),
        most_data=most_mb * MEGABYTE,
        although_changed=anyway,
    )
    if as_json:
        print_json(_record(done, version))
        return
    for remark in done.remarks:
        warn(f"not as recorded: {remark}")
    say(f"{done.file}: {done.files} files, {done.bytes / MEGABYTE:,.1f} MB")
    say(
        f"It holds data: {done.data / MEGABYTE:,.1f} MB of inputs, unpacked. Give it only to those "
        "who may see these rows."
    )
    say(f"To run it again: assay verify {done.file}")


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """A bundle as the project where one stands; what was unpacked is gone when the context ends.

    Raises:
        DataError: where it is damaged, or no bundle.
    """
    before = os.environ.get(PROJECT_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="assay-bundle-") as scratch:
        folder = path.resolve() if path.is_dir() else Path(scratch)
        about = read_about(folder) if path.is_dir() else unpack(path, folder)
        os.environ[PROJECT_VARIABLE] = str(folder)
        try:
            yield Opened(
                project=this_project(),
                version=Version(folder / VERSION_FOLDER / about["version"]),
                parameters=about["parameters"],
            )
        finally:
            if before is None:
                del os.environ[PROJECT_VARIABLE]
            else:
                os.environ[PROJECT_VARIABLE] = before


def _from_store(project: Project) -> Carry:
    """Brings tables of the store: their partitions and what was turned away, as a small store."""
    tables: list[str] = []

    def carry(state: SourceState) -> Content | None:
        if not state.label.startswith("store:"):
            return None
        from assay.data.store import Store  # noqa: PLC0415  Polars is slow
        from assay.data.store.manifest import MANIFEST, to_bytes  # noqa: PLC0415

        tables.append(state.label.partition(":")[2])
        manifest = Store.at(project.store).manifest()
        kept = replace(
            manifest,
            tables={name: manifest.tables.get(name, ()) for name in tables},
            rollups={},
            forgotten=None,
            retired=(),
        )
        folder = Paths().store
        files: Content = {f"{folder}/{name}": project.store / name for name in kept.paths()}
        return {**files, f"{folder}/{MANIFEST}": to_bytes(kept)}

    return carry


def _record(done: Bundled, version: Version) -> dict[str, Any]:
    return {
        "version": full_name(version),
        "file": str(done.file),
        "bytes": done.bytes,
        "files": done.files,
        "data_bytes": done.data,
        "remarks": list(done.remarks),
    }
