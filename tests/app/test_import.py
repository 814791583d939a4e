"""Logs are brought in by the command line: once, explained to the last record, or not at all."""

import gzip
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from app.exports import EXPORTS, LITELLM, as_lines, spend
from app.trial import Trial

FATES = {"new", "replaced", "unchanged", "older", "repeated", "expired"}


def fates(report: dict[str, Any], table: str = "interactions") -> dict[str, int]:
    """What became of the rows of a table, where it is not nothing."""
    counts = report["tables"].get(table, {})
    assert set(counts) <= FATES
    return {name: count for name, count in counts.items() if count}


def adds_up(report: dict[str, Any]) -> bool:
    """Whether every record of a source with one row per record is in exactly one count."""
    kept = sum(sum(counts.values()) for counts in report["tables"].values())
    left = report["rejected"] + report["broken"]
    passed = sum(report["skipped"].values()) + sum(report["dropped"].values())
    return bool(report["read"] == kept + left + passed)


def printed(out: str) -> tuple[int, dict[str, int]]:
    """The records that were read and what became of them, by the words of the command."""
    (read,) = re.findall(r"^([\d,]+) records in ", out, re.MULTILINE)
    lines = re.findall(r"^  ([a-z ]+?) {2,}([\d,]+) +(\S.*)$", out, re.MULTILINE)
    told = {f"{where}: {what}": int(count.replace(",", "")) for where, count, what in lines}
    return int(read.replace(",", "")), told


@pytest.mark.parametrize("name", EXPORTS)
def test_a_format_is_told_and_its_rows_come_in_once(trial: Trial, name: str) -> None:
    export = EXPORTS[name]
    records = [export.record(number) for number in range(7)]
    file, words = export.put(trial, records), export.words(trial)
    out = trial.done("import", file, *words)
    assert out.startswith(f"{file}: read as {export.format}\n")
    read, told = printed(out)
    assert (read, told) == (7, {"interactions: new": 7})
    rows = trial.rows()
    assert rows["input_tokens"].to_list() == [export.tokens] * 7
    assert rows["occurred_at"].n_unique() == 7
    assert rows["occurred_at"].min() == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert rows["user_id"].n_unique() == 7
    assert rows["user_id"].str.contains(r"^p_[0-9a-f]{26}$").all()

    again = trial.json("import", file, *words)
    assert (again["known"], again["read"], again["pieces"]) == ([file], 0, {})
    other = export.put(trial, reversed(records), name=f"other{Path(file).suffix}")
    report = trial.json("import", other, *words)
    assert fates(report) == {"unchanged": 7}
    assert trial.rows().equals(rows)


@pytest.mark.parametrize("name", ["otel", "langfuse csv", "litellm jsonl", "helicone csv"])
def test_a_format_may_be_said_and_another_does_not_fit(trial: Trial, name: str) -> None:
    export = EXPORTS[name]
    file = export.put(trial, map(export.record, range(3)))
    assert trial.json("import", file, "--format", export.format)["read"] == 3
    assert trial.refused("import", file, "--format", "table").code == 3


@pytest.mark.parametrize(
    ("end", "pack"),
    [(".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)],
)
def test_a_packed_file_holds_the_same_rows(
    trial: Trial, end: str, pack: Callable[[bytes], bytes]
) -> None:
    plain = trial.root / LITELLM.put(trial, map(spend, range(9)))
    packed = trial.write(f"packed.jsonl{end}", pack(plain.read_bytes()))
    assert fates(trial.json("import", packed.name)) == {"new": 9}
    assert fates(trial.json("import", plain.name)) == {"unchanged": 9}


def test_a_packed_file_that_breaks_off_brings_nothing(trial: Trial) -> None:
    plain = as_lines(map(spend, range(200))).encode()
    trial.write("cut.jsonl.gz", gzip.compress(plain)[:-20])
    said = trial.refused("import", "cut.jsonl.gz", "--format", "litellm")
    assert said.code == 3
    assert "breaks off" in said.err
    assert trial.store.tables() == ()


@pytest.mark.parametrize("source", ["days/*.jsonl", "days"])
def test_daily_files_are_read_one_by_one_and_new_ones_alone(trial: Trial, source: str) -> None:
    for day in range(3):
        numbers = range(1000 * day, 1000 * day + 4)
        trial.write(f"days/{day}.jsonl", as_lines(map(spend, numbers)))
    report = trial.json("import", source)
    assert list(report["pieces"]) == [f"days/{day}.jsonl" for day in range(3)]
    assert fates(report) == {"new": 12}
    days = trial.rows()["occurred_at"].dt.date().value_counts()
    assert sorted(days.rows()) == [(date(2026, 6, 1 + day), 4) for day in range(3)]
    # Tomorrow's file repeats a row of today.
    trial.write("days/3.jsonl", as_lines(map(spend, [2003, 3000, 3001])))
    out = trial.done("import", source)
    assert "3 of 4 imported before, not read again" in out
    assert printed(out) == (3, {"interactions: new": 2, "interactions: unchanged": 1})


def test_a_folder_tells_what_of_it_is_passed_over(trial: Trial) -> None:
    trial.write("days/0.jsonl", as_lines(map(spend, range(2))))
    trial.write("days/notes.md", "# Notes")
    trial.write("days/empty.jsonl", "")
    said = trial.run("import", "days")
    assert said.code == 0
    assert "notes.md" in said.err
    assert "empty.jsonl" in said.err
    assert printed(said.out)[0] == 2


@pytest.fixture
def database(trial: Trial) -> sqlite3.Connection:
    """A database with the tickets of two tenants."""
    connection = sqlite3.connect(trial.root / "logs.db")
    connection.execute("create table calls (interaction_id, occurred_at, model, tenant)")
    rows = [(f"c-{n:05}", f"2026-06-01 10:{n:02}:00", "gpt-4o", n % 2) for n in range(10)]
    connection.executemany("insert into calls values (?, ?, ?, ?)", rows)
    connection.commit()
    yield connection
    connection.close()


ASKED = {
    "option": (("sqlite:///logs.db", "--table", "calls"), 10),
    "address": (("sqlite:///logs.db?table=calls",), 10),
    "query": (("sqlite:///logs.db", "--query", "select * from calls where tenant = 1"), 5),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_database_is_read_again_only_when_it_changed(
    trial: Trial, database: sqlite3.Connection, asked: str
) -> None:
    words, count = ASKED[asked]
    report = trial.json("import", *words)
    assert fates(report) == {"new": count}
    assert list(report["pieces"].values()) == ["table"]
    assert set(trial.rows()["model"]) == {"gpt-4o"}
    assert trial.json("import", *words)["read"] == 0
    database.execute("insert into calls values ('c-00011', '2026-06-02 10:00:00', 'gpt-5', 1)")
    database.commit()
    assert fates(trial.json("import", *words)) == {"new": 1, "unchanged": count}


def test_a_source_with_a_name_brings_its_format(trial: Trial) -> None:
    LITELLM.put(trial, map(spend, range(3)), name="spend.jsonl")
    trial.write("assay.toml", '[sources.gateway]\npath = "spend.jsonl"\nformat = "litellm"\n')
    report = trial.json("import", "gateway")
    assert (report["read"], list(report["pieces"].values())) == (3, ["litellm"])


def own(number: int, *, day: int = 1, updated: int | None = None, **more: Any) -> dict[str, Any]:
    """A row with our names, of a day, told anew on another."""
    row = {
        "interaction_id": f"i-{number:05}",
        "occurred_at": f"2026-06-{day:02}T10:00:00Z",
        "input_tokens": number,
    }
    stamp = {"updated_at": f"2026-07-{updated:02}T00:00:00Z"} if updated else {}
    return row | stamp | more


def bring(trial: Trial, *rows: dict[str, Any], name: str = "log.jsonl") -> dict[str, Any]:
    """What an import of these rows tells."""
    trial.write(name, as_lines(rows))
    report: dict[str, Any] = trial.json("import", name)
    assert adds_up(report)
    return report


def test_exports_that_overlap_leave_each_row_once_in_its_newest_version(trial: Trial) -> None:
    bring(trial, *(own(n, updated=1) for n in range(10)))
    second = [own(n, updated=2, cost_usd=0.5) for n in (5, 6, 7)]
    second += [own(n, updated=1) for n in (8, 9)]
    second += [own(n, updated=1) for n in range(10, 15)]
    assert fates(bring(trial, *second)) == {"new": 5, "replaced": 3, "unchanged": 2}
    rows = trial.rows()
    assert rows["input_tokens"].to_list() == list(range(15))
    assert rows.filter(pl.col("cost_usd") == 0.5)["input_tokens"].to_list() == [5, 6, 7]


def test_late_rows_find_their_days(trial: Trial) -> None:
    bring(trial, *(own(n, day=20) for n in range(3)))
    assert fates(bring(trial, own(7, day=2), own(8, day=20))) == {"new": 2}
    days = trial.rows()["occurred_at"].dt.day().to_list()
    assert days == [20, 20, 20, 2, 20]
    shown = trial.json("store", "show")["tables"]["interactions"]
    assert (shown["rows"], shown["first"], shown["last"]) == (5, "2026-06-02", "2026-06-20")


@pytest.mark.parametrize("newest", ["last", "first"])
def test_the_newest_version_counts_also_on_another_day(trial: Trial, newest: str) -> None:
    old, new = own(1, day=9, updated=1, model="old"), own(1, day=3, updated=2, model="new")
    pair = [old, new] if newest == "last" else [new, old]
    bring(trial, pair[0], own(2, day=9))
    told = fates(bring(trial, pair[1]))
    assert told == ({"replaced": 1} if newest == "last" else {"older": 1})
    rows = trial.rows()
    assert rows["interaction_id"].to_list() == ["i-00001", "i-00002"]
    assert rows["model"].to_list() == ["new", None]
    assert rows["occurred_at"].dt.day().to_list() == [3, 9]
    assert rows["updated_at"].dt.day().to_list() == [2, None]


def test_rows_of_several_reasons_are_counted_once_in_all(trial: Trial) -> None:
    trial.write("bad.jsonl", as_lines([own(1, cost_usd=-1, latency_s=-1), own(2, cost_usd=-1)]))
    out = trial.done("import", "bad.jsonl", "--max-rejected", "1")
    told = [line.split(maxsplit=2) for line in out.splitlines() if line.startswith("  rejected")]
    assert told == [
        ["rejected", "2", "in all, some for several reasons"],
        ["rejected", "2", "cost_usd is below 0"],
        ["rejected", "1", "latency_s is below 0"],
    ]
    trial.write("one.jsonl", as_lines([own(9)]))
    assert "\n1 record in " in trial.done("import", "one.jsonl")


MIXED = """
table: interactions
keep: { event: [call] }
columns:
  interaction_id: interaction_id
"""


def test_what_is_printed_adds_up_to_the_last_record(trial: Trial) -> None:
    bring(trial, *(own(n, updated=5) for n in range(6)), name="before.jsonl")
    call = {"event": "call"}
    lines = [
        *(own(n, updated=5, **call) for n in (0, 1)),  # as they are
        own(2, updated=6, **call),  # newer
        *(own(n, updated=4, **call) for n in (3, 4, 5)),  # older
        *(own(n, updated=5, **call) for n in range(10, 17)),  # new: 7
        *(own(10, updated=version, **call) for version in (1, 2, 3, 4)),  # repeated: 4
        *(own(n, event="launched") for n in range(20, 29)),  # skipped: 9
        *(own(n, consent=False, **call) for n in range(30, 35)),  # not kept: 5
        *(own(n, cost_usd=-1, **call) for n in (40, 41)),  # rejected: 2
        own(42, latency_s="soon", **call),  # rejected: 1
    ]
    text = as_lines(lines) + '{"event": "call", "inter\n' * 8
    trial.write("mixed.jsonl", text)
    trial.write("mixed.yaml", MIXED)
    words = ("import", "mixed.jsonl", "--mapping", "mixed.yaml", "--max-rejected", "0.5")
    read, told = printed(trial.done(*words))
    assert (read, len(text.splitlines())) == (42, 42)
    assert told == {
        "interactions: unchanged": 2,
        "interactions: replaced by a newer version": 1,
        "interactions: older than what is there": 3,
        "interactions: new": 7,
        "interactions: repeated in the source": 4,
        "skipped: event is none of call": 9,
        "not kept: no consent": 5,
        "rejected: cost_usd is below 0": 2,
        "rejected: latency_s is not a number": 1,
        "rejected: is no JSON": 8,
    }
    assert sum(told.values()) == read
    assert len(trial.rows()) == 6 + 7
    shown = trial.json("store", "quarantine")
    assert sorted(row["row"] for row in shown) == [*range(32, 43)]
    (record,) = [r for r in trial.json("store", "show")["imports"] if r["label"] == "mixed.jsonl"]
    assert (record["read"], record["rejected"]) == (42, 11)


def test_a_file_that_hardly_fits_brings_nothing(trial: Trial) -> None:
    rows = [own(n, cost_usd=-1 if n < 3 else 1) for n in range(10)]
    trial.write("days/0.jsonl", as_lines([own(n) for n in range(90, 99)]))
    trial.write("days/1.jsonl", as_lines(rows))
    said = trial.refused("import", "days")
    assert said.code == 3
    assert "3 of 10 rows of days/1.jsonl (30.0%) are rejected" in said.err
    assert "cost_usd is below 0 (3 rows)" in said.err
    assert trial.store.tables() == ()
    assert trial.json("store", "show")["quarantine"] == 0
    assert trial.json("audit", "show") == []
    assert not list((trial.root / "data/store").rglob("*.parquet"))
    report = trial.json("import", "days", "--max-rejected", "0.3")
    assert (report["rejected"], fates(report)) == (3, {"new": 16})
    assert adds_up(report)


def test_the_report_for_programs_holds_what_is_printed(trial: Trial) -> None:
    LITELLM.put(trial, [spend(1), spend(2) | {"spend": "much"}, spend(3)])
    report = trial.json("import", "log.jsonl", "--max-rejected", "1")
    assert report["source"] == "log.jsonl"
    assert report["pieces"] == {"log.jsonl": "litellm"}
    assert (report["read"], report["rows"], report["rejected"]) == (3, {"interactions": 3}, 1)
    assert report["reasons"] == {"cost_usd is not a number": 1}
    assert {"column": "user_id", "what": "person", "rows": 3} in report["replaced"]
    assert report["context_dropped"] == ["ctx_model_group", "ctx_plan", "ctx_tags"]
    assert report["key_created"]
    assert adds_up(report)


REFUSED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no file": (("nowhere.jsonl",), 3, "no file nowhere.jsonl"),
    "no match": (("nowhere/*.jsonl",), 3, "nowhere/*.jsonl"),
    "empty folder": (("empty",), 3, "empty"),
    "format": (("log.jsonl", "--format", "litelm"), 2, "did you mean 'litellm'?"),
    "table": (("log.jsonl", "--as", "interaction"), 2, "did you mean 'interactions'?"),
    "no YAML": (("log.jsonl", "--mapping", "bad.yaml"), 2, "bad.yaml"),
    "unknown column": (("log.jsonl", "--mapping", "odd.yaml"), 2, "did you mean 'model'?"),
    "unknown records": (("odd.csv",), 3, "the format of odd.csv is none that we know"),
    "two at once": (("both.jsonl",), 3, "could be langfuse or litellm"),
    "no header": (("blank.csv",), 3, "blank.csv"),
    "another format": (("data.xlsx",), 3, "data.xlsx"),
    "no database": (("sqlite:///nowhere.db?table=calls",), 3, "nowhere.db"),
    "password": (("postgresql://me:secretword@host/x?table=y",), 2, "password"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_imported_is_refused_in_words(trial: Trial, name: str) -> None:
    words, code, told = REFUSED[name]
    LITELLM.put(trial, map(spend, range(3)))
    (trial.root / "empty").mkdir()
    trial.write("bad.yaml", "columns: [a\n")
    trial.write("odd.yaml", "columns:\n  modle: model\n")
    trial.write("odd.csv", "apples,pears\n1,2\n")
    trial.write("both.jsonl", json.dumps(EXPORTS["langfuse jsonl"].record(1) | spend(1)) + "\n")
    trial.write("blank.csv", "\n\n")
    trial.write("data.xlsx", b"PK\x03\x04")
    said = trial.refused("import", *words)
    assert said.code == code, said
    assert told in said.err
    assert "secretword" not in said.err
    assert trial.run("store", "show").code in {0, 2}  # whole, or not made yet


def test_outside_of_a_project_nothing_is_made(tmp_path: Path) -> None:
    outside = Trial(tmp_path)
    outside.write("log.jsonl", as_lines(map(spend, range(3))))
    assert outside.refused("import", "log.jsonl").code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_a_table_may_lack_columns_that_only_some_rules_are_about(trial: Trial) -> None:
    price = {"provider": "openai", "model": "gpt-4o", "tier": "default", "currency": "USD"}
    trial.write("prices.jsonl", as_lines([price | {"valid_from": "2026-01-01", "per_request": 1}]))
    report = trial.json("import", "prices.jsonl", "--as", "prices")
    assert fates(report, "prices") == {"new": 1}


def test_names_of_dropped_columns_are_told_where_they_are_words(trial: Trial) -> None:
    metadata = {"spend_logs_metadata": {"plan": "x", "ann@example.org": "x", "+49 151 98765411": 1}}
    LITELLM.put(trial, [spend(1) | {"metadata": metadata}])
    said = trial.run("import", "log.jsonl")
    assert "dropped: ctx_model_group, ctx_plan, ctx_tags, 2 of other names (to keep" in said.out
    assert "ann" not in said.out


def test_a_mapping_that_is_not_there_is_told(trial: Trial) -> None:
    LITELLM.put(trial, map(spend, range(3)))
    said = trial.refused("import", "log.jsonl", "--mapping", "nowhere.yaml")
    assert (said.code, "nowhere.yaml" in said.err) == (2, True)


LACKING = {
    "scores": {"score_id": "sc-1", "name": "relevance", "value": 1},
    "interactions": {"interaction_id": "i-1", "occurred_at": "2026-01-01", "variant": "new"},
    "prices": {
        "provider": "openai", "model": "gpt-4o", "tier": "default", "currency": "USD",
        "valid_from": "2026-01-01",
    },
}  # fmt: skip


@pytest.mark.parametrize("table", LACKING)
def test_a_rule_holds_also_where_its_columns_are_not_there(trial: Trial, table: str) -> None:
    """What `assay check` rejects, `assay import` rejects."""
    trial.write("log.jsonl", as_lines([LACKING[table]]))
    assert trial.run("check", "log.jsonl", "--as", table).code == 3
    assert trial.refused("import", "log.jsonl", "--as", table).code == 3
