"""What is due is done once, by one, and completed by the next where it was stopped."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from assay.workbench import lease
from assay.workbench.lease import LeaseLostError
from assay.workbench.lock import BusyError
from assay.workbench.notify.send import SendError
from assay.workbench.schedule.entries import read_entries
from assay.workbench.schedule.loop import next_due
from workbench.timetable import START, Office, says, wrong

DAILY = """
recipients: {team: "json://hook.example"}
schedules:
  daily: {cron: "0 9 * * *", reports: x, notify: team%s}
"""


@pytest.fixture
def office(tmp_path) -> Office:
    (tmp_path / "assay.toml").write_text("")
    office = Office(tmp_path)
    office.schedules(DAILY % "")
    assert office.due() == []  # seen for the first time: nothing was missed before
    return office


def test_what_is_due_is_published_and_told_once(office) -> None:
    office.wait(hours=1)
    (done,) = office.due()
    assert (done.state, done.record["as_of"], done.is_well) == ("done", "2026-11-02", True)
    assert [told["state"] for told in done.record["told"].values()] == ["sent"]
    assert office.published == [("x", date(2026, 11, 2))]
    assert [name for name, _ in office.letters] == ["team"]
    assert office.due() == []
    office.wait(days=1)
    assert office.states() == [("daily", "03 09:00", "done")]
    assert len(office.letters) == 1  # the version is the one that was told yesterday
    assert office.published == [("x", date(2026, 11, 2)), ("x", date(2026, 11, 3))]


@pytest.mark.parametrize(
    ("policy", "expected", "left_out"),
    [
        ("", [("daily", "07 09:00", "done")], 4),
        (", catch_up: latest", [("daily", "07 09:00", "done")], 4),
        (", catch_up: none", [("daily", "07 09:00", "skipped")], 4),
        (", catch_up: none, grace: 1d", [("daily", "07 09:00", "done")], 4),
        (", catch_up: all", [("daily", f"0{day} 09:00", "done") for day in range(3, 8)], 0),
        (", catch_up: all, at_most: 2", [("daily", f"0{day} 09:00", "done") for day in (6, 7)], 3),
    ],
)
def test_after_a_downtime_the_policy_decides(office, policy, expected, left_out) -> None:
    office.schedules(DAILY % policy)
    office.wait(hours=1)
    assert office.states() == [("daily", "02 09:00", "done")]
    office.wait(days=5, hours=1)
    done = office.due()
    assert [(d.schedule, f"{d.due:%d %H:%M}", d.state) for d in done] == expected
    assert done[0].record["left_out"] == left_out
    days = [day for _, day in office.published[1:]]
    assert days == [date(2026, 11, int(due[:2])) for _, due, state in expected if state == "done"]
    assert office.due() == []


def test_relative_dates_count_from_the_day_it_was_due_in_its_zone_or_from_today(office) -> None:
    office.schedules("""
schedules:
  late: {cron: "30 23 * * *", reports: x, time_zone: America/New_York}
  now: {cron: "30 23 * * *", reports: y, time_zone: America/New_York, as_of: today}
""")
    assert office.due() == []
    office.wait(days=2)  # 08:00 UTC on the 4th, due at 04:30 UTC, which is the 3rd over there
    assert [d.record["as_of"] for d in office.due()] == ["2026-11-03", "2026-11-04"]


def test_a_clock_that_jumps_back_or_far_ahead_repeats_and_swallows_nothing(office) -> None:
    office.wait(hours=1)
    office.due()
    office.wait(days=-3)
    assert office.due() == []
    office.now = START + timedelta(days=365)
    assert len(office.due()) == 1
    office.now = START + timedelta(days=1, hours=1)
    assert office.states() == [("daily", "03 09:00", "done")]


def test_new_times_and_schedules_switched_on_again_have_missed_nothing(office) -> None:
    office.wait(hours=1)
    office.due()
    office.schedules(DAILY.replace("0 9 * * *", "0 * * * *") % "")
    office.wait(minutes=30)
    office.wait(days=2)
    assert office.due() == []
    office.wait(hours=1)
    assert len(office.due()) == 1
    office.schedules(DAILY % ", enabled: false")
    office.wait(days=2)
    assert office.due() == []
    office.schedules(DAILY % "")
    assert office.due() == []
    office.wait(days=1)
    assert len(office.due()) == 1


def test_a_failure_is_retried_ever_later_then_told_with_its_cause_and_what_stays_up(office) -> None:
    office.schedules(DAILY % ", on_failure: {retries: 2, backoff: 5m}")
    office.due()
    office.wait(hours=1)
    office.due()
    office.wait(days=1)
    office.broken["x"] = wrong("no rows in d.csv")
    (done,) = office.due()
    assert (done.state, done.is_well, len(office.letters)) == ("retry", False, 1)
    coming = next_due(read_entries(office.project), office.ledger, office.now)
    assert coming == ("daily", office.now + timedelta(minutes=5))
    office.wait(minutes=4)
    assert office.due() == []
    office.wait(minutes=1)
    assert office.states() == [("daily", "03 09:00", "retry")]
    office.wait(minutes=9)
    assert office.due() == []
    office.wait(minutes=1)
    assert office.states() == [("daily", "03 09:00", "failed")]
    assert office.due() == []
    _, letter = office.letters[-1]
    assert (letter.subject, letter.bad) == ("[Assay] Failed: x", True)
    for part in (
        "Cause: no rows in d.csv",
        "What to do: import some",
        "Stays up: version 2026-11-02T",
    ):
        assert part in letter.plain
    assert "1 day old" in letter.plain


def test_a_retry_that_goes_well_is_told_as_news_and_failures_go_to_their_own_people(office) -> None:
    office.schedules("""
recipients: {team: "json://a.example", ops: "json://b.example"}
schedules:
  daily:
    cron: "0 9 * * *"
    reports: [x, y]
    notify: team
    on_failure: {notify: ops, retries: 1}
""")
    office.due()
    office.wait(hours=1)
    office.broken["y"] = wrong()
    assert [d.state for d in office.due()] == ["retry"]
    assert [name for name, _ in office.letters] == ["team"]  # x is up; y may still come
    office.broken.clear()
    office.wait(minutes=5)
    assert [d.state for d in office.due()] == ["done"]
    assert [name for name, _ in office.letters] == ["team", "team"]
    assert "y" in office.letters[1][1].plain.split("\n")[2]
    office.broken["y"] = office.broken["x"] = wrong()
    office.wait(days=1)
    office.due()
    office.wait(minutes=5)
    assert [d.state for d in office.due()] == ["failed"]
    assert [name for name, _ in office.letters[2:]] == ["ops"]


def test_in_quiet_mode_only_a_changed_finding_is_told(office) -> None:
    office.schedules(DAILY % ", quiet: true")
    office.due()
    told = []
    for day, result in enumerate(
        [says("undecided"), says("undecided", "Rises 2"), says("ship"), says("ship", "x")]
    ):
        office.now = START + timedelta(days=day, hours=1)
        office.results["x"] = result
        (done,) = office.due()
        told.append(done.record["told"]["team"]["state"])
    assert told == ["sent", "unchanged", "sent", "unchanged"]
    assert "Changed: State: undecided → ship" in office.letters[1][1].plain


def test_what_changed_is_told_since_the_version_that_was_read_last(office) -> None:
    office.schedules(DAILY % ", quiet: true")
    office.due()
    office.results["x"] = says("undecided")
    office.wait(hours=1)
    office.due()
    office.schedules(DAILY.replace("notify: team", "notify: []") % "")
    office.results["x"] = says("ship")
    office.wait(days=1)
    office.due()
    office.schedules(DAILY % ", quiet: true")
    office.results["x"] = says("ship", "Rises more")
    office.wait(days=1)
    (done,) = office.due()
    assert done.record["told"]["team"]["state"] == "sent"
    assert "undecided → ship" in office.letters[-1][1].plain


def test_a_server_that_refuses_is_asked_again_and_what_was_published_stays(office) -> None:
    office.refusals = [SendError("busy"), SendError("busy")]
    office.wait(hours=1)
    (done,) = office.due()
    assert (done.state, done.is_well) == ("telling", False)
    assert done.record["told"]["team"]["note"] == "busy"
    assert office.due() == []
    office.wait(minutes=1)
    assert [d.state for d in office.due()] == ["telling"]
    office.wait(minutes=2)
    (done,) = office.due()
    assert (done.state, done.is_well, len(office.letters)) == ("done", True, 1)
    assert len(office.published) == 1
    assert "before" not in office.letters[0][1].plain  # it was refused, so nobody has it


def test_a_message_is_given_up_in_the_end_and_what_cannot_arrive_is_not_tried_again(office) -> None:
    office.refusals = [SendError("busy")] * 100
    office.wait(hours=1)
    states = []
    for _ in range(8):
        states += [d.state for d in office.due()]
        office.wait(hours=1)
    assert states == ["telling"] * 5 + ["done"]
    assert not [d for d in office.due() if d.state == "telling"]
    office.refusals = [SendError("no such mailbox", for_good=True)]
    office.results["x"] = says("ship")
    office.wait(days=1)
    (done,) = office.due()
    assert (done.state, done.is_well) == ("done", False)


def test_a_recipient_without_an_address_holds_up_nobody_else(office) -> None:
    office.schedules("""
recipients: {lost: env:NOWHERE, team: "json://hook.example"}
schedules: {daily: {cron: "0 9 * * *", reports: x, notify: [lost, team]}}
""")
    office.due()
    office.wait(hours=1)
    (done,) = office.due()
    assert {name: told["state"] for name, told in done.record["told"].items()} == {
        "lost": "failed",
        "team": "sent",
    }
    assert "NOWHERE" in done.record["told"]["lost"]["note"]
    office.environ["NOWHERE"] = "json://found.example"
    office.wait(minutes=1)
    assert [d.state for d in office.due()] == ["done"]
    assert [name for name, _ in office.letters] == ["team", "lost"]


class Killed(BaseException):
    """The process is no more."""


def killed() -> None:
    raise Killed


def nothing() -> None:
    pass


@pytest.fixture
def _dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are killed let go of nothing, and are known to be dead."""
    monkeypatch.setattr("assay.workbench.schedule.work._let_go", lambda _lease: None)
    monkeypatch.setattr("assay.workbench.notify.tell.let_go", lambda _claims: None)
    monkeypatch.setattr(lease, "_runs", lambda _process, _started: False)


@pytest.mark.usefixtures("_dead")
def test_killed_while_publishing_it_is_completed_by_the_next_call(office) -> None:
    office.wait(hours=1)
    office.before_publishing = killed
    with pytest.raises(Killed):
        office.due()
    assert office.letters == []
    office.before_publishing = nothing
    office.wait(minutes=1)
    assert office.states() == [("daily", "02 09:00", "done")]
    assert len(office.letters) == 1


def test_interrupted_it_lets_go_and_the_next_call_goes_on_at_once(office) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    office.wait(hours=1)
    for moment in ("before_publishing", "before_sending"):
        setattr(office, moment, interrupted)
        with pytest.raises(KeyboardInterrupt):
            office.due()
        setattr(office, moment, nothing)
    assert office.states() == [("daily", "02 09:00", "done")]
    assert (len(office.letters), len(office.published)) == (1, 1)


@pytest.mark.usefixtures("_dead")
def test_killed_between_putting_up_and_noting_both_versions_are_told_once(office) -> None:
    """The data change before the turn of the due time comes again: a newer version follows."""
    office.results["x"] = says("up", "First")
    office.after_publishing = killed
    office.wait(hours=1)
    with pytest.raises(Killed):
        office.due()
    office.after_publishing = nothing
    office.results["x"] = says("down", "Second")
    office.wait(minutes=1)
    (done,) = office.due()
    up = sorted(path.name for path in (office.root / "reports/published/x/default").glob("2*"))
    assert [one["version"] for one in done.record["versions"]] == up
    assert len(up) == 2
    ((_, letter),) = office.letters
    assert "First" in letter.plain
    assert "Second" in letter.plain
    assert office.due() == []


def test_what_was_to_be_put_up_and_never_was_is_not_told(office) -> None:
    office.wait(hours=1)
    intents = office.ledger.place("daily", office.now) / "versions/x/default"
    intents.mkdir(parents=True)
    (intents / "2026-11-02T090000Z-01234567").touch()
    (done,) = office.due()
    assert [one["version"][-8:] for one in done.record["versions"]] != ["01234567"]
    assert len(done.record["versions"]) == 1


def test_killed_before_it_could_write_its_record_it_is_still_due(office) -> None:
    office.wait(hours=1)
    office.ledger.place("daily", office.now).mkdir(parents=True)
    assert office.states() == [("daily", "02 09:00", "done")]


@pytest.mark.usefixtures("_dead")
def test_killed_while_sending_it_is_sent_again_and_says_so(office) -> None:
    office.wait(hours=1)
    office.before_sending = killed
    with pytest.raises(Killed):
        office.due()
    office.before_sending = nothing
    assert office.states() == [("daily", "02 09:00", "done")]
    ((_, letter),) = office.letters
    assert "You may have got this message before." in letter.plain
    assert len(office.published) == 1


@pytest.mark.usefixtures("_dead")
def test_what_was_confirmed_is_not_sent_again_whatever_is_killed_after(office, monkeypatch) -> None:
    office.wait(hours=1)
    monkeypatch.setattr("assay.workbench.schedule.work._Worker._note", lambda *_: killed())
    with pytest.raises(Killed):
        office.due()
    assert len(office.letters) == 1
    monkeypatch.undo()
    monkeypatch.setattr(lease, "_runs", lambda _process, _started: False)
    assert office.states() == [("daily", "02 09:00", "done")]
    assert len(office.letters) == 1


@pytest.mark.usefixtures("_dead")
def test_a_report_that_kills_its_process_each_time_fails_in_the_end(office) -> None:
    office.wait(hours=1)
    office.before_publishing = killed
    for _ in range(5):
        with pytest.raises(Killed):
            office.due()
    (done,) = office.due()
    assert done.state == "failed"
    assert "stopped in the middle 5 times" in office.letters[0][1].plain


@pytest.mark.usefixtures("_dead")
def test_what_was_stopped_long_ago_gives_way_to_what_is_due_now(office) -> None:
    office.wait(hours=1)
    office.before_publishing = killed
    with pytest.raises(Killed):
        office.due()
    office.before_publishing = nothing
    office.wait(days=3)
    assert office.states() == [("daily", "02 09:00", "skipped"), ("daily", "05 09:00", "done")]
    assert [day for _, day in office.published] == [date(2026, 11, 5)]


def test_who_sleeps_over_its_lease_puts_nothing_up_and_tells_nobody(office, monkeypatch) -> None:
    other = Office(office.root, now=office.now)

    def sleep_while_another_does_it() -> None:
        office.before_publishing = nothing
        monkeypatch.setattr(lease, "_machine", lambda: "another")
        other.now = office.now + timedelta(minutes=10)
        assert other.states() == [("daily", "02 09:00", "done")]
        monkeypatch.undo()

    office.wait(hours=1)
    office.results["x"] = says("ship")
    other.results["x"] = says("ship", "seen by the other")
    office.before_publishing = sleep_while_another_does_it
    assert office.states() == [("daily", "02 09:00", "lost")]
    assert (len(other.letters), office.letters) == (1, [])
    assert len(list((office.root / "reports/published/x/default").iterdir())) == 1


def test_who_sleeps_right_before_sending_sends_nothing(office, monkeypatch) -> None:
    other = Office(office.root, now=office.now)

    def sleep() -> None:
        monkeypatch.setattr(lease, "_machine", lambda: "another")
        other.now = office.now + timedelta(minutes=10)
        assert other.states() == [("daily", "02 09:00", "done")]
        monkeypatch.undo()

    office.wait(hours=1)
    office.before_sending = sleep
    assert office.states() == [("daily", "02 09:00", "lost")]
    assert (len(other.letters), office.letters) == (1, [])


def test_while_another_publishes_it_waits_for_its_turn(office) -> None:
    office.wait(hours=1)
    calls = []
    publish = office.publish

    def busy_at_first(*arguments, **options):
        calls.append(1)
        if len(calls) < 3:
            raise BusyError("this project is being published")
        return publish(*arguments, **options)

    office.publish = busy_at_first
    assert office.states() == [("daily", "02 09:00", "done")]
    assert len(office.paused) == 2


def test_two_schedules_tell_one_recipient_of_a_version_once(office) -> None:
    office.schedules("""
recipients: {team: "json://hook.example", boss: "json://boss.example"}
schedules:
  one: {cron: "0 9 * * *", reports: x, notify: team}
  two: {cron: "0 9 * * *", reports: [x, y], notify: [team, boss]}
""")
    office.due()
    office.wait(hours=1)
    assert [d.state for d in office.due()] == ["done", "done"]
    assert [(who, "X" in one.subject) for who, one in office.letters] == [
        ("team", True), ("team", False), ("boss", True),
    ]  # fmt: skip
    assert "and 1 more" in office.letters[2][1].subject


def test_nothing_of_an_address_is_kept(office) -> None:
    office.schedules("""
recipients: {team: "json://hook.example/${HOOK}"}
schedules: {daily: {cron: "0 9 * * *", reports: x, notify: team}}
""")
    office.environ["HOOK"] = "hunter2hunter2"
    office.due()
    office.refusals = [SendError("cannot reach …")]
    office.wait(hours=1)
    office.due()
    office.wait(hours=1)
    office.due()
    assert len(office.letters) == 1
    for path in office.root.rglob("*"):
        if path.is_file():
            assert b"hunter2" not in path.read_bytes()


def test_a_record_tells_the_whole_story(office) -> None:
    office.wait(hours=1)
    office.due()
    place = office.ledger.place("daily", datetime(2026, 11, 2, 9, tzinfo=UTC))
    record = json.loads(max(path for path in place.iterdir() if path.is_file()).read_text())
    assert record["owner"].startswith("process ")
    assert (record["due"], record["begun"]) == ("2026-11-02T09:00:00+00:00",) * 2
    assert record["ended"] == "2026-11-02T09:00:00+00:00"
    assert record["versions"][0]["report"] == "x"
    assert LeaseLostError.__doc__
