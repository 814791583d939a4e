"""Spans in current, older and other people's names; evaluations; and what is none of ours."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assay.data.adapters import recognise
from data.adapters.log_files import log_file, only, read_all, rows_of, tokens

TRACE, SPAN, PARENT = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "eee19b7ec3c1b173"
START = 1_780_308_000_000_000_000  # 2026-06-01T10:00:00Z


def value(given: Any) -> dict[str, Any]:
    match given:
        case bool():
            return {"boolValue": given}
        case int():
            return {"intValue": str(given)}
        case float():
            return {"doubleValue": given}
        case list():
            return {"arrayValue": {"values": [value(one) for one in given]}}
        case _:
            return {"stringValue": given}


def attributes(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": value(one)} for name, one in given.items()]


def span(told: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "parentSpanId": PARENT,
        "name": "chat",
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 1_500_000_000),
        "attributes": attributes(told),
        **more,
    }


def document(*spans: dict[str, Any], service: str = "shop") -> str:
    resource = {"attributes": attributes({"service.name": service, "service.version": "7"})}
    scopes = [{"scope": {"name": "x"}, "spans": list(spans)}]
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}) + "\n"


CURRENT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
    "gen_ai.usage.cache_read.input_tokens": 300,
    "gen_ai.usage.cache_creation.input_tokens": 100,
    "gen_ai.usage.reasoning.output_tokens": 50,
    "gen_ai.conversation.id": "conv_1",
    "gen_ai.agent.name": "concierge",
    "gen_ai.agent.version": "3",
    "gen_ai.prompt.name": "greeting",
    "gen_ai.workflow.name": "booking",
    "gen_ai.response.time_to_first_chunk": 0.25,
}


def test_current_names(tmp_path: Path) -> None:
    row = only(read_all(log_file(tmp_path, "a.jsonl", document(span(CURRENT))), "otel"))
    assert row == {
        "interaction_id": f"{TRACE}-{SPAN}",
        "trace_id": TRACE,
        "parent_id": f"{TRACE}-{PARENT}",
        "occurred_at": datetime(2026, 6, 1, 10, tzinfo=UTC),
        "session_id": "conv_1",
        "agent_id": "concierge",
        "agent_version": "3",
        "template_id": "greeting",
        "workflow_id": "booking",
        "provider": "openai",
        "model": "gpt-4o-2024-08-06",
        "operation": "chat",
        "input_tokens": 600,
        "cache_read_tokens": 300,
        "cache_write_tokens": 100,
        "output_tokens": 200,
        "reasoning_tokens": 50,
        "latency_s": 1.5,
        "first_token_s": 0.25,
        "succeeded": True,
        "row": 1,
    }


def test_older_names_and_a_vendor_s_cost(tmp_path: Path) -> None:
    told = {
        "gen_ai.system": "anthropic",
        "gen_ai.request.model": "claude",
        "gen_ai.usage.prompt_tokens": 700,
        "gen_ai.usage.completion_tokens": 90,
        "gen_ai.usage.cache_read_input_tokens": 200,
        "gen_ai.usage.cost": 0.0125,
        "gen_ai.environment": "prod",
        "traceloop.association.properties.user_id": "ada",
        "traceloop.association.properties.plan": "gold",
        "llm.request.type": "chat",
    }
    row = only(read_all(log_file(tmp_path, "a.jsonl", document(span(told))), "otel"))
    assert tokens(row) == (500, 200, None, 90, None)
    assert (row["provider"], row["model"], row["cost_usd"]) == ("anthropic", "claude", 0.0125)
    assert (row["user_id"], row["operation"]) == ("ada", "chat")
    assert (row["ctx_plan"], row["ctx_environment"]) == ("gold", "prod")
    assert (row["agent_id"], row["agent_version"]) == ("shop", "7")


def test_openinference_names(tmp_path: Path) -> None:
    told = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-4o",
        "llm.provider": "openai",
        "llm.token_count.prompt": 100,
        "llm.token_count.completion": 20,
        "llm.token_count.total": 120,
        "llm.token_count.prompt_details.cache_read": 64,
        "llm.token_count.completion_details.reasoning": 5,
        "llm.cost.total": 0.5,
        "session.id": "s",
        "user.id": "u",
        "metadata": json.dumps({"plan": "gold", "nested": {"a": 1}}),
        "tag.tags": ["one", "two"],
    }
    first = {"name": "First Token Stream Event", "timeUnixNano": str(START + 400_000_000)}
    piece = log_file(tmp_path, "a.jsonl", document(span(told, events=[first])))
    row = only(read_all(piece, "otel"))
    assert tokens(row) == (36, 64, None, 20, 5)
    assert (row["model"], row["provider"], row["operation"]) == ("gpt-4o", "openai", "chat")
    assert (row["session_id"], row["user_id"], row["cost_usd"]) == ("s", "u", 0.5)
    assert (row["first_token_s"], row["ctx_plan"]) == (0.4, "gold")
    assert "ctx_nested" not in row


@pytest.mark.parametrize(
    ("total", "read", "cached", "expected", "warned"),
    [
        (None, 300, None, 700, False),  # the habit: inside
        (1200, 300, None, 700, False),  # the total says: inside
        (1500, 300, None, 1000, False),  # the total says: beside
        (None, 1300, None, 1000, True),  # cannot be inside
        (None, 300, "beside", 1000, False),  # the user says so
        (1500, 300, "inside", 700, False),  # against the total, too
    ],
)
def test_input_tokens_are_disjoint(
    tmp_path: Path, total: int | None, read: int, cached: Any, expected: int, warned: Any
) -> None:
    told = {
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 200,
        "gen_ai.usage.cache_read.input_tokens": read,
    } | ({"gen_ai.usage.total_tokens": total} if total else {})
    piece = log_file(tmp_path, "a.jsonl", document(span(told)))
    chunks = read_all(piece, "otel", cached=cached)
    assert tokens(only(chunks))[:2] == (expected, read)
    assert any("more cached tokens" in w for w in chunks[0].warnings) is warned


@pytest.mark.parametrize(
    ("more", "told", "expected"),
    [
        ({}, {}, (True, None, None)),
        ({"status": {}}, {}, (True, None, None)),
        ({"status": {"code": 1}}, {}, (True, None, None)),
        ({"status": {"code": 2, "message": "no"}}, {}, (False, None, "no")),
        ({"status": {"code": "STATUS_CODE_ERROR"}}, {}, (False, None, None)),
        ({}, {"error.type": "timeout"}, (False, "timeout", None)),
        ({"status": {"code": 1}}, {"error.type": "timeout"}, (False, "timeout", None)),
        ({"events": "exception"}, {}, (False, "ValueError", "bad")),
        ({"events": "exception", "status": {"code": 1}}, {}, (True, None, None)),
        ({"endTimeUnixNano": "0"}, {}, (None, None, None)),
    ],
)
def test_outcome(tmp_path: Path, more: dict[str, Any], told: dict[str, Any], expected: Any) -> None:
    if "events" in more:
        failed = {"exception.type": "ValueError", "exception.message": "bad"}
        more = more | {"events": [{"name": "exception", "attributes": attributes(failed)}]}
    piece = log_file(tmp_path, "a.jsonl", document(span(CURRENT | told, **more)))
    row = only(read_all(piece, "otel"))
    got = tuple(row.get(name) for name in ("succeeded", "error_type", "error_message"))
    assert got == expected


def test_a_tool_is_a_call_as_well(tmp_path: Path) -> None:
    told = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
    chunks = read_all(log_file(tmp_path, "a.jsonl", document(span(told))), "otel")
    assert (only(chunks)["operation"], only(chunks)["tool"]) == ("execute_tool", "search")
    call = only(chunks, "calls")
    assert call["call_id"] == only(chunks)["interaction_id"]
    assert call["interaction_id"] == f"{TRACE}-{PARENT}"
    assert (call["integration"], call["duration_s"], call["succeeded"]) == ("search", 1.5, True)


def test_totals_of_an_agent_do_not_count_twice(tmp_path: Path) -> None:
    agent = span(CURRENT | {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.cost": 1.0})
    piece = log_file(tmp_path, "a.jsonl", document(agent))
    chunks = read_all(piece, "otel")
    assert tokens(only(chunks)) == (None,) * 5
    assert "cost_usd" not in only(chunks)
    assert "totals of agent" in chunks[0].warnings[0]
    assert tokens(only(read_all(piece, "otel", agent_totals=True))) == (600, 300, 100, 200, 50)


EVALUATION = {
    "gen_ai.evaluation.name": "relevance",
    "gen_ai.evaluation.score.value": 0.8,
    "gen_ai.evaluation.score.label": "relevant",
    "gen_ai.evaluation.explanation": "to the point",
}


def test_evaluations_are_scores_as_events_and_as_logs(tmp_path: Path) -> None:
    event = {
        "name": "gen_ai.evaluation.result",
        "timeUnixNano": str(START),
        "attributes": attributes(EVALUATION),
    }
    log = {
        "timeUnixNano": str(START),
        "traceId": TRACE,
        "spanId": SPAN,
        "eventName": "gen_ai.evaluation.result",
        "attributes": attributes(EVALUATION | {"gen_ai.evaluation.name": "clarity"}),
    }
    other = {"timeUnixNano": str(START), "body": {"stringValue": "hello"}}
    logs = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [log, other]}]}]})
    chunks = read_all(
        log_file(tmp_path, "a.jsonl", document(span(CURRENT, events=[event])) + logs), "otel"
    )
    interaction = only(chunks)["interaction_id"]
    first, second = rows_of(chunks, "scores")
    assert (first["name"], second["name"]) == ("relevance", "clarity")
    assert {first["interaction_id"], second["interaction_id"]} == {interaction}
    assert (first["value"], first["comment"]) == (0.8, "to the point")
    assert first["judged_at"] == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert first["score_id"] != second["score_id"]
    assert chunks[0].skipped == {"log record that is no evaluation": 1}


def test_what_is_none_of_ours_is_counted(tmp_path: Path) -> None:
    http = span({"http.request.method": "GET"})
    metrics = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{}, {}]}]}]})
    text = document(http, span(CURRENT)) + "not json\n\n[1]\n" + metrics + '\n{"a": 1}\n'
    (chunk,) = read_all(log_file(tmp_path, "a.jsonl", text), "otel")
    assert chunk.read == 7
    assert {broken.row: broken.reason for broken in chunk.broken} == {
        3: "is no JSON",
        4: "is JSON, but no object",
    }
    assert sorted(chunk.skipped.values()) == [1, 1, 2]


def test_snake_case_and_numbers_as_numbers(tmp_path: Path) -> None:
    told = [
        {"key": "gen_ai.request.model", "value": {"string_value": "m"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"int_value": 12}},
    ]
    one = {
        "trace_id": "W47/95gDgQPSabYzgT/GDA==",
        "span_id": "7uGbfsPBsXQ=",
        "start_time_unix_nano": START,
        "end_time_unix_nano": START + 10**9,
        "attributes": told,
    }
    text = json.dumps({"resource_spans": [{"scope_spans": [{"spans": [one]}]}]})
    piece = log_file(tmp_path, "a.jsonl", text)
    assert recognise(piece) == "otel"
    row = only(read_all(piece, "otel"))
    assert row["interaction_id"] == f"{TRACE}-{SPAN}"
    assert (row["model"], row["input_tokens"], row["latency_s"]) == ("m", 12, 1.0)


def test_values_that_do_not_fit_stay_as_they_were_given(tmp_path: Path) -> None:
    odd = CURRENT | {"gen_ai.usage.output_tokens": "many"}
    text = document(span(CURRENT), span(odd, startTimeUnixNano="yesterday"))
    good, bad = rows_of(read_all(log_file(tmp_path, "a.jsonl", text), "otel"))
    assert (good["output_tokens"], bad["output_tokens"]) == ("200", "many")
    assert good["occurred_at"] == "2026-06-01T10:00:00.000000+00:00"
    assert bad["occurred_at"] == "yesterday"


def test_columns_of_ours_can_be_attributes(tmp_path: Path) -> None:
    told = CURRENT | {"assay.item_id": "task-7", "assay.variant": "b", "assay.nonsense": "x"}
    row = only(read_all(log_file(tmp_path, "a.jsonl", document(span(told))), "otel"))
    assert (row["item_id"], row["variant"]) == ("task-7", "b")
    assert "nonsense" not in row


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    lines = [
        document(span(CURRENT, spanId=f"{n:016x}", startTimeUnixNano=str(START + n)))
        if n % 97
        else "broken\n"
        for n in range(1, 8001)
    ]
    piece = log_file(tmp_path, "a.jsonl.gz", gzip.compress("".join(lines).encode(), 1))
    one, two = (read_all(piece, "otel", workers=w, chunk_rows=3000) for w in (1, 2))
    assert rows_of(one) == rows_of(two)
    assert [c.broken for c in one] == [c.broken for c in two]
    assert sum(c.read for c in two) == 8000
    assert two[-1].done == 1.0
    assert [c.done for c in two] == sorted(c.done or 0 for c in two)


def test_an_array_and_an_object_over_several_lines(tmp_path: Path) -> None:
    one = json.loads(document(span(CURRENT)))
    for name, text in (
        ("array.json", json.dumps([one, one])),
        ("lines.json", json.dumps(one, indent=1) + json.dumps(one, indent=1)),
    ):
        piece = log_file(tmp_path, name, text)
        assert recognise(piece) == "otel"
        assert len(rows_of(read_all(piece, "otel"))) == 2
