"""Logs of every format with a person in each of their fields, one field and one value at a time."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from app.exports import Record, observation, request, spend
from app.planted import Person
from assay.data.adapters.otel.names import ATTRIBUTES
from assay.privacy.fields import FIELDS
from assay.schema import schema_of
from data.adapters.test_benchmark_reports import ASV, FINE_ONE, FINE_TWO, PYTEST, STATS
from data.adapters.test_langfuse import SCORE
from data.adapters.test_otel import CURRENT, attributes, document, span

OWN = {  # of people's own making, which no format names
    "unknown": "x", "input": "x", "output": "x", "notes": "x", "messages": "x", "response": "x",
    "proxy_server_request": "x", "requester_ip_address": "x", "response_body": "x",
}  # fmt: skip
USUAL = {
    "subject": "agent", "currency": "USD", "kind": "badge", "status": "pending",
    "target_at": "2026-06-02T10:00:00Z",
}  # fmt: skip
WITHIN = {"metadata", "request_tags", "tags", "request_properties", "usage_details", "cost_details"}
FAILED = {
    "status": "failure",
    "metadata": {
        "error_information": {"error_class": "E", "error_code": "1", "error_message": "m"}
    },
}


def spread(record: Record, person: Person) -> Iterator[Record]:
    """The record with one value planted in one field after another, and then in all of them."""
    for value in person.values.values():
        for name in record:
            yield record | {name: value}
            if name in WITHIN:
                yield record | {name: within(record[name], value)}
        yield {name: within(old, value) for name, old in record.items()} | identity(record)


def identity(record: Record) -> Record:
    """What makes a record one that can be kept."""
    kept = ("start_time", "startTime", "request_created_at", "occurred_at", "timestamp", "type")
    return {name: record[name] for name in kept if name in record}


def within(given: Any, value: str) -> Any:
    """The same shape with the value in each of its places, and as the name of one more."""
    if isinstance(given, dict):
        return {name: within(old, value) for name, old in given.items()} | {"mine": value, value: 1}
    return [value] if isinstance(given, list) else value


def damaged(records: Iterable[Record], person: Person) -> Iterator[str]:
    """Lines of JSON with the person in them that break off, or are no object."""
    whole = json.dumps(next(iter(records)))
    for value in person.values.values():
        yield f'{whole[:-1]}, "mine": {json.dumps(value)}'
        yield json.dumps([value])
        yield value


def numbered(records: Iterable[Record], person: Person, *keys: str) -> Iterator[Record]:
    """Records with a key of their own, where none is planted in it."""
    planted = set(person.values.values())
    for number, record in enumerate(records):
        own = f"{person.number:02x}{number:030x}"
        yield record | {key: own for key in keys if record.get(key, "") not in planted}


def otel(person: Person) -> str:
    """Spans: every attribute that a column is filled from, and every text beside them."""
    names = [name for known in ATTRIBUTES.values() for name in known]
    names += [f"assay.{name}" for name in FIELDS["interactions"]]
    names += [
        "gen_ai.input.messages",
        "input.value",
        "traceloop.association.properties.mine",
        "mine",
    ]
    lines = []
    for value in person.values.values():
        told: list[tuple[Record, Record]] = [({name: value}, {}) for name in names]
        told += [({"metadata": json.dumps({"mine": value, value: 1})}, {}), ({value: "x"}, {})]
        told += [({}, {name: value}) for name in ("traceId", "spanId", "parentSpanId", "name")]
        told += [({}, {"traceState": value, "startTimeUnixNano": value})]
        told += [({}, {"status": {"code": 2, "message": value}})]
        told += [({}, {"events": [event("exception", **{"exception.message": value})]})]
        told += [({}, {"events": [event("exception", **{"exception.type": value})]})]
        scored = {"gen_ai.evaluation.name": value, "gen_ai.evaluation.score.value": 0.5}
        told += [({}, {"events": [event(EVALUATION, **scored)]})]
        scored = {"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.label": value}
        told += [({}, {"events": [event(EVALUATION, **scored)]})]
        scored |= {"gen_ai.evaluation.score.value": 1, "gen_ai.evaluation.explanation": value}
        told += [({}, {"events": [event(EVALUATION, **scored)]})]
        tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": value}
        told += [(tool | {"gen_ai.tool.call.id": value}, {"name": value})]
        told += [({name: value for name in names if name != "assay.occurred_at"}, {"name": value})]
        for given, more in told:
            number = len(lines) + 1
            usual = {"gen_ai.operation.name": "chat"} if given or more else CURRENT
            one = span(usual | given, **{"spanId": f"{number:016x}"} | more)
            lines.append(document(one, service=value if given == {} else "shop"))
    return "".join(lines) + "\n".join(damaged([json.loads(lines[0])], person))


EVALUATION = "gen_ai.evaluation.result"


def event(name: str, **told: Any) -> Record:
    return {"name": name, "timeUnixNano": "1780308000000000000", "attributes": attributes(told)}


def langfuse(person: Person) -> Iterator[Record]:
    """Observations of every kind that counts, and of one that does not."""
    records: list[Record] = []
    for kind in ("GENERATION", "TOOL", "AGENT", "SPAN"):
        base = observation(1) | OWN | {"type": kind, "level": "ERROR", "status_message": "m"}
        records += spread(base, person)
    yield from numbered(records, person, "id")


def langfuse_scores(person: Person) -> Iterator[Record]:
    """Numbers and labels that somebody gave."""
    numeric = SCORE | {"author_user_id": "a", "config_id": "c"} | OWN
    label = SCORE | {"data_type": "CATEGORICAL", "string_value": "x"}
    yield from numbered([*spread(numeric, person), *spread(label, person)], person, "id")


def litellm(person: Person) -> Iterator[Record]:
    """Lines of spend logs, of answers and of failures."""
    for base in (spend(1) | OWN, spend(1) | FAILED):
        yield from spread(base, person)


def helicone(person: Person) -> Iterator[Record]:
    """Requests with properties."""
    yield from spread(request(1) | OWN, person)


def reports(person: Person) -> Iterator[tuple[str, str]]:
    """Reports of benchmarks with the person in each of their texts."""
    for number, value in enumerate(person.values.values()):
        pytest = planted(PYTEST, value) | {"datetime": "2026-06-01T10:00:00Z"}
        for benchmark in pytest["benchmarks"]:
            benchmark["name"] = benchmark["fullname"] = f"{value}[{value}]"
        yield f"pytest-{number}.json", json.dumps(pytest)
        yield f"hyperfine-{number}.json", json.dumps(planted(FINE_ONE, value))
        two = planted(FINE_TWO, value)
        two["metadata"]["start_time"] = "2026-06-01T10:00:00Z"
        yield f"hyperfine-two-{number}.json", json.dumps(two)
        asv = planted(ASV, value) | {"result_columns": ASV["result_columns"]}
        asv["results"] = {value: [[1.0], [[value]], value, 1_780_308_000_000]}
        yield f"asv-{number}.json", json.dumps(asv)
        quoted = '"' + value.replace('"', '""') + '"'
        yield f"{number}_stats.csv", STATS.replace("/api/a", quoted).replace("GET", quoted)


def planted(given: Any, value: str) -> Any:
    """The same shape with the value in place of every text."""
    if isinstance(given, dict):
        return {name: planted(old, value) for name, old in given.items()}
    if isinstance(given, list):
        return [planted(old, value) for old in given]
    return value if isinstance(given, str) else given


def rows_of(table: str, person: Person) -> Iterator[Record]:
    """Rows of one of our tables, the person in each text column, and in each of another type."""
    base = {name: plain(table, name) for name in schema_of(table).columns()}
    base = {name: value for name, value in base.items() if value is not None}
    texts = {name: "x" for name in FIELDS[table] if name not in base}
    base |= {"scores": {"session_id": "s-1"}, "prices": {"per_request": 1}}.get(table, {})
    keys = [n for n in schema_of(table).primary_key() if n in FIELDS[table] and n not in USUAL]
    rows = [*spread(base | {"ctx_mine": "x", "mine": "x"}, person)]
    rows += spread(base | texts | {"ctx_mine": "x", "mine": "x"}, person)
    rows += [{**base, name: value} for name in texts for value in person.values.values()]
    yield from numbered(rows, person, *keys)


def plain(table: str, name: str) -> Any:
    """A value that a row cannot be without; None where it can."""
    column = schema_of(table).columns()[name]
    if column.nullable:
        return None
    by_type = {"Datetime": "2026-06-01T10:00:00Z", "Date": "2026-06-01", "Boolean": True}
    by_type |= {"String": "word", "List": ["word"]}
    return USUAL.get(name, by_type.get(type(column.dtype).__name__, 1))


def groups(person: Person) -> Iterator[Record]:
    """Enough persons behind each planted label that a report names it, and a test of two arms."""
    values = list(person.values.values())
    for place, value in enumerate(values):
        for number in range(30 * place, 30 * place + 30):
            labels = {"agent_id": value, "model": value, "user_type": value}
            failed = {"error_type": value, "error_message": value} if number % 3 == 0 else {}
            yield (
                labels
                | failed
                | {
                    "interaction_id": f"{person.number:02x}{number:030x}",
                    "occurred_at": f"2026-06-{1 + number % 28:02}T10:00:00Z",
                    "user_id": f"{value} {number}",
                    "session_id": f"{value} {number}",
                    "experiment_id": "trial",
                    "variant": ("old", "new")[number % 2],
                    "succeeded": not failed,
                    "cost_usd": 0.01 * (number % 7),
                    "latency_s": 1.0,
                    "input_tokens": 10,
                    "ctx_mine": value,
                }
            )
