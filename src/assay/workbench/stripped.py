"""A notebook as git keeps it: without outputs and without traces of who ran it.

Git calls this for every notebook that it takes in (see `assay.workbench.commits`), so it needs
nothing but the standard library.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

_OF_CELLS: Final = ("execution", "collapsed", "scrolled", "ExecuteTime", "papermill")
"""Metadata that a run leaves in a cell."""
_OF_NOTEBOOKS: Final = ("widgets", "signature", "papermill")


def stripped(content: bytes) -> bytes:
    """The notebook without outputs, counts and traces of a run; the same bytes where it has none.

    What is no notebook (a file with conflict markers, say) is left as it is.
    """
    try:
        notebook = json.loads(content)
        bare = json.loads(content)
        _strip(bare)
    except (ValueError, AttributeError, TypeError, KeyError):
        return content
    if bare == notebook:
        return content
    return (json.dumps(bare, indent=1, ensure_ascii=False) + "\n").encode()


def has_outputs(content: bytes) -> bool:
    """Whether git would have to take anything out."""
    return stripped(content) != content


def _strip(notebook: dict[str, Any]) -> None:
    for name in _OF_NOTEBOOKS:
        notebook["metadata"].pop(name, None)
    language = notebook["metadata"].get("language_info")
    if language:
        notebook["metadata"]["language_info"] = {"name": language["name"]}
    for cell in notebook["cells"]:
        for name in _OF_CELLS:
            cell["metadata"].pop(name, None)
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = None


if __name__ == "__main__":
    sys.stdout.buffer.write(stripped(sys.stdin.buffer.read()))
