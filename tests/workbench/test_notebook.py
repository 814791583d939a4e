import ast
import json
from pathlib import Path
from typing import Any

import pytest

from assay.core.errors import NotebookError
from assay.workbench.notebook import Cell, Notebook, belongs_to_a_run, section_of


def written(tmp_path: Path, *cells: dict[str, Any], **top: Any) -> Path:
    path = tmp_path / "10-x.ipynb"
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | top
    path.write_text(json.dumps(document))
    return path


def code_cell(source: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}}


def text_cell(source: str | list[str]) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def test_cells_title_and_parameters_are_found(tmp_path: Path) -> None:
    notebook = Notebook.read(
        written(
            tmp_path,
            text_cell(
                ["intro\n", "```\n", "# not a heading\n", "```\n", "# The title #\n", "## Next"]
            ),
            code_cell("x = 1", "parameters"),
            code_cell("x = 2", "injected-parameters"),
            code_cell("hand_over(record, brief=b, sources=s)"),
        )
    )
    assert notebook.title == "The title"
    assert notebook.parameters is not None
    assert notebook.parameters.number == 2
    assert [cell.number for cell in notebook.cells] == [1, 2, 4]
    assert (notebook.language, notebook.kernel, notebook.hands_over) == ("python", "", True)


def test_a_notebook_that_only_imports_hand_over_promises_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, code_cell("from assay.workbench.handoff import hand_over"))
    assert not Notebook.read(path).hands_over


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not a notebook: Expecting value at line 1, column 1"),
        (b'{"cells": [', "is not a notebook"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"[]", "a list at the top"),
        (b'{"nbformat": 3, "worksheets": []}', "has nbformat 3, expected 4"),
        (b'{"nbformat": 4}', "has no list of cells"),
        (b'{"nbformat": 4, "cells": [{}]}', "cell 1: expected cell_type and source"),
        (b'{"nbformat": 4, "cells": [], "metadata": 3}', "expected a table as metadata"),
        (
            b'{"nbformat": 4, "cells": [{"cell_type": "raw", "source": "", "metadata": []}]}',
            "cell 1: expected a table as metadata",
        ),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_with_its_place(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "10-x.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError) as caught:
        Notebook.read(path)
    assert "10-x.ipynb" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("x = 1", "x = 1"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if a:\n    !ls\n", "if a:\n    pass\n"),
        ("files = !ls\nx = 1", "pass\nx = 1"),
        ("x = (7\n % 2)", "x = (7\n % 2)"),
        ("%%time\nimport a", "\nimport a"),
        ("%%bash\nls", ""),
    ],
)
def test_magics_are_taken_out_of_the_code(source: str, python: str) -> None:
    found = Cell(number=1, kind="code", source=source, tags=()).python
    assert found == python
    ast.parse(found)


def test_a_cell_belongs_to_the_last_heading_above_it() -> None:
    cells = [code_cell("a"), text_cell("# One\n## Two"), code_cell("b"), text_cell("no heading")]
    assert section_of(cells, 0) is None
    assert section_of(cells, 3) == "Two"


@pytest.mark.parametrize(
    ("source", "stays"),
    [
        ("%publish", False),
        ("# for the Lab\n%load_ext assay\n%publish --set a -p x=1", False),
        ("%load_ext autoreload\n%autoreload 2", False),
        ("x = 1\n%publish", True),
        ("%publisher", True),
        ("%load_ext sql", True),
        ("", True),
    ],
)
def test_cells_for_the_lab_alone_are_no_part_of_the_report(source: str, *, stays: bool) -> None:
    assert belongs_to_a_run(source, ()) is stays
