import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from assay.core.brief import Brief, Decision
from assay.core.errors import ResultError
from assay.core.provenance import LeftOut, Source
from assay.workbench.handoff import hand_over

BRIEF = Brief(
    kind="Experiment",
    subject="concierge",
    state="ship",
    tone="good",
    needs_decision=True,
    evidence="randomised",
    title="Rises",
    subtitle="new against old",
    data_through="2026-11-01",
    look="one planned look",
    decision=Decision(title="Ship", text="t", note="n", tone="good"),
)
SOURCE = Source(
    name="data", path="x.csv", rows=3, left_out=(LeftOut(what="rows", count=1, reason="null"),)
)
RECORD = {
    "schema": {"kind": "test", "version": 1},
    "findings": [],
    "units": {"/n": "count"},
    "n": 3,
}


def test_a_run_gets_its_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_RUN_DIR", str(tmp_path))
    hand_over(RECORD, brief=BRIEF, sources=[SOURCE])
    result = json.loads((tmp_path / "result.json").read_text())
    assert {key: result[key] for key in RECORD} == RECORD
    assert result["brief"]["decision"]["title"] == "Ship"
    assert result["sources"] == json.loads(json.dumps([asdict(SOURCE)]))


def test_a_person_gets_a_confirmation_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    hand_over(RECORD, brief=BRIEF, sources=[])
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], told: str
) -> None:
    monkeypatch.setenv("ASSAY_RUN_DIR", str(tmp_path))
    with pytest.raises(ResultError, match=told):
        hand_over(RECORD | change, brief=replace(BRIEF), sources=[])
    assert list(tmp_path.iterdir()) == []


def test_handing_over_costs_a_kernel_no_heavy_import() -> None:
    asked = "import sys, assay.workbench.handoff; print([m for m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    for heavy in ("papermill", "nbformat", "nbclient", "IPython", "polars", "altair", "pydantic"):
        assert f"'{heavy}'" not in loaded.stdout
