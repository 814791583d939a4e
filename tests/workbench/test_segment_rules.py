"""Segments by rule: what is read, and every mistake with its line."""

from math import inf
from pathlib import Path

import pytest

from assay.core.errors import ParameterError
from assay.core.segment_rules import Condition
from assay.features.behaviour.evidence import MEASURES
from assay.workbench.segment_rules import read_segment_rules

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
least: 0.7
segments:
  - name: power user
    describes: much
    when:
      days_per_week: {above: 3}
      errors: {above: 0.1, below: 0.2}
  - name: new
    when: {tenure_days: {below: 29}}
    least: 0.9
"""


def read(tmp_path: Path, text: str, **more):
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    return read_segment_rules(path, **more)


def test_rules_have_conditions_certainty_and_places(tmp_path: Path) -> None:
    power, new = read(tmp_path, GOOD, measures=MEASURES)
    assert power.conditions == (
        Condition(measure="days_per_week", above=3.0, below=inf),
        Condition(measure="errors", above=0.1, below=0.2),
    )
    assert [str(one) for one in power.conditions] == ["days_per_week > 3", "0.1 < errors < 0.2"]
    assert (power.least, new.least) == (0.7, 0.9)
    assert (power.place, new.place) == ("rules.yaml:3", "rules.yaml:8")


def test_no_file_is_no_rule() -> None:
    assert read_segment_rules(None) == ()


def test_the_projects_own_file_is_read() -> None:
    found = read_segment_rules(ROOT / "params/segment-rules.yaml", measures=MEASURES)
    assert {one.name for one in found} >= {"power user", "light", "new", "dormant"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("days_per_week:", "days_per_weak:", r"rules.yaml:6: .*'days_per_weak'.*\n.*days_per_week"),
        ("{above: 3}", "{over: 3}", r"rules.yaml:6: unknown key .*over"),
        ("{above: 3}", "{}", r"rules.yaml:6: .*expected above, below, or both"),
        ("above: 0.1, below: 0.2", "above: 0.2, below: 0.1", r"rules.yaml:7: .*smaller than below"),
        ("{above: 3}", "{above: .nan}", r"rules.yaml:6: "),
        ("{above: 3}", "{above: many}", r"rules.yaml:6: .*number"),
        ("least: 0.9", "least: 0.4", r"rules.yaml:10: .*greater than 0.5"),
        ("name: new", "name: power user", r"rules.yaml:8: .*already the name.*rules.yaml:3"),
        ("describes: much", "describe: much", r"rules.yaml:4: unknown key .*describe"),
        ("  - name: new\n    when", "  - when", r"rules.yaml:8: .*name' is missing"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ParameterError, match=said):
        read(tmp_path, GOOD.replace(old, new), measures=MEASURES)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="there is no"):
        read_segment_rules(tmp_path / "none.yaml")
