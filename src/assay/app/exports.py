"""Versions in the form that somebody else works with."""

from __future__ import annotations

from pathlib import Path

from assay.app.console import print_json, say
from assay.app.place import this_project
from assay.workbench.export import BY_QUARTO, export
from assay.workbench.other_formats import export_as
from assay.workbench.references import find_version


def run_export(text: str, wanted: str, out: Path | None, *, as_json: bool) -> None:
    """Exports a version and says where it lies.

    Raises:
        ParameterError: where version or format is unknown.
    """
    project = this_project()
    version = find_version(project, text)
    by_quarto = next((name for name in BY_QUARTO if name == wanted), None)
    if by_quarto is None:
        made = export(version, wanted, out or Path())
    else:
        made = (export_as(project, version, by_quarto, out or Path()),)
    if as_json:
        print_json({"version": version.id, "format": wanted, "files": [str(path) for path in made]})
        return
    say(f"{made[0]}" + (f" and {len(made) - 1} more files" if len(made) > 1 else ""))
