"""The command that tells which printed numbers of a version are in no result."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import nbformat

from assay.app.console import print_json, say
from assay.app.place import this_project
from assay.core.errors import ProjectError
from assay.workbench.layout import NOTEBOOK_FILE
from assay.workbench.references import find_version, full_name
from assay.workbench.render.quotes import texts_of, unfounded
from assay.workbench.trace.printed import numbers_in

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from assay.workbench.versions import Version


def print_trace(text: str, *, as_json: bool) -> int:
    """Reads a version's page as a reader does; 1 where a number is not in the result."""
    version = find_version(this_project(), text)
    notebook = notebook_of(version)
    found = unfounded(notebook, version.result, version.manifest)
    numbers = sum(
        len(numbers_in(each.text, each.row)) for each in texts_of(notebook, version.result)
    )
    if as_json:
        record = {
            "version": full_name(version),
            "numbers": numbers,
            "unfounded": [asdict(each) for each in found],
        }
        print_json(record)
        return int(bool(found))
    for each in found:
        say(f"{each.place}: {each.number} is not in the result: “{each.excerpt}”")
    told = f"{len(found)} of {numbers} printed numbers are not in the result"
    say(told if found else f"All {numbers} printed numbers are in the result.")
    return int(bool(found))


def notebook_of(version: Version) -> NotebookNode:
    """The notebook that a version keeps, as it ran.

    Raises:
        ProjectError: where it cannot be read.
    """
    file = version.folder / NOTEBOOK_FILE
    try:
        text = file.read_text(encoding="utf-8")
        return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call, no-any-return]
    except (OSError, ValueError) as error:
        raise ProjectError(f"{file} cannot be read: {error}") from None
