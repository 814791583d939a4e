"""What two runs were made from, and how that differs."""

from copy import deepcopy
from typing import Any

import pytest

from assay.workbench.origins import differing, share_no_day

INPUT = {
    "name": "data",
    "path": "d.parquet",
    "sha256": "a" * 64,
    "rows": 100,
    "first": "2026-10-01",
    "last": "2026-10-31",
}
MANIFEST: dict[str, Any] = {
    "parameters": {
        "alpha": 0.05,
        "metrics": [{"name": "A", "margin": 1}, {"name": "B"}],
        "w": None,
    },
    "inputs": [INPUT],
    "git": {"revision": "f" * 40, "clean": True},
    "packages": {"numpy": "2.4.6"},
    "python": "3.11.7",
    "platform": "Linux x86_64",
    "renderer": "embedded",
    "notebook": {"path": "notebooks/10-x.ipynb", "sha256": "b" * 64},
    "made_from": {"code": {"mine.py": "c" * 64}, "lock": "d" * 64, "python": "3.11"},
}


def later(**changes: Any) -> dict[str, Any]:
    return deepcopy(MANIFEST) | changes


def test_the_same_ingredients() -> None:
    assert differing(MANIFEST, later(created="now", key="other", timings={})) == ()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"parameters": MANIFEST["parameters"] | {"alpha": 0.1}},
            "parameter alpha: 0.05 → 0.1",
        ),
        (
            {
                "parameters": MANIFEST["parameters"]
                | {"metrics": [{"name": "B"}, {"name": "A", "margin": 2}]}
            },
            "parameter metrics.A.margin: 1 → 2",
        ),
        (
            {"parameters": MANIFEST["parameters"] | {"w": {"from": "2026-10-01"}}},
            'parameter w: null → {"from": "2026-10-01"}',
        ),
        ({"packages": {"numpy": "2.5.0"}}, "package numpy: 2.4.6 → 2.5.0"),
        ({"packages": {}}, "package numpy: 2.4.6 → –"),
        ({"python": "3.12.1"}, "python: 3.11.7 → 3.12.1"),
        ({"renderer": "quarto"}, "renderer: embedded → quarto"),
        (
            {"git": {"revision": "f" * 40, "clean": False}},
            "revision: ffffffffffff → ffffffffffff with changes",
        ),
        (
            {"made_from": MANIFEST["made_from"] | {"code": {"mine.py": "e" * 64}}},
            "code mine.py: cccccccccccc → eeeeeeeeeeee",
        ),
        (
            {"made_from": MANIFEST["made_from"] | {"lock": "e" * 64}},
            "lock: dddddddddddd → eeeeeeeeeeee",
        ),
        (
            {"inputs": [INPUT | {"sha256": "e" * 64, "rows": 130, "last": "2026-11-09"}]},
            (
                "input data: d.parquet, 100 rows, 2026-10-01 to 2026-10-31, aaaaaaaaaaaa → "
                "d.parquet, 130 rows, 2026-10-01 to 2026-11-09, eeeeeeeeeeee (+30 rows)"
            ),
        ),
        (
            {"inputs": [INPUT | {"path": "moved.parquet"}]},
            (
                "input data: d.parquet, 100 rows, 2026-10-01 to 2026-10-31, aaaaaaaaaaaa → "
                "moved.parquet, 100 rows, 2026-10-01 to 2026-10-31, aaaaaaaaaaaa "
                "(as many rows, the same content)"
            ),
        ),
    ],
)
def test_each_ingredient_is_told(changes: dict[str, Any], line: str) -> None:
    assert [found.line for found in differing(MANIFEST, later(**changes))] == [line]


def version(result: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"manifest": later(**changes), "result": result}


def test_data_without_a_common_day() -> None:
    october, november = (
        version({"first": f"2026-{month}-01", "last": f"2026-{month}-30"}) for month in (10, 11)
    )
    assert "no day is in both" in share_no_day(october, november)
    assert "no day is in both" in share_no_day(november, october)
    assert share_no_day(october, october) == ""


def test_without_periods_the_days_of_all_inputs_tell() -> None:
    november = INPUT | {"first": "2026-11-01", "last": "2026-11-09"}
    undated = INPUT | {"name": "users", "first": None, "last": None}
    assert share_no_day(version({}), version({}, inputs=[november])) != ""
    assert share_no_day(version({}), version({}, inputs=[november, undated])) == ""
    assert share_no_day(version({}), version({}, inputs=[])) == ""
