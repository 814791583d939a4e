"""Schedules from the command line: from the file to a message, and what is printed to install."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
import yaml

from assay.app.cli import main
from assay.workbench.project import Project
from assay.workbench.schedule.entries import read_entries
from assay.workbench.schedule.installs import lines_to_install

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "assay.toml").write_text('[publishing]\nurl = "https://reports.example/"\n')
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params").mkdir()
    cells = [
        nbformat.v4.new_markdown_cell("# How much is it?", id="title"),
        nbformat.v4.new_code_cell(
            "from datetime import date\nday: date = date(2026, 1, 1)",
            id="parameters",
            metadata={"tags": ["parameters"]},
        ),
        nbformat.v4.new_code_cell("print(day)", id="answer"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks/10-plain.ipynb")
    (tmp_path / "params/plain.yaml").write_text("sets: {eu: {day: today}, us: {}}\n")
    write(tmp_path, 'daily: {cron: "0 9 * * *", reports: plain/eu, notify: team}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(project: Path, schedules: str) -> None:
    text = f"recipients: {{team: env:TEAM_URL}}\nschedules:\n  {schedules}\n"
    (project / "params/schedules.yaml").write_text(text)


@pytest.fixture
def assay(monkeypatch: pytest.MonkeyPatch):
    def call(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["/opt/assay/bin/assay", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0)

    return call


def test_from_the_file_to_a_message_with_a_real_notebook(
    project, assay, hook, monkeypatch, capfd
) -> None:
    url, calls = hook
    assert assay("due", "--as-of", "2026-11-02T08:00") == 0
    assert "Nothing is due; next daily, Mon 2026-11-02 09:00 UTC" in capfd.readouterr().out
    assert assay("due", "--as-of", "2026-11-03T10:00", "--dry-run") == 0
    assert "would publish plain/eu as of 2026-11-03, tell team" in capfd.readouterr().out
    assert not (project / "reports").exists()

    assert assay("due", "--as-of", "2026-11-03T10:00", "--json") == 1  # team has no address
    (done,) = json.loads(capfd.readouterr().out)["due"]
    assert (done["state"], done["left_out"]) == ("telling", 1)
    (version,) = done["versions"]
    manifest = json.loads(
        next(project.glob("reports/published/plain/eu/*/manifest.json")).read_text()
    )
    assert manifest["version"] == version["version"]
    assert "2026-11-03" in json.dumps(manifest["parameters"])
    assert not (project / "reports/published/plain/us").exists()

    monkeypatch.setenv("TEAM_URL", url)
    assert assay("due", "--as-of", "2026-11-04T09:00", "daily") == 0
    (told,) = calls
    assert told["title"] == "[Assay] How much is it?"
    newest = max(path.name for path in project.glob("reports/published/plain/eu/2*"))
    assert newest > version["version"]  # the day is another, and so is what the notebook prints
    assert f"https://reports.example/plain/eu/{newest}/index.html" in told["message"]
    assert assay("due", "--as-of", "2026-11-04T10:00") == 0
    assert assay("schedule", "list", "--json") == 0
    shown = capfd.readouterr()
    assert "hidden-token" not in shown.out + shown.err
    assert json.loads(shown.out[shown.out.index("\n[") :])[0]["last"]["state"] == "done"

    assert assay("notify", "test", "team", "--dry-run") == 0
    assert "Subject: Test: [Assay] How much is it?" in capfd.readouterr().out
    assert assay("notify", "test", "team") == 0
    assert calls[-1]["title"].startswith("Test: ")
    assert assay("notify", "test", "teem") == 2
    assert "did you mean 'team'?" in capfd.readouterr().err


def test_a_report_that_fails_makes_the_exit_code_and_is_told(
    project, assay, hook, monkeypatch, capfd
) -> None:
    url, calls = hook
    monkeypatch.setenv("TEAM_URL", url)
    (project / "params/plain.yaml").write_text("sets: {eu: {dya: 2026-01-01}}\n")
    assert assay("due", "--as-of", "2026-11-02T08:00") == 0
    assert assay("due", "--as-of", "2026-11-02T09:00") == 1
    assert "dya" in capfd.readouterr().err
    assert (calls[0]["type"], calls[0]["title"]) == ("failure", "[Assay] Failed: plain · eu")
    assert "Stays up: nothing, it was never published" in calls[0]["message"]


def test_check_names_what_the_file_gets_wrong(project, assay, capfd) -> None:
    write(project, 'daily: {cron: "0 9 * * *", reports: [plian, plain/uk], notify: team}')
    assert assay("schedule", "check") == 2
    shown = capfd.readouterr()
    for part in ("did you mean 'plain'?", "has no set 'uk'", "TEAM_URL"):
        assert part in shown.err
    write(project, 'daily: {enabled: false, cron: "0 9 * * *", reports: plain, notify: team}')
    assert assay("schedule", "check") == 0, "nobody is told yet"
    assert assay("due", "dayly") == 2
    assert "did you mean 'daily'?" in capfd.readouterr().err
    assert assay("due", "--as-of", "tomorrow") == 2
    assert assay("due", "--look-back", "long") == 2


def test_a_schedule_seen_for_the_first_time_may_look_back(project, assay, capfd) -> None:
    write(project, 'daily: {cron: "0 9 * * *", reports: plain/us}')
    assert assay("due", "--as-of", "2026-11-02T10:00", "--look-back", "2h", "--json") == 0
    assert [one["state"] for one in json.loads(capfd.readouterr().out)["due"]] == ["done"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_loop_tells_the_next_time_and_ends_when_asked(project, number) -> None:
    command = [sys.executable, "-c", "from assay.app.cli import main; main()", "schedule", "run"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as loop:
        try:
            assert loop.stdout.readline().startswith("Next: daily, ")
            time.sleep(0.2)  # it told, now it goes to sleep
            since = time.monotonic()
            loop.send_signal(number)
            assert loop.stdout.readline() == "Asked to end; nothing is left half-done.\n"
            assert loop.wait(20) == 0
            assert time.monotonic() - since < 10
        finally:
            loop.kill()


def test_the_loop_once_does_what_is_due_and_ends(project, assay, capfd) -> None:
    assert assay("schedule", "run", "--once") == 0
    assert capfd.readouterr().out == ""
    write(project, 'daily: {cron: "0 9 * *", reports: plain}')
    assert assay("schedule", "run", "--once") == 2


ODD = Path("/srv/My Reports 50%/it's $HOME")


def entries_of(project: Path):
    return read_entries(Project.at(project))


def printed(project: Path, kind, root: Path = ODD) -> str:
    return lines_to_install(
        kind, entries_of(project), assay=Path("/opt/a b/assay"), project=root, now=SUMMER
    )


def test_the_cron_line_means_the_same_to_cron_and_to_the_shell(project) -> None:
    text = printed(project, "cron")
    assert "#   TEAM_URL=…" in text
    (line,) = [line for line in text.splitlines() if line and not line.startswith("#")]
    fields, command = line.split(" ", 5)[:5], line.split(" ", 5)[5]
    assert fields == ["*/5", "*", "*", "*", "*"]
    assert "%" not in command.replace(r"\%", "")  # cron ends a command at a bare one
    words = shlex.split(command.replace(r"\%", "%"))
    assert words[:4] == ["/opt/a b/assay", "--project", str(ODD), "due"]
    assert words[4:] == [">>", f"{ODD}/.assay/due.log", "2>&1"]


def test_the_units_are_what_systemd_reads(project, tmp_path) -> None:
    text = printed(project, "systemd")
    service, timer = text.split("# Save as ")[1:]
    assert "Persistent=true" in timer
    start = next(line for line in service.splitlines() if line.startswith("ExecStart="))
    assert (
        start == 'ExecStart="/opt/a b/assay" "--project" "/srv/My Reports 50%%/it\'s $$HOME" "due"'
    )
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("systemd-analyze is not installed")
    real = printed(project, "systemd", tmp_path).replace('"/opt/a b/assay"', '"/bin/true"')
    for unit in real.split("# Save as ")[1:]:
        name, _, body = unit.partition("\n")
        (tmp_path / Path(name.partition(",")[0]).name).write_text(body)
    done = subprocess.run(
        [systemd, "verify", "--user", *map(str, sorted(tmp_path.glob("assay-due.*")))],
        capture_output=True, text=True, check=False, env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "assay-due" in line]
    assert told == []


@pytest.mark.parametrize(
    ("cron", "zone", "expected"),
    [
        ("0 9 * * *", "UTC", ["0 9 * * *"]),
        ("0 9 * * MON", "Europe/Berlin", ["0 8 * * MON", "0 7 * * MON"]),
        ("30 0 * * *", "Europe/Berlin", ["30 23 * * *", "30 22 * * *"]),
        ("30 0 * * MON", "Europe/Berlin", ["*/30 * * * *"]),  # would be Sunday in UTC
        ("0 9-17 * * *", "Asia/Kolkata", ["*/30 * * * *"]),
        ("15 9 * * *", "Asia/Kolkata", ["45 3 * * *"]),
    ],
)
def test_the_workflow_asks_at_every_time_in_utc_and_may_do_little(
    project, cron, zone, expected
) -> None:
    write(project, f'it: {{cron: "{cron}", reports: plain, notify: team, time_zone: {zone}}}')
    text = printed(project, "github")
    workflow = yaml.safe_load(text)
    assert [one["cron"] for one in workflow[True]["schedule"]] == expected  # YAML's own word: on
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["due"]["steps"]
    (due,) = [step for step in steps if "assay due" in step.get("run", "")]
    assert due["env"] == {"TEAM_URL": "${{ secrets.TEAM_URL }}"}
    (kept,) = [step for step in steps if "cache/save" in step.get("uses", "")]
    assert kept["if"] == "always()"  # what was told is remembered where a report failed, too
    assert str(ODD) not in text


def test_paths_are_printed_and_kinds_are_known(project, assay, capfd) -> None:
    assert assay("schedule", "--print", "cron") == 0
    assert f"--project {project} due" in capfd.readouterr().out
    assert assay("schedule", "--print", "crom") == 2
    assert "did you mean 'cron'?" in capfd.readouterr().err


def test_the_example_that_comes_along_is_valid_and_does_nothing(
    tmp_path, assay, monkeypatch, capfd
) -> None:
    (tmp_path / "assay.toml").write_text("")
    (tmp_path / "params").mkdir()
    shutil.copy(ROOT / "params/schedules.yaml", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    assert assay("due") == 0
    assert assay("due", "--as-of", later) == 0
    assert "Nothing is due" in capfd.readouterr().out
    assert len(entries_of(tmp_path).schedules) == 2
