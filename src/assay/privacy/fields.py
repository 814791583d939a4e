"""What each text column of each table may hold, which decides how it is kept."""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["person", "judge", "id", "ids", "label", "labels", "message", "messages", "text"]
"""How a column is treated.

person: always a pseudonym. judge: a label where the row's `source` says model or rule, else a
person. id: tells rows apart and joins them; ids: one, or a list in one text. label, labels: a name
out of a few, or a list of such.
message, messages: what a program said, kept as a template. text: what people wrote, dropped.
"""

_AGENT: Final[dict[str, Kind]] = {"agent_id": "label"}

FIELDS: Final[dict[str, dict[str, Kind]]] = {
    "interactions": {
        "interaction_id": "id",
        "trace_id": "id",
        "parent_id": "id",
        "session_id": "id",
        "item_id": "label",
        "user_id": "person",
        "user_type": "label",
        "workspace_id": "label",
        **_AGENT,
        "agent_version": "label",
        "template_id": "label",
        "template_version": "label",
        "workflow_id": "label",
        "provider": "label",
        "model": "label",
        "service_tier": "label",
        "operation": "label",
        "tool": "label",
        "prefix_hash": "ids",
        "error_type": "label",
        "error_message": "message",
        "retry_of": "id",
        "experiment_id": "label",
        "variant": "label",
    },
    "sessions": {"session_id": "id", "user_id": "person", **_AGENT, "outcome": "label"},
    "scores": {
        "score_id": "id",
        "interaction_id": "id",
        "session_id": "id",
        "name": "label",
        "source": "label",
        "judge_id": "judge",
        "comment": "text",
    },
    "assignments": {
        "experiment_id": "label",
        "unit_id": "person",
        "variant": "label",
        "stratum": "label",
    },
    "attempts": {
        "attempt_id": "id",
        "session_id": "id",
        "learner_id": "person",
        "team_id": "label",
        "skills": "labels",
        "task_id": "label",
    },
    "configurations": {
        **_AGENT,
        "version": "label",
        "parent_version": "label",
        "workspace_id": "label",
        "user_id": "person",
        "changed_by": "person",
        "kind": "label",
        "category": "label",
        "element": "label",
        "change": "label",
        "parameter": "label",
        "old_value": "label",
        "new_value": "label",
        "impact_level": "label",
        "claimed_impact": "label",
        "validation_errors": "messages",
    },
    "versions": {
        "subject": "label",
        "subject_id": "label",
        "version": "label",
        "name": "label",
        "content": "text",
        "variables": "labels",
        "customization_level": "label",
        "created_by": "person",
    },
    "calls": {
        "call_id": "id",
        "interaction_id": "id",
        "integration": "label",
        "error_type": "label",
    },
    "posts": {"post_id": "id", "account_id": "label", "platform": "label", "text": "text"},
    "accounts": {"account_id": "label", "platform": "label"},
    "touches": {"journey_id": "person", "channel": "label"},
    "measurements": {
        "run_id": "label",
        "suite": "label",
        "workload": "label",
        "name": "label",
        "metric": "label",
        "unit": "label",
        "provider": "label",
        "revision": "label",
        "environment": "label",
    },
    "prices": {
        "provider": "label",
        "model": "label",
        "aliases": "labels",
        "tier": "label",
        "currency": "label",
        "source": "label",
    },
    "expenses": {"category": "label", "currency": "label", "owner": "person", **_AGENT},
    "learners": {"learner_id": "person", "team_id": "label", "role": "label"},
    "roles": {"role": "label", "skill": "label"},
    "awards": {"learner_id": "person", "kind": "label"},
    "recommendations": {
        "recommendation_id": "id",
        **_AGENT,
        "finding": "label",
        "unit": "label",
        "status": "label",
        "decided_by": "person",
    },
    "actions": {
        "action_id": "id",
        "recommendation_id": "id",
        **_AGENT,
        "done_by": "person",
        "description": "text",
        "unit": "label",
    },
    "alerts": {
        "alert_id": "id",
        **_AGENT,
        "finding": "label",
        "severity": "label",
        "metric": "label",
    },
    "predictions": {"prediction_id": "id", **_AGENT, "metric": "label", "unit": "label"},
}

CODE: Final = frozenset({"measurements.suite", "measurements.workload", "measurements.name"})
"""Labels that name code (a benchmark, a command with its parameters), which may have blanks."""
