"""Cost per resolved task: a benchmark of five agents and 34 models with known truth, real runs."""

import numpy as np
import polars as pl
import pytest
import yaml

from assay.analysis.costs.comparing import compare_configurations
from assay.core.errors import DataError, ParameterError
from assay.features.attempts import attempt_lines

AGENTS, MODELS, TASKS = 5, 34, 150
BY = ("agent", "model")


def _benchmark(rng):
    """Runs, and the true cost per resolved task and success of each agent with each model.

    Models get better and dearer; the last resolves nothing. What fails costs more. An agent lacks
    a third of the tasks of each model, others each time.
    """
    hard = rng.standard_normal(TASKS)
    frames, truth = [], {}
    for agent in range(AGENTS):
        for model in range(MODELS):
            chance = 1 / (1 + np.exp(hard - 0.4 * agent - 0.05 * model + 1.2))
            if model == MODELS - 1:
                chance = np.zeros(TASKS)
            price = 0.02 * 1.12**model * (1 + 0.1 * agent)
            won = rng.random(TASKS) < chance
            means = price * np.exp(0.3 * hard + 0.5**2 / 2)
            cost = means * np.exp(0.5 * rng.standard_normal(TASKS) - 0.5**2 / 2)
            cost *= np.where(won, 1.0, 1.5)
            tried = rng.random(TASKS) < 2 / 3
            frames.append(
                pl.DataFrame(
                    {
                        "agent": f"agent-{agent}",
                        "model": f"model-{model:02}",
                        "task": np.arange(TASKS)[tried],
                        "resolved": won[tried],
                        "cost": cost[tried],
                    }
                )
            )
            truth[f"agent-{agent}", f"model-{model:02}"] = (
                np.mean(means * (1.5 - 0.5 * chance)),
                chance.mean(),
            )
    return pl.concat(frames), truth


@pytest.fixture(scope="module")
def bench():
    runs, truth = _benchmark(np.random.default_rng(21))
    lines = attempt_lines(runs.lazy(), by=BY, item="task", cost="cost", success="resolved")
    return runs, truth, lines, compare_configurations(lines, by=BY, unit="task")


def test_every_configuration_costs_what_was_spent_over_what_was_resolved(bench):
    runs, _, _, found = bench
    assert len(found.configurations) == AGENTS * MODELS
    sums = {
        (agent, model): (cost, resolved, n)
        for agent, model, cost, resolved, n in runs.group_by(BY)
        .agg(pl.col("cost").sum(), pl.col("resolved").sum(), pl.len())
        .iter_rows()
    }
    for one in found.configurations:
        cost, resolved, n = sums[one.values]
        assert (one.attempts, one.resolved) == (n, resolved)
        assert one.spent == pytest.approx(cost)
        if resolved:
            assert one.per_resolved.value == pytest.approx(cost / resolved)


def test_true_costs_per_resolved_task_lie_in_their_intervals(bench):
    _, truth, _, found = bench
    known = [one for one in found.configurations if one.standing == "known"]
    covered = []
    for one in known:
        cost, rate = truth[one.values]
        high = np.inf if one.per_resolved.high is None else one.per_resolved.high
        covered.append(one.per_resolved.low <= cost / rate <= high)
    # items are the same fixed ones for all, so intervals for other items are wide enough
    assert np.mean(covered) > 0.95 - 3 * (0.95 * 0.05 / len(known)) ** 0.5


def test_what_resolves_nothing_has_a_least_cost_and_no_rank(bench):
    _, _, _, found = bench
    none = [one for one in found.configurations if one.standing == "no task resolved"]
    assert {one.values[1] for one in none} == {f"model-{MODELS - 1}"}
    assert all(one.per_resolved.value is None and one.per_resolved.high is None for one in none)
    assert all(one.per_resolved.low > one.per_attempt.value for one in none)
    assert list(found.configurations[-AGENTS:]) == none


def test_all_pairs_are_counted_and_the_verdicts_true(bench):
    _, truth, _, found = bench
    whole = AGENTS * MODELS
    assert [family.pairs for family in found.families] == [whole * (whole - 1) // 2] * 3
    assert all(family.compared == family.pairs for family in found.families)
    assert all(family.level > 1 - 0.05 / family.compared * 1.01 for family in found.families)
    assert len(found.pairs) == 3 * (whole - 1)
    base = truth[tuple(found.reference.split(" · "))]
    for pair in found.pairs:
        cost, rate = truth[tuple(pair.one.split(" · "))]
        true, other = {
            "cost per resolved task": (cost / rate if rate else np.inf, base[0] / base[1]),
            "cost per attempt": (cost, base[0]),
            "success": (rate, base[1]),
        }[pair.measure]
        if pair.verdict in {"lower", "higher"}:
            assert (pair.verdict == "higher") == (true > other)
        if pair.difference is not None and np.isfinite(true):
            low = -np.inf if pair.difference.low is None else pair.difference.low
            high = np.inf if pair.difference.high is None else pair.difference.high
            assert low <= true - other <= high
    verdicts = [pair.verdict for pair in found.pairs if pair.measure == "cost per resolved task"]
    assert verdicts.count("higher") > whole / 2


def test_pairs_see_only_what_both_tried(bench):
    runs, _, _, found = bench
    pair = found.pairs[40]
    mine, other = (
        runs.filter(pl.concat_str("agent", "model", separator=" · ") == name)
        for name in (pair.one, pair.other)
    )
    both = mine.join(other, on="task", suffix="_other")
    assert pair.items == both.height
    assert pair.value_one == pytest.approx(both["cost"].sum() / both["resolved"].sum())
    assert pair.value_other == pytest.approx(
        both["cost_other"].sum() / both["resolved_other"].sum()
    )
    assert pair.difference.value == pytest.approx(pair.value_one - pair.value_other)
    assert pair.ratio.value == pytest.approx(pair.value_one / pair.value_other)


def test_none_resolved_is_surely_dearer_only_where_its_bound_says_so(bench):
    _, _, _, found = bench
    mine = [
        pair
        for pair in found.pairs
        if pair.measure == "cost per resolved task" and pair.one.endswith(f"model-{MODELS - 1}")
    ]
    assert len(mine) == AGENTS
    assert all(pair.ratio.value is None and pair.p is None for pair in mine)
    assert all((pair.verdict == "higher") == (pair.ratio.low > 1) for pair in mine)
    assert {"higher"} == {pair.verdict for pair in mine}  # the dearest model of all


def test_equal_configurations_are_seldom_told_apart():
    rng = np.random.default_rng(22)
    wrong = 0
    for _ in range(60):
        hard = rng.standard_normal(60)
        frames = [
            pl.DataFrame(
                {
                    "model": f"m{k}",
                    "task": np.arange(60),
                    "resolved": rng.random(60) < 1 / (1 + np.exp(hard)),
                    "cost": np.exp(0.3 * hard + rng.standard_normal(60)),
                }
            )
            for k in range(6)
        ]
        lines = attempt_lines(
            pl.concat(frames).lazy(), by=["model"], item="task", cost="cost", success="resolved"
        )
        found = compare_configurations(lines, by=["model"])
        wrong += any(family.different for family in found.families[:1])
    assert wrong / 60 <= 0.05 + 3 * (0.05 * 0.95 / 60) ** 0.5


def test_few_shared_items_are_refused():
    frame = pl.DataFrame(
        {
            "model": ["a"] * 30 + ["b"] * 30,
            "task": [*range(30), *range(24, 54)],
            "resolved": [True, False] * 30,
            "cost": [0.5, 1.0, 2.0] * 20,
        }
    )
    lines = attempt_lines(frame.lazy(), by=["model"], item="task", cost="cost", success="resolved")
    found = compare_configurations(lines, by=["model"])
    assert {pair.verdict for pair in found.pairs} == {"not compared"}
    assert {pair.reason for pair in found.pairs} == {"6 shared, expected at least 10"}
    assert all(family.compared == 0 for family in found.families)
    assert found.findings[0].state == "not enough data"
    with pytest.raises(ParameterError, match="against='c'"):
        compare_configurations(lines, by=["model"], against="c")
    with pytest.raises(DataError, match="no attempts at named items"):
        compare_configurations(lines.clear(), by=["model"])


def test_tau_bench_trials_count_as_one_task(shared_data):
    runs = pl.scan_csv(shared_data / "llm" / "taubench" / "gpt4o_airline_runs.csv")
    lines = attempt_lines(runs, by=["model"], item="task_id", cost="user_cost", success="reward")
    found = compare_configurations(lines, by=["model"]).configurations[0]
    frame = runs.collect().drop_nulls(["user_cost", "reward"])
    assert (found.items, found.attempts, found.left_out) == (50, frame.height, 200 - frame.height)
    assert found.per_resolved.value == pytest.approx(
        frame["user_cost"].sum() / frame["reward"].sum()
    )
    # four trials of a task are alike: Wilson's interval of 200 independent ones is narrower
    assert found.success.high - found.success.low > 0.14


def test_alpaca_models_win_as_published_and_price_over_wins(shared_data):
    folder = shared_data / "llm" / "alpaca_eval"
    rows = pl.scan_csv(folder / "judgements.csv.gz").with_columns(win=pl.col("preference") - 1)
    lines = attempt_lines(
        rows, by=["model"], item="instruction_id", cost="price_per_example", success="win"
    )
    found = compare_configurations(lines, by=["model"], against="gpt4_0613_concise")
    board = pl.read_csv(folder / "weighted_alpaca_eval_gpt4_turbo_leaderboard.csv")
    name = board.columns[0]
    published = dict(board.select(name, "win_rate").iter_rows())
    rates = {pair.one: pair.value_one for pair in found.pairs if pair.measure == "success"}
    shared = {pair.one: pair.items for pair in found.pairs if pair.measure == "success"}
    exact = [m for m in rates if m in published and shared[m] == 805]
    assert len(exact) >= 5
    for model in exact:
        assert rates[model] * 100 == pytest.approx(published[model], abs=1e-3)
    judged = [one for one in found.configurations if one.standing == "known"]
    assert len(judged) == 29  # one model has no price
    assert all(one.per_resolved.low > 0 for one in judged)


def test_aider_leaderboard_costs_are_the_published_totals_over_what_was_passed(shared_data):
    source = shared_data / "llm" / "aider" / "polyglot_leaderboard.yml"
    runs = [
        run
        for run in yaml.safe_load(source.read_text())
        if run.get("total_cost") and run["test_cases"] == 225
    ]
    # only totals are published: each case is given its share, the first ones are those passed
    rows = pl.concat(
        pl.DataFrame(
            {
                "run": run["dirname"],
                "case": np.arange(225),
                "resolved": np.arange(225) < run["pass_num_2"],
                "cost": run["total_cost"] / 225,
            }
        )
        for run in runs
    )
    lines = attempt_lines(rows.lazy(), by=["run"], item="case", cost="cost", success="resolved")
    found = {one.name: one for one in compare_configurations(lines).configurations}
    assert len(found) == len(runs) > 40
    for run in runs:
        cost = found[run["dirname"]].per_resolved
        assert cost.value == pytest.approx(run["total_cost"] / run["pass_num_2"])
        assert cost.low < cost.value < cost.high
