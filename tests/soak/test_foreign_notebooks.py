"""The rest of the notebooks in the habits of others; the suite itself takes some of them."""

from pathlib import Path

import pytest

from assay.workbench.project import Project
from assay.workbench.publish import publish
from workbench.test_foreign import OTHERS, REFUSED, SOME, lay_out


def test_all_the_others_are_published_or_refused(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--foreign", default=False):
        pytest.skip("the rest of the foreign notebooks is left to make soak (--foreign)")
    root = tmp_path / "project"
    lay_out(root)
    (root / "assay.toml").write_text("")
    (root / "requirements.lock").write_text("")
    rest = [name for name in REFUSED if name not in SOME]
    outcomes = publish(Project.at(root), [*OTHERS, *rest], renderer="embedded")
    states = {outcome.report: outcome.state for outcome in outcomes}
    assert states == dict.fromkeys(OTHERS, "published") | dict.fromkeys(rest, "failed")
    for outcome in outcomes:
        if outcome.error is not None:
            place, remedy = REFUSED[outcome.report]
            assert place in outcome.error.message
            assert remedy in (outcome.error.remedy or "")
