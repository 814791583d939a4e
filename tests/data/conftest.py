"""The sample, built once for all tests of the data."""

import json
from pathlib import Path
from typing import Any

import pytest

from assay.data.simulate import write_sample


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample"
    write_sample(folder)
    return folder


@pytest.fixture(scope="session")
def truth(sample_folder: Path) -> dict[str, Any]:
    return json.loads((sample_folder / "truth.json").read_text(encoding="utf-8"))
