"""The files that a run reads: found before it starts, and hashed, so that a change is noticed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError
from assay.core.project import expand_home
from assay.workbench.digests import hash_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.digests import Digests
    from assay.workbench.parameters import Form, Values
    from assay.workbench.project import Project


MANY: Final = 8
"""File names that are told at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFiles:
    """The files behind one parameter marked `Input`.

    Attributes:
        path: as the manifest may show it, never a path of this machine.
        sha256: of the file; of names and hashes, where there are several.
    """

    name: str
    path: str
    sha256: str
    bytes: int
    files: int


def inputs_of(
    form: Form, values: Values, *, project: Project, digests: Digests
) -> Iterator[InputFiles]:
    """The files that each parameter marked `Input` stands for, with their hashes.

    Raises:
        DataError: where a path matches no file.
    """
    for name in form.inputs:
        for written in _texts(values.get(name)):
            yield _input(name, written, project, digests)


def _input(name: str, written: str, project: Project, digests: Digests) -> InputFiles:
    if "://" in written:
        # Not a file of ours: only its address can be known before the notebook reads it.
        return InputFiles(name=name, path=written, sha256=hash_of(written), bytes=0, files=0)
    # Kernels stand in the project's folder, so that is where they will look.
    path, found = project.root / expand_home(written), matching(written, project.root)
    if not found:
        raise DataError(
            f"{name} = {written!r} matches no file",
            remedy=_instead(path, project),
        )
    hashes = {os.path.relpath(file, path.parent): digests.of(file) for file in found}
    return InputFiles(
        name=name,
        path=project.relative(path),
        sha256=hash_of(hashes) if len(found) > 1 else digests.of(found[0]),
        bytes=sum(file.stat().st_size for file in found),
        files=len(found),
    )


def _instead(path: Path, project: Project) -> str:
    """The nearest file of the same folder, or the ones of the same kind that are there."""
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {project.relative(folder)}"
    names = [entry.name for entry in folder.iterdir() if entry.is_file() and entry.name[0] != "."]
    close = get_close_matches(path.name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    alike = [name for name in names if Path(name).suffix == path.suffix]
    shown = sorted(alike or names)[:MANY]
    return f"in {project.relative(folder)}: {', '.join(shown) or 'no files'}"


def matching(written: str, base: Path) -> list[Path]:
    """The files that a path, folder or glob stands for where one stands in `base`, sorted."""
    pattern = expand_home(written)
    path = base / pattern
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(inner for inner in path.rglob("*") if inner.is_file())
    names = glob(str(pattern), root_dir=base, recursive=True)  # noqa: PTH207  it may be absolute
    return sorted(file for name in names if (file := base / name).is_file())


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)
