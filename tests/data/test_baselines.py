"""Baseline files: the same bytes for the same runs, and clear words for what is broken."""

from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import ParameterError
from assay.data.baselines import baseline_text, find_baselines, read_baseline
from assay.features.captures import Capture
from assay.features.runs import capture
from features.test_runs import readings


@pytest.fixture
def kept() -> Capture:
    rng = np.random.default_rng(3)
    return capture(readings({f"{i}": rng.lognormal(size=50).tolist() for i in range(3)}), name="v1")


def test_a_file_holds_what_was_captured(kept: Capture, tmp_path: Path) -> None:
    path = tmp_path / "v1.yaml"
    path.write_text(baseline_text(kept))
    found = read_baseline(path)
    assert baseline_text(found) == path.read_text()
    assert (found.suite, found.runs, found.first) == (kept.suite, kept.runs, kept.first)
    one, other = found.cases[0], kept.cases[0]
    assert one.sketch == other.sketch
    for run, expected in zip(one.runs, other.runs, strict=True):
        assert dict(run.values) == pytest.approx(dict(expected.values), rel=1e-4)


def test_every_line_can_be_reviewed(kept: Capture) -> None:
    lines = baseline_text(kept).splitlines()
    assert max(map(len, lines)) < 220
    assert sum("typical:" in line for line in lines) == 3


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("{", "is no YAML"),
        ("format: 9", "no baseline of format 1"),
        ("format: 1\nsuite: s", "cases hold something else"),
        ("format: 1\nruns: []\ncases: []", "suite"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, broken: str, told: str) -> None:
    path = tmp_path / "v1.yaml"
    path.write_text(broken)
    with pytest.raises(ParameterError, match=told):
        read_baseline(path)


def test_an_edited_word_is_checked(kept: Capture, tmp_path: Path) -> None:
    path = tmp_path / "v1.yaml"
    path.write_text(baseline_text(kept).replace("worse: higher", "worse: hihger"))
    with pytest.raises(ParameterError, match=r"cases\.0\.worse"):
        read_baseline(path)


def test_an_absent_file_offers_the_nearest(kept: Capture, tmp_path: Path) -> None:
    (tmp_path / "v1.11.0.yaml").write_text(baseline_text(kept))
    with pytest.raises(ParameterError, match=r"did you mean 'v1\.11\.0'"):
        read_baseline(tmp_path / "v1.11.1.yaml")


def test_baselines_of_a_suite_come_oldest_first(tmp_path: Path) -> None:
    for name, runs in (("a", 5), ("b", 2)):
        told = capture(readings({f"{i}": [1.0] for i in range(runs)}), name=name)
        (tmp_path / f"{name}.yaml").write_text(baseline_text(told))
    assert [one.name for one in find_baselines(tmp_path, "nightly")] == ["b", "a"]
    assert find_baselines(tmp_path, "other") == ()
