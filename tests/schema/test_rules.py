"""Every rule of every table: a valid row passes, a row that breaks the rule fails by its name."""

from datetime import UTC, date, datetime
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from assay.core.errors import ParameterError
from assay.schema import TABLES, required_columns, rules_of, schema_of, time_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
EARLIER = datetime(2026, 6, 1, 11, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 13, tzinfo=UTC)

VALID: dict[str, dict[str, Any]] = {
    "interactions": {"interaction_id": "i1", "occurred_at": NOON},
    "sessions": {"session_id": "s1", "started_at": NOON},
    "scores": {"score_id": "q1", "interaction_id": "i1", "name": "clarity", "value": 4.0},
    "assignments": {"experiment_id": "e", "unit_id": "u1", "variant": "control"},
    "attempts": {"attempt_id": "a1", "learner_id": "l1", "attempted_at": NOON},
    "configurations": {
        "agent_id": "planner",
        "version": "2.0",
        "changed_at": NOON,
        "parameter": "temperature",
    },
    "versions": {"subject": "agent", "subject_id": "planner", "version": "2.0"},
    "calls": {"call_id": "k1", "integration": "crm", "started_at": NOON},
    "posts": {"post_id": "p1", "day": date(2026, 6, 1)},
    "accounts": {"account_id": "blog", "day": date(2026, 6, 1)},
    "touches": {"journey_id": "j1", "channel": "search", "touched_at": NOON},
    "measurements": {"run_id": "r1", "metric": "time", "value": 1.5, "measured_at": NOON},
    "prices": {
        "provider": "openai",
        "model": "gpt-5.4",
        "tier": "standard",
        "currency": "USD",
        "valid_from": date(2026, 1, 1),
        "input_per_mtok": 2.5,
    },
    "expenses": {
        "day": date(2026, 6, 1),
        "category": "people",
        "amount": -5.0,
        "currency": "EUR",
    },
    "learners": {"learner_id": "l1"},
    "roles": {"role": "analyst", "skill": "data", "required_level": 0.8},
    "awards": {"learner_id": "l1", "kind": "badge", "awarded_at": NOON},
    "recommendations": {
        "recommendation_id": "r1",
        "made_at": NOON,
        "finding": "cache the prompt",
        "status": "pending",
    },
    "actions": {"action_id": "a1", "done_at": NOON},
    "alerts": {"alert_id": "al1", "opened_at": NOON, "finding": "latency"},
    "predictions": {
        "prediction_id": "f1",
        "made_at": EARLIER,
        "target_at": NOON,
        "metric": "interactions",
        "estimate": 10.0,
    },
}

# table, rule, what a good row may hold, what breaks the rule
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "interactions",
        "reasoning_within_output",
        {"output_tokens": 10, "reasoning_tokens": 10},
        {"output_tokens": 10, "reasoning_tokens": 11},
    ),
    (
        "interactions",
        "hour_within_cache_write",
        {"cache_write_tokens": 10, "cache_write_1h_tokens": 10},
        {"cache_write_tokens": 10, "cache_write_1h_tokens": 11},
    ),
    (
        "interactions",
        "first_token_within_latency",
        {"first_token_s": 2.0, "latency_s": 2.0},
        {"first_token_s": 2.1, "latency_s": 2.0},
    ),
    ("interactions", "updated_after_occurred", {"updated_at": NOON}, {"updated_at": EARLIER}),
    (
        "interactions",
        "success_without_error",
        {"succeeded": False, "error_type": "timeout"},
        {"succeeded": True, "error_type": "timeout"},
    ),
    ("interactions", "retries_another", {"retry_of": "i0"}, {"retry_of": "i1"}),
    ("interactions", "child_of_another", {"parent_id": "i0"}, {"parent_id": "i1"}),
    (
        "interactions",
        "variant_has_experiment",
        {"experiment_id": "e", "variant": "control"},
        {"variant": "control"},
    ),
    ("sessions", "ends_after_start", {"ended_at": NOON}, {"ended_at": EARLIER}),
    ("scores", "judges_something", {"session_id": "s1"}, {"interaction_id": None}),
    (
        "scores",
        "scale_in_order",
        {"scale_low": 1.0, "scale_high": 5.0},
        {"scale_low": 4.0, "scale_high": 4.0},
    ),
    (
        "scores",
        "value_within_scale",
        {"scale_low": 4.0, "scale_high": 5.0},
        {"scale_low": 4.5, "scale_high": 5.0},
    ),
    ("scores", "value_within_scale", {"scale_high": 4.0}, {"scale_high": 3.9}),
    (
        "attempts",
        "objectives_within_total",
        {"objectives_done": 3, "objectives_total": 3},
        {"objectives_done": 4, "objectives_total": 3},
    ),
    (
        "configurations",
        "descends_from_another",
        {"parent_version": "1.9"},
        {"parent_version": "2.0"},
    ),
    (
        "configurations",
        "added_from_nothing",
        {"change": "modified", "old_value": "0.2"},
        {"change": "added", "old_value": "0.2"},
    ),
    (
        "configurations",
        "removed_to_nothing",
        {"change": "modified", "new_value": "0.2"},
        {"change": "removed", "new_value": "0.2"},
    ),
    (
        "configurations",
        "valid_without_errors",
        {"valid": True, "validation_errors": []},
        {"valid": True, "validation_errors": ["too hot"]},
    ),
    (
        "versions",
        "activated_after_created",
        {"created_at": EARLIER, "activated_at": NOON},
        {"created_at": LATER, "activated_at": NOON},
    ),
    (
        "calls",
        "success_without_error",
        {"succeeded": True},
        {"succeeded": True, "error_type": "timeout"},
    ),
    (
        "posts",
        "counted_after_publication",
        {"published_at": NOON},
        {"published_at": datetime(2026, 6, 2, tzinfo=UTC)},
    ),
    (
        "posts",
        "reach_within_impressions",
        {"impressions": 5, "reach": 5},
        {"impressions": 5, "reach": 6},
    ),
    (
        "posts",
        "clicks_within_impressions",
        {"impressions": 5, "clicks": 5},
        {"impressions": 5, "clicks": 6},
    ),
    (
        "touches",
        "revenue_from_conversion",
        {"converted": False, "revenue_usd": 0.0},
        {"converted": False, "revenue_usd": 9.0},
    ),
    (
        "prices",
        "ends_after_it_begins",
        {"valid_to": date(2026, 1, 1)},
        {"valid_to": date(2025, 12, 31)},
    ),
    ("prices", "prices_something", {"per_request": 0.1}, {"input_per_mtok": None}),
    (
        "awards",
        "expires_after_award",
        {"expires_at": LATER},
        {"expires_at": NOON},
    ),
    (
        "recommendations",
        "estimate_within_interval",
        {"estimate_low": 1.0, "estimate": 2.0, "estimate_high": 2.0},
        {"estimate_low": 1.0, "estimate": 2.0, "estimate_high": 1.5},
    ),
    (
        "recommendations",
        "estimate_within_interval",
        {"estimate_low": 1.0, "estimate_high": 2.0},
        {"estimate_low": 3.0, "estimate_high": 2.0},
    ),
    (
        "recommendations",
        "decided_after_made",
        {"status": "applied", "decided_at": NOON},
        {"status": "applied", "decided_at": EARLIER},
    ),
    ("recommendations", "pending_is_undecided", {"status": "pending"}, {"decided_at": LATER}),
    (
        "actions",
        "impact_within_interval",
        {"impact_low": -2.0, "impact": -1.0, "impact_high": 0.0},
        {"impact_low": -0.5, "impact": -1.0, "impact_high": 0.0},
    ),
    ("actions", "measured_after_done", {"measured_at": LATER}, {"measured_at": EARLIER}),
    (
        "alerts",
        "acknowledged_after_opened",
        {"acknowledged_at": NOON},
        {"acknowledged_at": EARLIER},
    ),
    ("alerts", "closed_after_opened", {"closed_at": NOON}, {"closed_at": EARLIER}),
    (
        "predictions",
        "estimate_within_interval",
        {"estimate_low": 9.0, "estimate_high": 11.0},
        {"estimate_low": 10.5, "estimate_high": 11.0},
    ),
    ("predictions", "made_before_target", {"made_at": EARLIER}, {"made_at": NOON}),
]

OF_THE_TABLE = {"primary_key", "changed_once", "read_once"}
"""Rules about several rows: they are broken by the same row twice."""


def rows(table: str, *changes: dict[str, Any]) -> pl.DataFrame:
    schema = {name: column.dtype for name, column in schema_of(table).columns().items()}
    return pl.DataFrame([VALID[table] | change for change in changes], schema=schema)


def failures(table: str, *changes: dict[str, Any]) -> dict[str, int]:
    return schema_of(table).filter(rows(table, *changes)).failure.counts()


@pytest.mark.parametrize(("table", "rule", "good", "bad"), CASES)
def test_a_rule_passes_what_is_valid_and_names_what_is_not(
    table: str, rule: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert failures(table, good) == {}
    assert failures(table, bad) == {rule: 1}


def column_cases() -> list[tuple[str, str, str, Any]]:
    broken = {"nullability": None, "inf": float("inf"), "nan": float("nan"), "min": -1}
    broken |= {"check__known": "no such word", "regex": "dollars", "max": 2}
    return [
        (table, rule, about.columns[0], broken[rule.split("|")[1]])
        for table, schema in TABLES.items()
        for rule, about in rules_of(schema).items()
        if "|" in rule
    ]


@pytest.mark.parametrize(("table", "rule", "column", "value"), column_cases())
def test_a_column_refuses_what_its_rule_forbids(
    table: str, rule: str, column: str, value: object
) -> None:
    assert rule in failures(table, {column: value})


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_of_a_table_has_a_case(table: str) -> None:
    tried = {rule for of, rule, _, _ in CASES if of == table}
    tried |= {rule for of, rule, _, _ in column_cases() if of == table}
    assert set(rules_of(TABLES[table])) - OF_THE_TABLE == tried


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_required_columns_is_valid_once_and_broken_twice(table: str) -> None:
    assert failures(table, {}) == {}
    unique = OF_THE_TABLE & set(rules_of(TABLES[table]))
    assert failures(table, {}, {}) == dict.fromkeys(unique, 2)


@pytest.mark.parametrize("table", TABLES)
def test_times_are_utc_with_microseconds(table: str) -> None:
    times = [c for c in TABLES[table].columns().values() if isinstance(c, dy.Datetime)]
    assert {column.dtype for column in times} <= {pl.Datetime("us", "UTC")}


def test_rules_are_told_in_words() -> None:
    rules = rules_of(TABLES["interactions"])
    assert rules["input_tokens|min"].broken == "input_tokens is below 0"
    assert rules["primary_key"].broken == "interaction_id appears more than once"
    assert rules["reasoning_within_output"].columns == ("reasoning_tokens", "output_tokens")
    assert rules_of(TABLES["assignments"])["primary_key"].broken == (
        "experiment_id and unit_id appear together more than once"
    )


def test_tables_know_their_required_columns_and_their_time() -> None:
    assert required_columns(TABLES["interactions"]) == ("interaction_id", "occurred_at")
    assert time_of(TABLES["interactions"]) == "occurred_at"
    assert time_of(TABLES["posts"]) == "day"
    assert time_of(TABLES["roles"]) is None


def test_an_unknown_table_offers_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"'interaction' is unknown") as error:
        schema_of("interaction")
    assert error.value.remedy == "did you mean 'interactions'?"
