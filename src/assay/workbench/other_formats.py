"""A published version as slides or as a Word document: rendered from its executed notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.workbench.layout import NOTEBOOK_FILE
from assay.workbench.versions import history

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.project import Project
    from assay.workbench.render import Page
    from assay.workbench.render.rendering import Other
    from assay.workbench.versions import Version


def export_as(project: Project, version: Version, wanted: Other, out: Path) -> Path:
    """Writes `slides` (one HTML file) or `docx` to `out`, a file or a folder that is there.

    Raises:
        RenderError: where Quarto, which alone makes them, is not found.
    """
    from assay.workbench.render import render_as  # noqa: PLC0415  only where needed

    ending = "html" if wanted == "slides" else "docx"
    page = page_of(project, version)
    file = out / f"{page.report}-{page.set_name}-{version.id}.{ending}" if out.is_dir() else out
    return render_as(page, file, wanted)


def page_of(project: Project, version: Version) -> Page:
    """The page that a version would have now, with the versions before it as its past."""
    import nbformat  # noqa: PLC0415  only where needed

    from assay.workbench.render import Look, Page  # noqa: PLC0415  only where needed

    notebook: Any = nbformat.read(version.folder / NOTEBOOK_FILE, as_version=4)  # type: ignore[no-untyped-call]
    manifest = version.manifest
    report, set_name = manifest["report"], manifest["set"]
    return Page(
        report=report,
        set_name=set_name,
        version=version.id,
        as_of=manifest["as_of"],
        notebook=notebook,
        result=version.result,
        manifest=manifest,
        history=history(project, report, set_name, of=manifest),
        look=Look.of(project),
    )
