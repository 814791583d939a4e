"""A project of its own, with the sample as it is built, in which notebooks are run."""

import shutil
from pathlib import Path

import pytest

from assay.data.simulate import write_sample

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("project")
    for name in ("notebooks", "params"):
        shutil.copytree(ROOT / name, project / name)
    shutil.copy(ROOT / "assay.toml", project)
    write_sample(project / "data" / "sample")
    return project
