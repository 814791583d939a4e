"""Citations and the list of references, set by pandoc before any renderer sees the page.

Nothing is fetched: the default style is pandoc's own (Chicago, author and date).
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from assay.core.errors import RenderError, nearest
from assay.workbench.render.pandoc import pandoc_path

ENDINGS: Final = (".bib", ".json", ".yaml", ".yml")
TIME_LIMIT: Final = 60
_SET: Final = (
    "markdown-citations-bracketed_spans-native_spans-native_divs-fenced_divs-raw_attribute"
    "-raw_html-raw_tex-smart"
)
_BREAK: Final = "assaybreak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The works that may be cited."""

    files: tuple[Path, ...] = ()
    keys: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, names: tuple[str, ...], *, root: Path | None, folder: str) -> Self:
        """The bibliographies of a front matter; `folder` is the notebook's, seen from the project.

        Raises:
            RenderError: where a file is not there, lies outside of the project, or cannot be read.
        """
        files = tuple(_file(name, root, folder) for name in names)
        return cls(
            files=files, keys=frozenset(k for file in files for k in _keys(file, _state(file)))
        )

    def require(self, key: str, *, place: str) -> None:
        """Raises RenderError where there is no such work."""
        if key in self.keys:
            return
        if not self.files:
            raise RenderError(
                f"{place}: citation @{key}, but no bibliography",
                remedy="name one in the front matter: bibliography: references.bib; "
                f"an address or name is written \\@{key}",
            )
        names = ", ".join(file.name for file in self.files)
        raise RenderError(
            f"{place}: citation @{key} is not in {names}", remedy=nearest(key, self.keys)
        )

    def set(self, cites: tuple[str, ...], lang: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """How each citation is written, and the entries of the list of references."""
        if not cites:
            return (), ()
        return _set(self.files, tuple(map(_state, self.files)), cites, lang)


def _file(name: str, root: Path | None, folder: str) -> Path:
    place = "front matter"
    if root is None:
        raise RenderError(f"{place}: bibliography {name!r} needs a project", remedy="publish it")
    base = root.resolve()
    path = (base / folder / name).resolve()
    if not path.is_relative_to(base):
        raise RenderError(f"{place}: bibliography {name!r} lies outside of the project")
    if path.suffix not in ENDINGS:
        raise RenderError(
            f"{place}: bibliography is {name!r}, expected one of {', '.join(ENDINGS)}"
        )
    if not path.is_file():
        raise RenderError(
            f"{place}: bibliography {name!r} was not found",
            remedy=f"it is looked for beside the notebook, in {folder or '.'}/",
        )
    return path


def _state(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=32)
def _keys(file: Path, _at: tuple[int, int]) -> frozenset[str]:
    found = json.loads(_pandoc([str(file), "--to=csljson"], ""))
    return frozenset(str(work["id"]) for work in found)


@lru_cache(maxsize=32)
def _set(
    files: tuple[Path, ...], _at: tuple[tuple[int, int], ...], cites: tuple[str, ...], lang: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = [*cites, "::: {#refs}\n:::"]
    source = f"\n\n{_BREAK}\n\n".join(parts)
    options = [f"--bibliography={file}" for file in files]
    written = _pandoc(
        ["--from=markdown", f"--to={_SET}", "--citeproc", "--wrap=none", "-M", f"lang={lang}",
         "-M", "link-citations=false", *options],
        source,
    )  # fmt: skip
    *done, entries = (part.strip() for part in written.split(f"\n\n{_BREAK}\n\n"))
    return tuple(done), tuple(entry for entry in entries.split("\n\n") if entry.strip())


def _pandoc(options: list[str], source: str) -> str:
    done = subprocess.run(  # noqa: S603  a fixed command without a shell
        [pandoc_path(), *options],
        input=source.encode(),
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    if done.returncode:
        raise RenderError(
            f"the bibliography cannot be read: {done.stderr.decode(errors='replace')[:300]}",
            remedy="check it with a reference manager",
        )
    return done.stdout.decode()
