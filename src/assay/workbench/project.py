"""A project: its folder, its settings, and where its notebooks, parameters and pages lie."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from assay.core.errors import ProjectError, nearest
from assay.core.project import SETTINGS_FILE, project_root


def _inside(folder: str) -> str:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError("expected a folder inside the project, for example 'notebooks'")
    return folder


Folder = Annotated[str, AfterValidator(_inside)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _About(_Strict):
    name: str = "Assay"


class _Paths(_Strict):
    notebooks: Folder = "notebooks"
    params: Folder = "params"
    runs: Folder = "runs"
    published: Folder = "reports/published"
    sample: Folder = "data/sample"


class Limits(_Strict):
    """How long a notebook may take, in seconds."""

    run: float = Field(3600, gt=0, description="the whole notebook, by the clock on the wall")
    cell: float = Field(1800, gt=0, description="one cell")
    start: float = Field(60, gt=0, description="until the kernel answers")


class _Settings(_Strict):
    project: _About = _About()
    paths: _Paths = _Paths()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where things lie; every path is absolute.

    Attributes:
        state: the workbench's own memory (locks, remembered hashes); safe to delete.
    """

    root: Path
    name: str
    notebooks: Path
    params: Path
    runs: Path
    published: Path
    sample: Path
    state: Path
    limits: Limits

    @classmethod
    def at(cls, root: Path | None = None) -> Self:
        """The project whose `assay.toml` lies at or above `root` (default: where one stands).

        Raises:
            ProjectError: where there is none, or it has a key or value that is not understood.
        """
        folder = project_root(root)
        settings = _read(folder / SETTINGS_FILE)
        paths = {name: folder / value for name, value in settings.paths.model_dump().items()}
        return cls(
            root=folder,
            name=settings.project.name,
            state=folder / ".assay",
            limits=settings.limits,
            **paths,
        )

    def relative(self, path: Path) -> str:
        """The path as it may be printed and kept: seen from the project, never of this machine."""
        return Path(os.path.relpath(path, self.root)).as_posix()


def _read(file: Path) -> _Settings:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"{file.name} cannot be read: {error}") from None
    try:
        return _Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise _mistake(file, first["loc"], first["type"], first["msg"], first["input"]) from None


def _mistake(
    file: Path, place: tuple[int | str, ...], kind: str, message: str, value: object
) -> ProjectError:
    key = ".".join(str(part) for part in place)
    if kind == "extra_forbidden":
        table: type[BaseModel] = _Settings
        for part in place[:-1]:
            table = _TABLES[str(part)]
        return ProjectError(
            f"{file.name} has the unknown key {key!r}",
            remedy=nearest(str(place[-1]), table.model_fields),
        )
    expectation = message.removeprefix("Value error, expected ").removeprefix("Input should be ")
    return ProjectError(f"{file.name}: {key} = {value!r}, expected {expectation}")


_TABLES: dict[str, type[BaseModel]] = {"project": _About, "paths": _Paths, "limits": Limits}
