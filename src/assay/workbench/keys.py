"""The key of a run: whatever could change its result. Same key, nothing to do."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from glob import glob
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError, nearest
from assay.workbench.parameters import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.closure import Closure
    from assay.workbench.digests import Digests
    from assay.workbench.notebook import Notebook
    from assay.workbench.parameters import Form
    from assay.workbench.project import Project

LOCK_FILES: Final = (
    "requirements.lock",
    "uv.lock",
    "pylock.toml",
    "poetry.lock",
    "pdm.lock",
    "pixi.lock",
    "conda-lock.yml",
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """Everything that goes into a run, each part by its hash, so that a change can be explained."""

    notebook: str
    code: dict[str, str]
    parameters: Values
    inputs: tuple[InputFiles, ...]
    lock: str
    python: str

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return _hash(asdict(self))


def ingredients_of(  # noqa: PLR0913  each is one ingredient
    notebook: Notebook,
    form: Form,
    values: Values,
    *,
    project: Project,
    digests: Digests,
    closure: Closure,
) -> Ingredients:
    """Hashes the notebook, the code it reaches, its parameters, its input files and the lock file.

    Raises:
        DataError: where an input file is missing or cannot be read.
    """
    return Ingredients(
        notebook=_notebook_hash(notebook),
        code={name: digests.of(path) for name, path in closure.files.items()},
        parameters=values,
        inputs=tuple(inputs_of(form, values, project=project, digests=digests)),
        lock=_lock_hash(project, digests),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )


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
        return InputFiles(name=name, path=written, sha256=_hash(written), bytes=0, files=0)
    path = anchored(written, project)
    found = matching(path)
    if not found:
        names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(
            f"{name} = {written!r} matches no file",
            remedy=nearest(path.name, names)
            if names
            else f"there is no folder {project.relative(path.parent)}",
        )
    hashes = (
        {file.relative_to(path.parent).as_posix(): digests.of(file) for file in found}
        if (len(found) > 1)
        else {}
    )
    return InputFiles(
        name=name,
        path=project.relative(path),
        sha256=_hash(hashes) if hashes else digests.of(found[0]),
        bytes=sum(file.stat().st_size for file in found),
        files=len(found),
    )


def anchored(written: str, project: Project) -> Path:
    """An input's path as the kernel will see it: kernels stand in the project's folder."""
    path = Path(written).expanduser()
    return path if path.is_absolute() else project.root / path


def matching(path: Path) -> list[Path]:
    """The files that a path, folder or glob stands for, sorted."""
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(inner for inner in path.rglob("*") if inner.is_file())
    found = sorted(glob(str(path), recursive=True))  # noqa: PTH207  the pattern may be absolute
    return [file for name in found if (file := Path(name)).is_file()]


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


def _notebook_hash(notebook: Notebook) -> str:
    """Outputs, counts and ids of cells are left out: saving after a look changes nothing."""
    cells = [(cell.kind, cell.source, cell.tags) for cell in notebook.cells]
    return _hash([cells, notebook.kernel, notebook.language])


def _lock_hash(project: Project, digests: Digests) -> str:
    locks = [project.root / name for name in LOCK_FILES if (project.root / name).is_file()]
    if locks:
        return _hash([digests.of(lock) for lock in locks])
    return _hash(sorted(f"{found.name} {found.version}" for found in distributions()))


def _hash(value: object) -> str:
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(written.encode()).hexdigest()
