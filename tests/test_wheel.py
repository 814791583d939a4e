"""The wheel holds what the package needs where there is no checkout."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from flit_core import buildapi

ROOT = Path(__file__).resolve().parents[1]
NEEDED = {
    "__init__.pyi",
    "py.typed",
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
