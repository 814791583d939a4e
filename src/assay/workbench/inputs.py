"""What a run reads: found before it starts, and hashed, so that a change is noticed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.addresses import carries_password, without_credentials
from assay.core.errors import DataError, NothingYetError, ParameterError
from assay.core.project import expand_home
from assay.core.provenance import SourceState
from assay.workbench.digests import hash_of
from assay.workbench.layout import REGISTRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.digests import Digests
    from assay.workbench.parameters import Form, Values
    from assay.workbench.project import Project


MANY: Final = 8
"""File names that are told at most."""


_MADE: Final = (
    ("data/sample", "the sample data are not built yet", "build them with `assay sample`"),
    (
        "benchmarks/results/calibration",
        "the simulations of the calibration have not run yet",
        "run them with `make calibration`",
    ),
)
"""Folders that a command makes: what of them is not there waits, and is no mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFiles:
    """The files, database or table behind one parameter marked `Input`.

    Attributes:
        path: as the manifest may show it: no path of this machine, no credentials.
        sha256: of the file; of names and hashes, where there are several; of what tells the state
            of a source that is no file (then `bytes` and `files` are 0).
    """

    name: str
    path: str
    sha256: str
    bytes: int
    files: int


def inputs_of(
    form: Form, values: Values, *, project: Project, digests: Digests
) -> Iterator[InputFiles]:
    """What each parameter marked `Input` stands for, with its hash.

    Raises:
        DataError: where a path matches no file, or a source cannot be reached.
        ParameterError: where a parameter, of whatever kind, is an address with a password: it
            would be kept in the manifest.
    """
    for name in values:
        if any(carries_password(text) for text in _texts(values[name])):
            raise ParameterError(
                f"{name} is an address with a password, which would be kept in the manifest",
                remedy="set PGPASSWORD or PGPASSFILE, or write ${VARIABLE} in its place",
            )
    for name in form.inputs:
        for written in _texts(values.get(name)):
            yield _input(name, written, project, digests)


def _input(name: str, written: str, project: Project, digests: Digests) -> InputFiles:
    found_as = project.fingerprint(written)
    if isinstance(found_as, str) and "://" in found_as:
        # Of no known kind: only its address can be known before the notebook reads it.
        found_as = SourceState(label=without_credentials(found_as), sha256=hash_of(found_as))
    if isinstance(found_as, SourceState):
        state = found_as
        return InputFiles(name=name, path=state.label, sha256=state.sha256, bytes=0, files=0)
    written = found_as
    # Kernels stand in the project's folder, so that is where they will look.
    path, found = project.root / expand_home(written), matching(written, project.root)
    if path.parent == project.params / REGISTRATIONS and path.suffix == ".yaml":
        beside = (path.with_suffix(".jsonl"), project.params / "metrics.yaml")
        found = [*found, *(file for file in beside if found and file.is_file())]
    if not found:
        for folder, what, remedy in _MADE:
            made = project.root / folder
            if path.is_relative_to(made) and not made.exists():
                raise NothingYetError(what, remedy=f"{remedy}, or name other rows")
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
