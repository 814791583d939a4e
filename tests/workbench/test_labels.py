from typing import Any

import pytest

from assay.workbench.labels import Labels, labels_of


def raw(front: str = "", **metadata: Any) -> dict[str, Any]:
    cells = [{"cell_type": "raw", "source": [f"---\n{front}\n---"]}] if front else []
    return {"cells": cells, "metadata": metadata}


def test_brief_parameters_front_matter_and_metadata_are_read_in_this_order() -> None:
    found = labels_of(
        raw("categories: [weekly, cost]\nagents: planner", tags=["lab"], assay={"tags": ["own"]}),
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
    assert labels_of(raw(front), {"agents": 3, "agent": "x" * 200}, {}) == Labels()
