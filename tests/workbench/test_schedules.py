"""What `params/schedules.yaml` may say, and how a mistake in it is told."""

import pytest

from assay.core.errors import ParameterError
from assay.workbench.notify.recipients import Address, Recipient, address_of
from assay.workbench.schedule.entries import read_entries
from workbench.timetable import Office


@pytest.fixture
def office(tmp_path) -> Office:
    (tmp_path / "assay.toml").write_text('[project]\ntime_zone = "Europe/Berlin"\n')
    return Office(tmp_path)


def test_a_schedule_says_what_is_due_when_and_for_whom(office) -> None:
    office.schedules("""
recipients:
  team: env:TEAM_URL
  boss: {url: "mailto://mail.example/?to=${BOSS}", pdf: false}
schedules:
  weekly:
    cron: "0 7 * * MON"
    reports: [ab-test/europe, ab-test/asia, data-quality]
    notify: team
    on_failure: {notify: [boss], retries: 2, backoff: 90s}
  daily: {cron: "@daily", reports: ab-test, time_zone: UTC, quiet: true, enabled: false}
""")
    entries = read_entries(office.project)
    weekly, daily = entries.schedules
    assert weekly.reports == {"ab-test": ("europe", "asia"), "data-quality": None}
    assert (weekly.cron.zone, daily.cron.zone) == ("Europe/Berlin", "UTC")
    assert (weekly.told.notify, weekly.failure_recipients) == (("team",), ("boss",))
    assert weekly.told.on_failure.backoff.total_seconds() == 90
    assert daily.failure_recipients == ()
    assert entries.recipients["boss"].pdf is False


def test_without_a_file_nothing_is_due(office) -> None:
    assert read_entries(office.project).schedules == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("schedules:\n  a:\n    crn: '@daily'\n    reports: x",
         ["schedules.yaml:3: schedule 'a': unknown key 'crn'", "did you mean 'cron'?"]),
        ("schedules:\n  a:\n    cron: '@daily'", ["schedules.yaml:2", "'reports' is missing"]),
        ("schedules:\n  a: {cron: 0 0 30 2 *, reports: x}",
         ["schedules.yaml:2: schedule 'a': cron = '0 0 30 2 *': it is never due"]),
        ("schedules:\n  a:\n    reports: x\n    cron: '@dayly'",
         ["schedules.yaml:4", "did you mean '@daily'?"]),
        ("schedules:\n  a: {cron: '@daily', reports: x, time_zone: Europe/Berln}",
         ["schedules.yaml:2: schedule 'a': time_zone", "did you mean 'Europe/Berlin'?"]),
        ("recipients: {team: env:X}\nschedules:\n  a:\n    cron: '@daily'\n    reports: x\n    notify: [teem]",
         ["schedules.yaml:6: schedule 'a': there is no recipient 'teem'", "did you mean 'team'?"]),
        ("schedules:\n  a:\n    cron: '@daily'\n    reports: x\n    on_failure: {retrys: 2}",
         ["schedules.yaml:5", "unknown key 'on_failure.retrys'", "did you mean 'retries'?"]),
        ("schedules:\n  a:\n    cron: '@daily'\n    reports: x\n    on_failure:\n      backoff: 5 minutes",
         ["schedules.yaml:6", "on_failure.backoff = '5 minutes', expected a duration such as"]),
        ("schedules:\n  a: {cron: '@daily', reports: x, catch_up: newest}",
         ["schedules.yaml:2", "'latest', 'all' or 'none'"]),
        ("schedules:\n  a: {cron: '@daily', reports: [x, x]}", ["expected each name once"]),
        ("schedules:\n  a: {cron: '@daily', reports: ../x}", ["expected the name of a report"]),
        ("schedules:\n  a: {cron: '@daily', reports: x, enabled: 'yes'}", ["enabled = 'yes'"]),
        ("schedules:\n  ../a: {cron: '@daily', reports: x}", ["expected a name of letters"]),
        ("schedule: {}", ["schedules.yaml:1: unknown key 'schedule'", "did you mean 'schedules'?"]),
        ("recipients:\n  team: {urll: env:X}", ["schedules.yaml:2: recipient 'team'", "did you mean 'url'?"]),
        ("schedules: [a]", ["schedules.yaml:1"]),
        ("- schedules", ["schedules.yaml:1: the file, expected a valid dictionary"]),
        ("schedules:\n  a: {cron: x\n", ["schedules.yaml", "line"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(office, text, told) -> None:
    office.schedules(text)
    with pytest.raises(ParameterError) as caught:
        read_entries(office.project)
    for part in told:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "mailto://me:hunter2hunter2@mail.example",
        "json://host.example/?token=hunter2hunter2",
        "env:NO SUCH",
        "team@example.org",
    ],
)
def test_a_token_in_the_file_is_refused_and_not_repeated(office, url) -> None:
    office.schedules(f"recipients:\n  team: {{url: '{url}'}}\n")
    with pytest.raises(ParameterError, match="recipient 'team'") as caught:
        read_entries(office.project)
    for secret in ("hunter2", "TIiajk", "A1BRTD4JD"):
        assert secret not in str(caught.value)


def test_an_address_comes_from_the_environment_and_shows_nothing_of_itself() -> None:
    whole = Recipient(url="env:TEAM")
    part = Recipient(url="mailto://bot:${PASSWORD}@mail.example/?to=team@example.org")
    with pytest.raises(ParameterError, match="'team' needs TEAM, which"):
        address_of("team", whole, {"TEAM": ""})
    with pytest.raises(ParameterError, match="holds no address") as caught:
        address_of("team", whole, {"TEAM": "hunter2hunter2"})
    assert "hunter2" not in str(caught.value)
    address = address_of("team", part, {"PASSWORD": "p%40ss/word"})
    assert (address.scheme, address.is_mail) == ("mailto", True)
    told = f"{address!r}: login of bot with p@ss/word (p%40ss%2Fword) at mail.example failed"
    for secret in ("p@ss", "p%40ss", "word", "mail.example"):
        assert secret not in address.masked(told)


def test_a_printed_address_is_masked_wherever_its_parts_appear() -> None:
    address = Address("team", "slack://tokenA123/tokenB456/tokenC789?footer=hidden99")
    told = address.masked("POST https://hooks.example/tokenA123/tokenB456 with hidden99: 404")
    assert told == "POST https://hooks.example/…/… with …: 404"
