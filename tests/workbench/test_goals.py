"""Goals written into a file that people wrote."""

from datetime import date

import pytest

from assay.core.errors import ParameterError
from assay.core.goals import Goal
from assay.workbench.goals import read_goals, write_goal

NEW = Goal(name="New", metric="m", target=2.0, by=date(2026, 12, 31))
FILES = {
    "empty": "",
    "only comments": "# ours\n",
    "no goal": "# ours\ngoals:\n# more\n",
    "empty list": "goals: [] # none yet\n",
    "block": "goals:\n  - name: A # why\n    metric: m\n    target: 1\n    by: 2026-01-01\n\n# end\n",
    "no last line end": "goals:\n- name: A\n  metric: m\n  target: 1\n  by: 2026-01-01",
    "flow items": "goals:\n  - {name: A, metric: m, target: 1, by: 2026-01-01} # kept\n",
    "flow list": "goals: [{name: A, metric: m, target: 1, by: 2026-01-01}]\n",
    "nested": (
        "goals:\n  - name: A\n    metric: m\n    target: 1\n    by: 2026-01-01\n"
        "    for:\n      agent_id: planner # only he\n"
    ),
    "quoted": "goals:\n  - name: 'A'\n    by: '2026-01-01'\n    target: 1e0\n    metric: \"m\"\n",
}


@pytest.mark.parametrize("before", FILES.values(), ids=FILES.keys())
def test_a_goal_is_added_however_the_file_is_written(tmp_path, before) -> None:
    path = tmp_path / "goals.yaml"
    path.write_text(before)
    old = read_goals(path)
    assert write_goal(NEW, path) is False
    assert read_goals(path) == (*old, NEW)
    after = path.read_text()
    for line in before.splitlines():
        assert "#" not in line or line.split("#")[1] in after


@pytest.mark.parametrize("before", [text for text in FILES.values() if "name" in text])
def test_a_goal_is_changed_where_it_stands(tmp_path, before) -> None:
    path = tmp_path / "goals.yaml"
    path.write_text(before)
    write_goal(NEW, path)
    changed = Goal(
        name="A", metric="n: #", target=-0.5, by=date(2027, 2, 1), better="down", whom={"a": "b, c"}
    )
    assert write_goal(changed, path) is True
    assert read_goals(path) == (changed, NEW)
    back = Goal(name="A", metric="m", target=1.0, by=date(2026, 1, 1))
    write_goal(back, path)
    assert read_goals(path) == (back, NEW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aims: []\n", "has 'aims'"),
        ("goals: {a: 1}\n", "expected a list"),
        ("goals: [1]\n", "expected name, metric, target and by"),
        ("goals: [{name: A, metric: m, target: .nan, by: 2026-01-01}]\n", "target"),
        ("goals: [{name: A, metrik: m, target: 1, by: 2026-01-01}]\n", "metrik"),
        (
            "goals:\n- &a {name: A, metric: m, target: 1, by: 2026-01-01}\n- *a\n",
            "2 goals are called 'A'",
        ),
    ],
)
def test_what_is_no_goal_is_refused_and_left_alone(tmp_path, text, said) -> None:
    path = tmp_path / "goals.yaml"
    path.write_text(text)
    with pytest.raises(ParameterError, match=said):
        write_goal(NEW, path)
    assert path.read_text() == text
