"""Processes that do what is due at the same time, sleep over it, or are killed at any moment."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assay.workbench.lease import look
from workbench.timetable import Office

CLERK = Path(__file__).with_name("clerk.py")
TEXT = """
recipients: {team: "json://hook.example", boss: "json://boss.example"}
schedules: {daily: {cron: "0 9 * * *", reports: x, notify: [team, boss], catch_up: all, at_most: 50}}
"""


@pytest.fixture
def office(tmp_path) -> Office:
    (tmp_path / "assay.toml").write_text("[schedules]\nlease = 0.6\n")
    office = Office(tmp_path)
    office.schedules(TEXT)
    office.due()
    return office


@contextmanager
def clerk(*arguments: object) -> Iterator[subprocess.Popen]:
    with subprocess.Popen(
        [sys.executable, str(CLERK), *map(str, arguments)], stdin=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def log_of(office: Office) -> list[list[str]]:
    file = office.root / "log"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def until(condition, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_of_two_that_call_at_the_same_moment_one_does_it_and_each_is_told_once(office) -> None:
    rounds = 8
    with clerk("race", office.root, rounds) as one, clerk("race", office.root, rounds) as other:
        begin = time.time() + 3
        for process in (one, other):
            process.stdin.write(f"{begin}\n")
            process.stdin.flush()
        assert (one.wait(240), other.wait(240)) == (0, 0)
    log = log_of(office)
    handed = Counter((words[1], words[2]) for words in log if words[0] == "handed")
    assert len(handed) == 2 * rounds
    assert set(handed.values()) == {1}
    done = Counter(words[1] for words in log if words[0] == "did" and words[2] == "done")
    assert set(done.values()) == {1}
    assert len(done) == rounds
    assert len(list((office.root / "reports/published/x/default").glob("2*"))) == rounds


def test_who_is_stopped_past_its_lease_wakes_up_to_nothing_left_to_do(office) -> None:
    with clerk("hold", office.root) as sleeper:
        until(lambda: log_of(office))
        os.kill(sleeper.pid, signal.SIGSTOP)
        (office.root / "go").touch()
        time.sleep(0.8)  # longer than the lease
        with clerk("hold", office.root) as heir:
            assert heir.wait(240) == 0
        assert [words[:-1] for words in log_of(office)[2:]][-1] == ["did", "2", "done"]
        os.kill(sleeper.pid, signal.SIGCONT)
        assert sleeper.wait(240) == 0
    log = [words[:-1] for words in log_of(office)]
    assert log[-1] == ["did", "2", "lost"]
    assert sum(words[0] == "handed" for words in log) == 2
    assert len(list((office.root / "reports/published/x/default").glob("2*"))) == 1


def test_killed_at_any_moment_nothing_is_lost_and_what_was_confirmed_is_not_repeated(
    office,
) -> None:
    with clerk("soak", office.root, 1) as parent:
        assert parent.wait(240) == 0
    confirmed: set[str] = set()
    handed: Counter[str] = Counter()
    for kind, *words in log_of(office):
        if kind == "confirmed":
            confirmed.add(words[0])
        elif kind == "handed":
            assert words[0] not in confirmed
            handed[words[0]] += 1
    assert confirmed  # one that was killed before it could write to the log is missing in it
    assert confirmed <= set(handed)
    times = office.ledger.times("daily")
    assert [day.day for day in times] == list(range(2, 11))
    assert {office.ledger.record("daily", day)["state"] for day in times} == {"done"}
    versions = sorted(
        path.name for path in (office.root / "reports/published/x/default").glob("2*")
    )
    noted = {
        one["version"] for day in times for one in office.ledger.record("daily", day)["versions"]
    }
    told = list((office.ledger.outbox / "versions/x/default").glob("*/*"))
    assert len(noted) > 3
    assert set(versions) <= noted  # what was to be put up, and is there
    assert len(told) == 2 * len(versions)
    assert {look(claim)["state"] for claim in told} == {"sent"}
