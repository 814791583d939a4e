"""Public logs that none of us wrote, brought in by the mappings of this project, row by row."""

import csv
import gzip
import io
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.trial import Trial

MAPPINGS = Path(__file__).parents[2] / "params" / "mappings"


@dataclass(frozen=True)
class Log:
    """A public log, the mapping that names its columns, and what is known of it.

    Attributes:
        records: of the file, as shared/data/NOTES.md and docs/formats.md tell them; each test counts
            them anew in the raw file.
    """

    mapping: str
    source: str
    records: int
    skipped: int = 0
    table: str = "interactions"


LOGS = [
    Log("aider", "aider/aider_events.csv", 35_402, skipped=29_880),
    Log("azure", "azure/AzureLLMInferenceTrace_*.csv", 28_185),
    Log("mooncake", "mooncake/conversation_trace.jsonl.gz", 12_031),
    Log("mooncake_reuse", "mooncake/conversation_prefix_reuse.csv", 12_031),
    Log("llmperf", "llmperf/llmperf_requests.csv", 2_845),
    Log("taubench", "taubench/gpt4o_airline_runs.csv", 200),
    Log("alpaca_eval", "alpaca_eval/judgements.csv.gz", 24_141),
    Log("alpaca_eval_scores", "alpaca_eval/judgements.csv.gz", 24_141, table="scores"),
]


def records(folder: Path, log: Log) -> list[dict[str, Any]]:
    """The raw records, by the csv and json modules of Python alone."""
    found: list[dict[str, Any]] = []
    for path in sorted((folder / "llm").glob(log.source)):
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        if ".jsonl" in path.name:
            found += [json.loads(line) for line in text.splitlines()]
        else:
            found += list(csv.DictReader(io.StringIO(text, newline="")))
    return found


class Imports:
    """Each log in a project of its own, imported when it is first asked for."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder, self.shared = folder, shared
        self.reports: dict[str, dict[str, Any]] = {}

    def project(self, log: Log) -> Trial:
        """Where a log is brought to; what is judged and its scores meet in one."""
        root = self.folder / log.mapping.removesuffix("_scores")
        if not root.exists():
            shutil.copytree(MAPPINGS, root / "params" / "mappings")
            (root / "assay.toml").touch()
        return Trial(root)

    def bring(self, log: Log) -> dict[str, Any]:
        """What the command tells of a log."""
        mapping = f"params/mappings/{log.mapping}.yaml"
        words = ("--format", "table", "--mapping", mapping)
        source = self.shared / "llm" / log.source
        report: dict[str, Any] = self.project(log).json("import", source, *words)
        return report

    def report(self, log: Log) -> dict[str, Any]:
        """What it told the first time."""
        if log.mapping not in self.reports:
            self.reports[log.mapping] = self.bring(log)
        return self.reports[log.mapping]

    def rows(self, log: Log) -> pl.DataFrame:
        """What the store holds of a log."""
        self.report(log)
        return self.project(log).rows(log.table)


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Imports:
    return Imports(tmp_path_factory.mktemp("logs"), shared_data)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.mapping)
def test_every_record_is_explained(imports: Imports, shared_data: Path, log: Log) -> None:
    raw = records(shared_data, log)
    report = imports.report(log)
    assert report["read"] == len(raw) == log.records
    assert sum(report["skipped"].values()) == log.skipped
    assert (report["rejected"], report["broken"], report["dropped"]) == (0, 0, {})
    assert list(report["tables"]) == [log.table]
    counts = {name: count for name, count in report["tables"][log.table].items() if count}
    assert counts == {"new": log.records - log.skipped}
    assert len(imports.rows(log)) == counts["new"] == len(keys(log, raw))
    again = imports.bring(log)
    assert (again["read"], again["tables"]) == (0, {})


def keys(log: Log, raw: list[dict[str, Any]]) -> set[Any]:
    """What tells the rows apart, by the columns that the mapping names."""
    match log.mapping:
        case "aider":
            return {row["event_id"] for row in raw if row["event"] == "message_send"}
        case "azure":
            return {tuple(row.values()) for row in raw}
        case "llmperf":
            return {(row["provider"], row["model"], row["request"]) for row in raw}
        case "taubench":
            return {(row["model"], row["task_id"], row["trial"]) for row in raw}
        case "alpaca_eval" | "alpaca_eval_scores":
            return {(row["judge"], row["model"], row["instruction_id"]) for row in raw}
    return set(range(len(raw)))


def test_the_calls_of_a_coding_assistant(imports: Imports, shared_data: Path) -> None:
    log = LOGS[0]
    sent = [row for row in records(shared_data, log) if row["event"] == "message_send"]
    assert len(sent) == 5_522
    assert imports.report(log)["skipped"] == {"event is none of message_send": 29_880}
    rows = imports.rows(log)
    for ours, theirs in (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")):
        assert rows[ours].sum() == sum(int(float(row[theirs] or 0)) for row in sent)
    assert rows["cost_usd"].sum() == pytest.approx(sum(float(row["cost"] or 0) for row in sent))
    assert rows["user_id"].n_unique() == len({row["user_id"] for row in sent})
    assert rows["user_id"].str.starts_with("p_").all()
    by_day = Counter(row["timestamp"][:10] for row in sent)
    assert Counter(map(str, rows["occurred_at"].dt.date())) == by_day


def test_sizes_and_arrivals_of_public_traces(imports: Imports, shared_data: Path) -> None:
    azure, mooncake = LOGS[1], LOGS[3]
    raw = records(shared_data, azure)
    rows = imports.rows(azure)
    # 8,819 requests of one service and 19,366 of the other
    assert rows["input_tokens"].sum() == sum(int(row["ContextTokens"]) for row in raw)
    assert rows["output_tokens"].sum() == sum(int(row["GeneratedTokens"]) for row in raw)
    first = min(row["TIMESTAMP"] for row in raw)
    assert f"{rows['occurred_at'].min():%Y-%m-%d %H:%M:%S.%f}" == first[:26]
    reuse = records(shared_data, mooncake)
    rows = imports.rows(mooncake)
    cached = sum(int(row["cached_tokens_upper"]) for row in reuse)
    assert rows["cache_read_tokens"].sum() == cached
    assert rows["input_tokens"].sum() == sum(int(row["input_length"]) for row in reuse) - cached


def test_failures_of_public_logs(imports: Imports, shared_data: Path) -> None:
    llmperf, taubench = LOGS[4], LOGS[5]
    failed = [row for row in records(shared_data, llmperf) if row["error_code"]]
    assert len(failed) == 539
    rows = imports.rows(llmperf)
    assert (~rows["succeeded"]).sum() == 539
    found = dict(rows["error_type"].drop_nulls().value_counts().iter_rows())
    assert found == Counter(row["error_code"] for row in failed)
    runs = records(shared_data, taubench)
    agents = imports.rows(taubench)
    assert agents["succeeded"].sum() == sum(row["reward"] == "1.0" for row in runs)
    assert agents["interventions"].sum() == sum(
        row["transferred_to_human"] == "True" for row in runs
    )
    # What the simulated customer and the tools said is no longer there.
    said = {row["first_tool_error"] for row in runs if row["first_tool_error"]}
    assert said.isdisjoint(agents["error_message"].drop_nulls())


def test_judgements_hang_on_what_was_judged(imports: Imports, shared_data: Path) -> None:
    interactions, scores = LOGS[6], LOGS[7]
    raw = records(shared_data, interactions)
    rows, judged = imports.rows(interactions), imports.rows(scores)
    assert judged["value"].sum() == pytest.approx(sum(float(row["preference"]) for row in raw))
    assert rows["rating"].sum() == pytest.approx(sum(float(row["preference"]) - 1 for row in raw))
    assert set(judged["interaction_id"]) == set(rows["interaction_id"])


TICKETS = """ticket;opened;closed_ms;customer;answer_ms;status;stars;queue
T-1001;01.07.2026 09:30;1782900000000;Ann Lee;1500;solved;5;billing
T-1002;01.12.2026 09:30;n/a;Bo Ray;-;escalated;2;billing
"""


def test_an_example_of_somebody_s_own_table(tmp_path: Path) -> None:
    root = tmp_path / "own"
    shutil.copytree(MAPPINGS, root / "params" / "mappings")
    own = Trial(root)
    own.write("assay.toml", '[privacy]\ncontext = ["ctx_queue"]\n')
    own.write("tickets.csv", TICKETS)
    own.done("import", "tickets.csv", "--mapping", "params/mappings/helpdesk.yaml")
    rows = own.rows().sort("occurred_at")
    # Berlin is two hours ahead of UTC in July, and one in December.
    assert [f"{at:%H:%M}" for at in rows["occurred_at"]] == ["07:30", "08:30"]
    assert rows["latency_s"].to_list() == [1.5, None]
    assert rows["rating"].to_list() == [1.0, 0.25]
    assert rows["succeeded"].to_list() == [True, False]
    assert rows["ctx_queue"].to_list() == ["billing"] * 2
    assert rows["agent_id"].to_list() == ["helpdesk"] * 2


def test_every_mapping_is_tried() -> None:
    elsewhere = {"logfire", "claude_code"}  # test_foreign, test_foreign_costs
    tried = {log.mapping for log in LOGS} | {"helpdesk"} | elsewhere
    assert tried == {path.stem for path in MAPPINGS.glob("*.yaml")}
