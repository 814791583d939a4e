"""When a batch looks for alerts, and that versions wait for the look."""

import json
import time
from datetime import date

import pytest

from assay.workbench.alerts.looking import Looking, Lookout, await_look, looking, state_of
from assay.workbench.alerts.store import changing, read_store
from assay.workbench.alerts.watchlist import read_watchlist
from assay.workbench.digests import Digests
from assay.workbench.inputs import InputFiles

METRICS = "metrics:\n  Latency: {kind: mean, value: latency_s, better: down}\n"
WATCHED = "watched: {calls: {data: data/*.csv, until: data, metrics: Latency}}"
READ = [[InputFiles(name="data", path="data/a.csv", sha256="", bytes=0, files=1)]]
SEEN = {"version": 1, "look": {"at": "now"}, "alerts": []}


@pytest.fixture
def watching(workshop):
    workshop.write("params/metrics.yaml", METRICS)
    workshop.write("params/alerts.yaml", WATCHED)
    workshop.write("data/a.csv", "n\n1\n")
    workshop.write("seen.json", json.dumps(SEEN))
    return workshop


def begun(workshop, script: str, told: list[str], *, inputs=READ, longest=60.0) -> Looking | None:
    lookout = Lookout(command=("sh", "-c", script), tell=told.append, longest=longest)
    digests = Digests(workshop.project.state / "digests.json")
    return looking(workshop.project, lookout, inputs, digests)


def state(workshop, day: date = date(2026, 3, 1)) -> str:
    project = workshop.project
    digests = Digests(project.state / "digests.json")
    return state_of(project, read_watchlist(project), digests, day)


def note(workshop) -> None:
    with changing(workshop.project, {"state": state(workshop)}):
        pass


def test_who_puts_a_version_up_waits_for_the_look(watching) -> None:
    told: list[str] = []
    look = begun(watching, "sleep 0.3; cp seen.json data/alerts.json", told)
    assert read_store(watching.project)[1] == {}
    await_look(watching.project)
    assert read_store(watching.project)[1] == {"at": "now"}
    look.end()
    assert told == []
    await_look(watching.project)


def test_a_look_is_due_once_for_the_same_data_and_rules(watching) -> None:
    told: list[str] = []
    note(watching)
    assert begun(watching, "exit 1", told) is None
    watching.write("data/b.csv", "n\n2\n")
    begun(watching, "exit 0", told).end()
    note(watching)
    watching.write("params/alerts.yaml", f"budget: 2\n{WATCHED}")
    begun(watching, "exit 0", told).end()
    assert told == []


def test_the_day_matters_only_where_today_is_watched(watching) -> None:
    later = date(2026, 3, 2)
    assert state(watching) == state(watching, later)
    watching.write("params/alerts.yaml", WATCHED.replace("until: data", "until: today"))
    assert state(watching) != state(watching, later)


def test_where_nothing_that_is_read_is_watched_nobody_looks(watching) -> None:
    told: list[str] = []
    assert begun(watching, "exit 1", told, inputs=[[], []]) is None
    (watching.project.params / "alerts.yaml").unlink()
    assert begun(watching, "exit 1", told) is None
    assert told == []


def test_what_stands_in_the_way_is_told_and_stops_nothing(watching) -> None:
    told: list[str] = []
    look = begun(watching, "echo 'assay: no column s' >&2; exit 3", told)
    look.end()
    look.end()
    begun(watching, "exit 4", told).end()
    watching.write("params/alerts.yaml", "watchd: {}")
    assert begun(watching, "exit 1", told) is None
    assert told[:2] == [
        "nobody looked for alerts: no column s",
        "nobody looked for alerts: the look ended with code 4",
    ]
    assert "alerts.yaml:1: unknown key 'watchd'" in told[2]


def test_a_look_that_takes_too_long_or_is_stopped_holds_nobody_up(watching) -> None:
    told: list[str] = []
    since = time.monotonic()
    begun(watching, "exec sleep 60", told, longest=0.1).end()
    begun(watching, "exec sleep 60", told).stop()
    await_look(watching.project)
    assert time.monotonic() - since < 30
    assert told == ["nobody looked for alerts: the look took longer than 0.1 s, or was killed"]
