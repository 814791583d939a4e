"""Logs of gateways: LiteLLM and Helicone, by their exact field names."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assay.data.adapters import recognise
from data.adapters.log_files import log_file, only, read_all, tokens
from data.adapters.test_langfuse import as_csv

SPEND: dict[str, Any] = {
    "request_id": "chatcmpl-1", "call_type": "acompletion", "api_key": "88dc28d0f030c55ed4ab77ed",
    "spend": 0.0125, "total_tokens": 1200, "prompt_tokens": 1000, "completion_tokens": 200,
    "startTime": "2026-06-01T10:00:00.000Z", "endTime": "2026-06-01T10:00:02.500Z",
    "completionStartTime": "2026-06-01T10:00:00.400Z", "model": "gpt-4o", "model_group": "chat",
    "custom_llm_provider": "openai", "user": "owner", "end_user": "ada", "team_id": "team-1",
    "session_id": "s1", "agent_id": "concierge", "status": "success", "cache_hit": "False",
    "request_tags": ["a", "b"],
    "metadata": {
        "user_api_key": "88dc28d0f030c55ed4ab77ed", "user_api_key_alias": "ada's key",
        "spend_logs_metadata": {"plan": "gold"},
        "usage_object": {
            "prompt_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 300},
            "cache_creation_input_tokens": 100,
            "completion_tokens_details": {"reasoning_tokens": 50},
        },
    },
}  # fmt: skip
REQUEST: dict[str, Any] = {
    "response_id": "r1", "response_created_at": "2026-06-01 10:00:02.5+00", "response_status": 200,
    "request_created_at": "2026-06-01 10:00:00+00:00", "request_body": '{"model": "gpt-4o"}',
    "request_properties": {"Helicone-Session-Id": "s1", "Helicone-Session-Name": "booking",
                           "Helicone-Prompt-Id": "greeting", "Plan": "gold"},
    "request_user_id": "ada", "model": "gpt-4o", "prompt_tokens": 100, "completion_tokens": 20,
    "latency": 2500, "cost": 0.01,
}  # fmt: skip
FORMS = {
    "csv": as_csv,
    "jsonl": lambda *records: "\n".join(map(json.dumps, records)),
    "json": lambda *records: json.dumps({"data": records}),
}


@pytest.mark.parametrize("whole", ["details", "usage"])
def test_spend_logs_tell_what_is_cached_for_an_hour(tmp_path: Path, whole: str) -> None:
    kept = {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}
    usage = dict(SPEND["metadata"]["usage_object"])
    if whole == "details":
        details = usage["prompt_tokens_details"] | {"cache_creation_token_details": kept}
        usage["prompt_tokens_details"] = details
    else:
        usage["cache_creation"] = kept
    spend = SPEND | {"metadata": SPEND["metadata"] | {"usage_object": usage}}
    piece = log_file(tmp_path, "a.jsonl", FORMS["jsonl"](spend))
    row = only(read_all(piece, "litellm"))
    assert tokens(row) == (600, 300, 100, 200, 50)
    assert row["cache_write_1h_tokens"] == 40


@pytest.mark.parametrize("form", FORMS)
def test_spend_logs(tmp_path: Path, form: str) -> None:
    piece = log_file(tmp_path, f"a.{form}", FORMS[form](SPEND))
    assert recognise(piece) == "litellm"
    row = only(read_all(piece, "litellm"))
    assert tokens(row) == (600, 300, 100, 200, 50)
    expected = {
        "interaction_id": "chatcmpl-1", "occurred_at": datetime(2026, 6, 1, 10, tzinfo=UTC),
        "session_id": "s1", "user_id": "ada", "workspace_id": "team-1", "agent_id": "concierge",
        "provider": "openai", "model": "gpt-4o", "operation": "chat", "cache_hit": False,
        "cost_usd": 0.0125, "latency_s": 2.5, "first_token_s": 0.4, "succeeded": True,
        "ctx_tags": "a;b", "ctx_plan": "gold", "ctx_model_group": "chat",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert "88dc28d0f030c55ed4ab77ed" not in repr(row)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"metadata": {}}, (1000, None, None, 200, None)),
        (
            {"metadata": {"usage_object": {"cache_read_input_tokens": 900}}},
            (100, 900, None, 200, None),
        ),
        (
            {"metadata": {"usage_object": {"cache_read_input_tokens": 5000}}},
            (1000, 5000, None, 200, None),
        ),
        (
            {"metadata": {"usage_object": {"cache_read_input_tokens": 900}}, "total_tokens": 2100},
            (1000, 900, None, 200, None),
        ),
        ({"prompt_tokens": "many"}, ("many", 300, 100, 200, 50)),
    ],
)
def test_tokens_of_spend_logs_are_disjoint(
    tmp_path: Path, change: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    piece = log_file(tmp_path, "a.jsonl", json.dumps(SPEND | change))
    assert tokens(only(read_all(piece, "litellm"))) == expected


def test_a_failed_request_and_the_gateway_s_own_cache(tmp_path: Path) -> None:
    told = {"error_class": "RateLimitError", "error_message": "slow down"}
    failed = {"status": "failure", "metadata": {"error_information": told}, "end_user": ""}
    lines = [SPEND | failed, SPEND | {"cache_hit": "True", "spend": 0}]
    piece = log_file(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)))
    (chunk,) = read_all(piece, "litellm")
    first, second = chunk.found[0].frame.to_dicts()
    assert (first["succeeded"], first["error_type"]) == (False, "RateLimitError")
    assert (first["error_message"], first["user_id"]) == ("slow down", "owner")
    assert (second["cache_hit"], second["cost_usd"]) == (True, 0.0)


@pytest.mark.parametrize("form", FORMS)
def test_helicone_requests(tmp_path: Path, form: str) -> None:
    piece = log_file(tmp_path, f"a.{form}", FORMS[form](REQUEST))
    assert recognise(piece) == "helicone"
    row = only(read_all(piece, "helicone"))
    expected = {
        "interaction_id": "r1", "occurred_at": datetime(2026, 6, 1, 10, tzinfo=UTC),
        "user_id": "ada", "session_id": "s1", "workflow_id": "booking", "template_id": "greeting",
        "model": "gpt-4o", "input_tokens": 100, "output_tokens": 20, "latency_s": 2.5,
        "cost_usd": 0.01, "succeeded": True, "ctx_Plan": "gold",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(429, (False, "429")), ("500", (False, "500")), (-2, (None, None)), (302, (True, None))],
)
def test_the_status_of_a_response(tmp_path: Path, status: Any, expected: tuple[Any, Any]) -> None:
    piece = log_file(tmp_path, "a.jsonl", json.dumps(REQUEST | {"response_status": status}))
    row = only(read_all(piece, "helicone"))
    assert (row.get("succeeded"), row.get("error_type")) == expected


def test_cached_tokens_of_helicone_are_taken_off(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "a.jsonl", json.dumps(REQUEST | {"prompt_cache_read_tokens": 60}))
    assert tokens(only(read_all(piece, "helicone"))) == (40, 60, None, 20, None)
