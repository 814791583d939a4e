"""A published notebook with an invented number in it, to see that it is found."""

import copy
import json
from pathlib import Path

import nbformat

NOTE = "application/vnd.assay.note+json"
NUMBER = "73.91\u00a0%"


def of_run(folder: Path) -> tuple[nbformat.NotebookNode, dict]:
    """The executed notebook and the manifest that a run left."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return nbformat.read(folder / "notebook.ipynb", as_version=4), manifest


def plant(document: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The same with a remark that quotes a number of no result."""
    planted = copy.deepcopy(document)
    shown = next(cell for cell in reversed(planted.cells) if cell.get("outputs"))
    body = {NOTE: {"text": f"Success is {NUMBER} in 48 of all cases."}}
    shown.outputs.append(nbformat.v4.new_output("display_data", data=body))
    return planted
