import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from assay.core.errors import ResultError
from assay.core.provenance import LeftOut, Source
from assay.workbench.handoff import check_result, hand_over

SOURCE = Source(
    name="data", path="x.csv", rows=3, left_out=(LeftOut(what="rows", count=1, reason="null"),)
)
RECORD = {
    "schema": {"kind": "test", "version": 1},
    "findings": [],
    "units": {"/n": "count"},
    "n": 3,
}


def test_a_run_gets_its_result(brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_RUN_DIR", str(tmp_path))
    hand_over(RECORD, brief=brief, sources=[SOURCE])
    result = json.loads((tmp_path / "result.json").read_text())
    assert {key: result[key] for key in RECORD} == RECORD
    assert result["brief"]["decision"]["title"] == "Ship"
    assert result["sources"] == json.loads(json.dumps([asdict(SOURCE)]))


def test_a_run_gets_what_goes_beside(
    brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_RUN_DIR", str(tmp_path))
    hand_over(RECORD, brief=brief, sources=[], beside={"model.json": "{}"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "result.json"]
    assert (tmp_path / "model.json").read_text() == "{}"
    with pytest.raises(ResultError, match="handed over beside the result, expected model"):
        hand_over(RECORD, brief=brief, sources=[], beside={"index.html": "x"})


def test_a_person_gets_a_confirmation_and_no_file(
    brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    hand_over(RECORD, brief=brief, sources=[])
    assert "Ready to publish: test, 0 findings." in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": None}, "schema None, expected kind and version"),
        ({"schema": {"kind": 3, "version": 1}}, "expected kind and version"),
        ({"units": None}, "units None, expected a dict"),
        ({"findings": 3}, "findings 3, expected a list"),
        ({"n": float("nan")}, "cannot be written as JSON"),
        ({"n": object()}, "cannot be written as JSON"),
    ],
)
def test_a_result_without_its_envelope_is_refused(
    brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], told: str
) -> None:
    monkeypatch.setenv("ASSAY_RUN_DIR", str(tmp_path))
    with pytest.raises(ResultError, match=told):
        hand_over(RECORD | change, brief=brief, sources=[])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"brief": 3}, "a brief of the result lacks kind, subject, state"),
        ({"brief": {"kind": "Cost"}}, "lacks subject, .*\n  → make it with assay.core.brief.Brief"),
        ({"sources": [{"name": "data"}]}, "a source of the result lacks path, rows"),
    ],
)
def test_a_result_made_by_hand_has_what_pages_are_made_of(
    change: dict[str, object], told: str
) -> None:
    with pytest.raises(ResultError, match=told):
        check_result(RECORD | {"brief": None, "sources": []} | change)


def test_a_tile_has_what_the_index_shows(brief) -> None:
    made = asdict(brief) | {"tiles": [{"name": "Lift"}]}
    with pytest.raises(ResultError, match="a tile of the result lacks value, interval"):
        check_result(RECORD | {"brief": made, "sources": []})


def test_handing_over_costs_a_kernel_no_heavy_import() -> None:
    asked = "import sys, assay.workbench.handoff; print([m for m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    for heavy in ("papermill", "nbformat", "nbclient", "IPython", "polars", "altair", "pydantic"):
        assert f"'{heavy}'" not in loaded.stdout
