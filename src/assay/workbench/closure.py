"""Which source files of the project and of Assay a notebook's code reaches by its imports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import assay
from assay.workbench.imports import Imports, imports_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.workbench.imports import Import
    from assay.workbench.notebook import Notebook
    from assay.workbench.project import Project

_PACKAGE_DATA: Final = frozenset({".json", ".yaml", ".yml", ".toml", ".sql", ".csv", ".txt"})
_OWN: Final = Path(assay.__file__).parent
_COMMANDS: Final = _OWN / "app"
"""What people call Assay by, from JupyterLab too: no result depends on it."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Source files by the name under which they are kept, and packages from elsewhere."""

    files: dict[str, Path]
    packages: tuple[str, ...]


def closure_of(notebook: Notebook, project: Project) -> Closure:
    """Follows static imports from the notebook, as far as they lead to files of ours.

    Modules are looked for where a kernel finds them (the project's folder, `src/`, Assay itself)
    and in the folder of the notebooks, where JupyterLab's kernels stand. A package's own data files
    (JSON, YAML, SQL …) count with it. Imports that are computed while the code runs are not seen.
    """
    roots = tuple(
        dict.fromkeys((project.root, project.root / "src", project.notebooks, _OWN.parent))
    )
    files: dict[str, Path] = {}
    packages: set[str] = set()
    waiting = [
        (found, "") for cell in notebook.cells if cell.is_code for found in imports_in(cell.python)
    ]
    file, seen, imports = cache(_file), set(waiting), Imports(project.state / "imports.json")
    while waiting:
        found, package = waiting.pop()
        reached = list(_modules(found, package, roots, file))
        if not reached and not found.level:
            packages.add(found.module.partition(".")[0])
        for module, path in reached:
            name = _kept_name(path, project)
            if name in files or path.is_relative_to(_COMMANDS):
                continue
            files[name] = path
            inside = module if path.name == "__init__.py" else module.rpartition(".")[0]
            if path.name == "__init__.py":
                files.update((_kept_name(data, project), data) for data in _data(path.parent))
            further = {(one, inside) for one in imports.of(path)} - seen
            seen |= further
            waiting.extend(further)
    imports.save()
    return Closure(dict(sorted(files.items())), tuple(sorted(packages)))


def imported_ahead(notebook: Notebook, project: Project) -> tuple[str, ...]:
    """Modules from elsewhere, and Assay's, that the notebook's own cells name, in their order.

    Modules of the project are left out: what they do when they are imported is part of the run.
    """
    places = (project.root, project.root / "src", project.notebooks)
    own = tuple(place for place in places if place != _OWN.parent)
    ahead: dict[str, None] = {}
    for cell in notebook.cells:
        for found in imports_in(cell.python) if cell.is_code else ():
            if not found.module or found.level or _file_in(own, found.module):
                continue
            reached = [module for module, _ in _modules(found, "", (_OWN.parent,), _file)]
            ahead.update(dict.fromkeys(reached or [found.module]))
    return tuple(ahead)


def _file_in(roots: tuple[Path, ...], module: str) -> bool:
    return any(_file(root, (module.partition(".")[0],)) for root in roots)


def _modules(
    found: Import,
    package: str,
    roots: tuple[Path, ...],
    file: Callable[[Path, tuple[str, ...]], Path | None],
) -> Iterator[tuple[str, Path]]:
    """The files that an import runs: each package on the way, the module, and a submodule."""
    module = _absolute(found, package)
    if not module:
        return
    parts = (*module.split("."), *([found.name] if found.name else []))
    root = next((root for root in roots if file(root, parts[:1])), None)
    if root is None:
        return
    for depth in range(1, len(parts) + 1):
        path = file(root, parts[:depth])
        if path is not None and path.suffix == ".py":
            yield ".".join(parts[:depth]), path


def _absolute(found: Import, package: str) -> str:
    if not found.level:
        return found.module
    base = package.split(".")[: len(package.split(".")) - found.level + 1]
    return ".".join([*base, *([found.module] if found.module else [])])


def _file(root: Path, parts: tuple[str, ...]) -> Path | None:
    """The module's file; the folder itself where a package has no `__init__`."""
    folder = root.joinpath(*parts)
    module = folder.with_name(f"{folder.name}.py")
    candidates = (folder / "__init__.py", module)
    return next((path for path in candidates if path.is_file()), None) or (
        folder if any(folder.glob("*.py")) else None
    )


def _data(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix in _PACKAGE_DATA and path.is_file()]


def _kept_name(path: Path, project: Project) -> str:
    if path.is_relative_to(_OWN):
        return f"assay/{path.relative_to(_OWN).as_posix()}"
    return project.relative(path)
