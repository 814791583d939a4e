"""What to install so that `assay due` is called: a line for cron, units for systemd, a workflow."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from assay.workbench.notify.recipients import variables_of

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.schedule.entries import Entries, Entry

Kind = Literal["cron", "systemd", "github"]
KINDS: Final[dict[str, Kind]] = {"cron": "cron", "systemd": "systemd", "github": "github"}


def lines_to_install(
    kind: Kind, entries: Entries, *, assay: Path, project: Path, now: datetime
) -> str:
    """The text to install, with the paths of this machine, and what to do with it as comments.

    Args:
        kind: for which of them.
        entries: the schedules, whose times and variables it names.
        assay: the program.
        project: the project's folder.
        now: the time, which decides on the time zones' offsets.
    """
    match kind:
        case "cron":
            return _cron(entries, assay, project)
        case "systemd":
            return _systemd(entries, assay, project)
        case "github":
            return _github(entries, now)


def _variables(entries: Entries) -> tuple[str, ...]:
    found = (name for who in entries.recipients.values() for name in variables_of(who))
    return tuple(dict.fromkeys(found))


def _cron(entries: Entries, assay: Path, project: Path) -> str:
    command = shlex.join([str(assay), "--project", str(project), "due"])
    log = shlex.quote(str(project / ".assay" / "due.log"))
    line = f"{command} >> {log} 2>&1".replace("%", r"\%")
    variables = "".join(f"#   {name}=…\n" for name in _variables(entries))
    needed = (
        "# Recipients need these variables; set them above the line (crontabs are private):\n"
        f"{variables}"
        if variables
        else ""
    )
    return (
        "# Install with `crontab -e`. Times and time zones are in params/schedules.yaml: cron\n"
        "# only asks every five minutes what is due.\n"
        f"{needed}"
        f"*/5 * * * * {line}\n"
    )


def _systemd(entries: Entries, assay: Path, project: Path) -> str:
    words = " ".join(_unit_word(word) for word in (str(assay), "--project", str(project), "due"))
    folder = str(project).replace("%", "%%")
    variables = _variables(entries)
    names = (
        f"# It holds {', '.join(variables)}, one NAME=value a line; mode 600.\n"
        if variables
        else ""
    )
    return f"""# Save as ~/.config/systemd/user/assay-due.service
[Unit]
Description=Publish the reports of Assay that are due

[Service]
Type=oneshot
WorkingDirectory={folder}
ExecStart={words}
{names}EnvironmentFile=-%h/.config/assay/environment
Nice=10

# Save as ~/.config/systemd/user/assay-due.timer, then:
#   systemctl --user daemon-reload
#   systemctl --user enable --now assay-due.timer
#   loginctl enable-linger   # so that it goes on when nobody is logged in
[Unit]
Description=Ask every five minutes which reports of Assay are due

[Timer]
OnCalendar=*:0/5
Persistent=true
AccuracySec=30s

[Install]
WantedBy=timers.target
"""


def _unit_word(word: str) -> str:
    """A word as ExecStart reads it: quoted, with nothing that it would put in place of signs."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _github(entries: Entries, now: datetime) -> str:
    enabled = [entry for entry in entries.schedules if entry.told.enabled]
    times = "".join(_github_times(entry, now) for entry in enabled)
    secrets = "".join(
        f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in _variables(entries)
    )
    env = f"        env:\n{secrets}" if secrets else ""
    return f"""# Save as .github/workflows/assay.yml
# GitHub's times are UTC and know no daylight saving, and it may begin late. So each schedule is
# called at every UTC time that it can have in its time zone; `assay due` knows which one it is, and
# does nothing at the other.
name: Assay
on:
  schedule:
{times or "    - cron: '0 5 * * *'  # no schedule is enabled yet" + chr(10)}  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: assay-due
  cancel-in-progress: false
jobs:
  due:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: '3.11'
      - run: |
          python -m pip install -r requirements.lock
          if [ -f pyproject.toml ]; then python -m pip install --no-deps .; fi
      # What was done, published and told before; kept also where a report failed.
      - uses: actions/cache/restore@v4
        with:
          path: |
            .assay
            reports/published
          key: assay-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: assay-
      - run: assay due --look-back 2h
{env}      - uses: actions/cache/save@v4
        if: always()
        with:
          path: |
            .assay
            reports/published
          key: assay-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: reports
          path: reports/published
"""


def _github_times(entry: Entry, now: datetime) -> str:
    lines = [
        f"    - cron: '{expression}'  # {entry.name}: {entry.told.cron} in {entry.cron.zone}\n"
        for expression in _in_utc(entry, now)
    ]
    return "".join(dict.fromkeys(lines))


def _in_utc(entry: Entry, now: datetime) -> list[str]:
    """The expression in UTC, once for each offset of the zone; day fields may need a look.

    Where it cannot be moved (steps, several hours, a move over midnight), every half hour is asked.
    """
    minute, hour, *days = entry.cron.expression.split()
    zone = ZoneInfo(entry.cron.zone)
    year = [now.astimezone(UTC) + timedelta(days=30 * month) for month in range(12)]
    offsets = sorted({moment.astimezone(zone).utcoffset() or timedelta() for moment in year})
    if offsets == [timedelta()]:
        return [entry.cron.expression]
    if not (minute.isdigit() and hour.isdigit()):
        return ["*/30 * * * *"]
    found = []
    for offset in offsets:
        local = timedelta(hours=int(hour), minutes=int(minute)) - offset
        if not timedelta() <= local < timedelta(days=1) and days != ["*", "*", "*"]:
            return ["*/30 * * * *"]
        at = int(local.total_seconds()) // 60 % (24 * 60)
        found.append(" ".join([str(at % 60), str(at // 60), *days]))
    return found
