"""A project of the test's own."""

from pathlib import Path

import pytest

from app.trial import Trial


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """An empty project."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "assay.toml").write_text('[project]\nname = "Trial"\n')
    return Trial(root)
