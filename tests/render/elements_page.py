"""The notebook of every element, run by a kernel and made a page."""

from functools import cache
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from assay.workbench.render import Look, Page

ROOT = Path(__file__).parents[2]
NOTEBOOK = "docs/elements.ipynb"


@cache
def executed() -> nbformat.NotebookNode:
    notebook = nbformat.read(ROOT / NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return notebook


def elements(**look: object) -> Page:
    return Page(
        report="elements",
        set_name="default",
        version="2026-11-20T060000Z-a1b2c3d4",
        as_of="2026-11-20",
        notebook=executed(),
        manifest={"notebook": {"path": NOTEBOOK}},
        look=Look(root=ROOT, **look),
    )
