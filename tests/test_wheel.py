"""The wheel holds what the package needs where there is no checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from flit_core import buildapi

ROOT = Path(__file__).resolve().parents[1]
NEEDED = {
    "__init__.pyi",
    "py.typed",
    "app/starter/assay.toml",
    "app/starter/notebooks/10-ab-test.ipynb",
    "app/templates/averages.ipynb",
    "workbench/assets/index.html.j2",
    "workbench/render/assets/page.html.j2",
    "workbench/render/assets/report.typ",
}


def test_the_wheel_holds_every_file_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with ZipFile(tmp_path / buildapi.build_wheel(str(tmp_path))) as wheel:
        packed = {
            name.removeprefix("assay/") for name in wheel.namelist() if name.startswith("assay/")
        }
    package = ROOT / "src/assay"
    assets = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name[0] != "."
    }
    assert packed >= NEEDED
    assert assets - packed == set()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what `pip install` would put beside the other packages."""
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        wheel = folder / buildapi.build_wheel(str(folder))
    with ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def test_whoever_installs_it_makes_a_project_and_publishes_a_report_of_their_own(
    installed: Path, tmp_path: Path
) -> None:
    project = tmp_path / "reports of ours"

    def assay(*arguments: str, cwd: Path = project) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-c", "from assay.app.cli import main; main()", *arguments],
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return done.stdout

    assay("init", str(project), cwd=tmp_path)
    assay("sample")
    assay("new", "refusals", "--title", "How often do agents refuse?")
    told = json.loads(assay("publish", "refusals", "--json"))
    states = {outcome["set"]: outcome["state"] for outcome in told["reports"]}
    assert states == {"imported": "waiting", "sample": "published"}
    (file,) = (project / "reports/published/refusals/sample").glob("2*/result.json")
    result = json.loads(file.read_text())
    assert result["findings"][0]["size"]["low"] < result["findings"][0]["size"]["high"]
    assert json.loads(assay("doctor", "--json"))["well"]
