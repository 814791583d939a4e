from pathlib import Path
from typing import Any

import pytest

from assay.workbench.labels import Labels, labels_of
from assay.workbench.notebook import Cell, Notebook


def notebook(front: str = "", **metadata: Any) -> Notebook:
    cells = (Cell(1, "raw", f"---\n{front}\n---", ()),) if front else ()
    raw = {"metadata": metadata}
    return Notebook(path=Path("x.ipynb"), raw=raw, cells=cells, kernel="", language="python")


def test_brief_parameters_front_matter_and_metadata_are_read_in_this_order() -> None:
    found = labels_of(
        notebook(
            "categories: [weekly, cost]\nagents: planner", tags=["lab"], assay={"tags": ["own"]}
        ),
        {"agent": "concierge", "tags": ["nightly"], "n": 3},
        {"tags": ("brief",), "agents": ("coder", "concierge")},
    )
    assert found == Labels(
        tags=("brief", "nightly", "weekly", "cost", "own", "lab"),
        agents=("coder", "concierge", "planner"),
    )


@pytest.mark.parametrize(
    "front", ["tags: {a: b}", "tags: [1, null, '']", "tags: [", "- a", "- - -"]
)
def test_what_is_no_word_is_left_out(front: str) -> None:
    assert labels_of(notebook(front), {"agents": 3, "agent": "x" * 200}, {}) == Labels()
