"""What is rendered, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nbformat import NotebookNode

from assay.workbench.render.look import Look

if TYPE_CHECKING:
    from assay.workbench.render.publication import Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One run, ready to become a page.

    Attributes:
        set_name: name of the parameter set, `default` where there is only one.
        version: "<time>Z-<key8>"; the page prints the day of `as_of` and the key, not the clock.
        as_of: ISO date or UTC instant that the report speaks for; also the PDF's time stamp.
        notebook: executed, without error outputs.
        result: `result.json`, with `brief` where the notebook handed one over.
        trusted: whether HTML of its outputs keeps its scripts.
        beside: what the project publishes, each as `<report>/<set>`: pages may lead there.
        history: results of earlier versions of the same report and set, oldest first.
        look: language, code, theme and sizes of the project's pages.
    """

    report: str
    set_name: str
    version: str
    as_of: str
    notebook: NotebookNode
    result: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    history: tuple[dict[str, Any], ...] = ()
    look: Look = field(default_factory=Look)
    trusted: bool = False
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Where the pages lie, and which renderer made them (name and versions).

    Attributes:
        warnings: what a reader will notice, and how to mend it.
    """

    renderer: str
    html: Path
    pdf: Path
    thumbnail: Path
    warnings: tuple[str, ...] = ()


class Renderer(Protocol):
    """Turns a publication into bytes; knows nothing of notebooks' outputs or of results."""

    @property
    def name(self) -> str:
        """Name and versions, as the manifest records them."""

    def html(self, publication: Publication) -> bytes:
        """One self-contained page."""

    def pdf(self, publication: Publication) -> tuple[bytes, bytes]:
        """The pages on paper, and a picture (PNG) of the first."""
