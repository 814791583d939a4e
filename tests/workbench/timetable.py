"""A project with schedules, a publisher that makes folders, and a post office that keeps mail."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from assay.core.errors import AssayError, DataError
from assay.workbench.batch.outcome import Guard
from assay.workbench.layout import VERSION_FILES
from assay.workbench.notify.letter import Letter
from assay.workbench.notify.recipients import Address
from assay.workbench.notify.send import SendError
from assay.workbench.project import Project
from assay.workbench.publish import Outcome
from assay.workbench.schedule.entries import read_entries
from assay.workbench.schedule.ledger import Ledger, ledger_of
from assay.workbench.schedule.work import Done, Tools, attend
from assay.workbench.versions import free_id

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # a Monday


@dataclass
class Office:
    """What is published, sent and remembered, at a time that a test sets."""

    root: Path
    now: datetime = START
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: dict[str, AssayError] = field(default_factory=dict)
    published: list[tuple[str, date]] = field(default_factory=list)
    letters: list[tuple[str, Letter]] = field(default_factory=list)
    refusals: list[SendError] = field(default_factory=list)
    before_publishing: Callable[[], None] = lambda: None
    after_publishing: Callable[[], None] = lambda: None
    before_sending: Callable[[], None] = lambda: None
    environ: dict[str, str] = field(default_factory=dict)
    paused: list[float] = field(default_factory=list)

    @property
    def project(self) -> Project:
        return Project.at(self.root)

    @property
    def ledger(self) -> Ledger:
        return ledger_of(self.project)

    def schedules(self, text: str) -> None:
        folder = self.root / "params"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedules.yaml").write_text(text)

    def due(self, *only: str) -> list[Done]:
        entries = read_entries(self.project)
        return list(
            attend(self.project, entries, self.ledger, self.tools(), at=self.now, only=only)
        )

    def states(self, *only: str) -> list[tuple[str, str, str]]:
        return [(d.schedule, f"{d.due:%d %H:%M}", d.state) for d in self.due(*only)]

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def tools(self) -> Tools:
        return Tools(
            publish=self.publish,
            changes=differing_states,
            now=lambda: self.now,
            shared=lambda: self.now,
            pause=self.pause,
            hand_over=self.hand_over,
            environ=self.environ,
        )

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.now += timedelta(seconds=seconds)

    def publish(self, named: Any, *, as_of: date, guard: Guard) -> list[Outcome]:
        return [
            self._outcome(report, set_name, as_of, guard)
            for report, sets in named.items()
            for set_name in sets or ("default",)
        ]

    def _outcome(self, report: str, set_name: str, as_of: date, guard: Guard) -> Outcome:
        self.before_publishing()
        self.published.append((report, as_of))
        if report in self.broken:
            return outcome(report, set_name, "failed", error=self.broken[report])
        result = self.results.get(report, {"brief": None, "findings": []})
        shelf = self.root / "reports/published" / report / set_name
        key = hashlib.sha256(json.dumps(result).encode()).hexdigest()[:8]
        newest = max((path.name for path in shelf.glob("2*")), default="")
        if newest.endswith(key):
            return outcome(report, set_name, "current", version=newest)
        version = free_id(shelf, key, self.now)
        guard(report, set_name, version)
        put_up(shelf / version, result)
        self.after_publishing()
        newest = max(path.name for path in shelf.glob("2*"))
        return outcome(report, set_name, "published", version=newest)

    def hand_over(
        self,
        letter: Letter,
        address: Address,
        *,
        guard: Callable[[], None],
        **_options: object,
    ) -> str:
        self.before_sending()
        guard()
        if self.refusals:
            raise self.refusals.pop(0)
        self.letters.append((address.name, letter))
        return ""


def outcome(report: str, set_name: str, state: Any, **more: Any) -> Outcome:
    return Outcome(report=report, set_name=set_name, state=state, seconds=0.0, **more)


def put_up(folder: Path, result: dict[str, Any]) -> None:
    staged = folder.with_name(f".staging-{os.getpid()}-{folder.name}")
    staged.mkdir(parents=True)
    for name in VERSION_FILES:
        (staged / name).write_text("{}")
    (staged / "result.json").write_text(json.dumps(result))
    (staged / "report.pdf").write_bytes(b"%PDF-1.7 tiny")
    staged.rename(folder)


def differing_states(before: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    """Stands for the comparison of findings."""
    states = [(result.get("brief") or {}).get("state") for result in (before, now)]
    return () if states[0] == states[1] else (f"State: {states[0]} → {states[1]}",)


def says(state: str, title: str = "Rises", **more: Any) -> dict[str, Any]:
    return {
        "brief": {"state": state, "title": title, "subtitle": "new against old", **more},
        "findings": [],
    }


def wrong(text: str = "no rows") -> DataError:
    return DataError(text, remedy="import some")
