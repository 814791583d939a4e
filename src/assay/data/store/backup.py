"""The whole store in one file, and back; every byte verified before anything is replaced."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import zlib
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Final, cast
from uuid import uuid4

import orjson
import zstandard

from assay.core.errors import DataError, ProjectError
from assay.data.store import inbox
from assay.data.store.disk import (
    FILE_MODE,
    PASSING,
    private_folder,
    remove,
    storing,
    sync,
    sync_folders,
)
from assay.data.store.forgetting import read_marks, remembered
from assay.data.store.lock import holding
from assay.data.store.manifest import MANIFEST, Manifest, read_manifest, to_bytes, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECKSUMS: Final = "checksums.json"
TRIES: Final = 5
_NAME: Final = re.compile(r"[A-Za-z0-9_=:-][A-Za-z0-9_.=:-]*(/[A-Za-z0-9_=:-][A-Za-z0-9_.=:-]*)*")


def backup(store: Path, file: Path) -> int:
    """Writes the store's last state and what waits in its inbox into one archive; its bytes.

    Needs no lock: an import that runs meanwhile does not show. The suffix says how it is packed:
    `.tar`, `.tar.gz` or `.tar.zst`. The key of the pseudonyms is not in it.

    Raises:
        ProjectError: where there is no store, the file is there already, or cannot be written.
    """
    if file.exists():
        raise ProjectError(f"{file} is there already", remedy="choose another name")
    packing(file)
    beside = file.with_name(f"{PASSING}{uuid4().hex}-{file.name}")
    with storing(file):
        try:
            for left in reversed(range(TRIES)):
                manifest = read_manifest(store)
                try:
                    _pack(store, manifest, beside)
                    break
                except FileNotFoundError:  # retired meanwhile: take the newer state
                    if not left:
                        raise
            sync(beside)
            beside.rename(file)
            sync(file.parent)
        finally:
            beside.unlink(missing_ok=True)
    return file.stat().st_size


def restore(file: Path, store: Path, *, replace: bool = False) -> Manifest:
    """Puts a backup in place of the store, once all of it is unpacked and verified.

    Cut-offs and marks of the forgotten of the store that is replaced hold on; rows with a value
    that is marked do not come back.

    Raises:
        DataError: where the archive is damaged or no backup of a store; the store is as it was.
        ProjectError: where there is a store with rows and `replace` is not said, or it is in use.
    """
    packing(file)
    with storing(store):
        private_folder(store)
        with holding(store):
            before = read_manifest(store) if (store / MANIFEST).exists() else Manifest()
            if before.files() and not replace:
                raise ProjectError(
                    f"{store} holds a store with rows", remedy="say --replace to give it up"
                )
            passing = store / f"{PASSING}{uuid4().hex}"
            try:
                private_folder(passing)
                manifest = _unpack(file, passing)
                if marks := read_marks(store, before):
                    manifest = remembered(passing, manifest, marks).manifest
                _move(passing, store, manifest, before)
            finally:
                shutil.rmtree(passing, ignore_errors=True)
    return manifest


def packing(file: Path) -> str:
    """How an archive is packed, by its name.

    Raises:
        ProjectError: where the name does not say.
    """
    for suffix in (".tar", ".tar.gz", ".tar.zst"):
        if file.name.endswith(suffix):
            return suffix
    raise ProjectError(
        f"{file.name} does not say how it is packed, expected .tar, .tar.gz or .tar.zst",
        remedy="name it store.tar.zst, say",
    )


def _pack(store: Path, manifest: Manifest, file: Path) -> None:
    held = [f"{inbox.FOLDER}/{segment.path.name}" for segment in inbox.waiting(store)]
    sums: dict[str, str] = {}
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    with _packed(file, "wb") as out, tarfile.open(fileobj=out, mode="w|") as archive:
        content = to_bytes(manifest)
        _add(archive, MANIFEST, io.BytesIO(content), len(content), sums)
        for name in [*sorted(manifest.paths()), *held]:
            with (store / name).open("rb") as source:
                _add(archive, name, source, os.fstat(source.fileno()).st_size, sums)
        content = orjson.dumps(sums, option=orjson.OPT_INDENT_2)
        _add(archive, CHECKSUMS, io.BytesIO(content), len(content), {})


def _add(
    archive: tarfile.TarFile, name: str, source: IO[bytes], size: int, sums: dict[str, str]
) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, FILE_MODE
    reading = _Hashing(source)
    archive.addfile(member, cast("IO[bytes]", reading))
    sums[name] = reading.sum.hexdigest()


class _Hashing:
    """Hashes what is read on the way."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._source.read(size)
        self.sum.update(content)
        return content


def _unpack(file: Path, folder: Path) -> Manifest:
    try:
        sums, expected = _extract_all(file, folder)
    except (tarfile.TarError, EOFError, zstandard.ZstdError, gzip.BadGzipFile, ValueError) as error:
        raise _damaged(file, str(error) or type(error).__name__) from None
    except zlib.error as error:
        raise _damaged(file, str(error)) from None
    except FileNotFoundError:
        raise ProjectError(f"{file} does not exist", remedy="name a backup") from None
    if expected is None:
        raise _damaged(file, "its list of checksums is missing, so its end is cut off")
    if wrong := sorted(n for n in sums.keys() | expected if sums.get(n) != expected.get(n)):
        raise _damaged(file, f"{len(wrong)} files differ from their checksums, such as {wrong[0]}")
    try:
        manifest = read_manifest(folder)
    except ProjectError as error:
        raise _damaged(file, error.message) from None
    if missing := sorted(manifest.paths() - sums.keys()):
        raise _damaged(file, f"{len(missing)} files of its manifest are missing: {missing[0]}")
    return manifest


def _extract_all(file: Path, folder: Path) -> tuple[dict[str, str], dict[str, str] | None]:
    """Checksums of what the archive holds, and those that it says itself."""
    sums: dict[str, str] = {}
    expected: dict[str, str] | None = None
    with _packed(file, "rb") as source, tarfile.open(fileobj=source, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or not _NAME.fullmatch(member.name) or member.name in sums:
                raise _damaged(file, f"it holds {member.name!r}")
            if member.name == CHECKSUMS:
                expected = dict(orjson.loads(content.read()))
            else:
                sums[member.name] = _extract(content, folder / member.name)
    return sums, expected


def _extract(content: IO[bytes], path: Path) -> str:
    private_folder(path.parent)
    reading = _Hashing(content)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb") as out:
        shutil.copyfileobj(cast("IO[bytes]", reading), out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
    return reading.sum.hexdigest()


def _move(passing: Path, store: Path, manifest: Manifest, before: Manifest) -> None:
    moved = []
    for path in sorted(passing.rglob("*")):
        name = path.relative_to(passing)
        if path.is_file() and (str(name) in manifest.paths() or name.parts[0] == inbox.FOLDER):
            private_folder((store / name).parent)
            path.replace(store / name)
            moved.append(store / name)
    cutoffs = {
        table: max(found[table] for found in (manifest.cutoffs, before.cutoffs) if table in found)
        for table in manifest.cutoffs.keys() | before.cutoffs
    }
    sync_folders(moved, store)
    generation = max(manifest.generation, before.generation)
    state = dataclasses.replace(manifest, generation=generation + 1, cutoffs=cutoffs, retired=())
    write_manifest(store, state)
    old = before.paths() | {file.path for file in before.retired}
    for name_before in old - manifest.paths():
        remove(store / name_before)


@contextmanager
def _packed(file: Path, mode: str) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        raw = stack.enter_context(file.open(mode))
        kind = packing(file)
        if kind == ".tar.gz":
            zipped = gzip.GzipFile(filename="", fileobj=raw, mode=mode, compresslevel=1, mtime=0)
            yield cast("IO[bytes]", stack.enter_context(zipped))
        elif kind == ".tar.zst":
            if mode == "wb":
                yield stack.enter_context(zstandard.ZstdCompressor(level=1).stream_writer(raw))
            else:
                yield stack.enter_context(zstandard.ZstdDecompressor().stream_reader(raw))
        else:
            yield raw


def _damaged(file: Path, why: str) -> DataError:
    return DataError(
        f"{file} is damaged or no backup of a store: {why}",
        remedy="use another backup; the store is as it was",
    )
