"""Scores and goals at the command line: what changed, who did, and what will be reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.analysis.scoring import assess_scores, goal_status
from assay.app.console import aligned, print_json, say, warn
from assay.app.place import take_in, this_project
from assay.core.errors import DataError, ParameterError, nearest
from assay.core.project import project_root, resolve_path
from assay.core.result import record
from assay.data.read import scan
from assay.features.judgements import judgements, score_series
from assay.features.targets import goal_weeks
from assay.params import Window
from assay.present.scoring_text import as_text, trend_rows
from assay.workbench.goals import GOALS_FILE, goal_of, metrics_of, read_goals, write_goal
from assay.workbench.metrics import declared_metrics
from assay.workbench.project import Project
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.scoring.result import GoalStatus
    from assay.core.goals import Goal
    from assay.features.judgements import Judgements

REPORT: Final = "quality"
FORMS: Final = ("table", "json", "csv", "md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The data of one set of the report on scores."""

    scores: pl.LazyFrame
    interactions: pl.LazyFrame | None
    window: Window | None
    whom: dict[str, str]
    cluster: str
    time: str
    alpha: float
    goals: str

    @classmethod
    def of(cls, set_name: str | None) -> Chosen:
        """Of the set, or of the first one.

        Raises:
            ParameterError: where there is no such set, or it names no scores.
        """
        project = this_project()
        sets = sets_of(project, REPORT)
        name = next(iter(sets)) if set_name is None else set_name
        if name not in sets:
            raise ParameterError(
                f"params/{REPORT}.yaml has no set {name!r}", remedy=nearest(name, set(sets))
            )
        values = sets[name]
        if not values.get("scores"):
            raise ParameterError(
                f"no scores are named in set {name!r} of params/{REPORT}.yaml",
                remedy="scores: store:scores, or a path",
            )
        sources = [str(values[key]) for key in ("scores", "interactions") if values.get(key)]
        if any(source.startswith("store") for source in sources):
            take_in(project)
        window = values.get("window")
        return cls(
            scores=scan(sources[0]),
            interactions=scan(sources[1]) if len(sources) > 1 else None,
            window=None if window is None else Window.model_validate(window),
            whom={str(key): str(value) for key, value in (values.get("whom") or {}).items()},
            cluster=str(values.get("cluster") or "session_id"),
            time=str(values.get("time") or "judged_at"),
            alpha=float(values.get("alpha") or 0.05),
            goals=str(values.get("goals") or GOALS_FILE),
        )

    def judged(self, whom: dict[str, str]) -> Judgements:
        """Every judgement that counts."""
        return judgements(
            self.scores,
            self.interactions,
            whom=self.whom | whom,
            cluster=self.cluster,
            time=self.time,
            window=self.window,
        )

    def known(self, column: str) -> list[str]:
        """The values of a column of interactions."""
        if self.interactions is None or column not in self.interactions.collect_schema().names():
            raise ParameterError(f"the interactions have no column {column!r}")
        found = self.interactions.select(pl.col(column).drop_nulls().unique().sort()).collect()
        return [str(value) for value in found[column]]


def show_trends(
    *, days: int, provider: str | None, experiment: str | None, form: str, set_name: str | None
) -> None:
    """Prints how each score changed within the last days, and each judge."""
    if form not in FORMS:
        raise ParameterError(f"--format {form}", remedy=f"one of {', '.join(FORMS)}")
    chosen = Chosen.of(set_name)
    asked = {"provider": provider, "experiment_id": experiment}
    whom = {column: value for column, value in asked.items() if value is not None}
    for column, value in whom.items():
        known = chosen.known(column)
        if value not in known:
            raise ParameterError(
                f"no interaction has {column} {value!r}",
                remedy=f"known: {', '.join(known)}" if known else "the column is empty",
            )
    given = chosen.judged(whom)
    last = given.rows["at"].max().date()  # type: ignore[union-attr]
    recent = last - timedelta(days=days - 1)
    first = recent - timedelta(days=days)
    given = replace(given, rows=given.rows.filter(pl.col("at").dt.date() >= first))
    names = given.rows["name"].unique()
    given = replace(
        given, scales={name: given.scales[name] for name in given.scales if name in names}
    )
    result = assess_scores(
        given,
        score_series(given.rows),
        recent_days=days,
        before_days=days,
        cluster=chosen.cluster,
        alpha=chosen.alpha,
    )
    head = {
        "before": [first.isoformat(), (recent - timedelta(days=1)).isoformat()],
        "recent": [recent.isoformat(), last.isoformat()],
        "for": whom,
        "confidence": result.confidence,
    }
    late = given.rows.filter(pl.col("at").dt.date() >= recent)
    said = as_text(head, trend_rows(record(result, kind=REPORT), _means(late)), form)
    say(said.rstrip("\n"))


def _means(rows: pl.DataFrame) -> dict[str, float]:
    found = rows.group_by("name").agg(pl.col("value").mean())
    return dict(found.iter_rows())


def list_goals(*, set_name: str | None, as_json: bool) -> None:
    """Prints the goals with where they stand."""
    chosen = Chosen.of(set_name)
    file = resolve_path(chosen.goals)
    goals = read_goals(chosen.goals) if file.exists() else ()
    states = _statuses(goals, chosen)
    if as_json:
        print_json({"goals": [_told(one) for one in states]})
        return
    if not states:
        say(f"No goals yet: `assay quality goals set NAME …` writes {chosen.goals}.")
        return
    _list(states)


def set_goal(
    name: str,
    told: dict[str, Any],
    *,
    whom: Sequence[str] | None,
    set_name: str | None,
    as_json: bool,
) -> None:
    """Writes a goal, once it is known to be one."""
    chosen = Chosen.of(set_name)
    file = resolve_path(chosen.goals)
    old = {one.name: one for one in read_goals(chosen.goals)} if file.exists() else {}
    entry: dict[str, Any] = {"name": name}
    if name in old:
        entry |= old[name].model_dump(by_alias=True, exclude_unset=True)
    entry |= {key: value for key, value in told.items() if value is not None}
    if whom:
        entry["for"] = dict(_pair(one) for one in whom)
    missing = [f"--{key}" for key in ("metric", "target", "by") if entry.get(key) is None]
    if missing:
        raise ParameterError(f"goal {name!r} is new: {', '.join(missing)} missing")
    declared = declared_metrics(Project.at(project_root()))
    if declared.get(entry["metric"], {}).get("better") == "down":
        entry.setdefault("better", "down")
    goal = goal_of(entry, "goal")
    (status,) = _statuses((goal,), chosen)
    there = write_goal(goal, file)
    if as_json:
        print_json(_told(status) | {"changed": there})
        return
    say(f"{'changed' if there else 'set'} in {chosen.goals}")
    _list((status,))


def _pair(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not (column and sign and value):
        raise ParameterError(f"--for {text!r}, expected COLUMN=VALUE, as in agent_id=planner")
    return column, value


def _statuses(goals: Sequence[Goal], chosen: Chosen) -> tuple[GoalStatus, ...]:
    if not goals:
        return ()
    try:
        scales = chosen.judged({}).scales
    except DataError as error:
        warn(f"assay: {error}")
        scales = {}
    metrics = metrics_of(goals, scales)
    return tuple(
        goal_status(
            goal,
            goal_weeks(
                goal,
                chosen.scores,
                chosen.interactions,
                metric=metrics.get(goal.metric),
                cluster=chosen.cluster,
                time=chosen.time,
                window=chosen.window,
            ),
            scale=scales.get(goal.metric),
            metric=metrics.get(goal.metric),
            alpha=chosen.alpha,
        )
        for goal in goals
    )


def _told(one: GoalStatus) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if key not in {"points", "ahead"}}


def _list(states: Sequence[GoalStatus]) -> None:
    from assay.present.prose.scoring import aimed, figures, likely  # noqa: PLC0415

    rows = [("goal", "metric", "target", "by", "now", "chance", "state")]
    for one in states:
        told = asdict(one)
        side = "≥" if one.better == "up" else "≤"
        rows.append(
            (
                one.name,
                one.metric + (f" ({one.whom})" if one.whom else ""),
                f"{side} {aimed(told)}",
                one.by,
                figures(told["now"], one.unit),
                "–" if one.probability is None else likely(one.probability),
                one.state + (f": {one.reason}" if one.reason else ""),
            )
        )
    for line in aligned(rows):
        say(line)
