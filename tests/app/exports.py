"""Small exports of every format that is told by its records, of any rows that a test asks for."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from app.trial import Trial
from data.adapters.test_gateways import REQUEST, SPEND
from data.adapters.test_langfuse import OBSERVATION, as_csv
from data.adapters.test_otel import CURRENT, document, span

Record = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """How a format writes its nth record, and records as a file.

    Attributes:
        tokens: input tokens of each of its records, those from the cache taken off.
    """

    format: str
    file: str
    record: Callable[[int], Record]
    tokens: int
    mapping: str = ""

    def put(self, trial: Trial, records: Iterable[Record], name: str = "") -> str:
        """Writes a file into the project; its name."""
        name = name or self.file
        listed = list(records)
        if name.endswith(".parquet"):
            pl.DataFrame(listed, infer_schema_length=None).write_parquet(trial.root / name)
        elif name.endswith(".csv"):
            trial.write(name, as_csv(*listed))
        else:
            trial.write(name, as_lines(listed))
        return name

    def words(self, trial: Trial) -> tuple[str, ...]:
        """What the command needs besides the source."""
        if not self.mapping:
            return ()
        trial.write("mapping.yaml", self.mapping)
        return ("--mapping", "mapping.yaml")


def as_lines(records: Iterable[Record]) -> str:
    """JSON lines."""
    return "".join(json.dumps(record) + "\n" for record in records)


def clock(number: int) -> str:
    """A minute of its own for every record, a day for every thousand."""
    return f"2026-06-{1 + number // 1000:02}T10:{number % 60:02}:00Z"


def spend(number: int) -> Record:
    """A line of LiteLLM's spend logs."""
    start = clock(number)
    times = {"startTime": start, "endTime": start, "completionStartTime": start}
    return SPEND | times | {"request_id": f"chatcmpl-{number:09x}", "end_user": f"user {number}"}


def observation(number: int) -> Record:
    """An observation of Langfuse."""
    times = {"start_time": clock(number), "end_time": None, "latency": None}
    names = {"id": f"{number:016x}", "time_to_first_token": None, "user_id": f"user {number}"}
    return OBSERVATION | times | names


def request(number: int) -> Record:
    """A request of Helicone."""
    times = {"request_created_at": clock(number), "response_created_at": clock(number)}
    names = {"response_id": f"{number:016x}", "request_user_id": f"user {number}"}
    return REQUEST | times | names | {"latency": 0}


def exported_span(number: int) -> Record:
    """A line of OTLP with one span."""
    told = {**CURRENT, "user.id": f"user {number}"}
    start = 1_780_308_000_000_000_000 + number * 60_000_000_000
    times = {"startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**9)}
    line: Record = json.loads(document(span(told, spanId=f"{number + 1:016x}", **times)))
    return line


def ticket(number: int) -> Record:
    """A row of somebody's own table."""
    return {
        "ticket": f"t-{number:04}",
        "opened": clock(number),
        "who": f"user {number}",
        "words": 25,
    }


TICKETS = """
table: interactions
columns:
  interaction_id: ticket
  occurred_at: opened
  user_id: who
  input_tokens: words
"""
LITELLM = Export("litellm", "log.jsonl", spend, 600)
EXPORTS = {
    "otel": Export("otel", "log.jsonl", exported_span, 600),
    "langfuse csv": Export("langfuse", "log.csv", observation, 600),
    "langfuse jsonl": Export("langfuse", "log.jsonl", observation, 600),
    "langfuse parquet": Export("langfuse", "log.parquet", observation, 600),
    "litellm jsonl": LITELLM,
    "litellm csv": Export("litellm", "log.csv", spend, 600),
    "helicone csv": Export("helicone", "log.csv", request, 100),
    "table csv": Export("table", "log.csv", ticket, 25, TICKETS),
    "table parquet": Export("table", "log.parquet", ticket, 25, TICKETS),
}
