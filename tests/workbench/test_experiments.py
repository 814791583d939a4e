"""The life of an experiment: legal steps only, a record that is never lost, changes that are told."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.assignment import assign
from assay.core.errors import ParameterError, ProjectError
from assay.registration import fingerprint
from assay.workbench.experiments import life
from assay.workbench.experiments.experiment import experiment_at, experiments, find_experiment
from assay.workbench.experiments.record import append, read_record
from assay.workbench.project import Project

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BASE = """
hypothesis: It helps.
owner: me
unit: user_id
arms: [control, new]
metrics:
  - {name: CTR, kind: mean, value: clicked, equivalence: 0.01}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "assay.toml").write_text("")
    register(tmp_path, "greeting")
    return Project.at(tmp_path)


def register(root: Path, name: str, more: str = "", base: str = BASE) -> None:
    folder = root / "params/experiments"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(base + more)


def end(project: Project, name: str, decision: str = "ship"):
    return life.conclude(project, name, decision=decision, reason="", conclusion=None, now=NOW)


STEPS = {
    "start": lambda p: life.start(p, "greeting", now=NOW),
    "pause": lambda p: life.pause(p, "greeting", reason="r", now=NOW),
    "resume": lambda p: life.resume(p, "greeting", now=NOW),
    "conclude": lambda p: end(p, "greeting"),
    "stop": lambda p: end(p, "greeting", "stopped"),
}
WAYS = {"draft": [], "running": ["start"], "paused": ["start", "pause"], "concluded": ["start", "conclude"]}  # fmt: skip
LEGAL = {
    ("draft", "start"): "running",
    ("running", "pause"): "paused",
    ("running", "conclude"): "concluded",
    ("running", "stop"): "concluded",
    ("paused", "resume"): "running",
    ("paused", "conclude"): "concluded",
    ("paused", "stop"): "concluded",
}


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("action", STEPS)
def test_only_legal_steps_are_taken(project, state, action):
    for step in WAYS[state]:
        STEPS[step](project)
    before = find_experiment(project, "greeting")
    assert before.state == state
    if (state, action) in LEGAL:
        assert STEPS[action](project).state == LEGAL[state, action]
        return
    with pytest.raises(life.TransitionError, match=f"'greeting' is {state}, to {action} it takes"):
        STEPS[action](project)
    assert find_experiment(project, "greeting").events == before.events


def test_the_start_keeps_a_copy_its_hash_and_the_time(project):
    found = STEPS["start"](project)
    event = found.started
    assert event["at"] == "2026-03-02T09:00:00+00:00"
    assert event["sha256"] == fingerprint(event["registration"])
    assert event["registration"]["metrics"][0]["equivalence"] == 0.01
    assert found.deviations == ()
    assert assign(found.allocation, "u") in {"control", "new"}
    paused = STEPS["pause"](project)
    assert assign(paused.allocation, "u") is None
    assert assign(STEPS["resume"](project).allocation, "u") == assign(found.allocation, "u")


def test_what_is_changed_after_the_start_is_told_with_the_time_it_was_first_seen(project):
    STEPS["start"](project)
    changed = BASE.replace("0.01", "0.05").replace("owner: me", "owner: you")
    changed += "  - {name: Cost, kind: mean, value: cost}\n"
    register(project.root, "greeting", base=changed)
    seen = find_experiment(project, "greeting").deviations
    told = {one.deviation.field: (one.deviation.before, one.deviation.after) for one in seen}
    assert told["metrics.CTR.equivalence"] == ("0.01", "0.05")
    assert told["metrics.Cost.value"] == ("", '"cost"')
    assert not any("owner" in field or "CTR.kind" in field for field in told)
    assert {one.first_seen for one in seen} == {""}
    later = NOW + timedelta(days=3)
    noted = life.note_deviations(project, "greeting", now=later)
    assert {one.first_seen for one in noted.deviations} == {later.isoformat()}
    again = life.note_deviations(project, "greeting", now=later + timedelta(days=1))
    assert again.deviations == noted.deviations
    assert len(again.events) == len(noted.events)
    register(project.root, "greeting")
    assert find_experiment(project, "greeting").deviations == ()


def test_fields_that_a_later_release_adds_are_no_deviation(project):
    found = STEPS["start"](project)
    copy = {k: v for k, v in found.started["registration"].items() if k != "holdout"}
    found.record.write_text("")
    append(found.record, {**found.started, "registration": copy}, now=NOW)
    assert find_experiment(project, "greeting").deviations == ()


def test_experiments_of_a_layer_share_its_units_out(project):
    for name, share in (("one", 0.4), ("two", 0.5), ("three", 0.2)):
        register(project.root, name, f"layer: shop\ntraffic: {share}\n")
    one = life.start(project, "one", now=NOW).allocation
    two = life.start(project, "two", now=NOW).allocation
    units = [f"u{n}" for n in range(2000)]
    both = zip(one.arms_of(units), two.arms_of(units), strict=True)
    assert not any(a is not None and b is not None for a, b in both)
    with pytest.raises(ParameterError, match=r"20\.00% .* asked for, 10\.00% are free"):
        life.start(project, "three", now=NOW)
    assert find_experiment(project, "three").state == "draft"
    end(project, "one")
    assert life.start(project, "three", now=NOW).state == "running"
    register(project.root, "four", "layer: shop\ntraffic: 0.1\nholdout: 0.2\n")
    with pytest.raises(ParameterError, match=r"holds out 0\.2 of layer"):
        life.start(project, "four", now=NOW)


def test_more_traffic_moves_nobody(project):
    register(project.root, "slow", "traffic: 0.1\n")
    small = life.start(project, "slow", now=NOW).allocation
    large = life.grow(project, "slow", traffic=0.2, now=NOW).allocation
    units = [f"u{n}" for n in range(3000)]
    pairs = list(zip(small.arms_of(units), large.arms_of(units), strict=True))
    assert all(a == b for a, b in pairs if a is not None)
    assert sum(b is not None for _, b in pairs) > 1.6 * sum(a is not None for a, _ in pairs)
    with pytest.raises(ParameterError, match=r"has 15\.00% of the traffic or more already"):
        life.grow(project, "slow", traffic=0.15, now=NOW)


def test_a_new_split_is_a_new_epoch_and_moves_nobody(project):
    register(project.root, "bandit", "reallocation: {floor: 0.1, batch: 0.2}\n")
    first = life.start(project, "bandit", now=NOW).allocation
    split = {"control": 0.2, "new": 0.8}
    second = life.reallocate(project, "bandit", split=split, basis={}, now=NOW).allocation
    units = [f"u{n}" for n in range(3000)]
    pairs = zip(first.arms_of(units), second.arms_of(units), strict=True)
    assert all(a == b for a, b in pairs if a is not None)
    assert [dict(epoch.split) for epoch in second.epochs] == [{"control": 0.5, "new": 0.5}, split]
    with pytest.raises(ParameterError, match=r"every arm with a share of 0\.1 or more"):
        life.reallocate(project, "bandit", split={"control": 0.01, "new": 0.99}, basis={}, now=NOW)
    STEPS["start"](project)
    with pytest.raises(ParameterError, match="registered with a fixed split"):
        life.reallocate(project, "greeting", split=split, basis={}, now=NOW)


def test_a_record_that_was_tampered_with_is_refused(project):
    STEPS["start"](project)
    record = STEPS["pause"](project).record
    lines = record.read_text().splitlines(keepends=True)
    for wrong in (lines[0].replace("It helps", "It hurts") + lines[1], lines[1], lines[0] + "{"):
        record.write_text(wrong)
        with pytest.raises(ProjectError, match="does not follow from the line before"):
            read_record(record)


@pytest.mark.parametrize(
    ("line", "message", "remedy"),
    [
        ("hypotesis: x", "'hypotesis' is not known", "did you mean 'hypothesis'"),
        ("plan: {design: once, planed_n: 5}", "'plan.planed_n' is not known", "mean 'planned_n'"),
        ("split: {control: 0.5, old: 0.5}", "a share for each arm", ""),
        ("split: {control: 0.5, new: 0.4}", "add up to 1, not 0.9", ""),
        ("plan: {design: group-sequential}", "plan needs looks", ""),
        (
            "end: 2026-05-01\nplan: {design: once, planned_end: 2026-05-02}",
            "one end, not 2026-05-01 and planned_end 2026-05-02",
            "",
        ),
        ("start: 2026-05-01\nend: 2026-04-01", "an end after the start", ""),
        ("traffic: 1.5", "less than or equal to 1", ""),
    ],
)
def test_mistakes_are_told_with_the_nearest_name(project, line, message, remedy):
    register(project.root, "greeting", line)
    found = find_experiment(project, "greeting")
    assert message in found.mistake.message
    assert remedy in found.mistake.remedy
    with pytest.raises(ParameterError):
        STEPS["start"](project)
    assert find_experiment(project, "greeting").state == "draft"


def test_names_of_declared_metrics_stand_for_them(project):
    (project.params / "metrics.yaml").write_text("metrics: {Success: {kind: mean, value: ok}}\n")
    base = BASE.partition("metrics:")[0] + "metrics: [Success, {extends: Success, name: B}]\n"
    register(project.root, "greeting", base=base)
    found = experiment_at(project.params / "experiments/greeting.yaml")
    assert [metric.name for metric in found.now.metrics] == ["Success", "B"]
    with pytest.raises(ParameterError, match="there is no experiment 'greetin'"):
        find_experiment(project, "greetin")


def test_a_record_outlives_its_file(project):
    STEPS["start"](project)
    (project.params / "experiments/greeting.yaml").unlink()
    (found,) = experiments(project)
    assert (found.state, found.standing.owner) == ("running", "me")
    assert found.deviations[0].deviation.field == "the file"


WRITER = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from assay.workbench.experiments import life
    from assay.workbench.project import Project
    project, now = Project.at(Path(sys.argv[1])), datetime(2026, 3, 2, tzinfo=UTC)
    print("ready", flush=True)
    while True:
        life.pause(project, "greeting", reason="r", now=now)
        life.resume(project, "greeting", now=now)
"""


def test_killed_at_any_moment_every_line_is_whole(project):
    STEPS["start"](project)
    lengths = []
    for wait in (0.05, 0.11, 0.17):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(project.root)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        found = find_experiment(project, "greeting")
        lengths.append(len(found.events))
        if found.state == "paused":
            life.resume(project, "greeting", now=NOW)
    assert lengths == sorted(lengths)
    assert lengths[-1] > 1
    text = find_experiment(project, "greeting").record.read_text()
    assert all(json.loads(line) for line in text.splitlines())
