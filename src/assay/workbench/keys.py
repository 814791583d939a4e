"""The key of a run: whatever could change its result. Same key, nothing to do."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Final

from assay.workbench.digests import hash_of
from assay.workbench.inputs import InputFiles, inputs_of
from assay.workbench.language import language_of
from assay.workbench.parameters import Values

if TYPE_CHECKING:
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
        return hash_of(asdict(self))


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
        code={name: digests.of(path) for name, path in closure.files.items()}
        | _language(notebook, project),
        parameters=values,
        inputs=tuple(inputs_of(form, values, project=project, digests=digests)),
        lock=_lock_hash(project, digests),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )


def _notebook_hash(notebook: Notebook) -> str:
    """Outputs, counts and ids of cells are left out: saving after a look changes nothing."""
    cells = [(cell.kind, cell.source, cell.tags) for cell in notebook.cells]
    return hash_of([cells, notebook.kernel, notebook.language])


def _language(notebook: Notebook, project: Project) -> dict[str, str]:
    """Numbers are printed while a notebook runs; English needs no entry."""
    lang = language_of(notebook, project)
    return {} if lang == "en" else {"[report] lang": lang}


def _lock_hash(project: Project, digests: Digests) -> str:
    locks = [project.root / name for name in LOCK_FILES if (project.root / name).is_file()]
    if locks:
        return hash_of([digests.of(lock) for lock in locks])
    return digests.once("installed", lambda: hash_of(_installed()))


def _installed() -> list[str]:
    return sorted(f"{found.name} {found.version}" for found in distributions())
