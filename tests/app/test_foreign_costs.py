"""Files as strangers have them, at the price book's own prices: mapped, reconciled, compared."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.comparing import compare_configurations
from assay.analysis.costs.reconciling import reconcile
from assay.data.pricebook import read_prices
from assay.data.read import read
from assay.features.attempts import tried_items
from assay.features.implausible import implausible_records, usual_costs
from assay.features.logged_costs import logged_costs
from assay.features.spending import spend_lines, spent

ROOT = Path(__file__).parents[2]
START = datetime(2025, 10, 20, tzinfo=UTC)
# Anthropic's and OpenAI's price pages, October 2025: input, cache read, cache write for five
# minutes and an hour, output, USD per million tokens.
RATES = {
    "claude-sonnet-4-5-20250929": (3, 0.3, 3.75, 6, 15),
    "claude-haiku-4-5": (1, 0.1, 1.25, 2, 5),
    "gpt-4o-2024-08-06": (2.5, 1.25, 0, 0, 10),
    "gpt-4.1-mini": (0.4, 0.1, 0, 0, 1.6),
}
MIXED = """\
table: interactions
columns:
  interaction_id: id
  occurred_at: ts
  input_tokens: prompt
  cache_read_tokens: cached
  cache_write_tokens: {from: kept_5m, more: [kept_1h]}
  cache_write_1h_tokens: kept_1h
  output_tokens: completion
  cost_usd: cost
"""
HABITS = "tokens: {by: provider, cached: {openai: inside, anthropic: beside}}\n"


@pytest.fixture(scope="module")
def book():
    return read_prices(ROOT / "params/prices")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """One file of two habits: OpenAI's prompt holds what was cached, Anthropic's does not."""
    rng = np.random.default_rng(7)
    rows = []
    for i in range(600):
        model = list(RATES)[i % len(RATES)]
        rates = np.array(RATES[model])
        ours = model.startswith("claude")
        tokens = rng.lognormal((7, 8, 7, 7, 6), 1.0).astype(int) + 1
        kept = rng.random(2) < 0.5 if ours else np.zeros(2, dtype=bool)
        tokens[2:4] *= kept
        tokens[1] *= rng.random() < 0.7
        prompt = tokens[0] if ours else tokens[0] + tokens[1]
        names = ("prompt", "cached", "kept_5m", "kept_1h", "completion")
        counts = dict(zip(names, (prompt, *tokens[1:]), strict=True))
        at = (START + timedelta(minutes=31 * i)).isoformat()
        seller = "anthropic" if ours else "openai"
        named = {"id": f"r{i}", "ts": at, "provider": seller, "model": model}
        rows.append(named | counts | {"cost": round(float(tokens @ rates) / 1e6, 8)})
    file = tmp_path_factory.mktemp("mixed") / "calls.csv"
    pl.DataFrame(rows).write_csv(file)
    return file


def reconciled(file, mapping, book, tmp_path):
    (tmp_path / "m.yaml").write_text(mapping)
    found = read(file, table="interactions", mapping=tmp_path / "m.yaml")
    assert found.rejected.is_empty()
    rows = found.valid
    usual = usual_costs(rows, book)
    lines = spent(spend_lines(rows, usual=usual), book)
    costs = logged_costs(rows, book, usual, lines=lines)
    return rows, reconcile(costs, lines, book, implausible_records(rows, usual))


def test_both_habits_in_one_file_reconcile_as_declared(mixed, book, tmp_path):
    _, found = reconciled(mixed, MIXED + HABITS, book, tmp_path)
    assert found.reproduced.value == 1
    assert found.reasons == found.rules == ()
    assert found.held.listed == pytest.approx(found.total, rel=1e-6)


def test_a_habit_that_nobody_declared_is_named_with_its_provider(mixed, book, tmp_path):
    _, found = reconciled(mixed, MIXED, book, tmp_path)
    assert found.reproduced.value < 0.8
    assert found.named.value == 1
    assert {(one.provider, one.cache) for one in found.rules} == {("openai", "inside")}
    (asks,) = [one for one in found.findings if one.needs_decision]
    assert (asks.what, asks.state) == ("openai", "twice")


def test_an_hour_that_the_file_does_not_tell_is_named(mixed, book, tmp_path):
    untold = MIXED.replace("  cache_write_1h_tokens: kept_1h\n", "")
    _, found = reconciled(mixed, untold + HABITS, book, tmp_path)
    short = {one.model for one in found.models if one.reproduced < one.looked_at}
    assert short == {"claude-sonnet-4-5-20250929", "claude-haiku-4-5"}
    assert found.named.value == 1


AGENTS = ("OpenHands", "SWE-agent", "Agentless", "Moatless", "AutoCodeRover")
KNOWN = {
    "openrouter/anthropic/claude-sonnet-4": (3, 15),
    "bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0": (0.8, 4),
    "azure/gpt-4o-2024-08-06": (2.5, 10),
    "gemini/gemini-2.5-pro": (1.25, 10),
    "openai/gpt-4.1": (2, 8),
    "gpt-4.1-mini": (0.4, 1.6),
}
MODELS = KNOWN | {f"our-lab/model-{i}": (1 + i, 4 + i) for i in range(28)}
TASKS = 10
TRAJECTORIES = """\
table: interactions
columns:
  interaction_id: {row: run}
  occurred_at: {from: finished_at, format: "%Y-%m-%d %H:%M:%S"}
  input_tokens: total_input
  output_tokens: total_output
  cost_usd: total_cost
  item_id: instance
  agent_id: agent
  succeeded: resolved
"""


@pytest.fixture(scope="module")
def trajectories(tmp_path_factory):
    """A row per agent, model and task: its tokens, cost, and whether it was resolved."""
    rng = np.random.default_rng(11)
    rows = []
    for agent in AGENTS:
        for place, (model, (given, out)) in enumerate(MODELS.items()):
            for task in range(TASKS):
                read_, written = int(rng.lognormal(10, 0.5)), int(rng.lognormal(8, 0.5))
                at = datetime(2025, 9, 15) + timedelta(minutes=len(rows))  # noqa: DTZ001  as files have it
                rows.append(
                    {
                        "instance": f"task-{task}",
                        "agent": agent,
                        "model": model,
                        "resolved": bool(task % 2) if place else False,
                        "total_input": read_,
                        "total_output": written,
                        "total_cost": round((read_ * given + written * out) / 1e6, 6),
                        "finished_at": at.strftime("%Y-%m-%d %H:%M:%S"),
                    }
                )
    file = tmp_path_factory.mktemp("runs") / "runs.csv"
    pl.DataFrame(rows).write_csv(file)
    return file


def test_totals_of_runs_reconcile_and_compare_per_resolved_task(trajectories, book, tmp_path):
    rows, found = reconciled(trajectories, TRAJECTORIES, book, tmp_path)
    assert {one.model for one in found.models} == set(KNOWN)
    assert found.reproduced.value == 1
    assert found.unpriced == len(AGENTS) * 28 * TASKS
    data = rows.collect()
    strange = data.filter(pl.col("model").str.starts_with("our-lab/"))["cost_usd"].sum()
    assert found.unpriced_usd == pytest.approx(strange)
    assert found.total == pytest.approx(data["cost_usd"].sum())
    lines = tried_items(rows, book, by=("agent_id", "model"))
    answer = compare_configurations(lines)
    assert len(answer.configurations) == len(AGENTS) * len(MODELS)
    told = {tuple(one.values): one for one in answer.configurations}
    one = told["Agentless", "our-lab/model-3"]
    mine = data.filter(pl.col("agent_id") == "Agentless", pl.col("model") == "our-lab/model-3")
    assert one.per_resolved.value == pytest.approx(mine["cost_usd"].sum() / 5)
    none = told["Moatless", "openrouter/anthropic/claude-sonnet-4"]
    assert none.per_resolved is None or none.per_resolved.value is None


def test_transcripts_of_claude_code_tell_what_is_cached_for_an_hour(book, tmp_path):
    usage = {
        "input_tokens": 4,
        "cache_read_input_tokens": 100_000,
        "cache_creation_input_tokens": 50_000,
        "cache_creation": {
            "ephemeral_5m_input_tokens": 10_000,
            "ephemeral_1h_input_tokens": 40_000,
        },
        "output_tokens": 1000,
        "service_tier": "standard",
    }
    message = {"id": "m1", "model": "claude-sonnet-4-5-20250929", "usage": usage}
    asked = {"type": "user", "sessionId": "s", "timestamp": "2025-10-20T00:00:00.000Z"}
    answer = asked | {"type": "assistant", "version": "2", "message": message}
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(map(json.dumps, (asked | {"message": {}}, answer))) + "\n")
    mapping = ROOT / "params/mappings/claude_code.yaml"
    rows = read(file, table="interactions", mapping=mapping).valid
    (line,) = spent(spend_lines(rows), book).to_dicts()
    cost = 4 * 3 + 100_000 * 0.3 + 10_000 * 3.75 + 40_000 * 6 + 1000 * 15
    assert line["list_usd"] == pytest.approx(cost / 1e6)
